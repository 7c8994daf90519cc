"""The stored climate of the original, in either layout, and the yardsticks that come with it.

A folder holds `internal_variability.nc`, `spectra.nc`, `global_means.csv` and either
`monthly_climatology.nc` (twelve months) or `season_climatology.nc` (the same reduced to season
means, and January of what a single month is judged by). `ringing_indices.csv` and
`top_level_diffusion.csv` are read where they exist.

References:
    Specification page 40, sections 3 to 7.
"""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import xarray as xr

from reference.errors import InputError
from validation.climate.catalogue import QUANTITIES
from validation.climate.climate import Climate, GlobalMean, Key, zonal_means
from validation.climate.layout import (
    GLOBAL_MEANS,
    MONTHLY,
    RINGING,
    SEASONAL,
    SPECTRA,
    VARIABILITY,
    VARIANT,
)
from validation.climate.seasons import SEASONS, season_means

_ZONAL = "zonal_mean_"
#: Years of a block of the internal variability, and blocks behind it (spec 40 section 1).
BLOCK_YEARS, BLOCKS = 3, 12


@dataclasses.dataclass(frozen=True)
class Yardstick:
    """Internal variability of the original (spec 40 section 5).

    Attributes:
        statistics: `internal_variability.nc`.
        climatology_years: years behind the stored climatology.
    """

    statistics: xr.Dataset
    climatology_years: float

    def of_member(self, name: str, years: float) -> xr.DataArray | None:
        """Median RMS difference of a member's mean over `years` years to the stored climatology.

        Scaled from three years with √(1/N + 1/12) (spec 40 section 5). Dimensions
        `(season, [level])`; None if there is none for this quantity.
        """
        return self._scaled(f"rms_to_climatology_median_{name}", years, self.climatology_years)

    def of_pair(
        self, name: str, years: float, other_years: float, *, zonal: bool = False
    ) -> xr.DataArray | None:
        """Median RMS difference of two means of the same model, over these numbers of years."""
        kind = "rms_zonal_median" if zonal else "rms_median"
        return self._scaled(f"{kind}_{name}", years, other_years, BLOCK_YEARS)

    def member_over_spatial(self, name: str) -> xr.DataArray | None:
        """The unscaled median of a member / the spatial standard deviation of the field."""
        medians = self.statistics.get(f"rms_to_climatology_median_{name}")
        spatial = self.statistics.get(f"spatial_sd_{name}")
        if medians is None or spatial is None:
            return None
        return (medians / spatial.where(spatial > 0.0)).astype(float)

    def season_deviation(self, name: str) -> xr.DataArray | None:
        """Standard deviation of three-year season means on the grid, or None."""
        values = self.statistics.get(f"season_sd_{name}")
        return None if values is None else values.astype(float)

    def january_deviation(self, name: str) -> xr.DataArray | None:
        """Standard deviation of three-year means of January on the grid, or None."""
        values = self.statistics.get(f"sd_{name}")
        if values is None:
            return None
        if "month" in values.dims:
            values = values.isel(month=0)
        return values.astype(float)

    def quantities(self) -> tuple[str, ...]:
        """Quantities that have a yardstick, in the order of the file."""
        head = "rms_median_"
        return tuple(
            str(n).removeprefix(head) for n in self.statistics.data_vars if str(n).startswith(head)
        )

    def _scaled(
        self, variable: str, years: float, other: float, stored_other: float | None = None
    ) -> xr.DataArray | None:
        values = self.statistics.get(variable)
        if values is None:
            return None
        stored = 1.0 / BLOCK_YEARS + 1.0 / (stored_other or self.climatology_years)
        return values.astype(float) * np.sqrt((1.0 / years + 1.0 / other) / stored)


@dataclasses.dataclass(frozen=True)
class RingingIndex:
    """Reference of an index: mean and standard deviation over three-year blocks.

    Attributes:
        mean: over the blocks.
        deviation: over the blocks.
        rounding: half a unit of the last digit that is known of the mean.
    """

    mean: float
    deviation: float
    rounding: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class StoredClimate:
    """Everything that is stored about the original's climate.

    Attributes:
        folder: where it was read.
        climate: the twelve-year climatology.
        yardstick: internal variability.
        spectra: spectra and region masks.
        ringing: indices by (field, season, index); empty if they are not there.
        variant: (original, extra diffusion on the top level only) by quantity and level; empty if
            they are not there.
    """

    folder: Path
    climate: Climate
    yardstick: Yardstick
    spectra: xr.Dataset
    ringing: Mapping[tuple[str, str, str], RingingIndex]
    variant: Mapping[Key, tuple[float, float]]


def read_stored_climate(folder: Path) -> StoredClimate:
    """Read a folder in either layout.

    Raises:
        InputError: if a file is missing or cannot be read, or lacks a variable.
    """
    if not folder.is_dir():
        raise InputError(f"folder {folder} does not exist, expected one with a stored climate.")
    monthly = (folder / MONTHLY).exists()
    fields = _opened(folder / (MONTHLY if monthly else SEASONAL))
    years = float(fields.attrs.get("years", float("nan")))
    if not years > 0:
        raise InputError(f"{folder / (MONTHLY if monthly else SEASONAL)} has no attribute years.")
    seasons = _of_months(fields) if monthly else fields
    known = [n for n in seasons.data_vars if n in QUANTITIES and "season" in seasons[n].dims]
    maps = seasons[known].astype(float).transpose("season", ...)
    zonal = zonal_means(maps).assign(
        {
            str(n).removeprefix(_ZONAL): seasons[n].astype(float)
            for n in seasons.data_vars
            if str(n).startswith(_ZONAL) and str(n).removeprefix(_ZONAL) not in maps
        }
    )
    variability = _opened(folder / VARIABILITY)
    climate = Climate(
        name="original",
        source=str(fields.attrs.get("title", folder)),
        maps=maps,
        zonal=zonal,
        years=years,
        global_means=_read_global_means(folder / GLOBAL_MEANS),
        january=_january(fields, variability, monthly),
    )
    return StoredClimate(
        folder=folder,
        climate=climate,
        yardstick=Yardstick(variability, years),
        spectra=_opened(folder / SPECTRA),
        ringing=_read_ringing(folder / RINGING),
        variant=_read_variant(folder / VARIANT),
    )


def _opened(path: Path) -> xr.Dataset:
    try:
        with xr.open_dataset(path, decode_times=False) as dataset:
            return dataset.load()
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist, expected a part of a stored climate.") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as NetCDF: {error}.") from error


def _of_months(fields: xr.Dataset) -> xr.Dataset:
    """Season means of every monthly variable."""
    return xr.Dataset(
        {
            name: season_means(values)
            for name, values in fields.data_vars.items()
            if "month" in values.dims
        },
        coords=fields.coords,
    ).assign_coords(season=("season", list(SEASONS)))


def _january(fields: xr.Dataset, variability: xr.Dataset, monthly: bool) -> xr.Dataset:
    """January of every quantity whose scatter between Januaries is known."""
    judged = [n for n in QUANTITIES if f"sd_{n}" in variability]
    if monthly:
        return fields[judged].isel(month=0).astype(float)
    return xr.Dataset({n: fields[f"january_{n}"].astype(float) for n in judged})


def _rows(path: Path, *, optional: bool = False) -> Iterator[dict[str, str]]:
    """Rows of a table; lines that start with # say where it comes from."""
    if optional and not path.exists():
        return
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    yield from csv.DictReader(line for line in lines if line and not line.startswith("#"))


def _read_global_means(path: Path) -> dict[Key, GlobalMean]:
    found: dict[Key, GlobalMean] = {}
    for row in _rows(path):
        level = int(row["level"]) if row["level"] else None
        found[row["variable"], level] = GlobalMean(
            units=row["unit"],
            mean=float(row["mean"]),
            deviation=float(row["sd_over_years"]),
            years=float(row["n_years"]),
        )
    if not found:
        raise InputError(f"{path} holds no rows, expected annual global means.")
    return found


def _read_ringing(path: Path) -> dict[tuple[str, str, str], RingingIndex]:
    return {
        (row["field"], row["season"], row["index"]): RingingIndex(
            float(row["mean"]), float(row["deviation"] or "nan"), half_unit(row["mean"])
        )
        for row in _rows(path, optional=True)
    }


def half_unit(text: str) -> float:
    """Half a unit of the last digit of a number that was rounded to three significant digits."""
    value = abs(float(text))
    return 0.5 * 10.0 ** (np.floor(np.log10(value)) - 2) if value > 0.0 else 0.0


def _read_variant(path: Path) -> dict[Key, tuple[float, float]]:
    return {
        (row["quantity"], int(row["level"]) if row["level"] else None): (
            float(row["reference"]),
            float(row["variant"]),
        )
        for row in _rows(path, optional=True)
    }
