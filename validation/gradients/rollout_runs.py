"""Runs of a model from one start, moved along directions."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

import numpy as np

from jcm.model.state import ModelState
from validation.gradients.fortran_rollouts import FortranRuns
from validation.gradients.model_directions import ModelDirection
from validation.gradients.model_steps import ModelSteps, Named
from validation.gradients.rollout_measures import Measure, Pair, flips_of


class Runs:
    """All runs from one start x.

    Args:
        steps: of the model.
        state: at the start.
        sizes: natural sizes of the variables of the result, see :class:`Measure`.
        lengths: steps after which results are wanted, so that the run from x is made once.
        fortran: the Fortran model at the same start, or None.
    """

    def __init__(
        self,
        steps: ModelSteps,
        state: ModelState,
        sizes: Mapping[str, float],
        lengths: Collection[int],
        fortran: FortranRuns | None = None,
    ) -> None:
        self.steps, self.state, self.fortran = steps, state, fortran
        self.base = steps.base(state)
        self.measure = Measure(sizes)
        states, self._choices = steps.run(state, {}, lengths)
        #: f(x) as vectors, by steps.
        self.unmoved = {step: self.measure.vector(s) for step, s in states.items()}
        if fortran is not None:
            states, self._fortran_branches = fortran.run({}, lengths)
            self._fortran_unmoved = {n: self.measure.vector(s) for n, s in states.items()}

    def moved(self, direction: ModelDirection, size: float) -> Named:
        """What v moves of x + h v."""
        return {name: self.base[name] + size * v for name, v in direction.values.items()}

    def tangents(
        self, direction: ModelDirection, lengths: Collection[int]
    ) -> dict[int, np.ndarray]:
        """J v after some steps, as vectors."""
        changes = self.steps.forward(self.state, direction.values, lengths)
        return {step: self.measure.vector(change) for step, change in changes.items()}

    def sensitivity(self, tangent: np.ndarray) -> float:
        """2-norm of J v over the root of the number of variables."""
        return float(np.linalg.norm(tangent)) / math.sqrt(len(self.measure.sizes))

    def transposed(self, weights: np.ndarray, steps: int) -> Named:
        """Jᵀ w by name, for a vector w."""
        return self.steps.reverse(self.state, self.measure.weights(weights, self.base), steps)

    def one(
        self, direction: ModelDirection, size: float, lengths: Collection[int]
    ) -> tuple[dict[int, np.ndarray], np.ndarray, np.ndarray]:
        """f(x + h v) as vectors, and the flips of branches and gates summed up to each step."""
        states, choices = self.steps.run(self.state, self.moved(direction, size), lengths)
        vectors = {step: self.measure.vector(state) for step, state in states.items()}
        return vectors, *flips_of(choices, self._choices)

    def pair(self, direction: ModelDirection, size: float, lengths: Collection[int]) -> Pair:
        """Both runs of a difference of JAX."""
        plus, branches, gates = self.one(direction, size, lengths)
        minus, more_branches, more_gates = self.one(direction, -size, lengths)
        flips = (branches + more_branches, gates + more_gates)
        return Pair(size, plus, minus, self.unmoved, *flips)

    def fortran_pair(
        self, direction: ModelDirection, size: float, lengths: Collection[int]
    ) -> Pair:
        """Both runs of a difference of the Fortran."""
        if self.fortran is None:
            raise ValueError("these runs have no Fortran model")
        vectors, branches = [], np.zeros(max(lengths), int)
        for signed in (size, -size):
            states, chosen = self.fortran.run(self.moved(direction, signed), lengths)
            vectors.append({step: self.measure.vector(s) for step, s in states.items()})
            unlike = [
                np.any(a != b, axis=0).sum()
                for a, b in zip(chosen, self._fortran_branches, strict=False)
            ]
            branches += np.cumsum(unlike)
        return Pair(size, *vectors, self._fortran_unmoved, branches, None)

    def knows_in_fortran(self, direction: ModelDirection) -> bool:
        """Whether the Fortran model can be moved along a direction."""
        return self.fortran is not None and all(map(self.fortran.knows, direction.values))
