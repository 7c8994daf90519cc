"""The threshold of scores, and how often unchanged code is called inconsistent.

The threshold is the smallest of a list with which few of many random trios of one set of runs fail.
The false alarm rate is then counted on runs that nothing was chosen with, in trios that share no
run, so that the count is binomial.

References:
    Clopper and Pearson (1934), Biometrika 26, 404.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from scipy.stats import beta

from validation.consistency.statistics import (
    FAILING_COMPONENTS,
    RUNS,
    Projection,
    failing_components,
    residual_fails,
)

#: Thresholds to choose from, and the share of false alarms that chooses.
THRESHOLDS = tuple(round(2.0 + 0.125 * i, 3) for i in range(25))
TARGET = 0.0002
_RANDOM_TRIOS = 20000
_CONFIDENCE = 0.95


@dataclasses.dataclass(frozen=True)
class FalseAlarms:
    """Trios of unchanged code with other perturbations that were called inconsistent.

    Attributes:
        alarms: how many.
        trios: of how many that share no run.
        estimate: share among random trios of the same runs, which is less noisy.
    """

    alarms: int
    trios: int
    estimate: float

    @property
    def interval(self) -> tuple[float, float]:
        """95 % confidence interval of the rate (Clopper and Pearson)."""
        tail = 0.5 * (1.0 - _CONFIDENCE)
        k, n = self.alarms, self.trios
        low = beta.ppf(tail, k, n - k + 1) if k > 0 else 0.0
        high = beta.ppf(1.0 - tail, k + 1, n - k) if k < n else 1.0
        return float(low), float(high)

    def in_words(self) -> str:
        """One sentence."""
        low, high = (100.0 * limit for limit in self.interval)
        return (
            f"{self.alarms} of {self.trios} trios of unchanged runs were called inconsistent (95 % "
            f"confidence: {low:.2g} to {high:.2g} %; of random trios {100.0 * self.estimate:.2g} %)"
        )


def chosen_threshold(scores: np.ndarray) -> float:
    """The smallest threshold with which at most :data:`TARGET` of random trios fail.

    Args:
        scores: standardised, of runs that the components were not made from `(run, component)`.

    Raises:
        ValueError: if none of the list does.
    """
    trios = _random_trios(len(scores))
    for threshold in THRESHOLDS:
        failing = failing_components(np.abs(scores) > threshold, trios)
        if np.mean(failing >= FAILING_COMPONENTS) <= TARGET:
            return threshold
    raise ValueError(
        f"more than {TARGET:.2%} of unchanged trios fail with every threshold up to "
        f"{THRESHOLDS[-1]:g}: the runs do not scatter like an ensemble"
    )


def false_alarms(projection: Projection, values: np.ndarray, threshold: float) -> FalseAlarms:
    """Count false alarms on runs that nothing was chosen with `(run, variable)`."""
    beyond = np.abs(projection.scores(values)) > threshold
    off = projection.off(values, "float64")
    rest = residual_fails(projection.residuals(values))[:, None]

    def share(trios: np.ndarray) -> np.ndarray:
        failed = failing_components(beyond, trios) >= FAILING_COMPONENTS
        others = np.concatenate([off, rest], axis=1)
        return failed | (failing_components(others, trios) > 0)

    apart = np.arange(len(values) // RUNS * RUNS).reshape(-1, RUNS)
    return FalseAlarms(
        alarms=int(share(apart).sum()),
        trios=len(apart),
        estimate=float(share(_random_trios(len(values))).mean()),
    )


def _random_trios(runs: int) -> np.ndarray:
    """Many trios of different runs out of so many `(trio, 3)`."""
    random = np.random.default_rng(0)
    drawn = random.integers(0, runs, size=(3 * _RANDOM_TRIOS, RUNS))
    different = np.array([len(set(trio)) == RUNS for trio in drawn.tolist()])
    return drawn[different][:_RANDOM_TRIOS]
