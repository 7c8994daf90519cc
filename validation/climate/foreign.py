"""Climates from NetCDF files of other models.

Quantities are found by our names, by CF standard name, or by the short names of model archives, put
into our units, averaged to seasons and interpolated to our grid: bilinearly in longitude and
latitude, linearly in the logarithm of pressure (or in σ) to our levels.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import xarray as xr

from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.formulation import ORIGINAL
from reference.errors import InputError
from validation.climate.area import area_mean, area_weight
from validation.climate.catalogue import (
    GRAVITY,
    LEVEL_QUANTITIES,
    MILLIMETRES_PER_DAY,
    QUANTITIES,
    Quantity,
)
from validation.climate.climate import (
    Climate,
    GlobalMean,
    Key,
    budgets,
    global_means_of,
    zonal_means,
)
from validation.climate.seasons import season_means

#: What a number in a unit is multiplied with, and what is added, to be in ours.
_UNITS: dict[tuple[str, str], tuple[float, float]] = {
    ("K", "degC"): (1.0, 273.15),
    ("Pa", "hPa"): (100.0, 0.0),
    ("Pa", "mbar"): (100.0, 0.0),
    ("mm day-1", "kg m-2 s-1"): (1000.0 * MILLIMETRES_PER_DAY, 0.0),
    ("mm day-1", "g m-2 s-1"): (MILLIMETRES_PER_DAY, 0.0),
    ("mm day-1", "m s-1"): (1e6 * MILLIMETRES_PER_DAY, 0.0),
    ("mm day-1", "kg m-2 day-1"): (1.0, 0.0),
    ("g kg-1", "1"): (1000.0, 0.0),
    ("g kg-1", "kg kg-1"): (1000.0, 0.0),
    ("1", "%"): (0.01, 0.0),
    ("N m-2", "Pa"): (1.0, 0.0),
    ("m2 s-2", "m"): (GRAVITY, 0.0),
    ("m2 s-2", "gpm"): (GRAVITY, 0.0),
    ("kg m-2", "mm"): (1.0, 0.0),
}
SPELLINGS = {
    "kelvin": "K", "degrees_celsius": "degC", "celsius": "degC", "°c": "degC", "c": "degC",
    "pascal": "Pa", "pascals": "Pa", "millibar": "mbar", "mb": "mbar", "millibars": "mbar",
    "m/s": "m s-1", "m s**-1": "m s-1", "w/m2": "W m-2", "w m**-2": "W m-2", "w/m^2": "W m-2",
    "kg/m2/s": "kg m-2 s-1", "kg m**-2 s**-1": "kg m-2 s-1", "kg/(m^2*s)": "kg m-2 s-1",
    "mm/day": "mm day-1", "mm d-1": "mm day-1", "kg/kg": "kg kg-1", "kg kg**-1": "kg kg-1",
    "g/kg": "g kg-1", "percent": "%", "fraction": "1", "": "1", "(0 - 1)": "1",
    "kg/m2": "kg m-2", "kg m**-2": "kg m-2", "m**2 s**-2": "m2 s-2", "m2/s2": "m2 s-2",
    "n/m2": "N m-2", "n m**-2": "N m-2", "meters": "m", "metres": "m", "m^2/s^2": "m2 s-2",
}  # fmt: skip
#: Differences of archived quantities that give ours.
_DIFFERENCES = {
    "toa_net_shortwave": ("toa_incoming_shortwave_flux", "toa_outgoing_shortwave_flux"),
    "surface_net_shortwave": (
        "surface_downwelling_shortwave_flux_in_air",
        "surface_upwelling_shortwave_flux_in_air",
    ),
    "surface_net_upward_longwave": (
        "surface_upwelling_longwave_flux_in_air",
        "surface_downwelling_longwave_flux_in_air",
    ),
}
_SHORT = {
    "toa_incoming_shortwave_flux": "rsdt",
    "toa_outgoing_shortwave_flux": "rsut",
    "surface_downwelling_shortwave_flux_in_air": "rsds",
    "surface_upwelling_shortwave_flux_in_air": "rsus",
    "surface_upwelling_longwave_flux_in_air": "rlus",
    "surface_downwelling_longwave_flux_in_air": "rlds",
}


@dataclasses.dataclass(frozen=True)
class Axes:
    """Names of the dimensions of a variable; None where there is none."""

    latitude: str
    longitude: str
    vertical: str | None


def read_foreign(path: Path, sigma: np.ndarray, surface_pressure: np.ndarray) -> Climate:
    """The climate in a NetCDF file.

    Args:
        path: monthly means of whole years with a decodable time axis, or twelve calendar months
            along `month`.
        sigma: our full levels `(level,)`.
        surface_pressure: season means `(season, latitude, longitude)` by which our levels are
            placed among pressure levels [Pa].

    Raises:
        InputError: if it cannot be read, or holds nothing that can be compared.
    """
    try:
        with xr.open_dataset(path) as opened:
            dataset = opened.load()
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as a NetCDF file: {error}.") from error
    months, years = _months(dataset, path)
    maps, missing = {}, []
    for name, quantity in QUANTITIES.items():
        values = quantity_in(months, name, quantity)
        reason = "is not in the file"
        if values is not None:
            converted, reason = in_our_units(values, quantity)
            if converted is not None:
                field, reason = _on_our_grid(months, name, converted, sigma, surface_pressure)
                if field is not None:
                    maps[name] = field.assign_attrs(units=quantity.units)
                    continue
        if reason != "is not in the file":
            missing.append(f"{name} {reason}")
    if not maps:
        raise InputError(
            f"{path} holds no quantity that can be compared, expected CF standard names or ours"
            f"{': ' + '; '.join(missing) if missing else ''}."
        )
    dataset_of_maps = xr.Dataset(maps)
    absent = sorted(set(QUANTITIES) - set(maps))
    remarks = [
        f"{path.name} has {len(maps)} of {len(QUANTITIES)} quantities; not in it: "
        f"{', '.join(absent)}."
    ]
    remarks += [f"In {path.name}, {sentence}." for sentence in missing]
    return Climate(
        name=str(dataset.attrs.get("source_id") or dataset.attrs.get("model_id") or path.stem),
        source=str(path),
        maps=dataset_of_maps,
        zonal=zonal_means(dataset_of_maps),
        years=years,
        global_means=_annual_global_means(dataset_of_maps, years),
        foreign=True,
        remarks=tuple(remarks),
    )


def _months(dataset: xr.Dataset, path: Path) -> tuple[xr.Dataset, float]:
    """Means of the calendar months along `month`, and the number of years."""
    if dataset.sizes.get("month") == 12:
        return dataset, float(dataset.attrs.get("years", 1.0))
    if "time" not in dataset.dims:
        raise InputError(f"{path} has no dimension time or month, expected monthly means.")
    try:
        month = dataset["time"].dt.month
    except (AttributeError, TypeError) as error:
        raise InputError(
            f"{path} has a time axis that is no calendar date, expected units like "
            "'days since 1850-01-01'."
        ) from error
    counts = np.bincount(month.values, minlength=13)[1:]
    if counts.min() == 0 or counts.max() != counts.min():
        raise InputError(
            f"{path} has between {counts.min()} and {counts.max()} values per calendar month, "
            "expected monthly means of whole years."
        )
    timed = [name for name in dataset.data_vars if "time" in dataset[name].dims]
    numeric = [name for name in timed if np.issubdtype(dataset[name].dtype, np.number)]
    means = dataset[numeric].groupby(month.rename("month")).mean("time", keep_attrs=True)
    return means, float(counts[0])


def quantity_in(months: xr.Dataset, name: str, quantity: Quantity) -> xr.DataArray | None:
    """The variable that holds a quantity, with our sign."""
    if name in months:
        return months[name]
    direct = variable_named(months, quantity.standard_name, quantity.short_names)
    if direct is not None:
        return (quantity.sign * direct).assign_attrs(direct.attrs)
    if name == "geopotential":
        return variable_named(months, "geopotential_height", ("zg",))
    if name in _DIFFERENCES:
        parts = [variable_named(months, term, (_SHORT[term],)) for term in _DIFFERENCES[name]]
        if all(part is not None for part in parts):
            return (parts[0] - parts[1]).assign_attrs(parts[0].attrs)
    return None


def variable_named(
    months: xr.Dataset, standard_name: str, short_names: Iterable[str]
) -> xr.DataArray | None:
    """The variable with one of the short names and a time axis, or with the standard name."""
    for short in short_names:
        if short in months and {"month", "time"} & set(months[short].dims):
            return months[short]
    for values in months.data_vars.values():
        if standard_name and values.attrs.get("standard_name") == standard_name:
            return values
    return None


def in_our_units(values: xr.DataArray, quantity: Quantity) -> tuple[xr.DataArray | None, str]:
    """The values in our units, or why not."""
    given = str(values.attrs.get("units", "")).strip()
    unit = SPELLINGS.get(given.lower(), given)
    if unit == quantity.units:
        return values, ""
    factor = _UNITS.get((quantity.units, unit))
    if factor is None:
        return None, f"has the unit {given!r}, which cannot be put into {quantity.units}"
    return factor[0] * values + factor[1], ""


def _on_our_grid(
    months: xr.Dataset,
    name: str,
    values: xr.DataArray,
    sigma: np.ndarray,
    surface_pressure: np.ndarray,
) -> tuple[xr.DataArray | None, str]:
    """Season means on our grid, or why not."""
    axes = axes_of(values)
    if axes is None:
        return None, "has no one-dimensional latitude and longitude"
    if (axes.vertical is not None) != (name in LEVEL_QUANTITIES):
        return None, f"has the dimensions {', '.join(map(str, values.dims))}"
    means = season_means(values)
    order = ["season", *([axes.vertical] if axes.vertical else []), axes.latitude, axes.longitude]
    if set(means.dims) != set(order):
        return None, f"has the dimensions {', '.join(map(str, values.dims))}"
    horizontal = _bilinear(means.transpose(*order), axes)
    if axes.vertical is None:
        return xr.DataArray(horizontal, dims=("season", "latitude", "longitude")), ""
    heights = months[axes.vertical]
    levels = _vertical(horizontal, heights, sigma, surface_pressure)
    if levels is None:
        return None, f"has levels {axes.vertical} that are neither pressure nor σ"
    return xr.DataArray(levels, dims=("season", "level", "latitude", "longitude")), ""


def axes_of(values: xr.DataArray) -> Axes | None:
    """Which dimension is which, by standard name or usual name."""
    found: dict[str, str] = {}
    for name in map(str, values.dims):
        attributes = values[name].attrs if name in values.coords else {}
        standard = str(attributes.get("standard_name", "")).lower()
        if "latitude" in (standard, name.lower()) or name.lower() == "lat":
            found["latitude"] = name
        elif "longitude" in (standard, name.lower()) or name.lower() == "lon":
            found["longitude"] = name
        elif name != "month":
            found["vertical"] = name
    if not {"latitude", "longitude"} <= found.keys():
        return None
    return Axes(found["latitude"], found["longitude"], found.get("vertical"))


def _bilinear(means: xr.DataArray, axes: Axes) -> np.ndarray:
    """Values at our latitudes and longitudes; beyond the outermost row, that row."""
    grid = GaussianGrid.speedy(ORIGINAL)
    ordered = means.assign_coords({axes.longitude: means[axes.longitude] % 360.0})
    ordered = ordered.sortby(axes.longitude).sortby(axes.latitude)
    east, north = ordered[axes.longitude].values, ordered[axes.latitude].values
    if np.array_equal(east, grid.longitude_degrees) and np.allclose(
        north, grid.latitude_degrees, atol=1e-3
    ):
        return ordered.values.astype(float)
    values = ordered.values.astype(float)
    # The circle closes.
    values = np.concatenate([values[..., -1:], values, values[..., :1]], axis=-1)
    east = np.concatenate([[east[-1] - 360.0], east, [east[0] + 360.0]])
    values = _linear(values, east, grid.longitude_degrees)
    return np.swapaxes(
        _linear(
            np.swapaxes(values, -1, -2),
            north,
            np.clip(grid.latitude_degrees, north[0], north[-1]),
        ),
        -1,
        -2,
    )


def _linear(values: np.ndarray, at: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Linear interpolation along the last axis; NaN spreads to its neighbours."""
    upper = np.clip(np.searchsorted(at, wanted), 1, len(at) - 1)
    share = (wanted - at[upper - 1]) / (at[upper] - at[upper - 1])
    between = (1.0 - share) * values[..., upper - 1] + share * values[..., upper]
    between = np.where(share == 0.0, values[..., upper - 1], between)
    return np.where(share == 1.0, values[..., upper], between)


def _vertical(
    values: np.ndarray, heights: xr.DataArray, sigma: np.ndarray, surface_pressure: np.ndarray
) -> np.ndarray | None:
    """Values on our levels `(season, level, latitude, longitude)`; NaN outside theirs."""
    unit = str(heights.attrs.get("units", "")).strip()
    unit = SPELLINGS.get(unit.lower(), unit)
    number = heights.values.astype(float)
    in_pascal = {"Pa": 1.0, "hPa": 100.0, "mbar": 100.0}.get(unit)
    standard = heights.attrs.get("standard_name", "")
    result = np.full((values.shape[0], len(sigma), *values.shape[2:]), np.nan)
    if in_pascal is not None:
        given = np.log(number * in_pascal)
        wanted = np.log(sigma[:, None, None] * surface_pressure[:, None])
    elif standard == "atmosphere_sigma_coordinate" or str(heights.name) in ("sigma", "lev_sigma"):
        given = number
        wanted = np.broadcast_to(sigma[:, None, None], result.shape)
    elif len(number) == len(sigma) and str(heights.name) == "level":
        return values
    else:
        return None
    order = np.argsort(given)
    given, values = given[order], values[:, order]
    for lower in range(len(given) - 1):
        share = (wanted - given[lower]) / (given[lower + 1] - given[lower])
        inside = (share >= 0.0) & (share <= 1.0)
        between = (1.0 - share) * values[:, lower, None] + share * values[:, lower + 1, None]
        result = np.where(inside, between, result)
    return result


def _annual_global_means(maps: xr.Dataset, years: float) -> dict[Key, GlobalMean]:
    """Annual global means of complete fields; their scatter is not known."""
    weight = area_weight()
    whole = {
        name: values.isel(season=0)
        for name, values in maps.data_vars.items()
        if np.isfinite(values.values).all()
    }
    means = xr.Dataset(
        {
            name: (("year", *values.dims[:-2]), area_mean(values.values, weight)[None])
            for name, values in whole.items()
        }
    )
    found = global_means_of(means.assign(budgets(means)))
    return {key: dataclasses.replace(mean, years=years) for key, mean in found.items()}
