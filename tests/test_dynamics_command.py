"""`jcm-validate dynamics` as a user meets it: files, exit codes, messages, and wrong models."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from reference import kernels
from validation.cli import app
from validation.dynamics import compare as comparing
from validation.dynamics.check import judge_check
from validation.dynamics.compare import CHECKS, compare_dynamics, number_of_steps
from validation.dynamics.curves import read_curves
from validation.dynamics.operations import GEOPOTENTIAL, OPERATORS, SEMI_IMPLICIT
from validation.dynamics.page import dynamics_section
from validation.dynamics.predictability import diverging, judge_divergence
from validation.dynamics.report import FILES
from validation.dynamics.request import checked_request
from validation.dynamics.results import failure_in_words
from validation.dynamics.runs import first_difference, record_run, spun_up
from validation.dynamics.trajectories import golden_steps, judge_restart, judge_trajectory
from validation.model_ports import make_dynamics_port, make_model_port

SMALL = ("geopotential", "spectral_operators")
JAX = ("--implementation", "jax", "--precision", "float64")


def dynamics(*words):
    """The finished command, with its whole output and exit code."""
    return CliRunner().invoke(app, ["dynamics", *map(str, words)])


def sentence(result):
    """What a refused command said, without line breaks."""
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    return " ".join(result.output.split())


@pytest.fixture(scope="session", params=["fortran float64", "jax float64", "jax float32"])
def dynamics_port(request):
    """The dynamics of each implementation."""
    name, precision = request.param.split()
    if name == "fortran" and not kernels.available():
        pytest.skip(kernels.unavailable_reason())
    return make_dynamics_port(name, precision)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_every_check_is_passed(check, dynamics_port, golden):
    comparisons = judge_check(check, check.read(golden), dynamics_port)
    assert comparisons
    failed = {c.output: c.measure.reason or c.measured for c in comparisons if not c.passed}
    assert failed == {}


@pytest.fixture
def small(golden, tmp_path):
    """A golden folder with two files."""
    folder = tmp_path / "golden"
    (folder / "dynamics").mkdir(parents=True)
    for name in SMALL:
        shutil.copyfile(golden / f"dynamics/{name}.nc", folder / f"dynamics/{name}.nc")
    return folder


def test_a_small_run_leaves_its_report(small, tmp_path):
    output = tmp_path / "report"
    result = dynamics(*JAX, "--golden", small, "--output", output)
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in output.iterdir()) == sorted(FILES)
    results = json.loads((output / "results.json").read_text())
    assert results["passed"] is True
    assert {c["process"] for c in results["comparisons"]} == set(SMALL)
    agreed = {
        *("process", "output", "implementation", "reference", "max_abs", "max_rel_to_field_max"),
        *("tolerance", "passed", "worst", "step"),
    }
    for comparison in results["comparisons"]:
        assert agreed <= comparison.keys()
        assert comparison["worst"].keys() >= {"file", "index", "level", "latitude", "value"}
    assert any("no step_dynamics_only" in remark for remark in results["remarks"])
    page = (output / "index.html").read_text(encoding="utf-8")
    assert "Passed." in page
    assert not re.search(r'(src|href)="(?!#)', page)
    with xr.open_dataset(output / "dynamics.nc", group="comparisons") as group:
        assert group.sizes["comparison"] == len(results["comparisons"])


def test_progress_is_announced_as_often_as_promised(small):
    request = checked_request(implementations=["jax"], precisions=["float64"], golden=small)
    said = []
    result = compare_dynamics(request, said.append)
    assert len(said) == number_of_steps(request)
    assert "<html" not in dynamics_section(result)
    assert "geopotential" in dynamics_section(result)


class Wrong:
    """A port with one operation replaced."""

    def __init__(self, port, **replaced):
        self._port = port
        self._replaced = replaced
        self.name, self.precision = port.name, port.precision

    def __getattr__(self, name):
        own = getattr(self._port, name)
        return (
            (lambda *a, **k: self._replaced[name](own(*a, **k))) if name in self._replaced else own
        )


@pytest.fixture(scope="session")
def right():
    return make_dynamics_port("jax", "float64")


def judged(check, golden, port):
    return {c.output: c for c in judge_check(check, check.read(golden), port)}


@pytest.mark.parametrize(
    ("check", "operation", "damage", "outputs"),
    [
        (GEOPOTENTIAL, "geopotential", lambda x: x[::-1], {"geopotential"}),
        (GEOPOTENTIAL, "geopotential", lambda x: x * (1 + 2e-12), {"geopotential"}),
        (GEOPOTENTIAL, "geopotential", lambda x: x[:, :, :31].swapaxes(-1, -2), {"geopotential"}),
        (OPERATORS, "laplacian", lambda x: x + np.nan, {"laplacian"}),
        (OPERATORS, "laplacian", lambda x: x.conj(), {"laplacian"}),
        (OPERATORS, "gradient", lambda x: x[::-1], {"gradient_x_cos", "gradient_y_cos"}),
        (
            SEMI_IMPLICIT,
            "semi_implicit_constants",
            lambda x: {**x, "matrix_c": x["matrix_c"].T},
            {"matrix_c"},
        ),
    ],
)
def test_a_wrong_operation_falls_short_alone(check, operation, damage, outputs, golden, right):
    found = judged(check, golden, Wrong(right, **{operation: damage}))
    assert {name for name, c in found.items() if not c.passed} == outputs


def test_an_operation_that_raises_fails_with_its_words(golden, right):
    def breaks(_):
        raise ArithmeticError("no convergence")

    found = judged(GEOPOTENTIAL, golden, Wrong(right, geopotential=breaks))
    assert "ArithmeticError: no convergence" in found["geopotential"].measure.reason


def test_a_matrix_that_is_missing_fails(golden, right):
    def without(constants):
        return {name: values for name, values in constants.items() if name != "matrix_a"}

    found = judged(SEMI_IMPLICIT, golden, Wrong(right, semi_implicit_constants=without))
    assert not any(c.passed for c in found.values())


def test_a_wrong_model_exits_with_1_and_names_the_place(small, tmp_path, monkeypatch, right):
    wrong = Wrong(right, geopotential=lambda x: np.roll(x, 1, axis=0))
    monkeypatch.setattr(comparing, "make_dynamics_port", lambda *_: wrong)
    output = tmp_path / "report"
    result = dynamics(*JAX, "--golden", small, "--output", output)
    assert result.exit_code == 1, result.output
    said = " ".join(result.output.split())
    assert re.search(r"geopotential, geopotential, jax float64.*worst at case 0, level \d", said)
    assert "Fell short" in (output / "summary.md").read_text()


def test_any_number_of_cases(small, right):
    path = small / "dynamics/geopotential.nc"
    data = xr.load_dataset(path, decode_times=False)
    path.unlink()
    xr.concat([data, data, data.isel(case=[0])], dim="case").to_netcdf(path)
    assert judged(GEOPOTENTIAL, small, right)["geopotential"].passed


# Whole models; those of JAX are followed in their own tests.

needs_fortran = pytest.mark.skipif(
    not kernels.available(), reason="the Fortran reference is not built"
)


def two_days(golden, model):
    start = spun_up(golden)
    return record_run(
        model, start, complete=golden_steps(golden, start.name), light={72}, branches=72
    )


@pytest.fixture(scope="module")
def fortran_run(golden):
    return two_days(golden, make_model_port("fortran", "float64"))


@needs_fortran
def test_the_fortran_follows_the_golden_trajectory(golden, fortran_run):
    port = make_dynamics_port("fortran", "float64")
    comparisons = judge_trajectory(golden, fortran_run, port, {})
    assert {c.process for c in comparisons} == {"step_full_physics", "restart_trajectory"}
    assert [failure_in_words(c) for c in comparisons if not c.passed] == []


@needs_fortran
def test_the_fortran_restarts_bit_for_bit(golden):
    comparisons = judge_restart(make_model_port("fortran", "float64"), spun_up(golden))
    assert [failure_in_words(c) for c in comparisons if not c.passed] == []


@needs_fortran
def test_one_wrong_switch_is_found_by_trajectory_branch_and_rms(golden, fortran_run):
    switches = {"extra_diffusion_acts_on_all_levels": False}
    wrong = two_days(golden, make_model_port("fortran", "float64", formulation=switches))
    port = make_dynamics_port("fortran", "float64")
    fields = [c for c in judge_trajectory(golden, wrong, port, {}) if c.step == 36]
    failed = {c.output for c in fields if not c.passed}
    assert failed >= {"vorticity", "divergence", "temperature", "temperature_rms_level_4"}
    degrees = np.linspace(-87, 87, 48), 3.75 * np.arange(96)
    branch = first_difference(wrong, fortran_run, *degrees)
    assert branch is not None
    assert branch.value != branch.expected
    divergence = diverging(wrong, fortran_run, {36, 72}, branch)
    (comparison,) = judge_divergence(divergence, wrong, read_curves(golden))
    assert not comparison.passed
    assert comparison.step == 72


@needs_fortran
def test_single_precision_is_judged_along_the_golden_trajectory(golden, fortran_run):
    rounded = dataclasses.replace(
        fortran_run,
        precision="float32",
        states={
            step: {
                name: np.asarray(v).astype(np.complex64 if np.iscomplexobj(v) else np.float32)
                for name, v in state.items()
            }
            for step, state in fortran_run.states.items()
        },
    )
    port = make_dynamics_port("fortran", "float64")
    comparisons = judge_trajectory(golden, rounded, port, read_curves(golden))
    rms = [c for c in comparisons if c.output == "temperature_rms_level_4"]
    assert [c.step for c in rms] == [2, 6, 36]
    assert all(c.passed and 0.1 < c.tolerance < 1.0 for c in rms)
    for state in rounded.states.values():
        state["temperature"] = state["temperature"] * np.float32(1.01)
    worse = judge_trajectory(golden, rounded, port, read_curves(golden))
    assert not any(c.passed for c in worse if c.output == "temperature_rms_level_4")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--implementation", "jaxx"), "did you mean 'jax'"),
        (("--precision", "float46"), "did you mean 'float64'"),
        (("--implementation", "fortran", "--precision", "float32"), "float64, it cannot"),
        (("--days", "61"), "expected 0 to 60"),
        (("--days", "-1"), "expected 0 to 60"),
    ],
)
def test_bad_usage_is_told_in_one_sentence(small, tmp_path, words, expected):
    output = tmp_path / "report"
    said = sentence(dynamics("--golden", small, "--output", output, *words))
    assert expected in said
    assert not output.exists()


def test_a_folder_without_dynamics_is_refused(tmp_path):
    assert "dynamics/*.nc" in sentence(dynamics("--golden", tmp_path))
    assert "nowhere" in sentence(dynamics("--golden", tmp_path / "nowhere"))


def test_a_golden_file_that_lacks_a_variable(small, tmp_path):
    path = small / "dynamics/geopotential.nc"
    data = xr.load_dataset(path, decode_times=False)
    path.unlink()
    data.drop_vars("geopotential_imaginary").to_netcdf(path)
    said = sentence(dynamics(*JAX, "--golden", small, "--output", tmp_path / "report"))
    assert "geopotential_imaginary" in said


def test_a_truncated_golden_file(small, tmp_path):
    path = small / "dynamics/spectral_operators.nc"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    said = sentence(dynamics(*JAX, "--golden", small, "--output", tmp_path / "report"))
    assert "cannot be read" in said


def test_the_command_helps_with_an_example():
    result = CliRunner().invoke(app, ["dynamics", "--help"])
    assert result.exit_code == 0
    assert "Example: jcm-validate dynamics" in re.sub(r"[│\s]+", " ", result.output)
