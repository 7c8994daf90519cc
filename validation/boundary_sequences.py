"""From the files of monthly data to the fields that the physics sees on a day.

`boundary_fields` holds the preparation of `jcm.boundary` against the original's;
`daily_boundary_fields` interpolates prepared fields to dates and derives the daily forcing, through
the processes of a port.
"""

from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path

import numpy as np
import xarray as xr

from reference.declarations import PROCESSES
from reference.errors import InputError
from reference.golden import read_dataset
from reference.process import Variable
from validation.ports import JaxPort, Port
from validation.sequences import Arrays, Sequence, date_of, face, finite, run, sea_inputs, variables

_MONTHLY = (
    "land_temperature_monthly",
    "snow_depth_monthly",
    "soil_water_availability_monthly",
    "sea_surface_temperature_monthly",
    "sea_ice_fraction_monthly",
)
_GRID = ("latitude", "longitude")
_PREPARED = "surface/boundary_fields.nc"
_DAILY = "surface/daily_boundary_fields.nc"


def _columns(array: xr.DataArray) -> np.ndarray:
    """Values with the grid flattened to the column axis, which comes first."""
    others = [d for d in array.dims if d not in _GRID]
    return array.stack(column=_GRID).transpose("column", *others).values


# The preparation itself.


#: Fields of the preparation that the golden file holds; those of single latitudes are left to the
#: tests of the grid.
PREPARED_OUTPUTS = {
    "surface_geopotential_unfiltered": "m2 s-2",
    "surface_geopotential": "m2 s-2",
    "land_fraction": "1",
    "land_mask": "1",
    "sea_fraction": "1",
    "sea_mask": "1",
    "bare_land_albedo": "1",
    "orographic_drag_factor": "1",
    "land_temperature_monthly": "K",
    "snow_depth_monthly": "kg m-2",
    "soil_water_availability_monthly": "1",
    "sea_surface_temperature_monthly": "K",
    "sea_ice_fraction_monthly": "1",
    "sst_anomaly_window_initial": "K",
}


def _read_prepared(folder: Path) -> xr.Dataset:
    data = read_dataset(folder / _PREPARED, PREPARED_OUTPUTS)
    finite(data, _PREPARED, PREPARED_OUTPUTS)
    return data


def _flat(values: np.ndarray) -> np.ndarray:
    """Months or slots one after the other, each a field of columns."""
    return np.ascontiguousarray(values).reshape(-1)


def _prepared_expected(data: xr.Dataset) -> Arrays:
    return {
        name: _flat(data[name].transpose(..., "longitude", "latitude").values)
        for name in PREPARED_OUTPUTS
    }


def _start(data: xr.Dataset, path: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(str(data.attrs["start"]))
    except (KeyError, ValueError):
        raise InputError(
            f"golden file {path}: attribute start is {data.attrs.get('start')!r}, expected the "
            "date on which the run starts, as 1982-01-01."
        ) from None


def _prepared_follow(data: xr.Dataset, port: Port) -> Arrays:
    from jcm.boundary.preparation import prepare_boundary_fields

    start = _start(data, _PREPARED)
    try:
        fields = prepare_boundary_fields(start.year, start.month)
    except ValueError as error:
        raise InputError(f"golden file {_PREPARED}: {error}.") from error
    return {name: _flat(getattr(fields, name)) for name in PREPARED_OUTPUTS}


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Preparation(Sequence):
    """The preparation exists once, in `jcm`: no other port is asked for it."""

    def offered_by(self, port: Port) -> bool:
        return isinstance(port, JaxPort)


BOUNDARY_FIELDS = _Preparation(
    process=face(
        "boundary_fields",
        "surface",
        "25-boundary-data.md",
        "Preparation of the boundary data, from the packed files.",
        _PREPARED,
        [
            Variable(name=name, units=units, meaning="prepared field")
            for name, units in PREPARED_OUTPUTS.items()
        ],
    ),
    needs=(),
    read=_read_prepared,
    expected=_prepared_expected,
    follow=_prepared_follow,
)


# Fields on a day.

_SEA = {
    "sst_climatology": "sst_climatology",
    "sea_ice_fraction": "sea_ice_fraction_climatology",
    "ice_temperature_climatology": "ice_temperature_climatology",
    "sst_anomaly_observed": "sst_anomaly_observed",
}
_FORCING = ("snow_cover", "land_albedo", "sea_albedo", "surface_albedo")
_CORRECTIONS = ("temperature_correction", "humidity_correction")


def _daily_outputs() -> list[Variable]:
    def renamed(process: str, name: str, new: str) -> Variable:
        return dataclasses.replace(PROCESSES[process].variable(name), name=new)

    five_point, linear = "five_point", "linear"
    return [
        *(renamed("interpolation", n, n) for n in ("month_fraction", "year_fraction")),
        renamed("interpolation", five_point, "land_temperature_climatology"),
        renamed("interpolation", linear, "snow_depth"),
        renamed("interpolation", linear, "soil_water_availability"),
        renamed("interpolation", five_point, "interpolated_sst"),
        *(renamed("sea_model", name, new) for new, name in _SEA.items()),
        *variables("daily_forcing", _FORCING),
        *variables("orographic_correction", _CORRECTIONS),
    ]


def _read_daily(folder: Path) -> xr.Dataset:
    inputs = ["date_yyyymmdd", "land_surface_temperature", "sea_surface_temperature"]
    names = [*inputs, *(v.name for v in _daily_outputs())]
    daily = read_dataset(folder / _DAILY, names)
    finite(daily, _DAILY, names)
    constant = ["bare_land_albedo", "land_fraction", "sea_fraction", "sea_mask"]
    constant += ["surface_geopotential", *_MONTHLY]
    prepared = read_dataset(folder / _PREPARED, constant)
    finite(prepared, _PREPARED, constant)
    start = _start(prepared, _PREPARED)
    for number in daily["date_yyyymmdd"].values:
        if date_of(int(number), _DAILY) < start:
            raise InputError(
                f"golden file {_DAILY}: date {number} lies before the start of the run, {start}, "
                f"as given in {_PREPARED}."
            )
    merged = daily.assign({name: prepared[name] for name in constant})
    return merged.assign_attrs(start=start.isoformat())


def _daily_expected(data: xr.Dataset) -> Arrays:
    days, columns = data.sizes["date"], data.sizes["latitude"] * data.sizes["longitude"]
    expected = {}
    for variable in _daily_outputs():
        array = data[variable.name]
        if "latitude" in array.dims:
            values = _columns(array)
            values = np.repeat(values[:, None], days, axis=1) if values.ndim == 1 else values
            expected[variable.name] = values.T.reshape(-1)
        else:
            expected[variable.name] = np.repeat(array.values, columns)
    return expected


def _daily_follow(data: xr.Dataset, port: Port) -> Arrays:
    found: dict[str, list[np.ndarray]] = {v.name: [] for v in _daily_outputs()}
    for day in range(data.sizes["date"]):
        for name, values in _one_day(data, day, port).items():
            found[name].append(values)
    return {name: np.concatenate(values) for name, values in found.items()}


def _one_day(data: xr.Dataset, day: int, port: Port) -> Arrays:
    date = date_of(int(data["date_yyyymmdd"].values[day]), _DAILY)
    constant = {
        name: _columns(data[name])
        for name in ("bare_land_albedo", "land_fraction", "sea_fraction", "surface_geopotential")
    }
    columns = len(constant["land_fraction"])

    def interpolated(monthly: str) -> Arrays:
        inputs = {
            "month": np.full(columns, date.month),
            "day": np.full(columns, date.day),
            "monthly_values": _columns(data[monthly]),
        }
        return run(port, "interpolation", inputs)

    land = interpolated("land_temperature_monthly")
    sst = interpolated("sea_surface_temperature_monthly")["five_point"]
    result = {
        "month_fraction": land["month_fraction"],
        "year_fraction": land["year_fraction"],
        "land_temperature_climatology": land["five_point"],
        "snow_depth": interpolated("snow_depth_monthly")["linear"],
        "soil_water_availability": interpolated("soil_water_availability_monthly")["linear"],
        "interpolated_sst": sst,
    }
    sea = sea_inputs(columns) | {
        # Any day after the first: the climatologies do not depend on it.
        "coupling_day": np.ones(columns, dtype=int),
        "month_fraction": land["month_fraction"],
        "interpolated_sst": sst,
        "interpolated_sea_ice_fraction": interpolated("sea_ice_fraction_monthly")["linear"],
        **_anomalies(data, date, port),
    }
    after = run(port, "sea_model", sea)
    result |= {new: after[name] for new, name in _SEA.items()}
    given = {
        **constant,
        "snow_depth": result["snow_depth"],
        "sea_ice_fraction": result["sea_ice_fraction"],
        "land_surface_temperature": _columns(data["land_surface_temperature"][day]),
        "sea_surface_temperature": _columns(data["sea_surface_temperature"][day]),
    }
    forcing = run(port, "daily_forcing", given)
    correction = run(port, "orographic_correction", given)
    result |= {name: forcing[name] for name in _FORCING}
    return result | {name: correction[name] for name in _CORRECTIONS}


def _anomalies(data: xr.Dataset, date: datetime.date, port: Port) -> Arrays:
    """The three slots of observed anomalies in use at 00:00 of a date."""
    from jcm.boundary.preparation import masked_sst_anomaly

    start = datetime.date.fromisoformat(data.attrs["start"])
    inputs = {
        "start_year": start.year,
        "start_month": start.month,
        "start_day": start.day,
        "start_hour": 0,
        "start_minute": 0,
        "step": 36 * (date - start).days,
    }
    window = run(port, "sst_anomaly_window", {name: np.array([v]) for name, v in inputs.items()})
    months = [int(window[f"sst_window_month_{slot}"][0]) for slot in (1, 2, 3)]
    mask = data["sea_mask"].transpose("longitude", "latitude").values
    slots = masked_sst_anomaly(months, mask).swapaxes(-1, -2).reshape(3, -1)
    return {f"sst_anomaly_slot_{slot}": slots[slot - 1] for slot in (1, 2, 3)}


DAILY_BOUNDARY_FIELDS = Sequence(
    process=face(
        "daily_boundary_fields",
        "surface",
        "23-sea-and-ice-model.md, 24-coupling-calendar-and-interpolation.md",
        "Monthly fields interpolated to dates, and the daily forcing derived from them.",
        _DAILY,
        _daily_outputs(),
    ),
    needs=(
        "interpolation",
        "sea_model",
        "sst_anomaly_window",
        "daily_forcing",
        "orographic_correction",
    ),
    read=_read_daily,
    expected=_daily_expected,
    follow=_daily_follow,
)
