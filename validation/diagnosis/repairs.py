"""A port handed what it seems to expect: if it is right then, that is what was wrong."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validation.diagnosis.asking import Arrays, Asking
from validation.diagnosis.culprit import Claim, Culprit
from validation.diagnosis.failing import Failing, largest_difference
from validation.diagnosis.misreadings import Misreading
from validation.diagnosis.sampling import (
    LEAST_DIFFERENT,
    LEAST_SHARE,
    REST_TOLERANCES,
    Sample,
    holds,
    sample_of,
)

#: Columns that each is tried on: enough to tell, few enough to try all in one question.
_MOST_COLUMNS = 60
_SHARE_WRONG = 2.0 / 3.0
#: A port that refuses one of the numbers is asked again without half of them, so often.
_MOST_QUESTIONS = 16


def from_repairs(
    asking: Asking, case: Failing, doubtful: list[Misreading], remaining: list[str]
) -> list[Claim]:
    """Claims about inputs that the reference cannot judge because it refuses what the port sees.

    Args:
        asking: port and reference.
        case: which columns are wrong.
        doubtful: misreadings that can be undone.
        remaining: outputs to be explained.
    """
    doubtful = doubtful[: asking.batch // LEAST_DIFFERENT]
    if not doubtful:
        return []
    room = min(_MOST_COLUMNS, asking.batch // len(doubtful))
    generator = np.random.default_rng(1)
    wrong, right = (
        generator.permutation(np.flatnonzero(flags)) for flags in (case.any_wrong, ~case.any_wrong)
    )
    share = max(LEAST_DIFFERENT, int(_SHARE_WRONG * room))
    rows = np.concatenate([wrong[:share], right[: max(room - share, 0)]])
    some = sample_of(case, rows, asking.port.precision)
    claims = []
    for rank, (one, found) in enumerate(_answers(asking, some, doubtful)):
        claim = _claim(some, one, found, remaining, rank)
        if claim is not None:
            claims.append(claim)
    return claims


def _answers(
    asking: Asking, some: Sample, doubtful: list[Misreading]
) -> Iterator[tuple[Misreading, Arrays]]:
    """What the port makes of repaired inputs; repairs that it refuses are left out."""
    waiting = [doubtful]
    for _ in range(_MOST_QUESTIONS):
        if not waiting:
            return
        group = waiting.pop(0)
        with np.errstate(all="ignore"):
            handed = [one.undo(some.inputs) for one in group if one.undo is not None]
        many = {name: np.concatenate([h[name] for h in handed]) for name in handed[0]}
        found = asking.port_outputs(many, trial=True)
        if found is None and len(group) > 1:
            half = len(group) // 2
            waiting = [group[:half], group[half:], *waiting]
        elif found is not None:
            length = len(some.rows)
            for index, one in enumerate(group):
                part = slice(index * length, (index + 1) * length)
                yield one, {name: values[part] for name, values in found.items()}


def _claim(
    some: Sample, one: Misreading, found: Arrays, remaining: list[str], rank: int
) -> Claim | None:
    expected = one.outputs(some.right)
    agrees = {
        name: _right(some, name, values, expected[name])
        for name, values in found.items()
        if name in some.found
    }
    if some.any_wrong.sum() < LEAST_DIFFERENT:
        return None
    fixed = [name for name in remaining if name in agrees and holds(agrees[name], some.wrong[name])]
    fixed = [name for name in fixed if some.wrong[name].any()]
    if not fixed or not all(holds(a, ~some.wrong[name]) for name, a in agrees.items()):
        return None
    wrong = np.logical_or.reduce([some.wrong[name] for name in fixed])
    right = np.logical_and.reduce([agrees[name] | ~some.wrong[name] for name in fixed])
    if right[wrong].mean() < LEAST_SHARE:
        return None
    culprit = Culprit(
        kind=one.kind,
        sentence=one.sentence,
        outputs=tuple(fixed),
        explained=int((right & wrong).sum()),
        tried=int(wrong.sum()),
        everywhere=True,
        remedy=one.remedy,
    )
    return Claim(culprit=culprit, rank=rank, misreading=one)


def _right(some: Sample, name: str, found: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Columns in which the port, asked otherwise, is right."""
    rest = largest_difference(found, expected)
    return (rest <= REST_TOLERANCES * some.allowed[name]) | ~some.defined[name]
