"""Layout of the fields inside the time loop.

Spectral fields are real `(62, field, 32)`: the first axis holds the real parts of m = 0 ... 30 and
then the imaginary parts, the last one n = l - m. Grid fields are `(96, field, 48)`, longitude, any
stack of fields, latitude. In this order both halves of the spectral transform are plain matrix
products of all fields at once, without any transposition.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from jcm.dynamics.spectral_transform import SPECTRAL_COLUMNS, ZONAL_WAVENUMBERS

AnyArray: TypeAlias = Array | np.ndarray
PackedSpectral = Float[Array, "62 field 32"]
PackedSpectralMap = Float[Array, "62 1 32"]
PackedGrid = Float[Array, "96 field 48"]
GridMap = Float[Array, "96 48"]
#: One number for each coefficient, the same for real and imaginary part and all fields.
SpectralTable = Float[AnyArray, "62 1 32"]


def pack(spectral: Complex[AnyArray, "*field 31 32"]) -> Float[AnyArray, "62 *field 32"]:
    """From complex `(..., m, n)` to the packed layout `(62, ..., n)`, in the same precision."""
    xp = np if isinstance(spectral, np.ndarray) else jnp
    m_first = xp.moveaxis(spectral, -2, 0)
    return xp.concatenate([m_first.real, m_first.imag])


def unpack(packed: Float[AnyArray, "62 *field 32"]) -> Complex[AnyArray, "*field 31 32"]:
    """From the packed layout `(62, ..., n)` to complex `(..., m, n)`, in the same precision."""
    xp = np if isinstance(packed, np.ndarray) else jnp
    m_first = packed[:ZONAL_WAVENUMBERS] + 1j * packed[ZONAL_WAVENUMBERS:]
    return xp.moveaxis(m_first, 0, -2)


def spectral_table(values: Float[AnyArray, "31 32"]) -> SpectralTable:
    """A number for each `(m, n)` as a factor of packed fields, `(62, 1, 32)`."""
    xp = np if isinstance(values, np.ndarray) else jnp
    return xp.concatenate([values, values])[:, None, :]


def total_wavenumber() -> np.ndarray:
    """Total wavenumber l = m + n, `(m, n)`."""
    return np.arange(ZONAL_WAVENUMBERS)[:, None] + np.arange(SPECTRAL_COLUMNS)


def level_product(
    matrix: Float[AnyArray, "*#zonal to level"], field: Float[Array, "zonal level n"]
) -> Float[Array, "zonal to n"]:
    """Σ_k' matrix(k, k') field(k') over the levels, with one matrix for all m or one for each."""
    matrices = jnp.broadcast_to(matrix, (field.shape[0], *matrix.shape[-2:]))
    return jnp.matmul(matrices, field, precision=jax.lax.Precision.HIGHEST)


def concrete(*trees: Any) -> tuple[Any, ...] | None:
    """The trees with every number a Python float, or None if JAX traces any of them.

    What is known can be computed once, by NumPy in double precision, whatever the precision of the
    model.
    """
    if any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(trees)):
        return None
    return jax.tree.map(float, trees)
