"""Declaration of the window of observed sea-surface temperature anomalies."""

from __future__ import annotations

import dataclasses

import numpy as np

from reference.declarations.calendar import DATE_EXISTS
from reference.declarations.calendar import PROCESS as CALENDAR
from reference.gates import gate
from reference.process import Columns, Constraint, GoldenFile, Process, Variable


def _slot(number: int) -> Variable:
    return Variable(
        name=f"sst_window_month_{number}",
        units="1",
        meaning=f"month of the anomaly file in slot {number}, 1 = January 1979",
        integer=True,
    )


def _narrowed(variable: Variable) -> Variable:
    """The file of anomalies begins in 1979; a run needs the months around its start."""
    if variable.name == "start_year":
        return dataclasses.replace(variable, minimum=1979, maximum=2013)
    return variable


def _window_in_file(c: Columns) -> np.ndarray:
    """The file has the month before the start and the month after it."""
    month = 12 * (np.asarray(c["start_year"], int) - 1979) + c["start_month"]
    return (month > 1) & (month < 420)


PROCESS = Process(
    name="sst_anomaly_window",
    package="surface",
    spec="23-sea-and-ice-model.md",
    summary="Which three months of observed anomalies are in use after a number of steps.",
    inputs=tuple(_narrowed(variable) for variable in CALENDAR.inputs),
    outputs=(
        Variable(
            name="sst_window_shifts",
            units="1",
            meaning="1 if this call shifts the window",
            integer=True,
        ),
        _slot(1),
        _slot(2),
        _slot(3),
    ),
    gates=(
        gate("shifts", "first day of a month", lambda c: c["sst_window_shifts"] == 1),
        gate("rests", "any other day", lambda c: c["sst_window_shifts"] == 0),
        gate(
            "one_month",
            "all slots hold the same month",
            lambda c: c["sst_window_month_1"] == c["sst_window_month_3"],
        ),
        gate(
            "back_in_time",
            "the start year is used again: a slot holds an earlier month than the one before",
            lambda c: (
                (c["sst_window_month_3"] < c["sst_window_month_2"])
                | (c["sst_window_month_2"] < c["sst_window_month_1"])
            ),
        ),
    ),
    constraints=(
        DATE_EXISTS,
        Constraint(
            inputs=("start_year", "start_month"),
            expectation="February 1979 to November 2013, so that the file of anomalies holds the "
            "months around the start",
            holds=_window_in_file,
        ),
    ),
    golden=(
        GoldenFile(path="surface/lifecycle_sequence.nc", indexed_by={"nrun": "run"}, optional=True),
    ),
)
