"""Declaration of the cloud diagnosis."""

from __future__ import annotations

import numpy as np

from reference import variables as v
from reference.formulas import single
from reference.gates import SURFACE_GATES, any_level, gate, value_gates
from reference.process import Columns, GoldenFile, Process

_FIRST_RELATIVE_HUMIDITY = single(0.3)
_MINIMUM_HUMIDITY = single(0.2)
_FULL_GRADIENT = single(0.4)


def humidity_cloud_level(c: Columns) -> tuple[np.ndarray, np.ndarray]:
    """Level of the largest excess of relative humidity, and whether dry levels were passed over.

    The level is 8 where no level is moist enough.
    """
    r, q = c["relative_humidity"], c["specific_humidity"]
    excess = np.maximum(r[:, 6] - _FIRST_RELATIVE_HUMIDITY, 0.0)
    level = np.where(r[:, 6] > _FIRST_RELATIVE_HUMIDITY, 6, v.NO_LEVEL)
    excluded = np.zeros(len(r), dtype=bool)
    for k in (2, 3, 4, 5):
        larger = r[:, k] - _FIRST_RELATIVE_HUMIDITY > excess
        humid = q[:, k] > _MINIMUM_HUMIDITY
        excluded |= larger & ~humid
        level = np.where(larger & humid, k, level)
        excess = np.where(larger & humid, r[:, k] - _FIRST_RELATIVE_HUMIDITY, excess)
    return level, excluded


def _sea_stratiform_cover(c: Columns) -> np.ndarray:
    stability = np.clip(
        (c["dry_static_energy_gradient"] - 0.25) / (_FULL_GRADIENT - 0.25), 0.0, 1.0
    )
    return stability * np.maximum(single(0.6) - single(1.2) * c["cloud_cover"], 0.0)


def _daily_precipitation(c: Columns) -> np.ndarray:
    """mm/day."""
    return single(86.4) * (c["convective_precipitation"] + c["large_scale_precipitation"])


PROCESS = Process(
    name="clouds",
    package="physics",
    spec="13-clouds-and-shortwave.md",
    summary="One bulk cloud per column from humidity and precipitation, and a stratiform cloud.",
    inputs=(
        v.specific_humidity,
        v.relative_humidity,
        v.convective_precipitation,
        v.large_scale_precipitation,
        v.precipitation_top_level,
        v.dry_static_energy_gradient,
        v.land_fraction,
    ),
    outputs=(v.cloud_top_level, v.cloud_cover, v.stratiform_cloud_cover, v.cloud_humidity),
    gates=(
        *value_gates("cloud_top_level", range(1, 9), "cloud_top", "cloud top at level"),
        gate("cloud_cover_one", "overcast", lambda c: c["cloud_cover"] == 1),
        gate("cloud_cover_zero", "no cloud cover", lambda c: c["cloud_cover"] == 0),
        gate("precipitation_capped", "more than 10 mm/day", lambda c: _daily_precipitation(c) > 10),
        gate("no_precipitation", "no precipitation at all", lambda c: _daily_precipitation(c) == 0),
        gate(
            "top_of_precipitation",
            "cloud top raised to the top of precipitation",
            lambda c: c["cloud_top_level"] < humidity_cloud_level(c)[0],
        ),
        gate(
            "dry_upper_level_excluded",
            "a level of high relative humidity holds too little vapour",
            lambda c: humidity_cloud_level(c)[1],
        ),
        gate("stratiform_zero", "no stratiform cloud", lambda c: c["stratiform_cloud_cover"] == 0),
        gate(
            "stratiform_land_minimum",
            "over land the minimum stratiform cover holds",
            lambda c: (c["land_fraction"] > 0) & (_sea_stratiform_cover(c) < single(0.15)),
        ),
        gate(
            "stability_zero",
            "too unstable for stratiform cloud",
            lambda c: c["dry_static_energy_gradient"] <= 0.25,
        ),
        gate(
            "stability_partial",
            "between the two limits of stability",
            lambda c: (
                (c["dry_static_energy_gradient"] > 0.25)
                & (c["dry_static_energy_gradient"] < _FULL_GRADIENT)
            ),
        ),
        gate(
            "stability_one",
            "stable enough for full stratiform cloud",
            lambda c: c["dry_static_energy_gradient"] >= _FULL_GRADIENT,
        ),
        gate(
            "dry_column",
            "no level below the top is humid enough for cloud",
            lambda c: ~any_level(c["relative_humidity"][:, 2:7] > _FIRST_RELATIVE_HUMIDITY),
        ),
        *SURFACE_GATES,
    ),
    golden=(GoldenFile(path="physics/clouds.nc"),),
    discrete=lambda c: humidity_cloud_level(c)[0][:, np.newaxis],
)
