"""Solar forcing that depends on latitude and season only: insolation, ozone, zenith factor.

References:
    Specification page 15, sections 2 and 3. Series of declination and distance after Spencer
    (1971) and Hartmann (1994); Molteni (2003) for ozone and zenith factor.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jcm.arrays import AnyField, ColumnField
from jcm.formulation import ORIGINAL, Formulation
from jcm.parameters import Number, ParameterSet, exact, literal, parameter_set
from jcm.physics.gates import HARD, Gates


@parameter_set
class ZonalForcingParameters(ParameterSet):
    """Parameters of the solar forcing.

    The declination is δ = δ₀ - δ_c1 cos a + δ_s1 sin a - δ_c2 cos 2a + ..., the squared inverse
    distance D = D₀ + D_c1 cos a + D_s1 sin a + ..., the angle a runs through 2π in a year.
    """

    pi: Number = literal(
        math.pi, unit="1", meaning="ratio of circumference to diameter", spec="15.2"
    )
    solar_constant: Number = exact(
        4.0 * 342.0, unit="W m-2", meaning="insolation at mean distance", spec="15.2"
    )
    declination_mean: Number = literal(
        0.006918, unit="rad", meaning="mean declination", spec="15.2"
    )
    declination_cosine_1: Number = literal(
        0.399912, unit="rad", meaning="minus the coefficient of cos a", spec="15.2"
    )
    declination_sine_1: Number = literal(
        0.070257, unit="rad", meaning="coefficient of sin a", spec="15.2"
    )
    declination_cosine_2: Number = literal(
        0.006758, unit="rad", meaning="minus the coefficient of cos 2a", spec="15.2"
    )
    declination_sine_2: Number = literal(
        0.000907, unit="rad", meaning="coefficient of sin 2a", spec="15.2"
    )
    declination_cosine_3: Number = literal(
        0.002697, unit="rad", meaning="minus the coefficient of cos 3a", spec="15.2"
    )
    declination_sine_3: Number = literal(
        0.001480, unit="rad", meaning="coefficient of sin 3a", spec="15.2"
    )
    inverse_square_distance_mean: Number = literal(
        1.000110, unit="1", meaning="mean of the squared inverse distance", spec="15.2"
    )
    inverse_square_distance_cosine_1: Number = literal(
        0.034221, unit="1", meaning="coefficient of cos a", spec="15.2"
    )
    inverse_square_distance_sine_1: Number = literal(
        0.001280, unit="1", meaning="coefficient of sin a", spec="15.2"
    )
    inverse_square_distance_cosine_2: Number = literal(
        0.000719, unit="1", meaning="coefficient of cos 2a", spec="15.2"
    )
    inverse_square_distance_sine_2: Number = literal(
        0.000077, unit="1", meaning="coefficient of sin 2a", spec="15.2"
    )
    solstice_phase: Number = literal(
        10.0 / 365.0,
        unit="1",
        meaning="from winter solstice to new year, in years",
        spec="15.3",
        in_effect=float(np.float32(10.0) / np.float32(365.0)),
    )
    obliquity: Number = literal(
        23.45,
        unit="degree",
        meaning="amplitude of the declination in the zenith factor",
        spec="15.3",
    )
    ozone_absorptivity: Number = literal(
        0.02, unit="1", meaning="share of the insolation that ozone absorbs", spec="15.3"
    )
    ozone_upper_share: Number = exact(
        0.5, unit="1", meaning="share of ozone absorption in the top layer", spec="15.3"
    )
    ozone_lower_share: Number = literal(
        0.4, unit="1", meaning="share of ozone absorption in the second layer", spec="15.3"
    )
    ozone_latitude_factor: Number = literal(
        1.8, unit="1", meaning="weight of the second Legendre polynomial in ozone", spec="15.3"
    )
    polar_night_threshold: Number = exact(
        6.0, unit="W m-2", meaning="insolation below which the top layer is cooled", spec="15.3"
    )


class ZonalForcing(NamedTuple):
    """Result of :func:`zonal_forcing`, every field `(*column)`.

    Attributes:
        insolation: daily mean at the top, downward [W m-2]; exactly zero in polar night.
        ozone_absorption_upper: in the top layer, at normalized surface pressure 1 [W m-2].
        ozone_absorption_lower: in the second layer, at normalized surface pressure 1 [W m-2].
        zenith_factor: increase of the optical path with zenith angle [1], at least 1.
        polar_night_cooling: of the top layer, at normalized surface pressure 1 [W m-2].
    """

    insolation: ColumnField
    ozone_absorption_upper: ColumnField
    ozone_absorption_lower: ColumnField
    zenith_factor: ColumnField
    polar_night_cooling: ColumnField


def zonal_forcing(
    year_fraction: Float[Array, "*#column"],
    latitude_sine: ColumnField,
    latitude_cosine: ColumnField,
    *,
    parameters: ZonalForcingParameters = ZonalForcingParameters(),
    formulation: Formulation = ORIGINAL,
    gates: Gates = HARD,
) -> ZonalForcing:
    """Daily-mean insolation and what follows from it.

        S₀ = 1368 W m-2 / π · D (H sin ϕ sin δ + sin H cos ϕ cos δ) ,    cos H = -tan δ tan ϕ

    with declination δ, half day length H and squared inverse distance D of the sun. The zenith
    factor is z = 1 + (1 - cos(ϕ - δ'))², where δ' is a simpler declination.

    Args:
        year_fraction: time since new year / length of the year [1], scalar or `(*column)`.
        latitude_sine: sin ϕ [1], `(*column)`.
        latitude_cosine: cos ϕ [1], positive, `(*column)`.
        parameters: see :class:`ZonalForcingParameters`.
        formulation: `ozone_season_one_sided` cuts the seasonal term of ozone off at zero;
            `zenith_uses_separate_declination` decides between δ' and δ in the zenith factor.
        gates: of the seasonal term of ozone, with its amplitude as scale, and of the polar night,
            with the threshold as scale. Insolation needs none: its derivative is continuous.

    Returns:
        See :class:`ZonalForcing`.
    """
    p, sin_φ, cos_φ = parameters, latitude_sine, latitude_cosine
    δ, distance = _declination_and_distance(year_fraction, p)
    sin_δ, cos_δ = jnp.sin(δ), jnp.cos(δ)
    H = _arccos(-(sin_δ / cos_δ) * sin_φ / cos_φ)
    S_0 = (p.solar_constant / p.pi) * distance * (H * sin_φ * sin_δ + jnp.sin(H) * cos_φ * cos_δ)

    season = jnp.cos(2.0 * p.pi * (year_fraction + p.solstice_phase))
    if formulation.zenith_uses_separate_declination:
        δ_zenith = -season * p.obliquity * (0.5 * p.pi) / 90.0
    else:
        δ_zenith = δ
    z = 1.0 + (1.0 - (cos_φ * jnp.cos(δ_zenith) + sin_φ * jnp.sin(δ_zenith))) ** 2

    ozone_season = season
    if formulation.ozone_season_one_sided:
        ozone_season = gates.maximum(0.0, season, scale=1.0)
    legendre_2 = 1.5 * sin_φ**2 - 0.5
    ozone_profile = 1.0 + ozone_season * sin_φ + p.ozone_latitude_factor * legendre_2
    return ZonalForcing(
        insolation=S_0,
        ozone_absorption_upper=S_0 * (p.ozone_upper_share * p.ozone_absorptivity) * z,
        ozone_absorption_lower=S_0
        * (p.ozone_lower_share * p.ozone_absorptivity * ozone_profile)
        * z,
        zenith_factor=z,
        polar_night_cooling=gates.positive_part(
            p.polar_night_threshold - S_0, scale=p.polar_night_threshold
        ),
    )


def _declination_and_distance(
    year_fraction: AnyField, p: ZonalForcingParameters
) -> tuple[AnyField, AnyField]:
    """Declination of the sun [rad] and its squared inverse distance [1]."""
    a = 2.0 * p.pi * year_fraction
    c_1, s_1 = jnp.cos(a), jnp.sin(a)
    c_2, s_2 = c_1**2 - s_1**2, 2.0 * s_1 * c_1
    c_3, s_3 = c_1 * c_2 - s_1 * s_2, s_1 * c_2 + s_2 * c_1
    declination = (
        p.declination_mean
        - p.declination_cosine_1 * c_1
        + p.declination_sine_1 * s_1
        - p.declination_cosine_2 * c_2
        + p.declination_sine_2 * s_2
        - p.declination_cosine_3 * c_3
        + p.declination_sine_3 * s_3
    )
    distance = (
        p.inverse_square_distance_mean
        + p.inverse_square_distance_cosine_1 * c_1
        + p.inverse_square_distance_sine_1 * s_1
        + p.inverse_square_distance_cosine_2 * c_2
        + p.inverse_square_distance_sine_2 * s_2
    )
    return declination, distance


def _arccos(x: ColumnField) -> ColumnField:
    """Arc cosine of x limited to -1 … 1, with derivative 0 at and beyond the limits."""
    inside = jnp.abs(x) < 1.0
    return jnp.where(
        inside, jnp.arccos(jnp.where(inside, x, 0.0)), jnp.where(x > 0.0, 0.0, math.pi)
    )
