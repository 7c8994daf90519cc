"""Long-wave radiation in four bands: a downward pass, and after the surface fluxes an upward pass.

A fifth, "black" share of the spectrum links the surface with the lowest layer and cools the two top
layers to space.

References:
    Specification page 14. Molteni (2003), appendix A6.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from jcm.arrays import (
    AnyBandField,
    AnyField,
    BandField,
    ColumnField,
    LevelBandField,
    LevelField,
    StratosphericField,
    levels_of,
)
from jcm.constants import PhysicalConstants
from jcm.formulation import ORIGINAL, Formulation
from jcm.parameters import Number, ParameterSet, exact, literal, parameter_set
from jcm.physics.gates import HARD, Gates
from jcm.physics.vertical_levels import (
    shares_of_mass,
    stratospheric_layers,
    upper_stratospheric_layers,
)
from jcm.vertical_grid import VerticalGrid


@parameter_set
class LongwaveRadiationParameters(ParameterSet):
    """Shares of the black-body spectrum: a band has f + c (T - T_b)², T limited to a range."""

    co2_share_extreme: Number = literal(
        0.148, unit="1", meaning="largest share of the CO2 band", spec="14"
    )
    co2_share_curvature: Number = literal(
        -3.0e-6, unit="K-2", meaning="curvature of the share of the CO2 band", spec="14"
    )
    co2_share_temperature: Number = exact(
        247.0, unit="K", meaning="temperature of the largest share of the CO2 band", spec="14"
    )
    weak_vapour_share_extreme: Number = literal(
        0.356, unit="1", meaning="largest share of the weak vapour band", spec="14"
    )
    weak_vapour_share_curvature: Number = literal(
        -5.2e-6, unit="K-2", meaning="curvature of the share of the weak band", spec="14"
    )
    weak_vapour_share_temperature: Number = exact(
        282.0, unit="K", meaning="temperature of the largest share of the weak band", spec="14"
    )
    strong_vapour_share_extreme: Number = literal(
        0.314, unit="1", meaning="smallest share of the strong vapour band", spec="14"
    )
    strong_vapour_share_curvature: Number = literal(
        1.0e-5, unit="K-2", meaning="curvature of the share of the strong band", spec="14"
    )
    strong_vapour_share_temperature: Number = exact(
        315.0, unit="K", meaning="temperature of the smallest share of the strong band", spec="14"
    )
    lowest_share_temperature: Number = exact(
        200.0, unit="K", meaning="temperature below which the shares stay the same", spec="14"
    )
    highest_share_temperature: Number = exact(
        320.0, unit="K", meaning="temperature above which the shares stay the same", spec="14"
    )


class LongwaveDownward(NamedTuple):
    """Result of :func:`longwave_downward`; attributes as in :class:`LongwaveRadiation`."""

    surface_downward_longwave: ColumnField
    longwave_absorption_downward_pass: LevelField
    surface_downward_longwave_by_band: BandField
    blackbody_emission: LevelField
    emission_gradient: LevelField


class LongwaveUpward(NamedTuple):
    """Result of :func:`longwave_upward`; attributes as in :class:`LongwaveRadiation`."""

    surface_net_upward_longwave: ColumnField
    outgoing_longwave: ColumnField
    longwave_absorption: LevelField
    surface_upward_longwave_by_band: BandField
    toa_longwave_by_band: BandField


class LongwaveRadiation(NamedTuple):
    """Result of :func:`longwave_radiation`.

    Attributes:
        surface_downward_longwave: what the surface absorbs [W m-2], `(*column)`.
        surface_net_upward_longwave: emitted minus absorbed by the surface [W m-2], `(*column)`.
        outgoing_longwave: upward at the top, including the polar-night term [W m-2], `(*column)`.
        longwave_absorption: net gain of each layer [W m-2], `(level, *column)`.
        longwave_absorption_downward_pass: the same after the downward pass [W m-2],
            `(level, *column)`.
        surface_downward_longwave_by_band: what reaches the surface [W m-2], `(band, *column)`.
        surface_upward_longwave_by_band: what leaves the surface [W m-2], `(band, *column)`.
        toa_longwave_by_band: upward at the top [W m-2], `(band, *column)`.
        blackbody_emission: σ_B T⁴ of each layer [W m-2], `(level, *column)`.
        emission_gradient: how much stronger the lower boundary of a layer emits than its mean,
            zero in inversions [W m-2], `(level, *column)`.
    """

    surface_downward_longwave: ColumnField
    surface_net_upward_longwave: ColumnField
    outgoing_longwave: ColumnField
    longwave_absorption: LevelField
    longwave_absorption_downward_pass: LevelField
    surface_downward_longwave_by_band: BandField
    surface_upward_longwave_by_band: BandField
    toa_longwave_by_band: BandField
    blackbody_emission: LevelField
    emission_gradient: LevelField


@jax.custom_jvp
def _in_single_precision(x: AnyField | Number) -> AnyField:
    """`x` rounded to single precision; for derivatives nothing happens to it."""
    return lax.reduce_precision(x, exponent_bits=8, mantissa_bits=23)


# The derivative that JAX has for it would be rounded to single precision as well.
_in_single_precision.defjvps(lambda tangent, _result, _x: tangent)


def longwave_band_fraction(
    temperature: AnyField,
    *,
    parameters: LongwaveRadiationParameters = LongwaveRadiationParameters(),
    constants: PhysicalConstants = PhysicalConstants(),
    formulation: Formulation = ORIGINAL,
    gates: Gates = HARD,
) -> AnyBandField:
    """Share of the black-body spectrum in window, CO₂, weak and strong vapour band.

        f_b = e₁ [f + c (T - T_b)²] ,    e₁ = 1 - share of the black band

    with T rounded to a whole number, halves upward, and limited to the range of the parameters; the
    window has what the others leave of e₁. The derivative with respect to temperature is zero.

    The original evaluates the bracket in single precision. In double precision its product and its
    sum are exact, so that rounding each to single gives the original's number, however the compiler
    contracts them.

    Gates of any width take T as it is, and the bracket in full precision: a table has no
    derivative.

    Args:
        temperature: [K], positive.
        parameters: see :class:`LongwaveRadiationParameters`.
        constants: see :class:`jcm.constants.PhysicalConstants`.
        formulation: `single_precision_constants` rounds the bracket to single precision.
        gates: see :class:`jcm.physics.gates.Gates`. The scale of the limits is 1 K.

    Returns:
        `(band, *any)` [1]; sums to e₁ over the bands.
    """
    p = parameters
    rounding = formulation.single_precision_constants and temperature.dtype == jnp.float64
    rounding = rounding and not gates.smooth

    def single(x: AnyField) -> AnyField:
        return _in_single_precision(x) if rounding else x

    def share(extreme: Number, curvature: Number, distance: AnyField) -> AnyField:
        return single(single(extreme) + single(single(curvature) * single(distance**2)))

    T = gates.clip(temperature, p.lowest_share_temperature, p.highest_share_temperature, scale=1.0)
    T = T if gates.smooth else jnp.floor(T + 0.5)
    total = 1.0 - constants.black_band_fraction
    co2 = share(p.co2_share_extreme, p.co2_share_curvature, T - p.co2_share_temperature)
    weak = share(
        p.weak_vapour_share_extreme,
        p.weak_vapour_share_curvature,
        T - p.weak_vapour_share_temperature,
    )
    strong = share(
        p.strong_vapour_share_extreme,
        p.strong_vapour_share_curvature,
        T - p.strong_vapour_share_temperature,
    )
    co2, weak, strong = total * co2, total * weak, total * strong
    return jnp.stack([total - ((co2 + weak) + strong), co2, weak, strong])


def longwave_downward(
    temperature: LevelField,
    longwave_transmissivity: LevelBandField,
    *,
    parameters: LongwaveRadiationParameters = LongwaveRadiationParameters(),
    constants: PhysicalConstants = PhysicalConstants(),
    grid: VerticalGrid = VerticalGrid.speedy(),
    formulation: Formulation = ORIGINAL,
    gates: Gates = HARD,
) -> LongwaveDownward:
    """Downward pass: D ← τ D + (1 - τ) f_b (B + (1 - τ) C) from the top to the surface.

    Args:
        temperature: [K], `(level, *column)`.
        longwave_transmissivity: τ [1], `(level, band, *column)`.
        parameters: see :class:`LongwaveRadiationParameters`.
        constants: see :class:`jcm.constants.PhysicalConstants`.
        grid: at least three levels.
        formulation: see :func:`longwave_band_fraction`.
        gates: see the same; the scale of inversions is 1 K.

    Returns:
        See :class:`LongwaveDownward`.
    """
    B, C = _layer_emission(temperature, constants, grid, gates)
    fraction = longwave_band_fraction(
        temperature,
        parameters=parameters,
        constants=constants,
        formulation=formulation,
        gates=gates,
    )
    fraction = levels_of(fraction, axis=1)
    transmissivity = levels_of(longwave_transmissivity)
    downward = jnp.zeros_like(fraction[0])
    absorption = []
    for k in range(grid.levels):
        τ = _layer_transmissivity(transmissivity, k)
        emissivity = 1.0 - τ
        emission = fraction[k] * (B[k][jnp.newaxis] + emissivity * C[k][jnp.newaxis])
        below = τ * downward + emissivity * emission
        absorption.append(jnp.sum(downward - below, axis=0))
        downward = below

    ε = constants.surface_emissivity
    black_band = constants.black_band_fraction * ε * B[-1]
    absorption[-1] = absorption[-1] - black_band
    return LongwaveDownward(
        surface_downward_longwave=jnp.sum(ε * downward, axis=0) + black_band,
        longwave_absorption_downward_pass=jnp.stack(absorption),
        surface_downward_longwave_by_band=downward,
        blackbody_emission=jnp.stack(B),
        emission_gradient=jnp.stack(C),
    )


def longwave_upward(
    temperature: LevelField,
    surface_temperature: ColumnField,
    surface_upward_longwave: ColumnField,
    longwave_transmissivity: LevelBandField,
    stratospheric_correction: StratosphericField,
    downward: LongwaveDownward,
    *,
    parameters: LongwaveRadiationParameters = LongwaveRadiationParameters(),
    constants: PhysicalConstants = PhysicalConstants(),
    grid: VerticalGrid = VerticalGrid.speedy(),
    formulation: Formulation = ORIGINAL,
    gates: Gates = HARD,
) -> LongwaveUpward:
    """Upward pass: U ← τ U + (1 - τ) f_b (B - (1 - τ) C) from the surface to the top.

    Args:
        temperature: that of the downward pass [K], `(level, *column)`.
        surface_temperature: mean of land and sea, splits the emission into bands [K], `(*column)`.
        surface_upward_longwave: emission of the surface [W m-2], `(*column)`.
        longwave_transmissivity: that of the downward pass [1], `(level, band, *column)`.
        stratospheric_correction: cooling of the top layer [W m-2], and share of the black-body
            emission of the two top layers lost per Δσ [1], `(2, *column)`; with other layers than
            SPEEDY's, of those that stand for them.
        downward: result of :func:`longwave_downward`.
        parameters: see :class:`LongwaveRadiationParameters`.
        constants: see :class:`jcm.constants.PhysicalConstants`.
        grid: at least three levels.
        formulation: see :func:`longwave_band_fraction`.
        gates: see the same.

    Returns:
        See :class:`LongwaveUpward`.
    """
    B, C = levels_of(downward.blackbody_emission), levels_of(downward.emission_gradient)
    transmissivity = levels_of(longwave_transmissivity)
    temperatures = jnp.concatenate([temperature, surface_temperature[jnp.newaxis]])
    fraction = longwave_band_fraction(
        temperatures,
        parameters=parameters,
        constants=constants,
        formulation=formulation,
        gates=gates,
    )
    fraction = levels_of(fraction, axis=1)
    reflected = (1.0 - constants.surface_emissivity) * downward.surface_downward_longwave_by_band
    surface_upward = fraction[-1] * surface_upward_longwave[jnp.newaxis] + reflected

    upward = surface_upward
    absorption = list(levels_of(downward.longwave_absorption_downward_pass))
    absorption[-1] = absorption[-1] + constants.black_band_fraction * surface_upward_longwave
    for k in reversed(range(grid.levels)):
        τ = _layer_transmissivity(transmissivity, k)
        emissivity = 1.0 - τ
        emission = fraction[k] * (B[k][jnp.newaxis] - emissivity * C[k][jnp.newaxis])
        above = τ * upward + emissivity * emission
        absorption[k] = absorption[k] + jnp.sum(upward - above, axis=0)
        upward = above

    polar_night_cooling, black_band_share = stratospheric_correction
    polar_night = shares_of_mass(grid, range(upper_stratospheric_layers(grid)))
    to_space = 0.0
    for k in range(stratospheric_layers(grid)):
        cooling = grid.sigma_thickness[k] * black_band_share * B[k]
        if k in polar_night:
            cooling = cooling + polar_night[k] * polar_night_cooling
        absorption[k] = absorption[k] - cooling
        to_space = to_space + cooling
    return LongwaveUpward(
        surface_net_upward_longwave=surface_upward_longwave - downward.surface_downward_longwave,
        outgoing_longwave=to_space + jnp.sum(upward, axis=0),
        longwave_absorption=jnp.stack(absorption),
        surface_upward_longwave_by_band=surface_upward,
        toa_longwave_by_band=upward,
    )


def longwave_radiation(
    temperature: LevelField,
    surface_temperature: ColumnField,
    surface_upward_longwave: ColumnField,
    longwave_transmissivity: LevelBandField,
    stratospheric_correction: StratosphericField,
    *,
    parameters: LongwaveRadiationParameters = LongwaveRadiationParameters(),
    constants: PhysicalConstants = PhysicalConstants(),
    grid: VerticalGrid = VerticalGrid.speedy(),
    formulation: Formulation = ORIGINAL,
    gates: Gates = HARD,
) -> LongwaveRadiation:
    """Both passes, for a known emission of the surface.

    The absorption of all layers adds up to the net upward flux at the surface minus the outgoing
    flux. Arguments as for :func:`longwave_downward` and :func:`longwave_upward`.
    """
    downward = longwave_downward(
        temperature,
        longwave_transmissivity,
        parameters=parameters,
        constants=constants,
        grid=grid,
        formulation=formulation,
        gates=gates,
    )
    upward = longwave_upward(
        temperature,
        surface_temperature,
        surface_upward_longwave,
        longwave_transmissivity,
        stratospheric_correction,
        downward,
        parameters=parameters,
        constants=constants,
        grid=grid,
        formulation=formulation,
        gates=gates,
    )
    return LongwaveRadiation(**downward._asdict(), **upward._asdict())


def _layer_emission(
    temperature: LevelField, constants: PhysicalConstants, grid: VerticalGrid, gates: Gates
) -> tuple[list[ColumnField], list[ColumnField]]:
    """Mean black-body emission B of each layer, and its increase C to the lower boundary.

    The two top layers emit at a mean over their depth and have no gradient. The atmosphere above
    the uppermost full level is isothermal.
    """
    surface, σ_B, w = grid.levels - 1, constants.stefan_boltzmann, grid.half_level_weight
    T = levels_of(temperature)
    half = [T[k] + w[k] * (T[k + 1] - T[k]) for k in range(surface)]
    no_gradient = jnp.zeros_like(T[0])
    B = [
        σ_B * (0.75 * T[0] + 0.25 * half[0]) ** 4,
        σ_B * (0.5 * T[1] + 0.25 * (half[0] + half[1])) ** 4,
    ]
    C = [no_gradient, no_gradient]
    for k in range(2, grid.levels):
        difference = T[k] - half[k - 1] if k == surface else 0.5 * (half[k] - half[k - 1])
        emission_per_kelvin = σ_B * T[k] ** 3
        B.append(emission_per_kelvin * T[k])
        C.append(4.0 * emission_per_kelvin * gates.positive_part(difference, scale=1.0))
    return B, C


def _layer_transmissivity(transmissivity: tuple[BandField, ...], k: int) -> BandField:
    """Transmissivity of layer `k`; the top layer takes no part in the vapour bands."""
    τ = transmissivity[k]
    if k > 0:
        return τ
    return jnp.concatenate([τ[:2], jnp.ones_like(τ[2:])])
