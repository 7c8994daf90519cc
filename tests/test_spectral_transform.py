"""Grid, Legendre functions, Fourier factors and the transforms built from them."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from jcm.constants import PhysicalConstants
from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.dynamics.legendre import recurrence_coefficient
from jcm.dynamics.spectral_transform import SpectralTransform
from jcm.formulation import CORRECTED, ORIGINAL
from tests.closeness import assert_close, complex_of

# Room for the last digits of another library's cosine.
CONSTANT_TOLERANCE = 1e-14
TRANSFORM_TOLERANCE = 1e-14

seeds = st.integers(0, 2**32 - 1)
formulations = st.sampled_from([ORIGINAL, CORRECTED])
zonal_wavenumbers = st.integers(0, 30)


def random_spectral(seed, transform, mask="truncation_mask"):
    """Random coefficients inside a mask, real for m = 0."""
    rng = np.random.default_rng(seed)
    spectral = rng.normal(size=(31, 32)) + 1j * rng.normal(size=(31, 32))
    spectral[0] = spectral[0].real
    return np.where(getattr(transform, mask), spectral, 0.0)


def random_grid(seed):
    return np.random.default_rng(seed).normal(size=(96, 48))


@pytest.fixture(scope="module")
def constants(golden):
    return xr.load_dataset(golden / "dynamics/grid_and_spectral_constants.nc")


@pytest.fixture(scope="module")
def cases(golden):
    return xr.load_dataset(golden / "dynamics/spectral_transform.nc")


@pytest.fixture(scope="module")
def original():
    return SpectralTransform.speedy(ORIGINAL)


@pytest.fixture(scope="module")
def corrected():
    return SpectralTransform.speedy(CORRECTED)


def test_grid_is_that_of_the_original(constants, original):
    grid = original.grid
    for name, value in {
        "sine_latitude": grid.sine_latitude,
        "cosine_latitude": grid.cosine_latitude,
        "latitude_radians": grid.latitude_radians,
        "latitude": grid.latitude_degrees,
        "longitude": grid.longitude_degrees,
        "gaussian_weight": grid.quadrature_weight[:23:-1],
    }.items():
        assert_close(name, value, constants[name].values, CONSTANT_TOLERANCE)


def test_functions_are_those_of_the_original(constants, original):
    legendre = original.legendre[:, :, :23:-1]
    assert_close("P", legendre, constants.legendre_polynomial.values, CONSTANT_TOLERANCE)
    # The original sets its last column, which has no use here, to zero.
    ε = recurrence_coefficient(32, 33)[:, :-1]
    assert_close("ε", ε, constants.epsilon.values[:, :-1], CONSTANT_TOLERANCE)
    kernel = complex_of(constants, "fourier_kernel")
    assert_close("K", original.kernel, kernel, CONSTANT_TOLERANCE)
    analysis = complex_of(constants, "fourier_analysis_kernel")
    assert_close(
        "s K*", original.analysis_scale * original.kernel.conj(), analysis, CONSTANT_TOLERANCE
    )


@pytest.mark.parametrize("name", ["truncation_mask", "synthesis_mask", "analysis_mask"])
def test_masks_are_those_of_the_original(constants, original, name):
    np.testing.assert_array_equal(getattr(original, name), constants[name].values == 1)


@pytest.mark.parametrize("array", [np.asarray, jnp.asarray], ids=["numpy", "jax"])
def test_transforms_are_those_of_the_original(cases, original, array):
    spectral = array(complex_of(cases, "spectral_field"))
    for over_cosine, name in ((False, "grid_plain"), (True, "grid_over_cosine")):
        grid = original.synthesis(spectral, over_cosine=over_cosine)
        assert isinstance(grid, type(spectral))
        for case, expected in enumerate(cases[name].values.swapaxes(-1, -2)):
            assert_close(f"{name}, case {case}", grid[case], expected, TRANSFORM_TOLERANCE)

    field = array(cases.grid_field.values.swapaxes(-1, -2))
    coefficients = original.analysis(field)
    for case, expected in enumerate(complex_of(cases, "spectral_of_grid")):
        assert_close(f"spectral, case {case}", coefficients[case], expected, TRANSFORM_TOLERANCE)


def test_orographic_correction_in_spectral_space(golden, original):
    file = xr.load_dataset(golden / "physics/orographic_correction.nc", decode_times=False)
    physical = PhysicalConstants()
    lapse_rate = physical.lapse_rate / (1000.0 * physical.gravity)
    temperature = lapse_rate * file.surface_geopotential.values.T
    humidity = file.humidity_correction.values.swapaxes(-1, -2)
    for name, field in (("temperature", temperature), ("humidity", humidity)):
        expected = complex_of(file, f"{name}_correction_spectral")
        assert_close(name, original.analysis(field), expected, TRANSFORM_TOLERANCE)


def test_corrected_grid_is_gaussian():
    grid = GaussianGrid.speedy(CORRECTED)
    nodes, weights = np.polynomial.legendre.leggauss(48)
    assert_close("nodes", grid.sine_latitude, nodes, CONSTANT_TOLERANCE)
    # The library's weight next to the pole is good to 1.3e-12 of itself.
    assert_close("weights", grid.quadrature_weight, weights, 1e-13)


def departure_from_orthonormality(transform):
    """∫ P(m, l) P(m, l') dμ by quadrature, less 1 or 0, for total wavenumbers up to 31."""
    weighted = transform.legendre * transform.grid.quadrature_weight
    products = np.einsum("mnj,mkj->mnk", weighted, transform.legendre)
    used = transform.synthesis_mask[:, :, None] & transform.synthesis_mask[:, None, :]
    return np.where(used, products - np.eye(32), 0.0)


def test_corrected_functions_are_orthonormal(corrected):
    assert np.abs(departure_from_orthonormality(corrected)).max() < 1e-13


def test_original_functions_are_nearly_orthonormal(original):
    departure = np.abs(departure_from_orthonormality(original))
    assert departure[0].max() == pytest.approx(3.1e-3, abs=1e-4)
    assert departure[1:].max() == pytest.approx(5.4e-5, abs=1e-6)


def test_corrected_kernel_is_exponential(corrected):
    angle = np.pi / 48.0 * (np.arange(96)[:, None] * np.arange(31) % 96)
    assert_close("K", corrected.kernel, np.exp(1j * angle), CONSTANT_TOLERANCE)


def test_cells_cover_the_globe():
    grid = GaussianGrid.speedy()
    for bounds, centres in (
        (grid.latitude_bounds, grid.latitude_degrees),
        (grid.longitude_bounds, grid.longitude_degrees),
    ):
        np.testing.assert_array_equal(bounds[1:, 0], bounds[:-1, 1])
        assert ((bounds[:, 0] < centres) & (centres < bounds[:, 1])).all()
    assert grid.latitude_bounds[0, 0] == -90.0
    assert grid.latitude_bounds[-1, 1] == 90.0


@given(seeds, seeds, st.integers(-1000, 1000), st.integers(-1000, 1000), formulations)
def test_transforms_are_linear(seed_1, seed_2, a, b, formulation):
    transform = SpectralTransform.speedy(formulation)
    for function, x, y in (
        (transform.analysis, random_grid(seed_1), random_grid(seed_2)),
        (
            transform.synthesis,
            random_spectral(seed_1, transform),
            random_spectral(seed_2, transform),
        ),
    ):
        separate = a * function(x) + b * function(y)
        scale = np.abs(a * function(x)).max() + np.abs(b * function(y)).max()
        difference = np.abs(function(a * x + b * y) - separate).max()
        assert difference <= 1e-13 * scale


@given(st.integers(-(10**6), 10**6), formulations)
def test_constant_field_is_one_coefficient(value, formulation):
    transform = SpectralTransform.speedy(formulation)
    spectral = np.zeros((31, 32), complex)
    spectral[0, 0] = np.sqrt(2.0) * value
    exactness = 1e-7 if formulation.single_precision_constants else 1e-14
    grid = transform.synthesis(spectral)
    np.testing.assert_allclose(grid, value, rtol=exactness, atol=0.0)


@given(seeds, formulations)
def test_analysis_returns_only_its_coefficients(seed, formulation):
    transform = SpectralTransform.speedy(formulation)
    coefficients = transform.analysis(random_grid(seed))
    assert coefficients[0, 31] == 0.0, "the analysis returned (m = 0, l = 31)"
    assert (coefficients[~transform.analysis_mask] == 0.0).all()
    assert (coefficients[transform.analysis_mask] != 0.0).all()
    assert (coefficients[0].imag == 0.0).all()


@given(seeds, seeds, formulations)
def test_synthesis_ignores_what_cannot_reach_the_grid(seed, other_seed, formulation):
    transform = SpectralTransform.speedy(formulation)
    spectral = random_spectral(seed, transform, "synthesis_mask")
    ignored = random_spectral(other_seed, transform)
    changed = np.where(transform.synthesis_mask, spectral, ignored + 1.0)
    changed[0] += 1j * ignored[1].real
    np.testing.assert_array_equal(transform.synthesis(changed), transform.synthesis(spectral))


@given(zonal_wavenumbers, st.data(), formulations)
def test_parity_of_a_harmonic_is_that_of_n(m, data, formulation):
    transform = SpectralTransform.speedy(formulation)
    n = data.draw(st.integers(0, 31 - m), label="n")
    spectral = np.zeros((31, 32), complex)
    spectral[m, n] = 1.0
    grid = transform.synthesis(spectral)
    np.testing.assert_allclose(grid[:, ::-1], (-1) ** n * grid, rtol=0.0, atol=1e-13)


@given(seeds, st.sampled_from([1, -1]), formulations)
def test_parity_of_a_field_is_that_of_its_coefficients(seed, parity, formulation):
    transform = SpectralTransform.speedy(formulation)
    field = random_grid(seed)
    coefficients = transform.analysis(field + parity * field[:, ::-1])
    absent = coefficients[:, 1::2] if parity == 1 else coefficients[:, 0::2]
    assert np.abs(absent).max() <= 1e-14


@given(seeds)
def test_corrected_analysis_undoes_synthesis(seed):
    transform = SpectralTransform.speedy(CORRECTED)
    spectral = random_spectral(seed, transform)
    assert_close("a", transform.analysis(transform.synthesis(spectral)), spectral, 1e-13)


@given(seeds, st.integers(0, 95))
def test_corrected_transform_does_not_know_greenwich(seed, shift):
    transform = SpectralTransform.speedy(CORRECTED)
    field = random_grid(seed)
    phase = np.exp(-2j * np.pi * np.arange(31) * shift / 96)[:, None]
    assert_close(
        "a of the shifted field",
        transform.analysis(np.roll(field, shift, axis=0)),
        transform.analysis(field) * phase,
        1e-12,
    )


@given(seeds)
def test_truncation_keeps_the_triangle_only(seed):
    transform = SpectralTransform.speedy()
    spectral = random_spectral(seed, transform, "synthesis_mask")
    truncated = transform.truncate(spectral)
    np.testing.assert_array_equal(
        truncated[transform.truncation_mask], spectral[transform.truncation_mask]
    )
    assert (truncated[~transform.truncation_mask] == 0.0).all()
    np.testing.assert_array_equal(transform.truncate(truncated), truncated)


@given(seeds, seeds)
def test_derivative_of_a_linear_map_is_the_map(seed, direction_seed):
    transform = SpectralTransform.speedy()

    def smoothed(field):
        return transform.synthesis(transform.truncate(transform.analysis(field)))

    field, direction = jnp.asarray(random_grid(seed)), jnp.asarray(random_grid(direction_seed))
    _, forward = jax.jvp(smoothed, (field,), (direction,))
    assert_close("jvp", forward, smoothed(direction), 1e-13)
    (backward,) = jax.vjp(smoothed, field)[1](field)
    np.testing.assert_allclose(jnp.vdot(backward, direction), jnp.vdot(field, forward), rtol=1e-9)


@pytest.mark.parametrize("array", [np.asarray, jnp.asarray], ids=["numpy", "jax"])
def test_single_precision_stays_single(array, original):
    field = array(random_grid(1).astype(np.float32))
    coefficients = original.analysis(field)
    assert coefficients.dtype == np.complex64
    assert original.truncate(coefficients).dtype == np.complex64
    grid = original.synthesis(coefficients)
    assert grid.dtype == np.float32
    double = original.synthesis(original.analysis(random_grid(1).astype(np.float32).astype(float)))
    assert_close("single-precision field", grid, double, 1e-5)


def test_leading_axes_are_any(original):
    field = np.stack([random_grid(seed) for seed in range(6)])
    together = original.analysis(field.reshape(2, 3, 96, 48))
    assert together.shape == (2, 3, 31, 32)
    for case in range(6):
        separate = original.analysis(field[case])
        assert_close(f"field {case}", together.reshape(6, 31, 32)[case], separate, 1e-14)
