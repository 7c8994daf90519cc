"""Declaration of vertical diffusion and shallow convection."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from reference import variables as v
from reference.formulas import FULL_LEVEL_SIGMA, LATENT_HEAT, single
from reference.gates import gate
from reference.process import Columns, GoldenFile, Process, Variable

_GRADIENT = 0.5


class _Branches(NamedTuple):
    """Choices of the scheme, `(column,)` each."""

    unstable: np.ndarray
    moisture_increases_down: np.ndarray
    lowest_moisture_step: np.ndarray
    moisture_step_4: np.ndarray
    moisture_step_5: np.ndarray


def _branches(c: Columns) -> _Branches:
    s, q, q_sat = c["dry_static_energy"], c["specific_humidity"], c["saturation_specific_humidity"]
    step = np.diff(c["relative_humidity"], axis=1)
    threshold = _GRADIENT * np.diff(FULL_LEVEL_SIGMA)
    return _Branches(
        unstable=s[:, 7] - s[:, 6] + LATENT_HEAT * (q[:, 7] - q_sat[:, 6]) >= 0,
        moisture_increases_down=step[:, 6] >= 0,
        lowest_moisture_step=step[:, 6] > threshold[6],
        moisture_step_4=step[:, 4] >= threshold[4],
        moisture_step_5=step[:, 5] >= threshold[5],
    )


def _deep_convection(c: Columns) -> np.ndarray:
    return c["convection_top_level"] < 7


def _steep(k: int) -> Callable[[Columns], np.ndarray]:
    def taken(c: Columns) -> np.ndarray:
        s, height = c["dry_static_energy"], c["geopotential"]
        return s[:, k] < s[:, k + 1] + single(0.1) * (height[:, k] - height[:, k + 1])

    return taken


def discrete(c: Columns) -> np.ndarray:
    """The branches across which a tendency jumps."""
    return np.stack(_branches(c), axis=1)


PROCESS = Process(
    name="vertical_diffusion",
    package="physics",
    spec="21-vertical-diffusion.md",
    summary="Shallow convection, moisture diffusion and relaxation of steep lapse rates.",
    inputs=(
        v.dry_static_energy,
        v.relative_humidity,
        v.specific_humidity,
        v.saturation_specific_humidity,
        v.geopotential,
        v.convection_top_level,
    ),
    outputs=(
        v.temperature_tendency_vertical_diffusion,
        v.specific_humidity_tendency_vertical_diffusion,
        Variable(
            name="eastward_wind_tendency_vertical_diffusion",
            units="m s-2",
            meaning="always 0",
            dimensions=("level",),
        ),
        Variable(
            name="northward_wind_tendency_vertical_diffusion",
            units="m s-2",
            meaning="always 0",
            dimensions=("level",),
        ),
    ),
    gates=(
        gate(
            "shallow_convection_below_deep",
            "lowest layers unstable under deep convection, half the flux",
            lambda c: _branches(c).unstable & _deep_convection(c),
        ),
        gate(
            "shallow_convection_alone",
            "lowest layers unstable without deep convection",
            lambda c: _branches(c).unstable & ~_deep_convection(c),
        ),
        gate(
            "shallow_convection_moist",
            "lowest layers unstable, humidity increases downward",
            lambda c: _branches(c).unstable & _branches(c).moisture_increases_down,
        ),
        gate(
            "shallow_convection_dry",
            "lowest layers unstable, humidity decreases downward: no moisture flux",
            lambda c: _branches(c).unstable & ~_branches(c).moisture_increases_down,
        ),
        gate(
            "stable_with_moisture_diffusion",
            "lowest layers stable, steep gradient of humidity",
            lambda c: ~_branches(c).unstable & _branches(c).lowest_moisture_step,
        ),
        gate(
            "stable_without_moisture_diffusion",
            "lowest layers stable, flat gradient of humidity",
            lambda c: ~_branches(c).unstable & ~_branches(c).lowest_moisture_step,
        ),
        gate(
            "moisture_diffusion_4_5",
            "moisture diffusion between levels 4 and 5",
            lambda c: _branches(c).moisture_step_4,
        ),
        gate(
            "moisture_diffusion_5_6",
            "moisture diffusion between levels 5 and 6",
            lambda c: _branches(c).moisture_step_5,
        ),
        *(
            gate(f"steep_lapse_rate_{k}", f"lapse rate below level {k} too steep", _steep(k))
            for k in range(7)
        ),
        gate(
            "no_tendency",
            "nothing to be done",
            lambda c: (
                (c["temperature_tendency_vertical_diffusion"] == 0).all(axis=1)
                & (c["specific_humidity_tendency_vertical_diffusion"] == 0).all(axis=1)
            ),
        ),
    ),
    golden=(GoldenFile(path="surface/vertical_diffusion.nc"),),
    discrete=discrete,
)
