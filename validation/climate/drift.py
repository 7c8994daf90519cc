"""Trends of global means: whether budgets close and the climate stands still."""

from __future__ import annotations

import dataclasses

import numpy as np

from validation.climate.climate import Climate

#: Global means whose trend is told; names without a level of a quantity on levels mean all levels.
FOLLOWED = (
    *("toa_net_energy", "surface_net_energy", "toa_minus_surface_net_energy"),
    *("atmosphere_energy_residual", "precipitation_minus_evaporation", "surface_pressure"),
    *("dry_surface_pressure", "column_water_vapour", "near_surface_temperature", "precipitation"),
    "temperature",
)


@dataclasses.dataclass(frozen=True)
class Drift:
    """Trend of a global mean.

    Attributes:
        variable, level: which.
        units: of the mean.
        mean: over the run.
        trend: per year, of months without their mean annual cycle.
        standard_error: of the trend, for residuals that remember the month before.
    """

    variable: str
    level: int | None
    units: str
    mean: float
    trend: float
    standard_error: float


def drifts(model: Climate) -> list[Drift]:
    """Trends of a run of at least two years; none of a climate without single months."""
    if model.monthly is None or model.years < 2:
        return []
    found = []
    for name in FOLLOWED:
        if name not in model.monthly:
            continue
        values = model.monthly[name]
        units = str(values.attrs.get("units", ""))
        columns = values.values.reshape(values.sizes["time"], -1)
        for level, series in enumerate(columns.T):
            trend, error = linear_trend(series)
            number = level if values.ndim > 1 else None
            found.append(Drift(name, number, units, float(series.mean()), trend, error))
    return found


def without_annual_cycle(series: np.ndarray) -> np.ndarray:
    """Deviations of months from the mean of their calendar month; whole years."""
    years = series.reshape(-1, 12)
    return (years - years.mean(axis=0)).ravel()


def linear_trend(series: np.ndarray) -> tuple[float, float]:
    """Trend per year of months of whole years, and its standard error.

    Trend and mean annual cycle are fitted together. The number of independent months is
    n (1 - r) / (1 + r) with the lag-one correlation r of the residuals (Santer et al. 2000).
    """
    time = without_annual_cycle(np.arange(series.size) / 12.0)
    anomaly = without_annual_cycle(series)
    spread = float(time @ time)
    trend = float(time @ anomaly) / spread
    residual = anomaly - trend * time
    power = float(residual @ residual)
    memory = float(residual[1:] @ residual[:-1]) / power if power > 0.0 else 0.0
    memory = min(max(memory, 0.0), 0.99)
    independent = series.size * (1.0 - memory) / (1.0 + memory)
    return trend, float(np.sqrt(power / max(independent - 13.0, 1.0) / spread))
