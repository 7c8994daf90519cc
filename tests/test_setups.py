"""Idealised boundary fields: consistent masks, untouched originals, analytic temperatures."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcm.boundary.fields import BoundaryFields
from jcm.boundary.preparation import prepare_boundary_fields
from jcm.boundary.setups import (
    AQUAPLANET_SST,
    aquaplanet,
    aquaplanet_sst,
    climatological_sst,
    fixed_sst,
    flat_orography,
)
from jcm.formulation import CORRECTED, ORIGINAL
from jcm.surface.calendar import calendar
from jcm.surface.interpolation import interpolate_five_point
from jcm.surface.sea_model import SeaModelParameters

NAMES = [field.name for field in dataclasses.fields(BoundaryFields)]
ANALYTIC = [name for name in AQUAPLANET_SST if name != "zonal_mean_climatology"]
SETUPS = {
    "flat_orography": flat_orography,
    "aquaplanet": aquaplanet,
    "aquaplanet_observed": lambda fields: aquaplanet(fields, "zonal_mean_climatology"),
    "fixed_sst": lambda fields: fixed_sst(fields, 3),
    "climatological_sst": climatological_sst,
}
CHANGED = {
    "flat_orography": {
        "surface_geopotential_unfiltered", "surface_geopotential", "orographic_drag_factor",
    },
    "fixed_sst": {
        "sea_surface_temperature_monthly", "sea_ice_fraction_monthly", "sst_anomaly_window_initial",
    },
    "climatological_sst": {"sst_anomaly_window_initial"},
}  # fmt: skip


@pytest.fixture(scope="module", params=[np.float64, np.float32])
def fields(request):
    return prepare_boundary_fields(dtype=request.param)


@pytest.mark.parametrize("name", SETUPS)
def test_fields_keep_their_kind_and_masks_agree(name, fields):
    before = {n: getattr(fields, n).copy() for n in NAMES}
    variant = SETUPS[name](fields)
    for n in NAMES:
        value = getattr(variant, n)
        assert (value.shape, value.dtype) == (before[n].shape, before[n].dtype), n
        assert np.isfinite(value).all(), n
        np.testing.assert_array_equal(getattr(fields, n), before[n], err_msg=n)
    np.testing.assert_allclose(variant.land_fraction + variant.sea_fraction, 1.0, atol=1e-7)
    np.testing.assert_array_equal(variant.land_mask == 1.0, variant.land_fraction > 0.0)
    np.testing.assert_array_equal(variant.sea_mask == 1.0, variant.sea_fraction > 0.0)
    # Slabs are damped towards their climatology exactly where there is enough of their surface.
    np.testing.assert_array_equal(variant.land_damping_factor > 0, variant.land_fraction >= 1 / 3)
    np.testing.assert_array_equal(variant.ice_damping_factor > 0, variant.sea_fraction >= 1 / 3)


@pytest.mark.parametrize("name", CHANGED)
def test_only_what_is_named_changes(name, fields):
    variant = SETUPS[name](fields)
    changed = {n for n in NAMES if (getattr(variant, n) != getattr(fields, n)).any()}
    assert changed == CHANGED[name]


def test_slabs_of_an_aquaplanet_are_those_of_open_sea(fields):
    variant = aquaplanet(fields)
    sea_only = fields.sea_fraction == 1.0
    for name in (
        "land_inverse_heat_capacity", "land_damping_factor", "ocean_inverse_heat_capacity",
        "ice_inverse_heat_capacity", "ocean_damping_factor", "ice_damping_factor",
        "latitude_degrees_sea_model", "el_nino_weight",
    ):  # fmt: skip
        value, original = getattr(variant, name), getattr(fields, name)
        where = sea_only if value.ndim == 2 else slice(None)
        np.testing.assert_array_equal(value[where], original[where], err_msg=name)


def test_the_formulation_decides_the_damping():
    fields = prepare_boundary_fields(formulation=CORRECTED)
    damping = aquaplanet(fields, formulation=CORRECTED).ice_damping_factor
    np.testing.assert_allclose(damping, 30 * 36 / (1 + 30 * 36), rtol=1e-15)
    original = aquaplanet(fields, formulation=ORIGINAL).ice_damping_factor
    np.testing.assert_allclose(original, 30 / 31, rtol=1e-15)


@pytest.mark.parametrize("sst", AQUAPLANET_SST)
def test_water_everywhere_and_no_ice_all_year(sst, fields):
    variant = aquaplanet(fields, sst)
    assert variant.sea_mask.all()
    assert not variant.land_mask.any()
    for name in ("surface_geopotential", "sea_ice_fraction_monthly", "sst_anomaly_window_initial"):
        assert not getattr(variant, name).any(), name
    monthly = variant.sea_surface_temperature_monthly
    np.testing.assert_array_equal(monthly, np.broadcast_to(monthly[:, :1], monthly.shape))
    # The sea model makes ice where the interpolated temperature is not above freezing.
    freezing = SeaModelParameters().freezing_point
    for day in range(0, 365, 5):
        date = calendar(1983, 1, 1, 0, 0, 36 * day)
        daily = interpolate_five_point(monthly, date.month_index, date.month_fraction)
        assert float(daily.min()) > freezing, f"day {day}"


@given(φ=st.floats(-90.0, 90.0))
def test_analytic_temperatures(φ):
    radians = np.radians([φ, -φ])
    celsius = {name: aquaplanet_sst(name, radians) - 273.15 for name in ANALYTIC}
    for name, values in celsius.items():
        assert values.min() >= -1e-12, name
        assert values.max() <= 27.0 + 1e-12, name
        if name != "control_5n":
            assert values[0] == pytest.approx(values[1], abs=1e-12), name
        if abs(φ) >= 60.0:
            np.testing.assert_allclose(values, 0.0, atol=1e-12, err_msg=name)
    # The second is between the first and the third.
    np.testing.assert_allclose(celsius["qobs"], 0.5 * (celsius["control"] + celsius["flat"]))
    assert (celsius["peaked"] <= celsius["control"] + 1e-9).all() or abs(φ) > 30.0


def test_analytic_temperatures_at_known_latitudes():
    at = np.radians([0.0, 5.0, 30.0])
    expected = {
        "control": [27.0, 27.0 * np.cos(np.radians(7.5)) ** 2, 13.5],
        "peaked": [27.0, 27.0 * 11.0 / 12.0, 13.5],
        "flat": [27.0, 27.0 * (1.0 - np.sin(np.radians(7.5)) ** 4), 20.25],
        "qobs": [27.0, None, 16.875],
        "control_5n": [27.0 * np.cos(np.pi * 2.5 / 65.0) ** 2, 27.0, None],
    }
    for name, values in expected.items():
        found = aquaplanet_sst(name, at) - 273.15
        for place, value in zip(found, values, strict=True):
            assert value is None or place == pytest.approx(value, abs=1e-11), name


def test_the_zonal_mean_is_that_of_the_sea(fields):
    variant = aquaplanet(fields, "zonal_mean_climatology")
    rows = variant.sea_surface_temperature_monthly[:, 0]
    open_sea = (fields.sea_fraction == 1.0).all(axis=0)
    observed = np.maximum(fields.sea_surface_temperature_monthly, 273.15).mean(axis=1)
    assert open_sea.any()
    np.testing.assert_allclose(rows[:, open_sea], observed[:, open_sea], rtol=1e-6)
    assert not (fields.sea_fraction > 0.0).any(axis=0)[0]  # Antarctica
    np.testing.assert_allclose(rows[:, 0], 273.15, rtol=1e-7)
    assert rows.max() > 299.0


def test_a_month_of_sea_all_year(fields):
    variant = fixed_sst(fields, 9)
    for name in ("sea_surface_temperature_monthly", "sea_ice_fraction_monthly"):
        expected = getattr(fields, name)[8]
        for month in range(12):
            np.testing.assert_array_equal(getattr(variant, name)[month], expected)


@pytest.mark.parametrize("month", [0, 13, -1, 1.5])
def test_months_that_do_not_exist_are_refused(month, fields):
    with pytest.raises(ValueError, match=f"month must be 1 to 12, got {month}"):
        fixed_sst(fields, month)


def test_unknown_temperatures_are_refused(fields):
    with pytest.raises(ValueError, match=r"'qbos'.*did you mean 'qobs'"):
        aquaplanet(fields, "qbos")
    with pytest.raises(ValueError, match="did you mean 'control'"):
        aquaplanet_sst("contrl", np.zeros(1))
