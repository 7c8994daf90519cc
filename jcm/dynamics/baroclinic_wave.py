"""Baroclinic wave of Jablonowski and Williamson: a dry balanced flow, and a push that it amplifies.

The zonal flow solves the adiabatic primitive equations exactly: a dynamical core must keep it. With
the perturbation a wave grows, whose lowest surface pressure by day 9 is known from many models.

References:
    Jablonowski and Williamson (2006): A baroclinic instability test case for atmospheric model
    dynamical cores. Quart. J. Roy. Meteor. Soc. 132, 2943-2975, section 2 ("JW06" below).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, DTypeLike, Float

from jcm.constants import PhysicalConstants
from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.dynamics.parameters import DynamicsParameters
from jcm.dynamics.state import GridState
from jcm.parameters import Number, ParameterSet, exact, literal, parameter_set
from jcm.vertical_grid import VerticalGrid

ROW = Float[np.ndarray, " latitude"]
SECTION = Float[np.ndarray, "level latitude"]


@parameter_set
class BaroclinicWaveParameters(ParameterSet):
    """Parameters of the balanced flow and of its perturbation. η is p / p_s, hence sigma."""

    jet_speed: Number = exact(35.0, unit="m s-1", meaning="maximum wind u₀", spec="JW06 2")
    surface_temperature: Number = exact(
        288.0, unit="K", meaning="mean temperature at the surface T₀", spec="JW06 2"
    )
    lapse_rate: Number = literal(
        0.005, unit="K m-1", meaning="lapse rate of the troposphere Γ", spec="JW06 2"
    )
    stratospheric_rise: Number = exact(
        4.8e5, unit="K", meaning="rise of the temperature above the tropopause ΔT", spec="JW06 2"
    )
    tropopause: Number = literal(0.2, unit="1", meaning="η of the tropopause η_t", spec="JW06 2")
    jet_level: Number = literal(0.252, unit="1", meaning="η of the jets η₀", spec="JW06 2")
    perturbation_speed: Number = exact(
        1.0, unit="m s-1", meaning="amplitude of the perturbation u_p", spec="JW06 2"
    )
    perturbation_longitude: Number = exact(
        20.0, unit="degrees_east", meaning="centre of the perturbation", spec="JW06 2"
    )
    perturbation_latitude: Number = exact(
        40.0, unit="degrees_north", meaning="centre of the perturbation", spec="JW06 2"
    )
    perturbation_radius: Number = literal(
        0.1, unit="1", meaning="radius of the perturbation / that of the planet", spec="JW06 2"
    )


class BaroclinicWave(NamedTuple):
    """Result of :func:`baroclinic_wave`.

    Attributes:
        atmosphere: every field of :class:`jcm.dynamics.state.GridState`; dry, at 10⁵ Pa.
        surface_geopotential: that the flow is in balance with [m2 s-2], `(longitude, latitude)`.
    """

    atmosphere: GridState
    surface_geopotential: Float[Array, "longitude latitude"]


def baroclinic_wave(
    horizontal: GaussianGrid,
    grid: VerticalGrid,
    *,
    perturbed: bool = True,
    parameters: BaroclinicWaveParameters = BaroclinicWaveParameters(),
    dynamics: DynamicsParameters = DynamicsParameters(),
    constants: PhysicalConstants = PhysicalConstants(),
    dtype: DTypeLike = jnp.float32,
) -> BaroclinicWave:
    """The balanced flow, with or without the perturbation.

        u = u₀ cos^{3/2} η_v sin² 2φ ,    v = 0 ,    p_s = 10⁵ Pa ,    η_v = (η - η₀) π/2

    Temperature and geopotential follow from gradient-wind and hydrostatic balance with the radius,
    rotation, κ and gravity of the model, which differ from those of the paper by up to 0.05 %. The
    perturbation is added to the eastward wind of all levels:

        u' = u_p exp(-(r/R)²)    at distance r from its centre

    Args:
        horizontal: any Gaussian grid.
        grid: any layers; the fields belong to their full levels.
        perturbed: whether the perturbation is there.
        parameters: see :class:`BaroclinicWaveParameters`.
        dynamics: gives radius and rotation.
        constants: gives κ, c_p and gravity.
        dtype: of the result; the computation is in double precision.

    Returns:
        See :class:`BaroclinicWave`.
    """
    p = parameters
    η = np.asarray(grid.full_level_sigma, np.float64)[:, None]
    sin_φ, cos_φ = horizontal.sine_latitude, horizontal.cosine_latitude
    wind = p.jet_speed * _jet(η, p) * (2.0 * sin_φ * cos_φ) ** 2
    eastward = _around(wind, horizontal)
    if perturbed:
        eastward = eastward + perturbation(horizontal, parameters=p)[:, None, :]
    zero = np.zeros_like(eastward)
    atmosphere = GridState(
        eastward_wind=eastward,
        northward_wind=zero,
        temperature=_around(_temperature(η, horizontal, p, dynamics, constants), horizontal),
        specific_humidity=zero,
        geopotential=_around(_geopotential(η, horizontal, p, dynamics, constants), horizontal),
        log_normalized_surface_pressure=zero[:, 0],
    )
    surface = _geopotential(np.ones((1, 1)), horizontal, p, dynamics, constants)
    return BaroclinicWave(
        atmosphere=GridState(*(jnp.asarray(field, dtype) for field in atmosphere)),
        surface_geopotential=jnp.asarray(_around(surface, horizontal)[:, 0], dtype),
    )


def perturbation(
    horizontal: GaussianGrid, *, parameters: BaroclinicWaveParameters = BaroclinicWaveParameters()
) -> Float[np.ndarray, "longitude latitude"]:
    """Perturbation of the eastward wind, u' = u_p exp(-(r/R)²) [m s-1], `(longitude, latitude)`."""
    p = parameters
    λ = np.radians(horizontal.longitude_degrees - p.perturbation_longitude)[:, None]
    φ_c = math.radians(p.perturbation_latitude)
    sin_φ, cos_φ = horizontal.sine_latitude, horizontal.cosine_latitude
    cosine = math.sin(φ_c) * sin_φ + math.cos(φ_c) * cos_φ * np.cos(λ)
    angle = np.arccos(np.clip(cosine, -1.0, 1.0))
    return p.perturbation_speed * np.exp(-((angle / p.perturbation_radius) ** 2))


def _jet(
    η: Float[np.ndarray, "level 1"], p: BaroclinicWaveParameters
) -> Float[np.ndarray, "level 1"]:
    """Vertical profile of the wind, cos^{3/2} η_v."""
    return np.cos((η - p.jet_level) * (0.5 * math.pi)) ** 1.5


def _meridional(horizontal: GaussianGrid) -> tuple[ROW, ROW]:
    """The parts of the geopotential that balance the curvature term and the Coriolis term.

    A = -2 sin⁶ φ (cos² φ + 1/3) + 10/63 ,    B = 8/5 cos³ φ (sin² φ + 2/3) - π/4

    Both vanish in the mean over the sphere.
    """
    sin2, cos_φ = horizontal.sine_latitude**2, horizontal.cosine_latitude
    return (
        -2.0 * sin2**3 * (cos_φ**2 + 1.0 / 3.0) + 10.0 / 63.0,
        1.6 * cos_φ**3 * (sin2 + 2.0 / 3.0) - 0.25 * math.pi,
    )


def _temperature(
    η: Float[np.ndarray, "level 1"],
    horizontal: GaussianGrid,
    p: BaroclinicWaveParameters,
    dynamics: DynamicsParameters,
    constants: PhysicalConstants,
) -> SECTION:
    """Temperature [K].

    ⟨T⟩ = T₀ η^{RΓ/g} + ΔT max(0, η_t - η)⁵
    T = ⟨T⟩ + 3/4 (η π u₀ / R) sin η_v cos^{1/2} η_v (2 u₀ cos^{3/2} η_v A + a Ω B)
    """
    gas_constant, u_0 = constants.gas_constant, p.jet_speed
    mean = p.surface_temperature * η ** (gas_constant * p.lapse_rate / constants.gravity)
    mean = mean + p.stratospheric_rise * np.maximum(0.0, p.tropopause - η) ** 5
    A, B = _meridional(horizontal)
    η_v = (η - p.jet_level) * (0.5 * math.pi)
    shear = 0.75 * (η * math.pi * u_0 / gas_constant) * np.sin(η_v) * np.sqrt(np.cos(η_v))
    spin = dynamics.planet_radius * dynamics.rotation_rate
    return mean + shear * (2.0 * u_0 * _jet(η, p) * A + spin * B)


def _geopotential(
    η: Float[np.ndarray, "level 1"],
    horizontal: GaussianGrid,
    p: BaroclinicWaveParameters,
    dynamics: DynamicsParameters,
    constants: PhysicalConstants,
) -> SECTION:
    """Geopotential [m2 s-2]; at η = 1 the one of the surface.

    ⟨Φ⟩ = T₀ g/Γ (1 - η^{RΓ/g}) - R ΔT I(η)
    Φ = ⟨Φ⟩ + u₀ cos^{3/2} η_v (u₀ cos^{3/2} η_v A + a Ω B)

    where I is the integral of (η_t - η)⁵ dη/η from η_t up to η, zero below η_t.
    """
    gas_constant, u_0, η_t = constants.gas_constant, p.jet_speed, p.tropopause
    mean = (p.surface_temperature * constants.gravity / p.lapse_rate) * (
        1.0 - η ** (gas_constant * p.lapse_rate / constants.gravity)
    )
    above = np.minimum(η, η_t)
    integral = (
        (np.log(above / η_t) + 137.0 / 60.0) * η_t**5
        - 5.0 * above * η_t**4
        + 5.0 * above**2 * η_t**3
        - (10.0 / 3.0) * above**3 * η_t**2
        + 1.25 * above**4 * η_t
        - 0.2 * above**5
    )
    mean = mean - gas_constant * p.stratospheric_rise * integral
    A, B = _meridional(horizontal)
    jet = u_0 * _jet(η, p)
    spin = dynamics.planet_radius * dynamics.rotation_rate
    return mean + jet * (jet * A + spin * B)


def _around(
    section: SECTION, horizontal: GaussianGrid
) -> Float[np.ndarray, "longitude level latitude"]:
    """The same values on every longitude."""
    return np.broadcast_to(section, (horizontal.longitudes, *section.shape)).copy()
