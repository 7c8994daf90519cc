"""The model as a function of the logarithm of the concentration of CO₂, and its tangent."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

import jcm
from jcm.model.configuration import Inputs
from jcm.model.state import ModelState
from jcm.model.stepping import StepDetails, time_step
from jcm.names import differentiable_leaves, with_leaves
from jcm.physics.carbon_dioxide import with_co2
from jcm.surface.calendar import STEPS_PER_DAY

ABSORPTIVITY = "parameters.physics.shortwave_radiation.longwave_co2_absorptivity"
#: Layers above the σ = 0.14 to which the forcing at the tropopause refers.
STRATOSPHERE = slice(0, 2)

LogRatio = Float[Array, ""]
Row = Float[Array, " latitude"]
#: Increments of the floating-point variables of a state, by dotted name.
Variables = dict[str, Array]


class Fluxes(NamedTuple):
    """Zonal means, `(latitude,)` unless stated.

    Attributes:
        outgoing_longwave: [W m-2].
        toa_net: net radiation at the top, short and long wave, downward [W m-2].
        tropopause_longwave: net upward long wave through σ = 0.14 [W m-2].
        surface_net: net heat into land and sea, radiative and turbulent [W m-2].
        surface_temperature: of land and sea [K].
        temperature: `(level, latitude)` [K].
    """

    outgoing_longwave: Row
    toa_net: Row
    tropopause_longwave: Row
    surface_net: Row
    surface_temperature: Row
    temperature: Float[Array, "level latitude"]


class CO2Model:
    """The model with C = C₀ exp(x).

    Args:
        model: with the reference concentration C₀, and without a trend.
        steps: over which :attr:`forward` and :attr:`tangent` go; a day by default.
    """

    def __init__(self, model: jcm.Model, steps: int = STEPS_PER_DAY) -> None:
        self.model, self.steps = model, steps
        self.area_weight = np.asarray(model.configuration.core.horizontal.quadrature_weight) / 2.0
        self._zero = jnp.zeros((), model.dtype)

    def inputs(self, x: LogRatio) -> Inputs:
        """The model's inputs with C = C₀ exp(x)."""
        physics = with_co2(self.model.parameters.physics, jnp.exp(x))
        absorptivity = physics.shortwave_radiation.longwave_co2_absorptivity
        return self.model.inputs_with({ABSORPTIVITY: absorptivity})

    def fluxes(self, details: StepDetails) -> Fluxes:
        """Zonal means of a step."""
        physics, constants = details.physics, self.model.parameters.constants
        thickness = jnp.asarray(self.model.configuration.core.grid.sigma_thickness)[STRATOSPHERE]
        pressure = constants.reference_pressure * jnp.exp(
            details.grid.log_normalized_surface_pressure
        )
        mass = thickness[:, None] * pressure[:, None] / constants.gravity
        heating = constants.specific_heat * mass
        heating = heating * physics.temperature_tendency_longwave[:, STRATOSPHERE]
        land = self.model.inputs.boundary.fields.land_fraction
        into_land, into_sea = jnp.moveaxis(physics.net_surface_heat_flux, 1, 0)
        maps = Fluxes(
            outgoing_longwave=physics.outgoing_longwave,
            toa_net=physics.toa_net_shortwave - physics.outgoing_longwave,
            tropopause_longwave=physics.outgoing_longwave + heating.sum(axis=1),
            surface_net=into_sea + land * (into_land - into_sea),
            surface_temperature=physics.surface_temperature,
            temperature=details.grid.temperature,
        )
        return jax.tree.map(lambda field: field.mean(axis=0), maps)

    def instantaneous(self, state: ModelState, x: LogRatio) -> Fluxes:
        """The fluxes of the next step, which must be one with short-wave radiation."""
        details = time_step(state, self.inputs(x), configuration=self.model.configuration)[1]
        return self.fluxes(details)

    def segment(self, state: ModelState, x: LogRatio) -> tuple[ModelState, Fluxes]:
        """The state some steps later, and the mean fluxes on the way."""
        inputs, configuration = self.inputs(x), self.model.configuration

        def one(carry: ModelState, _: None) -> tuple[ModelState, Fluxes]:
            after, details = time_step(carry, inputs, configuration=configuration)
            return after, self.fluxes(details)

        after, fluxes = jax.lax.scan(one, state, None, length=self.steps)
        return after, jax.tree.map(lambda series: series.mean(axis=0), fluxes)

    @functools.cached_property
    def forward(self) -> Callable[[ModelState, LogRatio], tuple[ModelState, Fluxes]]:
        """:meth:`segment`, compiled."""
        return jax.jit(self.segment)

    @functools.cached_property
    def tangent(self) -> Callable[..., tuple[ModelState, Fluxes, Variables, Fluxes]]:
        """The state a segment later, the mean fluxes on the way, and the derivatives of both by x.

        A function of the state, its derivative, and x.
        """

        def advanced(
            state: ModelState, increment: Variables, x: LogRatio
        ) -> tuple[ModelState, Fluxes, Variables, Fluxes]:
            def after(
                variables: Variables, log_ratio: LogRatio
            ) -> tuple[tuple[Variables, Fluxes], ModelState]:
                end, fluxes = self.segment(with_leaves(state, variables), log_ratio)
                return (differentiable_leaves(end), fluxes), end

            (_, fluxes), (increment, slope), end = jax.jvp(
                after,
                (differentiable_leaves(state), x),
                (increment, jnp.ones_like(x)),
                has_aux=True,
            )
            return end, fluxes, increment, slope

        return jax.jit(advanced)

    @functools.cached_property
    def expansion(self) -> Callable[[ModelState], tuple[Fluxes, Fluxes, Fluxes]]:
        """Instantaneous fluxes at x = 0 with their first and second derivative by x."""

        def first(state: ModelState, x: LogRatio) -> tuple[Fluxes, Fluxes]:
            return jax.jvp(lambda y: self.instantaneous(state, y), (x,), (jnp.ones_like(x),))

        def both(state: ModelState) -> tuple[Fluxes, Fluxes, Fluxes]:
            (value, slope), (_, curvature) = jax.jvp(
                lambda x: first(state, x), (self._zero,), (jnp.ones_like(self._zero),)
            )
            return value, slope, curvature

        return jax.jit(both)

    def log_ratio(self, ratio: float) -> LogRatio:
        """The x that belongs to a ratio of concentrations."""
        return jnp.asarray(np.log(ratio), self.model.dtype)

    def days(self, state: ModelState, number: int, ratio: float) -> tuple[ModelState, Fluxes]:
        """The state some segments later, and their mean fluxes along a leading axis."""
        x, series = self.log_ratio(ratio), []
        for _ in range(number):
            state, fluxes = self.forward(state, x)
            series.append(jax.tree.map(np.asarray, fluxes))
        return state, jax.tree.map(lambda *means: np.stack(means), *series)

    def tangent_days(self, state: ModelState, number: int, ratio: float = 1.0) -> Fluxes:
        """Derivatives of the mean fluxes by x, at some ratio, along a leading axis."""
        x = self.log_ratio(ratio)
        increment, series = jax.tree.map(jnp.zeros_like, differentiable_leaves(state)), []
        for _ in range(number):
            state, _, increment, slope = self.tangent(state, increment, x)
            series.append(jax.tree.map(np.asarray, slope))
        return jax.tree.map(lambda *means: np.stack(means), *series)

    def global_mean(self, rows: np.ndarray) -> np.ndarray:
        """Area-weighted mean over the last axis, latitude."""
        return rows @ self.area_weight
