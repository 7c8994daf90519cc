"""The Taylor test of every column along a direction of its own, and the kinks in its way."""

from __future__ import annotations

import numpy as np

from validation.gradients import kinks, taylor
from validation.gradients.column_functions import ColumnProcess, lowest
from validation.gradients.gate_distance import gate_names, signature
from validation.gradients.modes import random_directions
from validation.gradients.selection import Selection

#: Kinks that are looked for on one line: behind the first one there may be another below it.
_SEARCHES = 4
#: A kink this close to the column, relative to the steps that the slope was to be fitted to, cannot
#: be told from one at the column itself.
_AT_THE_POINT = 1e-2
#: Curves that are looked at together, and the share of them that a search must explain to go on.
_AT_ONCE = 100
_EXPLAINED_SHARE = 0.05
#: How far around a column a kink is looked for, relative to the same: closely where the curvature
#: hides it, widely where rounding does.
_REACHES = (1.0, 1 / 8, 1 / 64, 8.0, 64.0, 512.0)
#: A kink at the column itself: steps in shares of the lowest one that the slope was fitted to, and
#: the factor between two of them. Second differences over the step stay the same across a kink and
#: grow by that factor elsewhere, so they must grow by less than half of it, be more than rounding
#: by another factor, and the derivative must lie between the slopes to both sides, give or take a
#: share of their distance.
_STEPS_AT_THE_POINT = (1.0, 1 / 4, 1 / 16)
_FACTOR = 4.0
_MORE_THAN_ROUNDING = 20.0
_BETWEEN = 0.1
#: Curves that a kink may explain.
_SUSPECT = ("unexplained", "steeper")


class _Lines:
    """Columns that move along a direction each."""

    def __init__(
        self, columns: ColumnProcess, selection: Selection, steps: np.ndarray, seed: int
    ) -> None:
        self.columns, self.selection, self.steps = columns, selection, steps
        self.direction = _within_range(
            columns, selection, random_directions(columns, selection, seed), steps[0]
        )
        self._split = columns.variable_elements

    def inputs(self, rows: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Variables and parameters at x + t v, `(len(rows), element)` each."""
        move = t[:, np.newaxis] * self.direction[rows]
        x = self.selection.x[rows] + move[:, : self._split]
        return x, self.columns.defaults + move[:, self._split :]

    def values(self, rows: np.ndarray, t: np.ndarray) -> np.ndarray:
        """Outputs of the function under test in natural sizes, `(len(rows), output element)`."""
        x, theta = self.inputs(rows, t)
        flat = self.columns.values(x, self.selection.whole_of(rows), theta)
        return flat / self.selection.output_sizes

    def reference(self, t: float) -> np.ndarray:
        """The same of the reference, for all columns at one t."""
        rows = np.arange(len(self.selection.x))
        x, theta = self.inputs(rows, np.full(len(rows), t))
        named = dict(zip(self.columns.parameters, theta[0].tolist(), strict=True))
        flat = self.columns.reference(x, self.selection.whole, named)
        return flat / self.selection.output_sizes

    def many(self, rows: np.ndarray, points: np.ndarray) -> np.ndarray:
        """See :data:`validation.gradients.kinks.Lines`."""
        flat = self.values(np.repeat(rows, points.shape[1]), points.reshape(-1))
        return flat.reshape(*points.shape, -1)

    def reason(self, row: int, place: float, width: float) -> str:
        """What changes across a kink, in words."""
        own = np.full(2, row)
        x, _ = self.inputs(own, np.array([place - width, place + width]))
        for element in range(self._split):
            variable = self.columns.input_elements[element].variable
            x[:, element] = np.clip(x[:, element], lowest(variable), variable.maximum)
        before, after = signature(self.columns, x, self.selection.whole_of(own))
        names = gate_names(self.columns, len(before))
        changed = [name for name, a, b in zip(names, before, after, strict=True) if a != b]
        return f"gate {changed[0]}" if changed else "a kink that is no declared gate"


def taylor_tests(
    columns: ColumnProcess, selection: Selection, seed: int, *, of_reference: bool
) -> tuple[taylor.TaylorSummary, taylor.TaylorSummary | None]:
    """Taylor curves of all columns.

    Args:
        columns: the process.
        selection: its columns; all of them are looked at.
        seed: of the directions.
        of_reference: whether to hold the derivative against the values of the reference as well.

    Returns:
        The curves with the function's own values, and with those of the reference.
    """
    steps = taylor.halving_steps()
    lines = _Lines(columns, selection, steps, seed)
    everyone = np.arange(len(selection.x))
    tangent = columns.jvp(selection.x, selection.whole, lines.direction)[1]
    tangent = tangent / selection.output_sizes
    base = lines.values(everyone, np.zeros(len(everyone)))
    own = [lines.values(everyone, np.full(len(everyone), step)) - base for step in steps]
    summaries = [_summary(lines, np.stack(own), tangent)]
    if of_reference:
        base = lines.reference(0.0)
        theirs = [lines.reference(step) - base for step in steps]
        summaries.append(_summary(lines, np.stack(theirs), tangent))
    return summaries[0], summaries[1] if of_reference else None


def _summary(lines: _Lines, changes: np.ndarray, tangent: np.ndarray) -> taylor.TaylorSummary:
    steps = lines.steps
    remainders = changes - steps[:, np.newaxis, np.newaxis] * tangent
    one = np.sqrt(np.sum(changes**2, axis=-1))
    two = np.sqrt(np.sum(remainders**2, axis=-1))
    size = np.sqrt(np.sum(tangent**2, axis=-1))
    curves = [taylor.curve(steps, one[:, c], two[:, c], size[c]) for c in range(len(tangent))]
    below = np.full(len(curves), np.inf)
    waiting = [i for i, c in enumerate(curves) if c.kind in _SUSPECT]
    while waiting:
        suspects, waiting = np.array(waiting[:_AT_ONCE], dtype=int), waiting[_AT_ONCE:]
        explained = 0
        for _ in range(_SEARCHES):
            place, width = _kinks(lines, suspects, curves)
            for k in np.flatnonzero(np.isfinite(place)):
                row = suspects[k]
                below[row] = min(max(place[k], 0.0), below[row])
                reason = lines.reason(int(row), place[k], width[k])
                curves[row] = taylor.curve(
                    steps, one[:, row], two[:, row], size[row], below=below[row], reason=reason
                )
                explained += 1
            suspects = np.array([i for i in suspects if curves[i].kind in _SUSPECT], dtype=int)
            if not len(suspects) or not np.isfinite(place).any():
                break
        for row, width in at_a_kink(lines, suspects, curves, tangent):
            reason = lines.reason(row, 0.0, width)
            curves[row] = taylor.curve(
                steps, one[:, row], two[:, row], size[row], below=0.0, reason=reason
            )
            explained += 1
        # Where hardly any curve is explained the derivative is wrong everywhere.
        if explained < _EXPLAINED_SHARE * _AT_ONCE:
            break
    return taylor.summarised(curves, lines.selection.labels, lines.selection.real)


def _kinks(
    lines: _Lines, suspects: np.ndarray, curves: list[taylor.TaylorCurve]
) -> tuple[np.ndarray, np.ndarray]:
    """Kinks within the steps that a slope was fitted to, NaN where there is none, and their widths.

    The lines are searched upward from the columns first, then closely around the columns: at a kink
    the derivative is that of one side, and the remainder may be taken on the other.
    """
    upper = np.array([lines.steps[curves[i].window[0]] for i in suspects])
    ahead = kinks.search(lines.many, suspects, np.zeros(len(suspects)), upper)
    place, width = ahead.place.copy(), ahead.width.copy()
    for share in _REACHES:
        missing = np.flatnonzero(np.isnan(place))
        if not len(missing):
            break
        reach = share * upper[missing]
        around = kinks.search(lines.many, suspects[missing], -reach, reach)
        at_column = np.abs(around.place) <= np.maximum(around.width, _AT_THE_POINT * upper[missing])
        place[missing] = np.where(at_column, 0.0, np.nan)
        width[missing] = np.where(at_column, around.width, np.nan)
    return place, width


def at_a_kink(
    lines: _Lines, suspects: np.ndarray, curves: list[taylor.TaylorCurve], tangent: np.ndarray
) -> list[tuple[int, float]]:
    """Columns that lie on a kink themselves, also on one that is weak beside other outputs.

    Args:
        lines: columns that move along a direction each.
        suspects: rows of the columns to look at.
        curves: of all columns.
        tangent: derivative along the direction, `(column, output element)`, in natural sizes.

    Returns:
        Rows, and how far to both sides they were looked at.
    """
    found: dict[int, float] = {}
    if not len(suspects):
        return []
    lowest_step = np.array([lines.steps[max(curves[i].window[1] - 1, 0)] for i in suspects])
    noise = np.array([curves[i].noise for i in suspects])
    for share in _STEPS_AT_THE_POINT:
        step = share * lowest_step
        points = step[:, np.newaxis] * np.array([-_FACTOR, -1.0, 0.0, 1.0, _FACTOR])
        far_below, below, at, above, far_above = np.moveaxis(lines.many(suspects, points), 1, 0)
        width = step[:, np.newaxis]
        left, right = (at - below) / width, (above - at) / width
        near = np.linalg.norm(right - left, axis=-1)
        far = np.linalg.norm((far_above - 2.0 * at + far_below) / (_FACTOR * width), axis=-1)
        own = tangent[suspects]
        nearest = np.clip(own, np.minimum(left, right), np.maximum(left, right))
        kinked = (
            (far < 0.5 * _FACTOR * near)
            & (near > _MORE_THAN_ROUNDING * noise / step)
            & (np.linalg.norm(own - nearest, axis=-1) <= _BETWEEN * near)
        )
        for k in np.flatnonzero(kinked):
            found.setdefault(int(suspects[k]), float(_FACTOR * step[k]))
    return list(found.items())


def _within_range(
    columns: ColumnProcess, selection: Selection, direction: np.ndarray, largest: float
) -> np.ndarray:
    """Directions shortened so that the largest step stays within the declared range.

    What is at an end of its range or exactly zero stays there: limiters put it there, there is no
    derivative to both sides, and some functions have a vertical tangent (no precipitation, no
    wind). The complete matrix of derivatives has these points. A parameter that is rounded on the
    way stays as well.
    """
    direction = direction.copy()
    for name in columns.rounded:
        direction[:, columns.elements_named(name)] = 0.0
    for element in range(columns.variable_elements):
        variable = columns.input_elements[element].variable
        x, own = selection.x[:, element], direction[:, element]
        room = np.minimum(variable.maximum - x, x - variable.minimum)
        shortened = np.minimum(np.abs(own), 0.5 * room / largest)
        direction[:, element] = np.where(x == 0, 0.0, np.sign(own) * shortened)
    return direction
