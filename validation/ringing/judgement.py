"""Whether a climate rings more than another.

An index may be up to 1.1 times that of the reference; of E, a logarithm, log10 of 1.1 more. What it
exceeds this by is divided by the standard error of the difference, a one-sided Student's t; of all
indices of a climate those count whose probabilities are low under control of false discoveries at
5 % (Benjamini and Hochberg 1995). Where the reference is the stored climate of the original, whose
scatter between twelve blocks of three years is known of most indices, that scatter and the one of
the years of the run are pooled.

References:
    Specification page 40, section 6.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.stats import t as student

from validation.climate.reference import BLOCK_YEARS, BLOCKS, RingingIndex
from validation.ringing.indices import Index, Key, is_judged, ringing_index
from validation.ringing.measure import Measures

#: What an index may be, in units of the reference's.
ALLOWED = 1.1
#: Share of false among all indices that are said to exceed it.
FALSE_DISCOVERIES = 0.05


@dataclasses.dataclass(frozen=True)
class Reference:
    """What indices are compared with.

    Attributes:
        measures: of the reference climate.
        printed: mean and scatter over blocks of three years by index; empty unless the reference is
            the stored climate.
    """

    measures: Measures
    printed: Mapping[Key, RingingIndex] = dataclasses.field(default_factory=dict)

    @property
    def name(self) -> str:
        """As in tables."""
        return self.measures.name

    def indices(self) -> dict[Key, Index]:
        """All that are known; the printed means before those of the stored fields."""
        known = dict(self.measures.indices)
        for key, printed in self.printed.items():
            known[key] = Index(printed.mean, printed.deviation / math.sqrt(BLOCKS))
        return known


@dataclasses.dataclass(frozen=True)
class IndexComparison:
    """An index beside the reference's.

    Attributes:
        field, season, index: which.
        found, error: of the climate.
        expected: of the reference.
        difference_error: standard error of the difference; NaN where unknown.
        probability: of so much more than 1.1 times the reference's by chance; NaN if not judged.
        exceeds: whether it counts as more.
    """

    field: str
    season: str
    index: str
    found: float
    error: float
    expected: float
    difference_error: float
    probability: float
    exceeds: bool = False

    @property
    def key(self) -> Key:
        """Field, season and index."""
        return self.field, self.season, self.index

    @property
    def ratio(self) -> float:
        """To the reference's; of E, of the powers; NaN of what has no ratio."""
        if self.index == "E":
            return float(10.0 ** (self.found - self.expected))
        if not is_judged(self.index) or not self.expected > 0.0:
            return math.nan
        return self.found / self.expected

    @property
    def judged(self) -> bool:
        """Whether it can exceed."""
        return math.isfinite(self.probability)


@dataclasses.dataclass(frozen=True)
class Verdict:
    """A climate against the reference.

    Attributes:
        name: of the climate.
        reference: name of the reference.
        rows: every index that both have.
        ringing: the one number, see :func:`ringing_index`.
        unjudged: why nothing is judged, a sentence; empty otherwise.
    """

    name: str
    reference: str
    rows: tuple[IndexComparison, ...]
    ringing: float
    unjudged: str = ""

    @property
    def failing(self) -> list[IndexComparison]:
        """What exceeds, least probable first."""
        return sorted((r for r in self.rows if r.exceeds), key=lambda r: (r.probability, -r.ratio))

    @property
    def judged(self) -> list[IndexComparison]:
        """What can exceed."""
        return [row for row in self.rows if row.judged]

    @property
    def above(self) -> int:
        """Judged indices above 1.1 times the reference's, whether by chance or not."""
        return sum(row.ratio > ALLOWED for row in self.judged)

    @property
    def passed(self) -> bool:
        """Whether it does not ring more."""
        return not self.failing

    def in_words(self) -> str:
        """The verdict."""
        tail = f"The tails of its annual means are {self.ringing:.3g} x as strong on average."
        if self.unjudged:
            return f"{self.name} is not judged: {self.unjudged} {tail}"
        if not self.judged:
            return f"{self.name} has no index in common with {self.reference}."
        count = f"{len(self.judged)} indices"
        if self.passed:
            return (
                f"{self.name} does not ring more than {self.reference}: none of {count} exceeds "
                f"{ALLOWED:g} x the reference's beyond its uncertainty ({self.above} do within "
                f"it). {tail}"
            )
        worst = self.failing[0]
        return (
            f"{self.name} rings more than {self.reference}: {len(self.failing)} of {count} exceed "
            f"{ALLOWED:g} x the reference's beyond their uncertainty, most clearly {worst.index} "
            f"of {worst.field}, {worst.season}: {worst.found:.4g} against {worst.expected:.4g}. "
            f"{tail}"
        )


def judge(measures: Measures, reference: Reference) -> Verdict:
    """Compare all indices that both have."""
    unjudged = ""
    if measures.source.kind == "samples" and measures.years == 0:
        unjudged = "it holds less than a whole year."
    expected = reference.indices()
    rows = [
        _compared(key, index, expected[key], measures, reference)
        for key, index in measures.indices.items()
        if key in expected and math.isfinite(index.value) and math.isfinite(expected[key].value)
    ]
    if unjudged:
        rows = [dataclasses.replace(row, probability=math.nan) for row in rows]
    return Verdict(
        name=measures.name,
        reference=reference.name,
        rows=tuple(_discovered(rows)),
        ringing=ringing_index(measures.indices, expected),
        unjudged=unjudged,
    )


def _compared(
    key: Key, found: Index, expected: Index, measures: Measures, reference: Reference
) -> IndexComparison:
    error, freedom = _difference_error(key, found, expected, measures, reference)
    probability = math.nan
    if is_judged(key[2]) and math.isfinite(error):
        limit = expected.value + math.log10(ALLOWED)
        if key[2] != "E":
            limit = ALLOWED * expected.value
        excess = found.value - limit
        if error > 0.0:
            probability = float(student.sf(excess / error, freedom))
        else:
            # Without any error, as of orography, a number is above the limit or it is not.
            probability = float(excess <= 0.0)
    return IndexComparison(*key, found.value, found.error, expected.value, error, probability)


def _difference_error(
    key: Key, found: Index, expected: Index, measures: Measures, reference: Reference
) -> tuple[float, float]:
    """Standard error of the difference and its degrees of freedom; NaN where nothing is known."""
    own, freedom = found.error, max(measures.years - 1, 0)
    printed = reference.printed.get(key)
    if printed is not None and math.isfinite(printed.deviation):
        # Of a file that does not say how many years it holds, as of a block.
        years = measures.years or BLOCK_YEARS
        block = printed.deviation * math.sqrt(BLOCK_YEARS / years)
        if not math.isfinite(own):
            own, freedom = block, 0
        pooled = (freedom * own**2 + (BLOCKS - 1) * block**2) / (freedom + BLOCKS - 1)
        error = math.sqrt(pooled + expected.error**2)
        return max(error, 0.5 * printed.rounding), freedom + BLOCKS - 1
    if not math.isfinite(own):
        return math.nan, 1.0
    if reference.printed and not math.isfinite(expected.error):
        # The stored climatology has the scatter of a run of its length.
        years = BLOCKS * BLOCK_YEARS if printed is not None else _stored_years(reference)
        return own * math.sqrt(1.0 + max(measures.years, 1) / years), max(freedom, 1)
    other = expected.error if math.isfinite(expected.error) else 0.0
    others = max(reference.measures.years - 1, 0) if other else 0
    return math.hypot(own, other), max(freedom + others, 1)


def _stored_years(reference: Reference) -> float:
    return float(BLOCKS) if reference.measures.years <= 1 else float(reference.measures.years)


def _discovered(rows: Sequence[IndexComparison]) -> list[IndexComparison]:
    """Mark what exceeds, under control of false discoveries."""
    probabilities = np.sort([row.probability for row in rows if row.judged])
    allowed = FALSE_DISCOVERIES * np.arange(1, len(probabilities) + 1) / max(len(probabilities), 1)
    below = probabilities[probabilities <= allowed]
    threshold = below[-1] if len(below) else -1.0
    return [
        dataclasses.replace(row, exceeds=row.judged and row.probability <= threshold)
        for row in rows
    ]
