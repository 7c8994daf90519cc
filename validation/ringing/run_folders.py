"""Fields of a run of the harness: a folder with monthly means and the description of the run."""

from __future__ import annotations

import contextlib
import datetime
import json
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from jcm.dynamics.resolution import Resolution
from reference.errors import InputError
from validation.climate.runs import stored_months
from validation.climate.worker import month_file
from validation.ringing.fields import FIELDS
from validation.ringing.source import Source, of_months

DESCRIPTION = "run.json"
_MONTHS = "[0-9][0-9][0-9][0-9]-[01][0-9].nc"
#: Resolutions of the cores unless a run says otherwise.
_RESOLUTION = {"speedy": "T30", "dinosaur": "T31"}


def is_run_folder(folder: Path) -> bool:
    """Whether a folder looks like a run of the harness."""
    return any(folder.glob(_MONTHS))


def read_run(
    folder: Path, *, name: str, spinup: int | None = None, truncation: int | None = None
) -> Source:
    """The fields of a run.

    Args:
        folder: with files as `1983-01.nc`, whole years from a January on.
        name: see :class:`Source`.
        spinup: years at the beginning that are dropped; by default one if the run began at rest
            and has more.
        truncation: of the run; by default as its description says.

    Raises:
        InputError: if no whole year is left, or a file cannot be read.
    """
    months = stored_months(folder)
    run = _description(folder)
    dropped = spinup
    if dropped is None:
        dropped = 1 if not run.get("restart") and len(months) > 12 else 0
    if 12 * dropped >= len(months):
        raise InputError(
            f"folder {folder} holds {len(months) // 12} years, expected more than the {dropped} of "
            "spin-up."
        )
    months = months[12 * dropped :]
    parts = [_read(folder / month_file(month.year, month.month)) for month in months]
    dataset = xr.concat(parts, dim="time", data_vars="all", coords="minimal", compat="override")
    core = run.get("core", "speedy")
    resolution = dict(run.get("options", {})).get("resolution", _RESOLUTION.get(core, "T30"))
    with contextlib.suppress(ValueError):
        truncation = truncation or Resolution.named(resolution).truncation
    remarks = (f"Years of spin-up of {name} that were dropped: {dropped}.",) if dropped else ()
    return of_months(
        dataset,
        name=name,
        origin=f"{folder}, {len(months) // 12} years",
        truncation=truncation,
        surface_geopotential=_orography(run, dataset),
        remarks=remarks,
    )


def _description(folder: Path) -> dict[str, Any]:
    try:
        return json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InputError(f"{folder / DESCRIPTION} cannot be read: {error}.") from error


def _read(path: Path) -> xr.Dataset:
    """A month, without what is not measured."""
    try:
        with xr.open_dataset(path) as dataset:
            wanted = {field.variable for field in FIELDS.values()} | {"surface_geopotential"}
            return dataset[[name for name in dataset.data_vars if name in wanted]].load()
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}.") from error


def _orography(run: dict[str, Any], months: xr.Dataset) -> np.ndarray | None:
    """The surface geopotential that the physics of the run saw, `(latitude, longitude)`."""
    if not run or "surface_geopotential" in months:
        return None
    shape = (months.sizes["latitude"], months.sizes["longitude"])
    options, core = dict(run.get("options", {})), run.get("core", "speedy")
    if run.get("model") == "fortran" or (core == "speedy" and not options):
        from validation.climate.ringing import surface_geopotential

        field = surface_geopotential()
    else:
        from validation.climate.model_options import model_from_options

        date = datetime.datetime(*run["start_date"])
        model = model_from_options(core, "float32", run["formulation"], options, date)
        field = np.asarray(model.inputs.boundary.fields.surface_geopotential, float).T
    return field if field.shape == shape else None
