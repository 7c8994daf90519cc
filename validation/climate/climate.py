"""The climate of a model: season means on the grid, and annual global means with their scatter.

References:
    Specification page 40, sections 2 and 4.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

import numpy as np
import xarray as xr

from validation.climate.area import area_mean, area_weight
from validation.climate.catalogue import (
    GRAVITY,
    LATENT_HEAT,
    MILLIMETRES_PER_DAY,
    QUANTITIES,
)
from validation.climate.months import MONTH_DAYS
from validation.climate.seasons import season_means

#: Name and level; None at the surface.
Key = tuple[str, int | None]


@dataclasses.dataclass(frozen=True)
class GlobalMean:
    """Annual global mean of a quantity.

    Attributes:
        units: of all numbers.
        mean: over the years.
        deviation: standard deviation of single years; NaN of a single year or where unknown.
        years: how many there are.
    """

    units: str
    mean: float
    deviation: float
    years: float

    @property
    def standard_error(self) -> float:
        """Of the mean, years taken as independent."""
        return self.deviation / float(np.sqrt(self.years))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Climate:
    """The climate of a model.

    Attributes:
        name: as in tables and figures.
        source: where it comes from, one sentence.
        maps: season means `(season, [level | half_level,] latitude, longitude)`.
        zonal: season means of zonal means `(season, [level,] latitude)`, also of quantities
            without maps.
        years: number of years behind the means.
        global_means: annual ones, by name and level.
        yearly: season means of single years `(year, season, ...)`, or None.
        monthly: global means of single months `(time, ...)` with `year` and `month`, or None.
        january: means of Januaries `([level,] latitude, longitude)`, or None.
        foreign: whether it is another model's, on its own grid before: parts may be missing.
        remarks: what a reader must know, whole sentences.
    """

    name: str
    source: str
    maps: xr.Dataset
    zonal: xr.Dataset
    years: float
    global_means: Mapping[Key, GlobalMean]
    yearly: xr.Dataset | None = None
    monthly: xr.Dataset | None = None
    january: xr.Dataset | None = None
    foreign: bool = False
    remarks: tuple[str, ...] = ()


def climate_of_years(
    years: Iterable[xr.Dataset], *, name: str, source: str, remarks: tuple[str, ...] = ()
) -> Climate:
    """The climate of a run of whole years.

    Args:
        years: monthly means `(time 12, [level,] latitude, longitude)` of single years, January
            first, with coordinates `year` and `month`.
        name: see :class:`Climate`.
        source: see :class:`Climate`.
        remarks: see :class:`Climate`.

    Raises:
        ValueError: if there is no year, or one is not whole.
    """
    seasons, monthly, calendar_years = [], [], []
    for year in years:
        months = [int(month) for month in year["month"].values]
        if months != list(range(1, 13)):
            raise ValueError(f"a year must have the months 1 to 12 in order, got {months}")
        known = year[[name for name in year.data_vars if name in QUANTITIES]]
        seasons.append(_seasons(known))
        monthly.append(monthly_global_means(known))
        calendar_years.append(int(year["year"].values[0]))
    if not seasons:
        raise ValueError("a climate needs at least one year")
    yearly = xr.concat(seasons, dim="year").assign_coords(year=calendar_years)
    maps = yearly.mean("year", dtype=float, skipna=False, keep_attrs=True)
    series = xr.concat(monthly, dim="time")
    return Climate(
        name=name,
        source=source,
        maps=maps,
        zonal=zonal_means(maps),
        years=float(len(seasons)),
        global_means=global_means_of(annual_means(series)),
        yearly=yearly,
        monthly=series,
        remarks=remarks,
    )


def _seasons(year: xr.Dataset) -> xr.Dataset:
    """Season means of one year; single precision, since many years are kept."""
    # Names of coordinates must not be taken by the dimension that the months become.
    monthly = year.drop_vars(["month", "year", "steps"], errors="ignore").rename(time="month")
    return xr.Dataset(
        {name: season_means(monthly[name]).astype(np.float32) for name in monthly.data_vars}
    )


def zonal_means(maps: xr.Dataset) -> xr.Dataset:
    """Zonal means of all maps."""
    with_longitude = [name for name in maps.data_vars if "longitude" in maps[name].dims]
    return maps[with_longitude].mean("longitude", dtype=float, skipna=False, keep_attrs=True)


def monthly_global_means(months: xr.Dataset) -> xr.Dataset:
    """Area means of every month `(time, [level])`, with the budgets."""
    weight = area_weight()
    means = {
        name: (
            months[name].dims[:-2],
            area_mean(months[name].values.astype(float), weight),
            months[name].attrs,
        )
        for name in months.data_vars
    }
    coordinates = {name: months[name] for name in ("year", "month") if name in months}
    dataset = xr.Dataset(means, coords=coordinates)
    return dataset.assign(budgets(dataset))


def budgets(means: xr.Dataset) -> dict[str, xr.DataArray]:
    """The budget terms that can be made of global means; units as of spec 40 section 4."""

    def term(units: str, formula: str, *names: str) -> None:
        if all(name in means for name in names):
            values = {name: means[name] for name in names}
            terms[formula] = _FORMULAS[formula](values).assign_attrs(units=units)

    terms: dict[str, xr.DataArray] = {}
    surface = ("surface_net_shortwave", "surface_net_upward_longwave", "sensible_heat_flux")
    term("W m-2", "toa_net_energy", "toa_net_shortwave", "outgoing_longwave")
    term("W m-2", "surface_net_energy", *surface, "evaporation")
    everything = ("toa_net_shortwave", "outgoing_longwave", *surface)
    term("W m-2", "atmosphere_energy_residual", *everything, "precipitation")
    term("W m-2", "toa_minus_surface_net_energy", *everything, "evaporation")
    term("mm day-1", "precipitation_minus_evaporation", "precipitation", "evaporation")
    term("Pa", "dry_surface_pressure", "surface_pressure", "column_water_vapour")
    return terms


def _latent(rate: xr.DataArray) -> xr.DataArray:
    """Heat [W m-2] of water [mm day-1]."""
    return LATENT_HEAT * rate / MILLIMETRES_PER_DAY


def _toa(x: dict[str, xr.DataArray]) -> xr.DataArray:
    return x["toa_net_shortwave"] - x["outgoing_longwave"]


def _surface(x: dict[str, xr.DataArray]) -> xr.DataArray:
    radiation = x["surface_net_shortwave"] - x["surface_net_upward_longwave"]
    return radiation - x["sensible_heat_flux"] - _latent(x["evaporation"])


def _atmosphere(x: dict[str, xr.DataArray]) -> xr.DataArray:
    absorbed = x["toa_net_shortwave"] - x["surface_net_shortwave"]
    lost = x["outgoing_longwave"] - x["surface_net_upward_longwave"]
    return absorbed - lost + x["sensible_heat_flux"] + _latent(x["precipitation"])


_FORMULAS = {
    "toa_net_energy": _toa,
    "surface_net_energy": _surface,
    "atmosphere_energy_residual": _atmosphere,
    "toa_minus_surface_net_energy": lambda x: _toa(x) - _surface(x),
    "precipitation_minus_evaporation": lambda x: x["precipitation"] - x["evaporation"],
    # Vapour counts from zero upwards, as in the reference's column_water_vapour.
    "dry_surface_pressure": lambda x: x["surface_pressure"] - GRAVITY * x["column_water_vapour"],
}


def annual_means(monthly: xr.Dataset) -> xr.Dataset:
    """Annual means `(year, ...)` of global means of whole years."""
    weights = xr.DataArray(np.array(MONTH_DAYS) / sum(MONTH_DAYS), dims="time")
    bare = monthly.drop_vars(["year", "month"])
    years = [
        (weights * bare.isel(time=slice(start, start + 12))).sum("time")
        for start in range(0, monthly.sizes["time"], 12)
    ]
    return xr.concat(years, dim="year").assign_coords(year=monthly["year"].values[::12])


def global_means_of(annual: xr.Dataset) -> dict[Key, GlobalMean]:
    """Mean and scatter of annual global means `(year, [level])`."""
    found: dict[Key, GlobalMean] = {}
    for name, values in annual.data_vars.items():
        quantity = QUANTITIES.get(str(name))
        units = quantity.units if quantity else values.attrs.get("units", "1")
        years = values.sizes["year"]
        columns = values.values.reshape(years, -1)
        levels = [None] if values.ndim == 1 else range(columns.shape[1])
        for level, series in zip(levels, columns.T, strict=True):
            scatter = float(series.std(ddof=1)) if years > 1 else float("nan")
            found[str(name), level] = GlobalMean(units, float(series.mean()), scatter, years)
    return found
