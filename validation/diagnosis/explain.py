"""The usual culprits, tried one by one on columns that a port gets wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from reference.process import Variable
from validation.diagnosis.asking import Arrays, Asking
from validation.diagnosis.constants import other_constants, other_formulations
from validation.diagnosis.culprit import Claim, Culprit, cover
from validation.diagnosis.failing import Failing
from validation.diagnosis.misreadings import Misreading, misreadings
from validation.diagnosis.order import from_order
from validation.diagnosis.renderings import Rendering, renderings
from validation.diagnosis.repairs import from_repairs
from validation.diagnosis.rounding import from_rounding
from validation.diagnosis.sampling import (
    LEAST_DIFFERENT,
    LEAST_SHARE,
    Sample,
    different,
    holds,
    sample,
    screen,
)

#: Whoever explains less than this share of a few columns is not tried on many.
_MOST_OF_A_FEW = 0.5
#: What is measured says less than what has a name.
_RANK_NAMED, _RANK_MEASURED, _RANK_FITTED = -1, 10_000, 20_000
_MEASURED = ("factor", "offset", "float32")


def culprits(asking: Asking, case: Failing) -> list[Claim]:
    """What explains the wrong outputs of `case`, the most telling first; empty if nothing does.

    A culprit is named only if it explains nearly all wrong columns of an output and contradicts
    none of the outputs that are right.

    Args:
        asking: port and reference.
        case: which columns are wrong.
    """
    some = sample(case, asking.port.precision)
    ordered = from_order(case)
    constant, remaining = _constants(some, _left(list(case.outputs), ordered))
    tried = [*misreadings(case.process), *other_formulations(case.process)]
    claims, doubtful = _from_misreadings(asking, some, tried, remaining, 0)
    if remaining and not claims:
        claims = from_repairs(asking, case, doubtful, remaining)
    claims += _from_renderings(some, some.right, remaining, "")
    chosen = cover(claims, remaining)
    left = _left(remaining, chosen)
    for claim in [c for c in chosen if c.base is not None] if left else []:
        # What is still wrong may be wrong on top of a misreading.
        assert claim.base is not None
        chosen += cover(_from_renderings(some, claim.base, left, ", on top of that"), left)
        left = _left(left, chosen)
    if left:
        fitted = list(other_constants(asking, some, remaining))
        claims += _from_misreadings(asking, some, fitted, remaining, _RANK_FITTED)[0]
        chosen = _simpler(chosen, cover(claims, remaining), remaining)
        left = _left(remaining, chosen)
    if left:
        chosen += cover(from_rounding(asking, some, left), left)
    if constant:
        constant = _behind(asking, some, tried, constant)
    return [*ordered, *constant, *chosen]


def _behind(
    asking: Asking, some: Sample, tried: list[Misreading], constant: list[Claim]
) -> list[Claim]:
    """What makes outputs constant: a misreading that does, and without which the port is right."""
    outputs = [name for claim in constant for name in claim.culprit.outputs]
    possible, _ = _from_misreadings(asking, some, tried, outputs, 0, telling=False)
    misread = [claim.misreading for claim in possible]
    undone = [one for one in misread if one is not None and one.undo is not None]
    chosen = cover(from_repairs(asking, some.case, undone, outputs), outputs)
    left = set(_left(outputs, chosen))
    return [*chosen, *(claim for claim in constant if left & set(claim.culprit.outputs))]


def again(asking: Asking, case: Failing, found: list[Claim], outputs: list[str]) -> list[Claim]:
    """What explains `outputs` on another set, of what has been found on one."""
    some = sample(case, asking.port.precision)
    tried = [claim.misreading for claim in found if claim.misreading is not None]
    # What has been shown on one set need not be told from everything else on another.
    claims, _ = _from_misreadings(asking, some, tried, outputs, 0, telling=False)
    claims += _from_renderings(some, some.right, outputs, "")
    return cover(claims, outputs)


def _simpler(first: list[Claim], second: list[Claim], outputs: list[str]) -> list[Claim]:
    """Of two explanations the one that leaves less unexplained, or says it with fewer claims."""
    return min(first, second, key=lambda claims: (len(_left(outputs, claims)), len(claims)))


def _left(outputs: list[str], chosen: list[Claim]) -> list[str]:
    """Outputs that no chosen claim explains."""
    return [name for name in outputs if not any(name in c.culprit.outputs for c in chosen)]


def _constants(some: Sample, outputs: list[str]) -> tuple[list[Claim], list[str]]:
    """Outputs that are one number wherever they are wrong, and the others."""
    found: dict[float, list[str]] = {}
    for name in outputs:
        wrong = some.wrong[name]
        values, right = some.found[name][wrong], some.right[name][wrong]
        if len(values) < LEAST_DIFFERENT or not np.isfinite(values).all() or np.ptp(values) > 0:
            continue
        # A number that is also the only one expected may be a matter of units or signs.
        if different(right) >= LEAST_DIFFERENT or values.flat[0] == 0:
            found.setdefault(float(values.flat[0]), []).append(name)
    named = []
    for value, names in found.items():
        total = int(max(some.wrong[name].sum() for name in names))
        named.append(
            Culprit(
                kind="constant",
                sentence=f"gives {', '.join(names)} as {value:g} wherever it is wrong: cut off, or "
                "not computed",
                outputs=tuple(names),
                explained=total,
                tried=total,
                everywhere=False,
            )
        )
    claims = [Claim(culprit=culprit, rank=0) for culprit in named]
    return claims, _left(outputs, claims)


def _from_misreadings(
    asking: Asking,
    some: Sample,
    tried: Iterable[Misreading],
    remaining: list[str],
    rank: int,
    *,
    telling: bool = True,
) -> tuple[list[Claim], list[Misreading]]:
    """Claims about inputs, and the misreadings that the reference has no answer to.

    Args:
        asking: port and reference.
        some: columns.
        tried: what is tried.
        remaining: outputs to be explained.
        rank: of the first.
        telling: whether outputs that hardly differ from column to column prove nothing.
    """
    claims, doubtful = [], []
    few = screen(some, remaining)
    for position, one in enumerate(tried if remaining else ()):
        if asking.seconds_left < 0:
            break
        if one.settings and asking.reference.name != "fortran":
            continue
        claimed, answered = _claimed(asking, few, one)
        if answered.mean() < LEAST_SHARE:
            if one.undo is not None:
                doubtful.append(one)
            continue
        if not _may_explain(few, claimed, remaining):
            continue
        claimed, answered = _claimed(asking, some, one)
        culprit = _judged(some, one, claimed, answered, remaining, telling=telling)
        if culprit is not None:
            claims.append(
                Claim(culprit=culprit, rank=rank + position, base=claimed, misreading=one)
            )
    return claims, doubtful


def _claimed(asking: Asking, some: Sample, one: Misreading) -> tuple[Arrays, np.ndarray]:
    """What a port with this misreading gives, and where the reference has an answer to it."""
    with np.errstate(all="ignore"):
        outputs, answered = asking.reference_outputs(one.inputs(some.inputs), one.settings)
        return dict(one.outputs(outputs)), answered.reshape(one.copies, -1).all(axis=0)


def _may_explain(few: Sample, claimed: Arrays, remaining: list[str]) -> bool:
    """Whether a misreading explains most of the few wrong columns of any output."""
    agrees = few.agreements(claimed)
    return any(
        agrees[name][few.wrong[name]].mean() >= _MOST_OF_A_FEW
        for name in remaining
        if few.wrong[name].any()
    )


def _judged(
    some: Sample,
    one: Misreading,
    claimed: Arrays,
    answered: np.ndarray,
    remaining: list[str],
    *,
    telling: bool,
) -> Culprit | None:
    """A culprit, if the misreading explains an output and contradicts none that is right."""
    explained = []
    everything = some.agreements(claimed)
    for name, agrees in everything.items():
        agrees, wrong = agrees & answered, some.wrong[name]
        if holds(agrees, ~wrong & answered):
            if name in remaining and wrong.any() and holds(agrees, wrong):
                explained.append(name)
        elif name not in some.case.outputs:
            return None
    if not explained or (telling and not any(some.telling(name) for name in explained)):
        return None
    wrong = np.logical_or.reduce([some.wrong[name] for name in explained])
    agrees = np.logical_and.reduce([everything[name] | ~some.wrong[name] for name in explained])
    return Culprit(
        kind=one.kind,
        sentence=one.sentence,
        outputs=tuple(explained),
        explained=int((agrees & wrong).sum()),
        tried=int(wrong.sum()),
        everywhere=True,
        remedy=one.remedy,
    )


def _from_renderings(
    some: Sample, base: Mapping[str, np.ndarray], remaining: list[str], suffix: str
) -> list[Claim]:
    """Claims about outputs; the same one about several outputs is one claim."""
    groups: dict[tuple[str, str, bool], list[tuple[Variable, Rendering, int]]] = {}
    for name in remaining:
        variable = some.case.process.variable(name)
        if not some.telling(name) or name not in base:
            continue
        with np.errstate(all="ignore"):
            rendered = list(
                renderings(
                    some.case.process,
                    variable,
                    base,
                    some.inputs,
                    some.found[name],
                    some.wrong[name],
                )
            )
        for rank, one in enumerate(rendered):
            agrees = some.agreement(name, one.values, one.skipped)
            everywhere = holds(agrees, ~some.wrong[name])
            if holds(agrees, some.wrong[name]) and (everywhere or not variable.integer):
                key = (one.kind, one.phrase, everywhere)
                groups.setdefault(key, []).append((variable, one, rank))
                if everywhere:
                    break
    claims = []
    for (kind, phrase, everywhere), members in groups.items():
        names = [variable.name for variable, _, _ in members]
        agreeing = [
            some.agreement(v.name, r.values, r.skipped) | ~some.wrong[v.name] for v, r, _ in members
        ]
        wrong = np.logical_or.reduce([some.wrong[name] for name in names])
        where = "" if everywhere else ", in the columns that are wrong"
        culprit = Culprit(
            kind=kind,
            sentence=f"gives {', '.join(names)} {phrase}{where}{suffix}",
            outputs=tuple(names),
            explained=int((np.logical_and.reduce(agreeing) & wrong).sum()),
            tried=int(wrong.sum()),
            everywhere=everywhere,
            remedy=", ".join(r.remedy for _, r, _ in members if r.remedy),
        )
        rank = _RANK_MEASURED if kind in _MEASURED else _RANK_NAMED
        claims.append(Claim(culprit=culprit, rank=rank))
    return claims
