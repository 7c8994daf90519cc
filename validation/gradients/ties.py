"""Kinks that one input alone does not show: is the slope another one close by?

At an end of an input's range only one side can be looked at, and where two quantities tie (two
levels without any vapour) the slope along one input may be the same on both sides and yet depend on
which of them is ahead. So where derivative and difference disagree, the slope is measured again at
points close by, all inputs moved a little into their ranges. If the slopes there differ among each
other, the column lies on a kink.
"""

from __future__ import annotations

import dataclasses
from typing import Final

import numpy as np

from validation.gradients.column_functions import ColumnProcess, lowest
from validation.gradients.kinks import FLAT, KINK, SMOOTH
from validation.gradients.matrix import ElementMatrix, differences_at
from validation.gradients.selection import Selection
from validation.gradients.thresholds import ERROR_BARS, SMALLEST_STEP_ULP

#: How far the inputs move at most, in natural sizes; how many decades less at least; how often.
_APART: Final = 1e-4
_DECADES: Final = 2.0
_DRAWS: Final = 8
#: Largest step of the differences there: none crosses from one side of the tie to the other.
_STEP: Final = 5e-7
#: Slopes close by differ if they do so by this share of the largest: curvature does far less.
_DIFFERENT: Final = 1e-3
_SEED: Final = 20261121


def with_ties(
    columns: ColumnProcess, selection: Selection, matrix: ElementMatrix, largest_step: float
) -> ElementMatrix:
    """`matrix` with those disagreeing triples called kinks that lie on one.

    A triple counts as a kink if the slopes close by differ and the derivative is within their
    range, as every sensible choice at a kink is. Its one-sided slopes are then the smallest and the
    largest slope close by.
    """
    suspicious = np.isin(matrix.kind, (SMOOTH, FLAT)) & ~matrix.agreeing
    rows = np.flatnonzero(suspicious.any(axis=1))
    if not len(rows):
        return matrix
    lowest_slope, highest_slope, error = _slopes_close_by(
        columns, selection, matrix, rows, largest_step
    )
    tolerance = ERROR_BARS * error
    largest = np.maximum(np.abs(lowest_slope), np.abs(highest_slope))
    with np.errstate(invalid="ignore"):
        differ = highest_slope - lowest_slope > _DIFFERENT * largest + tolerance
        margin = tolerance + _DIFFERENT * largest
        within = (matrix.derivative[rows] >= lowest_slope - margin) & (
            matrix.derivative[rows] <= highest_slope + margin
        )
    kink = np.zeros_like(suspicious)
    kink[rows] = suspicious[rows] & differ & within
    if not kink.any():
        return matrix
    left, right = matrix.left.copy(), matrix.right.copy()
    left[rows] = np.where(kink[rows], lowest_slope, left[rows])
    right[rows] = np.where(kink[rows], highest_slope, right[rows])
    bars = [np.where(kink, np.nan, values) for values in (matrix.value, matrix.error)]
    return dataclasses.replace(
        matrix,
        kind=np.where(kink, KINK, matrix.kind),
        value=bars[0],
        error=bars[1],
        one_sided=matrix.one_sided & ~kink,
        left=left,
        right=right,
        left_error=_of_ties(matrix.left_error, kink, rows, error),
        right_error=_of_ties(matrix.right_error, kink, rows, error),
    )


def _of_ties(
    before: np.ndarray, kink: np.ndarray, rows: np.ndarray, error: np.ndarray
) -> np.ndarray:
    after = before.copy()
    after[rows] = np.where(kink[rows], error, before[rows])
    return after


def _slopes_close_by(
    columns: ColumnProcess,
    selection: Selection,
    matrix: ElementMatrix,
    rows: np.ndarray,
    largest_step: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Smallest and largest slope at a few points close by, and the largest error bar.

    `(len(rows), output element)` each; NaN where none of the points has a slope.
    """
    generator = np.random.default_rng(_SEED)
    # Not so short that nothing but the rounding of the input is left.
    ulp = float(np.max(np.spacing(np.abs(matrix.ladder_values))))
    shortest = 2 * SMALLEST_STEP_ULP * ulp / selection.sizes[matrix.element]
    step = min(largest_step, max(_STEP, shortest))
    # The slope at the column itself is one of them.
    found, errors = [matrix.value[rows]], [matrix.error[rows]]
    for _ in range(_DRAWS):
        x = _moved(columns, selection, rows, generator)
        there = differences_at(
            columns, selection, x, selection.whole_of(rows), matrix.element, step
        )
        known = np.isin(there["kind"], (SMOOTH, FLAT))
        found.append(np.where(known, there["value"], np.nan))
        errors.append(np.where(known, there["error"], np.nan))
    return (
        np.fmin.reduce(found),
        np.fmax.reduce(found),
        np.fmax.reduce(errors),
    )


def _moved(
    columns: ColumnProcess,
    selection: Selection,
    rows: np.ndarray,
    generator: np.random.Generator,
) -> np.ndarray:
    """Inputs moved a little at random, within their ranges."""
    x = selection.x[rows]
    # By very different amounts, so that either of two that tie gets ahead of the other.
    step = _APART * selection.sizes[: columns.variable_elements]
    step = step * 10.0 ** generator.uniform(-_DECADES, 0.0, x.shape)
    moved = x + generator.choice([-1.0, 1.0], x.shape) * step
    for i, input_element in enumerate(columns.input_elements[: columns.variable_elements]):
        variable = input_element.variable
        # What would leave its range is reflected, so that it does not stay at the end.
        low, high = lowest(variable), variable.maximum
        own = np.where(moved[:, i] < low, 2 * x[:, i] - moved[:, i], moved[:, i])
        own = np.where(own > high, 2 * x[:, i] - own, own)
        moved[:, i] = np.clip(own, low, high)
    return moved
