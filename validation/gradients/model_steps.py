"""One time step of a model compiled three times: as it is, its tangent, its transpose.

Runs of any length, derivatives of any direction and differences of any size are made of these, so
that nothing is compiled twice. Everything that a run starts from has a name, as
:mod:`jcm.names` gives it: "state.earlier.temperature", "parameters.physics.clouds.cloud_albedo",
"boundary.sst_anomaly".
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, UInt32

from jcm.model.configuration import Inputs
from jcm.model.model import Model
from jcm.model.state import ModelState
from jcm.model.stepping import time_step
from jcm.names import differentiable_leaves, with_leaves
from validation.gradients.gate_watch import watched
from validation.gradients.threads import side_by_side
from validation.model_ports import BRANCHES

#: A change of named things, or how sensitive something is to them.
Named = dict[str, Any]
STATE = "state."
#: For a program that runs a few dozen times and would take minutes to optimise.
_COMPILED_QUICKLY = {
    "xla_backend_optimization_level": 0,
    "xla_llvm_disable_expensive_passes": True,
}
#: Sets of parameters that no step with SPEEDY's physics reads.
_UNREAD = ("parameters.held_suarez.", "parameters.sppt.")
#: Sets that the Dinosaur core has compiled in.
_COMPILED_IN = ("parameters.dynamics.", "parameters.constants.")


class Choices(NamedTuple):
    """What a step decided.

    Attributes:
        branches: see :data:`validation.model_ports.BRANCHES`, `(3, longitude, latitude)`.
        gates: see :func:`validation.gradients.gate_watch.watched`.
    """

    branches: Int[Array, "branch longitude latitude"]
    gates: UInt32[Array, " gate"]


class ModelSteps:
    """The compiled steps of one model.

    Args:
        model: in double precision, with SPEEDY's physics.
        quickly: compile everything without optimisation, for a few steps of small models; by
            default only what would take minutes to optimise.
    """

    def __init__(self, model: Model, *, quickly: bool = False) -> None:
        self.model = model
        self._options = _COMPILED_QUICKLY if quickly else None
        known = differentiable_leaves(model.inputs)
        left_out = _UNREAD + (_COMPILED_IN if model.configuration.dinosaur else ())
        #: Names of the inputs that can be moved.
        self.input_names = tuple(
            name
            for name in known
            if name.startswith(("parameters.", "boundary.")) and not name.startswith(left_out)
        )
        self._inputs = _typed({name: known[name] for name in self.input_names})

    def compile_derivatives(self, state: ModelState) -> None:
        """Compile tangent and pullback, both at once."""
        zero = {name: jnp.zeros_like(x) for name, x in differentiable_leaves(state).items()}
        makers = (
            lambda: self.forward(state, {}, [1]),
            lambda: self.reverse(state, _with_prefix(zero), 1),
        )
        side_by_side(lambda make: make(), makers)

    def run_on(self, state: ModelState, steps: int = 1) -> ModelState:
        """The state some steps later."""
        state, inputs = self.start(state, {})
        for _ in range(steps):
            state, _ = self.step(state, inputs)
        return state

    def base(self, state: ModelState) -> Named:
        """Everything that can be moved at the start of a run from `state`, by name."""
        return _with_prefix(differentiable_leaves(state)) | self._inputs

    def start(self, state: ModelState, moved: Mapping[str, Any]) -> tuple[ModelState, Inputs]:
        """State and inputs with other values in some places.

        Args:
            state: where the others come from.
            moved: by name.

        Raises:
            ValueError: for an unknown name.
        """
        of_state, of_inputs = _apart(moved)
        floats = differentiable_leaves(state) | of_state
        inputs = self._make_inputs(self._inputs | _typed(of_inputs))
        return with_leaves(state, _typed(floats)), inputs

    def start_tangent(
        self, state: ModelState, direction: Mapping[str, Any]
    ) -> tuple[ModelState, Inputs, Named, Named]:
        """State and inputs of an unmoved run, and their change along a direction."""
        of_state, of_inputs = _apart(direction)
        changes = {k: jnp.zeros_like(v) for k, v in differentiable_leaves(state).items()}
        inputs, input_changes = self._make_input_changes(
            self._inputs,
            {k: jnp.zeros_like(v) for k, v in self._inputs.items()} | _typed(of_inputs),
        )
        state = with_leaves(state, _typed(differentiable_leaves(state)))
        return state, inputs, _typed(changes | of_state), input_changes

    @functools.cached_property
    def step(self) -> Callable[[ModelState, Inputs], tuple[ModelState, Choices]]:
        """The step, and what it decided."""

        def step_with_branches(state: ModelState, inputs: Inputs) -> tuple[ModelState, Array]:
            after, details = time_step(state, inputs, configuration=self.model.configuration)
            branches = [getattr(details.physics, name) for name in BRANCHES]
            return after, jnp.stack(branches).astype(jnp.int8)

        def step(state: ModelState, inputs: Inputs) -> tuple[ModelState, Choices]:
            (after, branches), gates = watched(step_with_branches)(state, inputs)
            after = with_leaves(after, _typed(differentiable_leaves(after)))
            return after, Choices(branches, gates)

        return jax.jit(step, compiler_options=self._options)

    @functools.cached_property
    def tangent(self) -> Callable[..., tuple[ModelState, Named]]:
        """The step, and the change after it that a change of state and inputs before it makes."""

        def tangent(
            state: ModelState, inputs: Inputs, state_change: Named, input_change: Named
        ) -> tuple[ModelState, Named]:
            points = (differentiable_leaves(state), _floats(inputs))
            _, change, whole = jax.jvp(
                self._of_floats(state, inputs), points, (state_change, input_change), has_aux=True
            )
            return whole, change

        return jax.jit(tangent, compiler_options=self._options)

    @functools.cached_property
    def pullback(self) -> Callable[[ModelState, Inputs, Named], tuple[Named, Named]]:
        """From the sensitivity to the state after a step, those to state and inputs before it."""

        def pullback(state: ModelState, inputs: Inputs, weights: Named) -> tuple[Named, Named]:
            points = (differentiable_leaves(state), _floats(inputs))
            _, transpose, _ = jax.vjp(self._of_floats(state, inputs), *points, has_aux=True)
            return transpose(weights)

        return jax.jit(pullback, compiler_options=_COMPILED_QUICKLY)

    def run(
        self, state: ModelState, moved: Mapping[str, Any], kept: Collection[int]
    ) -> tuple[dict[int, Named], list[Choices]]:
        """Run with other values in some places at the start.

        Args:
            state: where the other values come from.
            moved: by name, see :meth:`base`.
            kept: steps after which the state is kept.

        Returns:
            The floating-point leaves of the states by step, named as in :meth:`base`; the choices
            of every step.
        """
        state, inputs = self.start(state, moved)
        states, choices = {}, []
        for step in range(1, max(kept) + 1):
            state, chosen = self.step(state, inputs)
            choices.append(chosen)
            if step in kept:
                states[step] = _with_prefix(differentiable_leaves(state))
        return states, choices

    def forward(
        self, state: ModelState, direction: Mapping[str, Any], kept: Collection[int]
    ) -> dict[int, Named]:
        """The derivative of the state after some steps along a direction.

        Args:
            state: at the start.
            direction: by name, see :meth:`base`.
            kept: steps after which it is kept.

        Returns:
            Named as in :meth:`base`, by step.
        """
        state, inputs, change, input_change = self.start_tangent(state, direction)
        changes = {}
        for step in range(1, max(kept) + 1):
            # About the very states that runs and reverse mode pass through: those of another
            # program differ by rounding, which grows.
            after, _ = self.step(state, inputs)
            _, change = self.tangent(state, inputs, change, input_change)
            state = after
            if step in kept:
                changes[step] = _with_prefix(change)
        return changes

    def reverse(self, state: ModelState, weights: Mapping[str, Any], steps: int) -> Named:
        """Derivative of Σ weights · (state after `steps`) with respect to everything at the start.

        Args:
            state: at the start.
            weights: by name, see :meth:`base`; 0 for all others.
            steps: how many. About 2 √steps states are held, and made twice.

        Returns:
            By name, as :meth:`base`.
        """
        state, inputs = self.start(state, {})
        portion = math.isqrt(steps - 1) + 1
        marks = [state]
        for _ in range(1, -(-steps // portion)):
            marks.append(self._states(marks[-1], inputs, portion + 1)[-1])
        of_state, _ = _apart(weights)
        back = {k: jnp.zeros_like(v) for k, v in differentiable_leaves(state).items()} | of_state
        total = None
        for place, mark in reversed(list(enumerate(marks))):
            length = min(portion, steps - place * portion)
            for before in reversed(self._states(mark, inputs, length)):
                back, of_inputs = self.pullback(before, inputs, back)
                total = of_inputs if total is None else jax.tree.map(jnp.add, total, of_inputs)
        return _with_prefix(back) | self._pull_inputs(self._inputs, total)

    def _states(self, state: ModelState, inputs: Inputs, number: int) -> list[ModelState]:
        """So many states, the given one first, a step from each to the next."""
        states = [state]
        while len(states) < number:
            states.append(self.step(states[-1], inputs)[0])
        return states

    def _of_floats(self, state: ModelState, inputs: Inputs) -> Callable[..., tuple[Named, Any]]:
        """The step as a function of the floating-point numbers only."""

        def after(of_state: Named, of_inputs: Named) -> tuple[Named, ModelState]:
            whole, _ = time_step(
                with_leaves(state, of_state),
                with_leaves(inputs, of_inputs),
                configuration=self.model.configuration,
            )
            floats = _typed(differentiable_leaves(whole))
            return floats, with_leaves(whole, floats)

        return after

    @functools.cached_property
    def _make_inputs(self) -> Callable[[Named], Inputs]:
        return jax.jit(self.model.inputs_with)

    @functools.cached_property
    def _make_input_changes(self) -> Callable[[Named, Named], tuple[Inputs, Named]]:
        def changes(values: Named, directions: Named) -> tuple[Inputs, Named]:
            inputs, change = jax.jvp(self.model.inputs_with, (values,), (directions,))
            return inputs, _floats(change)

        return jax.jit(changes)

    @functools.cached_property
    def _pull_inputs(self) -> Callable[[Named, Named], Named]:
        def pull(values: Named, weights: Named) -> Named:
            return jax.vjp(lambda x: _floats(self.model.inputs_with(x)), values)[1](weights)[0]

        return jax.jit(pull)


def _with_prefix(of_state: Named) -> Named:
    return {STATE + name: value for name, value in of_state.items()}


def _typed(values: Mapping[str, Any]) -> Named:
    """Arrays in double precision; numbers without a type of their own are another program."""
    return {name: jnp.asarray(value, jnp.float64) for name, value in values.items()}


def _floats(inputs: Inputs) -> Named:
    return differentiable_leaves(inputs)


def _apart(named: Mapping[str, Any]) -> tuple[Named, Named]:
    """What belongs to the state, without that prefix, and what to the inputs."""
    of_state = {n.removeprefix(STATE): x for n, x in named.items() if n.startswith(STATE)}
    return of_state, {n: x for n, x in named.items() if not n.startswith(STATE)}


def flips(one: Choices, other: Choices) -> tuple[int, int]:
    """In how many columns branches differ, and how many gates do somewhere."""
    columns = np.any(np.asarray(one.branches) != np.asarray(other.branches), axis=0).sum()
    gates = np.sum(np.asarray(one.gates) != np.asarray(other.gates))
    return int(columns), int(gates)
