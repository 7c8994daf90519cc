"""The assimilation window: trajectory, tangent linear model, adjoint, and what is observed.

The window is a chain of blocks with observations at their ends. One block is compiled forward, as a
tangent and as an adjoint, whatever the length of the window.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

import jcm
from jcm.dynamics.speedy_core import SpeedyCore
from jcm.dynamics.state import SpectralState
from jcm.model.configuration import Inputs
from jcm.model.state import ModelState
from jcm.names import differentiable_leaves, with_leaves
from jcm.physics.humidity import level_saturation_humidity

#: Derivatives, or increments, of the variables of a state, by dotted name.
Variables = dict[str, Array]


class Observed(NamedTuple):
    """What a balloon and a barometer tell of every column of the grid; or numbers for each of them.

    Attributes:
        eastward_wind: [m s-1], `(longitude, level, latitude)`, as those that follow.
        northward_wind: [m s-1].
        temperature: [K].
        relative_humidity: [1].
        surface_pressure: [hPa], `(longitude, latitude)`.
    """

    eastward_wind: Float[Array, "longitude level latitude"]
    northward_wind: Float[Array, "longitude level latitude"]
    temperature: Float[Array, "longitude level latitude"]
    relative_humidity: Float[Array, "longitude level latitude"]
    surface_pressure: Float[Array, "longitude latitude"]


@dataclasses.dataclass(frozen=True, eq=False)
class Window:
    """A chain of blocks.

    Attributes:
        model: a model with SPEEDY's core.
        blocks: how many.
        steps: of 40 minutes in a block.
    """

    model: jcm.Model
    blocks: int
    steps: int

    @functools.cached_property
    def forward(self) -> Callable[[ModelState], tuple[ModelState, Observed]]:
        """The state after a block, and what can be observed there."""
        return functools.partial(jax.jit(self._forward), self.model.inputs)

    @functools.cached_property
    def _block_tangent(self) -> Callable[[ModelState, Variables], tuple[Variables, Observed]]:
        def tangent(
            inputs: Inputs, state: ModelState, increment: Variables
        ) -> tuple[Variables, Observed]:
            block = functools.partial(self._block, inputs, state)
            return jax.jvp(block, (differentiable_leaves(state),), (increment,))[1]

        return functools.partial(jax.jit(tangent), self.model.inputs)

    @functools.cached_property
    def _block_adjoint(self) -> Callable[[ModelState, Variables, Observed], Variables]:
        def adjoint(
            inputs: Inputs, state: ModelState, after: Variables, observed: Observed
        ) -> Variables:
            block = functools.partial(self._block, inputs, state)
            return jax.vjp(block, differentiable_leaves(state))[1]((after, observed))[0]

        return functools.partial(jax.jit(adjoint), self.model.inputs)

    def _forward(self, inputs: Inputs, state: ModelState) -> tuple[ModelState, Observed]:
        state = self.model.scan(state, self.steps, inputs=inputs)
        return state, observed_at(state, inputs, self.model.configuration.core)

    def _block(
        self, inputs: Inputs, state: ModelState, variables: Variables
    ) -> tuple[Variables, Observed]:
        state, observed = self._forward(inputs, with_leaves(state, variables))
        return differentiable_leaves(state), observed

    def trajectory(self, start: ModelState) -> tuple[list[ModelState], list[Observed]]:
        """States at the start and after every block; what can be observed after every block."""
        states, observed = [start], []
        for _ in range(self.blocks):
            state, there = self.forward(states[-1])
            states.append(state)
            observed.append(there)
        return states, observed

    def tangent(self, states: Sequence[ModelState], increment: SpectralState) -> list[Observed]:
        """What an increment of the atmosphere at the start changes after every block; linear.

        Args:
            states: of the trajectory, from its start on.
            increment: enters both time levels of the leapfrog, so that their difference, the
                tendency, is what it was and the computational mode is not excited.
        """
        variables = jax.tree.map(jnp.zeros_like, differentiable_leaves(states[0]))
        variables |= _of_both_levels(increment)
        observed = []
        for state in states[: self.blocks]:
            variables, there = self._block_tangent(state, variables)
            observed.append(there)
        return observed

    def adjoint(self, states: Sequence[ModelState], observed: Sequence[Observed]) -> SpectralState:
        """The transpose of :meth:`tangent`."""
        variables = jax.tree.map(jnp.zeros_like, differentiable_leaves(states[-1]))
        for state, there in zip(states[-2::-1], observed[::-1], strict=True):
            variables = self._block_adjoint(state, variables, there)
        return SpectralState(
            **{
                name: variables[f"earlier.{name}"] + variables[f"later.{name}"]
                for name in SpectralState._fields
            }
        )


def observed_at(state: ModelState, inputs: Inputs, core: SpeedyCore) -> Observed:
    """What could be observed at the date of a state: the observation operator of every column."""
    p = inputs.parameters
    grid = core.grid_state(state.earlier, inputs.surface_geopotential, p.constants, p.dynamics)
    pressure = jnp.exp(grid.log_normalized_surface_pressure)
    saturation = level_saturation_humidity(
        grid.temperature.swapaxes(0, 1), pressure, parameters=p.physics.humidity, grid=core.grid
    )
    return Observed(
        grid.eastward_wind,
        grid.northward_wind,
        grid.temperature,
        grid.specific_humidity / saturation.swapaxes(0, 1),
        1e-2 * p.constants.reference_pressure * pressure,
    )


def with_increment(state: ModelState, increment: SpectralState) -> ModelState:
    """A state with an increment of the atmosphere in both time levels."""
    both = _of_both_levels(increment)
    leaves = differentiable_leaves(state)
    return with_leaves(state, {name: leaves[name] + value for name, value in both.items()})


def _of_both_levels(increment: SpectralState) -> Variables:
    return {
        f"{level}.{name}": field
        for level in ("earlier", "later")
        for name, field in increment._asdict().items()
    }
