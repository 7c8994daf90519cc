"""What all figures share: style, an idealised column of air, a call of a kernel."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reference import kernels
from reference.declarations import PROCESSES
from reference.formulas import (
    FULL_LEVEL_SIGMA,
    GAS_CONSTANT,
    GRAVITY,
    SPECIFIC_HEAT,
    saturation_specific_humidity,
)
from validation.climate.images import COLOURS, STYLE

Arrays = dict[str, np.ndarray]

SIGMA = FULL_LEVEL_SIGMA
BLUE, RED, YELLOW, GREEN, VIOLET, LIGHT = COLOURS
_STYLE = {
    **STYLE,
    "font.size": 8,
    "axes.titlesize": 8,
    "legend.frameon": False,
    "legend.fontsize": 7,
    "lines.linewidth": 1.2,
    "svg.fonttype": "none",
    "svg.hashsalt": "figures",
    "font.family": "sans-serif",
}
_PANEL = (3.7, 3.0)


def as_svg(draw: Callable[[], Figure]) -> str:
    """What `draw` draws, as SVG text on white ground."""
    with rc_context(_STYLE):
        stream = io.StringIO()
        draw().savefig(stream, format="svg", facecolor="white", metadata={"Date": None})
    return stream.getvalue()


def panels(number: int, *, widths: Sequence[float] | None = None) -> tuple[Figure, list[Axes]]:
    """A figure with panels beside each other."""
    figure = Figure(figsize=(_PANEL[0] * number, _PANEL[1]), layout="constrained")
    return figure, list(figure.subplots(1, number, squeeze=False, width_ratios=widths)[0])


def vertical_axis(axes: Axes) -> None:
    """Sigma on the vertical axis, the ground at the bottom."""
    axes.set_ylim(1.0, 0.0)
    axes.set_ylabel("σ")
    axes.axvline(0.0, color="0.6", lw=0.5, zorder=0)


def run(name: str, *, formulation: str = "original", **inputs: Any) -> Arrays:
    """Call a kernel of the reference.

    Args:
        name: of the process.
        formulation: "original" or "corrected".
        **inputs: by declared name, `(column, *inner dimensions)`, or without the column axis where
            they are the same for all columns.
    """
    process = PROCESSES[name]
    given = {v.name: np.asarray(inputs[v.name]) for v in process.inputs}
    columns = max(
        (len(given[v.name]) for v in process.inputs if given[v.name].ndim > len(v.shape)), default=1
    )
    return kernels.run(
        process,
        {v.name: np.broadcast_to(given[v.name], (columns, *v.shape)) for v in process.inputs},
        formulation=formulation,
    )


def air(surface_temperature: float = 300.0, relative_humidity: float | np.ndarray = 0.8) -> Arrays:
    """An idealised column, at 1000 hPa, over the sea.

    Temperature falls by 6.5 K per km to 200 K and stays there; humidity falls with σ.

    Args:
        surface_temperature: at the ground [K].
        relative_humidity: at the ground, a number or `(column,)`.

    Returns:
        The inputs of the column processes by their names.
    """
    lapse = 6.5e-3 * GAS_CONSTANT / GRAVITY
    temperature = np.maximum(surface_temperature * SIGMA**lapse, 200.0)
    thickness = GAS_CONSTANT * 0.5 * (temperature[1:] + temperature[:-1]) * np.diff(np.log(SIGMA))
    lowest = -GAS_CONSTANT * temperature[-1] * np.log(SIGMA[-1])
    geopotential = lowest + np.append(np.cumsum(thickness[::-1])[::-1], 0.0)
    saturation = saturation_specific_humidity(temperature, SIGMA)
    r = np.multiply.outer(relative_humidity, SIGMA)
    return {
        "normalized_surface_pressure": np.array(1.0),
        "temperature": temperature,
        "geopotential": geopotential,
        "dry_static_energy": SPECIFIC_HEAT * temperature + geopotential,
        "saturation_specific_humidity": saturation,
        "relative_humidity": r,
        "specific_humidity": r * saturation,
    }
