"""Land, sea and ice over consecutive coupling calls, in both implementations."""

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
from reference import kernels
from reference.declarations import PROCESSES

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


@pytest.mark.skipif(not kernels.available(), reason=kernels.unavailable_reason())
def test_fortran_follows_the_original_call_by_call(sequence):
    points = sequence.sizes["point"]

    def everywhere(value):
        return np.full(points, value)

    def interpolated(name, day, month, kind):
        values = sequence[name].values.T
        inputs = {"month": everywhere(month), "day": everywhere(day), "monthly_values": values}
        return kernels.run(PROCESSES["interpolation"], inputs)[kind]

    def constant(name):
        return sequence[name].values

    worst = {}
    for calls in _windows(sequence):
        state = _first_state(sequence, calls[0])
        for call in calls:
            month = int(sequence["month_index"].values[call])
            day = int(sequence["date"].values[call]) % 100
            coupling_day = everywhere(int(sequence["coupling_day"].values[call]))
            fluxes = {name: sequence[name].values[call] for name in FLUXES}
            land = kernels.run(
                PROCESSES["land_model"],
                {
                    "land_coupling_flag": everywhere(1),
                    "coupling_day": coupling_day,
                    "land_temperature_state": state["land_temperature_state"],
                    "land_temperature_climatology": interpolated(
                        "land_temperature_monthly", day, month, "five_point"
                    ),
                    "land_inverse_heat_capacity": constant("land_inverse_heat_capacity"),
                    "land_damping_factor": constant("land_damping_factor"),
                    **fluxes,
                },
            )
            window = sequence["sst_anomaly_window"].values[call]
            sea = kernels.run(
                PROCESSES["sea_model"],
                {
                    "sea_coupling_flag": everywhere(0),
                    "ice_coupling_flag": everywhere(1),
                    "sst_anomaly_coupling_flag": everywhere(1),
                    "coupling_day": coupling_day,
                    "month_fraction": everywhere(float(sequence["month_fraction"].values[call])),
                    "interpolated_sst": interpolated(
                        "sea_surface_temperature_monthly", day, month, "five_point"
                    ),
                    "interpolated_sea_ice_fraction": interpolated(
                        "sea_ice_fraction_monthly", day, month, "linear"
                    ),
                    "sst_anomaly_slot_1": window[0],
                    "sst_anomaly_slot_2": window[1],
                    "sst_anomaly_slot_3": window[2],
                    "interpolated_ocean_model_sst": everywhere(0.0),
                    "el_nino_weight": everywhere(0.0),
                    "ocean_temperature_state": state["ocean_temperature_state"],
                    "ice_temperature_state": state["ice_temperature_state"],
                    "ice_fraction_state": state["ice_fraction_state"],
                    "ice_fraction_previous": state["ice_fraction_state"],
                    "ice_temperature_previous": state["ice_temperature_state"],
                    "ocean_inverse_heat_capacity": constant("ocean_inverse_heat_capacity"),
                    "ice_inverse_heat_capacity": constant("ice_inverse_heat_capacity"),
                    "ocean_damping_factor": constant("ocean_damping_factor"),
                    "ice_damping_factor": constant("ice_damping_factor"),
                    **fluxes,
                },
            )
            state = {
                "land_temperature_state": land["land_temperature_state_new"],
                "ocean_temperature_state": sea["ocean_temperature_state_new"],
                "ice_temperature_state": sea["ice_temperature_state_new"],
                "ice_fraction_state": sea["ice_fraction_state_new"],
                "sea_surface_temperature": sea["sea_surface_temperature"],
            }
            observed = {"sst_anomaly_observed": sea["sst_anomaly_observed"]}
            _compare(sequence, call, {**state, **observed}, worst)
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
