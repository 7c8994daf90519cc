"""Functions compiled apart are the same functions, and stay apart in what XLA makes of them."""

from __future__ import annotations

import inspect

import jax
import jax.numpy as jnp
import numpy as np

from jcm.compilation import compiled_apart
from jcm.vertical_grid import VerticalGrid


def _weighted(x, *, grid: VerticalGrid = VerticalGrid.speedy()):
    return jnp.exp(x) * grid.sigma_thickness[0]


def test_the_function_stays_the_same():
    apart = compiled_apart(_weighted)
    x = jnp.linspace(0.0, 1.0, 5)
    assert inspect.signature(apart) == inspect.signature(_weighted)
    np.testing.assert_allclose(apart(x), _weighted(x), rtol=1e-15)
    other = VerticalGrid((0.0, 0.5, 1.0))
    np.testing.assert_allclose(apart(x, grid=other), 0.5 * jnp.exp(x), rtol=1e-15)
    derivative = jax.vmap(jax.grad(apart))(x)
    np.testing.assert_allclose(derivative, _weighted(x), rtol=1e-15)


def test_xla_keeps_it_apart():
    """Should a new release inline it, the physics becomes slow and nothing else would tell."""

    def program(function):
        compiled = jax.jit(lambda x: jnp.stack([function(x) * k for k in range(4)]))
        return compiled.lower(jnp.ones(10)).compile().as_text()

    assert " call(" in program(compiled_apart(_weighted))
    assert " call(" not in program(_weighted)
