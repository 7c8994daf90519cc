"""Runs with output: restart bit for bit, files that agree, interruption, bad input."""

import shutil

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from jcm import Model, run
from jcm.command.main import app
from jcm.command.settings import Settings, SettingsError
from jcm.model import loop
from jcm.model.run import CHECKPOINT, RunInterrupted
from jcm.output import CheckpointError, OutputError, OutputRequest

OUTPUTS = {
    "mean": OutputRequest(
        variables=("temperature", "temperature_variance", "precipitation", "surface_pressure"),
        every=30,
    ),
    "pressure": OutputRequest(
        variables=("geopotential",), every=12, vertical="pressure", pressure_levels=(850.0, 500.0)
    ),
    "snapshot": OutputRequest(
        variables=("eastward_wind", "sea_surface_temperature", "sigma_dot"),
        statistic="snapshot",
        every=18,
    ),
}


@pytest.fixture(scope="module")
def model():
    return Model(dtype=jnp.float64)


@pytest.fixture(scope="module")
def whole(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    return run(model, steps=72, outputs=OUTPUTS, folder=folder, silent=True), folder


@pytest.mark.parametrize("first", [25, 36])
def test_a_run_in_two_pieces_leaves_what_one_run_leaves(model, whole, tmp_path, first):
    run(model, steps=first, outputs=OUTPUTS, folder=tmp_path, silent=True)
    second = run(
        model,
        steps=72 - first,
        outputs=OUTPUTS,
        folder=tmp_path,
        restart=tmp_path / CHECKPOINT,
        silent=True,
    )
    result, folder = whole
    assert jax.tree.all(jax.tree.map(np.array_equal, result.state, second.state))
    for name in (*OUTPUTS, "ledger"):
        with (
            xr.open_dataset(folder / f"{name}.nc") as a,
            xr.open_dataset(tmp_path / f"{name}.nc") as b,
        ):
            xr.testing.assert_equal(a, b)


def test_a_longer_run_overwritten_by_a_restart_leaves_no_trace(model, whole, tmp_path):
    run(model, steps=36, outputs=OUTPUTS, folder=tmp_path, silent=True)
    shutil.copy(tmp_path / CHECKPOINT, tmp_path / "kept.nc")
    for checkpoint in (tmp_path / CHECKPOINT, tmp_path / "kept.nc"):
        run(
            model,
            steps=36,
            outputs=OUTPUTS,
            folder=tmp_path,
            restart=checkpoint,
            silent=True,
        )
    with xr.open_dataset(whole[1] / "mean.nc") as a, xr.open_dataset(tmp_path / "mean.nc") as b:
        xr.testing.assert_equal(a, b)


def test_output_in_memory_is_that_of_the_files(model, whole):
    result = run(model, steps=72, outputs=OUTPUTS, silent=True)
    for name in OUTPUTS:
        with xr.open_dataset(whole[1] / f"{name}.nc") as file:
            xr.testing.assert_equal(result.outputs[name].drop_attrs(), file.load().drop_attrs())
    assert result.ledger is not None
    assert result.ledger.sizes["time"] == 2


def test_means_are_means_of_snapshots(model):
    variables = ("surface_pressure", "precipitation")
    outputs = {
        "mean": OutputRequest(variables=variables, every=6),
        "every_step": OutputRequest(variables=variables, statistic="snapshot", every=1),
    }
    result = run(model, steps=6, outputs=outputs, silent=True)
    for name in variables:
        steps = result.outputs["every_step"][name].values[:6]
        mean = result.outputs["mean"][name].values[0]
        scale = np.abs(mean).max()
        assert np.abs(steps.mean(axis=0) - mean).max() <= 1e-13 * scale, name


def test_the_ledger_closes(whole):
    with xr.open_dataset(whole[1] / "ledger.nc") as ledger:
        created = np.abs(ledger.water_created.values) / ledger.evaporation.values
        assert (created < 0.01).all(), f"water created, as a share of evaporation: {created}"
        assert (np.abs(ledger.energy_created.values) < 5.0).all()


def test_an_interrupted_run_can_be_continued(model, whole, tmp_path, monkeypatch):
    advance, calls = loop.advance, []

    def interrupted(*arguments, **options):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return advance(*arguments, **options)

    monkeypatch.setattr(loop, "advance", interrupted)
    with pytest.raises(RunInterrupted, match=r"checkpoint\.nc") as caught:
        run(model, steps=72, outputs=OUTPUTS, folder=tmp_path, silent=True)
    monkeypatch.undo()
    # 12 and 18 steps were complete.
    rest = run(
        model,
        steps=72 - 18,
        outputs=OUTPUTS,
        folder=tmp_path,
        restart=caught.value.checkpoint,
        silent=True,
    )
    assert jax.tree.all(jax.tree.map(np.array_equal, whole[0].state, rest.state))


def test_a_checkpoint_of_another_model_is_refused(whole):
    other = Model(dtype=jnp.float64, co2_trend=True)
    with pytest.raises(CheckpointError, match="co2_trend"):
        run(other, steps=1, outputs=OUTPUTS, restart=whole[1] / CHECKPOINT, silent=True)


def test_files_of_another_run_are_not_replaced(model, whole):
    with pytest.raises(OutputError, match="exists already"):
        run(model, steps=1, outputs=OUTPUTS, folder=whole[1], silent=True)


def shell(*words):
    return CliRunner().invoke(app, ["run", *map(str, words)])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--variable", "temprature"], "temperature"),
        (["--start-date", "1950-01-01"], "1950-01"),
        (["--setup", "aquaplanett"], "aquaplanet"),
        (["--sst", "clim"], "climatology"),
        (["--formulation", "new"], "original"),
        (["--every", "fortnight"], "every"),
        (["--days", "0.01"], "whole number"),
        (["--restart", "nowhere.nc"], "nowhere.nc"),
        (["--output", "/proc/output"], "/proc/output"),
    ],
)
def test_bad_usage_is_told_in_a_sentence(words, sentence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = shell("--quiet", *words)
    assert result.exit_code == 2, result.output
    assert sentence in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[modell]", "'model'"),
        ("[model]\nprecison = 'float32'", "'precision'"),
        ("[model]\nprecision = 32", "expected a text"),
        ("[run]\ndays = 'ten'", "expected a number"),
        ("[output.daily]\nvariables = ['temperature']\nevery = 'dai'", "'day'"),
        ("[parameters]\ndynamics.williams = true", "expected a number"),
        ("[model", "not a TOML file"),
    ],
)
def test_bad_settings_are_named(text, sentence, tmp_path):
    path = tmp_path / "run.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=sentence):
        Settings.from_file(path)


def test_settings_of_a_file_reach_the_model(tmp_path):
    from jcm.command.build import model_from

    path = tmp_path / "run.toml"
    path.write_text(
        "[model]\nstart_date = 1983-07-01\nprecision = 'float64'\nco2 = 2.0\n"
        "[surface]\nsetup = 'aquaplanet'\n"
        "[parameters]\nphysics.convection.relaxation_time = 18000.0\n"
    )
    model = model_from(Settings.from_file(path))
    assert model.start_date.month == 7
    assert model.parameters.physics.convection.relaxation_time == 18000.0
    assert float(model.inputs.boundary.fields.land_fraction.max()) == 0.0
    assert float(jnp.abs(model.inputs.boundary.sst_anomaly).max()) == 0.0
    path.write_text("[parameters]\nphysics.convection.relaxation = 5.0\n")
    wrong = Settings.from_file(path)
    with pytest.raises(SettingsError, match=r"physics\.convection\.relaxation_time"):
        model_from(wrong)
