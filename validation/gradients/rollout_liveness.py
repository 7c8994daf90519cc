"""Does the derivative of the model know everything that the model responds to, and nothing else?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from validation.gradients.directions import parameter_size, unit_direction
from validation.gradients.model_directions import ModelDirection
from validation.gradients.model_steps import STATE, Named
from validation.gradients.rollout_results import LivenessResult
from validation.gradients.rollout_runs import Runs
from validation.gradients.threads import side_by_side

#: A whole cycle of short-wave radiation.
LENGTH = 3
#: Change of the state, in natural sizes, that differences aim at, and the largest h for it.
_RESPONSE, _LARGEST_SIZE = 1e-6, 0.1
#: Where the derivative vanishes.
_SIZE_WITHOUT_RESPONSE = 1e-3
#: How often h is made ten times smaller if comparisons come out differently.
_TRIALS = 3
#: Largest rounding of the difference of two states in multiples of the typical one.
_ROUNDINGS = 10.0


def check_liveness(runs: Runs, within_day: Runs, noise: float) -> list[LivenessResult]:
    """Every leaf of parameters, boundary data and state.

    Args:
        runs: from the start of a day, where the fields of the day are made of parameters.
        within_day: from a later step, where they are kept in the state.
        noise: typical rounding of the difference of two states.
    """
    weights = unit_direction("weights of the result", runs.unmoved[LENGTH].shape)
    with_back = [(one, one.transposed(weights, LENGTH)) for one in (runs, within_day)]

    def check(name: str) -> LivenessResult:
        chosen, back = with_back[name.startswith(STATE)]
        return _check(chosen, name, weights, back, _ROUNDINGS * noise)

    return side_by_side(check, list(runs.base))


def _check(runs: Runs, name: str, weights: np.ndarray, back: Named, noise: float) -> LivenessResult:
    values = leaf_direction(name, runs.base[name])
    direction = ModelDirection(name, {name: values})
    tangent = runs.tangents(direction, [LENGTH])[LENGTH]
    norm, response = float(np.linalg.norm(tangent)), runs.sensitivity(tangent)
    size = min(_RESPONSE / response, _LARGEST_SIZE) if response else _SIZE_WITHOUT_RESPONSE
    for trial in range(_TRIALS):
        pair = runs.pair(direction, size / 10.0**trial, [LENGTH])
        if not pair.gates[-1]:
            break
    slope = pair.central(LENGTH)
    fortran = None
    if runs.knows_in_fortran(direction):
        fortran = runs.fortran_pair(direction, pair.size, [LENGTH]).central(LENGTH)
    reverse = float(np.vdot(np.asarray(back[name]), values))
    adjoint_error = abs(float(weights @ tangent) - reverse)
    return LivenessResult(
        name=name,
        steps=LENGTH,
        derivative=norm,
        adjoint_error=_share(adjoint_error, norm * float(np.linalg.norm(weights))),
        difference=float(np.linalg.norm(slope)),
        error=_share(float(np.linalg.norm(slope - tangent)), norm),
        rounding=noise / (pair.size * norm) if norm else 0.0,
        fortran=None if fortran is None else float(np.linalg.norm(fortran)),
        fortran_error=None
        if fortran is None
        else _share(float(np.linalg.norm(fortran - tangent)), norm),
        step=pair.size,
        gate_flips=int(pair.gates[-1]),
    )


def leaf_direction(name: str, values: Any) -> np.ndarray:
    """A change of one leaf: a tenth of its values, of each with another random factor.

    Values that are zero stay, unless all are: then all change.
    """
    values = np.asarray(values, dtype=float)
    if not values.ndim:
        return np.asarray(parameter_size(float(values)))
    size = np.abs(values) if values.any() else np.ones_like(values)
    return parameter_size(1.0) * size * unit_direction(name, values.shape)


def _share(error: float, whole: float) -> float:
    if whole > 0.0:
        return error / whole
    return 0.0 if error == 0.0 else math.inf
