"""Finite differences with an error bar: the bar holds, and it is sharp."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.errors import InputError
from validation.gradients.differences import STEPS, ladder, slopes
from validation.gradients.thresholds import ERROR_BARS


def measured(function, x, size, minimum=-np.inf, maximum=np.inf):
    """Slopes of `function` at the numbers `x`."""
    x = np.atleast_1d(np.asarray(x, dtype=float))
    points = ladder(x, size, minimum, maximum)
    plus, minus = function(points.plus), function(points.minus)
    plus[:, ~points.right] = np.nan
    minus[:, ~points.left] = np.nan
    base = function(x)
    scale = np.maximum(np.abs(base), 1e-300)
    return points, slopes(
        base, plus, minus, points.steps_plus, points.steps_minus, points.usable, scale
    )


#: Functions and derivatives, with the interval in which their natural size is about 1.
FUNCTIONS = {
    "exp": (np.exp, np.exp, -3.0, 3.0),
    "sine": (np.sin, np.cos, -3.0, 3.0),
    "cubic": (lambda x: x**3 - 2.0 * x, lambda x: 3.0 * x**2 - 2.0, -3.0, 3.0),
    "logarithm": (np.log, lambda x: 1.0 / x, 1.0, 9.0),
    "offset": (lambda x: 1e6 + np.sin(x), np.cos, -3.0, 3.0),
    "large_argument": (lambda x: np.sin(x - 1e5), lambda x: np.cos(x - 1e5), 99997.0, 100003.0),
    "cancelling": (lambda x: (1e8 + np.exp(x)) - 1e8, np.exp, -1.0, 1.0),
}


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
@settings(max_examples=60, deadline=None)
@given(share=st.floats(0.0, 1.0), log_size=st.floats(-0.5, 0.5))
def test_the_derivative_lies_within_the_error_bars(name, share, log_size):
    function, derivative, low, high = FUNCTIONS[name]
    x = low + share * (high - low)
    _, found = measured(function, x, 10.0**log_size)
    for kind in ("central", "right", "left"):
        value, bar = getattr(found, kind)[0], getattr(found, f"{kind}_error")[0]
        distance = abs(value - derivative(x))
        assert distance <= ERROR_BARS * bar, (
            f"{kind} slope of {name} at {x} is {value}, expected {derivative(x)}: "
            f"{distance / bar:.1f} error bars of {bar:.1e}"
        )


@pytest.mark.parametrize(("name", "sharp"), [("exp", 1e-10), ("sine", 1e-10), ("offset", 1e-6)])
def test_the_error_bar_is_sharp(name, sharp):
    function, derivative, low, high = FUNCTIONS[name]
    x = np.linspace(low, high, 400)
    _, found = measured(function, x, 1.0)
    largest = np.abs(derivative(x)).max()
    assert np.median(found.central_error) < sharp * largest
    # and no more than a hundred times too wide for most of the points
    actual = np.abs(found.central - derivative(x))
    assert np.mean(actual < 1e-3 * found.central_error) < 0.2


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), exponent=st.integers(-14, -6))
def test_noise_widens_the_error_bar(seed, exponent):
    """A function that loses digits inside is not trusted beyond what is left."""
    noise = 10.0**exponent

    def lossy(x):
        # Pseudo-random, yet the same at the same argument.
        rattle = np.sin(1e9 * x + seed) * 1e5
        return np.exp(x) + noise * (rattle - np.floor(rattle) - 0.5)

    _, found = measured(lossy, np.linspace(-1.0, 1.0, 50), 1.0)
    off = np.abs(found.central - np.exp(np.linspace(-1.0, 1.0, 50)))
    assert np.mean(off <= ERROR_BARS * found.central_error) >= 0.98
    assert np.median(found.central_error) >= noise


def test_a_step_that_is_all_rounding_is_refused():
    ladder(np.array([1e5]), 1.0)
    with pytest.raises(InputError, match=r"largest step of a difference is .*all of it would be"):
        ladder(np.array([0.0, 1e5]), 1e-8)
    with pytest.raises(InputError, match="units in its last place"):
        ladder(np.array([1.0]), 1.0, largest=1e-15)


@settings(max_examples=60, deadline=None)
@given(
    x=st.floats(0.0, 1.0), size=st.floats(1e-3, 10.0), near=st.sampled_from([0.0, 1e-12, 1e-3, 1.0])
)
def test_steps_stay_within_the_range(x, size, near):
    x = near * x
    points = ladder(np.array([x]), size, 0.0, 1.0)
    for values in (points.plus, points.minus):
        assert ((values >= 0.0) & (values <= 1.0)).all()
    assert points.right[0] or points.left[0]
    if x in (0.0, 1.0):
        assert points.right[0] == (x == 0.0), "at an end only the side within the range is left"
        assert points.left[0] == (x == 1.0)
    exists = points.steps_plus if points.right[0] else points.steps_minus
    assert (np.diff(exists[:, 0]) < 0).all(), "steps fall towards the point"
    assert exists.shape == (STEPS, 1)


def test_at_an_end_of_the_range_only_one_slope_exists():
    _, found = measured(np.exp, [0.0], 1.0, minimum=0.0)
    assert found.right[0] == pytest.approx(1.0, abs=ERROR_BARS * found.right_error[0])
    assert np.isnan(found.left[0])
    assert np.isinf(found.central_error[0])
