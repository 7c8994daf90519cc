"""The stand-alone Fortran program: namelist in, NetCDF out."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from reference import kernels
from reference.model import SpeedyModel
from reference.model_means import mean_descriptions
from validation.boundary_file import boundary_dataset, write_boundary_file


def _program() -> str | None:
    """The program: on the path, or beside the compiled module in an editable installation."""
    if not kernels.available():
        return None
    beside = Path(kernels.loaded().__file__).parent / "speedy"
    return str(beside) if beside.exists() else shutil.which("speedy")


pytestmark = pytest.mark.skipif(
    _program() is None, reason="the stand-alone program was not built (it needs netcdf-fortran)"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("program")
    # A copy stays what it is if the program is built again meanwhile.
    shutil.copy(_program(), folder / "speedy")
    write_boundary_file(folder / "boundary.nc")
    return folder


@pytest.fixture(scope="module")
def two_days(folder):
    """A run of two days."""
    result = _run(folder, "whole", "end_date = 1982, 1, 3, 0, 0", "restart_out = 'whole.nc'")
    assert result.returncode == 0, result.stderr
    return folder


def _run(folder, name, *entries, groups=""):
    """Run the program with entries of the group run, output named after `name`."""
    lines = [*entries, f"snapshot_file = '{name}_snapshots.nc'", f"mean_file = '{name}_means.nc'"]
    (folder / f"{name}.nml").write_text("&run\n" + "\n".join(lines) + "\n/\n" + groups)
    return subprocess.run(
        [folder / "speedy", f"{name}.nml"], cwd=folder, capture_output=True, text=True, timeout=120
    )


def _arrays(path):
    with xr.open_dataset(path, decode_times=False) as file:
        return {name: file[name].values for name in file.variables}


def test_it_runs_the_same_model(two_days):
    file = boundary_dataset()
    arrays = {
        name: values.values.swapaxes(-1, -2)
        for name, values in file.items()
        if values.dims[-2:] == ("latitude", "longitude")
    }
    model = SpeedyModel(arrays)
    model.cold_start()
    model.start_means()
    model.advance(72)
    written = _arrays(two_days / "whole.nc")
    state = model.state()
    for index, level in enumerate(("earlier", "later")):
        for name in ("vorticity", "temperature"):
            values = (
                written[f"{level}_{name}_real"] + 1j * written[f"{level}_{name}_imaginary"]
            ).swapaxes(-1, -2)
            assert np.array_equal(values, state[name][index]), (level, name)

    means = _arrays(two_days / "whole_means.nc")
    assert (means["year"], means["month"], means["steps"]) == (1982, 1, 72)
    expected = model.means()
    for description in mean_descriptions():
        values = means[description.name][0]
        assert values.shape == expected[description.name].shape
        np.testing.assert_array_equal(values, expected[description.name].astype(np.float32))

    with xr.open_dataset(two_days / "whole_snapshots.nc") as snapshots:
        assert [str(time) for time in snapshots["time"].values] == [
            f"1982-01-0{day} 00:00:00" for day in (1, 2, 3)
        ]
        grid = model.grid()
        np.testing.assert_array_equal(
            snapshots["temperature"].values[-1], grid["temperature"].astype(np.float32)
        )


@pytest.mark.parametrize("date", ["1982, 1, 2, 0, 0", "1982, 1, 2, 4, 40"])
def test_two_runs_are_one(two_days, date):
    """Also when the first ends in the middle of a day."""
    first = _run(two_days, "first", f"end_date = {date}", "restart_out = 'first.nc'")
    second = _run(
        two_days,
        "second",
        "end_date = 1982, 1, 3, 0, 0",
        "restart_in = 'first.nc'",
        "restart_out = 'second.nc'",
    )
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    whole, parts = _arrays(two_days / "whole.nc"), _arrays(two_days / "second.nc")
    assert [name for name in whole if not np.array_equal(whole[name], parts[name])] == []


@pytest.mark.parametrize(
    ("entries", "groups", "message"),
    [
        (["end_date = 1982, 2, 30, 0, 0"], "", "the end date does not exist"),
        (["end_date = 1982, 1, 1, 0, 30"], "", "is no whole number of 40-minute steps after"),
        (["boundary_file = 'nowhere.nc'"], "", "nowhere.nc, opening: No such file"),
        (["boundary_file = 'whole.nc'"], "", "whole.nc has no variable surface_geopotential_unf"),
        (["restart_in = 'boundary.nc'"], "", "boundary.nc is no restart file"),
        (["restart_in = 'truncated.nc'"], "", "truncated.nc, opening: NetCDF: HDF error"),
        (["end = 3"], "", "group run of bad.nml: .*end"),
        ([], "&model formulation = 'origami' /\n", "formulation in bad.nml is 'origami'"),
        ([], "&model switches_off = 'quirk' /\n", "there is no switch 'quirk'"),
        ([], "&numbers name(1) = 'g', value(1) = 9 /\n", "there is no number 'g'"),
        ([], "&model sppt = 2 /\n", "a coupling flag has a value that means nothing"),
    ],
)
def test_bad_input_is_refused(two_days, entries, groups, message):
    whole = (two_days / "whole.nc").read_bytes()
    (two_days / "truncated.nc").write_bytes(whole[: len(whole) // 3])
    result = _run(two_days, "bad", *entries, groups=groups)
    assert result.returncode == 2, result.stdout
    assert result.stderr.startswith("speedy: "), result.stderr
    assert result.stderr.endswith(".\n"), result.stderr
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(result.stderr)


def test_settings_act(two_days):
    """Switches, flags and numbers of the namelist reach the model."""
    usual = _arrays(two_days / "whole.nc")["later_temperature_real"]
    for groups in (
        "&model switches_off = 'extra_diffusion_acts_on_all_levels' /\n",
        "&model formulation = 'corrected' /\n",
        "&model land_coupling_flag = 0 /\n",
        "&numbers name(1) = 'dynamics.robert_coefficient', value(1) = 0.06 /\n",
    ):
        result = _run(
            two_days, "set", "end_date = 1982, 1, 3, 0, 0", "restart_out = 'set.nc'", groups=groups
        )
        assert result.returncode == 0, result.stderr
        assert not np.array_equal(_arrays(two_days / "set.nc")["later_temperature_real"], usual)


def test_a_model_that_stops_says_why(two_days):
    groups = "&numbers name(1) = 'dynamics.time_step', value(1) = 200000 /\n"
    result = _run(two_days, "stop", "end_date = 1982, 1, 3, 0, 0", groups=groups)
    assert result.returncode == 1, result.stdout
    assert "in step" in result.stderr, result.stderr
