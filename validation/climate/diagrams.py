"""Portrait plot, Taylor diagram, spectra and time series."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm

from validation.climate.climate import Climate, annual_means
from validation.climate.images import COLOURS, STYLE, inline_image, new_figure
from validation.climate.judgement import HIGH_RATIO, LARGEST_LIMIT
from validation.climate.maps import Picture
from validation.climate.reference import StoredClimate
from validation.climate.ringing_judgement import model_spectra
from validation.climate.seasons import SEASONS
from validation.climate.short import MonthComparison
from validation.climate.statistics import FieldComparison

_STEPS = (0.0, 0.5, 0.7, 0.85, 1.0, 1.15, HIGH_RATIO, 1.6, 2.0, LARGEST_LIMIT, 5.0, 10.0)
_SERIES = (
    ("toa_net_energy", "W m-2"),
    ("surface_net_energy", "W m-2"),
    ("precipitation_minus_evaporation", "mm day-1"),
    ("dry_surface_pressure", "Pa"),
    ("near_surface_temperature", "K"),
    ("column_water_vapour", "kg m-2"),
)


def portrait(fields: Sequence[FieldComparison]) -> Picture | None:
    """Ratio of every field and season to internal variability, as coloured tiles."""
    kept = [f for f in fields if np.isfinite(f.ratio)]
    if not kept:
        return None
    rows: dict[str, np.ndarray] = {}
    for f in kept:
        row = rows.setdefault(f.variable, np.full((9, len(SEASONS)), np.nan))
        row[0 if f.level is None else 1 + f.level, SEASONS.index(f.season)] = f.ratio
    surface = {name: values[0] for name, values in rows.items() if np.isfinite(values[0]).any()}
    levels = {name: values[1:] for name, values in rows.items() if name not in surface}
    count = max(len(surface), len(levels), 1)
    figure = new_figure(9.6, 0.8 + 0.17 * count)
    norm = BoundaryNorm(_STEPS, 256, extend="max")
    with rc_context(STYLE):
        left, right = figure.subplots(1, 2, width_ratios=[1, 4])
        shown = None
        if surface:
            shown = left.pcolormesh(
                np.stack(list(surface.values())), norm=norm, cmap="RdYlGn_r", edgecolor="w", lw=0.3
            )
            _label(left, list(surface), SEASONS)
        if levels:
            tiles = np.stack([values.T.ravel() for values in levels.values()])
            shown = right.pcolormesh(tiles, norm=norm, cmap="RdYlGn_r", edgecolor="w", lw=0.3)
            columns = [str(level) for _ in SEASONS for level in range(8)]
            _label(right, list(levels), columns)
            for index, season in enumerate(SEASONS):
                right.text(8 * index + 4, -0.2, season, ha="center", va="bottom", fontsize=6)
            right.set_xlabel("level, 0 = top")
        else:
            right.set_axis_off()
        figure.colorbar(shown, ax=[left, right], fraction=0.02, pad=0.01, ticks=_STEPS)
    caption = "RMS difference of the season mean / that of two samples of the original; 1 is usual."
    return Picture("Ratios to internal variability", caption, inline_image(figure))


def _label(axes: Axes, rows: Sequence[str], columns: Sequence[str]) -> None:
    axes.set_yticks(np.arange(len(rows)) + 0.5, [name.replace("_", " ") for name in rows])
    axes.set_xticks(np.arange(len(columns)) + 0.5, columns)
    axes.tick_params(labelsize=5, length=0)
    axes.invert_yaxis()


def taylor(fields: Sequence[FieldComparison], reference: str) -> Picture:
    """Taylor diagram of the annual means: correlation as angle, standard deviation as radius."""
    kept = [
        f
        for f in fields
        if f.season == "annual"
        and np.isfinite(f.measures.correlation)
        and np.isfinite(f.measures.deviation_ratio)
    ]
    outer = max([1.3, *(1.05 * f.measures.deviation_ratio for f in kept)])
    figure = new_figure(4.6, 4.0)
    with rc_context(STYLE):
        axes = figure.add_subplot(projection="polar")
        axes.set_thetamax(90)
        for index, level in enumerate((None, *range(8))):
            points = [f for f in kept if f.level == level]
            axes.plot(
                [np.arccos(np.clip(f.measures.correlation, 0.0, 1.0)) for f in points],
                [f.measures.deviation_ratio for f in points],
                ls="",
                marker="o" if level is None else f"${level}$",
                ms=4,
                color=COLOURS[index % len(COLOURS)],
                alpha=0.8,
                label="surface" if level is None else f"level {level}",
            )
        ticks = np.array([0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.99, 1.0])
        axes.set_thetagrids(np.degrees(np.arccos(ticks)), [f"{tick:g}" for tick in ticks])
        axes.set_rlim(0.0, outer)
        axes.plot([0.0], [1.0], marker="*", ms=9, color="k", ls="", label=reference)
        axes.legend(fontsize=5, loc="upper right", bbox_to_anchor=(1.12, 1.05), frameon=False)
    worst = min((f.measures.correlation for f in kept), default=float("nan"))
    caption = (
        f"Annual means of {len(kept)} fields; angle: pattern correlation (least {worst:.4f}), "
        "radius: spatial standard deviation / that of the reference."
    )
    return Picture("Taylor diagram", caption, inline_image(figure))


def spectra_picture(climates: Sequence[Climate], stored: StoredClimate) -> Picture:
    """Power per total wavenumber of annual means, beside the original's blocks of three years."""
    found = {climate.name: model_spectra(climate) for climate in climates}
    names = list(dict.fromkeys(field for one in found.values() for field, season in one if season))
    rows = -(-len(names) // 4)
    figure = new_figure(9.6, 1.7 * rows)
    wavenumber = np.arange(1, 31)
    with rc_context(STYLE):
        all_axes = figure.subplots(rows, 4, squeeze=False).ravel()
        for axes, field in zip(all_axes, names, strict=False):
            mean = _stored(stored.spectra, f"three_year_mean_{field}_total")
            scatter = _stored(stored.spectra, f"three_year_sd_{field}_total")
            if mean is not None and scatter is not None:
                low = np.maximum(mean - 3.0 * scatter, 0.2 * mean)
                axes.fill_between(
                    wavenumber, low[1:], (mean + 3.0 * scatter)[1:], color="0.75", lw=0
                )
                axes.plot(wavenumber, mean[1:], color="k", lw=1.5, label="original")
            for index, (name, one) in enumerate(found.items()):
                if (field, "annual") in one:
                    axes.plot(
                        wavenumber, one[field, "annual"][1:], lw=0.9,
                        color=COLOURS[index % len(COLOURS)], label=name,
                    )  # fmt: skip
            axes.set(xscale="log", yscale="log")
            axes.set_title(field.replace("_", " "), loc="left")
            axes.tick_params(labelsize=5, length=2)
        for axes in all_axes[len(names) :]:
            axes.set_axis_off()
        all_axes[0].legend(fontsize=5, frameon=False)
    caption = (
        "Power of the annual mean over total wavenumber 1 to 30; grey: three standard deviations "
        "of blocks of three years of the original."
    )
    return Picture("Spectra", caption, inline_image(figure))


def _stored(spectra: xr.Dataset, name: str) -> np.ndarray | None:
    return spectra[name].values[0] if name in spectra else None


def series_picture(climates: Sequence[Climate], stored: StoredClimate) -> Picture | None:
    """Annual global means over time, with the original's mean and twice its scatter."""
    with_months = [climate for climate in climates if climate.monthly is not None]
    if not with_months:
        return None
    figure = new_figure(9.6, 3.2)
    with rc_context(STYLE):
        for axes, (name, units) in zip(figure.subplots(2, 3).ravel(), _SERIES, strict=True):
            expected = stored.climate.global_means.get((name, None))
            if expected is not None:
                axes.axhspan(
                    expected.mean - 2.0 * expected.deviation,
                    expected.mean + 2.0 * expected.deviation,
                    color="0.85",
                )
                axes.axhline(expected.mean, color="k", lw=0.8)
            for index, climate in enumerate(with_months):
                assert climate.monthly is not None
                annual = annual_means(climate.monthly)
                if name in annual:
                    axes.plot(
                        annual["year"], annual[name], marker="o", ms=3, lw=0.8,
                        color=COLOURS[index % len(COLOURS)], label=climate.name,
                    )  # fmt: skip
            axes.set_title(f"{name.replace('_', ' ')} [{units}]", loc="left")
            axes.tick_params(labelsize=5, length=2)
            axes.ticklabel_format(useOffset=False)
            axes.locator_params(axis="x", integer=True, nbins=6)
        axes.legend(fontsize=5, frameon=False)
    caption = "Annual global means; grey: two standard deviations of single years of the original."
    return Picture("Global means over time", caption, inline_image(figure))


def month_picture(months: Sequence[MonthComparison]) -> Picture | None:
    """Ratios of all fields of a single month, sorted."""
    shown = [month for month in months if month.ratios().size]
    if not shown:
        return None
    figure = new_figure(9.6, 2.4)
    with rc_context(STYLE):
        for axes, month in zip(
            figure.subplots(1, len(shown), squeeze=False)[0], shown, strict=True
        ):
            ratios = np.sort(month.ratios())
            axes.plot(ratios, np.linspace(0.0, 1.0, ratios.size), ".-", ms=3, lw=0.6)
            if not month.against_stored:
                axes.set_xscale("log" if ratios[0] > 0.0 else "symlog")
            axes.set_title(f"{month.model}\nagainst {month.reference}", loc="left")
            axes.set_xlabel("RMS difference / internal variability")
            axes.set_ylabel("share of fields")
            axes.tick_params(labelsize=5, length=2)
    caption = "Share of the fields of the month whose ratio is smaller."
    return Picture("Ratios of the month", caption, inline_image(figure))
