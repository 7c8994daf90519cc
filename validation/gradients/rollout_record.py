"""What `results.json` and `summary.md` say about rollouts."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from validation.gradients.rollout_results import (
    ADJOINT_TOLERANCE,
    ERROR_THRESHOLDS,
    LIVENESS_TOLERANCE,
    Agreement,
    LivenessResult,
    RolloutResult,
)
from validation.gradients.rows import comparison
from validation.gradients.thresholds import TAYLOR_SLOPE
from validation.words import number


def rollout_rows(rollout: RolloutResult) -> list[dict[str, Any]]:
    """One comparison per direction, model and length, per adjoint, per number or field."""
    name = f"rollout, core {rollout.core}"
    rows = []
    for direction in rollout.directions:
        for agreement in (direction.jax, direction.fortran):
            if agreement is not None:
                rows.append(
                    comparison(
                        name, f"state after {direction.steps} steps", direction.direction,
                        agreement.model, agreement.best.error, agreement.allowed,
                        agreement.passed, what="tangent against central differences",
                        state=state(agreement),
                        steps=direction.steps, step=agreement.best.step,
                        error_bar=agreement.error_bar,
                        worst=worst_variable(agreement.by_variable),
                    )
                )  # fmt: skip
    rows += [
        comparison(
            name, f"state after {one.steps} steps", "everything", "reverse mode", one.error,
            ADJOINT_TOLERANCE, one.passed, what="dot product", steps=one.steps,
            value=one.reverse, expected=one.forward,
        )
        for one in rollout.adjoints
    ]  # fmt: skip
    rows += [
        comparison(
            name, f"state after {one.steps} steps", one.direction, "jax", one.taylor.slope_two,
            TAYLOR_SLOPE[0], one.taylor.passed, what="taylor remainder: slope, at least",
            steps=one.steps, kind=one.taylor.kind,
        )
        for one in rollout.directions
        if one.taylor is not None
    ]  # fmt: skip
    rows += [
        comparison(
            name, f"state after {one.steps} steps", one.name,
            "jax" if one.fortran is None else "jax and fortran",
            _liveness_error(one), LIVENESS_TOLERANCE + one.rounding,
            one.passed, what="liveness: relative error", kink=one.kink, steps=one.steps,
            value=one.derivative, expected=one.difference, expected_fortran=one.fortran,
            adjoint_error=one.adjoint_error, gate_flips=one.gate_flips,
        )
        for one in rollout.liveness
    ]  # fmt: skip
    return rows


def rollout_record(rollout: RolloutResult) -> dict[str, Any]:
    """Everything else about a core."""
    lead = rollout.lead_times
    return {
        "core": rollout.core,
        "resolution": rollout.resolution,
        "start": rollout.start,
        "passed": rollout.passed,
        "failures": list(rollout.failures),
        "directions": [
            {
                "direction": one.direction,
                "steps": one.steps,
                "sensitivity": one.sensitivity,
                "jax": dataclasses.asdict(one.jax),
                "fortran": None if one.fortran is None else dataclasses.asdict(one.fortran),
                "taylor_slope": None if one.taylor is None else one.taylor.slope_two,
                "taylor_best_error": None if one.taylor is None else one.taylor.best_error,
            }
            for one in rollout.directions
        ],
        "lead_times": {
            **dataclasses.asdict(lead),
            "exceeded_hours": {
                f"{size:g}": {
                    f"{limit:g}": lead.exceeded(size, limit) for limit in ERROR_THRESHOLDS
                }
                for size in lead.sizes
            },
        },
        "seconds": rollout.seconds,
    }


def rollout_summary(rollout: RolloutResult) -> list[str]:
    """Lines of Markdown."""
    return [
        "",
        f"## Core {rollout.core}, {rollout.resolution}, from {rollout.start}",
        "",
        "| steps | direction | error against JAX differences | against the Fortran model | "
        "Taylor slope |",
        "|---|---|---|---|---|",
        *(
            f"| {one.steps} | {one.direction} | {_error(one.jax)} | "
            f"{'' if one.fortran is None else _error(one.fortran)} | "
            f"{'' if one.taylor is None else number(one.taylor.slope_two, 4)} |"
            for one in rollout.directions
        ),
        "",
        *(
            f"- {one.steps} steps: forward and reverse mode differ by {number(one.error)}."
            for one in rollout.adjoints
        ),
        f"- {sum(one.passed for one in rollout.liveness)} of {len(rollout.liveness)} numbers and "
        "fields are live in derivative and differences alike or in neither.",
    ]


def _error(agreement: Agreement) -> str:
    found = state(agreement)
    text = f"{number(agreement.best.error)} (allowed {number(agreement.allowed)})"
    if found == "agrees":
        return text
    return f"{text}, {found}" if agreement.passed else f"**{text}**"


def state(agreement: Agreement) -> str:
    """In a word: "agrees", "kink", "undecided" or "differs"."""
    if agreement.best.error <= agreement.allowed:
        return "agrees"
    if agreement.kink is not None:
        return "kink"
    return "undecided" if agreement.undecided is not None else "differs"


def _liveness_error(one: LivenessResult) -> float:
    """Relative error; on a kink that of the nearest mixture of both sides."""
    errors = [min(one.error, one.side_error)]
    if one.fortran_error is not None and one.fortran_side_error is not None:
        errors.append(min(one.fortran_error, one.fortran_side_error))
    return max(errors)


def worst_variable(errors: Mapping[str, float]) -> dict[str, Any] | None:
    """The variable with the largest error."""
    if not errors:
        return None
    name = max(errors, key=lambda one: errors[one])
    return {"variable": name, "error": errors[name]}
