"""Counting the triples of a matrix of derivatives, and describing those that stand out."""

from __future__ import annotations

import numpy as np

from validation.gradients.column_functions import ColumnProcess
from validation.gradients.column_results import CLASSES, Tally, Triple
from validation.gradients.kinks import FLAT, JUMP, KINK, SMOOTH, UNCLASSIFIED
from validation.gradients.matrix import REASONS, ElementMatrix
from validation.gradients.selection import Selection
from validation.gradients.thresholds import ERROR_BARS

#: Disagreeing triples that are described of one matrix.
_DESCRIBED = 5


def tally(matrix: ElementMatrix, rows: np.ndarray) -> Tally:
    """Count the triples of some columns.

    Args:
        matrix: derivatives and differences.
        rows: which columns, boolean.
    """
    kind, agreeing = matrix.kind[rows], matrix.agreeing[rows]
    counts = {name: int((kind == i).sum()) for i, name in enumerate(CLASSES)}
    reasons = np.bincount(matrix.reason[rows][kind == UNCLASSIFIED], minlength=len(REASONS))
    comparable = (kind == JUMP) & np.isfinite(matrix.value[rows])
    return Tally(
        **counts,
        one_sided=int((matrix.one_sided[rows] & (kind == SMOOTH)).sum()),
        smooth_agreeing=int((agreeing & (kind == SMOOTH)).sum()),
        flat_agreeing=int((agreeing & (kind == FLAT)).sum()),
        taken=_taken(matrix, rows),
        jump_agreeing=int((agreeing & comparable).sum()),
        jump_compared=int(comparable.sum()),
        reasons={REASONS[i]: int(n) for i, n in enumerate(reasons) if n},
    )


def _taken(matrix: ElementMatrix, rows: np.ndarray) -> tuple[int, int, int, int]:
    """At kinks: how often the derivative is the left slope, the right one, between, or neither."""
    own = rows[:, np.newaxis] & (matrix.kind == KINK)
    derivative, left, right = matrix.derivative[own], matrix.left[own], matrix.right[own]
    is_left = np.abs(derivative - left) <= ERROR_BARS * matrix.left_error[own]
    is_right = np.abs(derivative - right) <= ERROR_BARS * matrix.right_error[own]
    between = (derivative - left) * (derivative - right) < 0
    neither = ~is_left & ~is_right & ~between
    return (
        int(is_left.sum()),
        int((is_right & ~is_left).sum()),
        int((between & ~is_left & ~is_right).sum()),
        int(neither.sum()),
    )


def triple(
    columns: ColumnProcess, selection: Selection, matrix: ElementMatrix, row: int, output: int
) -> Triple:
    """One triple in words and numbers."""
    given = columns.input_elements[matrix.element]
    result = columns.output_elements[output]
    kind = int(matrix.kind[row, output])
    reason = REASONS[int(matrix.reason[row, output])]
    if matrix.one_sided[row, output]:
        reason = "at an end of the declared range"
    return Triple(
        process=columns.process.name,
        column=selection.labels[row],
        latitude=float(selection.latitude[row]),
        longitude=float(selection.longitude[row]),
        input=given.name,
        input_place=given.place,
        output=result.name,
        output_place=result.place,
        kind=CLASSES[kind],
        reason=reason,
        jax=float(matrix.derivative[row, output]),
        difference=float(matrix.value[row, output]),
        error_bar=float(matrix.error[row, output]),
        left=float(matrix.left[row, output]),
        right=float(matrix.right[row, output]),
        value=float(matrix.ladder_values[row]),
        step=float(selection.sizes[matrix.element]),
    )


def worst_smooth(
    columns: ColumnProcess, selection: Selection, matrix: ElementMatrix
) -> Triple | None:
    """The smooth triple farthest from its difference in error bars; None if none is smooth."""
    smooth = matrix.kind == SMOOTH
    if not smooth.any():
        return None
    row, output = _farthest(matrix, smooth, 1)[0]
    return triple(columns, selection, matrix, row, output)


def disagreeing(
    columns: ColumnProcess, selection: Selection, matrix: ElementMatrix
) -> tuple[list[Triple], list[Triple]]:
    """A few smooth or flat triples beyond the error bars, and a few such jumps, worst first."""
    found = []
    for candidates in (
        np.isin(matrix.kind, (SMOOTH, FLAT)),
        (matrix.kind == JUMP) & np.isfinite(matrix.value),
    ):
        beyond = candidates & ~matrix.agreeing
        places = _farthest(matrix, beyond, _DESCRIBED)
        found.append([triple(columns, selection, matrix, *place) for place in places])
    return found[0], found[1]


def _farthest(matrix: ElementMatrix, among: np.ndarray, number: int) -> list[tuple[int, int]]:
    rows, outputs = np.nonzero(among)
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.abs(matrix.derivative - matrix.value)[rows, outputs]
        bars = distance / matrix.error[rows, outputs]
    bars = np.where(distance == 0, 0.0, np.where(np.isnan(bars), np.inf, bars))
    order = np.argsort(-bars, kind="stable")[:number]
    return [(int(rows[i]), int(outputs[i])) for i in order]
