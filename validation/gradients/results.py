"""`results.json` and `summary.md` of a report on gradients."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from validation.gradients.column_results import InputResult, ProcessGradients, Triple
from validation.gradients.compare import GradientsResult, verdict
from validation.gradients.places import Places
from validation.gradients.request import DEFAULT_SAMPLES
from validation.gradients.rollout_record import rollout_record, rollout_rows, rollout_summary
from validation.gradients.rows import comparison
from validation.gradients.taylor import TaylorSummary
from validation.gradients.thresholds import (
    AGREEING_SHARE,
    DOT_PRODUCT,
    ERROR_BARS,
    MODES,
    PAIR_SHARE,
    TAYLOR_SLOPE,
)
from validation.provenance import provenance
from validation.words import count, duration, number

#: Triples that a summary names per process.
_ROWS = 5


def record(result: GradientsResult) -> dict[str, Any]:
    """Everything that `results.json` holds."""
    request = result.request
    places = Places(request)
    return {
        "command": "gradients",
        "passed": result.passed,
        "verdict": verdict(result),
        "failures": result.all_failures,
        "remarks": list(result.remarks),
        "comparisons": [
            *(row for process in result.processes for row in _of_process(process, places)),
            *(row for rollout in result.rollouts for row in rollout_rows(rollout)),
        ],
        "processes": [_process(process, places) for process in result.processes],
        "rollouts": [rollout_record(rollout) for rollout in result.rollouts],
        "provenance": {
            **provenance(),
            "formulation": "original",
            "dtype": "float64",
            "golden": str(request.golden),
            "samples": request.samples or f"{DEFAULT_SAMPLES} or more",
            "seed": request.seed,
            "command_line": request.command_line(),
            "duration": result.seconds,
        },
    }


def _of_process(process: ProcessGradients, places: Places) -> list[dict[str, Any]]:
    """One comparison per input, and those of the Taylor tests, liveness and the two modes."""
    rows = [_of_input(process, one, places) for one in process.inputs if one.tally.total]
    name, reference = process.process, process.reference
    rows += [
        comparison(
            name, "all", "all", reference, 1.0 - tally.agreeing_share, 1.0 - AGREEING_SHARE,
            tally.agreeing_share >= AGREEING_SHARE, columns=columns,
            what=f"derivative: share of the smooth triples of {words} columns that disagree",
        )
        for words, tally, columns in (
            ("all", process.tally, process.columns.total),
            ("model runs'", process.real, process.columns.real),
        )
        if process.differentiable
    ]  # fmt: skip
    for pair in process.live:
        if not pair.passed:
            rows.append(
                comparison(
                    name, pair.output, pair.input, reference, 1.0, 0.0, False,
                    what="liveness", value=pair.derivative, expected=pair.reference,
                )
            )  # fmt: skip
    for whose, summary in (("jax", process.taylor), (reference, process.taylor_reference)):
        if summary is not None:
            rows.append(
                comparison(
                    name, "all", "all", whose, 1.0 - summary.classified_share,
                    1.0 - AGREEING_SHARE, not summary.unexplained, what="taylor remainder",
                    columns=sum(summary.counts.values()), slopes=summary.slope_range,
                )
            )  # fmt: skip
    if process.modes is not None:
        modes = process.modes
        rows += [
            comparison(
                name, "all", "all", "reverse mode", modes.dot_product, DOT_PRODUCT,
                modes.dot_product <= DOT_PRODUCT, what="dot product", columns=modes.columns,
                worst={"column": modes.dot_product_column},
            ),
            comparison(
                name, "all", "all", "reverse mode", modes.jacobian, MODES,
                modes.jacobian <= MODES, what="jacobian", columns=modes.jacobian_columns,
                worst={"place": modes.jacobian_place},
            ),
        ]  # fmt: skip
    return rows


def _of_input(process: ProcessGradients, one: InputResult, places: Places) -> dict[str, Any]:
    worst = one.worst
    pairs = [pair for pair in process.live if pair.input == one.name]
    return comparison(
        process.process,
        "all" if worst is None else worst.output,
        one.name,
        process.reference,
        max((pair.beyond for pair in pairs), default=0.0),
        PAIR_SHARE,
        input_passed(process, one),
        what="derivative: largest share of the smooth triples of an output that disagree",
        columns=process.columns.total,
        triples=_tally(one),
        max_abs=math.nan if worst is None else abs(worst.jax - worst.difference),
        max_error_bars=math.nan if worst is None else worst.bars,
        allowed_error_bars=ERROR_BARS,
        median_relative_error_bar=one.median_bar,
        worst=None if worst is None else _triple(worst, places),
    )


def input_passed(process: ProcessGradients, one: InputResult) -> bool:
    """Whether every output has the right derivative with respect to this input."""
    return all(pair.passed and pair.right for pair in process.live if pair.input == one.name)


def _tally(one: InputResult) -> dict[str, Any]:
    return {"all": dataclasses.asdict(one.tally), "real": dataclasses.asdict(one.real)}


def _triple(triple: Triple, places: Places) -> dict[str, Any]:
    place = places.of(triple)
    return {
        **dataclasses.asdict(triple),
        "error_bars": triple.bars,
        "file": place.file,
        "column": place.column,
        "date": place.date,
        "level": place.level,
        "gates": place.gates,
        "replay": place.replay,
    }


def _process(process: ProcessGradients, places: Places) -> dict[str, Any]:
    return {
        "process": process.process,
        "passed": process.passed,
        "failures": process.failures,
        "reference": process.reference,
        "columns": dataclasses.asdict(process.columns),
        "triples": dataclasses.asdict(process.tally),
        "real_triples": dataclasses.asdict(process.real),
        "excluded": [dataclasses.asdict(one) for one in process.excluded],
        "inputs": [
            {
                "input": one.name,
                "kind": one.kind,
                "units": one.units,
                "elements": one.elements,
                "gates": None if one.gates is None else dataclasses.asdict(one.gates),
            }
            for one in process.inputs
        ],
        "disagreeing": [_triple(one, places) for one in process.disagreeing],
        "jumps_disagreeing": [_triple(one, places) for one in process.jumps_disagreeing],
        "live": [
            {**dataclasses.asdict(pair), "passed": pair.passed and pair.right}
            for pair in process.live
        ],
        "taylor": _taylor(process.taylor),
        "taylor_reference": _taylor(process.taylor_reference),
        "modes": None if process.modes is None else dataclasses.asdict(process.modes),
        "seconds": process.seconds,
    }


def _taylor(summary: TaylorSummary | None) -> dict[str, Any] | None:
    if summary is None:
        return None
    return {
        "counts": summary.counts,
        "real_counts": summary.real_counts,
        "slopes": summary.slope_range,
        "allowed_slopes": TAYLOR_SLOPE,
        "largest_best_error": float(np.max(summary.best_errors, initial=0.0)),
        "median_best_error": _median(summary.best_errors),
        "reasons": summary.reasons,
        "failed": summary.failed,
    }


def _median(values: np.ndarray) -> float:
    return float(np.median(values)) if len(values) else math.nan


def triple_in_words(triple: Triple) -> str:
    """As "d cloud_cover / d specific_humidity level 5"."""
    above = f"{triple.output} {triple.output_place}".strip()
    return f"d {above} / d {triple.input} {triple.input_place}".rstrip()


def summary(result: GradientsResult) -> str:
    """The text of `summary.md`."""
    places = Places(result.request)
    lines = [
        "# Gradients",
        "",
        f"**{'Passed' if result.passed else 'Fell short'}.** {verdict(result)}",
        "",
        f"`{result.request.command_line()}` took {duration(result.seconds)}.",
        "",
    ]
    if result.processes:
        lines += _process_table(result)
    for rollout in result.rollouts:
        lines += rollout_summary(rollout)
    if result.all_failures:
        lines += ["", "## What fell short", "", *(f"- {text}" for text in result.all_failures)]
    for process in result.processes:
        if process.disagreeing:
            lines += ["", f"## Derivatives of {process.process} beyond the error bars", ""]
            lines += [
                f"- {triple_in_words(one)}, {one.column}: {number(one.jax, 8)}, difference "
                f"{number(one.difference, 8)} ± {number(one.error_bar)}: "
                f"`{places.of(one).replay}`"
                for one in process.disagreeing[:_ROWS]
            ]
    lines += ["", *(f"- {text}" for text in result.remarks)]
    return "\n".join(lines).rstrip() + "\n"


def _process_table(result: GradientsResult) -> list[str]:
    rows: list[tuple[str, Callable[[ProcessGradients], str]]] = [
        ("triples", lambda p: count(p.tally.total)),
        ("smooth", lambda p: count(p.tally.smooth)),
        (f"within {ERROR_BARS:g} bars", lambda p: f"{p.tally.agreeing_share:.4%}"),
        ("of real columns", lambda p: f"{p.real.agreeing_share:.4%}"),
        ("kinks", lambda p: count(p.tally.kink)),
        ("jumps", lambda p: count(p.tally.jump)),
        ("flat", lambda p: count(p.tally.flat)),
        ("unclassified", lambda p: count(p.tally.unclassified)),
        ("Taylor slopes", lambda p: slopes_in_words(p.taylor)),
        ("dot product", lambda p: "" if p.modes is None else number(p.modes.dot_product)),
        ("dead or alive wrongly", lambda p: count(len(p.dead_or_alive))),
    ]
    return [
        f"| process | {' | '.join(name for name, _ in rows)} |",
        f"|---|{'---|' * len(rows)}",
        *(
            f"| {process.process} | {' | '.join(cell(process) for _, cell in rows)} |"
            for process in result.processes
        ),
    ]


def slopes_in_words(summary: TaylorSummary | None) -> str:
    """As "1.99 to 2.01"."""
    if summary is None or not len(summary.slopes):
        return "linear" if summary is not None and summary.counts["linear"] else ""
    lowest, highest = summary.slope_range
    return f"{lowest:.3f} to {highest:.3f}"
