"""The example of the calibration: its derivative, its estimates, their uncertainty, their cost."""

from __future__ import annotations

import sys
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
import scipy.optimize
import typer
from typer.testing import CliRunner

import jcm
from jcm.physics.gates import Gates

EXAMPLES = Path(__file__).parent.parent / "examples"
sys.path.insert(0, str(EXAMPLES))

from calibration import main, probability_of_all, results, summary  # noqa: E402
from calibration_experiment import (  # noqa: E402
    Compared,
    Experiment,
    Findings,
    Observations,
    by_all_methods,
    draw_truth,
    observe,
    sampling_error,
)
from calibration_figure import draw  # noqa: E402
from calibration_methods import (  # noqa: E402
    Misfit,
    by_differences,
    coverage,
    ensemble_smoother,
    gauss_newton,
    misfit_of,
    nelder_mead,
)
from calibration_twin import UNKNOWNS, Observables, Twin, Unknown  # noqa: E402

WIDTH = 0.1
TRIED = (
    "large_scale_condensation.relaxation_time",
    "shortwave_radiation.cloud_albedo",
    "surface_fluxes.sea_exchange_coefficient",
)
#: Large programs that run a few times.
QUICKLY = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
SEED = np.random.SeedSequence(2)


@pytest.fixture(scope="module")
def states():
    """Seven days of the model as it is."""
    model = jcm.Model(dtype=jnp.float64)
    state = model.advance(model.initial_state(), days=2)
    days = [state]
    for _ in range(6):
        days.append(model.advance(days[-1], days=1))
    return days


@pytest.fixture(scope="module")
def twin():
    """Predictions with smooth gates, too, so that differences must agree closely."""
    unknowns = [unknown for unknown in UNKNOWNS if unknown.name.endswith(TRIED)]
    assert len(unknowns) == len(TRIED)
    model = jcm.Model(dtype=jnp.float64, gates=Gates(width=WIDTH))
    return Twin(unknowns, steps=3, model=model, compiler_options=QUICKLY)


# The derivative


def test_the_derivative_is_what_differences_say(twin, states):
    z, two = np.array([0.3, -0.5, 0.2]), states[:2]
    derivative = twin.derivative(z, two)
    size = 1e-4
    for number, axis in enumerate(np.eye(3)):
        ahead, behind = (twin.prediction(z + sign * size * axis, two) for sign in (1.0, -1.0))
        difference = (ahead - behind) / (2.0 * size)
        distance = np.linalg.norm(derivative[:, number] - difference)
        name = twin.unknowns[number].name
        assert np.linalg.norm(difference) > 0.0, name
        assert distance < 1e-3 * np.linalg.norm(difference), (name, distance)


def test_fluxes_are_observed_as_they_are_and_of_temperature_the_change(twin, states):
    observed = twin.observables
    prediction = twin.prediction(np.zeros(3), states[:1]).reshape(observed.fields, -1)
    near_surface = prediction[observed.surface.index("near_surface_temperature")]
    assert np.all((near_surface > 200.0) & (near_surface < 320.0)), near_surface
    drifts = np.abs(prediction[len(observed.surface) :])
    assert np.all(drifts.max(axis=1) > 0.0)
    assert np.all(drifts < 3.0), "hours change belts by less than 3 K or g/kg"


# Recovery in a small case


def test_the_parameters_are_recovered_with_honest_uncertainty(twin, states):
    truth = draw_truth(3, np.random.SeedSequence(5))
    noise, other = SEED.spawn(2)
    observations = observe(twin, truth, states, 1.0, noise)
    observed, error, without_noise = observations

    def predict(z):
        return twin.prediction(z, states)

    misfit = Misfit(predict, observed, error, twin.steps * len(states))
    estimate = gauss_newton(misfit, lambda z: twin.derivative(z, states), 100.0, unknowns=3)
    assert np.all(np.abs(truth) > 3.0 * estimate.deviation), "nothing was to be recovered"
    errors = (estimate.z - truth) / estimate.deviation
    # One in a thousand realisations of the noise does worse.
    assert np.all(np.abs(errors) < 3.6), errors
    at_truth = misfit_of((without_noise - observed) / error, truth)
    assert misfit.history[-1][1] < at_truth < 0.2 * misfit.history[0][1]
    calls = len(misfit.history)
    assert misfit.cost == calls * twin.steps * len(states) + 100.0 * estimate.derivatives

    given = (estimate, predict, truth, without_noise, error)
    checked = coverage(*given, realisations=6, seed=other, corrections=1)
    assert np.mean(np.abs(checked.errors) < 2.0) > 0.6, checked.errors
    assert 0.5 < checked.chi_square.mean() < 9.0, checked.chi_square


# The methods, on problems with a known answer


class Line:
    """A linear model with noise, whose predictions are counted."""

    def __init__(self, unknowns=5, observations=40, seed=0):
        rng = np.random.default_rng(seed)
        self.matrix = rng.standard_normal((observations, unknowns))
        self.error = rng.uniform(0.2, 0.5, observations)
        self.truth = rng.standard_normal(unknowns)
        self.without_noise = self.matrix @ self.truth
        self.observed = self.without_noise + self.error * rng.standard_normal(observations)
        self.calls = 0

    def predict(self, z):
        self.calls += 1
        return self.matrix @ z

    def misfit(self, steps=7):
        return Misfit(self.predict, self.observed, self.error, steps)

    def posterior(self):
        scaled = self.matrix / self.error[:, None]
        covariance = np.linalg.inv(scaled.T @ scaled + np.eye(len(self.truth)))
        return covariance @ scaled.T @ (self.observed / self.error), covariance


def test_gauss_newton_finds_the_posterior_of_a_linear_model_with_one_derivative():
    line = Line()
    mean, covariance = line.posterior()
    misfit = line.misfit()
    estimate = gauss_newton(misfit, lambda z: line.matrix, 100.0, unknowns=5, near=1e9)
    np.testing.assert_allclose(estimate.z, mean, rtol=1e-10)
    np.testing.assert_allclose(estimate.covariance, covariance, rtol=1e-10)
    assert estimate.derivatives == 1
    assert misfit.cost == 100.0 + 7 * line.calls


def test_gauss_newton_finds_a_minimum_far_away_in_a_curved_valley():
    # Rosenbrock's function: full steps from the first guess overshoot.
    def predict(z):
        return np.array([10.0 * (z[1] - z[0] ** 2), 1.0 - z[0]])

    def derivative(z):
        return np.array([[-20.0 * z[0], 10.0], [-1.0, 0.0]])

    misfit = Misfit(predict, np.array([0.0, -3.0]), np.full(2, 0.1), 1)
    estimate = gauss_newton(misfit, derivative, 1.0, unknowns=2, most=200)

    def value(z):
        return misfit_of(misfit.residual(z), z)

    minimum = scipy.optimize.minimize(value, [4.0, 16.0], method="Nelder-Mead", tol=1e-10).x
    assert value(minimum) < 0.2 * value(np.zeros(2))
    # The last derivative was made a few standard deviations away.
    assert np.all(np.abs(estimate.z - minimum) < 0.3 * estimate.deviation), (estimate, minimum)


def test_differences_cost_what_they_say_and_are_exact_for_a_linear_model():
    line = Line()
    slope = by_differences(line.predict, 5, 0.2)(np.ones(5))
    np.testing.assert_allclose(slope, line.matrix, rtol=1e-9)
    assert line.calls == 5 + 1


def test_every_method_keeps_to_the_cost_of_the_one_with_derivatives():
    line = Line()
    observations = Observations(line.observed, line.error, line.without_noise)
    steps, derivative_cost = 7, 60.0
    estimate, outcomes = by_all_methods(
        line.predict,
        lambda z: line.matrix,
        observations,
        unknowns=5,
        steps=steps,
        derivative_cost=derivative_cost,
        difference=0.2,
        seed=SEED,
    )
    spent = {name: outcome.history[-1][0] for name, outcome in outcomes.items()}
    own = spent.pop("Gauss-Newton, forward mode")
    calls = len(outcomes["Gauss-Newton, forward mode"].history)
    assert own == steps * (calls + derivative_cost * estimate.derivatives)
    assert len(spent) == 3
    for name, cost in spent.items():
        assert cost <= own, (name, cost, own)
    for name in ("Nelder-Mead", "ensemble smoother"):
        assert spent[name] > 0.9 * own, (name, spent[name], own)
    # Every prediction was paid for, but the one that the search knows already.
    charged = sum(spent.values()) + steps * calls
    assert charged == steps * (line.calls - estimate.derivatives)


def test_methods_without_derivatives_approach_the_posterior_within_their_budget():
    for method, budget, distance in ((nelder_mead, 7000.0, 0.5), (ensemble_smoother, 7000.0, 2.0)):
        line = Line()
        mean, covariance = line.posterior()
        misfit = line.misfit()
        options = {"seed": SEED} if method is ensemble_smoother else {}
        z = method(misfit, budget, unknowns=5, **options)
        error = (z - mean) / np.sqrt(np.diag(covariance))
        assert misfit.cost == 7 * line.calls <= budget, method.__name__
        assert np.sqrt(np.mean(error**2)) < distance, (method.__name__, error)


def test_coverage_is_nominal_with_the_right_covariance_and_low_with_too_small_a_one():
    line = Line(observations=200)
    estimate = gauss_newton(line.misfit(), lambda z: line.matrix, 1.0, unknowns=5)
    shares = {}
    for factor in (1.0, 0.25):
        given = estimate._replace(covariance=factor * estimate.covariance)
        checked = coverage(
            given,
            line.predict,
            line.truth,
            line.without_noise,
            line.error,
            realisations=400,
            seed=SEED,
            corrections=0 if factor == 1.0 else 60,
        )
        shares[factor] = np.mean(np.abs(checked.errors) <= 1.0)
    assert 0.64 < shares[1.0] < 0.73, shares
    assert shares[0.25] < 0.5, shares
    assert abs(probability_of_all(estimate, 2.0) - 0.954**5) < 0.03


def test_sampling_error_leaves_the_seasons_out_and_has_a_floor():
    dates, rng = 200, np.random.default_rng(1)
    angle = 2.0 * np.pi * np.arange(dates)[:, None] / dates
    quiet = 5.0 * np.cos(angle) + 3.0 * np.sin(2.0 * angle)
    noisy = quiet + 2.0 * rng.standard_normal((dates, 1))
    # Two fields in two regions each; the second field never changes but for the seasons.
    error = sampling_error(np.concatenate([noisy, quiet, quiet, quiet], axis=1), 2)
    assert abs(error[0] / (2.0 / np.sqrt(dates)) - np.sqrt(1.05)) < 0.15, error
    assert abs(error[1] / error[0] - np.sqrt(0.05 / 1.05)) < 1e-6, error
    assert np.all(error[2:] < 1e-10), error


# What is reported


def test_the_report_tells_misses_as_misses(twin, tmp_path):
    """Of three errors one lies outside of two standard deviations."""
    line = Line(unknowns=3, observations=60)
    observations = Observations(line.observed, line.error, line.without_noise)
    estimate, outcomes = by_all_methods(
        line.predict,
        lambda z: line.matrix,
        observations,
        unknowns=3,
        steps=9 * 24,
        derivative_cost=50.0,
        difference=0.2,
        seed=SEED,
    )
    truth = estimate.z - estimate.deviation * np.array([0.5, -2.5, 1.9])
    checked = coverage(
        estimate, line.predict, truth, line.without_noise, line.error, realisations=5, seed=SEED
    )
    comparison = {0.0: [Compared(0.6, 0.99)] * 3}
    findings = Findings(
        truth, observations, estimate, outcomes, 50.0, comparison, checked, {"all": 1.0}
    )
    numbers = results(findings, Experiment(), twin)
    assert numbers["within_two_deviations"] == 2
    rows = list(numbers["parameters"].values())
    errors = [row["error_in_standard_deviations"] for row in rows]
    np.testing.assert_allclose(errors, [0.5, -2.5, 1.9])
    for row, unknown in zip(rows, twin.unknowns, strict=True):
        deviation = unknown.deviation * row["posterior_over_prior_deviation"]
        log_error = np.log(row["estimate"] / row["truth"])
        np.testing.assert_allclose(log_error, deviation * row["error_in_standard_deviations"])
    share = np.mean(np.abs(checked.errors) <= 2.0)
    assert numbers["coverage"]["within_two_deviations"] == share
    assert "2 of 3 within 2 posterior standard deviations" in summary(numbers, twin)
    path = tmp_path / "figure.svg"
    draw(findings, twin, path)
    assert path.read_text().count("<path") > 10
    assert path.stat().st_size < 300_000


# Bad input


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("physics.convection.relaxation_tim", "did you mean 'physics.convection.relaxation_time'"),
        ("start", "no parameter called 'start'"),
    ],
)
def test_an_unknown_parameter_is_named(twin, name, words):
    with pytest.raises(ValueError, match=words):
        Twin([Unknown(name, "")], steps=3, model=twin.model)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--days", "0.3"], "whole number of steps"),
        (["--days", "-1"], "whole number of steps"),
        (["--days", "nan"], "whole number of steps"),
        (["--noise", "0"], "not a positive number"),
        (["--starts", "4"], "--starts"),
        (["--seed", "-1"], "--seed"),
    ],
)
def test_bad_options_are_told_in_a_sentence(arguments, words, tmp_path):
    app = typer.Typer()
    app.command()(main)
    result = CliRunner().invoke(app, [*arguments, "--output", str(tmp_path / "never")])
    assert result.exit_code == 2
    assert words in " ".join(result.output.replace("│", " ").split())
    assert not (tmp_path / "never").exists()


def test_observables_cover_the_globe_once(twin):
    weights = Observables().region_weights(twin.model.inputs)
    assert weights.shape == (12, 96, 48)
    np.testing.assert_allclose(weights.sum(axis=(1, 2)), 1.0)
    assert np.all((weights > 0.0).any(axis=0))
