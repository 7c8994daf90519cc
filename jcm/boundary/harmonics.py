"""Spherical harmonics of single maps on any Gaussian grid, for the preparation of boundary data.

Coefficients are those of :mod:`jcm.dynamics.spectral_transform`: complex `(m, n)`, m the zonal and
l = m + n the total wavenumber; the global mean of a field is a(0, 0) / √2.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from jaxtyping import Complex, Float, Int

from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.dynamics.legendre import legendre_functions
from jcm.dynamics.spectral_transform import TRUNCATION, SpectralTransform
from jcm.formulation import Formulation

Map = Float[np.ndarray, "longitude latitude"]
Coefficients = Complex[np.ndarray, "m n"]


class Harmonics(Protocol):
    """A transform of maps: where its grid is and what it keeps."""

    @property
    def grid(self) -> GaussianGrid:
        """Where the maps live."""
        ...

    @property
    def total_wavenumber(self) -> Int[np.ndarray, "m n"]:
        """Total wavenumber l of each coefficient [1]."""
        ...

    @property
    def truncation(self) -> int:
        """Largest l that `analysis` returns."""
        ...

    def analysis(self, field: Map) -> Coefficients:
        """Coefficients of a map, zero where l is greater than the truncation."""
        ...

    def synthesis(self, spectral: Coefficients) -> Map:
        """The map."""
        ...


class SpeedyHarmonics:
    """SPEEDY's own T30 transform with the constants of a formulation."""

    truncation = TRUNCATION

    def __init__(self, formulation: Formulation) -> None:
        """Take the transform of the formulation."""
        self._transform = SpectralTransform.speedy(formulation)

    @property
    def grid(self) -> GaussianGrid:
        """SPEEDY's."""
        return self._transform.grid

    @property
    def total_wavenumber(self) -> Int[np.ndarray, "31 32"]:
        """Total wavenumber l of each coefficient [1]."""
        return self._transform.total_wavenumber

    def analysis(self, field: Map) -> Coefficients:
        """Coefficients of a map, zero where l > 30."""
        return self._transform.truncate(self._transform.analysis(field))

    def synthesis(self, spectral: Coefficients) -> Map:
        """The map."""
        return self._transform.synthesis(spectral)


class ExactHarmonics:
    """Coefficients with l ≤ T on any grid, in double precision.

    The Legendre functions are kept for one hemisphere; they take 0.5 GB at T425.
    """

    def __init__(self, grid: GaussianGrid, truncation: int) -> None:
        """Compute the Legendre functions.

        Args:
            grid: an even number of rows, symmetric about the equator.
            truncation: T, at least 1.

        Raises:
            ValueError: if the grid is too coarse for the truncation.
        """
        if truncation < 1 or 2 * truncation >= grid.longitudes or truncation >= grid.latitudes:
            raise ValueError(
                f"truncation is {truncation}, expected 1 to at most "
                f"{min((grid.longitudes - 1) // 2, grid.latitudes - 1)} on a grid of "
                f"{grid.longitudes} x {grid.latitudes} points"
            )
        self.grid, self.truncation = grid, truncation
        size = truncation + 1
        self.total_wavenumber = np.arange(size)[:, None] + np.arange(size)
        north = slice(grid.latitudes // 2, None)
        self._weight = grid.quadrature_weight[north]
        self._legendre = legendre_functions(
            grid.sine_latitude[north],
            grid.cosine_latitude[north],
            zonal=size,
            columns=size,
            single_precision_constants=False,
        )
        self._legendre[self.total_wavenumber > truncation] = 0.0

    def analysis(self, field: Map) -> Coefficients:
        """Coefficients of a map, zero where l > T."""
        longitudes, latitudes = field.shape
        waves = np.fft.rfft(field, axis=0)[: self.truncation + 1] / longitudes
        south, north = waves[:, : latitudes // 2][:, ::-1], waves[:, latitudes // 2 :]
        spectral = np.zeros(self.total_wavenumber.shape, complex)
        # P(m, m + n) is even or odd about the equator as n is.
        for parity, half in ((0, north + south), (1, north - south)):
            legendre = self._legendre[:, parity::2]
            spectral[:, parity::2] = _product(legendre, self._weight * half)
        return spectral

    def synthesis(self, spectral: Coefficients) -> Map:
        """The map; coefficients with l > T are ignored."""
        even, odd = (
            _product(self._legendre[:, parity::2].swapaxes(1, 2), spectral[:, parity::2])
            for parity in (0, 1)
        )
        waves = np.concatenate([(even - odd)[:, ::-1], even + odd], axis=1)
        return np.fft.irfft(waves * self.grid.longitudes, self.grid.longitudes, axis=0)


def _product(
    matrices: Float[np.ndarray, "m i j"], vectors: Complex[np.ndarray, "m j"]
) -> Complex[np.ndarray, "m i"]:
    """Real matrices times complex vectors, without a complex copy of the matrices."""
    parts = np.stack([vectors.real, vectors.imag], axis=-1)
    product = matrices @ parts
    return product[..., 0] + 1j * product[..., 1]
