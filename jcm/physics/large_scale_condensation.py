"""Large-scale condensation: humidity relaxes towards a fraction of saturation and rains out.

References:
    Specification page 12. Molteni (2003), appendix A3.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp

from jcm.arrays import ColumnField, IndexField, LevelField, levels_of
from jcm.constants import PhysicalConstants
from jcm.formulation import ORIGINAL, Formulation
from jcm.parameters import Number, ParameterSet, exact, literal, parameter_set
from jcm.physics.gates import HARD, Gates
from jcm.physics.humidity import humidity_scale
from jcm.vertical_grid import VerticalGrid


@parameter_set
class LargeScaleCondensationParameters(ParameterSet):
    """Parameters of large-scale condensation."""

    relaxation_time: Number = exact(
        4.0 * 3600.0, unit="s", meaning="relaxation time of the excess humidity", spec="12"
    )
    surface_humidity_threshold: Number = literal(
        0.9, unit="1", meaning="relative humidity threshold at sigma = 1", spec="12"
    )
    humidity_threshold_range: Number = literal(
        0.1, unit="1", meaning="decrease of the threshold from sigma = 1 to 0", spec="12"
    )
    lowest_layer_humidity_threshold: Number = literal(
        0.95, unit="1", meaning="smallest threshold of the lowest layer", spec="12"
    )
    heating_cap_humidity: Number = exact(
        10.0, unit="g kg-1", meaning="scale of the cap of the latent heating", spec="12"
    )


class LargeScaleCondensation(NamedTuple):
    """Result of :func:`large_scale_condensation`.

    Attributes:
        precipitation_top_level: the higher of the convection top and the highest condensing layer,
            `levels` if there is neither, `(*column)`.
        large_scale_precipitation: [g m-2 s-1], not negative, `(*column)`.
        temperature_tendency_condensation: [K s-1], not negative, `(level, *column)`.
        specific_humidity_tendency_condensation: [g kg-1 s-1], not positive, `(level, *column)`.
    """

    precipitation_top_level: IndexField
    large_scale_precipitation: ColumnField
    temperature_tendency_condensation: LevelField
    specific_humidity_tendency_condensation: LevelField


def precipitation_reach(
    specific_humidity: LevelField,
    saturation_specific_humidity: LevelField,
    convection_reach: LevelField,
    *,
    parameters: LargeScaleCondensationParameters = LargeScaleCondensationParameters(),
    grid: VerticalGrid = VerticalGrid.speedy(),
    gates: Gates,
) -> LevelField:
    """Share of precipitation that starts at each level or higher, where gates have a width.

    Args:
        specific_humidity: q [g kg-1], not negative, `(level, *column)`.
        saturation_specific_humidity: q* [g kg-1], `(level, *column)`.
        convection_reach: share of convection that reaches each level or higher [1],
            `(level, *column)`.
        parameters: see :class:`LargeScaleCondensationParameters`.
        grid: the levels.
        gates: of a width, see :func:`large_scale_condensation`.

    Returns:
        Shares that increase downward [1], `(level, *column)`; they take the place of
        `precipitation_top_level`, see :func:`jcm.physics.gates.reaches`.
    """
    q, q_sat = levels_of(specific_humidity), levels_of(saturation_specific_humidity)
    convection_reach = levels_of(convection_reach)
    condensing_above = jnp.zeros_like(q[0])
    reach = [convection_reach[0]]
    for k in range(1, grid.levels):
        limit = _threshold(k, parameters, grid, gates) * q_sat[k]
        condensing = gates.above(q[k], limit, scale=humidity_scale(q_sat[k]))
        condensing_above = gates.either(condensing_above, condensing)
        reach.append(gates.either(convection_reach[k], condensing_above))
    return jnp.stack(reach)


def large_scale_condensation(
    normalized_surface_pressure: ColumnField,
    specific_humidity: LevelField,
    saturation_specific_humidity: LevelField,
    convection_top_level: IndexField,
    *,
    parameters: LargeScaleCondensationParameters = LargeScaleCondensationParameters(),
    constants: PhysicalConstants = PhysicalConstants(),
    grid: VerticalGrid = VerticalGrid.speedy(),
    formulation: Formulation = ORIGINAL,
    gates: Gates = HARD,
) -> LargeScaleCondensation:
    """Remove the humidity above a threshold R_k q*_k, with the time scale τ, as precipitation.

        C_k = max(0, q_k - R_k q*_k) / τ ,    R_k = R₁ + R_d (σ_k² - 1)
        ∂q_k = -C_k ,    ∂T_k = L / c_p · min(C_k, Q_m σ_k² π² / τ)

    The lowest layer has a minimum threshold; the top layer never condenses.

    Args:
        normalized_surface_pressure: π = surface pressure / 10⁵ Pa [1], `(*column)`.
        specific_humidity: q [g kg-1], not negative, `(level, *column)`.
        saturation_specific_humidity: q* [g kg-1], `(level, *column)`.
        convection_top_level: level of the convection top, `levels` where there is no convection,
            `(*column)`.
        parameters: see :class:`LargeScaleCondensationParameters`.
        constants: see :class:`jcm.constants.PhysicalConstants`.
        grid: the levels.
        formulation: `condensation_cap_limits_heating_only` decides whether water beyond the cap
            is lost without heating, or stays vapour.
        gates: see :class:`jcm.physics.gates.Gates`. The scales are saturation humidity, the cap
            for the cap of the heating, and the range of the thresholds for them.

    Returns:
        See :class:`LargeScaleCondensation`.
    """
    p, π, q, q_sat = (
        parameters,
        normalized_surface_pressure,
        levels_of(specific_humidity),
        levels_of(saturation_specific_humidity),
    )
    rate = 1.0 / p.relaxation_time
    nothing = jnp.zeros_like(π)
    heating, drying, column_sink = [nothing], [nothing], nothing
    top = convection_top_level

    for k in range(1, grid.levels):
        σ = grid.full_level_sigma[k]
        limit = _threshold(k, p, grid, gates) * q_sat[k]
        condensing = q[k] > limit
        sink = gates.excess(q[k], limit, scale=humidity_scale(q_sat[k]), factor=rate)
        cap = (p.heating_cap_humidity * σ**2 * rate) * π**2
        heating_sink = gates.minimum(sink, cap, scale=cap)
        if not formulation.condensation_cap_limits_heating_only:
            sink = heating_sink
        heating.append(constants.latent_heat / constants.specific_heat * heating_sink)
        drying.append(-sink)
        layer_mass = constants.reference_pressure * grid.sigma_thickness[k] / constants.gravity
        column_sink = column_sink + layer_mass * sink
        top = jnp.where(condensing, jnp.minimum(top, k), top)

    return LargeScaleCondensation(
        precipitation_top_level=top,
        large_scale_precipitation=π * column_sink,
        temperature_tendency_condensation=jnp.stack(heating),
        specific_humidity_tendency_condensation=jnp.stack(drying),
    )


def _threshold(
    k: int, p: LargeScaleCondensationParameters, grid: VerticalGrid, gates: Gates
) -> Number:
    """Relative humidity above which layer `k` condenses."""
    σ = grid.full_level_sigma[k]
    threshold = p.surface_humidity_threshold + p.humidity_threshold_range * (σ**2 - 1.0)
    if k < grid.levels - 1:
        return threshold
    return gates.maximum(
        threshold, p.lowest_layer_humidity_threshold, scale=p.humidity_threshold_range
    )
