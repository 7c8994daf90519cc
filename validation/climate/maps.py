"""Maps and sections: model, reference, difference with significance stippled."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from jcm.boundary.preparation import prepare_boundary_fields
from jcm.dynamics.gaussian_grid import GaussianGrid
from validation.climate.climate import Climate
from validation.climate.images import STYLE, inline_image, new_figure
from validation.climate.seasons import SEASONS
from validation.climate.significance import LocalTests
from validation.climate.statistics import FieldComparison
from validation.words import number

#: Maps that are drawn: variable, level, seasons.
MAPS: tuple[tuple[str, int | None, tuple[str, ...]], ...] = (
    ("surface_pressure", None, SEASONS),
    ("precipitation", None, SEASONS),
    ("near_surface_temperature", None, SEASONS),
    ("outgoing_longwave", None, ("annual",)),
    ("toa_net_shortwave", None, ("annual",)),
    ("surface_net_shortwave", None, ("annual",)),
    ("evaporation", None, ("annual",)),
    ("sensible_heat_flux", None, ("annual",)),
    ("cloud_cover", None, ("annual",)),
    ("column_water_vapour", None, ("annual",)),
    ("eastward_wind", 2, SEASONS),
    ("eastward_wind", 7, ("annual",)),
    ("temperature", 4, SEASONS),
    ("specific_humidity", 6, ("annual",)),
)
SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("eastward_wind", SEASONS),
    ("temperature", ("annual",)),
    ("northward_wind", ("annual",)),
    ("specific_humidity", ("annual",)),
    ("relative_humidity", ("annual",)),
    ("eastward_wind_variance", ("annual",)),
    ("northward_wind_temperature_covariance", ("annual",)),
    ("temperature_tendency_convection", ("annual",)),
    ("temperature_tendency_longwave", ("annual",)),
)
#: Fields of either sign.
_SIGNED = ("wind", "stress", "covariance", "tendency")
_ALIGNED = {"extent": (-1.875, 358.125, -90.0, 90.0), "origin": "lower", "aspect": "auto"}


@dataclasses.dataclass(frozen=True)
class Picture:
    """A figure with its caption."""

    title: str
    caption: str
    image: str


@functools.cache
def coast() -> np.ndarray:
    """Land mask `(latitude, longitude)`."""
    return np.asarray(prepare_boundary_fields(1982, 1).land_mask).T


def map_pictures(
    model: Climate,
    reference: Climate,
    fields: tuple[FieldComparison, ...],
    tests: tuple[LocalTests, ...],
) -> list[Picture]:
    """All maps that both climates have."""
    pictures = []
    compared = {(f.variable, f.level, f.season): f for f in fields}
    tested = {(t.variable, t.level, t.season): t for t in tests}
    for name, level, seasons in MAPS:
        for season in seasons:
            field = compared.get((name, level, season))
            if field is None or field.failure:
                continue
            number_of_season = SEASONS.index(season)
            found, wanted = (
                climate.maps[name].values[number_of_season] for climate in (model, reference)
            )
            if level is not None:
                found, wanted = found[level], wanted[level]
            test = tested.get((name, level, season))
            panels = (
                (model.name, found),
                (reference.name, wanted),
                (f"{model.name} - {reference.name}", found - wanted),
            )
            image = _maps(panels, name, field.units, test.stippled if test else None)
            pictures.append(Picture(field.label, _caption(field, test), image))
    return pictures


def _caption(field: FieldComparison, test: LocalTests | None) -> str:
    m = field.measures
    words = [
        f"RMS difference {number(m.rms, 3)} {field.units}",
        f"bias {number(m.bias, 2)}",
        f"correlation {m.correlation:.4f}",
        f"ratio of standard deviations {m.deviation_ratio:.3f}",
    ]
    if np.isfinite(field.ratio):
        words.insert(1, f"{field.ratio:.2f} of internal variability")
    if test is not None:
        words.append(f"stippled {100 * test.rejected:.1f} % of the area")
    return ", ".join(words)


def _maps(
    panels: tuple[tuple[str, np.ndarray], ...],
    name: str,
    units: str,
    stippled: np.ndarray | None,
) -> str:
    figure = new_figure(9.6, 1.75)
    with rc_context(STYLE):
        all_axes = figure.subplots(1, 3)
        low, high, colours = _range(name, np.stack([values for _, values in panels[:2]]))
        for axes, (title, values) in zip(all_axes[:2], panels[:2], strict=True):
            shown = axes.imshow(values, cmap=colours, vmin=low, vmax=high, **_ALIGNED)
            _finish(axes, title)
        figure.colorbar(shown, ax=list(all_axes[:2]), fraction=0.03, pad=0.01, label=units)
        title, values = panels[2]
        largest = _spread(values)
        shown = all_axes[2].imshow(values, cmap="RdBu_r", vmin=-largest, vmax=largest, **_ALIGNED)
        _finish(all_axes[2], title)
        if stippled is not None and stippled.any():
            rows, columns = np.nonzero(stippled)
            grid = GaussianGrid.speedy()
            all_axes[2].plot(
                grid.longitude_degrees[columns],
                grid.latitude_degrees[rows],
                ls="",
                marker=".",
                ms=0.8,
                color="k",
            )
        figure.colorbar(shown, ax=all_axes[2], fraction=0.06, pad=0.02)
    return inline_image(figure)


def _spread(values: np.ndarray) -> float:
    """Range of the colours of a difference."""
    finite = np.abs(values[np.isfinite(values)])
    return float(np.percentile(finite, 99.5)) or 1e-30 if finite.size else 1.0


def _range(name: str, values: np.ndarray) -> tuple[float, float, str]:
    finite = values[np.isfinite(values)]
    if any(word in name for word in _SIGNED):
        largest = float(np.percentile(np.abs(finite), 99.8))
        return -largest, largest, "RdBu_r"
    low, high = np.percentile(finite, [0.2, 99.8])
    return float(low), float(high), "viridis"


def _finish(axes: Axes, title: str) -> None:
    grid = GaussianGrid.speedy()
    axes.contour(
        grid.longitude_degrees,
        grid.latitude_degrees,
        coast(),
        levels=[0.5],
        colors="k",
        linewidths=0.35,
    )
    axes.set_title(title, loc="left")
    axes.set_xticks([0, 90, 180, 270])
    axes.set_yticks([-60, 0, 60])
    axes.tick_params(labelsize=5, length=2)


def section_pictures(
    model: Climate, reference: Climate, sigma: np.ndarray, zonal: tuple[FieldComparison, ...]
) -> list[Picture]:
    """Zonal means over latitude and pressure at sea level times σ."""
    ratios = {(f.variable, f.level, f.season): f.ratio for f in zonal}
    pictures = []
    for name, seasons in SECTIONS:
        if name not in model.zonal or name not in reference.zonal:
            continue
        for season in seasons:
            index = SEASONS.index(season)
            found, wanted = (c.zonal[name].values[index] for c in (model, reference))
            if not np.isfinite(found).any() or found.shape != wanted.shape:
                continue
            levels = [ratios.get((name, level, season), np.nan) for level in range(len(sigma))]
            known = [f"{ratio:.2f}" for ratio in levels if np.isfinite(ratio)]
            caption = f"largest difference {number(float(np.nanmax(np.abs(found - wanted))), 3)}"
            if known:
                caption += f"; ratios to internal variability from the top: {', '.join(known)}"
            units = str(reference.zonal[name].attrs.get("units", ""))
            image = _sections((model.name, found), (reference.name, wanted), name, units, sigma)
            pictures.append(Picture(f"{name}, {season}", caption, image))
    return pictures


def _sections(
    model: tuple[str, np.ndarray],
    reference: tuple[str, np.ndarray],
    name: str,
    units: str,
    sigma: np.ndarray,
) -> str:
    figure: Figure = new_figure(9.6, 2.0)
    latitude = GaussianGrid.speedy().latitude_degrees
    pressure = 1000.0 * sigma
    with rc_context(STYLE):
        all_axes = figure.subplots(1, 3, sharey=True)
        low, high, colours = _range(name, np.stack([model[1], reference[1]]))
        for axes, (title, values) in zip(all_axes[:2], (model, reference), strict=True):
            steps = np.linspace(low, high, 17)
            shown = axes.contourf(latitude, pressure, values, steps, cmap=colours, extend="both")
            axes.set_title(title, loc="left")
        figure.colorbar(shown, ax=list(all_axes[:2]), fraction=0.03, pad=0.01, label=units)
        gap = model[1] - reference[1]
        largest = _spread(gap)
        steps = np.linspace(-largest, largest, 15)
        shown = all_axes[2].contourf(latitude, pressure, gap, steps, cmap="RdBu_r", extend="both")
        all_axes[2].set_title(f"{model[0]} - {reference[0]}", loc="left")
        figure.colorbar(shown, ax=all_axes[2], fraction=0.06, pad=0.02)
        all_axes[0].set_ylim(1000.0, 0.0)
        all_axes[0].set_ylabel("σ x 1000 hPa")
        for axes in all_axes:
            axes.set_xticks([-60, -30, 0, 30, 60])
            axes.tick_params(labelsize=5, length=2)
    return inline_image(figure)
