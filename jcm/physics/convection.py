"""Deep convection: a bulk mass-flux scheme with one updraft per column.

Saturated boundary-layer air rises from the lowest layer, entrains in the lower half of the
atmosphere and detrains in one layer, the convection top.

References:
    Specification page 11. Molteni (2003), appendix A2; Kucharski et al. (2006, 2013).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp

from jcm.arrays import ColumnField, IndexField, LevelField, levels_of
from jcm.constants import PhysicalConstants
from jcm.parameters import Number, ParameterSet, exact, literal, parameter_set
from jcm.physics.gates import HARD, Gates, Indicator
from jcm.physics.humidity import humidity_scale
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
    gates: Gates = HARD,
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
        gates: see :class:`jcm.physics.gates.Gates`. The scales are saturation humidity, c_p x 1 K
            for static energy, the range of surface pressures in which the mass flux grows, and 1
            for the ramp and the relative excess. Of a width, they spread the mass flux over the
            candidate tops.

    Returns:
        See :class:`Convection`.

    Raises:
        ValueError: if the grid has no layer for a top, or none to entrain from.
    """
    return convection_and_reach(
        normalized_surface_pressure,
        dry_static_energy,
        specific_humidity,
        saturation_specific_humidity,
        parameters=parameters,
        constants=constants,
        grid=grid,
        gates=gates,
    )[0]


def convection_and_reach(
    normalized_surface_pressure: ColumnField,
    dry_static_energy: LevelField,
    specific_humidity: LevelField,
    saturation_specific_humidity: LevelField,
    *,
    parameters: ConvectionParameters = ConvectionParameters(),
    constants: PhysicalConstants = PhysicalConstants(),
    grid: VerticalGrid = VerticalGrid.speedy(),
    gates: Gates = HARD,
) -> tuple[Convection, LevelField | None]:
    """Convection as :func:`convection` gives it, and how high it reaches.

    Returns:
        See :class:`Convection`; and the share of convection that reaches each level or higher [1],
        `(level, *column)`, or None if gates have no width and the top says it all.
    """
    p, levels, w = parameters, grid.levels, grid.half_level_weight
    π, s, q, q_sat = (
        normalized_surface_pressure,
        dry_static_energy,
        specific_humidity,
        saturation_specific_humidity,
    )
    s, q, q_sat = levels_of(s), levels_of(q), levels_of(q_sat)
    surface, base = levels - 1, levels - 2
    candidates = convection_top_candidates(grid)
    latent_heat = constants.latent_heat
    energy_scale = constants.specific_heat  # x 1 K
    near_surface_humidity_scale = humidity_scale(q_sat[surface])

    h = [energy + latent_heat * vapour for energy, vapour in zip(s, q, strict=True)]
    h_sat = [energy + latent_heat * vapour for energy, vapour in zip(s, q_sat, strict=True)]
    h_sat_half = {k: _half_level(h_sat, k, w) for k in candidates}

    h_low = gates.minimum(h[surface], h[base], scale=energy_scale)
    h_updraft = gates.maximum(h[surface], h_sat[surface], scale=energy_scale)
    conditionally_unstable = {
        k: gates.above(h_updraft, h_sat_half[k], scale=energy_scale) for k in candidates
    }
    actually_unstable = {
        k: gates.above(h_low, h_sat_half[k], scale=energy_scale) for k in candidates
    }
    threshold = p.boundary_layer_humidity_threshold
    moist_boundary_layer = gates.both(
        *(
            gates.above(q[k], threshold * q_sat[k], humidity_scale(q_sat[k]))
            for k in (surface, base)
        )
    )

    top_if_active = jnp.full(jnp.shape(π), levels, dtype=jnp.int32)
    unstable_or_moist = moist_boundary_layer
    excess = q[surface] - threshold * q_sat[surface]
    humid_excess = excess
    for k in reversed(candidates):
        top_if_active = jnp.where(gates.taken(conditionally_unstable[k]), k, top_if_active)
        unstable_or_moist = gates.either(unstable_or_moist, actually_unstable[k])
        unstable_excess = gates.maximum(
            humid_excess,
            (h[surface] - h_sat_half[k]) * (1.0 / latent_heat),
            scale=near_surface_humidity_scale,
        )
        excess = gates.choose(actually_unstable[k], unstable_excess, excess)
    pressure_range = 1.0 - p.minimum_surface_pressure
    convecting = gates.both(
        gates.above(π, p.minimum_surface_pressure, scale=pressure_range), unstable_or_moist
    )
    reach = _reach(convecting, conditionally_unstable, levels) if gates.smooth else None
    active = convecting & (top_if_active < levels) if reach is None else reach[-1]
    top = jnp.where(gates.taken(active), top_if_active, levels)

    q_max = gates.maximum(
        p.updraft_supersaturation * q[surface], q_sat[surface], scale=near_surface_humidity_scale
    )
    s_base = _half_level(s, base, w)
    q_base = gates.minimum(_half_level(q, base, w), q[surface], scale=near_surface_humidity_scale)
    ramp = (π - p.minimum_surface_pressure) * (2.0 / pressure_range)
    mass_scale = (
        constants.reference_pressure
        * grid.sigma_thickness[surface]
        / (constants.gravity * p.relaxation_time)
    )
    if gates.smooth:
        # What convects beyond the middle of a gate has an excess, and pressure enough.
        excess = gates.positive_part(excess, scale=near_surface_humidity_scale)
        ramp = gates.positive_part(ramp, scale=1.0)
    else:
        excess = jnp.where(active, excess, 0.0)
    # Zero only without any vapour below, where nothing convects.
    contrast = jnp.where(q_max > q_base, q_max - q_base, 1.0)
    relative_excess = gates.minimum(p.maximum_relative_excess, excess / contrast, scale=1.0)
    full_flux = mass_scale * (π * gates.minimum(1.0, ramp, scale=1.0)) * relative_excess
    mass_flux = gates.among((active, full_flux))

    # Through the half level above the current layer: mass, updraft and subsidence fluxes. With
    # several tops those of unit mass, weighed with the mass flux that goes on or ends.
    base_flux = mass_flux if reach is None else jnp.ones_like(π)
    beginning = active if reach is None else mass_flux
    mass = base_flux
    updraft_s, updraft_q = base_flux * s[surface], base_flux * q_max
    subsidence_s, subsidence_q = base_flux * s_base, base_flux * q_base
    energy_flux = [jnp.zeros_like(π)] * levels
    humidity_flux = [jnp.zeros_like(π)] * levels
    energy_flux[surface] = gates.among((beginning, subsidence_s - updraft_s))
    humidity_flux[surface] = gates.among((beginning, subsidence_q - updraft_q))
    precipitation = jnp.zeros_like(π)
    entrainment = entrainment_profile(p.maximum_entrainment, grid)

    for k in range(base, 1, -1):
        if reach is None:
            entraining, detraining = active & (k > top), active & (k == top)
        else:
            entraining = reach[k - 1] * full_flux
            detraining = (reach[k] - reach[k - 1]) * full_flux

        # Detrainment at the top: what the updraft cannot hold rains out.
        q_sat_half = _half_level(q_sat, k, w)
        rain = gates.positive_part(
            updraft_q - mass * q_sat_half, scale=mass * humidity_scale(q_sat_half)
        )
        precipitation = precipitation + gates.among((detraining, rain))
        top_energy = (updraft_s - subsidence_s) + latent_heat * rain
        top_humidity = (updraft_q - subsidence_q) - rain

        # Entrainment below the top.
        entrained = entrainment[k] * π * base_flux
        mass_above = mass + entrained
        updraft_s_above = updraft_s + entrained * s[k]
        updraft_q_above = updraft_q + entrained * q[k]
        subsidence_s_above = mass_above * _half_level(s, k - 1, w)
        subsidence_q_above = mass_above * _half_level(q, k - 1, w)
        layer_energy = (updraft_s - subsidence_s) + (subsidence_s_above - updraft_s_above)
        layer_humidity = (updraft_q - subsidence_q) + (subsidence_q_above - updraft_q_above)
        deficit = p.secondary_flux_humidity_threshold * q_sat[k] - q[k]
        deficit = gates.positive_part(deficit, scale=humidity_scale(q_sat[k]))
        moistening = gates.among((entraining, p.secondary_mass_flux_ratio * base_flux * deficit))

        energy_flux[k] = gates.among((entraining, layer_energy), (detraining, top_energy))
        humidity_flux[k] = (
            gates.among((entraining, layer_humidity), (detraining, top_humidity)) + moistening
        )
        humidity_flux[surface] = humidity_flux[surface] - moistening
        mass, updraft_s, updraft_q = mass_above, updraft_s_above, updraft_q_above
        subsidence_s, subsidence_q = subsidence_s_above, subsidence_q_above

    result = Convection(
        convection_top_level=top,
        convective_excess_humidity=gates.among((active, excess)),
        cloud_base_mass_flux=mass_flux,
        convective_precipitation=precipitation,
        convective_dry_static_energy_flux=jnp.stack(energy_flux),
        convective_humidity_flux=jnp.stack(humidity_flux),
    )
    return result, None if reach is None else jnp.stack(reach)


def _reach(
    convecting: Indicator, conditionally_unstable: dict[int, Indicator], levels: int
) -> list[ColumnField]:
    """Share of convection that reaches each level or higher: the highest unstable top is taken."""
    stable_up_to_here = jnp.ones_like(convecting)
    reach = []
    for k in range(levels):
        if k in conditionally_unstable:
            stable_up_to_here = stable_up_to_here * (1.0 - conditionally_unstable[k])
        reach.append(convecting * (1.0 - stable_up_to_here))
    return reach


def _half_level(field: Sequence[ColumnField], k: int, weight: tuple[float, ...]) -> ColumnField:
    """Value at the half level below full level `k`."""
    return field[k] + weight[k] * (field[k + 1] - field[k])
