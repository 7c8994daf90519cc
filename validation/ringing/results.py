"""`results.json` and `summary.md` of a ringing report."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from validation.provenance import provenance
from validation.ringing.compare import RingingResult, grid_in_words
from validation.ringing.fields import FIELDS
from validation.ringing.judgement import ALLOWED, Verdict
from validation.ringing.measure import OROGRAPHY, TRANSIENTS, Measures
from validation.words import duration, number

#: Rows of the tables of what exceeds.
_ROWS = 15
#: Indices of the table that shows all runs.
HEADLINES = (
    *(("precipitation", "annual", index) for index in ("E", "frac", "A_andes", "A_open", "R_sea")),
    ("large_scale_precipitation", "annual", "A_greenland"),
    ("evaporation", "annual", "X_andes"),
    ("evaporation", "annual", "R_sea"),
    ("sensible_heat_flux", "annual", "X_greenland"),
    ("sigma_dot_half_level6", "annual", "E"),
    ("sigma_dot_half_level6", "annual", "A_andes"),
    ("divergence_level6", "annual", "frac"),
    ("divergence_level6", TRANSIENTS, "frac"),
    ("eastward_wind_level7", "annual", "E"),
    ("surface_pressure", "annual", "A_antarctica"),
    (OROGRAPHY, "annual", "negative_sea"),
)


def record(result: RingingResult) -> dict[str, Any]:
    """Everything that `results.json` holds."""
    return {
        "command": "ringing",
        "passed": result.passed,
        "verdict": result.verdict(),
        "failures": [
            *result.failed_tests,
            *(v.in_words() for v in result.verdicts if not v.passed),
        ],
        "remarks": result.remarks,
        "inputs": [
            {**_described(measures), **_judged(verdict)}
            for measures, verdict in zip(result.inputs, result.verdicts, strict=True)
        ],
        "reference": _described(result.reference.measures),
        "flat": None if result.flat is None else _described(result.flat),
        "self_tests": [
            {"grid": grid, **dataclasses.asdict(test), "passed": test.passed}
            for grid, tests in result.tests.items()
            for test in tests
        ],
        "provenance": {
            **provenance(),
            "golden": str(result.request.golden),
            "command_line": result.request.command_line(),
            "duration": result.seconds,
        },
    }


def _described(measures: Measures) -> dict[str, Any]:
    source = measures.source
    return {
        "name": source.name,
        "origin": source.origin,
        "grid": grid_in_words(measures),
        "truncation": source.sphere.truncation,
        "years": measures.years,
        "negative_water": source.negative_water,
        "indices": [
            {"field": field, "season": season, "index": index, **dataclasses.asdict(value)}
            for (field, season, index), value in measures.indices.items()
        ],
    }


def _judged(verdict: Verdict) -> dict[str, Any]:
    return {
        "passed": verdict.passed,
        "verdict": verdict.in_words(),
        "ringing_index": verdict.ringing,
        "judged": len(verdict.judged),
        "above_allowed": verdict.above,
        "exceeding": len(verdict.failing),
        "comparisons": [
            {**dataclasses.asdict(row), "ratio": row.ratio, "allowed": ALLOWED}
            for row in verdict.rows
        ],
    }


def field_in_words(field: str) -> str:
    """As in tables."""
    return FIELDS[field].words if field in FIELDS else field.replace("_", " ")


def headline_rows(result: RingingResult) -> list[tuple[str, list[str]]]:
    """Label and values with errors of the inputs, the reference and the control."""
    rows = []
    for key in HEADLINES:
        cells = []
        for one in result.shown:
            known = result.reference.indices() if one is result.reference.measures else one.indices
            value = known.get(key)
            cells.append("" if value is None else with_error(value.value, value.error))
        if any(cells):
            field, season, index = key
            rows.append((f"{field_in_words(field)}, {season}: {index}", cells))
    return rows


def with_error(value: float, error: float) -> str:
    """As "0.676 ± 0.02"."""
    known = math.isfinite(error) and error > 0.0
    return f"{number(value, 3)} ± {number(error, 1)}" if known else number(value, 3)


def summary(result: RingingResult) -> str:
    """The text of `summary.md`."""
    names = [one.name for one in result.shown]
    lines = [
        "# Ringing",
        "",
        f"**{'Passed' if result.passed else 'Fell short'}.** {result.verdict()}",
        "",
        f"`{result.request.command_line()}` took {duration(result.seconds)}.",
        "",
        f"| index | {' | '.join(names)} |",
        f"|---|{'---|' * len(names)}",
        *(f"| {label} | {' | '.join(cells)} |" for label, cells in headline_rows(result)),
    ]
    for verdict in result.verdicts:
        if verdict.failing:
            lines += [
                "",
                f"## What of {verdict.name} exceeds {ALLOWED:g} x {verdict.reference}",
                "",
                "| field | season | index | found | reference | ratio | probability by chance |",
                "|---|---|---|---|---|---|---|",
                *(
                    f"| {field_in_words(row.field)} | {row.season} | {row.index} "
                    f"| {with_error(row.found, row.error)} | {number(row.expected, 3)} "
                    f"| {row.ratio:.2f} | {number(row.probability)} |"
                    for row in verdict.failing[:_ROWS]
                ),
            ]
            if len(verdict.failing) > _ROWS:
                lines += ["", f"and {len(verdict.failing) - _ROWS} more."]
    tested = sum(len(tests) for tests in result.tests.values())
    lines += [
        "",
        f"Self-test: {tested - len(result.failed_tests)} of {tested} indices rise with a truncated "
        "step and not with smooth fields.",
        "",
        *(f"- {text}" for text in result.remarks),
    ]
    return "\n".join(lines).rstrip() + "\n"
