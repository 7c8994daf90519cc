"""The Jablonowski-Williamson flow: balanced by hand and by Dinosaur's equations, pushed rightly."""

from __future__ import annotations

import functools
import math

import jax.numpy as jnp
import numpy as np
import pytest

from jcm.constants import PhysicalConstants
from jcm.dynamics.baroclinic_wave import BaroclinicWaveParameters, baroclinic_wave, perturbation
from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.dynamics.parameters import DynamicsParameters
from jcm.formulation import CORRECTED
from jcm.vertical_grid import VerticalGrid
from tests.closeness import assert_close

TWENTY = VerticalGrid(tuple(float(k) / 20 for k in range(21)))
FINE = VerticalGrid(tuple(float(k) / 400 for k in range(401)))
SPEEDY = VerticalGrid.speedy(CORRECTED)
CONSTANTS = PhysicalConstants.for_formulation(CORRECTED)
DYNAMICS = DynamicsParameters.for_formulation(CORRECTED)
PARAMETERS = BaroclinicWaveParameters.for_formulation(CORRECTED)


@functools.cache
def _wave(longitudes=128, latitudes=64, grid=TWENTY, perturbed=False):
    return baroclinic_wave(
        GaussianGrid.exact(longitudes, latitudes),
        grid,
        perturbed=perturbed,
        parameters=PARAMETERS,
        dynamics=DYNAMICS,
        constants=CONSTANTS,
        dtype=jnp.float64,
    )


@pytest.mark.parametrize("grid", [SPEEDY, TWENTY])
def test_the_flow_is_zonal_dry_symmetric_and_35_metres_per_second_fast(grid):
    atmosphere, surface = _wave(grid=grid)
    for name, field in {**atmosphere._asdict(), "surface": surface}.items():
        field = np.asarray(field)
        assert (field == field[:1]).all(), f"{name} varies along parallels"
        assert_close(f"other hemisphere of {name}", field[..., ::-1] + 0.0, field, 1e-13)
    for name in ("northward_wind", "specific_humidity", "log_normalized_surface_pressure"):
        assert (np.asarray(getattr(atmosphere, name)) == 0.0).all(), name
    jets = np.asarray(atmosphere.eastward_wind[0])
    assert jets.min() >= 0.0
    level, row = np.unravel_index(jets.argmax(), jets.shape)
    sigma = np.asarray(grid.full_level_sigma)
    assert level == np.abs(sigma - 0.252).argmin()
    horizontal = GaussianGrid.exact(128, 64)
    assert abs(abs(horizontal.latitude_degrees[row]) - 45.0) < 1.5
    assert jets.max() == pytest.approx(35.0, rel=0.02)


def test_mean_temperature_falls_with_the_lapse_rate_and_rises_above_the_tropopause():
    """The global mean is ⟨T⟩, because the other part vanishes in the mean over the sphere.

    It contains cos³ φ, which the quadrature does not integrate exactly.
    """
    atmosphere, surface = _wave()
    weight = GaussianGrid.exact(128, 64).quadrature_weight / 2.0
    mean = np.asarray(atmosphere.temperature[0]) @ weight
    η = np.asarray(TWENTY.full_level_sigma)
    R = 2.0 / 7.0 * 1004.0
    expected = 288.0 * η ** (R * 0.005 / 9.81) + 4.8e5 * np.maximum(0.0, 0.2 - η) ** 5
    assert_close("global mean temperature", mean, expected, 5e-9)
    assert abs(float(np.asarray(surface[0]) @ weight)) < 1e-7 * float(np.abs(surface).max())


def test_the_geopotential_is_hydrostatic_and_the_wind_in_gradient_wind_balance():
    """Differences of a fine grid stand for the derivatives."""
    atmosphere, _ = _wave(64, 160, FINE)
    horizontal = GaussianGrid.exact(64, 160)
    Φ, T = np.asarray(atmosphere.geopotential[0]), np.asarray(atmosphere.temperature[0])
    u = np.asarray(atmosphere.eastward_wind[0])
    η = np.asarray(FINE.full_level_sigma)
    R = CONSTANTS.gas_constant
    slope = (Φ[2:] - Φ[:-2]) / (np.log(η[2:]) - np.log(η[:-2]))[:, None]
    # Above 50 hPa a grid equidistant in sigma no longer resolves ln sigma.
    below = η[1:-1] > 0.05
    assert_close("-R T", slope[below], -R * T[1:-1][below], 3e-4)

    sin_φ, cos_φ = horizontal.sine_latitude, horizontal.cosine_latitude
    a, f = DYNAMICS.planet_radius, 2.0 * DYNAMICS.rotation_rate * sin_φ
    φ = horizontal.latitude_radians
    force = -(f * u + u**2 * (sin_φ / cos_φ) / a) * a
    assert_close("-dΦ/dφ", np.gradient(Φ, φ, axis=1)[:, 1:-1], force[:, 1:-1], 3e-3)


def test_the_perturbation_is_a_bell_of_one_metre_per_second_at_20_east_40_north():
    horizontal = GaussianGrid.exact(720, 360)
    push = perturbation(horizontal, parameters=PARAMETERS)
    longitude, row = np.unravel_index(push.argmax(), push.shape)
    assert horizontal.longitude_degrees[longitude] == 20.0
    assert abs(horizontal.latitude_degrees[row] - 40.0) < 0.3
    assert push.max() == pytest.approx(1.0, abs=2e-3)
    assert push.min() >= 0.0
    # On the meridian of the centre a tenth of a radian is the e-folding distance.
    profile = np.interp(40.0 + math.degrees(0.1), horizontal.latitude_degrees, push[longitude])
    assert profile == pytest.approx(math.exp(-1.0), rel=2e-3)
    whole = _wave(perturbed=True).atmosphere._asdict()
    for name, still in _wave().atmosphere._asdict().items():
        difference = np.asarray(whole[name]) - np.asarray(still)
        if name == "eastward_wind":
            bell = perturbation(GaussianGrid.exact(128, 64), parameters=PARAMETERS)
            assert_close(name, difference, np.broadcast_to(bell[:, None], difference.shape), 1e-13)
        else:
            assert (difference == 0.0).all(), f"{name} is perturbed"


@pytest.fixture(scope="module")
def oracle():
    """Dinosaur's own state and perturbation, at T85 so that its truncation does not show."""
    from dinosaur import (
        coordinate_systems,
        primitive_equations_states,
        scales,
        sigma_coordinates,
        spherical_harmonic,
        units,
    )

    coords = coordinate_systems.CoordinateSystem(
        spherical_harmonic.Grid.T85(radius=DYNAMICS.planet_radius),
        sigma_coordinates.SigmaCoordinates(np.asarray(SPEEDY.half_level_sigma)),
    )
    specs = units.SimUnits(
        radius=DYNAMICS.planet_radius,
        angular_velocity=DYNAMICS.rotation_rate,
        gravity_acceleration=CONSTANTS.gravity,
        ideal_gas_constant=CONSTANTS.gas_constant,
        water_vapor_gas_constant=461.5,
        water_vapor_isobaric_heat_capacity=1859.0,
        kappa=CONSTANTS.kappa,
        scale=scales.SI_SCALE,
    )
    start, features = primitive_equations_states.steady_state_jw(coords, specs)
    push = primitive_equations_states.baroclinic_perturbation_jw(coords, specs)
    return coords, start(), features, push


def test_the_core_library_has_the_same_flow(oracle):
    coords, state, features, _ = oracle
    horizontal = coords.horizontal
    wave, surface = _wave(256, 128, SPEEDY)
    ours = {name: np.moveaxis(np.asarray(f), 0, -2) for name, f in wave._asdict().items()}
    T = horizontal.to_modal(ours["temperature"] - features["ref_temperatures"][:, None, None])
    assert_close("temperature", T, state.temperature_variation, 1e-12)
    assert_close("geopotential", ours["geopotential"], features["geopotential"], 1e-12)
    assert_close("surface geopotential", surface, features["orography"] * CONSTANTS.gravity, 1e-12)
    over_cosine = horizontal.to_modal(ours["eastward_wind"] / horizontal.cos_lat)
    pair = (over_cosine, jnp.zeros_like(over_cosine))
    # cos² φ is not smooth at the poles: the truncated wind is not that of the truncated vorticity.
    assert_close("vorticity", horizontal.curl_cos_lat(pair), state.vorticity, 1e-4)
    assert np.abs(horizontal.div_cos_lat(pair)).max() < 1e-12 * np.abs(state.vorticity).max()
    log_ps = np.asarray(horizontal.to_nodal(state.log_surface_pressure))[0] - math.log(1e5)
    assert np.abs(log_ps - ours["log_normalized_surface_pressure"]).max() < 1e-8


def test_the_core_library_has_the_same_perturbation(oracle):
    coords, _, _, expected = oracle
    horizontal = coords.horizontal
    bell = perturbation(GaussianGrid.exact(256, 128), parameters=PARAMETERS)
    over_cosine = horizontal.to_modal(bell[None] / horizontal.cos_lat)
    pair = (over_cosine, jnp.zeros_like(over_cosine))
    assert_close("vorticity", horizontal.curl_cos_lat(pair)[0], expected.vorticity[3], 1e-6)
    assert_close("divergence", horizontal.div_cos_lat(pair)[0], expected.divergence[3], 1e-6)
