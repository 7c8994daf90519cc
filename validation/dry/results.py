"""`results.json` and `summary.md` of a report on dry test cases, and its words."""

from __future__ import annotations

import math
from typing import Any

from validation.dry.compare import DryResult
from validation.dry.criteria import Criterion
from validation.dry.request import CASES
from validation.provenance import provenance
from validation.words import duration

#: What the cases are called in headings.
TITLES = {"held-suarez": "Held-Suarez climate", "baroclinic-wave": "Baroclinic wave"}


def record(result: DryResult) -> dict[str, Any]:
    """Everything that `results.json` holds."""
    request = result.request
    return {
        "command": "dry",
        "passed": result.passed,
        "verdict": verdict(result),
        "failures": result.failures,
        "criteria": [criterion.as_record() for criterion in result.criteria],
        "minimum_surface_pressure_hpa": {
            wave.name: [float(value) for value in wave.minimum_pressure] for wave in result.waves
        },
        "provenance": {
            **provenance(),
            "core": request.core,
            "dtype": "float32",
            "held_suarez_days": f"{request.days} after {request.spinup} of spin-up",
            "command_line": request.command_line(),
            "duration": result.seconds,
        },
    }


def of_case(result: DryResult, case: str) -> list[Criterion]:
    """The criteria of a case."""
    return [criterion for criterion in result.criteria if criterion.case == case]


def verdict(result: DryResult) -> str:
    """One or two sentences."""
    judged = [criterion for criterion in result.criteria if criterion.judged]
    short = [criterion for criterion in judged if not criterion.passed]
    if result.passed:
        return f"All {len(judged)} criteria are met."
    parts = [f"{len(short)} of {len(judged)} criteria fell short."] if short else []
    return " ".join([*parts, *result.failures])


def limits(criterion: Criterion) -> str:
    """As "26 to 34", "at most 0" or "not judged"."""
    low, high = criterion.low, criterion.high
    if not criterion.judged:
        return "not judged"
    if math.isfinite(low) and math.isfinite(high):
        return f"{low:g} to {high:g}"
    return f"at most {high:g}" if math.isfinite(high) else f"at least {low:g}"


def measured(criterion: Criterion) -> str:
    """The number with its unit."""
    if math.isnan(criterion.measured):
        return "none"
    unit = "" if criterion.units == "1" else f" {criterion.units}"
    return f"{criterion.measured:.4g}{unit}"


def state(criterion: Criterion) -> str:
    """One word or two."""
    if not criterion.judged:
        return "not judged"
    return "met" if criterion.passed else "fell short"


def failure_in_words(criterion: Criterion) -> str:
    """One line about a criterion that fell short."""
    return (
        f"{TITLES[criterion.case]}, {criterion.run}, {criterion.name}: {measured(criterion)}, "
        f"expected {limits(criterion)} ({criterion.source})"
    )


def shortfalls(result: DryResult) -> list[str]:
    """One line for each criterion that fell short."""
    return [failure_in_words(criterion) for criterion in result.criteria if not criterion.passed]


def summary(result: DryResult) -> str:
    """The text of `summary.md`."""
    request = result.request
    lines = [
        "# Dry test cases",
        "",
        f"**{'Passed' if result.passed else 'Fell short'}.** {verdict(result)}",
        "",
        f"`{request.command_line()}` took {duration(result.seconds)}. Core {request.core}, "
        f"{request.levels} levels, single precision.",
    ]
    for case in CASES:
        criteria = of_case(result, case)
        if not criteria:
            continue
        lines += ["", f"## {TITLES[case]}", ""]
        if case == CASES[0]:
            lines += [f"Means of {request.days} days after {request.spinup} of spin-up.", ""]
        lines += ["| run | measured | value | accepted | | source |", "|---|---|---|---|---|---|"]
        lines += [
            f"| {c.run} | {c.name} | {measured(c)} | {limits(c)} | {_emphasized(c)} | {c.source} |"
            for c in criteria
        ]
    return "\n".join(lines) + "\n"


def _emphasized(criterion: Criterion) -> str:
    return state(criterion) if criterion.passed else f"**{state(criterion)}**"
