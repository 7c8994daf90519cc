"""The few equations and numbers that gates and drawn columns need, in NumPy.

Numbers are those of formulation `original`. Arrays have the column axis first; level 0 is the top.
"""

from __future__ import annotations

import numpy as np


def single(decimal: float) -> float:
    """The single-precision number nearest to `decimal`."""
    return float(np.float32(decimal))


#: Boundaries of SPEEDY's layers as decimals, and as the original has them (spec 16 section 2).
DECIMAL_HALF_LEVEL_SIGMA = np.array([0.0, 0.05, 0.14, 0.26, 0.42, 0.6, 0.77, 0.9, 1.0])
HALF_LEVEL_SIGMA = DECIMAL_HALF_LEVEL_SIGMA.astype(np.float32).astype(float)
#: ln of the sigma where near-surface values are taken. The logarithm is taken in double precision
#: and then rounded: NumPy's single-precision one is off by a unit in the last place.
LOG_NEAR_SURFACE_SIGMA = single(np.log(single(0.99)))
FULL_LEVEL_SIGMA = 0.5 * (HALF_LEVEL_SIGMA[:-1] + HALF_LEVEL_SIGMA[1:])
SIGMA_THICKNESS = np.diff(HALF_LEVEL_SIGMA)
LEVELS = len(FULL_LEVEL_SIGMA)

_LOG_SIGMA_STEP = np.diff(np.log(FULL_LEVEL_SIGMA))
#: X at the boundary below level k is X[k] + weight[k] (X[k+1] - X[k]), k = 0 ... 6.
HALF_LEVEL_WEIGHT = (
    np.log(HALF_LEVEL_SIGMA[1:-1]) - np.log(FULL_LEVEL_SIGMA[:-1])
) / _LOG_SIGMA_STEP
#: X near the surface is X[7] + weight (X[7] - X[6]).
NEAR_SURFACE_WEIGHT = (LOG_NEAR_SURFACE_SIGMA - np.log(FULL_LEVEL_SIGMA[-1])) / _LOG_SIGMA_STEP[-1]

GRAVITY = single(9.81)
SPECIFIC_HEAT = 1004.0
GAS_CONSTANT = float(np.float32(2) / np.float32(7)) * SPECIFIC_HEAT
LATENT_HEAT = 2501.0
STEFAN_BOLTZMANN = single(5.67e-8)
SURFACE_EMISSIVITY = single(0.98)
#: Where saturation switches from ice to water [K].
MELTING_TEMPERATURE = single(273.16)
#: Freezing point of sea water [K].
SEA_FREEZING_TEMPERATURE = float(np.float32(273.2) - np.float32(1.8))

DAYS_IN_MONTH = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
DAYS_BEFORE_MONTH = np.concatenate(([0], np.cumsum(DAYS_IN_MONTH)[:-1]))


def saturation_specific_humidity(temperature: np.ndarray, pressure: np.ndarray) -> np.ndarray:
    """Saturation specific humidity [g kg-1] at a pressure in units of 1e5 Pa (spec 10).

    Negative where the saturation vapour pressure exceeds what the pressure allows.
    """
    water = temperature >= MELTING_TEMPERATURE
    a = np.where(water, single(17.269), 21.875)
    b = np.where(water, single(35.86), single(7.66))
    vapour_pressure = 6.108e-3 * np.exp(a * (temperature - MELTING_TEMPERATURE) / (temperature - b))
    return 622.0 * vapour_pressure / (pressure - single(0.378) * vapour_pressure)


def half_level(field: np.ndarray, k: int) -> np.ndarray:
    """Value at the boundary below level `k`, `(column,)` from `(column, level)`."""
    return field[:, k] + HALF_LEVEL_WEIGHT[k] * (field[:, k + 1] - field[:, k])


def year_angle(year_fraction: np.ndarray) -> np.ndarray:
    """Angle of the year [rad], 0 at its start (spec 15 section 2)."""
    return 2.0 * single(np.pi) * year_fraction


def solar_declination(year_fraction: np.ndarray) -> np.ndarray:
    """Declination of the sun [rad] that the insolation uses (spec 15 section 2)."""
    a = year_angle(year_fraction)
    return (
        single(0.006918)
        - single(0.399912) * np.cos(a)
        + single(0.070257) * np.sin(a)
        - single(0.006758) * np.cos(2 * a)
        + single(0.000907) * np.sin(2 * a)
        - single(0.002697) * np.cos(3 * a)
        + single(0.001480) * np.sin(3 * a)
    )


def winter_season(year_fraction: np.ndarray) -> np.ndarray:
    """Cosine of the season counted from the northern winter solstice (spec 15 section 3)."""
    return np.cos(single(2 * np.pi) * (year_fraction + single(10 / 365)))


def month_fraction(month: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Elapsed fraction of the month at noon, in single precision (spec 24 section 1)."""
    elapsed = (day - 0.5).astype(np.float32)
    return (elapsed / DAYS_IN_MONTH[month - 1].astype(np.float32)).astype(float)


def year_fraction(month: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Elapsed fraction of the year at noon, in single precision (spec 24 section 1)."""
    elapsed = (DAYS_BEFORE_MONTH[month - 1] + day - 0.5).astype(np.float32)
    return (elapsed / np.float32(365)).astype(float)
