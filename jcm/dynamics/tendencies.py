"""Nonlinear terms of the primitive equations: grid-point terms and their way to spectral space.

With Z = ζ + f, T' = T - T^r, p = ∇π, a bar for vertical means, h_k = 1/(2 Δσ_k), s_k = κ/(2 σ_k),

    a_k       = (u_k - ū) p_x + (v_k - v̄) p_y
    σ̇_{h+1}   = σ̇_h - Δσ_h (a_h + D_h - D̄)        m_{h+1} = m_h - Δσ_h a_h
    ∂u/∂t     =  v Z - R T' p_x - h (W_{k+1}(u) + W_k(u)) ,       W_h(X) = σ̇_h (X_h - X_{h-1})
    ∂v/∂t     = -u Z - R T' p_y - h (W_{k+1}(v) + W_k(v))
    ∂T/∂t     =  T' D - h (W_{k+1} + W_k) + s T' (σ̇_{k+1} + σ̇_k) + s T^r (m_{k+1} + m_k)
                 + κ (T a - T' D̄) ,       W_h = W_h(T') + m_h (T^r_h - T^r_{h-1})
    ∂q/∂t     =  q D - h (W_{k+1}(q) + W_k(q)) ,       W_1(q) = W_2(q) = 0
    ∂π/∂t     = -ū p_x - v̄ p_y

The horizontal advection that is missing here is in the vorticity flux, the gradient of kinetic
energy and the divergence of the fluxes of T' and q.

References:
    Specification page 32, stage 1. Molteni (2003), appendix A; Bourke (1974).
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jcm.constants import PhysicalConstants
from jcm.dynamics.packed_transform import PackedTransform
from jcm.dynamics.packing import AnyArray, GridMap
from jcm.dynamics.parameters import DynamicsParameters
from jcm.dynamics.spectral_operators import (
    OperatorTables,
    curl_and_divergence,
    divergence_of,
    laplacian,
)
from jcm.dynamics.state import GridHalfLevels, GridLevels, GridTendencies, SpectralState
from jcm.vertical_grid import VerticalGrid

#: Interfaces below which humidity is carried vertically: not through the two uppermost.
_LOWEST_DRY_INTERFACE = 2


class AdvectingFields(NamedTuple):
    """The time level of the nonlinear terms on the grid.

    Attributes:
        vorticity: relative vorticity [s-1], `(96, level, 48)`, as all but the last two.
        divergence: [s-1].
        temperature: [K].
        specific_humidity: [g kg-1].
        eastward_wind: [m s-1].
        northward_wind: [m s-1].
        pressure_gradient_x: of ln p_s, eastwards [m-1], `(96, 48)`.
        pressure_gradient_y: northwards [m-1], `(96, 48)`.
    """

    vorticity: GridLevels
    divergence: GridLevels
    temperature: GridLevels
    specific_humidity: GridLevels
    eastward_wind: GridLevels
    northward_wind: GridLevels
    pressure_gradient_x: GridMap
    pressure_gradient_y: GridMap


class VerticalMotion(NamedTuple):
    """Vertical means and velocities.

    Attributes:
        mean_eastward_wind: ū [m s-1], `(96, 48)`, as the next two.
        mean_northward_wind: v̄ [m s-1].
        mean_divergence: D̄ [s-1].
        pressure_advection: a, by the wind less its vertical mean [s-1], `(96, level, 48)`.
        sigma_velocity: σ̇ at half levels, positive downwards [s-1], `(96, half_level, 48)`.
        sigma_velocity_advective: m, the part of σ̇ due to a [s-1], `(96, half_level, 48)`.
    """

    mean_eastward_wind: GridMap
    mean_northward_wind: GridMap
    mean_divergence: GridMap
    pressure_advection: GridLevels
    sigma_velocity: GridHalfLevels
    sigma_velocity_advective: GridHalfLevels


class TendencyTables(NamedTuple):
    """Numbers of the grid-point terms.

    Attributes:
        coriolis_parameter: f [s-1], `(latitude,)`.
        reference_temperature: T^r [K], `(level, 1)`.
        gas_constant: R [J kg-1 K-1].
        kappa: R / c_p [1].
        half_kappa_over_sigma: s [1], `(level, 1)`.
        sigma_thickness: Δσ [1], `(level, 1)`.
    """

    coriolis_parameter: Float[AnyArray, " 48"]
    reference_temperature: Float[AnyArray, "level 1"]
    gas_constant: Float[AnyArray, ""]
    kappa: Float[AnyArray, ""]
    half_kappa_over_sigma: Float[AnyArray, "level 1"]
    sigma_thickness: Float[AnyArray, "level 1"]


def tendency_tables(
    parameters: DynamicsParameters,
    constants: PhysicalConstants,
    grid: VerticalGrid,
    sine_latitude: Float[np.ndarray, " 48"],
    reference_temperature: Float[AnyArray, " level"],
) -> TendencyTables:
    """Numbers of the grid-point terms.

    Args:
        parameters: see :class:`DynamicsParameters`.
        constants: see :class:`PhysicalConstants`.
        grid: the layers.
        sine_latitude: sin φ.
        reference_temperature: T^r [K].
    """
    σ = np.array(grid.full_level_sigma)[:, None]
    return TendencyTables(
        coriolis_parameter=2.0 * parameters.rotation_rate * sine_latitude,
        reference_temperature=reference_temperature[:, None],
        gas_constant=constants.gas_constant,
        kappa=constants.kappa,
        half_kappa_over_sigma=constants.kappa / (2.0 * σ),
        sigma_thickness=np.array(grid.sigma_thickness)[:, None],
    )


def vertical_motion(fields: AdvectingFields, tables: TendencyTables) -> VerticalMotion:
    """Vertical means and velocities of the advecting time level.

    Args:
        fields: on the grid.
        tables: see :class:`TendencyTables`.
    """
    u, v, D = fields.eastward_wind, fields.northward_wind, fields.divergence
    p_x, p_y = fields.pressure_gradient_x[:, None], fields.pressure_gradient_y[:, None]
    Δσ = tables.sigma_thickness
    u_mean, v_mean, D_mean = (jnp.sum(Δσ * x, axis=1, keepdims=True) for x in (u, v, D))
    a = (u - u_mean) * p_x + (v - v_mean) * p_y
    return VerticalMotion(
        mean_eastward_wind=u_mean[:, 0],
        mean_northward_wind=v_mean[:, 0],
        mean_divergence=D_mean[:, 0],
        pressure_advection=a,
        sigma_velocity=_integrated_downwards(-Δσ * (a + D - D_mean)),
        sigma_velocity_advective=_integrated_downwards(-Δσ * a),
    )


def gridpoint_tendencies(
    fields: AdvectingFields, motion: VerticalMotion, tables: TendencyTables
) -> GridTendencies:
    """Grid-point terms of the wind, temperature and humidity.

    Args:
        fields: the advecting time level.
        motion: of the same, from :func:`vertical_motion`.
        tables: see :class:`TendencyTables`.
    """
    u, v, q = fields.eastward_wind, fields.northward_wind, fields.specific_humidity
    T, D = fields.temperature, fields.divergence
    p_x, p_y = fields.pressure_gradient_x[:, None], fields.pressure_gradient_y[:, None]
    T_r, R, κ = tables.reference_temperature, tables.gas_constant, tables.kappa
    s, h = tables.half_kappa_over_sigma, 0.5 / tables.sigma_thickness
    a, D_mean = motion.pressure_advection, motion.mean_divergence[:, None]
    σ_dot, m = motion.sigma_velocity[:, 1:-1], motion.sigma_velocity_advective[:, 1:-1]

    Z = fields.vorticity + tables.coriolis_parameter
    T_prime = T - T_r
    W_T = σ_dot * _contrast(T_prime) + m * (T_r[1:] - T_r[:-1])
    W_q = σ_dot * _contrast(q)
    # Nothing passes the interfaces 1 and 2.
    W_q = W_q * (np.arange(1, q.shape[1]) > _LOWEST_DRY_INTERFACE)[:, None]
    return GridTendencies(
        eastward_wind=v * Z - R * T_prime * p_x - h * _both_sides(σ_dot * _contrast(u)),
        northward_wind=-u * Z - R * T_prime * p_y - h * _both_sides(σ_dot * _contrast(v)),
        temperature=(
            T_prime * D
            - h * _both_sides(W_T)
            + s * (T_prime * _both_sides(σ_dot) + T_r * _both_sides(m))
            + κ * (T * a - T_prime * D_mean)
        ),
        specific_humidity=q * D - h * _both_sides(W_q),
    )


def spectral_tendencies(
    fields: AdvectingFields,
    motion: VerticalMotion,
    tendencies: GridTendencies,
    tables: TendencyTables,
    operators: OperatorTables,
    transform: PackedTransform,
) -> SpectralState:
    """Nonlinear tendencies in spectral space.

        ∂ζ = curl (∂u, ∂v)              ∂D = div (∂u, ∂v) - ∇² (u² + v²)/2
        ∂T = ∂T - div (u T', v T')      ∂q = ∂q - div (u q, v q)

    Args:
        fields: the advecting time level.
        motion: of the same.
        tendencies: on the grid, those of the physics included.
        tables: see :class:`TendencyTables`.
        operators: factors of the operators.
        transform: the transform.

    Returns:
        Tendencies, not truncated; that of the global mean of ln p_s is zero.
    """
    u, v, q = fields.eastward_wind, fields.northward_wind, fields.specific_humidity
    T_prime = fields.temperature - tables.reference_temperature
    p_x, p_y = fields.pressure_gradient_x, fields.pressure_gradient_y
    levels = u.shape[1]
    vectors = transform.analysis(
        jnp.concatenate(
            [
                tendencies.eastward_wind,
                tendencies.northward_wind,
                -u * T_prime,
                -v * T_prime,
                -u * q,
                -v * q,
            ],
            axis=1,
        ),
        over_cosine=True,
    )
    π_tendency = -motion.mean_eastward_wind * p_x - motion.mean_northward_wind * p_y
    scalars = transform.analysis(
        jnp.concatenate(
            [
                0.5 * (u * u + v * v),
                tendencies.temperature,
                tendencies.specific_humidity,
                π_tendency[:, None],
            ],
            axis=1,
        )
    )
    du, dv, uT, vT, uq, vq = jnp.split(vectors, 6, axis=1)
    kinetic_energy, warming, moistening, π_tendency = jnp.split(
        scalars, [levels, 2 * levels, 3 * levels], axis=1
    )
    curl, divergence = curl_and_divergence(du, dv, operators)
    return SpectralState(
        vorticity=curl,
        divergence=divergence - laplacian(kinetic_energy, operators),
        temperature=divergence_of(uT, vT, operators) + warming,
        specific_humidity=divergence_of(uq, vq, operators) + moistening,
        log_normalized_surface_pressure=π_tendency.at[0, :, 0].set(0.0),
    )


def _integrated_downwards(layers: Float[Array, "96 level 48"]) -> GridHalfLevels:
    """Sums over the layers above each half level."""
    sums = [jnp.zeros_like(layers[:, 0])]
    for k in range(layers.shape[1]):
        sums.append(sums[-1] + layers[:, k])
    return jnp.stack(sums, axis=1)


def _contrast(field: GridLevels) -> Float[Array, "96 interface 48"]:
    """Difference between the layers below and above each interior interface."""
    return field[:, 1:] - field[:, :-1]


def _both_sides(interfaces: Float[Array, "96 interface 48"]) -> GridLevels:
    """For each layer the sum of the values at its interfaces; zero at the top and the surface."""
    padded = jnp.pad(interfaces, ((0, 0), (1, 1), (0, 0)))
    return padded[:, 1:] + padded[:, :-1]
