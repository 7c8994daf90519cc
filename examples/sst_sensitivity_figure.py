"""The figure of the sensitivity to the sea-surface temperature."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from common import COLOURS, draw_map, svg_figure
from matplotlib.axes import Axes
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from geostrophic_balance import Balance
    from sst_model import Region, Slopes, SSTModel
    from sst_sensitivity import Findings, Geostrophy

#: Area to which the maps refer [m2].
_AREA = 1e12
_BALANCE_TITLES = {
    "correlation": "correlation of wind and geostrophic wind, |φ| > 25°",
    "residual": "ageostrophic share of the wind, |φ| > 25°",
}


def draw(findings: Findings, model: SSTModel, region: Region, path: Path) -> None:
    """Draw the figure.

    Args:
        findings: what was computed.
        model: whose grid it belongs to.
        region: whose mean height was differentiated.
        path: of the SVG file.
    """
    leads = list(findings.gradients)[-4:]
    with svg_figure(path, 9.0, 7.0) as figure:
        grid = figure.add_gridspec(3, 12)
        maps = [figure.add_subplot(grid[0, 3 * k : 3 * k + 3]) for k in range(len(leads))]
        _maps(figure, maps, findings, model, region, leads)
        _errors(figure.add_subplot(grid[1, :4]), findings.sweep)
        _changes(figure.add_subplot(grid[1, 4:8]), findings.sweep)
        _prediction(figure.add_subplot(grid[1, 8:]), findings.large)
        _adjustment(figure.add_subplot(grid[2, :4]), findings.geostrophy, "correlation")
        _adjustment(figure.add_subplot(grid[2, 4:8]), findings.geostrophy, "residual")
        _latitudes(figure.add_subplot(grid[2, 8:]), findings.geostrophy, model)


def _maps(
    figure: Figure,
    axes: list[Axes],
    findings: Findings,
    model: SSTModel,
    region: Region,
    leads: list[int],
) -> None:
    radius = float(model.model.parameters.dynamics.planet_radius)
    cell = 2.0 * np.pi * radius**2 * model.grid.quadrature_weight / model.grid.longitudes
    land = np.asarray(model.model.inputs.boundary.fields.land_fraction)
    for lead, axis in zip(leads, axes, strict=True):
        field = np.asarray(findings.gradients[lead]) * _AREA / cell
        mesh = draw_map(axis, np.where(model.sea_fraction > 0.0, field, np.nan), land)
        axis.set_title(f"sea warmer for {lead} d")
        # The box may go around the globe: each half of it is drawn apart.
        for shift in (0.0, -360.0):
            box = np.array([region.west, region.east, region.east, region.west, region.west])
            rows = [region.south, region.south, region.north, region.north, region.south]
            axis.plot(box + shift, rows, color=COLOURS[3], linewidth=0.8)
        axis.set(xlim=(0.0, 360.0), ylim=(-90.0, 90.0))
        if axis is not axes[0]:
            axis.set_yticklabels([])
        bar = figure.colorbar(mesh, ax=axis, orientation="horizontal", shrink=0.9, aspect=25)
        bar.outline.set_linewidth(0.4)
        bar.set_label("m / (K 10⁶ km²)")


def _errors(axis: Axes, sweep: list[Slopes]) -> None:
    for lead, colour in zip(sorted({entry.days for entry in sweep}), COLOURS, strict=False):
        chosen = [entry for entry in sweep if entry.days == lead]
        sizes = [entry.size for entry in chosen]
        axis.loglog(
            sizes, [entry.error for entry in chosen], ".-", color=colour, label=f"{lead:g} d"
        )
    axis.axhline(1.0, color="k", linewidth=0.4)
    axis.set(
        xlabel="size of the patch ε [K]",
        title="error of differences, |difference / derivative - 1|",
    )
    axis.legend()


def _changes(axis: Axes, sweep: list[Slopes]) -> None:
    for lead, colour in zip(sorted({entry.days for entry in sweep}), COLOURS, strict=False):
        chosen = [entry for entry in sweep if entry.days == lead]
        sizes = np.array([entry.size for entry in chosen])
        change = np.array([abs(entry.central * entry.size) for entry in chosen])
        predicted = np.array([abs(entry.derivative * entry.size) for entry in chosen])
        axis.loglog(sizes, change, ".-", color=colour)
        axis.loglog(sizes, predicted, "--", color=colour, linewidth=0.6)
    axis.set(
        xlabel="size of the patch ε [K]",
        title="½ |J(ε) - J(-ε)| [m], dashed: tangent",
    )


def _prediction(axis: Axes, large: dict[str, list[Slopes]]) -> None:
    for (name, entries), colour in zip(large.items(), COLOURS, strict=False):
        x = np.array([entry.derivative for entry in entries])
        sides = np.array([(entry.backward, entry.forward) for entry in entries])
        axis.vlines(x, sides.min(axis=1), sides.max(axis=1), color=colour, linewidth=0.5)
        axis.plot(x, sides.mean(axis=1), "o", color=colour, label=name)
    axis.axline((0.0, 0.0), slope=1.0, color="k", linewidth=0.4)
    axis.set(
        xlabel="gradient [m per K]",
        title="runs with ± 1 K [m per K], bars: + and - alone",
    )
    axis.legend(fontsize=5.5, loc="upper left", handletextpad=0.1)


def _adjustment(axis: Axes, geostrophy: dict[str, Geostrophy], measure: str) -> None:
    for (name, entry), colour in zip(geostrophy.items(), COLOURS, strict=False):
        series = [getattr(balance, measure) for balance in entry.response["both"]]
        axis.plot(entry.days, series, color=colour, label=f"tangent response: {name}")
    control = [getattr(balance, measure) for balance in entry.control["both"]]
    axis.plot(entry.days, control, "k--", linewidth=0.8, label="eddies of the run")
    axis.set(
        xlabel="days since the water is warmer",
        title=_BALANCE_TITLES[measure],
        ylim=(0.0, None),
    )
    axis.legend()


def _latitudes(axis: Axes, geostrophy: dict[str, Geostrophy], model: SSTModel) -> None:
    latitude = model.grid.latitude_degrees

    def line(balance: Balance, style: str, **options: object) -> None:
        axis.plot(latitude, balance.correlation, style, **options)

    for (name, entry), colour in zip(geostrophy.items(), COLOURS, strict=False):
        line(entry.response_by_latitude, "-", color=colour, label=name)
    line(entry.control_by_latitude, "--", color="k", linewidth=0.8)
    axis.set(
        xlabel="latitude",
        title=f"correlation by latitude, day {entry.days[-1]:g}",
        xlim=(-90.0, 90.0),
        ylim=(0.0, None),
        xticks=(-60, -30, 0, 30, 60),
    )
