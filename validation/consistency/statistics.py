"""Principal components of an ensemble, and what they say about three other runs.

    z = (x - mean) / √(s² + (ε |x|)²)      standardised global means
    y = V z                                 scores on the principal components
    a component fails if |y_k - mean_k| > t s_k in two of the three runs
    the three are inconsistent if three components fail

An error may also break relations between numbers that hold in every run of the ensemble, and hardly
move the components. What they leave of z is therefore measured as well:

    r = (ln |z - Vᵀ V z|² - mean_r) / s_r ,    inconsistent if r > 3.5 in two of the three runs

A number that varies less than round-off of single precision does not belong to the components: it
must be that of the ensemble, up to round-off. One that rare events decide does not either, since
standard deviations say little about it: it must not lie far beyond what the ensemble has.

References:
    Baker et al. (2015), GMD 8, 2829; Milroy et al. (2018), GMD 11, 697 (ultra-fast test);
    Price-Broncucia et al. (2025), GMD 18, 2349 (the recipe for other models).
    Jackson and Mudholkar (1979), Technometrics 21, 341 (residuals).
"""

from __future__ import annotations

import dataclasses

import numpy as np

from validation.consistency.measures import Measures

#: Runs of the model under test, in how many of them a component must fail, and how many components.
RUNS, FAILING_RUNS, FAILING_COMPONENTS = 3, 2, 3
#: ε: what round-off in single precision does to a global mean, of the field's size.
ROUND_OFF = 3e-7
#: Share of the variance that the components hold; more of them belong to the noise of the sample.
EXPLAINED = 0.97
#: Beyond which a residual fails; that of unchanged runs is nearly Gaussian.
RESIDUAL_LIMIT = 3.5
#: Fourth moment of z from which on rare events decide a number; 3 of a Gaussian one.
_RARE = 8.0
#: How far a number outside the components may be off: this share of the field's size, and twice as
#: far as in any run of the ensemble.
_CONSTANT = {"float32": 1e-5, "float64": 1e-9}
_BEYOND = 2.0


@dataclasses.dataclass(frozen=True)
class Projection:
    """Where runs lie relative to an ensemble.

    Attributes:
        labels: of the variables.
        mean: of the ensemble `(variable,)`.
        deviation: its standard deviation `(variable,)`.
        largest: greatest distance of a run of the ensemble from the mean `(variable,)`.
        size: of the fields `(variable,)`, see :class:`validation.consistency.measures.Measures`.
        varies: which variables belong to the components `(variable,)`: the others hardly vary, or
            in rare events.
        loadings: of the varying variables, rows orthonormal `(component, varying variable)`.
        score_mean, score_deviation: of runs that the loadings were not made from `(component,)`.
        residual_mean, residual_deviation: of the same runs, of the logarithm of the residual.
        explained: share of the variance that the components hold.
    """

    labels: tuple[str, ...]
    mean: np.ndarray
    deviation: np.ndarray
    largest: np.ndarray
    size: np.ndarray
    varies: np.ndarray
    loadings: np.ndarray
    score_mean: np.ndarray
    score_deviation: np.ndarray
    residual_mean: float
    residual_deviation: float
    explained: float

    def standardized(self, values: np.ndarray) -> np.ndarray:
        """Z of runs `(run, variable)`, of what does not vary in units of round-off."""
        spread = np.hypot(self.deviation, ROUND_OFF * self.size)
        # What is zero everywhere has neither spread nor size: any other value is infinitely far.
        with np.errstate(divide="ignore", invalid="ignore"):
            z = (values - self.mean) / spread
        return np.where(values == self.mean, 0.0, z)

    def scores(self, values: np.ndarray) -> np.ndarray:
        """Standardised scores of runs `(run, component)`."""
        raw = self.standardized(values)[:, self.varies] @ self.loadings.T
        return (raw - self.score_mean) / self.score_deviation

    def residuals(self, values: np.ndarray) -> np.ndarray:
        """Standardised logarithm of what the components leave of runs `(run,)`."""
        return (self._log_residual(values) - self.residual_mean) / self.residual_deviation

    def _log_residual(self, values: np.ndarray) -> np.ndarray:
        z = self.standardized(values)[:, self.varies]
        # Numbers that are none make a residual that is none, which fails.
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            rest = z - (z @ self.loadings.T) @ self.loadings
            return np.log(np.sum(rest**2, axis=1))

    def off(self, values: np.ndarray, precision: str) -> np.ndarray:
        """Which numbers outside the components are not the ensemble's `(run, variable)`."""
        allowed = _CONSTANT[precision] * self.size + _BEYOND * self.largest
        return ~self.varies & ~(np.abs(values - self.mean) <= allowed)


@dataclasses.dataclass(frozen=True)
class Trio:
    """Three runs judged.

    Attributes:
        scores: standardised `(run, component)`.
        threshold: beyond which a score fails.
        residuals: standardised `(run,)`.
        failing: components that fail, the most distant first.
        constants: labels of numbers outside the components that are off in two runs.
        deviations: median over the runs of z `(variable,)`.
        labels: of the variables.
    """

    scores: np.ndarray
    threshold: float
    residuals: np.ndarray
    failing: tuple[int, ...]
    constants: tuple[str, ...]
    deviations: np.ndarray
    labels: tuple[str, ...]

    @property
    def consistent(self) -> bool:
        """Whether the runs have the climate of the ensemble."""
        return (
            len(self.failing) < FAILING_COMPONENTS
            and not self.residual_fails
            and not self.constants
        )

    @property
    def residual_fails(self) -> bool:
        """Whether relations between numbers are not those of the ensemble."""
        return bool(residual_fails(self.residuals).sum() >= FAILING_RUNS)

    def affected(self, number: int) -> list[tuple[str, float]]:
        """The variables farthest from the ensemble, with the median of z over the runs."""
        order = np.argsort(-np.abs(self.deviations), kind="stable")[:number]
        return [(self.labels[i], float(self.deviations[i])) for i in order]


def project(ensemble_mean: Measures, loadings: np.ndarray, scores: np.ndarray) -> Projection:
    """The projection that an ensemble defines.

    Args:
        ensemble_mean: labels and sizes of the fields; its values are not read.
        loadings: numbers of the runs that define the components `(run, variable)`.
        scores: of the runs that say how much scores scatter, others than those `(run, variable)`.

    Raises:
        ValueError: for fewer than four runs of either kind, or numbers that are not finite.
    """
    for name, values in (("loadings", loadings), ("scores", scores)):
        if len(values) < 4:
            raise ValueError(f"there are {len(values)} runs for {name}, expected at least 4")
        if not np.isfinite(values).all():
            run, variable = np.argwhere(~np.isfinite(values))[0]
            raise ValueError(
                f"{ensemble_mean.labels[variable]} is {values[run, variable]} in run {run} for "
                f"{name}, expected a finite number"
            )
    every = np.concatenate([loadings, scores])
    none = np.zeros((0, 0))
    blank = Projection(
        labels=ensemble_mean.labels,
        mean=every.mean(axis=0),
        deviation=every.std(axis=0, ddof=1),
        largest=np.abs(every - every.mean(axis=0)).max(axis=0),
        size=ensemble_mean.sizes,
        varies=np.zeros(every.shape[1], bool),
        loadings=none,
        score_mean=none,
        score_deviation=none,
        residual_mean=0.0,
        residual_deviation=1.0,
        explained=1.0,
    )
    rare = np.mean(blank.standardized(every) ** 4, axis=0) > _RARE
    varies = (blank.deviation > ROUND_OFF * blank.size) & ~rare
    if not varies.any():
        raise ValueError("no number varies from run to run: the perturbation has no effect")
    blank = dataclasses.replace(blank, varies=varies)
    z = blank.standardized(loadings)[:, varies]
    _, singular, rows = np.linalg.svd(z - z.mean(axis=0), full_matrices=False)
    share = np.cumsum(singular**2) / np.sum(singular**2)
    number = int(np.searchsorted(share, EXPLAINED)) + 1
    # As they are stored, so that a summary says the same as the ensemble that it was made of.
    rows = rows[:number].astype(np.float32).astype(np.float64)
    blank = dataclasses.replace(blank, loadings=rows, explained=float(share[number - 1]))
    raw = blank.standardized(scores)[:, varies] @ rows.T
    rest = blank._log_residual(scores)
    return dataclasses.replace(
        blank,
        score_mean=raw.mean(axis=0),
        score_deviation=raw.std(axis=0, ddof=1),
        residual_mean=float(rest.mean()),
        residual_deviation=float(rest.std(ddof=1)),
    )


def judge(
    projection: Projection, values: np.ndarray, threshold: float, precision: str = "float64"
) -> Trio:
    """Judge three runs `(3, variable)`."""
    z = projection.standardized(values)
    scores = projection.scores(values)
    # NaN lies beyond everything.
    beyond = ~(np.abs(scores) <= threshold)
    failing = np.flatnonzero(beyond.sum(axis=0) >= FAILING_RUNS)
    distance = np.median(np.nan_to_num(np.abs(scores), nan=np.inf), axis=0)
    off = projection.off(values, precision).sum(axis=0) >= FAILING_RUNS
    return Trio(
        scores=scores,
        threshold=threshold,
        residuals=projection.residuals(values),
        failing=tuple(int(k) for k in failing[np.argsort(-distance[failing], kind="stable")]),
        constants=tuple(projection.labels[i] for i in np.flatnonzero(off)),
        deviations=np.median(np.nan_to_num(z, nan=np.inf, posinf=np.inf, neginf=-np.inf), axis=0),
        labels=projection.labels,
    )


def residual_fails(residuals: np.ndarray) -> np.ndarray:
    """Which residuals fail; NaN does."""
    return ~(residuals <= RESIDUAL_LIMIT)


def failing_components(beyond: np.ndarray, trios: np.ndarray) -> np.ndarray:
    """How many components fail in each trio.

    Args:
        beyond: whether scores lie beyond the threshold `(run, component)`.
        trios: runs `(trio, 3)`.
    """
    return (beyond[trios].sum(axis=1) >= FAILING_RUNS).sum(axis=1)
