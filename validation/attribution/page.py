"""`index.html` of an attribution: one file that needs nothing else."""

from __future__ import annotations

from typing import Any

from validation import words
from validation.attribution.answers import (
    check_of_the_default,
    extra_diffusion,
    ringing_source,
    small,
    winds,
)
from validation.attribution.compare import AttributionResult
from validation.attribution.contrast import NEAR, label
from validation.attribution.results import speeds, verdict
from validation.attribution.table import COLUMNS, cells, titles
from validation.templating import template_environment


def page(result: AttributionResult, record: dict[str, Any], figure: str) -> str:
    """The HTML text.

    Args:
        result: what to show.
        record: its `results.json`, for the provenance.
        figure: SVG text.
    """
    environment = template_environment({"number": words.number, "label": label})
    tables = [
        (title, [(row, cells(row)) for row in result.rows if row.item.form == form])
        for form, title in titles()
    ]
    answers = [part(result) for part in (winds, ringing_source, extra_diffusion, small)]
    return environment.get_template("attribution.html.j2").render(
        result=result,
        request=result.request,
        verdict=verdict(result),
        answers=[answer for answer in answers if answer],
        check=check_of_the_default(result),
        speeds=speeds(result),
        figure=figure,
        columns=COLUMNS,
        tables=[(title, rows) for title, rows in tables if rows],
        near=NEAR,
        provenance=record["provenance"],
    )
