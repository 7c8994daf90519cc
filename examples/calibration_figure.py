"""The figure of the calibration: parameters, coverage of their intervals, misfit against cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import scipy.stats
from calibration_twin import Twin
from common import COLOURS, svg_figure
from matplotlib.axes import Axes

if TYPE_CHECKING:
    from calibration_experiment import Findings

GREY = "0.6"


def draw(findings: Findings, twin: Twin, path: Path) -> None:
    """Draw everything and write it as SVG."""
    with svg_figure(path, 7.2, 5.0) as figure:
        (recovered, errors), (misfit, covered) = figure.subplots(2, 2, width_ratios=[1.4, 1.0])
        _recovered(recovered, findings, twin)
        errors.sharey(recovered)
        errors.tick_params(labelleft=False)
        _errors(errors, findings)
        _misfit(misfit, findings)
        _covered(covered, findings)


def _recovered(axes: Axes, findings: Findings, twin: Twin) -> None:
    """First guess with its prior, and estimate, relative to the truth."""
    rows = np.arange(len(twin.unknowns))
    prior = np.array([unknown.deviation for unknown in twin.unknowns])
    for z, deviation, label, colour in (
        (np.zeros_like(findings.truth), 1.0, "first guess and prior", GREY),
        (findings.estimate.z, findings.estimate.deviation, "estimate and posterior", COLOURS[1]),
    ):
        centre = prior * (z - findings.truth)
        half = 2.0 * prior * deviation
        middle, low, high = (np.exp(centre + shift) for shift in (0.0, -half, half))
        axes.errorbar(
            middle,
            rows + (0.15 if colour == GREY else -0.15),
            xerr=[middle - low, high - middle],
            fmt="o",
            color=colour,
            label=label,
        )
    axes.axvline(1.0, color="k", linewidth=0.6)
    axes.set_yticks(rows, [unknown.words for unknown in twin.unknowns])
    axes.set_xscale("log")
    axes.set_xticks([0.5, 0.7, 1.0, 1.4, 2.0], ["0.5", "0.7", "1", "1.4", "2"])
    axes.minorticks_off()
    axes.set_ylim(len(rows) + 0.4, -0.6)
    axes.set_xlabel("parameter / truth, ±2 standard deviations")
    axes.legend(loc="lower center", ncols=2)


def _errors(axes: Axes, findings: Findings) -> None:
    """Errors in posterior standard deviations, for the given and for other noise."""
    estimate, errors = findings.estimate, findings.coverage.errors
    rows = np.arange(errors.shape[1])
    axes.axvspan(-2.0, 2.0, color="0.95")
    axes.axvspan(-1.0, 1.0, color="0.88")
    axes.plot(
        errors.ravel(), np.tile(rows + 0.15, len(errors)), ".", color=GREY, markersize=2.0,
        label="other noise",
    )  # fmt: skip
    own = (estimate.z - findings.truth) / estimate.deviation
    axes.plot(own, rows - 0.15, "o", color=COLOURS[1], label="the estimate")
    axes.set_xlim(-4.0, 4.0)
    axes.set_xlabel("error / posterior standard deviation")
    axes.legend(loc="lower center", ncols=2)


def _misfit(axes: Axes, findings: Findings) -> None:
    """The lowest misfit so far against what has been spent."""
    for (name, outcome), colour in zip(findings.outcomes.items(), COLOURS[1:], strict=False):
        cost, lowest = np.array(outcome.history).T
        axes.step(1e-3 * cost, lowest, where="post", color=colour, label=name)
        axes.plot(1e-3 * cost[-1], lowest[-1], "o", color=colour)
    axes.axhline(findings.misfit_of_truth, color="k", linewidth=0.6, linestyle=":", label="truth")
    axes.set_yscale("log")
    axes.set_xlim(left=0.0)
    axes.set_xlabel("cost [1000 model steps]")
    axes.set_ylabel("lowest misfit")
    axes.legend()


def _covered(axes: Axes, findings: Findings) -> None:
    """How many errors lie within intervals of any probability."""
    errors = np.abs(findings.coverage.errors)
    probability = np.linspace(0.0, 1.0, 101)
    # As if all errors were independent; those of one realisation are correlated.
    low, high = scipy.stats.binom.interval(0.95, errors.size, probability)
    axes.fill_between(probability, low / errors.size, high / errors.size, color="0.88")
    axes.plot([0.0, 1.0], [0.0, 1.0], color="k", linewidth=0.6)
    limit = scipy.stats.norm.ppf(0.5 + 0.5 * probability)
    axes.plot(probability, [np.mean(errors <= one) for one in limit], color=COLOURS[1])
    axes.set(xlim=(0.0, 1.0), ylim=(0.0, 1.0))
    axes.set_xlabel("probability of the interval")
    axes.set_ylabel("share that contains the truth")
