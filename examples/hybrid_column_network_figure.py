"""The figure of the column network: training, forecasts and climates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from common import COLOURS, new_figure, save_figure
from hybrid_evaluation import ZonalMean
from matplotlib import rc_context
from matplotlib.axes import Axes

from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.vertical_grid import VerticalGrid

if TYPE_CHECKING:
    from hybrid_column_network import Findings

_COLOUR = {
    "uncorrected": "#888888",
    "equivariant": COLOURS[0],
    "ordinary": COLOURS[1],
    "offline": COLOURS[2],
    "twin": "#cccccc",
}
#: Iterations over which the training curve is averaged.
_SMOOTHED = 10
#: End of the colour scale of the errors of zonal-mean wind [m s-1].
_LARGEST_WIND = 10.0


def draw(findings: Findings, path: Path) -> None:
    """Write the figure.

    Args:
        findings: of the experiment.
        path: of the SVG file.
    """
    figure = new_figure(9.0, 4.4)
    worlds = list(findings.forecasts)
    grid = figure.add_gridspec(2, 5)
    with rc_context(
        {"font.size": 7, "axes.titlesize": 7.5, "legend.frameon": False, "lines.markersize": 3.0}
    ):
        _training(figure.add_subplot(grid[0, 0]), findings)
        first = None
        for column, world in enumerate(worlds, start=1):
            axes = figure.add_subplot(grid[0, column], sharey=first)
            first = first or axes
            _forecasts(axes, world, findings.forecasts[world])
        first.set(ylabel="forecast error [m s$^{-1}$]", ylim=(0.0, None))
        first.legend(fontsize=6)
        _climate_bars(figure.add_subplot(grid[1, :2]), findings)
        sections = (
            ("Earth", "uncorrected"),
            (worlds[0], "equivariant"),
            (worlds[-1], "equivariant"),
        )
        for column, (world, model) in enumerate(sections, start=2):
            axes = figure.add_subplot(grid[1, column])
            mesh = _section(axes, findings.climates[world], world, model)
        figure.colorbar(mesh, ax=axes, label="m s$^{-1}$", shrink=0.8)
    save_figure(figure, path)


def _training(axes: Axes, findings: Findings) -> None:
    for name, losses in findings.losses.items():
        width = min(_SMOOTHED, len(losses))
        smooth = np.convolve(losses, np.full(width, 1.0 / width), mode="valid")
        axes.semilogy(np.arange(len(smooth)) + width, smooth, color=_COLOUR[name], label=name)
    axes.set(title="training", xlabel="iteration", ylabel="loss (1: no correction)")


def _forecasts(axes: Axes, world: str, errors: dict[str, np.ndarray]) -> None:
    for name, error in errors.items():
        mean = np.sqrt(np.mean(error**2, axis=0))
        axes.plot(np.arange(len(mean) + 1), [0.0, *mean], "o-", color=_COLOUR[name], label=name)
    axes.set(title=world, xlabel="day")


def _climate_bars(axes: Axes, findings: Findings) -> None:
    """Error of the zonal-mean wind by world and model; failed runs leave a gap."""
    names = [*next(iter(findings.forecasts.values())), "twin"]
    width = 0.8 / len(names)
    for index, name in enumerate(names):
        found = [errors.get(name, {}) for errors in findings.climate_errors.values()]
        heights = [errors.get("eastward_wind") or np.nan for errors in found]
        left = np.arange(len(heights)) + (index - 0.5 * (len(names) - 1)) * width
        axes.bar(left, heights, width, color=_COLOUR[name], label=name)
    axes.set_xticks(range(len(findings.climate_errors)), findings.climate_errors, fontsize=6.5)
    axes.set_yscale("log")
    axes.set_ylim(top=5.0 * axes.get_ylim()[1])
    axes.set(title="error of the zonal-mean eastward wind", ylabel="m s$^{-1}$")
    axes.legend(fontsize=6, ncol=3)


def _section(axes: Axes, means: dict[str, ZonalMean | None], world: str, model: str) -> object:
    """Latitude and height section of the error of the mean wind."""
    truth, found = means["truth"], means[model]
    error = np.full_like(truth.eastward_wind, np.nan)
    if found is not None:
        error = found.eastward_wind - truth.eastward_wind
    latitude = GaussianGrid.speedy().latitude_degrees
    mesh = axes.pcolormesh(
        latitude,
        VerticalGrid.speedy().full_level_sigma,
        error,
        cmap="RdBu_r",
        vmin=-_LARGEST_WIND,
        vmax=_LARGEST_WIND,
        rasterized=True,
    )
    axes.invert_yaxis()
    axes.set(title=f"{world}, {model}", xlabel="latitude", xticks=(-60, 0, 60))
    axes.set_ylabel("σ")
    return mesh
