"""The original with its extra diffusion on the top level only: a climate that must be told apart.

One block of three years is known of it, by a few numbers and without its variability. That is
estimated from the original's: of second moments it grows with the moment, of everything else with
the square root of the wind variance.

References:
    Specification page 40, section 7.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from jcm.dynamics.gaussian_grid import GaussianGrid
from validation.climate.climate import Climate, Key
from validation.climate.reference import BLOCK_YEARS, StoredClimate, half_unit
from validation.climate.seasons import SEASONS

#: The comparison must see the difference: least median of the ratios (the original's is 9.7).
LEAST_MEDIAN = 5.0
_LIMIT = 3.0
_ROW = 3.75
_WINDS: Key = ("eastward_wind_variance", 2)


@dataclasses.dataclass(frozen=True)
class VariantComparison:
    """A number of the table.

    Attributes:
        quantity, level: which.
        found: of the run.
        expected: of the original's variant.
        unchanged: of the original as it is.
        tolerance: largest difference between `found` and `expected` that passes.
    """

    quantity: str
    level: int | None
    found: float
    expected: float
    unchanged: float
    tolerance: float

    @property
    def passed(self) -> bool:
        """Whether the difference is within the tolerance; not if either is NaN."""
        return abs(self.found - self.expected) <= self.tolerance


def compare_variant(model: Climate, stored: StoredClimate) -> list[VariantComparison]:
    """Every number of the stored table that the run has."""
    winds = jets(model)
    growth = math.sqrt(stored.variant[_WINDS][1] / stored.variant[_WINDS][0])
    length = math.sqrt(1.0 / model.years + 1.0 / BLOCK_YEARS)
    compared = []
    for key, (unchanged, expected) in stored.variant.items():
        quantity, level = key
        if quantity.endswith("_latitude"):
            found, tolerance = winds[quantity], _ROW + 0.5
        elif quantity in winds:
            season = SEASONS[0] if quantity[-4:] not in ("_djf", "_jja") else quantity[-3:]
            scale = stored.yardstick.of_pair("eastward_wind", model.years, BLOCK_YEARS, zonal=True)
            found = winds[quantity]
            rms = float(scale.values[SEASONS.index(season), level]) if scale is not None else 0.0
            tolerance = _LIMIT * growth * rms + 0.05
        elif key in model.global_means:
            scatter = stored.climate.global_means[key].deviation
            larger = expected / unchanged if quantity.endswith("variance") else growth
            found = model.global_means[key].mean
            # Five digits are printed.
            tolerance = _LIMIT * larger * scatter * length + 1e-2 * half_unit(str(expected))
        else:
            found, tolerance = math.nan, math.nan
        compared.append(VariantComparison(quantity, level, found, expected, unchanged, tolerance))
    return compared


def jets(climate: Climate) -> dict[str, float]:
    """Extremes of the zonal-mean eastward wind [m s-1] and their latitudes [degrees north]."""
    wind = climate.zonal["eastward_wind"].values
    latitude = GaussianGrid.speedy().latitude_degrees
    found: dict[str, float] = {}

    def extreme(name: str, season: str, level: int, rows: np.ndarray) -> None:
        profile = np.where(rows, wind[SEASONS.index(season), level], -np.inf)
        found[name] = float(profile.max())
        found[f"{name}_latitude"] = float(latitude[np.argmax(profile)])

    for season in ("djf", "jja"):
        extreme(f"northern_jet_{season}", season, 2, latitude > 15.0)
        extreme(f"southern_jet_{season}", season, 2, latitude < -15.0)
    extreme("southern_surface_westerlies", "annual", 7, latitude < -30.0)
    found["equatorial_eastward_wind"] = float(wind[0, 2, np.abs(latitude) < 6.0].mean())
    return found
