"""`index.html` of a dynamics report: one file that needs nothing else."""

from __future__ import annotations

from typing import Any

import jinja2

from validation import words
from validation.dynamics import results
from validation.dynamics.check import DAY_WITHOUT_PHYSICS, SINGLE
from validation.dynamics.compare import DynamicsResult
from validation.dynamics.comparison import FieldComparison
from validation.dynamics.curves import FLIP_DAY, SINGLE_PRECISION
from validation.dynamics.figures import predictability_figure
from validation.dynamics.trajectories import TRAJECTORY_FIELD, TRAJECTORY_RMS
from validation.page import colour_of
from validation.templating import template_environment


def page(result: DynamicsResult, record: dict[str, Any]) -> str:
    """The HTML text of a page of its own.

    Args:
        result: what to show.
        record: its `results.json`, for the provenance.
    """
    template = _environment().get_template("dynamics.html.j2")
    return template.render(
        **_variables(result), section=dynamics_section(result), provenance=record["provenance"]
    )


def dynamics_section(result: DynamicsResult) -> str:
    """The HTML of the section alone, from its second-order headings down."""
    return _environment().get_template("dynamics_section.html.j2").render(**_variables(result))


def _environment() -> jinja2.Environment:
    return template_environment(
        {
            "number": words.number,
            "count": words.count,
            "duration": words.duration,
            "margin": results.margin,
            "measured": results.measured,
            "place": results.place_in_words,
            "colour": colour,
        }
    )


def colour(comparison: FieldComparison | None) -> str:
    """Background of a cell, by the margin."""
    if comparison is None or (comparison.passed and not results.judged(comparison)):
        return "#f2f2f2"
    if not comparison.passed:
        return "#e5484d"
    return colour_of(max(comparison.margin, 1e-300))


def _variables(result: DynamicsResult) -> dict[str, Any]:
    columns = results.kinds(result)
    return {
        "result": result,
        "request": result.request,
        "verdict": results.verdict(result),
        "kinds": columns,
        "legend": [(colour_of(10.0**k), f"1e{k}") for k in range(-6, 1)],
        "failed": [
            results.group_in_words(*group) for group in results.grouped_failures(result.comparisons)
        ],
        "processes": [
            _process(result, name, text, columns) for name, text in result.processes.items()
        ],
        "figure": predictability_figure(result),
        "divergences": [results.divergence_in_words(result, d) for d in result.divergences],
        "trajectory": _trajectory(result, columns),
        "limits": {
            "single": SINGLE,
            "day": DAY_WITHOUT_PHYSICS,
            "rms": TRAJECTORY_RMS.value,
            "field": TRAJECTORY_FIELD.value,
            "multiple": SINGLE_PRECISION.value,
            "flip_day": FLIP_DAY,
        },
    }


def _process(
    result: DynamicsResult, name: str, summary: str, columns: list[results.Kind]
) -> dict[str, Any]:
    own = [c for c in result.comparisons if c.process == name]
    outputs = list(dict.fromkeys(c.output for c in own))
    rows = {
        output: [
            results.worst_of([c for c in own if c.output == output and results.kind_of(c) == kind])
            for kind in columns
        ]
        for output in outputs
    }
    return {
        "name": name,
        "summary": summary,
        "rows": rows,
        "units": {c.output: c.units for c in own},
        "overall": [
            results.worst_of([c for c in own if results.kind_of(c) == kind]) for kind in columns
        ],
    }


def _trajectory(result: DynamicsResult, columns: list[results.Kind]) -> list[dict[str, Any]]:
    """Temperature differences at the stored steps of the golden trajectories, a row per step."""
    rows: dict[tuple[str, int], dict[results.Kind, FieldComparison]] = {}
    for c in result.comparisons:
        if c.how == "rms" and c.reference == "golden" and c.step is not None:
            rows.setdefault((c.process, c.step), {})[results.kind_of(c)] = c
    return [
        {"process": process, "step": step, "cells": [cells.get(kind) for kind in columns]}
        for (process, step), cells in rows.items()
    ]
