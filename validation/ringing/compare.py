"""The comparison of ringing from request to result."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable

from validation.climate.layout import is_stored_climate
from validation.climate.reference import StoredClimate, read_stored_climate
from validation.ringing.judgement import Reference, Verdict, judge
from validation.ringing.measure import Measures, measure
from validation.ringing.reading import of_stored, read_source
from validation.ringing.request import RingingRequest
from validation.ringing.selftest import IndexTest, self_test


@dataclasses.dataclass(frozen=True)
class RingingResult:
    """Everything that a report tells.

    Attributes:
        request: what was asked.
        inputs: what was measured.
        reference: what it is compared with.
        stored: the stored climate of the original if that is the reference.
        flat: the control without orography, or None.
        verdicts: of the inputs, in their order.
        tests: self-tests of all indices, by grid in words.
        seconds: that it took.
    """

    request: RingingRequest
    inputs: tuple[Measures, ...]
    reference: Reference
    stored: StoredClimate | None
    flat: Measures | None
    verdicts: tuple[Verdict, ...]
    tests: dict[str, list[IndexTest]]
    seconds: float

    @property
    def shown(self) -> list[Measures]:
        """Inputs, reference and control."""
        return [*self.inputs, self.reference.measures, *([self.flat] if self.flat else [])]

    @property
    def failed_tests(self) -> list[str]:
        """Self-tests that failed, in words."""
        return [
            f"On {grid}: {test.in_words()}"
            for grid, tests in self.tests.items()
            for test in tests
            if not test.passed
        ]

    @property
    def remarks(self) -> list[str]:
        """What a reader must know."""
        return list(dict.fromkeys(text for one in self.shown for text in one.remarks))

    @property
    def passed(self) -> bool:
        """Whether nothing rings more and every index works."""
        return not self.failed_tests and all(verdict.passed for verdict in self.verdicts)

    def verdict(self) -> str:
        """In words."""
        return " ".join([*self.failed_tests, *(verdict.in_words() for verdict in self.verdicts)])


def compare_ringing(request: RingingRequest, announce: Callable[[str], None]) -> RingingResult:
    """Measure everything and compare.

    Args:
        request: what to do.
        announce: told what begins.

    Raises:
        InputError: for data that cannot be read or hold nothing that is measured.
    """
    began = time.perf_counter()

    def measured(word: str) -> Measures:
        announce(f"measuring {word}")
        return measure(read_source(word, spinup=request.spinup, truncation=request.truncation))

    announce("reading the reference")
    stored = None
    if is_stored_climate(request.reference):
        stored = read_stored_climate(request.reference)
        reference = Reference(measure(of_stored(stored)), stored.ringing)
    else:
        reference = Reference(measured(str(request.against)))
    inputs = tuple(measured(word) for word in request.inputs)
    flat = None if request.flat is None else measured(request.flat)
    announce("testing the indices")
    tests: dict[str, list[IndexTest]] = {}
    for one in (*inputs, reference.measures, *([flat] if flat else [])):
        tests.setdefault(grid_in_words(one), self_test(one.place))
    return RingingResult(
        request=request,
        inputs=inputs,
        reference=reference,
        stored=stored,
        flat=flat,
        verdicts=tuple(judge(one, reference) for one in inputs),
        tests=tests,
        seconds=time.perf_counter() - began,
    )


def grid_in_words(measures: Measures) -> str:
    """As "96 x 48 points, N = 30"."""
    rows, columns = measures.place.sphere.shape
    return f"{columns} x {rows} points, N = {measures.place.sphere.truncation}"
