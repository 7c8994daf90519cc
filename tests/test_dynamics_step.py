"""The time step of the dynamical core: the original's numbers, symmetries, derivatives."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from jcm.constants import PhysicalConstants
from jcm.dynamics.packing import pack, total_wavenumber, unpack
from jcm.dynamics.parameters import DynamicsParameters
from jcm.dynamics.semi_implicit import add_linear_terms, make_implicit
from jcm.dynamics.speedy_core import SpeedyCore
from jcm.dynamics.state import GridState, GridTendencies, SpectralState
from jcm.formulation import CORRECTED, ORIGINAL
from tests.closeness import assert_close, complex_of

STEP_TOLERANCE = 1e-12
SECONDS = {"half": 1200.0, "first": 2400.0, "leapfrog": 4800.0}
CORE = SpeedyCore.speedy()
L = total_wavenumber()

seeds = st.integers(0, 2**32 - 1)


def packed_variable(dataset, name):
    values = complex_of(dataset, name)
    return jnp.asarray(pack(values if values.ndim == 3 else values[None]))


def state_in(dataset, pattern="{}"):
    names = SpectralState._fields
    return SpectralState(*(packed_variable(dataset, pattern.format(name)) for name in names))


def corrections_in(dataset):
    names = ("temperature_correction", "humidity_correction")
    return tuple(packed_variable(dataset, name) for name in names)


def assert_states_close(state, expected, tolerance, what=""):
    for name in SpectralState._fields:
        assert_close(f"{what}{name}", getattr(state, name), getattr(expected, name), tolerance)


def step_constants(core=CORE, start="leapfrog", dtype=jnp.float64, **changes):
    parameters = DynamicsParameters.for_formulation(core.formulation)
    return core.step_constants(
        dataclasses.replace(parameters, **changes),
        PhysicalConstants.for_formulation(core.formulation),
        SECONDS[start],
        dtype=dtype,
    )


class Case(NamedTuple):
    """Arguments of a step."""

    earlier: SpectralState
    later: SpectralState
    surface_geopotential: jax.Array
    temperature_correction: jax.Array
    humidity_correction: jax.Array

    def step(self, constants, physics=None, *, core=CORE, start="leapfrog"):
        return core.step(*self, constants, physics, start=start)


@jax.jit
def day(case, constants):
    """Both time levels after 36 steps without physics."""

    def step(levels, _):
        return case._replace(earlier=levels[0], later=levels[1]).step(constants)[:2], None

    return jax.lax.scan(step, (case.earlier, case.later), None, length=36)[0]


@pytest.fixture(scope="module")
def dynamics(golden):
    return lambda name: xr.load_dataset(golden / f"dynamics/{name}.nc")


@pytest.fixture(scope="module")
def spun_up(dynamics):
    """A winter state of the original."""
    data = dynamics("restart_state")
    return Case(
        *(state_in(data.isel(time_level=level)) for level in (0, 1)),
        packed_variable(data, "surface_geopotential"),
        *corrections_in(dynamics("step_dynamics_only")),
    )


@pytest.fixture(scope="module")
def constants():
    return step_constants()


# The numbers of the original.


def test_gridpoint_terms_are_those_of_the_original(dynamics, spun_up, constants):
    data = dynamics("step_dynamics_only")
    case = spun_up
    terms, _ = CORE.nonlinear_terms(
        case.earlier, case.later, case.surface_geopotential, constants, None
    )
    fields, motion = terms.fields, terms.motion
    subset = data.longitude_subset_index.values
    on_grid = {
        "eastward_wind": fields.eastward_wind,
        "northward_wind": fields.northward_wind,
        "absolute_vorticity": fields.vorticity + constants.tendencies.coriolis_parameter,
        "temperature_grid": fields.temperature,
        "pressure_gradient_x": fields.pressure_gradient_x,
        "pressure_gradient_y": fields.pressure_gradient_y,
        "mean_eastward_wind": motion.mean_eastward_wind,
        "mean_northward_wind": motion.mean_northward_wind,
        "mean_divergence": motion.mean_divergence,
        "sigma_velocity": motion.sigma_velocity,
        "sigma_velocity_advective": motion.sigma_velocity_advective,
    }
    on_grid |= {f"{name}_tendency": value for name, value in terms.dynamics._asdict().items()}
    for name, value in on_grid.items():
        assert_close(name, np.moveaxis(value[subset], 0, -1), data[name].values, STEP_TOLERANCE)
    expected = state_in(data, "{}_tendency_gridpoint")
    assert_states_close(terms.spectral, expected, STEP_TOLERANCE, "tendency of ")

    tables = constants.operators, constants.semi_implicit
    linear = add_linear_terms(terms.spectral, case.earlier, terms.geopotential, *tables)
    implicit = make_implicit(linear, *tables)
    for name in ("divergence", "temperature", "log_normalized_surface_pressure"):
        expected = packed_variable(data, f"{name}_tendency_implicit")
        assert_close(f"implicit tendency of {name}", getattr(implicit, name), expected, 1e-12)


def test_a_step_is_that_of_the_original(dynamics, spun_up, constants):
    data = dynamics("step_dynamics_only")
    *levels, aux, diagnostics = spun_up.step(constants)
    assert aux is None
    for level, state in enumerate(levels):
        expected = state_in(data.isel(time_level=level))
        assert_states_close(state, expected, STEP_TOLERANCE, f"time level {level + 1}, ")
    subset = data.longitude_subset_index.values
    velocity = np.moveaxis(diagnostics.sigma_velocity[subset], 0, -1)
    assert_close("sigma velocity", velocity, data.sigma_velocity.values, STEP_TOLERANCE)


def test_a_step_with_physics_is_that_of_the_original(dynamics, spun_up, constants):
    data = dynamics("step_full_physics")
    case = Case(*spun_up[:3], *corrections_in(data))
    tendencies = GridTendencies(
        *(
            jnp.asarray(data[f"{name}_tendency_physics"].values.transpose(2, 0, 1))
            for name in GridTendencies._fields
        )
    )
    *levels, aux, _ = case.step(constants, lambda grid: (tendencies, "anything"))
    assert aux == "anything"
    for level, state in enumerate(levels):
        expected = state_in(data.isel(time_level=level))
        assert_states_close(state, expected, STEP_TOLERANCE, f"time level {level + 1}, ")


def test_a_day_is_that_of_the_original(dynamics, spun_up, constants):
    earlier, _ = day(spun_up, constants)
    assert_states_close(earlier, state_in(dynamics("trajectory_dynamics_only")), 1e-12)


def test_a_cold_start_is_that_of_the_original(dynamics):
    orography = dynamics("horizontal_diffusion")
    rest, surface_geopotential, filtered = CORE.initial_state(
        orography.surface_geopotential_unfiltered.values.T,
        DynamicsParameters(),
        PhysicalConstants(),
        jnp.float64,
    )
    expected = orography.surface_geopotential_filtered.values
    assert_close("filtered orography", filtered.T, expected, 1e-14)
    data = dynamics("cold_start")
    initial = state_in(data, "{}_initial")
    assert_states_close(rest, initial, 1e-14, "initial ")
    expected = packed_variable(data, "surface_geopotential")
    assert_close("surface geopotential", surface_geopotential, expected, 1e-14)

    data = dynamics("cold_start_dynamics_only")
    unread = jax.tree.map(lambda x: jnp.full_like(x, jnp.nan), rest)
    case = Case(rest, unread, surface_geopotential, *corrections_in(data))
    for start in ("half", "first"):
        earlier, later, _, _ = case.step(step_constants(start=start), start=start)
        np.testing.assert_array_equal(earlier.temperature, rest.temperature)
        case = case._replace(later=later)
        if start == "half":
            expected = state_in(data, "{}_forward_half_step")
            # The file has 42 bits; where winds from rest are small, rounding of temperature shows.
            assert_states_close(later, expected, 2e-12, "half step, ")
    earlier, _ = day(case, step_constants())
    # The file has 38 bits: 1.8e-12.
    assert_states_close(earlier, state_in(data, "{}_after_36"), 4e-12, "after 36 steps, ")


def test_state_on_the_grid_is_that_of_the_original(dynamics):
    data = dynamics("cold_start")
    subset = data.longitude_subset_index.values
    grid = CORE.grid_state(
        state_in(data.isel(step_early=0), "{}_early"),
        packed_variable(data, "surface_geopotential"),
        PhysicalConstants(),
    )
    for name in GridState._fields:
        expected = data[f"{name}_grid"].isel(step_grid=0).values
        # The file has 40 bits.
        assert_close(name, np.moveaxis(getattr(grid, name)[subset], 0, -1), expected, 2e-12)


# What must hold whatever the numbers.


def test_physics_sees_the_earlier_level(spun_up, constants):
    def physics(grid):
        return GridTendencies(*(jnp.zeros_like(x) for x in grid[:4])), grid

    *_, seen, _ = spun_up.step(constants, physics)
    expected = CORE.grid_state(spun_up.earlier, spun_up.surface_geopotential, PhysicalConstants())
    for name in GridState._fields:
        assert_close(name, getattr(seen, name), getattr(expected, name), 1e-14)


def test_mean_log_pressure_and_the_unstepped_coefficients_do_not_change(spun_up, constants):
    case = spun_up._replace(later=spun_up.earlier)
    later = case.step(constants)[1]
    before, after = (
        float(state.log_normalized_surface_pressure[0, 0, 0]) for state in (case.earlier, later)
    )
    assert after == pytest.approx(before, rel=1e-15)
    for name in SpectralState._fields:
        old, new = unpack(getattr(case.earlier, name)), unpack(getattr(later, name))
        np.testing.assert_allclose(new[:, L > 30], old[:, L > 30], rtol=1e-15, err_msg=name)
    for name in ("vorticity", "divergence"):
        np.testing.assert_array_equal(getattr(later, name)[0, :, 0], 0.0, err_msg=name)


@pytest.mark.parametrize("formulation", [ORIGINAL, CORRECTED])
def test_an_isothermal_atmosphere_over_a_plain_stays_at_rest(formulation):
    core = SpeedyCore.speedy(formulation)
    constants = step_constants(core)
    zero, flat = jnp.zeros((62, 8, 32)), jnp.zeros((62, 1, 32))
    warm = zero.at[0, :, 0].set(np.sqrt(2.0) * 260.0)
    humid = zero.at[0, 5:, 0].set(5.0)
    rest = SpectralState(zero, zero, warm, humid, flat.at[0, 0, 0].set(0.01))
    case = Case(rest, rest, flat, flat, flat)
    _, later, _, _ = case.step(constants, core=core)
    for name in SpectralState._fields:
        change = np.abs(getattr(later, name) - getattr(rest, name)).max()
        assert change <= 1e-14 * 400.0, f"{name} changes by {change:.2e}"


def _rotated(case, longitudes):
    """The case turned eastwards by some grid points."""
    phase = np.exp(-2j * np.pi * np.arange(31) * longitudes / 96)[:, None]
    return jax.tree.map(lambda x: jnp.asarray(pack(unpack(x) * phase)), case)


@given(longitudes=st.integers(1, 95))
def test_a_step_does_not_know_where_greenwich_is(spun_up, longitudes):
    core = SpeedyCore.speedy(CORRECTED)
    constants = step_constants(core)
    straight = spun_up.step(constants, core=core)[:2]
    turned = _rotated(spun_up, longitudes).step(constants, core=core)[:2]
    for state, expected in zip(turned, _rotated(straight, longitudes), strict=True):
        assert_states_close(state, expected, 1e-12, f"turned by {longitudes} points, ")


def _mirrored(case):
    """North and south exchanged."""
    even = np.where(np.arange(32) % 2 == 0, 1.0, -1.0)

    def mirrored_state(state):
        signs = SpectralState(-even, even, even, even, even)
        return SpectralState(*(x * sign for x, sign in zip(state, signs, strict=True)))

    levels = (mirrored_state(state) for state in case[:2])
    return Case(*levels, *(x * even for x in case[2:]))


def test_a_step_does_not_know_which_pole_is_north(spun_up, constants):
    expected = _mirrored(Case(*spun_up.step(constants)[:2], *spun_up[2:]))
    mirrored = _mirrored(spun_up).step(constants)[:2]
    for state, other in zip(mirrored, expected[:2], strict=True):
        assert_states_close(state, other, 1e-13)


def test_a_zonally_symmetric_atmosphere_stays_so(spun_up, constants):
    is_zonal = (np.arange(62) % 31 == 0)[:, None, None]
    case = jax.tree.map(lambda x: x * is_zonal, spun_up)
    later = case.step(constants)[1]
    for name in SpectralState._fields:
        value = np.asarray(getattr(later, name))
        eddies = np.abs(value * ~is_zonal).max()
        # The Fourier factors of the original do not quite sum to zero.
        assert eddies <= 1e-6 * np.abs(value).max(), f"{name} has eddies of {eddies:.2e}"


def test_single_precision_stays_single_and_close(spun_up, constants):
    single = jax.tree.map(lambda x: x.astype(jnp.float32), (spun_up, constants))
    expected = spun_up.step(constants)
    results = single[0].step(single[1])
    for leaf in jax.tree.leaves(results):
        assert leaf.dtype == jnp.float32
    for name in SpectralState._fields:
        value, reference = getattr(results[1], name), getattr(expected[1], name)
        assert_close(name, value, reference, 2e-5 if name == "divergence" else 3e-6)


# Parameters and derivatives.


def test_traced_parameters_give_the_same_constants(constants):
    @jax.jit
    def traced(parameters, physical):
        return CORE.step_constants(parameters, physical, 4800.0, dtype=jnp.float64)

    found = traced(DynamicsParameters(), PhysicalConstants())
    for (path, value), expected in zip(
        jax.tree_util.tree_leaves_with_path(found), jax.tree.leaves(constants), strict=True
    ):
        assert_close(jax.tree_util.keystr(path), value, expected, 1e-13)


def test_new_parameters_need_no_new_compilation(spun_up, constants):
    traces = []

    @jax.jit
    def step(case, constants):
        traces.append(1)
        return case.step(constants)[:2]

    slow = step(spun_up, constants)
    fast = step(spun_up, step_constants(vorticity_damping_time=1.0, robert_coefficient=0.1))
    assert len(traces) == 1
    assert not np.array_equal(slow[1].vorticity, fast[1].vorticity)


def _relaxing_physics(grid):
    """Something smooth that reads every field."""
    warm = grid.temperature - 1e-5 * grid.geopotential
    pressure = grid.log_normalized_surface_pressure[:, None]
    return (
        GridTendencies(
            -1e-5 * grid.eastward_wind,
            -1e-5 * grid.northward_wind * (1.0 + pressure),
            -1e-6 * warm,
            -1e-6 * grid.specific_humidity * grid.temperature / 300.0,
        ),
        None,
    )


def _random_direction(seed, like):
    """A tangent of the size of the values, real for m = 0."""
    rng = np.random.default_rng(seed)
    return jax.tree.map(lambda x: jnp.asarray(rng.normal(size=x.shape)) * jnp.abs(x).mean(), like)


@jax.jit
def _both_derivatives(case, constants, direction, weights):
    """Forward derivative of a step along a direction, reverse derivative of weights of it."""

    def step(levels):
        moved = case._replace(earlier=levels[0], later=levels[1])
        return moved.step(constants, _relaxing_physics)[:2]

    _, forward = jax.jvp(step, (case[:2],), (direction,))
    (reverse,) = jax.vjp(step, case[:2])[1](weights)
    return forward, reverse


@given(seed=seeds)
def test_forward_and_reverse_derivatives_agree(spun_up, constants, seed):
    direction, weights = (_random_direction(seed + i, spun_up[:2]) for i in (0, 1))
    forward, reverse = _both_derivatives(spun_up, constants, direction, weights)

    def products(a, b):
        return [float(jnp.vdot(x, y)) for x, y in zip(*map(jax.tree.leaves, (a, b)), strict=True)]

    left, right = products(weights, forward), products(reverse, direction)
    assert np.isfinite([*left, *right]).all()
    assert sum(left) == pytest.approx(sum(right), rel=1e-9, abs=1e-11 * max(map(abs, left)))


def test_forward_derivative_is_the_limit_of_differences(spun_up, constants):
    levels = spun_up[:2]
    direction = _random_direction(3, levels)
    (_, derivative), _ = _both_derivatives(spun_up, constants, direction, levels)
    # The step is a polynomial of third degree of the state: central differences err in h² only.
    h = 1e-3

    def moved_by(step):
        moved = jax.tree.map(lambda x, dx: x + step * dx, levels, direction)
        return Case(*moved, *spun_up[2:]).step(constants, _relaxing_physics)[1]

    difference = jax.tree.map(lambda a, b: (a - b) / (2.0 * h), moved_by(h), moved_by(-h))
    assert_states_close(derivative, difference, 1e-5)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_derivatives_at_rest_are_finite(dynamics, dtype):
    core = CORE
    height = dynamics("horizontal_diffusion").surface_geopotential_unfiltered.values.T
    rest, surface, _ = core.initial_state(height, DynamicsParameters(), PhysicalConstants(), dtype)
    constants = step_constants(dtype=dtype)
    flat = jnp.zeros_like(surface)

    def size(levels, constants):
        case = Case(*levels, surface, flat, flat)
        after = case.step(constants, _relaxing_physics)[:2]
        return sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(after))

    gradients = jax.jit(jax.grad(size, argnums=(0, 1)))((rest, rest), constants)
    for path, leaf in jax.tree_util.tree_leaves_with_path(gradients):
        assert jnp.isfinite(leaf).all(), f"derivative by {jax.tree_util.keystr(path)}"


def test_derivatives_with_respect_to_the_parameters(spun_up):
    weights = _random_direction(11, spun_up[:2])

    @jax.jit
    def measure(parameters):
        constants = CORE.step_constants(parameters, PhysicalConstants(), 4800.0, dtype=jnp.float64)
        after = spun_up.step(constants)[:2]
        # Of the change, because the values themselves would hide it.
        change = jax.tree.map(jnp.subtract, after, spun_up[:2])
        scaled = jax.tree.map(lambda w, x: jnp.vdot(w, x) / jnp.vdot(w, w), weights, change)
        return sum(jax.tree.leaves(scaled))

    # Off the kink of the reference profile, which lies on the third level.
    parameters = DynamicsParameters(reference_minimum_sigma=0.21)
    gradient = jax.jit(jax.grad(measure))(parameters)
    for field in dataclasses.fields(parameters):
        derivative, value = (float(getattr(p, field.name)) for p in (gradient, parameters))
        if field.metadata["spec"].startswith("36"):
            assert derivative == 0.0, f"{field.name} belongs to the initial state"
            continue
        h = 1e-4 * value
        ahead, behind = (
            float(measure(dataclasses.replace(parameters, **{field.name: value + step})))
            for step in (h, -h)
        )
        assert derivative != 0.0, f"{field.name} has no effect"
        difference = (ahead - behind) / (2.0 * h)
        assert derivative == pytest.approx(difference, rel=1e-4), field.name
