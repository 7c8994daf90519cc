"""What a port may make of a right result: signs, factors, levels, units, rounding.

A rendering changes an output that is otherwise right. Factors and offsets are measured.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

import numpy as np

from reference.formulas import (
    FULL_LEVEL_SIGMA,
    GRAVITY,
    LATENT_HEAT,
    SIGMA_THICKNESS,
    SPECIFIC_HEAT,
)
from reference.process import Process, Variable
from reference.variables import NO_LEVEL
from validation.diagnosis.misreadings import (
    half_levels,
    reverse,
    reverse_index,
    shifted,
)
from validation.diagnosis.units import KNOWN_UNITS, other_units
from validation.porting.layout import is_level_index
from validation.words import number

#: Values below this share of the largest say nothing about a factor.
_TELLING = 1e-3
#: A measured number is a known one if it is as close.
_AS_KNOWN = 1e-4
#: A ratio that is 1 to so much is a constant rounded to single precision.
_SINGLE_ROUNDING = 2.0**-23
_KNOWN_FACTORS = {
    "gravity": GRAVITY,
    "standard gravity": 9.80665,
    "specific heat": SPECIFIC_HEAT,
    "specific heat 1005": 1005.0,
    "latent heat in J g-1": LATENT_HEAT,
    "latent heat in J kg-1": 1e3 * LATENT_HEAT,
    "latent heat / specific heat": LATENT_HEAT / SPECIFIC_HEAT,
    "gravity / specific heat": GRAVITY / SPECIFIC_HEAT,
    "gravity / reference pressure": GRAVITY / 1e5,
    "reference pressure": 1e5,
    "seconds of a day": 86400.0,
    "seconds of an hour": 3600.0,
    "seconds of a time step": 2400.0,
    "seconds of two time steps": 4800.0,
    "g in a kg": 1000.0,
    "pi": np.pi,
    "degrees of a radian": 180.0 / np.pi,
    "a half or double": 2.0,
}
_PROFILES = {
    "thickness of the level": SIGMA_THICKNESS,
    "sigma of the level": FULL_LEVEL_SIGMA,
    "sigma squared": FULL_LEVEL_SIGMA**2,
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rendering:
    """An output as a port may give it.

    Attributes:
        kind: one of the usual culprits, a phrase.
        phrase: follows "gives NAME": "with the opposite sign".
        values: `(column, *inner dimensions)`.
        skipped: index of a level to which it does not apply, None if to all.
        remedy: what a port file could say; empty if nothing.
    """

    kind: str
    phrase: str
    values: np.ndarray
    skipped: int | None = None
    remedy: str = ""


def renderings(
    process: Process,
    variable: Variable,
    base: Mapping[str, np.ndarray],
    inputs: Mapping[str, np.ndarray],
    found: np.ndarray,
    wrong: np.ndarray,
) -> Iterator[Rendering]:
    """Everything that is tried on one output, the simplest first.

    Args:
        process: the declaration.
        variable: of the output.
        base: right outputs, `(column, ...)`.
        inputs: likewise.
        found: what the port gives.
        wrong: where it is wrong, `(column,)`; what is measured is measured there.
    """
    right = base[variable.name]
    if is_level_index(variable):
        yield from _indices(variable, right)
        return
    yield Rendering(
        kind="sign",
        phrase="with the opposite sign",
        values=-right,
        remedy=f"[outputs.{variable.name}] scale = -1.0",
    )
    for dimension in variable.dimensions:
        remedy = f'[outputs.{variable.name}] levels = "bottom_up"' if dimension == "level" else ""
        yield Rendering(
            kind=f"{dimension}s reversed",
            phrase=f"with its {dimension.replace('_', ' ')}s in reverse order",
            values=reverse(variable, dimension)(right),
            remedy=remedy,
        )
    yield from _others(process, variable, base)
    if variable.integer:
        return
    yield from _conversions(variable, right)
    yield from _levels(variable, right)
    yield from _roundings(right)
    yield from _measured(process, variable, right, inputs, found, wrong)


def _indices(variable: Variable, right: np.ndarray) -> Iterator[Rendering]:
    none, name = right == NO_LEVEL, variable.name
    shift, no_level = "off-by-one level", "another number for no level"
    for kind, phrase, values, remedy in (
        (shift, "counted from 1", right + 1, "first_level = 1"),
        (
            shift,
            f"counted from 1, but for no level, which is {NO_LEVEL}",
            np.where(none, NO_LEVEL, right + 1),
            f"first_level = 1, none = {NO_LEVEL}",
        ),
        (
            shift,
            "counted from 1, no level being 0",
            np.where(none, 0, right + 1),
            "first_level = 1, none = 0",
        ),
        (no_level, "with 0 for no level", np.where(none, 0, right), "none = 0"),
        (no_level, "with -1 for no level", np.where(none, -1, right), "none = -1"),
        (shift, "one level too high", right - 1, "first_level = -1"),
        (shift, "one level too high, but for no level", right - ~none, ""),
    ):
        yield Rendering(
            kind=kind,
            phrase=phrase,
            values=values,
            remedy=f"[outputs.{name}] {remedy}" if remedy else "",
        )
    yield Rendering(
        kind="levels reversed",
        phrase="counted from the other end",
        values=reverse_index(right),
        remedy=f'[outputs.{name}] levels = "bottom_up"',
    )


def _others(
    process: Process, variable: Variable, base: Mapping[str, np.ndarray]
) -> Iterator[Rendering]:
    for other in process.outputs:
        alike = (other.units, other.dimensions) == (variable.units, variable.dimensions)
        if alike and other.name in base and other.name != variable.name:
            yield Rendering(
                kind="outputs exchanged",
                phrase=f"with the values of {other.name}",
                values=base[other.name],
            )


def _conversions(variable: Variable, right: np.ndarray) -> Iterator[Rendering]:
    for unit, factor, offset in other_units(variable):
        yield Rendering(
            kind=f"{unit} for {variable.units}",
            phrase=f"in {unit} instead of {variable.units}",
            values=(right - offset) / factor,
            remedy=f'[outputs.{variable.name}] units = "{unit}"' if unit in KNOWN_UNITS else "",
        )


def _levels(variable: Variable, right: np.ndarray) -> Iterator[Rendering]:
    if "level" not in variable.dimensions:
        return
    axis = 1 + variable.dimensions.index("level")
    for steps, side in ((1, "above"), (-1, "below")):
        yield Rendering(
            kind="off-by-one level",
            phrase=f"that belongs to the level {side}",
            values=shifted(right, axis, steps, "edge"),
            skipped=0 if steps > 0 else NO_LEVEL - 1,
        )
        for weighted in (False, True):
            yield Rendering(
                kind="half levels for full levels",
                phrase=f"at the half levels {side}",
                values=half_levels(variable, side, weighted)(right),
                skipped=0 if steps > 0 else NO_LEVEL - 1,
            )


def _roundings(right: np.ndarray) -> Iterator[Rendering]:
    with np.errstate(over="ignore"):
        yield Rendering(
            kind="float32",
            phrase="rounded to single precision",
            values=right.astype(np.float32).astype(float),
        )


def _measured(
    process: Process,
    variable: Variable,
    right: np.ndarray,
    inputs: Mapping[str, np.ndarray],
    found: np.ndarray,
    wrong: np.ndarray,
) -> Iterator[Rendering]:
    ratio = _ratios(right, found, wrong)
    if np.isfinite(ratio).any():
        factor = float(np.nanmedian(ratio))
        yield Rendering(
            kind="float32" if _rounded_one(factor) else "factor",
            phrase=_factor_in_words(factor),
            values=factor * right,
        )
        if "level" in variable.dimensions:
            yield from _profile(variable, right, ratio)
    for other in process.inputs:
        if not other.dimensions and not other.integer and other.name in inputs:
            values = np.asarray(inputs[other.name]).reshape(-1, *(1,) * (right.ndim - 1))
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                pairs = (("multiplied", right * values), ("divided", right / values))
            for verb, product in pairs:
                yield Rendering(kind="factor", phrase=f"{verb} by {other.name}", values=product)
    with np.errstate(invalid="ignore"):
        difference = (found - right)[wrong]
    difference = difference[np.isfinite(difference)]
    if difference.size:
        offset = float(np.median(difference))
        sign = "less" if offset < 0 else "more"
        yield Rendering(
            kind="offset",
            phrase=f"{number(abs(offset), 6)} {variable.units} {sign} than it is",
            values=right + offset,
        )


def _ratios(right: np.ndarray, found: np.ndarray, wrong: np.ndarray) -> np.ndarray:
    """Port / reference in the wrong columns, NaN where the reference is too small to tell."""
    expected, values = right[wrong].astype(float), found[wrong].astype(float)
    largest = np.abs(expected).max(initial=0.0)
    telling = (np.abs(expected) > _TELLING * largest) & np.isfinite(values)
    return np.divide(values, expected, out=np.full(expected.shape, np.nan), where=telling)


def _profile(variable: Variable, right: np.ndarray, ratio: np.ndarray) -> Iterator[Rendering]:
    """A factor that depends on the level alone."""
    axis = 1 + variable.dimensions.index("level")
    others = tuple(i for i in range(ratio.ndim) if i != axis)
    with np.errstate(all="ignore"):
        told = np.isfinite(ratio).any(axis=others)
        rows = np.moveaxis(ratio, axis, 0).reshape(NO_LEVEL, -1)
        factors = np.array(
            [np.nanmedian(row) if t else 1.0 for row, t in zip(rows, told, strict=True)]
        )
    if told.sum() < 2:
        return
    shape = [1] * right.ndim
    shape[axis] = NO_LEVEL
    yield Rendering(
        kind="factor",
        phrase=_profile_in_words(factors, told),
        values=right * factors.reshape(shape),
    )


def _profile_in_words(factors: np.ndarray, told: np.ndarray) -> str:
    for name, profile in _PROFILES.items():
        for verb, known in (("multiplied", profile), ("divided", 1.0 / profile)):
            constant = (factors / known)[told]
            if np.ptp(constant) <= _AS_KNOWN * np.abs(constant).max():
                rest = float(np.median(constant))
                times = "" if abs(rest - 1.0) <= _AS_KNOWN else f" and times {number(rest, 6)}"
                return f"{verb} by the {name}{times}"
    listed = ", ".join(
        number(float(f), 4) if t else "-" for f, t in zip(factors, told, strict=True)
    )
    return f"times a factor of each level ({listed})"


def _rounded_one(factor: float) -> bool:
    return factor != 1.0 and abs(factor - 1.0) <= _SINGLE_ROUNDING


def _factor_in_words(factor: float) -> str:
    if _rounded_one(factor):
        return (
            f"times 1 {'+' if factor > 1 else '-'} {number(abs(factor - 1.0))}, as from a constant "
            "in single instead of double precision, or the other way round"
        )
    for sign, prefix in ((1.0, ""), (-1.0, "minus ")):
        for name, known in _KNOWN_FACTORS.items():
            if abs(sign * factor / known - 1.0) <= _AS_KNOWN:
                return f"times {prefix}{number(known, 6)} ({name})"
            if abs(sign * factor * known - 1.0) <= _AS_KNOWN:
                return f"divided by {prefix}{number(known, 6)} ({name})"
    return f"times {number(factor, 6)}"
