"""Saturation humidity, and the conversions between specific and relative humidity.

References:
    Specification page 10. Molteni (2003), appendix; vapour pressure after Magnus and Tetens.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp

from jcm.arrays import AnyField, ColumnField, LevelField
from jcm.parameters import Number, ParameterSet, exact, literal, parameter_set
from jcm.physics.gates import HARD, Gates
from jcm.vertical_grid import VerticalGrid


@parameter_set
class HumidityParameters(ParameterSet):
    """Parameters of the vapour pressure curve and of the mixing ratio."""

    reference_vapour_pressure: Number = exact(
        6.108e-3, unit="1e5 Pa", meaning="saturation vapour pressure at T0", spec="10"
    )
    reference_temperature: Number = literal(
        273.16, unit="K", meaning="T0, at and above which saturation is over water", spec="10"
    )
    water_coefficient: Number = literal(
        17.269, unit="1", meaning="coefficient a of the exponent over water", spec="10"
    )
    water_temperature_offset: Number = literal(
        35.86, unit="K", meaning="offset b of the exponent over water", spec="10"
    )
    ice_coefficient: Number = exact(
        21.875, unit="1", meaning="coefficient a of the exponent over ice", spec="10"
    )
    ice_temperature_offset: Number = literal(
        7.66, unit="K", meaning="offset b of the exponent over ice", spec="10"
    )
    molar_mass_ratio: Number = exact(
        622.0, unit="g kg-1", meaning="molar mass of water / that of dry air", spec="10"
    )
    molar_mass_deficit: Number = literal(
        0.378, unit="1", meaning="1 - molar mass of water / that of dry air", spec="10"
    )


#: Least natural scale of humidity, so that there is one even in the coldest air [g kg-1].
_LEAST_HUMIDITY_SCALE = 1e-6


class Humidity(NamedTuple):
    """Result of :func:`humidity`.

    Attributes:
        saturation_specific_humidity: [g kg-1], `(level, *column)`. Negative where the vapour
            pressure would exceed the pressure: hotter than 311 K in the top layer.
        relative_humidity: [1], may exceed 1, `(level, *column)`.
        near_surface_specific_humidity: of air of the given relative humidity at the temperature
            and pressure of the surface [g kg-1], `(*column)`.
        saturation_specific_humidity_surface: at the surface [g kg-1], `(*column)`.
        saturation_specific_humidity_reference: at surface temperature and reference pressure
            [g kg-1], `(*column)`.
    """

    saturation_specific_humidity: LevelField
    relative_humidity: LevelField
    near_surface_specific_humidity: ColumnField
    saturation_specific_humidity_surface: ColumnField
    saturation_specific_humidity_reference: ColumnField


def saturation_humidity(
    temperature: AnyField,
    normalized_pressure: AnyField | float,
    *,
    parameters: HumidityParameters = HumidityParameters(),
    gates: Gates = HARD,
) -> AnyField:
    """Saturation specific humidity over water or ice.

        e(T) = e₀ exp(a (T - T₀) / (T - b)) ,    q* = 622 e / (p - 0.378 e)

    with one pair (a, b) at and above T₀ (water) and another below (ice). The gate between them
    has the scale 1 K.

    Args:
        temperature: T [K], above the offsets b.
        normalized_pressure: p = pressure / 10⁵ Pa [1].
        parameters: see :class:`HumidityParameters`.
        gates: see :class:`jcm.physics.gates.Gates`.

    Returns:
        q* [g kg-1]; negative where p < 0.378 e, infinite where they are equal.
    """
    p, T = parameters, temperature
    water = gates.at_least(T, p.reference_temperature, scale=1.0)
    a = gates.choose(water, p.water_coefficient, p.ice_coefficient)
    b = gates.choose(water, p.water_temperature_offset, p.ice_temperature_offset)
    e = p.reference_vapour_pressure * jnp.exp(a * (T - p.reference_temperature) / (T - b))
    return p.molar_mass_ratio * e / (normalized_pressure - p.molar_mass_deficit * e)


def humidity_scale(saturation_specific_humidity: AnyField) -> AnyField:
    """Natural scale of gates in humidity: saturation humidity, positive without a kink [g kg-1]."""
    return jnp.sqrt(saturation_specific_humidity**2 + _LEAST_HUMIDITY_SCALE**2)


def level_saturation_humidity(
    temperature: LevelField,
    normalized_surface_pressure: ColumnField,
    *,
    parameters: HumidityParameters = HumidityParameters(),
    grid: VerticalGrid = VerticalGrid.speedy(),
    gates: Gates = HARD,
) -> LevelField:
    """Saturation specific humidity of every level [g kg-1], `(level, *column)`; p_k = σ_k π.

    Args:
        temperature: [K], `(level, *column)`.
        normalized_surface_pressure: π = surface pressure / 10⁵ Pa [1], `(*column)`.
        parameters: see :class:`HumidityParameters`.
        grid: the levels.
        gates: see :func:`saturation_humidity`.
    """
    pressure = jnp.stack([σ * normalized_surface_pressure for σ in grid.full_level_sigma])
    return saturation_humidity(temperature, pressure, parameters=parameters, gates=gates)


def humidity(
    temperature: LevelField,
    specific_humidity: LevelField,
    normalized_surface_pressure: ColumnField,
    surface_temperature: ColumnField,
    near_surface_relative_humidity: ColumnField,
    *,
    parameters: HumidityParameters = HumidityParameters(),
    grid: VerticalGrid = VerticalGrid.speedy(),
    gates: Gates = HARD,
) -> Humidity:
    """Saturation and relative humidity of the levels, saturation humidity at the surface.

    Args:
        temperature: [K], `(level, *column)`.
        specific_humidity: [g kg-1], `(level, *column)`.
        normalized_surface_pressure: surface pressure / 10⁵ Pa [1], `(*column)`.
        surface_temperature: [K], `(*column)`.
        near_surface_relative_humidity: [1], `(*column)`.
        parameters: see :class:`HumidityParameters`.
        grid: the levels.
        gates: see :func:`saturation_humidity`.

    Returns:
        See :class:`Humidity`.
    """
    saturation = level_saturation_humidity(
        temperature, normalized_surface_pressure, parameters=parameters, grid=grid, gates=gates
    )
    surface = saturation_humidity(
        surface_temperature, normalized_surface_pressure, parameters=parameters, gates=gates
    )
    return Humidity(
        saturation_specific_humidity=saturation,
        relative_humidity=specific_humidity / saturation,
        near_surface_specific_humidity=near_surface_relative_humidity * surface,
        saturation_specific_humidity_surface=surface,
        saturation_specific_humidity_reference=saturation_humidity(
            surface_temperature, 1.0, parameters=parameters, gates=gates
        ),
    )
