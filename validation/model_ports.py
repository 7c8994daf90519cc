"""Ports to the dynamics and to whole models: what the harness asks of an implementation.

NumPy arrays in the axis order of the golden files: spectral fields are complex `(..., m, n)`, grid
fields `(..., latitude, longitude)` from south to north and eastwards from Greenwich; levels come
before them, the top first. Two time levels, `(time_level, ...)`: first the state at the model date,
then the state one step ahead. Humidity is in g kg-1. What a port computes in single precision it
returns in single precision.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Literal, Protocol

import numpy as np

from reference import kernels
from reference.errors import InputError, ReferenceUnavailableError

Arrays = dict[str, np.ndarray]
State = Mapping[str, Any]

#: Kinds of a step with their length in seconds (spec 35): half a step forward from the start, the
#: first step about it, and the leapfrog of all later ones.
Start = Literal["half", "first", "leapfrog"]
STEP_SECONDS: dict[Start, float] = {"half": 1200.0, "first": 2400.0, "leapfrog": 4800.0}

#: The discrete choices of a step that a model tells, and the process that makes each.
BRANCHES = {
    "convection_top_level": "convection",
    "precipitation_top_level": "large_scale_condensation",
    "cloud_top_level": "clouds",
}


class DynamicsPort(Protocol):
    """The operations of the dynamics, one by one.

    Attributes:
        name: as on the command line.
        precision: "float64" or "float32".
    """

    name: str
    precision: str

    def synthesis(self, spectral: np.ndarray, *, over_cosine: bool = False) -> np.ndarray:
        """Values on the grid; `over_cosine` divides by the cosine of latitude."""

    def analysis(self, grid: np.ndarray) -> np.ndarray:
        """Spectral coefficients of a grid field."""

    def gradient(self, scalar: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Eastward and northward derivative times the cosine of latitude, spectral."""

    def winds(self, vorticity: np.ndarray, divergence: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Eastward and northward wind times the cosine of latitude, spectral."""

    def laplacian(self, spectral: np.ndarray) -> np.ndarray:
        """Laplacian."""

    def inverse_laplacian(self, spectral: np.ndarray) -> np.ndarray:
        """Inverse Laplacian, zero for total wavenumber 0."""

    def truncated(self, spectral: np.ndarray) -> np.ndarray:
        """Zero beyond total wavenumber 30."""

    def curl_and_divergence(
        self, eastward: np.ndarray, northward: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Spectral curl and divergence of a vector field on the grid."""

    def geopotential(self, temperature: np.ndarray, surface_geopotential: np.ndarray) -> np.ndarray:
        """Spectral geopotential `(level, m, n)`."""

    def semi_implicit_constants(self, time_step: float) -> Arrays:
        """Matrices and factors, by their names in `semi_implicit.nc`, of one time step."""

    def diffusion_constants(self, time_step: float) -> Arrays:
        """Rates, factors and profiles, by their names in `horizontal_diffusion.nc`."""

    def diffuse(self, field: np.ndarray, tendency: np.ndarray, time_step: float) -> np.ndarray:
        """Tendency of temperature `(m, n)` after the scale-selective diffusion."""

    def orographic_corrections(
        self,
        *,
        land_fraction: np.ndarray,
        sea_fraction: np.ndarray,
        surface_geopotential: np.ndarray,
        land_surface_temperature: np.ndarray,
        sea_surface_temperature: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Spectral corrections of temperature and humidity from maps."""

    def initial_state(self, surface_geopotential_unfiltered: np.ndarray) -> Arrays:
        """The atmosphere at rest, prognostic fields without a time level.

        Also `surface_geopotential` (spectral) and `surface_geopotential_filtered` (grid).
        """

    def gridpoint_tendencies(self, state: State) -> Arrays:
        """What `step_dynamics_only.nc` holds of the grid-point stage, on the full grid."""

    def implicit_tendencies(self, state: State, start: Start = "leapfrog") -> Arrays:
        """The `*_tendency_implicit` of `step_dynamics_only.nc`."""

    def step(
        self,
        state: State,
        temperature_correction: np.ndarray,
        humidity_correction: np.ndarray,
        *,
        start: Start = "leapfrog",
        physics: Mapping[str, np.ndarray] | None = None,
    ) -> Arrays:
        """Both time levels after a step.

        Args:
            state: both time levels and `surface_geopotential`.
            temperature_correction: orographic correction of the diffusion, spectral.
            humidity_correction: the same for humidity.
            start: kind of step.
            physics: tendencies `(level, latitude, longitude)` of `eastward_wind`,
                `northward_wind`, `temperature` and `specific_humidity`, zero if none.
        """

    def range_check(
        self, vorticity: np.ndarray, divergence: np.ndarray, temperature: np.ndarray
    ) -> Arrays:
        """`rotational_eddy_energy`, `divergent_eddy_energy`, `global_mean_temperature`."""


class ModelPort(Protocol):
    """A whole model, one instance at a time.

    Attributes:
        name: as on the command line.
        precision: "float64" or "float32".
    """

    name: str
    precision: str

    def start_cold(self, start_date: datetime.datetime) -> None:
        """A new model at rest at a date, after its start-up steps."""

    def start_from(self, restart: State, start_date: datetime.datetime) -> None:
        """A new model at the state of `restart_state.nc` or one laid out alike.

        Args:
            restart: fields by name, and `step`, the number of main-loop steps since the start.
            start_date: when the run had started.
        """

    def advance(self, steps: int) -> None:
        """So many steps of the main loop."""

    def step_with_branches(self) -> Arrays:
        """One step, and the choices that it made `(latitude, longitude)`, see `BRANCHES`."""

    def state(self) -> Arrays:
        """Prognostic fields of both time levels and the slow fields, named as in the restart."""

    def save(self) -> Any:
        """Everything that is needed to go on, by the implementation's own means."""

    def resume(self, saved: Any) -> None:
        """A new model that goes on from there."""


def make_dynamics_port(name: str, precision: str) -> DynamicsPort:
    """The dynamics called `name` on the command line.

    Raises:
        InputError: for an unknown name.
        ReferenceUnavailableError: if it is the Fortran and this was not built.
    """
    if name == "fortran":
        _need_fortran()
        from validation.fortran_ports import FortranDynamics

        return FortranDynamics()
    if name == "jax":
        from validation.jax_dynamics_port import JaxDynamics

        return JaxDynamics(precision)
    raise InputError(f"implementation {name!r} is not known, expected jax or fortran.")


def make_model_port(name: str, precision: str, **settings: Any) -> ModelPort:
    """The whole model called `name` on the command line.

    Args:
        name: "jax" or "fortran".
        precision: of the JAX model.
        settings: of the port, for instance `formulation`.

    Raises:
        InputError: for an unknown name.
        ReferenceUnavailableError: if it is the Fortran and this was not built.
    """
    if name == "fortran":
        _need_fortran()
        from validation.fortran_ports import FortranModel

        return FortranModel(**settings)
    if name == "jax":
        from validation.jax_model_port import JaxModel

        return JaxModel(precision, **settings)
    raise InputError(f"implementation {name!r} is not known, expected jax or fortran.")


def _need_fortran() -> None:
    if not kernels.available():
        raise ReferenceUnavailableError(kernels.unavailable_reason())
