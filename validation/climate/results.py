"""`results.json` and `summary.md` of a climate report."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from validation.climate.compare import ClimateResult, Pair
from validation.climate.judgement import GLOBAL_LIMIT, LARGEST_LIMIT, GlobalComparison
from validation.climate.short import AGREEMENT_LIMIT, MonthComparison
from validation.climate.short import LARGEST_LIMIT as MONTH_LIMIT
from validation.climate.significance import LocalTests
from validation.climate.statistics import FieldComparison
from validation.provenance import provenance
from validation.words import duration, number

#: Rows of tables in the summary.
_WORST = 10
#: Global means at the head of every table.
HEADLINES = (
    *("near_surface_temperature", "precipitation", "evaporation"),
    *("precipitation_minus_evaporation", "toa_net_shortwave", "outgoing_longwave"),
    *("toa_net_energy", "surface_net_energy", "toa_minus_surface_net_energy"),
    *("atmosphere_energy_residual", "surface_pressure", "dry_surface_pressure"),
    *("column_water_vapour", "cloud_cover"),
)


def record(result: ClimateResult) -> dict[str, Any]:
    """Everything that `results.json` holds."""
    request = result.request
    return {
        "command": "climate",
        "passed": result.passed,
        "verdict": result.verdict(),
        "failures": result.failures,
        "remarks": result.remarks,
        "comparisons": [
            *(row for pair in result.pairs for row in _pair_comparisons(pair)),
            *(row for month in result.months for row in _month_comparisons(month)),
        ],
        "pairs": [_pair(pair) for pair in result.pairs],
        "months": [
            {
                "model": month.model,
                "reference": month.reference,
                "judged": month.judged,
                "passed": month.passed,
                "verdict": month.in_words(),
                "differences": [
                    {**dataclasses.asdict(d), "ratio": d.ratio} for d in month.differences
                ],
            }
            for month in result.months
        ],
        "drift": {
            name: [dataclasses.asdict(drift) for drift in drifts]
            for name, drifts in result.drifts.items()
        },
        "runs": [
            {
                "name": outcome.run.name,
                "folder": str(outcome.folder),
                "months": len(outcome.run.months),
                "formulation": {"base": "original", **dict(outcome.run.formulation)},
                "sypd": outcome.sypd,
                "stopped": outcome.stopped,
            }
            for outcome in result.outcomes
        ],
        "provenance": {
            **provenance(),
            "formulation": "original"
            if not request.top_level_only
            else "original, extra diffusion on the top level only",
            "dtype": list(request.precisions),
            "golden": str(request.golden),
            "stored_climate": str(request.stored),
            "command_line": request.command_line(),
            "duration": result.seconds,
        },
    }


def _comparison(
    process: str, output: str, ports: tuple[str, str], found: float, tolerance: float, **more: Any
) -> dict[str, Any]:
    """A row of the list of comparisons that all reports share.

    `measure` is what `tolerance` bounds; a field has no single worst column here.
    """
    implementation, reference = ports
    return {
        "process": process,
        "output": output,
        "implementation": implementation,
        "reference": reference,
        "measure": found,
        "tolerance": tolerance,
        "passed": bool(found <= tolerance),
        **more,
    }


def _pair_comparisons(pair: Pair) -> list[dict[str, Any]]:
    """Ratios of the fields, global means and ringing indices of two climates."""
    ports = (pair.model.name, pair.reference.name)
    rows = [
        _comparison(
            "climate of a season",
            field.label,
            ports,
            math.nan if field.failure else field.ratio,
            LARGEST_LIMIT,
            rms=field.measures.rms,
        )
        for field in pair.fields
        if field.counts or field.failure
    ]
    rows += [
        _comparison(
            "global mean",
            mean.variable if mean.level is None else f"{mean.variable} level {mean.level}",
            ports,
            abs(mean.score),
            GLOBAL_LIMIT,
            value=mean.found.mean,
            expected=mean.expected.mean,
        )
        for mean in pair.means
        if mean.judged
    ]
    return rows


def _month_comparisons(month: MonthComparison) -> list[dict[str, Any]]:
    ports = (month.model, month.reference)
    limit = MONTH_LIMIT if month.against_stored else AGREEMENT_LIMIT
    return [
        _comparison(
            "climate of January",
            d.variable if d.level is None else f"{d.variable} level {d.level}",
            ports,
            math.nan if d.failure else d.ratio,
            limit,
            rms=d.rms,
            max_abs=d.largest,
        )
        for d in month.differences
        if d.failure or math.isfinite(d.ratio)
    ]


def _pair(pair: Pair) -> dict[str, Any]:
    judgement = dataclasses.asdict(pair.judgement)
    return {
        "model": pair.model.name,
        "reference": pair.reference.name,
        "years": [pair.model.years, pair.reference.years],
        "passed": pair.passed,
        "verdict": pair.in_words(),
        "judgement": {**judgement, "distinguishable": not pair.judgement.passed},
        "comparisons": [_field(field) for field in (*pair.fields, *pair.zonal)],
        "local_tests": [
            {
                "variable": test.variable,
                "level": test.level,
                "season": test.season,
                "exceeding": test.exceeding,
                "rejected": test.rejected,
            }
            for test in pair.tests
        ],
        "global_means": [
            {**dataclasses.asdict(mean), "difference": mean.difference, "score": mean.score}
            for mean in pair.means
        ],
        "ringing": [{**dataclasses.asdict(index), "score": index.score} for index in pair.ringing],
        "variant": [{**dataclasses.asdict(row), "passed": row.passed} for row in pair.variant],
    }


def _field(field: FieldComparison) -> dict[str, Any]:
    return {
        "variable": field.variable,
        "level": field.level,
        "season": field.season,
        "kind": field.kind,
        "units": field.units,
        **dataclasses.asdict(field.measures),
        "yardstick": field.yardstick,
        "ratio": field.ratio,
        "own_ratio": field.own_ratio,
        "counts": field.counts,
        "excluded": field.excluded,
        "failure": field.failure,
    }


def worst_fields(pair: Pair, rows: int = _WORST) -> list[FieldComparison]:
    """Fields with the largest ratios."""
    return sorted((f for f in pair.fields if f.counts), key=lambda f: -f.ratio)[:rows]


def headline_means(pair: Pair) -> list[GlobalComparison]:
    """The global means that everybody asks for."""
    found = {mean.variable: mean for mean in pair.means if mean.level is None}
    return [found[name] for name in HEADLINES if name in found]


def rejected_area(tests: Sequence[LocalTests]) -> tuple[float, int]:
    """Mean share of the area that is stippled, and how many fields have any."""
    if not tests:
        return math.nan, 0
    return float(np.mean([t.rejected for t in tests])), sum(t.rejected > 0.0 for t in tests)


def speeds(result: ClimateResult) -> list[str]:
    """As "Fortran: 870 simulated years per day"."""
    return [
        f"{outcome.run.name}: {outcome.sypd:.0f} simulated years per day, with monthly means of "
        "everything"
        if outcome.sypd
        else f"{outcome.run.name}: taken from an earlier run"
        for outcome in result.outcomes
        if not outcome.stopped
    ]


def summary(result: ClimateResult) -> str:
    """The text of `summary.md`."""
    lines = [
        "# Climate",
        "",
        f"**{'Passed' if result.passed else 'Fell short'}.** {result.verdict()}",
        "",
        f"`{result.request.command_line()}` took {duration(result.seconds)}. "
        f"{'; '.join(speeds(result))}.",
    ]
    for pair in result.pairs:
        lines += ["", f"## {pair.model.name} against {pair.reference.name}", ""]
        if pair.fields:
            lines += _ratio_table(pair)
        lines += ["", *_means_table(pair)]
        share, fields = rejected_area(pair.tests)
        if pair.tests:
            lines += [
                "",
                f"Local tests: {fields} of {len(pair.tests)} fields have stippled points, "
                f"{100 * share:.2f} % of the area on average.",
            ]
        if pair.ringing:
            known = [c for c in pair.ringing if math.isfinite(c.score)]
            beyond = sum(c.score > 3.0 for c in known)
            lines += [
                "",
                f"Ringing: {beyond} of {len(known)} indices are off by more than three standard "
                "deviations.",
            ]
        if pair.variant:
            lines += ["", *_variant_table(pair)]
    for month in result.months:
        lines += ["", f"- {month.in_words()}"]
    for name, drifts in result.drifts.items():
        if drifts:
            lines += ["", f"## Drift of {name}", "", "| mean | per year | standard error |"]
            lines += ["|---|---|---|"]
            lines += [
                f"| {d.variable}{'' if d.level is None else f' level {d.level}'} "
                f"| {number(d.trend)} {d.units} | {number(d.standard_error)} |"
                for d in drifts
            ]
    lines += ["", *(f"{text}\n" for text in (*result.failures, *result.remarks))]
    return "\n".join(lines).rstrip() + "\n"


def _ratio_table(pair: Pair) -> list[str]:
    return [
        "Largest ratios of RMS difference to internal variability:",
        "",
        "| field | RMS | bias | correlation | ratio |",
        "|---|---|---|---|---|",
        *(
            f"| {f.label} | {number(f.measures.rms, 3)} {f.units} | {number(f.measures.bias)} "
            f"| {f.measures.correlation:.4f} | {f.ratio:.2f} |"
            for f in worst_fields(pair)
        ),
    ]


def _means_table(pair: Pair) -> list[str]:
    return [
        "| annual global mean | unit | model | reference | standard error | off by |",
        "|---|---|---|---|---|---|",
        *(
            f"| {c.label} | {c.found.units} | {c.found.mean:.6g} | {c.expected.mean:.6g} "
            f"| {number(c.standard_error)} | {c.score:+.1f} |"
            for c in headline_means(pair)
        ),
    ]


def _variant_table(pair: Pair) -> list[str]:
    return [
        "| with the extra diffusion on the top level only | model | original | tolerance "
        "| original unchanged |",
        "|---|---|---|---|---|",
        *(
            f"| {c.quantity}{'' if c.level is None else f' level {c.level}'} | {c.found:.5g} "
            f"| {c.expected:.5g} | {number(c.tolerance)} | {c.unchanged:.5g} |"
            for c in pair.variant
        ),
    ]
