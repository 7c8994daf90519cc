"""Derivatives of the whole model: what checks them, and that it catches what is planted."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jcm import Model
from jcm.model import stepping
from jcm.vertical_grid import VerticalGrid
from reference import kernels
from validation.gradients.gate_watch import watched
from validation.gradients.model_directions import (
    EVERYTHING,
    ModelDirection,
    model_directions,
    result_sizes,
    smooth_field,
)
from validation.gradients.model_steps import ModelSteps
from validation.gradients.rollout_liveness import leaf_direction
from validation.gradients.rollout_measures import Measure, Pair, agreement, taylor_curve
from validation.gradients.rollout_results import DIFFERENCE_TOLERANCE, Agreement, Difference
from validation.gradients.rollout_runs import Runs
from validation.gradients.rollouts import check_adjoint

STEPS = 3
#: Changes of the state in natural sizes: hardly a comparison comes out differently, above rounding.
RESPONSES = (1e-5, 3e-6, 1e-6, 3e-7)
CLOUD_ALBEDO = "parameters.physics.shortwave_radiation.cloud_albedo"
EXCHANGE = "parameters.physics.surface_fluxes.sea_exchange_coefficient"
LAND = "land_surface_temperature"


@pytest.fixture(scope="module")
def steps():
    """Small, but with physics, surface and five layers."""
    layers = VerticalGrid((0.0, 0.2, 0.4, 0.6, 0.8, 1.0))
    model = Model(core="dinosaur", resolution="T10", vertical_grid=layers, dtype=jnp.float64)
    return ModelSteps(model, quickly=True)


@pytest.fixture(scope="module")
def state(steps):
    return steps.run_on(steps.model.initial_state(), 36)


@pytest.fixture(scope="module")
def directions(steps, state):
    return model_directions(steps.model, steps.base(state))


@pytest.fixture(scope="module")
def runs(steps, state, directions):
    return Runs(steps, state, result_sizes(directions), [STEPS])


def agreement_along(runs, direction, tangent) -> Agreement:
    response = runs.sensitivity(tangent) or 1.0
    pairs = [runs.pair(direction, aim / response, [STEPS]) for aim in RESPONSES]
    return agreement("jax", pairs, tangent, STEPS, runs.measure, runs.base)


def test_the_derivative_along_everything_is_the_difference_quotient(runs, directions):
    direction = directions[EVERYTHING]
    tangent = runs.tangents(direction, [STEPS])[STEPS]
    found = agreement_along(runs, direction, tangent)
    assert runs.sensitivity(tangent) > 0.1, "the direction hardly changes anything"
    assert found.passed, found
    assert min(found.by_variable.values()) > 0.0, "differences and derivatives are one and the same"
    assert max(found.by_variable.values()) < 1e-4, found.by_variable


def test_forward_and_reverse_mode_are_adjoint(runs, directions):
    direction = directions[EVERYTHING]
    found = check_adjoint(runs, direction, runs.tangents(direction, [STEPS])[STEPS], STEPS)
    assert found.forward > 0.0
    assert found.passed, f"{found.forward} forward, {found.reverse} in reverse"


def test_the_reverse_mode_of_many_portions_is_that_of_a_scan(runs, steps, state):
    """States that are made twice are the same states."""
    weights = np.zeros(runs.measure.vector(runs.base).shape)
    weights[::7] = 1.0
    in_portions = steps.reverse(state, runs.measure.weights(weights, runs.base), 5)

    def by_hand():
        back, inputs = runs.measure.weights(weights, runs.base), steps.start(state, {})[1]
        states = [steps.run_on(state, number) if number else state for number in range(5)]
        zero = {n: 0.0 * x for n, x in runs.base.items() if n.startswith("state.")}
        back = {n.removeprefix("state."): x for n, x in (zero | back).items()}
        for before in reversed(states):
            back, _ = steps.pullback(before, inputs, back)
        return back

    for name, expected in by_hand().items():
        np.testing.assert_array_equal(in_portions[f"state.{name}"], expected, err_msg=name)


def test_planted_stops_are_caught(runs, steps, state, directions, monkeypatch):
    """One in the coupling with the land, one at a parameter of the radiation."""
    right = {name: runs.tangents(directions[name], [STEPS])[STEPS] for name in (LAND, CLOUD_ALBEDO)}
    coupling, physics_driver = stepping.coupling, stepping.physics_driver

    def coupling_without_land(surface, fluxes, *args, **kwargs):
        land = jax.lax.stop_gradient(surface.land_temperature_state)
        return coupling(surface._replace(land_temperature_state=land), fluxes, *args, **kwargs)

    def driver_with_fixed_clouds(*args, parameters, **kwargs):
        radiation = parameters.shortwave_radiation
        albedo = jax.lax.stop_gradient(radiation.cloud_albedo)
        radiation = dataclasses.replace(radiation, cloud_albedo=albedo)
        parameters = dataclasses.replace(parameters, shortwave_radiation=radiation)
        return physics_driver(*args, parameters=parameters, **kwargs)

    monkeypatch.setattr(stepping, "coupling", coupling_without_land)
    monkeypatch.setattr(stepping, "physics_driver", driver_with_fixed_clouds)
    planted = ModelSteps(steps.model, quickly=True)
    for name, tangent in right.items():
        assert agreement_along(runs, directions[name], tangent).passed, name
        change = planted.forward(state, directions[name].values, [STEPS])[STEPS]
        found = agreement_along(runs, directions[name], runs.measure.vector(change))
        assert not found.passed, name
        assert found.best.error > 1e3 * DIFFERENCE_TOLERANCE, f"{name}: {found}"


@pytest.mark.parametrize(
    ("name", "alive"),
    [
        (CLOUD_ALBEDO, True),
        (EXCHANGE, True),
        ("parameters.physics.convection.relaxation_time", True),
        ("boundary.fields.bare_land_albedo", True),
        ("boundary.fields.land_fraction_raw", False),
        ("parameters.daily_forcing.co2_growth_rate", False),
    ],
)
def test_alive_is_what_the_model_responds_to(runs, name, alive):
    direction = ModelDirection(name, {name: leaf_direction(name, runs.base[name])})
    tangent = runs.tangents(direction, [STEPS])[STEPS]
    difference = runs.pair(direction, 1e-4, [STEPS]).central(STEPS)
    assert (np.linalg.norm(tangent) > 0.0) == alive, np.linalg.norm(tangent)
    assert (np.linalg.norm(difference) > 0.0) == alive, np.linalg.norm(difference)


def test_directions_belong_to_names(steps, state, directions):
    base = steps.base(state)
    fewer = {name: x for name, x in base.items() if name != EXCHANGE}
    without = model_directions(steps.model, fewer)
    assert EXCHANGE not in without
    for name, direction in directions.items():
        for leaf, values in direction.values.items():
            if leaf == EXCHANGE:
                continue
            there = without[name].values[leaf]
            np.testing.assert_array_equal(there, values, err_msg=f"{name}: {leaf}")
    other = model_directions(steps.model, base, seed=1)
    leaf = "state.earlier.temperature"
    here, there = (np.ravel(d["temperature"].values[leaf]) for d in (directions, other))
    correlation = here @ there / np.linalg.norm(here) / np.linalg.norm(there)
    assert abs(correlation) < 0.6, correlation


def test_directions_have_result_sizes(steps):
    for name in ("temperature", "vorticity", LAND):
        field = smooth_field(steps.model, name, 0.5)
        weight = np.asarray(steps.model.configuration.core.horizontal.quadrature_weight) / 2.0
        mean_square = float((field**2).mean(axis=0) @ weight)
        assert 0.2 < mean_square < 5.0, f"{name}: {mean_square}"


def test_both_time_levels_change_alike(directions):
    values = directions["temperature"].values
    np.testing.assert_array_equal(
        values["state.earlier.temperature"], values["state.later.temperature"]
    )


def gates(x: jax.Array, sign: jax.Array) -> jax.Array:
    """Maximum, comparison, choice between programs, loop."""
    y = jnp.where(x > 1.0, x**2, 2.0 * x - 1.0) + jnp.maximum(x, 3.0)
    y = jax.lax.cond(sign > 0, lambda v: jnp.minimum(v, 50.0), lambda v: jnp.abs(v), y)
    return jax.lax.scan(lambda carry, v: (jnp.clip(carry + v, -1.0, 40.0), carry), 0.0, y)[1]


@pytest.mark.parametrize("place", [1.0, 3.0])
def test_every_comparison_is_seen(place):
    """Every edge of a function is between two points exactly if its fingerprints differ."""
    x, sign = jnp.array([0.2, place, 7.0]), jnp.array(1.0)
    near = x.at[1].add(0.3)
    (result, before), (_, beside) = (jax.jit(watched(gates))(v, sign) for v in (near, near * 1.001))
    np.testing.assert_array_equal(result, jax.jit(gates)(near, sign))
    np.testing.assert_array_equal(before, beside)
    _, across = jax.jit(watched(gates))(x.at[1].add(-0.3), sign)
    assert int((before != across).sum()) == 1, (before, across)
    _, other_program = jax.jit(watched(gates))(near, -sign)
    assert (before != other_program).any()


def test_comparisons_in_loops_and_branches_are_seen():
    sign = jnp.array(1.0)
    run = jax.jit(watched(gates))
    _, below = run(jnp.array([5.5, 0.5, 0.5]), sign)
    _, clipped = run(jnp.array([6.3, 0.5, 0.5]), sign)
    assert (below != clipped).any(), "the clip in the loop, at 40"
    _, low = run(jnp.array([6.4, 0.5, 0.5]), sign)
    _, high = run(jnp.array([6.7, 0.5, 0.5]), sign)
    assert (low != high).any(), "the minimum in the branch, at 50"


def cubic(x: float) -> np.ndarray:
    return np.array([np.sin(x), 1.0 + x**3])


def pair_of(function, size: float) -> Pair:
    flips = np.zeros(1, int)
    both = ({1: function(0.3 + size)}, {1: function(0.3 - size)})
    return Pair(size, *both, {1: function(0.3)}, flips, flips)


@pytest.mark.parametrize("wrong", [0.0, 1e-3])
def test_an_agreement_tells_a_wrong_derivative(wrong):
    tangent = np.array([np.cos(0.3), 3 * 0.3**2 + wrong])
    pairs = [pair_of(cubic, 10.0**-k) for k in range(1, 9)]
    like, measure = {"a": np.zeros(1), "b": np.zeros(1)}, Measure({"a": 1.0, "b": 1.0})
    for model in ("jax", "fortran"):
        found = agreement(model, pairs, tangent, 1, measure, like)
        assert found.passed == (wrong == 0.0), found
        errors = found.by_variable
        assert max(errors.values()) < 1e-8 if wrong == 0.0 else errors["b"] > 1e-3, errors
    sizes = [0.1 * 0.5**k for k in range(36)]
    moved = [cubic(0.3 + size) for size in sizes]
    curve = taylor_curve(sizes, moved, [False] * 36, cubic(0.3), tangent)
    assert curve.passed == (wrong == 0.0), curve.slope_two


def test_a_taylor_curve_ends_at_a_kink():
    def kinked(x: float) -> np.ndarray:
        return np.array([np.sin(x) + 0.5 * max(x - 0.301, 0.0)])

    sizes = [0.1 * 0.5**k for k in range(36)]
    flipped = [size > 0.001 for size in sizes]
    moved = [kinked(0.3 + size) for size in sizes]
    curve = taylor_curve(sizes, moved, flipped, kinked(0.3), np.array([np.cos(0.3)]))
    assert curve.slope_two == pytest.approx(2.0, abs=0.1)
    assert "h = 0.002" in curve.reason


@pytest.mark.parametrize(
    ("slope", "explained"), [(1.0, True), (1.3, True), (1.5, True), (1.51, False)]
)
def test_on_a_kink_the_derivative_lies_between_both_sides(slope, explained):
    """x + |x| / 2 at 0, where the central difference is 1."""
    pairs = [
        Pair(
            h,
            *({1: np.array([1.5 * h])}, {1: np.array([-0.5 * h])}),
            {1: np.zeros(1)},
            *[np.zeros(1)] * 2,
        )
        for h in (1e-3, 1e-4)
    ]
    measure, like = Measure({"a": 1.0}), {"a": np.zeros(1)}
    for model in ("jax", "fortran"):
        found = agreement(model, pairs, np.array([slope]), 1, measure, like)
        assert found.passed == explained, found
        assert (found.kink is not None) == (explained and slope != 1.0)
    assert found.best.side_gap == pytest.approx(1.0 / slope)


@pytest.mark.parametrize(("flips", "jump"), [(1, 1e-3), (0, 1e-3), (1, 0.0)])
def test_a_jump_that_is_seen_leaves_the_question_open(flips, jump):
    """x, and a step to one side; no step explains a wrong derivative where nothing jumps."""
    both = [np.array([float(flips)])] * 2
    wrong = 1.01
    pairs = [
        Pair(h, {1: np.array([h + jump])}, {1: np.array([-h])}, {1: np.zeros(1)}, *both)
        for h in (1e-3, 1e-4, 1e-5)
    ]
    found = agreement("jax", pairs, np.array([wrong]), 1, Measure({"a": 1.0}), {"a": np.zeros(1)})
    assert found.best.error > DIFFERENCE_TOLERANCE
    assert (found.undecided is not None) == (flips > 0 and jump > 0.0), found
    assert found.passed == (found.undecided is not None)


@pytest.mark.parametrize(("scatter", "decides"), [(1e-5, True), (1e-1, False)])
def test_a_difference_of_the_fortran_that_scatters_decides_nothing(scatter, decides):
    """x, with values that scatter by a share of the step, and its derivative off by as much."""
    none = [np.zeros(1)] * 2
    pairs = [
        Pair(h, {1: np.array([h * (1.0 + s)])}, {1: np.array([-h])}, {1: np.zeros(1)}, *none)
        for h, s in ((1e-3, scatter), (1e-4, -scatter), (1e-5, scatter))
    ]
    tangent = np.array([1.0 + 1.5 * scatter])
    measure, like = Measure({"a": 1.0}), {"a": np.zeros(1)}
    found = agreement("fortran", pairs, tangent, 1, measure, like)
    assert found.best.error > DIFFERENCE_TOLERANCE
    assert found.passed
    assert (found.undecided is None) == decides, found


def test_the_smooth_steps_are_those_below_every_flip():
    def difference(step: float, gates: int) -> Difference:
        none = dict.fromkeys(("error", "error_bar", "side_gap", "side_error"), 0.0)
        return Difference(step=step, **none, branch_flips=0, gate_flips=gates)

    differences = (difference(1e-2, 0), difference(1e-3, 2), difference(1e-4, 0))
    found = Agreement(model="jax", differences=differences, by_variable={})
    assert found.largest_smooth_step == 1e-4


@pytest.mark.skipif(not kernels.available(), reason="the Fortran was not built")
def test_derivatives_of_jax_are_differences_of_the_fortran(golden):
    """Core "speedy", three steps: an initial state, a surface, parameters of physics, dynamics."""
    from validation.gradients.fortran_rollouts import FortranRuns
    from validation.gradients.starts import rollout_start

    start = rollout_start("speedy", golden, quickly=True)
    base = start.steps.base(start.state)
    directions = model_directions(start.steps.model, base)
    runs = Runs(start.steps, start.state, result_sizes(directions), [STEPS], FortranRuns(start))
    names = ("temperature", "sea_surface_temperature", CLOUD_ALBEDO, EVERYTHING)
    for name in (*names, "parameters.dynamics.vorticity_damping_time"):
        direction = directions[name]
        tangent = runs.tangents(direction, [STEPS])[STEPS]
        sizes = [aim / runs.sensitivity(tangent) for aim in (3e-6, 1e-6, 3e-7)]
        pairs = [runs.fortran_pair(direction, size, [STEPS]) for size in sizes]
        found = agreement("fortran", pairs, tangent, STEPS, runs.measure, runs.base)
        assert found.passed, f"{name}: {found}"
        assert found.best.error < 1e-5, f"{name}: {found}"
