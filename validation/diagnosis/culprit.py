"""What explains the numbers of a port."""

from __future__ import annotations

import dataclasses

from validation.diagnosis.asking import Arrays
from validation.diagnosis.misreadings import Misreading


@dataclasses.dataclass(frozen=True, kw_only=True)
class Culprit:
    """A misunderstanding that explains what a port gives.

    Attributes:
        kind: one of the usual ones, a phrase such as "sign".
        sentence: what the port does: "gives evaporation with the opposite sign".
        outputs: names of the outputs that it explains.
        explained, tried: in how many wrong columns it does, of how many tried.
        everywhere: whether it holds in the columns that are right as well; if not, it describes the
            wrong ones alone.
        alternatives: sentences of others that explain the same outputs as well.
        remedy: what a port file could say to put it right; empty if nothing.
    """

    kind: str
    sentence: str
    outputs: tuple[str, ...]
    explained: int
    tried: int
    everywhere: bool
    alternatives: tuple[str, ...] = ()
    remedy: str = ""

    @property
    def share(self) -> float:
        """Share of the wrong columns tried that it explains."""
        return self.explained / self.tried


@dataclasses.dataclass(frozen=True, kw_only=True)
class Claim:
    """A culprit among others that may explain the same.

    Attributes:
        culprit: what is claimed.
        rank: the smaller, the simpler.
        base: what a port with this culprit alone would give, if it is about inputs.
        misreading: what was tried, likewise.
    """

    culprit: Culprit
    rank: int
    base: Arrays | None = None
    misreading: Misreading | None = None


_MOST_ALTERNATIVES = 3


def cover(claims: list[Claim], outputs: list[str]) -> list[Claim]:
    """The fewest claims that explain what can be explained, the simplest where there is a choice.

    Args:
        claims: of any number.
        outputs: names of those to be explained.
    """
    chosen: list[Claim] = []
    left = set(outputs)
    while True:
        best = max(claims, key=lambda claim: _worth(claim, left), default=None)
        if best is None or not left & set(best.culprit.outputs):
            return chosen
        gained = left & set(best.culprit.outputs)
        others = [
            claim.culprit.sentence
            for claim in sorted(claims, key=lambda claim: claim.rank)
            if gained <= set(claim.culprit.outputs)
            and claim.culprit.everywhere
            and claim.culprit.sentence != best.culprit.sentence
        ]
        left -= gained
        alternatives = tuple(dict.fromkeys(others))[:_MOST_ALTERNATIVES]
        culprit = dataclasses.replace(best.culprit, alternatives=alternatives)
        chosen.append(dataclasses.replace(best, culprit=culprit))


def _worth(claim: Claim, left: set[str]) -> tuple[int, bool, float, int]:
    culprit = claim.culprit
    gained = len(left & set(culprit.outputs))
    return gained, culprit.everywhere, round(culprit.share, 2), -claim.rank
