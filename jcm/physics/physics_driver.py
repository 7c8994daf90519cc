"""All column processes of one physics call, in their order, and the total tendency.

References:
    Specification page 16.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from jcm.arrays import (
    ColumnField,
    IndexField,
    LevelBandField,
    LevelField,
    SharedFlag,
    SharedIndex,
    StratosphericField,
    SurfaceTypeField,
)
from jcm.compilation import compiled_apart
from jcm.constants import PhysicalConstants
from jcm.formulation import ORIGINAL, Formulation
from jcm.physics.clouds import cloud_reach, clouds
from jcm.physics.convection import convection_and_reach
from jcm.physics.gates import HARD, Gates
from jcm.physics.humidity import humidity_scale, level_saturation_humidity
from jcm.physics.large_scale_condensation import large_scale_condensation
from jcm.physics.longwave_radiation import longwave_downward, longwave_upward
from jcm.physics.physics_parameters import PhysicsParameters
from jcm.physics.physics_result import PhysicsDriver
from jcm.physics.shortwave_radiation import shortwave_radiation
from jcm.physics.surface_fluxes import turbulent_fluxes
from jcm.physics.vertical_diffusion import vertical_diffusion
from jcm.physics.vertical_levels import check_vertical_grid
from jcm.vertical_grid import VerticalGrid

# What a process returns is read by several others: see `compiled_apart`.
_level_saturation_humidity = compiled_apart(level_saturation_humidity)
_convection = compiled_apart(convection_and_reach)
_large_scale_condensation = compiled_apart(large_scale_condensation)
_clouds = compiled_apart(clouds)
_cloud_reach = compiled_apart(cloud_reach)
_shortwave_radiation = compiled_apart(shortwave_radiation)
_longwave_downward = compiled_apart(longwave_downward)
_turbulent_fluxes = compiled_apart(turbulent_fluxes)
_longwave_upward = compiled_apart(longwave_upward)
_vertical_diffusion = compiled_apart(vertical_diffusion)


class _Shortwave(NamedTuple):
    """What is computed in short-wave steps only; named as in :class:`PhysicsDriver`."""

    cloud_top_level: IndexField
    cloud_cover: ColumnField
    stratiform_cloud_cover: ColumnField
    dry_static_energy_gradient: ColumnField
    temperature_tendency_shortwave: LevelField
    surface_downward_shortwave: ColumnField
    surface_net_shortwave: ColumnField
    toa_net_shortwave: ColumnField
    longwave_transmissivity: LevelBandField
    stratospheric_correction: StratosphericField


def physics_driver(
    shortwave_step: SharedIndex | SharedFlag | bool,
    eastward_wind: LevelField,
    northward_wind: LevelField,
    temperature: LevelField,
    specific_humidity: LevelField,
    geopotential: LevelField,
    log_normalized_surface_pressure: ColumnField,
    surface_geopotential: ColumnField,
    land_fraction: ColumnField,
    land_surface_temperature: ColumnField,
    soil_water_availability: ColumnField,
    sea_surface_temperature: ColumnField,
    land_albedo: ColumnField,
    sea_albedo: ColumnField,
    surface_albedo: ColumnField,
    snow_cover: ColumnField,
    orographic_drag_factor: ColumnField,
    cos_latitude: ColumnField,
    insolation: ColumnField,
    ozone_absorption_upper: ColumnField,
    ozone_absorption_lower: ColumnField,
    zenith_factor: ColumnField,
    polar_night_cooling: ColumnField,
    longwave_transmissivity_in: LevelBandField,
    stratospheric_correction_in: StratosphericField,
    temperature_tendency_shortwave_in: LevelField,
    toa_net_shortwave_in: ColumnField,
    surface_downward_shortwave_in: ColumnField,
    surface_net_shortwave_in: ColumnField,
    *,
    parameters: PhysicsParameters = PhysicsParameters(),
    constants: PhysicalConstants = PhysicalConstants(),
    grid: VerticalGrid = VerticalGrid.speedy(),
    formulation: Formulation = ORIGINAL,
    gates: Gates = HARD,
) -> PhysicsDriver:
    """Tendencies of temperature, humidity and wind by all column processes.

    Every process sees the same state; only fluxes, cloud indices and precipitation are handed on.
    Clouds and short-wave radiation are computed in some calls and kept for the others: what ends in
    `_in` is what the call before left under the same name. A flux F_k into a layer becomes a
    tendency by the mass of the layer,

        ∂q_k = F_k g / (Δσ_k p₀ π) ,    ∂T_k = F_k g / (Δσ_k p₀ π c_p)

    Args:
        shortwave_step: whether to compute short-wave radiation in this call. A Python bool is
            static: the branch not taken is not compiled. A scalar array chooses in the running
            program and computes the branch taken; an array `(*column)` chooses for each column and
            computes both.
        eastward_wind: [m s-1], `(level, *column)`.
        northward_wind: [m s-1], `(level, *column)`.
        temperature: [K], `(level, *column)`.
        specific_humidity: [g kg-1], `(level, *column)`; negative values count as zero.
        geopotential: of the full levels [m2 s-2], `(level, *column)`.
        log_normalized_surface_pressure: ln π, π = surface pressure / 10⁵ Pa [1], `(*column)`.
        surface_geopotential: spectrally truncated [m2 s-2], `(*column)`.
        land_fraction: thresholded [1], `(*column)`.
        land_surface_temperature: of the slab [K], `(*column)`.
        soil_water_availability: [1], `(*column)`.
        sea_surface_temperature: of water and ice [K], `(*column)`.
        land_albedo: [1], `(*column)`.
        sea_albedo: [1], `(*column)`.
        surface_albedo: of the cell [1], `(*column)`.
        snow_cover: [1], `(*column)`.
        orographic_drag_factor: [1], `(*column)`.
        cos_latitude: [1], positive, `(*column)`.
        insolation: daily mean at the top, downward [W m-2], `(*column)`.
        ozone_absorption_upper: in the top layer at π = 1 [W m-2], `(*column)`.
        ozone_absorption_lower: in the second layer at π = 1 [W m-2], `(*column)`.
        zenith_factor: lengthening of the optical path [1], `(*column)`.
        polar_night_cooling: of the top layer at π = 1 [W m-2], `(*column)`.
        longwave_transmissivity_in: kept [1], `(level, band, *column)`.
        stratospheric_correction_in: kept [W m-2], [1], `(stratospheric_term, *column)`.
        temperature_tendency_shortwave_in: kept [K s-1], `(level, *column)`.
        toa_net_shortwave_in: kept, downward [W m-2], `(*column)`.
        surface_downward_shortwave_in: kept [W m-2], `(*column)`.
        surface_net_shortwave_in: kept, downward [W m-2], `(*column)`.
        parameters: see :class:`jcm.physics.physics_parameters.PhysicsParameters`.
        constants: see :class:`jcm.constants.PhysicalConstants`.
        grid: at least five levels; see docs/vertical-levels.md.
        formulation: see :class:`jcm.formulation.Formulation`.
        gates: see :class:`jcm.physics.gates.Gates`. The scale of clipping is saturation humidity;
            levels of tops remain whole numbers.

    Returns:
        See :class:`jcm.physics.physics_result.PhysicsDriver`.

    Raises:
        ValueError: if the physics cannot work with the layers.
    """
    check_vertical_grid(grid)
    p, T, φ = parameters, temperature, geopotential
    π = jnp.exp(log_normalized_surface_pressure)
    q_sat = _level_saturation_humidity(T, π, parameters=p.humidity, grid=grid, gates=gates)
    q = gates.positive_part(specific_humidity, scale=humidity_scale(q_sat))
    relative_humidity = q / q_sat
    s = constants.specific_heat * T + φ

    # From a flux into a layer to tendencies: of what a mass carries, and of temperature.
    mass_factor = jnp.stack(
        [
            (1.0 / π) * (constants.gravity / (thickness * constants.reference_pressure))
            for thickness in grid.sigma_thickness
        ]
    )
    heat_factor = mass_factor / constants.specific_heat

    deep, convection_reach = _convection(
        π, s, q, q_sat, parameters=p.convection, constants=constants, grid=grid, gates=gates
    )
    condensation = _large_scale_condensation(
        π,
        q,
        q_sat,
        deep.convection_top_level,
        parameters=p.large_scale_condensation,
        constants=constants,
        grid=grid,
        formulation=formulation,
        gates=gates,
    )

    def computed_shortwave() -> _Shortwave:
        energy_gradient = (s[-2] - s[-1]) / (φ[-2] - φ[-1])
        cloud = _clouds(
            q,
            relative_humidity,
            deep.convective_precipitation,
            condensation.large_scale_precipitation,
            condensation.precipitation_top_level,
            energy_gradient,
            land_fraction,
            parameters=p.clouds,
            grid=grid,
            gates=gates,
        )
        reach = _cloud_reach(
            q,
            q_sat,
            relative_humidity,
            convection_reach,
            parameters=p.clouds,
            condensation=p.large_scale_condensation,
            grid=grid,
            gates=gates,
        )
        radiation = _shortwave_radiation(
            π,
            q,
            cloud.cloud_top_level,
            cloud.cloud_cover,
            cloud.stratiform_cloud_cover,
            cloud.cloud_humidity,
            insolation,
            ozone_absorption_upper,
            ozone_absorption_lower,
            zenith_factor,
            polar_night_cooling,
            surface_albedo,
            cloud_reach=reach,
            parameters=p.shortwave_radiation,
            constants=constants,
            grid=grid,
            formulation=formulation,
            gates=gates,
        )
        return _Shortwave(
            cloud_top_level=cloud.cloud_top_level,
            cloud_cover=cloud.cloud_cover,
            stratiform_cloud_cover=cloud.stratiform_cloud_cover,
            dry_static_energy_gradient=energy_gradient,
            temperature_tendency_shortwave=radiation.shortwave_absorption * heat_factor,
            surface_downward_shortwave=radiation.surface_downward_shortwave,
            surface_net_shortwave=radiation.surface_net_shortwave,
            toa_net_shortwave=radiation.toa_net_shortwave,
            longwave_transmissivity=radiation.longwave_transmissivity,
            stratospheric_correction=radiation.stratospheric_correction,
        )

    not_computed = jnp.full_like(π, jnp.nan)
    kept_shortwave = _Shortwave(
        cloud_top_level=jnp.full_like(deep.convection_top_level, -1),
        cloud_cover=not_computed,
        stratiform_cloud_cover=not_computed,
        dry_static_energy_gradient=not_computed,
        temperature_tendency_shortwave=temperature_tendency_shortwave_in,
        surface_downward_shortwave=surface_downward_shortwave_in,
        surface_net_shortwave=surface_net_shortwave_in,
        toa_net_shortwave=toa_net_shortwave_in,
        longwave_transmissivity=longwave_transmissivity_in,
        stratospheric_correction=stratospheric_correction_in,
    )
    if isinstance(shortwave_step, bool):
        shortwave = computed_shortwave() if shortwave_step else kept_shortwave
    elif jnp.ndim(shortwave_step) == 0:
        # In reverse a condition hands on what both of its branches keep: this one starts anew.
        shortwave = jax.lax.cond(
            shortwave_step != 0, jax.checkpoint(computed_shortwave), lambda: kept_shortwave
        )
    else:
        is_computed = jnp.asarray(shortwave_step) != 0
        shortwave = jax.tree.map(
            lambda new, kept: jnp.where(jnp.broadcast_to(is_computed, new.shape), new, kept),
            computed_shortwave(),
            kept_shortwave,
        )

    # The surface needs the downward pass of the long wave, and the upward pass the surface.
    downward = _longwave_downward(
        T,
        shortwave.longwave_transmissivity,
        parameters=p.longwave_radiation,
        constants=constants,
        grid=grid,
        formulation=formulation,
        gates=gates,
    )
    surface = _turbulent_fluxes(
        π,
        eastward_wind,
        northward_wind,
        T,
        q,
        φ,
        surface_geopotential,
        land_fraction,
        sea_surface_temperature,
        shortwave.surface_downward_shortwave,
        downward.surface_downward_longwave,
        land_albedo,
        sea_albedo,
        snow_cover,
        land_surface_temperature,
        soil_water_availability,
        cos_latitude,
        orographic_drag_factor,
        parameters=p.surface_fluxes,
        humidity=p.humidity,
        constants=constants,
        grid=grid,
        formulation=formulation,
        gates=gates,
    )
    upward = _longwave_upward(
        T,
        surface.surface_temperature,
        surface.surface_upward_longwave[-1],
        shortwave.longwave_transmissivity,
        shortwave.stratospheric_correction,
        downward,
        parameters=p.longwave_radiation,
        constants=constants,
        grid=grid,
        formulation=formulation,
        gates=gates,
    )
    diffusion = _vertical_diffusion(
        s,
        relative_humidity,
        q,
        q_sat,
        φ,
        deep.convection_top_level,
        convection_reach=convection_reach,
        parameters=p.vertical_diffusion,
        constants=constants,
        grid=grid,
        gates=gates,
    )

    convective_heating = deep.convective_dry_static_energy_flux * heat_factor
    convective_moistening = deep.convective_humidity_flux * mass_factor
    longwave_heating = upward.longwave_absorption * heat_factor

    def with_surface(
        tendency: LevelField, flux: SurfaceTypeField, factor: LevelField
    ) -> LevelField:
        """`tendency` with that of the area-mean surface flux in the lowest layer."""
        return tendency.at[-1].add(flux[-1] * factor[-1])

    return PhysicsDriver(
        eastward_wind_tendency=with_surface(
            diffusion.eastward_wind_tendency_vertical_diffusion,
            surface.eastward_wind_stress,
            mass_factor,
        ),
        northward_wind_tendency=with_surface(
            diffusion.northward_wind_tendency_vertical_diffusion,
            surface.northward_wind_stress,
            mass_factor,
        ),
        temperature_tendency=convective_heating
        + condensation.temperature_tendency_condensation
        + shortwave.temperature_tendency_shortwave
        + longwave_heating
        + with_surface(
            diffusion.temperature_tendency_vertical_diffusion,
            surface.sensible_heat_flux,
            heat_factor,
        ),
        specific_humidity_tendency=convective_moistening
        + condensation.specific_humidity_tendency_condensation
        + with_surface(
            diffusion.specific_humidity_tendency_vertical_diffusion,
            surface.evaporation,
            mass_factor,
        ),
        temperature_tendency_convection=convective_heating,
        specific_humidity_tendency_convection=convective_moistening,
        temperature_tendency_condensation=condensation.temperature_tendency_condensation,
        specific_humidity_tendency_condensation=condensation.specific_humidity_tendency_condensation,
        temperature_tendency_longwave=longwave_heating,
        temperature_tendency_vertical_diffusion=diffusion.temperature_tendency_vertical_diffusion,
        specific_humidity_tendency_vertical_diffusion=(
            diffusion.specific_humidity_tendency_vertical_diffusion
        ),
        convection_top_level=deep.convection_top_level,
        precipitation_top_level=condensation.precipitation_top_level,
        cloud_base_mass_flux=deep.cloud_base_mass_flux,
        convective_precipitation=deep.convective_precipitation,
        large_scale_precipitation=condensation.large_scale_precipitation,
        surface_downward_longwave=downward.surface_downward_longwave,
        surface_net_upward_longwave=upward.surface_net_upward_longwave,
        outgoing_longwave=upward.outgoing_longwave,
        surface_temperature=surface.surface_temperature,
        skin_temperature=surface.skin_temperature,
        near_surface_eastward_wind=surface.near_surface_eastward_wind,
        near_surface_northward_wind=surface.near_surface_northward_wind,
        near_surface_temperature=surface.near_surface_temperature,
        eastward_wind_stress=surface.eastward_wind_stress,
        northward_wind_stress=surface.northward_wind_stress,
        sensible_heat_flux=surface.sensible_heat_flux,
        evaporation=surface.evaporation,
        surface_upward_longwave=surface.surface_upward_longwave,
        net_surface_heat_flux=surface.net_surface_heat_flux,
        **shortwave._asdict(),
    )
