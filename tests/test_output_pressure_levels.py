"""Interpolation to pressure levels."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jax.test_util import check_grads

from jcm.output.pressure_levels import to_pressure_levels
from jcm.output.request import STANDARD_PRESSURE_LEVELS
from jcm.vertical_grid import VerticalGrid

SIGMA = VerticalGrid.speedy().full_level_sigma
SURFACE_PRESSURE = np.array([[1013.0, 520.0], [985.0, 1046.3]])


def log_linear(slope, offset):
    """A profile a + b ln p on sigma levels, and as a function of pressure."""
    p = np.array(SIGMA)[:, None, None] * SURFACE_PRESSURE
    return offset + slope * np.log(p), lambda pressure: offset + slope * np.log(pressure)


@given(
    slope=st.floats(-100.0, 100.0),
    offset=st.floats(-300.0, 300.0),
    fraction=st.floats(0.0, 1.0),
)
def test_a_profile_linear_in_ln_p_is_met_exactly(slope, offset, fraction):
    lowest = SIGMA[-1] * SURFACE_PRESSURE.min()
    highest = SIGMA[0] * SURFACE_PRESSURE.max()
    pressure = highest + fraction * (lowest - highest)
    field, exact = log_linear(slope, offset)
    found = np.asarray(to_pressure_levels(jnp.asarray(field), SIGMA, SURFACE_PRESSURE, [pressure]))
    size = abs(offset) + 7.0 * abs(slope) + 1e-300
    np.testing.assert_allclose(found[0] / size, exact(pressure) / size, rtol=0, atol=3e-15)


def test_below_ground_is_missing_and_near_it_nothing_is_extrapolated():
    field = np.arange(8.0)[:, None, None] + np.zeros_like(SURFACE_PRESSURE)
    pressure = [1046.3001, 1046.3, 1013.0, 1000.0, 10.0]
    found = np.asarray(to_pressure_levels(jnp.asarray(field), SIGMA, SURFACE_PRESSURE, pressure))
    for p, values in zip(pressure, found, strict=True):
        underground = p > SURFACE_PRESSURE
        np.testing.assert_array_equal(np.isnan(values), underground, err_msg=f"{p} hPa")
        lowest_half_layer = ~underground & (p >= SIGMA[-1] * SURFACE_PRESSURE)
        np.testing.assert_array_equal(values[lowest_half_layer], 7.0, err_msg=f"{p} hPa")
    np.testing.assert_array_equal(found[-1], 0.0, err_msg="above the highest centre")


@given(st.integers(0, 2**32 - 1))
def test_values_stay_between_those_of_the_layers_around(seed):
    field = np.random.default_rng(seed).normal(size=(8, 2, 2))
    found = np.asarray(
        to_pressure_levels(jnp.asarray(field), SIGMA, SURFACE_PRESSURE, STANDARD_PRESSURE_LEVELS)
    )
    for p, values in zip(STANDARD_PRESSURE_LEVELS, found, strict=True):
        x = np.log(p / SURFACE_PRESSURE)
        for place in np.ndindex(2, 2):
            if np.isnan(values[place]):
                continue
            column = field[(slice(None), *place)]
            expected = np.interp(x[place], np.log(SIGMA), column)
            assert abs(values[place] - expected) < 1e-14, (p, place, values[place], expected)


def test_derivatives_are_those_of_differences():
    field, _ = log_linear(30.0, 10.0)
    pressure = [850.0, 500.0, 100.0]
    field = jnp.asarray(field**2)
    surface_pressure = jnp.asarray(np.array([[1013.0, 990.0], [985.0, 1046.3]]))

    def total(field, surface_pressure):
        return jnp.sum(to_pressure_levels(field, SIGMA, surface_pressure, pressure) ** 2)

    check_grads(total, (field, surface_pressure), order=1, eps=1e-4, rtol=1e-6)


def test_derivatives_are_finite_where_a_level_is_below_ground():
    field = jnp.ones((8, 2, 2))

    def above_ground(field, surface_pressure):
        found = to_pressure_levels(field, SIGMA, surface_pressure, [1000.0, 500.0])
        return jnp.nansum(found)

    for gradient in jax.grad(above_ground, (0, 1))(field, jnp.asarray(SURFACE_PRESSURE)):
        assert np.all(np.isfinite(gradient))


def test_single_precision_stays_single_precision():
    field, exact = log_linear(30.0, 10.0)
    found = to_pressure_levels(
        jnp.asarray(field, jnp.float32), SIGMA, jnp.asarray(SURFACE_PRESSURE, jnp.float32), [400.0]
    )
    assert found.dtype == jnp.float32
    np.testing.assert_allclose(found[0], exact(400.0), rtol=1e-6)


@pytest.mark.parametrize("sigma", [SIGMA[:-1], SIGMA[::-1]])
def test_levels_that_do_not_fit_are_refused(sigma):
    with pytest.raises(ValueError, match="must be 8 increasing numbers"):
        to_pressure_levels(jnp.ones((8, 2, 2)), sigma, jnp.ones((2, 2)), [0.5])
