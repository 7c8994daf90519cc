"""The coupling of the JAX model over consecutive calls, its dates and its anomalies."""

from __future__ import annotations

import jax
import numpy as np
import pytest
import xarray as xr

from jcm.boundary.preparation import masked_sst_anomaly, prepare_boundary_fields
from jcm.surface.calendar import calendar
from jcm.surface.coupling import CouplingFluxes, MonthlyClimatology, SurfaceState, coupling
from jcm.surface.slab_constants import SlabConstants
from jcm.surface.sst_anomaly_window import sst_anomaly_window

STATES = {
    "land_temperature_state",
    "ocean_temperature_state",
    "ice_temperature_state",
    "ice_fraction_state",
    "sea_surface_temperature",
}
FLUXES = CouplingFluxes._fields


@pytest.fixture(scope="module")
def sequence(golden):
    return xr.open_dataset(golden / "surface/coupled_sequence.nc", mask_and_scale=False).load()


def _windows(sequence):
    """The two stretches of consecutive calls."""
    number = sequence["window"].values
    return [np.flatnonzero(number == value) for value in np.unique(number)]


def _compare(sequence, call, values, worst):
    for name in (*sorted(STATES), "sst_anomaly_observed"):
        expected = sequence[name].values[call]
        scale = max(np.abs(expected).max(), 1e-300)
        difference = float(np.abs(np.asarray(values[name]) - expected).max() / scale)
        worst[name] = max(worst.get(name, 0.0), difference)


def _first_state(sequence, call):
    return {name: sequence[f"{name}_before"].values[call] for name in STATES}


def test_jax_follows_the_original_call_by_call(sequence):
    points = sequence.sizes["point"]
    zero = np.zeros(points)
    climatology = MonthlyClimatology(
        *(
            sequence[name].values if name in sequence else np.zeros((12, points))
            for name in MonthlyClimatology._fields
        )
    )
    slabs = SlabConstants(
        *(sequence[n].values if n in sequence else zero for n in SlabConstants._fields)
    )
    step = jax.jit(coupling)
    worst = {}
    for calls in _windows(sequence):
        first = _first_state(sequence, calls[0])
        first["sea_ice_fraction"] = first["ice_fraction_state"]
        first["ice_temperature"] = first["ice_temperature_state"]
        state = SurfaceState(*(first.get(name, zero) for name in SurfaceState._fields))
        for call in calls:
            state = step(
                state,
                CouplingFluxes(*(sequence[name].values[call] for name in FLUXES)),
                climatology,
                sequence["sst_anomaly_window"].values[call],
                slabs,
                int(sequence["month_index"].values[call]),
                float(sequence["month_fraction"].values[call]),
                int(sequence["coupling_day"].values[call]),
            )
            _compare(sequence, call, state._asdict(), worst)
    assert {k: v for k, v in worst.items() if v > 1e-12} == {}


def test_the_anomalies_in_use_are_those_of_the_window(sequence):
    """From the packed file and the date of the call to the three fields that the sea model sees."""
    fields = prepare_boundary_fields(1982, 1)
    latitude = np.degrees(fields.latitude_radians)
    east = np.round(sequence["longitude"].values / 3.75).astype(int)
    north = np.abs(sequence["latitude"].values[:, None] - latitude).argmin(axis=1)
    days = {"01": 31, "02": 28, "03": 31, "04": 30, "05": 31, "06": 30}
    for call, (date, clock) in enumerate(
        zip(sequence["date"].values, sequence["time_of_day"].values, strict=True)
    ):
        text = str(int(date))
        elapsed = sum(n for month, n in days.items() if month < text[4:6]) + int(text[6:]) - 1
        step = 36 * elapsed + (60 * (int(clock) // 100) + int(clock) % 100) // 40
        window = sst_anomaly_window(1982, 1, 1, 0, 0, step)
        months = [int(window[i]) for i in (1, 2, 3)]
        anomalies = masked_sst_anomaly(months, fields.sea_mask)[:, east, north]
        np.testing.assert_array_equal(
            anomalies, sequence["sst_anomaly_window"].values[call], err_msg=f"{date} {clock}"
        )


def test_the_calendar_gives_the_daily_table(golden):
    table = xr.open_dataset(golden / "surface/calendar.nc", mask_and_scale=False)
    days = table.sizes["daily"]
    now = calendar(1982, 1, 1, 0, 0, 36 * np.arange(1, days + 1, dtype=np.int32))
    for name in ("year", "month", "day", "month_fraction", "year_fraction"):
        np.testing.assert_array_equal(
            np.asarray(getattr(now, name)), table[f"daily_{name}"].values, err_msg=name
        )


def test_the_calendar_gives_the_lifecycle(golden):
    table = xr.open_dataset(golden / "surface/lifecycle_sequence.nc", mask_and_scale=False)
    start = table.isel(nrun=table["run"])
    units = ("year", "month", "day", "hour", "minute")
    now = calendar(
        *(np.asarray(start[f"start_{unit}"], np.int32) for unit in units), table["step"].values
    )
    for name in (*units, "month_index", "month_fraction", "year_fraction"):
        np.testing.assert_array_equal(np.asarray(getattr(now, name)), table[name].values, name)
