"""Checks of the arrays handed to a process, before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from reference.errors import InputError
from reference.process import Constraint, Process, Variable


def check_inputs(process: Process, inputs: Mapping[str, np.ndarray], *, source: str = "") -> int:
    """Check that `inputs` holds every declared input of `process`, sound and of one length.

    Args:
        process: the declaration.
        inputs: arrays with the column axis first, `(column, *inner dimensions)`.
        source: where they come from, a file name for instance; opens the error message.

    Returns:
        The number of columns.

    Raises:
        InputError: if a variable is missing, of the wrong shape, not finite, or outside the range
            that the process accepts, or if there is no column at all.
    """
    origin = f"{source}: " if source else ""
    columns = None
    for variable in process.inputs:
        if variable.name not in inputs:
            raise InputError(
                f"{origin}input {variable.name} of process {process.name} is missing, expected an "
                f"array of shape {_shape_in_words(variable)}."
            )
        values = np.asarray(inputs[variable.name])
        if values.ndim != 1 + len(variable.shape) or values.shape[1:] != variable.shape:
            raise InputError(
                f"{origin}input {variable.name} of process {process.name} has shape "
                f"{values.shape}, expected {_shape_in_words(variable)}."
            )
        if columns is None:
            columns = len(values)
            first = variable.name
        if len(values) != columns:
            raise InputError(
                f"{origin}input {variable.name} of process {process.name} has {len(values)} "
                f"columns, expected {columns} as in {first}."
            )
        _check_values(process, variable, values, origin)
    if not columns:
        raise InputError(
            f"{origin}process {process.name} was given no column, expected at least one."
        )
    for constraint in process.constraints:
        _check_constraint(process, constraint, inputs, origin)
    return columns


def _check_constraint(
    process: Process, constraint: Constraint, inputs: Mapping[str, np.ndarray], origin: str
) -> None:
    holds = np.asarray(constraint.holds(inputs))
    if holds.all():
        return
    column = int(np.argmin(holds))
    values = ", ".join(str(np.asarray(inputs[name])[column]) for name in constraint.inputs)
    raise InputError(
        f"{origin}{', '.join(constraint.inputs)} of process {process.name} are {values} at column "
        f"{column}, expected {constraint.expectation}."
    )


def _check_values(process: Process, variable: Variable, values: np.ndarray, origin: str) -> None:
    if values.dtype.kind not in "iufb":
        raise InputError(
            f"{origin}input {variable.name} of process {process.name} has data type "
            f"{values.dtype}, expected numbers."
        )
    accepted = accepted_values(variable, values)
    if accepted.all():
        return
    place = tuple(int(index) for index in np.argwhere(~accepted)[0])
    whole = " (a whole number)" if variable.integer else ""
    raise InputError(
        f"{origin}{variable.name} of process {process.name} is {values[place]} at "
        f"{place_in_words(variable, place)}, expected {variable.expectation}{whole} "
        f"[{variable.units}]."
    )


def accepted_values(variable: Variable, values: np.ndarray) -> np.ndarray:
    """Which of the numbers `values` lie in the range of `variable`, of the same shape."""
    accepted = np.isfinite(values) & (values >= variable.minimum) & (values <= variable.maximum)
    if variable.positive:
        accepted &= values > 0
    if variable.integer:
        accepted &= values == np.round(values)
    return accepted


def accepted_columns(process: Process, inputs: Mapping[str, np.ndarray]) -> np.ndarray:
    """Which columns of sound arrays lie in every range and satisfy every constraint, `(column,)`.

    Args:
        process: the declaration.
        inputs: numbers by name, `(column, *inner dimensions)`.
    """
    accepted = np.ones(len(inputs[process.inputs[0].name]), dtype=bool)
    for variable in process.inputs:
        inside = accepted_values(variable, np.asarray(inputs[variable.name]))
        accepted &= inside.reshape(len(accepted), -1).all(axis=1)
    for constraint in process.constraints:
        # A constraint is asked only about columns whose numbers each lie in their own range.
        rows = np.flatnonzero(accepted)
        holds = constraint.holds({name: np.asarray(v)[rows] for name, v in inputs.items()})
        accepted[rows] = np.asarray(holds)
    return accepted


def place_in_words(variable: Variable, place: tuple[int, ...]) -> str:
    """Say where an element is, such as "column 3, level 7"."""
    names = ("column", *variable.dimensions)
    return ", ".join(f"{name} {index}" for name, index in zip(names, place, strict=True))


def _shape_in_words(variable: Variable) -> str:
    inner = "".join(
        f", {length} {name}s"
        for name, length in zip(variable.dimensions, variable.shape, strict=True)
    )
    return f"(columns{inner})"
