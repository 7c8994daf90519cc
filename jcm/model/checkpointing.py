"""How many states a derivative keeps: nested checkpoints within a given memory.

Reverse mode needs the states of a run in reverse order. Kept are those at the starts of blocks; the
states inside a block are computed again when the derivative arrives there, themselves perhaps by
way of smaller blocks. With d depths of blocks of n^(1/d) each, a run of n steps keeps about
d n^(1/d) states instead of n, and every step is computed d + 1 times and differentiated once.

References:
    Griewank and Walther (2008), Evaluating Derivatives, chapter 12.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

import jax

_Carry = TypeVar("_Carry")
Body = Callable[[_Carry], _Carry]


def block_lengths(
    steps: int, state_bytes: float, step_bytes: float, memory: float | None
) -> tuple[int, ...]:
    """Lengths of the blocks, from the outermost to the innermost, of the fewest depths that fit.

    Args:
        steps: of the run.
        state_bytes: size of what is kept of a state.
        step_bytes: what the derivative of a single step needs besides.
        memory: bytes to stay within; None keeps the state of every step.

    Returns:
        Steps in a block of each depth; the first is `steps`.

    Raises:
        ValueError: if `memory` does not suffice at any depth; says how much does.
    """
    if memory is None or steps <= 1:
        return (steps,)
    least = math.inf
    for depth in range(1, steps.bit_length() + 1):
        lengths = _evenly(steps, depth)
        needed = step_bytes + state_bytes * kept_states(lengths)
        if needed <= memory:
            return lengths
        least = min(least, needed)
    raise ValueError(
        f"memory is {memory:.3g} bytes, the derivative of {steps} steps needs at least "
        f"{least:.3g}: {state_bytes:.3g} a state and {step_bytes:.3g} within a step"
    )


def kept_states(lengths: tuple[int, ...]) -> int:
    """States kept at once with blocks of these lengths."""
    kept = 0
    for length, inner in zip(lengths, (*lengths[1:], 1), strict=True):
        kept += math.ceil(length / inner)
    return kept


def _evenly(steps: int, depth: int) -> tuple[int, ...]:
    """Blocks of `depth` depths that are split into about as many parts each."""
    return tuple(math.ceil(steps ** ((depth - i) / depth) - 1e-9) for i in range(depth))


def checkpointed(body: Body, carry: _Carry, steps: int, lengths: tuple[int, ...]) -> _Carry:
    """Apply `body` to `carry` `steps` times; in reverse, keep states as `lengths` says.

    Args:
        body: one step.
        carry: state at the start.
        steps: how many, not more than `lengths[0]`.
        lengths: see :func:`block_lengths`.

    Returns:
        The state at the end.
    """
    _, *shorter = lengths
    inner = tuple(shorter)
    block = min(inner[0], steps) if inner else 1

    @jax.checkpoint
    def one_block(start: _Carry) -> _Carry:
        return checkpointed(body, start, block, inner) if inner else body(start)

    def scanned(start: _Carry, _: None) -> tuple[_Carry, None]:
        return one_block(start), None

    blocks, rest = divmod(steps, block)
    carry = jax.lax.scan(scanned, carry, None, length=blocks)[0]
    if rest:
        carry = jax.checkpoint(lambda start: checkpointed(body, start, rest, inner))(carry)
    return carry


def bytes_of(tree: Any) -> int:
    """Size of the arrays of `tree`, which may be shapes only."""
    return sum(math.prod(leaf.shape) * leaf.dtype.itemsize for leaf in jax.tree.leaves(tree))
