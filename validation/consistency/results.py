"""`results.json` and `summary.md` of a consistency report, and its words."""

from __future__ import annotations

from typing import Any

import numpy as np

from validation.consistency.compare import Case, ConsistencyResult
from validation.consistency.ensemble import Ensemble
from validation.consistency.measures import units_of
from validation.consistency.statistics import (
    FAILING_COMPONENTS,
    FAILING_RUNS,
    RESIDUAL_LIMIT,
    RUNS,
)
from validation.provenance import provenance
from validation.words import duration, number

#: Variables that are named in tables, and all that are kept.
NAMED, _KEPT = 3, 20
TITLE = "Ensemble consistency"


def record(result: ConsistencyResult) -> dict[str, Any]:
    """Everything that `results.json` holds."""
    ensemble = result.ensemble
    alarms = ensemble.false_alarms
    low, high = alarms.interval
    return {
        "command": "consistency",
        "passed": result.passed,
        "verdict": verdict(result),
        "remarks": list(result.remarks),
        "comparisons": [_case_record(case) for case in result.cases],
        "ensemble": {
            "file": str(result.request.ensemble),
            "members": ensemble.members,
            "steps": ensemble.settings.steps,
            "perturbation_kelvin": ensemble.settings.amplitude,
            "variables": len(ensemble.projection.labels),
            "varying": int(ensemble.projection.varies.sum()),
            "components": ensemble.components,
            "explained_variance": ensemble.projection.explained,
            "threshold": ensemble.threshold,
            "failing_components": FAILING_COMPONENTS,
            "residual_limit": RESIDUAL_LIMIT,
            "failing_runs": FAILING_RUNS,
            "false_alarms": {
                "alarms": alarms.alarms,
                "trios": alarms.trios,
                "rate": alarms.alarms / alarms.trios,
                "confidence_interval_95": [low, high],
                "rate_of_random_trios": alarms.estimate,
            },
            "fortran_sources": ensemble.sources,
            "compiler": ensemble.compiler,
            "git_commit": ensemble.commit,
        },
        "provenance": {
            **provenance(),
            "formulation": "original",
            "golden": str(result.request.golden),
            "command_line": result.request.command_line(),
            "duration": result.seconds,
        },
    }


def _case_record(case: Case) -> dict[str, Any]:
    found = {
        "model": case.model,
        "precision": case.precision,
        "change": case.change.name,
        "what": case.change.words,
        "planted": case.planted,
        "consistent": case.consistent,
        "passed": case.passed,
        "stopped": case.stopped,
    }
    if case.trio is None:
        return found
    return {
        **found,
        "failing_components": list(case.trio.failing),
        "residuals": case.trio.residuals.tolist(),
        "residual_fails": case.trio.residual_fails,
        "failing_constants": list(case.trio.constants),
        "scores": case.trio.scores.tolist(),
        "most_affected": [
            {"variable": label, "units": units_of(label), "standard_deviations": z}
            for label, z in case.trio.affected(_KEPT)
        ],
    }


def verdict(result: ConsistencyResult) -> str:
    """One or more sentences."""
    sentences = []
    for case in result.tested:
        changed = f", {case.change.words}," if case.change.replacements else ""
        who = f"{case.name}{changed}"
        if case.stopped:
            sentences.append(f"{who} stopped: {case.stopped}")
        elif case.consistent:
            sentences.append(f"{who} has the climate of the reference.")
        else:
            sentences.append(f"{who} has another climate than the reference: {reasons(case)}.")
    if result.planted:
        detected = [case for case in result.planted if case.passed]
        sentences.append(f"{len(detected)} of {len(result.planted)} planted changes were detected.")
        sentences += [
            f"Not detected: {case.change.words} ({case.name})."
            for case in result.planted
            if not case.passed
        ]
    return " ".join(sentences)


def reasons(case: Case) -> str:
    """Why three runs are inconsistent, or how far they are from being it."""
    if case.trio is None:
        return case.stopped
    parts = [f"{len(case.trio.failing)} components of {case.trio.scores.shape[1]} fail"]
    if case.trio.residual_fails:
        parts.append(f"the residual is {residual(case)} s, at most {RESIDUAL_LIMIT:g} is usual")
    if case.trio.constants:
        parts.append(
            f"{', '.join(case.trio.constants[:NAMED])} lies beyond what the ensemble allows"
        )
    if not case.consistent:
        parts.append(f"most affected are {affected(case)}")
    return "; ".join(parts)


def affected(case: Case) -> str:
    """The most affected variables with their distance."""
    if case.trio is None:
        return ""
    return ", ".join(f"{label} {_signed(z)} s" for label, z in case.trio.affected(NAMED))


def _signed(z: float) -> str:
    return ("+" if z > 0 else "-") + number(abs(z), 3)


def state(case: Case) -> str:
    """In one or two words."""
    if case.planted:
        return "detected" if case.passed else "not detected"
    return "consistent" if case.passed else "another climate"


def failing(case: Case) -> str:
    """Failing components of all, as "41 of 63"."""
    if case.trio is None:
        return "stopped"
    return f"{len(case.trio.failing)} of {case.trio.scores.shape[1]}"


def residual(case: Case) -> str:
    """Median over the runs of what the components leave, in standard deviations."""
    return "" if case.trio is None else f"{np.median(case.trio.residuals):.1f}"


def method(ensemble: Ensemble) -> str:
    """What the test does, in sentences."""
    settings, p = ensemble.settings, ensemble.projection
    return (
        f"{RUNS} runs of {settings.steps} steps from the spun-up state of the original, its "
        f"temperature perturbed by {settings.amplitude:g} K, are compared with "
        f"{2 * ensemble.members} of the Fortran reference: global means of {len(p.labels)} fields, "
        f"{int(p.varies.sum())} of which vary more than round-off, on {ensemble.components} "
        f"principal components with {100.0 * p.explained:.0f} % of the variance. A component fails "
        f"beyond {ensemble.threshold:g} s in {FAILING_RUNS} of {RUNS} runs; {FAILING_COMPONENTS} "
        f"failing components are another climate, and so is a residual, what the components leave, "
        f"beyond {RESIDUAL_LIMIT:g} s in {FAILING_RUNS} runs, or a number outside the components "
        "that is not the ensemble's."
    )


def false_alarm_words(ensemble: Ensemble) -> str:
    """How often unchanged code is called inconsistent."""
    return f"False alarms, measured when the ensemble was made: {ensemble.false_alarms.in_words()}."


def summary(result: ConsistencyResult) -> str:
    """The text of `summary.md`."""
    lines = [
        f"# {TITLE}",
        "",
        f"**{'Passed' if result.passed else 'Fell short'}.** {verdict(result)}",
        "",
        f"`{result.request.command_line()}` took {duration(result.seconds)}.",
        "",
        *(text for remark in result.remarks for text in (f"**{remark}**", "")),
        f"{method(result.ensemble)} {false_alarm_words(result.ensemble)}",
        "",
        "| model | change | result | failing components | residual | most affected, in standard "
        "deviations |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {case.name} | {case.change.words} | {_emphasized(case)} | {failing(case)} | "
        f"{residual(case)} | {affected(case)} |"
        for case in result.cases
    ]
    return "\n".join(lines) + "\n"


def _emphasized(case: Case) -> str:
    return state(case) if case.passed else f"**{state(case)}**"
