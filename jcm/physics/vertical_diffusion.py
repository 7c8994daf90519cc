"""Vertical diffusion of heat and moisture, and shallow convection.

Three redistributions inside the column: shallow convection between the two lowest layers or, where
they are stable, slow diffusion of moisture; slow diffusion of moisture in the lower troposphere;
relaxation of lapse rates that are too steep. Winds are not touched.

References:
    Specification page 21. Molteni (2003).
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp

from jcm.arrays import IndexField, LevelField, levels_of
from jcm.constants import PhysicalConstants
from jcm.parameters import Number, ParameterSet, exact, literal, parameter_set
from jcm.physics.gates import HARD, Gates, reaches
from jcm.vertical_grid import VerticalGrid


@parameter_set
class VerticalDiffusionParameters(ParameterSet):
    """Parameters of vertical diffusion."""

    shallow_convection_time: Number = exact(
        6.0 * 3600.0, unit="s", meaning="relaxation time of shallow convection", spec="21"
    )
    humidity_diffusion_time: Number = exact(
        24.0 * 3600.0, unit="s", meaning="relaxation time of moisture diffusion", spec="21"
    )
    superadiabatic_time: Number = exact(
        6.0 * 3600.0, unit="s", meaning="relaxation time of too steep lapse rates", spec="21"
    )
    deep_convection_reduction: Number = exact(
        0.5, unit="1", meaning="factor on shallow convection under deep convection", spec="21"
    )
    humidity_gradient_threshold: Number = exact(
        0.5, unit="1", meaning="gradient of relative humidity in sigma that diffuses", spec="21"
    )
    minimum_static_energy_gradient: Number = literal(
        0.1, unit="1", meaning="smallest gradient of dry static energy in geopotential", spec="21"
    )


class VerticalDiffusion(NamedTuple):
    """Result of :func:`vertical_diffusion`, every field `(level, *column)`.

    Attributes:
        temperature_tendency_vertical_diffusion: [K s-1]; its mass-weighted sum vanishes.
        specific_humidity_tendency_vertical_diffusion: [g kg-1 s-1]; likewise.
        eastward_wind_tendency_vertical_diffusion: zero [m s-2].
        northward_wind_tendency_vertical_diffusion: zero [m s-2].
    """

    temperature_tendency_vertical_diffusion: LevelField
    specific_humidity_tendency_vertical_diffusion: LevelField
    eastward_wind_tendency_vertical_diffusion: LevelField
    northward_wind_tendency_vertical_diffusion: LevelField


def vertical_diffusion(
    dry_static_energy: LevelField,
    relative_humidity: LevelField,
    specific_humidity: LevelField,
    saturation_specific_humidity: LevelField,
    geopotential: LevelField,
    convection_top_level: IndexField,
    *,
    convection_reach: LevelField | None = None,
    parameters: VerticalDiffusionParameters = VerticalDiffusionParameters(),
    constants: PhysicalConstants = PhysicalConstants(),
    grid: VerticalGrid = VerticalGrid.speedy(),
    gates: Gates = HARD,
) -> VerticalDiffusion:
    """Redistribute heat and moisture inside the column.

    Between layer k and the one below, moisture flows upward at the rate

        B = Δσ̄ / τ · σ_{k+½} q*_k (r_{k+1} - r_k)

    where relative humidity increases downward fast enough, and heat flows from all layers below k
    into it where its dry static energy is less than s_{k+1} + γ (φ_k - φ_{k+1}).

    Args:
        dry_static_energy: s = c_p T + φ [J kg-1], `(level, *column)`.
        relative_humidity: r [1], `(level, *column)`.
        specific_humidity: q [g kg-1], not negative, `(level, *column)`.
        saturation_specific_humidity: q* [g kg-1], `(level, *column)`.
        geopotential: φ [m2 s-2], `(level, *column)`.
        convection_top_level: of deep convection, `levels` where there is none, `(*column)`.
        convection_reach: share of deep convection that reaches each level or higher [1],
            `(level, *column)`; None: as `convection_top_level` says.
        parameters: see :class:`VerticalDiffusionParameters`.
        constants: see :class:`jcm.constants.PhysicalConstants`.
        grid: at least four levels.
        gates: see :class:`jcm.physics.gates.Gates`. The scales are c_p x 1 K for static energy, and
            for relative humidity the increase that diffuses.

    Returns:
        See :class:`VerticalDiffusion`.
    """
    p, levels = parameters, grid.levels
    surface, base = levels - 1, levels - 2
    s, r, q, q_sat, φ = (
        levels_of(dry_static_energy),
        levels_of(relative_humidity),
        levels_of(specific_humidity),
        levels_of(saturation_specific_humidity),
        levels_of(geopotential),
    )
    σ, σ_half, thickness = grid.full_level_sigma, grid.half_level_sigma[1:], grid.sigma_thickness
    # One mean thickness stands for all layers between the top and the lowest.
    mean_thickness = (σ_half[base] - σ_half[0]) / (levels - 2)
    moisture_rate = mean_thickness / p.humidity_diffusion_time
    lapse_rate_rate = mean_thickness / (p.superadiabatic_time * constants.specific_heat)
    shallow_rate = thickness[surface] / p.shallow_convection_time
    energy_scale = constants.specific_heat  # x 1 K
    nothing = jnp.zeros_like(s[0])

    # Upward fluxes of moisture between layers k and k + 1.
    moisture_flux = {}
    for k in range(2, base):
        if σ_half[k] > 0.5:
            increase = r[k + 1] - r[k]
            threshold = p.humidity_gradient_threshold * (σ[k + 1] - σ[k])
            diffusing = gates.at_least(increase, threshold, scale=threshold)
            flux = moisture_rate * σ_half[k] * q_sat[k] * increase
            moisture_flux[k] = gates.among((diffusing, flux))

    # Moist static energy of the lowest layer against the saturated next: s₇ - s₆ + L (q₇ - q*₆).
    latent_difference = constants.latent_heat * (q[surface] - q_sat[base])
    unstable = gates.at_least(latent_difference, s[base] - s[surface], scale=energy_scale)
    excess_energy = s[surface] - s[base] + latent_difference
    increase = r[surface] - r[base]
    threshold = p.humidity_gradient_threshold * (σ[surface] - σ[base])
    strong_gradient = gates.above(increase, threshold, scale=threshold)
    deep = reaches(convection_top_level, base, convection_reach)
    rate = shallow_rate * gates.choose(deep, p.deep_convection_reduction, 1.0)
    shallow_moisture = rate * q_sat[surface] * gates.positive_part(increase, scale=threshold)
    slow_moisture = moisture_rate * σ_half[base] * q_sat[base] * increase
    moisture_flux[base] = gates.choose(
        unstable, shallow_moisture, gates.among((strong_gradient, slow_moisture))
    )
    shallow_heat = gates.among((unstable, rate / constants.specific_heat * excess_energy))

    moistening = [nothing] * levels
    for k, flux in moisture_flux.items():
        moistening[k] = moistening[k] + flux / thickness[k]
        moistening[k + 1] = moistening[k + 1] - flux / thickness[k + 1]

    warming = [nothing] * levels
    warming[base] = shallow_heat / thickness[base]
    warming[surface] = -shallow_heat / thickness[surface]
    cooling_from_above = nothing
    for k in range(surface):
        neutral = s[k + 1] + p.minimum_static_energy_gradient * (φ[k] - φ[k + 1])
        heat_flux = lapse_rate_rate * gates.positive_part(neutral - s[k], scale=energy_scale)
        warming[k] = warming[k] - cooling_from_above + heat_flux / thickness[k]
        cooling_from_above = cooling_from_above + heat_flux / (1.0 - σ_half[k])
    warming[surface] = warming[surface] - cooling_from_above

    still = jnp.zeros_like(dry_static_energy)
    return VerticalDiffusion(
        temperature_tendency_vertical_diffusion=jnp.stack(warming),
        specific_humidity_tendency_vertical_diffusion=jnp.stack(moistening),
        eastward_wind_tendency_vertical_diffusion=still,
        northward_wind_tendency_vertical_diffusion=still,
    )
