"""Finite differences that know their own error.

Along one direction a function is evaluated at x ± h_i with h_i = h₀ / 4ⁱ. Three neighbouring steps
are extrapolated to zero (Ridders 1982; Neville's scheme), for central differences in powers of h²,
for one-sided ones in powers of h. Of all such triples of steps the one with the smallest error
estimate is taken, where the estimate is the sum of

* truncation: the largest distance of the extrapolated value from those it was made of;
* rounding: the noise of the function, measured, divided by the smallest of the three steps.

The noise is measured by combinations of neighbouring values in which everything up to the second
power of h cancels (the idea of the difference tables of Moré and Wild 2011, SIAM J. Sci. Comput.
33, 1292). So a function that loses digits inside gets the error bar that it deserves.

Arrays have the axis of the steps first; everything behind it is arbitrary.
"""

from __future__ import annotations

import dataclasses
from typing import Final

import numpy as np

from reference.errors import InputError
from validation.gradients.thresholds import SMALLEST_STEP_ULP

#: Largest step in natural sizes of what moves.
LARGEST_STEP: Final = 0.02
#: Ratio of neighbouring steps.
RATIO: Final = 4.0
#: Number of steps; the smallest is 8e-8 natural sizes.
STEPS: Final = 10
#: A value nearer to the end of its range than this share of the largest step is only moved away
#: from it: steps that fit on both sides would be too small to say anything.
_TOO_NEAR: Final = 1e-4
#: Where the windows start whose values are smooth enough to measure noise with.
_NOISE_STARTS: Final = (STEPS - 6, STEPS - 5, STEPS - 4)
#: Weights of four neighbouring values that let constant, linear and quadratic parts cancel.
_NOISE_WEIGHTS: Final = (1.0, -21.0, 84.0, -64.0)
_NOISE_NORM: Final = float(np.linalg.norm(_NOISE_WEIGHTS))
#: The largest of a few samples of noise is taken on either side, and the smaller side counts, so
#: that a kink on one side is not mistaken for noise. Twice that is a fair bound of a rounding.
_NOISE_SAFETY: Final = 2.0
#: A limit is another value than f(x) beyond this multiple of the noise ...
_JUMP_NOISE: Final = 50.0
#: ... and this share of the natural size of f ...
_SMALLEST_JUMP: Final = 1e-10
#: ... if it does not depend on the steps by more than this share.
_UNSETTLED: Final = 0.2
#: Rounding of a slope relative to it, where the values have next to none (a product with a number
#: near zero): that of the extrapolation, and of the dozens of factors that a slope is made of.
_OWN_ROUNDING: Final = 64 * float(np.finfo(float).eps)
#: Numbers below are lost: JAX takes them as zero.
_UNDERFLOW: Final = float(np.finfo(float).tiny)
_HALF_ULP: Final = float(np.finfo(float).eps) / 2


@dataclasses.dataclass(frozen=True)
class Ladder:
    """Points at which a function of one number is to be evaluated.

    Attributes:
        values: x, `(...)`.
        plus, minus: x + h_i and x - h_i as rounded, `(STEPS, ...)`, falling towards x.
        steps_plus, steps_minus: their exact distances from x, positive, alike.
        right, left: whether a side lies within the declared range, `(...)`.
        usable: whether a step is large enough beside the rounding of x, `(STEPS, ...)`.
    """

    values: np.ndarray
    plus: np.ndarray
    minus: np.ndarray
    steps_plus: np.ndarray
    steps_minus: np.ndarray
    right: np.ndarray
    left: np.ndarray
    usable: np.ndarray


def ladder(
    values: np.ndarray,
    size: float | np.ndarray,
    minimum: float = -np.inf,
    maximum: float = np.inf,
    *,
    largest: float = LARGEST_STEP,
) -> Ladder:
    """Steps around `values`, both sides of it where the accepted range allows it.

    Args:
        values: x, `(...)`.
        size: natural size of x, positive, broadcastable.
        minimum: smallest accepted value.
        maximum: largest accepted value.
        largest: largest step in natural sizes.

    Raises:
        InputError: if a step is so small that nothing but the rounding of x would be seen.
    """
    values = np.asarray(values, dtype=float)
    top = np.broadcast_to(np.asarray(largest * size, dtype=float), values.shape)
    ulp = np.spacing(np.abs(values))
    too_small = ~(top >= SMALLEST_STEP_ULP * ulp)
    if too_small.any():
        place = tuple(int(i) for i in np.argwhere(too_small)[0])
        raise InputError(
            f"largest step of a difference is {top[place]:.3g} at a value of {values[place]:.6g}, "
            f"expected at least {SMALLEST_STEP_ULP} units in its last place "
            f"({SMALLEST_STEP_ULP * ulp[place]:.3g}): all of it would be rounding."
        )
    room_left, room_right = values - minimum, maximum - values
    nearest = np.minimum(room_left, room_right)
    two_sided = nearest >= _TOO_NEAR * top
    # Just inside the range, so that the rounding of x - h does not leave it.
    top = np.where(two_sided, np.minimum(top, 0.999 * nearest), top)
    right = two_sided | (room_right >= room_left)
    left = two_sided | ~right
    steps = top * (RATIO ** -np.arange(STEPS)).reshape((-1,) + (1,) * values.ndim)
    plus, minus = values + steps, values - steps
    plus = np.where(right, np.minimum(plus, maximum), values)
    minus = np.where(left, np.maximum(minus, minimum), values)
    return Ladder(
        values=values,
        plus=plus,
        minus=minus,
        steps_plus=plus - values,
        steps_minus=values - minus,
        right=right,
        left=left,
        usable=steps >= SMALLEST_STEP_ULP * ulp,
    )


@dataclasses.dataclass(frozen=True)
class Slopes:
    """Slopes at x with their error bars; an absent one is NaN with an infinite bar.

    Attributes:
        central, central_error: extrapolated central difference, `(m,)`.
        right, right_error, left, left_error: extrapolated one-sided differences.
        jump_right, jump_left: limit of the function from that side minus its value at x.
        noise: of the function's values.
        noise_bar: the error bar that rounding alone would leave with the largest steps.
        steepening: factor by which a one-sided slope grows at least from each of the smallest steps
            to the next: 1 for a slope that exists, 2 for a square root at zero.
    """

    central: np.ndarray
    central_error: np.ndarray
    right: np.ndarray
    right_error: np.ndarray
    left: np.ndarray
    left_error: np.ndarray
    jump_right: np.ndarray
    jump_left: np.ndarray
    noise: np.ndarray
    noise_bar: np.ndarray
    steepening: np.ndarray


def slopes(
    base: np.ndarray,
    plus: np.ndarray,
    minus: np.ndarray,
    steps_plus: np.ndarray,
    steps_minus: np.ndarray,
    usable: np.ndarray,
    size: np.ndarray | float,
) -> Slopes:
    """Slopes of many functions at once from their values on a ladder.

    Args:
        base: f(x), `(m,)`.
        plus: f at the points of the ladder above x, `(STEPS, m)`; NaN on an absent side.
        minus: the same below x.
        steps_plus: as in :class:`Ladder`, `(STEPS, m)`.
        steps_minus: alike.
        usable: alike.
        size: natural size of the values, `(m,)`; no jump is looked for below a tiny share of it.
    """
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        noise = _noise(base, plus, minus)
        smallest = np.where(usable, np.minimum(steps_plus, steps_minus), np.nan)
        central = (plus - minus) / (steps_plus + steps_minus)
        one = _Extrapolation(RATIO**2, RATIO**4)
        two = _Extrapolation(RATIO, RATIO**2)
        centre, centre_error = one.best(np.where(usable, central, np.nan), smallest, noise)
        up = np.where(usable, (plus - base) / steps_plus, np.nan)
        down = np.where(usable, (base - minus) / steps_minus, np.nan)
        right, right_error = two.best(up, steps_plus, 2 * noise)
        left, left_error = two.best(down, steps_minus, 2 * noise)
    return Slopes(
        central=centre,
        central_error=centre_error,
        right=right,
        right_error=right_error,
        left=left,
        left_error=left_error,
        jump_right=_jump(base, plus, noise, size),
        jump_left=_jump(base, minus, noise, size),
        noise=noise,
        noise_bar=noise / np.fmax(steps_plus, steps_minus)[2],
        steepening=np.fmax(_steepening(up), _steepening(down)),
    )


def _noise(base: np.ndarray, plus: np.ndarray, minus: np.ndarray) -> np.ndarray:
    """Standard deviation of the rounding of f near x, `(m,)`; see the module docstring."""
    sides = []
    for values in (plus, minus):
        samples = [
            np.abs(sum(w * values[i + j] for j, w in enumerate(_NOISE_WEIGHTS))) / _NOISE_NORM
            for i in _NOISE_STARTS
        ]
        sides.append(np.maximum.reduce(samples))
    return np.maximum(_NOISE_SAFETY * np.fmin(*sides), _HALF_ULP * np.abs(base))


def _steepening(side: np.ndarray) -> np.ndarray:
    """Smallest growth of a one-sided slope over the smallest steps, `(m,)`; NaN without a side."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.min(np.abs(side[-5:] / side[-6:-1]), axis=0)


def _jump(
    base: np.ndarray, side: np.ndarray, noise: np.ndarray, size: np.ndarray | float
) -> np.ndarray:
    """Limit of f from one side minus f(x), `(m,)`; zero where it is within rounding or unsettled.

    The limit is extrapolated without f(x) from the smallest steps, and from larger ones to see
    whether it stays.
    """
    two = _Extrapolation(RATIO, RATIO**2)
    limits = two.columns(side)[1] - base
    last, before = limits[-1], limits[-3]
    settled = np.abs(last - before) <= _UNSETTLED * np.abs(last)
    visible = np.abs(last) > np.maximum(_JUMP_NOISE * noise, _SMALLEST_JUMP * size)
    return np.where(visible & settled, last, 0.0)


@dataclasses.dataclass(frozen=True)
class _Extrapolation:
    """Neville's scheme in three neighbouring steps.

    Attributes:
        first, second: factors by which the two leading terms shrink from step to step.
    """

    first: float
    second: float

    def columns(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """First and second column of the scheme, one and two entries shorter than `values`."""
        once = (self.first * values[1:] - values[:-1]) / (self.first - 1.0)
        return once, (self.second * once[1:] - once[:-1]) / (self.second - 1.0)

    def best(
        self, values: np.ndarray, steps: np.ndarray, noise: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The entry with the smallest error estimate, and that estimate, `(m,)`."""
        once, twice = self.columns(values)
        truncation = np.maximum(np.abs(twice - once[:-1]), np.abs(twice - once[1:]))
        error = truncation + (noise + _UNDERFLOW) / steps[2:] + _OWN_ROUNDING * np.abs(twice)
        # The next smaller steps must not contradict: two entries may agree by accident.
        contradiction = np.abs(twice[:-1] - twice[1:]) - error[1:]
        error[:-1] = np.fmax(error[:-1], contradiction)
        error = np.where(np.isfinite(error), error, np.inf)
        chosen = np.argmin(error, axis=0)[np.newaxis]
        value = np.take_along_axis(twice, chosen, axis=0)[0]
        smallest = np.take_along_axis(error, chosen, axis=0)[0]
        return np.where(np.isfinite(smallest), value, np.nan), smallest
