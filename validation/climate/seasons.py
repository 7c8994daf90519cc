"""Season means of monthly means, as the reference climate defines them.

References:
    Specification page 40, section 2.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from validation.climate.months import MONTH_DAYS

#: Seasons that are compared. A season of N years is the mean of the time mean over its months; DJF
#: takes January, February and December of the same years.
SEASONS = ("annual", "djf", "jja")
_MONTHS = {"annual": tuple(range(12)), "djf": (0, 1, 11), "jja": (5, 6, 7)}


def season_weights() -> np.ndarray:
    """Weight of each month in each season `(season, month)`, each row sums to 1."""
    weights = np.zeros((len(SEASONS), 12))
    for row, season in zip(weights, SEASONS, strict=True):
        for month in _MONTHS[season]:
            row[month] = MONTH_DAYS[month]
    return weights / weights.sum(axis=1, keepdims=True)


def season_means(monthly: xr.DataArray) -> xr.DataArray:
    """Means of the seasons, in float64.

    Args:
        monthly: twelve calendar months along `month`, January first.

    Returns:
        The same with the leading dimension `season` in place of `month`.
    """
    weights = xr.DataArray(season_weights(), dims=("season", "month"))
    mean = xr.dot(weights, monthly.astype(float), dim="month")
    rest = [name for name in monthly.dims if name != "month"]
    return mean.transpose("season", *rest).assign_attrs(monthly.attrs)
