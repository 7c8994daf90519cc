"""`jcm-validate columns` as a user meets it: files, exit codes, messages."""

import json
import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest
import xarray as xr
from typer.testing import CliRunner

import validation
from reference import kernels
from reference.declarations import PROCESSES
from validation.cli import app
from validation.folder import whole_folder
from validation.report import FILES

PROCESS = "daily_forcing"
TINY = ("--process", PROCESS, "--implementation", "jax", "--samples", "200")

needs_fortran = pytest.mark.skipif(
    not kernels.available(), reason="the Fortran reference is not built"
)


def columns(*words):
    """The finished command, with its whole output and exit code."""
    return CliRunner().invoke(app, ["columns", *map(str, words)])


def sentence(result):
    """What a refused command said, without line breaks."""
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    return " ".join(result.output.split())


@pytest.fixture(scope="module")
def report(golden, tmp_path_factory):
    """The report of a tiny run, made once."""
    output = tmp_path_factory.mktemp("columns") / "report"
    result = columns(*TINY, "--golden", golden, "--output", output)
    return result, output


def test_a_tiny_run_is_within_tolerance(report):
    result, output = report
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in output.iterdir()) == sorted(FILES)
    assert [path.name for path in output.parent.iterdir()] == [output.name]


def test_results_have_the_agreed_fields(report):
    _, output = report
    results = json.loads((output / "results.json").read_text())
    assert results["passed"] is True
    agreed = {
        *("process", "output", "implementation", "reference", "columns", "max_abs"),
        *("max_rel_to_field_max", "max_ulp", "tolerance", "passed", "worst"),
    }
    place = {"file", "column", "latitude", "longitude", "level", "value", "expected", "gates"}
    outputs = {variable.name for variable in PROCESSES[PROCESS].outputs}
    assert {c["output"] for c in results["comparisons"]} >= outputs
    for comparison in results["comparisons"]:
        assert agreed <= comparison.keys()
        if comparison["worst"] is not None:
            assert place <= comparison["worst"].keys()
    provenance = results["provenance"]
    assert {"versions", "fortran", "git_commit", "platform", "dtype"} <= provenance.keys()
    assert {"command_line", "duration", "formulation"} <= provenance.keys()
    gates = {gate.name for gate in PROCESSES[PROCESS].gates}
    assert {gate["gate"] for gate in results["gates"]} == gates


def test_the_page_stands_alone(report):
    _, output = report
    page = (output / "index.html").read_text(encoding="utf-8")
    assert "Passed." in page
    assert "<svg" in page
    assert not re.search(r'(src|href)="(?!#)', page)


def test_the_plotted_numbers_are_in_the_file(report):
    _, output = report
    with xr.open_dataset(output / "columns.nc", group=PROCESS) as group:
        assert group["difference_count"].dims == ("comparison", "difference_bin")


def test_the_worst_column_can_be_replayed(report):
    _, output = report
    comparisons = json.loads((output / "results.json").read_text())["comparisons"]
    lines = {c["worst"]["replay"] for c in comparisons if c["worst"] and c["reference"] == "golden"}
    for line in lines:
        command, *words = shlex.split(line)
        assert command == "jcm-validate"
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0, result.output
        assert "Within tolerance." in result.output


@needs_fortran
def test_a_drawn_column_can_be_replayed(golden):
    words = ("--process", PROCESS, "--implementation", "jax", "--precision", "float64")
    result = columns(*words, "--golden", golden, "--replay", "samples:7:12")
    assert result.exit_code == 0, result.output
    assert "samples:7 column 12" in result.output


@needs_fortran
def test_the_fortran_against_the_golden_numbers(golden, tmp_path):
    words = ("--process", PROCESS, "--implementation", "fortran", "--samples", "200")
    result = columns(*words, "--golden", golden, "--output", tmp_path / "report")
    assert result.exit_code == 0, result.output


WRONG_PORT = f"""
from reference.declarations import PROCESSES
from validation.ports import JaxPort

def {PROCESS}(**inputs):
    outputs = dict(JaxPort("float64").run(PROCESSES["{PROCESS}"], inputs))
    outputs["snow_cover"] = -outputs["snow_cover"]
    return outputs
"""


@pytest.fixture
def wrong_port(tmp_path, monkeypatch):
    """Name of a port with a sign error, importable from the current folder."""
    (tmp_path / "wrong_port.py").write_text("class PORT:\n    pass\n" + WRONG_PORT)
    with (tmp_path / "wrong_port.py").open("a") as file:
        file.write(f"\nPORT.{PROCESS} = staticmethod({PROCESS})\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return "wrong_port:PORT"


def test_a_wrong_port_falls_short_and_the_place_is_named(golden, tmp_path, wrong_port):
    words = ("--process", PROCESS, "--implementation", wrong_port, "--samples", "200")
    result = columns(*words, "--golden", golden, "--output", "report")
    assert result.exit_code == 1, result.output
    assert "snow_cover" in result.output
    assert re.search(r"daily_forcing\.nc column \d+", " ".join(result.output.split()))
    results = json.loads((tmp_path / "report" / "results.json").read_text())
    failed = {c["output"] for c in results["comparisons"] if not c["passed"]}
    assert failed == {"snow_cover"}
    assert "Fell short" in (tmp_path / "report" / "summary.md").read_text()
    worst = next(c["worst"] for c in results["comparisons"] if not c["passed"])
    replayed = CliRunner().invoke(app, shlex.split(worst["replay"])[1:])
    assert replayed.exit_code == 1, replayed.output
    assert "Not within tolerance." in replayed.output


def test_a_port_without_the_process_falls_short(golden, wrong_port):
    words = ("--process", "clouds", "--implementation", wrong_port, "--samples", "100")
    result = columns(*words, "--golden", golden, "--output", "report")
    assert result.exit_code == 1, result.output
    assert "holds no function clouds" in " ".join(result.output.split())


def test_an_unknown_process_is_answered_with_the_nearest(golden):
    said = sentence(columns("--process", "convektion", "--golden", golden))
    assert "'convektion'" in said
    assert "did you mean 'convection'" in said


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--implementation", "jaxx"), "did you mean 'jax'"),
        (("--implementation", "no_such_module:PORT"), "cannot be imported"),
        (("--precision", "float46"), "did you mean 'float64'"),
        (("--implementation", "fortran", "--precision", "float32"), "float64, it cannot"),
        (("--samples", "0"), "at least 1"),
        (("--seed", "-1"), "from 0"),
    ],
)
def test_bad_usage_is_told_in_one_sentence(golden, tmp_path, words, expected):
    output = tmp_path / "report"
    said = sentence(columns("--process", PROCESS, "--golden", golden, "--output", output, *words))
    assert expected in said
    assert not output.exists()


def test_a_missing_golden_folder(tmp_path, monkeypatch):
    assert "nowhere" in sentence(columns(*TINY, "--golden", tmp_path / "nowhere"))
    monkeypatch.chdir(tmp_path)
    assert "tests/golden" in sentence(columns(*TINY))


@pytest.fixture
def golden_copy(golden, tmp_path):
    """A folder with the golden file of the process alone, and the file."""
    path = PROCESSES[PROCESS].golden[0].path
    copy = tmp_path / "golden" / path
    copy.parent.mkdir(parents=True)
    shutil.copyfile(golden / path, copy)
    return tmp_path / "golden", copy


def test_a_truncated_golden_file(golden_copy, tmp_path):
    folder, path = golden_copy
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    output = tmp_path / "report"
    said = sentence(columns(*TINY, "--golden", folder, "--output", output))
    assert "cannot be read" in said
    assert not output.exists()


def test_a_golden_file_that_lacks_a_variable(golden_copy, tmp_path):
    folder, path = golden_copy
    dataset = xr.load_dataset(path, decode_times=False)
    path.unlink()
    dataset.drop_vars("snow_cover").to_netcdf(path)
    said = sentence(columns(*TINY, "--golden", folder, "--output", tmp_path / "report"))
    assert "snow_cover" in said


@pytest.mark.parametrize("where", ["daily_forcing", "physics/nothing.nc:3", "samples:x:3"])
def test_a_replay_of_nothing(golden, where):
    words = ("--process", PROCESS, "--implementation", "jax", "--precision", "float64")
    assert "replay" in columns(*words, "--help").output
    sentence(columns(*words, "--golden", golden, "--replay", where))


def test_a_replay_beyond_the_last_column(golden):
    words = ("--process", PROCESS, "--implementation", "jax", "--precision", "float64")
    where = f"{PROCESSES[PROCESS].golden[0].path}:99999999"
    assert "99999999" in sentence(columns(*words, "--golden", golden, "--replay", where))


def test_other_files_in_the_output_folder_are_left_alone(golden, tmp_path):
    (tmp_path / "thesis.tex").write_text("precious")
    result = columns(*TINY, "--golden", golden, "--output", tmp_path)
    assert result.exit_code == 0, result.output
    assert (tmp_path / "thesis.tex").read_text() == "precious"
    assert {path.name for path in tmp_path.iterdir()} == {"thesis.tex", *FILES}


def test_an_optional_golden_file_may_be_absent(golden_copy, tmp_path):
    folder, _ = golden_copy
    words = ("--process", "slab_constants", "--implementation", "jax", "--samples", "50")
    result = columns(*words, "--golden", folder, "--output", tmp_path / "report")
    assert "holds no golden numbers of slab_constants" in " ".join(result.output.split())


def test_without_its_packages_the_command_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "validation.cli", None)
    with pytest.raises(SystemExit) as stopped:
        validation.main()
    assert stopped.value.code == 2
    assert "pip install 'jcm[validation]'" in capsys.readouterr().err


def test_a_report_appears_whole_or_not_at_all(tmp_path):
    target = tmp_path / "report"
    target.mkdir()
    (target / "summary.md").write_text("earlier")

    def break_off():
        with whole_folder(target) as folder:
            (folder / "summary.md").write_text("later")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        break_off()
    assert (target / "summary.md").read_text() == "earlier"
    with whole_folder(target) as folder:
        (folder / "summary.md").write_text("later")
    assert (target / "summary.md").read_text() == "later"
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_every_command_helps_with_an_example():
    for command in ("columns", "all"):
        result = CliRunner().invoke(app, [command, "--help"])
        assert result.exit_code == 0
        assert "Example: jcm-validate" in re.sub(r"[│\s]+", " ", result.output)


def test_golden_is_found_above_the_current_folder(golden, tmp_path, monkeypatch):
    assert golden == Path(__file__).parent / "golden"
    monkeypatch.chdir(golden.parent)
    result = columns(*TINY, "--output", tmp_path / "report")
    assert result.exit_code == 0, result.output
