"""Ringing indices of a run beside those of the original.

References:
    Specification page 40, section 6.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from validation.climate.climate import Climate
from validation.climate.reference import BLOCK_YEARS, BLOCKS, RingingIndex, StoredClimate
from validation.climate.ringing import FIELDS, Regions, coefficients, indices, spectrum
from validation.climate.seasons import SEASONS

#: Standard deviations that an index may be off, what share of them may be off farther, and how far
#: none may. Of Student's t with 11 degrees of freedom, 1.2 % lie beyond 3; indices of one field
#: are correlated.
LIMIT, SHARE_BEYOND, FARTHEST = 3.0, 0.05, 8.0


@dataclasses.dataclass(frozen=True)
class RingingComparison:
    """An index of a field, compared.

    Attributes:
        field, season, index: which.
        found: mean over the blocks of three years of the run.
        expected: mean over those of the original.
        deviation: of a block; NaN where unknown.
        standard_error: that the difference should have; NaN where unknown.
        slack: what the printed value of the original may be off by rounding.
    """

    field: str
    season: str
    index: str
    found: float
    expected: float
    deviation: float
    standard_error: float
    slack: float

    @property
    def score(self) -> float:
        """Distance in standard errors, beyond the slack; NaN if their size is unknown."""
        distance = max(0.0, abs(self.found - self.expected) - self.slack)
        return distance / self.standard_error if self.standard_error > 0.0 else math.nan


def compare_ringing(model: Climate, stored: StoredClimate) -> list[RingingComparison]:
    """All indices of a run of at least three single years.

    Where the original's twelve-year mean is stored on the grid its index sharpens the three printed
    digits of the reference.
    """
    if model.yearly is None or model.years < BLOCK_YEARS:
        return []
    regions = Regions.of(stored.spectra)
    blocks = int(model.years) // BLOCK_YEARS
    compared = []
    for field, (name, level) in FIELDS.items():
        if name not in model.yearly:
            continue
        for number, season in enumerate(SEASONS):
            values = _on_level(model.yearly[name].values[:, number], level)
            found = [
                indices(values[BLOCK_YEARS * b : BLOCK_YEARS * (b + 1)].mean(axis=0), regions)
                for b in range(blocks)
            ]
            twelve = {}
            if name in stored.climate.maps:
                means = _on_level(stored.climate.maps[name].values[number][None], level)[0]
                twelve = indices(means, regions)
            for index in found[0]:
                reference = stored.ringing.get((field, season, index))
                if reference is None:
                    continue
                mean = float(np.mean([one[index] for one in found]))
                compared.append(
                    _compared((field, season, index), mean, reference, blocks, twelve.get(index))
                )
    return compared


def _compared(
    which: tuple[str, str, str],
    found: float,
    reference: RingingIndex,
    blocks: int,
    twelve: float | None,
) -> RingingComparison:
    expected, slack = reference.mean, reference.rounding
    if twelve is not None:
        expected = float(np.clip(twelve, expected - slack, expected + slack))
        slack = 0.0
    error = reference.deviation * math.sqrt(1.0 / blocks + 1.0 / BLOCKS)
    return RingingComparison(*which, found, expected, reference.deviation, error, slack)


def ringing_failures(compared: Sequence[RingingComparison]) -> list[str]:
    """Why the ringing differs, whole sentences."""
    known = [c for c in compared if math.isfinite(c.score)]
    reasons = [
        f"The ringing index {c.index} of {c.field}, {c.season}, is not a number."
        for c in compared
        if math.isnan(c.found) and math.isfinite(c.expected)
    ]
    if not known:
        return reasons
    worst = max(known, key=lambda c: c.score)
    share = sum(c.score > LIMIT for c in known) / len(known)
    if share > SHARE_BEYOND:
        reasons.append(
            f"{100 * share:.3g} % of {len(known)} ringing indices are off by more than {LIMIT:g} "
            f"standard deviations, at most {100 * SHARE_BEYOND:.0f} % is usual."
        )
    if worst.score > FARTHEST:
        reasons.append(
            f"The ringing index {worst.index} of {worst.field}, {worst.season}, is "
            f"{worst.found:.4g}, expected {worst.expected:.4g}: {worst.score:.1f} standard "
            "deviations."
        )
    return reasons


def _on_level(values: np.ndarray, level: int | None) -> np.ndarray:
    return values.astype(float) if level is None else values[:, level].astype(float)


def model_spectra(model: Climate) -> dict[tuple[str, str], np.ndarray]:
    """Spectra of the time means by field and season."""
    found = {}
    for field, (name, level) in FIELDS.items():
        if name in model.maps:
            for number, season in enumerate(SEASONS):
                values = _on_level(model.maps[name].values[number][None], level)[0]
                found[field, season] = spectrum(coefficients(values))
    return found
