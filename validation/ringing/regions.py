"""Where ringing is measured: seas near mountains, the open sea, and lines off steep coasts.

A region is the same part of the Earth on every grid: sea within a distance of SPEEDY's observed
mountains. Which points are sea each grid says for itself, or else the interpolated land fraction of
SPEEDY's boundary data.

References:
    Specification page 40, section 6.
"""

from __future__ import annotations

import dataclasses
import functools

import numpy as np

from jcm.boundary.raw import read_climatology
from jcm.dynamics.gaussian_grid import GaussianGrid
from validation.ringing.interpolation import on_sphere
from validation.ringing.sphere import EARTH_RADIUS, Sphere

REGIONS = ("andes", "himalaya", "greenland", "antarctica")
#: Sea far from orography, with which the regions are compared.
OPEN = "open"
#: Land fraction below which a point is sea.
SEA_BELOW = 0.1
MOUNTAIN, _HILL = 1500.0, 1000.0
_OPEN_DISTANCE = 2500.0
#: Points of the largest grid whose distances to all mountains are computed at a time.
_CHUNK = 20_000


@dataclasses.dataclass(frozen=True)
class _Region:
    """Seas within `distance` [km] of mountains in a box [degrees north, degrees east]."""

    south: float
    north: float
    west: float
    east: float
    distance: float
    sea_south_of: float = 90.0


_REGIONS = {
    "andes": _Region(-60.0, 15.0, 270.0, 310.0, 1500.0),
    "himalaya": _Region(20.0, 50.0, 60.0, 120.0, 1500.0),
    "greenland": _Region(58.0, 85.0, 285.0, 350.0, 1000.0, sea_south_of=84.0),
    "antarctica": _Region(-90.0, -60.0, 0.0, 360.0, 1000.0),
}


@dataclasses.dataclass(frozen=True)
class Geography:
    """Sea and regions on a grid.

    Attributes:
        sphere: the grid.
        sea: whether a point is sea `(latitude, longitude)`.
        weight: of each point, by region and for `OPEN`; sums to 1 `(latitude, longitude)`. Zero
            everywhere if the region has no point.
        sea_weight: of all sea; sums to 1.
        inner_weight: of sea whose four neighbours are sea; sums to 1.
    """

    sphere: Sphere
    sea: np.ndarray
    weight: dict[str, np.ndarray]
    sea_weight: np.ndarray
    inner_weight: np.ndarray

    @classmethod
    def of(cls, sphere: Sphere, land_fraction: np.ndarray | None = None) -> Geography:
        """Sea and regions of a grid.

        Args:
            sphere: the grid.
            land_fraction: of its points `(latitude, longitude)`; interpolated if not given.
        """
        if land_fraction is None:
            land_fraction = observed_on(sphere, "land_area_fraction")
        sea = land_fraction < SEA_BELOW
        altitude = _observed("surface_altitude")
        weight = {
            name: _share(_near(sphere, altitude, region) & sea, sphere)
            for name, region in _REGIONS.items()
        }
        far = _distance(sphere, altitude >= _HILL) > _OPEN_DISTANCE
        weight[OPEN] = _share(far & sea, sphere)
        inner = sea & np.roll(sea, 1, axis=1) & np.roll(sea, -1, axis=1)
        inner[1:-1] &= sea[2:] & sea[:-2]
        inner[[0, -1]] = False
        return cls(sphere, sea, weight, _share(sea, sphere), _share(inner, sphere))


def observed_on(sphere: Sphere, name: str) -> np.ndarray:
    """An observed field of SPEEDY's boundary data, bilinear on a grid `(latitude, longitude)`."""
    grid = GaussianGrid.speedy()
    return on_sphere(_observed(name), grid.latitude_degrees, grid.longitude_degrees, sphere)


@functools.cache
def _observed(name: str) -> np.ndarray:
    field = read_climatology()[name].transpose("latitude", "longitude")
    return field.values.astype(float)


def _near(sphere: Sphere, altitude: np.ndarray, region: _Region) -> np.ndarray:
    grid = GaussianGrid.speedy()
    north, east = grid.latitude_degrees[:, None], grid.longitude_degrees[None, :]
    inside = (north >= region.south) & (north <= region.north)
    inside = inside & (east >= region.west) & (east <= region.east)
    near = _distance(sphere, inside & (altitude >= MOUNTAIN)) <= region.distance
    return near & (sphere.latitude[:, None] < region.sea_south_of)


def _distance(sphere: Sphere, points: np.ndarray) -> np.ndarray:
    """Great-circle distance to the nearest of some points of SPEEDY's grid [km]."""
    grid = GaussianGrid.speedy()
    rows, columns = np.nonzero(points)
    ends = _unit_vectors(grid.latitude_degrees[rows], grid.longitude_degrees[columns])
    north, east = np.meshgrid(sphere.latitude, sphere.longitude, indexing="ij")
    starts = _unit_vectors(north.ravel(), east.ravel())
    nearest = [
        (starts[first : first + _CHUNK] @ ends.T).max(axis=1)
        for first in range(0, len(starts), _CHUNK)
    ]
    cosine = np.clip(np.concatenate(nearest), -1.0, 1.0)
    return (EARTH_RADIUS * np.arccos(cosine)).reshape(north.shape)


def _unit_vectors(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    φ, λ = np.radians(latitude), np.radians(longitude)
    return np.stack([np.cos(φ) * np.cos(λ), np.cos(φ) * np.sin(λ), np.sin(φ)], axis=-1)


def _share(points: np.ndarray, sphere: Sphere) -> np.ndarray:
    weight = points * sphere.row_weight[:, None]
    total = weight.sum()
    return weight / total if total > 0.0 else weight
