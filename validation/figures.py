"""Figures of the columns report, one per process, as inline SVG."""

from __future__ import annotations

import io

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from validation.columns import Histogram, PlottedColumn, ProcessResult
from validation.judgement import HISTOGRAM_EDGES
from validation.words import number

_REFERENCE, _PORT = "#1b4965", "#d1495b"
_COLOURS = ("#1b4965", "#5fa8d3", "#d1495b", "#edae49", "#66a182", "#8d6b94")
_STYLE = {
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.fonttype": "none",
}


def process_figure(result: ProcessResult) -> str:
    """Histogram of differences, then a pair of profile plots per worst column; SVG text."""
    with rc_context(_STYLE):
        panels = 1 + 2 * len(result.plotted)
        figure = Figure(figsize=(3.4 + 1.7 * (panels - 1), 3.0), layout="constrained")
        axes = figure.subplots(1, panels, width_ratios=[2] + [1] * (panels - 1), squeeze=False)[0]
        _histogram(axes[0], result.histograms)
        for case, plotted in enumerate(result.plotted):
            _profiles(axes[1 + 2 * case], axes[2 + 2 * case], plotted, result)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None})
    svg = text.getvalue()
    return svg[svg.index("<svg") :]


def _histogram(axes: Axes, histograms: list[Histogram]) -> None:
    for histogram, colour in zip(histograms, _COLOURS * len(histograms), strict=False):
        total = histogram.identical + histogram.counts.sum()
        against = "golden" if histogram.reference == "golden" else "Fortran"
        same = 100.0 * histogram.identical / max(total, 1)
        axes.stairs(
            100.0 * histogram.counts / max(total, 1),
            HISTOGRAM_EDGES,
            color=colour,
            label=f"{histogram.implementation} {histogram.precision} / {against}: "
            f"{same:.3g} % identical",
        )
    shown = np.flatnonzero(sum(h.counts for h in histograms)) if histograms else np.array([])
    if len(shown):
        axes.set_xlim(HISTOGRAM_EDGES[shown[0]] - 0.5, HISTOGRAM_EDGES[shown[-1]] + 0.75)
    else:
        axes.text(0.5, 0.4, "no value differs", ha="center", transform=axes.transAxes)
        axes.set_xlim(HISTOGRAM_EDGES[0], 0)
    axes.set_xlabel("log10(|difference| / field maximum)")
    axes.set_ylabel("values [%]")
    axes.set_title("all outputs", loc="left", fontsize=8)
    if histograms:
        axes.margins(y=0.6)
        axes.legend(fontsize=6, frameon=False, loc="upper left")


def _profiles(left: Axes, right: Axes, plotted: PlottedColumn, result: ProcessResult) -> None:
    c = plotted.comparison
    assert c.worst is not None
    variable = result.process.variable(c.output)
    # Of a field with more inner dimensions, the profile that holds the worst value.
    where = tuple(
        slice(None) if name == "level" else c.worst.index[name] for name in variable.dimensions
    )
    expected = plotted.expected[c.output][where].astype(float)
    level = np.arange(len(expected))
    left.plot(expected, level, color=_REFERENCE, lw=2.5, alpha=0.6, label="reference")
    if c.output in plotted.found:
        found = plotted.found[c.output][where].astype(float)
        left.plot(found, level, color=_PORT, marker="o", ms=2.5, lw=0.7, label="port")
        difference = found - expected
        right.plot(difference, level, color=_PORT, marker="o", ms=2.5, lw=0.7)
        right.axvline(0.0, color="0.7", lw=0.6)
        right.set_xlabel(f"port - reference\nlargest {number(np.abs(difference).max())}")
    left.legend(fontsize=6, frameon=False)
    left.set_ylabel("level (0 = top)")
    left.set_xlabel(variable.units)
    left.set_title(
        f"{c.implementation} {c.precision}, column {c.worst.column}\n{c.output}",
        loc="left",
        fontsize=7,
    )
    for axes in (left, right):
        axes.set_ylim(len(expected) - 0.5, -0.5)
        axes.locator_params(axis="x", nbins=3)
        axes.tick_params(labelsize=6)
        axes.xaxis.get_offset_text().set_fontsize(6)
    right.set_yticklabels([])
