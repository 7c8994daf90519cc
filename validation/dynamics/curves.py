"""How runs of other builds of the original part from it: `predictability.nc` (spec 35.6)."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from validation.dynamics.comparison import Tolerance
from validation.dynamics.files import GoldenFile, exists
from validation.dynamics.rms import MIDDLE_LEVEL

#: Variants of `predictability.nc`.
OFAST, CLEAN_CONSTANTS, ROUNDING_ONLY = 0, 1, 2
VARIANT_NAMES = {
    ROUNDING_ONLY: "original, other rounding only",
    OFAST: "original, -Ofast",
    CLEAN_CONSTANTS: "original, double-precision literals",
}

#: What a run in single precision may exceed the curves of the original by. They are single
#: realisations: in the scan of perturbations, curves that have flipped a branch differ from each
#: other by up to 2.7 at the same day. Three times the curves is about 0.5 K at day 5, which the
#: specification takes for an error.
SINGLE_PRECISION = Tolerance(
    value=3.0,
    source="spread of single realisations of the original with constants off by 1e-7",
)
#: The day of the first flip is chance: until this day the curves count with their largest value.
FLIP_DAY = 3
#: Where the curves are in a golden folder.
PATH = "dynamics/predictability.nc"


@dataclasses.dataclass(frozen=True)
class Curves:
    """Differences of runs of the original from its own control run, of one start.

    Attributes:
        day: `(day,)`.
        temperature: rms per variant `(variant, day, level)` [K].
        eastward_wind: the same [m s-1].
        members_temperature: of runs perturbed by 1e-12, `(member, day, level)` [K].
        members_eastward_wind: the same [m s-1].
        saturation_temperature: of states with nothing in common, `(level,)` [K].
        saturation_eastward_wind: the same [m s-1].
    """

    day: np.ndarray
    temperature: np.ndarray
    eastward_wind: np.ndarray
    members_temperature: np.ndarray
    members_eastward_wind: np.ndarray
    saturation_temperature: np.ndarray
    saturation_eastward_wind: np.ndarray

    def envelope(self, days: np.ndarray) -> np.ndarray:
        """Largest rms temperature on the middle level of the runs with other constants, so far.

        Args:
            days: since the start, fractions allowed, `(time,)`.
        """
        curves = self.temperature[[OFAST, CLEAN_CONSTANTS], :, MIDDLE_LEVEL].max(axis=0)
        largest = np.maximum.accumulate(curves)
        index = np.searchsorted(self.day, np.maximum(days, FLIP_DAY), side="left")
        return largest[np.minimum(index, len(largest) - 1)]

    def rounding_only(self, days: np.ndarray) -> np.ndarray:
        """Rms temperature on the middle level of the run that differs in rounding alone."""
        curve = np.maximum.accumulate(self.temperature[ROUNDING_ONLY, :, MIDDLE_LEVEL])
        return np.interp(days, self.day, curve)


def read_curves(folder: Path) -> dict[str, Curves]:
    """The curves by name of the start; empty if the folder holds none.

    Raises:
        InputError: if the file is incomplete.
    """
    if not exists(folder, PATH):
        return {}
    file = GoldenFile(folder, PATH)
    return {
        start: Curves(
            day=file.values("day"),
            temperature=file.values(f"variant_rms_temperature_{stored}"),
            eastward_wind=file.values(f"variant_rms_eastward_wind_{stored}"),
            members_temperature=file.values(f"rms_temperature_{stored}"),
            members_eastward_wind=file.values(f"rms_eastward_wind_{stored}"),
            saturation_temperature=file.values("saturation_temperature"),
            saturation_eastward_wind=file.values("saturation_eastward_wind"),
        )
        for start, stored in (("cold_start", "cold_start"), ("restart_state", "spun_up"))
    }
