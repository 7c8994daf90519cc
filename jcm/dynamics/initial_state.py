"""The reference atmosphere at rest, from which runs start.

    T_k = T_0 σ_k^ρ on flat ground, less Γ Φ_s σ_k^ρ;   T_0 in the two top levels 216 K
    p_s = 1013 hPa (1 - Γ Φ_s / T_0)^(1/ρ)
    q_k = 0.7 · 0.622 · 17 hPa (p_s σ_k / 1e5 Pa)³ ,   0 in the two top levels

with Φ_s the spectrally truncated surface geopotential, ρ = R Γ/g.

References:
    Specification page 36.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Complex, Float

from jcm.constants import PhysicalConstants
from jcm.dynamics.parameters import DynamicsParameters
from jcm.dynamics.semi_implicit import lapse_rate_exponent
from jcm.dynamics.spectral_transform import SpectralTransform
from jcm.dynamics.state import GridState
from jcm.formulation import Formulation
from jcm.vertical_grid import VerticalGrid

#: Levels down to this one are isothermal and dry.
_LOWEST_STRATOSPHERIC_LEVEL = 1
#: The same for other layers: those above this sigma, the lower boundary of SPEEDY's second layer.
_STRATOSPHERE_ABOVE_SIGMA = 0.14


class RestingAtmosphere(NamedTuple):
    """Result of :func:`resting_atmosphere`, float64, spectral fields complex `(..., m, n)`.

    Attributes:
        vorticity: 0 [s-1], `(level, 31, 32)`.
        divergence: 0 [s-1], `(level, 31, 32)`.
        temperature: [K], `(level, 31, 32)`, not truncated.
        specific_humidity: [g kg-1], `(level, 31, 32)`.
        log_normalized_surface_pressure: ln(p_s / 1e5 Pa) [1], `(31, 32)`.
        surface_geopotential: [m2 s-2], `(31, 32)`, not truncated.
        surface_geopotential_filtered: the same on the grid, `(96, 48)`.
    """

    vorticity: Complex[np.ndarray, "level 31 32"]
    divergence: Complex[np.ndarray, "level 31 32"]
    temperature: Complex[np.ndarray, "level 31 32"]
    specific_humidity: Complex[np.ndarray, "level 31 32"]
    log_normalized_surface_pressure: Complex[np.ndarray, "31 32"]
    surface_geopotential: Complex[np.ndarray, "31 32"]
    surface_geopotential_filtered: Float[np.ndarray, "96 48"]


def resting_atmosphere(
    surface_geopotential: Float[np.ndarray, "96 48"],
    parameters: DynamicsParameters,
    constants: PhysicalConstants,
    *,
    transform: SpectralTransform,
    grid: VerticalGrid,
    formulation: Formulation,
) -> RestingAtmosphere:
    """The atmosphere at rest over an orography.

    Args:
        surface_geopotential: as observed [m2 s-2], float64.
        parameters: see :class:`DynamicsParameters`.
        constants: see :class:`PhysicalConstants`.
        transform: the spectral transform.
        grid: the layers.
        formulation: `single_precision_constants` rounds √2 and the logarithm of the pressure ratio.

    Returns:
        See :class:`RestingAtmosphere`.
    """
    p = parameters
    root_2, log_sea_level_pressure = math.sqrt(2.0), math.log(p.sea_level_pressure_ratio)
    if formulation.single_precision_constants:
        root_2 = float(np.float32(root_2))
        log_sea_level_pressure = float(np.float32(log_sea_level_pressure))
    ρ = lapse_rate_exponent(constants)
    Γ = constants.lapse_rate / (1000.0 * constants.gravity)
    filtered = transform.synthesis(transform.truncate(transform.analysis(surface_geopotential)))
    Φ_s = transform.analysis(filtered)

    at_surface = -Γ * Φ_s
    at_surface[0, 0] += root_2 * p.sea_level_temperature
    temperature = np.array([at_surface * σ**ρ for σ in grid.full_level_sigma])
    stratosphere = slice(0, _LOWEST_STRATOSPHERIC_LEVEL + 1)
    temperature[stratosphere] = 0.0
    temperature[stratosphere, 0, 0] = root_2 * p.stratospheric_temperature

    π = log_sea_level_pressure + np.log(1.0 - Γ / p.sea_level_temperature * filtered) / ρ
    exponent = p.pressure_scale_height / p.humidity_scale_height
    q_reference = (
        p.near_surface_relative_humidity * p.gas_constant_ratio * p.reference_saturation_pressure
    )
    q_surface = transform.truncate(transform.analysis(q_reference * np.exp(exponent * π)))
    humidity = np.array([q_surface * σ**exponent for σ in grid.full_level_sigma])
    humidity[stratosphere] = 0.0
    return RestingAtmosphere(
        vorticity=np.zeros_like(temperature),
        divergence=np.zeros_like(temperature),
        temperature=temperature,
        specific_humidity=humidity,
        log_normalized_surface_pressure=transform.truncate(transform.analysis(π)),
        surface_geopotential=Φ_s,
        surface_geopotential_filtered=filtered,
    )


def resting_grid_state(
    surface_geopotential: Float[np.ndarray, "longitude latitude"],
    parameters: DynamicsParameters,
    constants: PhysicalConstants,
    *,
    vertical: VerticalGrid,
) -> GridState:
    """The same atmosphere on any grid and any layers, before a spectral analysis.

    Layers whose centre lies above σ = 0.14 are isothermal and dry: the two top ones of SPEEDY's.

    Args:
        surface_geopotential: truncated [m2 s-2], float64.
        parameters: see :class:`DynamicsParameters`.
        constants: see :class:`PhysicalConstants`.
        vertical: the layers.

    Returns:
        float64; the geopotential is zero and must not be read.
    """
    p = parameters
    ρ = lapse_rate_exponent(constants)
    Γ = constants.lapse_rate / (1000.0 * constants.gravity)
    σ = np.array(vertical.full_level_sigma)[:, None]
    in_stratosphere = σ < _STRATOSPHERE_ABOVE_SIGMA
    at_surface = (p.sea_level_temperature - Γ * surface_geopotential)[:, None, :]
    temperature = np.where(in_stratosphere, p.stratospheric_temperature, at_surface * σ**ρ)
    π = (
        math.log(p.sea_level_pressure_ratio)
        + np.log(1.0 - Γ / p.sea_level_temperature * surface_geopotential) / ρ
    )
    exponent = p.pressure_scale_height / p.humidity_scale_height
    q_reference = (
        p.near_surface_relative_humidity * p.gas_constant_ratio * p.reference_saturation_pressure
    )
    q_surface = q_reference * np.exp(exponent * π)[:, None, :]
    return GridState(
        eastward_wind=np.zeros_like(temperature),
        northward_wind=np.zeros_like(temperature),
        temperature=temperature,
        specific_humidity=np.where(in_stratosphere, 0.0, q_surface * σ**exponent),
        geopotential=np.zeros_like(temperature),
        log_normalized_surface_pressure=π,
    )
