"""The twin experiment: a truth, a background with errors of the model's forecasts, observations.

Errors grow from differences between two days of the model's own weather: such a difference, scaled,
is added to a state and the model run for two days; what the forecast then misses by is an error
that the model's dynamics has shaped. The ensemble of the covariance is made of many such errors at
dates of one run. The truth is another run, the error of the background grows from two days of
that run's past.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from variational_covariance import Members, Stack, stacked
from variational_window import Observed, with_increment

import jcm
from jcm.dynamics.speedy_core import SpeedyCore
from jcm.dynamics.state import SpectralState
from jcm.model.configuration import Inputs
from jcm.model.state import ModelState

#: Days between the two states whose difference is an error's seed, and of the forecast after it.
SEED_DAYS = FORECAST_DAYS = 2
#: Least distance between the dates of an error's seed and of its forecast [days].
APART = 10


class Twin(NamedTuple):
    """A truth and a background at the same date."""

    truth: ModelState
    background: ModelState


def climate(
    model: jcm.Model, start: ModelState, *, spin_up_days: int, days: int
) -> list[ModelState]:
    """States a day apart, from `spin_up_days` after the start of a run on."""
    states = [model.advance(start, days=spin_up_days)]
    for _ in range(days):
        states.append(model.advance(states[-1], days=1))
    return states


def forecast_error(
    model: jcm.Model, start: ModelState, seed: SpectralState, verification: ModelState
) -> tuple[ModelState, SpectralState]:
    """A forecast of two days from a perturbed state, and what it misses by.

    Args:
        model: the model.
        start: the state.
        seed: what is added to it.
        verification: the state two days after `start`.
    """
    forecast = model.advance(with_increment(start, seed), days=FORECAST_DAYS)
    return forecast, jax.tree.map(jnp.subtract, forecast.earlier, verification.earlier)


def error_ensemble(
    model: jcm.Model, states: list[ModelState], members: int, *, scale: float, seed: int
) -> Members:
    """Errors of forecasts, see :func:`variational_covariance.stacked`.

    Args:
        model: the model.
        states: of successive days.
        members: how many errors.
        scale: of the difference between two days that an error grows from; its sign is random.
        seed: of the choice of dates.
    """
    rng = np.random.default_rng(seed)
    last = len(states) - FORECAST_DAYS
    starts = np.resize(rng.permutation(last), members)
    errors = []
    for start in starts:
        distant = [day for day in range(last) if abs(day - start) >= APART]
        other = rng.choice(distant)
        difference = _difference(
            states[other + SEED_DAYS], states[other], rng.choice([-1, 1]) * scale
        )
        _, error = forecast_error(model, states[start], difference, states[start + FORECAST_DAYS])
        errors.append(on_grid(error, model.inputs, model.configuration.core))
    return jnp.stack(errors, axis=-1)


def twin(
    model: jcm.Model, states: list[ModelState], *, scale: float, forgetting_days: int, seed: int
) -> Twin:
    """Another weather than that of `states`, and a forecast of it.

    Args:
        model: the model.
        states: of successive days; the truth's run starts from one of them, perturbed by the
            difference between two others.
        scale: as in :func:`error_ensemble`.
        forgetting_days: from there to the first state that is used.
        seed: decides on the truth and the background.
    """
    rng = np.random.default_rng([seed, 0])
    start, first, second = rng.choice(len(states) // 2, 3, replace=False)
    perturbation = _difference(states[first], states[second], 1.0)
    run = [model.advance(with_increment(states[start], perturbation), days=forgetting_days)]
    for _ in range(APART + FORECAST_DAYS):
        run.append(model.advance(run[-1], days=1))
    difference = _difference(run[SEED_DAYS], run[0], rng.choice([-1, 1]) * scale)
    background, _ = forecast_error(model, run[-1 - FORECAST_DAYS], difference, run[-1])
    return Twin(run[-1], background)


@functools.partial(jax.jit, static_argnames=("core",))
def on_grid(increment: SpectralState, inputs: Inputs, core: SpeedyCore) -> Stack:
    """An increment of the atmosphere on the grid."""
    p = inputs.parameters
    no_mountains = jnp.zeros_like(inputs.surface_geopotential)
    return stacked(core.grid_state(increment, no_mountains, p.constants, p.dynamics))


@dataclasses.dataclass(frozen=True)
class Network:
    """Balloons that rise everywhere at once, and what they measure.

    Attributes:
        share: of the columns of the grid that have a site.
        wind_error: standard deviation [m s-1].
        temperature_error: [K].
        humidity_error: of relative humidity [1].
        pressure_error: at the surface [hPa].
        levels: at which wind and temperature are measured.
        humidity_levels: at which humidity is measured.
    """

    share: float
    wind_error: float = 2.0
    temperature_error: float = 1.0
    humidity_error: float = 0.1
    pressure_error: float = 1.0
    levels: tuple[int, ...] = (2, 4, 6)
    humidity_levels: tuple[int, ...] = (4, 6)

    def sites(self, quadrature_weight: np.ndarray, longitudes: int, seed: int) -> np.ndarray:
        """Where they are, `(longitude, latitude)`: columns drawn with the area they stand for."""
        rng = np.random.default_rng([seed, 1])
        probability = np.tile(quadrature_weight, (longitudes, 1)).ravel()
        count = round(self.share * probability.size)
        chosen = rng.choice(
            probability.size, count, replace=False, p=probability / probability.sum()
        )
        sites = np.zeros(probability.size, bool)
        sites[chosen] = True
        return sites.reshape(longitudes, -1)

    def deviations(self, levels: int) -> Observed:
        """Standard deviations, infinite for what is not measured; `(1, level, 1)`."""

        def at(measured: tuple[int, ...], deviation: float) -> np.ndarray:
            return np.where(np.isin(np.arange(levels), measured), deviation, np.inf)[None, :, None]

        wind = at(self.levels, self.wind_error)
        return Observed(
            wind,
            wind,
            at(self.levels, self.temperature_error),
            at(self.humidity_levels, self.humidity_error),
            np.full((1, 1), self.pressure_error),
        )

    def observations(
        self, truth: list[Observed], sites: np.ndarray, seed: int
    ) -> tuple[list[Observed], Observed]:
        """Measurements, and their precision 1/σ², zero where there are none.

        Args:
            truth: at every time.
            sites: see :meth:`sites`.
            seed: of the errors.
        """
        rng = np.random.default_rng([seed, 2])
        deviations = self.deviations(truth[0].temperature.shape[1])
        dtype = truth[0].temperature.dtype

        def measured(value: Array, deviation: np.ndarray) -> Array:
            error = rng.normal(size=value.shape) * np.where(np.isfinite(deviation), deviation, 0.0)
            return value + jnp.asarray(error, dtype)

        def precision(value: Array, deviation: np.ndarray) -> Array:
            there = sites if value.ndim == 2 else sites[:, None]
            return jnp.asarray(there / deviation**2, dtype)

        return (
            [jax.tree.map(measured, now, deviations) for now in truth],
            jax.tree.map(precision, truth[0], deviations),
        )


def _difference(a: ModelState, b: ModelState, scale: float) -> SpectralState:
    return jax.tree.map(lambda x, y: scale * (x - y), a.earlier, b.earlier)
