"""Spherical harmonics: synthesis (spectral to grid), analysis (grid to spectral), truncation.

    f(λ, μ) = Σ_l a(0, l) P(0, l) + 2 Re Σ_{m ≥ 1} Σ_l a(m, l) P(m, l) exp(jmλ),   μ = sin φ

Spectral fields are complex `(..., m, n)`, shape `(..., 31, 32)`, m the zonal and l = m + n the
total wavenumber; the useful coefficients are those with l ≤ 31. Fields on the grid are real
`(..., longitude, latitude)`, shape `(..., 96, 48)`, eastwards from Greenwich and from south to
north. Leading axes are any. The global mean of a field is a(0, 0) / √2.

All methods take NumPy or JAX arrays and return the same kind in the same precision.

References:
    Specification page 30, sections 2 to 6.
"""

from __future__ import annotations

import dataclasses
import functools
from types import ModuleType
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Complex, Float

from jcm.dynamics.fourier import analysis_scale, fourier_kernel
from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.dynamics.legendre import legendre_functions
from jcm.formulation import ORIGINAL, Formulation

TRUNCATION = 30
ZONAL_WAVENUMBERS = TRUNCATION + 1
SPECTRAL_COLUMNS = TRUNCATION + 2

_Array: TypeAlias = jax.Array | np.ndarray
SpectralField: TypeAlias = Complex[_Array, "*field 31 32"]
GridField: TypeAlias = Float[_Array, "*field 96 48"]


@dataclasses.dataclass(frozen=True, eq=False)
class SpectralTransform:
    """The transforms as matrices, float64. Compared and hashed by identity.

    Attributes:
        grid: where the grid fields live.
        legendre: P(m, l) at the rows of the grid, `(m, n, latitude)`.
        kernel: Fourier factors K, `(longitude, m)`.
        analysis_scale: factor of the Fourier analysis, 1/96.
    """

    grid: GaussianGrid
    legendre: Float[np.ndarray, "31 32 48"]
    kernel: Complex[np.ndarray, "96 31"]
    analysis_scale: float

    @classmethod
    def speedy(cls, formulation: Formulation = ORIGINAL) -> SpectralTransform:
        """SPEEDY's T30 transform; the formulation decides how exact its constants are.

        With `latitudes_are_approximate` analysis does not quite undo synthesis: the matrix of the
        two departs from the identity by up to 3e-3 for m = 0 and 5e-5 for the others; with
        `single_precision_constants` alone by up to 1e-6.
        """
        return _speedy(
            formulation.single_precision_constants, formulation.latitudes_are_approximate
        )

    @functools.cached_property
    def total_wavenumber(self) -> np.ndarray:
        """Total wavenumber l = m + n, `(m, n)`."""
        return np.arange(ZONAL_WAVENUMBERS)[:, None] + np.arange(SPECTRAL_COLUMNS)

    @functools.cached_property
    def truncation_mask(self) -> Bool[np.ndarray, "31 32"]:
        """The triangle l ≤ 30 that is stepped in time."""
        return self.total_wavenumber <= TRUNCATION

    @functools.cached_property
    def synthesis_mask(self) -> Bool[np.ndarray, "31 32"]:
        """Coefficients that reach the grid: l ≤ 31, because winds do."""
        return self.total_wavenumber <= TRUNCATION + 1

    @functools.cached_property
    def analysis_mask(self) -> Bool[np.ndarray, "31 32"]:
        """Coefficients that come back from the grid: l ≤ 31, but never (m = 0, l = 31)."""
        return self.synthesis_mask & (np.arange(SPECTRAL_COLUMNS) <= TRUNCATION)

    def synthesis(self, spectral: SpectralField, *, over_cosine: bool = False) -> GridField:
        """Values on the grid.

        Args:
            spectral: coefficients; those with l > 31 and the imaginary part of m = 0 are ignored.
            over_cosine: whether to divide by cos φ, as vectors and gradients need.

        Returns:
            The field, in units of the coefficients.
        """
        legendre = self.over_cosine_matrix if over_cosine else self.synthesis_matrix
        kernel_real, kernel_imaginary = self.synthesis_kernels
        fourier_real = _product("...mn,mnj->...mj", spectral.real, legendre)
        fourier_imaginary = _product("...mn,mnj->...mj", spectral.imag, legendre)
        return _product("...mj,im->...ij", fourier_real, kernel_real) - _product(
            "...mj,im->...ij", fourier_imaginary, kernel_imaginary
        )

    def analysis(self, field: GridField) -> SpectralField:
        """Coefficients of a field, a = (1/2π) ∫∫ f P exp(-jmλ) dλ dμ by quadrature.

        Args:
            field: values on the grid.

        Returns:
            Coefficients for l ≤ 31 without (m = 0, l = 31), zero elsewhere; real for m = 0.
        """
        kernel_real, kernel_imaginary = self.analysis_kernels
        legendre = self.analysis_matrix
        fourier_real = _product("...ij,im->...mj", field, kernel_real)
        fourier_imaginary = _product("...ij,im->...mj", field, kernel_imaginary)
        real = _product("...mj,mnj->...mn", fourier_real, legendre)
        imaginary = _product("...mj,mnj->...mn", fourier_imaginary, legendre)
        return real + 1j * imaginary

    def truncate(self, spectral: SpectralField) -> SpectralField:
        """Set coefficients with total wavenumber above 30 to zero."""
        return _namespace(spectral).where(self.truncation_mask, spectral, 0.0)

    @functools.cached_property
    def synthesis_matrix(self) -> Float[np.ndarray, "31 32 48"]:
        """Legendre functions of the coefficients that reach the grid, `(m, n, latitude)`."""
        return np.where(self.synthesis_mask[:, :, None], self.legendre, 0.0)

    @functools.cached_property
    def over_cosine_matrix(self) -> Float[np.ndarray, "31 32 48"]:
        """The same divided by cos φ."""
        return self.synthesis_matrix * (1.0 / self.grid.cosine_latitude)

    @functools.cached_property
    def synthesis_kernels(self) -> tuple[np.ndarray, np.ndarray]:
        """Real and imaginary Fourier factors of the synthesis, `(longitude, m)`."""
        both_signs_of_m = np.where(np.arange(ZONAL_WAVENUMBERS) == 0, 1.0, 2.0)
        return self.kernel.real * both_signs_of_m, self.kernel.imag * both_signs_of_m

    @functools.cached_property
    def analysis_matrix(self) -> Float[np.ndarray, "31 32 48"]:
        """Legendre functions times quadrature weights, `(m, n, latitude)`."""
        masked = np.where(self.analysis_mask[:, :, None], self.legendre, 0.0)
        return masked * self.grid.quadrature_weight

    @functools.cached_property
    def analysis_kernels(self) -> tuple[np.ndarray, np.ndarray]:
        """Real and imaginary Fourier factors of the analysis, `(longitude, m)`."""
        return self.kernel.real * self.analysis_scale, -self.kernel.imag * self.analysis_scale


@functools.cache
def _speedy(single_precision_constants: bool, latitudes_are_approximate: bool) -> SpectralTransform:
    grid = GaussianGrid.speedy(
        Formulation(
            single_precision_constants=single_precision_constants,
            latitudes_are_approximate=latitudes_are_approximate,
        )
    )
    return SpectralTransform(
        grid=grid,
        legendre=legendre_functions(
            grid.sine_latitude,
            grid.cosine_latitude,
            zonal=ZONAL_WAVENUMBERS,
            columns=SPECTRAL_COLUMNS,
            single_precision_constants=single_precision_constants,
        ),
        kernel=fourier_kernel(
            ZONAL_WAVENUMBERS, single_precision_constants=single_precision_constants
        ),
        analysis_scale=analysis_scale(single_precision_constants=single_precision_constants),
    )


def _namespace(array: _Array) -> ModuleType:
    return np if isinstance(array, np.ndarray) else jnp


def _product(subscripts: str, field: Any, matrix: np.ndarray) -> Any:
    """Contract a field with a constant matrix in the precision of the field."""
    matrix = matrix.astype(field.dtype)
    if isinstance(field, np.ndarray):
        return np.einsum(subscripts, field, matrix, optimize=True)
    # Accelerators would otherwise multiply in reduced precision.
    return jnp.einsum(subscripts, field, matrix, precision=jax.lax.Precision.HIGHEST)
