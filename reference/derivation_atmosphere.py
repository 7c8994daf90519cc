"""Rules for the state of the atmosphere and the surface, see `reference.derivation`.

The equations are those of the specification, simplified where only plausibility counts.
"""

from __future__ import annotations

import numpy as np

from reference.derivation import Derived, rule
from reference.formulas import (
    FULL_LEVEL_SIGMA,
    GAS_CONSTANT,
    GRAVITY,
    MELTING_TEMPERATURE,
    SPECIFIC_HEAT,
    saturation_specific_humidity,
    single,
)

LEVEL_LOG_SIGMA = np.log(FULL_LEVEL_SIGMA)

# Atmosphere


@rule
def _temperature(c: Derived) -> np.ndarray:
    """A troposphere that cools with ln sigma below an isothermal layer, with disturbances."""
    surface = c["surface_air_temperature"][:, np.newaxis]
    profile = surface + c["temperature_increase_per_log_sigma"][:, np.newaxis] * LEVEL_LOG_SIGMA
    t = np.maximum(profile, np.minimum(c["tropopause_temperature"][:, np.newaxis], surface))
    t[:, 7] -= c["inversion"]
    t += c["temperature_noise_amplitude"][:, np.newaxis] * c["temperature_noise"]
    t = np.clip(t, 150.5, 345.0)
    t = _marked(t, c["temperature_mark"], (np.floor(t) + 0.5, *_MELTING_EDGES, 325.0))
    t[:, 7] = np.where(c["equal_lowest_temperatures"] == 1, t[:, 6], t[:, 7])
    return t


_MELTING_EDGES = (MELTING_TEMPERATURE, np.nextafter(MELTING_TEMPERATURE, 0.0))


def _marked(
    plain: np.ndarray, mark: np.ndarray, alternatives: tuple[np.ndarray | float, ...]
) -> np.ndarray:
    """`plain` where the mark is 0, the n-th alternative where it is n."""
    return np.select([mark == n + 1 for n in range(len(alternatives))], alternatives, plain)


@rule
def _log_normalized_surface_pressure(c: Derived) -> np.ndarray:
    return np.log(c["normalized_surface_pressure"])


@rule
def _consistent_saturation(c: Derived) -> np.ndarray:
    """Saturation humidity, very large where air cannot be saturated."""
    pressure = FULL_LEVEL_SIGMA * c["normalized_surface_pressure"][:, np.newaxis]
    saturation = saturation_specific_humidity(c["temperature"], pressure)
    return np.where(saturation > 0, saturation, 2.0e4)


@rule
def _specific_humidity_before_clipping(c: Derived) -> np.ndarray:
    lower, upper = c["lower_relative_humidity"], c["upper_relative_humidity"]
    r = upper[:, np.newaxis] + (lower - upper)[:, np.newaxis] * FULL_LEVEL_SIGMA
    r += c["relative_humidity_noise_amplitude"][:, np.newaxis] * c["relative_humidity_noise"]
    moist = c["moist_boundary_layer"][:, np.newaxis] == 1
    r[:, 6:] = np.where(moist, 0.92 + 0.1 * lower[:, np.newaxis], r[:, 6:])
    r[:, 7] = np.where(c["saturated_lowest_level"] == 1, 1.0, r[:, 7])
    saturation = np.minimum(c["consistent_saturation"], 300.0)
    q = np.maximum(r, 0.0) * saturation
    flood = q + 20.0 * FULL_LEVEL_SIGMA**2
    alternatives = (0.0, single(0.9) * saturation, 3.0 * q, flood, -0.1 * q, single(0.2))
    q = _marked(q, c["humidity_mark"], alternatives)
    return np.where(c["dry_column"][:, np.newaxis] == 1, 0.0, q)


@rule
def _specific_humidity(c: Derived) -> np.ndarray:
    return np.maximum(c["specific_humidity_before_clipping"], 0.0)


@rule
def _saturation_specific_humidity(c: Derived) -> np.ndarray:
    noise = 2.0 * c["inconsistency"][:, np.newaxis] * c["saturation_noise"]
    return c["consistent_saturation"] * np.exp(noise)


@rule
def _relative_humidity(c: Derived) -> np.ndarray:
    return c["specific_humidity"] / c["saturation_specific_humidity"]


@rule
def _surface_geopotential(c: Derived) -> np.ndarray:
    height = np.log(c["sea_level_pressure"] / c["normalized_surface_pressure"])
    return np.clip(GAS_CONSTANT * 288.0 * height, -5000.0, 52000.0)


@rule
def _geopotential(c: Derived) -> np.ndarray:
    """Hydrostatic, with temperature linear in ln sigma between levels."""
    t = c["temperature"]
    lowest = c["surface_geopotential"] - GAS_CONSTANT * t[:, 7] * LEVEL_LOG_SIGMA[7]
    thickness = GAS_CONSTANT * 0.5 * (t[:, 1:] + t[:, :-1]) * np.diff(LEVEL_LOG_SIGMA)
    above = np.cumsum(thickness[:, ::-1], axis=1)[:, ::-1]
    height = lowest[:, np.newaxis] + np.column_stack([above, np.zeros(len(t))])
    return height + 2000.0 * c["inconsistency"][:, np.newaxis] * c["geopotential_noise"]


@rule
def _dry_static_energy(c: Derived) -> np.ndarray:
    s = SPECIFIC_HEAT * c["temperature"] + c["geopotential"]
    s += 4.0e4 * c["inconsistency"][:, np.newaxis] * c["energy_noise"]
    s[:, 6:] += 6.0e4 * c["heated_boundary_layer"][:, np.newaxis]
    return s


@rule
def _dry_static_energy_gradient(c: Derived) -> np.ndarray:
    s, height = c["dry_static_energy"], c["geopotential"]
    return (s[:, 6] - s[:, 7]) / (height[:, 6] - height[:, 7])


@rule
def _eastward_wind(c: Derived) -> np.ndarray:
    return np.where(c["calm"][:, np.newaxis] == 1, 0.0, c["wind_x"])


@rule
def _northward_wind(c: Derived) -> np.ndarray:
    return np.where(c["calm"][:, np.newaxis] == 1, 0.0, c["wind_y"])


# Surface


@rule
def _land_surface_temperature(c: Derived) -> np.ndarray:
    return np.clip(c["surface_air_temperature"] + c["land_minus_air"], 195.0, 340.0)


@rule
def _sea_surface_temperature(c: Derived) -> np.ndarray:
    return np.clip(c["surface_air_temperature"] + c["sea_minus_air"], 225.0, 320.0)


@rule
def _sea_surface_temperature_second(c: Derived) -> np.ndarray:
    return c["sea_surface_temperature"] + c["second_minus_first_sea"]


@rule
def _surface_temperature(c: Derived) -> np.ndarray:
    land, sea = c["land_surface_temperature"], c["sea_surface_temperature"]
    t = sea + c["land_fraction"] * (land - sea)
    alternatives = (np.floor(t) + 0.5, MELTING_TEMPERATURE)
    return _marked(t, c["surface_temperature_mark"], alternatives)


@rule
def _sea_fraction(c: Derived) -> np.ndarray:
    return 1.0 - c["land_fraction"]


@rule
def _snow_cover(c: Derived) -> np.ndarray:
    return np.minimum(1.0, c["snow_depth"] / 60.0)


@rule
def _land_albedo(c: Derived) -> np.ndarray:
    bare = c["bare_land_albedo"]
    return bare + c["snow_cover"] * (single(0.6) - bare)


@rule
def _sea_albedo(c: Derived) -> np.ndarray:
    return single(0.07) + c["sea_ice_fraction"] * (single(0.6) - single(0.07))


@rule
def _surface_albedo(c: Derived) -> np.ndarray:
    sea = c["sea_albedo"]
    return sea + c["land_fraction"] * (c["land_albedo"] - sea)


@rule
def _orographic_drag_factor(c: Derived) -> np.ndarray:
    inverse_height = 1.0 / (GRAVITY * 2000.0)
    height = np.maximum(c["surface_geopotential"], 0.0)
    return 1.0 + inverse_height * (1.0 - np.exp(-inverse_height * height))
