"""What decides whether something passes, read from the code that decides."""

from __future__ import annotations

import importlib
from typing import Any, NamedTuple


class Threshold(NamedTuple):
    """A number that a report judges by.

    Attributes:
        what: the quantity that must not exceed it, or must reach it.
        where: "module:NAME" or "module:NAME.attribute" of the number.
        reason: why it is that number.
    """

    what: str
    where: str
    reason: str


_CONDITIONING = "validation.conditioning"
_CLIMATE = "validation.climate.judgement"
_GRADIENTS = "validation.gradients.thresholds"

#: By the name of the report.
THRESHOLDS: dict[str, tuple[Threshold, ...]] = {
    "columns": (
        Threshold(
            "field measure of an output, at most",
            "validation.comparison:BASE_TOLERANCE",
            "double precision: independent programs of the same equations reach 1e-14, decimal "
            "constants in double precision only 5e-7; single precision: inputs moved by 6e-8 move "
            "fluxes by up to 7e-6",
        ),
        Threshold(
            "or, if that is more, this multiple of the reference's own response to inputs moved by "
            "one unit in the last place",
            f"{_CONDITIONING}:ALLOWED_MULTIPLE",
            "the response of a few draws is an estimate",
        ),
        Threshold(
            "the same in single precision, columns of model runs",
            f"{_CONDITIONING}:ALLOWED_MULTIPLE_REAL_SINGLE",
            "rounding the input does that by itself",
        ),
        Threshold(
            "whatever the response, never more than",
            f"{_CONDITIONING}:CEILING",
            "a reference that moves further has not been understood",
        ),
        Threshold(
            "share of the columns that may lie on a gate and be left out",
            "validation.judgement:GATE_SHARE",
            "more would hide a branch that is decided wrongly",
        ),
        Threshold(
            "the same in single precision, drawn and made columns",
            "validation.judgement:GATE_SHARE_SYNTHETIC_SINGLE",
            "many are put on a gate on purpose",
        ),
    ),
    "gates": (
        Threshold(
            "drawn columns that must take every gate, of 10 000 or more",
            "validation.columns:GATE_COLUMNS",
            "a branch that no column takes was not compared",
        ),
    ),
    "dynamics": (
        Threshold(
            "operators, single steps: field measure, at most",
            "validation.dynamics.check:SINGLE",
            "sums over 24 latitudes or 96 longitudes, each rounded",
        ),
        Threshold(
            "36 steps without physics, at most",
            "validation.dynamics.check:DAY_WITHOUT_PHYSICS",
            "the errors of the steps add up at the worst",
        ),
        Threshold(
            "temperature at σ = 0.51 along a trajectory, double precision, rms [K], at most",
            "validation.dynamics.trajectories:TRAJECTORY_RMS.value",
            "two programs with other rounding alone stay within 1e-11 K for 60 days",
        ),
        Threshold(
            "every field along a trajectory, double precision, at most",
            "validation.dynamics.trajectories:TRAJECTORY_FIELD.value",
            "wide: only a field that is wrong falls short of it",
        ),
        Threshold(
            "two models side by side: multiple of the original with other rounding",
            "validation.dynamics.predictability:ROUNDING_MULTIPLE",
            "single realisations differ by an order of magnitude",
        ),
        Threshold(
            "single precision: multiple of the original with constants off by 1e-7",
            "validation.dynamics.curves:SINGLE_PRECISION.value",
            "curves that have flipped a branch differ from each other by up to 2.7",
        ),
    ),
    "climate": (
        Threshold(
            "median over all fields of (RMS difference / internal variability), at most",
            f"{_CLIMATE}:MEDIAN_LIMIT",
            "members of the original have 0.93 to 1.12 among themselves",
        ),
        Threshold(
            "a field counts as high above this ratio",
            f"{_CLIMATE}:HIGH_RATIO",
            "clearly more than two samples of one climate differ",
        ),
        Threshold(
            "share of high fields, at most",
            f"{_CLIMATE}:HIGH_SHARE_LIMIT",
            "members of the original have up to 22 % among themselves",
        ),
        Threshold(
            "largest ratio of any field, at most",
            f"{_CLIMATE}:LARGEST_LIMIT",
            "members of the original reach 1.35 to 2.43",
        ),
        Threshold(
            "a global mean: standard errors, at most",
            f"{_CLIMATE}:GLOBAL_LIMIT",
            "37 means are judged, 0.1 of them are beyond by chance",
        ),
        Threshold(
            "another core: ratio of the fields that should match, at most",
            f"{_CLIMATE}:MATCHED_LIMIT",
            "other numerics are another realisation of the model, not the same one",
        ),
        Threshold(
            "share of ringing indices that may be off, at most",
            "validation.climate.ringing_judgement:SHARE_BEYOND",
            "their standard deviations come from twelve blocks",
        ),
        Threshold(
            "maps: share of false discoveries",
            "validation.climate.significance:FALSE_DISCOVERY_RATE",
            "Wilks (2016): twice the level for fields that are correlated in space",
        ),
        Threshold(
            "two models, the first month in double precision, at most",
            "validation.climate.short:AGREEMENT_LIMIT",
            "in units of the scatter of Januaries",
        ),
    ),
    "gradients": (
        Threshold(
            "distance of a derivative from the difference, in error bars",
            f"{_GRADIENTS}:ERROR_BARS",
            "the bar is an estimate of the error, not a bound",
        ),
        Threshold(
            "share of smooth triples that agree, at least",
            f"{_GRADIENTS}:AGREEING_SHARE",
            "the rest of millions may be an estimate that was too small",
        ),
        Threshold(
            "slope of the second Taylor remainder, between",
            f"{_GRADIENTS}:TAYLOR_SLOPE",
            "2 for a right derivative, 1 for a wrong one",
        ),
        Threshold(
            "share of columns of model runs with an explained Taylor curve, at least",
            f"{_GRADIENTS}:CLASSIFIED_SHARE",
            "the others must have a kink that is found without the derivative",
        ),
        Threshold(
            "⟨Jv, w⟩ against ⟨v, Jᵀw⟩, at most",
            f"{_GRADIENTS}:DOT_PRODUCT",
            "what is left is the rounding of both modes",
        ),
        Threshold(
            "whole model: best difference over a sweep of steps, at most",
            "validation.gradients.rollout_results:DIFFERENCE_TOLERANCE",
            "the best difference, where rounding and curvature meet, is a few digits better",
        ),
    ),
    "ringing": (
        Threshold(
            "index / index of the reference, beyond its uncertainty, at most",
            "validation.ringing.judgement:ALLOWED",
            "the original rings, too: what counts is a tenth more than it does",
        ),
        Threshold(
            "share of false discoveries among all indices",
            "validation.ringing.judgement:FALSE_DISCOVERIES",
            "hundreds of indices are tested at once",
        ),
    ),
}


def value_of(threshold: Threshold) -> Any:
    """The number that is in effect.

    Raises:
        AttributeError: if the code has no such number.
    """
    module, _, path = threshold.where.partition(":")
    value: Any = importlib.import_module(module)
    for name in path.split("."):
        value = getattr(value, name)
    return value


def threshold_table(report: str) -> str:
    """All thresholds of a report in a Markdown table.

    Raises:
        KeyError: if there is no such report.
    """
    rows = [
        f"| {one.what} | {_in_words(value_of(one))} | {one.reason} | "
        f"`{one.where.partition(':')[2]}` in `{_file(one)}` |"
        for one in THRESHOLDS[report]
    ]
    header = ["| What | Number | Why | In the code |", "| --- | --- | --- | --- |"]
    return "\n".join([*header, *rows])


def _file(threshold: Threshold) -> str:
    return threshold.where.partition(":")[0].removeprefix("validation.").replace(".", "/") + ".py"


def _in_words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{number:g} ({name})" for name, number in value.items())
    if isinstance(value, tuple):
        return " to ".join(f"{number:g}" for number in value)
    return f"{value:g}"
