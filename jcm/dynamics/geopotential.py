"""Geopotential from temperature: hydrostatic integration from the surface upwards.

    Φ_k = Φ_s + Σ_k' H_kk' T_k' ,    H_kk  = R ln(σ_{k+½} / σ_k)
                                     H_kk' = R ln(σ_{k'+½} / σ_{k'-½})   for k' > k

The zonal means of the layers between top and bottom are corrected for the lapse rate within a
layer, Φ_k += c_k (T_{k+1} - T_{k-1}), c_k = ½ H_kk ln(σ_{k+½} / σ_k) / ln(σ_{k+1} / σ_{k-1}).

References:
    Specification page 31, section 3. Molteni (2003), appendix A.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Array, Float

from jcm.dynamics.packing import AnyArray, PackedSpectralMap, level_product
from jcm.dynamics.spectral_transform import ZONAL_WAVENUMBERS
from jcm.dynamics.state import SpectralLevels
from jcm.parameters import Number
from jcm.vertical_grid import VerticalGrid


def hydrostatic_matrix(gas_constant: Number, grid: VerticalGrid) -> Float[AnyArray, "level level"]:
    """H, from temperature to geopotential [J kg-1 K-1], `(to level, from level)`."""
    half, full = np.array(grid.half_level_sigma), np.array(grid.full_level_sigma)
    below = np.log(half[1:] / full)
    across = np.append(0.0, np.log(half[2:] / half[1:-1]))
    return gas_constant * (np.diag(below) + np.triu(np.tile(across, (grid.levels, 1)), 1))


def lapse_rate_correction(
    gas_constant: Number, grid: VerticalGrid
) -> Float[AnyArray, "level level"]:
    """Matrix of the correction c_k (T_{k+1} - T_{k-1}) [J kg-1 K-1], `(to level, from level)`."""
    half, full = np.array(grid.half_level_sigma), np.array(grid.full_level_sigma)
    matrix = np.zeros((grid.levels, grid.levels))
    for k in range(1, grid.levels - 1):
        below = np.log(half[k + 1] / full[k])
        matrix[k, k + 1] = 0.5 * below**2 / np.log(full[k + 1] / full[k - 1])
        matrix[k, k - 1] = -matrix[k, k + 1]
    return gas_constant * matrix


def geopotential_matrices(
    gas_constant: Number, grid: VerticalGrid
) -> Float[AnyArray, "62 level level"]:
    """Matrix from temperature to geopotential for every packed m [J kg-1 K-1]."""
    is_zonal_mean = np.tile(np.arange(ZONAL_WAVENUMBERS) == 0, 2)[:, None, None]
    correction = lapse_rate_correction(gas_constant, grid)
    return hydrostatic_matrix(gas_constant, grid) + is_zonal_mean * correction


def geopotential(
    temperature: SpectralLevels,
    surface_geopotential: PackedSpectralMap,
    matrices: Float[Array, "62 level level"],
) -> SpectralLevels:
    """Geopotential of the full levels [m2 s-2].

    Args:
        temperature: [K].
        surface_geopotential: [m2 s-2].
        matrices: from :func:`geopotential_matrices`.
    """
    return surface_geopotential + level_product(matrices, temperature)
