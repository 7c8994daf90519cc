"""Ringing of a run relative to that of the Fortran run of the same length."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

from validation.climate.climate import Climate
from validation.climate.reference import BLOCK_YEARS, StoredClimate
from validation.ringing.indices import Index, Key, ringing_index, ringing_indices

_SEASON, _AMPLITUDE = "annual", "A_"


@dataclasses.dataclass(frozen=True)
class Ringing:
    """Ringing of a climate.

    Attributes:
        index: :func:`validation.ringing.indices.ringing_index`, 1 is as much as the Fortran.
        uncertainty: of the index by internal variability of the two climates, as if the amplitudes
            of all fields and regions varied together: an upper bound.
        amplitudes: of the tail / that of the Fortran, by field and region, of annual means.
    """

    index: float
    uncertainty: float
    amplitudes: dict[str, float]

    @property
    def largest(self) -> tuple[float, str]:
        """The largest amplitude relative to the Fortran's, and where it is."""
        name = max(self.amplitudes, key=lambda one: self.amplitudes[one], default="none")
        return self.amplitudes.get(name, math.nan), name


@dataclasses.dataclass(frozen=True)
class RingingScale:
    """What ringing is measured against.

    Attributes:
        indices: of the Fortran run.
        deviation: relative standard deviation of an amplitude of a three-year mean, the mean over
            all fields and regions; NaN if none is stored.
        years: length of the Fortran run.
    """

    indices: Mapping[Key, Index]
    deviation: float
    years: float

    @classmethod
    def of(cls, fortran: Climate, stored: StoredClimate) -> RingingScale:
        """The scale of a Fortran run; the scatter is that of the original's blocks."""
        scatter = [
            one.deviation / one.mean
            for key, one in stored.ringing.items()
            if _counts(key) and one.mean > 0.0 and math.isfinite(one.deviation)
        ]
        deviation = sum(scatter) / len(scatter) if scatter else math.nan
        return cls(ringing_indices(fortran), deviation, fortran.years)


def ringing(climate: Climate, scale: RingingScale) -> Ringing:
    """Ringing of a climate relative to the scale's."""
    found = ringing_indices(climate)
    index = ringing_index(found, scale.indices)
    length = math.sqrt(BLOCK_YEARS / climate.years + BLOCK_YEARS / scale.years)
    amplitudes = {
        f"{key[0]} {key[2].removeprefix(_AMPLITUDE)}": one.value / scale.indices[key].value
        for key, one in found.items()
        if _counts(key) and key in scale.indices and scale.indices[key].value > 0.0
    }
    return Ringing(index, index * scale.deviation * length, amplitudes)


def _counts(key: Key) -> bool:
    return key[1] == _SEASON and key[2].startswith(_AMPLITUDE)
