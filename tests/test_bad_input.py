"""Bad input is refused in one sentence that names variable, place, value and expectation."""

from __future__ import annotations

import shutil

import netCDF4
import numpy as np
import pytest

from reference import golden as golden_reader
from reference import kernels
from reference.checks import check_inputs
from reference.declarations import PROCESSES
from reference.errors import InputError, ReferenceUnavailableError
from reference.sampling import sample

needs_fortran = pytest.mark.skipif(not kernels.available(), reason=kernels.unavailable_reason())


@pytest.fixture
def columns():
    return sample(PROCESSES["longwave_radiation"], 5, seed=1)


def _refused(columns, *words):
    with pytest.raises(InputError) as caught:
        check_inputs(PROCESSES["longwave_radiation"], columns)
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message, f"{word!r} is not in {message!r}"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite(columns, value):
    columns["temperature"][3, 6] = value
    _refused(columns, "temperature", "column 3, level 6", str(value))


def test_a_temperature_outside_the_longwave_table(columns):
    columns["temperature"][2, 0] = 99.0
    _refused(columns, "temperature", "column 2, level 0", "99.0", "99.5")
    columns["temperature"][2, 0] = 400.5
    _refused(columns, "400.5", "column 2, level 0")


def test_a_wrong_number_of_levels(columns):
    columns["temperature"] = columns["temperature"][:, :7]
    _refused(columns, "temperature", "(5, 7)", "8 levels")


def test_a_transposed_array(columns):
    columns["temperature"] = columns["temperature"].T
    _refused(columns, "temperature", "(8, 5)")


def test_a_missing_variable(columns):
    del columns["surface_temperature"]
    _refused(columns, "surface_temperature", "missing")


def test_no_columns(columns):
    _refused({k: v[:0] for k, v in columns.items()}, "no column")


def test_columns_of_different_number(columns):
    columns["surface_temperature"] = columns["surface_temperature"][:4]
    _refused(columns, "surface_temperature", "4", "5")


def test_text_instead_of_numbers(columns):
    columns["surface_temperature"] = np.array(["warm"] * 5)
    _refused(columns, "surface_temperature", "numbers")


@needs_fortran
@pytest.mark.parametrize(
    ("name", "variable", "value"),
    [
        ("convection", "normalized_surface_pressure", -0.9),
        ("convection", "normalized_surface_pressure", 0.0),
        ("surface_fluxes", "land_fraction", 1.5),
        ("sea_model", "sea_coupling_flag", 7),
        ("calendar", "start_month", 13),
        ("large_scale_condensation", "convection_top_level", 9),
        ("sst_anomaly_window", "start_year", 1978),
    ],
)
def test_the_fortran_is_not_called_with_what_it_cannot_answer(name, variable, value):
    process = PROCESSES[name]
    inputs = sample(process, 4, seed=2)
    inputs[variable][1] = value
    with pytest.raises(InputError, match=rf"{variable} .* at column 1, expected"):
        kernels.run(process, inputs)


@needs_fortran
def test_a_date_that_does_not_exist():
    inputs = sample(PROCESSES["calendar"], 3, seed=2)
    inputs["start_year"][2], inputs["start_month"][2], inputs["start_day"][2] = 1983, 2, 30
    with pytest.raises(
        InputError, match="are 1983, 2, 30 at column 2, expected a date that exists"
    ):
        kernels.run(PROCESSES["calendar"], inputs)


@needs_fortran
def test_a_kernel_reports_what_no_declaration_can_tell():
    """A corrected run beyond the end of the anomaly file."""
    inputs = sample(PROCESSES["sst_anomaly_window"], 2, seed=2)
    inputs["start_year"][1], inputs["step"][1] = 2013, 36 * 400
    inputs["start_month"][1] = 6
    with pytest.raises(InputError, match="column 1: the date lies outside the file"):
        kernels.run(PROCESSES["sst_anomaly_window"], inputs, formulation="corrected")


@needs_fortran
def test_a_start_at_the_edge_of_the_anomaly_file():
    inputs = sample(PROCESSES["sst_anomaly_window"], 2, seed=2)
    inputs["start_year"][0], inputs["start_month"][0] = 1979, 1
    with pytest.raises(InputError, match="are 1979, 1 at column 0, expected February 1979"):
        kernels.run(PROCESSES["sst_anomaly_window"], inputs)


def test_without_a_compiler_the_reference_says_what_to_install(monkeypatch):
    monkeypatch.setattr(kernels, "_extension", lambda: "No module named 'reference._speedy'")
    assert not kernels.available()
    for word in ("not built", "gfortran", "Debian", "Fedora", "macOS"):
        assert word in kernels.unavailable_reason()
    with pytest.raises(ReferenceUnavailableError, match="not built"):
        kernels.run(PROCESSES["clouds"], sample(PROCESSES["clouds"], 1, seed=1))


@pytest.fixture
def folder(golden, tmp_path):
    """A golden folder of one file, to be damaged."""
    (tmp_path / "physics").mkdir()
    shutil.copy(golden / "physics/convection.nc", tmp_path / "physics/convection.nc")
    return tmp_path


def _unreadable(folder, *words):
    with pytest.raises(InputError) as caught:
        golden_reader.read(PROCESSES["convection"], folder)
    for word in ("convection.nc", *words):
        assert word in str(caught.value), f"{word!r} is not in {caught.value}"


def test_a_golden_folder_that_does_not_exist(tmp_path):
    with pytest.raises(InputError, match="nowhere"):
        golden_reader.read(PROCESSES["convection"], tmp_path / "nowhere")


def test_a_golden_file_that_does_not_exist(folder):
    (folder / "physics/convection.nc").unlink()
    _unreadable(folder, "does not exist")


@pytest.mark.parametrize("length", [0, 1000, 200_000])
def test_a_truncated_golden_file(folder, length):
    path = folder / "physics/convection.nc"
    path.write_bytes(path.read_bytes()[:length])
    _unreadable(folder, "cannot be read")


def test_a_golden_file_without_a_variable(folder):
    with netCDF4.Dataset(folder / "physics/convection.nc", "a") as file:
        file.renameVariable("convective_precipitation", "rain")
    _unreadable(folder, "lacks variable convective_precipitation")


def test_a_golden_file_with_levels_under_another_name(folder):
    with netCDF4.Dataset(folder / "physics/convection.nc", "a") as file:
        file.renameDimension("level", "lev")
    _unreadable(folder, "dimensions", "level")


@pytest.mark.parametrize("variable", ["dry_static_energy", "convective_humidity_flux"])
def test_a_golden_file_with_a_nan(folder, variable):
    with netCDF4.Dataset(folder / "physics/convection.nc", "a") as file:
        file[variable][7, 3] = np.nan
    _unreadable(folder, variable, "column 7")


def test_a_golden_file_of_a_user_may_have_a_grid_of_columns(golden, tmp_path):
    """Columns may be laid out along any dimensions: here a grid of 8 x 12 columns."""
    import xarray as xr

    original = xr.open_dataset(golden / "physics/convection.nc", mask_and_scale=False)
    some = original.isel(column=slice(0, 96)).drop_vars(["latitude", "longitude", "date"])
    index = xr.Coordinates.from_pandas_multiindex(
        __import__("pandas").MultiIndex.from_product(
            [range(8), range(12)], names=["north", "east"]
        ),
        "column",
    )
    grid = some.assign_coords(index).unstack("column")
    (tmp_path / "physics").mkdir()
    grid.to_netcdf(tmp_path / "physics/convection.nc")
    (columns,) = golden_reader.read(PROCESSES["convection"], tmp_path)
    assert columns.columns == 96
    np.testing.assert_array_equal(
        columns.inputs["dry_static_energy"], some["dry_static_energy"].values
    )
