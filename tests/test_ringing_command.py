"""`jcm-validate ringing` as a user meets it: what it reads, what it says, exit codes."""

import json
import re

import cftime
import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from jcm.dynamics.gaussian_grid import GaussianGrid
from validation.cli import app
from validation.climate.climate import climate_of_years
from validation.climate.models import dataset_of
from validation.climate.months import Month
from validation.climate.reference import read_stored_climate
from validation.climate.ringing import coefficients, tail_on_grid
from validation.ringing import compare
from validation.ringing.indices import ringing_index, ringing_indices
from validation.ringing.measure import TRANSIENTS, measure
from validation.ringing.reading import read_source, split_name
from validation.ringing.report import FILES
from validation.ringing.sphere import Sphere

#: Fields of the drawn runs; the others are left out.
DRAWN = (
    "precipitation",
    "large_scale_precipitation",
    "evaporation",
    "surface_pressure",
    "temperature",
    "specific_humidity",
    "eastward_wind",
)
#: Season of the climatology that a calendar month is drawn from.
SEASON_OF = (1, 1, None, None, None, 2, 2, 2, None, None, None, 1)


def ringing(*words):
    """The finished command, with its whole output and exit code."""
    return CliRunner().invoke(app, ["ringing", *map(str, words)])


def said(result):
    return " ".join(result.output.split())


@pytest.fixture(scope="module")
def stored(golden):
    return read_stored_climate(golden / "climate")


def month_of(stored, name, number):
    """A month such that the seasons of a year are those of the climatology."""
    annual, djf, jja = stored.climate.maps[name].values
    season = SEASON_OF[number - 1]
    if season is not None:
        return (annual, djf, jja)[season]
    return (365 * annual - 90 * djf - 92 * jja) / 183


def with_more_tail(values, factor):
    """The field with its wavenumbers 25 to 30 made stronger."""
    shape = values.shape
    flat = values.reshape(-1, *shape[-2:])
    changed = [one + (factor - 1.0) * tail_on_grid(coefficients(one)) for one in flat]
    return np.stack(changed).reshape(shape)


def draw_run(stored, folder, seed, *, tail=1.0, years=3, names=DRAWN):
    """Years as the climatology with noise of large scales, in files as of a run."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(seed)
    grid = GaussianGrid.speedy()
    north, east = np.radians(grid.latitude_degrees), np.radians(grid.longitude_degrees)
    for year in range(1983, 1983 + years):
        for number in range(1, 13):
            fields = {}
            for name in names:
                values = month_of(stored, name, number)
                scale = 0.02 * values.std(axis=(-2, -1), keepdims=True)
                phase = 2.0 * np.pi * random.random(2)
                wave = np.cos(2 * east + phase[0]) * np.cos(3 * north + phase[1])[:, None]
                noise = 0.1 * random.standard_normal(values.shape)
                fields[name] = with_more_tail(values + scale * (wave + noise), tail)
            dataset = dataset_of(Month(year, number, 1), fields)
            dataset.to_netcdf(folder / f"{year}-{number:02d}.nc")
    return folder


@pytest.fixture(scope="module")
def runs(stored, tmp_path_factory):
    """A run as the original, and one with the smallest scales half as strong again."""
    place = tmp_path_factory.mktemp("runs")
    return {
        "quiet": draw_run(stored, place / "quiet", 1),
        "ringing": draw_run(stored, place / "ringing", 2, tail=1.5),
    }


@pytest.fixture(scope="module")
def both(runs, golden, tmp_path_factory):
    output = tmp_path_factory.mktemp("ringing") / "report"
    words = (f"loud={runs['ringing']}", runs["quiet"], "--spinup", 0, "--golden", golden)
    return ringing(*words, "--flat", runs["quiet"], "--output", output), output


def test_a_run_that_rings_is_told_from_one_that_does_not(both):
    result, output = both
    assert result.exit_code == 1, result.output
    content = json.loads((output / "results.json").read_text())
    loud, quiet = content["inputs"]
    assert (loud["name"], quiet["name"]) == ("loud", "quiet")
    assert not loud["passed"]
    assert quiet["passed"], quiet["verdict"]
    assert loud["ringing_index"] == pytest.approx(1.5, rel=0.02)
    assert quiet["ringing_index"] == pytest.approx(1.0, rel=0.02)
    assert "loud rings more than original" in said(result)
    assert "quiet does not ring more than original" in said(result)
    exceeding = {(c["field"], c["index"]) for c in loud["comparisons"] if c["exceeds"]}
    for index in ("E", "frac", "A_andes", "A_himalaya", "A_greenland", "A_antarctica", "A_open"):
        assert ("precipitation", index) in exceeding, index
    for field in ("evaporation", "surface_pressure"):
        found = {index for name, index in exceeding if name == field}
        assert {"X_andes", "R_sea"} <= found, f"{field}: {sorted(found)}"


def test_the_report_is_whole_and_stands_alone(both):
    _, output = both
    assert {path.name for path in output.iterdir()} == set(FILES)
    page = (output / "index.html").read_text(encoding="utf-8")
    assert "Fell short." in page
    assert not re.search(r'(src|href)="(?!#|data:)', page)
    summary = (output / "summary.md").read_text()
    assert "| precipitation, annual: E |" in summary
    assert "Self-test: 22 of 22" in summary
    with xr.open_datatree(output / "ringing.nc") as tree:
        loud = tree["inputs/loud"]
        assert loud["tail_precipitation"].shape == (48, 96)
        assert loud["spectrum_precipitation_annual"].shape == (31,)
        assert loud["spectrum_precipitation_transients"].shape == (31,)
        assert tree["flat/quiet"]["sea"].sum() > 2000
        assert tree["comparisons/quiet"]["ratio"].size > 100


def test_a_run_as_reference_brings_the_transients(runs, golden, tmp_path):
    output = tmp_path / "report"
    words = (runs["ringing"], "--against", runs["quiet"], "--spinup", 0, "--golden", golden)
    result = ringing(*words, "--output", output)
    assert result.exit_code == 1, result.output
    (loud,) = json.loads((output / "results.json").read_text())["inputs"]
    transient = {c["index"] for c in loud["comparisons"] if c["season"] == TRANSIENTS}
    assert {"E", "frac", "A_open"} <= transient
    assert ringing(
        runs["quiet"], "--against", runs["quiet"], "--spinup", 0, "--golden", golden,
        "--output", output,
    ).exit_code == 0  # fmt: skip


def test_an_index_that_does_not_work_fails_the_command(runs, golden, tmp_path, monkeypatch):
    real = compare.self_test

    def broken(place):
        first, *others = real(place)
        return [type(first)(first.index, first.step, first.step, 0.0, 0.0), *others]

    monkeypatch.setattr(compare, "self_test", broken)
    words = (runs["quiet"], "--spinup", 0, "--golden", golden, "--output", tmp_path / "report")
    result = ringing(*words)
    assert result.exit_code == 1
    assert "fails its self-test" in said(result)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nowhere.nc",), "nowhere.nc does not exist"),
        (("name=nowhere.nc",), "name=nowhere.nc does not exist"),
        (("QUIET", "--against", "nowhere"), "nowhere does not exist"),
        (("QUIET", "--truncation", 2), "--truncation is 2, expected at least 5"),
        (("QUIET", "--spinup", 3), "holds 3 years, expected more than the 3 of spin-up"),
        (("QUIET", "--truncation", 90), "truncation 90 does not go with 96 longitudes"),
        (("EMPTY",), "holds neither months of a run, nor a stored climate, nor NetCDF files"),
    ],
)
def test_bad_input_is_told_in_a_sentence(runs, golden, tmp_path, words, message):
    empty = tmp_path / "empty"
    empty.mkdir()
    places = {"QUIET": runs["quiet"], "EMPTY": empty}
    given = [places.get(word, word) for word in words]
    result = ringing(*given, "--golden", golden, "--output", tmp_path / "report")
    assert result.exit_code == 2, result.output
    assert message in said(result)
    assert "Traceback" not in result.output
    assert not (tmp_path / "report").exists()


def test_a_path_with_an_equals_sign_is_not_split(tmp_path):
    path = tmp_path / "a=b.nc"
    path.write_text("")
    assert split_name(str(path)) == (None, path)
    assert split_name(f"run={tmp_path}") == ("run", tmp_path)


def test_spin_up_of_a_run_from_rest_is_dropped(stored, tmp_path):
    folder = draw_run(stored, tmp_path / "run", 3, years=2, names=("precipitation",))
    assert read_source(str(folder)).whole_years == [1984]
    assert read_source(str(folder), spinup=0).whole_years == [1983, 1984]
    restarted = {"model": "fortran", "core": "speedy", "restart": "state.nc", "options": {}}
    (folder / "run.json").write_text(json.dumps(restarted))
    source = read_source(str(folder))
    assert source.whole_years == [1983, 1984]
    assert source.surface_geopotential.min() == pytest.approx(-4857.906, abs=1e-2)


def test_a_run_says_its_truncation(stored, tmp_path):
    folder = draw_run(stored, tmp_path / "run", 3, years=1, names=("precipitation",))
    facts = {"model": "jax", "core": "speedy", "options": {}, "restart": "state.nc"}
    (folder / "run.json").write_text(json.dumps(facts))
    assert read_source(str(folder)).sphere.truncation == 30
    assert read_source(str(folder), truncation=24).sphere.truncation == 24


EAST = np.arange(-180.0, 180.0, 2.5)
NORTH = np.arange(88.75, -90.0, -2.5)


def drawn_file(path, *, years=2, noise=0.0, per_month=1, units="kg m-2 s-1", factor=1.0):
    """Rain of another model: north first, west first, in SI units."""
    random = np.random.default_rng(0)
    sphere = Sphere.of(NORTH[::-1], EAST + 180.0)
    size = sphere.truncation + 1
    drawn = np.triu(random.standard_normal((size, size, 2)) @ np.array([1.0, 1.0j]))
    drawn[0].imag = 0.0
    drawn *= 1.0 / (1.0 + np.arange(size)) ** 1.5
    field = np.roll(sphere.synthesis(drawn), len(EAST) // 2, axis=-1)[::-1]
    times = [
        cftime.DatetimeNoLeap(1990 + i // 12, i % 12 + 1, 1 + 28 * day // per_month)
        for i in range(12 * years)
        for day in range(per_month)
    ]
    values = factor * (field + noise * random.standard_normal((len(times), len(NORTH), len(EAST))))
    xr.Dataset(
        {"pr": (("time", "lat", "lon"), values, {"units": units})},
        coords={
            "time": times,
            "lat": ("lat", NORTH, {"standard_name": "latitude"}),
            "lon": ("lon", EAST, {"standard_name": "longitude"}),
        },
    ).to_netcdf(path)
    return path, field, sphere


def test_a_file_of_another_model_is_read_on_its_own_grid(tmp_path):
    path, field, sphere = drawn_file(tmp_path / "pr.nc", factor=1.0 / 86400.0)
    source = read_source(f"model={path}")
    assert source.name == "model"
    assert source.sphere.shape == sphere.shape
    assert source.sphere.truncation == sphere.truncation == 47
    values = source.fields["precipitation"]()
    assert values.shape == (24, len(NORTH), len(EAST))
    expected = np.roll(field[::-1], -len(EAST) // 2, axis=-1)
    # Millimetres per day of kilograms per second.
    assert values[5] == pytest.approx(expected, rel=1e-6, abs=1e-9)
    found = measure(source)
    assert found.years == 2
    power = found.spectra["precipitation", "annual"]
    assert power.shape == (48,)
    assert found.spectra["precipitation", TRANSIENTS].max() < 1e-12 * power.max()


def test_the_truncation_of_a_file_is_an_attribute_or_an_option(tmp_path):
    path, _, _ = drawn_file(tmp_path / "pr.nc", years=1)
    assert read_source(str(path), truncation=42).sphere.truncation == 42
    with xr.open_dataset(path) as dataset:
        dataset.load().assign_attrs(truncation=31).to_netcdf(tmp_path / "named.nc")
    assert read_source(str(tmp_path / "named.nc")).sphere.truncation == 31


def test_transients_of_daily_fields_are_those_within_the_month(tmp_path):
    """White noise of variance σ² has the power σ², spread over all wavenumbers of the grid."""
    path, _, sphere = drawn_file(
        tmp_path / "pr.nc", years=1, noise=0.5, per_month=9, units="mm/day"
    )
    found = measure(read_source(str(path)))
    power = found.spectra["precipitation", TRANSIENTS]
    random = np.random.default_rng(1)
    noise = 0.5 * random.standard_normal((200, *sphere.shape))
    spectral = sphere.coefficients(noise)
    expected = (np.abs(spectral[:, 0]) ** 2 + 2 * (np.abs(spectral[:, 1:]) ** 2).sum(1)).mean(0) / 2
    assert power[5:].sum() == pytest.approx(expected[5:].sum(), rel=0.02)
    assert found.indices["precipitation", TRANSIENTS, "E"].value == pytest.approx(0.0, abs=0.1)


def test_less_than_a_year_is_shown_and_not_judged(tmp_path, golden):
    path, _, _ = drawn_file(tmp_path / "pr.nc", years=1)
    with xr.open_dataset(path) as dataset:
        dataset.load().isel(time=slice(0, 4)).to_netcdf(tmp_path / "short.nc")
    result = ringing(tmp_path / "short.nc", "--golden", golden, "--output", tmp_path / "report")
    assert result.exit_code == 0, result.output
    assert "is not judged: it holds less than a whole year" in said(result)


def test_files_without_known_fields_are_refused(tmp_path, golden):
    path, _, _ = drawn_file(tmp_path / "pr.nc", years=1)
    with xr.open_dataset(path) as dataset:
        dataset.load().rename(pr="x").to_netcdf(tmp_path / "x.nc")
    result = ringing(tmp_path / "x.nc", "--golden", golden, "--output", tmp_path / "report")
    assert result.exit_code == 2
    assert "holds no field whose ringing is measured" in said(result)
    regional = tmp_path / "regional.nc"
    with xr.open_dataset(path) as dataset:
        dataset.load().isel(lat=slice(10, 50)).to_netcdf(regional)
    result = ringing(regional, "--golden", golden, "--output", tmp_path / "report")
    assert result.exit_code == 2
    assert "expected the whole sphere" in said(result)


def test_humidity_and_orography_of_a_file_count(tmp_path):
    """Levels by pressure, water that negative humidity takes away, ground below the sea."""
    path, _, _ = drawn_file(tmp_path / "pr.nc", years=1)
    with xr.open_dataset(path) as dataset:
        dataset = dataset.load()
    shape = (12, 2, len(NORTH), len(EAST))
    humidity = np.full(shape, 0.01)
    humidity[:, 0] = -0.001
    pressure = {"units": "hPa", "standard_name": "air_pressure"}
    dataset = dataset.assign_coords(plev=("plev", [500.0, 1000.0], pressure)).assign(
        hus=(("time", "plev", "lat", "lon"), humidity, {"units": "1"}),
        orog=(("lat", "lon"), np.where(NORTH[:, None] < 0.0, -10.0, 10.0) + 0.0 * EAST),
    )
    dataset.to_netcdf(tmp_path / "more.nc")
    source = read_source(str(tmp_path / "more.nc"))
    assert source.fields["specific_humidity_level7"]() == pytest.approx(10.0)
    assert source.negative_water == pytest.approx(0.1 / 0.9, rel=1e-6)
    found = measure(source).indices["surface_geopotential", "annual", "negative_sea"]
    # A little more than half of the sea lies in the southern hemisphere.
    assert 0.7 * 98.1 < found.value < 0.85 * 98.1


def test_the_folder_of_a_run_of_the_model_is_read(tmp_path):
    """Of several files the monthly means; the ledger says what negative humidity takes away."""
    folder = tmp_path / "run"
    folder.mkdir()
    drawn_file(folder / "monthly.nc", years=1)
    drawn_file(folder / "daily.nc", years=1, per_month=3)
    ledger = {"water": ("time", [20.0, 30.0]), "negative_water": ("time", [-0.02, -0.03])}
    xr.Dataset(ledger, {"time": [0.0, 1.0]}).to_netcdf(folder / "ledger.nc")
    source = read_source(str(folder))
    assert source.monthly
    assert source.negative_water == pytest.approx(0.001)
    assert any("daily.nc, ledger.nc" in text for text in source.remarks), source.remarks


def test_a_climate_and_its_months_have_the_same_indices(stored, runs):
    months = [xr.open_dataset(path) for path in sorted(runs["quiet"].glob("*.nc"))]
    years = [
        xr.concat(months[i : i + 12], "time", data_vars="all", coords="minimal", compat="override")
        for i in range(0, 36, 12)
    ]
    climate = ringing_indices(climate_of_years(years, name="drawn", source="drawn"))
    found = ringing_indices(xr.concat(years, "time", data_vars="all", coords="minimal"))
    assert ringing_index(found, climate) == pytest.approx(1.0, abs=1e-6)
    for key, index in climate.items():
        assert found[key].value == pytest.approx(index.value, rel=1e-4, abs=1e-9), key
        if index.error > 1e-3 * abs(index.value):
            assert found[key].error == pytest.approx(index.error, rel=1e-2), key
