"""Means of a run on another grid, brought to SPEEDY's for the comparison."""

from __future__ import annotations

import numpy as np
import xarray as xr

from jcm.boundary.interpolation import Interpolation
from jcm.dynamics.gaussian_grid import GaussianGrid


def on_reference_grid(dataset: xr.Dataset) -> xr.Dataset:
    """Fields `(..., latitude, longitude)` on SPEEDY's 96 x 48 points.

    From a finer grid these are means over the area of SPEEDY's cells, from a coarser one a
    continuous field with the same mean over the sphere. Latitudes that are exactly Gaussian are
    taken for SPEEDY's approximate ones, which are off by 0.06 degrees in the row next to the pole
    and by less than 0.02 from the third row on.
    """
    reference = GaussianGrid.speedy()
    rows, columns = dataset.sizes["latitude"], dataset.sizes["longitude"]
    coordinates = {
        "latitude": ("latitude", reference.latitude_degrees, dataset["latitude"].attrs),
        "longitude": ("longitude", reference.longitude_degrees, dataset["longitude"].attrs),
    }
    if (rows, columns) == (reference.latitudes, reference.longitudes):
        return dataset.assign_coords(coordinates)
    interpolate = Interpolation(
        GaussianGrid.exact(columns, rows),
        GaussianGrid.exact(reference.longitudes, reference.latitudes),
    )
    maps = {
        str(name): (
            values.dims,
            interpolate(values.values.astype(float).swapaxes(-1, -2))
            .swapaxes(-1, -2)
            .astype(np.float32),
            values.attrs,
        )
        for name, values in dataset.data_vars.items()
        if values.dims[-2:] == ("latitude", "longitude")
    }
    others = [name for name in dataset.data_vars if str(name) not in maps]
    bare = dataset[others].drop_vars(["latitude", "longitude"], errors="ignore")
    times = {
        name: dataset[name] for name in dataset.coords if name not in ("latitude", "longitude")
    }
    return bare.assign(maps).assign_coords({**times, **coordinates})
