"""What several examples need: figures in one style, results as JSON, maps of the globe."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jax
import matplotlib
import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

COLOURS = ("#1b4965", "#d1495b", "#edae49", "#66a182", "#8d6b94", "#5fa8d3")
_STYLE = {
    "font.size": 7,
    "axes.titlesize": 7,
    "axes.linewidth": 0.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
    "lines.linewidth": 1.0,
    "lines.markersize": 3.0,
    "legend.frameon": False,
    # The same figure is the same file.
    "svg.hashsalt": "jcm",
    "svg.fonttype": "none",
}


def new_figure(width: float, height: float) -> Figure:
    """An empty figure [inches]."""
    with rc_context(_STYLE):
        return Figure(figsize=(width, height), dpi=100, layout="constrained")


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure as SVG; maps in it are pictures."""
    with rc_context(_STYLE):
        FigureCanvasSVG(figure).print_svg(path, metadata={"Date": None})


@contextmanager
def svg_figure(path: Path, width: float, height: float) -> Iterator[Figure]:
    """A figure [inches] to draw in, axes in the style of the examples too; it is written then."""
    with rc_context(_STYLE):
        figure = new_figure(width, height)
        yield figure
        save_figure(figure, path)


def draw_map(
    axes: Axes, field: np.ndarray, land_fraction: np.ndarray, *, largest: float | None = None
) -> matplotlib.collections.QuadMesh:
    """A map of anomalies with coast lines, white at zero.

    Args:
        axes: where.
        field: `(longitude, latitude)` on SPEEDY's grid; NaN is left grey.
        land_fraction: likewise [1].
        largest: end of the scale; by default the 99.5th percentile of the magnitude.
    """
    longitudes, latitudes = field.shape
    longitude = np.arange(longitudes) * 360.0 / longitudes
    latitude = np.linspace(-90.0, 90.0, 2 * latitudes + 1)[1::2]
    if largest is None:
        largest = float(np.nanpercentile(np.abs(field), 99.5))
    axes.set_facecolor("#dddddd")
    mesh = axes.pcolormesh(
        longitude, latitude, field.T, cmap="RdBu_r", vmin=-largest, vmax=largest, rasterized=True
    )
    axes.contour(longitude, latitude, land_fraction.T, [0.5], colors="k", linewidths=0.3)
    axes.set(xticks=range(0, 361, 90), yticks=(-60, -30, 0, 30, 60))
    return mesh


def write_results(folder: Path, results: dict[str, Any]) -> None:
    """Write `results.json`; arrays become lists, floats keep seven digits."""
    text = json.dumps(_plain(results), indent=1, allow_nan=False)
    (folder / "results.json").write_text(text + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, np.ndarray | jax.Array):
        return _plain(np.asarray(value).tolist())
    if isinstance(value, float | np.floating):
        return float(f"{value:.7g}") if np.isfinite(value) else None
    return value
