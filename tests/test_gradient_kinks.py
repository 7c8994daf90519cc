"""Smooth, kink, jump, flat: known functions are recognised, and kinks are found where they are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_gradient_differences import measured
from validation.gradients import kinks
from validation.gradients.column_results import CLASSES


def classes(function, x, size=1.0, minimum=-np.inf, maximum=np.inf, scale=1.0):
    """Class, reason and value to compare with at the numbers `x`."""
    points, found = measured(function, x, size, minimum, maximum)
    flat = (function(points.plus) == function(points.values)).all(axis=0)
    flat &= (function(points.minus) == function(points.values)).all(axis=0)
    known = kinks.classify(found, points.right, points.left, np.full(len(points.values), scale))
    names = ["flat" if is_flat else CLASSES[k] for k, is_flat in zip(known.kind, flat, strict=True)]
    return names, [kinks.REASONS[r] for r in known.reason], known


@pytest.mark.parametrize(
    ("function", "x", "expected"),
    [
        (np.abs, [0.0], ["kink"]),
        (np.abs, [-1.0, 0.3, 1e-3], ["smooth"] * 3),
        (lambda x: np.heaviside(x, 0.0), [0.0, 0.5], ["jump", "flat"]),
        (lambda x: np.where(x > 1.0, x + 1.0, x), [1.0], ["jump"]),
        (lambda x: x**3, [-1.0, 0.1, 2.0], ["smooth"] * 3),
        (np.exp, [-2.0, 0.0, 2.0], ["smooth"] * 3),
        (lambda x: np.clip(x, 0.0, 1.0), [-1.0, 0.0, 0.5, 1.0], ["flat", "kink", "smooth", "kink"]),
        (lambda x: np.maximum(x, 0.0) ** 2, [0.0], ["smooth"]),
        (lambda x: np.maximum(np.sin(x), 0.5 * x), [0.0], ["kink"]),
    ],
)
def test_known_functions(function, x, expected):
    names, _, _ = classes(function, x)
    assert names == expected


def test_a_vertical_tangent_is_named():
    names, reasons, _ = classes(lambda x: np.sqrt(np.maximum(x, 0.0)), [0.0], minimum=0.0)
    assert names == ["unclassified"]
    assert reasons == ["vertical tangent"]


def test_rounding_alone_is_no_slope():
    def lost(x):
        return np.round(1e9 + 1e-9 * np.sin(1e9 * x), 7)

    names, reasons, _ = classes(lambda x: lost(x) + 1e-6 * np.sin(1e12 * x), [0.3], scale=1e-6)
    assert names == ["unclassified"]
    assert reasons == ["all round-off"]


@settings(max_examples=80, deadline=None)
@given(
    left=st.floats(-5.0, 5.0),
    difference=st.floats(1e-3, 5.0),
    sign=st.sampled_from([-1.0, 1.0]),
    curvature=st.floats(-2.0, 2.0),
    place=st.floats(-100.0, 100.0),
)
def test_every_kink_is_seen_with_both_slopes(left, difference, sign, curvature, place):
    right = left + sign * difference

    def function(x):
        d = x - place
        return np.where(d > 0, right * d, left * d) + curvature * d**2

    names, _, _ = classes(function, [place])
    assert names == ["kink"], f"slopes {left} and {right} at {place}"
    _, found = measured(function, [place], 1.0)
    assert found.left[0] == pytest.approx(left, abs=1e-5)
    assert found.right[0] == pytest.approx(right, abs=1e-5)


@settings(max_examples=60, deadline=None)
@given(
    jump=st.floats(1e-6, 10.0),
    sign=st.sampled_from([-1.0, 1.0]),
    belongs_right=st.booleans(),
    slope=st.floats(0.1, 5.0),
)
def test_at_a_jump_the_slope_of_the_own_branch_counts(jump, sign, belongs_right, slope):
    def function(x):
        above = x >= 1.0 if belongs_right else x > 1.0
        return np.where(above, 2.0 * slope * x + sign * jump, slope * x + slope)

    names, _, known = classes(function, [1.0])
    assert names == ["jump"]
    expected = 2.0 * slope if belongs_right else slope
    assert known.value[0] == pytest.approx(expected, rel=1e-6)


@settings(max_examples=40, deadline=None)
@given(
    place=st.floats(0.01, 0.99),
    slope=st.floats(0.01, 3.0),
    kind=st.sampled_from(["kink", "jump"]),
    frequency=st.floats(0.1, 3.0),
)
def test_search_finds_what_lies_ahead(place, slope, kind, frequency):
    def lines(rows, points):
        beyond = np.maximum(points - place, 0.0) if kind == "kink" else (points > place) * 1.0
        smooth = np.sin(frequency * points)
        return np.stack([smooth + slope * beyond, np.exp(points)], axis=-1)

    found = kinks.search(lines, np.array([0]), np.zeros(1), np.ones(1))
    assert abs(found.place[0] - place) <= found.width[0], f"found {found} instead of {place}"


@settings(max_examples=40, deadline=None)
@given(frequency=st.floats(0.1, 30.0), offset=st.floats(-1e3, 1e3), reach=st.floats(1e-7, 1.0))
def test_search_finds_nothing_in_a_smooth_function(frequency, offset, reach):
    def lines(rows, points):
        return np.stack([offset + np.sin(frequency * points), np.exp(points)], axis=-1)

    found = kinks.search(lines, np.array([0]), np.full(1, -reach), np.full(1, reach))
    assert np.isnan(found.place[0])
