"""Taylor remainders: slope two for right derivatives, and for no others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from validation.gradients import taylor
from validation.gradients.column_taylor import at_a_kink
from validation.gradients.directions import (
    directions,
    natural_size,
    parameter_size,
    unit_direction,
)
from validation.gradients.thresholds import TAYLOR_SLOPE

STEPS = taylor.halving_steps()


def _f(tree):
    return {"y": np.exp(0.5 * tree["a"]) * tree["b"][0] ** 2, "z": np.sin(tree["b"])}


def _jvp(tree, v, factor=1.0):
    a, b = tree["a"], tree["b"]
    change = np.exp(0.5 * a) * (0.5 * v["a"] * b[0] ** 2 + 2.0 * b[0] * v["b"][0])
    return {"y": factor * change, "z": np.cos(b) * v["b"]}


_X = {"a": np.array([0.3, -0.7]), "b": np.array([1.2, 0.4])}
_V = {"a": np.array([1.0, 0.3]), "b": np.array([-0.4, 0.8])}


def test_a_right_derivative_has_slope_two():
    curve = taylor.remainders(_f, _X, _V, _jvp, STEPS)
    assert curve.kind == "slope"
    assert TAYLOR_SLOPE[0] <= curve.slope_two <= TAYLOR_SLOPE[1]
    assert curve.slope_one == pytest.approx(1.0, abs=0.01)
    assert curve.best_error < 1e-7
    # The V: smallest in the middle, larger at both ends.
    lowest = int(np.argmin(curve.error))
    assert 5 < lowest < len(STEPS) - 5
    assert curve.error[0] > 100 * curve.best_error < curve.error[-1]


@settings(max_examples=80, deadline=None)
@given(log_error=st.floats(-6.0, 1.0), sign=st.sampled_from([-1.0, 1.0]))
def test_any_wrong_factor_is_unexplained(log_error, sign):
    factor = 1.0 + sign * 10.0**log_error
    curve = taylor.remainders(_f, _X, _V, lambda x, v: _jvp(x, v, factor), STEPS)
    assert curve.kind == "unexplained", f"factor {factor}: {curve.kind}, slope {curve.slope_two}"


@pytest.mark.parametrize(
    ("function", "derivative", "kind"),
    [
        (lambda x: 3.0 * x + 1.0, lambda x: 3.0, "linear"),
        (lambda x: 0.0 * x + 1.0, lambda x: 0.0, "linear"),
        (lambda x: x**2, lambda x: 2.0 * x, "slope"),
        (lambda x: (x - 1.0) ** 3, lambda x: 3.0 * (x - 1.0) ** 2, "steeper"),
        (np.sin, lambda x: -np.cos(x), "unexplained"),
        (np.sin, lambda x: 0.0, "unexplained"),
    ],
)
def test_what_a_curve_shows(function, derivative, kind):
    curve = taylor.remainders(
        function, np.array([1.0]), np.array([1.0]), lambda x, v: derivative(x) * v, STEPS
    )
    assert curve.kind == kind
    assert curve.passed == (kind != "unexplained")


def test_below_a_kink_the_slope_is_that_of_the_smooth_part():
    def bent(x):
        return np.sin(x) + 5.0 * np.maximum(x - 1.0 - 1e-3, 0.0)

    x, v = np.array([1.0]), np.array([1.0])
    plain = taylor.remainders(bent, x, v, lambda x, v: np.cos(x) * v, STEPS)
    below = taylor.curve(
        STEPS, plain.order_one, plain.order_two, plain.derivative, below=1e-3, reason="kink"
    )
    assert below.kind == "slope"
    near = taylor.curve(
        STEPS, plain.order_one, plain.order_two, plain.derivative, below=1e-9, reason="kink"
    )
    assert near.kind == "kink"


@pytest.mark.parametrize(("wrong", "kind"), [(0.0, "slope"), (1e-7, "unexplained")])
def test_terms_that_cancel_higher_up_do_not_hide_the_slope(wrong, kind):
    """The quadratic term and the cubic one cancel just above the steps that are fitted."""

    def function(x):
        return (x - 1.0) + 1e-4 * (x - 1.0) ** 2 * (1.0 - (x - 1.0) / 3e-4)

    curve = taylor.remainders(
        function, np.array([1.0]), np.array([1.0]), lambda x, v: (1.0 + wrong) * v, STEPS
    )
    assert curve.kind == kind, curve.slope_two
    assert curve.window[1] - curve.window[0] >= taylor.FEWEST


class _Line:
    """One column, whose second output has a weak kink at the column beside large values."""

    def __init__(self, kink: float) -> None:
        self.steps, self._kink = STEPS, kink

    def many(self, rows: np.ndarray, points: np.ndarray) -> np.ndarray:
        bent = np.sin(1.0 + points) + self._kink * np.abs(points)
        return np.stack([5e3 + np.cos(points), bent], axis=-1)


@pytest.mark.parametrize(
    ("kink", "wrong", "explained"),
    [(1e-3, 0.0, True), (1e-3, 9e-4, True), (1e-3, 2e-3, False), (0.0, 1e-3, False)],
)
def test_a_weak_kink_at_the_column_explains_only_what_lies_between_its_slopes(
    kink, wrong, explained
):
    line, tangent = _Line(kink), np.array([0.0, np.cos(1.0) + wrong])
    values = (
        line.many(np.array([0]), STEPS[np.newaxis])[0]
        - line.many(np.array([0]), np.zeros((1, 1)))[0]
    )
    remainder = np.linalg.norm(values - STEPS[:, np.newaxis] * tangent, axis=-1)
    curve = taylor.curve(STEPS, np.linalg.norm(values, axis=-1), remainder, np.cos(1.0))
    assert curve.kind == "unexplained"
    found = at_a_kink(line, np.array([0]), [curve], tangent[np.newaxis])
    assert bool(found) == explained, found


@pytest.mark.parametrize(("largest", "number"), [(0.1, 5), (0.0, 30), (np.nan, 30), (-1.0, 30)])
def test_steps_that_show_nothing_are_refused(largest, number):
    with pytest.raises(ValueError, match="expected"):
        taylor.halving_steps(largest, number)


@given(seed=st.integers(0, 1000))
def test_a_variable_keeps_its_direction_when_others_are_added(seed):
    shapes = {"temperature": (4, 3), "specific_humidity": (4, 3)}
    sizes = {"temperature": np.array(10.0), "specific_humidity": np.array([1e-3, 1.0, 5.0])}
    alone = directions({k: sizes[k] for k in ("temperature",)}, {"temperature": (4, 3)}, seed)
    both = directions(sizes, shapes, seed)
    np.testing.assert_array_equal(alone["temperature"], both["temperature"])
    assert np.abs(both["temperature"] / 10.0 - both["specific_humidity"]).max() > 1e-3
    assert not np.array_equal(
        unit_direction("temperature", (5,), seed), unit_direction("temperature", (5,), seed + 1)
    )


def test_natural_sizes_follow_the_variation_level_by_level():
    values = np.random.default_rng(0).normal([250.0, 1.0], [10.0, 1e-9], (500, 2))
    sizes = natural_size(values)
    assert sizes[0] == pytest.approx(10.0, rel=0.1)
    assert sizes[1] == pytest.approx(1e-3 * sizes[0]), "hardly varies, yet is moved visibly"
    assert natural_size(np.full((10, 2), 7.0)) == pytest.approx([0.7, 0.7])
    assert natural_size(np.zeros((10, 1))) == pytest.approx([1.0])
    assert (parameter_size(-50.0), parameter_size(0.0)) == (5.0, 1.0)
