"""Exchange of momentum, heat and water with land and sea in PyTorch: batched and differentiable.

All arguments are tensors with the columns first, in double or single precision, on any device.
`torch.autograd` goes through; `sensitivity.py` uses that. Only PyTorch is needed here.

References:
    Specification page 20; the numbers in brackets are its steps. Molteni (2003), appendix.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


def single(number: float) -> float:
    """A number as the original has it: a single-precision literal, used in double precision."""
    return torch.tensor(number, dtype=torch.float32).item()


GRAVITY = single(9.81)  # m s-2
SPECIFIC_HEAT = 1004.0  # J kg-1 K-1
GAS_CONSTANT = SPECIFIC_HEAT * single(2 / 7)  # J kg-1 K-1
LATENT_HEAT = 2501.0  # J g-1
REFERENCE_PRESSURE = 1.0e5  # Pa
EMISSIVITY = single(0.98)
STEFAN_BOLTZMANN = single(5.67e-8)  # W m-2 K-4

NEAR_SURFACE_WIND = single(0.95)  # share of the wind of the lowest level
DRAG_LAND, DRAG_SEA = single(2.4e-3), single(1.0e-3)
EXCHANGE_LAND, EXCHANGE_SEA = single(1.2e-3), single(0.9e-3)  # of heat and water
GUSTINESS = 5.0  # m s-1
DAILY_CYCLE = single(0.01)  # K per W m-2
STABILITY_CAP = 3.0  # K
STABILITY_AMPLITUDE = single(0.67)
STABLE_FACTOR = 0.5
DRAG_HEIGHT = 2000.0  # m
CONDUCTIVITY = 7.0  # of the skin, with or without snow [W m-2 K-1]
REFERENCE_TEMPERATURE = 288.0  # K

# The two lowest full levels, and the weight that extrapolates from them to sigma = 0.99, whose
# logarithm the original takes in single precision.
LOG_SIGMA_6 = math.log(0.5 * (single(0.77) + single(0.9)))
LOG_SIGMA_7 = math.log(0.5 * (single(0.9) + 1.0))
EXTRAPOLATION = (-0.010050326585769653 - LOG_SIGMA_7) / (LOG_SIGMA_7 - LOG_SIGMA_6)


def saturation_humidity(temperature: Tensor, pressure: Tensor) -> Tensor:
    """Saturation specific humidity [g kg-1] at a temperature [K] and a pressure [1e5 Pa]."""
    melting = single(273.16)
    over_water = temperature >= melting
    a = torch.where(over_water, single(17.269), single(21.875))
    b = torch.where(over_water, single(35.86), single(7.66))
    vapour_pressure = 6.108e-3 * torch.exp(a * (temperature - melting) / (temperature - b))
    return 622.0 * vapour_pressure / (pressure - single(0.378) * vapour_pressure)


def stability_factor(difference: Tensor) -> Tensor:
    """Enhancement of the exchange where the surface is warmer than the air by `difference` [K]."""
    unstable = torch.clamp(difference, max=STABILITY_CAP)
    stable = torch.clamp(STABLE_FACTOR * difference, min=-STABILITY_CAP)
    return 1.0 + STABILITY_AMPLITUDE / STABILITY_CAP * torch.where(difference > 0, unstable, stable)


def surface_fluxes(
    *,
    normalized_surface_pressure: Tensor,
    eastward_wind: Tensor,
    northward_wind: Tensor,
    temperature: Tensor,
    specific_humidity: Tensor,
    geopotential: Tensor,
    surface_geopotential: Tensor,
    land_fraction: Tensor,
    sea_surface_temperature: Tensor,
    sea_surface_temperature_second: Tensor,
    surface_downward_shortwave: Tensor,
    surface_downward_longwave: Tensor,
    land_albedo: Tensor,
    sea_albedo: Tensor,
    snow_cover: Tensor,
    land_surface_temperature: Tensor,
    soil_water_availability: Tensor,
    cos_latitude: Tensor,
) -> dict[str, Tensor]:
    """Fluxes at the surface, and the skin temperature of land from one Newton step.

    Args:
        normalized_surface_pressure: [1e5 Pa], `(column,)`, as all below but those on levels.
        eastward_wind: [m s-1], `(column, level)`, level 0 at the top.
        northward_wind: likewise.
        temperature: [K], `(column, level)`.
        specific_humidity: [g kg-1], `(column, level)`.
        geopotential: [m2 s-2], `(column, level)`.
        surface_geopotential: [m2 s-2].
        land_fraction: [1].
        sea_surface_temperature: [K].
        sea_surface_temperature_second: of the second evaluation over sea [K].
        surface_downward_shortwave: [W m-2].
        surface_downward_longwave: [W m-2].
        land_albedo: [1].
        sea_albedo: [1].
        snow_cover: [1], without effect: skin conducts the same with and without snow.
        land_surface_temperature: of the slab [K].
        soil_water_availability: [1].
        cos_latitude: [1].

    Returns:
        The outputs declared for the process: stress on the atmosphere [N m-2], heat flux [W m-2],
        evaporation [g m-2 s-1] and emission [W m-2] upward, each `(column, 3)` over land, over sea
        and in the mean; the net heat flux into land and sea `(column, 2)`; and so on.
    """
    pressure, shortwave = normalized_surface_pressure, surface_downward_shortwave
    u, v, q = eastward_wind[:, 7], northward_wind[:, 7], specific_humidity[:, 7]
    t6, t7 = temperature[:, 6], temperature[:, 7]
    slab, sea = land_surface_temperature, sea_surface_temperature

    # (1) Wind near the surface.
    u0, v0 = NEAR_SURFACE_WIND * u, NEAR_SURFACE_WIND * v

    # (2) Air next to the surface, by the actual lapse rate, and dry-adiabatic for its stability.
    lapse = EXTRAPOLATION * torch.clamp(t7 - t6, min=0.0)
    scale = GAS_CONSTANT * REFERENCE_TEMPERATURE * LOG_SIGMA_7
    air_land = t7 + lapse
    air_sea = air_land - surface_geopotential * lapse / scale  # brought down to sea level
    adiabatic_sea = t7 + geopotential[:, 7] / SPECIFIC_HEAT
    adiabatic_land = adiabatic_sea - surface_geopotential / SPECIFIC_HEAT
    air = torch.lerp(air_sea, air_land, land_fraction)

    # (3) Density times wind speed.
    speed = torch.sqrt(u0**2 + v0**2 + GUSTINESS**2)
    wind = REFERENCE_PRESSURE * pressure / (GAS_CONSTANT * air) * speed

    # (4, 5) Skin in daylight; exchange by its stability.
    absorbed = shortwave * (1.0 - land_albedo)
    skin = slab + DAILY_CYCLE * torch.sqrt(cos_latitude) * absorbed * pressure
    exchange_land = EXCHANGE_LAND * wind * stability_factor(skin - adiabatic_land)
    exchange_sea = wind * stability_factor(sea - adiabatic_sea)

    # (6) Mountains ought to slow the wind; the factor is practically one in the original, too.
    curvature = 1.0 / (GRAVITY * DRAG_HEIGHT)
    height = torch.clamp(surface_geopotential, min=0.0)
    drag = 1.0 + curvature * (1.0 - torch.exp(-curvature * height))
    stress_land = [-DRAG_LAND * wind * drag * component for component in (u, v)]

    # (7-9) Land, first guess.
    saturation = saturation_humidity(skin, pressure)
    heat_land = SPECIFIC_HEAT * exchange_land * (skin - air_land)
    contrast = soil_water_availability * saturation - q
    evaporation_land = exchange_land * torch.clamp(contrast, min=0.0)
    emission_land = EMISSIVITY * STEFAN_BOLTZMANN * skin**4

    # (10-13) One Newton step towards the balance of energy at the skin.
    emission_slope = 4.0 * EMISSIVITY * STEFAN_BOLTZMANN * skin**3
    warmer = saturation_humidity(skin + 1.0, pressure)
    humidity_slope = torch.where(
        evaporation_land > 0.0, soil_water_availability * (warmer - saturation), 0.0
    )
    imbalance = (
        absorbed
        + surface_downward_longwave
        - (emission_land + heat_land + LATENT_HEAT * evaporation_land)
        - CONDUCTIVITY * (skin - slab)
    )
    heat_slope = exchange_land * (SPECIFIC_HEAT + LATENT_HEAT * humidity_slope)
    warming = imbalance / (CONDUCTIVITY + emission_slope + heat_slope)
    skin = skin + warming
    heat_land = heat_land + SPECIFIC_HEAT * exchange_land * warming
    evaporation_land = evaporation_land + exchange_land * humidity_slope * warming
    emission_land = emission_land + emission_slope * warming

    # (14-18) Sea, and once more with the other temperature.
    stress_sea = [-DRAG_SEA * exchange_sea * component for component in (u, v)]
    sea_air = (exchange_sea, air_sea, q, pressure, sea_albedo, shortwave, surface_downward_longwave)
    heat_sea, evaporation_sea, emission_sea, net_sea = sea_fluxes(sea, *sea_air)
    second = sea_fluxes(sea_surface_temperature_second, *sea_air)

    # (19) Over land, over sea and in the mean.
    def by_surface(land: Tensor, sea: Tensor) -> Tensor:
        return torch.stack([land, sea, torch.lerp(sea, land, land_fraction)], dim=-1)

    return {
        "orographic_drag_factor": drag,
        "eastward_wind_stress": by_surface(stress_land[0], stress_sea[0]),
        "northward_wind_stress": by_surface(stress_land[1], stress_sea[1]),
        "sensible_heat_flux": by_surface(heat_land, heat_sea),
        "evaporation": by_surface(evaporation_land, evaporation_sea),
        "surface_upward_longwave": by_surface(emission_land, emission_sea),
        "net_surface_heat_flux": torch.stack([CONDUCTIVITY * (skin - slab), net_sea], dim=-1),
        "surface_temperature": torch.lerp(sea, slab, land_fraction),
        "skin_temperature": torch.lerp(sea, skin, land_fraction),
        "near_surface_eastward_wind": u0,
        "near_surface_northward_wind": v0,
        "near_surface_temperature": air,
        "sensible_heat_flux_sea_recomputed": second[0],
        "evaporation_sea_recomputed": second[1],
        "surface_upward_longwave_sea_recomputed": second[2],
        "net_surface_heat_flux_sea_recomputed": second[3],
    }


def sea_fluxes(
    sea: Tensor,
    exchange: Tensor,
    air: Tensor,
    humidity: Tensor,
    pressure: Tensor,
    albedo: Tensor,
    shortwave: Tensor,
    longwave: Tensor,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Fluxes over sea, steps 15 to 18.

    Args:
        sea: temperature of the surface [K], `(column,)`, as all of these.
        exchange: density times wind speed times stability factor [kg m-2 s-1].
        air: temperature next to the surface [K].
        humidity: specific, of the air [g kg-1].
        pressure: [1e5 Pa].
        albedo: of the sea [1].
        shortwave: downward [W m-2].
        longwave: downward [W m-2].

    Returns:
        Heat flux [W m-2], evaporation [g m-2 s-1] and emission [W m-2] upward, and the net heat
        flux [W m-2]. The original adds the turbulent fluxes to the latter; a port has to as well.
    """
    heat = EXCHANGE_SEA * SPECIFIC_HEAT * exchange * (sea - air)
    evaporation = EXCHANGE_SEA * exchange * (saturation_humidity(sea, pressure) - humidity)
    emission = EMISSIVITY * STEFAN_BOLTZMANN * sea**4
    absorbed = shortwave * (1.0 - albedo) + longwave
    return heat, evaporation, emission, absorbed - emission + heat + LATENT_HEAT * evaporation
