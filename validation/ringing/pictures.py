"""Figures of a ringing report: maps of the stripes, spectra, ratios of all indices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LogNorm

from validation.climate.images import COLOURS, STYLE, inline_image, new_figure
from validation.climate.maps import Picture
from validation.ringing.compare import RingingResult
from validation.ringing.fields import FIELDS, PICTURED
from validation.ringing.judgement import ALLOWED, Verdict
from validation.ringing.measure import OROGRAPHY, TRANSIENTS, Measures
from validation.ringing.results import field_in_words
from validation.words import number

#: Maps beside each other.
_COLUMNS = 3
_LARGEST_RATIO = 2.0


def stripe_pictures(result: RingingResult) -> list[Picture]:
    """Maps of the tails over the sea, all runs on one scale."""
    pictures = []
    for alternatives in PICTURED:
        field = next(
            (name for name in alternatives if any(name in one.tails for one in result.inputs)), None
        )
        if field is not None:
            pictures.append(_stripes(field, [one for one in result.shown if field in one.tails]))
    return pictures


def _stripes(field: str, shown: Sequence[Measures]) -> Picture:
    rows = -(-len(shown) // _COLUMNS)
    units = FIELDS[field].quantity.units
    at_sea = [one.tails[field][one.place.geography.sea] for one in shown]
    largest = max(float(np.percentile(np.abs(values), 99.0)) for values in at_sea) or 1e-30
    figure = new_figure(9.6, 1.75 * rows + 0.2)
    with rc_context(STYLE):
        all_axes = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
        for axes, one in zip(all_axes, shown, strict=False):
            drawn = _map(axes, one, np.where(one.place.geography.sea, one.tails[field], np.nan))
            drawn.set_clim(-largest, largest)
            rms = np.sqrt(np.sum(one.place.geography.sea_weight * one.tails[field] ** 2))
            axes.set_title(f"{one.name}: rms {number(float(rms))}", loc="left")
        for axes in all_axes[len(shown) :]:
            axes.set_axis_off()
        figure.colorbar(drawn, ax=list(all_axes[: len(shown)]), fraction=0.02, label=units)
    caption = (
        "Part of the annual mean with the wavenumbers from 25/30 of the truncation on, over the "
        "sea."
    )
    return Picture(f"Stripes: {FIELDS[field].words}", caption, inline_image(figure))


def _map(axes: Axes, one: Measures, values: np.ndarray) -> QuadMesh:
    sphere = one.place.sphere
    axes.set_facecolor("0.85")
    drawn = axes.pcolormesh(
        sphere.longitude, sphere.latitude, values, cmap="RdBu_r", shading="nearest"
    )
    axes.contour(
        sphere.longitude, sphere.latitude, one.place.geography.sea.astype(float),
        levels=[0.5], colors="k", linewidths=0.35,
    )  # fmt: skip
    axes.set_ylim(-90.0, 90.0)
    axes.set_yticks([-60, 0, 60])
    axes.tick_params(labelsize=5, length=2)
    return drawn


def spectra_picture(result: RingingResult) -> Picture:
    """Power of annual means and transients over total wavenumber, all runs on one axis."""
    panels = [
        (field, season)
        for season in ("annual", TRANSIENTS)
        for field in (*FIELDS, OROGRAPHY)
        if any((field, season) in one.spectra for one in result.inputs)
    ]
    rows = -(-len(panels) // 4)
    figure = new_figure(9.6, 1.7 * rows)
    with rc_context(STYLE):
        all_axes = figure.subplots(rows, 4, squeeze=False).ravel()
        for axes, (field, season) in zip(all_axes, panels, strict=False):
            _stored_band(axes, result, field, season)
            for number_, one in enumerate(result.shown):
                if (field, season) in one.spectra:
                    power = one.spectra[field, season][1:]
                    axes.plot(
                        np.arange(1, len(power) + 1), power, label=one.name,
                        **_look(result, one, number_),
                    )  # fmt: skip
            axes.set(xscale="log", yscale="log")
            kind = "" if season == "annual" else ", transients"
            axes.set_title(f"{field_in_words(field)}{kind}", loc="left", fontsize=6)
            axes.tick_params(labelsize=5, length=2, which="both")
        for axes in all_axes[len(panels) :]:
            axes.set_axis_off()
        handles: dict[str, object] = {}
        for axes in all_axes:
            for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
                handles.setdefault(label, handle)
        all_axes[0].legend(handles.values(), handles.keys(), fontsize=5, frameon=False)
    caption = (
        "Power per total wavenumber of the annual mean, and of deviations from the mean of the "
        "calendar month. Black: the reference; grey: three standard deviations of its blocks of "
        "three years where they are stored; dashed: the control without orography."
    )
    return Picture("Spectra", caption, inline_image(figure))


def _look(result: RingingResult, one: Measures, position: int) -> dict[str, str | float]:
    if one is result.reference.measures:
        return {"color": "k", "lw": 1.6, "zorder": 1.5}
    if one is result.flat:
        return {"color": "0.45", "lw": 0.9, "ls": "--"}
    return {"color": COLOURS[position % len(COLOURS)], "lw": 0.9}


def _stored_band(axes: Axes, result: RingingResult, field: str, season: str) -> None:
    """The scatter of the original; its mean, too, where no field is stored."""
    names = [f"three_year_{kind}_{field}_total" for kind in ("mean", "sd")]
    if result.stored is None or season != "annual" or names[0] not in result.stored.spectra:
        return
    mean, scatter = (result.stored.spectra[name].values[0][1:] for name in names)
    n = np.arange(1, len(mean) + 1)
    low = np.maximum(mean - 3.0 * scatter, 0.2 * mean)
    axes.fill_between(n, low, mean + 3.0 * scatter, color="0.75", lw=0)
    if (field, season) not in result.reference.measures.spectra:
        axes.plot(n, mean, color="k", lw=1.6, zorder=1.5, label=result.reference.name)


def ratio_picture(verdict: Verdict) -> Picture | None:
    """Ratios of the judged indices to the reference's, fields over indices."""
    rows = [row for row in verdict.judged if np.isfinite(row.ratio) and row.ratio > 0.0]
    if not rows:
        return None
    fields = list(dict.fromkeys(row.field for row in rows))
    seasons = list(dict.fromkeys(row.season for row in rows))
    indices = list(dict.fromkeys(row.index for row in rows))
    figure = new_figure(9.6, 0.7 + 0.13 * len(fields) * -(-len(seasons) // 2))
    by_key = {row.key: row for row in rows}
    with rc_context(STYLE):
        lines = -(-len(seasons) // 2)
        all_axes = figure.subplots(lines, min(2, len(seasons)), squeeze=False).ravel()
        for axes, season in zip(all_axes, seasons, strict=False):
            cells = [[by_key.get((f, season, i)) for i in indices] for f in fields]
            values = np.array([[c.ratio if c else np.nan for c in line] for line in cells])
            drawn = axes.pcolormesh(
                values,
                norm=LogNorm(1.0 / _LARGEST_RATIO, _LARGEST_RATIO),
                cmap="RdBu_r", edgecolor="w", lw=0.3,
            )  # fmt: skip
            for y, line in enumerate(cells):
                for x, cell in enumerate(line):
                    if cell is not None and cell.exceeds:
                        axes.plot(x + 0.5, y + 0.5, marker="o", ms=2, color="k")
            axes.set_yticks(np.arange(len(fields)) + 0.5, [field_in_words(f) for f in fields])
            axes.set_xticks(np.arange(len(indices)) + 0.5, indices, rotation=90)
            axes.tick_params(labelsize=5, length=0)
            axes.invert_yaxis()
            axes.set_title(season, loc="left")
        for axes in all_axes[len(seasons) :]:
            axes.set_axis_off()
        ticks = [0.5, 0.7, 1.0, 1.4, 2.0]
        bar = figure.colorbar(drawn, ax=list(all_axes), fraction=0.02, ticks=ticks)
        bar.ax.set_yticklabels([f"{tick:g}" for tick in ticks])
        bar.ax.minorticks_off()
    caption = (
        f"Indices of {verdict.name} / those of {verdict.reference}. Dots: more than {ALLOWED:g} "
        "beyond the uncertainty."
    )
    return Picture(f"Ratios of {verdict.name}", caption, inline_image(figure))
