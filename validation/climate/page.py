"""`index.html` of a climate report: one file that needs nothing else."""

from __future__ import annotations

import math
from typing import Any

import jinja2

from validation import words
from validation.climate import judgement, ringing_judgement, short
from validation.climate.compare import ClimateResult, Pair
from validation.climate.diagrams import (
    month_picture,
    portrait,
    series_picture,
    spectra_picture,
    taylor,
)
from validation.climate.maps import map_pictures, section_pictures
from validation.climate.results import (
    headline_means,
    rejected_area,
    speeds,
    worst_fields,
)
from validation.page import colour_of
from validation.templating import template_environment

_ROWS = 25


def page(result: ClimateResult, record: dict[str, Any]) -> str:
    """The HTML text of a page of its own.

    Args:
        result: what to show.
        record: its `results.json`, for the provenance.
    """
    template = _environment().get_template("climate.html.j2")
    return template.render(
        result=result,
        request=result.request,
        verdict=result.verdict(),
        section=climate_section(result),
        provenance=record["provenance"],
    )


def climate_section(result: ClimateResult) -> str:
    """The HTML of the section alone, from its second-order headings down."""
    template = _environment().get_template("climate_section.html.j2")
    return template.render(
        result=result,
        request=result.request,
        pairs=[_pair(pair, result) for pair in result.pairs],
        months=result.months,
        month_picture=month_picture(result.months),
        shared=[
            picture
            for picture in (
                spectra_picture(result.climates, result.stored) if result.climates else None,
                series_picture(result.climates, result.stored),
            )
            if picture is not None
        ],
        speeds=speeds(result),
        limits={
            "median": judgement.MEDIAN_LIMIT,
            "high": judgement.HIGH_RATIO,
            "share": judgement.HIGH_SHARE_LIMIT,
            "largest": judgement.LARGEST_LIMIT,
            "global": judgement.GLOBAL_LIMIT,
            "ringing": ringing_judgement.LIMIT,
            "ringing_share": ringing_judgement.SHARE_BEYOND,
            "ringing_farthest": ringing_judgement.FARTHEST,
            "agreement": short.AGREEMENT_LIMIT,
            "month_median": short.MEDIAN_LIMIT,
            "month_largest": short.LARGEST_LIMIT,
        },
    )


def _environment() -> jinja2.Environment:
    return template_environment(
        {
            "number": words.number,
            "duration": words.duration,
            "digits": _digits,
            "colour": _colour,
            "score": lambda value: "" if math.isnan(value) else f"{value:+.1f}",
        }
    )


def _digits(value: float, digits: int = 6) -> str:
    return "unknown" if math.isnan(value) else f"{value:.{digits}g}"


def _colour(ratio: float) -> str:
    """Background of a ratio: green up to 1, yellow to the limit of the largest, then red."""
    if math.isnan(ratio):
        return "#f2f2f2"
    if ratio > judgement.LARGEST_LIMIT:
        return "#e5484d"
    return colour_of(max(1e-6, min(1.0, ratio / judgement.LARGEST_LIMIT) ** 6))


def _pair(pair: Pair, result: ClimateResult) -> dict[str, Any]:
    sigma = result.stored.yardstick.statistics["sigma"].values
    share, stippled = rejected_area(pair.tests)
    ringing = sorted((c for c in pair.ringing if math.isfinite(c.score)), key=lambda c: -c.score)
    diagrams = [portrait(pair.fields), taylor(pair.fields, pair.reference.name)]
    return {
        "pair": pair,
        "worst": worst_fields(pair, _ROWS),
        "excluded": [f for f in pair.fields if f.excluded and not f.failure],
        "failed": [f for f in pair.fields if f.failure],
        "headlines": headline_means(pair),
        "means": pair.means,
        "stippled_share": share,
        "stippled_fields": stippled,
        "own": pair.own_scale,
        "ringing": ringing[:_ROWS],
        "ringing_number": len(ringing),
        "ringing_beyond": sum(c.score > ringing_judgement.LIMIT for c in ringing),
        "diagrams": [picture for picture in diagrams if picture is not None],
        "maps": map_pictures(pair.model, pair.reference, pair.fields, pair.tests),
        "sections": section_pictures(pair.model, pair.reference, sigma, pair.zonal),
        "drifts": result.drifts.get(pair.model.name, []) if pair.stored else [],
    }
