"""The dynamical core of Dinosaur: any truncation, any layers, its own integrators.

Eulerian primitive equations in vorticity, divergence, temperature and ln p_s on sigma levels, as
`dinosaur.primitive_equations.PrimitiveEquationsSigma` writes them, here in SI units. The time step
of the model stays 40 minutes; the dynamics divides it into steps of its own, and the tendencies of
the column physics are constant in between unless `numerics` says otherwise.

It differs from SPEEDY's core in: latitudes (exact), vertical advection, the discrete hydrostatic
and thermodynamic equations, the reference temperature, humidity (carried through all interfaces),
the time filter, and what is conserved.

Spectral arrays are Dinosaur's: real `(field, m, l)` with m = 0, 1, -1, 2, -2 ... and l up to T + 1,
orthonormal on the unit sphere.

References:
    Durran (2010), Numerical Methods for Fluid Dynamics, section 8.6. Specification pages 31 to 36
    for what it replaces.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import math
from collections.abc import Callable
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from dinosaur import coordinate_systems, sigma_coordinates
from dinosaur import primitive_equations as equations
from dinosaur import spherical_harmonic as harmonics
from jaxtyping import Array, DTypeLike, Float

from jcm.constants import PhysicalConstants
from jcm.dynamics.core import ColumnPhysics, GridMap, GridStack, Spectral
from jcm.dynamics.dinosaur_numerics import DinosaurNumerics
from jcm.dynamics.dinosaur_state import CONSTANT, to_dinosaur
from jcm.dynamics.dinosaur_stepping import Mover
from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.dynamics.initial_state import resting_grid_state
from jcm.dynamics.parameters import DynamicsParameters
from jcm.dynamics.planet import Planet
from jcm.dynamics.range_check import RangeDiagnostics
from jcm.dynamics.resolution import Resolution
from jcm.dynamics.state import DynamicsDiagnostics, GridState, GridTendencies, SpectralState
from jcm.dynamics.time_stepping import Start
from jcm.parameters import Number
from jcm.vertical_grid import VerticalGrid

_Aux = TypeVar("_Aux")


@dataclasses.dataclass(frozen=True)
class DinosaurCore:
    """The core on its grid.

    Attributes:
        resolution: truncation and grid.
        grid: the layers.
        numerics: see :class:`DinosaurNumerics`.
        planet: see :class:`Planet`.
        model_step: time step of the model [s].
    """

    resolution: Resolution
    grid: VerticalGrid
    numerics: DinosaurNumerics
    planet: Planet
    model_step: float = 2400.0

    @functools.cached_property
    def horizontal(self) -> GaussianGrid:
        """Where the columns are."""
        return GaussianGrid.exact(self.resolution.longitudes, self.resolution.latitudes)

    @property
    def time_levels(self) -> int:
        """Two for the leapfrog, one for Runge-Kutta methods."""
        return self.numerics.time_levels

    @property
    def air_is_conserved(self) -> bool:
        """Whether nothing need be corrected after a step."""
        return not self.numerics.dry_air_is_conserved

    @property
    def harmonics(self) -> harmonics.Grid:
        """Dinosaur's grid. Transforms are matrix products: its FFT has scales in float32."""
        return self.coordinates.horizontal

    @property
    def coordinates(self) -> coordinate_systems.CoordinateSystem:
        """Dinosaur's grid and layers, of their own for each precision.

        JAX remembers a NumPy constant by its identity, with the precision that it had first.
        """
        return self._double if jax.config.jax_enable_x64 else self._single

    @functools.cached_property
    def _double(self) -> coordinate_systems.CoordinateSystem:
        return self._coordinates()

    @functools.cached_property
    def _single(self) -> coordinate_systems.CoordinateSystem:
        return self._coordinates()

    def _coordinates(self) -> coordinate_systems.CoordinateSystem:
        horizontal = harmonics.Grid(
            longitude_wavenumbers=self.resolution.truncation + 1,
            total_wavenumbers=self.resolution.truncation + 2,
            longitude_nodes=self.resolution.longitudes,
            latitude_nodes=self.resolution.latitudes,
            radius=self.planet.radius,
        )
        layers = sigma_coordinates.SigmaCoordinates(np.array(self.grid.half_level_sigma))
        return coordinate_systems.CoordinateSystem(horizontal, layers)

    def step_constants(
        self,
        parameters: DynamicsParameters,
        constants: PhysicalConstants,
        time_step: Number,
        *,
        dtype: DTypeLike,
    ) -> tuple[()]:
        """Nothing: this core has its numbers compiled in.

        Raises:
            ValueError: if a parameter is traced, or is another than the core was made with.
        """
        if Planet.of(parameters, constants) != self.planet:
            raise ValueError("the core was made for another planet than these parameters describe")
        return ()

    def step(
        self,
        earlier: SpectralState,
        later: SpectralState | None,
        surface_geopotential: Spectral,
        temperature_correction: Spectral,
        humidity_correction: Spectral,
        step_constants: tuple[()],
        physics: ColumnPhysics | None,
        *,
        start: Start = "leapfrog",
    ) -> tuple[SpectralState, SpectralState | None, _Aux | None, DynamicsDiagnostics]:
        """One time step of the model.

        Args:
            earlier: the state at the model date.
            later: the state one step of the dynamics ahead, for the leapfrog; else None.
            surface_geopotential: [m2 s-2], `(1, m, l)`.
            temperature_correction: orographic correction of temperature for the diffusion [K].
            humidity_correction: the same for humidity [g kg-1].
            step_constants: see :meth:`step_constants`.
            physics: gives tendencies from a state on the grid, and anything else that the caller
                wants back; or None.
            start: for the leapfrog, "half" and "first" set `later` at the start of a run, by half a
                step forwards and a step about its result, and leave `earlier` alone.

        Returns:
            Both time levels after the step, the second result of the first call of `physics`, and
            diagnostics of the state at the beginning.
        """
        caller = jax.config.jax_enable_x64

        def in_precision_of_caller(grid: GridState) -> tuple[GridTendencies, _Aux]:
            with jax.enable_x64(caller):
                return physics(grid)

        with self._precision(earlier):
            mover = Mover(
                self,
                surface_geopotential,
                temperature_correction,
                humidity_correction,
                None if physics is None else in_precision_of_caller,
            )
            earlier_after, later_after, aux = mover.model_step(earlier, later, start)
            diagnostics = self._diagnostics(earlier)
        return earlier_after, later_after, aux, diagnostics

    def grid_state(
        self,
        state: SpectralState,
        surface_geopotential: Spectral,
        constants: PhysicalConstants | None = None,
        parameters: DynamicsParameters | None = None,
    ) -> GridState:
        """One time level on the grid, with the geopotential of Dinosaur's hydrostatic equation.

        Args:
            state: spectral.
            surface_geopotential: [m2 s-2].
            constants: not read, see :class:`Planet`.
            parameters: likewise.
        """
        with self._precision(state):
            horizontal = self.harmonics
            heights = surface_geopotential + equations.get_geopotential_diff_sigma(
                state.temperature, self.coordinates.vertical, self.planet.gas_constant
            )
            cosine_winds = harmonics.get_cos_lat_vector(
                state.vorticity, state.divergence, horizontal, clip=False
            )
            fields = horizontal.to_nodal(
                jnp.concatenate(
                    [
                        *cosine_winds,
                        state.temperature,
                        state.specific_humidity,
                        heights,
                        state.log_normalized_surface_pressure,
                    ]
                )
            )
            cosine_u, cosine_v, *scalars, pressure = jnp.split(
                _longitude_first(fields), self.grid.levels * np.arange(1, 6), axis=1
            )
            cosine = self._row(self.horizontal.cosine_latitude, state)
            return GridState(cosine_u / cosine, cosine_v / cosine, *scalars, pressure[:, 0])

    def spectral_state(self, grid: GridState) -> SpectralState:
        """The state whose winds, temperature, humidity and surface pressure are given on the grid.

        Args:
            grid: of which the geopotential is not read.
        """
        with self._precision(grid):
            vorticity, divergence = self._rotation(grid.eastward_wind, grid.northward_wind)
            return SpectralState(
                vorticity=vorticity,
                divergence=divergence,
                temperature=self._analysis(grid.temperature),
                specific_humidity=self._analysis(grid.specific_humidity),
                log_normalized_surface_pressure=self.spectral_map(
                    grid.log_normalized_surface_pressure
                ),
            )

    def initial_state(
        self,
        surface_geopotential: Float[np.ndarray, "longitude latitude"],
        parameters: DynamicsParameters,
        constants: PhysicalConstants,
        dtype: DTypeLike,
    ) -> tuple[SpectralState, Spectral, GridMap]:
        """The atmosphere at rest (spec 36), computed in double precision.

        Args:
            surface_geopotential: as observed [m2 s-2], float64; truncated here.
            parameters: see :class:`DynamicsParameters`.
            constants: see :class:`PhysicalConstants`.
            dtype: precision of the result.

        Returns:
            The state; the surface geopotential, spectral, and on the grid.
        """
        with jax.enable_x64(True):
            spectral = self.spectral_map(jnp.asarray(surface_geopotential, jnp.float64))
            on_grid = self.synthesis(spectral)[:, 0]
            rest = resting_grid_state(
                np.asarray(on_grid), parameters, constants, vertical=self.grid
            )
            result = jax.tree.map(
                np.asarray,
                (self.spectral_state(jax.tree.map(jnp.asarray, rest)), spectral, on_grid),
            )
        return jax.tree.map(lambda field: jnp.asarray(field, dtype), result)

    def spectral_map(self, field: GridMap) -> Spectral:
        """Coefficients of a map, truncated at T, `(1, m, l)`."""
        with self._precision(field):
            return self._analysis(field[:, None])

    def synthesis(self, spectral: Spectral) -> GridStack:
        """Fields on the grid, `(longitude, field, latitude)`."""
        with self._precision(spectral):
            return _longitude_first(self.harmonics.to_nodal(spectral))

    def with_mean_added(self, field: Spectral, value: Float[Array, ""]) -> Spectral:
        """A field with a constant added."""
        return field.at[..., 0, 0].add(jnp.asarray(CONSTANT, field.dtype) * value)

    def range_check(self, state: SpectralState) -> RangeDiagnostics:
        """Mean temperature and eddy energies per level, as :func:`jcm.dynamics.range_check`."""
        m, _ = self.harmonics.modal_axes
        with self._precision(state):
            is_eddy = jnp.asarray((m != 0)[:, None], state.temperature.dtype)

            def eddy_energy(field: Spectral) -> Float[Array, " level"]:
                potential = self.harmonics.inverse_laplacian(field)
                return -jnp.sum(is_eddy * potential * field, axis=(1, 2)) / (4.0 * math.pi)

            return RangeDiagnostics(
                global_mean_temperature=state.temperature[:, 0, 0] / CONSTANT,
                rotational_eddy_energy=eddy_energy(state.vorticity),
                divergent_eddy_energy=eddy_energy(state.divergence),
            )

    def spectral_tendencies(self, tendencies: GridTendencies) -> SpectralState:
        """Tendencies of the physics in spectral space; that of surface pressure is zero."""
        vorticity, divergence = self._rotation(tendencies.eastward_wind, tendencies.northward_wind)
        warming = self._analysis(tendencies.temperature)
        return SpectralState(
            vorticity=vorticity,
            divergence=divergence,
            temperature=warming,
            specific_humidity=self._analysis(tendencies.specific_humidity),
            log_normalized_surface_pressure=jnp.zeros_like(warming[:1]),
        )

    def _rotation(self, eastward: GridStack, northward: GridStack) -> tuple[Spectral, Spectral]:
        """Vorticity and divergence of a wind."""
        cosine = self._row(self.horizontal.cosine_latitude, eastward)
        components = [self._analysis(wind / cosine, clip=False) for wind in (eastward, northward)]
        return (
            self.harmonics.curl_cos_lat(components, clip=True),
            self.harmonics.div_cos_lat(components, clip=True),
        )

    def _analysis(self, field: GridStack, *, clip: bool = True) -> Spectral:
        spectral = self.harmonics.to_modal(jnp.moveaxis(field, 1, 0))
        return self.harmonics.clip_wavenumbers(spectral) if clip else spectral

    def _diagnostics(self, state: SpectralState) -> DynamicsDiagnostics:
        found = equations.compute_diagnostic_state_sigma(
            to_dinosaur(state, self.numerics.reference_temperature), self.coordinates
        )
        boundary = jnp.zeros_like(found.sigma_dot_full[:1])
        sigma_velocity = jnp.concatenate([boundary, found.sigma_dot_full, boundary])
        return DynamicsDiagnostics(
            *map(_longitude_first, (sigma_velocity, found.vorticity, found.divergence))
        )

    def _row(self, values: Float[np.ndarray, " latitude"], like: Any) -> Array:
        return jnp.asarray(values, jax.tree.leaves(like)[0].dtype)

    def _precision(self, like: Any) -> contextlib.AbstractContextManager[None]:
        """Where constants take the precision of a field: Dinosaur's are NumPy arrays in float64."""
        return jax.enable_x64(jax.tree.leaves(like)[0].dtype == np.float64)


def _longitude_first(fields: Float[Array, "field longitude latitude"]) -> GridStack:
    return jnp.moveaxis(fields, 0, 1)


#: Makes a core, the same object for the same choices.
make_dinosaur_core: Callable[..., DinosaurCore] = functools.cache(DinosaurCore)
