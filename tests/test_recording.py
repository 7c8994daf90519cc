"""`jcm-validate record` on the Fortran model: the numbers are those of the run."""

import json

import netCDF4
import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from reference import kernels
from reference.declarations import PROCESSES
from reference.errors import InputError
from reference.golden import read
from tests.closeness import assert_close
from validation.cli import app
from validation.recording.proof import Agreements, in_words
from validation.recording.record import make_run, record
from validation.recording.request import checked_record_request
from validation.recording.seen import COLUMNS
from validation.recording.stages import driver_stage, physics_stages

pytestmark = pytest.mark.skipif(not kernels.available(), reason=kernels.unavailable_reason())

STEPS = (0, 1, 2, 37)


def command(*words):
    """The finished command, with its whole output and exit code."""
    return CliRunner().invoke(app, [*map(str, words)])


def refused(result):
    """The one sentence that a refused command says."""
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    return " ".join(result.output.split())


@pytest.fixture(scope="module")
def restart(golden):
    """The spun-up state of the golden files."""
    return golden / "dynamics/restart_state.nc"


@pytest.fixture(scope="module")
def folder(restart, tmp_path_factory):
    """A recording of some columns, made by the command."""
    output = tmp_path_factory.mktemp("record") / "recording"
    steps = ",".join(map(str, STEPS))
    words = ("--start", restart, "--steps", steps, "--columns", 300, "--output", output)
    result = command("record", "--model", "fortran", *words)
    assert result.exit_code == 0, result.output
    assert "bit for bit" in result.output
    return output


@pytest.fixture(scope="module")
def whole(restart):
    """All columns of two steps, in memory."""
    request = checked_record_request(
        model="fortran", start=str(restart), steps="0,1", columns="all"
    )
    return record(request, make_run(request))


def test_what_is_recorded_is_what_the_run_used_bit_for_bit(whole):
    differing = [a for a in whole.agreements if a.differing]
    assert not differing, differing
    compared = {a.process for a in whole.agreements}
    # What is left is told by no model and follows from the others.
    assert PROCESSES.keys() - compared == {
        "humidity",
        "interpolation",
        "slab_constants",
        "orographic_correction",
    }
    tendencies = [a for a in whole.agreements if a.variable == "temperature_tendency"]
    assert tendencies[0].values == 2 * COLUMNS * 8


def test_the_first_step_has_the_tendencies_of_the_original(whole, golden):
    driver = whole.files["physics/physics_driver.nc"]
    first = driver.isel(column=driver["step"].values == 0)
    with xr.open_dataset(golden / "dynamics/step_full_physics.nc") as original:
        for name in ("eastward_wind", "northward_wind", "temperature", "specific_humidity"):
            expected = original[f"{name}_tendency_physics"].values.reshape(8, COLUMNS).T
            assert_close(name, first[f"{name}_tendency"].values, expected, 1e-12)


def test_the_run_goes_on_like_the_original(restart, golden):
    """What a later step sees is the original's state at that step, put on the grid."""
    from reference import dynamics

    request = checked_record_request(
        model="fortran", start=str(restart), steps="36", columns="all", processes=["physics_driver"]
    )
    recording = record(request, make_run(request))
    driver = recording.files["physics/physics_driver.nc"]
    with xr.open_dataset(golden / "dynamics/restart_trajectory.nc") as original:
        last = original.sel(step=36)
        spectral = last["temperature_real"].values + 1j * last["temperature_imaginary"].values
        sea = last["sea_surface_temperature_after_36"].values.reshape(-1)
        land = last["land_surface_temperature_after_36"].values.reshape(-1)
    grid = dynamics.synthesis(spectral).reshape(8, COLUMNS).T
    assert_close("temperature", driver["temperature"].values, grid, 1e-12)
    assert_close("sea", driver["sea_surface_temperature"].values, sea, 1e-12)
    assert_close("land", driver["land_surface_temperature"].values, land, 1e-12)


def test_slab_constants_are_those_of_the_original(folder, golden):
    process = PROCESSES["slab_constants"]
    (ours,), (original,) = read(process, folder), read(process, golden)
    for name, values in original.outputs.items():
        assert_close(name, ours.outputs[name], values, 1e-12)


def test_columns_accepts_the_folder_as_golden_numbers(folder, tmp_path):
    words = ("--golden", folder, "--implementation", "fortran", "--samples", 500)
    result = command("columns", *words, "--output", tmp_path / "report")
    comparisons = json.loads((tmp_path / "report/results.json").read_text())["comparisons"]
    golden = [c for c in comparisons if c["reference"] == "golden"]
    assert {c["process"] for c in golden} >= PROCESSES.keys(), result.output
    assert "physics_driver_sequence" in {c["process"] for c in golden}
    worst = max(golden, key=lambda c: c["max_abs"])
    assert worst["max_abs"] == 0, worst


def test_every_file_says_what_is_in_it(folder):
    paths = sorted(folder.rglob("*.nc"))
    assert {golden.path for p in PROCESSES.values() for golden in p.golden} == {
        path.relative_to(folder).as_posix() for path in paths
    }
    for path in paths:
        with netCDF4.Dataset(path) as file:
            assert (file.model, file.precision) == ("fortran", "float64"), path
            assert "--steps 0,1,2,37" in file.history, path
            assert "bit for bit" in file.agreement, path
            owners = [PROCESSES[name] for name in file.process.split()]
            assert owners, path
            for variable in (v for process in owners for v in process.inputs):
                if variable.name in file.variables and variable.name != "longitude":
                    assert file[variable.name].units == variable.units, (path, variable.name)
    assert len(json.loads((folder / "recording.json").read_text())["agreement"]) > 80


def test_columns_have_places_dates_and_steps(folder):
    (columns,) = [c for c in read(PROCESSES["convection"], folder)]
    assert columns.columns == 300 * len(STEPS)
    assert columns.real.all()
    assert np.isfinite(columns.latitude).all()
    # Step 37 begins a day and a step later.
    assert set(columns.date) == {f"1983-01-01 0{h}" for h in ("0:00", "0:40", "1:20")} | {
        "1983-01-02 00:40"
    }
    with xr.open_dataset(folder / "physics/convection.nc", decode_times=False) as file:
        assert sorted(set(file["step"].values)) == list(STEPS)
        assert sorted(set(file["model_step"].values)) == [13141 + step for step in STEPS]


def test_what_a_step_keeps_is_recorded_where_it_was_computed(folder):
    """Clouds of every third step, and the daily update, that the chosen steps live on."""

    def steps(path):
        with xr.open_dataset(folder / path, decode_times=False) as file:
            return sorted(set(file["step"].values))

    assert steps("physics/clouds.nc") == steps("physics/shortwave_radiation.nc") == [0, 36]
    assert steps("physics/daily_forcing.nc") == [0, 36]
    assert steps("surface/land_model_step.nc") == list(STEPS)


def test_a_step_before_which_nothing_was_computed_says_so(restart):
    request = checked_record_request(
        model="fortran", start=str(restart), steps="2", columns="5", processes=["daily_forcing"]
    )
    run = make_run(request)
    run.advance(1)
    recording = record(request, run)
    assert not recording.files
    assert recording.remarks == [
        "daily_forcing is not recorded: the run began after the step that computed it."
    ]


def test_the_same_seed_draws_the_same_columns(restart):
    def latitudes(seed):
        request = checked_record_request(
            model="fortran",
            start=str(restart),
            steps="0",
            columns="20",
            seed=seed,
            processes=["convection"],
        )
        dataset = record(request, make_run(request)).files["physics/convection.nc"]
        return list(dataset["latitude"].values + 1000 * dataset["longitude"].values)

    assert latitudes(3) == latitudes(3) != latitudes(4)


def test_a_start_from_rest(tmp_path):
    words = ("--model", "fortran", "--start", "1990-07-01T12:00", "--steps", "0,1")
    words = (*words, "--process", "calendar", "--process", "zonal_forcing")
    result = command("record", *words, "--output", tmp_path / "rest")
    assert result.exit_code == 0, result.output
    assert {p.name for p in (tmp_path / "rest").rglob("*.nc")} == {
        "calendar.nc",
        "zonal_forcing.nc",
    }
    with xr.open_dataset(tmp_path / "rest/surface/calendar.nc", decode_times=False) as file:
        assert set(file["year"].values) == {1990}
        assert set(file["start_hour"].values) == {12}


def test_a_wrong_number_is_noticed(whole):
    """The proof is not satisfied by whatever it is given."""
    driver = whole.files["physics/physics_driver.nc"].isel(column=slice(0, 200))
    inputs = {v.name: driver[v.name].values for v in PROCESSES["physics_driver"].inputs}

    def slightly_wrong(name, given):
        outputs = kernels.run(PROCESSES[name], given)
        if name == "longwave_radiation":
            outputs["outgoing_longwave"] = np.nextafter(outputs["outgoing_longwave"], np.inf)
        return outputs

    agreements = Agreements()
    right = driver_stage(lambda name, given: kernels.run(PROCESSES[name], given), inputs)
    agreements.add_physics(physics_stages(slightly_wrong, inputs), right)
    differing = [a for a in agreements.listed() if a.differing]
    assert [(a.process, a.variable) for a in differing] == [
        ("longwave_radiation", "outgoing_longwave")
    ]
    assert differing[0].differing == 200
    assert "(longwave_radiation, outgoing_longwave)" in in_words(agreements.listed())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--steps", "72", "--days", "2"), "has steps 0 to 71"),
        (("--steps", "0,-1"), "expected whole numbers from 0"),
        (("--steps", "0", "--every", "3", "--days", "1"), "expected one of them"),
        (("--every", "3"), "needs the length of the run"),
        (("--days", "0"), "expected at least one step"),
        (("--process", "convektion"), "did you mean convection?"),
        (("--columns", "0"), "expected 1 to 4608, or all"),
        (("--columns", "5000"), "expected 1 to 4608, or all"),
        (("--model", "julia"), "expected jax or fortran"),
        (("--precision", "float16"), "expected float64 or float32"),
        (("--model", "fortran", "--precision", "float32"), "computes in float64"),
        (("--start", "1982-02-30"), "expected a date"),
        (("--start", "nothing.nc"), "expected a date such as 1982-01-01 or an existing file"),
        (("--model", "fortran", "--start", "1970-01-01"), "cannot start: start date 1970-01"),
    ],
)
def test_bad_requests_are_refused_in_one_sentence(tmp_path, words, expected):
    output = tmp_path / "recording"
    assert expected in refused(command("record", *words, "--output", output))
    assert not output.exists()


def test_a_start_of_another_layout_or_cut_short_is_refused(folder, restart, tmp_path):
    def record_from(path):
        return refused(command("record", "--model", "fortran", "--start", path))

    assert "attribute model_date" in record_from(folder / "physics/convection.nc")
    short = tmp_path / "short.nc"
    short.write_bytes(restart.read_bytes()[:100_000])
    assert "cannot be read" in record_from(short)


def test_recorded_and_golden_numbers_are_not_overwritten(folder, golden):
    for target in (folder, golden):
        words = ("--model", "fortran", "--output", target)
        assert "already holds physics" in refused(command("record", *words))


def test_nothing_is_left_of_a_recording_that_fails(folder, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr("validation.recording.writing.write_json", full)
    words = ("--model", "fortran", "--steps", "0", "--columns", "3", "--output", tmp_path / "new")
    assert command("record", *words).exit_code != 0
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_stops_says_when(restart, monkeypatch):
    request = checked_record_request(
        model="fortran", start=str(restart), steps="3", columns="3", processes=["convection"]
    )
    run = make_run(request)
    state = run._model.state()
    state["vorticity"] = state["vorticity"] * 100.0
    run._model.set_state(state)
    with pytest.raises(InputError, match=r"the run stopped: .* in step 131"):
        record(request, run)
