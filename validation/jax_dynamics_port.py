"""Port to the JAX dynamics; see :mod:`validation.model_ports`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jcm.constants import PhysicalConstants
from jcm.dynamics import spectral_operators as operators
from jcm.dynamics.geopotential import geopotential
from jcm.dynamics.horizontal_diffusion import damped
from jcm.dynamics.packing import pack, unpack
from jcm.dynamics.parameters import DynamicsParameters
from jcm.dynamics.range_check import range_check
from jcm.dynamics.semi_implicit import add_linear_terms, linear_matrices, make_implicit
from jcm.dynamics.speedy_core import SpeedyCore, StepConstants
from jcm.dynamics.state import GridTendencies, SpectralState
from jcm.formulation import Formulation
from jcm.physics.orographic_correction import orographic_correction
from validation.jax_precision import in_precision
from validation.model_ports import STEP_SECONDS, Arrays, Start, State

#: Coefficients (m, n = 0) of these m have the total wavenumbers 1 to 30, (30, 1) has 31.
_DIAGONAL = [(m, 0) for m in range(1, 31)] + [(30, 1)]


class JaxDynamics:
    """The operations of `jcm.dynamics`; see :class:`validation.model_ports.DynamicsPort`."""

    name = "jax"

    def __init__(self, precision: str, formulation: str = "original") -> None:
        self.precision = precision
        self._switches = Formulation.named(formulation)
        self._core = SpeedyCore.speedy(self._switches)
        self._parameters = DynamicsParameters.for_formulation(self._switches)
        self._constants = PhysicalConstants.for_formulation(self._switches)
        self._step_constants: dict[float, StepConstants] = {}
        self._step = jax.jit(self._whole_step, static_argnames="start")

    @in_precision
    def synthesis(self, spectral: np.ndarray, *, over_cosine: bool = False) -> np.ndarray:
        """See the protocol."""
        return self._grids(spectral, over_cosine=over_cosine)

    @in_precision
    def analysis(self, grid: np.ndarray) -> np.ndarray:
        """See the protocol."""
        return self._spectra(grid)

    @in_precision
    def gradient(self, scalar: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See the protocol."""
        return self._pair(operators.gradient, scalar)

    @in_precision
    def winds(self, vorticity: np.ndarray, divergence: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See the protocol."""
        return self._pair(operators.winds, vorticity, divergence)

    @in_precision
    def laplacian(self, spectral: np.ndarray) -> np.ndarray:
        """See the protocol."""
        return self._unpacked(operators.laplacian(self._packed(spectral), self._tables), spectral)

    @in_precision
    def inverse_laplacian(self, spectral: np.ndarray) -> np.ndarray:
        """See the protocol."""
        field = operators.inverse_laplacian(self._packed(spectral), self._tables)
        return self._unpacked(field, spectral)

    @in_precision
    def truncated(self, spectral: np.ndarray) -> np.ndarray:
        """See the protocol."""
        kind = np.complex64 if self.precision == "float32" else np.complex128
        field = jnp.asarray(np.asarray(spectral, kind))
        return np.asarray(self._core.transform.truncate(field))

    @in_precision
    def curl_and_divergence(
        self, eastward: np.ndarray, northward: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """See the protocol."""
        analysed = (self._spectra(field, over_cosine=True) for field in (eastward, northward))
        return self._pair(operators.curl_and_divergence, *analysed)

    @in_precision
    def geopotential(self, temperature: np.ndarray, surface_geopotential: np.ndarray) -> np.ndarray:
        """See the protocol."""
        constants = self._constants_of_step(STEP_SECONDS["leapfrog"])
        field = geopotential(
            self._packed(temperature),
            self._packed(surface_geopotential),
            constants.hydrostatic,
        )
        return self._unpacked(field, temperature)

    @in_precision
    def semi_implicit_constants(self, time_step: float) -> Arrays:
        """As far as a step has them, they are those that it uses."""
        tables = self._constants_of_step(time_step)
        used, terms = tables.semi_implicit, tables.tendencies
        matrices = linear_matrices(self._parameters, self._constants, self._core.grid)
        T_r = terms.reference_temperature[:, 0]
        inverse = [used.inverse[:, m, :, n].T for m, n in _DIAGONAL]
        constants = {
            "reference_temperature": T_r,
            "gas_constant_reference_temperature": used.gas_constant_reference_temperature[:, 0],
            "kappa_reference_temperature": terms.kappa * T_r,
            "half_kappa_over_sigma_reference_temperature": (
                terms.half_kappa_over_sigma[:, 0] * T_r
            ),
            "matrix_a": matrices.layer_warming,
            "matrix_b": matrices.interface_velocity,
            "matrix_c": used.warming,
            "matrix_hydrostatic": used.hydrostatic,
            "matrix_e": used.hydrostatic @ used.warming,
            "inverse_matrix": jnp.stack(inverse),
            "xi_thickness": used.ξ * used.sigma_thickness[0],
            "helmholtz_factor": -used.ξ * _of_coefficients(tables.operators.laplacian),
        }
        return {name: np.asarray(value, self.precision) for name, value in constants.items()}

    @in_precision
    def diffusion_constants(self, time_step: float) -> Arrays:
        """See the protocol."""
        tables = self._constants_of_step(time_step).diffusion
        kinds = {
            "temperature_vorticity": tables.vorticity,
            "divergence_humidity": tables.divergence,
            "extra": tables.extra,
        }
        constants = {
            "vertical_profile_temperature": tables.temperature_profile[:, 0],
            "vertical_profile_humidity": tables.humidity_profile[:, 0],
        }
        for name, damping in kinds.items():
            constants[f"damping_{name}"] = _of_coefficients(damping.rate)
            constants[f"implicit_factor_{name}"] = _of_coefficients(damping.factor)
        return {name: np.asarray(value) for name, value in constants.items()}

    @in_precision
    def diffuse(self, field: np.ndarray, tendency: np.ndarray, time_step: float) -> np.ndarray:
        """See the protocol."""
        damping = self._constants_of_step(time_step).diffusion.vorticity
        return self._unpacked(damped(self._packed(tendency), self._packed(field), damping), field)

    @in_precision
    def orographic_corrections(self, **maps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See the protocol."""
        given = {name: self._array(np.asarray(values).T) for name, values in maps.items()}
        correction = orographic_correction(**given, constants=self._constants)
        analysis = self._core.transform.analysis
        return (
            np.asarray(analysis(correction.temperature_correction)),
            np.asarray(analysis(correction.humidity_correction)),
        )

    @in_precision
    def initial_state(self, surface_geopotential_unfiltered: np.ndarray) -> Arrays:
        """See the protocol."""
        state, surface, filtered = self._core.initial_state(
            np.ascontiguousarray(np.asarray(surface_geopotential_unfiltered, np.float64).T),
            self._parameters,
            self._constants,
            self.precision,
        )
        return {
            **_fields(state),
            "surface_geopotential": np.asarray(unpack(surface))[0],
            "surface_geopotential_filtered": np.asarray(filtered).T,
        }

    @in_precision
    def gridpoint_tendencies(self, state: State) -> Arrays:
        """See the protocol."""
        terms, constants = self._nonlinear_terms(state)
        fields, motion = terms.fields, terms.motion
        on_grid = {
            "eastward_wind": fields.eastward_wind,
            "northward_wind": fields.northward_wind,
            "absolute_vorticity": fields.vorticity + constants.tendencies.coriolis_parameter,
            "temperature_grid": fields.temperature,
            "sigma_velocity": motion.sigma_velocity,
            "sigma_velocity_advective": motion.sigma_velocity_advective,
            **{f"{name}_tendency": x for name, x in terms.dynamics._asdict().items()},
            "pressure_gradient_x": fields.pressure_gradient_x,
            "pressure_gradient_y": fields.pressure_gradient_y,
            "mean_eastward_wind": motion.mean_eastward_wind,
            "mean_northward_wind": motion.mean_northward_wind,
            "mean_divergence": motion.mean_divergence,
        }
        spectral = _fields(terms.spectral)
        return {
            **{name: _from_packed_grid(values) for name, values in on_grid.items()},
            **{f"{name}_tendency_gridpoint": values for name, values in spectral.items()},
        }

    @in_precision
    def implicit_tendencies(self, state: State, start: Start = "leapfrog") -> Arrays:
        """See the protocol."""
        terms, constants = self._nonlinear_terms(state, start)
        earlier, _ = self._levels(state)
        tables = (constants.operators, constants.semi_implicit)
        tendency = add_linear_terms(terms.spectral, earlier, terms.geopotential, *tables)
        tendency = _fields(make_implicit(tendency, *tables))
        names = ("divergence", "temperature", "log_normalized_surface_pressure")
        return {f"{name}_tendency_implicit": tendency[name] for name in names}

    @in_precision
    def step(
        self,
        state: State,
        temperature_correction: np.ndarray,
        humidity_correction: np.ndarray,
        *,
        start: Start = "leapfrog",
        physics: Mapping[str, np.ndarray] | None = None,
    ) -> Arrays:
        """See the protocol."""
        given = physics or {}
        none = np.zeros((8, 48, 96))
        tendencies = GridTendencies(
            *(self._array(_to_packed_grid(given.get(n, none))) for n in GridTendencies._fields)
        )
        maps = (state["surface_geopotential"], temperature_correction, humidity_correction)
        after = self._step(
            *self._levels(state),
            *(self._packed(field) for field in maps),
            self._constants_of_step(STEP_SECONDS[start]),
            tendencies,
            start=start,
        )
        levels = [_fields(level) for level in after]
        return {name: np.stack([level[name] for level in levels]) for name in levels[0]}

    @in_precision
    def range_check(
        self, vorticity: np.ndarray, divergence: np.ndarray, temperature: np.ndarray
    ) -> Arrays:
        """See the protocol."""
        zero = np.zeros_like(temperature)
        state = SpectralState(
            *map(self._packed, (vorticity, divergence, temperature, zero, zero[0]))
        )
        found = range_check(state, parameters=self._parameters, formulation=self._switches)
        return {name: np.asarray(values) for name, values in found._asdict().items()}

    @property
    def _tables(self) -> operators.OperatorTables:
        return self._constants_of_step(STEP_SECONDS["leapfrog"]).operators

    def _constants_of_step(self, time_step: float) -> StepConstants:
        if time_step not in self._step_constants:
            self._step_constants[time_step] = self._core.step_constants(
                self._parameters, self._constants, time_step, dtype=self.precision
            )
        return self._step_constants[time_step]

    def _nonlinear_terms(
        self, state: State, start: Start = "leapfrog"
    ) -> tuple[Any, StepConstants]:
        constants = self._constants_of_step(STEP_SECONDS[start])
        earlier, later = self._levels(state)
        terms, _ = self._core.nonlinear_terms(
            earlier,
            earlier if start == "half" else later,
            self._packed(state["surface_geopotential"]),
            constants,
            None,
        )
        return terms, constants

    def _whole_step(
        self,
        earlier: SpectralState,
        later: SpectralState,
        surface_geopotential: jax.Array,
        temperature_correction: jax.Array,
        humidity_correction: jax.Array,
        constants: StepConstants,
        tendencies: GridTendencies,
        *,
        start: Start,
    ) -> tuple[SpectralState, SpectralState]:
        return self._core.step(
            earlier,
            later,
            surface_geopotential,
            temperature_correction,
            humidity_correction,
            constants,
            lambda grid: (tendencies, None),
            start=start,
        )[:2]

    def _levels(self, state: State) -> tuple[SpectralState, SpectralState]:
        earlier, later = (
            SpectralState(*(self._packed(state[name][level]) for name in SpectralState._fields))
            for level in range(2)
        )
        return earlier, later

    def _array(self, values: np.ndarray) -> jax.Array:
        return jnp.asarray(np.ascontiguousarray(values), self.precision)

    def _packed(self, spectral: np.ndarray) -> jax.Array:
        """From `(..., m, n)`, all leading axes made one."""
        stacked = np.asarray(spectral).reshape(-1, *np.shape(spectral)[-2:])
        return self._array(pack(stacked))

    def _unpacked(self, packed: jax.Array, like: np.ndarray) -> np.ndarray:
        return np.asarray(unpack(packed)).reshape(np.shape(like))

    def _pair(
        self, operator: Callable[..., Any], *fields: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        first, second = operator(*map(self._packed, fields), self._tables)
        return self._unpacked(first, fields[0]), self._unpacked(second, fields[0])

    def _grids(self, spectral: np.ndarray, **options: bool) -> np.ndarray:
        packed = self._core.packed_transform.synthesis(self._packed(spectral), **options)
        grids = _from_packed_grid(packed)
        return grids.reshape(*np.shape(spectral)[:-2], *grids.shape[-2:])

    def _spectra(self, grid: np.ndarray, **options: bool) -> np.ndarray:
        stacked = np.asarray(grid).reshape(-1, *np.shape(grid)[-2:])
        fields = self._array(_to_packed_grid(stacked))
        spectra = np.asarray(unpack(self._core.packed_transform.analysis(fields, **options)))
        return spectra.reshape(*np.shape(grid)[:-2], *spectra.shape[-2:])


def _to_packed_grid(fields: np.ndarray) -> np.ndarray:
    """From `(level, latitude, longitude)` to `(longitude, level, latitude)`."""
    return np.ascontiguousarray(np.moveaxis(fields, -1, 0))


def _from_packed_grid(packed: jax.Array) -> np.ndarray:
    """From `(longitude, ..., latitude)` to `(..., latitude, longitude)`."""
    return np.ascontiguousarray(np.moveaxis(np.asarray(packed), 0, -1))


def _of_coefficients(table: jax.Array) -> jax.Array:
    """A table of packed coefficients as `(m, n)`, of the bottom level where levels differ."""
    return table[:31, -1]


def _fields(state: SpectralState) -> Arrays:
    """Golden-named fields of one time level."""
    fields = {name: np.asarray(unpack(values)) for name, values in state._asdict().items()}
    fields["log_normalized_surface_pressure"] = fields["log_normalized_surface_pressure"][0]
    return fields
