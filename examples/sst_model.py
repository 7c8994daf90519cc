"""The model as a function of the sea-surface temperature, with its tangent and its adjoint."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from geostrophic_balance import Winds, winds_of
from jaxtyping import Array, Float

import jcm
from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.model.state import ModelState
from jcm.names import differentiable_leaves, with_leaves
from jcm.output.pressure_levels import to_pressure_levels
from jcm.surface.calendar import STEPS_PER_DAY

Pattern = Float[Array, "longitude latitude"]
#: Derivatives, or increments, of the floating-point variables of a state, by dotted name.
Variables = dict[str, Array]
Observable = Callable[[ModelState], Float[Array, ""]]

#: A run is a chain of segments of 6 hours: one compiled program serves every length.
SEGMENTS_PER_DAY = 4
STEPS_PER_SEGMENT = STEPS_PER_DAY // SEGMENTS_PER_DAY
#: Bytes that the derivative of a segment may take.
MEMORY = 1e9


@dataclasses.dataclass(frozen=True)
class Region:
    """A box of latitudes and longitudes [degrees], eastward from `west` to `east`."""

    west: float
    east: float
    south: float
    north: float

    @classmethod
    def named(cls, text: str) -> Region:
        """One of :data:`REGIONS`, or "west,east,south,north".

        Raises:
            ValueError: for anything else.
        """
        if text in REGIONS:
            return REGIONS[text]
        try:
            west, east, south, north = map(float, text.split(","))
        except ValueError:
            raise ValueError(
                f"region is {text!r}, expected one of {', '.join(REGIONS)} or west,east,south,north"
            ) from None
        if not -90.0 <= south < north <= 90.0:
            raise ValueError(
                f"latitudes of the region are {south} to {north}, expected an interval"
            )
        return cls(west, east, south, north)

    def weights(self, grid: GaussianGrid) -> Float[np.ndarray, "longitude latitude"]:
        """Share of each grid point in the mean over the region.

        Raises:
            ValueError: if no grid point lies in it.
        """
        latitude, longitude = grid.latitude_degrees, grid.longitude_degrees
        width = (self.east - self.west) % 360.0 or 360.0
        inside = np.outer(
            (longitude - self.west) % 360.0 <= width,
            (self.south <= latitude) & (latitude <= self.north),
        )
        weights = inside * grid.quadrature_weight
        if not inside.any():
            raise ValueError(f"there is no grid point in {self}")
        return weights / weights.sum()


REGIONS = {
    "pacific_north_america": Region(180.0, 285.0, 35.0, 65.0),
    "north_pacific": Region(150.0, 230.0, 30.0, 60.0),
    "north_atlantic": Region(280.0, 360.0, 35.0, 65.0),
    "tropics": Region(0.0, 360.0, -20.0, 20.0),
}

#: Patches of warm water: longitude and latitude of the middle [degrees].
PATCHES = {
    "warm pool": (150.0, 2.0),
    "central Pacific": (200.0, 0.0),
    "eastern Pacific": (255.0, -5.0),
    "Indian Ocean": (75.0, -5.0),
    "tropical Atlantic": (335.0, 2.0),
    "Kuroshio": (155.0, 35.0),
}
PATCH_RADIUS = 12.0


def patch(
    grid: GaussianGrid, longitude: float, latitude: float, radius: float = PATCH_RADIUS
) -> Pattern:
    """A Gaussian patch of 1 K in the middle, falling by exp(-½) within `radius` [degrees]."""
    φ, λ = grid.latitude_radians, np.radians(grid.longitude_degrees)[:, None]
    φ0, λ0 = np.radians([latitude, longitude])
    cosine = np.sin(φ0) * np.sin(φ) + np.cos(φ0) * np.cos(φ) * np.cos(λ - λ0)
    distance = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
    return jnp.asarray(np.exp(-0.5 * (distance / radius) ** 2))


class SSTModel:
    """The model as a function of a pattern that is added to the temperature of open water.

    The pattern is added to the observed anomaly of every month. Weights of the interpolation in
    time sum to one, hence it is constant in time; the sea ice is left as it is, and the atmosphere
    feels the pattern times the ice-free share of the sea.

    Args:
        model: with core "speedy".
        steps: in a segment.
    """

    def __init__(self, model: jcm.Model, steps: int = STEPS_PER_SEGMENT) -> None:
        self.model, self.steps = model, steps
        self.grid = model.configuration.core.horizontal
        self.no_pattern = jnp.zeros((self.grid.longitudes, self.grid.latitudes), model.dtype)
        self.sea_fraction = np.asarray(model.inputs.boundary.fields.sea_fraction)

    def segment(self, state: ModelState, pattern: Pattern) -> ModelState:
        """The state a segment later."""
        anomaly = self.model.inputs.boundary.sst_anomaly + pattern
        inputs = self.model.inputs_with({"boundary.sst_anomaly": anomaly})
        return self.model.scan(state, self.steps, inputs=inputs, memory=MEMORY)

    @functools.cached_property
    def forward(self) -> Callable[[ModelState, Pattern], ModelState]:
        """:meth:`segment`, compiled."""
        return jax.jit(self.segment)

    @functools.cached_property
    def tangent(self) -> Callable[[ModelState, Variables, Pattern], tuple[ModelState, Variables]]:
        """The state a segment later, and its increment per size of the pattern.

        A function of the state, of its increment at the start, and of the direction of the pattern.
        """

        def advanced(
            state: ModelState, increment: Variables, direction: Pattern
        ) -> tuple[ModelState, Variables]:
            def after(variables: Variables, pattern: Pattern) -> tuple[Variables, ModelState]:
                end = self.segment(with_leaves(state, variables), pattern)
                return differentiable_leaves(end), end

            _, increment, end = jax.jvp(
                after,
                (differentiable_leaves(state), self.no_pattern),
                (increment, direction),
                has_aux=True,
            )
            return end, increment

        return jax.jit(advanced)

    @functools.cached_property
    def adjoint(self) -> Callable[[ModelState, Variables], tuple[Variables, Pattern]]:
        """Derivatives with respect to the state at the start of a segment, and to the pattern.

        A function of that state, and of the derivatives with respect to the state at its end.
        """

        def pulled_back(state: ModelState, derivatives: Variables) -> tuple[Variables, Pattern]:
            def after(variables: Variables, pattern: Pattern) -> Variables:
                return differentiable_leaves(self.segment(with_leaves(state, variables), pattern))

            _, pullback = jax.vjp(after, differentiable_leaves(state), self.no_pattern)
            return pullback(derivatives)

        return jax.jit(pulled_back)

    def run(self, state: ModelState, segments: int, pattern: Pattern | None = None) -> ModelState:
        """The state after any number of segments."""
        pattern = self.no_pattern if pattern is None else pattern
        for _ in range(segments):
            state = self.forward(state, pattern)
        return state

    def trajectory(self, state: ModelState, segments: int) -> list[ModelState]:
        """The states between segments, the first and the last included."""
        states = [state]
        for _ in range(segments):
            states.append(self.forward(states[-1], self.no_pattern))
        return states

    def height(self, region: Region, pressure: float) -> Observable:
        """Mean height of a pressure level [hPa] over a region [m] as a function of the state."""
        inputs, core = self.model.inputs, self.model.configuration.core
        weights = jnp.asarray(region.weights(self.grid), self.model.dtype)
        constants = inputs.parameters.constants

        def observable(state: ModelState) -> Float[Array, ""]:
            grid = core.grid_state(state.earlier, inputs.surface_geopotential, constants)
            surface = jnp.exp(grid.log_normalized_surface_pressure)
            at_pressure = to_pressure_levels(
                grid.geopotential.swapaxes(0, 1),
                core.grid.full_level_sigma,
                1e-2 * constants.reference_pressure * surface,
                (pressure,),
            )[0]
            return jnp.sum(weights * at_pressure) / constants.gravity

        return jax.jit(observable)

    def winds(self) -> tuple[Callable[[ModelState], Winds], Callable[..., Winds]]:
        """Wind and geostrophic wind of a state, and those of an increment of it."""
        inputs, core = self.model.inputs, self.model.configuration.core

        def of_state(state: ModelState) -> Winds:
            return winds_of(state.earlier, inputs, core)

        def of_increment(state: ModelState, increment: Variables) -> Winds:
            def moved(variables: Variables) -> Winds:
                return of_state(with_leaves(state, variables))

            return jax.jvp(moved, (differentiable_leaves(state),), (increment,))[1]

        return jax.jit(of_state), jax.jit(of_increment)


def sensitivities(
    model: SSTModel, trajectory: list[ModelState], observable: Observable
) -> list[Pattern]:
    """One run backwards: derivatives of the observable at the end with respect to the pattern.

    Args:
        model: the model.
        trajectory: states between segments.
        observable: a function of the last one.

    Returns:
        For every number of segments that the pattern may have been there, from 0 on; `[unit / K]`
        for the whole temperature of a grid point.
    """
    end = trajectory[-1]
    derivatives = jax.grad(lambda variables: observable(with_leaves(end, variables)))(
        differentiable_leaves(end)
    )
    total = [model.no_pattern]
    for state in reversed(trajectory[:-1]):
        derivatives, of_segment = model.adjoint(state, derivatives)
        total.append(total[-1] + of_segment)
    return total


class Slopes(NamedTuple):
    """The slope of an observable with the size of a pattern, for one size and one time.

    Attributes:
        size: ε, largest value of the pattern [K].
        days: how long it has been there.
        derivative: J', of the tangent or the adjoint model [unit / K].
        forward: (J(+ε) - J(0)) / ε.
        backward: (J(0) - J(-ε)) / ε.
    """

    size: float
    days: float
    derivative: float
    forward: float
    backward: float

    @property
    def central(self) -> float:
        """(J(+ε) - J(-ε)) / 2 ε."""
        return 0.5 * (self.forward + self.backward)

    @property
    def error(self) -> float:
        """|central - J'| / |J'|."""
        return abs(self.central / self.derivative - 1.0)


def slopes(
    model: SSTModel,
    start: ModelState,
    observable: Observable,
    pattern: Pattern,
    size: float,
    values: Mapping[int, float],
    derivatives: Mapping[int, float],
) -> list[Slopes]:
    """Finite differences of the model after some numbers of segments.

    Args:
        model: the model.
        start: where the runs begin.
        observable: what is differenced.
        pattern: of which `size` is added to the sea-surface temperature, and taken away.
        size: [K].
        values: of the observable without the pattern, by number of segments.
        derivatives: with respect to the size of the pattern, likewise.
    """
    plus = minus = start
    found, done = [], 0
    for segments, derivative in sorted(derivatives.items()):
        plus = model.run(plus, segments - done, size * pattern)
        minus = model.run(minus, segments - done, -size * pattern)
        done = segments
        here, above, below = values[segments], float(observable(plus)), float(observable(minus))
        days = segments * model.steps / STEPS_PER_DAY
        forward, backward = (above - here) / size, (here - below) / size
        found.append(Slopes(size, days, derivative, forward, backward))
    return found


def response(
    model: SSTModel, start: ModelState, segments: int, direction: Pattern
) -> tuple[list[ModelState], list[Variables]]:
    """The tangent run: states and their increments per size of the pattern, between segments."""
    states, increments = [start], [jax.tree.map(jnp.zeros_like, differentiable_leaves(start))]
    for _ in range(segments):
        state, increment = model.tangent(states[-1], increments[-1], direction)
        states.append(state)
        increments.append(increment)
    return states, increments


def tangent_of(
    observable: Observable, states: list[ModelState], increments: list[Variables]
) -> list[float]:
    """Derivatives of an observable of each state along its increment."""

    @jax.jit
    def along(state: ModelState, increment: Variables) -> Float[Array, ""]:
        def moved(variables: Variables) -> Float[Array, ""]:
            return observable(with_leaves(state, variables))

        return jax.jvp(moved, (differentiable_leaves(state),), (increment,))[1]

    return [float(along(*pair)) for pair in zip(states, increments, strict=True)]
