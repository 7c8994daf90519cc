"""Reduce the stored climate of the original to what the comparison of climates needs.

Takes the four files of a full stored climate and writes `season_climatology.nc`,
`internal_variability.nc`, `spectra.nc` and `global_means.csv`: months become season means, of
January only the fields stay whose scatter between Januaries is known, of the scatter of months only
that of January. Values are rounded as the full files are.

Example:
    python tools/pack_reference_climate.py FOLDER --output tests/golden/climate
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import numpy as np
import xarray as xr

from validation.climate.catalogue import storage_rounding
from validation.climate.layout import (
    GLOBAL_MEANS,
    MONTHLY,
    SEASONAL,
    SPECTRA,
    VARIABILITY,
)
from validation.climate.seasons import SEASONS, season_means

#: Relative rounding of stored standard deviations, whose sampling error is 20 %.
_DEVIATION_ROUNDING = 3.2e-2
_COORDINATES = ("area_weight", "sigma", "sigma_half", "latitude", "longitude")


def rounded(values: np.ndarray, relative: float) -> np.ndarray:
    """Values in single precision with as few bits of the mantissa as keep the relative error."""
    bits = int(np.ceil(-np.log2(relative)))
    mantissa, exponent = np.frexp(np.asarray(values, dtype=np.float64))
    return np.ldexp(np.round(np.ldexp(mantissa, bits)), exponent - bits).astype(np.float32)


def packed_climatology(full: xr.Dataset, with_january: list[str]) -> xr.Dataset:
    """Season means of every monthly variable, and January of some."""
    variables = {name: full[name] for name in _COORDINATES if name in full}
    for name, values in full.data_vars.items():
        name = str(name)
        if "month" not in values.dims:
            continue
        field = name.removeprefix("zonal_mean_")
        if field != name and field in full:
            continue
        means = season_means(values)
        variables[name] = means.copy(data=rounded(means.values, storage_rounding(field)))
        if name in with_january:
            january = values.isel(month=0, drop=True)
            variables[f"january_{name}"] = january.assign_attrs(
                long_name=f"January: {values.attrs['long_name']}"
            ).copy(data=rounded(january.values, storage_rounding(name)))
    names = " ".join(SEASONS)
    return xr.Dataset(variables, attrs={**full.attrs, "season_names": names})


def packed_variability(full: xr.Dataset) -> xr.Dataset:
    """The same without the scatter of months other than January."""
    variables = {}
    for name, values in full.variables.items():
        name = str(name)
        if name.startswith("sd_"):
            values = values.isel(month=0)
        if name.startswith(("sd_", "season_sd_")):
            values = values.copy(data=rounded(values.values, _DEVIATION_ROUNDING))
        variables[name] = values
    return xr.Dataset(variables, attrs={**full.attrs, "months": "sd_* holds January only"})


def write(dataset: xr.Dataset, path: Path) -> None:
    """Write with strong compression and without fill values."""
    encoding = {
        name: {"zlib": True, "complevel": 9, "shuffle": True, "_FillValue": None}
        if values.ndim > 1
        else {"_FillValue": None}
        for name, values in dataset.variables.items()
    }
    dataset.to_netcdf(path, engine="netcdf4", encoding=encoding)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help=f"folder with {MONTHLY}")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    source, target = arguments.folder, arguments.output
    target.mkdir(parents=True, exist_ok=True)
    with xr.open_dataset(source / VARIABILITY, decode_times=False) as variability:
        with xr.open_dataset(source / MONTHLY, decode_times=False) as climatology:
            scattered = [n.removeprefix("sd_") for n in variability if n.startswith("sd_")]
            write(packed_climatology(climatology, scattered), target / SEASONAL)
        write(packed_variability(variability), target / VARIABILITY)
    for name in (SPECTRA, GLOBAL_MEANS):
        shutil.copyfile(source / name, target / name)
        (target / name).chmod(0o644)


if __name__ == "__main__":
    main()
