"""`dry.nc`: everything that the figures show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from validation.dry.compare import DryResult
from validation.dry.held_suarez import HeldSuarezClimate
from validation.dry.wave import WaveRun

_SIGMA = {"standard_name": "atmosphere_sigma_coordinate", "units": "1", "positive": "down"}
_LATITUDE = {"standard_name": "latitude", "units": "degrees_north"}
_LONGITUDE = {"standard_name": "longitude", "units": "degrees_east"}


def write_dataset(result: DryResult, path: Path) -> None:
    """Write a NetCDF-4 file with a group for each run."""
    root = xr.Dataset(
        attrs={
            "title": "Dry test cases of jcm-validate dry",
            "history": result.request.command_line(),
            "Conventions": "CF-1.11",
        }
    )
    groups = {f"held_suarez_{_word(run.name)}": _climate(run) for run in result.climates}
    groups |= {f"baroclinic_wave_{_word(run.name)}": _wave(run) for run in result.waves}
    xr.DataTree.from_dict({"/": root, **groups}).to_netcdf(path, engine="netcdf4")


def _word(name: str) -> str:
    return name.replace(" ", "")


def _climate(climate: HeldSuarezClimate) -> xr.Dataset:
    def section(values: np.ndarray, units: str, name: str, **more: str) -> tuple[Any, ...]:
        dimensions = ("block", "level", "latitude")[-values.ndim :]
        return dimensions, values, {"units": units, "long_name": name, **more}

    cells = {"cell_methods": "longitude: mean time: mean"}
    return xr.Dataset(
        {
            "eastward_wind": section(climate.eastward_wind, "m s-1", "eastward wind", **cells),
            "air_temperature": section(climate.temperature, "K", "temperature", **cells),
            "eddy_temperature_variance": section(
                climate.eddy_temperature_variance,
                "K2",
                "variance of temperature along parallels, mean over time",
            ),
            "block_eastward_wind": section(
                climate.block_wind, "m s-1", "eastward wind of parts of the run", **cells
            ),
        },
        coords={
            "level": ("level", np.asarray(climate.layers.full_level_sigma), _SIGMA),
            "latitude": ("latitude", climate.grid.latitude_degrees, _LATITUDE),
        },
        attrs={"days": climate.days, "spinup_days": climate.spinup},
    )


def _wave(run: WaveRun) -> xr.Dataset:
    def series(values: np.ndarray, units: str, name: str) -> tuple[Any, ...]:
        return ("day",), values, {"units": units, "long_name": name}

    return xr.Dataset(
        {
            "minimum_surface_pressure": series(
                run.minimum_pressure, "hPa", "lowest surface pressure, perturbed"
            ),
            "surface_air_pressure": (
                ("longitude", "latitude"),
                run.surface_pressure,
                {"units": "hPa", "long_name": "surface pressure on the last day, perturbed"},
            ),
            "zonal_wind_drift": series(
                run.drift, "m s-1", "rms change of the zonal-mean eastward wind, balanced"
            ),
            "zonal_asymmetry": series(
                run.asymmetry, "m s-1", "rms departure from the zonal mean, balanced"
            ),
        },
        coords={
            "day": ("day", np.arange(len(run.drift)), {"units": "days"}),
            "longitude": ("longitude", run.grid.longitude_degrees, _LONGITUDE),
            "latitude": ("latitude", run.grid.latitude_degrees, _LATITUDE),
        },
    )
