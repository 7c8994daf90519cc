"""Packed layout, operators, geopotential, implicit matrices, diffusion, filter, range check."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from jcm.constants import PhysicalConstants
from jcm.dynamics import spectral_operators as operators
from jcm.dynamics.geopotential import geopotential, hydrostatic_matrix, lapse_rate_correction
from jcm.dynamics.horizontal_diffusion import damped, horizontal_diffusion
from jcm.dynamics.packed_transform import PackedTransform
from jcm.dynamics.packing import pack, total_wavenumber, unpack
from jcm.dynamics.parameters import DynamicsParameters
from jcm.dynamics.range_check import range_check
from jcm.dynamics.semi_implicit import (
    add_linear_terms,
    inverse_matrices,
    linear_matrices,
    make_implicit,
    semi_implicit_tables,
)
from jcm.dynamics.spectral_transform import SpectralTransform
from jcm.dynamics.speedy_core import SpeedyCore
from jcm.dynamics.state import SpectralState
from jcm.dynamics.time_stepping import filter_tables, stepped
from jcm.formulation import CORRECTED, ORIGINAL
from jcm.vertical_grid import VerticalGrid
from tests.closeness import assert_close, complex_of

TOLERANCE = 1e-14
LEAPFROG = 4800.0

PARAMETERS, CONSTANTS = DynamicsParameters(), PhysicalConstants()
GRID = VerticalGrid.speedy()
TABLES = operators.operator_tables(PARAMETERS.planet_radius)
L = total_wavenumber()

seeds = st.integers(0, 2**32 - 1)
formulations = st.sampled_from([ORIGINAL, CORRECTED])


def random_packed(seed, fields=3, largest=30):
    """Random coefficients with l up to `largest`, real for m = 0."""
    rng = np.random.default_rng(seed)
    spectral = rng.normal(size=(fields, 31, 32)) + 1j * rng.normal(size=(fields, 31, 32))
    spectral[:, 0] = spectral[:, 0].real
    return jnp.asarray(pack(np.where(largest >= L, spectral, 0.0)))


def packed_variable(dataset, name):
    values = complex_of(dataset, name)
    return jnp.asarray(pack(values if values.ndim == 3 else values[None]))


def constants_of(formulation):
    parameters = DynamicsParameters.for_formulation(formulation)
    return parameters, PhysicalConstants.for_formulation(formulation)


@pytest.fixture(scope="module")
def dynamics(golden):
    return lambda name: xr.load_dataset(golden / f"dynamics/{name}.nc")


# The packed layout.


@given(seed=seeds)
def test_unpacking_undoes_packing(seed):
    rng = np.random.default_rng(seed)
    spectral = rng.normal(size=(2, 3, 31, 32)) + 1j * rng.normal(size=(2, 3, 31, 32))
    for array in (spectral, jnp.asarray(spectral)):
        packed = pack(array)
        assert packed.shape == (62, 2, 3, 32)
        assert isinstance(packed, type(array))
        np.testing.assert_array_equal(unpack(packed), spectral)


@given(seed=seeds, formulation=formulations)
def test_packed_transform_is_the_transform(seed, formulation):
    transform = SpectralTransform.speedy(formulation)
    packed = PackedTransform(transform)
    spectral = random_packed(seed, largest=31)
    field = jnp.asarray(np.random.default_rng(seed).normal(size=(96, 3, 48)))
    cosine = transform.grid.cosine_latitude
    for over_cosine in (False, True):
        plain = transform.synthesis(unpack(spectral), over_cosine=over_cosine)
        grid = packed.synthesis(spectral, over_cosine=over_cosine)
        assert_close("synthesis", grid, jnp.moveaxis(plain, 0, 1), TOLERANCE)
        divided = field / cosine if over_cosine else field
        coefficients = packed.analysis(field, over_cosine=over_cosine)
        expected = transform.analysis(jnp.moveaxis(divided, 1, 0))
        assert_close("analysis", unpack(coefficients), expected, TOLERANCE)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_packed_transform_keeps_the_precision(dtype):
    packed = PackedTransform(SpectralTransform.speedy())
    spectral = random_packed(1).astype(dtype)
    assert packed.synthesis(spectral).dtype == dtype
    assert packed.analysis(packed.synthesis(spectral)).dtype == dtype


# Spectral operators.


@pytest.mark.parametrize("case", [0, 1])
def test_operators_are_those_of_the_original(dynamics, case):
    data = dynamics("spectral_operators").isel(case=case)
    ζ, D, scalar = (packed_variable(data, n) for n in ("vorticity", "divergence", "scalar"))
    transform = SpectralTransform.speedy()
    results = dict(
        zip(("gradient_x_cos", "gradient_y_cos"), operators.gradient(scalar, TABLES), strict=True)
    )
    U, V = operators.winds(ζ, D, TABLES)
    results |= {"eastward_wind_cos": U, "northward_wind_cos": V}
    results["laplacian"] = operators.laplacian(ζ, TABLES)
    results["inverse_laplacian"] = operators.inverse_laplacian(ζ, TABLES)
    for name, value in results.items():
        expected = complex_of(data, name)
        if name.endswith("wind_cos"):
            # Beyond l = 31 nothing reaches the grid.
            value, expected = pack(np.where(L <= 31, unpack(value), 0.0)), expected * (L <= 31)
        assert_close(name, unpack(value)[0], expected, TOLERANCE)

    if case == 1:
        for name, value in {"eastward_wind": U, "northward_wind": V}.items():
            wind = PackedTransform(transform).synthesis(value, over_cosine=True)
            assert_close(name, wind[:, 0].T, data[name].values, TOLERANCE)


def test_curl_and_divergence_are_those_of_the_original(dynamics):
    data = dynamics("spectral_operators")
    packed = PackedTransform(SpectralTransform.speedy())
    flux = [jnp.asarray(data[n].values.T[:, None]) for n in ("eastward_flux", "northward_flux")]
    components = (packed.analysis(component, over_cosine=True) for component in flux)
    curl, divergence = operators.curl_and_divergence(*components, TABLES)
    assert_close("curl", unpack(curl)[0], complex_of(data, "curl"), TOLERANCE)
    expected = complex_of(data, "divergence_of_flux")
    assert_close("divergence", unpack(divergence)[0], expected, TOLERANCE)
    assert curl[0, 0, 0] == 0.0
    assert divergence[0, 0, 0] == 0.0


@given(seed=seeds)
def test_inverse_laplacian_undoes_laplacian(seed):
    field = random_packed(seed, largest=61).at[0, :, 0].set(0.0)
    back = operators.inverse_laplacian(operators.laplacian(field, TABLES), TABLES)
    assert_close("field", back, field, TOLERANCE)


@given(seed=seeds)
def test_wind_of_a_potential_is_its_gradient(seed):
    potential = random_packed(seed)
    D = operators.laplacian(potential, TABLES)
    U, V = operators.winds(jnp.zeros_like(D), D, TABLES)
    X, Y = operators.gradient(potential, TABLES)
    assert_close("u", U, X, 1e-13)
    assert_close("v", V, Y, 1e-13)


@given(seed=seeds)
def test_vorticity_and_divergence_survive_the_way_over_the_wind(seed):
    packed = PackedTransform(SpectralTransform.speedy(CORRECTED))
    ζ, D = (random_packed(seed + i).at[0, :, 0].set(0.0) for i in (0, 1))
    wind = (packed.synthesis(w, over_cosine=True) for w in operators.winds(ζ, D, TABLES))
    components = (packed.analysis(w, over_cosine=True) for w in wind)
    curl, divergence = operators.curl_and_divergence(*components, TABLES)
    stepped_in_time = pack(np.tile(L <= 30, (3, 1, 1)) * (1 + 1j))
    assert_close("vorticity", curl * stepped_in_time, ζ, 1e-12)
    assert_close("divergence", divergence * stepped_in_time, D, 1e-12)


# Geopotential.


def test_geopotential_is_that_of_the_original(dynamics):
    data = dynamics("geopotential").isel(case=0)
    core = SpeedyCore.speedy()
    tables = core.step_constants(PARAMETERS, CONSTANTS, LEAPFROG, dtype=jnp.float64)
    Φ = geopotential(
        packed_variable(data, "temperature"),
        packed_variable(data, "surface_geopotential"),
        tables.hydrostatic,
    )
    assert_close("geopotential", unpack(Φ), complex_of(data, "geopotential"), TOLERANCE)


def test_lapse_rate_correction_sees_no_isothermal_atmosphere():
    R = CONSTANTS.gas_constant
    isothermal = np.full(GRID.levels, 250.0)
    assert np.abs(lapse_rate_correction(R, GRID) @ isothermal).max() < 1e-9
    # The hydrostatic equation for constant temperature: Φ = R T ln(1/σ), to rounding of σ.
    Φ = hydrostatic_matrix(R, GRID) @ isothermal
    assert_close("geopotential", Φ, -R * 250.0 * np.log(GRID.full_level_sigma), 1e-14)


# Semi-implicit correction.


@pytest.mark.parametrize("index", [0, 1, 2])
def test_semi_implicit_matrices_are_those_of_the_original(dynamics, index):
    data = dynamics("semi_implicit").isel(time_step=index)
    matrices = linear_matrices(PARAMETERS, CONSTANTS, GRID)
    given_to = (PARAMETERS, CONSTANTS, GRID, float(data.time_step))
    J = inverse_matrices(matrices, *given_to)
    tables = semi_implicit_tables(*given_to)
    for name, value in {
        "reference_temperature": matrices.reference_temperature,
        "gas_constant_reference_temperature": tables.gas_constant_reference_temperature[:, 0],
        "matrix_a": matrices.layer_warming,
        "matrix_b": matrices.interface_velocity,
        "matrix_c": matrices.warming,
        "matrix_hydrostatic": matrices.hydrostatic,
        "matrix_e": matrices.hydrostatic @ matrices.warming,
        "inverse_matrix": J[:31],
        "xi_thickness": tables.ξ * tables.sigma_thickness[0],
        "helmholtz_factor": -tables.ξ * TABLES.laplacian[:31, 0],
    }.items():
        assert_close(name, value, data[name].values, TOLERANCE)


@given(seed=seeds, time_step=st.floats(60.0, 7200.0), formulation=formulations)
def test_correction_is_the_average_over_both_time_levels(seed, time_step, formulation):
    """The corrected tendency is that of the linear equations at X + α dt ∂X."""
    parameters, constants = constants_of(formulation)
    grid = VerticalGrid.speedy(formulation)
    tables = semi_implicit_tables(parameters, constants, grid, time_step)
    tables = jax.tree.map(jnp.asarray, tables)

    def random_state(offset, levels=8):
        scales = (0.0, 1e-5, 1.0, 0.0)
        fields = [scale * random_packed(seed + offset, levels) for scale in scales]
        fields[1] = fields[1].at[0, :, 0].set(0.0)
        pressure = 0.01 * random_packed(seed + offset + 10, 1).at[0, :, 0].set(0.0)
        return SpectralState(*fields, pressure)

    def linear(state, forcing):
        Φ = jnp.einsum("kK,mKn->mkn", tables.hydrostatic, state.temperature)
        tendency = add_linear_terms(forcing, state, Φ, TABLES, tables)
        return tendency._replace(divergence=tendency.divergence.at[0, :, 0].set(0.0))

    state, forcing = random_state(0), jax.tree.map(lambda x: 1e-4 * x, random_state(100))
    tendency = make_implicit(linear(state, forcing), TABLES, tables)
    middle = jax.tree.map(lambda x, dx: x + tables.ξ * dx, state, tendency)
    expected = linear(middle, forcing)
    for name in ("divergence", "temperature", "log_normalized_surface_pressure"):
        assert_close(name, getattr(tendency, name), getattr(expected, name), 1e-9)
    for name in ("vorticity", "specific_humidity"):
        np.testing.assert_array_equal(getattr(tendency, name), getattr(forcing, name))


# Horizontal diffusion.


def step_constants(formulation=ORIGINAL, time_step=LEAPFROG, dtype=jnp.float64):
    core = SpeedyCore.speedy(formulation)
    return core.step_constants(*constants_of(formulation), time_step, dtype=dtype)


@pytest.mark.parametrize("index", [0, 1, 2])
def test_diffusion_is_that_of_the_original(dynamics, index):
    data = dynamics("horizontal_diffusion").isel(time_step=index)
    tables = step_constants(time_step=float(data.time_step)).diffusion
    for name, value in {
        "damping_temperature_vorticity": tables.vorticity.rate[:31, 0],
        "damping_divergence_humidity": tables.divergence.rate[31:, 0],
        "damping_extra": tables.extra.rate[:31, 7],
        "implicit_factor_temperature_vorticity": tables.vorticity.factor[31:, 0],
        "implicit_factor_divergence_humidity": tables.divergence.factor[:31, 0],
        "implicit_factor_extra": tables.extra.factor[31:, 7],
        "vertical_profile_temperature": tables.temperature_profile[:, 0],
        "vertical_profile_humidity": tables.humidity_profile[:, 0],
    }.items():
        assert_close(name, value, data[name].values, TOLERANCE)
    if float(data.time_step) == LEAPFROG:
        field, tendency = (packed_variable(data, name) for name in ("field", "tendency"))
        result = unpack(damped(tendency, field, tables.vorticity))[0]
        assert_close("diffused", result, complex_of(data, "diffused_tendency"), TOLERANCE)


@given(seed=seeds, formulation=formulations)
def test_diffusion_damps_every_coefficient_and_does_not_overshoot(seed, formulation):
    tables = step_constants(formulation).diffusion
    field = random_packed(seed, 8)
    state = SpectralState(*[field] * 4, field[:, :1])
    rest, flat = jax.tree.map(jnp.zeros_like, state), jnp.zeros((62, 1, 32))
    tendency = horizontal_diffusion(rest, state, flat, flat, tables)
    for name in ("vorticity", "divergence", "temperature", "specific_humidity"):
        after = field + LEAPFROG * getattr(tendency, name)
        # Two dampings and a drag, each of which alone would stop short of zero.
        assert (jnp.abs(after) <= jnp.abs(field)).all(), f"{name} grows"
    np.testing.assert_array_equal(tendency.log_normalized_surface_pressure, 0.0)


@pytest.mark.parametrize("formulation", [ORIGINAL, CORRECTED])
def test_extra_diffusion_acts_where_the_formulation_says(formulation):
    damping = step_constants(formulation).diffusion.extra
    rate = np.broadcast_to(damping.rate, (62, 8, 32))[:31].swapaxes(0, 1)
    assert (rate[0][L > 0] > 0.0).all()
    below = rate[1:][:, L > 0]
    assert (below > 0.0).all() if formulation is ORIGINAL else (below == 0.0).all()


def test_drag_takes_the_zonal_mean_of_the_top_level_only():
    drag = np.asarray(step_constants().diffusion.drag_rate)
    where = np.argwhere(drag[:, :, 0] != 0.0).tolist()
    assert where == [[0, 0], [31, 0]]
    assert drag[0, 0, 0] == pytest.approx(1.0 / (720.0 * 3600.0), rel=1e-15)


@given(seed=seeds)
def test_an_atmosphere_along_the_slope_is_not_diffused(seed):
    """Temperature and humidity that differ by the correction only are level surfaces."""
    tables = step_constants().diffusion
    t_h, q_h = random_packed(seed, 1), random_packed(seed + 1, 1)
    zero = jnp.zeros((62, 8, 32))
    state = SpectralState(
        zero,
        zero,
        -t_h * tables.temperature_profile,
        -q_h * tables.humidity_profile,
        zero[:, :1],
    )
    still = jax.tree.map(jnp.zeros_like, state)
    tendency = horizontal_diffusion(still, state, t_h, q_h, tables)
    for name, value in tendency._asdict().items():
        assert np.abs(value).max() == 0.0, f"{name} has tendency {np.abs(value).max():.2e}"


# The time filter.


@pytest.mark.parametrize(("formulation", "speed"), [(ORIGINAL, 0.98842), (CORRECTED, 1.0)])
def test_a_constant_tendency_runs_at_the_speed_of_the_filter(formulation, speed):
    parameters = DynamicsParameters.for_formulation(formulation)
    tables = jax.tree.map(jnp.asarray, filter_tables(parameters, 2.0))
    one = SpectralState(*[jnp.ones((62, 1, 32))] * 5)

    def step(levels, _):
        levels = stepped(*levels, one, tables, start="leapfrog", formulation=formulation)
        return levels, levels[0].temperature[0, 0, 0]

    start = jax.tree.map(jnp.zeros_like, one), one
    _, values = jax.lax.scan(step, start, None, length=600)
    assert float(values[-1] - values[-101]) / 100 == pytest.approx(speed, abs=1e-5)


@given(seed=seeds)
def test_first_steps_do_not_filter(seed):
    tables = jax.tree.map(jnp.asarray, filter_tables(PARAMETERS, 1200.0))
    field, tendency = random_packed(seed, 8, 31), random_packed(seed + 1, 8, 31)
    state, change = (SpectralState(*[x] * 4, x[:, :1]) for x in (field, tendency))
    unread = jax.tree.map(lambda x: jnp.full_like(x, jnp.nan), state)
    for start in ("half", "first"):
        earlier, later = stepped(state, unread, change, tables, start=start, formulation=ORIGINAL)
        np.testing.assert_array_equal(earlier.vorticity, field)
        moved = np.where(L <= 30, unpack(field + 1200.0 * tendency), unpack(field))
        assert_close("later", unpack(later.vorticity), moved, TOLERANCE)


# Range check.


def test_range_diagnostics_are_those_of_the_original(golden):
    data = xr.load_dataset(golden / "surface/range_check.nc")
    for sample in range(data.sizes["sample"]):
        case = data.isel(sample=sample)
        fields = [packed_variable(case, n) for n in ("vorticity", "divergence", "temperature")]
        state = SpectralState(*fields, jnp.zeros_like(fields[0]), jnp.zeros((62, 1, 32)))
        for name, value in range_check(state)._asdict().items():
            assert_close(name, value, case[name].values, TOLERANCE)


def test_the_zonal_mean_flow_has_no_eddy_energy():
    zero = jnp.zeros((62, 8, 32))
    jet = SpectralState(zero.at[0, :, 1:].set(1.0), zero, zero, zero, zero[:, :1])
    assert float(range_check(jet).rotational_eddy_energy.max()) == 0.0


@given(seed=seeds)
def test_eddy_energy_is_the_mean_square_of_the_wind(seed):
    transform = SpectralTransform.speedy(CORRECTED)
    ζ = random_packed(seed, 8).at[::31].set(0.0)
    zero = jnp.zeros_like(ζ)
    wind = operators.winds(ζ, zero, TABLES)
    u, v = (PackedTransform(transform).synthesis(w, over_cosine=True) for w in wind)
    weight = transform.grid.quadrature_weight / (2.0 * 96.0)
    mean_square = jnp.einsum("ikj,j->k", u**2 + v**2, weight)
    found = range_check(SpectralState(ζ, zero, zero, zero, zero[:, :1]), formulation=CORRECTED)
    assert_close("rotational energy", found.rotational_eddy_energy, mean_square, 1e-12)
