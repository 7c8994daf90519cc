"""`attribution.nc`: the numbers behind the figure and the table."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import xarray as xr

from jcm.dynamics.gaussian_grid import GaussianGrid
from validation.attribution.compare import AttributionResult, Row
from validation.attribution.contrast import Contrast, FieldKey, label
from validation.climate.seasons import SEASONS


def write_dataset(result: AttributionResult, path: Path) -> None:
    """Write a NetCDF-4 file: ratios `(run, field)`, winds and physical numbers `(run, ...)`."""
    rows = [row for row in result.rows if not row.failure]
    fields = sorted(
        {key for row in rows if row.to_fortran for key in row.to_fortran.ratios},
        key=lambda key: (key[0], key[2], -1 if key[1] is None else key[1]),
    )
    grid = GaussianGrid.speedy()
    variables: dict[str, tuple] = {
        "parent": ("run", np.array([row.item.parent or "" for row in rows], dtype=object)),
        "change": ("run", np.array([row.item.change for row in rows], dtype=object)),
        "ringing_index": _of_rows(rows, lambda row: row.ringing.index if row.ringing else None),
        "ringing_index_uncertainty": _of_rows(
            rows, lambda row: row.ringing.uncertainty if row.ringing else None
        ),
        "zonal_wind_change": _of_rows(
            rows, lambda row: row.to_parent.wind_rms if row.to_parent else None, "m s-1"
        ),
        "zonal_wind_ratio": _of_rows(
            rows, lambda row: row.to_parent.wind_ratio if row.to_parent else None
        ),
    }
    for name, attribute in (("parent", "to_parent"), ("fortran", "to_fortran")):
        ratios = np.array([_ratios(getattr(row, attribute), fields) for row in rows])
        variables[f"ratio_to_{name}"] = (
            ("run", "field"),
            ratios.reshape(len(rows), len(fields)).astype(np.float32),
            {"units": "1", "long_name": f"RMS difference from the {name} / internal variability"},
        )
    for name in dict.fromkeys(name for row in rows for name in row.numbers):
        units = next(row.numbers[name].units for row in rows if name in row.numbers)
        variables[name] = _of_rows(rows, lambda row, name=name: row.value(name), units)
    winds = [row.zonal_wind for row in rows if row.zonal_wind is not None]
    if winds:
        variables["zonal_mean_eastward_wind"] = (
            ("run", "season", "level", "latitude"),
            np.stack(winds).astype(np.float32),
            {"units": "m s-1", "cell_methods": "longitude: mean time: mean"},
        )
    dataset = xr.Dataset(
        variables,
        coords={
            "run": np.array([row.item.name for row in rows], dtype=object),
            "field": np.array([label(key) for key in fields], dtype=object),
            "season": list(SEASONS),
            "latitude": ("latitude", grid.latitude_degrees, {"units": "degrees_north"}),
        },
        attrs={
            "title": "Climate differences of jcm-validate attribution",
            "history": result.request.command_line(),
            "Conventions": "CF-1.11",
        },
    )
    dataset.to_netcdf(path, engine="netcdf4")


def _of_rows(rows: list[Row], value: Callable[[Row], float | None], units: str = "1") -> tuple:
    found = [value(row) for row in rows]
    numbers = np.array([math.nan if one is None else one for one in found], dtype=float)
    return ("run", numbers, {"units": units})


def _ratios(contrast: Contrast | None, fields: list[FieldKey]) -> list[float]:
    ratios = {} if contrast is None else contrast.ratios
    return [ratios.get(key, math.nan) for key in fields]
