"""A number that a dry test case must reach, and where it comes from."""

from __future__ import annotations

import dataclasses
import math
from typing import Any


@dataclasses.dataclass(frozen=True, kw_only=True)
class Criterion:
    """A measured number with its limits.

    Attributes:
        case: which test case.
        run: resolution and levels of the run, as "T42 L20".
        name: what was measured.
        measured: the number, NaN if there is none.
        units: of all numbers, "1" if there are none.
        low: smallest number that passes, minus infinity if there is no limit.
        high: largest number that passes.
        source: where the limits come from, or why there are none.
    """

    case: str
    run: str
    name: str
    measured: float
    units: str
    low: float = -math.inf
    high: float = math.inf
    source: str

    @property
    def judged(self) -> bool:
        """Whether the criterion can fall short."""
        return math.isfinite(self.low) or math.isfinite(self.high)

    @property
    def passed(self) -> bool:
        """Whether the number lies within its limits; one that is none does not."""
        return not self.judged or self.low <= self.measured <= self.high

    def as_record(self) -> dict[str, Any]:
        """For `results.json`."""
        return {**dataclasses.asdict(self), "judged": self.judged, "passed": self.passed}
