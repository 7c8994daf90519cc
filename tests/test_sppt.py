"""Stochastic patterns: statistics, independence, application, and both implementations alike.

Agreement with the original for given noise is a sequence, see test_sequences.py.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcm.dynamics.packing import pack, unpack
from jcm.dynamics.spectral_transform import SpectralTransform
from jcm.dynamics.state import GridTendencies
from jcm.formulation import Formulation
from jcm.physics import sppt
from jcm.physics.sppt import SpptParameters
from reference import kernels
from reference import sppt as fortran
from reference.errors import InputError

needs_fortran = pytest.mark.skipif(not kernels.available(), reason=kernels.unavailable_reason())

TRANSFORM = SpectralTransform.speedy()
AREA_WEIGHT = 0.5 * TRANSFORM.grid.quadrature_weight


def synthesis(packed):
    return jnp.moveaxis(TRANSFORM.synthesis(unpack(packed)), 0, 1)


def jax_patterns(calls, levels, seed, dtype=jnp.float32):
    def body(state, _):
        state = sppt.advance(state)
        return state, sppt.pattern_on_grid(state.spectral, synthesis)

    start = sppt.initial_sppt_state(jax.random.key(seed), levels, dtype)
    return np.asarray(jax.lax.scan(body, start, None, length=calls)[1], np.float64)


def fortran_patterns(calls, levels, seed):
    _, pattern = fortran.sppt_sequence(fortran.sppt_noise(seed, calls, levels))
    return pattern.swapaxes(1, 2)


both = pytest.mark.parametrize(
    "make", [jax_patterns, pytest.param(fortran_patterns, marks=needs_fortran)]
)


def covariance(first, second):
    """Area mean of the product, averaged over calls, longitudes and levels."""
    return (first * second).mean(axis=(0, 1, 2)) @ AREA_WEIGHT


def expected_covariance(distance):
    """Of points `distance` grid points apart on each row, from the formula of the spectrum.

    A coefficient contributes P² times the variance of its real part for m = 0, whose imaginary part
    does not reach the grid, and four times that for the others.
    """
    m = np.arange(31)
    variance = np.asarray(sppt.amplitude())[:31, 0] ** 2 / (1.0 - np.exp(-2.0 / 9.0))
    legendre = np.where(TRANSFORM.synthesis_mask[..., None], TRANSFORM.legendre, 0.0)
    by_wavenumber = np.einsum("mn,mnj->mj", variance, legendre**2)
    return (np.where(m == 0, 1.0, 4.0) * np.cos(2.0 * np.pi * m * distance / 96)) @ by_wavenumber


def test_the_standard_deviation_is_that_of_the_original():
    by_row = np.sqrt(expected_covariance(0))
    assert by_row @ AREA_WEIGHT == pytest.approx(0.2318, abs=5e-5)
    # Measured in the original with a sampling error.
    assert by_row[0] == pytest.approx(0.183, abs=0.006)
    for distance, measured in ((1, 0.738), (2, 0.272), (3, 0.038)):
        correlation = (expected_covariance(distance) / by_row**2)[24]
        assert correlation == pytest.approx(measured, abs=0.03), f"{distance} grid points"


@both
def test_single_patterns_have_the_covariance_of_the_formula(make):
    # The first call draws from the stationary distribution, each level for itself.
    patterns = make(1, 1500, 1)
    by_row = np.sqrt((patterns**2).mean(axis=(0, 1, 2)))
    assert by_row @ AREA_WEIGHT == pytest.approx(0.2318, abs=0.0015)
    # About five standard errors, of 4500 numbers next to the poles and 40000 at the equator.
    np.testing.assert_allclose(by_row, np.sqrt(expected_covariance(0)), rtol=0.05)
    equator = patterns[..., 23:25]
    for distance in (1, 2, 3, 10):
        product = equator * np.roll(equator, distance, axis=1)
        expected = (expected_covariance(distance) / expected_covariance(0))[24]
        correlation = product.mean() / (equator**2).mean()
        assert correlation == pytest.approx(expected, abs=0.015), f"{distance} grid points"
    assert abs(patterns.mean()) < 0.003
    assert np.abs(patterns).max() <= 1.0


@both
def test_patterns_persist_as_those_of_the_original(make):
    patterns = make(400, 8, 1)
    variance = covariance(patterns, patterns)
    assert np.sqrt(variance) == pytest.approx(0.2318, abs=0.003)
    for lag, expected in ((1, 0.8949), (2, 0.80), (9, 0.365)):
        correlation = covariance(patterns[lag:], patterns[:-lag]) / variance
        assert correlation == pytest.approx(expected, abs=0.015), f"lag {lag}"
    between_levels = np.corrcoef(patterns.swapaxes(0, 2).reshape(8, -1))
    assert np.abs(between_levels - np.eye(8)).max() < 0.03


def test_a_restart_continues_the_sequence():
    whole = sppt.initial_sppt_state(jax.random.key(7), 2, jnp.float64)
    for _ in range(3):
        whole = sppt.advance(whole)
    saved = jax.tree.map(np.asarray, whole._replace(key=jax.random.key_data(whole.key)))
    loaded = sppt.SpptState(
        jnp.asarray(saved.spectral), jax.random.wrap_key_data(saved.key), jnp.asarray(saved.calls)
    )
    np.testing.assert_array_equal(sppt.advance(loaded).spectral, sppt.advance(whole).spectral)
    other = sppt.initial_sppt_state(jax.random.key(8), 2, jnp.float64)
    assert np.abs(sppt.advance(other).spectral - sppt.advance(whole).spectral).max() > 1e-3


@given(noise=st.floats(-100.0, 100.0))
def test_noise_is_limited(noise):
    amplitude = np.asarray(sppt.amplitude())
    spectral = sppt.next_pattern(jnp.zeros((62, 1, 32)), jnp.full((62, 1, 32), noise))
    np.testing.assert_allclose(
        spectral, amplitude * np.clip(noise, -10.0, 10.0), rtol=0, atol=1e-15
    )


def test_the_process_is_stationary():
    # The variance of c is that of the first call, σ² / (1 - φ²), after any number of calls.
    φ, one = float(sppt.autocorrelation()), jnp.ones((62, 1, 32))
    first = np.asarray(sppt.initial_pattern(one))
    carried = np.asarray(sppt.next_pattern(jnp.asarray(first), 0.0 * one))
    added = np.asarray(sppt.next_pattern(0.0 * one, one))
    np.testing.assert_allclose(carried**2 + added**2, first**2, rtol=1e-13)
    assert φ == pytest.approx(np.exp(-1.0 / 9.0), rel=1e-15)


@pytest.mark.parametrize("tapering", [1.0, 0.25, 0.0])
def test_all_tendencies_are_multiplied_alike(tapering):
    rng = np.random.default_rng(3)
    tendencies = GridTendencies(*jnp.asarray(rng.normal(size=(4, 96, 8, 48))))
    pattern = jnp.asarray(rng.uniform(-1.0, 1.0, size=(96, 8, 48)))
    result = sppt.perturbed(tendencies, pattern, parameters=SpptParameters(tapering=tapering))
    for name, tendency in tendencies._asdict().items():
        expected = np.asarray(tendency) * (1.0 + tapering * np.asarray(pattern))
        np.testing.assert_allclose(getattr(result, name), expected, rtol=1e-15, err_msg=name)


def test_parameters_are_traced():
    noise = jax.random.normal(jax.random.key(0), (62, 1, 32))

    def energy(parameters):
        return (sppt.initial_pattern(noise, parameters=parameters) ** 2).sum()

    gradient = jax.jit(jax.grad(energy))(SpptParameters())
    # Energy is proportional to the square of the standard deviation.
    s = SpptParameters().standard_deviation
    expected = 2.0 * energy(SpptParameters()) / s
    assert float(gradient.standard_deviation) == pytest.approx(float(expected), rel=1e-12)
    assert float(gradient.length_scale) != 0.0


@needs_fortran
@pytest.mark.parametrize("formulation", ["original", "corrected"])
@given(seed=st.integers(-(2**31), 2**31 - 1))
def test_both_implementations_are_alike(formulation, seed):
    noise = fortran.sppt_noise(seed, calls=3, levels=2)
    spectral, pattern = fortran.sppt_sequence(noise, formulation)
    switches = Formulation.named(formulation)
    parameters = SpptParameters.for_formulation(switches)
    transform = SpectralTransform.speedy(switches)
    state = None
    for call, η in enumerate(noise):
        packed = jnp.asarray(pack(η))
        if state is None:
            state = sppt.initial_pattern(packed, parameters=parameters)
        else:
            state = sppt.next_pattern(state, packed, parameters=parameters)
        found = sppt.pattern_on_grid(
            state, lambda c: jnp.moveaxis(transform.synthesis(unpack(c)), 0, 1)
        )
        np.testing.assert_allclose(unpack(np.asarray(state)), spectral[call], rtol=0, atol=1e-15)
        np.testing.assert_allclose(
            np.moveaxis(np.asarray(found), 1, 0), pattern[call], rtol=0, atol=1e-14
        )


@needs_fortran
def test_the_fortran_perturbs_alike():
    rng = np.random.default_rng(4)
    tendency, pattern = rng.normal(size=(2, 3, 96, 48))
    before = tendency.copy()
    found = fortran.perturbed(tendency, pattern)
    np.testing.assert_array_equal(tendency, before)
    np.testing.assert_allclose(found, tendency * (1.0 + pattern), rtol=1e-15)


@needs_fortran
def test_the_fortran_draws_normal_numbers():
    noise = fortran.sppt_noise(11, calls=20, levels=8)
    parts = np.stack([noise.real.reshape(-1), noise.imag.reshape(-1)])
    number = parts.shape[1]
    # Within four standard errors.
    assert np.abs(parts.mean(axis=1)).max() < 4.0 / np.sqrt(number)
    assert np.abs(parts.var(axis=1) - 1.0).max() < 4.0 * np.sqrt(2.0 / number)
    assert np.abs((parts**4).mean(axis=1) - 3.0).max() < 4.0 * np.sqrt(96.0 / number)
    assert abs((parts[0] * parts[1]).mean()) < 4.0 / np.sqrt(number)
    for lag in (1, 2, 31, 992):
        assert abs((parts[0, lag:] * parts[0, :-lag]).mean()) < 4.0 / np.sqrt(number - lag), lag
    other = fortran.sppt_noise(12, calls=20, levels=8).real.reshape(-1)
    assert abs((parts[0] * other).mean()) < 4.0 / np.sqrt(number)


@needs_fortran
def test_bad_arguments_are_refused():
    with pytest.raises(InputError, match=r"noise has shape \(31, 32\)"):
        fortran.sppt_sequence(np.zeros((31, 32)))
    noise = np.zeros((1, 1, 31, 32), complex)
    noise[0, 0, 2, 3] = np.nan
    with pytest.raises(InputError, match=r"noise is .*nan.* at index \(0, 0, 2, 3\)"):
        fortran.sppt_sequence(noise)
    with pytest.raises(InputError, match="calls is 0"):
        fortran.sppt_noise(1, calls=0, levels=1)
    with pytest.raises(InputError, match=r"pattern has shape \(2, 96, 48\)"):
        fortran.perturbed(np.zeros((1, 96, 48)), np.zeros((2, 96, 48)))
