"""Which months of the file of observed anomalies of sea-surface temperature are in use.

The file holds 420 months, counted from 1 = January 1979. Three of them form a window, in which
:func:`jcm.surface.interpolation.interpolate_window` interpolates to the date.

References:
    Specification page 23, "Observed SST anomaly window".
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp

from jcm.arrays import IndexField, SharedIndex
from jcm.formulation import ORIGINAL, Formulation
from jcm.surface.calendar import MINUTES_PER_STEP, STEPS_PER_DAY, calendar

FIRST_YEAR = 1979
LAST_FILE_MONTH = 420


class SSTAnomalyWindow(NamedTuple):
    """Result of :func:`sst_anomaly_window`; all fields are shaped like the arguments.

    Attributes:
        sst_window_shifts: 1 if the window is shifted in the coupling call after this step, else 0.
        sst_window_month_1, sst_window_month_2, sst_window_month_3: file months of the three slots
            in that call.
    """

    sst_window_shifts: IndexField
    sst_window_month_1: IndexField
    sst_window_month_2: IndexField
    sst_window_month_3: IndexField


def sst_anomaly_window(
    start_year: SharedIndex | int,
    start_month: SharedIndex | int,
    start_day: SharedIndex | int,
    start_hour: SharedIndex | int,
    start_minute: SharedIndex | int,
    step: SharedIndex | int,
    *,
    formulation: Formulation = ORIGINAL,
) -> SSTAnomalyWindow:
    """The window in use after `step` steps; with `step` = 0, at initialisation.

    A run begins with the months around its start. A shift drops the oldest month and takes in
    another one. In the original every coupling call on the first day of a month shifts, and takes
    in the month that has just begun; otherwise only the first does, and takes in the month after.

    Args:
        start_year: 1979 to 2013, see :func:`check_sst_anomaly_dates`; as all arguments a scalar or
            `(*column)`.
        start_month: 1 to 12.
        start_day: from 1.
        start_hour: 0 to 23.
        start_minute: 0 to 59.
        step: number of steps of 40 minutes since the start, not negative.
        formulation: `sst_anomaly_window_shifts_every_call`, `sst_anomaly_uses_start_year` and the
            switches of the calendar are read.

    Returns:
        See :class:`SSTAnomalyWindow`.
    """
    start_year, start_month, start_day, start_hour, start_minute, step = (
        jnp.asarray(value, jnp.int32)
        for value in (start_year, start_month, start_day, start_hour, start_minute, step)
    )
    date = calendar(
        start_year, start_month, start_day, start_hour, start_minute, step, formulation=formulation
    )
    elapsed_months = 12 * (date.year - start_year) + date.month - start_month
    # Calls of the day are counted from 0, by the clock.
    call_of_day = (60 * date.hour + date.minute) // MINUTES_PER_STEP
    start_call = (60 * start_hour + start_minute) // MINUTES_PER_STEP
    first_day = (date.day == 1) & (step > 0)
    first_month = _file_month(start_year, start_month)

    def month_taken_in(elapsed: SharedIndex) -> SharedIndex:
        """File month that stands for the month `elapsed` months after the first."""
        if formulation.sst_anomaly_uses_start_year:
            return _file_month(start_year, (start_month - 1 + elapsed) % 12 + 1)
        return first_month + elapsed

    if not formulation.sst_anomaly_window_shifts_every_call:
        shifts = first_day & (call_of_day == 0) & (elapsed_months > 0)
        slots = []
        for offset in (-1, 0, 1):
            elapsed = elapsed_months + offset
            slots.append(jnp.where(elapsed <= 1, first_month + elapsed, month_taken_in(elapsed)))
        return SSTAnomalyWindow(shifts.astype(jnp.int32), *slots)

    # Shifts so far in the first month of the run, in this month, and in the month before.
    shifts_on_start_day = jnp.where(
        start_day == 1,
        jnp.where((elapsed_months == 0) & (date.day == 1), call_of_day, STEPS_PER_DAY - 1)
        - start_call,
        0,
    )
    shifts_in_month = jnp.where(
        elapsed_months == 0,
        shifts_on_start_day,
        jnp.where(date.day == 1, call_of_day + 1, STEPS_PER_DAY),
    )
    shifts_in_previous_month = jnp.where(
        elapsed_months == 0,
        0,
        jnp.where(elapsed_months == 1, shifts_on_start_day, STEPS_PER_DAY),
    )

    def slot(age: int) -> SharedIndex:
        """File month taken in `age` shifts ago; before the first shift, of the initial window."""
        initial = first_month + 1 - (age - shifts_in_month - shifts_in_previous_month)
        return jnp.where(
            age < shifts_in_month,
            month_taken_in(elapsed_months),
            jnp.where(
                age < shifts_in_month + shifts_in_previous_month,
                month_taken_in(elapsed_months - 1),
                initial,
            ),
        )

    return SSTAnomalyWindow(first_day.astype(jnp.int32), slot(2), slot(1), slot(0))


def check_sst_anomaly_dates(
    start_year: int,
    start_month: int,
    end_year: int,
    end_month: int,
    *,
    formulation: Formulation = ORIGINAL,
) -> None:
    """Check that the file of anomalies holds every month that a run needs.

    Args:
        start_year: year of the first day of the run.
        start_month: its month, 1 to 12.
        end_year: year of the last day, read only where each year has its own anomalies.
        end_month: its month, 1 to 12.
        formulation: `sst_anomaly_uses_start_year` is read.

    Raises:
        ValueError: naming the date and the month that is missing.
    """
    first = _file_month(start_year, start_month)
    needed = [("start", start_year, start_month, first - 1)]
    needed.append(("start", start_year, start_month, first + 1))
    if not formulation.sst_anomaly_uses_start_year:
        # The month after the last is in the window, too, where the window shifts only once a month.
        ahead = 0 if formulation.sst_anomaly_window_shifts_every_call else 1
        needed.append(("end", end_year, end_month, _file_month(end_year, end_month) + ahead))
    for which, year, month, file_month in needed:
        if not 1 <= file_month <= LAST_FILE_MONTH:
            raise ValueError(
                f"{which} date {year:04d}-{month:02d} needs month {file_month} of the file of SST "
                f"anomalies, expected 1 (January {FIRST_YEAR}) to {LAST_FILE_MONTH} (December 2013)"
            )


def _file_month(year: SharedIndex | int, month: SharedIndex | int) -> SharedIndex | int:
    return 12 * (year - FIRST_YEAR) + month
