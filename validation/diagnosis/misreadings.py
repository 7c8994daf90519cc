"""What a port may make of the numbers it is handed: levels, units, signs, order of arguments.

A misreading changes the inputs that a right implementation would see. The reference given the
changed inputs then says what such a port computes.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from reference.formulas import (
    FULL_LEVEL_SIGMA,
    HALF_LEVEL_SIGMA,
    HALF_LEVEL_WEIGHT,
)
from reference.process import Columns, Process, Variable
from reference.variables import NO_LEVEL
from validation.diagnosis.asking import Arrays
from validation.diagnosis.units import KNOWN_UNITS, PRESSURE, other_units
from validation.porting.layout import is_level_index

Change = Callable[[np.ndarray], np.ndarray]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Misreading:
    """Something a port may have misunderstood about its inputs.

    Attributes:
        kind: one of the usual culprits, a phrase.
        sentence: what the port does, its name left out: "takes temperature in degC".
        inputs: from what is handed over to what a right implementation would see.
        outputs: from what a right implementation gives then to what the port gives.
        undo: what to hand to the port so that it sees the right inputs; None if nothing can be.
        remedy: what a port file could say to put it right; empty if nothing.
        settings: of the Fortran, see :func:`reference.kernels.run`, where these differ.
        copies: how many columns `inputs` makes of one, one copy of all after the other.
    """

    kind: str
    sentence: str
    inputs: Callable[[Columns], Arrays]
    outputs: Callable[[Columns], Arrays] = dict
    undo: Callable[[Columns], Arrays] | None = None
    remedy: str = ""
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    copies: int = 1


def misreadings(process: Process) -> Iterator[Misreading]:
    """Everything that is tried on the inputs of `process`, the simplest first."""
    yield from _reversed_axes(process)
    yield from _level_indices(process)
    yield from _units(process)
    yield from _signs(process)
    yield from _shifted_levels(process)
    yield from _half_levels(process)
    yield from _half_level_pressure(process)
    yield from _swapped(process)


def changed(changes: Mapping[str, Change]) -> Callable[[Columns], Arrays]:
    """A function that applies `changes` to the variables they name."""
    return lambda columns: {
        name: changes[name](np.asarray(values)) if name in changes else np.asarray(values)
        for name, values in columns.items()
    }


def reverse(variable: Variable, dimension: str) -> Change:
    """Reverses one inner axis."""
    return lambda values: np.flip(values, axis=1 + variable.dimensions.index(dimension))


def reverse_index(values: np.ndarray) -> np.ndarray:
    """Indices of levels counted from the other end; "no level" stays."""
    return np.where(values == NO_LEVEL, NO_LEVEL, NO_LEVEL - 1 - values)


def _names(variables: Sequence[Variable]) -> str:
    return ", ".join(variable.name for variable in variables)


def _reversed_axes(process: Process) -> Iterator[Misreading]:
    dimensions = {d: None for v in process.inputs for d in v.dimensions}
    for dimension in dimensions:
        having = [v for v in process.inputs if dimension in v.dimensions]
        both = {v.name: reverse(v, dimension) for v in having}
        giving = {
            v.name: reverse(v, dimension) for v in process.outputs if dimension in v.dimensions
        }
        kind = f"{dimension}s reversed"
        order = f"{dimension.replace('_', ' ')}s in reverse order"
        remedy = 'levels = "bottom_up"' if dimension == "level" else ""
        if dimension == "level":
            indices = [v for v in process.inputs if is_level_index(v)]
            counted = {v.name: reverse_index for v in process.outputs if is_level_index(v)}
            everything = both | {v.name: reverse_index for v in indices}
            for what, back in (("takes and gives", giving | counted), ("takes", {})):
                if indices or (counted and back):
                    yield Misreading(
                        kind=kind,
                        sentence=f"{what} {order}, indices of levels as well",
                        inputs=changed(everything),
                        outputs=changed(back),
                        undo=changed(everything),
                        remedy=remedy,
                    )
        for what, back in (("takes and gives", giving), ("takes", {})):
            if back or what == "takes":
                yield Misreading(
                    kind=kind,
                    sentence=f"{what} {order}",
                    inputs=changed(both),
                    outputs=changed(back),
                    undo=changed(both),
                    remedy=remedy,
                )
        for v in having if len(having) > 1 else ():
            one = changed({v.name: both[v.name]})
            yield Misreading(
                kind=kind,
                sentence=f"takes {v.name} with its {order}",
                inputs=one,
                undo=one,
                remedy=f"[inputs.{v.name}] {remedy}" if remedy else "",
            )


def _level_indices(process: Process) -> Iterator[Misreading]:
    """Levels counted from 1, or "no level" understood as another number."""
    for v in (v for v in process.inputs if is_level_index(v)):
        shift = "off-by-one level"
        alternatives: list[tuple[str, str, Change, Change, str]] = [
            (
                shift,
                "as if levels were counted from 1",
                lambda k: k - 1,
                lambda k: k + 1,
                "first_level = 1",
            ),
            (shift, "one level too low", lambda k: k + 1, lambda k: k - 1, "first_level = -1"),
            (
                shift,
                "as if levels were counted from 1, but for no level",
                lambda k: np.where(k == NO_LEVEL, k, k - 1),
                lambda k: np.where(k == NO_LEVEL, k, k + 1),
                f"first_level = 1, none = {NO_LEVEL}",
            ),
            (
                "levels reversed",
                "counted from the other end",
                reverse_index,
                reverse_index,
                'levels = "bottom_up"',
            ),
        ]
        for kind, phrase, change, undo, remedy in alternatives:
            yield Misreading(
                kind=kind,
                sentence=f"takes {v.name} {phrase}",
                inputs=changed({v.name: change}),
                undo=changed({v.name: undo}),
                remedy=f"[inputs.{v.name}] {remedy}",
            )


def _linear(factor: float, offset: float) -> Change:
    return lambda values: factor * values + offset


def _units(process: Process) -> Iterator[Misreading]:
    conversions = [(v, *other) for v in process.inputs for other in other_units(v)]
    groups: dict[tuple[str, str, float, float], list[Variable]] = {}
    for v, unit, factor, offset in conversions:
        groups.setdefault((v.units, unit, factor, offset), []).append(v)
    for (ours, unit, factor, offset), variables in groups.items():
        giving = {
            v.name: _linear(1.0 / factor, -offset / factor)
            for v in process.outputs
            if (unit, factor, offset) in set(other_units(v)) and v.units == ours
        }
        # A port may have one variable in another unit, all of them, or all and the outputs as well.
        cases = [("takes", [v], {}) for v in variables]
        cases += [("takes", variables, {})] if len(variables) > 1 else []
        cases += [("takes and gives", variables, giving)] if giving else []
        own = "1e5 Pa" if PRESSURE in variables[0].name else ours
        for what, taken, back in cases:
            for f, d, text in (
                (factor, offset, f"in {unit} instead of {own}"),
                (1.0 / factor, -offset / factor, ""),
            ):
                theirs = text.startswith("in ")
                if not theirs and back:
                    continue
                sentence = f"{what} {_names(taken)} {text}"
                if not theirs:
                    sentence = f"converts {_names(taken)} to {unit}, which it need not"
                known = theirs and unit in KNOWN_UNITS
                yield Misreading(
                    kind=f"{unit} for {own}",
                    sentence=sentence,
                    inputs=changed({v.name: _linear(f, d) for v in taken}),
                    outputs=changed(back),
                    undo=changed({v.name: _linear(1.0 / f, -d / f) for v in taken}),
                    remedy=", ".join(f'[inputs.{v.name}] units = "{unit}"' for v in taken)
                    if known
                    else "",
                )


def _signs(process: Process) -> Iterator[Misreading]:
    for v in process.inputs:
        if v.integer:
            continue
        if v.minimum < 0 and not v.positive:
            hint = ": north and south exchanged" if "latitude" in v.name else ""
            change = changed({v.name: np.negative})
            yield Misreading(
                kind="latitude order" if hint else "sign",
                sentence=f"takes {v.name} with the opposite sign{hint}",
                inputs=change,
                undo=change,
                remedy=f"[inputs.{v.name}] scale = -1.0",
            )
        elif (v.minimum, v.maximum) == (0.0, 1.0):
            change = changed({v.name: lambda share: 1.0 - share})
            yield Misreading(
                kind="complement",
                sentence=f"takes 1 - {v.name} for {v.name}",
                inputs=change,
                undo=change,
                remedy=f"[inputs.{v.name}] scale = -1.0, offset = 1.0",
            )


def shifted(values: np.ndarray, axis: int, steps: int, filling: str) -> np.ndarray:
    """Values moved by `steps` along an axis; what moves in is the edge value, zero, or the end."""
    moved = np.roll(values, steps, axis=axis)
    if filling == "around":
        return moved
    length = values.shape[axis]
    index = [slice(None)] * values.ndim
    index[axis] = slice(0, steps) if steps > 0 else slice(length + steps, length)
    edge = np.take(values, [0] if steps > 0 else [length - 1], axis=axis)
    moved[tuple(index)] = edge if filling == "edge" else 0.0
    return moved


def _shift(variable: Variable, steps: int, filling: str) -> Change:
    axis = 1 + variable.dimensions.index("level")
    return lambda values: shifted(values, axis, steps, filling)


def _shifted_levels(process: Process) -> Iterator[Misreading]:
    having = [v for v in process.inputs if "level" in v.dimensions]
    groups = [[v] for v in having] + ([having] if len(having) > 1 else [])
    for taken, (steps, side), filling in itertools.product(
        groups, ((1, "above"), (-1, "below")), ("edge", "around", "zero")
    ):
        yield Misreading(
            kind="off-by-one level",
            sentence=f"takes {_names(taken)} from the level {side}",
            inputs=changed({v.name: _shift(v, steps, filling) for v in taken}),
        )


def half_levels(variable: Variable, side: str, weighted: bool) -> Change:
    """Values at the boundary above or below each level, by mean or as SPEEDY interpolates."""
    axis = 1 + variable.dimensions.index("level")
    weight = np.append(HALF_LEVEL_WEIGHT, 0.0) if weighted else np.full(NO_LEVEL, 0.5)

    def below(values: np.ndarray) -> np.ndarray:
        shape = [1] * values.ndim
        shape[axis] = len(weight)
        return values + weight.reshape(shape) * (shifted(values, axis, -1, "edge") - values)

    if side == "below":
        return below
    # Above level k is below level k - 1.
    return lambda values: shifted(below(values), axis, 1, "edge")


def _half_levels(process: Process) -> Iterator[Misreading]:
    having = [v for v in process.inputs if "level" in v.dimensions]
    groups = [[v] for v in having] + ([having] if len(having) > 1 else [])
    for taken, side, weighted in itertools.product(groups, ("below", "above"), (False, True)):
        yield Misreading(
            kind="half levels for full levels",
            sentence=f"takes {_names(taken)} at the half levels {side}",
            inputs=changed({v.name: half_levels(v, side, weighted) for v in taken}),
        )


#: Half-level sigma / full-level sigma of each level; at the top a pressure that is not quite zero.
_SIGMA_RATIOS = {
    "below": HALF_LEVEL_SIGMA[1:] / FULL_LEVEL_SIGMA,
    "above": np.maximum(HALF_LEVEL_SIGMA[:-1], 1e-30) / FULL_LEVEL_SIGMA,
}


def _half_level_pressure(process: Process) -> Iterator[Misreading]:
    """Pressure of half levels in formulas for full levels.

    What a level holds then follows from a surface pressure that is scaled accordingly, if it
    depends on the pressure of the level alone.
    """
    if PRESSURE not in {v.name for v in process.inputs}:
        return
    profiles = {v.name: v for v in process.outputs if v.dimensions[:1] == ("level",)}
    if not profiles:
        return

    def taken(ratio: np.ndarray) -> Callable[[Columns], Arrays]:
        factors = np.append(ratio, 1.0)

        def copies(columns: Columns) -> Arrays:
            many = {
                name: np.tile(v, (len(factors), *(1,) * (np.ndim(v) - 1)))
                for name, v in columns.items()
            }
            rows = len(columns[PRESSURE])
            return {**many, PRESSURE: many[PRESSURE] * np.repeat(factors, rows)}

        return copies

    def given(outputs: Columns) -> Arrays:
        found = {}
        for name, values in outputs.items():
            copies = np.asarray(values).reshape(NO_LEVEL + 1, -1, *np.shape(values)[1:])
            if name in profiles:
                found[name] = np.stack([copies[k, :, k] for k in range(NO_LEVEL)], axis=1)
            else:
                found[name] = copies[-1]
        return found

    for side, ratio in _SIGMA_RATIOS.items():
        yield Misreading(
            kind="half levels for full levels",
            sentence=f"takes the pressure of the half level {side} for that of the level",
            inputs=taken(ratio),
            outputs=given,
            copies=NO_LEVEL + 1,
        )


def _swapped(process: Process) -> Iterator[Misreading]:
    for a, b in itertools.combinations(process.inputs, 2):
        if (a.units, a.dimensions, a.integer) == (b.units, b.dimensions, b.integer):
            exchange = _exchange(a.name, b.name)
            yield Misreading(
                kind="arguments exchanged",
                sentence=f"takes {a.name} and {b.name} for each other",
                inputs=exchange,
                undo=exchange,
            )


def _exchange(a: str, b: str) -> Callable[[Columns], Arrays]:
    return lambda c: {
        **{name: np.asarray(v) for name, v in c.items()},
        a: np.asarray(c[b]),
        b: np.asarray(c[a]),
    }
