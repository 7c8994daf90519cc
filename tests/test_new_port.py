"""Skeletons of ports: they run as they are, and the first comparison says what is missing."""

from __future__ import annotations

import json
import shutil
import subprocess

import netCDF4
import numpy as np
import pytest
from typer.testing import CliRunner

from reference import kernels
from reference.declarations import PROCESSES
from reference.sampling import sample
from validation.cli import app
from validation.porting.skeleton import LANGUAGES
from validation.porting.user_port import UserPort

PROCESS = "large_scale_condensation"
needs_fortran = pytest.mark.skipif(not kernels.available(), reason=kernels.unavailable_reason())


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def new_port(*words):
    return CliRunner().invoke(app, ["new-port", *map(str, words)])


def _built(name):
    flags = subprocess.run(
        ["pkg-config", "--cflags", "--libs", "netcdf"], capture_output=True, text=True, check=False
    )
    if flags.returncode or shutil.which("cc") is None:
        pytest.skip("no C compiler or no NetCDF library for C")
    options = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-Wno-unused-variable"]
    subprocess.run(
        ["cc", *options, "-o", name, f"{name}.c", *flags.stdout.split(), "-lm"], check=True
    )


@pytest.mark.parametrize("process", sorted(PROCESSES))
def test_a_python_skeleton_takes_the_inputs_of_its_process(process):
    assert new_port("mine", "--process", process).exit_code == 0
    outputs = UserPort("mine.toml").run(PROCESSES[process], sample(PROCESSES[process], 3, seed=1))
    assert dict(outputs) == {}


@pytest.mark.parametrize("process", ["physics_driver", PROCESS])
def test_a_filled_python_skeleton_has_the_right_shapes(process, folder):
    """Its comments, taken as code, make arrays that the comparison accepts as arrays."""
    new_port("mine", "--process", process)
    source = (folder / "mine.py").read_text()
    (folder / "mine.py").write_text(source.replace("    # outputs[", "    outputs["))
    outputs = UserPort("mine.toml").run(PROCESSES[process], sample(PROCESSES[process], 3, seed=1))
    for variable in PROCESSES[process].outputs:
        assert outputs[variable.name].shape == (3, *variable.shape), variable.name
        assert outputs[variable.name].dtype == ("int32" if variable.integer else "float64")


@pytest.mark.parametrize("process", ["physics_driver", PROCESS, "calendar"])
def test_a_c_skeleton_compiles_and_runs(process):
    assert new_port("mine", "--process", process, "--language", "c").exit_code == 0
    _built("mine")
    outputs = UserPort("mine.toml").run(PROCESSES[process], sample(PROCESSES[process], 3, seed=1))
    for variable in PROCESSES[process].outputs:
        found = outputs[variable.name]
        assert found.shape == (3, *variable.shape), variable.name
        missing = found == -1 if variable.integer else np.isnan(found)
        assert missing.all()


@needs_fortran
def test_the_first_comparison_says_which_outputs_are_missing(golden):
    new_port("mine", "--process", PROCESS)
    words = ["columns", "--process", PROCESS, "--implementation", "mine.toml"]
    words += ["--samples", "200", "--golden", str(golden), "--output", "report"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 1, result.output
    with open("report/results.json") as file:
        reasons = {c["output"]: c["reason"] for c in json.load(file)["comparisons"]}
    for variable in PROCESSES[PROCESS].outputs:
        assert reasons[variable.name] == f"the port gives no output {variable.name}"


def test_a_program_gets_an_example_of_its_files():
    assert new_port("mine", "--process", PROCESS, "--language", "program").exit_code == 0
    with netCDF4.Dataset("mine-input.nc") as file:
        assert file.process == PROCESS
        for variable in PROCESSES[PROCESS].inputs:
            assert file[variable.name].dimensions == ("column", *variable.dimensions)
            assert file[variable.name].units == variable.units
    with open("mine.md") as file:
        page = file.read()
    for variable in PROCESSES[PROCESS].outputs:
        assert f"`{variable.name}`" in page


def test_every_language_is_said_in_the_help():
    said = CliRunner().invoke(app, ["new-port", "--help"]).output
    for language in LANGUAGES:
        assert language in said


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("mine", "--process", "convektion"), "did you mean 'convection'?"),
        (("mine", "--process", PROCESS, "--language", "julia"), "'julia' is not known, expected"),
        (("my port", "--process", PROCESS), "'my port' is no name for a port"),
        (("mine", "--process", PROCESS, "--folder", "/proc/nowhere"), "cannot be written to"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(words, expected):
    result = new_port(*words)
    assert result.exit_code == 2
    assert expected in " ".join(result.output.split())


def test_nothing_is_overwritten(folder):
    new_port("mine", "--process", PROCESS)
    before = (folder / "mine.py").read_text()
    (folder / "mine.toml").unlink()
    result = new_port("mine", "--process", "clouds")
    assert result.exit_code == 2
    assert "mine.py exists already" in result.output
    assert (folder / "mine.py").read_text() == before
    assert not (folder / "mine.toml").exists()
