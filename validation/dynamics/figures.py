"""Figure of the predictability check: how models part, beside the curves of the original; SVG."""

from __future__ import annotations

import io

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from validation.dynamics.compare import DynamicsResult
from validation.dynamics.comparison import RMS
from validation.dynamics.curves import SINGLE_PRECISION, VARIANT_NAMES, Curves
from validation.dynamics.predictability import Divergence
from validation.dynamics.rms import MIDDLE_LEVEL
from validation.dynamics.trajectories import RMS_OUTPUT, TRAJECTORY_RMS

_VARIANT_COLOURS = ("#edae49", "#8d6b94", "#66a182")
_MEMBER_COLOUR = "#9fb8c8"
_MODEL_COLOURS = ("#d1495b", "#1b4965", "#e07a1f", "#2f9e67")
_STYLE = {
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.fonttype": "none",
}
#: A difference of exactly zero is drawn here.
_FLOOR = 1e-16
_STARTS = {"cold_start": "from rest", "restart_state": "from the spun-up state"}


def predictability_figure(result: DynamicsResult) -> str:
    """Temperature and eastward wind on the middle level for every start; SVG text."""
    shown = {d.start for d in result.divergences}
    shown |= {c.process for c in result.comparisons if c.output == RMS_OUTPUT} & {"cold_start"}
    starts = [start for start in _STARTS if start in shown]
    if not starts:
        return ""
    with rc_context(_STYLE):
        figure = Figure(figsize=(10.5, 3.2 * len(starts) + 0.6), layout="constrained")
        panels = figure.subplots(len(starts), 2, squeeze=False)
        for row, start in zip(panels, starts, strict=True):
            curves = result.curves.get(start)
            divergences = [d for d in result.divergences if d.start == start]
            for axes, quantity in zip(row, ("temperature", "eastward_wind"), strict=True):
                _panel(axes, quantity, divergences, curves)
            _golden(row[0], result, start)
            row[0].axhline(TRAJECTORY_RMS.value, color="0.3", lw=0.8, ls="--")
            row[0].set_title(f"{_STARTS[start]}: temperature", loc="left", fontsize=9)
            row[1].set_title(f"{_STARTS[start]}: eastward wind", loc="left", fontsize=9)
            row[0].set_ylabel("rms difference [K]")
            row[1].set_ylabel("rms difference [m s-1]")
        for axes in panels.flat:
            axes.set_yscale("log")
            axes.set_xlabel("days")
        labelled = (axes.get_legend_handles_labels() for axes in panels[:, 0])
        lines = {name: line for pair in labelled for line, name in zip(*pair, strict=True)}
        figure.legend(
            lines.values(),
            lines.keys(),
            loc="outside lower center",
            ncols=4,
            fontsize=7,
            frameon=False,
        )
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None})
    svg = text.getvalue()
    return svg[svg.index("<svg") :]


def _panel(axes: Axes, quantity: str, divergences: list[Divergence], curves: Curves | None) -> None:
    last = max((float(d.day[-1]) for d in divergences if d.step.size), default=60.0)
    if curves is not None:
        _original(axes, quantity, curves, last)
    for divergence, colour in zip(divergences, _MODEL_COLOURS, strict=False):
        if divergence.step.size:
            values = getattr(divergence, quantity)[:, MIDDLE_LEVEL]
            shown = np.maximum(values, _FLOOR)
            axes.plot(divergence.day, shown, color=colour, lw=1.6, label=divergence.label)
            if divergence.first_branch is not None:
                day = divergence.first_branch.step / 36
                axes.axvline(day, color=colour, lw=0.8, ls=":")
    axes.set_xlim(0, max(last, 1.0))


def _original(axes: Axes, quantity: str, curves: Curves, last: float) -> None:
    shown = curves.day <= max(last, 1.0)
    members = getattr(curves, f"members_{quantity}")[:, shown, MIDDLE_LEVEL]
    for index, member in enumerate(np.maximum(members, _FLOOR)):
        label = "original, perturbed by 1e-12" if index == 0 else None
        axes.plot(curves.day[shown], member, color=_MEMBER_COLOUR, lw=0.7, label=label)
    values = getattr(curves, quantity)[:, shown, MIDDLE_LEVEL]
    for (variant, name), colour in zip(VARIANT_NAMES.items(), _VARIANT_COLOURS, strict=True):
        axes.plot(curves.day[shown], values[variant], color=colour, lw=1.2, ls="-.", label=name)
    saturation = float(getattr(curves, f"saturation_{quantity}")[MIDDLE_LEVEL])
    axes.axhline(saturation, color="0.7", lw=0.6)
    if quantity == "temperature":
        days = np.linspace(0.0, max(last, 1.0), 121)
        limit = SINGLE_PRECISION.value * curves.envelope(days)
        axes.plot(days, limit, color="0.5", lw=0.8, ls=":", label="limit for single precision")


def _golden(axes: Axes, result: DynamicsResult, start: str) -> None:
    """Differences from the golden trajectory at its stored steps."""
    process = {"cold_start": "cold_start", "restart_state": "restart_trajectory"}[start]
    points = [
        c
        for c in result.comparisons
        if c.how == RMS and c.process == process and c.reference == "golden"
    ]
    kinds = dict.fromkeys((c.implementation, c.precision) for c in points)
    for kind, colour in zip(kinds, ("#2f9e67", "#d1495b", "#e07a1f"), strict=False):
        own = [c for c in points if (c.implementation, c.precision) == kind]
        axes.plot(
            [(c.step or 0) / 36 for c in own],
            [max(c.measured, _FLOOR) for c in own],
            ls="none",
            marker="o",
            ms=3,
            color=colour,
            label=f"{' '.join(kind)} - golden",
        )
