"""Large-scale condensation in NumPy, the way a model with other conventions would have it.

Humidity in kg/kg, pressure in Pa, arrays `(level, column)`, level 1 is the lowest and 0 means "no
level". `condensation.toml` says so to the harness; nothing here knows of it.

References:
    Specification page 12. Molteni (2003), appendix A3.
"""

from __future__ import annotations

import numpy as np


def in_single(number: float | list[float]) -> np.ndarray:
    """A number as the original has it: a single-precision literal, used in double precision."""
    return np.float32(number).astype(float)


#: Boundaries of the layers in units of the surface pressure, from the ground up.
SIGMA_HALF = in_single([1.0, 0.9, 0.77, 0.6, 0.42, 0.26, 0.14, 0.05, 0.0])
SIGMA = 0.5 * (SIGMA_HALF[:-1] + SIGMA_HALF[1:])
THICKNESS = SIGMA_HALF[:-1] - SIGMA_HALF[1:]

GRAVITY = in_single(9.81)  # m s-2
REFERENCE_PRESSURE = 1.0e5  # Pa
SPECIFIC_HEAT = 1004.0  # J kg-1 K-1
LATENT_HEAT = 2.501e6  # J kg-1

RELAXATION_TIME = 4 * 3600.0  # s
#: Relative humidity that is not exceeded for long: 0.9 at the ground, less above.
THRESHOLD = in_single(0.9) + in_single(0.1) * (SIGMA**2 - 1.0)
THRESHOLD[0] = max(THRESHOLD[0], in_single(0.95))
#: Drying that still heats, at the reference pressure [kg kg-1 s-1].
HEATING_CAP = 0.01 * SIGMA**2 / RELAXATION_TIME


def condense(
    ps: np.ndarray, qv: np.ndarray, qsat: np.ndarray, ktop: np.ndarray
) -> dict[str, np.ndarray]:
    """Relax humidity to the threshold where it is exceeded; the water rains out at once.

    Args:
        ps: surface pressure [Pa], `(column,)`.
        qv: specific humidity [kg kg-1], `(level, column)`, level 0 is the lowest.
        qsat: specific humidity at saturation [kg kg-1], `(level, column)`.
        ktop: number of the level that convection reaches, 0 without convection, `(column,)`.

    Returns:
        `rain` [kg m-2 s-1], `dtdt` [K s-1], `dqdt` [kg kg-1 s-1], and `ktop` as it was, or higher
        where condensation reaches above it.
    """
    pressure = ps / REFERENCE_PRESSURE
    excess = qv - THRESHOLD[:, None] * qsat
    condenses = excess > 0.0
    condenses[-1] = False  # the uppermost level never does

    drying = np.where(condenses, excess / RELAXATION_TIME, 0.0)
    # What dries beyond the cap rains without heating.
    heating = np.minimum(drying, HEATING_CAP[:, None] * pressure**2)
    mass = REFERENCE_PRESSURE * THICKNESS[:, None] * pressure / GRAVITY  # kg m-2
    number = np.arange(1, 9, dtype=ktop.dtype)[:, None]
    return {
        "rain": (mass * drying).sum(axis=0),
        "dtdt": LATENT_HEAT / SPECIFIC_HEAT * heating,
        "dqdt": -drying,
        "ktop": np.maximum(ktop, np.where(condenses, number, 0).max(axis=0)),
    }
