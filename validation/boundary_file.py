"""A file with everything that the stand-alone Fortran program takes from outside.

    jcm-validate boundary-file boundary.nc --start-year 1982 --start-month 1

writes the prepared boundary fields for a run that starts in that month, and the observed anomalies
of sea-surface temperature of all months; `fortran_speedy/program/speedy.nml` names the file.
"""

from __future__ import annotations

import dataclasses
import functools
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import xarray as xr

from jcm.boundary.preparation import masked_sst_anomaly, prepare_boundary_fields
from jcm.formulation import ORIGINAL, Formulation
from reference.model import ANOMALY_MONTHS


def boundary_dataset(
    start_year: int = 1982, start_month: int = 1, *, formulation: str = "original"
) -> xr.Dataset:
    """The fields of :class:`jcm.boundary.fields.BoundaryFields` and `sst_anomaly`.

    Args:
        start_year: of the first day of the run.
        start_month: 1 to 12.
        formulation: "original" or "corrected".

    Returns:
        Maps `(latitude, longitude)`, monthly fields `(month, latitude, longitude)`, `sst_anomaly`
        `(file_month, latitude, longitude)` from January 1979, in double precision.

    Raises:
        ValueError: for an unknown formulation, or a month outside the file of anomalies.
    """
    fields = prepare_boundary_fields(
        start_year, start_month, formulation=Formulation.named(formulation)
    )
    months = np.arange(1, ANOMALY_MONTHS + 1)
    anomaly = masked_sst_anomaly(list(map(int, months)), np.asarray(fields.sea_mask))
    return fields.to_dataset().assign(
        sst_anomaly=(
            ("file_month", "latitude", "longitude"),
            anomaly.swapaxes(-1, -2),
            {
                "standard_name": "surface_temperature_anomaly",
                "long_name": "observed anomaly of sea-surface temperature",
                "units": "K",
                "cell_methods": "area: mean where sea",
            },
        ),
        file_month=(
            "file_month",
            months,
            {"long_name": "months since December 1978", "units": "1"},
        ),
    )


def formulation_of(given: str | Mapping[str, bool]) -> Formulation:
    """The formulation of a name, or the original with some switches set otherwise."""
    if isinstance(given, str):
        return Formulation.named(given)
    return dataclasses.replace(ORIGINAL, **given)


@functools.cache
def boundary_arrays(
    year: int, month: int, formulation: Formulation = ORIGINAL
) -> dict[str, np.ndarray]:
    """What :class:`reference.model.SpeedyModel` takes: fields and anomalies by name, float64.

    Arguments and errors as of :func:`boundary_dataset`; arrays `(..., longitude, latitude)`.
    """
    fields = prepare_boundary_fields(year, month, formulation=formulation)
    arrays = {f.name: np.asarray(getattr(fields, f.name)) for f in dataclasses.fields(fields)}
    anomaly = masked_sst_anomaly(range(1, ANOMALY_MONTHS + 1), np.asarray(fields.sea_mask))
    return {**arrays, "sst_anomaly": np.asarray(anomaly, np.float64)}


def write_boundary_file(
    path: Path,
    start_year: int = 1982,
    start_month: int = 1,
    *,
    formulation: str = "original",
) -> None:
    """Write :func:`boundary_dataset` to a NetCDF file; it replaces an existing one when complete.

    Raises:
        ValueError: as :func:`boundary_dataset`.
        OSError: if the file cannot be written.
    """
    dataset = boundary_dataset(start_year, start_month, formulation=formulation)
    temporary = path.with_name(f"{path.name}.part")
    compressed = {"zlib": True, "complevel": 1}
    dataset.to_netcdf(temporary, encoding={"sst_anomaly": compressed})
    os.replace(temporary, path)
