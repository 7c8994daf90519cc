"""The dynamical core of SPEEDY: one time step of the primitive equations, and what belongs to it.

A step goes from the two spectral time levels to the grid, adds the nonlinear terms of the later
level and the physics of the earlier one, returns to spectral space, adds the linear terms of the
earlier level, makes them implicit, diffuses, and filters.

References:
    Specification pages 30 to 36. Molteni (2003), appendix A.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable
from typing import NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, DTypeLike, Float

from jcm.constants import PhysicalConstants
from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.dynamics.geopotential import geopotential, geopotential_matrices
from jcm.dynamics.horizontal_diffusion import (
    DiffusionTables,
    diffusion_tables,
    horizontal_diffusion,
)
from jcm.dynamics.initial_state import resting_atmosphere
from jcm.dynamics.packed_transform import PackedTransform
from jcm.dynamics.packing import (
    AnyArray,
    GridMap,
    PackedGrid,
    PackedSpectral,
    PackedSpectralMap,
    concrete,
    pack,
)
from jcm.dynamics.parameters import DynamicsParameters
from jcm.dynamics.range_check import RangeDiagnostics, range_check
from jcm.dynamics.semi_implicit import (
    SemiImplicitTables,
    add_linear_terms,
    make_implicit,
    reference_temperature,
    semi_implicit_tables,
)
from jcm.dynamics.spectral_operators import OperatorTables, gradient, operator_tables, winds
from jcm.dynamics.spectral_transform import SpectralTransform
from jcm.dynamics.state import (
    DynamicsDiagnostics,
    GridState,
    GridTendencies,
    SpectralLevels,
    SpectralState,
)
from jcm.dynamics.tendencies import (
    AdvectingFields,
    TendencyTables,
    VerticalMotion,
    gridpoint_tendencies,
    spectral_tendencies,
    tendency_tables,
    vertical_motion,
)
from jcm.dynamics.time_stepping import FilterTables, Start, filter_tables, stepped
from jcm.formulation import ORIGINAL, Formulation
from jcm.parameters import Number
from jcm.vertical_grid import VerticalGrid

_Aux = TypeVar("_Aux")


class StepConstants(NamedTuple):
    """Everything that a step derives from parameters and time step; a pytree of arrays.

    It is an argument of the step, so that other parameters need no new compilation and derivatives
    with respect to them can be taken.

    Attributes:
        operators: of the spectral operators.
        hydrostatic: from temperature to geopotential [J kg-1 K-1], `(62, level, from level)`.
        tendencies: of the grid-point terms.
        semi_implicit: of the linear terms and their correction.
        diffusion: of horizontal diffusion and drag.
        filter: of the time step.
    """

    operators: OperatorTables
    hydrostatic: Float[AnyArray, "62 level level"]
    tendencies: TendencyTables
    semi_implicit: SemiImplicitTables
    diffusion: DiffusionTables
    filter: FilterTables


class NonlinearTerms(NamedTuple):
    """The first half of a step, up to spectral space.

    Attributes:
        fields: the advecting time level on the grid.
        motion: its vertical means and velocities.
        dynamics: grid-point tendencies of the dynamics alone.
        spectral: nonlinear tendencies with the physics, spectral.
        geopotential: of the earlier time level, spectral [m2 s-2].
    """

    fields: AdvectingFields
    motion: VerticalMotion
    dynamics: GridTendencies
    spectral: SpectralState
    geopotential: SpectralLevels


@dataclasses.dataclass(frozen=True, eq=False)
class SpeedyCore:
    """The core on its grid. Hashed by identity, hence static under `jax.jit`; holds no parameters.

    Attributes:
        transform: the spectral transform.
        grid: the layers.
        formulation: which peculiarities of the original are in effect.
    """

    transform: SpectralTransform
    grid: VerticalGrid
    formulation: Formulation

    @classmethod
    def speedy(cls, formulation: Formulation = ORIGINAL) -> SpeedyCore:
        """SPEEDY's T30 core with eight layers; the same object for the same formulation."""
        return _speedy(formulation)

    @property
    def horizontal(self) -> GaussianGrid:
        """Where the columns are."""
        return self.transform.grid

    @property
    def time_levels(self) -> int:
        """Those of the leapfrog."""
        return 2

    @property
    def air_is_conserved(self) -> bool:
        """Whether nothing need be corrected after a step: the mean of ln p_s is constant."""
        return self.formulation.mean_log_pressure_is_conserved

    def spectral_map(self, field: GridMap) -> PackedSpectralMap:
        """Coefficients of a map, as far as they come back from the grid."""
        return pack(self.transform.analysis(field[None]))

    def synthesis(self, spectral: PackedSpectral) -> PackedGrid:
        """A stack of fields on the grid."""
        return self.packed_transform.synthesis(spectral)

    def with_mean_added(self, field: PackedSpectral, value: Float[Array, ""]) -> PackedSpectral:
        """A field with a constant added."""
        return field.at[0, :, 0].add(math.sqrt(2.0) * value)

    def range_check(self, state: SpectralState) -> RangeDiagnostics:
        """What tells whether the atmosphere is within its range."""
        return range_check(state)

    @functools.cached_property
    def packed_transform(self) -> PackedTransform:
        """The transform of stacks of fields."""
        return PackedTransform(self.transform)

    def step_constants(
        self,
        parameters: DynamicsParameters,
        constants: PhysicalConstants,
        time_step: Number,
        *,
        dtype: DTypeLike,
    ) -> StepConstants:
        """Everything that a step derives from parameters and time step.

        Known numbers are handled by NumPy in double precision and rounded at the end; numbers that
        JAX traces by JAX, so that derivatives can be taken.

        Args:
            parameters: see :class:`DynamicsParameters`.
            constants: see :class:`PhysicalConstants`.
            time_step: from the earlier to the new time level [s]: half the time step of the model
                for `start="half"`, that step for "first", and twice that for "leapfrog".
            dtype: precision of the result.
        """
        known, xp = concrete(parameters, constants, time_step), jnp
        if known is not None:
            (parameters, constants, time_step), xp = known, np
        given = (parameters, constants, self.grid)
        tables = StepConstants(
            operators=operator_tables(parameters.planet_radius),
            hydrostatic=geopotential_matrices(constants.gas_constant, self.grid),
            tendencies=tendency_tables(
                *given,
                sine_latitude=self.transform.grid.sine_latitude,
                reference_temperature=reference_temperature(*given, xp),
            ),
            semi_implicit=semi_implicit_tables(*given, time_step, xp),
            diffusion=diffusion_tables(*given, time_step, formulation=self.formulation),
            filter=filter_tables(parameters, time_step),
        )
        return jax.tree.map(lambda table: jnp.asarray(table, dtype), tables)

    def step(
        self,
        earlier: SpectralState,
        later: SpectralState,
        surface_geopotential: PackedSpectralMap,
        temperature_correction: PackedSpectralMap,
        humidity_correction: PackedSpectralMap,
        step_constants: StepConstants,
        physics: Callable[[GridState], tuple[GridTendencies, _Aux]] | None,
        *,
        start: Start = "leapfrog",
    ) -> tuple[SpectralState, SpectralState, _Aux | None, DynamicsDiagnostics]:
        """One time step.

        Args:
            earlier: time level 1, the state at the model date.
            later: time level 2, one step ahead; not read if `start` is "half".
            surface_geopotential: [m2 s-2].
            temperature_correction: orographic correction of temperature for the diffusion [K].
            humidity_correction: the same for humidity [g kg-1].
            step_constants: for the length of this step.
            physics: gives tendencies from the earlier time level on the grid, and anything else
                that the caller wants back; or None.
            start: "half" and "first" at the start of a run: a forward half step, then a step about
                its result, both from `earlier`, which they leave alone. "leapfrog" ever after.

        Returns:
            Both time levels after the step, the second result of `physics`, and diagnostics.
        """
        advecting = earlier if start == "half" else later
        nonlinear, aux = self.nonlinear_terms(
            earlier, advecting, surface_geopotential, step_constants, physics
        )
        c = step_constants
        tendency = add_linear_terms(
            nonlinear.spectral, earlier, nonlinear.geopotential, c.operators, c.semi_implicit
        )
        tendency = make_implicit(tendency, c.operators, c.semi_implicit)
        tendency = horizontal_diffusion(
            tendency, earlier, temperature_correction, humidity_correction, c.diffusion
        )
        earlier, later = stepped(
            earlier, later, tendency, c.filter, start=start, formulation=self.formulation
        )
        diagnostics = DynamicsDiagnostics(
            sigma_velocity=nonlinear.motion.sigma_velocity,
            vorticity=nonlinear.fields.vorticity,
            divergence=nonlinear.fields.divergence,
        )
        return earlier, later, aux, diagnostics

    def nonlinear_terms(
        self,
        earlier: SpectralState,
        advecting: SpectralState,
        surface_geopotential: PackedSpectralMap,
        step_constants: StepConstants,
        physics: Callable[[GridState], tuple[GridTendencies, _Aux]] | None,
    ) -> tuple[NonlinearTerms, _Aux | None]:
        """The first half of :meth:`step`: all that happens on the grid.

        Args:
            earlier: time level 1, that of the physics.
            advecting: time level of the nonlinear terms.
            surface_geopotential: [m2 s-2].
            step_constants: the length of the step does not matter here.
            physics: as in :meth:`step`.

        Returns:
            The terms, and the second result of `physics`.
        """
        c = step_constants
        heights = geopotential(earlier.temperature, surface_geopotential, c.hydrostatic)
        fields, grid_state = self._on_grid(advecting, earlier, heights, c.operators)
        motion = vertical_motion(fields, c.tendencies)
        dynamics = gridpoint_tendencies(fields, motion, c.tendencies)
        total, aux = dynamics, None
        if physics is not None:
            tendencies, aux = physics(grid_state)
            total = GridTendencies(*map(jnp.add, dynamics, tendencies))
        spectral = spectral_tendencies(
            fields, motion, total, c.tendencies, c.operators, self.packed_transform
        )
        return NonlinearTerms(fields, motion, dynamics, spectral, heights), aux

    def grid_state(
        self,
        state: SpectralState,
        surface_geopotential: PackedSpectralMap,
        constants: PhysicalConstants,
        parameters: DynamicsParameters = DynamicsParameters(),
    ) -> GridState:
        """One time level on the grid, with the geopotential that belongs to its temperature.

        Args:
            state: spectral.
            surface_geopotential: [m2 s-2].
            constants: of which the gas constant is used.
            parameters: of which the planet's radius is used.
        """
        dtype = state.temperature.dtype
        matrices = geopotential_matrices(constants.gas_constant, self.grid)
        matrices, operators = jax.tree.map(
            lambda table: jnp.asarray(table, dtype),
            (matrices, operator_tables(parameters.planet_radius)),
        )
        heights = geopotential(state.temperature, surface_geopotential, matrices)
        return self._on_grid(state, state, heights, operators)[1]

    def initial_state(
        self,
        surface_geopotential: Float[np.ndarray, "96 48"],
        parameters: DynamicsParameters,
        constants: PhysicalConstants,
        dtype: DTypeLike,
    ) -> tuple[SpectralState, PackedSpectralMap, GridMap]:
        """The atmosphere at rest (spec 36), computed in double precision.

        Args:
            surface_geopotential: as observed, not truncated [m2 s-2], float64.
            parameters: see :class:`DynamicsParameters`.
            constants: see :class:`PhysicalConstants`.
            dtype: precision of the result.

        Returns:
            Time level 1; the surface geopotential, spectral, and on the grid.
        """
        rest = resting_atmosphere(
            surface_geopotential,
            parameters,
            constants,
            transform=self.transform,
            grid=self.grid,
            formulation=self.formulation,
        )
        state = SpectralState(
            vorticity=pack(rest.vorticity),
            divergence=pack(rest.divergence),
            temperature=pack(rest.temperature),
            specific_humidity=pack(rest.specific_humidity),
            log_normalized_surface_pressure=pack(rest.log_normalized_surface_pressure[None]),
        )
        result = (
            state,
            pack(rest.surface_geopotential[None]),
            rest.surface_geopotential_filtered,
        )
        return jax.tree.map(lambda field: jnp.asarray(field, dtype), result)

    def _on_grid(
        self,
        advecting: SpectralState,
        earlier: SpectralState,
        heights: SpectralLevels,
        operators: OperatorTables,
    ) -> tuple[AdvectingFields, GridState]:
        """Both time levels on the grid: scalars in one batch, vectors in another."""
        levels = self.grid.levels
        gradient_of_pressure = gradient(advecting.log_normalized_surface_pressure, operators)
        vectors = self.packed_transform.synthesis(
            jnp.concatenate(
                [
                    *winds(advecting.vorticity, advecting.divergence, operators),
                    *winds(earlier.vorticity, earlier.divergence, operators),
                    *gradient_of_pressure,
                ],
                axis=1,
            ),
            over_cosine=True,
        )
        scalars = self.packed_transform.synthesis(
            jnp.concatenate(
                [
                    *advecting[:4],
                    earlier.temperature,
                    earlier.specific_humidity,
                    heights,
                    earlier.log_normalized_surface_pressure,
                ],
                axis=1,
            )
        )
        *level_vectors, pressure_gradient = jnp.split(vectors, levels * np.arange(1, 5), axis=1)
        *level_scalars, pressure = jnp.split(scalars, levels * np.arange(1, 8), axis=1)
        fields = AdvectingFields(
            *level_scalars[:4],
            *level_vectors[:2],
            pressure_gradient_x=pressure_gradient[:, 0],
            pressure_gradient_y=pressure_gradient[:, 1],
        )
        state = GridState(*level_vectors[2:], *level_scalars[4:], pressure[:, 0])
        return fields, state


@functools.cache
def _speedy(formulation: Formulation) -> SpeedyCore:
    return SpeedyCore(
        SpectralTransform.speedy(formulation), VerticalGrid.speedy(formulation), formulation
    )
