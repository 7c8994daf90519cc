"""The Held-Suarez forcing: its equations by hand, its properties, and Dinosaur's own as oracle."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcm.constants import PhysicalConstants
from jcm.formulation import CORRECTED
from jcm.physics.held_suarez import (
    HeldSuarezParameters,
    equilibrium_temperature,
    held_suarez,
)
from jcm.vertical_grid import VerticalGrid
from tests.closeness import assert_close

CONSTANTS = PhysicalConstants.for_formulation(CORRECTED)
PARAMETERS = HeldSuarezParameters.for_formulation(CORRECTED)
TWENTY = VerticalGrid(tuple(float(k) / 20 for k in range(21)))
DAY = 86400.0


def _forcing(temperature, u, v, π, sin_φ, grid=TWENTY):
    return held_suarez(
        *(jnp.asarray(field, jnp.float64) for field in (temperature, u, v, π)),
        jnp.asarray(sin_φ, jnp.float64),
        parameters=PARAMETERS,
        constants=CONSTANTS,
        grid=grid,
    )


def _equilibrium(π, sin_φ, grid=TWENTY):
    return np.asarray(
        equilibrium_temperature(
            jnp.asarray(π, jnp.float64),
            jnp.asarray(sin_φ, jnp.float64),
            parameters=PARAMETERS,
            constants=CONSTANTS,
            grid=grid,
        )
    )


def test_values_worked_out_by_hand():
    """Latitude 30°, sigma 0.85 exactly halfway into the boundary layer, surface at 10⁵ Pa."""
    grid = VerticalGrid((0.0, 0.7, 1.0))
    result = _forcing([[250.0], [280.0]], [[10.0], [10.0]], [[-4.0], [-4.0]], [1.0], [0.5], grid)
    expected_equilibrium = (315.0 - 60.0 * 0.25 - 10.0 * math.log(0.85) * 0.75) * 0.85 ** (2 / 7)
    rate = 1 / (40 * DAY) + (1 / (4 * DAY) - 1 / (40 * DAY)) * 0.5 * 0.75**2
    assert float(result.temperature_tendency[1, 0]) == pytest.approx(
        rate * (expected_equilibrium - 280.0), rel=1e-13
    )
    assert float(result.eastward_wind_tendency[1, 0]) == pytest.approx(-5.0 / DAY, rel=1e-13)
    assert float(result.northward_wind_tendency[1, 0]) == pytest.approx(2.0 / DAY, rel=1e-13)
    assert float(result.eastward_wind_tendency[0, 0]) == 0.0


def test_equilibrium_at_the_surface_runs_from_315_to_255_kelvin_and_is_never_below_200():
    grid = VerticalGrid((0.0, 1.0 - 1e-12, 1.0))
    sin_φ = np.linspace(-1.0, 1.0, 41)
    surface = _equilibrium(np.ones(41), sin_φ, grid)[-1]
    assert_close("surface equilibrium", surface, 315.0 - 60.0 * sin_φ**2, 1e-11)
    everywhere = _equilibrium(np.ones(41), sin_φ)
    assert everywhere.min() == 200.0
    assert_close("equilibrium of the other hemisphere", everywhere[:, ::-1], everywhere, 1e-15)


@given(
    temperature=st.floats(150.0, 350.0),
    wind=st.floats(-100.0, 100.0),
    sin_φ=st.floats(-1.0, 1.0),
    π=st.floats(0.5, 1.1),
)
def test_temperature_goes_to_equilibrium_and_wind_below_sigma_070_to_rest(
    temperature, wind, sin_φ, π
):
    levels = np.ones((20, 1))
    equilibrium = _equilibrium([π], [sin_φ])
    result = _forcing(temperature * levels, wind * levels, -wind * levels, [π], [sin_φ])
    heating = np.asarray(result.temperature_tendency)
    assert (np.sign(heating) == np.sign(equilibrium - temperature)).all()
    rate = np.abs(heating) / np.maximum(np.abs(equilibrium - temperature), 1e-300)
    assert (rate >= (1 - 1e-12) / (40 * DAY)).all()
    assert (rate <= (1 + 1e-12) / (4 * DAY)).all()

    below = np.asarray(TWENTY.full_level_sigma) > 0.7
    drag, drag_v = result.eastward_wind_tendency[:, 0], result.northward_wind_tendency[:, 0]
    assert (np.asarray(drag)[~below] == 0.0).all()
    assert (np.asarray(drag)[below] * wind <= 0.0).all()
    assert (np.asarray(drag) == -np.asarray(drag_v)).all()
    assert (np.diff(np.abs(np.asarray(drag)))[below[1:]] >= 0.0).all()


def test_it_is_exact_at_equilibrium_and_has_finite_derivatives():
    π, sin_φ = jnp.asarray([1.0, 0.6]), jnp.asarray([0.0, 0.9])
    equilibrium = _equilibrium(π, sin_φ)
    rest = _forcing(equilibrium, 0 * equilibrium, 0 * equilibrium, π, sin_φ)
    for name, field in rest._asdict().items():
        assert (np.asarray(field) == 0.0).all(), name

    def total(temperature, π):
        return jnp.sum(_forcing(temperature, 0 * temperature, 0 * temperature, π, sin_φ)[0])

    for gradient in jax.grad(total, argnums=(0, 1))(jnp.asarray(equilibrium), π):
        assert np.isfinite(np.asarray(gradient)).all()


def test_shapes_of_columns_are_free_and_single_precision_stays_single():
    rng = np.random.default_rng(1)
    T, u, v = (rng.normal(250.0, 20.0, (20, 6, 4)) for _ in range(3))
    π, sin_φ = rng.uniform(0.8, 1.05, (6, 4)), rng.uniform(-1.0, 1.0, 4)
    whole = _forcing(T, u, v, π, sin_φ)
    one = _forcing(T[:, 2, 3], u[:, 2, 3], v[:, 2, 3], π[2, 3], sin_φ[3])
    for name, field in whole._asdict().items():
        assert_close(name, field[:, 2, 3], getattr(one, name), 1e-15)
    single = held_suarez(
        *(jnp.asarray(field, jnp.float32) for field in (T, u, v, π, sin_φ)), grid=TWENTY
    )
    for name, field in single._asdict().items():
        assert field.dtype == jnp.float32, name
        assert_close(name, field, getattr(whole, name), 1e-5)


def test_the_core_library_computes_the_same_forcing():
    """Dinosaur forces a state of spectral coefficients; its tendencies come back to the grid."""
    from dinosaur import (
        coordinate_systems,
        primitive_equations,
        primitive_equations_states,
        scales,
        sigma_coordinates,
        spherical_harmonic,
        units,
    )
    from dinosaur import (
        held_suarez as oracle,
    )

    boundaries = np.asarray(TWENTY.half_level_sigma)
    coords = coordinate_systems.CoordinateSystem(
        spherical_harmonic.Grid.T21(), sigma_coordinates.SigmaCoordinates(boundaries)
    )
    specs = units.SimUnits.from_si()
    reference = np.full(20, specs.nondimensionalize(288.0 * scales.units.degK))
    forcing = oracle.HeldSuarezForcingSigma(coords, specs, reference)
    start, _ = primitive_equations_states.steady_state_jw(coords, specs)
    state = start()
    rng = np.random.default_rng(2)
    # Beyond total wavenumber 8 nothing, so that the tendencies are not cut by the truncation.
    smooth = np.asarray(coords.horizontal.mask, float) * (np.arange(23)[None, :] < 8)
    state = primitive_equations.State(
        vorticity=1e-2 * rng.normal(size=state.vorticity.shape) * smooth,
        divergence=1e-3 * rng.normal(size=state.vorticity.shape) * smooth,
        temperature_variation=rng.normal(size=state.vorticity.shape) * smooth,
        log_surface_pressure=np.asarray(state.log_surface_pressure)
        + 0.02 * rng.normal(size=state.log_surface_pressure.shape) * smooth,
    )
    tendency = forcing.explicit_terms(state)

    diagnostic = primitive_equations.compute_diagnostic_state_sigma(state, coords)
    horizontal = coords.horizontal
    cos_φ = horizontal.cos_lat
    u, v = (np.asarray(field) / cos_φ for field in diagnostic.cos_lat_u)
    temperature = 288.0 + np.asarray(diagnostic.temperature_variation)
    ps = np.exp(np.asarray(horizontal.to_nodal(state.log_surface_pressure)))[0]
    π = ps / specs.nondimensionalize(1e5 * scales.units.pascal)
    speed = specs.dimensionalize(1.0, scales.units.m / scales.units.s).m
    second = specs.dimensionalize(1.0, scales.units.s).m
    ours = held_suarez(
        *(jnp.asarray(field) for field in (temperature, u * speed, v * speed, π)),
        jnp.asarray(np.asarray(horizontal.nodal_mesh[1][0])),
        parameters=PARAMETERS,
        constants=CONSTANTS,
        grid=TWENTY,
    )
    heating = horizontal.to_modal(np.asarray(ours.temperature_tendency) * second)
    drag = tuple(
        horizontal.to_modal(np.asarray(field) * second / speed / cos_φ)
        for field in (ours.eastward_wind_tendency, ours.northward_wind_tendency)
    )
    assert specs.kappa == pytest.approx(CONSTANTS.kappa, rel=1e-2)
    assert_close("vorticity", horizontal.curl_cos_lat(drag), tendency.vorticity, 1e-12)
    assert_close("divergence", horizontal.div_cos_lat(drag), tendency.divergence, 1e-12)
    assert_close("temperature", heating, tendency.temperature_variation, 1e-12)
