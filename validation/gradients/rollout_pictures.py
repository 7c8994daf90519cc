"""Figures of rollouts: lead times, sweeps of step sizes, Taylor curves."""

from __future__ import annotations

import numpy as np
from matplotlib import colormaps, rc_context
from matplotlib.axes import Axes

from validation.climate.images import STYLE, inline_image, new_figure
from validation.climate.maps import Picture
from validation.gradients.column_pictures import taylor_picture
from validation.gradients.rollout_results import (
    DIFFERENCE_TOLERANCE,
    ERROR_THRESHOLDS,
    Agreement,
    RolloutResult,
)


def rollout_pictures(rollout: RolloutResult) -> list[Picture]:
    """Everything that is drawn of one core."""
    pictures = [lead_time_picture(rollout)]
    sweeps = sweep_picture(rollout)
    curves = {
        f"{direction.direction}, {direction.steps} steps": direction.taylor
        for direction in rollout.directions
        if direction.taylor is not None
    }
    taylor = taylor_picture(
        f"Core {rollout.core}: Taylor remainders of the whole model",
        curves,
        f" ({'; '.join(curves)})",
    )
    return [*pictures, *(picture for picture in (sweeps, taylor) if picture is not None)]


def lead_time_picture(rollout: RolloutResult) -> Picture:
    """Agreement against lead time beside the growth of a perturbation."""
    lead = rollout.lead_times
    figure = new_figure(8.6, 2.7)
    with rc_context(STYLE):
        left, right = figure.subplots(1, 2)
        for size, errors, growth, colour in zip(
            lead.sizes, lead.errors, lead.perturbation_growth, _shades(len(lead.sizes)), strict=True
        ):
            left.plot(lead.hours, errors, color=colour, marker="o", ms=2, lw=0.9, label=f"{size:g}")
            right.plot(lead.hours, growth, color=colour, lw=0.9)
        right.plot(
            lead.hours, lead.derivative_growth, color="k", lw=1.8, ls="--", label="derivative"
        )
        for threshold in ERROR_THRESHOLDS:
            left.axhline(threshold, color="0.8", lw=0.6, zorder=0)
        left.axhline(DIFFERENCE_TOLERANCE, color="#d1495b", lw=0.6, ls=":", zorder=0)
        left.set(xlabel="lead time [h]", ylabel="|difference − derivative| / |derivative|")
        left.set_yscale("log")
        left.legend(
            fontsize=5, frameon=False, title="size of the\nperturbation", title_fontsize=5,
            loc="upper right", bbox_to_anchor=(-0.16, 1.0),
        )  # fmt: skip
        right.set(xlabel="lead time [h]", ylabel="growth since the first lead", yscale="log")
        right.legend(fontsize=5, frameon=False)
    caption = (
        "Left: how far central differences of the whole state are from the derivative; sizes are "
        "in natural sizes (1: errors of observation, about 1 K and 1 m s-1). Right: growth of the "
        "perturbations (same colours) and of the derivative. Where a curve leaves the derivative, "
        "branches and chaos end its usefulness for perturbations of that size; an error in the "
        "derivative would show in all sizes from the first lead on. Dotted red: the tolerance."
    )
    title = f"Core {rollout.core}: agreement and growth against lead time"
    return Picture(title, caption, inline_image(figure))


def sweep_picture(rollout: RolloutResult) -> Picture | None:
    """Error of central differences over their step, for every direction and number of steps."""
    if not rollout.directions:
        return None
    lengths = sorted({direction.steps for direction in rollout.directions})
    names = list(dict.fromkeys(direction.direction for direction in rollout.directions))
    figure = new_figure(9.4, 2.4)
    with rc_context(STYLE):
        all_axes = figure.subplots(1, len(lengths), sharey=True, squeeze=False)[0]
        for axes, steps in zip(all_axes, lengths, strict=True):
            for direction in rollout.directions:
                if direction.steps != steps:
                    continue
                position = names.index(direction.direction)
                _sweep(axes, direction.jax, position, direction.direction, "-")
                if direction.fortran is not None:
                    _sweep(axes, direction.fortran, position, "", ":")
            axes.axhline(DIFFERENCE_TOLERANCE, color="#d1495b", lw=0.6, ls=":", zorder=0)
            axes.set(xscale="log", yscale="log", xlabel="step h")
            axes.set_title(f"{steps} step{'s' if steps > 1 else ''}", loc="left")
        all_axes[0].set_ylabel("relative error")
        all_axes[-1].legend(fontsize=5, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    caption = (
        "Relative difference of the derivative and central differences over their step, in natural "
        "sizes; solid: of JAX, dotted: of the Fortran model. Hollow: some branch is known to "
        "differ between the runs of that step."
    )
    title = f"Core {rollout.core}: sweep of step sizes"
    return Picture(title, caption, inline_image(figure))


def _sweep(axes: Axes, agreement: Agreement, position: int, label: str, style: str) -> None:
    colour = colormaps["tab20"](position % 20)
    steps = [difference.step for difference in agreement.differences]
    errors = [difference.error for difference in agreement.differences]
    axes.plot(steps, errors, color=colour, lw=0.9, ls=style, label=label or None)
    for difference in agreement.differences:
        face = colour if difference.smooth else "w"
        axes.plot(difference.step, difference.error, "o", ms=2.2, mec=colour, mfc=face, mew=0.5)


def _shades(count: int) -> list[tuple[float, float, float]]:
    """From light to dark."""
    light, dark = np.array([0.93, 0.68, 0.29]), np.array([0.11, 0.29, 0.40])
    return [tuple(light + (dark - light) * i / max(count - 1, 1)) for i in range(count)]
