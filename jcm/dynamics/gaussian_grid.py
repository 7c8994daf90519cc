"""The horizontal grid: equally spaced longitudes and Gaussian latitudes.

SPEEDY's has 96 longitudes and 48 latitudes that are nearly Gaussian. Fields on the grid run
`(..., longitude, latitude)`, longitude eastwards from Greenwich, latitude from south to north.

References:
    Specification page 30, section 1.
"""

from __future__ import annotations

import dataclasses
import functools
import math

import numpy as np
from jaxtyping import Float

from jcm.formulation import ORIGINAL, Formulation

LONGITUDES = 96
LATITUDES = 48
HEMISPHERE = LATITUDES // 2

_CONVERGED = 3.0e-16
_MOST_ITERATIONS = 10


@dataclasses.dataclass(frozen=True, eq=False)
class GaussianGrid:
    """Coordinates and quadrature weights, float64. Compared and hashed by identity.

    Attributes:
        sine_latitude: increasing, antisymmetric about the equator [1].
        cosine_latitude: positive [1].
        quadrature_weight: of a row in an integral over sin φ from -1 to 1; sums to 2 [1].
        longitudes: number of points on a row.
    """

    sine_latitude: Float[np.ndarray, " latitude"]
    cosine_latitude: Float[np.ndarray, " latitude"]
    quadrature_weight: Float[np.ndarray, " latitude"]
    longitudes: int = LONGITUDES

    @classmethod
    def speedy(cls, formulation: Formulation = ORIGINAL) -> GaussianGrid:
        """SPEEDY's grid.

        With `latitudes_are_approximate` the latitudes are the usual first guess for the Gaussian
        nodes, while the weights belong to the true nodes; with `single_precision_constants` the
        guess is one in single precision. Otherwise both are Gaussian.
        """
        return _speedy(
            formulation.single_precision_constants, formulation.latitudes_are_approximate
        )

    @classmethod
    def exact(cls, longitudes: int, latitudes: int) -> GaussianGrid:
        """Any grid with Gaussian latitudes; the same object for the same numbers."""
        return _exact(longitudes, latitudes)

    @property
    def latitudes(self) -> int:
        """Number of rows."""
        return len(self.sine_latitude)

    @functools.cached_property
    def latitude_radians(self) -> Float[np.ndarray, " latitude"]:
        """Latitude [rad]."""
        return np.arcsin(self.sine_latitude)

    @functools.cached_property
    def latitude_degrees(self) -> Float[np.ndarray, " latitude"]:
        """Latitude [degrees north]."""
        return np.degrees(self.latitude_radians)

    @functools.cached_property
    def longitude_degrees(self) -> Float[np.ndarray, " longitude"]:
        """Longitude [degrees east], from 0."""
        return np.arange(self.longitudes) * (360.0 / self.longitudes)

    @functools.cached_property
    def latitude_bounds(self) -> Float[np.ndarray, "latitude 2"]:
        """Edges of the cells [degrees north]; a cell's extent in sin φ is its quadrature weight."""
        inner = np.degrees(np.arcsin(np.cumsum(self.quadrature_weight[:-1]) - 1.0))
        edges = np.concatenate([[-90.0], inner, [90.0]])
        return np.stack([edges[:-1], edges[1:]], axis=1)

    @functools.cached_property
    def longitude_bounds(self) -> Float[np.ndarray, "longitude 2"]:
        """Edges of the cells [degrees east], halfway between the longitudes."""
        half = 180.0 / self.longitudes
        return np.stack([self.longitude_degrees - half, self.longitude_degrees + half], axis=1)


@functools.cache
def _speedy(single_precision_constants: bool, latitudes_are_approximate: bool) -> GaussianGrid:
    rows = range(1, HEMISPHERE + 1)
    nodes_and_weights = [_gaussian_row(row, single_precision_constants) for row in rows]
    if not latitudes_are_approximate:
        sine_north = [node for node, _ in nodes_and_weights]
    elif single_precision_constants:
        sine_north = [float(np.float32(math.cos(_angle(row)))) for row in rows]
    else:
        sine_north = [math.cos(math.pi * (row - 0.25) / (LATITUDES + 0.5)) for row in rows]
    north = np.array(sine_north[::-1])
    weight = np.array([weight for _, weight in nodes_and_weights])
    sine = np.concatenate([-north[::-1], north])
    return GaussianGrid(
        sine_latitude=sine,
        cosine_latitude=np.sqrt(1.0 - sine**2),
        quadrature_weight=np.concatenate([weight, weight[::-1]]),
    )


@functools.cache
def _exact(longitudes: int, latitudes: int) -> GaussianGrid:
    sine, weight = np.polynomial.legendre.leggauss(latitudes)
    # What rounding leaves of the symmetry about the equator is taken away.
    sine, weight = 0.5 * (sine - sine[::-1]), 0.5 * (weight + weight[::-1])
    return GaussianGrid(
        sine_latitude=sine,
        cosine_latitude=np.sqrt(1.0 - sine**2),
        quadrature_weight=weight,
        longitudes=longitudes,
    )


def _angle(row: int) -> float:
    """Asymptotic colatitude of Gaussian row 1, 2, ... from the pole, in single precision [rad]."""
    numerator = np.float32(math.pi) * np.float32(row - 0.25)
    return float(numerator / np.float32(LATITUDES + 0.5))


def _gaussian_row(row: int, derivative_of_last_but_one: bool) -> tuple[float, float]:
    """Node and weight, w = 2 / ((1 - z²) P'(z)²), of a row, by Newton's method.

    The original takes P' from the last evaluation, one iterate before the node it ends with. That
    shows in the 13th digit of the weight next to the pole, where P' varies fastest.
    """
    z, slope = math.cos(_angle(row)), math.nan
    for _ in range(_MOST_ITERATIONS):
        value, slope = _legendre_polynomial(z)
        step = value / slope
        z -= step
        if abs(step) <= _CONVERGED:
            break
    if not derivative_of_last_but_one:
        _, slope = _legendre_polynomial(z)
    return z, 2.0 / ((1.0 - z * z) * slope * slope)


def _legendre_polynomial(z: float) -> tuple[float, float]:
    """Legendre polynomial of degree 48 and its derivative."""
    current, previous = 1.0, 0.0
    for degree in range(1, LATITUDES + 1):
        current, previous = (
            ((2 * degree - 1) * z * current - (degree - 1) * previous) / degree,
            current,
        )
    return current, LATITUDES * (z * current - previous) / (z * z - 1.0)
