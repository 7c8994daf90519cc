"""The figure: scores of the runs on the principal components."""

from __future__ import annotations

import numpy as np
from matplotlib import rc_context

from validation.climate.images import COLOURS, STYLE, inline_image, new_figure
from validation.consistency.compare import ConsistencyResult
from validation.consistency.results import state

_LARGEST = 1e4
_TICKS = (-1000.0, -100.0, -10.0, 0.0, 10.0, 100.0, 1000.0)


def scores_figure(result: ConsistencyResult) -> str:
    """A panel for each case: scores of three runs, component by component, and the threshold."""
    cases = [case for case in result.cases if case.trio is not None]
    columns = min(2, max(len(cases), 1))
    rows = -(-max(len(cases), 1) // columns)
    figure = new_figure(4.8 * columns, 1.5 * rows + 0.3)
    with rc_context(STYLE):
        panels = figure.subplots(rows, columns, squeeze=False, sharex=True).ravel()
        for axes in panels[len(cases) :]:
            axes.set_axis_off()
        for axes, case in zip(panels, cases, strict=False):
            assert case.trio is not None
            place = np.arange(case.trio.scores.shape[1])
            for scores in case.trio.scores:
                shown = np.clip(np.nan_to_num(scores, nan=_LARGEST), -_LARGEST, _LARGEST)
                axes.plot(place, shown, ".", ms=2.5, color=COLOURS[0], mec="none")
            failing = list(case.trio.failing)
            middle = np.nan_to_num(np.median(case.trio.scores, axis=0), nan=_LARGEST)
            axes.plot(
                failing,
                np.clip(middle[failing], -_LARGEST, _LARGEST),
                "o",
                ms=4,
                mfc="none",
                mec=COLOURS[1],
                mew=0.6,
            )
            limit = case.trio.threshold
            axes.axhspan(-limit, limit, color="0.92", lw=0)
            axes.set_yscale("symlog", linthresh=2.0 * limit)
            largest = np.abs(np.clip(np.nan_to_num(case.trio.scores), -_LARGEST, _LARGEST)).max()
            top = 1.3 * max(10.0, float(largest))
            axes.set_ylim(-top, top)
            axes.set_yticks([-limit, limit, *(tick for tick in _TICKS if abs(tick) < top)])
            axes.yaxis.set_major_formatter("{x:g}")
            axes.minorticks_off()
            title = f"{case.name}, {case.change.words}: {state(case)}"
            axes.set_title(title, loc="left", fontsize=6)
        for axes in panels[: len(cases)][::columns]:
            axes.set_ylabel("score [s]")
        for axes in panels[max(0, len(cases) - columns) : len(cases)]:
            axes.set_xlabel("principal component; grey: accepted, circles: failing")
    return inline_image(figure)
