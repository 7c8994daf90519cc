"""From our arrays to those of a port and back: names, units, axes, order and numbers of levels."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pint

from reference.errors import InputError
from reference.process import Process, Variable

#: Ours for "no level", in indices of levels from 0 at the top.
LEVELS = 8
COLUMN = "column"
#: What a declared number without unit stands for, so that another unit can be asked for.
_REFERENCE_UNITS = {"normalized_surface_pressure": "1e5 Pa"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class VariableLayout:
    """How a port sees a variable.

    Attributes:
        name: in the port; None for ours.
        units: in the port, converted; None for ours.
        scale, offset: theirs = scale * ours + offset, instead of units.
        axes: order of the axes by name, "column" and inner dimensions; None for columns first.
        levels: "top_down" or "bottom_up".
        first_level: number of their first level, where a value is the index of a level.
        none: their index for "no level"; None for one after the last level.
    """

    name: str | None = None
    units: str | None = None
    scale: float = 1.0
    offset: float = 0.0
    axes: tuple[str, ...] | None = None
    levels: str = "top_down"
    first_level: int = 0
    none: int | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Layout:
    """How a port sees all of its variables.

    Attributes:
        inputs, outputs: by declared name, where something is said about a variable.
        default: of all others.
    """

    inputs: Mapping[str, VariableLayout] = dataclasses.field(default_factory=dict)
    outputs: Mapping[str, VariableLayout] = dataclasses.field(default_factory=dict)
    default: VariableLayout = VariableLayout()

    def inputs_for(
        self, process: Process, inputs: Mapping[str, np.ndarray], precision: str
    ) -> dict[str, np.ndarray]:
        """The declared inputs as the port takes them, by its names.

        Args:
            process: the declaration.
            inputs: ours, float64 and whole numbers, `(column, *inner dimensions)`.
            precision: of the port's floating-point arrays.

        Raises:
            InputError: for a unit or an order of axes that does not fit the variable.
        """
        found = {}
        for variable in process.inputs:
            layout = self.inputs.get(variable.name, self.default)
            values = _to_theirs(variable, layout, np.asarray(inputs[variable.name]))
            values = np.transpose(values, _order(variable, layout))
            kind = np.int32 if variable.integer else precision
            found[layout.name or variable.name] = np.ascontiguousarray(values, dtype=kind)
        return found

    def outputs_from(self, process: Process, outputs: Mapping[str, Any]) -> dict[str, np.ndarray]:
        """The declared outputs that the port gave, by our names and in our layout.

        What does not have the right number of axes is handed on as it is: the comparison says so.
        """
        found = {}
        for variable in process.outputs:
            layout = self.outputs.get(variable.name, self.default)
            theirs = layout.name or variable.name
            if theirs not in outputs:
                continue
            values = np.asarray(outputs[theirs])
            if values.ndim == 1 + len(variable.dimensions) and values.dtype.kind in "iuf":
                values = np.transpose(values, np.argsort(_order(variable, layout)))
                values = _to_ours(variable, layout, values)
            found[variable.name] = values
        return found

    def dimensions(self, variable: Variable, role: str) -> tuple[str, ...]:
        """Names of the axes of a variable of the port, in its order."""
        layout = getattr(self, role).get(variable.name, self.default)
        ours = (COLUMN, *variable.dimensions)
        return tuple(ours[axis] for axis in _order(variable, layout))

    def name(self, variable: Variable, role: str) -> str:
        """Name of a variable in the port."""
        return getattr(self, role).get(variable.name, self.default).name or variable.name


def _order(variable: Variable, layout: VariableLayout) -> tuple[int, ...]:
    ours = (COLUMN, *variable.dimensions)
    if layout.axes is None:
        return tuple(range(len(ours)))
    missing = [axis for axis in ours if axis not in layout.axes]
    if missing:
        raise InputError(
            f"axes {list(layout.axes)} of the port lack {missing[0]!r}, which {variable.name} has; "
            f"expected all of {list(ours)}."
        )
    return tuple(ours.index(axis) for axis in layout.axes if axis in ours)


def is_level_index(variable: Variable) -> bool:
    """Whether the values are numbers of levels."""
    return variable.integer and variable.name.endswith("_level")


def _to_theirs(variable: Variable, layout: VariableLayout, values: np.ndarray) -> np.ndarray:
    if is_level_index(variable):
        none = layout.first_level + LEVELS if layout.none is None else layout.none
        position = LEVELS - 1 - values if layout.levels == "bottom_up" else values
        return np.where(values == LEVELS, none, position + layout.first_level)
    values = _flipped(variable, layout, values)
    if variable.integer:
        return values
    scale, offset = _conversion(variable, layout)
    return values if (scale, offset) == (1.0, 0.0) else scale * values + offset


def _to_ours(variable: Variable, layout: VariableLayout, values: np.ndarray) -> np.ndarray:
    if is_level_index(variable):
        none = layout.first_level + LEVELS if layout.none is None else layout.none
        position = values - layout.first_level
        position = LEVELS - 1 - position if layout.levels == "bottom_up" else position
        return np.where(values == none, LEVELS, position).astype(values.dtype)
    values = _flipped(variable, layout, values)
    scale, offset = _conversion(variable, layout)
    if variable.integer or (scale, offset) == (1.0, 0.0):
        return values
    return ((values - offset) / scale).astype(values.dtype)


def _flipped(variable: Variable, layout: VariableLayout, values: np.ndarray) -> np.ndarray:
    if layout.levels == "bottom_up" and "level" in variable.dimensions:
        return np.flip(values, axis=1 + variable.dimensions.index("level"))
    return values


def _conversion(variable: Variable, layout: VariableLayout) -> tuple[float, float]:
    """Factor and summand from our unit to theirs."""
    if layout.units is None:
        return layout.scale, layout.offset
    ours = _REFERENCE_UNITS.get(variable.name, variable.units)
    try:
        zero, one = (_converted(value, ours, layout.units) for value in (0.0, 1.0))
    except Exception as error:  # the parser of units raises many kinds, TokenError among them
        raise InputError(
            f"{variable.name} is in {ours!r}, which cannot be converted to {layout.units!r}: "
            f"{error}."
        ) from None
    return one - zero, zero


def _converted(value: float, ours: str, theirs: str) -> float:
    units = _units()
    factor, _, unit = ours.rpartition(" ") if re.match(r"^[\d.]", ours) else ("1", "", ours)
    try:
        factor = float(factor or 1)
    except ValueError:
        factor, unit = 1.0, ours
    quantity = units.Quantity(value * factor, units.Unit(_udunits(unit)))
    return float(quantity.to(units.Unit(_udunits(theirs))).magnitude)


@functools.cache
def _units() -> pint.UnitRegistry:
    return pint.UnitRegistry(autoconvert_offset_to_baseunit=True)


def _udunits(text: str) -> str:
    """Pint's notation of a unit in UDUNITS notation, "g m-2 s-1" for instance."""
    if text == "1":
        return "dimensionless"
    return " * ".join(re.sub(r"^([A-Za-z]+)(-?\d+)$", r"\1**\2", word) for word in text.split())
