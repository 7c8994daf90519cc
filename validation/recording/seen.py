"""What a model shows of a step, whatever it is written in."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Protocol

import numpy as np

from reference.declarations import PROCESSES
from validation.dynamics.runs import Start
from validation.ports import Port
from validation.recording.stages import Arrays

#: Shape of the grid; columns are counted along the rows, from the south.
LATITUDES, LONGITUDES = 48, 96
COLUMNS = LATITUDES * LONGITUDES
SHORTWAVE_INTERVAL = 3
#: Slabs before a coupling call and what the atmosphere then sees, by their names in `sea_model`.
SURFACE_STATES = (
    "land_temperature_state",
    "ocean_temperature_state",
    "ice_temperature_state",
    "ice_fraction_state",
)
SLABS = (
    "land_inverse_heat_capacity",
    "land_damping_factor",
    "ocean_inverse_heat_capacity",
    "ice_inverse_heat_capacity",
    "ocean_damping_factor",
    "ice_damping_factor",
)


#: What the daily update makes: of every column, and of every row.
DAILY_MAPS = tuple(v.name for v in PROCESSES["daily_forcing"].outputs)
DAILY_ROWS = tuple(v.name for v in PROCESSES["zonal_forcing"].outputs)


@dataclasses.dataclass(frozen=True)
class Told:
    """A number that the model itself used in the step.

    Attributes:
        process, variable: whose output it is.
        values: `(column, *inner dimensions)`.
        entry: of the last inner dimension, if the model tells one only.
    """

    process: str
    variable: str
    values: np.ndarray
    entry: int | None = None


@dataclasses.dataclass(frozen=True)
class Seen:
    """What a step saw, on all columns of the grid.

    Attributes:
        step: of the main loop, counted from the start of the run; the first one is 0.
        driver: inputs of the physics driver.
        daily: what the daily update of this step was given; None in any other step.
        coupling: states, flags and factors that the coupling call was given, without the fluxes.
        driver_outputs: of the physics driver, if the model tells all of them.
        told: all other numbers that it tells.
        corrections: orographic corrections in force, spectral `(m, n)`.
    """

    step: int
    driver: Arrays
    daily: Arrays | None
    coupling: Arrays
    driver_outputs: Arrays | None
    told: list[Told]
    corrections: Arrays

    @property
    def shortwave(self) -> bool:
        """Whether short-wave radiation was computed."""
        return bool(self.driver["shortwave_step"][0])


class Run(Protocol):
    """A run of one model that can be watched.

    Attributes:
        model: "jax" or "fortran".
        port: the same implementation, process by process.
        start_date: from which steps are counted.
        step: number of steps made since then.
        dtype: of the recorded numbers.
    """

    model: str
    port: Port
    start_date: datetime.datetime
    step: int
    dtype: np.dtype

    def begin(self, start: Start) -> None:
        """Put the model at a start."""

    def advance(self, steps: int) -> None:
        """Make steps without looking."""

    def watch(self) -> Seen:
        """Make a step and tell about it."""

    def monthly(self) -> Arrays:
        """Monthly fields of the surface, `(column, 12)`."""


def date_inputs(start: datetime.datetime, step: int) -> Arrays:
    """Inputs of `calendar` for a number of steps after a start, one row."""
    parts = {
        "start_year": start.year,
        "start_month": start.month,
        "start_day": start.day,
        "start_hour": start.hour,
        "start_minute": start.minute,
        "step": step,
    }
    return {name: np.array([value], dtype=np.int32) for name, value in parts.items()}


def rows(values: np.ndarray) -> np.ndarray:
    """Values that are the same along each row of the grid, for all columns."""
    return np.repeat(np.asarray(values), LONGITUDES)


def flat(values: np.ndarray) -> np.ndarray:
    """`(..., latitude, longitude)` as `(column, ...)`."""
    values = np.asarray(values)
    leading = values.shape[:-2]
    return np.ascontiguousarray(np.moveaxis(values.reshape(*leading, COLUMNS), -1, 0))


def flags(columns: int, coupling_day: int) -> Arrays:
    """Coupling flags of a run as the models have them unless told otherwise."""
    values = {
        "land_coupling_flag": 1,
        "sea_coupling_flag": 0,
        "ice_coupling_flag": 1,
        "sst_anomaly_coupling_flag": 1,
        "coupling_day": coupling_day,
    }
    return {name: np.full(columns, value, dtype=np.int32) for name, value in values.items()}
