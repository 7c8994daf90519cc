"""The dynamics of the Fortran: symmetries and laws that it keeps, and what it refuses."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from jcm.dynamics.parameters import DynamicsParameters
from jcm.formulation import Formulation
from reference import dynamics, kernels, spectral
from reference.errors import InputError
from tests.closeness import assert_close, complex_of

pytestmark = pytest.mark.skipif(not kernels.available(), reason=kernels.unavailable_reason())

FIELDS = (
    "vorticity",
    "divergence",
    "temperature",
    "specific_humidity",
    "log_normalized_surface_pressure",
)
NONE = np.zeros((31, 32), dtype=complex)
M, N = np.arange(31)[:, np.newaxis], np.arange(32)
L = M + N
SEEDS = st.integers(0, 2**32 - 1)


def assert_states_close(state, expected, tolerance):
    for name in FIELDS:
        assert_close(name, state[name], expected[name], tolerance)


def random_coefficients(seed, largest=30):
    rng = np.random.default_rng(seed)
    coefficients = rng.normal(size=(31, 32)) + 1j * rng.normal(size=(31, 32))
    coefficients[0] = coefficients[0].real
    return np.where(largest >= L, coefficients, 0.0)


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


# Transforms.


@pytest.mark.parametrize("formulation", ["original", "corrected"])
@given(seed=SEEDS)
def test_analysis_is_the_adjoint_of_synthesis(formulation, seed):
    coefficients = np.where(N <= 30, random_coefficients(seed, largest=31), 0.0)
    field = np.random.default_rng(seed + 1).normal(size=(48, 96))
    north = spectral.spectral_constants(formulation)["gaussian_weight"]
    weight = np.concatenate([north, north[::-1]])
    scale = np.float32(1 / 96) if formulation == "original" else 1 / 96
    synthesised = dynamics.synthesis(coefficients, formulation=formulation)
    on_grid = float(scale) * (weight[:, np.newaxis] * field * synthesised).sum()
    products = (coefficients * dynamics.analysis(field, formulation=formulation).conj()).real
    assert_close("product", on_grid, products[0].sum() + 2 * products[1:].sum(), 1e-11)


@given(seed=SEEDS)
def test_exact_transforms_are_inverse_to_each_other(seed):
    coefficients = random_coefficients(seed)
    grid = dynamics.synthesis(coefficients, formulation="corrected")
    assert_close(
        "coefficients", dynamics.analysis(grid, formulation="corrected"), coefficients, 1e-13
    )


def test_coefficients_beyond_the_synthesis_set_are_ignored():
    coefficients = random_coefficients(1, largest=31)
    more = np.where(L > 31, 1e300, coefficients)
    np.testing.assert_array_equal(dynamics.synthesis(more), dynamics.synthesis(coefficients))


# Operators.


@given(seed=SEEDS)
def test_inverse_laplacian_undoes_the_laplacian(seed):
    field = random_coefficients(seed)
    field[0, 0] = 0.0
    assert_close("field", dynamics.inverse_laplacian(dynamics.laplacian(field)), field, 1e-15)


@given(seed=SEEDS)
def test_winds_have_their_vorticity_and_divergence(seed):
    vorticity, divergence = random_coefficients(seed, 28), random_coefficients(seed + 1, 28)
    vorticity[0, 0] = divergence[0, 0] = 0.0
    u, v = (
        dynamics.synthesis(x, over_cosine=True, formulation="corrected")
        for x in dynamics.winds(vorticity, divergence, formulation="corrected")
    )
    curl, divergence_of_winds = dynamics.curl_and_divergence(u, v, formulation="corrected")
    assert_close("vorticity", np.where(L <= 28, curl, 0), vorticity, 1e-12)
    assert_close("divergence", np.where(L <= 28, divergence_of_winds, 0), divergence, 1e-12)


@given(seed=SEEDS)
def test_divergence_of_the_gradient_is_the_laplacian(seed):
    scalar = random_coefficients(seed, 28)
    x, y = (
        dynamics.synthesis(component, over_cosine=True, formulation="corrected")
        for component in dynamics.gradient(scalar, formulation="corrected")
    )
    curl, divergence = dynamics.curl_and_divergence(x, y, formulation="corrected")
    laplacian = dynamics.laplacian(scalar, formulation="corrected")
    assert_close("divergence", np.where(L <= 28, divergence, 0), laplacian, 1e-12)
    assert np.abs(curl[L <= 28]).max() < 1e-12 * np.abs(laplacian).max()


# Laws of a step.


def _rotated(state, places):
    turn = np.exp(-2j * np.pi * places * M / 96)
    return {name: values * turn for name, values in state.items() if name != "sigma_velocity"}


def _mirrored(state):
    sign = (-1.0) ** N
    mirrored = {name: values * sign for name, values in state.items() if name != "sigma_velocity"}
    return mirrored | {"vorticity": -mirrored["vorticity"]}


@settings(max_examples=5)
@given(places=st.integers(1, 95))
def test_rotated_state_gives_rotated_step(places, restart, corrections):
    turn = np.exp(-2j * np.pi * places * M / 96)
    step = dynamics.step(restart, *corrections, formulation="corrected")
    rotated = dynamics.step(
        _rotated(restart, places), *(x * turn for x in corrections), formulation="corrected"
    )
    assert_states_close(rotated, _rotated(step, places), 1e-12)


@pytest.mark.parametrize("formulation", ["original", "corrected"])
def test_mirrored_state_gives_mirrored_step(formulation, restart, corrections):
    sign = (-1.0) ** N
    step = dynamics.step(restart, *corrections, formulation=formulation)
    mirrored = dynamics.step(
        _mirrored(restart), *(x * sign for x in corrections), formulation=formulation
    )
    assert_states_close(mirrored, _mirrored(step), 1e-13)


def test_rest_on_flat_ground_stays_at_rest():
    # The original's transforms of a constant field are not constant.
    state = dynamics.initial_state(np.zeros((48, 96)), formulation="corrected")
    levels = {name: np.stack([state[name]] * 2) for name in FIELDS}
    levels["surface_geopotential"] = state["surface_geopotential"]
    after = dynamics.step(levels, NONE, NONE, steps=3, formulation="corrected")
    for name in ("vorticity", "divergence"):
        assert np.abs(after[name]).max() < 1e-17, f"{name} {np.abs(after[name]).max()} s-1"
    assert_close("temperature", after["temperature"], levels["temperature"], 1e-15)


def test_global_means_that_the_equations_keep(restart, corrections):
    after = dynamics.step(restart, *corrections, steps=10)
    pressure = "log_normalized_surface_pressure"
    np.testing.assert_allclose(after[pressure][:, 0, 0], restart[pressure][:, 0, 0], rtol=1e-14)
    assert not after["vorticity"][:, :, 0, 0].any()
    assert not after["divergence"][:, :, 0, 0].any()


def test_wavenumbers_beyond_the_truncation_stay_as_they_are(restart, corrections):
    after = dynamics.step(restart, *corrections, steps=3)
    for name in FIELDS:
        np.testing.assert_array_equal(after[name][..., L > 30], restart[name][..., L > 30], name)


def test_several_steps_are_one_after_the_other(restart, corrections):
    state = restart
    for _ in range(3):
        state = dynamics.step(state, *corrections)
    together = dynamics.step(restart, *corrections, steps=3)
    for name in FIELDS:
        np.testing.assert_array_equal(together[name], state[name], name)


@pytest.mark.parametrize("start", ["half", "first"])
def test_starting_steps_leave_the_earlier_level_alone(start, restart, corrections):
    after = dynamics.step(restart, *corrections, start=start)
    for name in FIELDS:
        np.testing.assert_array_equal(after[name][0], restart[name][0], name)


def test_half_step_ignores_the_later_level(restart, corrections):
    other = {name: values.copy() for name, values in restart.items()}
    for name in FIELDS:
        other[name][1] *= 2.0
    after = dynamics.step(restart, *corrections, start="half")
    same = dynamics.step(other, *corrections, start="half")
    for name in FIELDS:
        np.testing.assert_array_equal(same[name], after[name], name)


def test_physics_enters_linearly(restart, corrections):
    rng = np.random.default_rng(3)
    size = {"eastward_wind": 1e-4, "northward_wind": 1e-4, "temperature": 1e-5}
    physics = {name: rng.normal(size=(8, 48, 96)) * x for name, x in size.items()}
    physics["specific_humidity"] = rng.normal(size=(8, 48, 96)) * 1e-5
    steps = [
        dynamics.step(
            restart,
            *corrections,
            start="first",
            physics={name: factor * x for name, x in physics.items()},
        )
        for factor in (0.0, 1.0, 2.0)
    ]
    for name in FIELDS:
        first, second = (steps[i][name][1] - steps[0][name][1] for i in (1, 2))
        assert np.abs(first).max() > 0.0, name
        assert_close(name, second, 2.0 * first, 1e-9)


# Formulation.


def test_corrected_filter_has_one_displacement(restart, corrections):
    original = dynamics.step(restart, *corrections)
    corrected = dynamics.step(
        restart, *corrections, formulation={"filter_uses_filtered_value": False}
    )
    pull = (1.0 - float(np.float32(0.53))) * float(np.float32(0.05))
    for name in FIELDS:
        np.testing.assert_array_equal(corrected[name][0], original[name][0], name)
        expected = original[name][1] + pull * (original[name][0] - restart[name][0])
        assert_close(name, corrected[name][1], expected, 1e-15)


def test_extra_diffusion_on_the_top_level_only(restart, corrections):
    everywhere = dynamics.step(restart, *corrections, start="first")["vorticity"][1]
    switched = {"extra_diffusion_acts_on_all_levels": False}
    top_only = dynamics.step(restart, *corrections, start="first", formulation=switched)
    top_only = top_only["vorticity"][1]
    np.testing.assert_array_equal(top_only[0], everywhere[0])
    constants = dynamics.diffusion_constants(2400.0)
    before = restart["vorticity"][0]
    tendency = (top_only - before) / 2400.0
    damped = (tendency - constants["damping_extra"] * before) * constants["implicit_factor_extra"]
    expected = np.where(L <= 30, before + 2400.0 * damped, before)
    assert_close("vorticity", everywhere[1:], expected[1:], 1e-13)
    assert np.abs(everywhere[1:] - top_only[1:]).max() > 1e-3 * np.abs(before).max()


@pytest.mark.parametrize("formulation", ["original", "corrected"])
def test_parameters_are_those_of_the_other_implementation(formulation):
    numbers = kernels.model_numbers(formulation)
    ours = dataclasses.asdict(DynamicsParameters.for_formulation(Formulation.named(formulation)))
    found = {
        name.removeprefix("dynamics."): value
        for name, value in numbers.items()
        if name.startswith("dynamics.")
    }
    assert found.pop("time_step") == 2400.0
    assert found == ours


# Semi-implicit scheme.


@pytest.mark.parametrize("time_step", [1200.0, 2400.0, 4800.0])
@pytest.mark.parametrize("formulation", ["original", "corrected"])
def test_inverse_matrices(formulation, time_step):
    constants = dynamics.semi_implicit_constants(time_step, formulation=formulation)
    xi = 0.5 * time_step
    pressure = np.outer(
        constants["gas_constant_reference_temperature"], constants["xi_thickness"] / xi
    )
    for l in range(1, 32):
        b = l * (l + 1) / 6.371e6**2
        matrix = np.eye(8) + xi**2 * b * (pressure - constants["matrix_e"])
        product = constants["inverse_matrix"][l - 1] @ matrix
        assert_close(f"l = {l}", product, np.eye(8), 1e-13)


# What is refused.


def test_bad_states_are_refused(restart):
    without = {name: values for name, values in restart.items() if name != "divergence"}
    with pytest.raises(InputError, match="divergence is missing"):
        dynamics.step(without, NONE, NONE)
    broken = {name: values.copy() for name, values in restart.items()}
    broken["temperature"][1, 2, 3, 4] = np.nan
    with pytest.raises(InputError, match=r"temperature is \(nan\+0j\) at index \(1, 2, 3, 4\)"):
        dynamics.step(broken, NONE, NONE)
    single_level = restart | {"vorticity": restart["vorticity"][0]}
    with pytest.raises(InputError, match=r"vorticity has shape \(8, 31, 32\), expected \(2, 8,"):
        dynamics.gridpoint_tendencies(single_level)
    with pytest.raises(InputError, match=r"humidity_correction has shape \(32, 31\)"):
        dynamics.step(restart, NONE, NONE.T)
    physics = {"eastward_wind": np.zeros((8, 48, 96)), "northward_wind": np.zeros(3)}
    with pytest.raises(InputError, match=r"physics northward_wind has shape \(3,\)"):
        dynamics.step(restart, NONE, NONE, physics=physics)


def test_bad_settings_are_refused(restart):
    with pytest.raises(InputError, match="start is 'backward'"):
        dynamics.step(restart, NONE, NONE, start="backward")
    with pytest.raises(InputError, match="steps is 0"):
        dynamics.step(restart, NONE, NONE, steps=0)
    with pytest.raises(InputError, match="time_step is -1"):
        dynamics.diffusion_constants(-1.0)
    with pytest.raises(InputError, match="'origami'"):
        dynamics.laplacian(NONE, formulation="origami")
    with pytest.raises(InputError, match="no switch 'origami'"):
        dynamics.laplacian(NONE, formulation={"origami": True})
    with pytest.raises(InputError, match="grid is complex"):
        dynamics.analysis(np.zeros((48, 96), dtype=complex))
