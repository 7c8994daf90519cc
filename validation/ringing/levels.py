"""Which level of a file lies nearest to a σ."""

from __future__ import annotations

import numpy as np
import xarray as xr

from jcm.vertical_grid import VerticalGrid
from validation.climate.foreign import SPELLINGS
from validation.ringing.fields import SEA_LEVEL_PRESSURE

#: Variables of our files that hold σ of a dimension without coordinate.
_SIGMA = {"level": "sigma", "half_level": "sigma_half"}


def sigma_of(data: xr.Dataset, dimension: str) -> np.ndarray | None:
    """σ, or pressure / 1000 hPa, along a vertical dimension; None if there is no telling.

    Eight levels or nine half levels without coordinate are SPEEDY's.
    """
    for name in (dimension, _SIGMA.get(dimension, "")):
        if name in data.variables and data[name].ndim == 1:
            heights = data[name]
            numbers = heights.values.astype(float)
            unit = str(heights.attrs.get("units", "")).strip()
            unit = SPELLINGS.get(unit.lower(), unit)
            in_hectopascal = {"Pa": 0.01, "hPa": 1.0, "mbar": 1.0}.get(unit)
            if in_hectopascal is not None:
                return numbers * in_hectopascal / SEA_LEVEL_PRESSURE
            if numbers.min() >= 0.0 and 0.5 < numbers.max() <= 1.001:
                return numbers
            return None
    grid = VerticalGrid.speedy()
    usual = {"level": grid.full_level_sigma, "half_level": grid.half_level_sigma}.get(dimension)
    if usual is not None and data.sizes.get(dimension) == len(usual):
        return np.array(usual)
    return None


def nearest_level(data: xr.Dataset, dimension: str, height: float) -> int | None:
    """Index of the level nearest to a σ; None if there is no telling."""
    sigma = sigma_of(data, dimension)
    return None if sigma is None else int(np.argmin(np.abs(sigma - height)))
