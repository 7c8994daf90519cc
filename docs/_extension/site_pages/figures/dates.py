"""Figures of calendar and interpolation in time."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reference.formulas import DAYS_BEFORE_MONTH, DAYS_IN_MONTH
from site_pages.figures.drawing import BLUE, RED, YELLOW, panels, run

_STEPS_PER_DAY = 36
_MONTHS = "JFMAMJJASOND"


def _months_on(axes: Axes) -> None:
    axes.set_xticks(DAYS_BEFORE_MONTH + 15, _MONTHS)


def calendar() -> Figure:
    """Fraction of the month around a leap day, in both formulations."""
    days = np.arange(40, 75)
    figure, (axes,) = panels(1)
    for formulation, colour in (("original", BLUE), ("corrected", RED)):
        result = run(
            "calendar",
            formulation=formulation,
            start_year=1984,
            start_month=1,
            start_day=1,
            start_hour=0,
            start_minute=0,
            step=(days - 1) * _STEPS_PER_DAY,
        )
        axes.step(
            days, result["month_fraction"], where="mid", color=colour, label=formulation, alpha=0.8
        )
    axes.axhline(1.0, color="0.6", lw=0.5, zorder=0)
    axes.axvline(60, color="0.6", lw=0.5, zorder=0)
    axes.text(60.5, 0.45, "29 February", fontsize=7)
    axes.set(xlabel="day of 1984", ylabel="fraction of the month")
    axes.legend(loc="lower left")
    return figure


def interpolation() -> Figure:
    """A year of monthly values, interpolated in both ways, and the weights of the five points."""
    month = np.repeat(np.arange(1, 13), DAYS_IN_MONTH)
    day = np.concatenate([np.arange(1, length + 1) for length in DAYS_IN_MONTH])
    of_year = np.arange(365)
    values = 285.0 + np.array([-9, -10, -4, 1, 3, 8, 10, 9, 5, 0, -5, -8.0])
    result = run("interpolation", month=month, day=day, monthly_values=values)
    figure, axes = panels(2)
    axes[0].step(of_year, values[month - 1], color="0.7", where="mid", label="monthly values")
    axes[0].plot(of_year, result["linear"], color=BLUE, label="linear")
    axes[0].plot(of_year, result["five_point"], color=RED, label="five-point")
    axes[0].set(ylabel="temperature [K]")
    axes[0].legend()
    _months_on(axes[0])
    june, day_of_june = month == 6, np.arange(1, 31)
    for offset, colour in zip(range(-2, 3), ("0.7", YELLOW, RED, BLUE, "0.4"), strict=True):
        unit = np.zeros(12)
        unit[5 + offset] = 1.0
        weight = run("interpolation", month=month[june], day=day_of_june, monthly_values=unit)
        name = ("April", "May", "June", "July", "August")[2 + offset]
        axes[1].plot(day_of_june, weight["five_point"], color=colour, label=name)
    axes[1].axhline(0.0, color="0.6", lw=0.5, zorder=0)
    axes[1].set(xlabel="day of June", ylabel="weight of the five-point formula")
    figure.legend(*axes[1].get_legend_handles_labels(), loc="outside right center")
    return figure


def sst_anomaly_window() -> Figure:
    """The three months in use at the turn of a month, in both formulations."""
    steps = np.arange(26 * _STEPS_PER_DAY, 36 * _STEPS_PER_DAY)
    figure, axes = panels(2)
    for panel, formulation in zip(axes, ("original", "corrected"), strict=True):
        result = run(
            "sst_anomaly_window",
            formulation=formulation,
            start_year=1982,
            start_month=2,
            start_day=1,
            start_hour=0,
            start_minute=0,
            step=steps,
        )
        first = 12 * (1982 - 1979)
        for slot, colour in zip((1, 2, 3), (BLUE, RED, YELLOW), strict=True):
            months = result[f"sst_window_month_{slot}"] - first
            panel.step(
                1 + steps / _STEPS_PER_DAY,
                months + 0.04 * (slot - 2),
                color=colour,
                where="post",
                label=f"slot {slot}",
            )
        panel.axvline(29, color="0.6", lw=0.5, zorder=0)
        panel.set_yticks([1, 2, 3, 4], ["January", "February", "March", "April"])
        panel.set(title=formulation, xlabel="days since 31 January 1982", ylim=(0.5, 4.5))
    axes[0].legend(loc="upper left")
    return figure
