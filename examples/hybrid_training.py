"""How a correction is trained: online, through forecasts of the model, or offline, as a control."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from hybrid_norm import difference, energy, on_grid
from jaxtyping import Array, Float

import jcm
from jcm.dynamics.state import GridState, GridTendencies
from jcm.model.configuration import Inputs
from jcm.model.state import ModelState
from jcm.physics.physics_result import PhysicsDriver

#: Steps from one look at the truth to the next: a cycle of the short-wave radiation.
SEGMENT = 3
_SECONDS_PER_DAY = 86400.0

#: Called with the number of an iteration and its loss.
Report = Callable[[int, float], None]
_Tree = TypeVar("_Tree")


class Sample(NamedTuple):
    """A piece of the true trajectory; samples are stacked along the first axis.

    Attributes:
        start: the true state.
        truth: what follows on the grid, `(segment, ...)`, after every three steps.
    """

    start: ModelState
    truth: GridState


class Stage(NamedTuple):
    """Part of the training.

    Attributes:
        iterations: steps of the optimiser.
        segments: length of the forecasts, in units of three time steps.
    """

    iterations: int
    segments: int


class Trained(NamedTuple):
    """Result of a training.

    Attributes:
        weights: of the correction.
        losses: of every iteration, `(iteration,)`.
    """

    weights: Any
    losses: Float[np.ndarray, " iteration"]


def samples(
    truth: jcm.Model, state: ModelState, number: int, every: int, segments: int
) -> tuple[Sample, ModelState]:
    """Pieces of the true trajectory whose starts are `every` steps apart, and its end.

    Args:
        truth: the true model.
        state: where the trajectory begins.
        number: of samples.
        every: at least three times `segments`.
        segments: length of a piece.
    """
    gridded = jax.jit(functools.partial(on_grid, truth))
    pieces = []
    for _ in range(number):
        start, after = state, []
        for _ in range(segments):
            state = truth.advance(state, steps=SEGMENT)
            after.append(gridded(state, truth.inputs))
        pieces.append(Sample(start, _stacked(after)))
        state = truth.advance(state, steps=every - SEGMENT * segments)
    return _stacked(pieces), state


def one_of(stacked: _Tree, index: int) -> _Tree:
    """One of the trees that were stacked along the first axis."""
    return jax.tree.map(lambda leaves: leaves[index], stacked)


def mean_errors(model: jcm.Model, inputs: Inputs, data: Sample) -> Float[np.ndarray, " segment"]:
    """Energy of the error after each segment, on average over stacked samples [J kg-1].

    Args:
        model: that makes the forecasts.
        inputs: of the model, with the weights of its correction if it has one.
        data: stacked samples.
    """
    error = jax.jit(functools.partial(_error, model))
    number, segments = data.truth.temperature.shape[:2]
    errors = np.empty((number, segments))
    for index in range(number):
        state, truth = one_of(data, index)
        for segment in range(segments):
            state = model.advance(state, steps=SEGMENT, inputs=inputs)
            errors[index, segment] = error(state, one_of(truth, segment), inputs)
    return errors.mean(axis=0)


class OnlineLoss:
    """The loss of forecasts, and its gradient, taken back through every time step.

    It is the mean over the segments of the energy of the error, divided by what the model without
    correction leaves after as long a time, on average over the data: 1 is no better than nothing.

    Args:
        model: with a correction.
        data: stacked samples.
        uncorrected: of :func:`mean_errors` of the model without correction.
    """

    def __init__(
        self, model: jcm.Model, data: Sample, uncorrected: Float[np.ndarray, " segment"]
    ) -> None:
        self.model, self.data = model, data
        self.number, self.segments = data.truth.temperature.shape[:2]
        self._scale = jnp.asarray(1.0 / uncorrected, data.truth.temperature.dtype)
        self._value_and_gradient = jax.jit(jax.value_and_grad(self._loss))

    def __call__(self, weights: Any, index: int, segments: int) -> tuple[jax.Array, Any]:
        """Loss and gradient for one sample, with forecasts over `segments`."""
        sample = one_of(self.data, index)
        inputs = self.model.inputs
        return self._value_and_gradient(weights, inputs, sample, segments, self._scale)

    def _loss(
        self,
        weights: Any,
        inputs: Inputs,
        sample: Sample,
        segments: jax.Array,
        scale: Float[Array, " segment"],
    ) -> jax.Array:
        inputs = inputs._replace(correction=weights)

        # Short and long forecasts are one program: the segments that are not wanted are passed by.
        def one(state: ModelState, at: tuple[jax.Array, GridState]) -> tuple[ModelState, jax.Array]:
            index, truth = at

            def ahead(before: ModelState) -> tuple[ModelState, jax.Array]:
                after = self.model.scan(before, SEGMENT, inputs=inputs)
                return after, _error(self.model, after, truth, inputs)

            def stay(before: ModelState) -> tuple[ModelState, jax.Array]:
                return before, jnp.zeros((), truth.temperature.dtype)

            return jax.lax.cond(index < segments, ahead, stay, state)

        along = (jnp.arange(self.segments), sample.truth)
        errors = jax.lax.scan(one, sample.start, along)[1]
        return jnp.sum(scale * errors) / segments


def _error(
    model: jcm.Model, state: ModelState, truth: GridState, inputs: Inputs
) -> Float[Array, ""]:
    return energy(model, difference(on_grid(model, state, inputs), truth), inputs)


def train_online(
    loss: OnlineLoss,
    weights: Any,
    stages: Sequence[Stage],
    *,
    seed: int,
    learning_rate: float,
    report: Report,
) -> Trained:
    """Train a correction through the model, with one sample drawn at random in every iteration.

    Args:
        loss: see :class:`OnlineLoss`.
        weights: at the start.
        stages: of growing length.
        seed: of the order of the samples.
        learning_rate: of Adam at the start; it falls to zero like a cosine.
        report: called in every iteration.
    """
    lengths = [stage.segments for stage in stages for _ in range(stage.iterations)]
    draw = np.random.default_rng(seed)

    def one(weights: Any, iteration: int) -> tuple[jax.Array, Any]:
        return loss(weights, int(draw.integers(loss.number)), lengths[iteration])

    return _descend(one, weights, len(lengths), learning_rate, report)


class OfflineExample(NamedTuple):
    """What a correction sees, and what it should return.

    Attributes:
        grid, physics: arguments of the correction.
        missing: tendencies of the true physics less those of the imperfect one.
    """

    grid: GridState
    physics: PhysicsDriver
    missing: GridTendencies


def offline_examples(truth: jcm.Model, imperfect: jcm.Model, data: Sample) -> list[OfflineExample]:
    """The missing tendencies at the starts of samples; known, because the truth is a model.

    Args:
        truth: the true model.
        imperfect: the same with another physics, without correction.
        data: stacked samples.
    """

    def tendencies(physics: PhysicsDriver) -> GridTendencies:
        return GridTendencies(*(getattr(physics, f"{n}_tendency") for n in GridTendencies._fields))

    examples = []
    for index in range(len(data.truth.temperature)):
        start = one_of(data, index).start
        lacking = imperfect.details_of_next_step(start)
        full = tendencies(truth.details_of_next_step(start).physics)
        missing = jax.tree.map(jnp.subtract, full, tendencies(lacking.physics))
        examples.append(OfflineExample(lacking.grid, lacking.physics, missing))
    return examples


def train_offline(
    model: jcm.Model,
    weights: Any,
    examples: Sequence[OfflineExample],
    *,
    iterations: int,
    seed: int,
    learning_rate: float,
    report: Report,
) -> Trained:
    """Train a correction on the tendencies that it should return, without ever making a step.

    The loss is the energy of what is left of the missing tendencies, relative to all.

    Args:
        model: with a correction.
        weights: at the start.
        examples: see :func:`offline_examples`; one of them is used in every iteration.
        iterations: how many.
        seed: of the order of the examples.
        learning_rate: as of :func:`train_online`.
        report: likewise.
    """
    correction = model.configuration.correction

    def left(weights: Any, inputs: Inputs, example: OfflineExample) -> jax.Array:
        found = correction(weights, example.grid, example.physics, inputs)
        daily = jax.tree.map(
            lambda wanted, given: _SECONDS_PER_DAY * (wanted - given), example.missing, found
        )
        nothing = jnp.zeros_like(example.grid.log_normalized_surface_pressure)
        change = example.grid._replace(**daily._asdict(), log_normalized_surface_pressure=nothing)
        return energy(model, change, inputs)

    gradient = jax.jit(jax.value_and_grad(left))
    total = np.mean([float(gradient(weights, model.inputs, e)[0]) for e in examples])
    draw = np.random.default_rng(seed)

    def one(weights: Any, _: int) -> tuple[jax.Array, Any]:
        value = gradient(weights, model.inputs, examples[int(draw.integers(len(examples)))])
        return jax.tree.map(lambda leaf: leaf / total, value)

    return _descend(one, weights, iterations, learning_rate, report)


def _descend(
    loss: Callable[[Any, int], tuple[jax.Array, Any]],
    weights: Any,
    iterations: int,
    learning_rate: float,
    report: Report,
) -> Trained:
    """Follow the gradient that `loss` gives for every iteration."""
    moments, losses = (jax.tree.map(jnp.zeros_like, weights),) * 2, []
    for iteration in range(iterations):
        value, gradient = loss(weights, iteration)
        rate = learning_rate * 0.5 * (1.0 + np.cos(np.pi * iteration / iterations))
        weights, moments = adam(weights, moments, gradient, iteration, rate)
        losses.append(float(value))
        report(iteration, losses[-1])
    return Trained(weights, np.asarray(losses))


@jax.jit
def adam(
    weights: Any, moments: tuple[Any, Any], gradient: Any, count: jax.Array, rate: jax.Array
) -> tuple[Any, tuple[Any, Any]]:
    """One step of Adam (Kingma and Ba 2015) along a gradient that is cut to at most unit length.

    Args:
        weights: before the step.
        moments: running means of the gradient and of its square.
        gradient: of the loss.
        count: steps made before.
        rate: learning rate.

    Returns:
        Weights and moments after it.
    """
    β1, β2, ε = 0.9, 0.98, 1e-8
    length = jnp.sqrt(sum(jnp.sum(g**2) for g in jax.tree.leaves(gradient)))
    gradient = jax.tree.map(lambda g: g / jnp.maximum(1.0, length), gradient)
    mean = jax.tree.map(lambda m, g: β1 * m + (1.0 - β1) * g, moments[0], gradient)
    square = jax.tree.map(lambda s, g: β2 * s + (1.0 - β2) * g**2, moments[1], gradient)
    unbiased = jnp.sqrt(1.0 - β2 ** (count + 1)) / (1.0 - β1 ** (count + 1))

    def moved(w: jax.Array, m: jax.Array, s: jax.Array) -> jax.Array:
        return (w - rate * unbiased * m / (jnp.sqrt(s) + ε)).astype(w.dtype)

    return jax.tree.map(moved, weights, mean, square), (mean, square)


def _stacked(trees: Sequence[Any]) -> Any:
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *trees)
