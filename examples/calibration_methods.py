"""Estimates of parameters with and without derivatives, at a cost that is counted.

All minimise the same misfit, of coordinates z whose prior is the standard normal distribution, to
observations y with independent errors σ:

    J(z) = ½ |r(z)|² + ½ |z|² ,    r(z) = (prediction(z) - y) / σ

The unit of cost is one step of the model.

References:
    Tarantola, A. (2005): Inverse Problem Theory, SIAM, section 3.4. Nelder, J. A. and Mead, R.
    (1965), Computer J. 7, 308-313. Emerick, A. A. and Reynolds, A. C. (2013): Ensemble smoother
    with multiple data assimilation. Comput. Geosci. 55, 3-15.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy.optimize

#: Coordinates `(unknown,)` -> prediction `(observation,)`.
Prediction = Callable[[np.ndarray], np.ndarray]
#: Coordinates -> derivative of the prediction, `(observation, unknown)`.
Derivative = Callable[[np.ndarray], np.ndarray]


@dataclasses.dataclass
class Misfit:
    """The misfit as a method sees it, with an account of what the method has spent.

    Attributes:
        predict: the model.
        observed: y, `(observation,)`.
        error: σ, `(observation,)`, positive.
        steps: cost of a prediction [model steps].
        cost: spent so far [model steps].
        history: cost and the lowest misfit up to then, whenever a misfit has been computed.
    """

    predict: Prediction
    observed: np.ndarray
    error: np.ndarray
    steps: int
    cost: float = 0.0
    history: list[tuple[float, float]] = dataclasses.field(default_factory=list)

    def residual(self, z: np.ndarray) -> np.ndarray:
        """r(z), for the cost of a prediction."""
        residual = (self.predict(z) - self.observed) / self.error
        self.cost += self.steps
        lowest = min([misfit_of(residual, z), *(entry[1] for entry in self.history[-1:])])
        self.history.append((self.cost, lowest))
        return residual


def misfit_of(residual: np.ndarray, z: np.ndarray) -> float:
    """J of a residual r and coordinates z; infinite if the model has left its range."""
    value = 0.5 * float(residual @ residual + z @ z)
    return value if np.isfinite(value) else np.inf


class Estimate(NamedTuple):
    """A Gaussian approximation of the posterior distribution.

    Attributes:
        z: its mean, `(unknown,)`.
        covariance: `(unknown, unknown)`.
        slope: derivative of r, `(observation, unknown)`.
        derivatives: how often the derivative was computed.
        last_step: length of the last step in posterior standard deviations.
    """

    z: np.ndarray
    covariance: np.ndarray
    slope: np.ndarray
    derivatives: int
    last_step: float

    @property
    def deviation(self) -> np.ndarray:
        """Posterior standard deviations of z, `(unknown,)`."""
        return np.sqrt(np.diag(self.covariance))


def gauss_newton(
    misfit: Misfit,
    derivative: Derivative,
    cost: float,
    *,
    unknowns: int,
    tolerance: float = 0.3,
    near: float = 10.0,
    most: int = 40,
) -> Estimate:
    """The minimum of J by the method of Gauss and Newton, damped after Levenberg and Marquardt.

    With S = ∂r/∂z a step solves (SᵀS + 1 + λ D) δz = -(Sᵀr + z), D the diagonal of the matrix. λ is
    zero unless a new S takes a step that makes J larger. As a derivative costs much more than a
    prediction, S is kept while every step is shorter than half the one before, and computed anew
    near the minimum. The posterior covariance is Laplace's, (SᵀS + 1)⁻¹.

    Args:
        misfit: which; its account is charged.
        derivative: of the prediction.
        cost: of `derivative` [model steps].
        unknowns: their number; the search begins at z = 0.
        tolerance: length of an undamped step, in posterior standard deviations, that ends the
            search.
        near: largest distance, likewise, from the place of the last S to the estimate.
        most: number of steps after which the search ends anyway.
    """
    z, damping, derivatives = np.zeros(unknowns), 0.0, 0
    residual, length, is_stale = misfit.residual(z), np.inf, True
    for _ in range(most):
        if is_stale:
            place, slope = z, derivative(z) / misfit.error[:, None]
            hessian = slope.T @ slope + np.eye(unknowns)
            derivatives += 1
            misfit.cost += cost
        gradient, value = slope.T @ residual + z, misfit_of(residual, z)
        step = -np.linalg.solve(hessian + damping * np.diag(np.diag(hessian)), gradient)
        previous, length = length, float(np.sqrt(gradient @ np.linalg.solve(hessian, gradient)))
        is_new, trial = place is z, misfit.residual(z + step)
        is_lower = misfit_of(trial, z + step) < value
        if is_lower:
            z, residual = z + step, trial
            damping = 0.1 * damping if damping > 1e-3 else 0.0
        elif is_new:
            damping = max(10.0 * damping, 1e-3)
        away = float(np.sqrt((z - place) @ hessian @ (z - place)))
        is_near = max(length, away) < near
        # A step that is short and yet fails has met the roughness of the model.
        if is_near and length < (tolerance if is_lower else 1.0):
            break
        keeps_its_promise = is_near or near < length < 0.5 * previous
        is_stale = not keeps_its_promise if is_lower else not is_new
    return Estimate(z, np.linalg.inv(hessian), slope, derivatives, length)


def by_differences(predict: Prediction, unknowns: int, size: float) -> Derivative:
    """The derivative by one-sided differences of `size` prior standard deviations.

    It costs as many predictions as there are unknowns: the one at the point itself is known to the
    search, which is not charged for it twice.
    """

    def derivative(z: np.ndarray) -> np.ndarray:
        here = predict(z)
        columns = [(predict(z + size * axis) - here) / size for axis in np.eye(unknowns)]
        return np.stack(columns, axis=1)

    return derivative


def nelder_mead(misfit: Misfit, budget: float, *, unknowns: int) -> np.ndarray:
    """The lowest point of a simplex that has spent `budget` model steps.

    It begins with the first guess and a prior standard deviation along each axis.
    """
    corners = np.concatenate([np.zeros((1, unknowns)), np.eye(unknowns)])
    found = scipy.optimize.minimize(
        lambda z: misfit_of(misfit.residual(z), z),
        corners[0],
        method="Nelder-Mead",
        options={
            "initial_simplex": corners,
            "maxfev": int(budget // misfit.steps),
            "maxiter": np.inf,
            "adaptive": True,
            "xatol": 0.0,
            "fatol": 0.0,
        },
    )
    return np.asarray(found.x)


def ensemble_smoother(
    misfit: Misfit, budget: float, *, unknowns: int, seed: np.random.SeedSequence
) -> np.ndarray:
    """Mean of an ensemble from the prior, moved towards the observations in several equal parts.

    Each of N assimilations sees the observations with N times the variance of their errors; see
    Emerick and Reynolds (2013), who take N = 4, too. The ensemble is as large as the budget allows.
    The misfit is that of the mean.
    """
    rng, assimilations = np.random.default_rng(seed), 4
    # One prediction is for the mean.
    members = int(budget // (misfit.steps * assimilations)) - 1
    z = rng.standard_normal((members, unknowns))
    for _ in range(assimilations):
        residual = np.stack([misfit.predict(member) for member in z])
        residual = (residual - misfit.observed) / misfit.error
        misfit.cost += members * misfit.steps
        noise = np.sqrt(assimilations) * rng.standard_normal(residual.shape)
        anomaly_z, anomaly_r = z - z.mean(axis=0), residual - residual.mean(axis=0)
        # In the space of the members, smaller than that of the observations.
        weights = anomaly_r @ anomaly_r.T / (members - 1) + assimilations * np.eye(members)
        projected = np.linalg.solve(weights, anomaly_r @ (noise + residual).T) / (members - 1)
        z = z - projected.T @ anomaly_z
        misfit.residual(z.mean(axis=0))
    return z.mean(axis=0)


class Coverage(NamedTuple):
    """Errors of estimates from observations with other noise.

    Attributes:
        errors: (estimate - truth) / posterior standard deviation, `(realisation, unknown)`.
        chi_square: eᵀ C⁻¹ e of the errors e of an estimate, `(realisation,)`.
        last_step: length of the last step in posterior standard deviations, `(realisation,)`.
    """

    errors: np.ndarray
    chi_square: np.ndarray
    last_step: np.ndarray


def coverage(
    estimate: Estimate,
    predict: Prediction,
    truth: np.ndarray,
    without_noise: np.ndarray,
    error: np.ndarray,
    *,
    realisations: int,
    seed: np.random.SeedSequence,
    corrections: int = 2,
) -> Coverage:
    """Estimate the parameters again and again, from other noise each time.

    A search begins at `estimate` and keeps its derivative, so that a step costs one prediction.

    Args:
        estimate: of the observations that were given.
        predict: the model.
        truth: z of the truth, `(unknown,)`.
        without_noise: what the truth predicts, `(observation,)`.
        error: σ, `(observation,)`.
        realisations: how many times.
        seed: of the noise.
        corrections: steps of a search after the first, which needs no prediction of its own.
    """
    rng, covariance, slope = np.random.default_rng(seed), estimate.covariance, estimate.slope
    hessian = np.linalg.inv(covariance)
    start = predict(estimate.z)
    found, last_steps = [], []
    for _ in range(realisations):
        observed = without_noise + error * rng.standard_normal(error.shape)
        z, prediction = estimate.z, start
        for correction in range(corrections + 1):
            if correction:
                prediction = predict(z)
            residual = (prediction - observed) / error
            step = -covariance @ (slope.T @ residual + z)
            z = z + step
        found.append(z - truth)
        last_steps.append(np.sqrt(step @ hessian @ step))
    errors = np.array(found)
    return Coverage(
        errors=errors / estimate.deviation,
        chi_square=np.einsum("ri,ij,rj->r", errors, hessian, errors),
        last_step=np.array(last_steps),
    )
