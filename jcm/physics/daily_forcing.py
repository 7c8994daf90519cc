"""Albedo and snow cover, renewed once a day; growth of the absorption by CO₂.

References:
    Specification page 15, sections 4 and 5.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jcm.arrays import ColumnField
from jcm.parameters import Number, ParameterSet, exact, literal, parameter_set
from jcm.physics.gates import HARD, Gates


@parameter_set
class DailyForcingParameters(ParameterSet):
    """Parameters of albedo and snow cover, and of the trend of CO₂."""

    open_sea_albedo: Number = literal(
        0.07, unit="1", meaning="albedo of sea without ice", spec="15.4"
    )
    sea_ice_albedo: Number = literal(
        0.60, unit="1", meaning="albedo of sea covered with ice", spec="15.4"
    )
    snow_albedo: Number = literal(
        0.60, unit="1", meaning="albedo of land covered with snow", spec="15.4"
    )
    full_cover_snow_depth: Number = exact(
        60.0, unit="mm", meaning="snow depth (water equivalent) that covers the land", spec="15.4"
    )
    co2_growth_rate: Number = literal(
        0.005, unit="year-1", meaning="relative growth of the absorptivity of CO2", spec="15.5"
    )
    co2_reference_year: Number = exact(
        1950.0, unit="year", meaning="year of the reference absorptivity of CO2", spec="15.5"
    )


class DailyForcing(NamedTuple):
    """Result of :func:`daily_forcing`, every field [1], `(*column)`.

    Attributes:
        snow_cover: share of the land under snow.
        land_albedo: of the land of the cell, snow included.
        sea_albedo: of the sea of the cell, ice included.
        surface_albedo: of the cell.
    """

    snow_cover: ColumnField
    land_albedo: ColumnField
    sea_albedo: ColumnField
    surface_albedo: ColumnField


def daily_forcing(
    snow_depth: ColumnField,
    sea_ice_fraction: ColumnField,
    bare_land_albedo: ColumnField,
    land_fraction: ColumnField,
    *,
    parameters: DailyForcingParameters = DailyForcingParameters(),
    gates: Gates = HARD,
) -> DailyForcing:
    """Snow cover and albedo of land, sea and cell, each interpolated between two kinds of surface.

    Args:
        snow_depth: water equivalent [mm], not negative, `(*column)`.
        sea_ice_fraction: share of the sea under ice [1], 0 to 1, `(*column)`.
        bare_land_albedo: albedo of land without snow [1], `(*column)`.
        land_fraction: [1], 0 to 1, `(*column)`.
        parameters: see :class:`DailyForcingParameters`.
        gates: see :class:`jcm.physics.gates.Gates`; the scale is complete cover.

    Returns:
        See :class:`DailyForcing`.
    """
    p = parameters
    snow = gates.minimum(1.0, snow_depth / p.full_cover_snow_depth, scale=1.0)
    land = bare_land_albedo + snow * (p.snow_albedo - bare_land_albedo)
    sea = p.open_sea_albedo + sea_ice_fraction * (p.sea_ice_albedo - p.open_sea_albedo)
    return DailyForcing(
        snow_cover=snow,
        land_albedo=land,
        sea_albedo=sea,
        surface_albedo=sea + land_fraction * (land - sea),
    )


def co2_absorptivity(
    reference_absorptivity: Float[Array, ""] | float,
    year: Int[Array, ""] | int,
    year_fraction: Float[Array, ""] | float,
    *,
    parameters: DailyForcingParameters = DailyForcingParameters(),
) -> Float[Array, ""]:
    """Absorptivity of the CO₂ band when its concentration grows exponentially.

        l = l₀ exp(r (t - 1950))

    Args:
        reference_absorptivity: l₀ in 1950, `co2_absorptivity` of
            :class:`jcm.physics.shortwave_radiation.ShortwaveRadiationParameters` [1].
        year: calendar year.
        year_fraction: share of the year that has passed [1].
        parameters: see :class:`DailyForcingParameters`.

    Returns:
        l [1], which replaces the parameter that is called like this function.
    """
    p = parameters
    year_fraction = jnp.asarray(year_fraction)
    years = jnp.asarray(year, year_fraction.dtype) - p.co2_reference_year + year_fraction
    return reference_absorptivity * jnp.exp(p.co2_growth_rate * years)
