"""What ringing is measured in: the fields of a run, a file or the stored climate, on their grid."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping

import numpy as np
import xarray as xr

from jcm.dynamics.gaussian_grid import GaussianGrid
from reference.errors import InputError
from validation.climate.climate import Climate
from validation.ringing.fields import FIELDS, RingingField
from validation.ringing.levels import nearest_level
from validation.ringing.sphere import Sphere

Loader = Callable[[], np.ndarray]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Source:
    """Fields over time.

    Attributes:
        name: as in tables and figures.
        origin: where it comes from, one sentence.
        sphere: the grid and the truncation.
        kind: "samples" of a time axis; "seasons" of single years; "mean" of unknown times.
        fields: by the names of :data:`FIELDS`, what loads them: `(sample, latitude, longitude)`,
            `(year, season, latitude, longitude)` or `(latitude, longitude)`, by kind.
        year, month: of the samples; empty of another kind.
        land_fraction: `(latitude, longitude)`, or None.
        surface_geopotential: that the model sees [m2 s-2], `(latitude, longitude)`, or None.
        negative_water: water that negative humidity takes away / all water; NaN if not known.
        remarks: what a reader must know, whole sentences.
    """

    name: str
    origin: str
    sphere: Sphere
    kind: str
    fields: Mapping[str, Loader]
    year: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0, int))
    month: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0, int))
    land_fraction: np.ndarray | None = None
    surface_geopotential: np.ndarray | None = None
    negative_water: float = math.nan
    remarks: tuple[str, ...] = ()

    @property
    def monthly(self) -> bool:
        """Whether there is one sample a month."""
        pairs = set(zip(self.year.tolist(), self.month.tolist(), strict=True))
        return bool(pairs) and len(pairs) == len(self.year)

    @property
    def whole_years(self) -> list[int]:
        """Calendar years of which every month has samples."""
        return [
            year
            for year in np.unique(self.year).tolist()
            if set(self.month[self.year == year].tolist()) == set(range(1, 13))
        ]


def source_of(data: Climate | xr.Dataset) -> Source:
    """The fields of a climate on SPEEDY's grid, or of monthly means of a run.

    Raises:
        InputError: if it holds no field whose ringing is measured, or lacks a coordinate.
    """
    if isinstance(data, Climate):
        return _of_climate(data)
    for name in ("latitude", "longitude", "year", "month"):
        if name not in data.coords:
            raise InputError(f"the monthly means have no coordinate {name}.")
    return of_months(data, name=str(data.attrs.get("title", "run")), origin="monthly means")


def of_months(
    months: xr.Dataset,
    *,
    name: str,
    origin: str,
    truncation: int | None = None,
    surface_geopotential: np.ndarray | None = None,
    remarks: tuple[str, ...] = (),
) -> Source:
    """The fields of monthly means of a run.

    Args:
        months: along `time`, with the coordinates `year`, `month`, `latitude`, `longitude`.
        name: see :class:`Source`.
        origin: see :class:`Source`.
        truncation: of the run; by default the attribute of the data, or what the grid holds.
        surface_geopotential: see :class:`Source`.
        remarks: see :class:`Source`.

    Raises:
        InputError: if there is no field whose ringing is measured.
    """
    given = months.attrs.get("truncation")
    sphere = Sphere.of(
        months["latitude"].values.astype(float),
        months["longitude"].values.astype(float),
        truncation or (None if given is None else int(given)),
    )
    fields: dict[str, Loader] = {}
    for key, field in FIELDS.items():
        chosen = on_one_level(months, field)
        if chosen is not None:
            fields[key] = _values(chosen.transpose("time", "latitude", "longitude"))
    if not fields:
        raise InputError(f"{origin} holds no field whose ringing is measured.")
    if surface_geopotential is None and "surface_geopotential" in months:
        given_field = months["surface_geopotential"]
        if "time" in given_field.dims:
            given_field = given_field.isel(time=0)
        surface_geopotential = given_field.transpose("latitude", "longitude").values.astype(float)
    return Source(
        name=name,
        origin=origin,
        sphere=sphere,
        kind="samples",
        fields=fields,
        year=months["year"].values.astype(int),
        month=months["month"].values.astype(int),
        surface_geopotential=surface_geopotential,
        remarks=remarks,
    )


def on_one_level(data: xr.Dataset, field: RingingField) -> xr.DataArray | None:
    """A field of our own files on the level that is measured; None if there is none."""
    if field.variable not in data:
        return None
    values = data[field.variable]
    if field.vertical is None:
        return values
    if field.height is None or field.vertical not in values.dims:
        return None
    level = nearest_level(data, field.vertical, field.height)
    return None if level is None else values.isel({field.vertical: level}, drop=True)


def _values(array: xr.DataArray) -> Loader:
    return lambda: np.asarray(array.values)


def _of_climate(climate: Climate) -> Source:
    years = climate.maps.expand_dims("year") if climate.yearly is None else climate.yearly
    grid = GaussianGrid.speedy()
    fields: dict[str, Loader] = {}
    for key, field in FIELDS.items():
        chosen = on_one_level(years, field)
        if chosen is not None:
            fields[key] = _values(chosen.transpose("year", "season", "latitude", "longitude"))
    if not fields:
        raise InputError(f"{climate.source} holds no field whose ringing is measured.")
    return Source(
        name=climate.name,
        origin=climate.source,
        sphere=Sphere.of(grid.latitude_degrees, grid.longitude_degrees),
        kind="seasons",
        fields=fields,
    )
