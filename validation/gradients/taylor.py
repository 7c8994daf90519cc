"""Taylor remainder tests: does a tangent-linear derivative belong to its function?

With a step ε along a direction v, a function f and its derivative J leave

    R₁(ε) = ‖f(x + ε v) − f(x)‖            = O(ε)
    R₂(ε) = ‖f(x + ε v) − f(x) − ε J v‖    = O(ε²)

R₂ falls with slope two until rounding stops it; a wrong derivative makes it fall with slope one,
however small the error (Farrell et al. 2013, SIAM J. Sci. Comput. 35, C369, section 6). R₂ / ε, the
error of a one-sided difference, therefore has the shape of a V over the step, log over log.

The module is pure: it knows nothing about models or columns.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, Final

import jax
import numpy as np

from validation.gradients.thresholds import TAYLOR_SLOPE

Tree = Any
#: What a curve shows. slope: R₂ has slope two. linear: R₂ is rounding at every step, or all but the
#: largest. steeper: R₂ falls faster, its quadratic term is lost in rounding. kink: the function has
#: a kink or a jump within the steps. unexplained: none of these, the derivative is wrong.
KINDS: Final = ("slope", "linear", "steeper", "kink", "unexplained")
#: Steps that a slope is fitted to, and the fewest that will do.
WINDOW: Final = 6
FEWEST: Final = 4
#: A remainder counts as a number, not as rounding, beyond this multiple of the rounding.
ABOVE_NOISE: Final = 50.0
#: Smallest steps, whose remainders are all rounding. The largest of them is the measure of it:
#: where a step changes no bit, the remainder is next to nothing.
_NOISE_STEPS: Final = 12


def halving_steps(largest: float = 2.0**-5, number: int = 36) -> np.ndarray:
    """Steps ε₀ / 2ⁱ, `(number,)`.

    Args:
        largest: ε₀, in natural sizes of what the direction moves.
        number: at least 18; by default down to rounding in double precision.

    Raises:
        ValueError: if there are too few for a slope, or the largest is not positive.
    """
    if number < WINDOW + _NOISE_STEPS:
        raise ValueError(
            f"number of steps is {number}, expected at least {WINDOW + _NOISE_STEPS}: "
            "some for a slope, some for the rounding."
        )
    if not largest > 0 or not np.isfinite(largest):
        raise ValueError(f"largest step is {largest}, expected a positive number.")
    return largest * 0.5 ** np.arange(number)


@dataclasses.dataclass(frozen=True)
class TaylorCurve:
    """Remainders over a sweep of steps.

    Attributes:
        steps: ε, decreasing, `(n,)`.
        order_one: R₁, `(n,)`.
        order_two: R₂, `(n,)`.
        derivative: ‖J v‖.
        noise: level of rounding in R₂.
        window: first and one past the last index of the steps that the slopes are fitted to; equal
            if there are none.
        slope_one, slope_two: fitted slopes of both remainders in the window; NaN without one.
        kind: one of `KINDS`.
        reason: why, in words, for a kink; else empty.
    """

    steps: np.ndarray
    order_one: np.ndarray
    order_two: np.ndarray
    derivative: float
    noise: float
    window: tuple[int, int]
    slope_one: float
    slope_two: float
    kind: str
    reason: str = ""

    @property
    def error(self) -> np.ndarray:
        """Relative error R₂ / (ε ‖J v‖) of a one-sided difference, the V; NaN if J v = 0."""
        if self.derivative == 0:
            return np.full(len(self.steps), np.nan)
        return self.order_two / (self.steps * self.derivative)

    @property
    def best_error(self) -> float:
        """Lowest point of the V; NaN if J v = 0."""
        return float(np.min(self.error))

    @property
    def passed(self) -> bool:
        """Whether the derivative belongs to the function, as far as one can see."""
        return self.kind != "unexplained"


@dataclasses.dataclass(frozen=True)
class TaylorSummary:
    """The curves of many columns.

    Attributes:
        counts: columns by kind, every one of `KINDS`.
        real_counts: the same of columns from a model run.
        slopes: slope of R₂ of every column of kind "slope".
        best_errors: lowest relative error of every column whose derivative is not zero.
        curves: some of them by column: typical ones, and the first of every other kind.
        reasons: kinks by reason.
        failed: columns of kind "unexplained".
    """

    counts: dict[str, int]
    real_counts: dict[str, int]
    slopes: np.ndarray
    best_errors: np.ndarray
    curves: dict[str, TaylorCurve]
    reasons: dict[str, int]
    failed: list[str]

    @property
    def unexplained(self) -> int:
        """Columns whose derivative must be wrong."""
        return self.counts["unexplained"]

    @property
    def slope_range(self) -> tuple[float, float]:
        """Smallest and largest slope of R₂; NaN without any."""
        if not len(self.slopes):
            return float("nan"), float("nan")
        return float(self.slopes.min()), float(self.slopes.max())

    @property
    def classified_share(self) -> float:
        """Share of the real columns that are explained; 1 if there is none."""
        total = sum(self.real_counts.values())
        return 1.0 - self.real_counts["unexplained"] / total if total else 1.0


def euclidean_norm(tree: Tree) -> float:
    """Root of the sum of squares of all leaves."""
    return float(
        np.sqrt(sum(np.sum(np.square(np.asarray(leaf))) for leaf in jax.tree.leaves(tree)))
    )


def remainders(
    f: Callable[[Tree], Tree],
    x: Tree,
    v: Tree,
    jvp: Callable[[Tree, Tree], Tree],
    steps: Sequence[float] | np.ndarray,
    *,
    norm: Callable[[Tree], float] = euclidean_norm,
) -> TaylorCurve:
    """The Taylor test of one function at one point along one direction.

    Args:
        f: maps a pytree of floating-point arrays to another.
        x: where.
        v: direction, a pytree like `x`.
        jvp: maps (x, v) to J v, a pytree like `f(x)`.
        steps: decreasing; see :func:`halving_steps`. For a trustworthy level of rounding the last
            few should be so small that nothing but rounding is left.
        norm: of a pytree like `f(x)`; should scale different fields to their natural size.
    """
    steps = np.asarray(steps, dtype=float)
    base, tangent = f(x), jvp(x, v)
    one, two = [], []
    for step in steps:
        moved = f(jax.tree.map(lambda a, b, step=step: a + step * b, x, v))
        change = jax.tree.map(lambda a, b: np.asarray(a) - np.asarray(b), moved, base)
        one.append(norm(change))
        two.append(
            norm(jax.tree.map(lambda a, b, step=step: a - step * np.asarray(b), change, tangent))
        )
    return curve(steps, np.array(one), np.array(two), norm(tangent))


def curve(
    steps: np.ndarray,
    order_one: np.ndarray,
    order_two: np.ndarray,
    derivative: float,
    *,
    below: float = np.inf,
    reason: str = "",
) -> TaylorCurve:
    """Fit slopes to remainders and say what the curve shows.

    Args:
        steps: as in :class:`TaylorCurve`.
        order_one: alike.
        order_two: alike.
        derivative: alike.
        below: a kink lies at this step; larger ones say nothing about the derivative.
        reason: the kink in words; must be given with `below`.
    """
    noise = rounding_level(order_two)
    beyond = np.flatnonzero((order_two > ABOVE_NOISE * noise) & (steps < below))
    # The bottom of the slope, just above rounding: there the quadratic term is largest beside
    # those of higher order, and the linear one, which a wrong derivative leaves, beside both.
    end = int(beyond[-1]) + 1 if len(beyond) else 0
    first = max(end - WINDOW, int(np.argmax(steps < below)) if end else 0)
    if end - first < FEWEST:
        end = first
    start = _start(steps, order_two, first, end)
    slopes = (np.nan, np.nan)
    if end > start:
        slopes = (
            _slope(steps[start:end], order_one[start:end]),
            _slope(steps[start:end], order_two[start:end]),
        )
    found = dict(derivative=derivative, noise=noise, window=(start, end), reason=reason)
    return TaylorCurve(
        steps=steps,
        order_one=order_one,
        order_two=order_two,
        slope_one=slopes[0],
        slope_two=slopes[1],
        kind=_kind(slopes[1], kink=np.isfinite(below)),
        **found,
    )


def _start(steps: np.ndarray, order_two: np.ndarray, first: int, end: int) -> int:
    """Where the steps of a fit begin: the first of them, unless only lower ones show slope two.

    Quadratic and cubic terms may cancel at the upper steps. A linear one, which a wrong derivative
    leaves, shows the more the lower one looks.
    """
    lowest, highest = TAYLOR_SLOPE
    for start in range(first, end - FEWEST + 1):
        if lowest <= _slope(steps[start:end], order_two[start:end]) <= highest:
            return start
    return first


def rounding_level(order_two: np.ndarray) -> float:
    """Largest R₂ at the smallest steps, where it is all rounding.

    A wrong derivative leaves more than rounding there; the slope is then fitted higher up, where it
    is one all the same.
    """
    return max(float(np.max(order_two[-_NOISE_STEPS:])), np.finfo(float).tiny)


def _slope(steps: np.ndarray, values: np.ndarray) -> float:
    """Least-squares slope of log(values) over log(steps); NaN where a value is zero."""
    if not (values > 0).all():
        return float("nan")
    return float(np.polyfit(np.log(steps), np.log(values), 1)[0])


def _kind(slope: float, *, kink: bool) -> str:
    lowest, highest = TAYLOR_SLOPE
    if np.isnan(slope):
        return "kink" if kink else "linear"
    if slope > highest:
        return "steeper"
    return "slope" if slope >= lowest else "unexplained"


def summarised(
    curves: Sequence[TaylorCurve], columns: Sequence[str], real: np.ndarray, *, kept: int = 12
) -> TaylorSummary:
    """Count curves and keep a few of them.

    Args:
        curves: one per column.
        columns: names of the columns.
        real: whether each comes from a model run.
        kept: how many curves of kind "slope" to keep; of each other kind a third of it.
    """
    kinds = [curve.kind for curve in curves]
    own = {kind: [i for i, k in enumerate(kinds) if k == kind] for kind in KINDS}
    chosen = [
        i
        for kind, rows in own.items()
        for i in rows[: kept if kind == "slope" else max(1, kept // 3)]
    ]
    reasons: dict[str, int] = {}
    for curve_ in curves:
        if curve_.kind == "kink":
            reasons[curve_.reason] = reasons.get(curve_.reason, 0) + 1
    best = np.array([c.best_error for c in curves], dtype=float)
    return TaylorSummary(
        counts={kind: len(rows) for kind, rows in own.items()},
        real_counts={kind: int(np.sum(np.asarray(real)[rows])) for kind, rows in own.items()},
        slopes=np.array([curves[i].slope_two for i in own["slope"]]),
        best_errors=best[np.isfinite(best)],
        curves={columns[i]: curves[i] for i in chosen},
        reasons=reasons,
        failed=[columns[i] for i in own["unexplained"]],
    )
