"""Figures of the processes: Taylor curves, kinks and gates, liveness, Jacobians of a column."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap, SymLogNorm
from matplotlib.patches import Patch

from validation.climate.images import STYLE, inline_image, new_figure
from validation.climate.maps import Picture
from validation.gradients.column_results import (
    CLASSES,
    InputResult,
    JacobianOfColumn,
    LivePair,
    ProcessGradients,
)
from validation.gradients.taylor import TaylorCurve
from validation.gradients.thresholds import ERROR_BARS, TAYLOR_SLOPE
from validation.words import number

CLASS_COLOURS = {
    "smooth": "#66a182",
    "kink": "#edae49",
    "jump": "#d1495b",
    "flat": "#c9d6df",
    "unclassified": "#8d6b94",
}
_CURVE_COLOURS = {
    "slope": "#1b4965",
    "linear": "#9fb8ad",
    "steeper": "#5fa8d3",
    "kink": "#edae49",
    "unexplained": "#d1495b",
}
#: Below this a number of the Taylor curves is zero for the eye.
_FLOOR = 1e-18
#: Nearer gates are drawn here.
_NEAREST = 1e-12
_LONGEST_NAME = 34
#: Curves of a figure; those of a rarer kind come first.
_CURVES = 12
#: From so many inputs on the variables of a Jacobian are drawn as one element each.
_LARGE = 100


def taylor_picture(
    title: str, curves: dict[str, TaylorCurve], order_in_words: str = ""
) -> Picture | None:
    """Remainders of orders 1 and 2 over the step, and the V; None without any curve."""
    usable = [curve for curve in curves.values() if curve.derivative > 0]
    if not usable:
        return None
    drawn = sorted(usable, key=lambda curve: list(_CURVE_COLOURS).index(curve.kind))[-_CURVES:]
    figure = new_figure(7.6, 2.5)
    with rc_context(STYLE):
        left, right = figure.subplots(1, 2)
        for curve in drawn:
            colour = _CURVE_COLOURS[curve.kind]
            shape = {"color": colour, "lw": 0.8, "alpha": 0.85}
            left.plot(curve.steps, _shown(curve.order_one / curve.derivative), ls=":", **shape)
            left.plot(curve.steps, _shown(curve.order_two / curve.derivative), **shape)
            right.plot(curve.steps, _shown(curve.error), **shape)
        _orders(left, drawn)
        left.set(xscale="log", yscale="log", xlabel="step ε", ylabel="remainder / ‖J v‖")
        left.set_title("order 1 (dotted) and order 2 (solid)", loc="left")
        right.set(xscale="log", yscale="log", xlabel="step ε", ylabel="R₂ / (ε ‖J v‖)")
        right.set_title("relative error of a one-sided difference: the V", loc="left")
        for axes in (left, right):
            axes.minorticks_off()
        kinds = [kind for kind in _CURVE_COLOURS if any(c.kind == kind for c in drawn)]
        right.legend(
            handles=[Patch(color=_CURVE_COLOURS[kind], label=kind) for kind in kinds],
            fontsize=5, frameon=False,
        )  # fmt: skip
    best = min(curve.best_error for curve in drawn)
    caption = (
        f"{len(drawn)} curves{order_in_words}; ε in natural sizes. R₁ = ‖f(x + ε v) − f(x)‖, "
        f"R₂ = ‖f(x + ε v) − f(x) − ε J v‖; grey: slopes 1 and 2. R₂ of a right derivative falls "
        f"with a slope in [{TAYLOR_SLOPE[0]}, {TAYLOR_SLOPE[1]}] until rounding stops it; of a "
        f"wrong one with slope 1. Lowest point of a V: {number(best)}."
    )
    return Picture(title, caption, inline_image(figure))


def _shown(values: np.ndarray) -> np.ndarray:
    return np.where(values > _FLOOR, values, np.nan)


def _orders(axes: Axes, curves: Sequence[TaylorCurve]) -> None:
    """Straight lines of slopes 1 and 2 through the first curve with a slope."""
    curve = next((c for c in curves if c.kind == "slope"), curves[0])
    start = curve.window[0]
    steps = curve.steps[start : start + 12]
    for order, values in ((1, curve.order_one), (2, curve.order_two)):
        scale = 3.0 * values[start] / curve.derivative
        if scale > 0:
            axes.plot(steps, scale * (steps / steps[0]) ** order, color="0.65", lw=1.5, zorder=0)


def kinks_picture(process: ProcessGradients) -> Picture | None:
    """Shares of the classes per input, and how far its gates are."""
    inputs = [result for result in process.inputs if result.tally.total]
    if not inputs:
        return None
    figure = new_figure(9.0, 0.9 + 0.115 * len(inputs))
    with rc_context(STYLE):
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=[3, 2])
        rows = np.arange(len(inputs))
        edge = np.zeros(len(inputs))
        for kind in CLASSES:
            share = np.array([100.0 * result.tally.share(kind) for result in inputs])
            left.barh(rows, share, left=edge, height=0.8, color=CLASS_COLOURS[kind], label=kind)
            edge += share
        left.set_yticks(rows, [_short(result.name) for result in inputs])
        left.tick_params(labelsize=5, length=0)
        left.set(xlabel="share of the triples [%]", xlim=(0, 100))
        left.invert_yaxis()
        left.legend(fontsize=5, ncols=len(CLASSES), frameon=False, loc="lower left",
                    bbox_to_anchor=(0.0, 1.0))  # fmt: skip
        _gate_distances(right, inputs)
    caption = (
        "Left: what the reference is like at each triple. Right: how far, in natural sizes of the "
        "input, the nearest gate is (smallest, 1 %, 10 % and 50 % of the columns; a triangle where "
        "it is beyond the largest step tried). The number counts (column, element) pairs on a gate."
    )
    return Picture(f"{process.process}: kinks, jumps and gates", caption, inline_image(figure))


def _gate_distances(axes: Axes, inputs: Sequence[InputResult]) -> None:
    shades = ("#d1495b", "#edae49", "#5fa8d3", "#1b4965")
    measured = [(row, one.gates) for row, one in enumerate(inputs) if one.gates is not None]
    rows = np.array([row for row, _ in measured])
    shares = ("smallest", "1 %", "10 %", "50 %")
    for number_, (share, shade) in enumerate(zip(shares, shades, strict=True)):
        distance = np.array([gates.quantiles[number_] for _, gates in measured], float)
        beyond = ~np.isfinite(distance)
        farthest = np.array([gates.farthest for _, gates in measured])[beyond]
        within = np.maximum(distance[~beyond], _NEAREST)
        axes.plot(within, rows[~beyond], color=shade, marker="o", ms=2.5, ls="", label=share)
        axes.plot(farthest, rows[beyond], color=shade, marker=">", ms=2.5, ls="")
    for row, gates in measured:
        if gates.on_gate:
            axes.annotate(
                f"{gates.on_gate} of {gates.columns}",
                (1.0, row), xycoords=("axes fraction", "data"), fontsize=4.5, va="center",
            )  # fmt: skip
    axes.set(xscale="log", xlabel="distance to the nearest gate [natural sizes]")
    axes.minorticks_off()
    axes.legend(fontsize=5, ncols=4, frameon=False, loc="lower left", bbox_to_anchor=(0.0, 1.0))


def liveness_picture(process: ProcessGradients) -> Picture | None:
    """Which output responds to which input, and where derivative and reference disagree."""
    if not process.live:
        return None
    inputs = list(dict.fromkeys(pair.input for pair in process.live))
    outputs = list(dict.fromkeys(pair.output for pair in process.live))
    values = np.full((len(inputs), len(outputs)), np.nan)
    for pair in process.live:
        values[inputs.index(pair.input), outputs.index(pair.output)] = _state(pair)
    colours = ["#eceff1", "#66a182", "#edae49", "#d1495b"]
    meanings = ["ignored by both", "live in both", "moves by jumps only", "disagree"]
    figure = new_figure(2.2 + 0.16 * len(outputs), 1.5 + 0.115 * len(inputs))
    with rc_context(STYLE):
        axes = figure.subplots()
        axes.pcolormesh(
            values, cmap=ListedColormap(colours), norm=BoundaryNorm(range(5), 4),
            edgecolor="w", lw=0.3,
        )  # fmt: skip
        axes.set_yticks(np.arange(len(inputs)) + 0.5, [_short(name) for name in inputs])
        axes.set_xticks(np.arange(len(outputs)) + 0.5, map(_short, outputs), rotation=90)
        axes.tick_params(labelsize=5, length=0)
        axes.invert_yaxis()
        figure.legend(
            handles=[Patch(color=c, label=m) for c, m in zip(colours, meanings, strict=True)],
            fontsize=5, ncols=2, frameon=False, loc="outside upper left",
        )  # fmt: skip
    wrong = len(process.dead_or_alive)
    caption = (
        f"{len(process.live)} pairs of an input and an output: {len(process.live) - wrong} agree, "
        f"{wrong} do not. Live: the derivative is not zero in some column; in the reference, some "
        "step changes the output."
    )
    return Picture(f"{process.process}: liveness", caption, inline_image(figure))


def _state(pair: LivePair) -> float:
    if not pair.passed:
        return 3.5
    if pair.reference == "jumps":
        return 2.5
    return 1.5 if pair.derivative == "live" else 0.5


def jacobian_picture(process: str, jacobian: JacobianOfColumn) -> Picture:
    """The complete Jacobian of one column, and how far it is from the differences.

    Of a large one every variable is drawn as one element: the one that is largest in it, and the
    worst.
    """
    scaled = (jacobian.matrix * jacobian.input_sizes / jacobian.output_sizes[:, np.newaxis]).T
    colours, meanings, states = _states(jacobian)
    states = states.T
    rows, columns = ([name for name, _ in names] for names in (jacobian.inputs, jacobian.outputs))
    levels = "levels from the top within each variable"
    if len(rows) > _LARGE:
        blocks = _blocks_of(rows), _blocks_of(columns)
        scaled = _reduced(scaled, blocks, lambda block: block.flat[np.argmax(np.abs(block))])
        states = _reduced(states, blocks, _worst_state)
        rows, columns = list(dict.fromkeys(rows)), list(dict.fromkeys(columns))
        levels = "of all levels the largest derivative and the worst agreement"
    largest = float(np.max(np.abs(scaled), initial=0.0)) or 1.0
    height = float(np.clip(1.4 + 0.075 * len(rows), 2.6, 10.0))
    figure = new_figure(9.6, height)
    with rc_context(STYLE):
        left, right = figure.subplots(1, 2, sharey=True)
        drawn = left.pcolormesh(
            scaled, cmap="RdBu_r", norm=SymLogNorm(1e-4 * largest, vmin=-largest, vmax=largest)
        )
        bar = figure.colorbar(drawn, ax=left, fraction=0.04, ticks=[-largest, 0.0, largest])
        bar.ax.set_yticklabels([number(-largest), "0", number(largest)])
        bar.ax.minorticks_off()
        left.set_title("derivative in natural sizes", loc="left")
        right.pcolormesh(
            states, cmap=ListedColormap(colours),
            norm=BoundaryNorm(np.arange(len(colours) + 1), len(colours)),
        )  # fmt: skip
        right.legend(
            handles=[Patch(color=c, label=m) for c, m in zip(colours, meanings, strict=True)],
            fontsize=5, ncols=3, frameon=False, loc="lower left", bbox_to_anchor=(0.0, 1.0),
        )  # fmt: skip
        for axes in (left, right):
            _name_blocks(axes, columns, horizontal=True)
            _name_blocks(axes, rows, horizontal=False)
        left.invert_yaxis()
    caption = (
        f"Column {jacobian.column}: inputs downwards, outputs to the right, {levels}; natural "
        "sizes of the output per natural size of the input, "
        f"logarithmic from {number(1e-4 * largest)}. Right: where the reference is smooth, whether "
        "the derivative lies within the error bars of its finite difference."
    )
    return Picture(f"{process}: Jacobian of a column", caption, inline_image(figure))


def _states(jacobian: JacobianOfColumn) -> tuple[list[str], list[str], np.ndarray]:
    """Colours, their meanings, and which of them each element has."""
    within, beyond = "#66a182", "#111111"
    colours = [within, beyond, *(CLASS_COLOURS[kind] for kind in CLASSES[1:])]
    meanings = [f"within {ERROR_BARS:g} bars", "beyond", *CLASSES[1:]]
    distance = np.abs(jacobian.matrix - jacobian.difference)
    smooth = jacobian.kinds == CLASSES.index("smooth")
    far = smooth & ~(distance <= ERROR_BARS * jacobian.error_bar)
    states = np.where(smooth, far.astype(float), jacobian.kinds + 1.0) + 0.5
    return colours, meanings, states


def _worst_state(block: np.ndarray) -> float:
    """Beyond the bars, else within them, else whatever is there most often."""
    for state in (1.5, 0.5):
        if (block == state).any():
            return state
    values, counts = np.unique(block, return_counts=True)
    return float(values[np.argmax(counts)])


def _reduced(
    matrix: np.ndarray,
    blocks: tuple[list[slice], list[slice]],
    of: Callable[[np.ndarray], float],
) -> np.ndarray:
    """One number for every block of rows and columns."""
    return np.array([[of(matrix[row, column]) for column in blocks[1]] for row in blocks[0]])


def _blocks_of(names: Sequence[str]) -> list[slice]:
    """Where each variable is among the names of all elements."""
    starts = [i for i, name in enumerate(names) if i == 0 or name != names[i - 1]]
    return [slice(a, b) for a, b in zip(starts, [*starts[1:], len(names)], strict=True)]


def _name_blocks(axes: Axes, names: Sequence[str], *, horizontal: bool) -> None:
    """Name every block of rows or columns that belong to one variable."""
    blocks = _blocks_of(names)
    middles = [(block.start + block.stop) / 2 for block in blocks]
    labels = [_short(names[block.start]) for block in blocks]
    for block in blocks[1:]:
        (axes.axvline if horizontal else axes.axhline)(block.start, color="0.7", lw=0.25)
    if horizontal:
        axes.set_xticks(middles, labels, rotation=90, fontsize=5)
    else:
        axes.set_yticks(middles, labels, fontsize=5)
    axes.tick_params(length=0)


def _short(name: str) -> str:
    """A name that leaves room for the figure."""
    name = name.removeprefix("parameters.")
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
