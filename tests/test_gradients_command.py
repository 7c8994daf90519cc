"""`jcm-validate gradients` as a user meets it: what it refuses, what it leaves, what it catches."""

import dataclasses
import importlib
import inspect
import json
import re
import shlex

import jax
import jax.numpy as jnp
import pytest
import xarray as xr
from typer.testing import CliRunner

from validation.cli import app
from validation.gradients.compare import GradientsResult, verdict
from validation.gradients.dataset import write_dataset
from validation.gradients.page import page
from validation.gradients.report import FILES
from validation.gradients.request import checked_gradients_request
from validation.gradients.results import record
from validation.gradients.rollout_results import (
    AdjointResult,
    Agreement,
    Difference,
    DirectionResult,
    LeadTimes,
    RolloutResult,
)

CHEAP = ("daily_forcing", "clouds")


def gradients(*words):
    """The finished command, with its whole output and exit code."""
    return CliRunner().invoke(app, ["gradients", *map(str, words)])


def said(result):
    return " ".join(result.output.split())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--process", "convecton"), "did you mean 'convection'"),
        (("--process", "calendar"), "process calendar takes or gives whole numbers only"),
        (
            ("--process", "shortwave_radiation", "--input", "cloud_top_level"),
            "input cloud_top_level of process shortwave_radiation is a whole number or a flag",
        ),
        (
            ("--process", "land_model", "--input", "land_coupling_flag"),
            "is a whole number or a flag and has no derivative, expected one of land_temperature",
        ),
        (
            ("--process", "clouds", "--output-variable", "cloud_top_level"),
            "output cloud_top_level of process clouds is a whole number or a flag",
        ),
        (
            ("--process", "clouds", "--input", "specific_humidty"),
            "there is no input 'specific_humidty' in clouds, did you mean 'specific_humidity'",
        ),
        (("--input", "no_such_thing"), "there is no input 'no_such_thing' in any process"),
        (
            ("--process", "convection", "--parameter", "relaxation_time"),
            "did you mean 'parameters.relaxation_time'",
        ),
        (
            ("--process", "clouds", "--parameter", "single_precision_constants"),
            "is a switch of the formulation, on or off, and has no derivative",
        ),
        (("--step", "1e-16"), "all rounding"),
        (("--step", "0"), "expected a positive number"),
        (("--step", "nan"), "expected a positive number"),
        (("--step", "5"), "beyond the natural size"),
        (("--samples", "0"), "--samples is 0, expected at least 1"),
        (("--days", "11"), "--days is 11, expected at most 10"),
        (("--core", "spedy"), "did you mean 'speedy'"),
        (("--no-columns", "--no-rollouts"), "leave nothing to check"),
        (("--no-columns", "--process", "clouds"), "expected them without --no-columns"),
        (("--no-rollouts", "--core", "speedy"), "expected it without --no-rollouts"),
        (("--process", "clouds", "--output-variable", "cloud_cover"), "expected --replay"),
        (("--golden", "nowhere"), "golden folder nowhere does not exist"),
        (("--process", "clouds", "--replay", "physics/clouds.nc:1"), "needs exactly one --process"),
        (
            ("--process", "clouds", "--input", "land_fraction", "--replay", "clouds"),
            "expected FILE:COLUMN or samples:SEED:INDEX",
        ),
        (
            ("--process", "clouds", "--input", "land_fraction", "--replay", "no.nc:1"),
            "has no golden file 'no.nc', expected physics/clouds.nc",
        ),
        (
            (
                "--process",
                "clouds",
                "--input",
                "land_fraction",
                "--replay",
                "physics/clouds.nc:99999",
            ),
            "there is no column 99999",
        ),
    ],
)
def test_bad_input_is_told_in_a_sentence(words, sentence):
    result = gradients(*words)
    assert result.exit_code == 2, result.output
    assert sentence in said(result)
    assert result.output.startswith("Error: ")


def test_a_step_lost_in_the_rounding_of_a_value_is_refused(golden, tmp_path):
    """A surface temperature of 290 K varies by some 10 K: its digits end before those of 1."""
    words = ("--process", "humidity", "--input", "surface_temperature", "--samples", 5)
    result = gradients(*words, "--step", "1e-12", "--golden", golden, "--output", tmp_path / "r")
    assert result.exit_code == 2, result.output
    assert "all rounding" in said(result)
    assert not (tmp_path / "r").exists()


@pytest.fixture(scope="module")
def report(golden, tmp_path_factory):
    """Two cheap processes on few columns."""
    output = tmp_path_factory.mktemp("gradients") / "report"
    words = [word for name in CHEAP for word in ("--process", name)]
    result = gradients(*words, "--samples", 20, "--golden", golden, "--output", output)
    return result, output


def test_the_report_is_whole_and_stands_alone(report):
    result, output = report
    assert result.exit_code == 0, result.output
    assert {path.name for path in output.iterdir()} == set(FILES)
    html = (output / "index.html").read_text(encoding="utf-8")
    assert "Passed." in html
    assert not re.search(r'(src|href)="(?!#|data:)', html)
    assert len(html) < 3e6
    for name in CHEAP:
        assert f'id="gradients-{name}"' in html
        assert f"| {name} |" in (output / "summary.md").read_text()
    with xr.open_datatree(output / "gradients.nc") as tree:
        node = tree["processes/clouds"]
        assert node["inputs"]["triples"].sum() > 1000
        assert {"derivative", "difference", "error_bar"} <= set(node["jacobian_0"].data_vars)
        assert node["taylor"]["remainder_2"].sizes["curve"] >= 1


def test_every_number_says_what_it_is(report):
    _, output = report
    content = json.loads((output / "results.json").read_text())
    assert content["passed"]
    assert content["provenance"]["command_line"].startswith("jcm-validate gradients --process")
    derivatives = [row for row in content["comparisons"] if row["what"].startswith("derivative")]
    assert {row["input"] for row in derivatives if row["process"] == "clouds"} >= {
        "specific_humidity",
        "land_fraction",
        "parameters.clear_sky_relative_humidity",
    }
    for row in content["comparisons"]:
        assert row["passed"]
        assert row["implementation"] == "jax"
        assert row["measure"] <= row["tolerance"]
    seen = [row["worst"] for row in derivatives if row.get("worst")]
    assert seen
    for worst in seen:
        assert worst["replay"].startswith("jcm-validate gradients --process")
        assert abs(worst["jax"] - worst["difference"]) <= 5 * worst["error_bar"]
    whole = next(row for row in content["processes"] if row["process"] == "clouds")["excluded"]
    assert {"precipitation_top_level", "cloud_top_level"} <= {row["name"] for row in whole}


def test_the_line_of_a_report_shows_the_same_derivative(report):
    _, output = report
    content = json.loads((output / "results.json").read_text())
    worst = next(
        row["worst"]
        for row in content["comparisons"]
        if row["process"] == "clouds" and row["input"] == "relative_humidity"
    )
    result = gradients(*shlex.split(worst["replay"])[2:])
    assert result.exit_code == 0, result.output
    text = said(result)
    assert repr(worst["jax"]) in text
    assert repr(worst["difference"]) in text
    assert f"column {worst['column']}" in text
    assert "Sweep of d" in text
    for gate in worst["gates"]:
        assert gate in text


@jax.custom_jvp
def _tilted(value):
    """The identity with a derivative of 1.02."""
    return value


@_tilted.defjvp
def _tilted_jvp(primals, tangents):
    return primals[0], 1.02 * tangents[0]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [(_tilted, "d snow_cover / d snow_depth is within"), (jax.lax.stop_gradient, "is dead")],
    ids=["wrong by 2 %", "stopped"],
)
def test_a_planted_derivative_is_caught_and_named(monkeypatch, golden, tmp_path, change, sentence):
    module = importlib.import_module("jcm.physics.daily_forcing")
    true = module.daily_forcing

    def planted(**inputs):
        result = true(**{**inputs, "snow_depth": change(jnp.asarray(inputs["snow_depth"]))})
        return result

    planted.__signature__ = inspect.signature(true)
    monkeypatch.setattr(module, "daily_forcing", planted)
    output = tmp_path / "report"
    words = ("--process", "daily_forcing", "--samples", 20, "--golden", golden)
    result = gradients(*words, "--output", output)
    assert result.exit_code == 1, result.output
    html = (output / "index.html").read_text(encoding="utf-8")
    summary = (output / "summary.md").read_text()
    content = json.loads((output / "results.json").read_text())
    assert not content["passed"]
    assert any(sentence in text for text in content["failures"]), content["failures"]
    failed = {row["input"] for row in content["comparisons"] if not row["passed"]}
    assert "snow_depth" in failed
    assert "sea_ice_fraction" not in failed
    for text in (html, summary, said(result)):
        assert "snow_depth" in text
    for text in (html, summary):
        assert "Fell short." in text
        assert "d snow_cover / d snow_depth" in text


def difference(step, error, **more):
    """A difference as of a smooth function, unless told otherwise."""
    common = {"error_bar": error, "side_gap": step, "side_error": step}
    return Difference(step=step, error=error, branch_flips=0, gate_flips=0, **{**common, **more})


def agreement(*differences):
    return Agreement(model="jax", differences=differences, by_variable={"temperature": 1e-8})


def direction(name, found):
    return DirectionResult(direction=name, steps=36, sensitivity=1.0, jax=found)


@pytest.fixture(scope="module")
def rollout():
    """One direction of every fate."""
    smooth = agreement(difference(1e-3, 1e-5), difference(1e-4, 1e-8))
    kink = agreement(
        difference(1e-3, 0.5, side_gap=1.0, side_error=1e-9),
        difference(1e-4, 0.5, side_gap=1.0, side_error=1e-9),
    )
    flips = {"side_gap": 9.0, "side_error": 0.3}
    undecided = agreement(
        difference(1e-3, 0.5, **flips),
        dataclasses.replace(difference(1e-4, 0.4, **flips), gate_flips=7),
    )
    wrong = agreement(difference(1e-3, 0.01), difference(1e-4, 0.01, error_bar=1e-9))
    return RolloutResult(
        core="speedy",
        resolution="T30",
        start="the spun-up state",
        directions=(
            direction("vorticity", smooth),
            direction("specific_humidity", kink),
            direction("temperature", undecided),
            direction("divergence", wrong),
        ),
        adjoints=(AdjointResult(steps=36, forward=1.0, reverse=1.0 + 1e-15),),
        liveness=(),
        lead_times=LeadTimes(
            hours=(1.0, 24.0),
            sizes=(1.0, 1e-6),
            errors=((0.1, 0.9), (1e-8, 1e-7)),
            derivative_growth=(1.0, 5.0),
            perturbation_growth=((1.0, 2.0), (1.0, 5.0)),
            branch_flips=((3, 400), (0, 0)),
        ),
        seconds=1.0,
    )


def test_what_a_rollout_leaves_open_is_told_from_what_is_wrong(rollout, golden, tmp_path):
    request = checked_gradients_request(columns=False, golden=golden, output=tmp_path)
    result = GradientsResult(request, (), (rollout,), (), (), 1.0)
    content = record(result)
    states = {
        row["input"]: (row["state"], row["passed"])
        for row in content["comparisons"]
        if "state" in row
    }
    assert states == {
        "vorticity": ("agrees", True),
        "specific_humidity": ("kink", True),
        "temperature": ("undecided", True),
        "divergence": ("differs", False),
    }
    assert not result.passed
    sentence = verdict(result)
    assert "direction divergence: the derivative differs" in sentence
    assert "1 of 4 derivatives agree with differences" in sentence
    assert "1 start on a kink, of 1 the differences decide nothing" in sentence
    html = page(result, content)
    assert "0.5, kink" in html
    assert "0.4, undecided" in html
    assert '<td class="n bad">0.01</td>' in html
    assert "not within 24.0 h" in html
    write_dataset(result, tmp_path / "gradients.nc")
    with xr.open_datatree(tmp_path / "gradients.nc") as tree:
        node = tree["rollouts/speedy/lead_times"]
        assert node["error"].sel(size=1e-6, lead=24.0) == 1e-7
