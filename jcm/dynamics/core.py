"""What the model asks of a dynamical core.

A core holds no parameters and no state. Spectral arrays have the layout of their core; only the
core looks into them. Grid fields lead with the longitude: `(longitude, level, latitude)`, maps
`(longitude, latitude)`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import numpy as np
from jaxtyping import Array, DTypeLike, Float

from jcm.constants import PhysicalConstants
from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.dynamics.parameters import DynamicsParameters
from jcm.dynamics.range_check import RangeDiagnostics
from jcm.dynamics.state import DynamicsDiagnostics, GridState, GridTendencies, SpectralState
from jcm.dynamics.time_stepping import Start
from jcm.parameters import Number
from jcm.vertical_grid import VerticalGrid

_Aux = TypeVar("_Aux")
#: Tendencies from the atmosphere on the grid, and anything else that the caller wants back.
ColumnPhysics = Callable[[GridState], tuple[GridTendencies, _Aux]]
Spectral = Float[Array, "..."]
GridStack = Float[Array, "longitude field latitude"]
GridMap = Float[Array, "longitude latitude"]


class Core(Protocol):
    """A dynamical core on its grid; hashable, hence static under `jax.jit`."""

    @property
    def grid(self) -> VerticalGrid:
        """The layers."""

    @property
    def horizontal(self) -> GaussianGrid:
        """Where the columns are."""

    @property
    def time_levels(self) -> int:
        """Number of time levels that a state holds, 1 or 2."""

    @property
    def air_is_conserved(self) -> bool:
        """Whether a step keeps the mean of ln p_s or p_s, so that nothing need be corrected."""

    def step_constants(
        self,
        parameters: DynamicsParameters,
        constants: PhysicalConstants,
        time_step: Number,
        *,
        dtype: DTypeLike,
    ) -> Any:
        """What a step over `time_step` [s] derives from parameters; a pytree of arrays."""

    def step(
        self,
        earlier: SpectralState,
        later: SpectralState | None,
        surface_geopotential: Spectral,
        temperature_correction: Spectral,
        humidity_correction: Spectral,
        step_constants: Any,
        physics: ColumnPhysics | None,
        *,
        start: Start = "leapfrog",
    ) -> tuple[SpectralState, SpectralState | None, Any, DynamicsDiagnostics]:
        """One time step of the model, 40 minutes; see :meth:`SpeedyCore.step`."""

    def grid_state(
        self,
        state: SpectralState,
        surface_geopotential: Spectral,
        constants: PhysicalConstants,
        parameters: DynamicsParameters = DynamicsParameters(),
    ) -> GridState:
        """One time level on the grid, with its geopotential."""

    def initial_state(
        self,
        surface_geopotential: Float[np.ndarray, "longitude latitude"],
        parameters: DynamicsParameters,
        constants: PhysicalConstants,
        dtype: DTypeLike,
    ) -> tuple[SpectralState, Spectral, GridMap]:
        """The atmosphere at rest over an orography [m2 s-2]; that orography, in both spaces."""

    def spectral_map(self, field: GridMap) -> Spectral:
        """Coefficients of a map, truncated."""

    def synthesis(self, spectral: Spectral) -> GridStack:
        """A stack of fields on the grid."""

    def with_mean_added(self, field: Spectral, value: Float[Array, ""]) -> Spectral:
        """A field with a constant added."""

    def range_check(self, state: SpectralState) -> RangeDiagnostics:
        """What tells whether the atmosphere is within its range."""
