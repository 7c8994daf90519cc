"""Clouds: one bulk cloud per column, from humidity and precipitation, and a stratiform cloud.

References:
    Specification page 13, part A. Molteni (2003), appendix A4; Kucharski et al. (2006, 2013) for
    the stratiform cloud.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp

from jcm.arrays import ColumnField, IndexField, LevelField, Levels, levels_of
from jcm.parameters import Number, ParameterSet, exact, literal, parameter_set
from jcm.physics.gates import HARD, Gates, Indicator
from jcm.physics.large_scale_condensation import (
    LargeScaleCondensationParameters,
    precipitation_reach,
)
from jcm.physics.vertical_levels import stratospheric_layers
from jcm.vertical_grid import VerticalGrid


@parameter_set
class CloudsParameters(ParameterSet):
    """Parameters of the cloud cover."""

    clear_sky_relative_humidity: Number = literal(
        0.30, unit="1", meaning="relative humidity at which cover starts", spec="13 A"
    )
    overcast_relative_humidity: Number = exact(
        1.0, unit="1", meaning="relative humidity at which cover is complete", spec="13 A"
    )
    minimum_cloud_humidity: Number = literal(
        0.20,
        unit="g kg-1",
        meaning="smallest humidity of a cloud above the two lowest layers",
        spec="13 A",
    )
    precipitation_weight: Number = literal(
        0.2, unit="day0.5 mm-0.5", meaning="cover per square root of precipitation", spec="13 A"
    )
    maximum_precipitation: Number = exact(
        10.0,
        unit="mm day-1",
        meaning="precipitation beyond which cover stays the same",
        spec="13 A",
    )
    precipitation_unit_factor: Number = literal(
        86.4, unit="mm day-1 g-1 m2 s", meaning="precipitation in mm/day per g/m2/s", spec="13 A"
    )
    maximum_stratiform_cover: Number = literal(
        0.60, unit="1", meaning="stratiform cover over sea without other cloud", spec="13 A"
    )
    minimum_land_stratiform_cover: Number = literal(
        0.15, unit="1", meaning="smallest stratiform cover over land in saturated air", spec="13 A"
    )
    stratiform_onset_gradient: Number = exact(
        0.25,
        unit="1",
        meaning="dry static energy gradient where stratiform cover starts",
        spec="13 A",
    )
    stratiform_full_gradient: Number = literal(
        0.40, unit="1", meaning="dry static energy gradient of full stratiform cover", spec="13 A"
    )
    stratiform_reduction: Number = literal(
        1.2, unit="1", meaning="stratiform cover lost per cover of the bulk cloud", spec="13 A"
    )


class Clouds(NamedTuple):
    """Result of :func:`clouds`.

    Attributes:
        cloud_top_level: level of the top, `levels` where there is no cloud, `(*column)`.
        cloud_cover: of the bulk cloud [1], 0 to 1, `(*column)`.
        stratiform_cloud_cover: [1], not negative, may exceed 1 over land in supersaturated air,
            `(*column)`.
        cloud_humidity: humidity that determines the absorption in cloud [g kg-1], `(*column)`.
    """

    cloud_top_level: IndexField
    cloud_cover: ColumnField
    stratiform_cloud_cover: ColumnField
    cloud_humidity: ColumnField


def clouds(
    specific_humidity: LevelField,
    relative_humidity: LevelField,
    convective_precipitation: ColumnField,
    large_scale_precipitation: ColumnField,
    precipitation_top_level: IndexField,
    dry_static_energy_gradient: ColumnField,
    land_fraction: ColumnField,
    *,
    parameters: CloudsParameters = CloudsParameters(),
    grid: VerticalGrid = VerticalGrid.speedy(),
    gates: Gates = HARD,
) -> Clouds:
    """Diagnose the cloud of a column.

    The cover follows the largest excess x = max_k(r_k - ρ₁) of relative humidity, and the
    precipitation P:

        c = min(1, w √P + min(1, x / (ρ₂ - ρ₁))²)

    Its top is the layer of that excess or the precipitation top, whichever is higher. The excess
    is sought from below the stratosphere, the two top layers, to the second lowest layer, in dry
    air only in the latter. The stratiform cloud needs a stable boundary layer and little other
    cloud.

    Args:
        specific_humidity: q [g kg-1], not negative, `(level, *column)`.
        relative_humidity: r [1], not negative, `(level, *column)`.
        convective_precipitation: [g m-2 s-1], not negative, `(*column)`.
        large_scale_precipitation: [g m-2 s-1], not negative, `(*column)`.
        precipitation_top_level: highest level that rains, `levels` if none, `(*column)`.
        dry_static_energy_gradient: Γ = ds/dφ between the two lowest layers [1], `(*column)`.
        land_fraction: [1], 0 to 1, `(*column)`.
        parameters: see :class:`CloudsParameters`.
        grid: at least three levels.
        gates: see :class:`jcm.physics.gates.Gates`. The scales are 1 for relative humidity, covers
            and stability, the minimum itself for the humidity of a cloud, the maximum itself for
            precipitation, 1 mm/day for its root, and the largest cover of stratiform cloud.

    Returns:
        See :class:`Clouds`.
    """
    p, q, r = parameters, levels_of(specific_humidity), levels_of(relative_humidity)
    surface, base = grid.levels - 1, grid.levels - 2
    ρ_1 = p.clear_sky_relative_humidity

    excess, cloudier = _largest_excess(q, r, p, grid, gates)
    top = jnp.full_like(precipitation_top_level, grid.levels)
    for k, indicator in cloudier.items():
        top = jnp.where(gates.taken(indicator), k, top)

    precipitation = gates.minimum(
        p.maximum_precipitation,
        p.precipitation_unit_factor * (convective_precipitation + large_scale_precipitation),
        scale=p.maximum_precipitation,
    )
    relative_excess = excess * (1.0 / (p.overcast_relative_humidity - ρ_1))
    humid_part = gates.minimum(1.0, relative_excess, scale=1.0) ** 2
    rainy_part = p.precipitation_weight * gates.square_root(precipitation, scale=1.0)
    cover = gates.minimum(1.0, rainy_part + humid_part, scale=1.0)

    gradient_range = p.stratiform_full_gradient - p.stratiform_onset_gradient
    stability = gates.clip(
        (dry_static_energy_gradient - p.stratiform_onset_gradient) * (1.0 / gradient_range),
        0.0,
        1.0,
        scale=1.0,
    )
    largest_cover = p.maximum_stratiform_cover
    sea_cover = stability * gates.positive_part(
        largest_cover - p.stratiform_reduction * cover, scale=largest_cover
    )
    land_cover = (
        gates.maximum(sea_cover, p.minimum_land_stratiform_cover, scale=largest_cover) * r[surface]
    )

    return Clouds(
        cloud_top_level=jnp.minimum(top, precipitation_top_level),
        cloud_cover=cover,
        stratiform_cloud_cover=sea_cover + land_fraction * (land_cover - sea_cover),
        cloud_humidity=q[base],
    )


def cloud_reach(
    specific_humidity: LevelField,
    saturation_specific_humidity: LevelField,
    relative_humidity: LevelField,
    convection_reach: LevelField | None,
    *,
    parameters: CloudsParameters = CloudsParameters(),
    condensation: LargeScaleCondensationParameters = LargeScaleCondensationParameters(),
    grid: VerticalGrid = VerticalGrid.speedy(),
    gates: Gates = HARD,
) -> LevelField | None:
    """Share of the cloud that reaches each level or higher, where gates have a width.

    Args:
        specific_humidity: q [g kg-1], not negative, `(level, *column)`.
        saturation_specific_humidity: q* [g kg-1], `(level, *column)`.
        relative_humidity: r [1], not negative, `(level, *column)`.
        convection_reach: share of convection that reaches each level or higher [1],
            `(level, *column)`, or None.
        parameters: see :class:`CloudsParameters`.
        condensation: parameters of large-scale condensation.
        grid: at least three levels.
        gates: see :func:`clouds`.

    Returns:
        Shares that increase downward [1], `(level, *column)`; they take the place of
        `cloud_top_level`, see :func:`jcm.physics.gates.reaches`. None if that of convection is.
    """
    if convection_reach is None:
        return None
    rain_reach = precipitation_reach(
        specific_humidity,
        saturation_specific_humidity,
        convection_reach,
        parameters=condensation,
        grid=grid,
        gates=gates,
    )
    q, r = levels_of(specific_humidity), levels_of(relative_humidity)
    _, cloudier = _largest_excess(q, r, parameters, grid, gates)
    share: dict[int, ColumnField] = {}
    for k, indicator in cloudier.items():
        share = {level: (1.0 - indicator) * before for level, before in share.items()}
        share[k] = indicator
    reach, humid_reach = [], jnp.zeros_like(r[0])
    rain_reach = levels_of(rain_reach)
    for k in range(grid.levels):
        humid_reach = humid_reach + share.get(k, 0.0)
        reach.append(gates.either(humid_reach, rain_reach[k]))
    return jnp.stack(reach)


def _largest_excess(
    q: Levels, r: Levels, p: CloudsParameters, grid: VerticalGrid, gates: Gates
) -> tuple[ColumnField, dict[int, Indicator]]:
    """The largest excess of relative humidity, and which levels exceed those looked at before.

    The second lowest level is the first that is looked at, then those above it from the top.
    """
    base, ρ_1 = grid.levels - 2, p.clear_sky_relative_humidity
    excess = gates.excess(r[base], ρ_1, scale=1.0)
    cloudier = {base: gates.above(r[base], ρ_1, scale=1.0)}
    for k in range(stratospheric_layers(grid), base):
        moist = gates.above(q[k], p.minimum_cloud_humidity, scale=p.minimum_cloud_humidity)
        cloudier[k] = gates.both(gates.above(r[k] - ρ_1, excess, scale=1.0), moist)
        excess = gates.choose(cloudier[k], r[k] - ρ_1, excess)
    return excess, cloudier
