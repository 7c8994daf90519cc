"""Constant fields of the slabs of land, ocean and ice: heat capacities, damping, El Nino weight.

References:
    Specification page 22; page 23, "Constant fields" and "El Nino weight".
"""

from __future__ import annotations

import math
from typing import NamedTuple

import jax.numpy as jnp

from jcm.arrays import ColumnField
from jcm.formulation import ORIGINAL, Formulation
from jcm.parameters import Number, ParameterSet, exact, literal, parameter_set

SECONDS_PER_DAY = 86400.0


@parameter_set
class SlabConstantsParameters(ParameterSet):
    """Parameters of the slabs."""

    time_step: Number = exact(
        2400.0, unit="s", meaning="time between two coupling calls", spec="22, 23"
    )
    soil_depth: Number = exact(1.0, unit="m", meaning="depth of the soil slab", spec="22")
    ice_sheet_depth: Number = exact(5.0, unit="m", meaning="depth of the land-ice slab", spec="22")
    soil_heat_capacity: Number = exact(
        2.5e6, unit="J m-3 K-1", meaning="volumetric heat capacity of soil", spec="22"
    )
    ice_heat_capacity: Number = exact(
        1.93e6, unit="J m-3 K-1", meaning="volumetric heat capacity of ice", spec="22, 23"
    )
    water_heat_capacity: Number = exact(
        4.18e6, unit="J m-3 K-1", meaning="volumetric heat capacity of water", spec="23"
    )
    minimum_ice_sheet_albedo: Number = literal(
        0.4, unit="1", meaning="bare-land albedo at and above which land is an ice sheet", spec="22"
    )
    polar_mixed_layer_depth: Number = exact(
        60.0, unit="m", meaning="depth of the mixed layer at the poles", spec="23"
    )
    equatorial_mixed_layer_depth: Number = exact(
        40.0, unit="m", meaning="depth of the mixed layer at the equator", spec="23"
    )
    polar_ice_depth: Number = exact(
        2.5, unit="m", meaning="depth of sea ice at the poles", spec="23"
    )
    equatorial_ice_depth: Number = exact(
        1.5, unit="m", meaning="depth of sea ice at the equator", spec="23"
    )
    land_damping_days: Number = exact(
        40.0, unit="day", meaning="damping time of the anomaly of land", spec="22"
    )
    ocean_damping_days: Number = exact(
        90.0, unit="day", meaning="damping time of the anomaly of the mixed layer", spec="23"
    )
    ice_damping_days: Number = exact(
        30.0, unit="day", meaning="damping time of the anomaly of ice temperature", spec="23"
    )
    minimum_land_fraction: Number = literal(
        1.0 / 3.0,
        unit="1",
        meaning="land fraction below which the slab keeps to its climatology",
        spec="22",
    )
    minimum_sea_fraction: Number = literal(
        1.0 / 3.0,
        unit="1",
        meaning="sea fraction below which the slabs keep to their climatology",
        spec="23",
    )
    quarter_circle: Number = literal(
        math.pi / 2.0, unit="rad", meaning="latitude of the pole", spec="23 Constant fields"
    )
    radians_per_degree: Number = literal(
        math.pi / 180.0,
        unit="rad degree-1",
        meaning="quarter circle / 90",
        spec="23 Constant fields",
        in_effect=0.01745329238474369,
    )


@parameter_set
class ElNinoParameters(ParameterSet):
    """The region in which observed anomalies prevail over those of a slab ocean."""

    plateau_latitude: Number = exact(
        15.0, unit="degree", meaning="distance from the equator with full weight", spec="23"
    )
    edge_latitude: Number = exact(
        25.0, unit="degree", meaning="distance from the equator where the weight ends", spec="23"
    )
    inverse_ramp: Number = literal(
        0.1, unit="degree-1", meaning="1 / width of the ramps in latitude and longitude", spec="23"
    )
    western_edge: Number = exact(
        155.0, unit="degrees_east", meaning="longitude where the weight begins", spec="23"
    )
    plateau_western_edge: Number = exact(
        165.0, unit="degrees_east", meaning="longitude where the plateau begins", spec="23"
    )
    eastern_edge: Number = exact(
        300.0, unit="degrees_east", meaning="longitude where it ends, in the south", spec="23"
    )
    eastern_slope: Number = exact(
        2.0, unit="1", meaning="shift of the eastern edge westward per degree north", spec="23"
    )


class SlabConstants(NamedTuple):
    """Result of :func:`slab_constants`; all fields `(*column)`.

    Attributes:
        latitude_degrees_sea_model: latitude as the sea model knows it [degrees north].
        land_inverse_heat_capacity: length of a call / heat capacity [K m2 W-1].
        land_damping_factor: share of an anomaly that is left after a call [1].
        ocean_inverse_heat_capacity, ice_inverse_heat_capacity: likewise [K m2 W-1].
        ocean_damping_factor, ice_damping_factor: likewise [1].
        el_nino_weight: weight of the observed anomaly, for sea coupling flag 4 [1].
    """

    latitude_degrees_sea_model: ColumnField
    land_inverse_heat_capacity: ColumnField
    land_damping_factor: ColumnField
    ocean_inverse_heat_capacity: ColumnField
    ice_inverse_heat_capacity: ColumnField
    ocean_damping_factor: ColumnField
    ice_damping_factor: ColumnField
    el_nino_weight: ColumnField


def slab_constants(
    latitude_radians: ColumnField,
    longitude: ColumnField,
    bare_land_albedo: ColumnField,
    land_fraction: ColumnField,
    sea_fraction: ColumnField,
    *,
    parameters: SlabConstantsParameters = SlabConstantsParameters(),
    el_nino: ElNinoParameters = ElNinoParameters(),
    formulation: Formulation = ORIGINAL,
) -> SlabConstants:
    """Heat capacities and damping factors of land, mixed layer and sea ice.

    With the heat capacity C of the material, the depths d₀ at the equator and d at the poles,

        h_land = Δt / (d C) ,   h_ocean = Δt / (C (d + (d₀ - d) cos³φ)) ,   h_ice with cos²φ

    and a damping factor n / (1 + n), where n is the damping time in calls. Where there is little
    land, or sea, the damping factor of its slabs is 0.

    Args:
        latitude_radians: φ [rad], `(*column)`.
        longitude: [degrees east], 0 to 360, `(*column)`.
        bare_land_albedo: annual-mean albedo without snow [1]; tells ice sheets, `(*column)`.
        land_fraction: thresholded [1], `(*column)`.
        sea_fraction: thresholded [1], `(*column)`.
        parameters: see :class:`SlabConstantsParameters`.
        el_nino: see :class:`ElNinoParameters`.
        formulation: with `slow_models_damped_per_call` n is the damping time in days;
            `el_nino_weight_skips_its_edges` see :func:`el_nino_region_weight`.

    Returns:
        See :class:`SlabConstants`.
    """
    p = parameters
    latitude = (latitude_radians * 90.0) / p.quarter_circle
    cos_latitude = jnp.cos(latitude * p.radians_per_degree)

    soil = p.time_step / (p.soil_depth * p.soil_heat_capacity)
    ice_sheet = p.time_step / (p.ice_sheet_depth * p.ice_heat_capacity)
    land_inverse_heat_capacity = jnp.where(
        bare_land_albedo < p.minimum_ice_sheet_albedo, soil, ice_sheet
    ).astype(bare_land_albedo.dtype)
    mixed_layer_depth = (
        p.polar_mixed_layer_depth
        + (p.equatorial_mixed_layer_depth - p.polar_mixed_layer_depth) * cos_latitude**3
    )
    ice_depth = p.polar_ice_depth + (p.equatorial_ice_depth - p.polar_ice_depth) * cos_latitude**2

    def damping_factor(
        damping_days: Number, fraction: ColumnField, minimum_fraction: Number
    ) -> ColumnField:
        n = damping_days
        if not formulation.slow_models_damped_per_call:
            n = damping_days * (SECONDS_PER_DAY / p.time_step)
        return jnp.where(fraction < minimum_fraction, 0.0, n / (1.0 + n)).astype(fraction.dtype)

    return SlabConstants(
        latitude_degrees_sea_model=latitude,
        land_inverse_heat_capacity=land_inverse_heat_capacity,
        land_damping_factor=damping_factor(
            p.land_damping_days, land_fraction, p.minimum_land_fraction
        ),
        ocean_inverse_heat_capacity=p.time_step / (p.water_heat_capacity * mixed_layer_depth),
        ice_inverse_heat_capacity=p.time_step / (p.ice_heat_capacity * ice_depth),
        ocean_damping_factor=damping_factor(
            p.ocean_damping_days, sea_fraction, p.minimum_sea_fraction
        ),
        ice_damping_factor=damping_factor(p.ice_damping_days, sea_fraction, p.minimum_sea_fraction),
        el_nino_weight=el_nino_region_weight(
            latitude, longitude, parameters=el_nino, formulation=formulation
        ),
    )


def el_nino_region_weight(
    latitude: ColumnField,
    longitude: ColumnField,
    *,
    parameters: ElNinoParameters = ElNinoParameters(),
    formulation: Formulation = ORIGINAL,
) -> ColumnField:
    """Weight of the observed anomaly in the tropical Pacific, for sea coupling flag 4.

    One on a plateau around the equator, with a quadratic ramp in latitude and a linear one in the
    west; in the east it ends abruptly.

    Args:
        latitude: [degrees north], `(*column)`.
        longitude: [degrees east], 0 to 360, `(*column)`.
        parameters: see :class:`ElNinoParameters`.
        formulation: with `el_nino_weight_skips_its_edges` the meridian between ramp and plateau has
            weight 0.

    Returns:
        [1], `(*column)`.
    """
    p = parameters
    distance = jnp.abs(latitude)
    ramp = (p.inverse_ramp * (p.edge_latitude - distance)) ** 2
    meridional = jnp.where(
        distance < p.edge_latitude, jnp.where(distance <= p.plateau_latitude, 1.0, ramp), 0.0
    )
    if formulation.el_nino_weight_skips_its_edges:
        east_of_ramp = longitude > p.plateau_western_edge
    else:
        east_of_ramp = longitude >= p.plateau_western_edge
    eastern_edge = p.eastern_edge - p.eastern_slope * jnp.maximum(latitude, 0.0)
    on_plateau = east_of_ramp & (longitude < eastern_edge)
    on_ramp = (longitude > p.western_edge) & (longitude < p.plateau_western_edge)
    western_ramp = meridional * p.inverse_ramp * (longitude - p.western_edge)
    return jnp.where(on_plateau, meridional, jnp.where(on_ramp, western_ramp, 0.0))
