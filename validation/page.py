"""`index.html` of a columns report: one file that needs nothing else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import jinja2

from validation import words
from validation.columns import ColumnsResult, ProcessResult
from validation.comparison import Comparison
from validation.diagnosis.words import heading, percent, rows_of, sentences
from validation.figures import process_figure
from validation.judgement import CHOICES
from validation.results import (
    conditioned,
    conditioned_in_words,
    failure_in_words,
    first_in_order,
    grouped_failures,
    kind_in_words,
    kind_of,
    kinds,
    verdict,
    worst_of,
)
from validation.templating import template_environment

if TYPE_CHECKING:
    from validation.everything import Part

#: Margins from here on down are shown in the deepest colour.
_DEEPEST = 1e-6
_WORST_ROWS = 5


def page(result: ColumnsResult, record: dict[str, Any]) -> str:
    """The HTML text of a page of its own.

    Args:
        result: what to show.
        record: its `results.json`, for the provenance.
    """
    return (
        _environment()
        .get_template("columns.html.j2")
        .render(
            result=result,
            request=result.request,
            verdict=verdict(result),
            section=columns_section(result),
            provenance=record["provenance"],
        )
    )


def everything_page(parts: Sequence[Part], command_line: str, provenance: dict[str, Any]) -> str:
    """The HTML text of the page above all parts.

    Args:
        parts: see :class:`validation.everything.Part`.
        command_line: that made it.
        provenance: of the page.
    """
    return (
        _environment()
        .get_template("everything.html.j2")
        .render(
            parts=parts,
            passed=all(part.passed for part in parts),
            command_line=command_line,
            provenance=provenance,
        )
    )


def columns_section(result: ColumnsResult) -> str:
    """The HTML of the section alone, from its second-order headings down."""
    columns = kinds(result)
    return (
        _environment()
        .get_template("columns_section.html.j2")
        .render(
            result=result,
            request=result.request,
            kinds=columns,
            legend=[(colour_of(10.0**k), f"1e{k}") for k in range(-6, 1)],
            conditioned=[conditioned_in_words(c) for c in conditioned(result)],
            failed=[failure_in_words(*group) for group in grouped_failures(result.comparisons)],
            first=first_in_order(result),
            processes=[_section(process, columns, result) for process in result.processes],
        )
    )


def _environment() -> jinja2.Environment:
    return template_environment(
        {
            "number": words.number,
            "count": words.count,
            "exact": words.exact_number,
            "margin": words.margin,
            "place": words.place,
            "duration": words.duration,
            "colour": colour,
            "kind": kind_in_words,
            "percent": percent,
        }
    )


def colour(comparison: Comparison | None) -> str:
    """Background of a cell, by the margin."""
    if comparison is None:
        return "#f2f2f2"
    if not comparison.passed:
        return "#e5484d"
    return colour_of(comparison.margin)


def colour_of(margin: float) -> str:
    """From deep green (far within tolerance) to yellow (just within), on a log scale."""
    position = 0.0 if margin <= _DEEPEST else 1.0 - math.log10(margin) / math.log10(_DEEPEST)
    near, far = (255, 221, 102), (120, 190, 150)
    mixed = (round(b + position * (a - b)) for a, b in zip(near, far, strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _section(
    process: ProcessResult, columns: list[tuple[str, str, str]], result: ColumnsResult
) -> dict[str, Any]:
    outputs = [*(variable.name for variable in process.process.outputs), CHOICES]
    by_output = {
        name: [
            worst_of([c for c in process.comparisons if c.output == name and kind_of(c) == kind])
            for kind in columns
        ]
        for name in outputs
    }
    chips = [(name, worst_of([c for c in cells if c])) for name, cells in by_output.items()]
    differing = [c for c in process.comparisons if c.worst is not None and c.measure.max_abs != 0]
    ranked = sorted(differing, key=lambda c: (not c.passed, c.margin), reverse=True)
    return {
        "result": process,
        "process": process.process,
        "overall": worst_of(process.comparisons),
        "chips": chips,
        "rows": by_output,
        "units": {variable.name: variable.units for variable in process.process.outputs},
        "worst": ranked[:_WORST_ROWS],
        "figure": process_figure(process) if process.histograms else "",
        "diagnoses": [
            {
                "heading": heading(diagnosis),
                "sentences": sentences(diagnosis, result.request),
                "rows": [] if diagnosis.smallest is None else rows_of(diagnosis.smallest),
                "gates": diagnosis.gates,
            }
            for diagnosis in process.diagnoses
        ],
        "tolerances": [
            c
            for c in process.comparisons
            if c.output != CHOICES and not c.tolerance_source.startswith("base") and c.tolerance > 0
        ],
    }
