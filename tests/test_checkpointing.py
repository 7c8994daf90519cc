"""Derivatives within a given memory: blocks cover the run, fit, and change nothing."""

from __future__ import annotations

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcm.model.checkpointing import block_lengths, checkpointed, kept_states

MATRIX = jnp.asarray(np.random.default_rng(3).normal(size=(3, 3)) / 3)


def _body(x):
    return jnp.tanh(MATRIX @ x) + 0.1


@given(steps=st.integers(1, 5000), states=st.floats(3, 6000), step_states=st.floats(0, 20))
def test_blocks_fit_into_the_memory_or_are_refused(steps, states, step_states):
    size = 100.0
    memory = states * size
    try:
        lengths = block_lengths(steps, size, step_states * size, memory)
    except ValueError:
        most = max(2 * steps.bit_length(), 3)
        assert states < most + step_states, "refused, though blocks of two would fit"
        return
    assert lengths[0] == steps
    assert all(a > b for a, b in itertools.pairwise(lengths))
    if steps > 1:
        assert kept_states(lengths) * size + step_states * size <= memory


@pytest.mark.parametrize("steps", [1, 2, 7, 30, 31])
@pytest.mark.parametrize("states", [1e9, 12, 10])
def test_any_blocks_give_the_same_value_and_derivative(steps, states):
    start = jnp.asarray([0.3, -0.2, 0.9])
    lengths = block_lengths(steps, 1.0, 0.0, states)

    def plain(x):
        for _ in range(steps):
            x = _body(x)
        return jnp.sum(x**2)

    def nested(x):
        return jnp.sum(checkpointed(_body, x, steps, lengths) ** 2)

    np.testing.assert_allclose(nested(start), plain(start), rtol=1e-14)
    np.testing.assert_allclose(jax.grad(nested)(start), jax.grad(plain)(start), rtol=1e-12)


def test_less_memory_keeps_fewer_states():
    """What the compiled derivative really takes shrinks with the blocks."""
    wide = jnp.ones(10_000)

    def used(lengths):
        def total(x):
            return jnp.sum(checkpointed(lambda y: jnp.sin(y) * 1.01, x, 1000, lengths))

        compiled = jax.jit(jax.grad(total)).lower(wide).compile()
        return compiled.memory_analysis().temp_size_in_bytes / wide.nbytes

    whole, blocked = used((1000,)), used(block_lengths(1000, 1.0, 1.0, 100))
    assert whole >= 1000
    assert blocked <= 100


def test_too_little_memory_is_said_with_what_is_needed():
    with pytest.raises(ValueError, match=r"memory is 500 bytes, .* 360 steps needs at least 1.85"):
        block_lengths(360, 100.0, 50.0, 500)
