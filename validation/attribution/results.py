"""`results.json`, `summary.md` and the Markdown page with the table."""

from __future__ import annotations

import dataclasses
from typing import Any

from validation.attribution.answers import check_of_the_default, paragraph
from validation.attribution.compare import AttributionResult, Row
from validation.attribution.contrast import NEAR, Contrast, label
from validation.attribution.table import DIFFERENCES, NUMBERS, legend, markdown_table, titles
from validation.provenance import provenance
from validation.words import duration, number

FIGURE = "attribution.svg"


def verdict(result: AttributionResult) -> str:
    """In words."""
    finished = sum(not row.failure for row in result.rows)
    text = f"{finished} of {len(result.rows)} runs have a climate that was compared."
    return " ".join([text, *result.failures, check_of_the_default(result).text])


def record(result: AttributionResult) -> dict[str, Any]:
    """Everything that `results.json` holds."""
    request = result.request
    check = check_of_the_default(result)
    return {
        "command": "attribution",
        "passed": result.passed,
        "verdict": verdict(result),
        "answers": paragraph(result),
        "default_within_limit_or_cause_named": {**dataclasses.asdict(check), "limit": NEAR},
        "failures": result.failures,
        "remarks": result.remarks,
        "comparisons": [
            {
                "process": "attribution",
                "output": row.item.name,
                "implementation": row.item.name,
                "reference": row.item.parent or "",
                "measure": row.to_parent.median if row.to_parent else None,
                "tolerance": None,
                "passed": not row.failure,
            }
            for row in result.rows
        ],
        "runs": [_row(row) for row in result.rows],
        "zonal_wind_shares": result.wind_shares,
        "causes": [
            {
                "field": label(cause.field),
                "ratio": cause.ratio,
                "step": cause.step,
                "step_ratio": cause.step_ratio,
                "named": cause.named,
                "shares": cause.shares,
                "reduced_by": cause.reduced_by,
            }
            for cause in result.causes
        ],
        "provenance": {
            **provenance(),
            "golden": str(request.golden),
            "years": request.years,
            "spinup_months": request.spinup_months,
            "command_line": request.command_line(),
            "duration": result.seconds,
        },
    }


def _row(row: Row) -> dict[str, Any]:
    item = row.item
    return {
        "name": item.name,
        "change": item.change,
        "detail": item.detail,
        "topic": item.topic,
        "form": item.form,
        "parent": item.parent,
        "model": item.model,
        "precision": item.precision,
        "core": item.core,
        "formulation": {"base": "original", **dict(item.formulation)},
        "options": dict(item.options),
        "folder": str(row.folder),
        "sypd": row.sypd,
        "failure": row.failure,
        "to_parent": _contrast(row.to_parent),
        "to_fortran": _contrast(row.to_fortran),
        "ringing": None
        if row.ringing is None
        else {**dataclasses.asdict(row.ringing), "largest": row.ringing.largest},
        "numbers": {name: dataclasses.asdict(value) for name, value in row.numbers.items()},
    }


def _contrast(found: Contrast | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "reference": found.reference,
        "fields": len(found.ratios),
        "median": found.median,
        "share_above_limit": found.far,
        "largest": found.largest,
        "zonal_wind_rms": found.wind_rms,
        "zonal_wind_ratio": found.wind_ratio,
        "different_constants": {label(k): rms for k, rms in found.different_constants.items()},
        "targets_above_limit": {label(key): ratio for key, ratio in found.exceeding().items()},
        "ratios": {label(key): ratio for key, ratio in found.ratios.items()},
    }


def speeds(result: AttributionResult) -> str:
    """As "fortran 870, dinosaur 1500 simulated years per day"."""
    known = [f"{row.item.name} {row.sypd:.0f}" for row in result.rows if row.sypd]
    if not known:
        return "All runs were taken from earlier ones."
    return f"Simulated years per day on one core, with monthly means: {', '.join(known)}."


def summary(result: AttributionResult) -> str:
    """The text of `summary.md`."""
    state = "Complete" if result.passed else "Incomplete"
    lines = [
        "# Attribution",
        "",
        f"**{state}.** {verdict(result)}",
        "",
        paragraph(result),
        "",
        f"`{result.request.command_line()}` took {duration(result.seconds)}. {speeds(result)}",
        "",
        *(f"{text}\n" for text in result.remarks),
    ]
    return "\n".join(lines).rstrip() + "\n"


def markdown_page(result: AttributionResult) -> str:
    """Figure, table and paragraph as a page of the documentation."""
    request = result.request
    years = "one year" if request.years == 1 else f"{request.years} years"
    lines = [
        "# Which change makes which difference",
        "",
        f"Made by `{request.command_line()}`.",
        "",
        f"Every run changes one thing. Climates are means over {years} after "
        f"{request.spinup_months} months from rest, 1 January 1982; differences are in units of "
        "what two samples of the original of this length differ by (about 1: no difference).",
        "",
        paragraph(result),
        "",
        check_of_the_default(result).text,
        "",
        *(f"{text}\n" for text in (*result.failures, *result.remarks)),
        f"![What every change does to climate, ringing and zonal wind]({FIGURE})",
    ]
    for form, title in titles():
        differences = markdown_table(result, form, DIFFERENCES)
        if differences:
            numbers = markdown_table(result, form, NUMBERS)
            lines += ["", f"## {title}", "", *differences, "", *numbers]
    lines += ["", f"Columns: {legend()}"]
    if result.causes:
        lines += ["", f"## Fields of the Dinosaur default beyond {NEAR:g}", "", *_causes(result)]
    return "\n".join(lines).rstrip() + "\n"


def _causes(result: AttributionResult) -> list[str]:
    lines = [
        "| field | ratio | comes with | share | step by itself | nearest single change | left |",
        "|---|---|---|---|---|---|---|",
    ]
    for cause in result.causes:
        reduced = " | " if cause.reduced_by is None else "{} | {:.2f}".format(*cause.reduced_by)
        lines.append(
            f"| {label(cause.field)} | {cause.ratio:.2f} "
            f"| {cause.step if cause.named else 'no single step'} "
            f"| {100 * cause.shares[cause.step]:.0f} % | {number(cause.step_ratio)} "
            f"| {reduced} |"
        )
    return lines
