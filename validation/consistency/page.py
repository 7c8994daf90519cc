"""`index.html` of a consistency report: one file that needs nothing else."""

from __future__ import annotations

from typing import Any

import jinja2

from validation import words
from validation.consistency import results
from validation.consistency.compare import ConsistencyResult
from validation.consistency.figure import scores_figure
from validation.templating import template_environment


def page(result: ConsistencyResult, record: dict[str, Any]) -> str:
    """The HTML text of a page of its own.

    Args:
        result: what to show.
        record: its `results.json`, for the provenance.
    """
    template = _environment().get_template("consistency.html.j2")
    return template.render(
        result=result,
        request=result.request,
        title=results.TITLE,
        verdict=results.verdict(result),
        section=consistency_section(result),
        provenance=record["provenance"],
    )


def consistency_section(result: ConsistencyResult) -> str:
    """The HTML of the section alone, from its second-order headings down."""
    template = _environment().get_template("consistency_section.html.j2")
    return template.render(
        result=result,
        method=results.method(result.ensemble),
        false_alarms=results.false_alarm_words(result.ensemble),
        figure=scores_figure(result),
    )


def _environment() -> jinja2.Environment:
    return template_environment(
        {
            "duration": words.duration,
            "state": results.state,
            "failing": results.failing,
            "residual": results.residual,
            "affected": results.affected,
        }
    )
