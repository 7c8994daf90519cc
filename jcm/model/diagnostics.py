"""Named fields of a step: what runs write, and what the climates of two models are compared by.

A diagnostic is a function of the details of a step. Fields lead with the longitude:
`(longitude, latitude)` at the surface, `(longitude, level, latitude)` on full or half levels.

References:
    Specification page 40, sections 2 and 4.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import jax
import jax.numpy as jnp

from jcm.constants import PhysicalConstants
from jcm.dynamics.core import Core
from jcm.model.configuration import Configuration, Inputs
from jcm.model.stepping import StepDetails
from jcm.output.catalogue import Variable
from jcm.physics.humidity import level_saturation_humidity
from jcm.vertical_grid import VerticalGrid

#: From g m-2 s-1 of water to mm per day.
MILLIMETRES_PER_DAY = 86.4
SECONDS_PER_DAY = 86400.0
#: Rain of a wet point [mm day-1].
WET = 1.0


@dataclasses.dataclass(frozen=True)
class Sample:
    """A step, seen by diagnostics.

    Attributes:
        details: what happened in it; fields lead with the longitude.
        inputs: the data of the run.
        configuration: of the run.
    """

    details: StepDetails
    inputs: Inputs
    configuration: Configuration

    @property
    def constants(self) -> PhysicalConstants:
        """Physical constants of the run."""
        return self.inputs.parameters.constants

    @property
    def vertical(self) -> VerticalGrid:
        """The layers."""
        return self.configuration.core.grid

    @property
    def normalized_pressure(self) -> jax.Array:
        """Surface pressure / 10⁵ Pa."""
        return jnp.exp(self.details.grid.log_normalized_surface_pressure)

    @property
    def clipped_humidity(self) -> jax.Array:
        """Specific humidity as the physics takes it [g kg-1]."""
        return jnp.maximum(self.details.grid.specific_humidity, 0.0)


def diagnostics(sample: Sample, names: tuple[str, ...]) -> dict[str, jax.Array]:
    """Values of the diagnostics called `names`.

    Raises:
        KeyError: for a name that does not exist.
    """
    return {name: DIAGNOSTICS[name](sample) for name in names}


def reference_value(name: str, inputs: Inputs, configuration: Configuration) -> jax.Array | float:
    """A typical value, from which sums take deviations so that single precision suffices.

    A number, or an array that broadcasts against the field. It depends on nothing that changes
    during a run.
    """
    constants, core = inputs.parameters.constants, configuration.core
    dtype = inputs.boundary.sst_anomaly.dtype
    sigma = jnp.asarray(core.grid.full_level_sigma, dtype)[:, None]
    # An atmosphere of constant lapse rate, 288 K at sea level, isothermal above sigma = 0.2.
    exponent = constants.gas_constant * constants.lapse_rate / (1000.0 * constants.gravity)
    temperature = 288.0 * jnp.maximum(sigma, 0.2) ** exponent
    if name == "temperature":
        return temperature
    if name == "geopotential":
        return constants.gas_constant * 0.5 * (288.0 + temperature) * -jnp.log(sigma)
    if name == "surface_pressure":
        height = inputs.boundary.fields.surface_geopotential
        warming = 1000.0 * constants.gravity * 288.0 / constants.lapse_rate
        return constants.reference_pressure * (1.0 - height / warming) ** (1.0 / exponent)
    if name.endswith("_temperature"):
        return 280.0
    return {"outgoing_longwave": 230.0, "surface_downward_longwave": 320.0}.get(name, 0.0)


def _physics(name: str, factor: float = 1.0) -> Callable[[Sample], jax.Array]:
    def diagnostic(sample: Sample) -> jax.Array:
        return getattr(sample.details.physics, name) * factor

    return diagnostic


def _area_mean(name: str, factor: float = 1.0) -> Callable[[Sample], jax.Array]:
    """Mean over land and sea of a flux that the physics gives for each."""

    def diagnostic(sample: Sample) -> jax.Array:
        return getattr(sample.details.physics, name)[:, -1] * factor

    return diagnostic


def _grid(name: str) -> Callable[[Sample], jax.Array]:
    return lambda sample: getattr(sample.details.grid, name)


def _surface(name: str) -> Callable[[Sample], jax.Array]:
    return lambda sample: getattr(sample.details.surface, name)


def _synthesised(name: str) -> Callable[[Sample], jax.Array]:
    """A prognostic field that the physics has no need of."""

    def diagnostic(sample: Sample) -> jax.Array:
        spectral = getattr(sample.details.atmosphere, name)
        return sample.configuration.core.synthesis(spectral)

    return diagnostic


def _surface_pressure(sample: Sample) -> jax.Array:
    return sample.constants.reference_pressure * sample.normalized_pressure


def _precipitation(sample: Sample) -> jax.Array:
    physics = sample.details.physics
    total = physics.convective_precipitation + physics.large_scale_precipitation
    return total * MILLIMETRES_PER_DAY


def _column_water_vapour(sample: Sample) -> jax.Array:
    thickness = jnp.asarray(sample.vertical.sigma_thickness, sample.normalized_pressure.dtype)
    mass = _surface_pressure(sample) / sample.constants.gravity
    return 1e-3 * mass * jnp.einsum("ikj,k->ij", sample.clipped_humidity, thickness)


def _relative_humidity(sample: Sample) -> jax.Array:
    def meridian(temperature: jax.Array, pressure: jax.Array, humidity: jax.Array) -> jax.Array:
        return humidity / level_saturation_humidity(
            temperature,
            pressure,
            parameters=sample.inputs.parameters.physics.humidity,
            grid=sample.vertical,
        )

    return jax.vmap(meridian)(
        sample.details.grid.temperature, sample.normalized_pressure, sample.clipped_humidity
    )


def _convects(sample: Sample) -> jax.Array:
    dtype = sample.details.grid.temperature.dtype
    top = sample.details.physics.convection_top_level
    return (top < sample.vertical.levels - 1).astype(dtype)


def _rains_on_large_scale(sample: Sample) -> jax.Array:
    rain = sample.details.physics.large_scale_precipitation
    return (rain > 0.0).astype(rain.dtype)


def _is_wet(sample: Sample) -> jax.Array:
    rain = _precipitation(sample)
    return (rain > WET).astype(rain.dtype)


def _lowest_layer(flux: str, of_heat: bool) -> Callable[[Sample], jax.Array]:
    """Tendency of the lowest layer by a surface flux, zero above, per second."""

    def tendency(sample: Sample) -> jax.Array:
        constants, thickness = sample.constants, sample.vertical.sigma_thickness[-1]
        factor = constants.gravity / (thickness * constants.reference_pressure)
        if of_heat:
            factor = factor / constants.specific_heat
        lowest = getattr(sample.details.physics, flux)[:, -1] * factor / sample.normalized_pressure
        zero = jnp.zeros_like(sample.details.grid.temperature)
        return zero.at[:, -1].set(lowest)

    return tendency


def _boundary_layer(diffusion: str, flux: str, of_heat: bool) -> Callable[[Sample], jax.Array]:
    """Vertical diffusion and shallow convection with the surface flux, per day."""
    lowest = _lowest_layer(flux, of_heat)

    def diagnostic(sample: Sample) -> jax.Array:
        return SECONDS_PER_DAY * (getattr(sample.details.physics, diffusion) + lowest(sample))

    return diagnostic


DIAGNOSTICS: dict[str, Callable[[Sample], jax.Array]] = {
    "surface_pressure": _surface_pressure,
    "precipitation": _precipitation,
    "convective_precipitation": _physics("convective_precipitation", MILLIMETRES_PER_DAY),
    "large_scale_precipitation": _physics("large_scale_precipitation", MILLIMETRES_PER_DAY),
    "outgoing_longwave": _physics("outgoing_longwave"),
    "toa_net_shortwave": _physics("toa_net_shortwave"),
    "surface_net_shortwave": _physics("surface_net_shortwave"),
    "surface_downward_shortwave": _physics("surface_downward_shortwave"),
    "surface_net_upward_longwave": _physics("surface_net_upward_longwave"),
    "surface_downward_longwave": _physics("surface_downward_longwave"),
    "sensible_heat_flux": _area_mean("sensible_heat_flux"),
    "evaporation": _area_mean("evaporation", MILLIMETRES_PER_DAY),
    "eastward_stress": _area_mean("eastward_wind_stress"),
    "northward_stress": _area_mean("northward_wind_stress"),
    "cloud_cover": _physics("cloud_cover"),
    "stratiform_cloud_cover": _physics("stratiform_cloud_cover"),
    "column_water_vapour": _column_water_vapour,
    "near_surface_temperature": _physics("near_surface_temperature"),
    "skin_temperature": _physics("skin_temperature"),
    "surface_temperature": _physics("surface_temperature"),
    "land_surface_temperature": _surface("land_surface_temperature"),
    "sea_ice_temperature": _surface("ice_temperature"),
    "convection_frequency": _convects,
    "large_scale_precipitation_frequency": _rains_on_large_scale,
    "wet_frequency": _is_wet,
    "cloud_base_mass_flux": _physics("cloud_base_mass_flux"),
    "sea_surface_temperature": _surface("sea_surface_temperature"),
    "sea_ice_fraction": _surface("sea_ice_fraction"),
    "surface_albedo": lambda sample: sample.details.daily.surface_albedo,
    "snow_depth": _surface("snow_depth"),
    "soil_water_availability": _surface("soil_water_availability"),
    "eastward_wind": _grid("eastward_wind"),
    "northward_wind": _grid("northward_wind"),
    "temperature": _grid("temperature"),
    "specific_humidity": lambda sample: sample.clipped_humidity,
    "geopotential": _grid("geopotential"),
    "relative_humidity": _relative_humidity,
    "vorticity": _synthesised("vorticity"),
    "divergence": _synthesised("divergence"),
    "sigma_dot": lambda sample: sample.details.dynamics.sigma_velocity,
    "temperature_tendency_convection": _physics("temperature_tendency_convection", SECONDS_PER_DAY),
    "temperature_tendency_condensation": _physics(
        "temperature_tendency_condensation", SECONDS_PER_DAY
    ),
    "temperature_tendency_shortwave": _physics("temperature_tendency_shortwave", SECONDS_PER_DAY),
    "temperature_tendency_longwave": _physics("temperature_tendency_longwave", SECONDS_PER_DAY),
    "temperature_tendency_boundary_layer": _boundary_layer(
        "temperature_tendency_vertical_diffusion", "sensible_heat_flux", of_heat=True
    ),
    "temperature_tendency_physics": _physics("temperature_tendency", SECONDS_PER_DAY),
    "specific_humidity_tendency_convection": _physics(
        "specific_humidity_tendency_convection", SECONDS_PER_DAY
    ),
    "specific_humidity_tendency_condensation": _physics(
        "specific_humidity_tendency_condensation", SECONDS_PER_DAY
    ),
    "specific_humidity_tendency_boundary_layer": _boundary_layer(
        "specific_humidity_tendency_vertical_diffusion", "evaporation", of_heat=False
    ),
}

#: Factors of moments whose unit is not the product of the units of their fields.
MOMENT_FACTORS = {"surface_pressure_variance": 1e-4}


def shape_of(variable: Variable, core: Core) -> tuple[int, ...]:
    """Shape of a variable on the grid of a core: `(longitude, [level,] latitude)`."""
    levels, columns = core.grid.levels, core.horizontal
    length = {"surface": (), "level": (levels,), "half_level": (levels + 1,)}[variable.kind]
    return (columns.longitudes, *length, columns.latitudes)
