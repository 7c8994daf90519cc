"""From observed data to the fields that the model uses.

The data of `jcm/data` hold no value of -999 or less, and neither temperature is ever negative. What
the original does about such values, replacing or filling them, is therefore left out: it changes
nothing. Missing values lie outside the masks and are replaced there.

The data are on SPEEDY's grid. For any other grid they are interpolated first, see
:mod:`jcm.boundary.interpolation`: fields of land with the land fraction as weight, fields of the
sea with the rest; masks, soil water availability, the constants of the slabs and the factor of
orography on the drag are computed from the interpolated fields.

References:
    Specification page 25.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import DTypeLike, Float

from jcm.boundary.fields import BoundaryFields
from jcm.boundary.harmonics import ExactHarmonics, Harmonics, SpeedyHarmonics
from jcm.boundary.interpolation import Interpolation
from jcm.boundary.orography import Orography, filtered_orography
from jcm.boundary.raw import DATA_FOLDER, read_climatology, read_sst_anomaly
from jcm.constants import PhysicalConstants
from jcm.dynamics.gaussian_grid import LATITUDES, LONGITUDES, GaussianGrid
from jcm.dynamics.spectral_transform import TRUNCATION
from jcm.formulation import ORIGINAL, Formulation
from jcm.parameters import Number, ParameterSet, exact, literal, parameter_set
from jcm.physics.surface_fluxes import SurfaceFluxesParameters, orographic_drag_factor
from jcm.surface.slab_constants import ElNinoParameters, SlabConstantsParameters, slab_constants
from jcm.surface.sst_anomaly_window import FIRST_YEAR, check_sst_anomaly_dates

#: That of the packed data; its rows are taken to be exactly Gaussian.
_DATA_GRID = GaussianGrid.exact(LONGITUDES, LATITUDES)


@parameter_set
class BoundaryParameters(ParameterSet):
    """Parameters of the preparation of boundary data."""

    minimum_area_fraction: Number = literal(
        0.1, unit="1", meaning="land or sea fraction below which a point has none", spec="25.4"
    )
    field_capacity: Number = literal(
        0.30, unit="1", meaning="volume fraction of water in soil that holds no more", spec="25.7"
    )
    wilting_point: Number = literal(
        0.17, unit="1", meaning="volume fraction of water that plants cannot reach", spec="25.7"
    )
    low_vegetation_weight: Number = literal(
        0.8,
        unit="1",
        meaning="effect of low vegetation on soil water, to that of high",
        spec="25.7",
    )
    root_zone_depth_ratio: Number = exact(
        3.0, unit="1", meaning="depth of the root zone / depth of the top layer", spec="25.7"
    )
    masked_temperature: Number = exact(
        273.0, unit="K", meaning="land and sea temperature where there is neither", spec="25.5"
    )
    slab_constants: SlabConstantsParameters = SlabConstantsParameters()
    el_nino: ElNinoParameters = ElNinoParameters()
    surface_fluxes: SurfaceFluxesParameters = SurfaceFluxesParameters()


def prepare_boundary_fields(
    start_year: int = 1982,
    start_month: int = 1,
    *,
    formulation: Formulation = ORIGINAL,
    parameters: BoundaryParameters | None = None,
    constants: PhysicalConstants | None = None,
    dtype: DTypeLike = np.float64,
    folder: Path = DATA_FOLDER,
    grid: GaussianGrid | None = None,
    orography: Orography | None = None,
    truncation: int = TRUNCATION,
) -> BoundaryFields:
    """Read and prepare all boundary fields for a run.

    Args:
        start_year: of the first day of the run. Year and month choose the initial window of
            sea-surface temperature anomalies; they lie between February 1979 and November 2013.
        start_month: 1 to 12.
        formulation: see :class:`jcm.formulation.Formulation`.
        parameters: those of the formulation by default.
        constants: those of the formulation by default.
        dtype: of the result; everything is computed in double precision.
        folder: holds the packed data.
        grid: where the fields are wanted; SPEEDY's grid of the formulation by default.
        orography: how the observed orography is filtered, see
            :class:`jcm.boundary.orography.Orography`; truncated by default.
        truncation: largest total wavenumber of the filtered orography.

    Returns:
        NumPy arrays, see :class:`jcm.boundary.fields.BoundaryFields`.

    Raises:
        FileNotFoundError: if the packed data are not there.
        ValueError: if the month does not exist, the window does not lie within the file of
            anomalies, a value is missing where there is land or sea, or the grid is too coarse for
            the truncation.
    """
    if not 1 <= start_month <= 12:
        raise ValueError(f"start_month must be 1 to 12, got {start_month}")
    check_sst_anomaly_dates(
        start_year, start_month, start_year, start_month, formulation=formulation
    )
    if parameters is None:
        parameters = BoundaryParameters.for_formulation(formulation)
    if constants is None:
        constants = PhysicalConstants.for_formulation(formulation)
    # Also where the rest of the program runs in single precision.
    with jax.enable_x64(True):
        start = 12 * (start_year - FIRST_YEAR) + start_month
        fields = _prepared(
            start,
            formulation,
            parameters,
            constants,
            folder,
            _harmonics(grid, truncation, formulation),
            Orography() if orography is None else orography,
        )
        fields = jax.tree.map(lambda values: np.array(values, dtype), fields)
    _check_complete(fields)
    return fields


def masked_sst_anomaly(
    file_months: Sequence[int],
    sea_mask: Float[np.ndarray, "longitude latitude"],
    folder: Path = DATA_FOLDER,
) -> Float[np.ndarray, "file_month longitude latitude"]:
    """Observed anomalies of sea-surface temperature, 0 where there is no sea.

    Args:
        file_months: months wanted, counted from 1 = January 1979.
        sea_mask: 0 or 1, `(longitude, latitude)`; a Gaussian grid of this size is the target.
        folder: holds the packed data.

    Returns:
        [K], `(month, longitude, latitude)`, in the precision of the mask.

    Raises:
        FileNotFoundError: if the packed data are not there.
        ValueError: for a month outside the file.
    """
    anomaly = read_sst_anomaly(file_months, folder).swapaxes(-1, -2)
    interpolation = Interpolation(_DATA_GRID, GaussianGrid.exact(*sea_mask.shape))
    if interpolation.is_identity:
        return np.where(sea_mask == 1.0, anomaly, 0.0).astype(sea_mask.dtype)
    sea = 1.0 - _model_layout(read_climatology(folder)["land_area_fraction"])
    result = np.empty((len(anomaly), *sea_mask.shape), sea_mask.dtype)
    # Month by month: all at once would be large in double precision.
    for month, values in enumerate(anomaly):
        result[month] = np.where(sea_mask == 1.0, interpolation(values.astype(float), sea), 0.0)
    return result


def soil_water_availability(
    high_vegetation: Float[np.ndarray, "longitude latitude"],
    low_vegetation: Float[np.ndarray, "longitude latitude"],
    top_layer: Float[np.ndarray, "12 longitude latitude"],
    second_layer: Float[np.ndarray, "12 longitude latitude"],
    *,
    parameters: BoundaryParameters = BoundaryParameters(),
) -> Float[np.ndarray, "12 longitude latitude"]:
    """Water that evaporation can draw on, as a share of what soil and roots hold at capacity.

        β = min(1, (W₁ + v max(0, 3 W₂ - 3 W_wilt)) / (W_cap + 3 (W_cap - W_wilt)))

    where v = max(0, high + 0.8 low vegetation) may exceed one.

    Args:
        high_vegetation: fraction covered by high vegetation [1], `(longitude, latitude)`.
        low_vegetation: likewise by low vegetation.
        top_layer: W₁, volume fraction of water [1], `(month, longitude, latitude)`.
        second_layer: W₂, likewise.
        parameters: see :class:`BoundaryParameters`.

    Returns:
        [1], at most 1, `(month, longitude, latitude)`; NaN where the soil water is NaN.
    """
    p, ratio = parameters, parameters.root_zone_depth_ratio
    vegetation = np.maximum(0.0, high_vegetation + p.low_vegetation_weight * low_vegetation)
    root_zone = np.maximum(0.0, ratio * second_layer - ratio * p.wilting_point)
    capacity = p.field_capacity + ratio * (p.field_capacity - p.wilting_point)
    return np.minimum(1.0, (1.0 / capacity) * (top_layer + vegetation * root_zone))


def _prepared(
    start: int,
    formulation: Formulation,
    parameters: BoundaryParameters,
    constants: PhysicalConstants,
    folder: Path,
    harmonics: Harmonics,
    orography: Orography,
) -> BoundaryFields:
    """All fields for a run that starts in file month `start`."""
    p = parameters
    grid = harmonics.grid
    climatology = read_climatology(folder)
    interpolation = Interpolation(_DATA_GRID, grid)
    land = _model_layout(climatology["land_area_fraction"])

    def observed(name: str, weight: np.ndarray | None = None) -> np.ndarray:
        return interpolation(_model_layout(climatology[name]), weight)

    land_fraction_raw = interpolation(land)
    land_fraction, on_land = _thresholded(land_fraction_raw, p.minimum_area_fraction)
    sea_fraction, on_sea = _thresholded(1.0 - land_fraction_raw, p.minimum_area_fraction)
    sea_mask = on_sea.astype(float)

    unfiltered = constants.gravity * observed("surface_altitude")
    geopotential = filtered_orography(unfiltered, sea_fraction, orography, harmonics)

    soil_water = observed("volume_fraction_of_condensed_water_in_soil", land)
    availability = soil_water_availability(
        observed("high_vegetation_area_fraction"),
        observed("low_vegetation_area_fraction"),
        soil_water[0],
        soil_water[1],
        parameters=p,
    )
    albedo = observed("surface_albedo")
    slabs = slab_constants(
        jnp.broadcast_to(jnp.asarray(grid.latitude_radians), albedo.shape),
        jnp.broadcast_to(jnp.asarray(grid.longitude_degrees)[:, None], albedo.shape),
        jnp.asarray(albedo),
        jnp.asarray(land_fraction),
        jnp.asarray(sea_fraction),
        parameters=p.slab_constants,
        el_nino=p.el_nino,
        formulation=formulation,
    )
    return BoundaryFields(
        latitude_radians=grid.latitude_radians,
        sin_latitude=grid.sine_latitude,
        cos_latitude=grid.cosine_latitude,
        latitude_degrees_sea_model=slabs.latitude_degrees_sea_model[0],
        surface_geopotential_unfiltered=unfiltered,
        surface_geopotential=geopotential,
        land_fraction_raw=land_fraction_raw,
        land_fraction=land_fraction,
        land_mask=on_land.astype(float),
        sea_fraction=sea_fraction,
        sea_mask=sea_mask,
        bare_land_albedo=albedo,
        land_inverse_heat_capacity=slabs.land_inverse_heat_capacity,
        land_damping_factor=slabs.land_damping_factor,
        ocean_inverse_heat_capacity=slabs.ocean_inverse_heat_capacity,
        ice_inverse_heat_capacity=slabs.ice_inverse_heat_capacity,
        ocean_damping_factor=slabs.ocean_damping_factor,
        ice_damping_factor=slabs.ice_damping_factor,
        orographic_drag_factor=orographic_drag_factor(
            jnp.asarray(geopotential),
            parameters=p.surface_fluxes,
            constants=constants,
            formulation=formulation,
        ),
        land_temperature_monthly=np.where(
            on_land, observed("land_surface_temperature", land), p.masked_temperature
        ),
        snow_depth_monthly=np.where(on_land, observed("surface_snow_amount", land), 0.0),
        soil_water_availability_monthly=np.where(on_land, availability, 0.0),
        sea_surface_temperature_monthly=np.where(
            on_sea, observed("sea_surface_temperature", 1.0 - land), p.masked_temperature
        ),
        sea_ice_fraction_monthly=np.where(
            on_sea, np.maximum(observed("sea_ice_area_fraction", 1.0 - land), 0.0), 0.0
        ),
        sst_anomaly_window_initial=masked_sst_anomaly(
            [start - 1, start, start + 1], sea_mask, folder
        ),
        el_nino_weight=slabs.el_nino_weight,
    )


def _harmonics(grid: GaussianGrid | None, truncation: int, formulation: Formulation) -> Harmonics:
    """The transform of the orography: SPEEDY's own on its own grid."""
    speedy = GaussianGrid.speedy(formulation)
    if truncation == TRUNCATION and (grid is None or grid is speedy):
        return SpeedyHarmonics(formulation)
    return ExactHarmonics(speedy if grid is None else grid, truncation)


def _check_complete(fields: BoundaryFields) -> None:
    for field in dataclasses.fields(fields):
        missing = np.argwhere(~np.isfinite(getattr(fields, field.name)))
        if missing.size:
            raise ValueError(
                f"{field.name} is missing at index {tuple(map(int, missing[0]))} and "
                f"{len(missing) - 1} other places, expected a number wherever there is land or sea"
            )


def _model_layout(field: xr.DataArray) -> np.ndarray:
    """Double precision, longitude before latitude."""
    return field.transpose(..., "longitude", "latitude").values.astype(np.float64)


def _thresholded(fraction: np.ndarray, minimum: float) -> tuple[np.ndarray, np.ndarray]:
    """The fraction without small shares of either surface, and where it counts."""
    counts = fraction >= minimum
    return np.where(counts, np.where(fraction > 1.0 - minimum, 1.0, fraction), 0.0), counts
