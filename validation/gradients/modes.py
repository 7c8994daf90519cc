"""Forward against reverse mode: the dot-product test, and complete Jacobians of single columns."""

from __future__ import annotations

import numpy as np

from validation.gradients.column_functions import ColumnProcess, Element
from validation.gradients.column_results import ModeAgreement
from validation.gradients.directions import unit_direction
from validation.gradients.selection import Selection


def random_directions(columns: ColumnProcess, selection: Selection, seed: int) -> np.ndarray:
    """A direction per column in units of the inputs, `(column, input element)`.

    Each variable and each parameter has numbers of its own, see
    :func:`validation.gradients.directions.unit_direction`; the parameters are those of all columns,
    hence move alike.
    """
    n = len(selection.x)
    parts = []
    for variable in columns.inputs:
        drawn = unit_direction(variable.name, (n, *variable.shape), seed)
        parts.append(drawn.reshape(n, -1))
    for name in columns.parameters:
        parts.append(np.broadcast_to(unit_direction(name, (1,), seed), (n, 1)))
    return np.concatenate(parts, axis=1) * selection.sizes


def compare_modes(
    columns: ColumnProcess, selection: Selection, jacobians: int, seed: int
) -> tuple[ModeAgreement, list[np.ndarray]]:
    """Compare forward and reverse mode.

    Args:
        columns: the process.
        selection: columns; all of them get the dot-product test.
        jacobians: the first so many get complete Jacobians.
        seed: of the directions.

    Returns:
        The comparison, and the Jacobians in forward mode, `(output element, input element)`.
    """
    direction = random_directions(columns, selection, seed)
    weights = np.concatenate(
        [
            unit_direction(f"weight of {v.name}", (len(selection.x), *v.shape), seed).reshape(
                len(selection.x), -1
            )
            for v in columns.outputs
        ],
        axis=1,
    )
    weights = weights / selection.output_sizes
    tangent = columns.jvp(selection.x, selection.whole, direction)[1]
    gradient = columns.vjp(selection.x, selection.whole, weights)
    forward, reverse = weights * tangent, direction * gradient
    size = np.maximum(np.abs(forward).sum(axis=1), np.abs(reverse).sum(axis=1))
    distance = np.abs(forward.sum(axis=1) - reverse.sum(axis=1))
    relative = np.where(size > 0, distance / np.where(size > 0, size, 1.0), 0.0)
    relative = np.where(np.isfinite(distance), relative, np.inf)
    worst = int(np.argmax(relative))
    matrices, largest, place = [], 0.0, ""
    for row in range(min(jacobians, len(selection.x))):
        by_columns, by_rows = _jacobians(columns, selection, row)
        matrices.append(by_columns)
        scaled = selection.sizes / selection.output_sizes[:, np.newaxis]
        top = np.max(np.abs(by_columns * scaled), initial=0.0)
        apart = np.abs(by_columns - by_rows) * scaled / (top if top > 0 else 1.0)
        apart = np.where(np.isfinite(apart), apart, np.inf)
        if apart.max(initial=0.0) >= largest:
            largest = float(apart.max(initial=0.0))
            i, j = np.unravel_index(int(apart.argmax()), apart.shape)
            place = (
                f"{selection.labels[row]}, d {_words(columns.output_elements[i])} / "
                f"d {_words(columns.input_elements[j])}"
            )
    agreement = ModeAgreement(
        columns=len(selection.x),
        dot_product=float(relative[worst]),
        dot_product_column=selection.labels[worst],
        jacobian_columns=len(matrices),
        jacobian=largest,
        jacobian_place=place,
    )
    return agreement, matrices


def _jacobians(
    columns: ColumnProcess, selection: Selection, row: int
) -> tuple[np.ndarray, np.ndarray]:
    """The complete Jacobian of one column in forward and in reverse mode.

    Columns are independent: a basis of directions is handed to as many copies of the column.
    """
    inputs, outputs = len(columns.input_elements), len(columns.output_elements)
    copies = np.full(inputs, row)
    tangents = columns.jvp(selection.x[copies], selection.whole_of(copies), np.eye(inputs))[1]
    copies = np.full(outputs, row)
    gradients = columns.vjp(selection.x[copies], selection.whole_of(copies), np.eye(outputs))
    return tangents.T, gradients


def _words(element: Element) -> str:
    return f"{element.name} {element.place}".strip()
