"""The packed boundary data and the fields prepared from them."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import sys
import zipfile
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from jcm.boundary.fields import BoundaryFields
from jcm.boundary.preparation import (
    masked_sst_anomaly,
    prepare_boundary_fields,
    soil_water_availability,
)
from jcm.boundary.raw import DATA_FOLDER, read_climatology, read_sst_anomaly
from jcm.formulation import CORRECTED, Formulation

TOLERANCE = 1e-14
FIELD_NAMES = [field.name for field in dataclasses.fields(BoundaryFields)]

# SHA-256 of the values in the raw files: single precision, little-endian, from north to south.
RAW_CHECKSUMS = {
    "surface_altitude": "9a9a06a687b9576155e4d35d956397750b24d46a095506033fdd7dcd3806d8e0",
    "land_area_fraction": "045ac74d1c9a655caa7cf42e3bcb679dedf3250c2477b48f54ba7168e99e8101",
    "surface_albedo": "984f3a1fa04b03522f99b541669911853f42184976a33dd69ee6f4c9de01bd64",
    "high_vegetation_area_fraction": (
        "89fbe313022a1419a06f89f3fc1a2744af24909a52a142cc358037744ab80f56"
    ),
    "low_vegetation_area_fraction": (
        "8e034637df0d95a24267fe2c5fb5115090de1e852599f7e56b61b2a947c887b8"
    ),
    "land_surface_temperature": "f6e68d9da5743f989b78ab2e00486364246d63ab4f36047dd72481e4378773d4",
    "surface_snow_amount": "00e6971716b3cf35757feeb9477a1680397a78685dda5fcd940a383672bb4040",
    "sea_surface_temperature": "a5322f15f8dbb7912c3ce25829218148d70fa32d0c0b2e8ce84ec93f00d9a393",
    "sea_ice_area_fraction": "433ba0edc89c2bf0e38a8eaa12d4416fdc4528055c3d18b03ab8f4851f1041a3",
    "surface_temperature_anomaly": (
        "d7657771e43d5c2135d36e3daa1a101f649fc84504d0e34434baa090add72671"
    ),
}
RAW_SOIL_CHECKSUMS = (
    "8450ed7ea3410f099d23f5fd3aba0a3ed80d332b0cdd761f8aecb9a349b852ef",
    "e076197e33b0547b8b757f884b02b3676b429baab506191dd9bac4667ebb3441",
    "b6000048f244b9a5e7b81b6ef303d9881ca23f51a0a89669f359c507ecc94bdf",
)


def checksum_from_north(values):
    return hashlib.sha256(values[..., ::-1, :].astype("<f4").tobytes()).hexdigest()


@pytest.fixture(scope="module")
def packed():
    """Both files as they are stored."""
    return {
        name: xr.load_dataset(DATA_FOLDER / name, mask_and_scale=False, decode_times=False)
        for name in ("climatology.nc", "sst_anomaly.nc")
    }


@pytest.fixture(scope="module")
def fields():
    return prepare_boundary_fields(1982, 1)


@pytest.fixture(scope="module")
def packer():
    path = Path(__file__).parent.parent / "tools" / "pack_boundary_data.py"
    spec = importlib.util.spec_from_file_location("pack_boundary_data", path)
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, spec.name, module)
        spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", RAW_CHECKSUMS)
def test_packed_values_are_the_raw_ones_bit_for_bit(packed, name):
    file = "sst_anomaly.nc" if name == "surface_temperature_anomaly" else "climatology.nc"
    assert checksum_from_north(packed[file][name].values) == RAW_CHECKSUMS[name], (
        f"{name} in {file} is not what tools/pack_boundary_data.py packs"
    )


@pytest.mark.parametrize("layer", range(3))
def test_packed_soil_water_is_the_raw_one_bit_for_bit(packed, layer):
    values = packed["climatology.nc"]["volume_fraction_of_condensed_water_in_soil"].values[layer]
    assert checksum_from_north(values) == RAW_SOIL_CHECKSUMS[layer]


def test_packed_data_describe_themselves(packed):
    for file, dataset in packed.items():
        assert dataset.Conventions == "CF-1.11"
        assert "jcm-3.0.0-py3-none-any.whl" in dataset.source
        assert dataset.license == "Apache-2.0"
        coordinates = {
            name: dataset[name] for name in dataset.coords if "bounds" in dataset[name].attrs
        }
        assert set(coordinates) >= {"latitude", "longitude"}, file
        for name, coordinate in coordinates.items():
            bounds = dataset[coordinate.bounds].values
            inside = (bounds[:, 0] <= coordinate.values) & (coordinate.values < bounds[:, 1])
            assert inside.all(), f"{name} in {file} lies outside its bounds"
            np.testing.assert_array_equal(bounds[1:, 0], bounds[:-1, 1])
        for name, variable in dataset.data_vars.items():
            if name.endswith("_bounds"):
                continue
            for attribute in ("standard_name", "long_name", "units", "source_sha256"):
                assert attribute in variable.attrs, f"{name} in {file} lacks {attribute}"
        assert dataset.latitude.values[0] < dataset.latitude.values[-1]
    np.testing.assert_array_equal(packed["climatology.nc"].month, np.arange(1, 13))


def test_months_of_the_anomalies_are_dates():
    with xr.open_dataset(DATA_FOLDER / "sst_anomaly.nc") as file:
        months = file.time.values.astype("datetime64[M]")
    np.testing.assert_array_equal(months, np.arange("1979-01", "2014-01", dtype="datetime64[M]"))


def test_values_are_missing_only_where_there_is_no_land_or_no_sea():
    climatology = read_climatology()
    land = climatology.land_area_fraction
    for name, nowhere, missing_points in (
        ("land_surface_temperature", land == 0, 2574),
        ("surface_snow_amount", land == 0, 2574),
        ("volume_fraction_of_condensed_water_in_soil", land == 0, 2574),
        # Three points that are all land have sea data nevertheless.
        ("sea_surface_temperature", land == 1, 1106),
        ("sea_ice_area_fraction", land == 1, 1106),
    ):
        missing = climatology[name].isnull()
        assert not (missing & ~nowhere).any(), f"{name} is missing where it is needed"
        counts = missing.sum(["latitude", "longitude"])
        assert (counts == missing_points).all(), f"{name} is missing at {counts.values} points"


@pytest.mark.parametrize("name", FIELD_NAMES)
def test_prepared_fields_are_those_of_the_original(golden, fields, name):
    with xr.open_dataset(golden / "surface/boundary_fields.nc") as file:
        expected = file[name].values
    expected = expected if expected.ndim == 1 else expected.swapaxes(-1, -2)
    value = getattr(fields, name)
    assert value.shape == expected.shape
    assert value.dtype == np.float64
    if name.endswith("_mask"):
        np.testing.assert_array_equal(value, expected)
    difference = np.abs(value - expected)
    worst = np.unravel_index(difference.argmax(), difference.shape)
    assert difference.max() <= TOLERANCE * np.abs(expected).max(), (
        f"{name} differs by {difference.max():.2e} at {tuple(map(int, worst))}: {value[worst]}, "
        f"expected {expected[worst]}"
    )


def test_every_point_is_land_or_sea(fields):
    np.testing.assert_allclose(fields.land_fraction + fields.sea_fraction, 1.0, rtol=1e-15)
    assert fields.land_mask.sum() == 1857
    assert fields.sea_mask.sum() == 3355
    assert (fields.land_mask * fields.sea_mask).sum() == 604


def test_masked_points_hold_neutral_values(fields):
    no_land, no_sea = fields.land_mask == 0, fields.sea_mask == 0
    for name, mask, neutral in (
        ("land_temperature_monthly", no_land, 273.0),
        ("snow_depth_monthly", no_land, 0.0),
        ("soil_water_availability_monthly", no_land, 0.0),
        ("sea_surface_temperature_monthly", no_sea, 273.0),
        ("sea_ice_fraction_monthly", no_sea, 0.0),
        ("sst_anomaly_window_initial", no_sea, 0.0),
        ("land_fraction", no_land, 0.0),
        ("sea_fraction", no_sea, 0.0),
    ):
        assert (getattr(fields, name)[..., mask] == neutral).all(), f"{name} outside its mask"


def test_window_follows_the_start(fields):
    file_month = 12 * (1997 - 1979) + 11
    window = prepare_boundary_fields(1997, 11).sst_anomaly_window_initial
    months = [file_month - 1, file_month, file_month + 1]
    np.testing.assert_array_equal(window, masked_sst_anomaly(months, fields.sea_mask))
    on_sea = fields.sea_mask == 1
    raw = read_sst_anomaly(months).swapaxes(-1, -2)
    np.testing.assert_array_equal(window[:, on_sea], raw[:, on_sea])


@pytest.mark.parametrize(("year", "month"), [(1979, 2), (2013, 11)])
def test_first_and_last_start_are_accepted(year, month):
    prepare_boundary_fields(year, month)


@pytest.mark.parametrize(("year", "month"), [(1978, 12), (1979, 1), (2013, 12), (2014, 6)])
@pytest.mark.parametrize("formulation", ["original", "corrected"])
def test_start_outside_the_anomalies_is_refused(year, month, formulation):
    with pytest.raises(ValueError, match=rf"{year}-{month:02d} needs month .* SST anomalies"):
        prepare_boundary_fields(year, month, formulation=Formulation.named(formulation))


@pytest.mark.parametrize("month", [0, 13])
def test_month_that_does_not_exist_is_refused(month):
    with pytest.raises(ValueError, match=f"start_month must be 1 to 12, got {month}"):
        prepare_boundary_fields(1982, month)


@pytest.mark.parametrize("month", [0, 421])
def test_file_month_outside_the_file_is_refused(month):
    with pytest.raises(ValueError, match=f"got {month}"):
        read_sst_anomaly([12, month])


def test_missing_files_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"climatology\.nc does not exist"):
        read_climatology(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"sst_anomaly\.nc does not exist"):
        read_sst_anomaly([1], tmp_path)


def test_missing_value_on_land_is_named(tmp_path):
    climatology = read_climatology()
    climatology["land_surface_temperature"][3, 2, 5] = np.nan
    climatology.to_netcdf(tmp_path / "climatology.nc")
    (tmp_path / "sst_anomaly.nc").symlink_to(DATA_FOLDER / "sst_anomaly.nc")
    expected = r"land_temperature_monthly is missing at index \(3, 5, 2\) and 0 other places"
    with pytest.raises(ValueError, match=expected):
        prepare_boundary_fields(1982, 1, folder=tmp_path)


def test_result_is_a_pytree_in_the_wanted_precision(fields):
    single = prepare_boundary_fields(1982, 1, dtype=np.float32)
    for name in FIELD_NAMES:
        expected = getattr(fields, name).astype(np.float32)
        np.testing.assert_array_equal(getattr(single, name), expected, err_msg=name)
    on_device = jax.tree.map(jnp.asarray, single)
    assert isinstance(on_device, BoundaryFields)
    assert on_device.land_mask.dtype == jnp.float32


def test_corrected_formulation_is_prepared_too(fields):
    corrected = prepare_boundary_fields(1982, 1, formulation=CORRECTED)
    np.testing.assert_array_equal(corrected.land_mask, fields.land_mask)
    assert np.abs(corrected.latitude_radians - fields.latitude_radians).max() > 1e-4
    assert 1.5 < corrected.orographic_drag_factor.max() < 2.0
    assert corrected.el_nino_weight[44].max() == 1.0


def test_dataset_has_names_units_and_coordinates(fields, tmp_path):
    dataset = fields.to_dataset()
    for name in FIELD_NAMES:
        assert "units" in dataset[name].attrs, f"{name} lacks units"
        assert "long_name" in dataset[name].attrs, f"{name} lacks a long name"
    assert dataset.surface_geopotential.standard_name == "surface_geopotential"
    assert dataset.snow_depth_monthly.dims == ("month", "latitude", "longitude")
    assert dataset.latitude.values[0] == pytest.approx(-87.2165, abs=1e-4)
    dataset.to_netcdf(tmp_path / "fields.nc")
    with xr.open_dataset(tmp_path / "fields.nc") as file:
        np.testing.assert_array_equal(file.land_fraction.values.T, fields.land_fraction)


@given(st.integers(0, 2**32 - 1), st.floats(0.0, 1.0))
def test_soil_water_availability_is_a_share_that_grows_with_water(seed, extra):
    rng = np.random.default_rng(seed)
    high, low = rng.uniform(size=(2, 96, 48))
    top, second = rng.uniform(0.0, 0.5, size=(2, 12, 96, 48))
    share = soil_water_availability(high, low, top, second)
    assert share.min() >= 0.0
    assert share.max() <= 1.0
    assert (soil_water_availability(high, low, top + extra, second) >= share).all()
    assert (soil_water_availability(high, low, top, second + extra) >= share).all()


def test_packer_refuses_other_data(packer, tmp_path):
    wheel = tmp_path / "other.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in packer.CHECKSUMS:
            archive.writestr(f"{packer.FOLDER}/{name}", b"something else")
    with pytest.raises(SystemExit, match=r"clim/land\.nc in .* has SHA-256 .*, expected 6139d2f8"):
        packer.raw_files(wheel, tmp_path)


def test_packer_names_what_a_wheel_lacks(packer, tmp_path):
    wheel = tmp_path / "empty.whl"
    with zipfile.ZipFile(wheel, "w"):
        pass
    with pytest.raises(SystemExit, match=r"holds no jcm/data/bc/t30/clim/land\.nc"):
        packer.raw_files(wheel, tmp_path)
