"""Exchange of momentum, heat and water with land and sea, and the skin temperature of land.

References:
    Specification page 20. Molteni (2003), appendix; Kucharski et al. (2006, 2013).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import jax.numpy as jnp

from jcm.arrays import ColumnField, LandSeaField, LevelField, SurfaceTypeField
from jcm.constants import PhysicalConstants
from jcm.formulation import ORIGINAL, Formulation
from jcm.physics.gates import HARD, Gates
from jcm.physics.humidity import HumidityParameters, humidity_scale, saturation_humidity
from jcm.physics.sea_fluxes import SurfaceFluxesParameters, sea_fluxes, stability_factor
from jcm.vertical_grid import VerticalGrid


class TurbulentFluxes(NamedTuple):
    """Result of :func:`turbulent_fluxes`.

    Attributes:
        eastward_wind_stress: on the atmosphere, against the wind [N m-2], land, sea and area mean,
            `(surface_type, *column)`.
        northward_wind_stress: likewise.
        sensible_heat_flux: upward [W m-2], `(surface_type, *column)`.
        evaporation: upward [g m-2 s-1], `(surface_type, *column)`.
        surface_upward_longwave: emission [W m-2], `(surface_type, *column)`.
        net_surface_heat_flux: into land and sea [W m-2], `(land_sea, *column)`.
        surface_temperature: mean of slab and sea temperature [K], `(*column)`.
        skin_temperature: mean of the skin of land and the sea [K], `(*column)`.
        near_surface_eastward_wind: [m s-1], `(*column)`.
        near_surface_northward_wind: [m s-1], `(*column)`.
        near_surface_temperature: [K], `(*column)`.
        sea_exchange_mass_flux: air density x wind speed x stability factor over sea
            [kg m-2 s-1], `(*column)`, for :func:`sea_fluxes`.
        sea_near_surface_temperature: of the air over sea [K], `(*column)`, for the same.
    """

    eastward_wind_stress: SurfaceTypeField
    northward_wind_stress: SurfaceTypeField
    sensible_heat_flux: SurfaceTypeField
    evaporation: SurfaceTypeField
    surface_upward_longwave: SurfaceTypeField
    net_surface_heat_flux: LandSeaField
    surface_temperature: ColumnField
    skin_temperature: ColumnField
    near_surface_eastward_wind: ColumnField
    near_surface_northward_wind: ColumnField
    near_surface_temperature: ColumnField
    sea_exchange_mass_flux: ColumnField
    sea_near_surface_temperature: ColumnField


class SurfaceFluxes(NamedTuple):
    """Result of :func:`surface_fluxes`.

    Attributes:
        orographic_drag_factor: see :func:`orographic_drag_factor`. The eleven fields that follow
            are explained in :class:`TurbulentFluxes`, the last four in :class:`SeaFluxes`.
    """

    orographic_drag_factor: ColumnField
    eastward_wind_stress: SurfaceTypeField
    northward_wind_stress: SurfaceTypeField
    sensible_heat_flux: SurfaceTypeField
    evaporation: SurfaceTypeField
    surface_upward_longwave: SurfaceTypeField
    net_surface_heat_flux: LandSeaField
    surface_temperature: ColumnField
    skin_temperature: ColumnField
    near_surface_eastward_wind: ColumnField
    near_surface_northward_wind: ColumnField
    near_surface_temperature: ColumnField
    sensible_heat_flux_sea_recomputed: ColumnField
    evaporation_sea_recomputed: ColumnField
    surface_upward_longwave_sea_recomputed: ColumnField
    net_surface_heat_flux_sea_recomputed: ColumnField


def orographic_drag_factor(
    surface_geopotential: ColumnField,
    *,
    parameters: SurfaceFluxesParameters = SurfaceFluxesParameters(),
    constants: PhysicalConstants = PhysicalConstants(),
    formulation: Formulation = ORIGINAL,
    gates: Gates = HARD,
) -> ColumnField:
    """Factor on the drag of land: F = 1 + A (1 - exp(-k max(φ_s, 0))), k = 1 / (g H_d).

    Args:
        surface_geopotential: φ_s, spectrally truncated [m2 s-2], may be negative, `(*column)`.
        parameters: see :class:`SurfaceFluxesParameters`.
        constants: see :class:`jcm.constants.PhysicalConstants`.
        formulation: `orographic_drag_amplitude_is_inverse_height` decides between A = k and A = 1.
        gates: see :class:`jcm.physics.gates.Gates`; the scale is 1 / k.

    Returns:
        F [1], at least 1, `(*column)`.
    """
    k = 1.0 / (constants.gravity * parameters.orographic_height_scale)
    amplitude = k if formulation.orographic_drag_amplitude_is_inverse_height else 1.0
    height = gates.positive_part(surface_geopotential, scale=1.0 / k)
    return 1.0 + amplitude * (1.0 - jnp.exp(-k * height))


def turbulent_fluxes(
    normalized_surface_pressure: ColumnField,
    eastward_wind: LevelField,
    northward_wind: LevelField,
    temperature: LevelField,
    specific_humidity: LevelField,
    geopotential: LevelField,
    surface_geopotential: ColumnField,
    land_fraction: ColumnField,
    sea_surface_temperature: ColumnField,
    surface_downward_shortwave: ColumnField,
    surface_downward_longwave: ColumnField,
    land_albedo: ColumnField,
    sea_albedo: ColumnField,
    snow_cover: ColumnField,
    land_surface_temperature: ColumnField,
    soil_water_availability: ColumnField,
    cos_latitude: ColumnField,
    drag_factor: ColumnField,
    *,
    parameters: SurfaceFluxesParameters = SurfaceFluxesParameters(),
    humidity: HumidityParameters = HumidityParameters(),
    constants: PhysicalConstants = PhysicalConstants(),
    grid: VerticalGrid = VerticalGrid.speedy(),
    formulation: Formulation = ORIGINAL,
    gates: Gates = HARD,
) -> TurbulentFluxes:
    """Bulk formulae over land and sea: flux = C ρ|V| (surface value - air value).

    The skin of land is in balance with the fluxes, to the accuracy of one Newton step: it warms by
    the imbalance N divided by the sum of all sensitivities of the fluxes to its temperature.

    Args:
        normalized_surface_pressure: π = surface pressure / 10⁵ Pa [1], `(*column)`.
        eastward_wind: [m s-1], `(level, *column)`.
        northward_wind: [m s-1], `(level, *column)`.
        temperature: [K], `(level, *column)`.
        specific_humidity: [g kg-1], not negative, `(level, *column)`.
        geopotential: of the full levels [m2 s-2], `(level, *column)`.
        surface_geopotential: spectrally truncated [m2 s-2], may be negative, `(*column)`.
        land_fraction: [1], `(*column)`.
        sea_surface_temperature: of water and ice [K], `(*column)`.
        surface_downward_shortwave: [W m-2], `(*column)`.
        surface_downward_longwave: what the surface absorbs [W m-2], `(*column)`.
        land_albedo: [1], `(*column)`.
        sea_albedo: [1], `(*column)`.
        snow_cover: [1], `(*column)`.
        land_surface_temperature: of the slab below the skin [K], `(*column)`.
        soil_water_availability: evaporation / that of a wet surface [1], `(*column)`.
        cos_latitude: [1], positive, `(*column)`.
        drag_factor: result of :func:`orographic_drag_factor` [1], `(*column)`.
        parameters: see :class:`SurfaceFluxesParameters`.
        humidity: see :class:`jcm.physics.humidity.HumidityParameters`.
        constants: see :class:`jcm.constants.PhysicalConstants`.
        grid: at least two levels.
        formulation: see :func:`sea_fluxes`.
        gates: see :class:`jcm.physics.gates.Gates`. The scales are 1 K for lapse and stability,
            and the saturation humidity at the skin for evaporation.

    Returns:
        See :class:`TurbulentFluxes`.
    """
    p, c, π, f = parameters, constants, normalized_surface_pressure, land_fraction
    T_slab, T_sea = land_surface_temperature, sea_surface_temperature
    u_7, v_7, q_7 = eastward_wind[-1], northward_wind[-1], specific_humidity[-1]
    absorbed_shortwave = surface_downward_shortwave * (1.0 - land_albedo)

    # Air near the surface of land, and of sea, which lies lower by the surface geopotential.
    T_7, T_6 = temperature[-1], temperature[-2]
    lapse = grid.half_level_weight[-1] * (T_7 - T_6)
    decreasing = gates.above(T_7, T_6, scale=1.0)
    sea_level_scale = (
        c.gas_constant * p.sea_level_reference_temperature * math.log(grid.full_level_sigma[-1])
    )
    T_air_land = gates.choose(decreasing, T_7 + lapse, T_7)
    T_air_sea = gates.choose(
        decreasing, T_air_land - surface_geopotential * lapse / sea_level_scale, T_7
    )
    T_air = T_air_sea + f * (T_air_land - T_air_sea)
    T_adiabatic_sea = T_7 + geopotential[-1] / c.specific_heat
    T_adiabatic_land = T_adiabatic_sea - surface_geopotential / c.specific_heat
    u_0, v_0 = p.near_surface_wind_ratio * u_7, p.near_surface_wind_ratio * v_7
    wind_speed = jnp.sqrt(u_0**2 + v_0**2 + p.gustiness**2)
    ρV = c.reference_pressure * π / (c.gas_constant * T_air) * wind_speed

    # Land, with a skin warmed by the mean effect of the daily cycle.
    T_skin = T_slab + p.daily_cycle_factor * jnp.sqrt(cos_latitude) * absorbed_shortwave * π
    ρV_land = ρV * stability_factor(T_skin - T_adiabatic_land, p, gates=gates)
    exchange = p.land_exchange_coefficient * ρV_land
    q_skin = saturation_humidity(T_skin, π, parameters=humidity, gates=gates)
    q_skin_warmer = saturation_humidity(T_skin + 1.0, π, parameters=humidity, gates=gates)
    q_moist, scale = soil_water_availability * q_skin, humidity_scale(q_skin)
    emission_per_kelvin = c.surface_emissivity * c.stefan_boltzmann * T_skin**3
    sensible_heat = exchange * c.specific_heat * (T_skin - T_air_land)
    evaporation = gates.excess(q_moist, q_7, scale=scale, factor=exchange)
    emission = emission_per_kelvin * T_skin

    # One Newton step towards a skin in balance.
    conductivity = p.bare_soil_conductivity + snow_cover * (
        p.snow_conductivity - p.bare_soil_conductivity
    )
    imbalance = (
        absorbed_shortwave
        + surface_downward_longwave
        - (emission + sensible_heat + c.latent_heat * evaporation)
        - conductivity * (T_skin - T_slab)
    )
    emission_slope = 4.0 * emission_per_kelvin
    evaporating = gates.above(q_moist, q_7, scale=scale)
    humidity_slope = gates.among((evaporating, soil_water_availability * (q_skin_warmer - q_skin)))
    warming = imbalance / (
        conductivity
        + emission_slope
        + exchange * (c.specific_heat + c.latent_heat * humidity_slope)
    )
    T_skin = T_skin + warming
    sensible_heat = sensible_heat + exchange * c.specific_heat * warming
    evaporation = evaporation + exchange * humidity_slope * warming
    emission = emission + emission_slope * warming

    ρV_sea = ρV * stability_factor(T_sea - T_adiabatic_sea, p, gates=gates)
    sea = sea_fluxes(
        π,
        q_7,
        T_sea,
        surface_downward_shortwave,
        surface_downward_longwave,
        sea_albedo,
        ρV_sea,
        T_air_sea,
        parameters=p,
        humidity=humidity,
        constants=c,
        formulation=formulation,
        gates=gates,
    )

    drag_land = -p.land_drag_coefficient * ρV * drag_factor
    drag_sea = -p.sea_drag_coefficient * ρV_sea
    return TurbulentFluxes(
        eastward_wind_stress=_by_surface_type(drag_land * u_7, drag_sea * u_7, f),
        northward_wind_stress=_by_surface_type(drag_land * v_7, drag_sea * v_7, f),
        sensible_heat_flux=_by_surface_type(sensible_heat, sea.sensible_heat_flux, f),
        evaporation=_by_surface_type(evaporation, sea.evaporation, f),
        surface_upward_longwave=_by_surface_type(emission, sea.surface_upward_longwave, f),
        net_surface_heat_flux=jnp.stack(
            [conductivity * (T_skin - T_slab), sea.net_surface_heat_flux]
        ),
        surface_temperature=T_sea + f * (T_slab - T_sea),
        skin_temperature=T_sea + f * (T_skin - T_sea),
        near_surface_eastward_wind=u_0,
        near_surface_northward_wind=v_0,
        near_surface_temperature=T_air,
        sea_exchange_mass_flux=ρV_sea,
        sea_near_surface_temperature=T_air_sea,
    )


def surface_fluxes(
    normalized_surface_pressure: ColumnField,
    eastward_wind: LevelField,
    northward_wind: LevelField,
    temperature: LevelField,
    specific_humidity: LevelField,
    geopotential: LevelField,
    surface_geopotential: ColumnField,
    land_fraction: ColumnField,
    sea_surface_temperature: ColumnField,
    sea_surface_temperature_second: ColumnField,
    surface_downward_shortwave: ColumnField,
    surface_downward_longwave: ColumnField,
    land_albedo: ColumnField,
    sea_albedo: ColumnField,
    snow_cover: ColumnField,
    land_surface_temperature: ColumnField,
    soil_water_availability: ColumnField,
    cos_latitude: ColumnField,
    *,
    parameters: SurfaceFluxesParameters = SurfaceFluxesParameters(),
    humidity: HumidityParameters = HumidityParameters(),
    constants: PhysicalConstants = PhysicalConstants(),
    grid: VerticalGrid = VerticalGrid.speedy(),
    formulation: Formulation = ORIGINAL,
    gates: Gates = HARD,
) -> SurfaceFluxes:
    """Drag factor, all fluxes, and once more those over sea for another sea temperature.

    Arguments as for :func:`turbulent_fluxes`, and `sea_surface_temperature_second`, the sea
    temperature of an ocean model [K], `(*column)`, which leaves the exchange as it is.
    """
    drag_factor = orographic_drag_factor(
        surface_geopotential,
        parameters=parameters,
        constants=constants,
        formulation=formulation,
        gates=gates,
    )
    first = turbulent_fluxes(
        normalized_surface_pressure,
        eastward_wind,
        northward_wind,
        temperature,
        specific_humidity,
        geopotential,
        surface_geopotential,
        land_fraction,
        sea_surface_temperature,
        surface_downward_shortwave,
        surface_downward_longwave,
        land_albedo,
        sea_albedo,
        snow_cover,
        land_surface_temperature,
        soil_water_availability,
        cos_latitude,
        drag_factor,
        parameters=parameters,
        humidity=humidity,
        constants=constants,
        grid=grid,
        formulation=formulation,
        gates=gates,
    )
    second = sea_fluxes(
        normalized_surface_pressure,
        specific_humidity[-1],
        sea_surface_temperature_second,
        surface_downward_shortwave,
        surface_downward_longwave,
        sea_albedo,
        first.sea_exchange_mass_flux,
        first.sea_near_surface_temperature,
        parameters=parameters,
        humidity=humidity,
        constants=constants,
        formulation=formulation,
        gates=gates,
    )
    shared = {name: getattr(first, name) for name in first._fields if name in SurfaceFluxes._fields}
    recomputed = {f"{name}_sea_recomputed": value for name, value in second._asdict().items()}
    return SurfaceFluxes(orographic_drag_factor=drag_factor, **shared, **recomputed)


def _by_surface_type(
    land: ColumnField, sea: ColumnField, land_fraction: ColumnField
) -> SurfaceTypeField:
    """Values over land and sea, and their mean."""
    return jnp.stack([land, sea, sea + land_fraction * (land - sea)])
