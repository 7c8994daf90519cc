"""`jcm-validate replay`: one column through two implementations, quantity by quantity."""

import json

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from reference import kernels
from reference.declarations import PROCESSES
from reference.errors import InputError
from validation.cli import app
from validation.ports import FortranPort, PortError
from validation.recording.column_files import read_columns
from validation.recording.side_by_side import replay_column
from validation.recording.stages import PHYSICS_SEQUENCE

pytestmark = pytest.mark.skipif(not kernels.available(), reason=kernels.unavailable_reason())

DRIVER = "physics/physics_driver.nc"


def command(*words):
    """The finished command, with its whole output and exit code."""
    return CliRunner().invoke(app, [*map(str, words)])


def refused(result):
    """The one sentence that a refused command says."""
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    return " ".join(result.output.split())


class Changed:
    """The Fortran with a change in one process.

    Args:
        process: its name.
        change: takes the outputs and changes them.
        offered: names of the processes that there are; all by default.
    """

    name = "changed"
    precision = "float64"

    def __init__(self, process="", change=lambda outputs: None, offered=tuple(PROCESSES)):
        self._process, self._change, self._offered = process, change, offered
        self._fortran = FortranPort()

    def offers(self, process):
        return process.name in self._offered

    def run(self, process, inputs):
        outputs = self._fortran.run(process, inputs)
        if process.name == self._process:
            self._change(outputs)
        return outputs


@pytest.fixture(scope="module")
def driver_file(golden):
    """Golden columns of the physics driver."""
    return read_columns(golden / DRIVER)


@pytest.fixture(scope="module")
def column(driver_file):
    """One with short-wave radiation, convection, condensation, and cloud that can grow."""
    convects = driver_file.recorded["convection_top_level"] < 8
    rains = driver_file.recorded["large_scale_precipitation"] > 0
    sunny = driver_file.inputs["shortwave_step"] == 1
    cover = driver_file.recorded["cloud_cover"]
    return int(np.flatnonzero(convects & rains & sunny & (cover > 0.1) & (cover < 0.8))[0])


def replayed(file, column, port):
    """The column through the Fortran and `port`."""
    return replay_column(file, column, FortranPort(), port)


def test_an_equal_port_differs_nowhere(driver_file, column):
    result = replayed(driver_file, column, Changed())
    assert result.passed
    assert result.first is None
    assert [p.process.name for p in result.processes] == [*PHYSICS_SEQUENCE, "physics_driver"]
    for process in result.processes:
        assert process.alone == 0
        assert process.branches == process.port_branches
        assert all((q.ulp == 0).all() for q in process.quantities), process.process.name


def test_every_quantity_is_there(driver_file, column):
    result = replayed(driver_file, column, Changed())
    for process in result.processes:
        outputs = {q.variable.name for q in process.quantities if q.role == "output"}
        assert outputs == {v.name for v in process.process.outputs}
    shown = {q.variable.name for p in result.processes for q in p.quantities}
    assert {v.name for v in PROCESSES["physics_driver"].inputs} <= shown
    assert {"dry_static_energy", "relative_humidity", "normalized_surface_pressure"} <= shown


def test_a_step_without_shortwave_has_neither_clouds_nor_short_wave(driver_file):
    dark = int(np.flatnonzero(driver_file.inputs["shortwave_step"] == 0)[0])
    result = replayed(driver_file, dark, Changed())
    names = [p.process.name for p in result.processes]
    assert "clouds" not in names
    assert "shortwave_radiation" not in names
    whole = {q.variable.name for q in result.processes[-1].quantities}
    assert "cloud_cover" not in whole
    assert result.passed


def test_the_process_that_is_wrong_is_found_not_those_that_follow(driver_file, column):
    def more_mass_flux(outputs):
        outputs["cloud_base_mass_flux"] *= 1.01
        outputs["convective_precipitation"] *= 1.01
        outputs["convective_dry_static_energy_flux"] *= 1.01

    result = replayed(driver_file, column, Changed("convection", more_mass_flux))
    assert not result.passed
    process, quantity, place = result.first
    assert (process.process.name, quantity.variable.name) == ("convection", "cloud_base_mass_flux")
    assert place == ()
    assert quantity.relative == pytest.approx(0.01)
    # Clouds see the precipitation, and the rest sees the clouds; but on equal inputs all are right.
    wrong = {p.process.name for p in result.processes if not p.within}
    assert wrong >= {"convection", "clouds", "shortwave_radiation"}
    alone = {p.process.name for p in result.processes if p.alone > 1}
    assert alone == {"convection"}


def test_a_difference_at_one_level_is_marked_there(driver_file, column):
    def one_level(outputs):
        outputs["longwave_absorption"][:, 5] += 0.5

    result = replayed(driver_file, column, Changed("longwave_radiation", one_level))
    _, quantity, place = result.first
    assert (quantity.variable.name, place) == ("longwave_absorption", (5,))
    assert list(np.flatnonzero(~quantity.within)) == [5]
    assert quantity.difference[5] == pytest.approx(0.5)


def test_rounding_passes_and_a_little_more_does_not(driver_file, column):
    def scaled(factor):
        def change(outputs):
            outputs["outgoing_longwave"] *= factor

        return replayed(driver_file, column, Changed("longwave_radiation", change))

    assert scaled(1 + 1e-15).passed
    assert not scaled(1 + 1e-8).passed


def test_another_branch_is_shown(driver_file, column):
    def higher(outputs):
        outputs["convection_top_level"] -= 1

    result = replayed(driver_file, column, Changed("convection", higher))
    convection = next(p for p in result.processes if p.process.name == "convection")
    assert convection.branches != convection.port_branches
    assert not convection.within


def test_a_port_of_one_process_gets_the_rest_from_the_reference(driver_file, column):
    result = replayed(driver_file, column, Changed(offered=("clouds",)))
    missing = {p.process.name for p in result.processes if p.missing}
    assert missing == {*PHYSICS_SEQUENCE, "physics_driver"} - {"clouds"}
    assert result.passed


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda o: o.pop("cloud_base_mass_flux"), "gives no output cloud_base_mass_flux"),
        (lambda o: o.update(cloud_base_mass_flux=np.zeros((1, 3))), r"has shape (1, 3)"),
        (lambda o: o.update(cloud_base_mass_flux=np.full(1, "x")), "data type"),
    ],
)
def test_what_a_port_gets_wrong_is_told_as_its_failure(driver_file, column, change, said):
    result = replayed(driver_file, column, Changed("convection", change))
    failed = [p for p in result.processes if p.failure]
    assert [p.process.name for p in failed] == ["convection"]
    assert said in failed[0].failure
    assert not result.passed


def test_a_port_that_raises_or_gives_nan_does_not_pass(driver_file, column):
    def no_number(outputs):
        outputs["skin_temperature"] = outputs["skin_temperature"] * np.nan

    result = replayed(driver_file, column, Changed("surface_fluxes", no_number))
    assert result.first[1].variable.name == "skin_temperature"

    def breaks(outputs):
        raise PortError("the port lost its way")

    result = replayed(driver_file, column, Changed("surface_fluxes", breaks))
    assert not result.passed
    assert any("lost its way" in p.failure for p in result.processes)


def test_a_port_without_the_process_is_refused(golden):
    file = read_columns(golden / "physics/clouds.nc")
    with pytest.raises(InputError, match="holds no function clouds"):
        replayed(file, 0, Changed(offered=("convection",)))


@pytest.mark.parametrize("process", sorted(set(PROCESSES) - {"physics_driver"}))
def test_a_golden_file_of_every_process_can_be_replayed(process, golden):
    path = golden / PROCESSES[process].golden[0].path
    file = read_columns(path, process)
    result = replayed(file, file.columns - 1, Changed())
    assert result.passed
    recorded = [q for q in result.processes[0].quantities if q.recorded is not None]
    for quantity in recorded:
        assert quantity.recorded.shape == quantity.reference.shape
    assert recorded


def test_single_precision_is_judged_by_its_own_rounding(driver_file, column):
    class Rounded(Changed):
        precision = "float32"

        def run(self, process, inputs):
            single = {n: np.asarray(v) for n, v in inputs.items()}
            outputs = self._fortran.run(process, single)
            return {
                n: v.astype(np.float32) if v.dtype.kind == "f" else v for n, v in outputs.items()
            }

    result = replayed(driver_file, column, Rounded())
    if not result.on_a_gate:
        assert result.passed, result.first
    ulp = max(int(q.ulp.max()) for p in result.processes for q in p.quantities)
    assert ulp > 0


def test_a_column_is_found_by_its_place_and_step(driver_file):
    index = driver_file.find(latitude=driver_file.latitude[40], longitude=driver_file.longitude[40])
    assert driver_file.latitude[index] == driver_file.latitude[40]
    assert driver_file.longitude[index] == driver_file.longitude[40]
    # Longitudes go round.
    east = float(driver_file.longitude[40])
    again = driver_file.find(latitude=driver_file.latitude[40], longitude=east - 360)
    assert again == index
    with pytest.raises(InputError, match="has no steps of physics_driver"):
        driver_file.find(step=3)


def test_the_command_prints_and_writes(golden, column, tmp_path):
    words = ("replay", golden / DRIVER, "--column", column, "--implementation", "fortran")
    result = command(*words, "--output", tmp_path / "column.json")
    assert result.exit_code == 0, result.output
    for said in ("2 convection", "branches:", "level 7", "Within tolerance.", "-> skin_temp"):
        assert said in result.output, said
    record = json.loads((tmp_path / "column.json").read_text())
    assert record["passed"]
    assert record["first_difference"] is None
    assert [p["process"] for p in record["processes"]] == [*PHYSICS_SEQUENCE, "physics_driver"]
    assert command(*words, "--output", tmp_path / "column.nc").exit_code == 0
    with xr.open_dataset(tmp_path / "column.nc", group="convection") as group:
        mass_flux = group["output_cloud_base_mass_flux_reference"]
        assert mass_flux.attrs["units"] == "kg m-2 s-1"
        convection = record["processes"][1]["quantities"]
        found = {q["name"]: q["reference"] for q in convection}
        assert float(mass_flux) == found["cloud_base_mass_flux"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["column.json", "column.nc"]


def test_a_port_of_the_users_is_replayed(golden, column, tmp_path, monkeypatch):
    (tmp_path / "cold_port.py").write_text(
        "from reference import kernels\n"
        "from reference.declarations import PROCESSES\n"
        "def clouds(**inputs):\n"
        "    outputs = dict(kernels.run(PROCESSES['clouds'], inputs))\n"
        "    outputs['cloud_cover'] = outputs['cloud_cover'] * 0.5\n"
        "    return outputs\n"
    )
    monkeypatch.chdir(tmp_path)
    words = ("--column", column, "--implementation", "cold_port:clouds")
    result = command("replay", golden / DRIVER, *words)
    assert result.exit_code == 1, result.output
    assert "first in clouds, output cloud_cover" in result.output
    assert "<<" in result.output
    assert "cold_port:clouds does not have it" in result.output


def test_the_worst_columns_of_a_report_can_be_replayed(golden, tmp_path, monkeypatch):
    (tmp_path / "snowy_port.py").write_text(
        "from reference import kernels\n"
        "from reference.declarations import PROCESSES\n"
        "def vertical_diffusion(**inputs):\n"
        "    outputs = dict(kernels.run(PROCESSES['vertical_diffusion'], inputs))\n"
        "    name = 'temperature_tendency_vertical_diffusion'\n"
        "    outputs[name] = outputs[name] * 1.01\n"
        "    return outputs\n"
    )
    monkeypatch.chdir(tmp_path)
    port = ("--implementation", "snowy_port:vertical_diffusion")
    words = ("--process", "vertical_diffusion", *port, "--golden", golden, "--samples", "100")
    command("columns", *words, "--output", "report")
    result = command("replay", "report/columns.nc", "--process", "vertical_diffusion", *port)
    assert result.exit_code == 1, result.output
    assert "first in vertical_diffusion" in result.output


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("physics/convection.nc", "--column", "99999"), "expected --column 0 to"),
        (("physics/convection.nc", "--latitude", "3"), "belong together"),
        (("physics/convection.nc", "--step", "3"), "has no steps"),
        (("physics/convection.nc", "--process", "clouds"), "lacks variable"),
        (("physics/convection.nc", "--process", "konvection"), "konvection"),
        (("physics/convection.nc", "--output", "x.txt"), "ends in .json or .nc"),
        (("physics/convection.nc", "--output", "no/x.nc"), "no folder for it"),
        (("physics/convection.nc", "--implementation", "julia"), "is not known"),
        (("physics/daily_forcing.nc",), "name one with --process"),
        (("surface/interpolation.nc", "--latitude", "0", "--longitude", "0"), "have no latitude"),
        (("dynamics/restart_state.nc",), "holds the inputs of no process"),
        (("physics/nothing.nc",), "does not exist"),
    ],
)
def test_bad_requests_are_refused_in_one_sentence(golden, words, expected):
    file, *others = words
    port = () if "--implementation" in others else ("--implementation", "fortran")
    assert expected in refused(command("replay", golden / file, *others, *port))


def test_a_truncated_file_is_refused(golden, tmp_path):
    content = (golden / DRIVER).read_bytes()
    (tmp_path / "short.nc").write_bytes(content[: len(content) // 2])
    said = refused(command("replay", tmp_path / "short.nc"))
    assert "cannot be read as NetCDF" in said


def test_a_foreign_file_may_hold_inputs_only(golden, tmp_path):
    process = PROCESSES["clouds"]
    with xr.open_dataset(golden / "physics/clouds.nc", decode_times=False) as file:
        inputs = file[[v.name for v in process.inputs]].isel(column=slice(0, 3)).load()
    inputs.to_netcdf(tmp_path / "mine.nc")
    file = read_columns(tmp_path / "mine.nc")
    assert file.process is process
    assert not file.recorded
    assert replayed(file, 2, Changed()).passed
