"""When things happen in a run: periods of output, days of the ledger, checkpoints.

Everything is counted in time steps from the start date of the run, so that a run in pieces has the
periods of a run in one piece.
"""

from __future__ import annotations

from jcm.output.dataset import RunDescription
from jcm.surface.calendar import MINUTES_PER_STEP, STEPS_PER_DAY


def month_after(step: int, run: RunDescription) -> int:
    """The first step after `step` that begins a calendar month."""
    date = run.date(step)
    year, month = (date.year + 1, 1) if date.month == 12 else (date.year, date.month + 1)
    first = date.replace(year=year, month=month, day=1, hour=0, minute=0)
    minutes = round((first - run.date(0)).total_seconds() / 60.0)
    # A run that starts at an odd minute reaches the month a little late.
    return max(step + 1, -(-minutes // MINUTES_PER_STEP))


def period_after(step: int, steps_per_period: int | None, run: RunDescription) -> int:
    """The end of the period that holds `step`; None is calendar months."""
    if steps_per_period is None:
        return month_after(step, run)
    return (step // steps_per_period + 1) * steps_per_period


def period_holding(step: int, steps_per_period: int | None, run: RunDescription) -> int:
    """The beginning of the period that holds `step`, not before the run."""
    if steps_per_period is not None:
        return step // steps_per_period * steps_per_period
    date = run.date(step)
    first = date.replace(day=1, hour=0, minute=0)
    minutes = round((first - run.date(0)).total_seconds() / 60.0)
    return max(0, -(-minutes // MINUTES_PER_STEP))


def day_after(step: int) -> int:
    """The end of the day of the run that holds `step`."""
    return (step // STEPS_PER_DAY + 1) * STEPS_PER_DAY
