"""From independent quantities to the inputs of processes.

A rule computes one quantity, `(column,)` or `(column, level, ...)`, from others; it bears its name.
Rules are applied when their result is asked for, so that only what a process needs is computed.
The equations are those of the specification, simplified where only plausibility counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from reference.basis import Basis
from reference.formulas import (
    DAYS_IN_MONTH,
    FULL_LEVEL_SIGMA,
    GAS_CONSTANT,
    GRAVITY,
    MELTING_TEMPERATURE,
    SIGMA_THICKNESS,
    SPECIFIC_HEAT,
    STEFAN_BOLTZMANN,
    SURFACE_EMISSIVITY,
    month_fraction,
    saturation_specific_humidity,
    single,
    solar_declination,
    winter_season,
    year_angle,
    year_fraction,
)

LEVEL_LOG_SIGMA = np.log(FULL_LEVEL_SIGMA)
_TIME_STEP = 2400.0


class Derived(Mapping[str, np.ndarray]):
    """Primitives and everything that follows from them, by name, computed on demand.

    Attributes:
        used: names of the primitives asked for so far, in that order.
    """

    def __init__(self, basis: Basis) -> None:
        self._basis = basis
        self._computed: dict[str, np.ndarray] = {}
        self.used: dict[str, None] = {}

    def __getitem__(self, name: str) -> np.ndarray:
        name = _ALIASES.get(name, name)
        if name in self._basis:
            self.used[name] = None
            return self._basis[name]
        if name not in self._computed:
            self._computed[name] = _RULES[name](self)
        return self._computed[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._basis, **_RULES, **_ALIASES})

    def __len__(self) -> int:
        return len({**self._basis, **_RULES, **_ALIASES})


def derive(basis: Basis) -> Derived:
    """Everything that follows from `basis`: every input of every process is among it."""
    return Derived(basis)


_Rule = Callable[[Derived], np.ndarray]
_RULES: dict[str, _Rule] = {}
#: Quantities that are drawn like another one.
_ALIASES = {
    "cos_latitude": "latitude_cosine",
    "interpolated_sea_ice_fraction": "sea_ice_fraction",
    "land_temperature_climatology": "land_surface_temperature",
    "longwave_transmissivity_in": "longwave_transmissivity",
    "stratospheric_correction_in": "stratospheric_correction",
    "surface_downward_shortwave_in": "surface_downward_shortwave",
}


def _rule(function: _Rule) -> _Rule:
    _RULES[function.__name__.removeprefix("_")] = function
    return function


# Atmosphere


@_rule
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


@_rule
def _log_normalized_surface_pressure(c: Derived) -> np.ndarray:
    return np.log(c["normalized_surface_pressure"])


@_rule
def _consistent_saturation(c: Derived) -> np.ndarray:
    """Saturation humidity, very large where air cannot be saturated."""
    pressure = FULL_LEVEL_SIGMA * c["normalized_surface_pressure"][:, np.newaxis]
    saturation = saturation_specific_humidity(c["temperature"], pressure)
    return np.where(saturation > 0, saturation, 2.0e4)


@_rule
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


@_rule
def _specific_humidity(c: Derived) -> np.ndarray:
    return np.maximum(c["specific_humidity_before_clipping"], 0.0)


@_rule
def _saturation_specific_humidity(c: Derived) -> np.ndarray:
    noise = 2.0 * c["inconsistency"][:, np.newaxis] * c["saturation_noise"]
    return c["consistent_saturation"] * np.exp(noise)


@_rule
def _relative_humidity(c: Derived) -> np.ndarray:
    return c["specific_humidity"] / c["saturation_specific_humidity"]


@_rule
def _surface_geopotential(c: Derived) -> np.ndarray:
    height = np.log(c["sea_level_pressure"] / c["normalized_surface_pressure"])
    return np.clip(GAS_CONSTANT * 288.0 * height, -5000.0, 52000.0)


@_rule
def _geopotential(c: Derived) -> np.ndarray:
    """Hydrostatic, with temperature linear in ln sigma between levels."""
    t = c["temperature"]
    lowest = c["surface_geopotential"] - GAS_CONSTANT * t[:, 7] * LEVEL_LOG_SIGMA[7]
    thickness = GAS_CONSTANT * 0.5 * (t[:, 1:] + t[:, :-1]) * np.diff(LEVEL_LOG_SIGMA)
    above = np.cumsum(thickness[:, ::-1], axis=1)[:, ::-1]
    height = lowest[:, np.newaxis] + np.column_stack([above, np.zeros(len(t))])
    return height + 2000.0 * c["inconsistency"][:, np.newaxis] * c["geopotential_noise"]


@_rule
def _dry_static_energy(c: Derived) -> np.ndarray:
    s = SPECIFIC_HEAT * c["temperature"] + c["geopotential"]
    s += 4.0e4 * c["inconsistency"][:, np.newaxis] * c["energy_noise"]
    s[:, 6:] += 6.0e4 * c["heated_boundary_layer"][:, np.newaxis]
    return s


@_rule
def _dry_static_energy_gradient(c: Derived) -> np.ndarray:
    s, height = c["dry_static_energy"], c["geopotential"]
    return (s[:, 6] - s[:, 7]) / (height[:, 6] - height[:, 7])


@_rule
def _eastward_wind(c: Derived) -> np.ndarray:
    return np.where(c["calm"][:, np.newaxis] == 1, 0.0, c["wind_x"])


@_rule
def _northward_wind(c: Derived) -> np.ndarray:
    return np.where(c["calm"][:, np.newaxis] == 1, 0.0, c["wind_y"])


# Surface


@_rule
def _land_surface_temperature(c: Derived) -> np.ndarray:
    return np.clip(c["surface_air_temperature"] + c["land_minus_air"], 195.0, 340.0)


@_rule
def _sea_surface_temperature(c: Derived) -> np.ndarray:
    return np.clip(c["surface_air_temperature"] + c["sea_minus_air"], 225.0, 320.0)


@_rule
def _sea_surface_temperature_second(c: Derived) -> np.ndarray:
    return c["sea_surface_temperature"] + c["second_minus_first_sea"]


@_rule
def _surface_temperature(c: Derived) -> np.ndarray:
    land, sea = c["land_surface_temperature"], c["sea_surface_temperature"]
    t = sea + c["land_fraction"] * (land - sea)
    alternatives = (np.floor(t) + 0.5, MELTING_TEMPERATURE)
    return _marked(t, c["surface_temperature_mark"], alternatives)


@_rule
def _sea_fraction(c: Derived) -> np.ndarray:
    return 1.0 - c["land_fraction"]


@_rule
def _snow_cover(c: Derived) -> np.ndarray:
    return np.minimum(1.0, c["snow_depth"] / 60.0)


@_rule
def _land_albedo(c: Derived) -> np.ndarray:
    bare = c["bare_land_albedo"]
    return bare + c["snow_cover"] * (single(0.6) - bare)


@_rule
def _sea_albedo(c: Derived) -> np.ndarray:
    return single(0.07) + c["sea_ice_fraction"] * (single(0.6) - single(0.07))


@_rule
def _surface_albedo(c: Derived) -> np.ndarray:
    sea = c["sea_albedo"]
    return sea + c["land_fraction"] * (c["land_albedo"] - sea)


@_rule
def _orographic_drag_factor(c: Derived) -> np.ndarray:
    inverse_height = 1.0 / (GRAVITY * 2000.0)
    height = np.maximum(c["surface_geopotential"], 0.0)
    return 1.0 + inverse_height * (1.0 - np.exp(-inverse_height * height))


# Date, sun and sky


@_rule
def _day(c: Derived) -> np.ndarray:
    longest = np.where(c["month"] == 2, 29, DAYS_IN_MONTH[c["month"] - 1])
    return np.minimum(c["day_drawn"], longest).astype(np.int32)


@_rule
def _month_fraction(c: Derived) -> np.ndarray:
    return month_fraction(c["month"], c["day"])


@_rule
def _year_fraction(c: Derived) -> np.ndarray:
    return year_fraction(c["month"], c["day"])


@_rule
def _start_day(c: Derived) -> np.ndarray:
    """Not beyond the end of the month in any calendar."""
    month, year = c["start_month"], c["start_year"]
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    longest = DAYS_IN_MONTH[month - 1] + ((month == 2) & leap)
    return np.minimum(c["start_day_drawn"], longest).astype(np.int32)


@_rule
def _latitude_radians(c: Derived) -> np.ndarray:
    return np.radians(c["latitude"])


@_rule
def _latitude_sine(c: Derived) -> np.ndarray:
    return np.sin(c["latitude_radians"])


@_rule
def _latitude_cosine(c: Derived) -> np.ndarray:
    return np.cos(c["latitude_radians"])


@_rule
def _insolation(c: Derived) -> np.ndarray:
    sine, cosine = c["latitude_sine"], c["latitude_cosine"]
    angle, declination = year_angle(c["year_fraction"]), solar_declination(c["year_fraction"])
    inverse_distance = 1.00011 + 0.034221 * np.cos(angle) + 0.00128 * np.sin(angle)
    half_day = np.arccos(np.clip(-np.tan(declination) * sine / cosine, -1.0, 1.0))
    height = half_day * sine * np.sin(declination) + np.sin(half_day) * cosine * np.cos(declination)
    return np.maximum(1368.0 / np.pi * inverse_distance * height, 0.0)


@_rule
def _zenith_factor(c: Derived) -> np.ndarray:
    declination = -np.radians(23.45) * winter_season(c["year_fraction"])
    noon = c["latitude_cosine"] * np.cos(declination) + c["latitude_sine"] * np.sin(declination)
    return 1.0 + (1.0 - noon) ** 2


@_rule
def _ozone_absorption_upper(c: Derived) -> np.ndarray:
    return 0.01 * c["insolation"] * c["zenith_factor"]


@_rule
def _ozone_absorption_lower(c: Derived) -> np.ndarray:
    sine = c["latitude_sine"]
    season = np.maximum(winter_season(c["year_fraction"]), 0.0) * sine
    column = 1.0 + season + 1.8 * (1.5 * sine**2 - 0.5)
    return 0.008 * c["insolation"] * column * c["zenith_factor"]


@_rule
def _polar_night_cooling(c: Derived) -> np.ndarray:
    return np.maximum(6.0 - c["insolation"], 0.0)


@_rule
def _surface_downward_shortwave(c: Derived) -> np.ndarray:
    return c["insolation"] * c["shortwave_transmission"]


@_rule
def _surface_downward_longwave(c: Derived) -> np.ndarray:
    return c["sky_emissivity"] * _emission(c["surface_air_temperature"])


def _emission(temperature: np.ndarray) -> np.ndarray:
    return SURFACE_EMISSIVITY * STEFAN_BOLTZMANN * temperature**4


@_rule
def _surface_upward_longwave(c: Derived) -> np.ndarray:
    return _emission(c["surface_temperature"] + c["skin_minus_surface"])


@_rule
def _longwave_transmissivity(c: Derived) -> np.ndarray:
    """Of gases and cloud (spec 13 C), with a factor on the absorber of each layer."""
    level = np.arange(len(FULL_LEVEL_SIGMA))
    q = c["specific_humidity"]
    cloud = np.where((level >= 2) & (level <= 6), c["cloud_cover"][:, np.newaxis], 0.0)
    thick = level >= c["cloud_top_level"][:, np.newaxis]
    window = 0.3 + np.where(thick, 12.0, 0.6) * cloud
    weak, strong = np.maximum(0.7 * q, 0.6 * cloud), np.maximum(50.0 * q, 0.6 * cloud)
    absorptivity = np.stack([window, np.full_like(q, 6.0), weak, strong], axis=2)
    absorptivity[:, 0, 2:] = 0.0
    layer = c["normalized_surface_pressure"][:, np.newaxis] * SIGMA_THICKNESS
    layer = layer * np.where(c["transparent"][:, np.newaxis] == 1, 0.0, c["absorber_factor"])
    return np.exp(-layer[:, :, np.newaxis] * absorptivity)


@_rule
def _stratospheric_correction(c: Derived) -> np.ndarray:
    emissivity = single(0.05) / (SIGMA_THICKNESS[0] + SIGMA_THICKNESS[1])
    terms = np.stack([c["polar_night_cooling"], np.full_like(c["insolation"], emissivity)], axis=1)
    return terms * c["normalized_surface_pressure"][:, np.newaxis]


# What the driver keeps between shortwave steps


@_rule
def _temperature_tendency_shortwave_in(c: Derived) -> np.ndarray:
    return c["insolation"][:, np.newaxis] * c["shortwave_heating"]


@_rule
def _surface_net_shortwave_in(c: Derived) -> np.ndarray:
    return c["surface_downward_shortwave"] * (1.0 - c["surface_albedo"])


@_rule
def _toa_net_shortwave_in(c: Derived) -> np.ndarray:
    return c["surface_net_shortwave_in"] + 0.1 * c["insolation"]


# Land and sea models


@_rule
def _land_temperature_state(c: Derived) -> np.ndarray:
    return c["land_temperature_climatology"] + c["land_anomaly"]


@_rule
def _ocean_inverse_heat_capacity(c: Derived) -> np.ndarray:
    return _TIME_STEP / (4.18e6 * (60.0 - 20.0 * c["latitude_cosine"] ** 3))


@_rule
def _ice_inverse_heat_capacity(c: Derived) -> np.ndarray:
    return _TIME_STEP / (1.93e6 * (2.5 - c["latitude_cosine"] ** 2))
