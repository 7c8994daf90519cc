"""Figures of what is renewed once a day."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from reference.formulas import GRAVITY
from site_pages.figures.drawing import BLUE, GREEN, LIGHT, RED, YELLOW, panels, run

_MONTH_STARTS = np.array([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334])
_MONTHS = "JFMAMJJASOND"


def daily_forcing() -> Figure:
    """Albedo against snow depth and ice fraction."""
    figure, axes = panels(2)
    depth = np.linspace(0.0, 90.0, 181)
    for bare, colour in ((0.15, GREEN), (0.3, YELLOW), (0.7, RED)):
        result = run(
            "daily_forcing",
            snow_depth=depth,
            sea_ice_fraction=0.0,
            bare_land_albedo=bare,
            land_fraction=1.0,
        )
        axes[0].plot(depth, result["land_albedo"], color=colour, label=f"bare {bare:g}")
    axes[0].set(xlabel="snow depth [mm of water]", ylabel="albedo of land", ylim=(0, 0.8))
    axes[0].legend()
    ice = np.linspace(0.0, 1.0, 101)
    result = run(
        "daily_forcing",
        snow_depth=0.0,
        sea_ice_fraction=ice,
        bare_land_albedo=0.2,
        land_fraction=0.0,
    )
    axes[1].plot(ice, result["sea_albedo"], color=BLUE)
    axes[1].set(xlabel="ice fraction", ylabel="albedo of sea", ylim=(0, 0.8))
    return figure


def zonal_forcing() -> Figure:
    """Insolation and ozone absorption over the year; zenith factor and polar-night cooling."""
    day = np.linspace(0.0, 365.0, 53)
    latitude = np.linspace(-89.0, 89.0, 60)
    grid_day, grid_latitude = (values.ravel() for values in np.meshgrid(day, latitude))
    result = run(
        "zonal_forcing",
        year_fraction=grid_day / 365.0,
        latitude_sine=np.sin(np.radians(grid_latitude)),
        latitude_cosine=np.cos(np.radians(grid_latitude)),
    )
    figure, axes = panels(2)
    shape = (len(latitude), len(day))
    for panel, names, title, step in (
        (axes[0], ("insolation",), "insolation [W m⁻²]", 50.0),
        (
            axes[1],
            ("ozone_absorption_upper", "ozone_absorption_lower"),
            "absorption by ozone [W m⁻²]",
            2.0,
        ),
    ):
        values = sum(result[name] for name in names).reshape(shape)
        levels = np.arange(0.0, values.max() + step, step)
        panel.contourf(day, latitude, values, levels, cmap="YlOrRd")
        lines = panel.contour(day, latitude, values, levels, colors="k", linewidths=0.4)
        panel.clabel(lines, fontsize=6)
        panel.set(title=title, ylabel="latitude [°N]", yticks=np.arange(-90, 91, 30))
        panel.set_xticks(_MONTH_STARTS + 15, _MONTHS)
    return figure


def orographic_correction() -> Figure:
    """Both corrections against the height of the surface."""
    height = np.linspace(-300.0, 5000.0, 213)
    figure, axes = panels(2)
    for temperature, colour in ((300.0, RED), (285.0, BLUE), (260.0, LIGHT)):
        result = run(
            "orographic_correction",
            land_fraction=1.0,
            sea_fraction=0.0,
            land_surface_temperature=temperature,
            sea_surface_temperature=290.0,
            surface_geopotential=GRAVITY * height,
        )
        label = f"surface {temperature:g} K"
        axes[0].plot(height, result["temperature_correction"], color=colour, label=label)
        axes[1].plot(height, result["humidity_correction"], color=colour, label=label)
    axes[0].set(xlabel="height of the surface [m]", ylabel="temperature correction [K]")
    axes[1].set(xlabel="height of the surface [m]", ylabel="humidity correction [g/kg]")
    axes[1].legend()
    return figure
