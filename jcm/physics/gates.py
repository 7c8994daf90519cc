"""Gates: where a process changes from one regime to another, abruptly or over a finite width.

The original switches processes on and off at thresholds, and takes larger and smaller values. There
a derivative jumps or does not exist. A gate of width w > 0 spreads every such place over

    |x - threshold| < δ ,    δ = w x the natural scale of x

and is the original beyond, digit for digit: the transition is a polynomial that ends, not a tail
that decays. With t = ½ + (x - threshold) / 2δ, limited to 0 … 1,

    step(t) = t³ (10 - 15 t + 6 t²) ,    bump(t) = 10 t³ (1 - t)³

a step has two continuous derivatives, and max(x, 0) becomes its integral, x step + δ bump, which
has three, is never negative and at most 5/32 δ too large. Each use of a gate states its scale.

References:
    docs/smooth-gates.md says what is smoothed with which scale, and what that costs.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import TypeAlias

import jax
import jax.numpy as jnp
from jax.custom_derivatives import SymbolicZero

from jcm.parameters import Number

#: Whether (bool) or to which share between 0 and 1 (float) a regime is taken.
Indicator: TypeAlias = jax.Array


@dataclasses.dataclass(frozen=True)
class Gates:
    """The gates of all processes. Hashable, hence static under `jax.jit`.

    With width 0 the methods are the plain comparisons, choices and extrema of JAX. Indicators are
    then flags, otherwise shares. Arguments broadcast against each other.

    Attributes:
        width: of the transitions, in natural scales [1].

    Raises:
        ValueError: if the width is negative or not finite.
    """

    width: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.width) and self.width >= 0.0):
            raise ValueError(
                f"the width of the gates is {self.width!r}, expected a finite number that is not "
                "negative"
            )
        object.__setattr__(self, "width", float(self.width))

    @property
    def smooth(self) -> bool:
        """Whether the transitions have a width."""
        return self.width > 0.0

    def above(self, x: Number, threshold: Number, scale: Number) -> Indicator:
        """Whether x > threshold.

        Args:
            x: anything.
            threshold: in the unit of `x`.
            scale: natural scale of `x`, positive, in its unit.
        """
        if not self.smooth:
            return x > threshold
        return _step(x - threshold, self.width * scale)

    def at_least(self, x: Number, threshold: Number, scale: Number) -> Indicator:
        """Whether x >= threshold; arguments as for :meth:`above`."""
        return self.above(x, threshold, scale) if self.smooth else x >= threshold

    def both(self, first: Indicator, second: Indicator) -> Indicator:
        """Whether both hold; shares are multiplied."""
        return first * second if self.smooth else first & second

    def either(self, first: Indicator, second: Indicator) -> Indicator:
        """Whether at least one holds; shares of failing are multiplied."""
        return 1.0 - (1.0 - first) * (1.0 - second) if self.smooth else first | second

    def taken(self, indicator: Indicator) -> jax.Array:
        """The flag of a regime: that itself, or whether its share exceeds one half."""
        return indicator > 0.5 if self.smooth else indicator

    def choose(self, indicator: Indicator, yes: Number, no: Number) -> jax.Array:
        """One of two values, or their mean; both must be finite."""
        if not self.smooth:
            return jnp.where(indicator, yes, no)
        return indicator * yes + (1.0 - indicator) * no

    def among(self, *cases: tuple[Indicator, jax.Array]) -> jax.Array:
        """The value of the case that holds, zero if none does; or the sum weighed with the shares.

        Args:
            cases: pairs of indicator and value; at most one holds, or the shares may be any
                weights.
        """
        if self.smooth:
            return sum(share * value for share, value in cases)
        chosen = 0.0
        for holds, value in reversed(cases):
            chosen = jnp.where(holds, value, chosen)
        return chosen

    def excess(
        self, x: Number, threshold: Number, scale: Number, factor: Number = 1.0
    ) -> jax.Array:
        """By how much `x` exceeds a threshold, else zero, times a factor.

        Without width this differs from :meth:`positive_part` in its derivative at the threshold,
        which is zero instead of one half. Arguments as for :meth:`above`.
        """
        if self.smooth:
            return self.positive_part(x - threshold, scale) * factor
        return jnp.where(x > threshold, (x - threshold) * factor, 0.0)

    def positive_part(self, x: Number, scale: Number) -> jax.Array:
        """max(x, 0); arguments as for :meth:`above`."""
        if not self.smooth:
            return jnp.maximum(x, 0.0)
        return self.maximum(x, 0.0, scale)

    def maximum(self, x: Number, y: Number, scale: Number) -> jax.Array:
        """The larger of two values of the natural scale `scale`."""
        if not self.smooth:
            return jnp.maximum(x, y)
        return _larger(x, y, self.width * scale)

    def minimum(self, x: Number, y: Number, scale: Number) -> jax.Array:
        """The smaller of two values of the natural scale `scale`."""
        if not self.smooth:
            return jnp.minimum(x, y)
        return -_larger(-x, -y, self.width * scale)

    def clip(self, x: Number, lowest: Number, highest: Number, scale: Number) -> jax.Array:
        """`x` limited to a range, of the natural scale `scale`."""
        if not self.smooth:
            return jnp.clip(x, lowest, highest)
        return self.maximum(self.minimum(x, highest, scale), lowest, scale)

    def absolute_value(self, x: Number, scale: Number) -> jax.Array:
        """|x|; arguments as for :meth:`above`."""
        if not self.smooth:
            return jnp.abs(x)
        return self.positive_part(x, scale) + self.positive_part(-x, scale)

    def square_root(self, x: jax.Array, scale: Number) -> jax.Array:
        """√x of a value that is not negative, with a finite derivative at 0.

        Without width that derivative is zero. With it, a straight line through 0 and the root at
        x = δ passes into the root below 2δ.
        """
        positive = x > 0.0
        root = jnp.where(positive, jnp.sqrt(jnp.where(positive, x, 1.0)), 0.0)
        if not self.smooth:
            return root
        δ = self.width * scale
        step = _step(x - δ, δ)
        return step * root + (1.0 - step) * x / jnp.sqrt(δ)


#: The gates of the original.
HARD = Gates()


def reaches(top: jax.Array, level: int, reach: jax.Array | None) -> Indicator:
    """Whether something that ends at a top gets as high as a level.

    Args:
        top: level of the top, the number of levels where there is none, `(*column)`.
        level: at most the lowest.
        reach: share that reaches each level or higher, `(level, *column)`, where gates have a
            width: it changes smoothly where the top jumps. None: as `top` says.
    """
    return top <= level if reach is None else reach[level]


def ends(top: jax.Array, level: int, reach: jax.Array | None) -> Indicator:
    """Whether the top is a level; arguments as for :func:`reaches`."""
    if reach is None:
        return top == level
    return reach[level] - reach[level - 1] if level > 0 else reach[level]


# Derivatives are written out: they take less to compile, and stay finite however far x lies.
@jax.custom_jvp
def _step(x: Number, δ: Number) -> jax.Array:
    """From 0 at x = -δ to 1 at x = δ."""
    t = _progress(x, δ)
    return t**3 * (10.0 + t * (6.0 * t - 15.0))


@functools.partial(_step.defjvp, symbolic_zeros=True)
def _step_tangent(values: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    x, δ = values
    t = _progress(x, δ)
    slope = 15.0 * (t * (1.0 - t)) ** 2 / δ
    return _tangent(_step(x, δ), tangents, (slope, slope * (1.0 - 2.0 * t)))


@jax.custom_jvp
def _larger(x: Number, y: Number, δ: Number) -> jax.Array:
    """The larger of two values that lie further apart than δ, a mean and a bump in between."""
    step = _step(x - y, δ)
    return step * x + (1.0 - step) * y + δ * _bump(_progress(x - y, δ))


@functools.partial(_larger.defjvp, symbolic_zeros=True)
def _larger_tangent(values: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    x, y, δ = values
    step = _step(x - y, δ)
    return _tangent(_larger(x, y, δ), tangents, (step, 1.0 - step, _bump(_progress(x - y, δ))))


def _tangent(
    value: jax.Array, tangents: tuple, derivatives: tuple[jax.Array, ...]
) -> tuple[jax.Array, jax.Array]:
    """A value and its tangent, without the arguments that do not vary."""
    parts = [
        derivative * tangent
        for derivative, tangent in zip(derivatives, tangents, strict=True)
        if not isinstance(tangent, SymbolicZero)
    ]
    return value, sum(parts, start=jnp.zeros_like(value))


def _bump(t: jax.Array) -> jax.Array:
    return 10.0 * (t * (1.0 - t)) ** 3


def _progress(x: Number, δ: Number) -> jax.Array:
    """t: from 0 at x = -δ to 1 at x = δ."""
    return jnp.clip(0.5 + 0.5 * x / δ, 0.0, 1.0)
