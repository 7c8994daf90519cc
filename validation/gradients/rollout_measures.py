"""States of runs as vectors, and differences between runs beside a derivative."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from validation.gradients import taylor
from validation.gradients.model_steps import Choices, flips
from validation.gradients.rollout_results import Agreement, Difference

#: An error of a variable is told relative to its derivative or this share of the whole.
_SMALLEST_SHARE = 1e-6


@dataclasses.dataclass(frozen=True)
class Measure:
    """Turns states into vectors in which every variable counts by its natural size.

    Attributes:
        sizes: 2-norm of a change of natural size, by name of the variable.
    """

    sizes: Mapping[str, float]

    def vector(self, state: Mapping[str, Any]) -> np.ndarray:
        """All variables, one after the other."""
        parts = [np.ravel(np.asarray(state[name])) / size for name, size in self.sizes.items()]
        return np.concatenate(parts)

    def weights(self, vector: np.ndarray, like: Mapping[str, Any]) -> dict[str, np.ndarray]:
        """The fields w with Σ w · state = vector · :meth:`vector` of the state.

        Args:
            vector: in the units of :meth:`vector`.
            like: a state, for the shapes.
        """
        weights, place = {}, 0
        for name, size in self.sizes.items():
            shape = np.shape(like[name])
            length = int(np.prod(shape))
            weights[name] = vector[place : place + length].reshape(shape) / size
            place += length
        return weights

    def by_variable(self, vector: np.ndarray, like: Mapping[str, Any]) -> dict[str, float]:
        """2-norm of every variable of a vector."""
        found, place = {}, 0
        for name in self.sizes:
            length = int(np.prod(np.shape(like[name])))
            found[name] = float(np.linalg.norm(vector[place : place + length]))
            place += length
        return found


@dataclasses.dataclass
class Pair:
    """The runs from x + h v and x - h v.

    Attributes:
        size: h.
        plus, minus, base: f(x + h v), f(x - h v) and f(x) as vectors, by steps.
        branches: columns times steps in which a branch differs from that of the run from x, summed
            over both runs, after each step.
        gates: likewise comparisons times steps; None where they are not known.
    """

    size: float
    plus: dict[int, np.ndarray]
    minus: dict[int, np.ndarray]
    base: Mapping[int, np.ndarray]
    branches: np.ndarray
    gates: np.ndarray | None

    def central(self, steps: int) -> np.ndarray:
        """(f(x + h v) - f(x - h v)) / 2 h."""
        return (self.plus[steps] - self.minus[steps]) / (2.0 * self.size)

    def sides(self, steps: int, tangent: np.ndarray) -> tuple[float, float]:
        """Distance between the slopes to both sides, and of J v from the nearest mixture of them.

        Args:
            steps: of the runs.
            tangent: J v.
        """
        right = (self.plus[steps] - self.base[steps]) / self.size
        left = (self.base[steps] - self.minus[steps]) / self.size
        between = right - left
        gap = float(between @ between)
        share = float(np.clip((tangent - left) @ between / gap, 0.0, 1.0)) if gap else 0.0
        return math.sqrt(gap), float(np.linalg.norm(left + share * between - tangent))


def agreement(
    model: str,
    pairs: Sequence[Pair],
    tangent: np.ndarray,
    steps: int,
    measure: Measure,
    like: Mapping[str, Any],
) -> Agreement:
    """Differences of all sizes beside a derivative.

    Args:
        model: "jax" or "fortran".
        pairs: from the largest size to the smallest; those that ended earlier are left out.
        tangent: J v as a vector.
        steps: of the runs.
        measure: that made the vectors.
        like: a state, for the shapes.
    """
    pairs = [pair for pair in pairs if steps in pair.plus]
    central = [pair.central(steps) for pair in pairs]
    whole = float(np.linalg.norm(tangent))
    between = [float(np.linalg.norm(a - b)) for a, b in itertools.pairwise(central)]
    bars = [min(between[max(i - 1, 0) : i + 1]) for i in range(len(pairs))]
    sides = [pair.sides(steps, tangent) for pair in pairs]
    differences = tuple(
        Difference(
            step=pair.size,
            error=relative(float(np.linalg.norm(slope - tangent)), whole),
            error_bar=relative(bar, whole),
            side_gap=relative(gap, whole),
            side_error=relative(side_error, whole),
            branch_flips=int(pair.branches[steps - 1]),
            gate_flips=None if pair.gates is None else int(pair.gates[steps - 1]),
        )
        for pair, slope, bar, (gap, side_error) in zip(pairs, central, bars, sides, strict=True)
    )
    found = Agreement(model=model, differences=differences, by_variable={})
    best = central[differences.index(found.best)]
    norms = measure.by_variable(tangent, like)
    errors = measure.by_variable(best - tangent, like)
    by_variable = {
        name: relative(error, max(norms[name], _SMALLEST_SHARE * whole))
        for name, error in errors.items()
    }
    return dataclasses.replace(found, by_variable=by_variable)


def taylor_curve(
    sizes: Sequence[float],
    moved: Sequence[np.ndarray],
    flipped: Sequence[bool],
    base: np.ndarray,
    tangent: np.ndarray,
) -> taylor.TaylorCurve:
    """Remainders of the first and second order, with the kinks that lie in the way.

    Args:
        sizes: decreasing.
        moved: f(x + h v) as vectors.
        flipped: whether a comparison came out differently from the run from x.
        base: f(x).
        tangent: J v.
    """
    changes = [vector - base for vector in moved]
    one = np.array([np.linalg.norm(change) for change in changes])
    two = np.array(
        [np.linalg.norm(c - size * tangent) for c, size in zip(changes, sizes, strict=True)]
    )
    crossed = [size for size, flip in zip(sizes, flipped, strict=True) if flip]
    kink: dict[str, Any] = {}
    if crossed:
        reason = "at all steps" if min(crossed) == min(sizes) else f"down to h = {min(crossed):.1g}"
        kink = {"below": min(crossed), "reason": f"comparisons come out differently {reason}"}
    return taylor.curve(np.asarray(sizes), one, two, float(np.linalg.norm(tangent)), **kink)


def flips_of(choices: Sequence[Choices], base: Sequence[Choices]) -> tuple[np.ndarray, np.ndarray]:
    """Branches and gates that differ from those of a run, summed up to each step."""
    counts = np.array([flips(a, b) for a, b in zip(choices, base, strict=False)])
    columns, gates = np.cumsum(counts, axis=0).T
    return columns, gates


def relative(error: float, whole: float) -> float:
    """An error as a share; of nothing, 0 if there is none and infinite else."""
    if whole > 0.0:
        return error / whole
    return 0.0 if error == 0.0 else float("inf")
