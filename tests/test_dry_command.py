"""`jcm-validate dry`: what it judges, what it refuses, and what it leaves."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.vertical_grid import VerticalGrid
from reference.errors import InputError
from validation.cli import app
from validation.dry import wave as wave_module
from validation.dry.criteria import Criterion
from validation.dry.features import held_suarez_criteria, hemispheric_asymmetry, jets
from validation.dry.held_suarez import BLOCKS, HeldSuarezClimate, run_held_suarez
from validation.dry.models import dry_model, on_grid, start_from
from validation.dry.request import checked_dry_request
from validation.dry.wave import DAYS, WaveRun, run_wave, wave_criteria

GRID = GaussianGrid.exact(64, 32)
LAYERS = VerticalGrid(tuple(k / 20 for k in range(21)))


def _silent(_: str) -> None:
    pass


def _published(asymmetry: float = 0.0) -> HeldSuarezClimate:
    """A climate as published, made of bells; `asymmetry` strengthens the northern jet [m s-1]."""
    latitude = GRID.latitude_degrees
    sigma = np.asarray(LAYERS.full_level_sigma)[:, None]
    jet = np.exp(-(((np.abs(latitude) - 45.0) / 12.0) ** 2))
    wind = 30.0 * jet * np.exp(-(((sigma - 0.25) / 0.4) ** 2)) + 7.0 * jet * sigma
    wind = wind - 4.0 * np.cos(np.radians(latitude)) ** 8 - 2.0 * (np.abs(latitude) > 68.0)
    wind = wind + asymmetry * (latitude > 0.0) * jet
    noise = np.random.default_rng(3).normal(0.0, 1.0, (BLOCKS, *wind.shape))
    variance = 40.0 * jet * np.exp(-(((sigma - 0.8) / 0.2) ** 2))
    temperature = np.maximum(195.0, (300.0 - 45.0 * np.sin(np.radians(latitude)) ** 2) * sigma**0.2)
    return HeldSuarezClimate(
        name="T42 L20",
        resolution="T42",
        grid=GRID,
        layers=LAYERS,
        days=1000,
        spinup=200,
        eastward_wind=wind,
        temperature=temperature,
        eddy_temperature_variance=variance,
        block_wind=wind + noise - noise.mean(axis=0),
        mass_change=1e-8,
    )


def test_the_published_climate_meets_every_criterion():
    short = [c for c in held_suarez_criteria(_published()) if not c.passed]
    assert not short, "\n".join(f"{c.name}: {c.measured}, {c.low} to {c.high}" for c in short)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"eastward_wind": 1.5}, "jets: strongest"),
        ({"eastward_wind": -1.0}, "poleward of 70"),
        ({"eddy_temperature_variance": 0.5}, "eddy temperature variance"),
        ({"temperature": 1.1}, "lowest zonal-mean temperature"),
        ({"mass_change": 1e3}, "mean surface pressure"),
    ],
)
def test_each_wrong_climate_falls_short_where_it_is_wrong(change, expected):
    climate = _published()
    changed = {name: getattr(climate, name) * factor for name, factor in change.items()}
    short = [
        c.name
        for c in held_suarez_criteria(dataclasses.replace(climate, **changed))
        if not c.passed
    ]
    assert any(expected in name for name in short), f"{expected} is not among {short}"


def test_strength_of_jets_and_eddies_is_not_judged_where_eddies_are_not_resolved():
    coarse = dataclasses.replace(_published(), resolution="T31")
    open_ended = [c.name for c in held_suarez_criteria(coarse) if not c.judged]
    assert len(open_ended) == 2
    assert all("strongest zonal-mean" in name or "variance" in name for name in open_ended)


def test_hemispheres_that_differ_by_more_than_chance_are_noticed():
    assert hemispheric_asymmetry(_published()) < 1.0
    assert hemispheric_asymmetry(_published(asymmetry=10.0)) > 3.0


def test_jets_are_found_in_both_hemispheres():
    for jet in jets(_published()):
        assert jet.latitude == pytest.approx(45.0, abs=4.0)
        assert jet.pressure == pytest.approx(250.0, abs=51.0)
        assert jet.speed == pytest.approx(30.0, abs=3.0)


def test_a_missing_number_never_passes_and_one_without_limits_always_does():
    common = {"case": "held-suarez", "run": "T21 L20", "name": "x", "units": "1", "source": "y"}
    assert not Criterion(**common, measured=math.nan, high=1.0).passed
    assert not Criterion(**common, measured=math.nan, low=-1.0).passed
    free = Criterion(**common, measured=math.nan)
    assert free.passed
    assert not free.judged


def _wave(resolution: str, minimum: float, drift: float = 0.01, levels: int = 20) -> WaveRun:
    pressure = np.full((64, 32), 1000.0)
    pressure[5, 25] = minimum
    return WaveRun(
        name=f"{resolution} L20",
        resolution=resolution,
        levels=levels,
        grid=GRID,
        minimum_pressure=np.linspace(1000.0, minimum, DAYS + 1),
        surface_pressure=pressure,
        drift=np.linspace(0.0, drift, DAYS + 1),
        asymmetry=np.zeros(DAYS + 1),
    )


@pytest.mark.parametrize(
    ("runs", "passed"),
    [
        ([_wave("T42", 955.0), _wave("T63", 942.0)], True),
        ([_wave("T42", 955.0), _wave("T63", 960.0)], False),  # too shallow, and shallower
        ([_wave("T63", 930.0)], False),  # too deep
        ([_wave("T42", 970.0)], True),  # not judged
        ([_wave("T42", 970.0, drift=2.0)], False),  # the balanced flow drifts
        ([_wave("T42", 970.0, drift=2.0, levels=8)], True),  # not judged
    ],
)
def test_the_wave_is_judged_by_depth_steadiness_and_convergence(runs, passed):
    criteria = wave_criteria(runs)
    assert all(c.passed for c in criteria) == passed, [(c.name, c.measured) for c in criteria]


def test_a_run_that_stopped_early_falls_short():
    broken = dataclasses.replace(
        _wave("T63", 942.0), drift=np.full(DAYS + 1, np.nan), error="it left its range"
    )
    assert not all(c.passed for c in wave_criteria([broken]))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"cases": ["held-suares"]}, "did you mean 'held-suarez'"),
        ({"core": "dinosaurus"}, "core 'dinosaurus' is not known"),
        ({"resolutions": ["42"]}, "resolution '42' is not known"),
        ({"core": "speedy", "resolutions": ["T42"]}, "--resolution is T42, but core speedy"),
        ({"core": "speedy", "levels": 20}, "--levels is 20, but core speedy"),
        ({"levels": 0}, "--levels is 0, expected 2 to 100"),
        ({"days": 1}, "--days is 1, expected at least 4"),
        ({"spinup": -1}, "--spinup is -1, expected 0 or more"),
    ],
)
def test_bad_requests_are_refused_in_one_sentence(options, sentence):
    with pytest.raises(InputError, match=sentence):
        checked_dry_request(**options)


def test_the_command_line_of_a_request_repeats_it():
    request = checked_dry_request(
        cases=["baroclinic-wave"], resolutions=["T63", "T31"], levels=26, days=10, spinup=0
    )
    assert request.resolutions == {"baroclinic-wave": ("T31", "T63")}
    words = request.command_line().split()
    assert words[:2] == ["jcm-validate", "dry"]
    for option in ("--case baroclinic-wave", "--resolution T31", "--levels 26", "--days 10"):
        assert option in request.command_line()


def test_the_same_flow_starts_in_both_cores():
    """What goes into a core comes out again, as far as its truncation lets it.

    Next to the poles, where the flow has a kink, it lets it by half a metre per second.
    """
    from jcm.dynamics.baroclinic_wave import baroclinic_wave
    from validation.dry.models import grid_of, layers_of

    for core, resolution, levels in (("speedy", "T30", 8), ("dinosaur", "T31", 8)):
        wave = baroclinic_wave(grid_of(core, resolution), layers_of(core, levels))
        model = dry_model(core, resolution, levels, "none", wave.surface_geopotential)
        found = on_grid(model, start_from(model, wave.atmosphere))
        rows = np.abs(grid_of(core, resolution).latitude_degrees) < 80.0
        for name, field in wave.atmosphere._asdict().items():
            if name == "geopotential":  # the cores' own, over coarse layers
                continue
            difference = np.abs(getattr(found, name) - np.asarray(field))[..., rows].max()
            assert difference < 0.1, f"{core}: {name} differs by {difference}"


@pytest.mark.parametrize("core", ["speedy", "dinosaur"])
def test_both_cores_begin_the_wave_alike(core, monkeypatch):
    """After two days the low is as deep as it is known to be at low resolution."""
    monkeypatch.setattr(wave_module, "DAYS", 2)
    resolution, levels = {"speedy": ("T30", 8), "dinosaur": ("T31", 8)}[core]
    run = run_wave(core, resolution, levels, _silent)
    assert run.error == ""
    assert 999.0 < run.minimum_pressure[-1] < 999.8
    assert run.asymmetry[-1] < 1e-3
    assert run.southern_departure < 1.0


def test_the_forcing_of_held_and_suarez_warms_the_tropics_and_keeps_the_air():
    climate = run_held_suarez("dinosaur", "T21", 8, days=4, spinup=6, announce=_silent)
    assert climate.error == ""
    assert abs(climate.mass_change) < 1e-6
    lowest = climate.temperature[-1]
    tropics = np.abs(climate.grid.latitude_degrees) < 15.0
    poles = np.abs(climate.grid.latitude_degrees) > 75.0
    assert lowest[tropics].min() > lowest[poles].max() + 5.0


def test_the_command_leaves_a_whole_report_and_says_what_came_out(tmp_path):
    folder = tmp_path / "dry"
    done = CliRunner().invoke(
        app,
        ["dry", "--case", "baroclinic-wave", "--resolution", "T21", "--output", str(folder)],
    )
    assert done.exit_code == 0, done.output
    assert {path.name for path in folder.iterdir()} == {
        "index.html",
        "results.json",
        "summary.md",
        "dry.nc",
    }
    record = json.loads((folder / "results.json").read_text())
    assert record["passed"]
    series = record["minimum_surface_pressure_hpa"]["T21 L20"]
    assert len(series) == DAYS + 1
    assert 975.0 < series[-1] < 995.0
    page = (folder / "index.html").read_text()
    assert "Baroclinic wave" in page
    assert "data:image/png" in page
    assert "T21 L20" in (folder / "summary.md").read_text()
    with xr.open_dataset(folder / "dry.nc", group="baroclinic_wave_T21L20") as stored:
        np.testing.assert_allclose(stored["minimum_surface_pressure"], series)


def test_bad_usage_has_exit_code_two(tmp_path):
    done = CliRunner().invoke(app, ["dry", "--core", "other", "--output", str(tmp_path / "x")])
    assert done.exit_code == 2
    assert not (tmp_path / "x").exists()
