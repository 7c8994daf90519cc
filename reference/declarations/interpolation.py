"""Declaration of the interpolation of monthly values."""

from __future__ import annotations

from reference import variables as v
from reference.formulas import month_fraction
from reference.gates import gate
from reference.process import GoldenFile, Process, Variable

_MONTHLY = "in the units of the monthly values"

PROCESS = Process(
    name="interpolation",
    package="surface",
    spec="24-coupling-calendar-and-interpolation.md",
    summary="Values of a day from monthly ones: linear, nearly mean-conserving, and in a window.",
    inputs=(
        Variable(
            name="month",
            units="1",
            meaning="month of the year",
            integer=True,
            minimum=1,
            maximum=12,
        ),
        Variable(
            name="day", units="1", meaning="day of the month", integer=True, minimum=1, maximum=31
        ),
        Variable(
            name="monthly_values",
            units="1",
            meaning="means of the twelve months, in any units",
            dimensions=("month12",),
        ),
    ),
    outputs=(
        v.month_fraction,
        v.year_fraction,
        Variable(name="linear", units="1", meaning=f"linear in time between months, {_MONTHLY}"),
        Variable(
            name="five_point",
            units="1",
            meaning=f"five-point, nearly conserving the means, {_MONTHLY}",
        ),
        Variable(
            name="linear_three_slot",
            units="1",
            meaning=f"linear within January to March with February in the centre, {_MONTHLY}",
        ),
    ),
    gates=(
        gate(
            "first_half",
            "interpolated towards the previous month",
            lambda c: month_fraction(c["month"], c["day"]) < 0.5,
        ),
        gate(
            "middle",
            "exactly in the middle of the month",
            lambda c: month_fraction(c["month"], c["day"]) == 0.5,
        ),
        gate(
            "second_half",
            "interpolated towards the next month",
            lambda c: month_fraction(c["month"], c["day"]) > 0.5,
        ),
        gate(
            "back_to_december",
            "January interpolated towards December",
            lambda c: (c["month"] == 1) & (month_fraction(c["month"], c["day"]) < 0.5),
        ),
        gate(
            "on_to_january",
            "December interpolated towards January",
            lambda c: (c["month"] == 12) & (month_fraction(c["month"], c["day"]) > 0.5),
        ),
        gate("leap_day", "29 February", lambda c: (c["month"] == 2) & (c["day"] == 29)),
        gate(
            "overshoot",
            "five-point value outside the range of the months",
            lambda c: (
                (c["five_point"] < c["monthly_values"].min(axis=1))
                | (c["five_point"] > c["monthly_values"].max(axis=1))
            ),
        ),
    ),
    golden=(GoldenFile(path="surface/interpolation.nc"),),
)
