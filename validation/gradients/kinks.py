"""Where a derivative exists: smooth points, kinks, jumps, and how far away the next one is.

Nothing here uses a derivative under test, so a wrong derivative cannot be excused by a kink.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Final

import numpy as np

from validation.gradients.differences import Slopes
from validation.gradients.thresholds import (
    ERROR_BARS,
    MEANINGLESS_SCALE,
    MEANINGLESS_SHARE,
)

SMOOTH, KINK, JUMP, FLAT, UNCLASSIFIED = range(5)
#: Why a point cannot be classified.
REASONS: Final = ("", "all round-off", "slopes do not settle", "vertical tangent")
_ROUND_OFF, _UNSETTLED, _VERTICAL = 1, 2, 3
#: A slope that grows by this factor from each step to the next has no limit.
_STEEPENING: Final = 1.2


@dataclasses.dataclass(frozen=True)
class Classified:
    """What functions are like at x.

    Attributes:
        kind: index into `column_results.CLASSES`, `(m,)`.
        reason: index into `REASONS`, zero unless unclassified.
        value, error: what a derivative is to be compared with, and its error bar: the central
            difference of a smooth point, the one-sided one at an end of the range, at a jump that
            of the branch that x belongs to; NaN elsewhere.
        one_sided: smooth as far as one can see from one side.
    """

    kind: np.ndarray
    reason: np.ndarray
    value: np.ndarray
    error: np.ndarray
    one_sided: np.ndarray


def classify(slopes: Slopes, right: np.ndarray, left: np.ndarray, scale: np.ndarray) -> Classified:
    """Classify functions that change along the ladder.

    Args:
        slopes: as measured, `(m,)`.
        right: whether there is a side above x, `(m,)`.
        left: alike, below.
        scale: natural size of the output over that of the input, positive.
    """
    s = slopes
    both = right & left
    with np.errstate(invalid="ignore"):
        jumps_right, jumps_left = right & (s.jump_right != 0), left & (s.jump_left != 0)
        jump = jumps_right | jumps_left
        differ = np.abs(s.right - s.left) > ERROR_BARS * (s.right_error + s.left_error)
        kink = both & ~jump & differ
        value = np.where(both, s.central, np.where(right, s.right, s.left))
        error = np.where(both, s.central_error, np.where(right, s.right_error, s.left_error))
        meaningless = ~(error <= MEANINGLESS_SHARE * np.abs(value)) & ~(
            error <= MEANINGLESS_SCALE * scale
        )
    kind = np.where(jump, JUMP, np.where(kink, KINK, np.where(meaningless, UNCLASSIFIED, SMOOTH)))
    # Where rounding alone would have allowed a verdict, the slopes themselves are at fault.
    rounding = ~(s.noise_bar <= MEANINGLESS_SCALE * scale) & ~(
        s.noise_bar <= MEANINGLESS_SHARE * np.abs(value)
    )
    reason = np.select(
        [kind != UNCLASSIFIED, s.steepening > _STEEPENING, rounding],
        [0, _VERTICAL, _ROUND_OFF],
        _UNSETTLED,
    )
    # x belongs to the side on which there is no jump; if there is one on both, to neither.
    own_right, own_left = jump & right & ~jumps_right, jump & left & ~jumps_left
    branch = np.where(own_right, s.right, np.where(own_left, s.left, np.nan))
    branch_error = np.where(own_right, s.right_error, np.where(own_left, s.left_error, np.nan))
    unknown = (
        jump
        & ~(branch_error <= MEANINGLESS_SCALE * scale)
        & ~(branch_error <= MEANINGLESS_SHARE * np.abs(branch))
    )
    branch = np.where(unknown, np.nan, branch)
    smooth = kind == SMOOTH
    return Classified(
        kind=kind,
        reason=reason,
        value=np.where(smooth, value, np.where(jump, branch, np.nan)),
        error=np.where(smooth, error, np.where(jump, branch_error, np.nan)),
        one_sided=smooth & ~both,
    )


#: Points of a search along a line, and how often the search zooms in.
_POINTS: Final = 17
_ZOOMS: Final = 14
#: Fourth differences of equidistant values: weights, and their norm, by which noise grows.
_FOURTH: Final = np.array([1.0, -4.0, 6.0, -4.0, 1.0])
_FOURTH_NORM: Final = float(np.linalg.norm(_FOURTH))
#: By how much a zoom shortens the interval: from all points to five of them.
_SHORTENING: Final = (_POINTS - 1) / 4
#: Fourth differences of a smooth function shrink with the fourth power of the interval, those
#: across a kink with the first one, across a jump not at all.
_NOT_SMOOTH: Final = 2.0
#: A difference counts as a number, not as rounding, beyond this multiple of the rounding.
_ABOVE_NOISE: Final = 30.0
_FEWEST_ZOOMS: Final = 2

#: Values of many functions at points of their own: (rows, points `(len(rows), n)`) to
#: `(len(rows), n, outputs)`, scaled to natural sizes.
Lines = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclasses.dataclass(frozen=True)
class Found:
    """Kinks or jumps on lines.

    Attributes:
        place: of the kink, NaN where none was found, `(m,)`.
        width: of the interval that it is known to lie in.
    """

    place: np.ndarray
    width: np.ndarray


def search(lines: Lines, rows: np.ndarray, start: np.ndarray, end: np.ndarray) -> Found:
    """Look for a kink or jump of functions of one number between `start` and `end`.

    The interval around the largest fourth difference is searched again and again; a kink shows by
    fourth differences that shrink too slowly until rounding hides them.

    Args:
        lines: see :data:`Lines`.
        rows: which functions, `(m,)`.
        start: lower ends of the intervals, `(m,)`.
        end: upper ends.
    """
    low, high = np.array(start, dtype=float), np.array(end, dtype=float)
    place, width = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    before = np.full(len(rows), np.nan)
    slow = np.zeros(len(rows), dtype=int)
    open_ = np.ones(len(rows), dtype=bool)
    share = np.linspace(0.0, 1.0, _POINTS)
    for _ in range(_ZOOMS):
        points = low[:, None] + share * (high - low)[:, None]
        values = lines(rows, points)
        fourth = sum(
            w * values[:, i : _POINTS - 4 + i] for i, w in enumerate(_FOURTH)
        )  # (m, 13, outputs)
        size = np.sqrt(np.sum(fourth**2, axis=-1))
        largest, where = size.max(axis=1), size.argmax(axis=1)
        rounding = np.sqrt(np.sum(np.max(np.abs(values), axis=1) ** 2, axis=-1))
        visible = largest > _ABOVE_NOISE * _FOURTH_NORM * np.finfo(float).eps * rounding
        with np.errstate(divide="ignore", invalid="ignore"):
            order = np.log(before / largest) / np.log(_SHORTENING)
        slow = np.where(visible & (order < _NOT_SMOOTH), slow + 1, np.where(visible, 0, slow))
        open_ &= visible
        rows_open = open_ & (slow >= _FEWEST_ZOOMS)
        index = np.arange(len(rows))
        new_low, new_high = points[index, where], points[index, where + 4]
        place = np.where(rows_open, 0.5 * (new_low + new_high), place)
        width = np.where(rows_open, new_high - new_low, width)
        low, high = np.where(open_, new_low, low), np.where(open_, new_high, high)
        before = np.where(open_, largest, before)
        if not open_.any():
            break
    return Found(place, width)
