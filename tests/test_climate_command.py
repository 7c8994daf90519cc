"""`jcm-validate climate` as a user meets it: runs, files, exit codes, messages."""

import json
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from reference import kernels
from validation.cli import app
from validation.climate.climate import climate_of_years
from validation.climate.compare import ClimateResult, _pair
from validation.climate.drift import drifts
from validation.climate.models import dataset_of
from validation.climate.months import Month, calendar_months
from validation.climate.reference import read_stored_climate
from validation.climate.report import FILES, write_report
from validation.climate.request import RESTART, ClimateRequest
from validation.climate.runs import Run, months_done, read_months, run_all, stored_months
from validation.climate.short import compare_january, compare_models

needs_fortran = pytest.mark.skipif(
    not kernels.available(), reason="the Fortran reference is not built"
)


def climate(*words):
    """The finished command, with its whole output and exit code."""
    return CliRunner().invoke(app, ["climate", *map(str, words)])


@pytest.fixture(scope="module")
def stored(golden):
    return read_stored_climate(golden / "climate")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--years", 0), "--years is 0, expected at least 1"),
        (("--days", 32), "--days is 32, expected at most 31"),
        (("--precision", "float46"), "did you mean 'float64'; expected"),
        (("--core", "spedy"), "core 'spedy' is not known"),
        (("--against", "fortan"), "did you mean 'fortran'; expected"),
        (("--days", 3, "--against", "fortran"), "--against does not go with --days"),
        (("--golden", "/nowhere"), "golden folder /nowhere does not exist"),
    ],
)
def test_bad_options_are_told_in_a_sentence(words, message):
    result = climate(*words)
    assert result.exit_code == 2, result.output
    said = " ".join(result.output.split())
    assert message in said
    assert "Traceback" not in said


def test_a_golden_folder_without_a_climate_is_refused(tmp_path):
    result = climate("--golden", tmp_path)
    assert result.exit_code == 2
    assert "holds no stored climate" in " ".join(result.output.split())


def test_months_of_leap_years():
    months = calendar_months(1982, 36)
    days = [month.steps / 36 for month in months]
    assert days[:2] == [31, 28]
    assert days[25] == 29
    assert sum(days) == 365 + 365 + 366


def short_run(golden, months):
    return Run(
        model="fortran",
        precision="float64",
        restart=golden / RESTART,
        months=tuple(Month(1983, month, 12) for month in range(1, months + 1)),
        stored_as="float64",
    )


@needs_fortran
def test_an_interrupted_run_continues_bit_for_bit(golden, tmp_path, monkeypatch):
    # The source may be edited while this test runs.
    monkeypatch.setattr(Run, "digest", lambda run: "digest")
    told = []
    whole, pieces = tmp_path / "whole", tmp_path / "pieces"
    (outcome,) = run_all([short_run(golden, 4)], whole, told.append)
    assert not outcome.stopped
    assert [state.done for state in told] == [0, 1, 2, 3, 4]
    assert told[-1].finished
    run_all([short_run(golden, 1)], pieces, told.append)
    # What a run that was killed leaves behind.
    folder = short_run(golden, 4).folder(pieces)
    (folder / ".1983-02.nc").write_bytes(b"half a month")
    (folder / "1983-02.nc").write_bytes(b"a month that does not count yet")
    told.clear()
    run_all([short_run(golden, 4)], pieces, told.append)
    assert [state.done for state in told] == [1, 2, 3, 4]
    months = short_run(golden, 4).months
    first, second = (
        read_months(short_run(golden, 4).folder(place), months) for place in (whole, pieces)
    )
    xr.testing.assert_identical(first, second)
    told.clear()
    (outcome,) = run_all([short_run(golden, 4)], pieces, told.append)
    assert outcome.sypd is None
    assert [state.done for state in told] == [4]


@needs_fortran
def test_a_killed_worker_is_told_and_its_months_are_kept(golden, tmp_path):
    run = short_run(golden, 100)
    command = (
        "import signal, sys; from pathlib import Path; "
        # A shell that starts commands in the background has them ignore Ctrl-C.
        "signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from validation.climate.months import Month; "
        "from validation.climate.runs import Run, run_all; "
        "run = Run(model='fortran', precision='float64', restart=Path(sys.argv[1]), "
        "months=tuple(Month(1983, 1 + i, 12) for i in range(100)), stored_as='float64'); "
        "run_all([run], Path(sys.argv[2]), lambda state: print(state.done, flush=True))"
    )
    words = [sys.executable, "-c", command, str(run.restart), str(tmp_path)]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as parent:
        for line in parent.stdout:
            if int(line) >= 2:
                break
        parent.send_signal(signal.SIGINT)
        assert parent.wait(timeout=60) != 0
    (folder,) = (tmp_path / "runs").iterdir()
    done = months_done(folder)
    assert 2 <= done < 100
    time.sleep(1.0)
    assert months_done(folder) == done, "the worker outlives its parent"
    assert read_months(folder, run.months[:done]).sizes["time"] == done


def test_other_settings_are_another_run(golden):
    run = short_run(golden, 2)
    other = Run(**{**vars(run), "formulation": (("extra_diffusion_acts_on_all_levels", False),)})
    assert run.digest() == short_run(golden, 7).digest()
    assert other.digest() != run.digest()


@pytest.fixture(scope="module")
def day(golden, tmp_path_factory):
    """A day of both models from the stored state."""
    if not kernels.available():
        pytest.skip(kernels.unavailable_reason())
    output = tmp_path_factory.mktemp("climate") / "report"
    return climate("--days", 1, "--golden", golden, "--output", output), output


def test_a_day_of_both_models_agrees(day):
    result, output = day
    assert result.exit_code == 0, result.output
    assert {path.name for path in output.iterdir()} == {*FILES, "runs"}
    results = json.loads((output / "results.json").read_text())
    assert results["passed"] is True
    (month,) = results["months"]
    assert (month["model"], month["reference"]) == ("JAX float64", "Fortran")
    ratios = [d["ratio"] for d in month["differences"] if d["ratio"] is not None]
    assert len(ratios) > 150
    assert max(ratios) < 1e-6


def test_the_page_of_a_day_stands_alone(day):
    _, output = day
    page = (output / "index.html").read_text(encoding="utf-8")
    assert "Passed." in page
    assert not re.search(r'(src|href)="(?!#|data:)', page)


def synthetic_years(stored, number, seed, offset=0.0):
    """Years whose every month is the annual mean and noise of the size of that of single years."""
    random = np.random.default_rng(seed)
    mean = stored.climate.maps.isel(season=0)
    for year in range(number):
        months = []
        for month in range(1, 13):
            fields = {}
            for name, values in mean.data_vars.items():
                scatter = stored.yardstick.season_deviation(name)
                noise = 0.0 if scatter is None else np.sqrt(36) * scatter.values[0]
                fields[name] = values.values + noise * random.standard_normal(values.shape)
            fields["temperature"] = fields["temperature"] + offset
            months.append(dataset_of(Month(1983 + year, month, 1), fields))
        yield xr.concat(months, dim="time", data_vars="all", coords="minimal", compat="override")


@pytest.fixture(scope="module")
def synthetic(stored, golden, tmp_path_factory):
    """The report on two drawn climates that differ by 1 K."""
    request = ClimateRequest(golden=golden, output=tmp_path_factory.mktemp("drawn") / "report")
    first = climate_of_years(synthetic_years(stored, 3, 1), name="Fortran", source="drawn")
    second = climate_of_years(
        synthetic_years(stored, 3, 2, offset=1.0), name="JAX float64", source="drawn"
    )
    pairs = (_pair(first, stored.climate, stored, request), _pair(second, first, stored, request))
    result = ClimateResult(
        request=request,
        stored=stored,
        outcomes=(),
        climates=(first, second),
        pairs=pairs,
        months=(),
        drifts={"Fortran": drifts(first)},
        failures=(),
        remarks=(),
        seconds=1.0,
    )
    write_report(result, request.output)
    return result, request.output


def test_a_degree_is_seen(synthetic):
    result, _ = synthetic
    other = result.pairs[1]
    assert not result.passed
    annual = {(f.variable, f.level): f for f in other.fields if f.season == "annual"}
    assert all(annual["temperature", level].ratio > 2.5 for level in range(8))
    assert annual["precipitation", None].ratio < 1.3
    assert "JAX float64 differs from Fortran" in result.verdict()


def test_a_full_report_is_whole_and_small(synthetic):
    _, output = synthetic
    assert sorted(path.name for path in output.iterdir()) == sorted(FILES)
    page = (output / "index.html").read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") > 30
    assert not re.search(r'(src|href)="(?!#|data:)', page)
    assert sum(path.stat().st_size for path in output.iterdir()) < 8e6
    results = json.loads((output / "results.json").read_text())
    assert len(results["pairs"]) == 2
    assert {"rms", "bias", "correlation", "deviation_ratio", "ratio", "season", "level"} <= set(
        results["pairs"][0]["comparisons"][0]
    )
    with xr.open_datatree(output / "climate.nc") as tree:
        assert "precipitation" in tree["climates/Fortran"]
        assert "ratio" in tree["pairs/JAX-float64-against-Fortran"]


def test_the_folder_of_a_run_is_a_reference(tmp_path, stored):
    (year,) = synthetic_years(stored, 1, 3)
    for month in range(12):
        year.isel(time=[month]).to_netcdf(tmp_path / f"1983-{month + 1:02d}.nc")
    months = stored_months(tmp_path)
    assert [month.month for month in months] == list(range(1, 13))
    assert read_months(tmp_path, months).sizes["time"] == 12


def january_of(stored, seed, factor=1.0):
    random = np.random.default_rng(seed)
    fields = {}
    for name, values in stored.climate.january.data_vars.items():
        scatter = np.sqrt(3.0) * stored.yardstick.january_deviation(name).values
        fields[name] = factor * (values.values + scatter * random.standard_normal(values.shape))
    return dataset_of(Month(1983, 1, 1), fields, np.float64).isel(time=0)


def test_a_january_of_the_original_passes_and_another_does_not(stored):
    assert compare_january("model", january_of(stored, 1), stored, judged=True).passed
    warm = compare_january("model", january_of(stored, 1, factor=1.1), stored, judged=True)
    assert not warm.passed
    broken = january_of(stored, 1)
    broken["temperature"].values[3, 4, 5] = np.nan
    verdict = compare_january("model", broken, stored, judged=True)
    assert "temperature level 3: 1 values are not finite" in " ".join(verdict.reasons)


def test_two_months_must_agree_to_rounding(stored):
    month = january_of(stored, 1)
    assert compare_models("a", month, "b", month.copy(deep=True), stored, judged=True).passed
    other = month.copy(deep=True)
    other["temperature"].values[2] *= 1.0 + 1e-8
    verdict = compare_models("a", other, "b", month, stored, judged=True)
    assert not verdict.passed
    assert "temperature level 2" in verdict.in_words()
    missing = month.drop_vars("precipitation")
    assert not compare_models("a", missing, "b", month, stored, judged=True).passed
