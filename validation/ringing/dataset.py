"""`ringing.nc`: the numbers behind the figures and tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from validation.ringing.compare import RingingResult
from validation.ringing.fields import FIELDS
from validation.ringing.measure import OROGRAPHY, Measures


def write_dataset(result: RingingResult, path: Path) -> None:
    """Write a NetCDF-4 file with a group per input, for the reference and for the control."""
    root = xr.Dataset(
        attrs={
            "title": "Spectra, tails and ringing indices of jcm-validate ringing",
            "history": result.request.command_line(),
            "Conventions": "CF-1.11",
        }
    )
    groups: dict[str, xr.Dataset] = {}
    for one in result.inputs:
        groups[_free(f"inputs/{_path(one.name)}", groups)] = _group(one)
    groups[f"reference/{_path(result.reference.name)}"] = _group(result.reference.measures)
    if result.flat is not None:
        groups[f"flat/{_path(result.flat.name)}"] = _group(result.flat)
    for verdict, measures in zip(result.verdicts, result.inputs, strict=True):
        name = _free(f"comparisons/{_path(measures.name)}", groups)
        groups[name] = xr.Dataset(
            {
                "found": ("index", np.array([row.found for row in verdict.rows])),
                "expected": ("index", np.array([row.expected for row in verdict.rows])),
                "ratio": ("index", np.array([row.ratio for row in verdict.rows])),
                "exceeds": ("index", np.array([row.exceeds for row in verdict.rows], np.int8)),
            },
            coords={"index": _labels([row.key for row in verdict.rows])},
        )
    tree = xr.DataTree.from_dict({"/": root, **groups})
    packed = {"zlib": True, "complevel": 4, "shuffle": True}
    encoding = {
        node.path: {
            str(name): packed
            for name, values in node.data_vars.items()
            if values.ndim > 1 and np.issubdtype(values.dtype, np.number)
        }
        for node in tree.subtree
    }
    tree.to_netcdf(path, engine="netcdf4", encoding=encoding)


def _path(name: str) -> str:
    return name.replace(" ", "-").replace("/", "-")


def _free(name: str, taken: dict[str, xr.Dataset]) -> str:
    """The name, with a number if there is a group of that name."""
    number = 2
    wanted = name
    while wanted in taken:
        wanted, number = f"{name}-{number}", number + 1
    return wanted


def _labels(keys: list[tuple[str, str, str]]) -> np.ndarray:
    return np.array([", ".join(key) for key in keys], dtype=object)


def _group(measures: Measures) -> xr.Dataset:
    sphere = measures.place.sphere
    variables: dict[str, tuple] = {}
    for (field, season), power in measures.spectra.items():
        squared = "m4 s-4" if field == OROGRAPHY else f"({FIELDS[field].quantity.units})2"
        variables[f"spectrum_{field}_{season}"] = ("wavenumber", power, {"units": squared})
    for field, values in measures.tails.items():
        units = {"units": FIELDS[field].quantity.units}
        for name, map_ in ((f"tail_{field}", values), (f"mean_{field}", measures.means[field])):
            variables[name] = (("latitude", "longitude"), map_.astype(np.float32), units)
    keys = list(measures.indices)
    variables["value"] = ("index", np.array([measures.indices[key].value for key in keys]))
    variables["standard_error"] = ("index", np.array([measures.indices[key].error for key in keys]))
    variables["sea"] = (("latitude", "longitude"), measures.place.geography.sea.astype(np.int8))
    for region, weight in measures.place.geography.weight.items():
        variables[f"region_{region}"] = (("latitude", "longitude"), (weight > 0).astype(np.int8))
    return xr.Dataset(
        variables,
        coords={
            "latitude": ("latitude", sphere.latitude, {"units": "degrees_north"}),
            "longitude": ("longitude", sphere.longitude, {"units": "degrees_east"}),
            "wavenumber": ("wavenumber", np.arange(sphere.truncation + 1)),
            "index": _labels(keys),
        },
        attrs={
            "source": measures.source.origin,
            "truncation": sphere.truncation,
            "years": measures.years,
        },
    )
