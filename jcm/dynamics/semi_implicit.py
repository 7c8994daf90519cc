"""Semi-implicit treatment of gravity waves.

About an atmosphere at rest with temperature T^r(σ) and flat ground the equations are

    ∂D/∂t = -∇² (H T + R T^r π)      ∂T/∂t = C D      ∂π/∂t = -Σ_k Δσ_k D_k

The explicit linear terms are those of the earlier time level. The correction turns them into an
average over the earlier (1 - α) and the new level (α): with ξ = α dt and b = l(l+1)/a²,

    ∂D ← J (∂D + ξ b (H ∂T + R T^r ∂π)) ,   J = (1 + ξ² b (R T^r Δσ - H C))⁻¹ ,   0 for l = 0
    ∂π ← ∂π - ξ Σ_k Δσ_k ∂D_k
    ∂T ← ∂T + ξ C ∂D

References:
    Specification page 33; page 32, stage 2. Robert (1969); Hoskins and Simmons (1975).
"""

from __future__ import annotations

from types import ModuleType
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jcm.constants import PhysicalConstants
from jcm.dynamics.geopotential import hydrostatic_matrix
from jcm.dynamics.packing import (
    AnyArray,
    PackedSpectralMap,
    level_product,
    total_wavenumber,
)
from jcm.dynamics.parameters import DynamicsParameters
from jcm.dynamics.spectral_operators import OperatorTables, laplacian
from jcm.dynamics.spectral_transform import ZONAL_WAVENUMBERS
from jcm.dynamics.state import SpectralLevels, SpectralState
from jcm.parameters import Number
from jcm.vertical_grid import VerticalGrid


class LinearMatrices(NamedTuple):
    """The linear gravity-wave operator; does not depend on the time step.

    Attributes:
        reference_temperature: T^r [K], `(level,)`.
        layer_warming: A, warming of the layers by σ̇ at the interfaces [K], `(level, interface)`.
        interface_velocity: B, σ̇ at the interfaces from divergence [1], `(interface, level)`.
        warming: C, warming by divergence [K], `(level, from level)`.
        hydrostatic: H, geopotential from temperature [J kg-1 K-1], `(level, from level)`.
    """

    reference_temperature: Float[AnyArray, " level"]
    layer_warming: Float[AnyArray, "level interface"]
    interface_velocity: Float[AnyArray, "interface level"]
    warming: Float[AnyArray, "level level"]
    hydrostatic: Float[AnyArray, "level level"]


class SemiImplicitTables(NamedTuple):
    """What the linear terms and their correction need for one time step.

    Attributes:
        ξ: α dt [s].
        sigma_thickness: Δσ [1], `(1, level)`.
        gas_constant_reference_temperature: R T^r [J kg-1], `(level, 1)`.
        warming: C [K], `(level, from level)`.
        hydrostatic: H [J kg-1 K-1], `(level, from level)`.
        inverse: J by coefficient, 0 for l = 0 [1], `(from level, m, level, n)`.
    """

    ξ: Float[AnyArray, ""]
    sigma_thickness: Float[AnyArray, "1 level"]
    gas_constant_reference_temperature: Float[AnyArray, "level 1"]
    warming: Float[AnyArray, "level level"]
    hydrostatic: Float[AnyArray, "level level"]
    inverse: Float[AnyArray, "level 31 level 32"]


def reference_temperature(
    parameters: DynamicsParameters,
    constants: PhysicalConstants,
    grid: VerticalGrid,
    xp: ModuleType = np,
) -> Float[AnyArray, " level"]:
    """T^r = 288 max(σ, 0.2)^ρ, ρ = R Γ/g [K], by `xp`, NumPy or its JAX namesake."""
    σ = xp.maximum(xp.asarray(grid.full_level_sigma), parameters.reference_minimum_sigma)
    return parameters.reference_temperature * σ ** lapse_rate_exponent(constants)


def lapse_rate_exponent(constants: PhysicalConstants) -> float:
    """ρ = R Γ/g of an atmosphere of constant lapse rate, T ∝ σ^ρ [1]."""
    return constants.gas_constant * constants.lapse_rate / (1000.0 * constants.gravity)


def linear_matrices(
    parameters: DynamicsParameters,
    constants: PhysicalConstants,
    grid: VerticalGrid,
    xp: ModuleType = np,
) -> LinearMatrices:
    """The linear operator.

    Args:
        parameters: see :class:`DynamicsParameters`.
        constants: see :class:`PhysicalConstants`.
        grid: the layers.
        xp: NumPy or its JAX namesake, by which to compute.
    """
    κ, levels = constants.kappa, grid.levels
    Δσ, σ = np.array(grid.sigma_thickness), np.array(grid.full_level_sigma)
    T_r = reference_temperature(parameters, constants, grid, xp)

    # Layer k lies between interfaces k-1 and k; half of the velocity of either acts on it.
    contrast = T_r[1:] - T_r[:-1]
    above, below = np.eye(levels, levels - 1, -1), np.eye(levels, levels - 1)
    adiabatic = κ * T_r / σ
    layer_warming = 0.5 * (
        (above + below) * adiabatic[:, None] - (above + below) * contrast / Δσ[:, None]
    )
    at_or_above = np.tri(levels - 1, levels)
    interface_velocity = (np.cumsum(Δσ)[:-1, None] - at_or_above) * Δσ
    compression = -κ * T_r[:, None] * Δσ
    return LinearMatrices(
        reference_temperature=T_r,
        layer_warming=layer_warming,
        interface_velocity=interface_velocity,
        warming=compression + layer_warming @ interface_velocity,
        hydrostatic=hydrostatic_matrix(constants.gas_constant, grid),
    )


def inverse_matrices(
    matrices: LinearMatrices,
    parameters: DynamicsParameters,
    constants: PhysicalConstants,
    grid: VerticalGrid,
    time_step: Number,
    xp: ModuleType = np,
) -> Float[AnyArray, "61 level level"]:
    """J for l = 1 ... 61 [1], `(l - 1, level, from level)`.

    Args:
        matrices: the linear operator.
        parameters: see :class:`DynamicsParameters`.
        constants: see :class:`PhysicalConstants`.
        grid: the layers.
        time_step: from the earlier to the new time level [s].
        xp: NumPy or its JAX namesake, by which to compute.
    """
    Δσ = np.array(grid.sigma_thickness)
    l = np.arange(1, total_wavenumber().max() + 1)[:, None, None]
    b = l * (l + 1.0) / parameters.planet_radius**2
    ξ = parameters.implicitness * time_step
    T_r, C, H = matrices.reference_temperature, matrices.warming, matrices.hydrostatic
    pressure_gradient = constants.gas_constant * T_r[:, None] * Δσ
    return xp.linalg.inv(np.eye(grid.levels) + ξ**2 * b * (pressure_gradient - H @ C))


def semi_implicit_tables(
    parameters: DynamicsParameters,
    constants: PhysicalConstants,
    grid: VerticalGrid,
    time_step: Number,
    xp: ModuleType = np,
) -> SemiImplicitTables:
    """Everything that :func:`add_linear_terms` and :func:`make_implicit` need.

    Args:
        parameters: see :class:`DynamicsParameters`.
        constants: see :class:`PhysicalConstants`.
        grid: the layers.
        time_step: from the earlier to the new time level [s].
        xp: NumPy or its JAX namesake, by which to compute.
    """
    matrices = linear_matrices(parameters, constants, grid, xp)
    J = inverse_matrices(matrices, parameters, constants, grid, time_step, xp)
    l = total_wavenumber()
    by_coefficient = (l > 0)[:, :, None, None] * J[np.maximum(l, 1) - 1]
    return SemiImplicitTables(
        ξ=parameters.implicitness * xp.asarray(time_step),
        sigma_thickness=np.array(grid.sigma_thickness)[None, :],
        gas_constant_reference_temperature=(
            constants.gas_constant * matrices.reference_temperature[:, None]
        ),
        warming=matrices.warming,
        hydrostatic=matrices.hydrostatic,
        inverse=xp.moveaxis(by_coefficient, (3, 0, 2, 1), (0, 1, 2, 3)),
    )


def add_linear_terms(
    tendency: SpectralState,
    earlier: SpectralState,
    geopotential: SpectralLevels,
    operators: OperatorTables,
    tables: SemiImplicitTables,
) -> SpectralState:
    """Add the linear gravity-wave terms of the earlier time level.

    Args:
        tendency: of the nonlinear terms and the physics.
        earlier: the earlier time level.
        geopotential: of the earlier time level [m2 s-2].
        operators: factors of the Laplacian.
        tables: see :class:`SemiImplicitTables`.
    """
    π = earlier.log_normalized_surface_pressure
    D = earlier.divergence
    potential = geopotential + tables.gas_constant_reference_temperature * π
    return tendency._replace(
        divergence=tendency.divergence - laplacian(potential, operators),
        temperature=tendency.temperature + level_product(tables.warming, D),
        log_normalized_surface_pressure=without_global_mean(
            tendency.log_normalized_surface_pressure - level_product(tables.sigma_thickness, D)
        ),
    )


def make_implicit(
    tendency: SpectralState, operators: OperatorTables, tables: SemiImplicitTables
) -> SpectralState:
    """Turn the linear terms into an average over the earlier and the new time level.

    Args:
        tendency: with the linear terms of the earlier time level.
        operators: factors of the Laplacian.
        tables: see :class:`SemiImplicitTables`.

    Returns:
        Tendency; that of the global mean divergence is exactly zero.
    """
    ξ = tables.ξ
    RT_r = tables.gas_constant_reference_temperature
    π_tendency = tendency.log_normalized_surface_pressure
    potential = level_product(tables.hydrostatic, tendency.temperature) + RT_r * π_tendency
    explicit = tendency.divergence - ξ * laplacian(potential, operators)
    D_tendency = _solve(explicit, tables.inverse)
    return tendency._replace(
        divergence=D_tendency,
        temperature=tendency.temperature + ξ * level_product(tables.warming, D_tendency),
        log_normalized_surface_pressure=(
            π_tendency - ξ * level_product(tables.sigma_thickness, D_tendency)
        ),
    )


def without_global_mean(field: PackedSpectralMap) -> PackedSpectralMap:
    """The field with its coefficient (0, 0) set to zero."""
    return field.at[0, :, 0].set(0.0)


def _solve(explicit: SpectralLevels, inverse: Float[Array, "level 31 level 32"]) -> SpectralLevels:
    """Σ_k' J(k, k') explicit(k') for every coefficient, real and imaginary parts alike."""
    levels = explicit.shape[1]
    both_parts = explicit.reshape(2, ZONAL_WAVENUMBERS, levels, -1)
    total = sum(inverse[k] * both_parts[:, :, k : k + 1] for k in range(levels))
    return jnp.reshape(total, explicit.shape)
