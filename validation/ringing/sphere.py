"""Spherical-harmonic analysis of fields on any latitude-longitude grid.

    S(n) = ½ (|f(0, n)|² + 2 Σ_{m=1..n} |f(m, n)|²),   Σ S(n) = area mean of f²

References:
    Specification page 40, section 6.
"""

from __future__ import annotations

import dataclasses
import functools

import numpy as np

from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.dynamics.legendre import legendre_functions
from reference.errors import InputError

EARTH_RADIUS = 6371.0
#: Rows are taken for Gaussian if no latitude is off by more than this [degrees].
_SAME_LATITUDE = 0.01
#: Functions are taken for orthogonal on the rows if their products are exact to this.
_ORTHOGONAL = 1e-10
#: Bound of the rows of what their products are off by, below which the normal equations will do.
_WELL_CONDITIONED = 0.5
#: Parts of the truncation N: the tail, the range of the power law, the upper fifth, the last tenth.
_TAIL, _LAW, _UPPER, _LAST = 25 / 30, (8 / 30, 20 / 30), 0.8, 28 / 30


@dataclasses.dataclass(frozen=True, eq=False)
class Sphere:
    """A grid with the spherical harmonics up to a truncation. Compared and hashed by identity.

    Attributes:
        latitude: of the rows, increasing [degrees north].
        longitude: of the columns, increasing, equally spaced around the circle [degrees east].
        sine_latitude: of the rows [1].
        row_weight: share of a row in the area of the sphere; sums to 1 `(latitude,)`.
        truncation: largest total wavenumber N.
    """

    latitude: np.ndarray
    longitude: np.ndarray
    sine_latitude: np.ndarray
    row_weight: np.ndarray
    truncation: int

    @classmethod
    def of(
        cls, latitude: np.ndarray, longitude: np.ndarray, truncation: int | None = None
    ) -> Sphere:
        """The grid with these coordinates.

        Args:
            latitude: increasing [degrees north]. SPEEDY's own and Gaussian rows are recognised and
                weigh as such; any others weigh as the area up to halfway to their neighbours.
            longitude: increasing, equally spaced [degrees east].
            truncation: what the grid holds without aliasing of products, unless given: 30 on
                SPEEDY's grid, else the largest N with 3 N + 1 longitudes and (3 N + 1) / 2 rows.

        Raises:
            InputError: if the rows do not cover the sphere, the columns are not equally spaced
                around the circle, or the grid cannot hold the truncation.
        """
        _check_coordinates(latitude, longitude)
        rows, columns = len(latitude), len(longitude)
        speedy = GaussianGrid.speedy()
        largest = min((columns - 1) // 2, rows - 1)
        usual = max(1, min((columns - 1) // 3, (2 * rows - 1) // 3))
        if _close(latitude, speedy.latitude_degrees):
            sine, weight = speedy.sine_latitude, 0.5 * speedy.quadrature_weight
            usual = 30 if columns == speedy.longitudes else usual
        else:
            exact = GaussianGrid.exact(columns, rows)
            if _close(latitude, exact.latitude_degrees):
                sine, weight = exact.sine_latitude, 0.5 * exact.quadrature_weight
            else:
                sine = np.sin(np.radians(latitude))
                middle = 0.5 * (latitude[1:] + latitude[:-1])
                edges = np.sin(np.radians(np.concatenate([[-90.0], middle, [90.0]])))
                weight = 0.5 * np.diff(edges)
        if truncation is not None and not 5 <= truncation <= largest:
            raise InputError(
                f"truncation {truncation} does not go with {columns} longitudes and {rows} "
                f"latitudes, expected 5 to {largest}."
            )
        return cls(latitude, longitude, sine, weight, truncation or usual)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.latitude), len(self.longitude)

    def tail(self) -> slice:
        """Total wavenumbers from 25/30 N to N."""
        return slice(round(_TAIL * self.truncation), self.truncation + 1)

    def law(self) -> slice:
        """Total wavenumbers from 8/30 N to 20/30 N, which the power law is fitted to."""
        low, high = (round(part * self.truncation) for part in _LAW)
        return slice(max(1, low), high + 1)

    def upper(self) -> slice:
        """Total wavenumbers above 0.8 N."""
        return slice(int(_UPPER * self.truncation + 1e-9) + 1, self.truncation + 1)

    def last(self) -> slice:
        """Total wavenumbers from 28/30 N to N."""
        return slice(round(_LAST * self.truncation), self.truncation + 1)

    @functools.cached_property
    def _functions(self) -> tuple[np.ndarray, ...]:
        """For every m, P(m, l) with ∫ P² dμ = 1, `(l = m ... N, latitude)`."""
        size = self.truncation + 1
        cosine = np.sqrt(np.maximum(1.0 - self.sine_latitude**2, 0.0))
        columns = legendre_functions(
            self.sine_latitude, cosine, zonal=size, columns=size, single_precision_constants=False
        )
        return tuple(columns[m, : size - m].copy() for m in range(size))

    @functools.cached_property
    def _fits(self) -> tuple[np.ndarray, ...]:
        """For every m, the matrix that gives the weighted least-squares coefficients."""
        fits = []
        for functions in self._functions:
            weighted = 2.0 * self.row_weight * functions
            products = weighted @ functions.T
            excess = np.abs(products - np.eye(len(products)))
            if excess.max() < _ORTHOGONAL:
                fits.append(weighted)
            elif excess.sum(axis=1).max() < _WELL_CONDITIONED:
                fits.append(np.linalg.solve(products, weighted))
            else:
                root = np.sqrt(2.0 * self.row_weight)
                fits.append(np.linalg.pinv(root[:, None] * functions.T) * root)
        return tuple(fits)

    def coefficients(self, field: np.ndarray) -> np.ndarray:
        """Weighted least-squares fit of the functions to every zonal wavenumber.

        Where the functions are orthogonal on the rows this is the quadrature. On SPEEDY's own they
        are not quite, and quadrature would leak the global mean into the tail.

        Args:
            field: `(..., latitude, longitude)`.

        Returns:
            Complex `(..., m, l)`, zero for l < m.
        """
        size = self.truncation + 1
        rows = np.fft.rfft(field, axis=-1)[..., :size] / field.shape[-1]
        found = np.zeros((*field.shape[:-2], size, size), complex)
        for m, fit in enumerate(self._fits):
            found[..., m, m:] = _applied(rows[..., m], fit.T)
        return found

    def synthesis(self, spectral: np.ndarray, wavenumbers: slice | None = None) -> np.ndarray:
        """The part of a field with the given total wavenumbers, `(..., latitude, longitude)`."""
        band = wavenumbers or slice(0, self.truncation + 1)
        half = len(self.longitude) // 2 + 1
        rows = np.zeros((*spectral.shape[:-2], len(self.latitude), half), complex)
        for m, functions in enumerate(self._functions):
            first = max(m, band.start)
            if first < band.stop:
                used = functions[first - m : band.stop - m]
                rows[..., m] = _applied(spectral[..., m, first : band.stop], used)
        return np.fft.irfft(rows * len(self.longitude), n=len(self.longitude), axis=-1)


def spectrum(spectral: np.ndarray) -> np.ndarray:
    """Power S per total wavenumber `(..., l)` of coefficients `(..., m, l)`."""
    power = np.abs(spectral) ** 2
    return 0.5 * (power[..., 0, :] + 2.0 * power[..., 1:, :].sum(axis=-2))


def _applied(rows: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Complex rows times a real matrix, as one product of real ones: a third of the time."""
    parts = np.stack([rows.real, rows.imag]) @ matrix
    return parts[0] + 1j * parts[1]


def _check_coordinates(latitude: np.ndarray, longitude: np.ndarray) -> None:
    if len(latitude) < 8 or len(longitude) < 16:
        raise InputError(
            f"the grid has {len(latitude)} latitudes and {len(longitude)} longitudes, expected at "
            "least 8 and 16."
        )
    spacing = 360.0 / len(longitude)
    if not np.allclose(np.diff(longitude), spacing, atol=1e-3 * spacing + 1e-4):
        raise InputError(
            f"the {len(longitude)} longitudes from {longitude[0]:g} to {longitude[-1]:g} degrees "
            "are not equally spaced around the circle."
        )
    widest = np.diff(latitude).max()
    if latitude[0] > -90.0 + widest or latitude[-1] < 90.0 - widest:
        raise InputError(
            f"the latitudes run from {latitude[0]:g} to {latitude[-1]:g} degrees, expected the "
            "whole sphere."
        )


def _close(latitude: np.ndarray, other: np.ndarray) -> bool:
    return latitude.shape == other.shape and bool(np.abs(latitude - other).max() <= _SAME_LATITUDE)
