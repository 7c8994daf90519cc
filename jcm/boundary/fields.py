"""The constant and monthly fields that the model takes from outside.

References:
    Specification page 25.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import jax
import numpy as np
import xarray as xr
from jaxtyping import Float

from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.formulation import ORIGINAL, Formulation

_Array = jax.Array | np.ndarray
RowField = Float[_Array, " latitude"]
MapField = Float[_Array, "longitude latitude"]
MonthlyMapField = Float[_Array, "month longitude latitude"]
WindowMapField = Float[_Array, "slot longitude latitude"]

#: Sines of latitude closer than this are the same row in single precision.
_SAME_SINE = 1e-6


def _described(units: str, long_name: str, standard_name: str = "", cell_methods: str = "") -> Any:
    attributes = {"standard_name": standard_name, "long_name": long_name, "units": units}
    if cell_methods:
        attributes["cell_methods"] = cell_methods
    return dataclasses.field(
        metadata={"attributes": {name: text for name, text in attributes.items() if text}}
    )


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, kw_only=True)
class BoundaryFields:
    """Boundary fields on a grid, a pytree of arrays; units stand with each field.

    Maps run `(longitude, latitude)`, monthly fields `(month, longitude, latitude)`, latitude from
    south to north. Masks are 0 or 1. Outside its mask a field holds a neutral value.
    """

    latitude_radians: RowField = _described("rad", "latitude")
    sin_latitude: RowField = _described("1", "sine of latitude")
    cos_latitude: RowField = _described("1", "cosine of latitude")
    latitude_degrees_sea_model: RowField = _described(
        "degrees_north", "latitude as the sea model computes it"
    )
    surface_geopotential_unfiltered: MapField = _described(
        "m2 s-2", "geopotential of the observed orography"
    )
    surface_geopotential: MapField = _described(
        "m2 s-2", "geopotential of the orography that the model sees", "surface_geopotential"
    )
    land_fraction_raw: MapField = _described(
        "1", "land fraction before thresholding", "land_area_fraction"
    )
    land_fraction: MapField = _described("1", "thresholded land fraction", "land_area_fraction")
    land_mask: MapField = _described(
        "1", "1 where there is enough land to count", "land_binary_mask"
    )
    sea_fraction: MapField = _described("1", "thresholded sea fraction", "sea_area_fraction")
    sea_mask: MapField = _described("1", "1 where there is enough sea to count", "sea_binary_mask")
    bare_land_albedo: MapField = _described(
        "1", "annual-mean albedo of the bare surface", "surface_albedo"
    )
    land_inverse_heat_capacity: MapField = _described(
        "K m2 W-1", "time step / heat capacity of the land slab"
    )
    land_damping_factor: MapField = _described(
        "1", "share of a land temperature anomaly left after one call"
    )
    ocean_inverse_heat_capacity: MapField = _described(
        "K m2 W-1", "time step / heat capacity of the mixed layer"
    )
    ice_inverse_heat_capacity: MapField = _described(
        "K m2 W-1", "time step / heat capacity of the ice slab"
    )
    ocean_damping_factor: MapField = _described(
        "1", "share of a mixed-layer temperature anomaly left after one call"
    )
    ice_damping_factor: MapField = _described(
        "1", "share of an ice temperature anomaly left after one call"
    )
    orographic_drag_factor: MapField = _described("1", "factor of orography on the drag of land")
    land_temperature_monthly: MonthlyMapField = _described(
        "K", "land-surface temperature", "surface_temperature", "area: mean where land"
    )
    snow_depth_monthly: MonthlyMapField = _described(
        "kg m-2", "snow as liquid water", "surface_snow_amount", "area: mean where land"
    )
    soil_water_availability_monthly: MonthlyMapField = _described(
        "1", "soil water availability for evaporation", "", "area: mean where land"
    )
    sea_surface_temperature_monthly: MonthlyMapField = _described(
        "K",
        "temperature of the surface of sea and sea ice",
        "surface_temperature",
        "area: mean where sea",
    )
    sea_ice_fraction_monthly: MonthlyMapField = _described(
        "1", "fraction of the sea covered by ice", "sea_ice_area_fraction", "area: mean where sea"
    )
    sst_anomaly_window_initial: WindowMapField = _described(
        "K",
        "observed anomaly of sea-surface temperature in the months before, of and after the start",
        "surface_temperature_anomaly",
        "area: mean where sea",
    )
    el_nino_weight: MapField = _described("1", "weight of observed anomalies, sea_coupling_flag 4")

    def horizontal(self, formulation: Formulation = ORIGINAL) -> GaussianGrid:
        """Where the fields live: SPEEDY's grid of the formulation, or an exactly Gaussian one."""
        speedy = GaussianGrid.speedy(formulation)
        longitudes, latitudes = self.land_fraction.shape
        if (longitudes, latitudes) == (speedy.longitudes, speedy.latitudes):
            distance = np.abs(np.asarray(self.sin_latitude) - speedy.sine_latitude).max()
            if distance < _SAME_SINE:
                return speedy
        return GaussianGrid.exact(longitudes, latitudes)

    def to_dataset(self) -> xr.Dataset:
        """The fields as a CF data set, dimensions `(month, latitude, longitude)`."""
        grid = self.horizontal()
        variables = {}
        for field in dataclasses.fields(self):
            values = np.asarray(getattr(self, field.name))
            leading = {12: ("month",), 3: ("slot",)}
            if values.ndim == 1:
                dimensions: tuple[str, ...] = ("latitude",)
            else:
                dimensions = (
                    *(leading[values.shape[0]] if values.ndim == 3 else ()),
                    "latitude",
                    "longitude",
                )
                values = values.swapaxes(-1, -2)
            variables[field.name] = (dimensions, values, dict(field.metadata["attributes"]))
        variables["latitude_bounds"] = (("latitude", "bound"), grid.latitude_bounds, {})
        variables["longitude_bounds"] = (("longitude", "bound"), grid.longitude_bounds, {})
        coordinates = {
            "latitude": (
                "latitude",
                np.degrees(np.asarray(self.latitude_radians)),
                {
                    "standard_name": "latitude",
                    "units": "degrees_north",
                    "axis": "Y",
                    "bounds": "latitude_bounds",
                },
            ),
            "longitude": (
                "longitude",
                grid.longitude_degrees,
                {
                    "standard_name": "longitude",
                    "units": "degrees_east",
                    "axis": "X",
                    "bounds": "longitude_bounds",
                },
            ),
            "month": ("month", np.arange(1, 13), {"long_name": "month of the year", "units": "1"}),
            "slot": (
                "slot",
                np.arange(-1, 2),
                {"long_name": "months after the month of the start", "units": "1"},
            ),
        }
        return xr.Dataset(
            variables,
            coordinates,
            {"Conventions": "CF-1.11", "title": "Boundary fields of the SPEEDY model"},
        )
