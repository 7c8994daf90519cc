"""A run of the Fortran model that can be watched; see :mod:`validation.recording.seen`."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator
from typing import Any

import numpy as np

from reference import dynamics
from reference.declarations import PROCESSES
from reference.errors import InputError, ModelStoppedError
from reference.model import SpeedyModel
from validation.boundary_file import boundary_arrays
from validation.dynamics.runs import STEPS_PER_DAY, Start
from validation.ports import FortranPort
from validation.recording.seen import (
    COLUMNS,
    DAILY_MAPS,
    DAILY_ROWS,
    SHORTWAVE_INTERVAL,
    SLABS,
    SURFACE_STATES,
    Seen,
    Told,
    flags,
    flat,
    rows,
)
from validation.recording.stages import MONTHLY, Arrays
from validation.sequences import KEPT

#: Of fluxes over land, sea and both the model tells the mean.
_AREA_MEAN = 2
_MEANS = {
    "eastward_wind_stress": "eastward_stress",
    "northward_wind_stress": "northward_stress",
    "sensible_heat_flux": "sensible_heat_flux",
    "evaporation": "evaporation",
}


class FortranRun:
    """See :class:`validation.recording.seen.Run`."""

    model = "fortran"

    def __init__(self) -> None:
        self.port = FortranPort()
        self.dtype = np.dtype(np.float64)
        self.start_date = datetime.datetime(1982, 1, 1)
        self._model: Any = None
        self._boundary: Arrays = {}
        self._maps: Arrays = {}

    @property
    def step(self) -> int:
        """See the protocol."""
        return self._model.step

    def begin(self, start: Start) -> None:
        """See the protocol."""
        date = start.run_start
        self.start_date = date
        try:
            self._boundary = boundary_arrays(date.year, date.month)
        except ValueError as error:
            raise InputError(f"the Fortran model cannot start: {error}.") from None
        self._model = SpeedyModel(
            self._boundary, start_date=(date.year, date.month, date.day, date.hour, date.minute)
        )
        orography = self._boundary["surface_geopotential_unfiltered"].T
        filtered = dynamics.initial_state(orography)["surface_geopotential_filtered"]
        names = ("land_fraction", "sea_fraction", "orographic_drag_factor", "bare_land_albedo")
        self._maps = {name: self._map(name) for name in (*names, *SLABS)}
        self._maps["surface_geopotential"] = flat(filtered)
        with _stopping():
            if start.restart is None:
                self._model.cold_start()
            else:
                self._model.set_state(start.restart)

    def advance(self, steps: int) -> None:
        """See the protocol."""
        with _stopping():
            self._model.advance(steps)

    def watch(self) -> Seen:
        """See the protocol."""
        step, before, grid = self.step, self._model.state(), self._model.grid()
        self.advance(1)
        after, used = self._model.state(), self._model.physics_state()
        maps = self._maps
        seen_surface = {
            name: flat(before[name])
            for name in (
                "land_surface_temperature",
                "soil_water_availability",
                "sea_surface_temperature",
            )
        }
        driver = {
            "shortwave_step": np.full(COLUMNS, int(step % SHORTWAVE_INTERVAL == 0), np.int32),
            **{name: flat(values) for name, values in grid.items()},
            **seen_surface,
            **{name: flat(after[name]) for name in DAILY_MAPS},
            **{name: rows(after[name]) for name in DAILY_ROWS},
            **{kept: self._kept(before[name], name) for name, kept in KEPT.items()},
            "cos_latitude": rows(self._boundary["cos_latitude"]),
            **{
                name: maps[name]
                for name in ("surface_geopotential", "land_fraction", "orographic_drag_factor")
            },
        }
        daily = None
        if step % STEPS_PER_DAY == 0:
            daily = {
                **{name: maps[name] for name in ("land_fraction", "sea_fraction")},
                **{name: maps[name] for name in ("bare_land_albedo", "surface_geopotential")},
                **{name: flat(before[name]) for name in ("snow_depth", "sea_ice_fraction")},
                **seen_surface,
                "latitude_sine": rows(self._boundary["sin_latitude"]),
                "latitude_cosine": rows(self._boundary["cos_latitude"]),
            }
        return Seen(
            step=step,
            driver=driver,
            daily=daily,
            coupling=self._coupling(step, before, after),
            driver_outputs=None,
            told=self._told(step, used, after),
            corrections={n: after[n] for n in ("temperature_correction", "humidity_correction")},
        )

    def monthly(self) -> Arrays:
        """See the protocol."""
        return {name: flat(self._boundary[name].swapaxes(-1, -2)) for name in MONTHLY}

    def _map(self, name: str) -> np.ndarray:
        return flat(self._boundary[name].T)

    @staticmethod
    def _kept(values: np.ndarray, name: str) -> np.ndarray:
        """Maps `(..., latitude, longitude)`; the model has `(level, band, ...)`."""
        columns = flat(values)
        assert columns.shape[1:] == PROCESSES["physics_driver"].variable(name).shape
        return columns

    def _coupling(self, step: int, before: Arrays, after: Arrays) -> Arrays:
        months = after["sst_anomaly_slot_file_month"]
        anomaly = self._boundary["sst_anomaly"]
        return {
            # As the original counts: the call after step n, from 1, is that of day (n + 1) / 36.
            **flags(COLUMNS, 1 + (step + 2) // STEPS_PER_DAY),
            **{name: flat(before[name]) for name in SURFACE_STATES},
            "ice_fraction_previous": flat(before["sea_ice_fraction"]),
            "ice_temperature_previous": flat(before["sea_ice_temperature"]),
            **{f"sst_anomaly_slot_{i + 1}": flat(anomaly[months[i] - 1].T) for i in range(3)},
            # The model gives the sea no weight: it has no slab ocean.
            "el_nino_weight": np.zeros(COLUMNS),
            **{name: self._maps[name] for name in SLABS},
        }

    def _told(self, step: int, used: Arrays, after: Arrays) -> list[Told]:
        driver, told = PROCESSES["physics_driver"], []
        for variable in driver.outputs:
            name = _MEANS.get(variable.name, variable.name)
            if name not in used:
                continue
            if variable.defined_where and step % SHORTWAVE_INTERVAL:
                continue
            values = flat(used[name])
            entry = _AREA_MEAN if variable.name in _MEANS else None
            told.append(Told(driver.name, variable.name, values, entry))
        for name in KEPT.keys() - used.keys():
            told.append(Told(driver.name, name, self._kept(after[name], name)))
        if step % STEPS_PER_DAY == 0:
            told += [Told("daily_forcing", name, flat(after[name])) for name in DAILY_MAPS]
            told += [Told("zonal_forcing", name, rows(after[name])) for name in DAILY_ROWS]
        told.append(
            Told("land_model", "land_surface_temperature", flat(after["land_surface_temperature"]))
        )
        told.append(
            Told("land_model", "land_temperature_state_new", flat(after["land_temperature_state"]))
        )
        told += [
            Told("sea_model", name, flat(after[state]))
            for name, state in (
                ("ocean_temperature_state_new", "ocean_temperature_state"),
                ("ice_temperature_state_new", "ice_temperature_state"),
                ("ice_fraction_state_new", "ice_fraction_state"),
                ("sea_surface_temperature", "sea_surface_temperature"),
                ("sea_ice_fraction", "sea_ice_fraction"),
                ("ice_temperature", "sea_ice_temperature"),
            )
        ]
        date = ("year", "month", "day", "hour", "minute")
        told += [
            Told("calendar", name, np.array([value]))
            for name, value in zip(date, self._model.date, strict=True)
        ]
        told += [
            Told("sst_anomaly_window", f"sst_window_month_{slot}", np.array([month]))
            for slot, month in enumerate(after["sst_anomaly_slot_file_month"], start=1)
        ]
        return told


@contextlib.contextmanager
def _stopping() -> Iterator[None]:
    """A model that stops is bad input: the run does not go as far as was asked."""
    try:
        yield
    except ModelStoppedError as error:
        raise InputError(f"the run stopped: {error}") from None
