"""Between the layout of the harness and that of a model on a grid, with NumPy alone.

The harness has `(column, level, ...)`, level 0 at the top, humidity in g/kg, and 8 for "no level".
The adapted model has `(level, longitude, latitude, ...)`, numbers of levels from 1, and 9 for none.
Columns become latitudes of a single longitude, because each may have a latitude of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

Columns = Mapping[str, np.ndarray]


def on_grid(values: np.ndarray) -> np.ndarray:
    """`(column,)` as `(1, column)`, and `(column, n, ...)` as `(n, ..., 1, column)` for levels."""
    values = np.asarray(values, dtype=float)
    return np.moveaxis(values, 0, -1)[..., None, :]


def on_levels_and_bands(values: np.ndarray) -> np.ndarray:
    """`(column, level, band)` as `(level, 1, column, band)`."""
    return np.moveaxis(np.asarray(values, dtype=float), 0, 1)[:, None]


def columns_first(values: np.ndarray) -> np.ndarray:
    """The inverse of :func:`on_grid`."""
    return np.moveaxis(np.asarray(values)[..., 0, :], -1, 0)


def columns_first_of_bands(values: np.ndarray) -> np.ndarray:
    """The inverse of :func:`on_levels_and_bands`."""
    return np.moveaxis(np.asarray(values)[:, 0], 0, 1)


def level_number(index: np.ndarray) -> np.ndarray:
    """Indices of levels from 0, `(column,)`, as numbers from 1 on the grid."""
    return np.asarray(index)[None] + 1


def level_index(number: np.ndarray) -> np.ndarray:
    """The inverse of :func:`level_number`."""
    return (np.asarray(number)[0] - 1).astype(np.int32)


def absorbed(tendency: np.ndarray, pressure: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """What a layer gains, from the tendency that it causes.

    Args:
        tendency: `(level, 1, column)`, of temperature [K s-1], or of humidity [g kg-1 s-1].
        pressure: of the surface [1e5 Pa], `(column,)`.
        factor: tendency of a layer that gains one unit at a pressure of one, `(level,)`.

    Returns:
        [W m-2], or [g m-2 s-1], `(column, level)`.
    """
    return columns_first(tendency) * pressure[:, None] / factor


def surface_types(
    mean: Columns, sea: Columns, share: np.ndarray, radiation: np.ndarray
) -> dict[str, np.ndarray]:
    """Fluxes over land and sea, from the means that the model gives.

    A model that hands out the mean over land and sea alone is asked twice: for the column itself,
    and for the same column all at sea. Both differ in the density of the air next to the surface,
    which the model takes at the mean temperature there: turbulent fluxes go with its inverse.

    Args:
        mean: fluxes "ustr", "vstr", "shf", "evap", "rlus", "hfluxn" and the temperature "t0" of
            the column, `(column,)` each.
        sea: the same for the column all at sea.
        share: of land, positive, `(column,)`.
        radiation: net radiation of the sea, downward, in the units of "hfluxn", `(column,)`.

    Returns:
        The fluxes, `(column, 3)` over land, over sea and in the mean.
    """
    thinner = sea["t0"] / mean["t0"]
    at_sea = {name: sea[name] * thinner for name in ("ustr", "vstr", "shf", "evap")}
    at_sea["rlus"] = sea["rlus"]
    at_sea["hfluxn"] = radiation + (sea["hfluxn"] - radiation) * thinner
    return {
        name: np.stack([value + (mean[name] - value) / share, value, mean[name]], axis=1)
        for name, value in at_sea.items()
    }
