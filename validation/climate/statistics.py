"""Differences of two climates, field by field, in units of internal variability.

The measure of a field is the area-weighted root-mean-square difference of the season mean over all
years (of the time mean, not of monthly means), divided by the median of the same for two samples of
the original. Winds and all levels are separate fields.

References:
    Specification page 40, section 5.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator

import numpy as np
import xarray as xr

from validation.climate.area import Difference, area_weight, difference
from validation.climate.climate import Climate
from validation.climate.reference import Yardstick
from validation.climate.seasons import SEASONS

#: A field whose yardstick exceeds this share of its spatial standard deviation says nothing.
_LARGEST_NOISE = 0.5
#: What counts as equal where the original does not vary at all, relative to the largest value of
#: the field on any level.
_EQUAL = 1e-6


@dataclasses.dataclass(frozen=True)
class FieldComparison:
    """A field of one season, compared.

    Attributes:
        variable, level, season: which field; level None at the surface.
        kind: "map" or "zonal mean".
        units: of the difference.
        measures: all measures of the difference.
        yardstick: expected RMS difference of two samples of the original; NaN if unknown.
        own_yardstick: the same estimated from the single years of the reference run; NaN if it is
            not such a run.
        excluded: why the field does not count, empty if it does.
        failure: what is wrong with the field, empty if it can be compared.
    """

    variable: str
    level: int | None
    season: str
    kind: str
    units: str
    measures: Difference
    yardstick: float
    own_yardstick: float = math.nan
    excluded: str = ""
    failure: str = ""

    @property
    def ratio(self) -> float:
        """RMS difference / yardstick; NaN without a yardstick."""
        return self.measures.rms / self.yardstick if self.yardstick > 0.0 else math.nan

    @property
    def own_ratio(self) -> float:
        """RMS difference / own yardstick; NaN without one."""
        return self.measures.rms / self.own_yardstick if self.own_yardstick > 0.0 else math.nan

    @property
    def counts(self) -> bool:
        """Whether the verdict counts this field."""
        return not self.excluded and not self.failure and math.isfinite(self.ratio)

    @property
    def label(self) -> str:
        """As "temperature level 4, djf"."""
        level = "" if self.level is None else f" level {self.level}"
        zonal = "" if self.kind == "map" else f", {self.kind}"
        return f"{self.variable}{level}, {self.season}{zonal}"


def compare_maps(
    model: Climate, reference: Climate, yardstick: Yardstick, *, stored: bool
) -> list[FieldComparison]:
    """Every map that both climates have.

    Args:
        model: the climate in question.
        reference: what it is compared with.
        yardstick: of the original.
        stored: whether the reference is the stored climatology, which has its own yardstick.
    """
    compared = []
    for name in _common(model.maps, reference.maps):
        if stored:
            scale = yardstick.of_member(name, model.years)
        else:
            scale = yardstick.of_pair(name, model.years, reference.years)
        noise = yardstick.member_over_spatial(name)
        own = None if stored else own_yardstick(reference, name, model.years)
        found, expected = model.maps[name], reference.maps[name]
        for season, level, index in _fields(expected):
            compared.append(
                _compared(
                    (name, level, SEASONS[season], "map"),
                    found.values[index],
                    expected.values[index],
                    units=expected.attrs.get("units", ""),
                    yardstick=_number(scale, index),
                    own=math.nan if own is None else float(own[index]),
                    noise=_number(noise, index),
                    largest=float(np.nanmax(np.abs(expected.values))),
                    missing_allowed=model.foreign or reference.foreign,
                )
            )
    return compared


def compare_zonal_means(
    model: Climate, reference: Climate, yardstick: Yardstick
) -> list[FieldComparison]:
    """Zonal means of quantities of which the reference has no maps.

    The yardstick is that of two means of the same model.
    """
    compared = []
    for name in _common(model.zonal, reference.zonal):
        if name in reference.maps:
            continue
        scale = yardstick.of_pair(name, model.years, reference.years, zonal=True)
        expected = reference.zonal[name]
        for season, level, index in _fields(expected, inner=1):
            compared.append(
                _compared(
                    (name, level, SEASONS[season], "zonal mean"),
                    model.zonal[name].values[index][:, None],
                    expected.values[index][:, None],
                    units=expected.attrs.get("units", ""),
                    yardstick=_number(scale, index),
                    own=math.nan,
                    noise=math.nan,
                    largest=float(np.nanmax(np.abs(expected.values))),
                    missing_allowed=model.foreign or reference.foreign,
                )
            )
    return compared


def _common(found: xr.Dataset, expected: xr.Dataset) -> list[str]:
    """Names in both with the same dimensions."""
    return [
        str(name)
        for name in expected.data_vars
        if name in found and found[name].sizes == expected[name].sizes
    ]


def _fields(values: xr.DataArray, inner: int = 2) -> Iterator[tuple[int, int | None, tuple]]:
    """Season, level and index of every field of `(season, [level,] ...)`."""
    for season in range(len(SEASONS)):
        if values.ndim == inner + 1:
            yield season, None, (season,)
        else:
            for level in range(values.shape[1]):
                yield season, level, (season, level)


def _number(values: xr.DataArray | None, index: tuple) -> float:
    return math.nan if values is None else float(values.values[index])


def _compared(
    which: tuple[str, int | None, str, str],
    found: np.ndarray,
    expected: np.ndarray,
    *,
    units: str,
    yardstick: float,
    own: float,
    noise: float,
    largest: float,
    missing_allowed: bool,
) -> FieldComparison:
    excluded, failure = "", ""
    if not np.isfinite(found).all() and not missing_allowed:
        row, column = np.argwhere(~np.isfinite(found))[0]
        failure = (
            f"{np.sum(~np.isfinite(found))} values are not finite, the first in row {row} from the "
            f"South pole, column {column} from Greenwich"
        )
    measures = difference(found, expected, area_weight())
    if not failure and math.isnan(measures.rms):
        excluded = "no point in common"
    elif math.isnan(yardstick):
        excluded = "no yardstick"
    elif yardstick == 0.0:
        excluded = "the original does not vary"
        if measures.rms > _EQUAL * largest and not missing_allowed:
            failure = f"the original does not vary here, but the difference is {measures.rms:.2g}"
    elif noise > _LARGEST_NOISE:
        excluded = "internal variability exceeds half the spatial standard deviation"
    return FieldComparison(*which, units, measures, yardstick, own, excluded, failure)


def own_yardstick(reference: Climate, name: str, years: float) -> np.ndarray | None:
    """RMS difference expected from the scatter of the reference run's own years.

    The median over all pairs of years, scaled from one year against one to the lengths at hand;
    consecutive years of this model are nearly independent (spec 40 section 5).

    Returns:
        `(season, [level])`, or None if the reference has fewer than three single years.
    """
    yearly = reference.yearly
    if yearly is None or name not in yearly or yearly.sizes["year"] < 3:
        return None
    values, weight = yearly[name].values.astype(float), area_weight()
    number = len(values)
    pairs = [(i, j) for i in range(number) for j in range(i) if i - j <= 12]
    rms = [np.sqrt((((values[i] - values[j]) ** 2).mean(axis=-1)) @ weight) for i, j in pairs]
    return np.median(rms, axis=0) * math.sqrt((1.0 / years + 1.0 / number) / 2.0)
