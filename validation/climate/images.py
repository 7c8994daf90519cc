"""Figures as small inline images."""

from __future__ import annotations

import base64
import io

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

STYLE = {
    "font.size": 7,
    "axes.titlesize": 7,
    "axes.linewidth": 0.5,
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
COLOURS = ("#1b4965", "#d1495b", "#edae49", "#66a182", "#8d6b94", "#5fa8d3")
_DOTS_PER_INCH = 100
_PALETTE = 64


def new_figure(width: float, height: float) -> Figure:
    """An empty figure [inches] in the style of the report."""
    with rc_context(STYLE):
        return Figure(figsize=(width, height), dpi=_DOTS_PER_INCH, layout="constrained")


def inline_image(figure: Figure) -> str:
    """The figure as a `data:` address; a palette makes it a third as large."""
    canvas = FigureCanvasAgg(figure)
    with rc_context(STYLE):
        canvas.draw()
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    stream = io.BytesIO()
    picture.quantize(_PALETTE, dither=Image.Dither.NONE).save(stream, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()
