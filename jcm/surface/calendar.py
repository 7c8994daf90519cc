"""The model's clock: the date after any number of time steps, and the fractions of month and year.

References:
    Specification page 24, section 1.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from jcm.arrays import ColumnField, IndexField, SharedField, SharedFlag, SharedIndex
from jcm.formulation import ORIGINAL, Formulation

STEPS_PER_DAY = 36
MINUTES_PER_DAY = 24 * 60
MINUTES_PER_STEP = MINUTES_PER_DAY // STEPS_PER_DAY

_MONTH_LENGTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DAYS_BEFORE_MONTH = (0, *itertools.accumulate(_MONTH_LENGTH[:-1]))


class Calendar(NamedTuple):
    """Result of :func:`calendar`.

    Attributes:
        year, month, day, hour, minute: the date, `(*column)`.
        month_index: month that the monthly climatologies are taken from, equal to `month`.
        month_fraction: elapsed part of the month at noon of the day [1].
        year_fraction: elapsed part of the year at noon of the day [1].
    """

    year: IndexField
    month: IndexField
    day: IndexField
    hour: IndexField
    minute: IndexField
    month_index: IndexField
    month_fraction: ColumnField
    year_fraction: ColumnField


def calendar(
    start_year: SharedIndex | int,
    start_month: SharedIndex | int,
    start_day: SharedIndex | int,
    start_hour: SharedIndex | int,
    start_minute: SharedIndex | int,
    step: SharedIndex | int,
    *,
    formulation: Formulation = ORIGINAL,
) -> Calendar:
    """The date `step` time steps of 40 minutes after the start.

    Days are numbered without a gap, in closed form, so that `step` may be large and traced.

    Args:
        start_year: 1 to 9999, as all arguments a scalar or `(*column)`.
        start_month: 1 to 12.
        start_day: from 1; the date must exist, see :func:`check_date`.
        start_hour: 0 to 23.
        start_minute: 0 to 59.
        step: number of steps, negative ones go back; the result must lie in the years 1 to 9999.
        formulation: `every_fourth_year_is_leap`, `leap_day_outside_its_month` and
            `single_precision_constants` are read.

    Returns:
        See :class:`Calendar`. The fractions have JAX's default floating-point type.
    """
    start = [
        jnp.asarray(value, jnp.int32)
        for value in (start_year, start_month, start_day, start_hour, start_minute)
    ]
    step = jnp.asarray(step, jnp.int32)
    # Whole days are split off first: the minutes of 9999 years do not fit into 32 bits.
    minutes = start[3] * 60 + start[4] + (step % STEPS_PER_DAY) * MINUTES_PER_STEP
    day_number = (
        _day_number(*start[:3], formulation) + step // STEPS_PER_DAY + minutes // MINUTES_PER_DAY
    )
    minutes = minutes % MINUTES_PER_DAY
    year, month, day = _date_of_day_number(day_number, formulation)
    month_fraction, year_fraction = date_fractions(
        month, day, leap_year=is_leap_year(year, formulation), formulation=formulation
    )
    return Calendar(
        year=year,
        month=month,
        day=day,
        hour=minutes // 60,
        minute=minutes % 60,
        month_index=month,
        month_fraction=month_fraction,
        year_fraction=year_fraction,
    )


def date_fractions(
    month: SharedIndex | int,
    day: SharedIndex | int,
    *,
    leap_year: SharedFlag | bool = False,
    formulation: Formulation = ORIGINAL,
    dtype: DTypeLike = float,
) -> tuple[SharedField, SharedField]:
    """Elapsed fractions of the month and of the year at noon.

        t_m = (day - 1/2) / (days of the month),  t_y = (days before the month + day - 1/2) / 365

    Args:
        month: 1 to 12, `(*column)`.
        day: from 1, `(*column)`.
        leap_year: whether the year has 366 days. Read only without the peculiarity
            `leap_day_outside_its_month`, with which every year has the table of 365 days.
        formulation: see :class:`jcm.formulation.Formulation`.
        dtype: floating-point type of the result.

    Returns:
        Month fraction and year fraction [1], `(*column)`. With single-precision constants both are
        rounded to single precision whatever `dtype`.
    """
    month, day = jnp.asarray(month, jnp.int32), jnp.asarray(day, jnp.int32)
    leap_day = jnp.asarray(leap_year, jnp.int32)
    if formulation.leap_day_outside_its_month:
        leap_day = jnp.zeros_like(leap_day)
    month_length = jnp.asarray(_MONTH_LENGTH)[month - 1] + jnp.where(month == 2, leap_day, 0)
    days_before = jnp.asarray(_DAYS_BEFORE_MONTH)[month - 1] + jnp.where(month > 2, leap_day, 0)
    noon = day.astype(dtype) - 0.5
    month_fraction = noon / month_length.astype(dtype)
    year_fraction = (days_before.astype(dtype) + noon) / (365 + leap_day).astype(dtype)
    if formulation.single_precision_constants:
        # Not a pair of casts, which the compiler may drop.
        month_fraction = jax.lax.reduce_precision(month_fraction, 8, 23)
        year_fraction = jax.lax.reduce_precision(year_fraction, 8, 23)
    return month_fraction, year_fraction


def is_leap_year(year: SharedIndex | int, formulation: Formulation = ORIGINAL) -> SharedFlag | bool:
    """Whether February has 29 days; works on Python integers and on arrays."""
    if formulation.every_fourth_year_is_leap:
        return year % 4 == 0
    return (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))


def check_date(
    year: int,
    month: int,
    day: int,
    hour: int = 0,
    minute: int = 0,
    *,
    formulation: Formulation = ORIGINAL,
) -> None:
    """Check that a date exists.

    Raises:
        ValueError: naming the date and the part that is out of range.
    """
    date = f"{year:04d}-{month:02d}-{day:02d} {hour:02d}:{minute:02d}"
    parts = [("year", year, 1, 9999), ("month", month, 1, 12)]
    if 1 <= month <= 12:
        leap_day = int(month == 2 and is_leap_year(year, formulation))
        parts.append(("day", day, 1, _MONTH_LENGTH[month - 1] + leap_day))
    parts += [("hour", hour, 0, 23), ("minute", minute, 0, 59)]
    for name, value, first, last in parts:
        if not first <= value <= last:
            raise ValueError(
                f"the date {date} does not exist: {name} is {value}, expected {first} to {last}"
            )


def _day_number(
    year: SharedIndex, month: SharedIndex, day: SharedIndex, formulation: Formulation
) -> SharedIndex:
    """Days since 1 March of year 0, in years that begin in March: the leap day is their last."""
    before_march = month <= 2
    y = year - before_march
    m = jnp.where(before_march, month + 9, month - 3)
    leap_days = y // 4
    if not formulation.every_fourth_year_is_leap:
        leap_days = leap_days - y // 100 + y // 400
    return 365 * y + leap_days + _days_since_march(m) + day - 1


def _date_of_day_number(
    day_number: IndexField, formulation: Formulation
) -> tuple[IndexField, IndexField, IndexField]:
    """Inverse of `_day_number`: year, month, day."""
    days = day_number
    centuries = 0
    if not formulation.every_fourth_year_is_leap:
        # Three of four centuries lack their last day: 146097 days in 400 years.
        centuries = (4 * day_number + 3) // 146097
        days = day_number - (146097 * centuries) // 4
    y = (4 * days + 3) // 1461
    day_of_year = days - (1461 * y) // 4
    m = (5 * day_of_year + 2) // 153
    day = day_of_year - _days_since_march(m) + 1
    month = jnp.where(m < 10, m + 3, m - 9)
    return 100 * centuries + y + (month <= 2), month, day


def _days_since_march(m: IndexField) -> IndexField:
    """Days from 1 March to the first of the m-th month after it: 0, 31, 61, 92, 122, ..."""
    return (153 * m + 2) // 5
