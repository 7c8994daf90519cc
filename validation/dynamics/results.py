"""`results.json` and `summary.md` of a dynamics report, and what both and the page say in words."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from validation.dynamics.compare import DynamicsResult
from validation.dynamics.comparison import BITS, RMS, FieldComparison, Place
from validation.dynamics.predictability import ROUNDING_MULTIPLE, Divergence, multiple_of_rounding
from validation.dynamics.rms import MIDDLE_LEVEL
from validation.dynamics.runs import BranchDifference
from validation.provenance import provenance
from validation.words import count, duration, number

Kind = tuple[str, str]


def record(result: DynamicsResult) -> dict[str, Any]:
    """Everything that `results.json` holds."""
    return {
        "command": "dynamics",
        "passed": result.passed,
        "verdict": verdict(result),
        "failures": result.failures,
        "remarks": result.remarks,
        "comparisons": [comparison.as_record() for comparison in result.comparisons],
        "divergences": [_divergence_record(result, d) for d in result.divergences],
        "provenance": {
            **provenance(),
            "formulation": "original",
            "dtype": sorted({c.precision for c in result.comparisons}),
            "golden": str(result.request.golden),
            "days": result.request.days,
            "command_line": result.request.command_line(),
            "duration": result.seconds,
        },
    }


def _divergence_record(result: DynamicsResult, divergence: Divergence) -> dict[str, Any]:
    branch = divergence.first_branch
    return {
        "start": divergence.start,
        "implementation": divergence.implementation,
        "precision": divergence.precision,
        "reference": divergence.reference,
        "error": divergence.error,
        "step": [int(step) for step in divergence.step],
        f"temperature_rms_level_{MIDDLE_LEVEL}": _middle(divergence.temperature),
        f"eastward_wind_rms_level_{MIDDLE_LEVEL}": _middle(divergence.eastward_wind),
        "multiple_of_rounding_only": multiple_of_rounding(divergence, result.curves),
        "steps_with_branches_compared": divergence.branch_steps,
        "first_branch_that_differs": None if branch is None else dataclasses.asdict(branch),
    }


def _middle(values: Any) -> list[float]:
    return [float(value) for value in values[:, MIDDLE_LEVEL]] if values.size else []


def kinds(result: DynamicsResult) -> list[Kind]:
    """(implementation, precision) of all comparisons, in the order made."""
    return list(dict.fromkeys(kind_of(c) for c in result.comparisons))


def kind_of(comparison: FieldComparison) -> Kind:
    """(implementation, precision)."""
    return comparison.implementation, comparison.precision


def judged(comparison: FieldComparison) -> bool:
    """Whether the comparison can fall short by its number."""
    return math.isfinite(comparison.tolerance) or bool(comparison.measure.reason)


def worst_of(comparisons: list[FieldComparison]) -> FieldComparison | None:
    """The comparison with the largest margin; failures come first."""
    return max(comparisons, key=lambda c: (not c.passed, judged(c), c.margin), default=None)


def margin(comparison: FieldComparison, digits: int = 2) -> str:
    """Measured / tolerance, or a word."""
    if comparison.measure.reason:
        return "failed"
    if not judged(comparison):
        return "not judged"
    if comparison.tolerance == 0:
        return "exact" if comparison.passed else "differs"
    return number(comparison.margin, digits)


def measured(comparison: FieldComparison) -> str:
    """The number with what it is, as "3.1e-15 of the field maximum"."""
    c = comparison
    if c.how == BITS:
        return f"{count(c.measure.differing)} of {count(c.measure.values)} numbers differ"
    if c.how == RMS:
        unit = "" if c.units == "1" else f" {c.units}"
        return f"{number(c.measured)}{unit}{' times the original' if c.units == '1' else ''}"
    return f"{number(c.measured)} of the field maximum"


def place_in_words(place: Place) -> str:
    """As "level 3, m 4, n 0, imaginary part" or with degrees."""
    words = [f"{name.replace('_', ' ')} {index}" for name, index in place.index.items()]
    if place.part:
        words.append(f"{place.part} part")
    if math.isfinite(place.latitude):
        side = "N" if place.latitude >= 0 else "S"
        words.append(f"{abs(place.latitude):.1f} {side}")
    if math.isfinite(place.longitude):
        words.append(f"{place.longitude:.1f} E")
    return ", ".join(words) or "the only value"


def title(comparison: FieldComparison) -> str:
    """As "cold_start, temperature at step 36, jax float64 against golden"."""
    c = comparison
    at = "" if c.step is None else f" at step {c.step}"
    return f"{c.process}, {c.output}{at}, {c.implementation} {c.precision} against {c.reference}"


def failure_in_words(comparison: FieldComparison) -> str:
    """One line about a comparison that fell short."""
    c, measure = comparison, comparison.measure
    if measure.reason:
        text = f"{title(c)}: {measure.reason}"
    else:
        text = f"{title(c)}: {measured(c)}, tolerance {number(c.tolerance)} ({c.tolerance_source})"
    if measure.worst is not None:
        worst = measure.worst
        text += f"; worst at {place_in_words(worst)}: {worst.value!r}, expected {worst.expected!r}"
    return text


def grouped_failures(
    comparisons: list[FieldComparison],
) -> list[tuple[FieldComparison, list[str]]]:
    """What fell short; fields that could not be compared for one and the same reason together."""
    groups: dict[tuple[str, ...], tuple[FieldComparison, list[str]]] = {}
    for c in comparisons:
        if c.passed:
            continue
        key = (c.process, *kind_of(c), c.measure.reason)
        own = () if c.measure.reason else (c.output, str(c.step), c.reference)
        outputs = groups.setdefault((*key, *own), (c, []))[1]
        if c.output not in outputs:
            outputs.append(c.output)
    return list(groups.values())


def group_in_words(comparison: FieldComparison, outputs: list[str]) -> str:
    """One line about a group of :func:`grouped_failures`."""
    text = failure_in_words(comparison)
    more = len(outputs) - 1
    return text if more == 0 else f"{text} (and so {more} more fields)"


def branch_in_words(branch: BranchDifference) -> str:
    """The first choice in which two models differ."""
    side = "N" if branch.latitude >= 0 else "S"
    others = branch.columns - 1
    return (
        f"step {branch.step} ({branch.date}), {branch.process}, column "
        f"{abs(branch.latitude):.2f} {side} {branch.longitude:.2f} E: {branch.branch} is "
        f"{branch.value} in {branch.implementation} {branch.precision} and {branch.expected} in "
        f"{branch.reference}" + (f"; {others} more columns differ" if others else "")
    )


def divergence_in_words(result: DynamicsResult, divergence: Divergence) -> str:
    """What came out of one pair of runs."""
    head = f"{divergence.label} from {divergence.start}: "
    if not divergence.step.size:
        return f"{head}{divergence.error or 'no step was compared'}."
    rms = divergence.temperature[:, MIDDLE_LEVEL]
    text = (
        f"{head}temperature rms at sigma 0.51 at most {number(float(rms.max()))} K over "
        f"{divergence.day[-1]:g} days"
    )
    multiple = multiple_of_rounding(divergence, result.curves)
    if divergence.precision == "float64" and math.isfinite(multiple):
        text += (
            f", {number(multiple)} times the original's own response to other rounding "
            f"(the specification allows {ROUNDING_MULTIPLE:g})"
        )
    if divergence.first_branch is not None:
        text += f". First branch that differs: {branch_in_words(divergence.first_branch)}"
    elif divergence.branch_steps:
        text += f". Every branch is the same in all {count(divergence.branch_steps)} steps"
    return f"{text}{'. ' + divergence.error if divergence.error else ''}."


def verdict(result: DynamicsResult) -> str:
    """One or two sentences."""
    made = [c for c in result.comparisons if judged(c)]
    short = [c for c in made if not c.passed]
    if result.passed:
        return f"All {count(len(made))} comparisons are within tolerance."
    parts = []
    if short:
        parts.append(f"{count(len(short))} of {count(len(made))} comparisons fell short.")
    return " ".join([*parts, *result.failures])


def summary(result: DynamicsResult) -> str:
    """The text of `summary.md`."""
    columns = kinds(result)
    lines = [
        "# Dynamics",
        "",
        f"**{'Passed' if result.passed else 'Fell short'}.** {verdict(result)}",
        "",
        f"`{result.request.command_line()}` took {duration(result.seconds)}.",
        "",
        "Worst margin (measured / tolerance; up to 1 passes) per comparison:",
        "",
        "| comparison | " + " | ".join(" ".join(kind) for kind in columns) + " |",
        "|---|" + "---|" * len(columns),
    ]
    for process in result.processes:
        cells = [_cell(result, process, kind) for kind in columns]
        lines.append(f"| {process} | {' | '.join(cells)} |")
    failed = grouped_failures(result.comparisons)
    if failed:
        lines += ["", "## What fell short", ""]
        lines += [f"- {group_in_words(*group)}" for group in failed]
    if result.divergences:
        lines += ["", "## Predictability", ""]
        lines += [f"- {divergence_in_words(result, d)}" for d in result.divergences]
    lines += ["", *(f"{text}\n" for text in (*result.failures, *result.remarks))]
    return "\n".join(lines).rstrip() + "\n"


def _cell(result: DynamicsResult, process: str, kind: Kind) -> str:
    own = [c for c in result.comparisons if c.process == process and kind_of(c) == kind]
    worst = worst_of(own)
    if worst is None:
        return "not compared"
    text = f"{margin(worst)} ({worst.output}: {measured(worst)})"
    if worst.measure.reason:
        text = f"failed ({worst.output})"
    return text if worst.passed else f"**{text}**"
