"""Synthesis of T30 patterns on any grid, whatever the truncation of the model.

The patterns of the stochastic perturbation have coefficients of their own, in the layout of
:mod:`jcm.dynamics.packing`: their length scale does not depend on the model's resolution.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.dynamics.legendre import legendre_functions
from jcm.dynamics.packed_transform import PackedTransform
from jcm.dynamics.packing import PackedSpectral
from jcm.dynamics.spectral_transform import (
    SPECTRAL_COLUMNS,
    ZONAL_WAVENUMBERS,
    SpectralTransform,
)
from jcm.formulation import Formulation

GridStack = Float[Array, "longitude field latitude"]
Synthesis = Callable[[PackedSpectral], GridStack]


@functools.cache
def pattern_synthesis(horizontal: GaussianGrid) -> Synthesis:
    """The synthesis `(62, field, 32)` -> `(longitude, field, latitude)` on a grid.

    Args:
        horizontal: any grid. On SPEEDY's it is the synthesis of SPEEDY's own core, with the
            constants of the formulation that the grid belongs to; elsewhere it is exact. Waves
            shorter than two grid lengths appear as what they are at the points of the grid.
    """
    for single_precision, approximate in itertools.product((True, False), repeat=2):
        formulation = Formulation(
            single_precision_constants=single_precision, latitudes_are_approximate=approximate
        )
        if GaussianGrid.speedy(formulation) is horizontal:
            return PackedTransform(SpectralTransform.speedy(formulation)).synthesis
    return functools.partial(_synthesis, _legendre(horizontal), _fourier(horizontal))


def _synthesis(
    legendre: Float[np.ndarray, "62 32 latitude"],
    fourier: Float[np.ndarray, "longitude 62"],
    spectral: PackedSpectral,
) -> GridStack:
    exact = jax.lax.Precision.HIGHEST
    rows = jnp.einsum("mfn,mnj->mfj", spectral, legendre.astype(spectral.dtype), precision=exact)
    return jnp.einsum("im,mfj->ifj", fourier.astype(spectral.dtype), rows, precision=exact)


def _legendre(horizontal: GaussianGrid) -> Float[np.ndarray, "62 32 latitude"]:
    """P(m, l) for l ≤ 31, for real and imaginary parts."""
    functions = legendre_functions(
        horizontal.sine_latitude,
        horizontal.cosine_latitude,
        zonal=ZONAL_WAVENUMBERS,
        columns=SPECTRAL_COLUMNS,
        single_precision_constants=False,
    )
    total = np.arange(ZONAL_WAVENUMBERS)[:, None] + np.arange(SPECTRAL_COLUMNS)
    functions[total >= SPECTRAL_COLUMNS] = 0.0
    return np.concatenate([functions, functions])


def _fourier(horizontal: GaussianGrid) -> Float[np.ndarray, "longitude 62"]:
    """Factors of the real and imaginary parts: cos mλ and -sin mλ, both signs of m in one."""
    m = np.arange(ZONAL_WAVENUMBERS)
    angle = np.radians(horizontal.longitude_degrees)[:, None] * m
    both_signs_of_m = np.where(m == 0, 1.0, 2.0)
    return np.concatenate([np.cos(angle), -np.sin(angle)], axis=1) * np.tile(both_signs_of_m, 2)
