"""How changes enter the JAX model; nothing here is compiled."""

import datetime

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reference.errors import InputError
from reference.kernels import available, model_numbers
from validation.consistency.changes import PLANTED, Change, Edit, Replacement
from validation.consistency.models import JaxShortRuns, _due, _edited, _stretches

DATE = datetime.datetime(1982, 1, 1)


@pytest.fixture(scope="module")
def state():
    """A state full of ones."""
    with jax.enable_x64(False):
        shapes = JaxShortRuns("float32", DATE)._model.state_shapes()
        return jax.tree.map(lambda leaf: jnp.ones(leaf.shape, leaf.dtype), shapes)


@pytest.mark.parametrize("change", PLANTED.values(), ids=PLANTED)
def test_parameters_of_planted_changes_reach_the_model(change):
    model = JaxShortRuns("float32", DATE, change)._model
    plain = JaxShortRuns("float32", DATE)._model
    for replacement in change.replacements:
        found, default = model.parameters, plain.parameters
        for part in replacement.parameter.split("."):
            found, default = getattr(found, part), getattr(default, part)
        assert found == pytest.approx(replacement.value * default)
        assert found != default
        if available():
            assert model_numbers("original")[replacement.parameter] == pytest.approx(default)
    assert change.replacements or change.edits


@pytest.mark.parametrize("change", [c for c in PLANTED.values() if c.edits], ids=lambda c: c.name)
def test_planted_faults_change_what_they_name_and_nothing_else(state, change):
    after = _edited(state, list(change.edits))
    before_leaves = dict(jax.tree_util.tree_leaves_with_path(state))
    factors = {f".{edit.part}.{edit.field}": edit.factor for edit in change.edits}
    seen = set()
    for path, leaf in jax.tree_util.tree_leaves_with_path(after):
        name = jax.tree_util.keystr(path)
        factor = factors.get(name, 1.0)
        np.testing.assert_array_equal(leaf, factor * before_leaves[path], err_msg=name)
        assert leaf.dtype == before_leaves[path].dtype
        seen.add(name)
    assert set(factors) <= seen


def test_stretches_end_where_something_is_due():
    daily = Edit("daily", "temperature_correction", 0.0, daily=True)
    always = Edit("shortwave", "temperature_tendency_shortwave", 0.0, daily=False)
    assert _stretches(36, ()) == [36]
    assert _stretches(36, (daily,)) == [1, 35]
    assert _stretches(40, (daily,)) == [1, 36, 3]
    assert _stretches(4, (daily, always)) == [1, 1, 1, 1]
    assert _due((daily, always), 1) == [daily, always]
    assert _due((daily, always), 36) == [always]
    assert _due((daily,), 37) == [daily]


def test_unknown_parameters_are_refused():
    name = "physics.convection.relaxation_tim"
    change = Change("x", "x", (Replacement(name, 1.0, relative=True),))
    with pytest.raises(InputError, match=r"did you mean 'physics\.convection\.relaxation_time'"):
        JaxShortRuns("float32", DATE, change)
