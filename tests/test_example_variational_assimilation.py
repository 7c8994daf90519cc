"""The example of 4D-Var: derivatives of its cost function, its minimum, and what that is worth.

On dry physics, which compiles in seconds; all else is as in the example.
"""

from __future__ import annotations

import dataclasses
import functools
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

import jcm
from jcm.dynamics.speedy_core import SpeedyCore
from jcm.dynamics.state import SpectralState

EXAMPLES = Path(__file__).parent.parent / "examples"
sys.path.insert(0, str(EXAMPLES))

from variational_assimilation import main  # noqa: E402
from variational_covariance import (  # noqa: E402
    Localization,
    spectral_increment,
    square_root,
    square_root_transposed,
)
from variational_experiment import (  # noqa: E402
    Experiment,
    Setting,
    adjointness,
    assimilate,
)
from variational_minimisation import conjugate_gradients, gradient_test, inner  # noqa: E402
from variational_scores import Scores  # noqa: E402
from variational_twin import Network, climate, error_ensemble, twin  # noqa: E402
from variational_window import Observed, Window, with_increment  # noqa: E402

EXPERIMENT = Experiment(observations=0.2, outer_loops=2, iterations=20, reduction=1e-3)
#: Of the seeds of errors, that they outgrow those of the instruments on a dry Earth.
SCALE = 1.0


def stirred(model, seed):
    """The atmosphere at rest with eddies of wavenumbers up to 7."""
    state = model.initial_state()
    noise = np.random.default_rng(seed).normal(size=state.earlier.vorticity.shape)
    noise[8:31] = noise[39:] = noise[:, :, 8:] = noise[31] = noise[0, :, 0] = 0.0
    still = jax.tree.map(jnp.zeros_like, state.earlier)
    return with_increment(state, still._replace(vorticity=6e-7 * jnp.asarray(noise)))


@pytest.fixture(scope="module")
def setting():
    model = jcm.Model(physics="held_suarez", dtype=jnp.float64)
    days = climate(model, stirred(model, 1), spin_up_days=60, days=40)
    members = error_ensemble(model, days, 60, scale=SCALE, seed=2)
    pair = twin(model, days, scale=SCALE, forgetting_days=20, seed=3)
    window = Window(model, 2, 3)
    return Setting(window, members, pair, *window.trajectory(pair.truth))


@pytest.fixture(scope="module")
def found(setting):
    return assimilate(setting, EXPERIMENT, EXPERIMENT.observations, lambda _: None)


# Derivatives


def test_tangent_and_adjoint_of_window_and_covariance_are_adjoint(found):
    assert adjointness(found, 5) < 1e-12


def test_the_tangent_is_what_small_increments_do(setting, found):
    states, window = found.minimum.first.states, setting.window
    control = np.random.default_rng(6).normal(size=found.function.control_shape)
    increment = found.function.increment(control)
    linear = window.tangent(states, increment)
    size = 1e-5
    moved = {
        sign: window.trajectory(
            with_increment(states[0], jax.tree.map(lambda x, s=sign: s * size * x, increment))
        )[1]
        for sign in (1, -1)
    }
    for block, tangent in enumerate(linear):
        for name in Observed._fields:
            expected = np.asarray(getattr(tangent, name))
            plus, minus = (np.asarray(getattr(moved[sign][block], name)) for sign in (1, -1))
            error = np.abs((plus - minus) / (2.0 * size) - expected).max()
            assert error < 1e-5 * np.abs(expected).max(), (block, name, error)


@pytest.mark.parametrize("distance", [0.0, 0.3])
def test_the_gradient_leaves_a_remainder_of_second_order(found, distance):
    control = np.random.default_rng(10).normal(size=found.function.control_shape)
    at = found.function.linearized(distance * control)
    sizes = [1e-2, 1e-3, 1e-4]
    ratio = gradient_test(found.function, at, sizes).ratio
    remainder = np.abs(np.array(ratio) - 1.0)
    orders = 1.0 + np.log10(remainder[:-1] / remainder[1:])
    assert np.all(np.abs(orders - 2.0) < 0.1), (ratio, orders)


# The minimum


def test_conjugate_gradients_find_the_solution_of_a_linear_system():
    rng = np.random.default_rng(7)
    half = rng.normal(size=(12, 5))
    matrix = np.eye(12) + half @ half.T
    gradient, offset = rng.normal(size=12), rng.normal(size=12)
    solution = -np.linalg.solve(matrix, gradient)
    result = conjugate_gradients(
        lambda x: matrix @ x, gradient, iterations=12, reduction=1e-12, offset=offset
    )
    # The identity and five directions besides: six different eigenvalues, as many iterations.
    assert len(result.cost) == 7
    np.testing.assert_allclose(result.increment, solution, atol=1e-12)
    assert result.cost[-1] == pytest.approx(0.5 * gradient @ solution, rel=1e-12)
    assert result.length[-1] == pytest.approx(np.sum((offset + solution) ** 2), rel=1e-12)


def test_the_inner_loop_reaches_the_minimum_of_the_quadratic_function(found):
    # Of observations that say little, so that few iterations are enough.
    precision = jax.tree.map(lambda value: 0.005 * value, found.function.precision)
    function = dataclasses.replace(found.function, precision=precision)
    first = function.linearized(found.minimum.first.control)
    product = functools.partial(function.curvature, first.states)
    result = conjugate_gradients(
        product, first.gradient, iterations=40, reduction=1e-5, offset=first.control
    )
    residual = product(result.increment) + first.gradient
    assert np.linalg.norm(residual) < 2e-5 * np.linalg.norm(first.gradient)
    assert np.all(np.diff(result.cost) < 0.0)
    curvature = 0.5 * inner(result.increment, product(result.increment))
    cost = curvature + inner(result.increment, first.gradient)
    assert result.cost[-1] == pytest.approx(cost, rel=1e-9)


def test_the_cost_falls_to_half_the_numbers_observed(found):
    first, last = found.minimum.first, found.minimum.last
    half = 0.5 * found.numbers
    assert first.cost > 2.0 * half
    # Half a chi-square of so many degrees of freedom has the variance `half`; what the covariance
    # says of the errors is an estimate.
    assert last.cost == pytest.approx(half, rel=0.15), (first.cost, last.cost, half)
    gradients = [np.linalg.norm(at.gradient) for at in (first, last)]
    assert gradients[1] < 0.03 * gradients[0], gradients


def test_the_analysis_has_less_than_half_the_error_of_the_background(setting, found):
    scores = Scores(setting.window.model)
    background, _ = setting.window.trajectory(setting.twin.background)
    for index in (0, -1):
        analysed, before = (
            scores.norm(scores.error(states[index], setting.truth[index]))
            for states in (found.minimum.last.states, background)
        )
        assert analysed < 0.5 * before, (index, analysed, before)


# The parts


def test_amplitudes_have_the_correlation_asked_for():
    core, levels = SpeedyCore.speedy(), 8
    localization = Localization(length=1.5e6, depth=1.0)
    members = np.zeros((96, 48, 4 * levels + 1, 1))
    members[:, :, 2 * levels : 3 * levels] = 1.0
    latitude = core.horizontal.latitude_radians
    points = [(0, 4, 30), (4, 4, 30), (0, 4, 26), (0, 6, 30), (40, 4, 10)]

    def temperatures(control):
        stack = square_root(control, jnp.asarray(members), localization, core)
        grid = core.synthesis(stack.temperature)
        return jnp.stack([grid[point] for point in points])

    shape = jax.ShapeDtypeStruct(localization.control_shape(1), jnp.float64)
    columns = jax.vmap(lambda unit: jax.linear_transpose(temperatures, shape)(unit)[0])(
        jnp.eye(len(points))
    )
    covariance = jnp.einsum("pcfm,qcfm->pq", columns, columns)
    height = np.log(core.grid.full_level_sigma)
    for number, (i, k, j) in enumerate(points):
        angle = np.arccos(
            np.clip(
                np.sin(latitude[30]) * np.sin(latitude[j])
                + np.cos(latitude[30]) * np.cos(latitude[j]) * np.cos(2.0 * np.pi * i / 96),
                -1.0,
                1.0,
            )
        )
        expected = np.exp(
            -0.5 * (angle * localization.planet_radius / localization.length) ** 2
            - 0.5 * ((height[4] - height[k]) / localization.depth) ** 2
        )
        assert float(covariance[0, number]) == pytest.approx(expected, abs=0.02), points[number]


def test_an_increment_is_a_sum_of_the_members_where_amplitudes_do_not_vary(setting):
    """With correlations over the whole planet every member has one amplitude, χ / N^½."""
    core = setting.window.model.configuration.core
    localization = Localization(length=1e9, depth=1e3)
    members = setting.members[..., :4]
    control = np.random.default_rng(8).normal(size=localization.control_shape(4))
    assert control.shape == (1, 1, 4)
    found = square_root(jnp.asarray(control), members, localization, core)
    stack = members @ jnp.asarray(control.ravel() / 2.0)
    expected = spectral_increment(stack, core, localization.planet_radius)
    for name in SpectralState._fields:
        size = float(jnp.abs(getattr(expected, name)).max())
        error = float(jnp.abs(getattr(found, name) - getattr(expected, name)).max())
        assert error < 1e-5 * size, (name, error, size)


def test_the_transpose_of_the_square_root(setting):
    core, localization = setting.window.model.configuration.core, Localization()
    rng = np.random.default_rng(9)
    control = rng.normal(size=localization.control_shape(setting.members.shape[-1]))
    increment = square_root(jnp.asarray(control), setting.members, localization, core)
    weights = SpectralState(
        *(jnp.asarray(rng.normal(size=x.shape)) / (jnp.std(x) + 1e-30) for x in increment)
    )
    back = square_root_transposed(weights, setting.members, localization, core)
    assert inner(weights, increment) == pytest.approx(inner(back, control), rel=1e-12)


def test_observations_have_the_errors_and_the_sites_asked_for(setting):
    network = Network(share=0.2)
    grid = setting.window.model.configuration.core.horizontal
    sites = network.sites(grid.quadrature_weight, grid.longitudes, 1)
    assert sites.sum() == round(0.2 * 96 * 48)
    tropics = np.abs(grid.latitude_degrees) < 30.0
    # Half of the area lies within 30 degrees of the equator.
    assert sites[:, tropics].sum() / sites.sum() == pytest.approx(0.5, abs=0.06)
    observations, precision = network.observations(setting.observed, sites, 1)
    for name in Observed._fields:
        there = np.asarray(getattr(precision, name))
        used = there > 0.0
        levels = 1 if there.ndim == 2 else len(np.unique(np.nonzero(used)[1]))
        assert used.sum() == levels * sites.sum(), name
        errors = np.concatenate(
            [
                (np.asarray(getattr(now, name)) - np.asarray(getattr(truth, name)))[used]
                * np.sqrt(there[used])
                for now, truth in zip(observations, setting.observed, strict=True)
            ]
        )
        assert errors.std() == pytest.approx(1.0, abs=5.0 / np.sqrt(2.0 * errors.size)), name


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--hours", "10"], "10 is no multiple of 4 hours"),
        (["--observations", "0"], "share of observed columns is 0"),
        (["--also", "1.5"], "share of observed columns is 1.5"),
    ],
)
def test_bad_options_are_refused_in_a_sentence(arguments, words):
    application = typer.Typer()
    application.command()(main)
    result = CliRunner().invoke(application, arguments)
    assert result.exit_code == 2
    assert words in " ".join(result.output.replace("│", " ").split())
