"""From what a user names to fields: a run, a stored climate, or a CF file."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np

from jcm.vertical_grid import VerticalGrid
from reference.errors import InputError
from validation.climate.catalogue import GRAVITY
from validation.climate.layout import is_stored_climate
from validation.climate.reference import StoredClimate, read_stored_climate
from validation.climate.ringing import surface_geopotential
from validation.ringing.cf_files import output_files, read_files
from validation.ringing.run_folders import is_run_folder, read_run
from validation.ringing.source import Source, source_of

#: Annual means of the clipped minus the unclipped humidity of the original on its levels [kg kg-1],
#: from specification page 40, section 4.
CLIPPED_HUMIDITY = 1e-3 * np.array(
    [0.0, 0.0, 0.0148, 0.0341, 0.000506, 0.000515, 0.000342, 0.00312]
)


def split_name(argument: str) -> tuple[str | None, Path]:
    """`NAME=PATH` or `PATH`; a path that exists is never split."""
    path = Path(argument)
    name, sign, rest = argument.partition("=")
    if not path.exists() and sign and name:
        return name, Path(rest)
    return None, path


def read_source(
    argument: str, *, spinup: int | None = None, truncation: int | None = None
) -> Source:
    """The fields that `NAME=PATH` or `PATH` holds.

    Args:
        argument: a run of the harness, a stored climate, a folder with output of `jcm run`, or a
            CF file.
        spinup: years of a run of the harness that are dropped; see :func:`read_run`.
        truncation: what the spectra end with, unless the run or the file says.

    Raises:
        InputError: if it does not exist, cannot be read or holds nothing that is measured.
    """
    given, path = split_name(argument)
    if not path.exists():
        raise InputError(
            f"{path} does not exist, expected a folder with a run or a stored climate, or a NetCDF "
            "file."
        )
    name = given or path.name
    if is_stored_climate(path):
        return of_stored(read_stored_climate(path))
    if path.is_dir() and path.suffix != ".zarr":
        if is_run_folder(path):
            return read_run(path, name=name, spinup=spinup, truncation=truncation)
        files = output_files(path)
        if not files:
            raise InputError(
                f"folder {path} holds neither months of a run, nor a stored climate, nor NetCDF "
                "files."
            )
        return read_files(files, name=name, truncation=truncation)
    return read_files([path], name=given or path.stem, truncation=truncation)


def of_stored(stored: StoredClimate) -> Source:
    """The fields of the original's twelve-year climatology, its orography and negative humidity."""
    thickness = np.array(VerticalGrid.speedy().sigma_thickness)
    column = surface_mass(stored) * float(thickness @ CLIPPED_HUMIDITY)
    water = stored.climate.global_means.get(("column_water_vapour", None))
    return dataclasses.replace(
        source_of(stored.climate),
        surface_geopotential=surface_geopotential(),
        # The stored water counts from zero upwards.
        negative_water=math.nan if water is None else column / (water.mean - column),
    )


def surface_mass(stored: StoredClimate) -> float:
    """Mass of the air [kg m-2] of the original, global mean; NaN if its pressure is not stored."""
    pressure = stored.climate.global_means.get(("surface_pressure", None))
    return math.nan if pressure is None else pressure.mean / GRAVITY
