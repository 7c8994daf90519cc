"""The spectral transform of many fields at once, in the layout of :mod:`jcm.dynamics.packing`.

Each direction is one product with the Legendre functions for every m, and one with the Fourier
factors. The precision of the fields decides that of the matrices.
"""

from __future__ import annotations

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np

from jcm.compilation import compiled_apart
from jcm.dynamics.packing import AnyArray, PackedGrid, PackedSpectral
from jcm.dynamics.spectral_transform import SpectralTransform


@dataclasses.dataclass(frozen=True, eq=False)
class PackedTransform:
    """Synthesis and analysis of stacks of fields; see the module docstring.

    Attributes:
        transform: the transform whose matrices are used.
    """

    transform: SpectralTransform

    def synthesis(self, spectral: PackedSpectral, *, over_cosine: bool = False) -> PackedGrid:
        """Values on the grid.

        Args:
            spectral: any number of fields.
            over_cosine: whether to divide by cos φ, as vectors and gradients need.
        """
        legendre = self._over_cosine_legendre if over_cosine else self._synthesis_legendre
        fourier = _product("mfn,mnj->mfj", spectral, legendre.astype(spectral.dtype))
        return _waves_to_longitudes(self._synthesis_fourier.astype(spectral.dtype), fourier)

    def analysis(self, grid: PackedGrid, *, over_cosine: bool = False) -> PackedSpectral:
        """Coefficients of fields on the grid.

        Args:
            grid: any number of fields.
            over_cosine: whether to divide by cos φ first, as the components of vectors need.
        """
        legendre = self._analysis_over_cosine_legendre if over_cosine else self._analysis_legendre
        fourier = _product("mi,ifj->mfj", self._analysis_fourier.astype(grid.dtype), grid)
        return _product("mfj,mjn->mfn", fourier, legendre.astype(grid.dtype))

    @functools.cached_property
    def _synthesis_legendre(self) -> np.ndarray:
        return _for_both_parts(self.transform.synthesis_matrix)

    @functools.cached_property
    def _over_cosine_legendre(self) -> np.ndarray:
        return _for_both_parts(self.transform.over_cosine_matrix)

    @functools.cached_property
    def _analysis_legendre(self) -> np.ndarray:
        return _for_both_parts(self.transform.analysis_matrix.swapaxes(1, 2))

    @functools.cached_property
    def _analysis_over_cosine_legendre(self) -> np.ndarray:
        return self._analysis_legendre / self.transform.grid.cosine_latitude[:, None]

    @functools.cached_property
    def _synthesis_fourier(self) -> np.ndarray:
        real, imaginary = self.transform.synthesis_kernels
        return np.concatenate([real, -imaginary], axis=1)

    @functools.cached_property
    def _analysis_fourier(self) -> np.ndarray:
        return np.concatenate(self.transform.analysis_kernels, axis=1).T.copy()


def _for_both_parts(matrix: np.ndarray) -> np.ndarray:
    """For real and imaginary parts."""
    return np.concatenate([matrix, matrix])


def _product(subscripts: str, a: AnyArray, b: AnyArray) -> jax.Array:
    # Accelerators would otherwise multiply in reduced precision.
    return jnp.einsum(subscripts, a, b, precision=jax.lax.Precision.HIGHEST)


@compiled_apart
def _waves_to_longitudes(fourier: AnyArray, waves: AnyArray) -> jax.Array:
    """The last product of a synthesis; apart, so that in reverse its argument is in memory."""
    return _product("im,mfj->ifj", fourier, waves)
