"""Data sets follow the CF conventions and hold what went in."""

from __future__ import annotations

import datetime

import cftime
import numpy as np
import pytest
import xarray as xr

from jcm.formulation import CORRECTED, ORIGINAL, Formulation
from jcm.output import OutputRequest, RunDescription, empty_dataset, to_dataset
from jcm.output.catalogue import VARIABLES
from jcm.vertical_grid import VerticalGrid

EVERYTHING = tuple(VARIABLES)
INSTANTANEOUS = tuple(name for name in VARIABLES if not VARIABLES[name].moment_of)
ON_PRESSURE = tuple(name for name in VARIABLES if VARIABLES[name].kind != "half_level")
RUN = RunDescription(start_date=datetime.datetime(1982, 1, 1))

REQUESTS = {
    "daily means": OutputRequest(variables=EVERYTHING),
    "monthly means": OutputRequest(variables=EVERYTHING, every="month"),
    "snapshots": OutputRequest(variables=INSTANTANEOUS, statistic="snapshot", every=9),
    "on pressure levels": OutputRequest(variables=ON_PRESSURE, vertical="pressure"),
    "without surface pressure": OutputRequest(variables=("temperature", "sigma_dot")),
}


def made(request, run=RUN, records=2, seed=0, dtype=np.float32):
    """Random fields, the steps they belong to, and the data set made of them."""
    random = np.random.default_rng(seed)
    template = empty_dataset(request, run, dtype)
    fields = {
        name: random.normal(
            size=(records, *template[name].shape[1:-2], *template[name].shape[:-3:-1])
        ).astype(dtype)
        for name in request.variables
    }
    ends = 36 * 31 * np.arange(records + 1)
    periods = np.stack([ends[:-1], ends[1:]], axis=1)
    steps = periods if request.statistic == "mean" else ends[1:]
    return fields, steps, to_dataset(fields, steps, request, run)


@pytest.mark.parametrize("request_name", REQUESTS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_survive_a_file_bit_for_bit(request_name, dtype, tmp_path):
    request = REQUESTS[request_name]
    fields, _, dataset = made(request, dtype=dtype)
    dataset.to_netcdf(tmp_path / "out.nc")
    with xr.open_dataset(tmp_path / "out.nc") as found:
        for name, values in fields.items():
            assert found[name].dtype == dtype, name
            assert found[name].dims[0] == "time"
            assert found[name].dims[-2:] == ("latitude", "longitude")
            same = found[name].values.swapaxes(-1, -2) == values
            assert same.all(), f"{name}: {np.count_nonzero(~same)} values differ"


@pytest.mark.parametrize("request_name", REQUESTS)
def test_cf(request_name, tmp_path):
    """What a reader of CF relies on: axes, bounds, units, calendars, cell methods, no stray NaN."""
    request = REQUESTS[request_name]
    _, _, dataset = made(request)
    dataset.to_netcdf(tmp_path / "out.nc")
    found = xr.open_dataset(tmp_path / "out.nc", decode_cf=False)
    assert found.attrs["Conventions"] == "CF-1.11"
    assert all(found.attrs[name] for name in ("title", "source", "history", "formulation"))
    axes = {name: found[name].attrs.get("axis") for name in found.dims if name in found}
    assert {axes["time"], axes["latitude"], axes["longitude"]} == {"T", "Y", "X"}
    for name in found.variables:
        variable = found[name]
        attributes = variable.attrs
        if name.endswith("_bounds"):
            parent = found[name.removesuffix("_bounds")]
            assert parent.attrs["bounds"] == name
            middle = parent.values
            low, high = variable.values.min(axis=1), variable.values.max(axis=1)
            assert ((low < middle) & (middle < high)).all(), name
            np.testing.assert_array_equal(variable.values[1:, 0], variable.values[:-1, 1])
            assert "_FillValue" not in attributes
            continue
        assert attributes.get("standard_name") or attributes.get("long_name"), name
        if name not in ("year", "month"):
            assert attributes["units"], name
        for term in attributes.get("formula_terms", "").split()[1::2]:
            assert term in found, f"{name} refers to {term}"
        if "bounds" in attributes:
            assert attributes["bounds"] in found, name
        if name in found.dims:
            assert (np.diff(variable.values) > 0).all() or (np.diff(variable.values) < 0).all()
            assert "_FillValue" not in attributes, name
        if name in VARIABLES:
            assert attributes["units"] == VARIABLES[name].units
            assert ("time: point" in attributes["cell_methods"]) == (
                request.statistic == "snapshot"
            ), name
    for name in ("level", "half_level", "pressure"):
        if name in found:
            assert found[name].attrs["positive"] == "down"
            assert found[name].attrs["axis"] == "Z"
    assert ("formula_terms" in found["level"].attrs if "level" in found else True) == (
        "surface_pressure" in found
    )


def test_coordinates_are_those_of_the_model():
    _, _, dataset = made(REQUESTS["daily means"])
    grid = VerticalGrid.speedy()
    np.testing.assert_array_equal(dataset["level"], grid.full_level_sigma)
    np.testing.assert_array_equal(dataset["half_level"], grid.half_level_sigma)
    assert dataset["latitude"][0] < 0.0 < dataset["latitude"][-1]
    assert dataset["longitude"][0] == 0.0
    assert float(dataset["area_weight"].sum()) == pytest.approx(1.0, abs=1e-14)


def test_times_become_the_dates_of_the_model():
    request = OutputRequest(variables=("surface_pressure",), every="month")
    run = RunDescription(start_date=datetime.datetime(1999, 12, 1))
    fields, _, _ = made(request, run, records=3)
    steps = np.cumsum([0, 31, 31, 29]) * 36
    periods = np.stack([steps[:-1], steps[1:]], axis=1)
    dataset = xr.decode_cf(to_dataset(fields, periods, request, run))
    assert dataset["time"].dt.calendar == "julian"
    assert list(zip(dataset["year"].values, dataset["month"].values, strict=True)) == [
        (1999, 12),
        (2000, 1),
        (2000, 2),
    ]
    bounds = dataset["time_bounds"].values
    assert bounds[-1, 1] == cftime.DatetimeJulian(2000, 3, 1)
    assert dataset["time"].values[2] == cftime.DatetimeJulian(2000, 2, 15, 12)


@pytest.mark.parametrize(
    ("formulation", "date"), [(ORIGINAL, (1900, 2, 29)), (CORRECTED, (1900, 3, 1))]
)
def test_the_calendar_is_that_of_the_formulation(formulation, date):
    run = RunDescription(start_date=datetime.datetime(1900, 2, 28), formulation=formulation)
    found = run.date(36)
    assert (found.year, found.month, found.day) == date


def test_every_step_is_a_whole_number_of_minutes():
    request = OutputRequest(variables=("surface_pressure",), every=1)
    shape = (100, 96, 48)
    steps = np.arange(101) + 100 * 365 * 36
    periods = np.stack([steps[:-1], steps[1:]], axis=1)
    dataset = to_dataset({"surface_pressure": np.zeros(shape, "f4")}, periods, request, RUN)
    assert (dataset["time"].values % 20 == 0).all()
    assert (np.diff(dataset["time"].values) == 40).all()


def test_the_formulation_is_named():
    def text(formulation):
        return RunDescription(start_date=RUN.start_date, formulation=formulation).formulation_text

    assert text(ORIGINAL) == "original"
    assert text(CORRECTED) == "corrected"
    changed = Formulation(filter_uses_filtered_value=False)
    assert text(changed) == "original without filter_uses_filtered_value"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.pop("temperature"), "the field temperature was requested and is missing"),
        (lambda f: f.update(u=f["temperature"]), "the field u was not requested"),
        (
            lambda f: f.update(temperature=f["temperature"].swapaxes(-1, -2)),
            r"temperature has shape \(2, 8, 48, 96\), expected \(2, 8, 96, 48\)",
        ),
        (
            lambda f: f.update(surface_pressure=f["temperature"]),
            r"surface_pressure has shape \(2, 8, 96, 48\), expected \(2, 96, 48\)",
        ),
    ],
)
def test_fields_that_do_not_fit_are_refused(change, message):
    request = OutputRequest(variables=("temperature", "surface_pressure"))
    fields, steps, _ = made(request)
    change(fields)
    with pytest.raises(ValueError, match=message):
        to_dataset(fields, steps, request, RUN)


def test_steps_of_the_other_statistic_are_refused():
    request = OutputRequest(variables=("temperature",))
    fields, steps, _ = made(request)
    with pytest.raises(ValueError, match=r"\(time, 2\) for means, got \(2,\)"):
        to_dataset(fields, steps[:, 0], request, RUN)
