"""Recorded numbers in the layout of the golden files: one file per process, one row per column."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from reference.checks import check_inputs
from reference.process import Process, Variable
from validation.recording.stages import Arrays, Stage

MINUTES_PER_STEP = 40


@dataclasses.dataclass(frozen=True)
class Rows:
    """Where the rows of one step belong.

    Attributes:
        run_start: of the run.
        step: since then, at the beginning of the step.
        recorded: the same since the start of the recording.
        latitude, longitude: degrees, `(column,)`; empty for what has no place.
        further: other coordinates `(column,)` and their attributes.
    """

    run_start: datetime.datetime
    step: int
    recorded: int
    latitude: np.ndarray
    longitude: np.ndarray
    further: Mapping[str, tuple[np.ndarray, dict[str, Any]]] = dataclasses.field(
        default_factory=dict
    )

    @property
    def date(self) -> list[int]:
        """Year, month, day, hour and minute at the beginning of the step."""
        now = self.run_start + datetime.timedelta(minutes=MINUTES_PER_STEP * self.step)
        return [now.year, now.month, now.day, now.hour, now.minute]


_COORDINATES: dict[str, dict[str, str]] = {
    "latitude": {"units": "degrees_north", "long_name": "latitude"},
    "longitude": {"units": "degrees_east", "long_name": "longitude"},
    "date": {"units": "1", "long_name": "year, month, day, hour, minute at the start of the step"},
    "step": {"units": "1", "long_name": "steps since the start of the recording"},
    "model_step": {
        "units": "1",
        "long_name": "1-based step counter of the run; shortwave when model_step mod 3 = 1",
    },
    "column_kind": {"units": "1", "long_name": "0 = taken from a model run"},
}

_SAME_IN_ALL_STEPS = ("latitude", "longitude", "column_kind")
_SAME_IN_ALL_COLUMNS = ("date", "step", "model_step", "shortwave_step")


class Table:
    """Rows of a file, gathered step by step.

    Args:
        dimension: that counts the rows, "column", or "row" for what has no place.
    """

    def __init__(self, dimension: str = "column") -> None:
        self.dimension = dimension
        self.processes: list[Process] = []
        self._variables: dict[str, tuple[Variable, str]] = {}
        self._values: dict[str, list[np.ndarray]] = {}
        self._attributes: dict[str, dict[str, Any]] = {}

    def add(self, stages: Iterable[Stage], rows: Rows) -> None:
        """Add the rows of one step: one process, or several that share their columns.

        Raises:
            InputError: if an input is none that the declaration accepts.
        """
        length = 0
        block: Arrays = {}
        for one in stages:
            length = check_inputs(one.process, one.inputs, source=f"step {rows.recorded}")
            if one.process not in self.processes:
                self.processes.append(one.process)
            for role, values in (("input", one.inputs), ("output", one.outputs)):
                for name, numbers in values.items():
                    self._variables.setdefault(name, (one.process.variable(name), role))
                    block[name] = numbers
        block |= self._places(rows, length)
        for name, values in block.items():
            self._values.setdefault(name, []).append(values)

    def dataset(self, dtype: np.dtype) -> xr.Dataset:
        """Everything that was added.

        Args:
            dtype: of numbers that are not whole.
        """
        data = {}
        for name, blocks in self._values.items():
            values = np.concatenate(blocks)
            if name in self._variables:
                variable, role = self._variables[name]
                values = values.astype(np.int32 if variable.integer else dtype)
                dimensions = (self.dimension, *variable.dimensions)
                data[name] = (dimensions, values, described(variable, role))
            else:
                inner = ("date_component",) if name == "date" else ()
                attributes = {**self._attributes[name], "role": "constant"}
                data[name] = ((self.dimension, *inner), values, attributes)
        return xr.Dataset(data)

    def _places(self, rows: Rows, length: int) -> Arrays:
        whole = np.int32
        places: Arrays = {}
        self._attributes |= _COORDINATES
        if len(rows.latitude):
            places |= {"latitude": rows.latitude, "longitude": rows.longitude}
            places["column_kind"] = np.zeros(length, whole)
        places["date"] = np.tile(np.array(rows.date, whole), (length, 1))
        places["step"] = np.full(length, rows.recorded, whole)
        places["model_step"] = np.full(length, rows.step + 1, whole)
        for name, (values, attributes) in rows.further.items():
            places[name] = values
            self._attributes[name] = attributes
        # A process of the calendar has inputs and outputs of these names.
        return {name: values for name, values in places.items() if name not in self._variables}


def described(variable: Variable, role: str) -> dict[str, str]:
    """Attributes of a declared variable."""
    return {"units": variable.units, "long_name": variable.meaning, "role": role}


def sequence_dataset(table: xr.Dataset, steps: list[int]) -> xr.Dataset:
    """Consecutive steps of the physics driver as a file of `(step, column)`.

    Args:
        table: of the physics driver.
        steps: which, counted from the start of the recording.
    """
    places = [np.flatnonzero(table["step"].values == step) for step in steps]
    data = {}
    for name, array in table.data_vars.items():
        values = np.stack([array.values[rows] for rows in places])
        dimensions = ("step", *map(str, array.dims))
        if name in _SAME_IN_ALL_STEPS:
            values, dimensions = values[0], dimensions[1:]
        elif name in _SAME_IN_ALL_COLUMNS:
            values, dimensions = values[:, 0], ("step", *dimensions[2:])
        data["recorded_step" if name == "step" else name] = (dimensions, values, array.attrs)
    return xr.Dataset(data)
