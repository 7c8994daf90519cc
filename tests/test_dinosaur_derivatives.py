"""Derivatives through the whole model on core "dinosaur", on layers of its own."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jcm import Model
from jcm.model import loop
from jcm.vertical_grid import VerticalGrid

STEPS = 3
#: A large program that runs once.
QUICKLY = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}


@pytest.fixture(scope="module")
def model():
    """Small, but with physics, surface and five layers."""
    layers = VerticalGrid((0.0, 0.2, 0.4, 0.6, 0.8, 1.0))
    return Model(core="dinosaur", resolution="T10", vertical_grid=layers, dtype=jnp.float64)


@pytest.fixture(scope="module")
def state(model):
    return model.advance(model.initial_state(), days=2)


def real_parts(atmosphere):
    """Fields of a spectral state, real parts of complex ones."""
    return [jnp.real(leaf) for leaf in jax.tree.leaves(atmosphere)]


def test_forward_and_reverse_derivatives_of_several_steps_are_adjoint(model, state):
    atmosphere = jax.tree.leaves(state.newest)
    structure = jax.tree.structure(state.newest)
    rng = np.random.default_rng(3)
    direction = [jnp.asarray(rng.normal(size=x.shape) * np.abs(x).max() * 1e-3) for x in atmosphere]
    direction = [d * (jnp.abs(x) > 0.0) for d, x in zip(direction, atmosphere, strict=True)]

    def after(leaves):
        moved = jax.tree.unflatten(structure, leaves)
        moved_state = state._replace(earlier=moved, later=None if state.later is None else moved)
        return real_parts(model.scan(moved_state, STEPS).newest)

    def both(leaves, tangent):
        values, forward = jax.jvp(after, (leaves,), (tangent,))
        scales = [1.0 / (jnp.abs(v).max() + 1e-30) for v in values]
        weights = [
            s * jnp.asarray(np.random.default_rng(i).normal(size=v.shape))
            for i, (s, v) in enumerate(zip(scales, values, strict=True))
        ]
        (reverse,) = jax.vjp(after, leaves)[1](weights)
        return forward, reverse, weights

    forward, reverse, weights = jax.jit(both, compiler_options=QUICKLY)(atmosphere, direction)
    for name, values in (("forward", forward), ("reverse", reverse)):
        for i, leaf in enumerate(values):
            bad = np.argwhere(~np.isfinite(np.asarray(leaf)))
            assert bad.size == 0, f"{name} derivative of field {i} is not finite at {bad[0]}"
    there = [float(jnp.vdot(w, f).real) for w, f in zip(weights, forward, strict=True)]
    back = [float(jnp.vdot(r, d).real) for r, d in zip(reverse, direction, strict=True)]
    size = sum(map(abs, there))
    assert size > 0.0
    assert abs(sum(there) - sum(back)) < 1e-9 * size, (sum(there), sum(back))


def test_the_derivative_to_a_parameter_is_the_difference_quotient(model, state):
    """Of the power of humidity to the relaxation time of large-scale condensation."""
    inputs = model.inputs

    def humidity_power(time):
        physics = inputs.parameters.physics
        condensation = dataclasses.replace(physics.large_scale_condensation, relaxation_time=time)
        physics = dataclasses.replace(physics, large_scale_condensation=condensation)
        parameters = dataclasses.replace(inputs.parameters, physics=physics)
        changed = inputs._replace(parameters=parameters)
        after = loop.scan(state, changed, STEPS, configuration=model.configuration)
        return jnp.sum(jnp.abs(after.newest.specific_humidity) ** 2)

    humidity_power = jax.jit(jax.value_and_grad(humidity_power), compiler_options=QUICKLY)
    time = 4.0 * 3600.0
    _, slope = humidity_power(time)
    difference = (humidity_power(time * 1.0001)[0] - humidity_power(time * 0.9999)[0]) / (
        0.0002 * time
    )
    assert slope == pytest.approx(float(difference), rel=1e-4)
