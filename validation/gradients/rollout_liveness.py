"""Does the derivative of the model know everything that the model responds to, and nothing else?"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from validation.gradients.column_functions import ROUNDED
from validation.gradients.directions import parameter_size, unit_direction
from validation.gradients.model_directions import ModelDirection
from validation.gradients.model_steps import STATE, Named
from validation.gradients.rollout_measures import Pair, relative
from validation.gradients.rollout_results import LivenessResult
from validation.gradients.rollout_runs import Runs
from validation.gradients.threads import side_by_side

#: A whole cycle of short-wave radiation.
LENGTH = 3
#: Change of the state, in natural sizes, that differences aim at, and the largest h for it.
_RESPONSE, _LARGEST_SIZE = 1e-6, 0.1
#: Multiples of that h to try until the difference agrees: an edge may be near, and where a table is
#: rounded to single precision only large steps show the slope.
_MULTIPLES = (1.0, 0.1, 30.0, 10.0, 3.0, 0.01, 1000.0)
#: Largest relative error of differences of a parameter that is rounded to single precision and used
#: per whole kelvin: small steps see the treads, large ones the next row of the table. Processes are
#: compared precisely, in formulation corrected.
STAIRCASE = 1e-2
#: h where the derivative vanishes, until the difference vanishes too.
_WITHOUT_RESPONSE = (1e-3, 1e-5, 1e-7)
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
    sizes = _WITHOUT_RESPONSE
    if response:
        aims = (_RESPONSE * multiple / response for multiple in _MULTIPLES)
        sizes = tuple(min(aim, _LARGEST_SIZE) for aim in aims)
    reverse = float(np.vdot(np.asarray(back[name]), values))
    adjoint_error = abs(float(weights @ tangent) - reverse)
    tried = []
    for size in sizes:
        pair = runs.pair(direction, size, [LENGTH])
        found = LivenessResult(
            name=name,
            steps=LENGTH,
            derivative=norm,
            adjoint_error=relative(adjoint_error, norm * float(np.linalg.norm(weights))),
            **_beside(pair, tangent),
            rounding=(noise / (size * norm) if norm else 0.0) + _staircase(name),
            fortran=None,
            fortran_error=None,
            fortran_side_error=None,
            step=size,
            gate_flips=int(pair.gates[-1]),
        )
        tried.append(found)
        if found.passed and not found.kink:
            break
    best = min(tried, key=lambda one: (not one.passed, one.error))
    if not runs.knows_in_fortran(direction):
        return best
    beside = _beside(runs.fortran_pair(direction, best.step, [LENGTH]), tangent)
    return dataclasses.replace(
        best,
        fortran=beside["difference"],
        fortran_error=beside["error"],
        fortran_side_error=beside["side_error"],
    )


def _staircase(name: str) -> float:
    """How well differences of a parameter are known that the original rounds: by its treads."""
    return STAIRCASE if ROUNDED.search(name) else 0.0


def _beside(pair: Pair, tangent: np.ndarray) -> dict[str, float]:
    """A difference beside the derivative."""
    slope, whole = pair.central(LENGTH), float(np.linalg.norm(tangent))
    _, side_error = pair.sides(LENGTH, tangent)
    return {
        "difference": float(np.linalg.norm(slope)),
        "error": relative(float(np.linalg.norm(slope - tangent)), whole),
        "side_error": relative(side_error, whole),
    }


def leaf_direction(name: str, values: Any) -> np.ndarray:
    """A change of one leaf: a tenth of its values, of each with another random factor.

    Values that are zero stay, unless all are: then all change.
    """
    values = np.asarray(values, dtype=float)
    if not values.ndim:
        return np.asarray(parameter_size(float(values)))
    size = np.abs(values) if values.any() else np.ones_like(values)
    return parameter_size(1.0) * size * unit_direction(name, values.shape)
