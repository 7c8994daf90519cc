"""Branches of a process that separate the columns a port gets wrong from those it gets right."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np

from reference.process import Process
from validation.branches import gates_taken
from validation.diagnosis.failing import Failing

#: A gate is named if it tells so much of what there is to be known about which columns are wrong
#: (mutual information / entropy), or if nothing is wrong outside of it and it holds so few columns.
_LEAST_INFORMATION = 0.2
_MOST_INSIDE = 2.0 / 3.0
#: It says little if much is wrong outside of it as well.
_LEAST_RIGHT_OUTSIDE = 0.75
#: A pair is named instead of a gate if it tells so much more.
_WORTH_A_PAIR = 0.05
#: Beyond this share wrong there is nothing to separate.
_EVERYWHERE = 0.98


@dataclasses.dataclass(frozen=True, kw_only=True)
class GateShare:
    """How much is wrong inside and outside of a branch.

    Attributes:
        gate: its name.
        meaning: one phrase.
        inside, outside: number of columns that take it, and that do not.
        wrong_inside, wrong_outside: how many of them are wrong.
    """

    gate: str
    meaning: str
    inside: int
    outside: int
    wrong_inside: int
    wrong_outside: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Separation:
    """The branch or pair of branches that separates best.

    Attributes:
        gates: names, one or two; those after "not " are not taken, and "a or b" is one or both.
        meaning: in words.
        inside, outside: number of columns where all of `gates` hold, and the others.
        wrong_inside, wrong_outside: how many of them are wrong.
    """

    gates: tuple[str, ...]
    meaning: str
    inside: int
    outside: int
    wrong_inside: int
    wrong_outside: int

    @property
    def percent_inside(self) -> float:
        """Share wrong where the gates hold [%]."""
        return 100.0 * self.wrong_inside / self.inside

    @property
    def percent_right_outside(self) -> float:
        """Share right elsewhere [%]; 100 if there is no such column."""
        if not self.outside:
            return 100.0
        return 100.0 * (1.0 - self.wrong_outside / self.outside)


def shares(process: Process, cases: list[Failing]) -> list[GateShare]:
    """The share wrong inside and outside of every gate, over all columns of `cases`."""
    wrong, taken = _pooled(process, cases)
    return [
        GateShare(
            gate=gate.name,
            meaning=gate.meaning,
            inside=int(taken[gate.name].sum()),
            outside=int((~taken[gate.name]).sum()),
            wrong_inside=int((wrong & taken[gate.name]).sum()),
            wrong_outside=int((wrong & ~taken[gate.name]).sum()),
        )
        for gate in process.gates
    ]


def separation(process: Process, cases: list[Failing]) -> Separation | None:
    """The gate, or pair of gates, that says best which columns are wrong.

    None if no gate says much, or if all columns are wrong or none is.
    """
    wrong, taken = _pooled(process, cases)
    if not 0 < wrong.mean() <= _EVERYWHERE:
        return None
    literals = [
        (f"{prefix}{name}", f"{'not: ' if prefix else ''}{meaning}", where ^ bool(prefix))
        for prefix in ("", "not ")
        for name, meaning, where in _flags(process, taken)
    ]
    both = _counts(np.array([where for _, _, where in literals]), wrong)
    either = both.either()
    single = int(np.argmax(np.diagonal(both.information)))
    apart = ~np.eye(len(literals), dtype=bool)
    best, joined = max(
        (
            (np.where(apart, counts.information, -1.0), word)
            for counts, word in ((both, "and"), (either, "or"))
        ),
        key=lambda pair: float(pair[0].max()),
    )
    counts = both if joined == "and" else either
    i, j = (int(index) for index in np.unravel_index(int(np.argmax(best)), best.shape))
    if best[i, j] <= both.information[single, single] + _WORTH_A_PAIR:
        counts, i, j = both, single, single
    names, meanings = ([literals[k][part] for k in dict.fromkeys((i, j))] for part in (0, 1))
    found = Separation(
        gates=tuple(names) if joined == "and" or i == j else (" or ".join(names),),
        meaning=f" {joined} ".join(meanings),
        inside=int(counts.inside[i, j]),
        outside=int(len(wrong) - counts.inside[i, j]),
        wrong_inside=int(counts.wrong[i, j]),
        wrong_outside=int(wrong.sum() - counts.wrong[i, j]),
    )
    necessary = found.wrong_outside == 0 and 0 < found.inside <= _MOST_INSIDE * len(wrong)
    if counts.information[i, j] < _LEAST_INFORMATION and not necessary:
        return None
    return found if found.percent_right_outside >= 100.0 * _LEAST_RIGHT_OUTSIDE else None


def _counts(flags: np.ndarray, wrong: np.ndarray) -> _Counts:
    """Columns that take a and b, for all pairs of gates; those that take a on the diagonal.

    Columns that take the same gates are counted together first: there are few kinds of them.
    """
    packed = np.packbits(flags, axis=0).T.copy()
    keys = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, kind = np.unique(keys, return_index=True, return_inverse=True)
    kinds = flags[:, first].astype(float)
    inside, wrong_inside = (
        (kinds * np.bincount(kind, weights=weights)) @ kinds.T
        for weights in (np.ones(len(wrong)), wrong.astype(float))
    )
    return _Counts(len(wrong), int(wrong.sum()), inside, wrong_inside)


@dataclasses.dataclass(frozen=True)
class _Counts:
    """Columns inside of pairs of gates, and how many of them are wrong.

    Attributes:
        columns, all_wrong: of all.
        inside, wrong: matrices over pairs.
    """

    columns: int
    all_wrong: int
    inside: np.ndarray
    wrong: np.ndarray

    def either(self) -> _Counts:
        """The same for columns that take at least one gate of a pair."""
        inside, wrong = (
            np.add.outer(np.diagonal(m), np.diagonal(m)) - m for m in (self.inside, self.wrong)
        )
        return _Counts(self.columns, self.all_wrong, inside, wrong)

    @functools.cached_property
    def information(self) -> np.ndarray:
        """Mutual information of "inside" and "wrong" / entropy of "wrong".

        -1 where columns are not wrong more often inside than anywhere.
        """
        outside, wrong_outside = self.columns - self.inside, self.all_wrong - self.wrong
        known = sum(
            part / self.columns * _entropy(wrong / np.maximum(part, 1.0))
            for part, wrong in ((self.inside, self.wrong), (outside, wrong_outside))
        )
        share = self.all_wrong / self.columns
        told = 1.0 - known / _entropy(np.array(share))
        return np.where(self.wrong > share * self.inside, told, -1.0)


def _entropy(share: np.ndarray) -> np.ndarray:
    """Of a flag that is set with probability `share` [bit]."""
    p = np.clip(share, 0.0, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = [np.where(q > 0, -q * np.log2(q), 0.0) for q in (p, 1.0 - p)]
    return terms[0] + terms[1]


def _flags(process: Process, taken: dict[str, np.ndarray]) -> list[tuple[str, str, np.ndarray]]:
    """Name, meaning and columns of every gate, and of those that differ by a number together."""
    flags = [(gate.name, gate.meaning, taken[gate.name]) for gate in process.gates]
    stems: dict[str, list[str]] = {}
    for gate in process.gates:
        stem, _, last = gate.name.rpartition("_")
        if last.isdecimal():
            stems.setdefault(stem, []).append(gate.name)
    for stem, names in stems.items():
        if len(names) > 1:
            together = np.logical_or.reduce([taken[name] for name in names])
            flags.append((f"{stem}_*", f"any of {names[0]} to {names[-1]}", together))
    return flags


def _pooled(process: Process, cases: list[Failing]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Which columns are wrong, and which take each gate, over all sets together."""
    taken = [gates_taken(process, case.standard.complete) for case in cases]
    return (
        np.concatenate([case.any_wrong for case in cases]),
        {gate.name: np.concatenate([t[gate.name] for t in taken]) for gate in process.gates},
    )
