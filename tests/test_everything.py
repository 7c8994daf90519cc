"""The report above columns, gradients, dynamics, climate and consistency."""

import json

import pytest
from typer.testing import CliRunner

from validation.cli import app
from validation.consistency.changes import PLANTED
from validation.everything import Part, Profile, _consistency, _gradients, _write


def part(name, passed):
    return Part(
        name=name,
        title=name.title(),
        command_line=f"jcm-validate {name}",
        verdict=f"The verdict on {name}.",
        passed=passed,
        section=f"<h2>Section of {name}</h2>",
        record={"comparisons": [{"process": name, "passed": passed}]},
        summary=f"# {name.title()}\n\nSummary of {name}.\n",
    )


@pytest.mark.parametrize("fails", [None, "columns", "gradients", "climate"])
def test_one_part_that_falls_short_is_seen_everywhere(tmp_path, fails):
    names = ("columns", "gradients", "dynamics", "climate")
    _write([part(name, name != fails) for name in names], tmp_path / "report", "jcm-validate", 1.0)
    record = json.loads((tmp_path / "report/results.json").read_text())
    assert record["passed"] is (fails is None)
    assert [row["part"] for row in record["comparisons"]] == list(names)
    page = (tmp_path / "report/index.html").read_text()
    summary = (tmp_path / "report/summary.md").read_text()
    for name in names:
        assert f"<h2>Section of {name}</h2>" in page
        assert f"The verdict on {name}." in page
        assert f"## {name.title()}" in summary
    for text in (page, summary):
        assert ("Fell short." in text) is (fails is not None)


def test_the_quick_profile_checks_derivatives_too(golden, tmp_path, monkeypatch):
    monkeypatch.setattr("validation.everything._QUICK_GRADIENTS", ("land_model",))
    monkeypatch.setattr("validation.everything._QUICK_GRADIENT_SAMPLES", 10)
    found = _gradients(Profile.quick, golden, tmp_path, lambda step: None)
    assert found.passed, found.verdict
    assert "--process land_model" in found.command_line
    assert "--no-rollouts" in found.command_line
    assert {row["process"] for row in found.record["comparisons"]} == {"land_model"}
    assert 'id="gradients-land_model"' in found.section
    assert (tmp_path / "gradients" / "index.html").exists()


def test_the_quick_profile_plants_faults_in_short_runs(golden, tmp_path, monkeypatch):
    co2 = {"co2-absorptivity": PLANTED["co2-absorptivity"]}
    monkeypatch.setattr("validation.consistency.changes.PLANTED", co2)
    monkeypatch.setattr("validation.consistency.models.MODELS", ("fortran",))
    found = _consistency(Profile.quick, golden, tmp_path, lambda step: None)
    assert found.passed, found.verdict
    assert [row["passed"] for row in found.record["comparisons"]] == [True, True]
    assert [row["planted"] for row in found.record["comparisons"]] == [False, True]
    assert "1 of 1 planted changes were detected" in found.section + found.verdict
    assert (tmp_path / "consistency" / "index.html").exists()


def test_boundary_file_says_what_is_wrong(tmp_path):
    def call(*words):
        return CliRunner().invoke(app, ["boundary-file", *map(str, words)])

    early = call(tmp_path / "b.nc", "--start-year", 1950)
    assert early.exit_code == 2
    assert "1950-01" in early.output
    assert not (tmp_path / "b.nc").exists()
    assert call(tmp_path / "nowhere/b.nc").exit_code == 2
    assert call(tmp_path / "b.nc").exit_code == 0
    assert (tmp_path / "b.nc").exists()
