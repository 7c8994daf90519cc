"""What a check says about a mutant."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import numpy as np

#: Who can catch a mutant, the cheapest first: `jcm-validate columns`, `dynamics` and `gradients`
#: are the fast suite. The test suite holds the columns of the corrected formulation against the
#: Fortran's, too.
CATCHERS = ("columns", "dynamics", "gradients", "corrected", "climate")
FAST = ("columns", "dynamics", "gradients")


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a check found.

    Attributes:
        caught: what fell short, empty if nothing did.
        fingerprint: of all numbers that it saw.
        raised: whether it fell short because the mutant does not run.
    """

    caught: str
    fingerprint: str
    raised: bool = False


class Check(Protocol):
    """Something of the harness that a mutant is put to.

    Attributes:
        name: of what it checks.
        catcher: of `CATCHERS`.
        roots: modules of the model that it calls.
    """

    name: str
    catcher: str
    roots: tuple[str, ...]

    def run(self) -> Outcome:
        """Judge the model as it is now in this interpreter."""


def outcome_of(comparisons: Iterable[Any], outputs: Mapping[str, Any] | None = None) -> Outcome:
    """The outcome of comparisons of columns or fields.

    Args:
        comparisons: of `validation.comparison` or `validation.dynamics.comparison`.
        outputs: what the model computed, if the fingerprint shall be of that.
    """
    comparisons = list(comparisons)
    failed = next((c for c in comparisons if not c.passed), None)
    said = [(c.process, c.output, c.source, repr(c.measure)) for c in comparisons]
    fingerprint = fingerprint_of(outputs) if outputs is not None else fingerprint_of(said)
    if failed is None:
        return Outcome("", fingerprint)
    reason = failed.measure.reason
    words = reason if reason else f"{failed.margin:.3g} times the tolerance"
    where = f"{failed.process}, {failed.output}, {failed.source}"
    return Outcome(f"{where}: {words}"[:300], fingerprint, " raised " in f" {reason}")


def fingerprint_of(values: Any) -> str:
    """Of arrays by name, or of anything that prints all it is."""
    found = hashlib.sha256()
    if isinstance(values, Mapping):
        for name, array in sorted(values.items()):
            found.update(name.encode())
            found.update(np.ascontiguousarray(array).tobytes())
    else:
        found.update(repr(values).encode())
    return found.hexdigest()[:16]
