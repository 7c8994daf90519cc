"""`index.html` of a report on dry test cases: one file that needs nothing else."""

from __future__ import annotations

from typing import Any

import jinja2

from validation import words
from validation.dry import results
from validation.dry.compare import DryResult
from validation.dry.figures import climate_figure, wave_figure
from validation.dry.request import CASES, HELD_SUAREZ, WAVE
from validation.templating import template_environment


def page(result: DryResult, record: dict[str, Any]) -> str:
    """The HTML text of a page of its own.

    Args:
        result: what to show.
        record: its `results.json`, for the provenance.
    """
    template = _environment().get_template("dry.html.j2")
    return template.render(
        **_variables(result), section=dry_section(result), provenance=record["provenance"]
    )


def dry_section(result: DryResult) -> str:
    """The HTML of the section alone, from its second-order headings down."""
    return _environment().get_template("dry_section.html.j2").render(**_variables(result))


def _environment() -> jinja2.Environment:
    return template_environment(
        {
            "duration": words.duration,
            "limits": results.limits,
            "measured": results.measured,
            "state": results.state,
        }
    )


def _variables(result: DryResult) -> dict[str, Any]:
    figures = {
        HELD_SUAREZ: [(run.name, climate_figure(run)) for run in result.climates],
        WAVE: [(" and ".join(run.name for run in result.waves), wave_figure(result.waves))]
        if result.waves
        else [],
    }
    return {
        "result": result,
        "request": result.request,
        "verdict": results.verdict(result),
        "shortfalls": results.shortfalls(result),
        "cases": [
            {
                "name": case,
                "title": results.TITLES[case],
                "criteria": results.of_case(result, case),
                "figures": figures[case],
            }
            for case in CASES
            if results.of_case(result, case)
        ],
    }
