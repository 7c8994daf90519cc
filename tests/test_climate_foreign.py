"""Climates of other models, and the two layouts of the stored climate."""

import importlib.util
from pathlib import Path

import cftime
import numpy as np
import pytest
import xarray as xr

from jcm.dynamics.gaussian_grid import GaussianGrid
from reference.errors import InputError
from validation.climate.foreign import read_foreign
from validation.climate.reference import read_stored_climate
from validation.climate.seasons import SEASONS

EAST = np.arange(-180.0, 180.0, 2.5)
NORTH = np.arange(90.0, -91.0, -2.5)
PRESSURE = np.array([1000.0, 850.0, 700.0, 500.0, 300.0, 200.0, 100.0, 50.0, 10.0])


@pytest.fixture(scope="module")
def stored(golden):
    return read_stored_climate(golden / "climate")


@pytest.fixture(scope="module")
def ours(stored):
    """How a file is read: our levels, and the surface pressure that places them."""
    sigma = stored.yardstick.statistics["sigma"].values
    return sigma, stored.climate.maps["surface_pressure"].values


def months(years=2):
    return [cftime.DatetimeNoLeap(1990 + i // 12, i % 12 + 1, 16) for i in range(12 * years)]


def write(path, variables, *, time=None, coordinates=None):
    xr.Dataset(
        variables,
        coords={
            "time": months() if time is None else time,
            "lat": ("lat", NORTH, {"standard_name": "latitude", "units": "degrees_north"}),
            "lon": ("lon", EAST, {"standard_name": "longitude", "units": "degrees_east"}),
            **(coordinates or {}),
        },
    ).to_netcdf(path)
    return path


def smooth(north, east):
    """A field that bilinear interpolation reproduces well."""
    return np.sin(np.radians(north))[:, None] + 0.5 * np.cos(np.radians(east))[None, :]


def in_time(field, cycle=True):
    """Twenty-four months with an annual cycle."""
    month = np.arange(24) % 12
    factor = 1.0 + cycle * 0.1 * np.cos(2 * np.pi * month / 12)
    return factor.reshape(-1, *[1] * field.ndim) * field


def test_a_file_of_another_model_is_found_converted_and_regridded(tmp_path, ours):
    field = smooth(NORTH, EAST)
    rain = in_time(3.0 + field) / 86400.0
    warmth = in_time(15.0 + field, cycle=False)
    dimensions = ("time", "lat", "lon")
    path = write(
        tmp_path / "other.nc",
        {
            "pr": (dimensions, rain, {"units": "kg m-2 s-1"}),
            "whatever": (
                dimensions,
                in_time(5.0 + field),
                {"units": "hPa", "standard_name": "surface_air_pressure"},
            ),
            "tas": (dimensions, warmth, {"units": "degC"}),
            "tauu": (dimensions, in_time(field), {"units": "Pa"}),
            "evspsbl": (dimensions, in_time(field), {"units": "furlongs"}),
        },
    )
    climate = read_foreign(path, *ours)
    grid = GaussianGrid.speedy()
    expected = smooth(grid.latitude_degrees, grid.longitude_degrees)
    names = {"precipitation", "surface_pressure", "near_surface_temperature", "eastward_stress"}
    assert set(climate.maps) == names
    assert climate.years == 2.0
    annual = climate.maps.isel(season=0)
    days = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    cycle = (days * (1 + 0.1 * np.cos(2 * np.pi * np.arange(12) / 12))).sum() / 365
    assert annual["precipitation"].values == pytest.approx(cycle * (3 + expected), abs=2e-3)
    assert annual["surface_pressure"].values == pytest.approx(100 * cycle * (5 + expected), abs=0.1)
    assert annual["near_surface_temperature"].values == pytest.approx(288.15 + expected, abs=2e-3)
    # What models archive acts on the surface.
    assert annual["eastward_stress"].values == pytest.approx(-cycle * expected, abs=2e-3)
    said = " ".join(climate.remarks)
    assert "outgoing_longwave" in said
    assert "evaporation has the unit 'furlongs'" in said


def test_pressure_levels_become_ours(tmp_path, ours):
    sigma, surface_pressure = ours
    log = np.log(100.0 * PRESSURE)
    # Linear in the logarithm of pressure: exact.
    field = np.broadcast_to(log[None, :, None, None], (24, PRESSURE.size, NORTH.size, EAST.size))
    path = write(
        tmp_path / "levels.nc",
        {"ta": (("time", "plev", "lat", "lon"), field, {"units": "K"})},
        coordinates={"plev": ("plev", PRESSURE, {"units": "hPa", "standard_name": "air_pressure"})},
    )
    found = read_foreign(path, *ours).maps["temperature"].values
    wanted = np.log(sigma[None, :, None, None] * surface_pressure[:, None])
    assert found.shape == (len(SEASONS), 8, 48, 96)
    outside = wanted > log.max()
    assert np.isnan(found[outside]).all()
    assert found[~outside] == pytest.approx(wanted[~outside])


def test_months_that_are_not_whole_years_are_refused(tmp_path, ours):
    field = np.zeros((13, NORTH.size, EAST.size))
    variables = {"pr": (("time", "lat", "lon"), field, {"units": "mm/day"})}
    path = write(tmp_path / "short.nc", variables, time=months()[:13])
    with pytest.raises(InputError, match="between 1 and 2 values per calendar month"):
        read_foreign(path, *ours)


def test_a_file_with_nothing_to_compare_is_refused(tmp_path, ours):
    variables = {"x": (("time", "lat", "lon"), np.zeros((24, NORTH.size, EAST.size)))}
    with pytest.raises(InputError, match="no quantity that can be compared"):
        read_foreign(write(tmp_path / "none.nc", variables), *ours)


def test_a_file_that_is_no_netcdf_is_refused(tmp_path, ours):
    path = tmp_path / "text.nc"
    path.write_text("no numbers")
    with pytest.raises(InputError, match="cannot be read as a NetCDF file"):
        read_foreign(path, *ours)


def full_layout(folder, stored):
    """A stored climate with twelve months, of a few variables."""
    random = np.random.default_rng(0)
    weight = stored.yardstick.statistics["area_weight"]
    climatology = xr.Dataset(
        {
            "temperature": (
                ("month", "level", "latitude", "longitude"),
                260 + 20 * random.random((12, 8, 48, 96)),
            ),
            "precipitation": (("month", "latitude", "longitude"), random.random((12, 48, 96))),
            "zonal_mean_precipitation": (("month", "latitude"), random.random((12, 48))),
            "zonal_mean_temperature_tendency_shortwave": (
                ("month", "level", "latitude"),
                random.random((12, 8, 48)),
            ),
        },
        attrs={"years": 12, "title": "drawn"},
    )
    for name in climatology.data_vars:
        climatology[name].attrs = {"units": "1", "long_name": name}
    variability = xr.Dataset(
        {
            "area_weight": weight,
            "sd_precipitation": (("month", "latitude", "longitude"), random.random((12, 48, 96))),
            "season_sd_precipitation": (
                ("season", "latitude", "longitude"),
                random.random((3, 48, 96)),
            ),
            "rms_median_precipitation": ("season", random.random(3)),
        }
    )
    folder.mkdir()
    climatology.astype(np.float32).to_netcdf(folder / "monthly_climatology.nc")
    variability.to_netcdf(folder / "internal_variability.nc")
    for name in ("spectra.nc", "global_means.csv"):
        (folder / name).write_bytes((stored.folder / name).read_bytes())
    return folder


def test_the_reduced_layout_holds_the_same(tmp_path, stored, monkeypatch):
    path = Path(__file__).parents[1] / "tools" / "pack_reference_climate.py"
    specification = importlib.util.spec_from_file_location("pack_reference_climate", path)
    tool = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(tool)
    source = full_layout(tmp_path / "full", stored)
    target = tmp_path / "reduced"
    monkeypatch.setattr("sys.argv", ["pack", str(source), "--output", str(target)])
    tool.main()
    full, reduced = read_stored_climate(source), read_stored_climate(target)
    assert set(full.climate.maps) == set(reduced.climate.maps)
    assert set(full.climate.zonal) == set(reduced.climate.zonal)
    for name, values in full.climate.maps.items():
        bound = 1.1e-5 if name == "temperature" else 6e-4
        assert reduced.climate.maps[name].values == pytest.approx(values.values, rel=bound), name
    january = full.climate.january["precipitation"].values
    assert reduced.climate.january["precipitation"].values == pytest.approx(january, rel=6e-4)
    for scatter in ("january_deviation", "season_deviation"):
        values = getattr(full.yardstick, scatter)("precipitation").values
        packed = getattr(reduced.yardstick, scatter)("precipitation").values
        assert packed == pytest.approx(values, rel=3.3e-2)


def test_a_damaged_folder_is_refused(tmp_path, stored):
    folder = full_layout(tmp_path / "full", stored)
    (folder / "internal_variability.nc").write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"internal_variability\.nc cannot be read"):
        read_stored_climate(folder)
    (folder / "internal_variability.nc").unlink()
    with pytest.raises(InputError, match="does not exist"):
        read_stored_climate(folder)
