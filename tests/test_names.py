"""Numbers of a pytree by name."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import pytest

from jcm.model.parameters import ModelParameters
from jcm.names import differentiable, differentiable_leaves, named_leaves, with_leaves
from jcm.surface.coupling import SurfaceState

NAME = "physics.convection.relaxation_time"


def test_a_leaf_is_replaced_and_no_other():
    before = ModelParameters()
    after = named_leaves(with_leaves(before, {NAME: 1.0}))
    assert after.pop(NAME) == 1.0
    unchanged = named_leaves(before)
    del unchanged[NAME]
    assert after == unchanged


def test_a_traced_value_has_a_derivative():
    def twice(value):
        return (
            2.0 * with_leaves(ModelParameters(), {NAME: value}).physics.convection.relaxation_time
        )

    assert jax.grad(twice)(3.0) == 2.0


def test_unknown_names_are_answered_with_the_nearest():
    with pytest.raises(ValueError, match=r"no parameter called '.*relaxation_tim', did you mean"):
        with_leaves(ModelParameters(), {NAME[:-1]: 1.0}, what="parameter")
    with pytest.raises(ValueError, match="no variable called 'temperatur'"):
        differentiable(SurfaceState(*[jnp.zeros(2)] * 11), ["temperatur"])


def test_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"has shape \(2,\), got \(3,\)"):
        with_leaves({"a": jnp.zeros(2)}, {"a": jnp.zeros(3)})


@pytest.mark.parametrize("leaf", [jnp.arange(3), jnp.asarray(True), 4])
def test_whole_numbers_and_flags_have_no_derivative(leaf):
    tree = {"index": leaf, "field": jnp.ones(2)}
    assert list(differentiable_leaves(tree)) == ["field"]
    with pytest.raises(ValueError, match="variable index is of type"):
        differentiable(tree, ["field", "index"])
