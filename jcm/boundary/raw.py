"""Reads the packed boundary data of `jcm/data`.

References:
    Specification page 25, sections 1 and 2; `jcm/data/README.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr
from jaxtyping import Float32

from jcm.surface.sst_anomaly_window import FIRST_YEAR, LAST_FILE_MONTH

DATA_FOLDER = Path(__file__).parent.parent / "data"


def read_climatology(folder: Path = DATA_FOLDER) -> xr.Dataset:
    """The surface climatology as it was observed, before any preparation.

    Args:
        folder: holds `climatology.nc`.

    Returns:
        Single-precision fields with dimensions `(soil_layer, month, latitude, longitude)` as far as
        they have them, latitude from south to north, NaN where nothing is known.

    Raises:
        FileNotFoundError: if the file is not there.
    """
    return xr.load_dataset(_existing(folder / "climatology.nc"), engine="netcdf4")


def read_sst_anomaly(
    file_months: Sequence[int], folder: Path = DATA_FOLDER
) -> Float32[np.ndarray, "file_month 48 96"]:
    """Observed monthly anomalies of sea-surface temperature.

    Args:
        file_months: months wanted, counted from 1 = January 1979, in any order.
        folder: holds `sst_anomaly.nc`.

    Returns:
        [K], `(month, latitude, longitude)`, latitude from south to north; 0 over land.

    Raises:
        FileNotFoundError: if the file is not there.
        ValueError: for a month outside the file.
    """
    for month in file_months:
        if not 1 <= month <= LAST_FILE_MONTH:
            raise ValueError(
                f"SST anomalies exist for file months 1 (January {FIRST_YEAR}) to "
                f"{LAST_FILE_MONTH}, got {month}"
            )
    with xr.open_dataset(_existing(folder / "sst_anomaly.nc"), engine="netcdf4") as file:
        anomaly = file["surface_temperature_anomaly"]
        return anomaly.isel(time=[month - 1 for month in file_months]).values


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise FileNotFoundError(
            f"boundary data file {path} does not exist, expected the file that "
            "tools/pack_boundary_data.py writes"
        )
    return path
