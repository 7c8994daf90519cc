"""Figures of short-wave and long-wave radiation."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from reference.formulas import SIGMA_THICKNESS, STEFAN_BOLTZMANN
from site_pages.figures.drawing import (
    BLUE,
    COLOURS,
    RED,
    SIGMA,
    Arrays,
    air,
    panels,
    run,
    vertical_axis,
)

_DAY = 86400.0
#: g / (p0 cp), so that a flux into a layer divided by its Δσ is a heating in K/s.
_HEATING = 9.81 / (1.0e5 * 1004.0)


def _shortwave(cover: float | np.ndarray, top: int = 4) -> Arrays:
    return run(
        "shortwave_radiation",
        **air(300.0),
        cloud_top_level=np.where(np.asarray(cover) > 0, top, 8),
        cloud_cover=cover,
        stratiform_cloud_cover=0.0,
        cloud_humidity=8.0,
        insolation=400.0,
        ozone_absorption_upper=4.0,
        ozone_absorption_lower=3.2,
        zenith_factor=1.0,
        polar_night_cooling=0.0,
        surface_albedo=0.07,
    )


def shortwave_radiation() -> Figure:
    """Fluxes against cloud cover, and heating of a clear and a cloudy column."""
    cover = np.linspace(0.0, 1.0, 101)
    result = _shortwave(cover)
    figure, axes = panels(2)
    for name, label, colour in (
        ("toa_net_shortwave", "net at the top", BLUE),
        ("surface_downward_shortwave", "down at the surface", RED),
        ("surface_net_shortwave", "net at the surface", "0.5"),
    ):
        axes[0].plot(cover, result[name], color=colour, label=label)
    axes[0].set(xlabel="cloud cover", ylabel="W m⁻²", ylim=(0, 420))
    axes[0].legend()
    for chosen, label, colour in ((0, "clear", BLUE), (60, "cover 0.6, top at level 4", RED)):
        heating = _DAY * _HEATING * result["shortwave_absorption"][chosen] / SIGMA_THICKNESS
        axes[1].plot(heating, SIGMA, color=colour, marker=".", label=label)
    vertical_axis(axes[1])
    axes[1].set_xlabel("heating [K/day]")
    axes[1].legend()
    return figure


def longwave_radiation() -> Figure:
    """Shares of the bands, and cooling of a clear and a cloudy column."""
    # The share of a band is what an opaque, isothermal atmosphere sends down in it, over σ T⁴.
    temperature = np.linspace(180.0, 340.0, 641)
    opaque = run(
        "longwave_radiation",
        temperature=np.repeat(temperature[:, np.newaxis], 8, axis=1),
        surface_temperature=temperature,
        surface_upward_longwave=0.0,
        longwave_transmissivity=np.zeros((8, 4)),
        stratospheric_correction=np.zeros(2),
    )
    share = opaque["surface_downward_longwave_by_band"]
    share = share / (STEFAN_BOLTZMANN * temperature**4)[:, np.newaxis]
    figure, axes = panels(2)
    for band, name in enumerate(("window", "CO₂", "weak vapour", "strong vapour")):
        axes[0].plot(temperature, share[:, band], color=COLOURS[band], label=name)
    axes[0].set(xlabel="temperature [K]", ylabel="share of the emission", ylim=(0, 0.65))
    axes[0].legend(ncols=2)
    for cover, label, colour in ((0.0, "clear", BLUE), (0.6, "cover 0.6, top at level 4", RED)):
        shortwave = _shortwave(cover)
        result = run(
            "longwave_radiation",
            **air(300.0),
            surface_temperature=300.0,
            surface_upward_longwave=0.98 * STEFAN_BOLTZMANN * 300.0**4,
            longwave_transmissivity=shortwave["longwave_transmissivity"],
            stratospheric_correction=shortwave["stratospheric_correction"],
        )
        heating = _DAY * _HEATING * result["longwave_absorption"][0] / SIGMA_THICKNESS
        emitted = result["outgoing_longwave"][0]
        axes[1].plot(
            heating, SIGMA, color=colour, marker=".", label=f"{label}: {emitted:.0f} W m⁻² to space"
        )
    vertical_axis(axes[1])
    axes[1].set_xlabel("heating [K/day]")
    axes[1].legend(loc="upper left")
    return figure
