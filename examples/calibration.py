"""Recover eight parameters of convection, clouds, radiation and surface exchange from a climate.

The climate is that of the model itself with other parameters, observed with noise. Derivatives by
forward mode lead from the first guess to the parameters and to their posterior uncertainty; methods
without derivatives try the same at the same cost. Other realisations of the noise show whether the
uncertainty is one.

    python examples/calibration.py --seed 1 --output calibration

See docs/examples/calibration.md.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import scipy.stats
import typer
from calibration_figure import draw
from calibration_methods import (
    Coverage,
    Derivative,
    Estimate,
    Misfit,
    Prediction,
    by_differences,
    coverage,
    ensemble_smoother,
    gauss_newton,
    misfit_of,
    nelder_mead,
)
from calibration_twin import DAYS_PER_YEAR, UNKNOWNS, Observables, Twin, Unknown
from common import write_results

from jcm.command.cache import use_compilation_cache
from jcm.model.state import ModelState
from jcm.surface.calendar import STEPS_PER_DAY

#: Share of intervals of one and of two standard deviations that contain the truth.
ONE, TWO = (float(p) for p in scipy.stats.norm.cdf([1.0, 2.0]) * 2.0 - 1.0)
#: Harmonics of the year that count as season, not as sampling error.
SEASONAL_HARMONICS = 2


@dataclasses.dataclass(frozen=True, kw_only=True)
class Experiment:
    """What is computed.

    Attributes:
        seed: of the truth, of the noise, and of methods that draw.
        steps: length of a prediction [steps of 40 minutes].
        starts: number of dates in a year from which predictions begin.
        spinup: days that the truth has run before the first.
        noise: error of the observations / their sampling error.
        realisations: of the noise in the check of coverage.
        gate_width: of the model that is differentiated, see :class:`jcm.physics.gates.Gates`.
        difference: step of the derivative by differences [prior standard deviations].
        unknowns: parameters to be recovered.
        observables: what is observed.
    """

    seed: int = 0
    steps: int = 9
    starts: int = 24
    spinup: int = 60
    noise: float = 1.0
    realisations: int = 40
    gate_width: float = 0.05
    difference: float = 0.2
    unknowns: tuple[Unknown, ...] = UNKNOWNS
    observables: Observables = Observables()


def draw_truth(unknowns: int, seed: np.random.SeedSequence) -> np.ndarray:
    """Coordinates of the truth: 0.4 to 1.4 prior standard deviations from the first guess."""
    rng = np.random.default_rng(seed)
    return rng.choice([-1.0, 1.0], unknowns) * rng.uniform(0.4, 1.4, unknowns)


def sampling_error(predictions: np.ndarray, fields: int) -> np.ndarray:
    """Standard error of the mean over the dates, with a floor for each field.

    What the seasons explain is no error. Of a field whose samples hardly differ in some region, a
    tenth of the mean variance of its regions is added.

    Args:
        predictions: `(date, observation)`, dates at equal distances within a year.
        fields: number of fields, slowest in the order of the observations.
    """
    dates = len(predictions)
    angle = 2.0 * np.pi * np.arange(dates) / dates
    season = [np.ones(dates)]
    for harmonic in range(1, SEASONAL_HARMONICS + 1):
        season += [np.cos(harmonic * angle), np.sin(harmonic * angle)]
    design = np.stack(season, axis=1)
    rest = predictions - design @ np.linalg.lstsq(design, predictions, rcond=None)[0]
    variance = np.sum(rest**2, axis=0) / (dates - design.shape[1]) / dates
    by_field = variance.reshape(fields, -1)
    return np.sqrt(by_field + 0.1 * by_field.mean(axis=1, keepdims=True)).ravel()


class Observations(NamedTuple):
    """What is known of the truth.

    Attributes:
        values: `(observation,)`.
        error: standard deviation of their noise, `(observation,)`.
        without_noise: what the truth itself predicts, `(observation,)`.
    """

    values: np.ndarray
    error: np.ndarray
    without_noise: np.ndarray


def observe(
    twin: Twin,
    truth: np.ndarray,
    states: Sequence[ModelState],
    noise: float,
    seed: np.random.SeedSequence,
) -> Observations:
    """Observations of the truth.

    Args:
        twin: the model.
        truth: coordinates, `(unknown,)`.
        states: of the truth, at equal distances within a year.
        noise: error of the observations / their sampling error.
        seed: of the noise.
    """
    samples = twin.predictions(truth, states)
    error = noise * sampling_error(samples, twin.observables.fields)
    without_noise = samples.mean(axis=0)
    drawn = np.random.default_rng(seed).standard_normal(error.shape)
    return Observations(without_noise + error * drawn, error, without_noise)


class Outcome(NamedTuple):
    """What a method has found, and what it has spent.

    Attributes:
        z: the estimate, `(unknown,)`.
        history: cost [model steps] and the lowest misfit up to then.
        seconds: taken, compilation of the model included.
    """

    z: np.ndarray
    history: list[tuple[float, float]]
    seconds: float


def by_all_methods(
    predict: Prediction,
    derivative: Derivative,
    observations: Observations,
    *,
    unknowns: int,
    steps: int,
    derivative_cost: float,
    difference: float,
    seed: np.random.SeedSequence,
) -> tuple[Estimate, dict[str, Outcome]]:
    """The parameters with derivatives, and without them at most at the same cost.

    Args:
        predict: the model.
        derivative: of the model, by forward mode.
        observations: of the truth.
        unknowns: number of parameters.
        steps: cost of a prediction [model steps].
        derivative_cost: cost of `derivative` / cost of `predict`.
        difference: step of the derivative by differences [prior standard deviations].
        seed: of methods that draw.

    Returns:
        The estimate by Gauss-Newton with `derivative`; and what every method has found, that first.
    """
    outcomes = {}

    def account() -> Misfit:
        return Misfit(predict, observations.values, observations.error, steps)

    def record(name: str, z: np.ndarray, misfit: Misfit) -> None:
        nonlocal began
        now = time.perf_counter()
        outcomes[name] = Outcome(z, misfit.history, now - began)
        began = now

    began, misfit = time.perf_counter(), account()
    estimate = gauss_newton(misfit, derivative, derivative_cost * steps, unknowns=unknowns)
    record("Gauss-Newton, forward mode", estimate.z, misfit)
    budget = misfit.cost

    misfit = account()
    slopes = by_differences(predict, unknowns, difference)
    found = gauss_newton(misfit, slopes, unknowns * steps, unknowns=unknowns)
    record("Gauss-Newton, differences", found.z, misfit)
    misfit = account()
    record("Nelder-Mead", nelder_mead(misfit, budget, unknowns=unknowns), misfit)
    misfit = account()
    mean = ensemble_smoother(misfit, budget, unknowns=unknowns, seed=seed)
    record("ensemble smoother", mean, misfit)
    return estimate, outcomes


class Findings(NamedTuple):
    """Everything that the page shows; coordinates are those of :class:`Twin`.

    Attributes:
        truth: coordinates, `(unknown,)`.
        observations: of it.
        estimate: by Gauss-Newton with derivatives of forward mode.
        outcomes: by method, the estimate's own first.
        derivative_cost: cost of a derivative / cost of a prediction.
        derivatives: at the first guess by forward mode with smooth and with hard gates, and by
            differences, in units of the errors, `(observation, unknown)`.
        coverage: see :func:`calibration_methods.coverage`.
        seconds: taken by each part but the methods, compilation included.
    """

    truth: np.ndarray
    observations: Observations
    estimate: Estimate
    outcomes: dict[str, Outcome]
    derivative_cost: float
    derivatives: dict[str, np.ndarray]
    coverage: Coverage
    seconds: dict[str, float]

    @property
    def misfit_of_truth(self) -> float:
        """The misfit that the noise leaves to the truth."""
        observed, error, without_noise = self.observations
        return misfit_of((without_noise - observed) / error, self.truth)


def find(experiment: Experiment, twin: Twin) -> Findings:
    """Make the climate, observe it, recover the parameters by every method, check the uncertainty.

    Args:
        experiment: what is computed.
        twin: the model with its first guess.
    """
    unknowns = len(twin.unknowns)
    seeds = np.random.SeedSequence(experiment.seed).spawn(4)
    seconds, began = {}, time.perf_counter()

    def tick(part: str) -> None:
        nonlocal began
        seconds[part], began = time.perf_counter() - began, time.perf_counter()

    truth = draw_truth(unknowns, seeds[0])
    states = twin.year(truth, starts=experiment.starts, spinup=experiment.spinup)
    tick("a year of the truth")
    observations = observe(twin, truth, states, experiment.noise, seeds[1])
    derivative_cost = twin.cost_of_derivative(states[0])
    tick("observations, compilation of prediction and derivative")

    def predict(z: np.ndarray) -> np.ndarray:
        return twin.prediction(z, states)

    estimate, outcomes = by_all_methods(
        predict,
        lambda z: twin.derivative(z, states),
        observations,
        unknowns=unknowns,
        steps=twin.steps * len(states),
        derivative_cost=derivative_cost,
        difference=experiment.difference,
        seed=seeds[2],
    )
    tick("all methods")
    checked = coverage(
        estimate,
        predict,
        truth,
        observations.without_noise,
        observations.error,
        realisations=experiment.realisations,
        seed=seeds[3],
    )
    tick("coverage")
    guess = np.zeros(unknowns)
    derivatives = {
        "smooth gates": twin.derivative(guess, states),
        "hard gates": twin.with_gates(0.0).derivative(guess, states),
        "differences": by_differences(predict, unknowns, experiment.difference)(guess),
    }
    tick("comparison of derivatives")
    error = observations.error[:, None]
    return Findings(
        truth=truth,
        observations=observations,
        estimate=estimate,
        outcomes=outcomes,
        derivative_cost=derivative_cost,
        derivatives={name: slope / error for name, slope in derivatives.items()},
        coverage=checked,
        seconds=seconds,
    )


def probability_of_all(estimate: Estimate, limit: float, draws: int = 100_000) -> float:
    """Probability that all errors lie within `limit` posterior standard deviations."""
    correlation = estimate.covariance / np.outer(estimate.deviation, estimate.deviation)
    rng = np.random.default_rng(0)
    errors = rng.multivariate_normal(np.zeros(len(correlation)), correlation, draws)
    return float(np.mean(np.all(np.abs(errors) <= limit, axis=1)))


def results(findings: Findings, experiment: Experiment, twin: Twin) -> dict[str, Any]:
    """The numbers of the page, as JSON can hold them."""
    f, estimate = findings, findings.estimate
    errors = (estimate.z - f.truth) / estimate.deviation
    steps = experiment.steps * experiment.starts
    chi_square = float(
        (estimate.z - f.truth) @ np.linalg.solve(estimate.covariance, estimate.z - f.truth)
    )
    rows = zip(
        twin.unknowns,
        twin.values(np.zeros_like(f.truth)),
        twin.values(f.truth),
        twin.values(estimate.z),
        estimate.deviation,
        errors,
        strict=True,
    )
    checked = f.coverage
    return {
        "experiment": dataclasses.asdict(experiment),
        "observations": len(f.observations.values),
        "parameters": {
            unknown.name: {
                "first_guess": guess,
                "truth": truth,
                "estimate": value,
                "relative_standard_deviation": unknown.deviation * deviation,
                "posterior_over_prior_deviation": deviation,
                "error_in_standard_deviations": error,
            }
            for unknown, guess, truth, value, deviation, error in rows
        },
        "within_two_deviations": int(np.sum(np.abs(errors) <= 2.0)),
        "chi_square": chi_square,
        "methods": {
            name: {
                "cost_in_model_steps": outcome.history[-1][0],
                "cost_in_predictions": outcome.history[-1][0] / steps,
                "misfit": outcome.history[-1][1],
                "within_two_deviations": int(
                    np.sum(np.abs(outcome.z - f.truth) <= 2.0 * estimate.deviation)
                ),
                "rms_error_in_prior_deviations": float(
                    np.sqrt(np.mean((outcome.z - f.truth) ** 2))
                ),
                "seconds": outcome.seconds,
                "history": outcome.history,
            }
            for name, outcome in f.outcomes.items()
        },
        "misfit_of_first_guess": next(iter(f.outcomes.values())).history[0][1],
        "misfit_of_truth": f.misfit_of_truth,
        "derivative_cost_in_predictions": f.derivative_cost,
        "derivatives_computed": estimate.derivatives,
        "derivatives_at_first_guess": compared_derivatives(f.derivatives, twin),
        "coverage": {
            "realisations": experiment.realisations,
            "within_one_deviation": float(np.mean(np.abs(checked.errors) <= 1.0)),
            "within_two_deviations": float(np.mean(np.abs(checked.errors) <= 2.0)),
            "all_within_two_deviations": float(
                np.mean(np.all(np.abs(checked.errors) <= 2.0, axis=1))
            ),
            "promised": {
                "within_one_deviation": ONE,
                "within_two_deviations": TWO,
                "all_within_two_deviations": probability_of_all(estimate, 2.0),
            },
            "mean_chi_square": float(checked.chi_square.mean()),
            "mean_error": checked.errors.mean(axis=0),
            "standard_deviation_of_errors": checked.errors.std(axis=0, ddof=1),
            "largest_last_step": float(checked.last_step.max()),
        },
        "seconds": f.seconds,
    }


def compared_derivatives(
    derivatives: dict[str, np.ndarray], twin: Twin
) -> dict[str, dict[str, dict[str, float]]]:
    """Slope and cosine of the differences against forward mode, by gates and parameter."""
    differences = derivatives["differences"]
    compared = {}
    for gates in ("smooth gates", "hard gates"):
        compared[gates] = {}
        for unknown, tangent, difference in zip(
            twin.unknowns, derivatives[gates].T, differences.T, strict=True
        ):
            product = float(tangent @ difference)
            compared[gates][unknown.name] = {
                "differences_over_derivative": product / float(tangent @ tangent),
                "cosine": product / float(np.linalg.norm(tangent) * np.linalg.norm(difference)),
            }
    return compared


def summary(numbers: dict[str, Any], twin: Twin) -> str:
    """The main numbers in a few lines."""
    count = len(twin.unknowns)
    low, high = scipy.stats.chi2.ppf([0.025, 0.975], count)
    lines = [f"{'parameter':<32}{'guess':>10}{'truth':>10}{'estimate':>10}{'± [%]':>8}{'error':>8}"]
    for unknown in twin.unknowns:
        row = numbers["parameters"][unknown.name]
        lines.append(
            f"{unknown.words:<32}{row['first_guess']:>10.4g}{row['truth']:>10.4g}"
            f"{row['estimate']:>10.4g}{100.0 * row['relative_standard_deviation']:>8.2f}"
            f"{row['error_in_standard_deviations']:>+8.2f}"
        )
    lines.append(
        f"{numbers['within_two_deviations']} of {count} within 2 posterior standard deviations; "
        f"chi-square of the errors {numbers['chi_square']:.1f} (95 %: {low:.1f} to {high:.1f})"
    )
    checked, promised = numbers["coverage"], numbers["coverage"]["promised"]
    lines.append(
        f"{checked['realisations']} other realisations of the noise: "
        f"{100.0 * checked['within_one_deviation']:.1f} % within 1 (expected {100.0 * ONE:.1f}), "
        f"{100.0 * checked['within_two_deviations']:.1f} % within 2 ({100.0 * TWO:.1f}), "
        f"all {count} within 2 in {100.0 * checked['all_within_two_deviations']:.0f} % "
        f"({100.0 * promised['all_within_two_deviations']:.0f}); "
        f"mean chi-square {checked['mean_chi_square']:.1f} ({count})"
    )
    lines.append(
        f"misfit: first guess {numbers['misfit_of_first_guess']:.0f}, "
        f"truth {numbers['misfit_of_truth']:.0f}; a derivative costs "
        f"{numbers['derivative_cost_in_predictions']:.1f} predictions"
    )
    for name, row in numbers["methods"].items():
        lines.append(
            f"{name:<28}{row['cost_in_predictions']:>7.1f} predictions, misfit "
            f"{row['misfit']:>9.1f}, rms error {row['rms_error_in_prior_deviations']:.3f} prior "
            f"deviations, {row['within_two_deviations']} of {count} within 2"
        )
    return "\n".join(lines)


def main(
    seed: Annotated[int, typer.Option(min=0, help="Of the truth and of the noise.")] = 0,
    days: Annotated[
        float, typer.Option(help="Length of a prediction, a whole number of steps of 1/36 day.")
    ] = 0.25,
    starts: Annotated[
        int, typer.Option(min=8, max=DAYS_PER_YEAR, help="Dates from which predictions begin.")
    ] = 24,
    noise: Annotated[
        float, typer.Option(help="Error of the observations / their sampling error.")
    ] = 1.0,
    realisations: Annotated[
        int, typer.Option(min=2, help="Of the noise, in the check of the uncertainty.")
    ] = 40,
    gate_width: Annotated[
        float, typer.Option(min=0.0, help="Of the gates of the model that is differentiated.")
    ] = 0.05,
    output: Annotated[Path, typer.Option(help="Folder for figure and numbers.")] = Path(
        "calibration"
    ),
    quick: Annotated[bool, typer.Option(help="8 dates, 10 realisations.")] = False,
) -> None:
    """Recover eight parameters from a twin climate, with and without derivatives."""
    if not 2.0 <= days * STEPS_PER_DAY <= 10.0 * STEPS_PER_DAY or (
        abs(days * STEPS_PER_DAY - round(days * STEPS_PER_DAY)) > 1e-6
    ):
        raise typer.BadParameter(
            f"{days:g} days are not a whole number of steps between 2/36 and 10 days",
            param_hint="--days",
        )
    if not 0.0 < noise < np.inf:
        raise typer.BadParameter(f"{noise:g} is not a positive number", param_hint="--noise")
    experiment = Experiment(
        seed=seed,
        steps=round(days * STEPS_PER_DAY),
        starts=8 if quick else starts,
        noise=noise,
        realisations=10 if quick else realisations,
        gate_width=gate_width,
    )
    use_compilation_cache()
    output.mkdir(parents=True, exist_ok=True)
    twin = Twin(
        experiment.unknowns,
        experiment.observables,
        steps=experiment.steps,
        gate_width=experiment.gate_width,
    )
    findings = find(experiment, twin)
    numbers = results(findings, experiment, twin)
    write_results(output, numbers)
    draw(findings, twin, output / "calibration.svg")
    typer.echo(summary(numbers, twin))
    typer.echo(f"{output}/calibration.svg, {output}/results.json")


if __name__ == "__main__":
    typer.run(main)
