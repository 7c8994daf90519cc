"""The short comparison: one month from the same state.

Two models of the same equations and constants stay together for weeks (spec 35, section 6), so in
double precision their means of a month must agree to many digits. The month itself is then compared
with the stored January of the original, in units of the scatter of single Januaries: √3 times that
of three-year means, since years are nearly independent, and with √(1 + 1/12) for the scatter of the
twelve-year mean.

References:
    Specification page 40, section 5.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import xarray as xr

from validation.climate.area import area_mean, area_weight
from validation.climate.catalogue import QUANTITIES
from validation.climate.reference import BLOCK_YEARS, StoredClimate

#: Largest difference of two models in double precision, in units of the scatter of Januaries; where
#: that is not known, of the spatial standard deviation.
AGREEMENT_LIMIT = 1e-6
#: Limits of the ratios of a single month: a field has a dozen independent regions or more, so that
#: the ratio of another January scatters by 0.2 to 0.3 about 1.
MEDIAN_LIMIT, LARGEST_LIMIT = 1.5, 3.0
#: A level that hardly varies is measured by this share of the one that varies most.
_LEAST_LEVEL = 1e-3


@dataclasses.dataclass(frozen=True)
class MonthDifference:
    """A field of a month of one model beside that of another, or beside the stored January.

    Attributes:
        variable, level: which field.
        units: of the difference.
        rms: area-weighted root mean square of the difference.
        largest: largest absolute difference.
        scale: RMS difference expected of independent Januaries, or the spatial standard deviation.
        scale_is_scatter: which of the two.
        failure: what is wrong with the field, or empty.
    """

    variable: str
    level: int | None
    units: str
    rms: float
    largest: float
    scale: float
    scale_is_scatter: bool
    failure: str = ""

    @property
    def ratio(self) -> float:
        """RMS difference / scale; 0 if there is no difference, NaN without a scale."""
        if self.rms == 0.0:
            return 0.0
        return self.rms / self.scale if self.scale > 0.0 else math.nan

    @property
    def label(self) -> str:
        """As "temperature level 4"."""
        return self.variable if self.level is None else f"{self.variable} level {self.level}"


@dataclasses.dataclass(frozen=True)
class MonthComparison:
    """A month compared with another.

    Attributes:
        model, reference: names.
        differences: by field.
        against_stored: whether the reference is the stored January.
        judged: whether it counts.
        reasons: why it fell short, whole sentences.
    """

    model: str
    reference: str
    differences: tuple[MonthDifference, ...]
    against_stored: bool
    judged: bool
    reasons: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing fell short."""
        return not self.reasons

    def ratios(self) -> np.ndarray:
        """Of all fields that have one and, against the stored January, vary."""
        return np.array(
            [d.ratio for d in self.differences if math.isfinite(d.ratio) and not d.failure]
        )

    def in_words(self) -> str:
        """One sentence."""
        ratios = self.ratios()
        if not ratios.size:
            return f"{self.model} and {self.reference} have no field in common."
        kept = [d for d in self.differences if math.isfinite(d.ratio) and not d.failure]
        worst = max(kept, key=lambda d: d.ratio)
        if self.against_stored:
            text = (
                f"January of {self.model} against that of {self.reference}: median ratio "
                f"{np.median(ratios):.2f}, largest {worst.ratio:.2f} ({worst.label})."
            )
        else:
            text = (
                f"{self.model} and {self.reference} differ by at most {worst.ratio:.1e} of the "
                f"internal variability ({worst.label})."
            )
        return " ".join([text, *self.reasons])


def compare_models(
    model: str, month: xr.Dataset, reference: str, expected: xr.Dataset, stored: StoredClimate,
    *, judged: bool,
) -> MonthComparison:  # fmt: skip
    """Means of the same month of two models.

    Args:
        model: name of the one.
        month: its means `([level,] latitude, longitude)`.
        reference: name of the other.
        expected: its means.
        stored: whose scatter of Januaries is the unit.
        judged: whether the two must agree to :data:`AGREEMENT_LIMIT`.
    """
    differences, absent = [], []
    for name in expected.data_vars:
        name = str(name)
        if name not in month:
            absent.append(f"{name} is missing in {model}.")
            continue
        found, wanted = month[name].values.astype(float), expected[name].values.astype(float)
        scatter = stored.yardstick.january_deviation(name)
        indices = list(np.ndindex(wanted.shape[:-2]))
        least = _LEAST_LEVEL * max(_spatial_deviation(wanted[index]) for index in indices)
        for index in indices:
            spread = None if scatter is None else scatter.values[index]
            differences.append(_difference(name, index, found[index], wanted[index], spread, least))
    reasons = [*absent, *(f"{d.label}: {d.failure}." for d in differences if d.failure)]
    if judged:
        reasons += [
            f"{d.label} differs by {d.ratio:.1e} of its scale, at most {AGREEMENT_LIMIT:g} is "
            "rounding."
            for d in sorted(differences, key=lambda d: -np.nan_to_num(d.ratio))[:3]
            if d.ratio > AGREEMENT_LIMIT
        ]
    return MonthComparison(model, reference, tuple(differences), False, judged, tuple(reasons))


def compare_january(
    model: str, month: xr.Dataset, stored: StoredClimate, *, judged: bool
) -> MonthComparison:
    """Means of January beside the stored one; arguments as of :func:`compare_models`."""
    january = stored.climate.january
    assert january is not None
    differences, absent = [], []
    for name in january.data_vars:
        name = str(name)
        if name not in month:
            absent.append(f"{name} is missing in {model}.")
            continue
        found, wanted = month[name].values.astype(float), january[name].values
        scatter = stored.yardstick.january_deviation(name)
        assert scatter is not None
        widened = scatter.values * math.sqrt(1.0 + 1.0 / stored.climate.years)
        for index in np.ndindex(wanted.shape[:-2]):
            differences.append(
                _difference(name, index, found[index], wanted[index], widened[index])
            )
    reasons = [*absent, *(f"{d.label}: {d.failure}." for d in differences if d.failure)]
    if judged:
        reasons += _unusual(differences)
    return MonthComparison(
        model, stored.climate.name, tuple(differences), True, judged, tuple(reasons)
    )


def _unusual(differences: Sequence[MonthDifference]) -> list[str]:
    varying = [d for d in differences if d.scale > 0.0 and not d.failure]
    if not varying:
        return ["No field could be compared."]
    reasons = []
    median = float(np.median([d.ratio for d in varying]))
    if median > MEDIAN_LIMIT:
        reasons.append(f"The median ratio is {median:.3g}, at most {MEDIAN_LIMIT} is usual.")
    worst = max(varying, key=lambda d: d.ratio)
    if worst.ratio > LARGEST_LIMIT:
        reasons.append(
            f"The largest ratio is {worst.ratio:.3g} ({worst.label}), at most {LARGEST_LIMIT:g} is "
            "usual."
        )
    reasons += [
        f"{d.label} differs by {d.rms:.2g} {d.units} where the original does not vary."
        for d in differences
        if d.scale == 0.0 and d.rms > 0.0 and not d.failure
    ]
    return reasons


def _difference(
    name: str,
    index: tuple[int, ...],
    found: np.ndarray,
    wanted: np.ndarray,
    scatter: np.ndarray | None,
    least_scale: float = 0.0,
) -> MonthDifference:
    failure = ""
    if not np.isfinite(found).all():
        row, column = np.argwhere(~np.isfinite(found))[0]
        failure = (
            f"{np.sum(~np.isfinite(found))} values are not finite, the first in row {row} from the "
            f"South pole, column {column} from Greenwich"
        )
    if scatter is not None:
        scale = _rms(math.sqrt(BLOCK_YEARS) * scatter)
    else:
        scale = max(_spatial_deviation(wanted), least_scale)
    return MonthDifference(
        variable=name,
        level=index[0] if index else None,
        units=QUANTITIES[name].units if name in QUANTITIES else "",
        rms=_rms(found - wanted),
        largest=float(np.abs(found - wanted).max()),
        scale=scale,
        scale_is_scatter=scatter is not None,
        failure=failure,
    )


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt(area_mean(values**2, area_weight())))


def _spatial_deviation(values: np.ndarray) -> float:
    return _rms(values - area_mean(values, area_weight()))
