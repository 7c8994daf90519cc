"""The figure: how much every change matters, and the zonal winds."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from jcm.dynamics.gaussian_grid import GaussianGrid
from validation.attribution.answers import RINGS
from validation.attribution.compare import AttributionResult, Row
from validation.attribution.contrast import NEAR
from validation.attribution.items import CHAIN, DEFAULT, FORTRAN, PUBLISHED, TOP_LEVEL
from validation.climate.images import COLOURS
from validation.climate.seasons import SEASONS

_STYLE = {
    "font.size": 7,
    "axes.titlesize": 7.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.fonttype": "none",
    # Names of things in the file would otherwise differ from run to run.
    "svg.hashsalt": "attribution",
}
_CHAIN_COLOUR, _ORIGINAL_COLOUR, _DINOSAUR_COLOUR = COLOURS[0], COLOURS[2], COLOURS[5]
#: Level of the jets, σ = 0.2, and winds that are drawn.
_JET_LEVEL = 2
_DRAWN = (FORTRAN, DEFAULT, TOP_LEVEL, PUBLISHED)
_DOTS_PER_INCH = 130


def figure_files(result: AttributionResult) -> tuple[str, bytes]:
    """The figure as SVG text and as PNG."""
    with rc_context(_STYLE):
        figure = _figure(result)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None})
        stream = io.BytesIO()
        FigureCanvasAgg(figure).print_png(stream)
    svg = text.getvalue()
    return svg[svg.index("<svg") :], stream.getvalue()


def _figure(result: AttributionResult) -> Figure:
    rows = [row for row in result.rows if not row.failure]
    height = 0.17 * max(len(rows), 4)
    figure = Figure(figsize=(10.5, height + 3.4), dpi=_DOTS_PER_INCH, layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=[height + 0.6, 2.8])
    bars = above.subplots(1, 3, sharey=True)
    panels: tuple[tuple[str, Callable[[Row], float], float], ...] = (
        (
            "difference of the climate from the parent's\n(median ratio to internal variability)",
            lambda row: row.to_parent.median if row.to_parent else np.nan,
            NEAR,
        ),
        (
            "ringing index\n(amplitude of the tail / Fortran's)",
            lambda row: row.ringing.index if row.ringing else np.nan,
            RINGS,
        ),
        (
            "zonal-mean eastward wind, from the parent's\n(ratio to internal variability)",
            lambda row: row.to_parent.wind_ratio if row.to_parent else np.nan,
            NEAR,
        ),
    )
    for axes, (title, measure, limit) in zip(bars, panels, strict=True):
        _bars(axes, rows, np.array([measure(row) for row in rows]), limit)
        axes.set_title(title, loc="left")
    bars[0].set_yticks(range(len(rows)), [row.item.name for row in rows])
    if rows:
        bars[0].set_ylim(len(rows) - 0.4, -0.6)
    winds, changes = below.subplots(1, 2)
    _winds(winds, rows)
    _wind_changes(changes, result)
    return figure


def _bars(axes: Axes, rows: Sequence[Row], values: np.ndarray, limit: float) -> None:
    colours = [_colour(row) for row in rows]
    errors = [row.ringing.uncertainty if limit == RINGS and row.ringing else np.nan for row in rows]
    axes.barh(range(len(rows)), values, color=colours, height=0.72)
    if np.isfinite(errors).any():
        axes.errorbar(values, range(len(rows)), xerr=errors, fmt="none", ecolor="0.3", lw=0.6)
    axes.axvline(1.0, color="0.4", lw=0.6)
    axes.axvline(limit, color="#e5484d", lw=0.6, ls="--")
    finite = values[np.isfinite(values) & (values > 0.0)]
    if finite.size and finite.max() > 8.0:
        axes.set_xscale("log")
    ends = values + np.nan_to_num(np.array(errors))
    for position, (value, end) in enumerate(zip(values, ends, strict=True)):
        if np.isfinite(value):
            text = f" {value:.2f}" if value < 10.0 else f" {value:.0f}"
            axes.annotate(text, (end, position), va="center", fontsize=5.5, color="0.25")
    axes.margins(x=0.12)


def _colour(row: Row) -> str:
    if row.item.form == CHAIN:
        return _CHAIN_COLOUR
    return _ORIGINAL_COLOUR if row.item.core == "speedy" else _DINOSAUR_COLOUR


def _winds(axes: Axes, rows: Sequence[Row]) -> None:
    """Zonal-mean wind at the level of the jets."""
    latitude = GaussianGrid.speedy().latitude_degrees
    shown = [row for name in _DRAWN for row in rows if row.item.name == name]
    for row, colour in zip(shown, COLOURS, strict=False):
        if row.zonal_wind is not None:
            wind = row.zonal_wind[SEASONS.index("annual"), _JET_LEVEL]
            axes.plot(latitude, wind, color=colour, lw=1.2, label=row.item.name)
    axes.axhline(0.0, color="0.7", lw=0.5)
    axes.set_title("annual zonal-mean eastward wind at σ = 0.2 [m/s]", loc="left")
    _latitudes(axes)


def _wind_changes(axes: Axes, result: AttributionResult) -> None:
    """What every link of the chain does to that wind."""
    latitude = GaussianGrid.speedy().latitude_degrees
    winds = {row.item.name: row.zonal_wind for row in result.rows if row.zonal_wind is not None}
    links = [row for row in result.chain if row.item.parent in winds]
    for row, colour in zip(links, COLOURS * len(links), strict=False):
        assert row.item.parent is not None
        change = (winds[row.item.name] - winds[row.item.parent])[0, _JET_LEVEL]
        axes.plot(latitude, change, color=colour, lw=1.0, label=row.item.name)
    axes.axhline(0.0, color="0.7", lw=0.5)
    axes.set_title("what every link of the chain adds to it [m/s]", loc="left")
    _latitudes(axes)


def _latitudes(axes: Axes) -> None:
    axes.set_xticks([-60, -30, 0, 30, 60], ["60 S", "30 S", "0", "30 N", "60 N"])
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=6, frameon=False)
