"""`jcm run` with core "dinosaur": settings, files, restart bit for bit, bad input."""

from __future__ import annotations

import dataclasses

import jax
import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from jcm import Model, run
from jcm.boundary.orography import Orography
from jcm.command.build import model_from
from jcm.command.main import app
from jcm.command.settings import Settings, SettingsError
from jcm.dynamics.dinosaur_numerics import DinosaurNumerics
from jcm.model.boundary import ModelBoundary
from jcm.model.diagnostics import DIAGNOSTICS, Sample, shape_of
from jcm.model.exchange import fields_of_state, state_from_fields
from jcm.model.run import configuration_record
from jcm.model.stepping import time_step
from jcm.output import CheckpointError, OutputError, OutputRequest
from jcm.output.catalogue import VARIABLES
from jcm.vertical_grid import VerticalGrid

T21 = ("--core", "dinosaur", "--resolution", "T21", "--quiet")
SIGMA = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)


def shell(*words):
    return CliRunner().invoke(app, ["run", *map(str, words)])


@pytest.fixture(scope="module")
def days(tmp_path_factory):
    """Folders of two days in one piece and in two."""
    folder = tmp_path_factory.mktemp("t21")
    output = (
        *("--variable", "temperature", "--variable", "temperature_variance"),
        *("--variable", "precipitation", "--variable", "surface_pressure"),
        *("--every", "1"),
    )
    whole, pieces = folder / "whole", folder / "pieces"
    for words in (
        ("--days", 2, "--output", whole),
        ("--days", 1, "--output", pieces),
        ("--days", 1, "--output", pieces, "--restart", pieces / "checkpoint.nc"),
    ):
        result = shell(*T21, *output, *words)
        assert result.exit_code == 0, result.output
    return whole, pieces


def test_a_run_in_two_pieces_leaves_what_one_run_leaves(days):
    whole, pieces = days
    for name in ("output", "ledger", "checkpoint"):
        with (
            xr.open_dataset(whole / f"{name}.nc", decode_cf=False) as a,
            xr.open_dataset(pieces / f"{name}.nc", decode_cf=False) as b,
        ):
            xr.testing.assert_equal(a, b)


def test_the_files_say_what_they_are(days):
    with xr.open_dataset(days[0] / "output.nc") as file:
        assert dict(file.sizes) == {
            "time": 2,
            "level": 8,
            "latitude": 32,
            "longitude": 64,
            "bound": 2,
        }
        assert file.attrs["Conventions"] == "CF-1.11"
        assert file.attrs["core"] == "dinosaur"
        assert file.attrs["resolution"] == "T21L8"
        assert "semi_implicit_leapfrog" in file.attrs["numerics"]
        for name in ("temperature", "precipitation", "surface_pressure"):
            assert np.isfinite(file[name].values).all(), name
        mean = float((file.temperature[:, -1].mean("longitude") @ file.area_weight).mean())
        assert 270.0 < mean < 300.0
    with xr.open_dataset(days[0] / "ledger.nc") as ledger:
        mass = ledger.dry_air_mass.values
        drift = np.abs(mass[1] / mass[0] - 1.0)
        assert drift < 1e-6, f"dry air changed by {drift:.1e}"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--core", "dino"], "dinosaur"),
        (["--core", "dinosaur", "--resolution", "T3x"], "T31"),
        (["--resolution", "T42"], "core 'speedy'"),
        (["--sigma-boundaries", "0,0.5,1"], "core 'speedy'"),
        (["--dynamics-steps", "2"], "core 'speedy'"),
        (["--core", "dinosaur", "--sigma-boundaries", "0,0.7,0.5,1"], "must increase"),
        (["--core", "dinosaur", "--sigma-boundaries", "0;1"], "separated by commas"),
        (["--core", "dinosaur", "--integrator", "leapfrog"], "semi_implicit_leapfrog"),
        (["--core", "dinosaur", "--dynamics-steps", "0"], "1 or more"),
        (["--core", "dinosaur", "--physics-evaluations", "often"], "model_step"),
        (["--core", "dinosaur", "--diffusion", "speed"], "speedy"),
        (["--core", "dinosaur", "--orographic-correction", "no"], "operator"),
        (["--orography", "taperd"], "tapered"),
        (["--physics", "held"], "held_suarez"),
        (["--physics", "none", "--variable", "precipitation"], "precipitation"),
    ],
)
def test_bad_usage_is_told_in_a_sentence(words, sentence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = shell("--quiet", "--days", 1, *words)
    assert result.exit_code == 2, result.output
    assert sentence in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[numeric]", "'numerics'"),
        ("[numerics]\nintegrater = 'x'", "'integrator'"),
        ("[numerics]\ndynamics_steps = 2.5", "numerics.dynamics_steps is 2.5, expected a whole"),
        ("[numerics]\ndynamics_steps = true", "expected a whole number"),
        ("[numerics]\nzonal_drag = 'no'", "expected true or false"),
        ("[model]\nsigma_boundaries = '0, 1'", "expected a list of numbers"),
        ("[model]\nsigma_boundaries = [0, 'x', 1]", "expected a list of numbers"),
        ("[run]\ncheckpoint_every = true", "expected a text or a number"),
        ("[surface]\norography = 3", "expected a text"),
    ],
)
def test_bad_settings_are_named(text, sentence, tmp_path):
    path = tmp_path / "run.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=sentence):
        Settings.from_file(path)


def test_settings_of_a_file_reach_the_model(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text(
        "[model]\ncore = 'dinosaur'\nresolution = 'TL31'\n"
        "sigma_boundaries = [0, 0.1, 0.3, 0.5, 0.8, 1]\n"
        "[numerics]\nintegrator = 'imex_rk_sil3'\ndynamics_steps = 3\n"
        "physics_evaluations = 'dynamics_step'\ndiffusion = 'speedy_top_level'\n"
        "orographic_correction = 'tendency'\nzonal_drag = false\nvirtual_temperature = true\n"
        "dry_air_is_conserved = false\n"
        "[surface]\norography = 'tapered'\n"
    )
    model = model_from(Settings.from_file(path))
    chosen = model.configuration.dinosaur
    numerics = chosen.numerics
    assert (chosen.resolution.longitudes, chosen.resolution.latitudes) == (64, 32)
    assert chosen.vertical_grid.half_level_sigma == (0.0, 0.1, 0.3, 0.5, 0.8, 1.0)
    assert numerics.integrator == "imex_rk_sil3"
    assert numerics.dynamics_steps == 3
    assert numerics.physics_evaluations == "dynamics_step"
    assert numerics.diffusion.name == "speedy_top_level"
    assert numerics.diffusion.orographic_correction == "tendency"
    assert not numerics.diffusion.zonal_drag
    assert numerics.virtual_temperature
    assert not numerics.dry_air_is_conserved
    expected = ModelBoundary.observed(
        grid=model.configuration.core.horizontal,
        truncation=31,
        orography=Orography.named("tapered"),
    )
    np.testing.assert_allclose(
        model.inputs.boundary.fields.surface_geopotential,
        expected.fields.surface_geopotential,
        rtol=1e-6,
        atol=1e-3,
    )


def test_what_is_not_set_is_as_the_core_has_it():
    tables = {"model": {"core": "dinosaur", "resolution": "T21"}}
    assert model_from(Settings.from_tables(tables)).configuration == (
        Model(core="dinosaur", resolution="T21").configuration
    )
    tables["numerics"] = {"zonal_drag": False}
    numerics = model_from(Settings.from_tables(tables)).configuration.dinosaur.numerics
    usual = DinosaurNumerics()
    assert numerics == dataclasses.replace(
        usual, diffusion=dataclasses.replace(usual.diffusion, zonal_drag=False)
    )


def test_a_dry_run_writes_what_it_computes(tmp_path):
    result = shell(
        *T21, "--physics", "held_suarez", "--days", 1, "--every", 1, "--output", tmp_path
    )
    assert result.exit_code == 0, result.output
    with xr.open_dataset(tmp_path / "output.nc") as file:
        assert "temperature" in file
        assert "precipitation" not in file
        assert np.isfinite(file.temperature.values).all()


@pytest.mark.parametrize("physics", ["held_suarez", "none"])
def test_outputs_of_another_physics_are_refused(physics):
    """All variables, and none that the dry model would have."""
    model = Model(core="dinosaur", resolution="T21", physics=physics)
    state = model.initial_state()

    def value(name, state):
        details = time_step(state, model.inputs, configuration=model.configuration)[1]
        return DIAGNOSTICS[name](Sample(details, model.inputs, model.configuration))

    for name, variable in VARIABLES.items():
        if variable.needs_speedy_physics:
            with pytest.raises(OutputError, match=f"{variable.name} is computed by physics"):
                run(model, state, steps=0, outputs={"o": OutputRequest(variables=(name,))})
        elif not variable.moment_of:
            shape = jax.eval_shape(lambda state, name=name: value(name, state), state).shape
            assert shape == shape_of(variable, model.configuration.core), name


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"resolution": "TL31"}, "resolution"),
        ({"vertical_grid": VerticalGrid(SIGMA)}, r"vertical_grid\.half_level_sigma"),
        ({"numerics": DinosaurNumerics(robert_coefficient=0.04)}, "numerics.robert_coefficient"),
        ({"physics": "none"}, "physics"),
        ({"orography": Orography(kind="tapered", last_factor=0.6)}, "boundary_data"),
    ],
)
def test_a_checkpoint_of_another_model_is_refused(change, sentence, days):
    other = Model(**{"core": "dinosaur", "resolution": "T21"} | change)
    with pytest.raises(CheckpointError, match=sentence):
        run(other, steps=1, restart=days[0] / "checkpoint.nc", silent=True)


def test_the_record_of_a_model_names_every_choice():
    record = configuration_record(Model(core="dinosaur", resolution="T21"))
    assert record["dinosaur"]["numerics"]["diffusion"]["name"]
    assert record["dinosaur"]["planet"]["radius"] == 6.371e6
    assert record["dinosaur"]["resolution"]["truncation"] == 21


def test_states_of_this_core_are_not_exchanged():
    model = Model(core="dinosaur", resolution="T21")
    with pytest.raises(ValueError, match="core 'speedy'"):
        state_from_fields(model, {}, 0)
    with pytest.raises(ValueError, match="core 'speedy'"):
        fields_of_state(model.initial_state())
