"""`index.html` of a report on gradients: one file that needs nothing else."""

from __future__ import annotations

import math
from typing import Any

import jinja2

from validation import words
from validation.gradients.column_pictures import (
    CLASS_COLOURS,
    jacobian_picture,
    kinks_picture,
    liveness_picture,
    taylor_picture,
)
from validation.gradients.column_results import InputResult, ProcessGradients
from validation.gradients.compare import GradientsResult, reference_in_words, verdict
from validation.gradients.differences import LARGEST_STEP
from validation.gradients.places import Places
from validation.gradients.results import (
    input_passed,
    slopes_in_words,
    triple_in_words,
)
from validation.gradients.rollout_pictures import rollout_pictures
from validation.gradients.rollout_record import state, worst_variable
from validation.gradients.rollout_results import (
    ADJOINT_TOLERANCE,
    DIFFERENCE_TOLERANCE,
    ERROR_THRESHOLDS,
    RolloutResult,
)
from validation.gradients.thresholds import (
    AGREEING_SHARE,
    DOT_PRODUCT,
    ERROR_BARS,
    PAIR_SHARE,
    TAYLOR_SLOPE,
)
from validation.page import colour_of
from validation.templating import template_environment

_FAILED, _SOME, _NOTHING = "#e5484d", "#f4a259", "#f2f2f2"
_TRIPLES, _DEAD, _JACOBIANS = 8, 20, 1


def page(result: GradientsResult, record: dict[str, Any]) -> str:
    """The HTML text of a page of its own.

    Args:
        result: what to show.
        record: its `results.json`, for the provenance.
    """
    return (
        _environment()
        .get_template("gradients.html.j2")
        .render(
            result=result,
            verdict=verdict(result),
            section=gradients_section(result),
            provenance=record["provenance"],
        )
    )


def gradients_section(result: GradientsResult) -> str:
    """The HTML of the section alone, from its second-order headings down."""
    places = Places(result.request)
    return (
        _environment()
        .get_template("gradients_section.html.j2")
        .render(
            result=result,
            request=result.request,
            reference=reference_in_words(result),
            headlines=_headlines(result),
            legend=[(colour_of(10.0**k), f"1e{k}") for k in range(-6, 1, 2)],
            colours={"failed": _FAILED, "some": _SOME, "nothing": _NOTHING, **CLASS_COLOURS},
            processes=[_process(process, places) for process in result.processes],
            rollouts=[_rollout(rollout) for rollout in result.rollouts],
            limits={
                "bars": ERROR_BARS,
                "share": AGREEING_SHARE,
                "pair": PAIR_SHARE,
                "slopes": TAYLOR_SLOPE,
                "dot_product": DOT_PRODUCT,
                "difference": DIFFERENCE_TOLERANCE,
                "adjoint": ADJOINT_TOLERANCE,
                "largest_step": result.request.step or LARGEST_STEP,
                "thresholds": ERROR_THRESHOLDS,
            },
        )
    )


def _environment() -> jinja2.Environment:
    return template_environment(
        {
            "number": words.number,
            "count": words.count,
            "exact": words.exact_number,
            "duration": words.duration,
            "percent": lambda share: "none" if math.isnan(share) else f"{100 * share:.3f} %",
            "slopes": slopes_in_words,
            "triple": triple_in_words,
            "state": state,
            "worst_variable": worst_variable,
        }
    )


def _headlines(result: GradientsResult) -> list[tuple[str, str, str]]:
    """What was checked, what was found, what was expected."""
    rows = []
    checked = [process for process in result.processes if process.differentiable]
    if checked:
        tally, real = result.tally, result.real
        modes = [process.modes for process in checked if process.modes is not None]
        ranges = [p.taylor.slope_range for p in checked if p.taylor and len(p.taylor.slopes)]
        wrong = sum(len(process.dead_or_alive) for process in checked)
        pairs = sum(len(process.live) for process in checked)
        rows += [
            (
                f"smooth triples within {ERROR_BARS:g} error bars of the difference",
                f"{words.count(tally.smooth_agreeing)} of {words.count(tally.smooth)} "
                f"({tally.agreeing_share:.4%}); of columns of model runs "
                f"{words.count(real.smooth_agreeing)} of {words.count(real.smooth)} "
                f"({real.agreeing_share:.4%})",
                f"at least {AGREEING_SHARE:.1%}",
            ),
            (
                "points that are not smooth",
                f"{words.count(tally.kink)} kinks, {words.count(tally.jump)} jumps, "
                f"{words.count(tally.flat)} flat, {words.count(tally.unclassified)} unclassified "
                f"of {words.count(tally.total)}",
                "counted, not judged",
            ),
            (
                "inputs dead in one and alive in the other",
                f"{wrong} of {words.count(pairs)} pairs of an input and an output",
                "none",
            ),
        ]
        if ranges:
            lowest, highest = min(low for low, _ in ranges), max(high for _, high in ranges)
            rows.append(
                (
                    "Taylor slopes of the second order",
                    f"{lowest:.4f} to {highest:.4f}",
                    f"{TAYLOR_SLOPE[0]} to {TAYLOR_SLOPE[1]}",
                )
            )
        if modes:
            rows.append(
                (
                    "forward against reverse mode, dot product",
                    words.number(max(one.dot_product for one in modes)),
                    f"at most {DOT_PRODUCT:g}",
                )
            )
    for rollout in result.rollouts:
        rows += _rollout_headlines(rollout)
    return rows


def _rollout_headlines(rollout: RolloutResult) -> list[tuple[str, str, str]]:
    rows = []
    longest = max((one.steps for one in rollout.directions), default=0)
    last = [one for one in rollout.directions if one.steps == longest]
    if last:
        worst = max(last, key=lambda one: one.jax.best.error)
        rows.append(
            (
                f"core {rollout.core}, {longest} steps: derivative against differences",
                f"{words.number(worst.jax.best.error)} (worst of {len(last)} directions: "
                f"{worst.direction})",
                f"at most {DIFFERENCE_TOLERANCE:g}",
            )
        )
    if rollout.adjoints:
        worst_adjoint = max(rollout.adjoints, key=lambda one: one.error)
        rows.append(
            (
                f"core {rollout.core}, up to {max(a.steps for a in rollout.adjoints)} steps: "
                "forward against reverse mode",
                words.number(worst_adjoint.error),
                f"at most {ADJOINT_TOLERANCE:g}",
            )
        )
    return rows


def _process(process: ProcessGradients, places: Places) -> dict[str, Any]:
    curves: dict[str, Any] = {} if process.taylor is None else process.taylor.curves
    name = process.process
    pictures = [
        taylor_picture(f"{name}: Taylor remainders", curves, ", a column each"),
        kinks_picture(process),
        liveness_picture(process),
        *(jacobian_picture(name, jacobian) for jacobian in process.jacobians[:_JACOBIANS]),
    ]
    return {
        "result": process,
        "inputs": [_input(process, one, places) for one in process.inputs],
        "pictures": [picture for picture in pictures if picture is not None],
        "disagreeing": [(one, places.of(one)) for one in process.disagreeing[:_TRIPLES]],
        "jumps": [(one, places.of(one)) for one in process.jumps_disagreeing[:_TRIPLES]],
        "wrong": [*process.dead_or_alive, *process.wrong][:_DEAD],
    }


def _input(process: ProcessGradients, one: InputResult, places: Places) -> dict[str, Any]:
    return {
        "result": one,
        "short": one.name.removeprefix("parameters."),
        "passed": input_passed(process, one),
        "colour": _colour(process, one),
        "place": None if one.worst is None else places.of(one.worst),
    }


def _colour(process: ProcessGradients, one: InputResult) -> str:
    if not input_passed(process, one):
        return _FAILED
    if one.worst is None:
        return _NOTHING
    margin = one.worst.bars / ERROR_BARS
    return _SOME if margin > 1.0 else colour_of(margin)


def _rollout(rollout: RolloutResult) -> dict[str, Any]:
    liveness = sorted(rollout.liveness, key=lambda one: (one.passed, -one.error))
    return {
        "result": rollout,
        "pictures": rollout_pictures(rollout),
        "liveness": liveness,
        "alive": sum(one.passed for one in liveness),
        "exceeded": [
            (size, [rollout.lead_times.exceeded(size, limit) for limit in ERROR_THRESHOLDS])
            for size in rollout.lead_times.sizes
        ],
    }
