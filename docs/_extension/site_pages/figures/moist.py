"""Figures of the processes that handle water."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from reference.formulas import MELTING_TEMPERATURE, SPECIFIC_HEAT
from site_pages.figures.drawing import (
    BLUE,
    GREEN,
    LIGHT,
    RED,
    SIGMA,
    YELLOW,
    air,
    panels,
    run,
    vertical_axis,
)

_DAY = 86400.0


def humidity() -> Figure:
    """Saturation humidity against temperature at three levels."""
    temperature = np.linspace(200.0, 308.0, 217)
    result = run(
        "humidity",
        temperature=np.repeat(temperature[:, np.newaxis], 8, axis=1),
        specific_humidity=np.full(8, 1.0),
        normalized_surface_pressure=1.0,
        surface_temperature=temperature,
        near_surface_relative_humidity=1.0,
    )
    figure, (axes,) = panels(1)
    axes.semilogy(
        temperature, result["saturation_specific_humidity_surface"], color="0.5", label="surface"
    )
    for k, colour in zip((7, 4, 2), (BLUE, RED, YELLOW), strict=True):
        label = f"level {k}, σ = {SIGMA[k]:.3g}"
        axes.semilogy(
            temperature, result["saturation_specific_humidity"][:, k], color=colour, label=label
        )
    axes.axvline(MELTING_TEMPERATURE, color="0.6", lw=0.5, zorder=0)
    axes.text(MELTING_TEMPERATURE - 2, 300.0, "ice", ha="right")
    axes.text(MELTING_TEMPERATURE + 2, 300.0, "water")
    axes.set(xlabel="temperature [K]", ylabel="saturation humidity [g/kg]", ylim=(1e-3, 1e3))
    axes.legend(loc="lower right")
    return figure


def convection() -> Figure:
    """Response to boundary-layer humidity, and the heating and moistening of two columns."""
    r = np.linspace(0.8, 1.0, 201)
    column = air(292.0, 0.7)
    q = np.repeat(column["specific_humidity"][np.newaxis], len(r), axis=0)
    q[:, 6:] = r[:, np.newaxis] * column["saturation_specific_humidity"][6:]
    result = run("convection", **(column | {"specific_humidity": q}))
    figure, axes = panels(3, widths=(3, 2, 2))
    axes[0].plot(r, _DAY * 1e-3 * result["convective_precipitation"], color=BLUE)
    axes[0].set(xlabel="relative humidity of levels 6 and 7", ylabel="precipitation [mm/day]")
    mass = axes[0].twinx()
    mass.plot(r, 1e3 * result["cloud_base_mass_flux"], color=RED)
    mass.set_ylabel("mass flux at cloud base [g m⁻² s⁻¹]", color=RED)
    for wanted, colour in ((0.92, BLUE), (0.98, RED)):
        i = int(np.argmin(abs(r - wanted)))
        energy = result["convective_dry_static_energy_flux"][i]
        vapour = 2501.0 * result["convective_humidity_flux"][i]
        axes[1].plot(energy, SIGMA, color=colour, marker=".", label=f"r = {wanted:g}")
        axes[2].plot(vapour, SIGMA, color=colour, marker=".")
    for panel, label in zip(axes[1:], ("dry static energy", "L × vapour"), strict=True):
        vertical_axis(panel)
        panel.set_xlabel(f"{label} into the layer [W m⁻²]")
    axes[1].legend()
    return figure


def large_scale_condensation() -> Figure:
    """Thresholds, and drying and heating against humidity in both formulations."""
    r = np.linspace(0.6, 1.6, 201)
    column = air(300.0)
    q = np.zeros((len(r), 8))
    q[:, 7] = r * column["saturation_specific_humidity"][7]
    inputs = column | {"specific_humidity": q, "convection_top_level": 8}
    every = np.linspace(0.7, 1.0, 601)
    onset = run(
        "large_scale_condensation",
        **inputs | {"specific_humidity": np.outer(every, column["saturation_specific_humidity"])},
    )["specific_humidity_tendency_condensation"]
    threshold = [every[np.argmax(onset[:, k] < 0)] for k in range(1, 8)]
    figure, axes = panels(2, widths=(2, 3))
    axes[0].plot(threshold, SIGMA[1:], color=BLUE, marker=".")
    vertical_axis(axes[0])
    axes[0].set(xlabel="relative humidity that condenses", xlim=(0.75, 1.0))
    for formulation, line in (("original", "-"), ("corrected", "--")):
        result = run("large_scale_condensation", formulation=formulation, **inputs)
        heating = _DAY * result["temperature_tendency_condensation"][:, 7]
        drying = -_DAY * result["specific_humidity_tendency_condensation"][:, 7]
        axes[1].plot(r, heating, line, color=RED, label=f"heating [K/day], {formulation}")
        axes[1].plot(r, drying, line, color=BLUE, label=f"drying [g/kg/day], {formulation}")
    axes[1].set(xlabel="relative humidity of level 7", ylabel="per day")
    axes[1].legend()
    return figure


def clouds() -> Figure:
    """Cover against humidity and precipitation; stratiform cover against stability."""
    r = np.linspace(0.0, 1.1, 221)
    humid = np.full((len(r), 8), 0.1)
    humid[:, 5] = r
    common = {
        "specific_humidity": np.full(8, 2.0),
        "large_scale_precipitation": 0.0,
        "precipitation_top_level": 8,
        "land_fraction": 0.0,
    }
    figure, axes = panels(2)
    for rain, colour in ((0.0, BLUE), (1.0, RED), (10.0, YELLOW)):
        result = run(
            "clouds",
            **common,
            relative_humidity=humid,
            convective_precipitation=rain / 86.4,
            dry_static_energy_gradient=0.0,
        )
        axes[0].plot(r, result["cloud_cover"], color=colour, label=f"{rain:g} mm/day")
    axes[0].set(xlabel="relative humidity of level 5", ylabel="cloud cover")
    axes[0].legend()
    gradient = np.linspace(0.1, 0.6, 201)
    for cover, land, colour in ((0.1, 0.0, BLUE), (0.9, 0.0, LIGHT), (0.1, 1.0, GREEN)):
        profile = np.full(8, 0.1)
        profile[5], profile[7] = cover, 0.8
        result = run(
            "clouds",
            **common | {"land_fraction": land},
            relative_humidity=profile,
            convective_precipitation=0.0,
            dry_static_energy_gradient=gradient,
        )
        label = f"{'land' if land else 'sea'}, cloud {result['cloud_cover'][0]:.2f}"
        axes[1].plot(gradient, result["stratiform_cloud_cover"], color=colour, label=label)
    axes[1].set(
        xlabel="gradient of dry static energy Γ", ylabel="stratiform cover", ylim=(-0.02, 0.72)
    )
    axes[1].legend(loc="upper left")
    return figure


def vertical_diffusion() -> Figure:
    """Tendencies of a stable column, one unstable at the ground, and one too steep."""
    stable = air(296.0, 0.7)
    moist = {name: values.copy() for name, values in stable.items()}
    moist["dry_static_energy"][7] += SPECIFIC_HEAT
    moist["specific_humidity"][7] = moist["saturation_specific_humidity"][7]
    moist["relative_humidity"][7] = 1.0
    steep = stable | {"dry_static_energy": stable["dry_static_energy"].copy()}
    steep["dry_static_energy"][4] += 8.0 * SPECIFIC_HEAT
    figure, axes = panels(2)
    for name, column, colour, line in (
        ("layer 4 warmer by 8 K", steep, YELLOW, "-"),
        ("stable", stable, BLUE, "--"),
        ("layer 7 saturated", moist, RED, "-"),
    ):
        result = run("vertical_diffusion", **column, convection_top_level=8)
        temperature = _DAY * result["temperature_tendency_vertical_diffusion"][0]
        vapour = _DAY * result["specific_humidity_tendency_vertical_diffusion"][0]
        axes[0].plot(temperature, SIGMA, line, color=colour, marker=".", label=name)
        axes[1].plot(vapour, SIGMA, line, color=colour, marker=".")
    for panel, label in zip(axes, ("temperature [K/day]", "humidity [g/kg/day]"), strict=True):
        vertical_axis(panel)
        panel.set_xlabel(label)
    axes[0].legend()
    return figure
