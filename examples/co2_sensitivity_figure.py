"""The figure of the response to CO₂."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from common import COLOURS, svg_figure
from matplotlib.axes import Axes

if TYPE_CHECKING:
    from co2_model import CO2Model, Fluxes
    from co2_sensitivity import Findings, Instantaneous, Short


def draw(findings: Findings, model: CO2Model, skipped: int, path: Path) -> None:
    """Draw the figure.

    Args:
        findings: what was computed.
        model: whose grid it belongs to.
        skipped: months that do not count towards the adjusted response.
        path: of the SVG file.
    """
    with svg_figure(path, 9.0, 5.4) as figure:
        (at_once, days, months), (rows, levels, differences) = figure.subplots(2, 3)
        _concentrations(at_once, findings.instantaneous, model)
        _days(days, findings.short, model)
        _months(months, findings, model, skipped)
        _rows(rows, findings, model, skipped)
        _levels(levels, findings, model, skipped)
        _differences(differences, findings)


def _concentrations(axis: Axes, found: Instantaneous, model: CO2Model) -> None:
    x = np.linspace(np.log(min(found.change)) - 0.1, np.log(max(found.change)) + 0.1)
    for name, sign, label, colour in (
        ("toa_net", 1.0, "top", COLOURS[0]),
        ("tropopause_longwave", -1.0, "σ = 0.14", COLOURS[1]),
    ):

        def mean(fluxes: Fluxes, name: str = name, sign: float = sign) -> float:
            return sign * model.global_mean(getattr(fluxes, name))

        slope, curvature = mean(found.slope), mean(found.curvature)
        axis.plot(np.exp(x), slope * x, "--", color=colour, linewidth=0.7)
        axis.plot(np.exp(x), slope * x + 0.5 * curvature * x**2, "-", color=colour, label=label)
        axis.plot(list(found.change), [mean(f) for f in found.change.values()], "o", color=colour)
    axis.set(
        xscale="log",
        xlabel="C / C₀",
        title="instantaneous forcing [W m⁻²]\ndots: model, dashed: 1st, line: 2nd order",
        xticks=(0.25, 0.5, 1, 2, 4, 8),
        xticklabels=("¼", "½", "1", "2", "4", "8"),
    )
    axis.minorticks_off()
    axis.axhline(0.0, color="k", linewidth=0.3)
    axis.legend()


def _days(axis: Axes, short: Short, model: CO2Model) -> None:
    for name, fluxes, colour in (
        ("ln 2 x derivative at C₀", short.predicted, COLOURS[0]),
        ("ln 2 x derivative at √2 C₀", short.midpoint, COLOURS[3]),
        ("doubled - reference", short.doubled, COLOURS[1]),
    ):
        series = model.global_mean(fluxes.toa_net)
        day = np.arange(series.shape[1]) + 0.5
        axis.plot(day, series.T, color=colour, linewidth=0.25, alpha=0.6)
        axis.plot(day, series.mean(axis=0), ".-", color=colour, label=name)
    axis.set(
        xlabel="days since the change",
        title="net radiation at the top, global [W m⁻²]\nthin: single starts",
    )
    axis.axhline(0.0, color="k", linewidth=0.3)
    axis.legend()


def _months(axis: Axes, findings: Findings, model: CO2Model, skipped: int) -> None:
    for name, label, colour in (
        ("toa_net", "top, net", COLOURS[0]),
        ("outgoing_longwave", "outgoing long wave", COLOURS[1]),
        ("surface_net", "surface, net", COLOURS[3]),
    ):
        series = model.global_mean(getattr(findings.monthly, name))
        month = np.arange(len(series)) + 1
        axis.plot(month, series, ".-", color=colour, label=label)
        axis.hlines(series[skipped:].mean(), month[skipped], month[-1], color=colour, linewidth=0.6)
    axis.axhline(0.0, color="k", linewidth=0.3)
    axis.set(xlabel="month since the change", title="doubled - reference, global [W m⁻²]")
    axis.legend(loc="center right", bbox_to_anchor=(1.0, 0.3))


def _rows(axis: Axes, findings: Findings, model: CO2Model, skipped: int) -> None:
    grid = model.model.configuration.core.horizontal
    sine, at_once = grid.sine_latitude, findings.instantaneous
    lasting = findings.monthly.toa_net[skipped:]
    error = lasting.std(axis=0, ddof=1) / np.sqrt(len(lasting)) if len(lasting) > 1 else 0.0
    mean = lasting.mean(axis=0)
    axis.fill_between(sine, mean - 2.0 * error, mean + 2.0 * error, color="#cccccc")
    axis.plot(sine, mean, color="k", linewidth=0.7, label="adjusted (± 2 standard errors)")
    axis.plot(sine, at_once.change[2.0].toa_net, color=COLOURS[1], label="at once, doubled")
    axis.plot(
        sine,
        np.log(2.0) * at_once.slope.toa_net,
        "--",
        color=COLOURS[0],
        label="at once, ln 2 x derivative",
    )
    axis.axhline(0.0, color="k", linewidth=0.3)
    ticks = np.array([-60, -30, 0, 30, 60])
    axis.set(
        xlabel="latitude",
        xlim=(-1.0, 1.0),
        ylim=(None, 1.5 * mean.max()),
        xticks=np.sin(np.radians(ticks)),
        xticklabels=ticks,
        title="net radiation at the top [W m⁻²]",
    )
    axis.legend()


def _levels(axis: Axes, findings: Findings, model: CO2Model, skipped: int) -> None:
    sigma = model.model.configuration.core.grid.full_level_sigma
    last = findings.short.predicted.temperature.shape[1]
    for label, field, style, colour in (
        (f"ln 2 x derivative at √2 C₀, day {last}", findings.short.midpoint, "--", COLOURS[3]),
        (f"doubled, day {last}", findings.short.doubled, "-", COLOURS[1]),
    ):
        profile = model.global_mean(field.temperature[:, -1].mean(axis=0))
        axis.plot(profile, sigma, "." + style, color=colour, label=label)
    lasting = model.global_mean(findings.monthly.temperature[skipped:].mean(axis=0))
    axis.plot(lasting, sigma, ".-", color="k", linewidth=0.7, label="doubled, adjusted")
    axis.axvline(0.0, color="k", linewidth=0.3)
    axis.set(ylim=(1.0, 0.0), ylabel="σ", title="temperature, global [K]")
    axis.legend()


def _differences(axis: Axes, findings: Findings) -> None:
    for day, colour in zip(sorted({d.day for d in findings.differences}), COLOURS, strict=False):
        chosen = [entry for entry in findings.differences if entry.day == day]
        steps = [entry.step for entry in chosen]
        axis.loglog(
            steps, [entry.error for entry in chosen], ".-", color=colour, label=f"day {day + 1}"
        )
    axis.axhline(1.0, color="k", linewidth=0.4)
    axis.set(xlabel="difference of ln C", title="|difference / derivative - 1|, one start")
    axis.legend()
