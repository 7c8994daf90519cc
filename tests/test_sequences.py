"""Several steps in a row: what a column test cannot see, such as a heating on one step in three."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from jcm.boundary.preparation import prepare_boundary_fields
from jcm.physics.daily_forcing import daily_forcing
from jcm.physics.orographic_correction import orographic_correction
from jcm.physics.physics_driver import physics_driver
from jcm.surface.interpolation import interpolate_five_point, interpolate_linear
from reference import kernels
from reference.declarations import PROCESSES

needs_fortran = pytest.mark.skipif(not kernels.available(), reason=kernels.unavailable_reason())

# What the driver hands to itself from one step to the next: output -> input.
KEPT = {
    name: f"{name}_in"
    for name in (
        "longwave_transmissivity",
        "stratospheric_correction",
        "temperature_tendency_shortwave",
        "toa_net_shortwave",
        "surface_downward_shortwave",
        "surface_net_shortwave",
    )
}


def _field_difference(value, expected) -> float:
    value, expected = np.asarray(value, float), np.asarray(expected, float)
    assert value.shape == expected.shape
    assert np.isfinite(value).all()
    scale = np.abs(expected).max()
    return float(np.abs(value - expected).max() / scale) if scale else float(np.abs(value).max())


def _run_driver_sequence(golden, step_function):
    """Run the physics through all stored steps with its own kept state; the worst differences."""
    process = PROCESSES["physics_driver"]
    sequence = xr.open_dataset(golden / "physics/physics_driver_sequence.nc", mask_and_scale=False)
    columns = sequence.sizes["column"]
    kept = {name: sequence[name].values[0] for name in KEPT.values()}
    worst = {}
    for step in range(sequence.sizes["step"]):
        inputs = {}
        for variable in process.inputs:
            values = sequence[variable.name].values[step]
            inputs[variable.name] = np.broadcast_to(values, (columns, *variable.shape))
        outputs = step_function({**inputs, **kept})
        computed = bool(sequence["shortwave_step"].values[step])
        for variable in process.outputs:
            if variable.defined_where and not computed:
                continue
            difference = _field_difference(
                outputs[variable.name], sequence[variable.name].values[step]
            )
            worst[variable.name] = max(worst.get(variable.name, 0.0), difference)
        kept = {KEPT[name]: np.asarray(outputs[name]) for name in KEPT}
    return worst


def _column_first(outputs) -> dict[str, np.ndarray]:
    return {k: np.moveaxis(np.asarray(v), -1, 0) for k, v in outputs._asdict().items()}


def test_physics_driver_carries_its_state_through_seven_steps(golden):
    driver = jax.jit(physics_driver)

    def step(inputs):
        moved = {k: jnp.asarray(np.moveaxis(v, 0, -1)) for k, v in inputs.items()}
        return _column_first(driver(**moved))

    worst = _run_driver_sequence(golden, step)
    assert {k: v for k, v in worst.items() if v > 1e-12} == {}


@needs_fortran
def test_fortran_physics_driver_carries_its_state_through_seven_steps(golden):
    worst = _run_driver_sequence(golden, lambda x: kernels.run(PROCESSES["physics_driver"], x))
    assert {k: v for k, v in worst.items() if v > 1e-12} == {}


def test_shortwave_heating_acts_on_every_step(golden):
    """The published port applied it on one step in three."""
    sequence = xr.open_dataset(golden / "physics/physics_driver_sequence.nc", mask_and_scale=False)
    inputs = {}
    for variable in PROCESSES["physics_driver"].inputs:
        values = sequence[variable.name].values[2]
        shape = (sequence.sizes["column"], *variable.shape)
        inputs[variable.name] = jnp.asarray(np.moveaxis(np.broadcast_to(values, shape), 0, -1))
    assert not np.asarray(inputs["shortwave_step"]).any()
    with_heating = physics_driver(**inputs)
    kept = inputs["temperature_tendency_shortwave_in"]
    without = physics_driver(
        **{**inputs, "temperature_tendency_shortwave_in": jnp.zeros_like(kept)}
    )
    difference = with_heating.temperature_tendency - without.temperature_tendency
    np.testing.assert_allclose(difference, kept, rtol=0, atol=1e-18)
    assert float(jnp.abs(kept).max()) > 1e-6


@pytest.fixture(scope="module")
def boundary():
    return prepare_boundary_fields()


def test_daily_boundary_fields_follow_from_the_packed_data(golden, boundary):
    """From the packed files to the fields that the physics sees, on twelve dates."""
    expected = xr.open_dataset(golden / "surface/daily_boundary_fields.nc", mask_and_scale=False)
    worst = {}

    def compare(name, value, day):
        target = expected[name].values if day is None else expected[name].values[day]
        difference = _field_difference(np.asarray(value).T, target)
        worst[name] = max(worst.get(name, 0.0), difference)

    for day, date in enumerate(expected["date_yyyymmdd"].values):
        month = int(date) // 100 % 100
        t = float(expected["month_fraction"].values[day])
        land_temperature = interpolate_five_point(boundary.land_temperature_monthly, month, t)
        snow_depth = interpolate_linear(boundary.snow_depth_monthly, month, t)
        soil_water = interpolate_linear(boundary.soil_water_availability_monthly, month, t)
        sst = interpolate_five_point(boundary.sea_surface_temperature_monthly, month, t)
        compare("land_temperature_climatology", land_temperature, day)
        compare("snow_depth", snow_depth, day)
        compare("soil_water_availability", soil_water, day)
        compare("interpolated_sst", sst, day)

        ice = jnp.asarray(expected["sea_ice_fraction"].values[day].T)
        forcing = daily_forcing(
            snow_depth=snow_depth,
            sea_ice_fraction=ice,
            bare_land_albedo=jnp.asarray(boundary.bare_land_albedo),
            land_fraction=jnp.asarray(boundary.land_fraction),
        )
        for name, value in forcing._asdict().items():
            compare(name, value, day)
        correction = orographic_correction(
            land_fraction=jnp.asarray(boundary.land_fraction),
            sea_fraction=jnp.asarray(boundary.sea_fraction),
            land_surface_temperature=jnp.asarray(
                expected["land_surface_temperature"].values[day].T
            ),
            sea_surface_temperature=jnp.asarray(expected["sea_surface_temperature"].values[day].T),
            surface_geopotential=jnp.asarray(boundary.surface_geopotential),
        )
        compare("humidity_correction", correction.humidity_correction, day)
        compare("temperature_correction", correction.temperature_correction, None)
    assert {k: v for k, v in worst.items() if v > 1e-12} == {}
