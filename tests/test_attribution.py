"""The attribution on drawn climates with known differences: does it name what makes them?"""

import itertools
import json
import math

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from jcm.dynamics.gaussian_grid import GaussianGrid
from validation.attribution import compare
from validation.attribution.answers import (
    check_of_the_default,
    extra_diffusion,
    ringing_source,
    winds,
)
from validation.attribution.contrast import contrast, wind_rms
from validation.attribution.decomposition import Step, causes, wind_shares
from validation.attribution.items import (
    DEFAULT,
    FLAT,
    FORTRAN,
    PUBLISHED,
    PUBLISHED_DIFFUSION,
    TOP_LEVEL,
)
from validation.attribution.report import FILES, write_report
from validation.attribution.request import AttributionRequest
from validation.attribution.table import COLUMNS, cells
from validation.cli import app
from validation.climate.climate import climate_of_years
from validation.climate.models import dataset_of
from validation.climate.months import Month
from validation.climate.reference import read_stored_climate
from validation.climate.runs import Outcome

#: Enough variables for everything that an attribution tells, few enough to draw many climates.
VARIABLES = (
    *("eastward_wind", "northward_wind", "temperature", "specific_humidity"),
    *("eastward_wind_variance", "northward_wind_variance", "surface_pressure", "precipitation"),
    *("outgoing_longwave", "toa_net_shortwave", "column_water_vapour", "evaporation"),
)
#: Items whose climate is drawn with a difference: zonal wind [m/s] added near the equator, and
#: factor on the part of the rain that changes from point to point.
WINDY = {"dinosaur-matched": 4.0, TOP_LEVEL: -15.0, "dinosaur-top-level-diffusion": -12.0}
RINGING = {PUBLISHED: 40.0, PUBLISHED_DIFFUSION: 30.0}
STOPPED, _LEFT = "dinosaur-sil3", "Temperature left its range."


@pytest.fixture(scope="module")
def stored(golden):
    return read_stored_climate(golden / "climate")


def months_of(stored, seed, *, wind=0.0, ringing=0.0):
    """Twelve months, each the annual mean and noise of the size of that of single years."""
    random = np.random.default_rng(seed)
    mean = stored.climate.maps.isel(season=0)
    latitude = GaussianGrid.speedy().latitude_degrees[:, None]
    stripes = np.where(np.arange(96) % 4 < 2, 1.0, -1.0) * np.ones((48, 1))
    months = []
    for month in range(1, 13):
        fields = {}
        for name in VARIABLES:
            scatter = stored.yardstick.season_deviation(name)
            if scatter is None:
                # Differences of two means are larger than each one's by √2.
                rms = stored.yardstick.of_pair(name, 3.0, 3.0).values[0] / np.sqrt(2)
                scatter = rms.reshape(*rms.shape, 1, 1)
            else:
                scatter = scatter.values[0]
            noise = np.sqrt(36) * scatter * random.standard_normal(mean[name].shape)
            fields[name] = mean[name].values + noise
        fields["eastward_wind"] = fields["eastward_wind"] + wind * np.exp(-((latitude / 20) ** 2))
        fields["precipitation"] = fields["precipitation"] + ringing * stripes
        months.append(dataset_of(Month(1983, month, 1), fields))
    return xr.concat(months, dim="time", data_vars="all", coords="minimal", compat="override")


def drawn(stored, name, seed, **difference):
    return climate_of_years([months_of(stored, seed, **difference)], name=name, source="drawn")


def draw_runs(stored, monkeypatch, *, stopped=STOPPED, windy=WINDY):
    """Have runs drawn instead of computed; one stops."""
    named = {}

    def run_all(runs, output, progress):
        named.update({output / run.name: run for run in runs})
        return [
            Outcome(run, folder, _LEFT if run.name == stopped else "", 1000.0)
            for folder, run in named.items()
        ]

    def read_months(folder, months):
        assert len(months) == 12
        run = named[folder]
        wind = windy.get(run.name, 0.0)
        # What the core does stays to the end of the chain and in all that leaves it there.
        if run.core == "dinosaur" and run.name != "dinosaur-matched":
            wind += windy["dinosaur-matched"]
        ringing = RINGING.get(run.name, 0.0)
        return months_of(stored, sorted(named).index(folder), wind=wind, ringing=ringing)

    monkeypatch.setattr(compare, "run_all", run_all)
    monkeypatch.setattr(compare, "read_months", read_months)


@pytest.fixture(scope="module")
def result(stored, golden, tmp_path_factory):
    """The quick profile, drawn."""
    request = AttributionRequest(golden=golden, output=tmp_path_factory.mktemp("drawn") / "report")
    with pytest.MonkeyPatch.context() as patch:
        draw_runs(stored, patch)
        return compare.attribute(request, lambda step: None)


def test_two_samples_are_near_and_a_wind_is_seen(stored):
    first, second = drawn(stored, "a", 1), drawn(stored, "b", 2)
    same = contrast(second, first, stored.yardstick)
    assert 0.8 < same.median < 1.2, same.median
    assert not same.exceeding(), same.exceeding()
    windy = contrast(drawn(stored, "c", 3, wind=5.0), first, stored.yardstick)
    assert windy.wind_ratio > 5.0, windy.wind_ratio
    assert {key[0] for key in windy.exceeding()} == {"eastward_wind"}
    assert windy.worst_of_target("temperature") < 2.0


def test_what_the_original_keeps_constant_has_no_unit_and_is_told(stored):
    first, moist = drawn(stored, "a", 1), drawn(stored, "b", 2)
    same = contrast(moist, first, stored.yardstick)
    assert not same.different_constants
    moist.maps["specific_humidity"][:, 0] += 0.25
    found = contrast(moist, first, stored.yardstick)
    key = ("specific_humidity", 0, "annual")
    assert found.different_constants[key] == pytest.approx(0.25, rel=1e-5)
    assert key not in found.ratios


def test_the_wind_measure_is_a_mean_over_mass_and_area():
    assert wind_rms(np.full((8, 48), -3.0)) == pytest.approx(3.0, rel=1e-12)


def test_shares_of_a_chain_sum_to_one_and_name_the_step(stored):
    climates = [drawn(stored, str(n), n, wind=wind) for n, wind in enumerate((0.0, 0.0, 6.0, 6.0))]
    steps = [
        Step(after.name, after, contrast(after, before, stored.yardstick))
        for before, after in itertools.pairwise(climates)
    ]
    whole = contrast(climates[-1], climates[0], stored.yardstick)
    shares = wind_shares(climates[0], steps)
    assert sum(shares.values()) == pytest.approx(1.0, abs=1e-12)
    assert shares["2"] > 0.9, shares
    found = causes(
        climates[0], steps, whole, {"back": contrast(climates[1], climates[0], stored.yardstick)}
    )
    assert found
    for cause in found:
        assert sum(cause.shares.values()) == pytest.approx(1.0, abs=1e-9)
        assert (cause.field[0], cause.step, cause.named) == ("eastward_wind", "2", True)
        assert cause.reduced_by is not None
        assert cause.reduced_by[0] == "back"


def test_the_attribution_names_what_was_put_in(result):
    assert [row.item.name for row in result.rows if row.failure] == [STOPPED]
    assert result.failures == (f"{STOPPED} stopped: Temperature left its range.",)
    text = winds(result)
    assert "From the Fortran to the Dinosaur default" in text
    assert max(result.wind_shares, key=result.wind_shares.get) == "dinosaur-matched"
    assert "Dinosaur core" in text.split("Of the pattern")[1].split("%")[1]
    assert f"move it most: {TOP_LEVEL}" in text
    changed = result.row(TOP_LEVEL).value("equatorial_eastward_wind")
    before = result.row("speedy-float32").value("equatorial_eastward_wind")
    assert changed - before == pytest.approx(-15.0, abs=1.5)


def test_ringing_is_found_where_it_was_put_in(result):
    index = {row.item.name: row.ringing.index for row in result.rows if row.ringing is not None}
    assert index[FORTRAN] == 1.0
    assert index[PUBLISHED] > index[PUBLISHED_DIFFUSION] > 1.1
    others = {name: value for name, value in index.items() if name not in RINGING}
    assert max(others.values()) < min(index[name] for name in RINGING), others
    text = ringing_source(result)
    assert f"{PUBLISHED} with {index[PUBLISHED]:.2f}" in text
    assert "most of its ringing comes from the weak diffusion" in text


def test_the_default_is_checked_and_its_cause_named(result):
    check = check_of_the_default(result)
    assert 0 < check.near < check.fields
    assert check.holds, check.text
    assert "Dinosaur core" in check.text


def test_a_default_without_difference_needs_no_cause(stored, golden, tmp_path, monkeypatch):
    draw_runs(stored, monkeypatch, windy={"dinosaur-matched": 0.0})
    request = AttributionRequest(golden=golden, output=tmp_path, only=(DEFAULT,))
    result = compare.attribute(request, lambda step: None)
    assert result.passed
    assert [row.item.name for row in result.rows] == [FORTRAN, DEFAULT]
    check = check_of_the_default(result)
    assert check.holds
    assert check.near == check.fields > 0


def test_a_chain_that_broke_names_no_cause(stored, golden, tmp_path, monkeypatch):
    draw_runs(stored, monkeypatch, stopped="speedy-float64")
    request = AttributionRequest(golden=golden, output=tmp_path, only=("speedy-float64", DEFAULT))
    result = compare.attribute(request, lambda step: None)
    assert result.failures == (
        "speedy-float64 stopped: Temperature left its range.",
        "dinosaur cannot be compared, since there is no climate of speedy-float64.",
    )
    assert not result.passed
    assert not result.causes
    assert check_of_the_default(result).holds is None


def test_how_much_the_extra_diffusion_is(result):
    text = extra_diffusion(result)
    assert text.count("on the top level only") == 2
    row = result.row(TOP_LEVEL)
    assert f"median ratio is {row.to_parent.median:.1f}" in text


def test_every_cell_of_the_table_has_a_heading(result):
    for row in result.rows:
        assert len(cells(row)) == len(COLUMNS)


def test_a_report_is_whole(result):
    output = result.request.output
    write_report(result, output)
    assert sorted(path.name for path in output.iterdir()) == sorted(FILES)
    content = json.loads((output / "results.json").read_text())
    assert content["passed"] is False
    assert content["default_within_limit_or_cause_named"]["holds"] is True
    runs = {run["name"]: run for run in content["runs"]}
    assert runs[FLAT]["to_parent"]["reference"] == DEFAULT
    page = (output / "index.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert "src=" not in page
    for name in runs:
        assert name in page
    table = (output / "attribution.md").read_text(encoding="utf-8")
    assert "![" in table
    assert table.count(f"| {PUBLISHED_DIFFUSION} |") >= 2
    with xr.open_dataset(output / "attribution.nc") as dataset:
        found = float(dataset["ratio_to_parent"].sel(run=TOP_LEVEL).max())
        assert math.isclose(found, runs[TOP_LEVEL]["to_parent"]["largest"][0], rel_tol=1e-6)
        assert dataset["zonal_mean_eastward_wind"].sizes["level"] == 8


@pytest.mark.parametrize(("stopped", "code"), [("", 0), (FLAT, 1)])
def test_the_exit_code_tells_whether_all_runs_finished(
    stored, golden, tmp_path, monkeypatch, stopped, code
):
    draw_runs(stored, monkeypatch, stopped=stopped)
    words = ["--only", FLAT, "--golden", str(golden), "--output", str(tmp_path / "report")]
    done = CliRunner().invoke(app, ["attribution", *words])
    assert done.exit_code == code, done.output
    assert (f"{FLAT} stopped" in " ".join(done.output.split())) == bool(code)
    assert (tmp_path / "report" / "index.html").exists()


def test_a_wrong_item_is_refused(golden):
    done = CliRunner().invoke(app, ["attribution", "--only", "fortan", "--golden", str(golden)])
    assert done.exit_code == 2
    assert "did you mean 'fortran'" in " ".join(done.output.split())
