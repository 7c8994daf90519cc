"""`results.json` and `summary.md` of a columns report."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from validation.columns import ColumnsResult, ProcessResult
from validation.comparison import Comparison
from validation.diagnosis.words import first_process, heading, sentences
from validation.judgement import CHOICES
from validation.provenance import provenance
from validation.words import REFERENCE_WORDS, count, duration, margin, number, place

Kind = tuple[str, str, str]


def record(result: ColumnsResult) -> dict[str, Any]:
    """Everything that `results.json` holds."""
    request = result.request
    return {
        "command": "columns",
        "passed": result.passed,
        "failures": result.failures,
        "remarks": result.remarks,
        "comparisons": [comparison.as_record() for comparison in result.comparisons],
        "gates": [
            {**dataclasses.asdict(gate), "passed": gate.passed}
            for process in result.processes
            for gate in process.gates
        ],
        "diagnosis": [diagnosis.as_record() for diagnosis in result.diagnoses],
        "provenance": {
            **provenance(),
            "formulation": "original",
            "dtype": sorted({c.precision for c in result.comparisons}),
            "conditioned_by": result.conditioned_by,
            "golden": str(request.golden),
            "samples": request.samples,
            "seed": request.seed,
            "command_line": request.command_line(),
            "duration": result.seconds,
        },
    }


def write_json(record: dict[str, Any], path: Path) -> None:
    """Write `record`; what JSON has no number for becomes null (NaN) or a string (infinity)."""
    path.write_text(json.dumps(_plain(record), indent=1, allow_nan=False) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return value


def kinds(result: ColumnsResult) -> list[Kind]:
    """(implementation, precision, reference) of all comparisons, in the order made."""
    return list(dict.fromkeys(kind_of(c) for c in result.comparisons))


def kind_of(comparison: Comparison) -> Kind:
    """(implementation, precision, reference)."""
    return comparison.implementation, comparison.precision, comparison.reference


def kind_in_words(kind: Kind) -> str:
    """As "jax float64 against golden numbers"."""
    implementation, precision, reference = kind
    return f"{implementation} {precision} against {REFERENCE_WORDS[reference]}"


def worst_of(comparisons: list[Comparison]) -> Comparison | None:
    """The comparison with the largest margin; failures come first, then fields before integers."""
    return max(
        comparisons,
        key=lambda c: (not c.passed, c.margin, c.tolerance > 0),
        default=None,
    )


def gate_flips(comparisons: list[Comparison]) -> int:
    """Columns left out because they lie on a gate."""
    return sum(c.on_a_gate for c in comparisons if c.output == CHOICES)


def verdict(result: ColumnsResult) -> str:
    """One or two sentences."""
    made = len(result.comparisons)
    short = sum(not c.passed for c in result.comparisons)
    untaken = sum(not g.passed for p in result.processes for g in p.gates)
    names = len(result.processes)
    if result.passed:
        processes = f"{names} processes" if names > 1 else result.processes[0].process.name
        return (
            f"All {count(made)} comparisons of {processes} are within tolerance, and every gate "
            "was taken."
        )
    parts = []
    if short:
        parts.append(f"{count(short)} of {count(made)} comparisons fell short")
    if untaken:
        parts.append(f"{untaken} gates were taken by too few columns")
    sentence = "; ".join(parts)
    return " ".join(
        [f"{sentence[0].upper()}{sentence[1:]}." if sentence else "", *result.failures]
    ).strip()


def summary(result: ColumnsResult) -> str:
    """The text of `summary.md`."""
    request = result.request
    columns = kinds(result)
    lines = [
        "# Column processes",
        "",
        f"**{'Passed' if result.passed else 'Fell short'}.** {verdict(result)}",
        "",
        f"`{request.command_line()}` took {duration(result.seconds)}; {count(request.samples)} "
        f"drawn columns per process, seed {request.seed}. Tolerances by the response of "
        f"{result.conditioned_by}.",
        "",
        "Worst margin (field measure / tolerance; up to 1 passes) per process:",
        "",
        "| process | " + " | ".join(kind_in_words(kind) for kind in columns) + " | gates |",
        "|---|" + "---|" * (len(columns) + 1),
    ]
    for process in result.processes:
        cells = [_cell(process, kind) for kind in columns]
        taken = sum(gate.passed for gate in process.gates)
        lines.append(
            f"| {process.process.name} | {' | '.join(cells)} "
            f"| {taken} of {len(process.gates)} taken |"
        )
    failed = grouped_failures(result.comparisons)
    if failed:
        lines += ["", "## What fell short", ""]
        lines += [f"- {failure_in_words(*group)}" for group in failed]
    lines += diagnosis_in_markdown(result)
    beyond = conditioned(result)
    if beyond:
        lines += ["", "## Above the base tolerance, within the reference's own response", ""]
        lines += [f"- {conditioned_in_words(c)}" for c in beyond]
    untaken = [g for p in result.processes for g in p.gates if not g.passed]
    if untaken:
        lines += ["", "## Gates taken by too few columns", ""]
        lines += [
            f"- {g.process}, {g.gate} ({g.meaning}): {g.golden} golden, {g.samples} drawn, "
            f"at least {g.needed} needed"
            for g in untaken
        ]
    lines += ["", *(f"{text}\n" for text in (*result.failures, *result.remarks))]
    return "\n".join(lines).rstrip() + "\n"


def diagnosis_in_markdown(result: ColumnsResult) -> list[str]:
    """Lines about why ports differ; none if none does."""
    if not result.diagnoses:
        return []
    lines = ["", "## Diagnosis", ""]
    lines += [f"- {line}" for line in first_in_order(result)]
    for diagnosis in result.diagnoses:
        lines += ["", f"### {heading(diagnosis)}", ""]
        lines += [f"- {line}" for line in sentences(diagnosis, result.request)]
    return lines


def first_in_order(result: ColumnsResult) -> list[str]:
    """For every port that fails in one of several processes, which of them comes first."""
    return first_process(result.diagnoses, [p.process.name for p in result.processes])


def _cell(process: ProcessResult, kind: Kind) -> str:
    comparisons = [c for c in process.comparisons if kind_of(c) == kind]
    worst = worst_of(comparisons)
    if worst is None:
        return "not compared"
    text = f"{margin(worst)} ({worst.output})"
    flips = gate_flips(comparisons)
    text += f", {flips} on a gate" if flips else ""
    return text if worst.passed else f"**{text}**"


def conditioned(result: ColumnsResult) -> list[Comparison]:
    """What passes only through conditioning, farthest beyond the base tolerance first."""
    return sorted(
        (c for c in result.comparisons if c.conditioned),
        key=lambda c: -c.measure.max_rel_to_field_max,
    )


def conditioned_in_words(comparison: Comparison) -> str:
    """One line about a comparison that passes only through conditioning."""
    c = comparison
    return (
        f"{c.process}, {c.output}, {kind_in_words(kind_of(c))}, {c.source} ({c.subset} columns): "
        f"{number(c.measure.max_rel_to_field_max)} of the field maximum; inputs moved by 1 ULP of "
        f"{c.precision} move the reference by {number(c.response)}"
    )


def grouped_failures(comparisons: list[Comparison]) -> list[tuple[Comparison, list[str]]]:
    """What fell short; outputs that could not be compared for one and the same reason together.

    Returns:
        The first comparison of each group, and the names of its outputs.
    """
    groups: dict[tuple[str, ...], tuple[Comparison, list[str]]] = {}
    for c in comparisons:
        if c.passed:
            continue
        key = (c.process, *kind_of(c), c.source, c.measure.reason)
        own = () if c.measure.reason else (c.output, c.subset)
        outputs = groups.setdefault((*key, *own), (c, []))[1]
        if c.output not in outputs:
            outputs.append(c.output)
    return list(groups.values())


def names_in_words(outputs: list[str]) -> str:
    """As "a, b and 7 more"."""
    shown = ", ".join(outputs[:2])
    return shown if len(outputs) <= 2 else f"{shown} and {len(outputs) - 2} more"


def failure_in_words(comparison: Comparison, outputs: list[str]) -> str:
    """One line about a group of comparisons that fell short; see :func:`grouped_failures`."""
    c, measure = comparison, comparison.measure
    head = (
        f"{c.process}, {names_in_words(outputs)}, {kind_in_words(kind_of(c))}, "
        f"{c.source} ({c.subset} columns): "
    )
    if measure.reason:
        text = f"{head}{measure.reason}"
    elif c.output == CHOICES:
        text = (
            f"{head}the port chooses otherwise in {count(measure.differing)} of "
            f"{count(measure.columns)} columns; {c.on_a_gate} columns lie on a gate"
        )
    else:
        text = (
            f"{head}{number(measure.max_rel_to_field_max)} of the field maximum, tolerance "
            f"{number(c.tolerance)}; {count(measure.differing)} of {count(measure.columns)} "
            "columns differ"
        )
    if c.worst is not None:
        text += f"; worst at {place(c.worst)}: `{c.worst.replay}`"
    return text
