"""`jcm-validate consistency` with the Fortran model, and what makes its runs."""

import datetime
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from reference import kernels
from reference.errors import InputError
from validation.cli import app
from validation.climate.area import area_mean, area_weight
from validation.consistency import ensemble as ensembles
from validation.consistency.changes import PLANTED, Change, Edit, checked_changes
from validation.consistency.ensemble import begin, make_runs, settings_of, sources_hash
from validation.consistency.ensemble_file import STORED, read_ensemble, stale_sources
from validation.consistency.models import FortranShortRuns, make_short_runs
from validation.consistency.perturbation import Purpose, perturbed

pytestmark = pytest.mark.skipif(not kernels.available(), reason="the Fortran was not built")


def call(*words):
    return CliRunner().invoke(app, ["consistency", *map(str, words)], env={"COLUMNS": "200"})


@pytest.fixture(scope="module")
def start(golden):
    return begin(golden)


@pytest.fixture(scope="module")
def fields(start):
    return {name: np.asarray(values) for name, values in start.restart.items()}


def test_stored_ensemble_is_fresh_and_its_false_alarms_are_few(start):
    stored = read_ensemble(STORED)
    assert stored.settings == settings_of(start)
    assert stale_sources(stored) == ""
    assert stored.false_alarms.trios >= 300
    assert stored.false_alarms.alarms / stored.false_alarms.trios <= 0.01
    assert STORED.stat().st_size < 300_000


def test_every_planted_change_of_the_fortran_is_detected(tmp_path):
    out = tmp_path / "report"
    done = call("--model", "fortran", "--change", "all", "--seed", 3, "--output", out)
    assert done.exit_code == 0, done.output
    record = json.loads((out / "results.json").read_text())
    unchanged, *planted = record["comparisons"]
    assert unchanged["consistent"]
    assert not unchanged["planted"]
    assert [case["change"] for case in planted] == list(PLANTED)
    assert all(case["planted"] and not case["consistent"] for case in planted)
    by_name = {case["change"]: case for case in planted}
    for name, variable in (
        ("co2-absorptivity", "temperature_tendency_longwave level 0"),
        ("shortwave-one-step-in-three", "temperature level 0"),
        ("convective-time-scale", "convection_frequency"),
    ):
        assert variable in [row["variable"] for row in by_name[name]["most_affected"]]
    for text in ((out / "index.html").read_text(), (out / "summary.md").read_text(), done.output):
        assert "6 of 6 planted changes were detected" in text
    assert "--seed 3" in record["provenance"]["command_line"]
    assert record["ensemble"]["false_alarms"]["confidence_interval_95"][1] < 0.02


def test_a_changed_model_fails_and_a_tiny_change_does_not(tmp_path):
    words = ("--model", "fortran", "--output", tmp_path / "report", "--parameter")
    changed = call(*words, "physics.convection.relaxation_time*1.1")
    assert changed.exit_code == 1, changed.output
    summary = (tmp_path / "report/summary.md").read_text()
    assert "fortran float64, physics.convection.relaxation_time*1.1, has another climate" in summary
    assert call(*words, "physics.convection.relaxation_time*1.00001").exit_code == 0


def test_a_model_that_stops_is_no_traceback(tmp_path):
    out = tmp_path / "report"
    stopped = call(
        *("--model", "fortran", "--output", out, "--parameter", "dynamics.robert_coefficient=5")
    )
    assert stopped.exit_code == 1, stopped.output
    assert isinstance(stopped.exception, SystemExit)
    (case,) = json.loads((out / "results.json").read_text())["comparisons"]
    assert case["stopped"]
    assert "stopped" in (out / "summary.md").read_text()


def test_an_ensemble_of_short_runs_is_made_and_used(tmp_path, monkeypatch):
    monkeypatch.setattr(ensembles, "STEPS", 6)
    path, out = tmp_path / "ensemble.nc", tmp_path / "report"
    words = ("--model", "fortran", "--ensemble", path, "--output", out)
    made = call(
        *words, "--rebuild", "--members", 40, "--hold-out", 9, "--change", "co2-absorptivity"
    )
    assert made.exit_code == 0, made.output
    found = read_ensemble(path)
    assert (found.members, found.settings.steps, found.false_alarms.trios) == (40, 6, 3)
    assert found.sources == sources_hash() != ""
    assert found.compiler
    # The same file is stale for runs of another length.
    monkeypatch.setattr(ensembles, "STEPS", 12)
    stale = call(*words)
    assert stale.exit_code == 2
    assert "is stale: it holds runs of 6 steps, expected runs of 12 steps" in stale.output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--model", "fortan"), "model 'fortan' is not known, did you mean 'fortran'"),
        (("--precision", "float16"), "precision 'float16' is not known"),
        (("--model", "fortran", "--precision", "float32"), "computes in float64"),
        (("--change", "co2"), "change 'co2' is not known"),
        (("--change", "orographic-correction"), "did you mean 'orographic-correction-missing'"),
        (("--seed", "-1"), "--seed is -1"),
        (("--parameter", "x"), "expected NAME=VALUE or NAME*FACTOR"),
        (("--parameter", "x=nan"), "expected NAME=VALUE or NAME*FACTOR with a finite number"),
        (("--parameter", "a=1", "--parameter", "a*2"), "names a twice"),
        (("--parameter", "a=1", "--change", "all"), "exclude each other"),
        (("--model", "fortran", "--parameter", "a=1"), "has no parameter 'a'"),
        (("--model", "fortran", "--ensemble", "none.nc"), "none.nc does not exist"),
        (("--rebuild", "--members", "3", "--ensemble", "none.nc"), "expected at least 40"),
        (("--rebuild", "--hold-out", "2", "--ensemble", "none.nc"), "expected at least 3"),
    ],
)
def test_bad_input_is_told_in_a_sentence(words, sentence, tmp_path):
    done = call(*words, "--output", tmp_path / "report")
    assert done.exit_code == 2
    assert sentence in done.output
    assert not (tmp_path / "report").exists()


def test_a_folder_without_the_state_is_told(tmp_path, golden):
    (tmp_path / "golden/dynamics").mkdir(parents=True)
    done = call("--model", "fortran", "--golden", tmp_path / "golden", "--output", tmp_path / "o")
    assert done.exit_code == 2
    assert "has no dynamics/restart_state.nc" in done.output


def test_perturbation_has_the_size_that_is_asked_for(fields):
    after = perturbed(fields, 0.1, Purpose.TEST, 0)["temperature"]
    noise = after - fields["temperature"]
    # A difference of temperatures: rounding of 400 K is 6e-14.
    np.testing.assert_allclose(noise[0], noise[1], atol=1e-12)
    assert np.abs(noise[:, :, 0, 0]).max() == 0.0
    model = FortranShortRuns(datetime.datetime(1982, 1, 1))._model
    grids = []
    for state in (fields, {**fields, "temperature": after}):
        model.set_state(state)
        grids.append(model.grid()["temperature"])
    rms = np.sqrt(area_mean((grids[1] - grids[0]) ** 2, area_weight()))
    # The latitudes of the original are approximate, and so is its quadrature.
    np.testing.assert_allclose(rms, 0.1, rtol=1e-3)


def test_no_two_runs_begin_alike(fields):
    keys = [(p, n, s) for p in Purpose for n in (0, 1) for s in (0, 1)]
    found = [perturbed(fields, 0.1, p, n, s)["temperature"][0, 3, 2, 5] for p, n, s in keys]
    assert len(set(found)) == len(keys)
    again = perturbed(fields, 0.1, *keys[3][:2], keys[3][2])["temperature"][0, 3, 2, 5]
    assert again == found[3]


@pytest.mark.parametrize("daily", [True, False])
def test_looking_between_the_steps_changes_nothing(start, daily):
    """An edit by factor 1 stops the run, writes the state, and goes on bit for bit."""
    settings = settings_of(start)
    part = "daily" if daily else "shortwave"
    field = "temperature_correction" if daily else "temperature_tendency_shortwave"
    nothing = Change("nothing", edits=(Edit(part, field, 1.0, daily),))
    expected, found = (
        make_runs(
            make_short_runs("fortran", "float64", start.run_start, change),
            start,
            settings,
            Purpose.TEST,
            range(1),
        )[0]
        for change in (Change(), nothing)
    )
    np.testing.assert_array_equal(found.values, expected.values)


def test_unknown_change_names_the_nearest():
    with pytest.raises(InputError, match="did you mean 'convective-time-scale'"):
        checked_changes(["convective-timescale"])
    assert checked_changes(["all", "co2-absorptivity"]) == tuple(PLANTED.values())
