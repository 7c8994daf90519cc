"""Approximate latitudes and single-precision constants are two switches; both models have both."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from jcm.constants import PhysicalConstants
from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.dynamics.packing import pack, unpack
from jcm.dynamics.parameters import DynamicsParameters
from jcm.dynamics.spectral_transform import SpectralTransform
from jcm.dynamics.speedy_core import SpeedyCore
from jcm.dynamics.state import SpectralState
from jcm.formulation import CORRECTED, ORIGINAL, Formulation
from reference import dynamics, kernels, spectral
from tests.closeness import assert_close, complex_of

needs_fortran = pytest.mark.skipif(
    not kernels.available(), reason=kernels.unavailable_reason() or "available"
)
CASES = [
    {"single_precision_constants": single, "latitudes_are_approximate": approximate}
    for single in (True, False)
    for approximate in (True, False)
]
TOLERANCE = 1e-12


def case_name(switches):
    constants = "single" if switches["single_precision_constants"] else "double"
    return f"{constants}-{'approximate' if switches['latitudes_are_approximate'] else 'gaussian'}"


of_all_cases = pytest.mark.parametrize("switches", CASES, ids=case_name)


@of_all_cases
def test_the_switch_alone_decides_where_the_latitudes_lie(switches):
    grid = GaussianGrid.speedy(Formulation(**switches))
    nodes, weights = np.polynomial.legendre.leggauss(48)
    distance = np.abs(grid.sine_latitude - nodes)
    if switches["latitudes_are_approximate"]:
        # Spec 30, G1.
        assert distance.min() > 1.5e-6, distance.min()
        assert distance.max() < 5.3e-5, distance.max()
    else:
        assert distance.max() < 1e-15, distance.max()
    assert_close("weight", grid.quadrature_weight, weights, 1e-12)


def test_a_guess_in_double_precision_is_that_of_the_original_before_rounding():
    single = GaussianGrid.speedy(ORIGINAL).sine_latitude
    double = GaussianGrid.speedy(Formulation(single_precision_constants=False)).sine_latitude
    difference = np.abs(double - single).max()
    assert 0.0 < difference < 2e-7, difference


@of_all_cases
def test_latitudes_more_than_constants_keep_analysis_from_undoing_synthesis(switches):
    transform = SpectralTransform.speedy(Formulation(**switches))
    zonal = np.zeros((31, 31, 32), dtype=complex)
    zonal[:, 0, :31] = np.eye(31)
    error = np.abs(transform.analysis(transform.synthesis(zonal)) - zonal).max()
    smallest, largest = {
        (True, True): (1e-3, 4e-3),
        (False, True): (1e-3, 4e-3),
        (True, False): (1e-9, 1e-6),
        (False, False): (0.0, 1e-14),
    }[tuple(switches.values())]
    assert smallest < error < largest, error


@needs_fortran
@of_all_cases
def test_both_implementations_have_the_same_constants(switches):
    ours = SpectralTransform.speedy(Formulation(**switches))
    theirs = spectral.spectral_constants(switches)
    north = slice(None, 23, -1)
    assert_close("sine", ours.grid.sine_latitude[north], theirs["sine_latitude"], TOLERANCE)
    weight = ours.grid.quadrature_weight[north]
    assert_close("weight", weight, theirs["gaussian_weight"], TOLERANCE)
    assert_close("legendre", ours.legendre[..., north], theirs["legendre"], TOLERANCE)
    assert_close("kernel", ours.kernel, theirs["fourier_kernel"], TOLERANCE)


@needs_fortran
@pytest.mark.parametrize("name", ["original", "corrected"])
def test_a_formulation_is_its_switches(name):
    formulation = {"original": ORIGINAL, "corrected": CORRECTED}[name]
    by_name = spectral.spectral_constants(name)
    by_switches = spectral.spectral_constants(vars(formulation))
    for constant, values in by_name.items():
        np.testing.assert_array_equal(by_switches[constant], values, err_msg=constant)


@needs_fortran
@of_all_cases
def test_both_implementations_take_the_same_step(switches, golden):
    restart = xr.load_dataset(golden / "dynamics/restart_state.nc")
    names = (*SpectralState._fields, "surface_geopotential")
    state = {name: complex_of(restart, name) for name in names}
    step_file = xr.load_dataset(golden / "dynamics/step_dynamics_only.nc")
    corrections = [
        complex_of(step_file, f"{name}_correction") for name in ("temperature", "humidity")
    ]
    theirs = dynamics.step(state, *corrections, formulation=switches)

    core = SpeedyCore.speedy(Formulation(**switches))
    constants = core.step_constants(
        DynamicsParameters.for_formulation(core.formulation),
        PhysicalConstants.for_formulation(core.formulation),
        4800.0,
        dtype=jnp.float64,
    )
    levels = [
        SpectralState(*(_packed(state[name][time_level]) for name in SpectralState._fields))
        for time_level in (0, 1)
    ]
    maps = [_packed(field) for field in (state["surface_geopotential"], *corrections)]
    after = core.step(*levels, *maps, constants, None, start="leapfrog")[:2]
    for time_level, ours in enumerate(after):
        for name, values in ours._asdict().items():
            expected = theirs[name][time_level]
            found = unpack(np.asarray(values)).reshape(expected.shape)
            assert_close(f"{name}[{time_level}]", found, expected, TOLERANCE)


def _packed(field):
    return jnp.asarray(pack(field if field.ndim == 3 else field[None]))
