"""Declaration of large-scale condensation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reference import variables as v
from reference.formulas import FULL_LEVEL_SIGMA
from reference.gates import any_level, gate
from reference.process import Columns, Gate, GoldenFile, Process

_LEVELS = range(1, 8)
_RELAXATION_TIME = 4.0 * 3600.0


def _condensing(c: Columns) -> np.ndarray:
    """Where water is removed, `(column, level)`."""
    return c["specific_humidity_tendency_condensation"] < 0


def _capped(c: Columns) -> np.ndarray:
    """Where the heating is limited, `(column, level)`."""
    cap = (10.0 * FULL_LEVEL_SIGMA**2 / _RELAXATION_TIME) * (
        c["normalized_surface_pressure"][:, np.newaxis] ** 2
    )
    return -c["specific_humidity_tendency_condensation"] > cap


def _at_level(
    level_mask: Callable[[Columns], np.ndarray], k: int
) -> Callable[[Columns], np.ndarray]:
    return lambda c: level_mask(c)[:, k]


def _level_gates(
    prefix: str, meaning: str, level_mask: Callable[[Columns], np.ndarray]
) -> tuple[Gate, ...]:
    return tuple(
        gate(f"{prefix}_{k}", f"{meaning} at level {k}", _at_level(level_mask, k)) for k in _LEVELS
    )


PROCESS = Process(
    name="large_scale_condensation",
    package="physics",
    spec="12-large-scale-condensation.md",
    summary="Relaxation of humidity to a threshold where it is exceeded; the water rains out.",
    inputs=(
        v.normalized_surface_pressure,
        v.specific_humidity,
        v.saturation_specific_humidity,
        v.convection_top_level,
    ),
    outputs=(
        v.precipitation_top_level,
        v.large_scale_precipitation,
        v.temperature_tendency_condensation,
        v.specific_humidity_tendency_condensation,
    ),
    gates=(
        *_level_gates("condensation_level", "condensation", _condensing),
        *_level_gates("heating_cap_level", "latent heating capped", _capped),
        gate("no_condensation", "no level condenses", lambda c: ~any_level(_condensing(c))),
        gate(
            "only_lowest_level",
            "condensation in the lowest level alone",
            lambda c: _condensing(c)[:, 7] & ~any_level(_condensing(c)[:, :7]),
        ),
        gate(
            "top_raised",
            "condensation reaches above the convection top",
            lambda c: c["precipitation_top_level"] < c["convection_top_level"],
        ),
        gate(
            "top_kept",
            "condensation below the convection top only",
            lambda c: (
                any_level(_condensing(c))
                & (c["precipitation_top_level"] == c["convection_top_level"])
            ),
        ),
    ),
    golden=(GoldenFile(path="physics/large_scale_condensation.nc"),),
)
