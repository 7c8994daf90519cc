"""Conservative interpolation of maps between Gaussian grids of different size.

A point stands for its cell: what lies between `latitude_bounds` and `longitude_bounds` of the grid,
whose area is proportional to the quadrature weight of the row. With w the share of a cell that a
field s stands for,

    x = M(w s) / M(w)

To a coarser grid M averages over the parts of source cells that a target cell covers, which keeps
every integral. To a finer grid M is bilinear: no blocks, whose steps would ring in a spectral
model, and no new extremes. Then only the integral over the sphere is kept, by a last correction
that is a few 1e-4 of the range. To keep the mean of every source cell as well, a continuous field
would have to overshoot next to coasts and ice sheets, from 96 to 128 longitudes by 20 to 30 K in
the temperatures of land and sea. Longitude and latitude are treated one after the other.

References:
    Jones, P. W. (1999): First- and second-order conservative remapping schemes for grids in
    spherical coordinates. Mon. Weather Rev. 127, 2204-2210.
"""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
from jaxtyping import Float, Int

from jcm.dynamics.gaussian_grid import GaussianGrid

Map = Float[np.ndarray, "*field longitude latitude"]
Weight = Float[np.ndarray, "longitude latitude"]
#: Points that a target point takes values from, and their weights, `(point, target)` each.
Stencil = tuple[Int[np.ndarray, "point target"], Float[np.ndarray, "point target"]]


@dataclasses.dataclass(frozen=True, eq=False)
class Interpolation:
    """From one grid to another. Points of grids of equal size are taken to be the same.

    Attributes:
        source: grid of the given fields.
        target: grid of the results; finer than the source in longitude and latitude or in neither.
    """

    source: GaussianGrid
    target: GaussianGrid

    def __post_init__(self) -> None:
        """Check that the target is finer in both directions or in none."""
        columns, rows = self.source.longitudes, self.source.latitudes
        if (self.target.longitudes > columns) != (self.target.latitudes > rows):
            raise ValueError(
                f"a field on {columns} x {rows} points cannot be interpolated to "
                f"{self.target.longitudes} x {self.target.latitudes}, expected more points both in "
                "longitude and in latitude, or in neither"
            )

    def __call__(self, field: Map, weight: Weight | None = None) -> Map:
        """Interpolate fields.

        Args:
            field: `(..., longitude, latitude)` on the source, finite where the weight is not 0.
            weight: share of a cell that the field stands for, such as the land fraction [1],
                `(longitude, latitude)` on the source, not negative; None is 1.

        Returns:
            `(..., longitude, latitude)` on the target, within the range that each map has on the
            source, NaN where the weight on the target is 0. The integral over the sphere of
            interpolated weight times interpolated field is that of weight times field.
        """
        if self.is_identity:
            return field.copy()
        if weight is None:
            return self._with_integral(self._apply(field), field, 1.0, 1.0)
        target_weight = self(weight)
        known = weight > 0.0
        total = self._apply(weight)
        # What is not known counts nothing, whatever stands there.
        inside = np.where(
            known, field, np.min(field, (-2, -1), where=known, initial=np.inf)[..., None, None]
        )
        mean = self._apply(weight * inside) / np.where(total > 0.0, total, 1.0)
        mean = self._with_integral(mean, inside, weight, target_weight)
        return np.where(target_weight > 0.0, mean, np.nan)

    def _apply(self, field: Map) -> Map:
        """M, see the module."""
        longitude, latitude = self._stencils
        rows = sum(w[:, None] * field[..., at, :] for at, w in zip(*longitude, strict=True))
        return sum(w * rows[..., at] for at, w in zip(*latitude, strict=True))

    def _with_integral(
        self, mean: Map, field: Map, weight: Weight | float, target_weight: Weight | float
    ) -> Map:
        """Restore the integral by x + t (x - low) (high - x) / (high - low), which keeps bounds."""
        low, high = (bound(field, axis=(-2, -1), keepdims=True) for bound in (np.min, np.max))
        mean = np.clip(mean, low, high)
        room = (mean - low) * (high - mean) / np.where(high > low, high - low, 1.0)
        missing = global_mean(weight * field, self.source) - global_mean(
            target_weight * mean, self.target
        )
        total = global_mean(target_weight * room, self.target)
        share = np.clip(missing / np.where(total > 0.0, total, 1.0), -1.0, 1.0)
        return np.clip(mean + share[..., None, None] * room, low, high)

    @property
    def is_identity(self) -> bool:
        """Whether both grids have the same size."""
        source, target = self.source, self.target
        return (source.longitudes, source.latitudes) == (target.longitudes, target.latitudes)

    @functools.cached_property
    def _stencils(self) -> tuple[Stencil, Stencil]:
        """Of longitude and latitude."""
        source, target = self.source, self.target
        if target.latitudes > source.latitudes:
            matrices = _bilinear_longitude(source, target), _bilinear_latitude(source, target)
        else:
            matrices = _longitude_overlap(source, target), _latitude_overlap(source, target)
        return _stencil(matrices[0]), _stencil(matrices[1])


def _stencil(matrix: Float[np.ndarray, "target source"]) -> Stencil:
    """The largest entries of each row, as many as the fullest row has, and where they stand."""
    count = int((matrix > 0.0).sum(axis=1).max())
    index = np.argsort(-matrix, axis=1, kind="stable")[:, :count].T
    return index, np.take_along_axis(matrix.T, index, axis=0)


def global_mean(field: Map, grid: GaussianGrid) -> Float[np.ndarray, "*field"]:
    """Mean over the sphere.

    Args:
        field: `(..., longitude, latitude)`.
        grid: where its points lie.

    Returns:
        In the units of the field.
    """
    return field.mean(axis=-2) @ (0.5 * grid.quadrature_weight)


def _bilinear_longitude(source: GaussianGrid, target: GaussianGrid) -> np.ndarray:
    """Weights of the two neighbours on the parallel, `(target, source)`."""
    position = target.longitude_degrees * (source.longitudes / 360.0)
    west = np.floor(position).astype(int)
    matrix = np.zeros((target.longitudes, source.longitudes))
    point = np.arange(target.longitudes)
    matrix[point, west] = 1.0 - (position - west)
    matrix[point, (west + 1) % source.longitudes] = position - west
    return matrix


def _bilinear_latitude(source: GaussianGrid, target: GaussianGrid) -> np.ndarray:
    """Weights of the two neighbours on the meridian, `(target, source)`; next to poles one."""
    at, rows = target.latitude_radians, source.latitude_radians
    return np.stack([np.interp(at, rows, unit) for unit in np.eye(source.latitudes)], axis=1)


def _longitude_overlap(source: GaussianGrid, target: GaussianGrid) -> np.ndarray:
    """Share of each target cell that lies in each source cell, `(target, source)`."""
    cells, others = target.longitude_bounds[:, None, :], source.longitude_bounds[None, :, :]
    overlap = sum(_common_length(cells, others + turn) for turn in (-360.0, 0.0, 360.0))
    return overlap / overlap.sum(axis=1, keepdims=True)


def _latitude_overlap(source: GaussianGrid, target: GaussianGrid) -> np.ndarray:
    """The same by area, `(target, source)`."""
    cells, others = (np.sin(np.radians(grid.latitude_bounds)) for grid in (target, source))
    overlap = _common_length(cells[:, None, :], others[None, :, :])
    return overlap / overlap.sum(axis=1, keepdims=True)


def _common_length(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Length that intervals `(..., 2)` have in common."""
    upper = np.minimum(one[..., 1], other[..., 1])
    return np.maximum(upper - np.maximum(one[..., 0], other[..., 0]), 0.0)
