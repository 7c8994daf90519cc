"""Bilinear interpolation between latitude-longitude grids."""

from __future__ import annotations

import numpy as np

from validation.ringing.sphere import Sphere


def on_sphere(
    field: np.ndarray, latitude: np.ndarray, longitude: np.ndarray, sphere: Sphere
) -> np.ndarray:
    """A field at the points of another grid; beyond the outermost row, that row.

    Args:
        field: `(..., latitude, longitude)`.
        latitude: of its rows, increasing [degrees north].
        longitude: of its columns, increasing within one circle [degrees east].
        sphere: the other grid.

    Returns:
        `(..., latitude, longitude)`; NaN spreads to the neighbours of missing values.
    """
    closed = np.concatenate([field[..., -1:], field, field[..., :1]], axis=-1)
    east = np.concatenate([[longitude[-1] - 360.0], longitude, [longitude[0] + 360.0]])
    wanted = (sphere.longitude - east[0]) % 360.0 + east[0]
    columns = _linear(closed, east, wanted)
    wanted = np.clip(sphere.latitude, latitude[0], latitude[-1])
    return np.swapaxes(_linear(np.swapaxes(columns, -1, -2), latitude, wanted), -1, -2)


def _linear(values: np.ndarray, at: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Linear interpolation along the last axis, exact at the points themselves."""
    upper = np.clip(np.searchsorted(at, wanted), 1, len(at) - 1)
    share = (wanted - at[upper - 1]) / (at[upper] - at[upper - 1])
    between = (1.0 - share) * values[..., upper - 1] + share * values[..., upper]
    between = np.where(share == 0.0, values[..., upper - 1], between)
    return np.where(share == 1.0, values[..., upper], between)
