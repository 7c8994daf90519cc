"""How far two climates are apart, in units of what two samples of the original differ by.

A field is one variable on one level in one season; its ratio is the area-weighted root-mean-square
difference divided by the median of the same for two samples of the original of these lengths
(specification page 40, section 5). Two samples of one model have ratios of about 1.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from jcm.vertical_grid import VerticalGrid
from validation.climate.area import area_weight
from validation.climate.climate import Climate
from validation.climate.reference import Yardstick
from validation.climate.seasons import SEASONS
from validation.climate.statistics import FieldComparison, compare_maps

#: Up to this ratio a difference counts as small.
NEAR = 2.0
#: Variables that the Dinosaur default should have near the original on all levels.
TARGETS = (
    *("temperature", "eastward_wind", "northward_wind", "specific_humidity"),
    *("precipitation", "outgoing_longwave"),
)
WIND = "eastward_wind"
#: Variable, level, season.
FieldKey = tuple[str, int | None, str]


@dataclasses.dataclass(frozen=True)
class Contrast:
    """The difference of a run's climate from that of another.

    Attributes:
        reference: name of the other.
        ratios: of all fields that count, by variable, level and season.
        different_constants: fields that the original keeps constant, so that there is no unit, and
            that differ: their root-mean-square difference in the units of the variable.
        wind_rms: root mean square over area and mass of the difference of the annual zonal-mean
            eastward wind [m s-1].
        wind_noise: the same as expected of two samples of the original.
    """

    reference: str
    ratios: dict[FieldKey, float]
    different_constants: dict[FieldKey, float]
    wind_rms: float
    wind_noise: float

    @property
    def median(self) -> float:
        """Of the ratios of all fields."""
        return float(np.median(list(self.ratios.values()))) if self.ratios else math.nan

    @property
    def far(self) -> float:
        """Share of the fields with a ratio above :data:`NEAR`."""
        values = np.array(list(self.ratios.values()))
        return float(np.mean(values > NEAR)) if len(values) else math.nan

    @property
    def largest(self) -> tuple[float, str]:
        """The largest ratio and its field."""
        if not self.ratios:
            return math.nan, "none"
        key = max(self.ratios, key=lambda one: self.ratios[one])
        return self.ratios[key], label(key)

    @property
    def wind_ratio(self) -> float:
        """Difference of the zonal-mean eastward wind in units of internal variability."""
        return self.wind_rms / self.wind_noise if self.wind_noise > 0.0 else math.nan

    def of_target(self, variable: str) -> dict[FieldKey, float]:
        """Ratios of the fields of one variable."""
        return {key: ratio for key, ratio in self.ratios.items() if key[0] == variable}

    def worst_of_target(self, variable: str) -> float:
        """Largest ratio of a variable over levels and seasons; NaN if none counts."""
        return max(self.of_target(variable).values(), default=math.nan)

    def exceeding(self) -> dict[FieldKey, float]:
        """Fields of :data:`TARGETS` with a ratio above :data:`NEAR`, the largest first."""
        found = {key: ratio for name in TARGETS for key, ratio in self.of_target(name).items()}
        far = {key: ratio for key, ratio in found.items() if ratio > NEAR}
        return dict(sorted(far.items(), key=lambda item: -item[1]))


def contrast(model: Climate, reference: Climate, yardstick: Yardstick) -> Contrast:
    """Compare the climates of two runs, map by map."""
    fields = compare_maps(model, reference, yardstick, stored=False)
    return Contrast(
        reference=reference.name,
        ratios={_key(field): field.ratio for field in fields if field.counts},
        different_constants={_key(f): f.measures.rms for f in fields if f.failure},
        wind_rms=wind_rms(zonal_wind(model)[0] - zonal_wind(reference)[0]),
        wind_noise=_wind_noise(yardstick, model.years, reference.years),
    )


def _key(field: FieldComparison) -> FieldKey:
    return field.variable, field.level, field.season


def label(key: FieldKey) -> str:
    """As "temperature level 4, djf"."""
    variable, level, season = key
    return f"{variable}{'' if level is None else f' level {level}'}, {season}"


def zonal_wind(climate: Climate) -> np.ndarray:
    """Zonal mean of the eastward wind [m s-1] `(season, level, latitude)`."""
    return np.asarray(climate.zonal[WIND].values, dtype=float)


def mass_weight(levels: int = 8) -> np.ndarray:
    """Share of the mass of a column in each layer [1], `(level,)`.

    Raises:
        ValueError: if the layers are not SPEEDY's, for which alone there are yardsticks.
    """
    thickness = np.array(VerticalGrid.speedy().sigma_thickness)
    if len(thickness) != levels:
        raise ValueError(f"{levels} levels, expected SPEEDY's {len(thickness)}")
    return thickness / thickness.sum()


def wind_product(first: np.ndarray, second: np.ndarray) -> float:
    """Mean over area and mass of the product of two sections `(level, latitude)`."""
    return float(mass_weight(first.shape[0]) @ (first * second) @ area_weight())


def wind_rms(difference: np.ndarray) -> float:
    """Root mean square over area and mass of a section `(level, latitude)`."""
    return math.sqrt(wind_product(difference, difference))


def _wind_noise(yardstick: Yardstick, years: float, other_years: float) -> float:
    scale = yardstick.of_pair(WIND, years, other_years, zonal=True)
    if scale is None:
        return math.nan
    by_level = scale.values[SEASONS.index("annual")]
    return math.sqrt(float(mass_weight(len(by_level)) @ by_level**2))
