"""The example of the sensitivity to CO₂: signs, derivatives and what they predict."""

from __future__ import annotations

import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jcm
from jcm.names import differentiable_leaves

EXAMPLES = Path(__file__).parent.parent / "examples"
sys.path.insert(0, str(EXAMPLES))

from co2_model import ABSORPTIVITY, CO2Model  # noqa: E402

FLUXES = ("outgoing_longwave", "toa_net", "tropopause_longwave", "surface_net")


@pytest.fixture(scope="module")
def model():
    """Segments of three steps: short-wave radiation is computed in one of them."""
    return CO2Model(jcm.Model(dtype=jnp.float64), steps=3)


@pytest.fixture(scope="module")
def tangent_run(model):
    """Mean fluxes of two segments, and their derivatives by x, as functions of x."""

    def run(x):
        state = model.model.initial_state()
        increment = jax.tree.map(jnp.zeros_like, differentiable_leaves(state))
        results = []
        for _ in range(2):
            state, fluxes, increment, slope = model.tangent(
                state, increment, jnp.asarray(x, jnp.float64)
            )
            results.append((fluxes, slope))
        return results

    return run


@pytest.fixture(scope="module")
def expansion(model):
    return model.expansion(model.model.initial_state())


@pytest.fixture(scope="module")
def at_once(model):
    """Global means of the instantaneous fluxes for a ratio of concentrations."""
    fluxes = jax.jit(model.instantaneous)
    state = model.model.initial_state()

    def means(ratio):
        found = fluxes(state, model.log_ratio(ratio))
        return {name: float(model.global_mean(getattr(found, name))) for name in FLUXES}

    return means


def test_more_co2_lets_less_out_and_more_down(at_once, expansion, model):
    doubled, reference, halved = (at_once(ratio) for ratio in (2.0, 1.0, 0.5))
    for name, sign in (
        ("outgoing_longwave", -1.0),
        ("toa_net", 1.0),
        ("tropopause_longwave", -1.0),
        ("surface_net", 1.0),
    ):
        assert sign * (doubled[name] - reference[name]) > 0.1, name
        assert sign * (halved[name] - reference[name]) < -0.1, name
        assert sign * float(model.global_mean(getattr(expansion[1], name))) > 0.1, name
    # Short wave does not see CO₂.
    change = {name: doubled[name] - reference[name] for name in FLUXES}
    assert change["toa_net"] == pytest.approx(-change["outgoing_longwave"], rel=1e-9)


def test_both_derivatives_at_once_are_what_differences_say(at_once, expansion, model):
    value, slope, curvature = expansion
    step = 1e-3
    up, here, down = (at_once(float(np.exp(x))) for x in (step, 0.0, -step))
    for name in FLUXES:
        first, second = (
            float(model.global_mean(getattr(fluxes, name))) for fluxes in (slope, curvature)
        )
        assert here[name] == pytest.approx(float(model.global_mean(getattr(value, name))))
        assert (up[name] - down[name]) / (2.0 * step) == pytest.approx(first, rel=1e-6), name
        assert (up[name] - 2.0 * here[name] + down[name]) / step**2 == pytest.approx(
            second, rel=1e-3, abs=1e-4
        ), name


def test_the_second_order_predicts_twice_the_concentration(at_once, expansion, model):
    _, slope, curvature = expansion
    doubled, reference = at_once(2.0), at_once(1.0)
    for name in ("toa_net", "tropopause_longwave"):
        a, b = (float(model.global_mean(getattr(fluxes, name))) for fluxes in (slope, curvature))
        x, change = np.log(2.0), doubled[name] - reference[name]
        first, second = abs(a * x - change), abs(a * x + 0.5 * b * x**2 - change)
        assert second < 0.03 * abs(change), (name, change, a * x, a * x + 0.5 * b * x**2)
        assert second < first, name


def test_derivatives_along_a_run_are_what_differences_say(tangent_run, model):
    central = tangent_run(0.0)
    best = {}
    for step in (1e-4, 1e-5, 1e-6):
        up, down = tangent_run(step), tangent_run(-step)
        for segment in range(2):
            for name in FLUXES:
                derivative = np.asarray(getattr(central[segment][1], name))
                difference = (getattr(up[segment][0], name) - getattr(down[segment][0], name)) / (
                    2.0 * step
                )
                error = float(jnp.abs(difference - derivative).max() / np.abs(derivative).max())
                best[segment, name] = min(best.get((segment, name), np.inf), error)
    bad = {key: error for key, error in best.items() if not error < 1e-6}
    assert not bad, f"largest error on a row, relative to the largest derivative: {bad}"


def test_the_stratosphere_begins_to_cool(tangent_run):
    _, slope = tangent_run(0.0)[1]
    cooling = np.asarray(slope.temperature)
    assert cooling[0].mean() < 0.0


def test_the_concentration_changes_one_number(model):
    reference, doubled = (model.inputs(model.log_ratio(ratio)) for ratio in (1.0, 2.0))
    leaves = zip(
        jax.tree_util.tree_leaves_with_path(reference), jax.tree.leaves(doubled), strict=True
    )
    changed = [
        jax.tree_util.keystr(path, simple=True, separator=".")
        for (path, one), other in leaves
        if not np.array_equal(one, other)
    ]
    assert changed == [ABSORPTIVITY]
