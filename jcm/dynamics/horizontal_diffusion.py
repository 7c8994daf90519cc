"""Horizontal diffusion, its orographic correction, and the drag on the top level.

Scale-selective damping with rate d(l), backwards in time: ∂X ← (∂X - d X) F, F = 1/(1 + d dt), with
X of the earlier time level. With e = l(l+1) / (30 · 31), d = e⁴/τ is a ∇⁸ diffusion, d = e/τ_s the
additional ∇² diffusion that is meant for the stratosphere.

Diffusion along sigma surfaces would mix mountain air with valley air. It therefore acts on
T + t^h t^v_k and q + q^h q^v_k, t^h and q^h from
:func:`jcm.physics.orographic_correction.orographic_correction`.

References:
    Specification page 34.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from jcm.constants import PhysicalConstants
from jcm.dynamics.packing import (
    AnyArray,
    PackedSpectral,
    PackedSpectralMap,
    spectral_table,
    total_wavenumber,
)
from jcm.dynamics.parameters import DynamicsParameters
from jcm.dynamics.semi_implicit import lapse_rate_exponent
from jcm.dynamics.spectral_transform import TRUNCATION, ZONAL_WAVENUMBERS
from jcm.dynamics.state import SpectralLevels, SpectralState
from jcm.formulation import Formulation
from jcm.parameters import Number
from jcm.vertical_grid import VerticalGrid

_SECONDS_PER_HOUR = 3600.0
#: Half the power of the Laplacian: ∇⁸.
_POWER = 4


class Damping(NamedTuple):
    """A linear damping of spectral coefficients.

    Attributes:
        rate: d [s-1], `(62, 1, 32)`, or `(62, level, 32)` where levels differ.
        factor: F = 1/(1 + d dt) [1], likewise.
    """

    rate: Float[AnyArray, "62 layers 32"]
    factor: Float[AnyArray, "62 layers 32"]


class DiffusionTables(NamedTuple):
    """Everything that the diffusion needs for one time step.

    Attributes:
        vorticity: ∇⁸, of vorticity and temperature.
        divergence: ∇⁸, of divergence and humidity.
        extra: ∇², of vorticity, divergence and temperature.
        drag_rate: on the zonal-mean flow of the top level [s-1], zero elsewhere, `(62, level, 1)`.
        temperature_profile: t^v [1], `(level, 1)`.
        humidity_profile: q^v [1], `(level, 1)`.
    """

    vorticity: Damping
    divergence: Damping
    extra: Damping
    drag_rate: Float[AnyArray, "62 level 1"]
    temperature_profile: Float[AnyArray, "level 1"]
    humidity_profile: Float[AnyArray, "level 1"]


def diffusion_tables(
    parameters: DynamicsParameters,
    constants: PhysicalConstants,
    grid: VerticalGrid,
    time_step: Number,
    *,
    formulation: Formulation,
) -> DiffusionTables:
    """Rates, factors and profiles.

    Args:
        parameters: see :class:`DynamicsParameters`.
        constants: see :class:`PhysicalConstants`.
        grid: the layers.
        time_step: from the earlier to the new time level [s].
        formulation: `extra_diffusion_acts_on_all_levels` says where the ∇² diffusion acts,
            `single_precision_constants` rounds 1/(30 · 31).
    """
    p = parameters
    normalisation = 1.0 / (TRUNCATION * (TRUNCATION + 1.0))
    if formulation.single_precision_constants:
        normalisation = float(np.float32(normalisation))
    l = total_wavenumber()
    e = spectral_table(l * (l + 1.0) * normalisation)

    level = np.arange(grid.levels)[:, None]
    is_top = level == 0
    is_zonal_mean = np.tile(np.arange(ZONAL_WAVENUMBERS) == 0, 2)[:, None, None]
    extra_at = np.ones_like(level) if formulation.extra_diffusion_acts_on_all_levels else is_top

    def damping(shape: Float[AnyArray, "62 _ 32"], hours: float) -> Damping:
        rate = shape / (_SECONDS_PER_HOUR * hours)
        return Damping(rate, 1.0 / (1.0 + rate * time_step))

    temperature_exponent = lapse_rate_exponent(constants)
    humidity_exponent = p.pressure_scale_height / p.humidity_scale_height
    σ = np.array(grid.full_level_sigma)[:, None]
    return DiffusionTables(
        vorticity=damping(e**_POWER, p.vorticity_damping_time),
        divergence=damping(e**_POWER, p.divergence_damping_time),
        extra=damping(e * extra_at, p.stratospheric_damping_time),
        drag_rate=is_zonal_mean * is_top / (_SECONDS_PER_HOUR * p.zonal_mean_drag_time),
        temperature_profile=(level >= 1) * σ**temperature_exponent,
        humidity_profile=(level >= 2) * σ**humidity_exponent,
    )


def damped(tendency: PackedSpectral, field: PackedSpectral, damping: Damping) -> PackedSpectral:
    """(∂X - d X) F.

    Args:
        tendency: ∂X.
        field: X of the earlier time level.
        damping: see :class:`Damping`.
    """
    return (tendency - damping.rate * field) * damping.factor


def horizontal_diffusion(
    tendency: SpectralState,
    earlier: SpectralState,
    temperature_correction: PackedSpectralMap,
    humidity_correction: PackedSpectralMap,
    tables: DiffusionTables,
) -> SpectralState:
    """Tendency with diffusion and drag; that of surface pressure is left as it is.

    Args:
        tendency: after the semi-implicit correction.
        earlier: the earlier time level.
        temperature_correction: t^h [K].
        humidity_correction: q^h [g kg-1].
        tables: see :class:`DiffusionTables`.
    """
    temperature = earlier.temperature + temperature_correction * tables.temperature_profile
    humidity = earlier.specific_humidity + humidity_correction * tables.humidity_profile

    def with_drag(tendency: SpectralLevels, field: SpectralLevels) -> SpectralLevels:
        return tendency - tables.drag_rate * field

    vorticity = damped(tendency.vorticity, earlier.vorticity, tables.vorticity)
    vorticity = with_drag(vorticity, earlier.vorticity)
    divergence = damped(tendency.divergence, earlier.divergence, tables.divergence)
    divergence = with_drag(divergence, earlier.divergence)
    warming = damped(tendency.temperature, temperature, tables.vorticity)
    return tendency._replace(
        vorticity=damped(vorticity, earlier.vorticity, tables.extra),
        divergence=damped(divergence, earlier.divergence, tables.extra),
        temperature=damped(warming, temperature, tables.extra),
        specific_humidity=damped(tendency.specific_humidity, humidity, tables.divergence),
    )
