"""A twin climate: a model of other parameters, what is observed of it, and what a model predicts.

The truth is a run over a year. From its state at a number of dates a model with any parameters is
run for some hours, and what it does on the way is averaged over the hours, over the dates, and over
land and sea of six belts of latitude. Fluxes, rain and clouds are averaged as they are; of
temperature and humidity counts by how much the mean over the hours differs from the beginning.
"""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import jcm
from jcm.model.configuration import Inputs
from jcm.model.diagnostics import Sample, diagnostics
from jcm.model.state import ModelState
from jcm.model.stepping import time_step_apart
from jcm.names import differentiable, with_leaves

DAYS_PER_YEAR = 365


@dataclasses.dataclass(frozen=True)
class Unknown:
    """A parameter to be recovered.

    Attributes:
        name: in :class:`jcm.model.parameters.ModelParameters`, dotted.
        words: for the reader.
        deviation: standard deviation of the prior, of the logarithm of the parameter [1].
    """

    name: str
    words: str
    deviation: float = 0.25


UNKNOWNS = (
    Unknown("physics.convection.relaxation_time", "convection: relaxation time"),
    Unknown("physics.large_scale_condensation.relaxation_time", "condensation: relaxation time"),
    Unknown("physics.clouds.precipitation_weight", "clouds: weight of rain"),
    Unknown("physics.clouds.clear_sky_relative_humidity", "clouds: clear-sky humidity"),
    Unknown("physics.shortwave_radiation.cloud_albedo", "short wave: cloud albedo"),
    Unknown("physics.shortwave_radiation.longwave_weak_vapour_absorptivity", "long wave: vapour"),
    Unknown("physics.surface_fluxes.sea_exchange_coefficient", "sea: exchange of heat"),
    Unknown("physics.surface_fluxes.land_exchange_coefficient", "land: exchange of heat"),
)


@dataclasses.dataclass(frozen=True)
class Observables:
    """What is observed of the model. Hashable, hence static under `jax.jit`.

    Attributes:
        surface: diagnostics that are observed as they are.
        drifts: diagnostics on levels of which the change since the beginning is observed.
        levels: of the drifts.
        belts: number of belts of latitude of equal width, each with land and sea.
    """

    surface: tuple[str, ...] = (
        "convective_precipitation",
        "large_scale_precipitation",
        "evaporation",
        "sensible_heat_flux",
        "eastward_stress",
        "cloud_cover",
        "toa_net_shortwave",
        "surface_net_shortwave",
        "outgoing_longwave",
        "surface_downward_longwave",
        "near_surface_temperature",
    )
    drifts: tuple[str, ...] = ("temperature", "specific_humidity")
    levels: tuple[int, ...] = (2, 3, 4, 5, 6, 7)
    belts: int = 6

    @property
    def fields(self) -> int:
        """Number of fields, each observed in every region."""
        return len(self.surface) + len(self.drifts) * len(self.levels)

    def of(self, sample: Sample, regions: jax.Array) -> jax.Array:
        """Means over the regions, `(field, region)`; of drifts the value itself.

        Args:
            sample: a step of the model.
            regions: weights, `(region, longitude, latitude)`.
        """
        values = diagnostics(sample, (*self.surface, *self.drifts))
        maps = [values[name] for name in self.surface]
        maps += [values[name][:, level] for name in self.drifts for level in self.levels]
        return jnp.einsum("fij,rij->fr", jnp.stack(maps), regions)

    def region_weights(self, inputs: Inputs) -> np.ndarray:
        """Share of every grid point in the mean of a region, `(region, longitude, latitude)`.

        Regions are land and sea of each belt, from south to north; their weights sum to 1.
        """
        fields = inputs.boundary.fields
        latitude = np.degrees(np.arcsin(np.asarray(fields.sin_latitude, np.float64)))
        land = np.asarray(fields.land_fraction, np.float64)
        area = np.asarray(inputs.area_weight, np.float64)
        belt = np.floor((latitude + 90.0) * (self.belts / 180.0)).astype(int)
        weights = np.stack(
            [
                part * np.where(belt == b, area, 0.0)
                for b in range(self.belts)
                for part in (land, 1.0 - land)
            ]
        )
        return weights / weights.sum(axis=(1, 2), keepdims=True)


class Twin:
    """What a model with any parameters predicts from the states of the truth.

    The logarithm of an unknown parameter is that of the first guess plus its prior standard
    deviation times a coordinate z; the prior of z is the standard normal distribution.

    Args:
        unknowns: the parameters.
        observables: what is observed.
        steps: over how many steps of 40 minutes a prediction runs.
        model: with the parameters of the first guess.
        compiler_options: of XLA, see `jax.jit`.

    Raises:
        ValueError: for an unknown parameter, or one that is not a real number.
    """

    def __init__(
        self,
        unknowns: Sequence[Unknown] = UNKNOWNS,
        observables: Observables = Observables(),
        *,
        steps: int,
        model: jcm.Model,
        compiler_options: dict[str, Any] | None = None,
    ) -> None:
        self.unknowns = tuple(unknowns)
        self.observables = observables
        self.steps = steps
        self.model = model
        guess = differentiable(
            self.model.parameters, [unknown.name for unknown in unknowns], what="parameter"
        )
        self._log_guess = np.log(np.array(list(guess.values()), np.float64))
        self._deviation = np.array([unknown.deviation for unknown in unknowns])
        self._regions = jnp.asarray(observables.region_weights(self.model.inputs), self.model.dtype)
        self._forward = jax.jit(self._prediction, compiler_options=compiler_options)
        self._tangents = jax.jit(self._all_tangents, compiler_options=compiler_options)

    def values(self, z: np.ndarray) -> np.ndarray:
        """The parameters at coordinates `z`, `(..., unknown)`."""
        return np.exp(self._log_guess + self._deviation * z)

    def year(self, z: np.ndarray, *, starts: int, spinup: int) -> list[ModelState]:
        """States at equal distances within a year of the climate with the parameters at `z`.

        Args:
            z: `(unknown,)`.
            starts: number of states.
            spinup: days from the atmosphere at rest to the first.

        Raises:
            RangeError: if the atmosphere leaves its range.
        """
        named = zip(self.unknowns, self.values(z), strict=True)
        inputs = self.model.inputs_with({f"parameters.{u.name}": float(v) for u, v in named})
        state = self.model.advance(self.model.initial_state(), days=spinup, inputs=inputs)
        states, day = [state], 0
        for number in range(1, starts):
            next_day = round(number * DAYS_PER_YEAR / starts)
            state = self.model.advance(state, days=next_day - day, inputs=inputs)
            states.append(state)
            day = next_day
        return states

    def predictions(self, z: np.ndarray, states: Sequence[ModelState]) -> np.ndarray:
        """Means over regions and hours, `(state, observation)`, with the parameters at `z`."""
        return np.stack(self._each(self._forward, z, states))

    def prediction(self, z: np.ndarray, states: Sequence[ModelState]) -> np.ndarray:
        """The same averaged over the states, `(observation,)`."""
        return self.predictions(z, states).mean(axis=0)

    def derivative(self, z: np.ndarray, states: Sequence[ModelState]) -> np.ndarray:
        """The derivative of :meth:`prediction` by forward mode, `(observation, unknown)`."""
        return np.mean(self._each(self._tangents, z, states), axis=0)

    def cost_of_derivative(self, state: ModelState, repetitions: int = 3) -> float:
        """Processor time of a derivative / that of a prediction, of compiled programs."""

        def seconds(program: Callable[..., jax.Array]) -> float:
            self._each(program, guess, [state])
            began = time.process_time()
            self._each(program, guess, [state] * repetitions)
            return time.process_time() - began

        guess = np.zeros(len(self.unknowns))
        return seconds(self._tangents) / seconds(self._forward)

    def _each(
        self, program: Callable[..., jax.Array], z: np.ndarray, states: Sequence[ModelState]
    ) -> list[np.ndarray]:
        """What a program makes of every state, several at a time."""

        def one(state: ModelState) -> np.ndarray:
            values = program(self._array(z), state, self._regions, self.model.inputs)
            return np.asarray(values, np.float64)

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(pool.map(one, states))

    def _array(self, z: np.ndarray) -> jax.Array:
        return jnp.asarray(z, self.model.dtype)

    def _prediction(
        self,
        z: jax.Array,
        state: ModelState,
        regions: jax.Array,
        inputs: Inputs,
    ) -> jax.Array:
        values = jnp.exp(self._array(self._log_guess) + self._array(self._deviation) * z)
        inputs = with_leaves(
            inputs, {f"parameters.{u.name}": v for u, v in zip(self.unknowns, values, strict=True)}
        )
        configuration, observables = self.model.configuration, self.observables

        def one(carry: ModelState, _: None) -> tuple[ModelState, jax.Array]:
            after, details = time_step_apart(carry, inputs, configuration=configuration)
            return after, observables.of(Sample(details, inputs, configuration), regions)

        series = jax.lax.scan(one, state, None, length=self.steps)[1]
        as_they_are = len(observables.surface)
        series = series.at[:, as_they_are:].add(-series[0, as_they_are:])
        return jnp.mean(series, axis=0).ravel()

    def _all_tangents(
        self,
        z: jax.Array,
        state: ModelState,
        regions: jax.Array,
        inputs: Inputs,
    ) -> jax.Array:
        """The tangents together: what they share, the run itself, is computed once."""

        def predict(z: jax.Array) -> jax.Array:
            return self._prediction(z, state, regions, inputs)

        def along(direction: jax.Array) -> jax.Array:
            return jax.jvp(predict, (z,), (direction,))[1]

        return jax.vmap(along, out_axes=-1)(jnp.eye(len(z), dtype=z.dtype))
