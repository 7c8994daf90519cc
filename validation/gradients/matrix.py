"""The complete matrix of derivatives of many columns beside that of finite differences."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np

from validation.gradients import kinks
from validation.gradients.column_functions import ColumnProcess, lowest
from validation.gradients.differences import STEPS, Ladder, ladder, slopes
from validation.gradients.kinks import FLAT, UNCLASSIFIED
from validation.gradients.selection import Selection
from validation.gradients.thresholds import ERROR_BARS

#: Columns whose differences are made at once: a driver column takes a quarter of a megabyte.
_ROWS = 256
#: Reasons of `kinks.REASONS`, and one for points where the reference has no answer.
REASONS = (*kinks.REASONS, "the reference has no answer")
_NO_ANSWER = len(REASONS) - 1


@dataclasses.dataclass(frozen=True)
class ElementMatrix:
    """Derivatives of all outputs with respect to one input element, `(column, output element)`.

    Attributes:
        element: index of the input element.
        kind: index into `column_results.CLASSES`, -1 where the output is not defined.
        reason: index into `REASONS`.
        derivative: of the function under test.
        value, error: finite difference and its error bar, NaN where there is none.
        left, right, left_error, right_error: one-sided differences.
        one_sided: whether the value looks to one side only.
        changed: whether any step changed the output.
        ladder_values: of the input element, `(column,)`.
    """

    element: int
    kind: np.ndarray
    reason: np.ndarray
    derivative: np.ndarray
    value: np.ndarray
    error: np.ndarray
    left: np.ndarray
    right: np.ndarray
    left_error: np.ndarray
    right_error: np.ndarray
    one_sided: np.ndarray
    changed: np.ndarray
    ladder_values: np.ndarray

    @property
    def agreeing(self) -> np.ndarray:
        """Whether derivative and difference agree to a few error bars; False where NaN."""
        with np.errstate(invalid="ignore"):
            return np.abs(self.derivative - self.value) <= ERROR_BARS * self.error


def element_matrices(
    columns: ColumnProcess, selection: Selection, elements: list[int], largest_step: float
) -> Iterator[ElementMatrix]:
    """The matrices of the chosen columns, one input element after the other.

    Raises:
        InputError: if a step is lost in the rounding of the input.
    """
    rows = slice(0, selection.chosen)
    x, whole = selection.x[rows], selection.whole_of(rows)
    for element in elements:
        direction = np.zeros((len(x), len(columns.input_elements)))
        direction[:, element] = 1.0
        derivative = columns.jvp(x, whole, direction)[1]
        differences = differences_at(columns, selection, x, whole, element, largest_step)
        yield ElementMatrix(element=element, derivative=derivative, **differences)


def differences_at(
    columns: ColumnProcess,
    selection: Selection,
    x: np.ndarray,
    whole: dict[str, np.ndarray],
    element: int,
    largest_step: float,
) -> dict[str, np.ndarray]:
    """Finite differences of the reference with respect to one input element at any columns.

    Args:
        columns: the process.
        selection: for the natural sizes.
        x: floating-point inputs, `(column, variable element)`.
        whole: whole-number inputs.
        element: index of the input element.
        largest_step: in natural sizes.

    Returns:
        The fields of :class:`ElementMatrix` but `element` and `derivative`.
    """
    points = points_around(columns, selection, x, element, largest_step)
    parts = []
    for start in range(0, len(x), _ROWS):
        part = slice(start, start + _ROWS)
        whole_part = {name: values[part] for name, values in whole.items()}
        base = columns.reference(x[part], whole_part)
        plus, minus = values_around(columns, whole_part, x, points, element, part)
        defined = np.broadcast_to(columns.defined(whole_part), base.shape)
        sizes = selection.output_sizes
        own = _part(points, part)
        parts.append(_classified(base, plus, minus, own, defined, sizes, selection.sizes[element]))
    joined = {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}
    return {**joined, "ladder_values": points.values}


def points_around(
    columns: ColumnProcess, selection: Selection, x: np.ndarray, element: int, largest_step: float
) -> Ladder:
    """Where the reference is evaluated as one input element moves; see :func:`ladder`."""
    variable = columns.input_elements[element].variable
    size = selection.sizes[element]
    if variable is None:
        value = columns.defaults[element - columns.variable_elements]
        return ladder(np.full(len(x), value), size, largest=largest_step)
    return ladder(x[:, element], size, lowest(variable), variable.maximum, largest=largest_step)


def _part(points: Ladder, part: slice) -> Ladder:
    return Ladder(
        **{
            field.name: (
                getattr(points, field.name)[part]
                if field.name in ("values", "right", "left")
                else getattr(points, field.name)[:, part]
            )
            for field in dataclasses.fields(points)
        }
    )


def values_around(
    columns: ColumnProcess,
    whole: dict[str, np.ndarray],
    x: np.ndarray,
    points: Ladder,
    element: int,
    part: slice,
) -> tuple[np.ndarray, np.ndarray]:
    """The reference on both sides of the ladder, `(STEPS, column, output element)`."""
    own, sides = x[part], []
    index = element - columns.variable_elements
    for values, exists in ((points.plus, points.right), (points.minus, points.left)):
        if index >= 0:
            name = columns.parameters[index]
            found = np.stack([columns.reference(own, whole, {name: v[0]}) for v in values])
        else:
            moved = np.tile(own, (STEPS, 1))
            moved[:, element] = values[:, part].reshape(-1)
            tiled = {n: np.tile(v, (STEPS,) + (1,) * (v.ndim - 1)) for n, v in whole.items()}
            found = columns.reference(moved, tiled).reshape(STEPS, len(own), -1)
        found[:, ~exists[part]] = np.nan
        sides.append(found)
    return sides[0], sides[1]


def _classified(
    base: np.ndarray,
    plus: np.ndarray,
    minus: np.ndarray,
    points: Ladder,
    defined: np.ndarray,
    output_sizes: np.ndarray,
    input_size: float,
) -> dict[str, np.ndarray]:
    """Fields of :class:`ElementMatrix` for some columns."""
    shape = base.shape
    with np.errstate(invalid="ignore"):
        moved = ((plus != base) & np.isfinite(plus)).any(axis=0)
        moved |= ((minus != base) & np.isfinite(minus)).any(axis=0)
    answered = np.isfinite(plus).any(axis=0) | np.isfinite(minus).any(axis=0)
    found = {
        name: np.full(shape, np.nan)
        for name in ("value", "error", "left", "right", "left_error", "right_error")
    }
    found["kind"] = np.where(answered, FLAT, UNCLASSIFIED)
    found["reason"] = np.where(answered, 0, _NO_ANSWER)
    found["one_sided"] = np.zeros(shape, dtype=bool)
    found["changed"] = moved & defined
    # No step changed a bit: the slope is less than a unit in the last place over the largest step.
    largest = np.maximum(points.steps_plus[0], points.steps_minus[0])[:, np.newaxis]
    found["value"][answered] = 0.0
    found["error"][answered] = (np.spacing(np.abs(base)) / largest)[answered]
    rows, outputs = np.nonzero(moved & defined)
    if len(rows):
        measured = slopes(
            base[rows, outputs],
            plus[:, rows, outputs],
            minus[:, rows, outputs],
            points.steps_plus[:, rows],
            points.steps_minus[:, rows],
            points.usable[:, rows],
            output_sizes[outputs],
        )
        scale = output_sizes[outputs] / input_size
        classes = kinks.classify(measured, points.right[rows], points.left[rows], scale)
        for name, values in (
            ("kind", classes.kind),
            ("reason", classes.reason),
            ("value", classes.value),
            ("error", classes.error),
            ("one_sided", classes.one_sided),
            ("left", measured.left),
            ("right", measured.right),
            ("left_error", measured.left_error),
            ("right_error", measured.right_error),
        ):
            found[name][rows, outputs] = values
    found["kind"][~defined] = -1
    return found
