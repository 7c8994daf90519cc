"""The figure of the variational assimilation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from common import COLOURS, draw_map, svg_figure
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure
from variational_scores import Scores

if TYPE_CHECKING:
    from variational_experiment import Findings

#: Level of the maps, counted from the top: σ = 0.51.
_MAP_LEVEL = 4
_BACKGROUND, _ANALYSIS = COLOURS[1], COLOURS[0]


def draw(findings: Findings, numbers: dict[str, Any], path: Path) -> None:
    """Draw the figure.

    Args:
        findings: what was computed.
        numbers: the same, as in `results.json`.
        path: of the SVG file.
    """
    with svg_figure(path, 7.6, 4.9) as figure:
        above, below = figure.subfigures(2, 1, height_ratios=(1.0, 1.0))
        _maps(above, list(above.subplots(1, 2)), findings)
        cost, wind, temperature, forecast = below.subplots(1, 4, width_ratios=(1.5, 1.0, 1.0, 1.5))
        _cost(cost, numbers["cost"])
        _profiles([wind, temperature], numbers["root_mean_square_error"]["start"], findings)
        _forecasts(forecast, numbers["forecast_error_norm"])


def _maps(figure: SubFigure, axes: list[Axes], findings: Findings) -> None:
    setting, found = findings.setting, findings.assimilation
    model = setting.window.model
    scores = Scores(model)
    land = np.asarray(model.inputs.boundary.fields.land_fraction)
    field = 2 * model.levels + _MAP_LEVEL
    errors = {
        "background": scores.error(setting.twin.background, setting.twin.truth)[..., field],
        "analysis": scores.error(found.minimum.last.states[0], setting.twin.truth)[..., field],
    }
    largest = float(np.percentile(np.abs(errors["background"]), 99.5))
    grid = model.configuration.core.horizontal
    sigma = model.configuration.core.grid.full_level_sigma[_MAP_LEVEL]
    for panel, (name, error) in zip(axes, errors.items(), strict=True):
        mesh = draw_map(panel, error, land, largest=largest)
        panel.set_title(f"error of the {name}: temperature at σ = {sigma:.2f} [K]")
    longitude, latitude = np.nonzero(found.sites)
    axes[1].plot(
        grid.longitude_degrees[longitude],
        grid.latitude_degrees[latitude],
        ".",
        color="k",
        markersize=1.2,
    )
    figure.colorbar(mesh, ax=axes, shrink=0.9, aspect=25, pad=0.01)


def _cost(axes: Axes, cost: dict[str, Any]) -> None:
    begin = 0
    for loop in cost["loops"]:
        iteration = begin + np.arange(len(loop["background_cost"]))
        begin = iteration[-1]
        axes.plot(iteration, loop["observation_cost"], color=COLOURS[3])
        axes.plot(iteration, loop["background_cost"], color=COLOURS[2])
        axes.axvline(begin, color="#bbbbbb", linewidth=0.5)
    axes.plot([], [], color=COLOURS[3], label="observations $J_o$")
    axes.plot([], [], color=COLOURS[2], label="background $J_b$")
    axes.axhline(
        cost["half_the_numbers"],
        color="k",
        linewidth=0.6,
        linestyle="--",
        label="half the numbers observed",
    )
    axes.set(yscale="log", xlabel="iteration", title="cost, linearised anew at the lines")
    axes.set_ylim(bottom=10.0)
    axes.legend()


def _profiles(axes: list[Axes], rms: dict[str, Any], findings: Findings) -> None:
    sigma = findings.setting.window.model.configuration.core.grid.full_level_sigma
    for name, colour in (("background", _BACKGROUND), ("analysis", _ANALYSIS)):
        wind = np.hypot(rms[name]["eastward_wind"], rms[name]["northward_wind"])
        axes[0].plot(wind, sigma, ".-", color=colour)
        axes[1].plot(rms[name]["temperature"], sigma, ".-", color=colour)
    axes[0].set(title="wind error [m s$^{-1}$]", ylabel="σ")
    axes[1].set(title="temperature error [K]")
    for panel in axes:
        panel.set_ylim(1.0, 0.0)
        panel.set_xlim(left=0.0)


def _forecasts(axes: Axes, errors: dict[str, dict[int, float]]) -> None:
    for name, colour in (("background", _BACKGROUND), ("analysis", _ANALYSIS)):
        axes.plot(
            list(errors[name]),
            list(errors[name].values()),
            ".-",
            color=colour,
            label=f"from {name}",
        )
    axes.set_ylim(bottom=0.0)
    axes.set(
        xlabel="hours from the start of the window",
        title="forecast error (energy norm) [m s$^{-1}$]",
        xticks=list(errors["background"])[::2],
    )
    axes.legend()
