"""Figures of the dry test cases."""

from __future__ import annotations

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes

from validation.climate.images import COLOURS, STYLE, inline_image, new_figure
from validation.dry.held_suarez import HeldSuarezClimate
from validation.dry.wave import MINIMUM_TOLERANCE, PUBLISHED_MINIMUM, WaveRun

_WIND = np.arange(-40.0, 61.0, 4.0)
_TEMPERATURE = np.arange(180.0, 321.0, 10.0)
_VARIANCE = np.arange(0.0, 101.0, 5.0)
_PRESSURE = np.arange(930.0, 1035.0, 5.0)


def climate_figure(climate: HeldSuarezClimate) -> str:
    """Sections of wind, temperature and its eddy variance, and the wind at the lowest level."""
    figure = new_figure(9.6, 5.0)
    with rc_context(STYLE):
        panels = figure.subplots(2, 2)
        _section(panels[0, 0], climate, climate.eastward_wind, _WIND, "RdBu_r", "zonal wind [m/s]")
        _section(
            panels[0, 1], climate, climate.temperature, _TEMPERATURE, "inferno", "temperature [K]"
        )
        _section(
            panels[1, 0],
            climate,
            climate.eddy_temperature_variance,
            _VARIANCE,
            "viridis",
            "eddy temperature variance [K²]",
        )
        axes = panels[1, 1]
        latitude = climate.grid.latitude_degrees
        for part in climate.block_wind[:, -1]:
            axes.plot(latitude, part, color="0.75", lw=0.6)
        axes.plot(latitude, climate.eastward_wind[-1], color=COLOURS[0], lw=1.2)
        axes.axhline(0.0, color="0.5", lw=0.5)
        axes.set(xlim=(-90, 90), xticks=range(-90, 91, 30))
        axes.set_title("zonal wind at the lowest level [m/s]; grey: parts of the run", loc="left")
    return inline_image(figure)


def _section(
    axes: Axes,
    climate: HeldSuarezClimate,
    values: np.ndarray,
    levels: np.ndarray,
    colours: str,
    title: str,
) -> None:
    latitude = climate.grid.latitude_degrees
    sigma = np.asarray(climate.layers.full_level_sigma)
    limits = {"vmin": levels[0], "vmax": levels[-1]}
    if colours == "RdBu_r":
        limits = {"vmin": -levels[-1], "vmax": levels[-1]}
    if np.isfinite(values).all():
        axes.contourf(latitude, sigma, values, levels, cmap=colours, extend="both", **limits)
        lines = axes.contour(latitude, sigma, values, levels, colors="k", linewidths=0.4)
        axes.clabel(lines, lines.levels[::2], fontsize=5, fmt="%g")
    axes.set(ylim=(1.0, 0.0), xlim=(-90, 90), xticks=range(-90, 91, 30), ylabel="sigma")
    axes.set_title(title, loc="left")


def wave_figure(runs: list[WaveRun]) -> str:
    """Minimum pressure and drift against time, and the waves on day 9."""
    figure = new_figure(9.6, 2.6 + 1.7 * len(runs))
    with rc_context(STYLE):
        top, maps = figure.subfigures(2, 1, height_ratios=[2.6, 1.7 * len(runs)])
        left, right = top.subplots(1, 2)
        low, high = PUBLISHED_MINIMUM
        left.axhspan(low - MINIMUM_TOLERANCE, high + MINIMUM_TOLERANCE, color="0.92")
        left.axhspan(low, high, color="0.8")
        for index, run in enumerate(runs):
            day = np.arange(len(run.drift))
            colour = COLOURS[index % len(COLOURS)]
            left.plot(day, run.minimum_pressure, ".-", color=colour, label=run.name)
            right.plot(day[1:], run.drift[1:], ".-", color=colour)
            right.plot(day[1:], run.asymmetry[1:], ".--", color=colour)
        left.set(xlabel="days", ylabel="hPa")
        left.set_title(
            "lowest surface pressure; grey: published on day 9, and accepted", loc="left"
        )
        left.legend(frameon=False)
        right.set(xlabel="days", ylabel="m/s", yscale="log")
        right.set_title("balanced flow: drift (solid), asymmetry (dashed)", loc="left")
        for axes, run in zip(maps.subplots(len(runs), 1, squeeze=False)[:, 0], runs, strict=True):
            _pressure_map(axes, run)
    return inline_image(figure)


def _pressure_map(axes: Axes, run: WaveRun) -> None:
    north = run.grid.latitude_degrees > 0.0
    if np.isfinite(run.surface_pressure).all():
        filled = axes.contourf(
            run.grid.longitude_degrees,
            run.grid.latitude_degrees[north],
            run.surface_pressure[:, north].T,
            _PRESSURE,
            cmap="RdYlBu_r",
            extend="both",
        )
        axes.figure.colorbar(filled, ax=axes, shrink=0.9)
    axes.set(xlim=(0, 360), ylim=(0, 90))
    axes.set_title(f"{run.name}: surface pressure on day 9 [hPa]", loc="left")
