"""Spectra and ringing indices of time means, against the stored ones."""

import dataclasses
import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from jcm.dynamics.gaussian_grid import GaussianGrid
from validation.climate.area import area_mean, area_weight
from validation.climate.reference import read_stored_climate
from validation.climate.ringing import (
    FIELDS,
    Regions,
    coefficients,
    indices,
    spectrum,
    surface_geopotential,
    tail_on_grid,
)
from validation.climate.ringing_judgement import compare_ringing, ringing_failures
from validation.climate.seasons import SEASONS


@pytest.fixture(scope="module")
def stored(golden):
    return read_stored_climate(golden / "climate")


@pytest.fixture(scope="module")
def regions(stored):
    return Regions.of(stored.spectra)


def field_of(stored, field, season):
    name, level = FIELDS[field]
    values = stored.climate.maps[name].values[season]
    return values if level is None else values[level]


MAPPED = [f for f, (n, _) in FIELDS.items() if n not in ("divergence", "sigma_dot")]
MAPPED.remove("temperature_tendency_convection_level4")


@pytest.mark.parametrize("field", MAPPED)
def test_spectra_of_the_climatology_are_the_stored_ones(stored, field):
    for season in range(3):
        found = spectrum(coefficients(field_of(stored, field, season)))
        expected = stored.spectra[f"time_mean_{field}_total"].values[season]
        # The fields are stored rounded.
        assert found == pytest.approx(expected, rel=3e-3), SEASONS[season]


@pytest.mark.parametrize("field", MAPPED)
def test_indices_of_the_climatology_are_the_printed_ones(stored, regions, field):
    """Twelve years against the mean over blocks of three, which are a little noisier."""
    for season, name in enumerate(SEASONS):
        found = indices(field_of(stored, field, season), regions)
        for index, value in found.items():
            reference = stored.ringing.get((field, name, index))
            if reference is None:
                continue
            if math.isnan(reference.deviation):
                # Printed without one: three times that of the amplitudes A, 3 % of their means.
                tolerance = reference.rounding + 0.1 * abs(reference.mean)
            else:
                tolerance = reference.rounding + 1.5 * reference.deviation
            assert abs(value - reference.mean) <= tolerance, f"{name} {index}: {value}"


def test_indices_of_the_orography(stored, regions):
    found = indices(surface_geopotential(), regions)
    for index, value in found.items():
        reference = stored.ringing.get(("surface_geopotential", "annual", index))
        if reference is not None:
            assert abs(value - reference.mean) <= 1.01 * reference.rounding, f"{index}: {value}"
    power = spectrum(coefficients(surface_geopotential()))
    assert power == pytest.approx(stored.spectra["surface_geopotential_total"].values, rel=1e-5)


@given(seed=st.integers(0, 100))
def test_power_sums_to_the_mean_square_of_a_smooth_field(seed):
    random = np.random.default_rng(seed)
    coefficients_of_field = np.triu(
        random.standard_normal((31, 31)) + 1j * random.standard_normal((31, 31))
    )
    coefficients_of_field[0].imag = 0.0
    coefficients_of_field[:, :25] = 0.0
    field = tail_on_grid(coefficients_of_field)
    assert coefficients(field) == pytest.approx(coefficients_of_field, abs=1e-10)
    power = spectrum(coefficients_of_field).sum()
    # The quadrature is not quite exact on the model's latitudes.
    assert power == pytest.approx(area_mean(field**2, area_weight()), rel=1e-4)


def test_the_mean_does_not_leak_into_the_tail():
    power = spectrum(coefficients(np.full((48, 96), 1e5)))
    assert power[0] == pytest.approx(1e10)
    assert power[1:].max() < 1e-12


def test_the_two_grid_residual_responds_as_stated(regions):
    longitude = np.radians(GaussianGrid.speedy().longitude_degrees)
    for m in (1, 30, 48):
        wave = np.broadcast_to(np.cos(m * longitude), (48, 96))
        response = np.sin(np.pi * m / 96) ** 2
        found = indices(wave, regions)["Z_open"]
        expected = response * np.sqrt(np.sum(regions.weight["open"] * wave**2))
        assert found == pytest.approx(expected)


def run_of(stored, change=lambda field, values: values):
    """Three equal years with the fields of the climatology."""
    years = {}
    for field in MAPPED:
        name = FIELDS[field][0]
        values = np.stack([change(field, stored.climate.maps[name].values)] * 3)
        years[name] = (("year", *stored.climate.maps[name].dims), values)
    return dataclasses.replace(stored.climate, yearly=xr.Dataset(years), years=3.0)


def test_the_climatology_passes(stored):
    compared = compare_ringing(run_of(stored), stored)
    assert len(compared) > 250
    assert not ringing_failures(compared)


def test_ten_per_cent_more_rain_at_the_grid_scale_are_caught(stored):
    def noisier(field, values):
        if field != "precipitation":
            return values
        return np.stack([one + 0.1 * tail_on_grid(coefficients(one)) for one in values])

    reasons = ringing_failures(compare_ringing(run_of(stored, noisier), stored))
    assert any("precipitation" in reason for reason in reasons), reasons


def test_too_short_a_run_has_no_indices(stored):
    short = dataclasses.replace(run_of(stored), years=2.0)
    assert compare_ringing(short, stored) == []
