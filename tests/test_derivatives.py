"""Derivatives exist wherever values do, forward and reverse, on golden and on drawn columns."""

from __future__ import annotations

import importlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jcm.physics.convection import ConvectionParameters, convection
from reference import golden as golden_reader
from reference.declarations import PROCESSES
from reference.sampling import sample


def _function(process, integers):
    """The process as a function of its floating-point inputs, undefined outputs left out."""
    plain = getattr(importlib.import_module(f"jcm.{process.package}.{process.name}"), process.name)

    def smooth(floats):
        outputs = plain(**floats, **integers)._asdict()
        kept = {}
        for variable in process.outputs:
            if variable.integer:
                continue
            value = outputs[variable.name]
            if variable.defined_where is not None:
                value = jnp.where(integers[variable.defined_where] != 0, value, 0.0)
            kept[variable.name] = value
        return kept

    return smooth


BLOCK = 2048  # one shape, hence one compilation


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", sorted(PROCESSES))
def test_no_value_and_no_derivative_is_nan(name, dtype, golden):
    process = PROCESSES[name]
    if all(v.integer for v in process.inputs) or all(v.integer for v in process.outputs):
        return

    @jax.jit
    def derivatives(floats, integers):
        function = _function(process, integers)
        outputs, pullback = jax.vjp(function, floats)
        (reverse,) = pullback(jax.tree.map(jnp.ones_like, outputs))
        _, forward = jax.jvp(function, (floats,), (jax.tree.map(jnp.ones_like, floats),))
        return outputs, reverse, forward

    sets = [c.inputs for c in golden_reader.read(process, golden)]
    sets.append(sample(process, 3000, seed=8))
    columns = {v.name: np.concatenate([s[v.name] for s in sets]) for v in process.inputs}
    number = len(columns[process.inputs[0].name])
    for start in range(0, number, BLOCK):
        rows = np.minimum(np.arange(start, start + BLOCK), number - 1)
        moved = {k: np.moveaxis(v[rows], 0, -1) for k, v in columns.items()}
        integers = {
            v.name: jnp.asarray(moved[v.name], jnp.int32) for v in process.inputs if v.integer
        }
        floats = {
            v.name: jnp.asarray(moved[v.name], dtype) for v in process.inputs if not v.integer
        }
        results = derivatives(floats, integers)
        for kind, values in zip(("value", "reverse", "forward"), results, strict=True):
            for key, value in values.items():
                assert value.dtype == dtype, f"{name}: {kind} of {key} is {value.dtype}"
                bad = np.argwhere(~np.isfinite(np.asarray(value)))
                assert len(bad) == 0, (
                    f"{name}: {kind} of {key} is {value[tuple(bad[0])]} in column "
                    f"{rows[bad[0][-1]]}, index {bad[0][:-1].tolist()}; {len(bad)} in all"
                )


def test_a_derivative_with_respect_to_a_parameter_matches_a_difference():
    inputs = sample(PROCESSES["convection"], 500, seed=4)
    moved = {k: jnp.asarray(np.moveaxis(v, 0, -1)) for k, v in inputs.items()}

    def rain(relaxation_time):
        parameters = ConvectionParameters(relaxation_time=relaxation_time)
        return convection(**moved, parameters=parameters).convective_precipitation.sum()

    time, step = 21600.0, 1.0
    difference = (rain(time + step) - rain(time - step)) / (2 * step)
    assert jax.grad(rain)(time) == pytest.approx(float(difference), rel=1e-6)
    assert float(difference) < 0


@pytest.mark.parametrize("name", sorted(PROCESSES))
def test_columns_may_have_any_number_of_axes(name):
    """A column, a line and a grid of columns give the same numbers, also under vmap."""
    process = PROCESSES[name]
    function = getattr(
        importlib.import_module(f"jcm.{process.package}.{process.name}"), process.name
    )
    inputs = {k: jnp.asarray(np.moveaxis(v, 0, -1)) for k, v in sample(process, 6, 9).items()}
    line = function(**inputs)._asdict()
    grid = function(**{k: v.reshape(*v.shape[:-1], 2, 3) for k, v in inputs.items()})._asdict()
    single = function(**{k: v[..., 4] for k, v in inputs.items()})._asdict()
    mapped = jax.vmap(lambda x: function(**x), in_axes=-1, out_axes=-1)(inputs)._asdict()
    for key, expected in line.items():
        scale = float(jnp.nanmax(jnp.abs(expected))) or 1.0
        for other, part in (
            (grid[key].reshape(expected.shape), expected),
            (single[key], expected[..., 4]),
            (mapped[key], expected),
        ):
            np.testing.assert_allclose(
                other, part, rtol=0, atol=1e-13 * scale, err_msg=f"{name}.{key}"
            )
