"""The time loop: any number of steps in one program, with sums of diagnostics on the way."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Int

from jcm.model.accumulation import Selection, Sums, add_levels, add_surface
from jcm.model.checkpointing import block_lengths, bytes_of, checkpointed
from jcm.model.configuration import Configuration, Inputs
from jcm.model.diagnostics import Sample
from jcm.model.ledger import LedgerSums, add_to_ledger
from jcm.model.range import within_range
from jcm.model.state import ModelState
from jcm.model.stepping import StepDetails, time_step, time_step_apart
from jcm.names import differentiable_leaves, with_leaves
from jcm.output.catalogue import SAMPLES_EVERY

#: Steps from one sample of the fields on levels to the next, counted from the start of the run.
STEPS_BETWEEN_SAMPLES = SAMPLES_EVERY["level"]


class Advanced(NamedTuple):
    """Result of :func:`advance`.

    Attributes:
        state: after the last step that was made, the one that left the range included.
        sums: of the diagnostics of all steps made.
        ledger: likewise of the budgets.
        steps_in_range: steps after which the atmosphere was within its range.
        in_range: whether all were.
    """

    state: ModelState
    sums: tuple[Sums, ...]
    ledger: LedgerSums
    steps_in_range: Int[Array, ""]
    in_range: Bool[Array, ""]


@functools.partial(jax.jit, static_argnames=("configuration", "selections"))
def advance(
    state: ModelState,
    sums: tuple[Sums, ...],
    ledger: LedgerSums,
    inputs: Inputs,
    steps: Int[Array, ""] | int,
    *,
    configuration: Configuration,
    selections: tuple[Selection, ...],
) -> Advanced:
    """Make `steps` time steps, fewer if the atmosphere leaves its range.

    The number of steps is traced: runs of any length share one compilation. It cannot be
    differentiated in reverse; see :func:`scan`.

    Args:
        state: at the start.
        sums: to which the diagnostics are added, one for each selection.
        ledger: to which the budgets are added.
        inputs: see :class:`jcm.model.configuration.Inputs`.
        steps: how many.
        configuration: see :class:`jcm.model.configuration.Configuration`.
        selections: which diagnostics.

    Returns:
        See :class:`Advanced`.
    """

    def one(carry: Advanced) -> tuple[Advanced, Sample]:
        after, details = time_step_apart(carry.state, inputs, configuration=configuration)
        sample = Sample(details, inputs, configuration)
        in_range = within_range(*configuration.core.range_check(after.newest))
        advanced = Advanced(
            state=after,
            sums=_each(add_surface, carry.sums, selections, sample),
            ledger=add_to_ledger(carry.ledger, sample),
            steps_in_range=carry.steps_in_range + in_range,
            in_range=in_range,
        )
        return advanced, sample

    def unfinished(carry: Advanced) -> Bool[Array, ""]:
        return carry.in_range & (carry.steps_in_range < steps)

    def between_samples(carry: Advanced) -> Bool[Array, ""]:
        return unfinished(carry) & (carry.state.step % STEPS_BETWEEN_SAMPLES != 0)

    def from_sample_to_sample(carry: Advanced) -> Advanced:
        due = carry.state.step % STEPS_BETWEEN_SAMPLES == 0
        carry, sample = one(carry)
        carry = carry._replace(sums=_each(add_levels, carry.sums, selections, sample, due))
        return jax.lax.while_loop(between_samples, lambda inner: one(inner)[0], carry)

    start = Advanced(state, sums, ledger, jnp.zeros((), jnp.int32), jnp.asarray(True))
    if not any(selection.level for selection in selections):
        return jax.lax.while_loop(unfinished, lambda carry: one(carry)[0], start)
    return jax.lax.while_loop(unfinished, from_sample_to_sample, start)


def scan(
    state: ModelState,
    inputs: Inputs,
    steps: int,
    *,
    configuration: Configuration,
    memory: float | None = None,
) -> ModelState:
    """Make a fixed number of steps in a form that can be differentiated in reverse.

    Only states between steps are kept, all of them or as many as `memory` allows; what happens in
    between is computed again when the derivative is taken.

    Args:
        state: at the start.
        inputs: see :class:`jcm.model.configuration.Inputs`.
        steps: how many, a static number.
        configuration: see :class:`jcm.model.configuration.Configuration`.
        memory: bytes that the derivative may take, see :mod:`jcm.model.checkpointing`.

    Returns:
        The state at the end. Nothing is checked.

    Raises:
        ValueError: if `memory` does not suffice.
    """

    def step(before: ModelState) -> ModelState:
        return time_step(before, inputs, configuration=configuration)[0]

    lengths = (steps,)
    if memory is not None:
        lengths = block_lengths(steps, bytes_of(state), _bytes_within(step, state), memory)
    return checkpointed(step, state, steps, lengths)


def _bytes_within(step: Callable[[ModelState], ModelState], state: ModelState) -> int:
    """What the derivative of one step keeps between its forward and its reverse half."""

    def pullback(floats: dict[str, jax.Array]) -> Any:
        return jax.vjp(
            lambda moved: differentiable_leaves(step(with_leaves(state, moved))), floats
        )[1]

    return bytes_of(jax.eval_shape(pullback, differentiable_leaves(state)))


def _each(
    add: Callable[..., Sums],
    sums: tuple[Sums, ...],
    selections: tuple[Selection, ...],
    sample: Sample,
    *due: jax.Array,
) -> tuple[Sums, ...]:
    """`add` for each selection."""
    return tuple(
        add(one, sample, selection, *due) for one, selection in zip(sums, selections, strict=True)
    )


@functools.partial(jax.jit, static_argnames=("configuration",))
def details_of_next_step(
    state: ModelState, inputs: Inputs, *, configuration: Configuration
) -> StepDetails:
    """What the next step will see and compute; the state is left as it is."""
    return time_step_apart(state, inputs, configuration=configuration)[1]
