"""The two files that hold whole maps: prepared boundary fields, and orographic corrections."""

from __future__ import annotations

import numpy as np
import xarray as xr

from reference.declarations import PROCESSES
from validation.recording.seen import LATITUDES, LONGITUDES, Run, Seen, rows
from validation.recording.stages import Arrays, Runner, stage
from validation.recording.tables import Rows, described

_MAP = ("latitude", "longitude")


def boundary_fields(run_process: Runner, run: Run) -> xr.Dataset:
    """The prepared boundary fields of a run and the slab constants that are made of them."""
    from jcm.boundary.preparation import prepare_boundary_fields

    date = run.start_date
    fields = prepare_boundary_fields(date.year, date.month)
    dataset = fields.to_dataset()
    process = PROCESSES["slab_constants"]
    grid = fields.horizontal()
    maps = {n: np.asarray(getattr(fields, n)).T.reshape(-1) for n in _MAPS_OF_SLABS}
    given = {
        **maps,
        "latitude_radians": rows(np.asarray(fields.latitude_radians)),
        "longitude": np.tile(grid.longitude_degrees, LATITUDES),
    }
    done = stage(run_process, process.name, given)
    for role, values in (("input", done.inputs), ("output", done.outputs)):
        for name, numbers in values.items():
            if name in _MAP:
                continue
            dataset[name] = (
                _MAP,
                numbers.reshape(LATITUDES, LONGITUDES).astype(run.dtype),
                described(process.variable(name), role),
            )
    return dataset.assign_attrs(start=f"{date:%Y-%m-%d}")


_MAPS_OF_SLABS = ("bare_land_albedo", "land_fraction", "sea_fraction")


def correction_fields(
    run_process: Runner, run: Run, updates: list[tuple[Seen, Arrays]]
) -> xr.Dataset:
    """Orographic corrections of the daily updates, on the grid and spectral.

    Args:
        run_process: the implementation.
        run: which run.
        updates: the steps with an update.
    """
    from jcm.dynamics.gaussian_grid import GaussianGrid

    process = PROCESSES["orographic_correction"]
    daily = ("land_surface_temperature", "sea_surface_temperature")
    shape = (LATITUDES, LONGITUDES)
    constant: Arrays = {}
    changing: dict[str, list[np.ndarray]] = {}
    spectral: dict[str, list[np.ndarray]] = {}
    for seen, _ in updates:
        assert seen.daily is not None
        done = stage(run_process, process.name, seen.daily)
        for name, values in done.complete.items():
            if name in daily or name == "humidity_correction":
                changing.setdefault(name, []).append(values.reshape(shape))
            elif name in done.inputs:
                constant[name] = values.reshape(shape)
        for name, values in seen.corrections.items():
            spectral.setdefault(f"{name}_spectral", []).append(values)
    data = {}
    for name, values in constant.items():
        data[name] = (_MAP, values, described(process.variable(name), "input"))
    for name, maps in changing.items():
        role = "input" if name in daily else "output"
        data[name] = (("day", *_MAP), np.stack(maps), described(process.variable(name), role))
    for name, coefficients in spectral.items():
        stacked = np.stack(coefficients)
        axes = ("day", "zonal_wavenumber", "meridional_index")
        if name.startswith("temperature"):
            # The same on every day.
            stacked, axes = stacked[0], axes[1:]
        units = process.variable(name.removesuffix("_spectral")).units
        for part, values in (("real", stacked.real), ("imaginary", stacked.imag)):
            attributes = {
                "units": units,
                "long_name": f"{name.replace('_', ' ')} ({part} part)",
                "role": "output",
            }
            data[f"{name}_{part}"] = (axes, values.astype(run.dtype), attributes)
    grid = GaussianGrid.speedy()
    dates = [Rows(run.start_date, s.step, 0, np.zeros(0), np.zeros(0)).date[:3] for s, _ in updates]
    data["date"] = (
        ("day", "date_component"),
        np.array(dates, np.int32),
        {"units": "1", "long_name": "year, month, day of the update", "role": "constant"},
    )
    return xr.Dataset(
        data,
        coords={
            "latitude": ("latitude", grid.latitude_degrees, {"units": "degrees_north"}),
            "longitude": ("longitude", grid.longitude_degrees, {"units": "degrees_east"}),
        },
    )
