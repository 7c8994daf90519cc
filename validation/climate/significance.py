"""Where two climates differ by more than chance: local tests under control of false discoveries.

A local test compares the difference with the scatter of three-year means of the original, Student's
t with 11 degrees of freedom. Of many tests some exceed any level by chance, the more so as
neighbours are alike; therefore points are stippled by the procedure of Benjamini and Hochberg at a
false-discovery rate of twice the wanted level, which holds that level for correlated fields.

References:
    Specification page 40, section 5, item 4. Wilks (2016), Bull. Amer. Meteor. Soc. 97, 2263.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from scipy import special

from validation.climate.area import area_weight
from validation.climate.catalogue import storage_rounding
from validation.climate.climate import Climate
from validation.climate.reference import BLOCK_YEARS, BLOCKS, Yardstick
from validation.climate.seasons import SEASONS

LEVEL = 0.05
FALSE_DISCOVERY_RATE = 2.0 * LEVEL
#: A scatter below this share of the largest one is round-off: the field is prescribed there.
_NO_SCATTER = 1e-6


@dataclasses.dataclass(frozen=True)
class LocalTests:
    """Local tests of one field.

    Attributes:
        variable, level, season: which field.
        exceeding: share of the area where the two-sided 5 % level is exceeded.
        rejected: share of the area that is rejected under control of false discoveries.
        stippled: where `(latitude, longitude)`.
    """

    variable: str
    level: int | None
    season: str
    exceeding: float
    rejected: float
    stippled: np.ndarray


def local_tests(model: Climate, reference: Climate, yardstick: Yardstick) -> list[LocalTests]:
    """Tests of every map whose scatter on the grid is known."""
    tests = []
    for name in reference.maps.data_vars:
        name = str(name)
        deviation = yardstick.season_deviation(name)
        if deviation is None or name not in model.maps:
            continue
        found, expected = model.maps[name].values, reference.maps[name].values
        if found.shape != expected.shape or deviation.shape != expected.shape:
            continue
        rounding = storage_rounding(name)
        for index in np.ndindex(found.shape[:-2]):
            tests.append(
                _tested(
                    (name, index[1] if len(index) > 1 else None, SEASONS[index[0]]),
                    found[index],
                    expected[index],
                    deviation.values[index],
                    years=(model.years, reference.years),
                    rounding=rounding,
                )
            )
    return tests


def _tested(
    which: tuple[str, int | None, str],
    found: np.ndarray,
    expected: np.ndarray,
    deviation: np.ndarray,
    *,
    years: tuple[float, float],
    rounding: float,
) -> LocalTests:
    probability = probabilities(found, expected, deviation, years=years, rounding=rounding)
    tested = np.isfinite(probability)
    stippled = np.zeros(found.shape, bool)
    stippled[tested] = false_discovery_mask(probability[tested])
    weight = np.broadcast_to(area_weight()[:, None] / found.shape[-1], found.shape)
    tested_area = weight[tested].sum()
    below = np.zeros(found.shape, bool)
    below[tested] = probability[tested] < LEVEL

    def share(points: np.ndarray) -> float:
        return float(weight[points].sum() / tested_area) if tested_area > 0.0 else 0.0

    return LocalTests(*which, share(below), share(stippled), stippled)


def probabilities(
    found: np.ndarray,
    expected: np.ndarray,
    deviation: np.ndarray,
    *,
    years: tuple[float, float],
    rounding: float = 0.0,
) -> np.ndarray:
    """Two-sided probability of so large a difference under the same climate.

    Args:
        found: mean of a sample.
        expected: mean of the other.
        deviation: standard deviation of three-year means.
        years: behind the two means.
        rounding: relative rounding of the stored mean, which adds to the scatter.

    Returns:
        NaN where either is missing, or where the original does not vary.
    """
    scale = np.sqrt(BLOCK_YEARS * sum(1.0 / n for n in years))
    error = np.hypot(deviation * scale, rounding * np.abs(expected))
    varies = deviation > _NO_SCATTER * np.nanmax(deviation)
    statistic = np.divide(
        found - expected, error, out=np.full(found.shape, np.nan), where=varies & (error > 0.0)
    )
    return 2.0 * special.stdtr(BLOCKS - 1, -np.abs(statistic))


def false_discovery_mask(probability: np.ndarray, rate: float = FALSE_DISCOVERY_RATE) -> np.ndarray:
    """Which of many tests are rejected so that the share of false rejections stays below a rate.

    Benjamini and Hochberg: all up to the largest p(i) <= rate i / n in increasing order.
    """
    number = probability.size
    if number == 0:
        return np.zeros(probability.shape, bool)
    ordered = np.sort(probability, axis=None)
    below = np.flatnonzero(ordered <= rate * np.arange(1, number + 1) / number)
    threshold = ordered[below[-1]] if below.size else -1.0
    return probability <= threshold
