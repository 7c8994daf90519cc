"""Forecasts and climates of corrected models, against the truth of the world that they run in."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from hybrid_network import ColumnNetwork
from hybrid_norm import difference, energy, on_grid
from hybrid_worlds import mirrored_atmosphere
from jaxtyping import Float

import jcm
from jcm.dynamics.state import GridState
from jcm.model.boundary import ModelBoundary
from jcm.model.configuration import Inputs
from jcm.model.parameters import ModelParameters
from jcm.model.range import RangeError
from jcm.model.state import ModelState

#: Size of the noise that sets a second run of the truth off, relative to the temperature's waves.
_TWIN_NOISE = 0.01


class World(NamedTuple):
    """Where models are tested.

    Attributes:
        name: of the world.
        boundary: what is under the atmosphere, and the latitudes.
        starts: true states in it.
    """

    name: str
    boundary: ModelBoundary
    starts: Sequence[ModelState]


class Competitor(NamedTuple):
    """A model to be tested.

    Attributes:
        name: of the model.
        parameters: true or imperfect.
        network: None without correction.
        weights: of the network.
    """

    name: str
    parameters: ModelParameters
    network: ColumnNetwork | None = None
    weights: Any = None

    def in_world(self, boundary: ModelBoundary) -> tuple[jcm.Model, Inputs]:
        """The model and its inputs on other boundary data."""
        model = jcm.Model(boundary=boundary, parameters=self.parameters, correction=self.network)
        return model, model.inputs._replace(correction=self.weights)


class ZonalMean(NamedTuple):
    """Means over time and longitude, `(level, latitude)`."""

    eastward_wind: Float[np.ndarray, "level latitude"]
    temperature: Float[np.ndarray, "level latitude"]
    specific_humidity: Float[np.ndarray, "level latitude"]


def forecasts(
    world: World, truth: Competitor, competitors: Sequence[Competitor], days: int
) -> dict[str, Float[np.ndarray, "start day"]]:
    """Error after 1, 2, ... days, the square root of its energy [m s-1], NaN after a failure.

    Args:
        world: where and from when.
        truth: the model whose runs are the truth of this world.
        competitors: the models to be tested.
        days: length of the forecasts.
    """
    model, inputs = truth.in_world(world.boundary)
    gridded = jax.jit(functools.partial(on_grid, model))
    norm = jax.jit(functools.partial(energy, model))
    tested = {c.name: c.in_world(world.boundary) for c in competitors}
    errors = {name: np.full((len(world.starts), days), np.nan) for name in tested}
    for index, start in enumerate(world.starts):
        true = [gridded(state, inputs) for state in _daily(model, inputs, start, days)]
        for name, run in tested.items():
            for day, state in enumerate(_daily(*run, start, days)):
                error = difference(gridded(state, inputs), true[day])
                errors[name][index, day] = np.sqrt(norm(error, inputs))
    return errors


def climates(
    world: World, truth: Competitor, competitors: Sequence[Competitor], days: int, spinup: int
) -> dict[str, ZonalMean | None]:
    """Zonal means of day `spinup` to `days` of runs from the first start; None after a failure.

    Also of the truth, under its name, and of a second run of it, from a slightly other state, under
    the name "twin": no model can be told from the truth that is not farther from it.

    Args:
        world: where and from when.
        truth: the model whose run is the truth of this world.
        competitors: the models to be tested.
        days: length of the runs.
        spinup: days that are left out of the means.
    """
    model, inputs = truth.in_world(world.boundary)
    gridded = jax.jit(functools.partial(on_grid, model))
    start = world.starts[0]
    runs = [(c.name, c.in_world(world.boundary), start) for c in (truth, *competitors)]
    runs.append(("twin", (model, inputs), _set_off(start)))
    means: dict[str, ZonalMean | None] = {}
    for name, run, begin in runs:
        states = [gridded(state, inputs) for state in _daily(*run, begin, days, spinup)]
        means[name] = _zonal_mean(states) if len(states) == days - spinup else None
    return means


def climate_error(
    model: ZonalMean | None, truth: ZonalMean, world: World
) -> dict[str, float | None]:
    """Root-mean-square difference of the zonal means, weighted with mass [K], [m s-1], [g kg-1]."""
    if model is None:
        return dict.fromkeys(ZonalMean._fields)
    thickness = np.asarray(ColumnNetwork().grid.sigma_thickness)
    area = world.boundary.fields.horizontal().quadrature_weight / 2.0
    return {
        name: float(np.sqrt(thickness @ (getattr(model, name) - getattr(truth, name)) ** 2 @ area))
        for name in ZonalMean._fields
    }


def mirror_defect(competitor: Competitor, here: World, mirrored: World) -> float:
    """How far a day in the mirrored world is from the mirror image of the day here [m s-1].

    Args:
        competitor: the model to be tested.
        here: a world.
        mirrored: the same in the mirror.
    """
    ends = []
    for world in (here, mirrored):
        model, inputs = competitor.in_world(world.boundary)
        ends.append(model.advance(world.starts[0], days=1, inputs=inputs))
    image = ends[0]._replace(earlier=mirrored_atmosphere(ends[0].earlier))
    distance = difference(on_grid(model, image, inputs), on_grid(model, ends[1], inputs))
    return float(np.sqrt(energy(model, distance, inputs)))


def _daily(
    model: jcm.Model, inputs: Inputs, state: ModelState, days: int, spinup: int = 0
) -> Sequence[ModelState]:
    """The states after each day after the first `spinup`, as far as the model gets."""
    states: list[ModelState] = []
    try:
        if spinup:
            state = model.advance(state, days=spinup, inputs=inputs)
        for _ in range(days - spinup):
            state = model.advance(state, days=1, inputs=inputs)
            states.append(state)
    except RangeError:
        pass
    return states


def _set_off(state: ModelState) -> ModelState:
    """A state with noise in the waves of its temperature."""

    def noisy(temperature: jax.Array) -> jax.Array:
        noise = 1.0 + _TWIN_NOISE * jax.random.normal(
            jax.random.key(1), temperature.shape, temperature.dtype
        )
        return (temperature * noise).at[0].set(temperature[0])

    earlier, later = (
        level._replace(temperature=noisy(level.temperature))
        for level in (state.earlier, state.later)
    )
    return state._replace(earlier=earlier, later=later)


def _zonal_mean(states: Sequence[GridState]) -> ZonalMean:
    return ZonalMean(
        *(
            np.mean([np.asarray(getattr(state, name)).mean(axis=0) for state in states], axis=0)
            for name in ZonalMean._fields
        )
    )
