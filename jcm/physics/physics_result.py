"""What the column physics hands to the dynamics, to the surface, to its next call and to output.

References:
    Specification page 16, section 1.
"""

from __future__ import annotations

from typing import NamedTuple

from jcm.arrays import (
    ColumnField,
    IndexField,
    LandSeaField,
    LevelBandField,
    LevelField,
    StratosphericField,
    SurfaceTypeField,
)


class PhysicsDriver(NamedTuple):
    """Result of :func:`jcm.physics.physics_driver.physics_driver`.

    Net short-wave fluxes are downward; net and outgoing long-wave and turbulent fluxes are upward.
    Surface types are land, sea and area mean.

    Attributes:
        eastward_wind_tendency: total of all processes [m s-2], `(level, *column)`.
        northward_wind_tendency: likewise; winds feel the surface stress on the lowest level only.
        temperature_tendency: total [K s-1], `(level, *column)`.
        specific_humidity_tendency: total [g kg-1 s-1], `(level, *column)`.
        temperature_tendency_convection: [K s-1], `(level, *column)`.
        specific_humidity_tendency_convection: [g kg-1 s-1], `(level, *column)`.
        temperature_tendency_condensation: [K s-1], `(level, *column)`.
        specific_humidity_tendency_condensation: [g kg-1 s-1], `(level, *column)`.
        temperature_tendency_shortwave: to be kept [K s-1], `(level, *column)`.
        temperature_tendency_longwave: [K s-1], `(level, *column)`.
        temperature_tendency_vertical_diffusion: without surface flux [K s-1], `(level, *column)`.
        specific_humidity_tendency_vertical_diffusion: likewise [g kg-1 s-1], `(level, *column)`.
        convection_top_level: `levels` where there is no convection, `(*column)`.
        precipitation_top_level: `levels` where there is no precipitation, `(*column)`.
        cloud_top_level: `levels` where there is no cloud, -1 where not computed, `(*column)`.
        cloud_cover: [1], NaN where not computed, `(*column)`.
        stratiform_cloud_cover: [1], NaN where not computed, `(*column)`.
        dry_static_energy_gradient: ds/dφ of the two lowest levels [1], NaN where not computed,
            `(*column)`.
        cloud_base_mass_flux: [kg m-2 s-1], `(*column)`.
        convective_precipitation: [g m-2 s-1], `(*column)`.
        large_scale_precipitation: [g m-2 s-1], `(*column)`.
        surface_downward_shortwave: to be kept [W m-2], `(*column)`.
        surface_net_shortwave: to be kept, downward [W m-2], `(*column)`.
        toa_net_shortwave: to be kept, downward [W m-2], `(*column)`.
        surface_downward_longwave: [W m-2], `(*column)`.
        surface_net_upward_longwave: [W m-2], `(*column)`.
        outgoing_longwave: [W m-2], `(*column)`.
        surface_temperature: mean of land slab and sea [K], `(*column)`.
        skin_temperature: mean of land skin and sea [K], `(*column)`.
        near_surface_eastward_wind: [m s-1], `(*column)`.
        near_surface_northward_wind: [m s-1], `(*column)`.
        near_surface_temperature: [K], `(*column)`.
        eastward_wind_stress: on the atmosphere [N m-2], `(surface_type, *column)`.
        northward_wind_stress: on the atmosphere [N m-2], `(surface_type, *column)`.
        sensible_heat_flux: [W m-2], `(surface_type, *column)`.
        evaporation: [g m-2 s-1], `(surface_type, *column)`.
        surface_upward_longwave: emission [W m-2], `(surface_type, *column)`.
        net_surface_heat_flux: into the surface [W m-2], land and sea, `(land_sea, *column)`.
        longwave_transmissivity: to be kept [1], `(level, band, *column)`.
        stratospheric_correction: to be kept [W m-2], [1], `(stratospheric_term, *column)`.
    """

    eastward_wind_tendency: LevelField
    northward_wind_tendency: LevelField
    temperature_tendency: LevelField
    specific_humidity_tendency: LevelField
    temperature_tendency_convection: LevelField
    specific_humidity_tendency_convection: LevelField
    temperature_tendency_condensation: LevelField
    specific_humidity_tendency_condensation: LevelField
    temperature_tendency_shortwave: LevelField
    temperature_tendency_longwave: LevelField
    temperature_tendency_vertical_diffusion: LevelField
    specific_humidity_tendency_vertical_diffusion: LevelField
    convection_top_level: IndexField
    precipitation_top_level: IndexField
    cloud_top_level: IndexField
    cloud_cover: ColumnField
    stratiform_cloud_cover: ColumnField
    dry_static_energy_gradient: ColumnField
    cloud_base_mass_flux: ColumnField
    convective_precipitation: ColumnField
    large_scale_precipitation: ColumnField
    surface_downward_shortwave: ColumnField
    surface_net_shortwave: ColumnField
    toa_net_shortwave: ColumnField
    surface_downward_longwave: ColumnField
    surface_net_upward_longwave: ColumnField
    outgoing_longwave: ColumnField
    surface_temperature: ColumnField
    skin_temperature: ColumnField
    near_surface_eastward_wind: ColumnField
    near_surface_northward_wind: ColumnField
    near_surface_temperature: ColumnField
    eastward_wind_stress: SurfaceTypeField
    northward_wind_stress: SurfaceTypeField
    sensible_heat_flux: SurfaceTypeField
    evaporation: SurfaceTypeField
    surface_upward_longwave: SurfaceTypeField
    net_surface_heat_flux: LandSeaField
    longwave_transmissivity: LevelBandField
    stratospheric_correction: StratosphericField
