"""Held-Suarez forcing: all physics of a dry atmosphere replaced by two linear relaxations.

Temperature relaxes towards a prescribed radiative equilibrium, the winds near the surface towards
rest. The zonally symmetric forcing without moisture, orography or seasons drives a climate that is
known from many models, hence tests a dynamical core alone.

References:
    Held and Suarez (1994): A proposal for the intercomparison of the dynamical cores of atmospheric
    general circulation models. Bull. Amer. Meteor. Soc. 75, 1825-1830, section 2 ("HS94" below).
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jcm.arrays import ColumnField, LevelField, SharedField
from jcm.constants import PhysicalConstants
from jcm.parameters import Number, ParameterSet, exact, literal, parameter_set
from jcm.physics.gates import HARD, Gates
from jcm.vertical_grid import VerticalGrid


@parameter_set
class HeldSuarezParameters(ParameterSet):
    """Parameters of the Held-Suarez forcing; κ, the only other one, is a physical constant."""

    friction_time: Number = exact(
        86400.0, unit="s", meaning="damping time of the wind at sigma = 1, 1/k_f", spec="HS94 2"
    )
    atmospheric_relaxation_time: Number = exact(
        40.0 * 86400.0,
        unit="s",
        meaning="relaxation time of temperature aloft, 1/k_a",
        spec="HS94 2",
    )
    surface_relaxation_time: Number = exact(
        4.0 * 86400.0,
        unit="s",
        meaning="relaxation time of temperature at sigma = 1 on the equator, 1/k_s",
        spec="HS94 2",
    )
    boundary_layer_sigma: Number = literal(
        0.7, unit="1", meaning="top of the boundary layer, σ_b", spec="HS94 2"
    )
    stratospheric_temperature: Number = exact(
        200.0, unit="K", meaning="lower bound of the equilibrium temperature", spec="HS94 2"
    )
    equatorial_temperature: Number = exact(
        315.0, unit="K", meaning="equilibrium temperature at p0 on the equator", spec="HS94 2"
    )
    meridional_contrast: Number = exact(
        60.0, unit="K", meaning="contrast between equator and pole, (ΔT)_y", spec="HS94 2"
    )
    static_stability: Number = exact(
        10.0, unit="K", meaning="growth of θ with -ln p on the equator, (Δθ)_z", spec="HS94 2"
    )


class HeldSuarez(NamedTuple):
    """Result of :func:`held_suarez`, every field `(level, *column)`.

    Attributes:
        temperature_tendency: [K s-1].
        eastward_wind_tendency: [m s-2].
        northward_wind_tendency: [m s-2].
    """

    temperature_tendency: LevelField
    eastward_wind_tendency: LevelField
    northward_wind_tendency: LevelField


def held_suarez(
    temperature: LevelField,
    eastward_wind: LevelField,
    northward_wind: LevelField,
    normalized_surface_pressure: ColumnField,
    sin_latitude: SharedField,
    *,
    parameters: HeldSuarezParameters = HeldSuarezParameters(),
    constants: PhysicalConstants = PhysicalConstants(),
    grid: VerticalGrid = VerticalGrid.speedy(),
    gates: Gates = HARD,
) -> HeldSuarez:
    """Tendencies of the Held-Suarez forcing.

        ∂T/∂t = -k_T (T - T_eq) ,    k_T = k_a + (k_s - k_a) b cos⁴ φ
        ∂v/∂t = -k_f b v ,           b = max(0, (σ - σ_b) / (1 - σ_b))

    with T_eq of :func:`equilibrium_temperature`. Humidity plays no part.

    Args:
        temperature: [K], `(level, *column)`.
        eastward_wind: [m s-1], `(level, *column)`.
        northward_wind: [m s-1], `(level, *column)`.
        normalized_surface_pressure: surface pressure / 10⁵ Pa [1], positive, `(*column)`.
        sin_latitude: sin φ [1], scalar or broadcast against `(*column)`.
        parameters: see :class:`HeldSuarezParameters`.
        constants: gives κ.
        grid: any layers.
        gates: that of the stratosphere has the scale 1 K, that of the boundary layer its depth.

    Returns:
        See :class:`HeldSuarez`.
    """
    p = parameters
    b = _boundary_layer_profile(p, grid, temperature, gates)
    cos2 = 1.0 - sin_latitude**2
    k_a, k_s = 1.0 / p.atmospheric_relaxation_time, 1.0 / p.surface_relaxation_time
    k_T = k_a + (k_s - k_a) * b * cos2**2
    k_v = b / p.friction_time
    T_eq = equilibrium_temperature(
        normalized_surface_pressure,
        sin_latitude,
        parameters=p,
        constants=constants,
        grid=grid,
        gates=gates,
    )
    return HeldSuarez(
        temperature_tendency=-k_T * (temperature - T_eq),
        eastward_wind_tendency=-k_v * eastward_wind,
        northward_wind_tendency=-k_v * northward_wind,
    )


def equilibrium_temperature(
    normalized_surface_pressure: ColumnField,
    sin_latitude: SharedField,
    *,
    parameters: HeldSuarezParameters = HeldSuarezParameters(),
    constants: PhysicalConstants = PhysicalConstants(),
    grid: VerticalGrid = VerticalGrid.speedy(),
    gates: Gates = HARD,
) -> LevelField:
    """Radiative equilibrium, symmetric about the equator.

        T_eq = max(200 K, [315 K - (ΔT)_y sin² φ - (Δθ)_z ln(p/p₀) cos² φ] (p/p₀)^κ)

    Args:
        normalized_surface_pressure: surface pressure / 10⁵ Pa [1], positive, `(*column)`.
        sin_latitude: sin φ [1], scalar or broadcast against `(*column)`.
        parameters: see :class:`HeldSuarezParameters`.
        constants: gives κ.
        grid: any layers.
        gates: see :func:`held_suarez`.

    Returns:
        T_eq [K], `(level, *column)`.
    """
    p, π = parameters, normalized_surface_pressure
    sin2 = sin_latitude**2
    ln_p = jnp.log(π) + _per_level(np.log(grid.full_level_sigma), π)
    potential_temperature = (
        p.equatorial_temperature
        - p.meridional_contrast * sin2
        - p.static_stability * ln_p * (1.0 - sin2)
    )
    return gates.maximum(
        p.stratospheric_temperature,
        potential_temperature * jnp.exp(constants.kappa * ln_p),
        scale=1.0,
    )


def _boundary_layer_profile(
    p: HeldSuarezParameters, grid: VerticalGrid, temperature: LevelField, gates: Gates
) -> Float[Array, "level *#column"]:
    """The profile b = max(0, (σ - σ_b) / (1 - σ_b))."""
    σ = _per_level(np.asarray(grid.full_level_sigma), temperature[0])
    height = (σ - p.boundary_layer_sigma) / (1.0 - p.boundary_layer_sigma)
    return gates.maximum(0.0, height, scale=1.0)


def _per_level(
    values: Float[np.ndarray, " level"], column_field: ColumnField
) -> Float[Array, "level *#column"]:
    """`values` in the precision of `column_field`, with an axis of length one for each column."""
    return jnp.asarray(values, column_field.dtype).reshape(-1, *[1] * column_field.ndim)
