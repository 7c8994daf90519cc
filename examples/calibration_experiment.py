"""The calibration step by step: climate, observations, estimates, check of their uncertainty."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
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
from calibration_twin import UNKNOWNS, Observables, Twin, Unknown

import jcm
from jcm.model.state import ModelState
from jcm.physics.gates import Gates

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
        gate_width: of the model and of the truth, see :class:`jcm.physics.gates.Gates`.
        difference: step of the derivative by differences [prior standard deviations].
        compared: widths of gates with which derivatives are compared with differences.
        unknowns: parameters to be recovered.
        observables: what is observed.
    """

    seed: int = 0
    steps: int = 9
    starts: int = 24
    spinup: int = 60
    noise: float = 1.0
    realisations: int = 40
    gate_width: float = 0.1
    difference: float = 0.2
    compared: tuple[float, ...] = (0.0, 0.1)
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


class Compared(NamedTuple):
    """Differences of the model d against its derivative t at the first guess.

    Attributes:
        slope: t·d / t·t, 1 if they agree.
        cosine: t·d / |t| |d|.
    """

    slope: float
    cosine: float


def compared_derivatives(
    twin: Twin, states: Sequence[ModelState], error: np.ndarray, difference: float
) -> list[Compared]:
    """Differences against forward mode for each unknown.

    Args:
        twin: the model.
        states: from which predictions begin.
        error: unit of each observation, `(observation,)`.
        difference: step of the differences to both sides [prior standard deviations].
    """
    compared = []
    guess = np.zeros(len(twin.unknowns))
    tangents = twin.derivative(guess, states) / error[:, None]
    for axis, tangent in zip(np.eye(len(guess)), tangents.T, strict=True):
        ahead, behind = (twin.prediction(sign * difference * axis, states) for sign in (1.0, -1.0))
        d = (ahead - behind) / (2.0 * difference * error)
        product, length = float(tangent @ d), float(np.linalg.norm(tangent))
        compared.append(Compared(product / length**2, product / length / float(np.linalg.norm(d))))
    return compared


class Findings(NamedTuple):
    """Everything that the page shows; coordinates are those of :class:`Twin`.

    Attributes:
        truth: coordinates, `(unknown,)`.
        observations: of it.
        estimate: by Gauss-Newton with derivatives of forward mode.
        outcomes: by method, the estimate's own first.
        derivative_cost: cost of a derivative / cost of a prediction.
        comparison: of derivatives, by width of the gates, see :func:`compared_derivatives`.
        coverage: see :func:`calibration_methods.coverage`.
        seconds: taken by each part but the methods, compilation included.
    """

    truth: np.ndarray
    observations: Observations
    estimate: Estimate
    outcomes: dict[str, Outcome]
    derivative_cost: float
    comparison: dict[float, list[Compared]]
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
    comparison = {}
    for width in experiment.compared:
        model = jcm.Model(gates=Gates(width=width))
        other = Twin(twin.unknowns, twin.observables, steps=twin.steps, model=model)
        comparison[width] = compared_derivatives(
            twin if model.configuration == twin.model.configuration else other,
            states,
            observations.error,
            experiment.difference,
        )
    tick("comparison of derivatives")
    return Findings(
        truth=truth,
        observations=observations,
        estimate=estimate,
        outcomes=outcomes,
        derivative_cost=derivative_cost,
        comparison=comparison,
        coverage=checked,
        seconds=seconds,
    )
