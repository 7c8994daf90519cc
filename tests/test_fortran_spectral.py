"""The spectral transform of the Fortran: against the original, and against the one in Python."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from jcm.dynamics.spectral_transform import SpectralTransform
from jcm.formulation import Formulation
from reference import kernels, spectral
from reference.errors import InputError

pytestmark = pytest.mark.skipif(not kernels.available(), reason=kernels.unavailable_reason())


def _close(value, expected):
    np.testing.assert_allclose(value, expected, rtol=0, atol=1e-14 * np.abs(expected).max())


def _complex(dataset, name):
    return dataset[f"{name}_real"].values + 1j * dataset[f"{name}_imaginary"].values


def test_orographic_correction_in_spectral_space(golden):
    file = xr.open_dataset(golden / "physics/orographic_correction.nc")
    humidity = file["humidity_correction"].values.swapaxes(-1, -2)
    _close(spectral.analysis(humidity), _complex(file, "humidity_correction_spectral"))
    lapse_rate = 6.0 / (1000.0 * float(np.float32(9.81)))
    temperature = lapse_rate * file["surface_geopotential"].values.T
    _close(spectral.analysis(temperature), _complex(file, "temperature_correction_spectral"))


def test_truncated_orography(golden):
    file = xr.open_dataset(golden / "surface/boundary_fields.nc")
    orography = file["surface_geopotential_unfiltered"].values.T
    _close(spectral.truncated(orography), file["surface_geopotential"].values.T)


def test_constants(golden):
    file = xr.open_dataset(golden / "dynamics/grid_and_spectral_constants.nc")
    constants = spectral.spectral_constants()
    kernel = _complex(file, "fourier_kernel")
    np.testing.assert_allclose(constants["fourier_kernel"], kernel, rtol=0, atol=1e-15)


@pytest.mark.parametrize("formulation", ["original", "corrected"])
@given(seed=st.integers(0, 2**32 - 1))
def test_both_implementations_transform_alike(formulation, seed):
    ours = SpectralTransform.speedy(Formulation.named(formulation))
    field = np.random.default_rng(seed).normal(size=(2, 96, 48))
    coefficients = spectral.analysis(field, formulation)
    _close(coefficients, ours.analysis(field))
    _close(spectral.synthesis(coefficients, formulation), ours.synthesis(coefficients))


def test_bad_fields_are_refused():
    with pytest.raises(InputError, match=r"field has shape \(48, 96\), expected \(..., 96, 48\)"):
        spectral.analysis(np.zeros((48, 96)))
    field = np.zeros((96, 48))
    field[3, 5] = np.nan
    with pytest.raises(InputError, match=r"field is nan at index \(3, 5\)"):
        spectral.truncated(field)
    with pytest.raises(InputError, match="'origami'"):
        spectral.synthesis(np.zeros((31, 32)), "origami")
