"""`climate.nc`: the numbers behind the figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from jcm.dynamics.gaussian_grid import GaussianGrid
from validation.climate.climate import Climate, annual_means
from validation.climate.compare import ClimateResult, Pair
from validation.climate.maps import MAPS, SECTIONS
from validation.climate.ringing_judgement import model_spectra
from validation.climate.seasons import SEASONS


def write_dataset(result: ClimateResult, path: Path) -> None:
    """Write a NetCDF-4 file with a group per climate, and one per pair with its ratios."""
    root = xr.Dataset(
        attrs={
            "title": "Season means, spectra and series of jcm-validate climate",
            "history": result.request.command_line(),
            "Conventions": "CF-1.11",
        }
    )
    climates: dict[str, Climate] = {climate.name: climate for climate in result.climates}
    for pair in result.pairs:
        climates.setdefault(pair.reference.name, pair.reference)
    groups = {f"climates/{_path(name)}": _climate(one) for name, one in climates.items()}
    for pair in result.pairs:
        name = f"pairs/{_path(pair.model.name)}-against-{_path(pair.reference.name)}"
        groups[name] = _pair(pair)
    for month in result.months:
        groups[f"months/{_path(month.model)}-against-{_path(month.reference)}"] = xr.Dataset(
            {
                "rms_difference": ("field", np.array([d.rms for d in month.differences])),
                "scale": ("field", np.array([d.scale for d in month.differences])),
            },
            coords={"field": np.array([d.label for d in month.differences], dtype=object)},
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


def _climate(climate: Climate) -> xr.Dataset:
    """What is drawn of a climate."""
    variables: dict[str, xr.DataArray | tuple] = {}
    for name, level, _ in MAPS:
        if name in climate.maps:
            values = climate.maps[name]
            label = name if level is None else f"{name}_level{level}"
            chosen = values if level is None else values.isel(level=level)
            variables[label] = chosen.astype(np.float32).assign_attrs(cell_methods="time: mean")
    for name, _ in SECTIONS:
        if name in climate.zonal:
            variables[f"zonal_mean_{name}"] = climate.zonal[name].astype(np.float32)
    for (field, season), power in model_spectra(climate).items():
        if season == "annual" and np.isfinite(power).all():
            variables[f"spectrum_{field}"] = ("wavenumber", power)
    if climate.monthly is not None:
        annual = annual_means(climate.monthly)
        for name, values in annual.data_vars.items():
            variables[f"global_mean_{name}"] = values
    grid = GaussianGrid.speedy()
    dataset = xr.Dataset(variables, attrs={"source": climate.source, "years": climate.years})
    return dataset.assign_coords(
        season=("season", list(SEASONS)),
        latitude=("latitude", grid.latitude_degrees, {"units": "degrees_north"}),
        longitude=("longitude", grid.longitude_degrees, {"units": "degrees_east"}),
    )


def _pair(pair: Pair) -> xr.Dataset:
    """Ratios, the numbers of the Taylor diagram, and stippling of the maps that are drawn."""
    fields = (*pair.fields, *pair.zonal)
    drawn = {(name, level) for name, level, _ in MAPS}
    tests = [t for t in pair.tests if (t.variable, t.level) in drawn]
    variables: dict[str, tuple] = {
        key: ("field", np.array([getattr(f.measures, key) for f in fields]))
        for key in ("rms", "bias", "centred_rms", "correlation", "deviation_ratio")
    }
    variables["ratio"] = ("field", np.array([f.ratio for f in fields]))
    for test in tests:
        level = "" if test.level is None else f"_level{test.level}"
        variables[f"stippled_{test.variable}{level}_{test.season}"] = (
            ("latitude", "longitude"),
            test.stippled.astype(np.int8),
        )
    labels = np.array([f.label for f in fields], dtype=object)
    return xr.Dataset(variables, coords={"field": labels})
