"""Declaration of the calendar."""

from __future__ import annotations

import numpy as np

from reference import variables as v
from reference.formulas import DAYS_IN_MONTH
from reference.gates import gate
from reference.process import Columns, Constraint, GoldenFile, Process, Variable


def _whole(name: str, meaning: str, minimum: int, maximum: int, units: str = "1") -> Variable:
    return Variable(
        name=name, units=units, meaning=meaning, integer=True, minimum=minimum, maximum=maximum
    )


_LAST_YEAR = 9999
_RUN_LENGTH = 10_000_000


def _in_leap_february(c: Columns) -> np.ndarray:
    return (c["year"] % 4 == 0) & (c["month"] == 2)


def _months_passed(c: Columns) -> np.ndarray:
    return 12 * (c["year"] - c["start_year"]) + c["month"] - c["start_month"]


def _date_exists(c: Columns) -> np.ndarray:
    """In the calendar of the original, where every fourth year is a leap year."""
    month, year = np.asarray(c["start_month"], int), np.asarray(c["start_year"], int)
    return c["start_day"] <= DAYS_IN_MONTH[month - 1] + ((month == 2) & (year % 4 == 0))


DATE_EXISTS = Constraint(
    inputs=("start_year", "start_month", "start_day"),
    expectation="a date that exists",
    holds=_date_exists,
)

PROCESS = Process(
    name="calendar",
    package="surface",
    spec="24-coupling-calendar-and-interpolation.md",
    summary="Date and fractions of month and year after a number of steps of 40 minutes.",
    inputs=(
        _whole("start_year", "year of the start", 1, _LAST_YEAR),
        _whole("start_month", "month of the start", 1, 12),
        _whole("start_day", "day of the start", 1, 31),
        _whole("start_hour", "hour of the start", 0, 23),
        _whole("start_minute", "minute of the start", 0, 59),
        _whole("step", "completed steps", 0, _RUN_LENGTH),
    ),
    outputs=(
        _whole("year", "year", 1, 2 * _LAST_YEAR),
        _whole("month", "month of the year", 1, 12),
        _whole("day", "day of the month", 1, 31),
        _whole("hour", "hour of the day", 0, 23),
        _whole("minute", "minute of the hour", 0, 59),
        _whole("month_index", "month of the seasonal cycle", 1, 12),
        v.month_fraction,
        v.year_fraction,
    ),
    gates=(
        gate(
            "same_day",
            "no midnight passed",
            lambda c: (_months_passed(c) == 0) & (c["day"] == c["start_day"]),
        ),
        gate(
            "next_day",
            "midnight passed within the month",
            lambda c: (_months_passed(c) == 0) & (c["day"] > c["start_day"]),
        ),
        gate(
            "next_month",
            "end of a month passed within the year",
            lambda c: (c["year"] == c["start_year"]) & (_months_passed(c) > 0),
        ),
        gate("next_year", "end of a year passed", lambda c: c["year"] > c["start_year"]),
        gate("leap_day", "29 February", lambda c: _in_leap_february(c) & (c["day"] == 29)),
        gate(
            "leap_day_of_century",
            "29 February of a year that ends a century",
            lambda c: _in_leap_february(c) & (c["day"] == 29) & (c["year"] % 100 == 0),
        ),
        gate(
            "first_of_march",
            "1 March",
            lambda c: (c["month"] == 3) & (c["day"] == 1),
        ),
        gate("no_step", "the start itself", lambda c: c["step"] == 0),
        gate(
            "minutes_carried",
            "minutes of the start not a multiple of 20",
            lambda c: (c["start_minute"] % 20 > 0) & (c["step"] > 0),
        ),
    ),
    constraints=(DATE_EXISTS,),
    golden=(GoldenFile(path="surface/calendar.nc"),),
)
