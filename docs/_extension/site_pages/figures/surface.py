"""Figures of the surface: fluxes, land, sea and ice."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from reference.formulas import LATENT_HEAT
from site_pages.figures.drawing import (
    BLUE,
    GREEN,
    LIGHT,
    RED,
    YELLOW,
    Arrays,
    air,
    panels,
    run,
)

_STEPS_PER_DAY = 36


def surface_fluxes() -> Figure:
    """Fluxes against the temperature of sea and land, and what goes into the sea."""
    temperature = np.linspace(285.0, 310.0, 251)
    common = {
        **air(298.0, 0.8),
        "eastward_wind": np.full(8, 6.0),
        "northward_wind": np.zeros(8),
        "surface_geopotential": 0.0,
        "surface_downward_shortwave": 200.0,
        "surface_downward_longwave": 380.0,
        "land_albedo": 0.2,
        "sea_albedo": 0.07,
        "snow_cover": 0.0,
        "soil_water_availability": 0.5,
        "cos_latitude": 1.0,
        "land_fraction": 0.5,
        "sea_surface_temperature": temperature,
        "sea_surface_temperature_second": temperature,
        "land_surface_temperature": temperature,
    }
    result = run("surface_fluxes", **common)
    corrected = run("surface_fluxes", formulation="corrected", **common)
    figure, axes = panels(2)
    for surface, (name, colour) in enumerate((("land", GREEN), ("sea", BLUE))):
        sensible = result["sensible_heat_flux"][:, surface]
        latent = LATENT_HEAT * result["evaporation"][:, surface]
        axes[0].plot(temperature, sensible, color=colour, label=f"sensible, {name}")
        axes[0].plot(temperature, latent, "--", color=colour, label=f"latent, {name}")
    axes[0].set(xlabel="temperature of slab or sea [K]", ylabel="upward [W m⁻²]")
    axes[0].legend()
    net = "net_surface_heat_flux"
    axes[1].plot(temperature, result[net][:, 1], color=BLUE, label="into the sea, original")
    axes[1].plot(temperature, corrected[net][:, 1], "--", color=BLUE, label="corrected")
    axes[1].plot(temperature, result[net][:, 0], color=GREEN, label="into the land")
    axes[1].set(xlabel="temperature of slab or sea [K]", ylabel="net heat flux [W m⁻²]")
    axes[1].legend()
    return figure


def _slabs(formulation: str) -> Arrays:
    return run(
        "slab_constants",
        formulation=formulation,
        latitude_radians=np.array([0.9]),
        longitude=0.0,
        bare_land_albedo=0.2,
        land_fraction=np.array([0.5]),
        sea_fraction=0.5,
    )


def land_model() -> Figure:
    """Response of the slab to ten days of 20 W m-2, in both formulations."""
    steps = np.arange(40 * _STEPS_PER_DAY)
    figure, (axes,) = panels(1)
    for formulation, line in (("original", "-"), ("corrected", "--")):
        slab = _slabs(formulation)
        state, anomaly = np.array([285.0]), []
        for step in steps:
            state = run(
                "land_model",
                formulation=formulation,
                land_coupling_flag=1,
                coupling_day=1,
                land_temperature_state=state,
                land_temperature_climatology=285.0,
                net_surface_heat_flux_land=20.0 if step < 10 * _STEPS_PER_DAY else 0.0,
                land_inverse_heat_capacity=slab["land_inverse_heat_capacity"],
                land_damping_factor=slab["land_damping_factor"],
            )["land_temperature_state_new"]
            anomaly.append(state[0] - 285.0)
        axes.plot(steps / _STEPS_PER_DAY, anomaly, line, color=GREEN, label=formulation)
    axes.axvspan(0.0, 10.0, color="0.92", zorder=0)
    axes.text(0.5, 0.05, "20 W m⁻²", fontsize=7)
    axes.set(xlabel="days", ylabel="temperature above climatology [K]", xlim=(0, 40))
    axes.legend()
    return figure


def sea_model() -> Figure:
    """How a surface climatology is split into open water and ice."""
    surface = np.linspace(255.0, 285.0, 601)
    slab = _slabs("original")
    shown = {}
    for ice in (0.0, 0.2, 0.8):
        shown[ice] = run(
            "sea_model",
            sea_coupling_flag=0,
            ice_coupling_flag=0,
            sst_anomaly_coupling_flag=0,
            coupling_day=0,
            month_fraction=0.5,
            interpolated_sst=surface,
            interpolated_sea_ice_fraction=ice,
            **dict.fromkeys((f"sst_anomaly_slot_{slot}" for slot in (1, 2, 3)), 0.0),
            interpolated_ocean_model_sst=0.0,
            el_nino_weight=0.0,
            ocean_temperature_state=280.0,
            ice_temperature_state=271.0,
            ice_fraction_state=0.0,
            ice_fraction_previous=0.0,
            ice_temperature_previous=271.0,
            net_surface_heat_flux_sea=0.0,
            sensible_heat_flux_sea=0.0,
            evaporation_sea=0.0,
            surface_downward_shortwave=0.0,
            **{name: slab[name] for name in slab if name.startswith(("ocean_", "ice_"))},
        )
    figure, axes = panels(2)
    for (ice, result), colour in zip(shown.items(), (BLUE, YELLOW, RED), strict=True):
        label = f"ice {ice:g} in the data"
        axes[0].plot(surface, result["sea_ice_fraction_climatology"], color=colour, label=label)
        axes[1].plot(surface, result["sst_climatology"], color=colour, label=label)
        axes[1].plot(surface, result["ice_temperature_climatology"], ":", color=colour)
    axes[1].plot(surface, surface, color="0.6", lw=0.5, zorder=0)
    axes[0].set(xlabel="surface temperature of the data [K]", ylabel="ice fraction")
    axes[1].set(xlabel="surface temperature of the data [K]", ylabel="water, dotted: ice [K]")
    axes[0].legend()
    return figure


def slab_constants() -> Figure:
    """Heat capacities against latitude, and the weight of anomalies in the Pacific."""
    latitude = np.linspace(-89.0, 89.0, 179)
    common = {"bare_land_albedo": 0.2, "land_fraction": 0.0, "sea_fraction": 1.0}
    result = run("slab_constants", latitude_radians=np.radians(latitude), longitude=200.0, **common)
    figure, axes = panels(2, widths=(2, 3))
    for name, label, colour in (
        ("ocean_inverse_heat_capacity", "mixed layer", BLUE),
        ("ice_inverse_heat_capacity", "sea ice", LIGHT),
        ("land_inverse_heat_capacity", "soil", GREEN),
    ):
        axes[0].semilogx(2400.0 / result[name], latitude, color=colour, label=label)
    axes[0].set(xlabel="heat capacity [J m⁻² K⁻¹]", ylabel="latitude [°N]", xlim=(1e6, 1e9))
    axes[0].legend()
    longitudes, latitudes = np.arange(140.0, 310.0, 0.5), np.arange(-30.0, 30.5, 0.5)
    grid = [values.ravel() for values in np.meshgrid(longitudes, latitudes)]
    weight = run(
        "slab_constants", latitude_radians=np.radians(grid[1]), longitude=grid[0], **common
    )["el_nino_weight"]
    image = axes[1].pcolormesh(
        longitudes,
        latitudes,
        weight.reshape(len(latitudes), -1),
        cmap="Blues",
        rasterized=True,
    )
    figure.colorbar(image, ax=axes[1], label="weight of the observed anomaly")
    axes[1].set(xlabel="longitude [°E]", ylabel="latitude [°N]")
    return figure
