"""The dynamics of the Fortran against the numbers of the original."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from reference import dynamics, kernels
from tests.closeness import assert_close, complex_of

pytestmark = pytest.mark.skipif(not kernels.available(), reason=kernels.unavailable_reason())

SINGLE = 1e-12
DAY = 1e-11
LEVEL_FIELDS = ("vorticity", "divergence", "temperature", "specific_humidity")
FIELDS = (*LEVEL_FIELDS, "log_normalized_surface_pressure")
L = np.arange(31)[:, np.newaxis] + np.arange(32)


def assert_states_close(state, expected, tolerance):
    for name in FIELDS:
        assert_close(name, state[name], expected[name], tolerance)


def variable(dataset, name):
    return complex_of(dataset, name) if f"{name}_real" in dataset else dataset[name].values


def stored_digits(dataset, name):
    """Relative precision that rounding the mantissa has left in a stored variable."""
    bits = dataset[f"{name}_real"].attrs.get("_QuantizeBitRoundNumberOfSignificantBits")
    return 0.0 if bits is None else 2.0 ** -(int(bits) + 1)


@pytest.fixture(scope="module")
def open_golden(golden):
    return lambda path: xr.open_dataset(golden / path)


@pytest.fixture(scope="module")
def restart(open_golden):
    file = open_golden("dynamics/restart_state.nc")
    return {name: complex_of(file, name) for name in (*FIELDS, "surface_geopotential")}


@pytest.fixture(scope="module")
def corrections(open_golden):
    file = open_golden("dynamics/step_dynamics_only.nc")
    return complex_of(file, "temperature_correction"), complex_of(file, "humidity_correction")


def test_transforms_of_the_original(open_golden):
    file = open_golden("dynamics/spectral_transform.nc")
    coefficients = complex_of(file, "spectral_field")
    for name, over_cosine in (("grid_plain", False), ("grid_over_cosine", True)):
        grid = dynamics.synthesis(coefficients, over_cosine=over_cosine)
        assert_close(name, grid, file[name].values, SINGLE)
    found = dynamics.analysis(file["grid_field"].values)
    assert_close("spectral_of_grid", found, complex_of(file, "spectral_of_grid"), SINGLE)


def test_operators_of_the_original(open_golden):
    file = open_golden("dynamics/spectral_operators.nc")
    vorticity, divergence = complex_of(file, "vorticity"), complex_of(file, "divergence")
    x, y = dynamics.gradient(complex_of(file, "scalar"))
    u, v = dynamics.winds(vorticity, divergence)
    curl, divergence_of_flux = dynamics.curl_and_divergence(
        file["eastward_flux"].values, file["northward_flux"].values
    )
    found = {
        "gradient_x_cos": x,
        "gradient_y_cos": y,
        "laplacian": dynamics.laplacian(vorticity),
        "inverse_laplacian": dynamics.inverse_laplacian(vorticity),
        "truncated": dynamics.truncated(vorticity),
        "curl": curl,
        "divergence_of_flux": divergence_of_flux,
    }
    for name, value in found.items():
        assert_close(name, value, complex_of(file, name), SINGLE)
    for name, value in (("eastward_wind", u), ("northward_wind", v)):
        expected = np.where(L <= 31, complex_of(file, f"{name}_cos"), 0)
        assert_close(f"{name}_cos", np.where(L <= 31, value, 0), expected, SINGLE)
        grid = dynamics.synthesis(value[-1], over_cosine=True)
        assert_close(name, grid, file[name].values, SINGLE)


def test_geopotential_of_the_original(open_golden):
    file = open_golden("dynamics/geopotential.nc")
    temperature, ground = complex_of(file, "temperature"), complex_of(file, "surface_geopotential")
    expected = complex_of(file, "geopotential")
    for case in range(len(expected)):
        found = dynamics.geopotential(temperature[case], ground[case])
        assert_close(f"geopotential, case {case}", found, expected[case], SINGLE)


@pytest.mark.parametrize(
    ("path", "function"),
    [
        ("dynamics/semi_implicit.nc", dynamics.semi_implicit_constants),
        ("dynamics/horizontal_diffusion.nc", dynamics.diffusion_constants),
    ],
)
def test_constants_of_the_original(path, function, open_golden):
    file = open_golden(path)
    for i, time_step in enumerate(file["time_step"].values):
        for name, value in function(float(time_step)).items():
            expected = file[name].isel(time_step=i, missing_dims="ignore").values
            assert_close(f"{name}, {time_step} s", value, expected, SINGLE)


def test_diffusion_of_the_original(open_golden):
    file = open_golden("dynamics/horizontal_diffusion.nc")
    found = dynamics.diffuse(complex_of(file, "field"), complex_of(file, "tendency"), 4800.0)
    assert_close("tendency", found, complex_of(file, "diffused_tendency"), SINGLE)


def test_initial_state_of_the_original(open_golden):
    orography = open_golden("dynamics/horizontal_diffusion.nc")
    found = dynamics.initial_state(orography["surface_geopotential_unfiltered"].values)
    name = "surface_geopotential_filtered"
    assert_close(name, found[name], orography[name].values, SINGLE)
    file = open_golden("dynamics/cold_start.nc")
    for name in FIELDS:
        assert_close(name, found[name], complex_of(file, f"{name}_initial"), SINGLE)
    ground = complex_of(file, "surface_geopotential")
    assert_close("surface_geopotential", found["surface_geopotential"], ground, SINGLE)


def test_tendencies_of_the_original(open_golden, restart):
    file = open_golden("dynamics/step_dynamics_only.nc")
    longitudes = file["longitude_subset_index"].values
    found = dynamics.gridpoint_tendencies(restart)
    assert len(found) == 20
    for name, value in found.items():
        on_grid = not name.endswith("_gridpoint")
        subset = value[..., longitudes] if on_grid else value
        assert_close(name, subset, variable(file, name), SINGLE)
    implicit = dynamics.implicit_tendencies(restart)
    for name in FIELDS[1:3] + FIELDS[4:]:
        stage = f"{name}_tendency_implicit"
        assert_close(stage, implicit[stage], complex_of(file, stage), SINGLE)


def test_step_of_the_original_without_physics(open_golden, restart, corrections):
    file = open_golden("dynamics/step_dynamics_only.nc")
    after = dynamics.step(restart, *corrections)
    assert_states_close(after, {name: complex_of(file, name) for name in FIELDS}, SINGLE)
    longitudes = file["longitude_subset_index"].values
    velocity = after["sigma_velocity"][..., longitudes]
    assert_close("sigma_velocity", velocity, file["sigma_velocity"].values, SINGLE)


def test_step_of_the_original_with_physics(open_golden, restart):
    file = open_golden("dynamics/step_full_physics.nc")
    names = ("eastward_wind", "northward_wind", "temperature", "specific_humidity")
    after = dynamics.step(
        restart,
        complex_of(file, "temperature_correction"),
        complex_of(file, "humidity_correction"),
        physics={name: file[f"{name}_tendency_physics"].values for name in names},
    )
    assert_states_close(after, {name: complex_of(file, name) for name in FIELDS}, SINGLE)


def test_day_of_the_original_without_physics(open_golden, restart, corrections):
    file = open_golden("dynamics/trajectory_dynamics_only.nc")
    after = dynamics.step(restart, *corrections, steps=36)
    for name in FIELDS:
        assert_close(name, after[name][0], complex_of(file, name), DAY)


def test_start_of_the_original_without_physics(open_golden):
    start = open_golden("dynamics/cold_start.nc")
    file = open_golden("dynamics/cold_start_dynamics_only.nc")
    state = {name: np.stack([complex_of(start, f"{name}_initial")] * 2) for name in FIELDS}
    state["surface_geopotential"] = complex_of(start, "surface_geopotential")
    corrections = (
        complex_of(file, "temperature_correction"),
        complex_of(file, "humidity_correction"),
    )
    state = dynamics.step(state, *corrections, start="half")
    for name in FIELDS:
        stored = f"{name}_forward_half_step"
        tolerance = SINGLE + stored_digits(file, stored)
        assert_close(stored, state[name][1], complex_of(file, stored), tolerance)
    state = dynamics.step(state, *corrections, start="first")
    state = dynamics.step(state, *corrections, steps=36)
    for name in FIELDS:
        stored = f"{name}_after_36"
        tolerance = DAY + stored_digits(file, stored)
        assert_close(stored, state[name][0], complex_of(file, stored), tolerance)


def test_range_check_of_the_original(open_golden):
    file = open_golden("surface/range_check.nc")
    fields = [complex_of(file, name) for name in LEVEL_FIELDS[:3]]
    for sample in range(file.sizes["sample"]):
        for name, value in dynamics.range_check(*(field[sample] for field in fields)).items():
            assert_close(name, value, file[name].values[sample], SINGLE)
