"""The example of the sensitivity to sea-surface temperature: its gradient and its balance."""

from __future__ import annotations

import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from typer.testing import CliRunner

import jcm
from jcm.dynamics.packing import pack
from jcm.dynamics.state import SpectralState

EXAMPLES = Path(__file__).parent.parent / "examples"
sys.path.insert(0, str(EXAMPLES))

from geostrophic_balance import (  # noqa: E402
    Winds,
    balance_between,
    balance_by_latitude,
    eddies,
    winds_of,
)
from sst_model import REGIONS, Region, SSTModel, patch, sensitivities, slopes  # noqa: E402
from sst_sensitivity import main  # noqa: E402

LEVELS = slice(0, 8)


@pytest.fixture(scope="module")
def model():
    """Segments of three steps: short-wave radiation is computed in one of them."""
    return SSTModel(jcm.Model(dtype=jnp.float64), steps=3)


@pytest.fixture(scope="module")
def trajectory(model):
    return model.trajectory(model.model.initial_state(), 3)


# The gradient


@pytest.mark.parametrize("segments", [1, 2])
def test_the_gradient_is_what_differences_of_the_model_say(model, trajectory, segments):
    # Two steps go by before the air feels the sea; after that it is felt at all heights of a level.
    observable = model.height(REGIONS["tropics"], 500.0)
    gradient = sensitivities(model, trajectory, observable)[segments]
    assert float(jnp.abs(gradient).max()) > 0.0
    for longitude, latitude in ((150.0, 2.0), (155.0, 35.0), (330.0, -30.0)):
        pattern = patch(model.grid, longitude, latitude)
        value = {segments: float(observable(trajectory[-1]))}
        derivative = {segments: float(jnp.sum(gradient * pattern))}
        given = (model, trajectory[-1 - segments], observable, pattern)
        errors = [slopes(*given, size, value, derivative)[0].error for size in (1e-2, 1e-3, 1e-4)]
        assert min(errors) < 1e-6, (
            f"patch at {longitude} E, {latitude} N, {segments} segments: derivative "
            f"{derivative[segments]}, relative errors of the differences {errors}"
        )


def test_where_there_is_no_sea_there_is_no_gradient(model, trajectory):
    gradient = sensitivities(model, trajectory, model.height(REGIONS["tropics"], 500.0))[-1]
    on_land = np.abs(gradient)[model.sea_fraction == 0.0]
    assert len(on_land) > 100
    assert on_land.max() == 0.0


def test_the_water_is_warmer_by_the_pattern_at_every_time(model, trajectory):
    pattern = 1.5 * patch(model.grid, 180.0, 70.0)
    state = trajectory[0]
    for control in trajectory[1:]:
        state = model.forward(state, pattern)
        surface, before = state.surface, control.surface
        # Ice keeps its area; its temperature follows the fluxes.
        np.testing.assert_array_equal(surface.sea_ice_fraction, before.sea_ice_fraction)
        ice_warming = surface.ice_temperature - before.ice_temperature
        np.testing.assert_allclose(
            surface.sea_surface_temperature - before.sea_surface_temperature,
            pattern + before.sea_ice_fraction * (ice_warming - pattern),
            rtol=0,
            atol=1e-10,
        )
        assert float(jnp.abs(ice_warming).max()) < 0.1
    assert float(before.sea_ice_fraction.max()) > 0.5


# Geostrophic balance


@pytest.fixture(scope="module")
def exact():
    """A model whose latitudes are Gaussian: its transform loses nothing. It makes no step."""
    return jcm.Model(formulation="corrected", dtype=jnp.float64)


@pytest.fixture(scope="module")
def flat(exact):
    """Inputs without mountains."""
    inputs = exact.inputs
    return inputs._replace(surface_geopotential=jnp.zeros_like(inputs.surface_geopotential))


def rows_of(model):
    grid = model.configuration.core.horizontal
    return grid.latitude_degrees, 0.5 * grid.quadrature_weight, 25.0


def isothermal(model, temperature, *, vorticity, log_pressure):
    """A state of one temperature; vorticity as rows of the grid, pressure in spectral space."""
    transform = model.configuration.core.transform

    def levels(rows):
        return pack(transform.analysis(jnp.broadcast_to(jnp.asarray(rows), (8, 96, 48))))

    zero = levels(np.zeros(48))
    return SpectralState(
        vorticity=levels(vorticity),
        divergence=zero,
        temperature=levels(np.full(48, temperature)),
        specific_humidity=zero,
        log_normalized_surface_pressure=log_pressure,
    )


def balanced_rotation(model, speed, temperature=280.0):
    """A solid rotation u = U cos φ of isothermal air, held by ln p_s = -Ω U a sin² φ / (R T).

    In the geostrophic sense: without the term u² tan φ / a of the curvature.
    """
    dynamics, constants = model.parameters.dynamics, model.parameters.constants
    core = model.configuration.core
    sine = core.horizontal.sine_latitude
    a, Ω, R = dynamics.planet_radius, dynamics.rotation_rate, constants.gas_constant
    log_pressure = -Ω * speed * a / (R * temperature) * sine**2
    return isothermal(
        model,
        temperature,
        vorticity=2.0 * speed / a * sine,
        log_pressure=core.spectral_map(jnp.broadcast_to(jnp.asarray(log_pressure), (96, 48))),
    )


def test_a_balanced_flow_is_balanced(exact, flat):
    core = exact.configuration.core
    fields = winds_of(balanced_rotation(exact, 30.0), flat, core)
    expected = np.broadcast_to(30.0 * core.horizontal.cosine_latitude, (96, 8, 48))
    np.testing.assert_allclose(fields.actual[0], expected, atol=1e-9)
    np.testing.assert_allclose(fields.geostrophic[0], expected, atol=1e-6)
    for name, balance in balance_between(fields, LEVELS, *rows_of(exact)).items():
        assert (balance.correlation, balance.slope) == pytest.approx((1.0, 1.0), abs=1e-9), name
        assert balance.residual < 1e-7, name


def test_the_tangent_of_a_balanced_family_is_balanced(exact, flat):
    """Rotations of any speed are balanced, hence so is the increment from one to the next."""
    core = exact.configuration.core
    one, two = (balanced_rotation(exact, speed) for speed in (10.0, 11.0))
    increment = jax.tree.map(jnp.subtract, two, one)
    fields = jax.jvp(lambda state: winds_of(state, flat, core), (one,), (increment,))[1]
    balance = balance_by_latitude(fields, LEVELS)
    assert balance.correlation == pytest.approx(1.0, abs=1e-6)
    assert balance.slope == pytest.approx(1.0, abs=1e-6)


def test_mountains_alone_hold_no_wind(exact):
    """Isothermal air at rest over mountains: the two terms of the force cancel."""
    inputs, T = exact.inputs, 280.0
    ground = inputs.surface_geopotential
    state = isothermal(
        exact,
        T,
        vorticity=np.zeros(48),
        log_pressure=-ground / (exact.parameters.constants.gas_constant * T),
    )
    core = exact.configuration.core
    geostrophic = winds_of(state, inputs, core).geostrophic
    assert float(jnp.abs(geostrophic).max()) < 1e-6
    # Without the pressure, the slope of the ground would hold hurricanes.
    level = state._replace(log_normalized_surface_pressure=jnp.zeros_like(ground))
    assert float(jnp.abs(winds_of(level, inputs, core).geostrophic).max()) > 100.0


def test_other_winds_are_not_balanced(exact, flat):
    fields = winds_of(balanced_rotation(exact, 30.0), flat, exact.configuration.core)
    rows = rows_of(exact)
    across = Winds(fields.actual[::-1] * jnp.array([-1.0, 1.0])[:, None, None, None], fields[1])
    assert abs(balance_between(across, LEVELS, *rows)["both"].correlation) < 1e-6
    noise = jax.random.normal(jax.random.key(0), fields.actual.shape) * 30.0
    half = balance_between(Winds(fields[1] + noise, fields[1]), LEVELS, *rows)["both"]
    assert half.correlation < 0.7
    assert half.residual > 0.7
    reversed_ = balance_between(Winds(-fields[1], fields[1]), LEVELS, *rows)["north"]
    assert (reversed_.correlation, reversed_.slope) == pytest.approx((-1.0, -1.0))
    assert reversed_.residual == pytest.approx(2.0)
    # What does not vary along a parallel is no eddy.
    assert float(jnp.abs(eddies(fields).actual).max()) < 1e-9


# The region and the command


def test_a_region_may_cross_the_meridian_of_greenwich(model):
    weights = Region(350.0, 10.0, 30.0, 60.0).weights(model.grid)
    assert weights.sum() == pytest.approx(1.0)
    inside = model.grid.longitude_degrees[weights.any(axis=1)]
    assert set(inside) == {0.0, 3.75, 7.5, 352.5, 356.25}
    for region in REGIONS.values():
        assert region.weights(model.grid).sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("atlantis", "region is 'atlantis', expected one of pacific_north_america"),
        ("0,10,50", "region is '0,10,50', expected one of"),
        ("0,10,50,40", "latitudes of the region are 50.0 to 40.0, expected an interval"),
    ],
)
def test_impossible_regions_are_refused(text, sentence):
    with pytest.raises(ValueError, match=sentence):
        Region.named(text)


def test_the_command_says_what_it_expects(tmp_path):
    import typer

    app = typer.Typer()
    app.command()(main)
    result = CliRunner().invoke(app, ["--region", "atlantis", "--output", str(tmp_path)])
    assert result.exit_code == 2
    assert "atlantis" in result.output
