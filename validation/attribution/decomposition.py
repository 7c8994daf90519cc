"""Which step of the chain a difference between its ends comes from.

The steps add up, Δ = Σ Δₖ, so that the shares

    sₖ = <Δₖ Δ> / <Δ Δ> ,   Σ sₖ = 1 ,

tell how much of the pattern of the whole difference each step contributes; <> is the area mean. A
share is negative where a step leads away from the end. A step whose own ratio is about 1 has
changed nothing; its share is internal variability.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from validation.attribution.contrast import NEAR, Contrast, FieldKey, wind_product, zonal_wind
from validation.climate.area import area_mean, area_weight
from validation.climate.climate import Climate
from validation.climate.seasons import SEASONS

#: A single change explains a field if it takes away this share of the difference.
_REDUCED = 0.7


@dataclasses.dataclass(frozen=True)
class Step:
    """A step of the chain.

    Attributes:
        name: of the item that it leads to.
        climate: there.
        contrast: to the climate before.
    """

    name: str
    climate: Climate
    contrast: Contrast


@dataclasses.dataclass(frozen=True)
class Cause:
    """Where a field's difference between the Dinosaur default and the Fortran comes from.

    Attributes:
        field: variable, level, season.
        ratio: of the whole difference to internal variability.
        shares: of the steps of the chain, by name; they sum to 1.
        step: with the largest share.
        step_ratio: of the difference that this step makes by itself.
        reduced_by: the single change of the default that brings it nearest to the Fortran in this
            field, if it takes away a good part of the difference, with the ratio that is left; or
            None.
    """

    field: FieldKey
    ratio: float
    shares: dict[str, float]
    step: str
    step_ratio: float
    reduced_by: tuple[str, float] | None

    @property
    def named(self) -> bool:
        """Whether the step differs by more than internal variability explains."""
        return self.step_ratio > NEAR


def causes(
    start: Climate,
    steps: Sequence[Step],
    whole: Contrast,
    singles: Mapping[str, Contrast],
) -> list[Cause]:
    """The causes of all fields in which the end of the chain is far from its start.

    Args:
        start: climate at the start of the chain.
        steps: of the chain, in order.
        whole: the end against the start.
        singles: single changes of the end, against the start.
    """
    found = []
    for key, ratio in whole.exceeding().items():
        shares = _shares(start, steps, key)
        step = max(steps, key=lambda one: shares[one.name])
        left = {name: one.ratios[key] for name, one in singles.items() if key in one.ratios}
        nearest = min(left, key=lambda name: left[name], default=None)
        reduced = None
        if nearest is not None and left[nearest] < _REDUCED * ratio:
            reduced = nearest, left[nearest]
        step_ratio = step.contrast.ratios.get(key, float("nan"))
        found.append(Cause(key, ratio, shares, step.name, step_ratio, reduced))
    return found


def wind_shares(start: Climate, steps: Sequence[Step]) -> dict[str, float]:
    """Shares of the steps in the difference of the annual zonal-mean eastward wind."""
    sections = [zonal_wind(start)[0], *(zonal_wind(step.climate)[0] for step in steps)]
    total = sections[-1] - sections[0]
    power = wind_product(total, total)
    return {
        step.name: wind_product(after - before, total) / power if power > 0.0 else float("nan")
        for step, before, after in zip(steps, sections, sections[1:], strict=False)
    }


def _shares(start: Climate, steps: Sequence[Step], key: FieldKey) -> dict[str, float]:
    fields = [_field(start, key), *(_field(step.climate, key) for step in steps)]
    total, weight = fields[-1] - fields[0], area_weight()
    power = float(area_mean(total**2, weight))
    return {
        step.name: float(area_mean((after - before) * total, weight)) / power
        for step, before, after in zip(steps, fields, fields[1:], strict=False)
    }


def _field(climate: Climate, key: FieldKey) -> np.ndarray:
    variable, level, season = key
    values = climate.maps[variable].values[SEASONS.index(season)]
    return np.asarray(values if level is None else values[level], dtype=float)
