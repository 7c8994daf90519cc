"""Deep convection: a bulk mass-flux scheme with one updraft per column.

Saturated boundary-layer air rises from the lowest layer, entrains in the lower half of the
atmosphere and detrains in one layer, the convection top.

References:
    Specification page 11. Molteni (2003), appendix A2; Kucharski et al. (2006, 2013).
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp

from jcm.arrays import ColumnField, IndexField, LevelField
from jcm.constants import PhysicalConstants
from jcm.parameters import Number, ParameterSet, exact, literal, parameter_set
from jcm.physics.vertical_levels import convection_top_candidates, entrainment_shape
from jcm.vertical_grid import VerticalGrid


@parameter_set
class ConvectionParameters(ParameterSet):
    """Parameters of deep convection."""

    minimum_surface_pressure: Number = literal(
        0.8, unit="1", meaning="smallest normalized surface pressure that convects", spec="11"
    )
    relaxation_time: Number = exact(
        6.0 * 3600.0, unit="s", meaning="relaxation time of the excess humidity", spec="11"
    )
    boundary_layer_humidity_threshold: Number = literal(
        0.9, unit="1", meaning="relative humidity threshold of the two lowest layers", spec="11"
    )
    secondary_flux_humidity_threshold: Number = literal(
        0.7, unit="1", meaning="relative humidity below which layers are moistened", spec="11"
    )
    maximum_entrainment: Number = exact(
        0.5, unit="1", meaning="sum of the entrainment profile", spec="11"
    )
    secondary_mass_flux_ratio: Number = literal(
        0.8, unit="1", meaning="secondary / primary mass flux", spec="11"
    )
    updraft_supersaturation: Number = literal(
        1.01, unit="1", meaning="factor on the humidity of the updraft", spec="11"
    )
    maximum_relative_excess: Number = exact(
        5.0, unit="1", meaning="cap of excess humidity / humidity contrast at cloud base", spec="11"
    )


class Convection(NamedTuple):
    """Result of :func:`convection`.

    Attributes:
        convection_top_level: level of the top, `levels` where there is no convection, `(*column)`.
        convective_excess_humidity: excess humidity that drives the mass flux [g kg-1], `(*column)`.
        cloud_base_mass_flux: upward mass flux at cloud base [kg m-2 s-1], `(*column)`.
        convective_precipitation: [g m-2 s-1], not negative, `(*column)`.
        convective_dry_static_energy_flux: net flux into each layer, latent heat of precipitation
            included [W m-2], `(level, *column)`. Sums to latent heat times precipitation.
        convective_humidity_flux: net flux of vapour into each layer [g m-2 s-1],
            `(level, *column)`. Sums to minus the precipitation.
    """

    convection_top_level: IndexField
    convective_excess_humidity: ColumnField
    cloud_base_mass_flux: ColumnField
    convective_precipitation: ColumnField
    convective_dry_static_energy_flux: LevelField
    convective_humidity_flux: LevelField


def entrainment_profile(maximum_entrainment: Number, grid: VerticalGrid) -> list[Number]:
    """Entrainment per layer, ε_k ∝ max(0, σ_k - 0.5)², zero in the top and the lowest layer.

    Scaled so that the sum over the layers in between is `maximum_entrainment`.

    Raises:
        ValueError: if none of them lies below σ = 0.5.
    """
    shape = entrainment_shape(grid)
    scale = maximum_entrainment / sum(shape)
    return [0.0, *(scale * value for value in shape), 0.0]


def convection(
    normalized_surface_pressure: ColumnField,
    dry_static_energy: LevelField,
    specific_humidity: LevelField,
    saturation_specific_humidity: LevelField,
    *,
    parameters: ConvectionParameters = ConvectionParameters(),
    constants: PhysicalConstants = PhysicalConstants(),
    grid: VerticalGrid = VerticalGrid.speedy(),
) -> Convection:
    """Diagnose deep convection and its fluxes.

    A column convects where saturated ascent from the boundary layer is buoyant at one of the
    candidate tops and the boundary layer is either actually unstable or moist enough. The mass flux
    at cloud base is

        M_c = p₀ Δσ / (g τ) · π_e · min(c_max, Δq / (q_max - q_b))

    Candidate tops are the levels 2, 3 and 4 of SPEEDY; see
    :func:`jcm.physics.vertical_levels.convection_top_candidates` for other layers.

    Args:
        normalized_surface_pressure: surface pressure / 10⁵ Pa [1], `(*column)`.
        dry_static_energy: c_p T + geopotential [J kg-1], `(level, *column)`.
        specific_humidity: [g kg-1], not negative, `(level, *column)`.
        saturation_specific_humidity: [g kg-1], positive at the lowest level, `(level, *column)`.
        parameters: see :class:`ConvectionParameters`.
        constants: see :class:`jcm.constants.PhysicalConstants`.
        grid: at least five levels.

    Returns:
        See :class:`Convection`.

    Raises:
        ValueError: if the grid has no layer for a top, or none to entrain from.
    """
    p, levels, w = parameters, grid.levels, grid.half_level_weight
    π, s, q, q_sat = (
        normalized_surface_pressure,
        dry_static_energy,
        specific_humidity,
        saturation_specific_humidity,
    )
    surface, base = levels - 1, levels - 2
    candidates = convection_top_candidates(grid)
    latent_heat = constants.latent_heat

    h = s + latent_heat * q
    h_sat = s + latent_heat * q_sat
    h_sat_half = {k: _half_level(h_sat, k, w) for k in candidates}

    h_low = jnp.minimum(h[surface], h[base])
    h_updraft = jnp.maximum(h[surface], h_sat[surface])
    conditionally_unstable = {k: h_updraft > h_sat_half[k] for k in candidates}
    actually_unstable = {k: h_low > h_sat_half[k] for k in candidates}
    threshold = p.boundary_layer_humidity_threshold
    moist_boundary_layer = (q[surface] > threshold * q_sat[surface]) & (
        q[base] > threshold * q_sat[base]
    )

    top_if_active = jnp.full(jnp.shape(π), levels, dtype=jnp.int32)
    instability = jnp.zeros(jnp.shape(π), dtype=bool)
    excess = q[surface] - threshold * q_sat[surface]
    humid_excess = excess
    for k in reversed(candidates):
        top_if_active = jnp.where(conditionally_unstable[k], k, top_if_active)
        instability = instability | actually_unstable[k]
        unstable_excess = jnp.maximum(
            humid_excess, (h[surface] - h_sat_half[k]) * (1.0 / latent_heat)
        )
        excess = jnp.where(actually_unstable[k], unstable_excess, excess)
    active = (
        (π > p.minimum_surface_pressure)
        & (top_if_active < levels)
        & (instability | moist_boundary_layer)
    )
    top = jnp.where(active, top_if_active, levels)
    excess = jnp.where(active, excess, 0.0)

    q_max = jnp.maximum(p.updraft_supersaturation * q[surface], q_sat[surface])
    s_base = _half_level(s, base, w)
    q_base = jnp.minimum(_half_level(q, base, w), q[surface])
    ramp = (π - p.minimum_surface_pressure) * (2.0 / (1.0 - p.minimum_surface_pressure))
    mass_scale = (
        constants.reference_pressure
        * grid.sigma_thickness[surface]
        / (constants.gravity * p.relaxation_time)
    )
    # Zero only without any vapour below, where nothing convects.
    contrast = jnp.where(q_max > q_base, q_max - q_base, 1.0)
    relative_excess = jnp.minimum(p.maximum_relative_excess, excess / contrast)
    mass_flux = jnp.where(active, mass_scale * (π * jnp.minimum(1.0, ramp)) * relative_excess, 0.0)

    # Through the half level above the current layer: mass, updraft and subsidence fluxes.
    mass = mass_flux
    updraft_s, updraft_q = mass_flux * s[surface], mass_flux * q_max
    subsidence_s, subsidence_q = mass_flux * s_base, mass_flux * q_base
    energy_flux = [jnp.zeros_like(π)] * levels
    humidity_flux = [jnp.zeros_like(π)] * levels
    energy_flux[surface] = subsidence_s - updraft_s
    humidity_flux[surface] = subsidence_q - updraft_q
    precipitation = jnp.zeros_like(π)
    entrainment = entrainment_profile(p.maximum_entrainment, grid)

    for k in range(base, 1, -1):
        entraining, detraining = active & (k > top), active & (k == top)

        # Detrainment at the top: what the updraft cannot hold rains out.
        rain = jnp.maximum(updraft_q - mass * _half_level(q_sat, k, w), 0.0)
        precipitation = jnp.where(detraining, rain, precipitation)
        top_energy = (updraft_s - subsidence_s) + latent_heat * rain
        top_humidity = (updraft_q - subsidence_q) - rain

        # Entrainment below the top.
        entrained = entrainment[k] * π * mass_flux
        mass_above = mass + entrained
        updraft_s_above = updraft_s + entrained * s[k]
        updraft_q_above = updraft_q + entrained * q[k]
        subsidence_s_above = mass_above * _half_level(s, k - 1, w)
        subsidence_q_above = mass_above * _half_level(q, k - 1, w)
        layer_energy = (updraft_s - subsidence_s) + (subsidence_s_above - updraft_s_above)
        layer_humidity = (updraft_q - subsidence_q) + (subsidence_q_above - updraft_q_above)
        deficit = p.secondary_flux_humidity_threshold * q_sat[k] - q[k]
        moistening = p.secondary_mass_flux_ratio * mass_flux * jnp.maximum(deficit, 0.0)
        moistening = jnp.where(entraining, moistening, 0.0)

        energy_flux[k] = jnp.where(entraining, layer_energy, jnp.where(detraining, top_energy, 0.0))
        humidity_flux[k] = (
            jnp.where(entraining, layer_humidity, jnp.where(detraining, top_humidity, 0.0))
            + moistening
        )
        humidity_flux[surface] = humidity_flux[surface] - moistening
        mass, updraft_s, updraft_q = mass_above, updraft_s_above, updraft_q_above
        subsidence_s, subsidence_q = subsidence_s_above, subsidence_q_above

    return Convection(
        convection_top_level=top,
        convective_excess_humidity=excess,
        cloud_base_mass_flux=mass_flux,
        convective_precipitation=precipitation,
        convective_dry_static_energy_flux=jnp.stack(energy_flux),
        convective_humidity_flux=jnp.stack(humidity_flux),
    )


def _half_level(field: LevelField, k: int, weight: tuple[float, ...]) -> ColumnField:
    """Value at the half level below full level `k`."""
    return field[k] + weight[k] * (field[k + 1] - field[k])
