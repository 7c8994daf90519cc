"""Rules for dates, sun, radiation and slabs, see `reference.derivation`.

The equations are those of the specification, simplified where only plausibility counts.
"""

from __future__ import annotations

import numpy as np

from reference.derivation import Derived, rule
from reference.formulas import (
    DAYS_IN_MONTH,
    FULL_LEVEL_SIGMA,
    SIGMA_THICKNESS,
    STEFAN_BOLTZMANN,
    SURFACE_EMISSIVITY,
    month_fraction,
    single,
    solar_declination,
    winter_season,
    year_angle,
    year_fraction,
)

_TIME_STEP = 2400.0

# Date, sun and sky


@rule
def _day(c: Derived) -> np.ndarray:
    longest = np.where(c["month"] == 2, 29, DAYS_IN_MONTH[c["month"] - 1])
    return np.minimum(c["day_drawn"], longest).astype(np.int32)


@rule
def _month_fraction(c: Derived) -> np.ndarray:
    return month_fraction(c["month"], c["day"])


@rule
def _year_fraction(c: Derived) -> np.ndarray:
    return year_fraction(c["month"], c["day"])


@rule
def _start_day(c: Derived) -> np.ndarray:
    """Not beyond the end of the month in any calendar."""
    month, year = c["start_month"], c["start_year"]
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    longest = DAYS_IN_MONTH[month - 1] + ((month == 2) & leap)
    return np.minimum(c["start_day_drawn"], longest).astype(np.int32)


@rule
def _latitude_radians(c: Derived) -> np.ndarray:
    return np.radians(c["latitude"])


@rule
def _latitude_sine(c: Derived) -> np.ndarray:
    return np.sin(c["latitude_radians"])


@rule
def _latitude_cosine(c: Derived) -> np.ndarray:
    return np.cos(c["latitude_radians"])


@rule
def _insolation(c: Derived) -> np.ndarray:
    sine, cosine = c["latitude_sine"], c["latitude_cosine"]
    angle, declination = year_angle(c["year_fraction"]), solar_declination(c["year_fraction"])
    inverse_distance = 1.00011 + 0.034221 * np.cos(angle) + 0.00128 * np.sin(angle)
    half_day = np.arccos(np.clip(-np.tan(declination) * sine / cosine, -1.0, 1.0))
    height = half_day * sine * np.sin(declination) + np.sin(half_day) * cosine * np.cos(declination)
    return np.maximum(1368.0 / np.pi * inverse_distance * height, 0.0)


@rule
def _zenith_factor(c: Derived) -> np.ndarray:
    declination = -np.radians(23.45) * winter_season(c["year_fraction"])
    noon = c["latitude_cosine"] * np.cos(declination) + c["latitude_sine"] * np.sin(declination)
    return 1.0 + (1.0 - noon) ** 2


@rule
def _ozone_absorption_upper(c: Derived) -> np.ndarray:
    return 0.01 * c["insolation"] * c["zenith_factor"]


@rule
def _ozone_absorption_lower(c: Derived) -> np.ndarray:
    sine = c["latitude_sine"]
    season = np.maximum(winter_season(c["year_fraction"]), 0.0) * sine
    column = 1.0 + season + 1.8 * (1.5 * sine**2 - 0.5)
    return 0.008 * c["insolation"] * column * c["zenith_factor"]


@rule
def _polar_night_cooling(c: Derived) -> np.ndarray:
    return np.maximum(6.0 - c["insolation"], 0.0)


@rule
def _surface_downward_shortwave(c: Derived) -> np.ndarray:
    return c["insolation"] * c["shortwave_transmission"]


@rule
def _surface_downward_longwave(c: Derived) -> np.ndarray:
    return c["sky_emissivity"] * _emission(c["surface_air_temperature"])


def _emission(temperature: np.ndarray) -> np.ndarray:
    return SURFACE_EMISSIVITY * STEFAN_BOLTZMANN * temperature**4


@rule
def _surface_upward_longwave(c: Derived) -> np.ndarray:
    return _emission(c["surface_temperature"] + c["skin_minus_surface"])


@rule
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


@rule
def _stratospheric_correction(c: Derived) -> np.ndarray:
    emissivity = single(0.05) / (SIGMA_THICKNESS[0] + SIGMA_THICKNESS[1])
    terms = np.stack([c["polar_night_cooling"], np.full_like(c["insolation"], emissivity)], axis=1)
    return terms * c["normalized_surface_pressure"][:, np.newaxis]


# What the driver keeps between shortwave steps


@rule
def _temperature_tendency_shortwave_in(c: Derived) -> np.ndarray:
    return c["insolation"][:, np.newaxis] * c["shortwave_heating"]


@rule
def _surface_net_shortwave_in(c: Derived) -> np.ndarray:
    return c["surface_downward_shortwave"] * (1.0 - c["surface_albedo"])


@rule
def _toa_net_shortwave_in(c: Derived) -> np.ndarray:
    return c["surface_net_shortwave_in"] + 0.1 * c["insolation"]


# Land and sea models


@rule
def _land_temperature_state(c: Derived) -> np.ndarray:
    return c["land_temperature_climatology"] + c["land_anomaly"]


@rule
def _ocean_inverse_heat_capacity(c: Derived) -> np.ndarray:
    return _TIME_STEP / (4.18e6 * (60.0 - 20.0 * c["latitude_cosine"] ** 3))


@rule
def _ice_inverse_heat_capacity(c: Derived) -> np.ndarray:
    return _TIME_STEP / (1.93e6 * (2.5 - c["latitude_cosine"] ** 2))
