"""Short-wave radiation in two bands, and the transmissivities that the long wave uses.

The visible band is reflected by clouds and surface; the near infrared is only absorbed. Insolation
is a daily mean, so that there is no diurnal cycle.

References:
    Specification page 13, parts B and C. Molteni (2003), appendix A5.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp

from jcm.arrays import (
    ColumnField,
    IndexField,
    LevelBandField,
    LevelField,
    Levels,
    ShortwaveBandField,
    StratosphericField,
    levels_of,
)
from jcm.constants import PhysicalConstants
from jcm.formulation import ORIGINAL, Formulation
from jcm.parameters import Number, ParameterSet, exact, literal, parameter_set
from jcm.physics.gates import HARD, Gates, ends, reaches
from jcm.physics.vertical_levels import (
    shares_of_mass,
    stratospheric_layers,
    upper_stratospheric_layers,
)
from jcm.vertical_grid import VerticalGrid


@parameter_set
class ShortwaveRadiationParameters(ParameterSet):
    """Albedos and absorptivities. The latter are per normalized pressure thickness π Δσ = 1."""

    near_infrared_fraction: Number = literal(
        0.05, unit="1", meaning="near-infrared share of the insolation", spec="13 B"
    )
    cloud_albedo: Number = literal(
        0.43, unit="1", meaning="albedo of the bulk cloud at cover 1", spec="13 B"
    )
    stratiform_cloud_albedo: Number = exact(
        0.5, unit="1", meaning="albedo of the stratiform cloud at cover 1", spec="13 B"
    )
    dry_air_absorptivity: Number = literal(
        0.033, unit="1", meaning="absorptivity of dry air, visible", spec="13 B"
    )
    aerosol_absorptivity: Number = literal(
        0.033, unit="1", meaning="absorptivity of aerosol at sigma = 1, visible", spec="13 B"
    )
    vapour_absorptivity_visible: Number = literal(
        0.022, unit="kg g-1", meaning="absorptivity of water vapour, visible", spec="13 B"
    )
    vapour_absorptivity_near_infrared: Number = exact(
        15.0, unit="kg g-1", meaning="absorptivity of water vapour, near infrared", spec="13 B"
    )
    cloud_absorptivity: Number = literal(
        0.015,
        unit="kg g-1",
        meaning="absorptivity of cloud per cloud humidity, visible",
        spec="13 B",
    )
    maximum_cloud_absorptivity: Number = literal(
        0.15, unit="1", meaning="largest absorptivity of cloud, visible", spec="13 B"
    )
    longwave_window_absorptivity: Number = literal(
        0.3, unit="1", meaning="absorptivity of air, long-wave window", spec="13 C"
    )
    longwave_co2_absorptivity: Number = exact(
        6.0, unit="1", meaning="absorptivity of air, long-wave band of CO2", spec="13 C"
    )
    longwave_weak_vapour_absorptivity: Number = literal(
        0.7, unit="kg g-1", meaning="absorptivity of vapour, weak long-wave band", spec="13 C"
    )
    longwave_strong_vapour_absorptivity: Number = exact(
        50.0, unit="kg g-1", meaning="absorptivity of vapour, strong long-wave band", spec="13 C"
    )
    longwave_thick_cloud_absorptivity: Number = exact(
        12.0, unit="1", meaning="absorptivity from cloud top down, long-wave window", spec="13 C"
    )
    longwave_thin_cloud_absorptivity: Number = literal(
        0.6, unit="1", meaning="absorptivity above cloud top and in the vapour bands", spec="13 C"
    )


class ShortwaveRadiation(NamedTuple):
    """Result of :func:`shortwave_radiation`.

    Attributes:
        surface_downward_shortwave: both bands [W m-2], `(*column)`.
        surface_net_shortwave: downward minus reflected [W m-2], `(*column)`.
        toa_net_shortwave: downward minus upward at the top [W m-2], `(*column)`.
        shortwave_absorption: gain of each layer [W m-2], `(level, *column)`.
        shortwave_transmissivity_visible: [1], `(level, *column)`.
        shortwave_transmissivity_near_infrared: [1], `(level, *column)`; 0 in the top layer, which
            the band passes without loss.
        shortwave_cloud_reflection: reflected upward at the top of each layer [W m-2],
            `(level, *column)`. In the second layer the original has the bare albedo of the cloud.
        surface_shortwave_by_band: visible and near-infrared part of the downward flux [W m-2],
            `(shortwave_band, *column)`.
        longwave_transmissivity: in window, CO₂, weak and strong vapour band [1],
            `(level, band, *column)`.
        stratospheric_correction: cooling of the top layer in polar night [W m-2], and share of the
            black-body emission of the two top layers lost to space per Δσ [1], `(2, *column)`.
    """

    surface_downward_shortwave: ColumnField
    surface_net_shortwave: ColumnField
    toa_net_shortwave: ColumnField
    shortwave_absorption: LevelField
    shortwave_transmissivity_visible: LevelField
    shortwave_transmissivity_near_infrared: LevelField
    shortwave_cloud_reflection: LevelField
    surface_shortwave_by_band: ShortwaveBandField
    longwave_transmissivity: LevelBandField
    stratospheric_correction: StratosphericField


def shortwave_radiation(
    normalized_surface_pressure: ColumnField,
    specific_humidity: LevelField,
    cloud_top_level: IndexField,
    cloud_cover: ColumnField,
    stratiform_cloud_cover: ColumnField,
    cloud_humidity: ColumnField,
    insolation: ColumnField,
    ozone_absorption_upper: ColumnField,
    ozone_absorption_lower: ColumnField,
    zenith_factor: ColumnField,
    polar_night_cooling: ColumnField,
    surface_albedo: ColumnField,
    *,
    cloud_reach: LevelField | None = None,
    parameters: ShortwaveRadiationParameters = ShortwaveRadiationParameters(),
    constants: PhysicalConstants = PhysicalConstants(),
    grid: VerticalGrid = VerticalGrid.speedy(),
    formulation: Formulation = ORIGINAL,
    gates: Gates = HARD,
) -> ShortwaveRadiation:
    """Send the insolation down through the layers and its reflected part back up.

    With the transmissivity v_k and the reflected flux R_k = ρ_k V at the top of layer k,

        down:  V ← v_k (V - R_k)        up:  U ← v_k U + R_k

    and what disappears in a layer heats it. Ozone absorbs in the two top layers. The identity
    Σ absorption = toa net - surface net holds to rounding, but for the quirk of a cloud top in the
    second layer.

    Args:
        normalized_surface_pressure: π = surface pressure / 10⁵ Pa [1], `(*column)`.
        specific_humidity: [g kg-1], not negative, `(level, *column)`.
        cloud_top_level: `levels` where there is no cloud, `(*column)`.
        cloud_cover: of the bulk cloud [1], `(*column)`.
        stratiform_cloud_cover: [1], `(*column)`.
        cloud_humidity: [g kg-1], `(*column)`.
        insolation: daily mean at the top, downward [W m-2], `(*column)`.
        ozone_absorption_upper: in the top layer at π = 1 [W m-2], `(*column)`.
        ozone_absorption_lower: in the second layer at π = 1 [W m-2], `(*column)`.
        zenith_factor: lengthening of the optical path [1], `(*column)`.
        polar_night_cooling: of the top layer at π = 1 [W m-2], `(*column)`.
        surface_albedo: for the visible band [1], `(*column)`.
        cloud_reach: see :func:`jcm.physics.clouds.cloud_reach`; None: as `cloud_top_level` says.
        parameters: see :class:`ShortwaveRadiationParameters`.
        constants: see :class:`jcm.constants.PhysicalConstants`.
        grid: at least four levels.
        formulation: `cloud_top_in_layer_1_reflects_bare_albedo` and
            `stratiform_cloud_hides_cloud_in_lowest_layer`.
        gates: see :class:`jcm.physics.gates.Gates`. The scales are the largest absorptivity of
            cloud, and of thin cloud in the vapour bands of the long wave.

    Returns:
        See :class:`ShortwaveRadiation`.
    """
    p, π, levels = parameters, normalized_surface_pressure, grid.levels
    bare_albedo_in_layer_1 = formulation.cloud_top_in_layer_1_reflects_bare_albedo

    ρ = _cloud_albedo(
        cloud_top_level,
        cloud_reach,
        cloud_cover,
        stratiform_cloud_cover,
        p,
        grid,
        formulation,
        gates,
    )
    v, i = _transmissivities(
        π,
        zenith_factor,
        levels_of(specific_humidity),
        cloud_top_level,
        cloud_reach,
        cloud_cover,
        cloud_humidity,
        p,
        grid,
        gates,
    )

    visible = (1.0 - p.near_infrared_fraction) * insolation
    ozone = _ozone_absorption(ozone_absorption_upper * π, ozone_absorption_lower * π, grid)
    reflection, absorption = [], []
    for k in range(levels):
        if k == 1 and bare_albedo_in_layer_1:
            reflected = jnp.zeros_like(visible)
            reflection.append(ρ[k])
        else:
            reflected = ρ[k] * visible
            reflection.append(reflected)
        entering = visible - reflected
        visible = v[k] * (entering - ozone[k]) if k in ozone else v[k] * entering
        absorption.append(entering - visible)

    near_infrared = p.near_infrared_fraction * insolation
    for k in range(1, levels):
        below = i[k] * near_infrared
        absorption[k] = absorption[k] + (near_infrared - below)
        near_infrared = below

    surface_downward = visible + near_infrared
    upward = surface_albedo * visible
    surface_net = surface_downward - upward
    for k in reversed(range(levels)):
        transmitted = v[k] * upward
        absorption[k] = absorption[k] + (upward - transmitted)
        upward = transmitted + reflection[k]

    stratosphere_thickness = sum(grid.sigma_thickness[: stratospheric_layers(grid)])
    return ShortwaveRadiation(
        surface_downward_shortwave=surface_downward,
        surface_net_shortwave=surface_net,
        toa_net_shortwave=insolation - upward,
        shortwave_absorption=jnp.stack(absorption),
        shortwave_transmissivity_visible=jnp.stack(v),
        shortwave_transmissivity_near_infrared=jnp.stack(i),
        shortwave_cloud_reflection=jnp.stack(reflection),
        surface_shortwave_by_band=jnp.stack([visible, near_infrared]),
        longwave_transmissivity=longwave_transmissivity(
            π,
            specific_humidity,
            cloud_top_level,
            cloud_cover,
            cloud_reach=cloud_reach,
            parameters=p,
            grid=grid,
            gates=gates,
        ),
        stratospheric_correction=jnp.stack(
            [
                polar_night_cooling * π,
                (constants.black_band_fraction / stratosphere_thickness) * π,
            ]
        ),
    )


def longwave_transmissivity(
    normalized_surface_pressure: ColumnField,
    specific_humidity: LevelField,
    cloud_top_level: IndexField,
    cloud_cover: ColumnField,
    *,
    cloud_reach: LevelField | None = None,
    parameters: ShortwaveRadiationParameters = ShortwaveRadiationParameters(),
    grid: VerticalGrid = VerticalGrid.speedy(),
    gates: Gates = HARD,
) -> LevelBandField:
    """Transmissivity exp(-π Δσ l) of every layer in the four long-wave bands.

    Cloud absorbs in all layers but the stratosphere, the two highest, and the lowest, even above
    its top.

    Args:
        normalized_surface_pressure: π = surface pressure / 10⁵ Pa [1], `(*column)`.
        specific_humidity: [g kg-1], not negative, `(level, *column)`.
        cloud_top_level: `levels` where there is no cloud, `(*column)`.
        cloud_cover: [1], `(*column)`.
        cloud_reach: see :func:`shortwave_radiation`.
        parameters: see :class:`ShortwaveRadiationParameters`.
        grid: the levels.
        gates: see :func:`shortwave_radiation`.

    Returns:
        `(level, band, *column)` [1]; the top layer is transparent in the vapour bands.
    """
    p, q, c = parameters, levels_of(specific_humidity), cloud_cover
    thin_cloud = p.longwave_thin_cloud_absorptivity * c
    thick_cloud = p.longwave_thick_cloud_absorptivity * c

    layers = []
    for k, thickness in enumerate(grid.sigma_thickness):
        mass = normalized_surface_pressure * thickness
        window = p.longwave_window_absorptivity
        weak = p.longwave_weak_vapour_absorptivity * q[k]
        strong = p.longwave_strong_vapour_absorptivity * q[k]
        if k == 0:
            weak, strong = jnp.zeros_like(weak), jnp.zeros_like(strong)
        elif stratospheric_layers(grid) <= k < grid.levels - 1:
            cloudy = reaches(cloud_top_level, k, cloud_reach)
            window = window + gates.choose(cloudy, thick_cloud, thin_cloud)
            scale = p.longwave_thin_cloud_absorptivity
            weak = gates.maximum(weak, thin_cloud, scale=scale)
            strong = gates.maximum(strong, thin_cloud, scale=scale)
        absorptivities = (window, p.longwave_co2_absorptivity, weak, strong)
        layers.append(jnp.stack([jnp.exp(-mass * absorptivity) for absorptivity in absorptivities]))
    return jnp.stack(layers)


def _ozone_absorption(
    upper: ColumnField, lower: ColumnField, grid: VerticalGrid
) -> dict[int, ColumnField]:
    """What ozone absorbs, by level: in SPEEDY's two top layers, spread evenly if there are more."""
    upper_layers, layers = upper_stratospheric_layers(grid), stratospheric_layers(grid)
    in_upper = shares_of_mass(grid, range(upper_layers))
    in_lower = shares_of_mass(grid, range(upper_layers, layers))
    absorption = {k: share * upper for k, share in in_upper.items()}
    return absorption | {k: share * lower for k, share in in_lower.items()}


def _cloud_albedo(
    top: IndexField,
    reach: LevelField | None,
    cover: ColumnField,
    stratiform_cover: ColumnField,
    p: ShortwaveRadiationParameters,
    grid: VerticalGrid,
    formulation: Formulation,
    gates: Gates,
) -> list[ColumnField]:
    """Share of the visible beam that is reflected at the top of each layer."""
    surface = grid.levels - 1
    bulk = p.cloud_albedo * cover
    stratiform = p.stratiform_cloud_albedo * stratiform_cover
    albedo = [gates.among((ends(top, k, reach), bulk)) for k in range(surface)]
    if formulation.stratiform_cloud_hides_cloud_in_lowest_layer:
        return [*albedo, stratiform]
    in_lowest = gates.among((ends(top, surface, reach), bulk))
    return [*albedo, 1.0 - (1.0 - in_lowest) * (1.0 - stratiform)]


def _transmissivities(
    π: ColumnField,
    zenith_factor: ColumnField,
    q: Levels,
    top: IndexField,
    reach: LevelField | None,
    cover: ColumnField,
    cloud_humidity: ColumnField,
    p: ShortwaveRadiationParameters,
    grid: VerticalGrid,
    gates: Gates,
) -> tuple[list[ColumnField], list[ColumnField]]:
    """Transmissivity of each layer, visible and near infrared.

    Aerosol and vapour are absent from the top layer, cloud from the lowest. The near-infrared value
    of the top layer stands for no calculation and is 0.
    """
    surface = grid.levels - 1
    cloud = cover * gates.minimum(
        p.cloud_absorptivity * cloud_humidity,
        p.maximum_cloud_absorptivity,
        scale=p.maximum_cloud_absorptivity,
    )
    visible, near_infrared = [], []
    for k, (σ, thickness) in enumerate(
        zip(grid.full_level_sigma, grid.sigma_thickness, strict=True)
    ):
        path = π * zenith_factor * thickness
        if k == 0:
            visible.append(jnp.exp(-path * p.dry_air_absorptivity))
            near_infrared.append(jnp.zeros_like(π))
            continue
        absorptivity = (
            p.dry_air_absorptivity
            + p.aerosol_absorptivity * σ**2
            + p.vapour_absorptivity_visible * q[k]
        )
        if k < surface:
            absorptivity = absorptivity + gates.among((reaches(top, k, reach), cloud))
        visible.append(jnp.exp(-path * absorptivity))
        near_infrared.append(jnp.exp(-path * (p.vapour_absorptivity_near_infrared * q[k])))
    return visible, near_infrared
