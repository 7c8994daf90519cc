"""Other worlds for a network to prove itself in: the Earth in a mirror, and the Earth turned.

In the mirror north and south are exchanged. Everything that a model with SPEEDY's core reads and
computes has its mirror image: scalars are the same at the mirrored place, the northward wind and
the vorticity change sign there. The Coriolis parameter and the sine of latitude are what they were,
of the other hemisphere and with the other sign; the sun stands over the mirrored tropic.

The turned Earth has its continents at other latitudes, under the same sun.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from scipy.ndimage import map_coordinates

from jcm.boundary.raw import DATA_FOLDER, read_climatology
from jcm.dynamics.state import SpectralState
from jcm.model.boundary import ModelBoundary
from jcm.model.state import ModelState

#: Fall of the temperature of land with height [K m-1].
LAPSE_RATE = 6.5e-3
#: Fields that turn with the land, and those that stay with their latitude.
_GEOGRAPHY = (
    "surface_altitude",
    "land_area_fraction",
    "surface_albedo",
    "high_vegetation_area_fraction",
    "low_vegetation_area_fraction",
)
_CLIMATE_OF_LAND = ("land_surface_temperature", "surface_snow_amount")
_CLIMATE_OF_SEA = ("sea_surface_temperature", "sea_ice_area_fraction")


def mirrored_boundary(boundary: ModelBoundary) -> ModelBoundary:
    """The boundary data of the mirrored world: every field with its rows in the other order.

    So the sine of latitude, which grows from row to row, changes its sign in every row, and with it
    the insolation of the two hemispheres changes places.
    """
    return jax.tree.map(lambda field: np.asarray(field)[..., ::-1], boundary)


def mirrored_state(state: ModelState) -> ModelState:
    """The state of the mirrored world that belongs to a state of SPEEDY's core."""
    daily = {
        name: mirrored_spectral(field) if name.endswith("_correction") else _mirrored_rows(field)
        for name, field in state.daily._asdict().items()
    }
    return state._replace(
        earlier=mirrored_atmosphere(state.earlier),
        later=mirrored_atmosphere(state.later),
        surface=jax.tree.map(_mirrored_rows, state.surface),
        daily=type(state.daily)(**daily),
        shortwave=jax.tree.map(_mirrored_rows, state.shortwave),
    )


def mirrored_atmosphere(atmosphere: SpectralState) -> SpectralState:
    """One time level in the mirror: scalars as they are, vorticity with the other sign."""
    mirrored = SpectralState(*map(mirrored_spectral, atmosphere))
    return mirrored._replace(vorticity=-mirrored.vorticity)


def mirrored_spectral(field: jax.Array) -> jax.Array:
    """A scalar in the mirror: spherical harmonics with odd n = l - m are odd about the equator."""
    sign = (-1.0) ** np.arange(field.shape[-1])
    return field * jnp.asarray(sign, field.dtype)


def _mirrored_rows(field: jax.Array) -> jax.Array:
    return field[..., ::-1] if field.ndim else field


def turned_boundary(angle: float, start_year: int, start_month: int) -> ModelBoundary:
    """Boundary data of an Earth whose continents were turned about the axis through 0° N, 0° E.

    Land, mountains, albedo, vegetation and soil water move. Sea-surface temperature and ice become
    those that the Earth has at a latitude on average over its sea, the temperature of land that of
    the latitude, reduced to sea level and brought to the new height, snow that of its land. There
    are no anomalies of the sea.

    Args:
        angle: by which the continents turn [degrees].
        start_year: of the run.
        start_month: likewise.
    """
    climatology = _turned(read_climatology(), angle)
    # The model's own preparation filters the mountains and finds masks and heat capacities.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        climatology.to_netcdf(folder / "climatology.nc")
        shutil.copy(DATA_FOLDER / "sst_anomaly.nc", folder)
        boundary = ModelBoundary.observed(start_year, start_month, folder=folder)
    return boundary.without_anomalies()


def _turned(climatology: xr.Dataset, angle: float) -> xr.Dataset:
    data, turned = climatology.transpose(..., "latitude", "longitude"), climatology.copy(deep=True)
    latitude = data["latitude"].values
    rows, columns = _origin(latitude, data["longitude"].values, angle)

    def moved(field: np.ndarray) -> np.ndarray:
        result = np.empty(field.shape)
        for index in np.ndindex(field.shape[:-2]):
            # Only the columns wrap around: no row lies outside.
            result[index] = map_coordinates(
                field[index].astype(float), [rows, columns], order=1, mode="grid-wrap"
            )
        return result

    def put(name: str, values: np.ndarray) -> None:
        dimensions = data[name].dims
        turned[name] = (dimensions, values.astype(np.float32), data[name].attrs)

    for name in _GEOGRAPHY:
        put(name, moved(data[name].values))
    land, height = data["land_area_fraction"].values, data["surface_altitude"].values
    new_height = turned["surface_altitude"].values

    soil_water = "volume_fraction_of_condensed_water_in_soil"
    known = np.isfinite(data[soil_water].values) * land
    share = moved(known)
    water = moved(np.nan_to_num(data[soil_water].values) * known)
    put(soil_water, water / np.where(share > 0.0, share, 1.0))

    for name in _CLIMATE_OF_LAND:
        falls = LAPSE_RATE if name.endswith("temperature") else 0.0
        at_sea_level = data[name].values + falls * np.maximum(height, 0.0)
        put(name, _of_latitude(at_sea_level, land) - falls * np.maximum(new_height, 0.0))
    for name in _CLIMATE_OF_SEA:
        put(name, _of_latitude(data[name].values, 1.0 - land))
    return turned


def _origin(
    latitude: np.ndarray, longitude: np.ndarray, angle: float
) -> tuple[np.ndarray, np.ndarray]:
    """Where the land of each point was before it turned, as row and column of the grid."""
    φ, λ = np.meshgrid(np.radians(latitude), np.radians(longitude), indexing="ij")
    x, y, z = np.cos(φ) * np.cos(λ), np.cos(φ) * np.sin(λ), np.sin(φ)
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    y, z = c * y + s * z, c * z - s * y
    old_latitude = np.degrees(np.arcsin(np.clip(z, -1.0, 1.0)))
    old_longitude = np.degrees(np.arctan2(y, x)) % 360.0
    rows = np.interp(old_latitude, latitude, np.arange(len(latitude)))
    return rows, old_longitude / 360.0 * len(longitude)


def _of_latitude(field: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The mean along each parallel, as maps; rows without any weight from their neighbours."""
    weight = np.broadcast_to(weight, field.shape) * np.isfinite(field)
    total = weight.sum(axis=-1)
    mean = (np.nan_to_num(field) * weight).sum(axis=-1) / np.where(total > 0.0, total, 1.0)
    rows = np.arange(field.shape[-2])
    for index in np.ndindex(mean.shape[:-1]):
        has = total[index] > 0.0
        mean[index] = np.interp(rows, rows[has], mean[index][has])
    return np.broadcast_to(mean[..., None], field.shape)
