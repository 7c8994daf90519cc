"""Fields of any CF NetCDF file: ours, the Fortran program's, another model's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from reference.errors import InputError
from validation.climate.catalogue import GRAVITY
from validation.climate.foreign import (
    SPELLINGS,
    Axes,
    axes_of,
    in_our_units,
    quantity_in,
    variable_named,
)
from validation.ringing.fields import ALTERNATIVES, FIELDS, RingingField
from validation.ringing.indices import negative_share
from validation.ringing.levels import nearest_level, sigma_of
from validation.ringing.source import Loader, Source
from validation.ringing.sphere import Sphere

#: Attributes of a file that say what the spectra end with.
_TRUNCATION = ("truncation", "spectral_truncation")
_SUFFIXES = (".nc", ".zarr")


def output_files(folder: Path) -> list[Path]:
    """NetCDF files and Zarr stores that lie in a folder."""
    return sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES)


def read_files(paths: Sequence[Path], *, name: str, truncation: int | None = None) -> Source:
    """The fields of the file that holds most of them, monthly means before anything else.

    Args:
        paths: at least one; the outputs of one run.
        name: see :class:`Source`.
        truncation: of the spectra; by default an attribute of the file, or what the grid holds.

    Raises:
        InputError: if none can be read or holds a field whose ringing is measured on a whole
            sphere.
    """
    opened = [_opened(path) for path in paths]
    found = [(path, data, _chosen(data)) for path, data in zip(paths, opened, strict=True)]
    path, data, chosen = max(found, key=lambda one: (_is_monthly(one[1]), len(one[2])))
    if not chosen:
        path, data, chosen = max(found, key=lambda one: len(one[2]))
    if not chosen:
        raise InputError(
            f"{path} holds no field whose ringing is measured, expected precipitation, evaporation,"
            " divergence, surface pressure or the like under CF standard names or ours."
        )
    first = next(iter(chosen.values()))
    sphere, rows, columns = _sphere(first, path, data, truncation)
    fields: dict[str, Loader] = {}
    remarks = []
    for key, values in chosen.items():
        axes = axes_of(_without_time(values))
        if axes is None or values.sizes[axes.latitude] != len(rows):
            remarks.append(f"{key} of {path.name} lies on another grid and was left out.")
            continue
        fields[key] = _loader(values, axes, rows, columns)
    others = [other.name for other in paths if other != path]
    if others:
        remarks.append(f"Of {path.parent}, {path.name} is measured; not {', '.join(others)}.")
    year, month = _dates(data, path)
    kind = "samples" if _time(data) else "mean"
    return Source(
        name=name,
        origin=str(path),
        sphere=sphere,
        kind=kind,
        fields=fields,
        year=year,
        month=month,
        land_fraction=_constant(data, "land_area_fraction", ("sftlf", "lsm"), rows, columns),
        surface_geopotential=_geopotential(data, rows, columns),
        negative_water=_negative_water(opened),
        remarks=tuple(remarks),
    )


def _opened(path: Path) -> xr.Dataset:
    try:
        engine = "zarr" if path.suffix == ".zarr" else None
        dataset = xr.open_dataset(path, engine=engine)
    except (OSError, ValueError, ImportError) as error:
        raise InputError(f"{path} cannot be read as a NetCDF file: {error}.") from error
    if "time" not in dataset.dims and "valid_time" in dataset.dims:
        dataset = dataset.rename(valid_time="time")
    return dataset


def _time(data: xr.Dataset) -> str | None:
    return next((name for name in ("time", "month") if name in data.dims), None)


def _dates(data: xr.Dataset, path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Year and month of every sample; empty without a time axis."""
    axis = _time(data)
    if axis is None:
        return np.zeros(0, int), np.zeros(0, int)
    if axis == "month":
        if data.sizes["month"] != 12:
            raise InputError(f"{path} has {data.sizes['month']} months, expected 12.")
        return np.zeros(12, int), np.arange(1, 13)
    if {"year", "month"} <= set(data.variables):
        return data["year"].values.astype(int), data["month"].values.astype(int)
    try:
        dates = data["time"].dt
        return dates.year.values.astype(int), dates.month.values.astype(int)
    except (AttributeError, TypeError) as error:
        raise InputError(
            f"{path} has a time axis that is no calendar date, expected units like 'days since "
            "1850-01-01'."
        ) from error


def _is_monthly(data: xr.Dataset) -> bool:
    try:
        year, month = _dates(data, Path("."))
    except InputError:
        return False
    return len(year) > 0 and len(set(zip(year.tolist(), month.tolist(), strict=True))) == len(year)


def _chosen(data: xr.Dataset) -> dict[str, xr.DataArray]:
    """Every field that is there, in our units and on one level."""
    found = {}
    for key, field in FIELDS.items():
        values = _in_our_units(data, field)
        if values is not None:
            values = _on_level(data, values, field)
        if values is not None and axes_of(_without_time(values)) is not None:
            found[key] = values
    return found


def _in_our_units(data: xr.Dataset, field: RingingField) -> xr.DataArray | None:
    values = quantity_in(data, field.variable, field.quantity)
    if values is not None:
        converted, _ = in_our_units(values, field.quantity)
        if converted is not None:
            return converted
    names, factors = ALTERNATIVES.get(field.variable, ((), {}))
    for name in names:
        values = variable_named(data, name, (name,))
        if values is not None:
            unit = str(values.attrs.get("units", "")).strip()
            unit = SPELLINGS.get(unit.lower(), unit)
            if unit in factors:
                return factors[unit] * values
    return None


def _on_level(data: xr.Dataset, values: xr.DataArray, field: RingingField) -> xr.DataArray | None:
    axes = axes_of(_without_time(values))
    if axes is None or (axes.vertical is None) != (field.height is None):
        return None
    if axes.vertical is None or field.height is None:
        return values
    level = nearest_level(data, axes.vertical, field.height)
    return None if level is None else values.isel({axes.vertical: level}, drop=True)


def _without_time(values: xr.DataArray) -> xr.DataArray:
    return values.isel({name: 0 for name in ("time", "month") if name in values.dims}, drop=True)


def _sphere(
    field: xr.DataArray, path: Path, data: xr.Dataset, truncation: int | None
) -> tuple[Sphere, np.ndarray, np.ndarray]:
    """The grid, and the order in which its rows and columns lie in the file."""
    axes = axes_of(_without_time(field))
    assert axes is not None
    north = field[axes.latitude].values.astype(float)
    east = field[axes.longitude].values.astype(float) % 360.0
    rows = np.argsort(north)
    # A column that is there twice closes the circle.
    _, columns = np.unique(np.round(east, 6), return_index=True)
    if truncation is None:
        given = next((data.attrs[name] for name in _TRUNCATION if name in data.attrs), None)
        truncation = None if given is None else int(given)
    try:
        return Sphere.of(north[rows], east[columns], truncation), rows, columns
    except InputError as error:
        raise InputError(f"{path} cannot be measured: {error}") from None


def _loader(values: xr.DataArray, axes: Axes, rows: np.ndarray, columns: np.ndarray) -> Loader:
    axis = [name for name in ("time", "month") if name in values.dims]
    ordered = values.transpose(*axis, axes.latitude, axes.longitude)
    return lambda: np.asarray(ordered.values)[..., rows, :][..., columns]


def _constant(
    data: xr.Dataset, standard_name: str, names: tuple[str, ...], rows: np.ndarray,
    columns: np.ndarray,
) -> np.ndarray | None:  # fmt: skip
    """A field that does not change, `(latitude, longitude)`; per cent become fractions."""
    candidates = [data[name] for name in names if name in data]
    candidates += [
        values
        for values in data.data_vars.values()
        if values.attrs.get("standard_name") == standard_name
    ]
    for values in candidates:
        still = _without_time(values)
        axes = axes_of(still)
        if axes is not None and axes.vertical is None and still.sizes[axes.latitude] == len(rows):
            factor = 0.01 if values.attrs.get("units") == "%" else 1.0
            return factor * _loader(still, axes, rows, columns)().astype(float)
    return None


def _geopotential(data: xr.Dataset, rows: np.ndarray, columns: np.ndarray) -> np.ndarray | None:
    names = ("surface_geopotential", "phis")
    found = _constant(data, "surface_geopotential", names, rows, columns)
    if found is None:
        altitude = _constant(data, "surface_altitude", ("orog",), rows, columns)
        found = None if altitude is None else GRAVITY * altitude
    return found


def _negative_water(datasets: Sequence[xr.Dataset]) -> float:
    """From a ledger, or else from snapshots of the humidity if it is ever negative; NaN if not."""
    for data in datasets:
        if {"negative_water", "water"} <= set(data.variables):
            return float(-data["negative_water"].mean() / data["water"].mean())
    for data in datasets:
        values = quantity_in(data, "specific_humidity", FIELDS["specific_humidity_level7"].quantity)
        axes = None if values is None else axes_of(_without_time(values))
        if values is None or axes is None or axes.vertical is None or float(values.min()) >= 0.0:
            continue
        sigma = sigma_of(data, axes.vertical)
        if sigma is None:
            continue
        thickness = np.abs(np.gradient(sigma))
        weight = np.cos(np.radians(values[axes.latitude].values))
        ordered = values.transpose(..., axes.vertical, axes.latitude, axes.longitude).values
        return negative_share(ordered, thickness[:, None, None] * weight[:, None])
    return math.nan
