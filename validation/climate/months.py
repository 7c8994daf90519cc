"""Calendar months of runs."""

from __future__ import annotations

from typing import NamedTuple

STEPS_PER_DAY = 36
MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Month(NamedTuple):
    """A stretch of a run over which means are taken: a calendar month, or less.

    Attributes:
        year, month: calendar month that it lies in.
        steps: number of time steps.
    """

    year: int
    month: int
    steps: int


def calendar_months(year: int, number: int) -> list[Month]:
    """Whole months from January of a year on; every fourth year has a leap day."""
    months = []
    for index in range(number):
        this, month = year + index // 12, index % 12 + 1
        days = MONTH_DAYS[month - 1] + (month == 2 and this % 4 == 0)
        months.append(Month(this, month, STEPS_PER_DAY * days))
    return months
