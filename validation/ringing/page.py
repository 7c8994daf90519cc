"""`index.html` of a ringing report: one file that needs nothing else."""

from __future__ import annotations

import math
from typing import Any

from validation import words
from validation.ringing.compare import RingingResult, grid_in_words
from validation.ringing.judgement import ALLOWED, FALSE_DISCOVERIES
from validation.ringing.pictures import ratio_picture, spectra_picture, stripe_pictures
from validation.ringing.results import field_in_words, headline_rows, with_error
from validation.ringing.selftest import LARGEST_RISE, LEAST_RISE
from validation.templating import template_environment


def page(result: RingingResult, record: dict[str, Any]) -> str:
    """The HTML text.

    Args:
        result: what to show.
        record: its `results.json`, for the provenance.
    """
    environment = template_environment(
        {
            "number": words.number,
            "field": field_in_words,
            "ratio": lambda value: "" if math.isnan(value) else f"{value:.2f}",
            "measured": lambda index: with_error(index.value, index.error),
        }
    )
    ratios = [ratio_picture(verdict) for verdict in result.verdicts]
    return environment.get_template("ringing.html.j2").render(
        result=result,
        shown=[(one, grid_in_words(one)) for one in result.shown],
        headlines=headline_rows(result),
        stripes=stripe_pictures(result),
        spectra=spectra_picture(result),
        ratios=[picture for picture in ratios if picture is not None],
        everything=_all_indices(result),
        limits={
            "allowed": ALLOWED,
            "false": FALSE_DISCOVERIES,
            "rise": LEAST_RISE,
            "smooth": LARGEST_RISE,
        },
        provenance=record["provenance"],
    )


def _all_indices(result: RingingResult) -> list[tuple[str, list[tuple[str, str, list[str]]]]]:
    """By field: season, index, and the values with errors of everything that is shown."""
    tables = [
        result.reference.indices() if one is result.reference.measures else one.indices
        for one in result.shown
    ]
    keys = dict.fromkeys(key for one in result.inputs for key in one.indices)
    fields = list(dict.fromkeys(field for field, _, _ in keys))
    return [
        (
            field,
            [
                (
                    season,
                    index,
                    [
                        with_error(table[key].value, table[key].error) if key in table else ""
                        for table in tables
                    ],
                )
                for key in keys
                for name, season, index in (key,)
                if name == field
            ],
        )
        for field in fields
    ]
