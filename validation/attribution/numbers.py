"""The physical numbers that a run is told by."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from validation.attribution.contrast import mass_weight
from validation.climate.climate import Climate, Key
from validation.climate.variant import jets

#: Annual global means that are told as they are.
_GLOBAL: tuple[Key, ...] = (
    *((("temperature", level)) for level in range(8)),
    ("near_surface_temperature", None),
    ("precipitation", None),
    ("outgoing_longwave", None),
    ("toa_net_energy", None),
    ("surface_net_energy", None),
    ("atmosphere_energy_residual", None),
    ("precipitation_minus_evaporation", None),
    ("column_water_vapour", None),
    ("surface_pressure_variance", None),
)


@dataclasses.dataclass(frozen=True)
class PhysicalNumber:
    """A number with its unit.

    Attributes:
        value: NaN where the run has not what it is made of.
        units: in the notation of UDUNITS.
    """

    value: float
    units: str


def physical_numbers(climate: Climate) -> dict[str, PhysicalNumber]:
    """Jets, global means, budgets, transients and the constancy of dry mass, by name.

    Jets are extremes of the zonal-mean eastward wind at σ = 0.2; `transient_kinetic_energy` is
    ½ (var u + var v) within months, its mean over the mass of the atmosphere; `dry_mass_range` is
    (largest - smallest) / mean of the monthly global means of p_s - g * column water vapour.
    """
    found = {
        name: PhysicalNumber(value, "degrees_north" if name.endswith("_latitude") else "m s-1")
        for name, value in jets(climate).items()
    }
    for name, level in _GLOBAL:
        mean = climate.global_means.get((name, level))
        label = name if level is None else f"{name}_level{level}"
        if mean is not None:
            found[label] = PhysicalNumber(mean.mean, mean.units)
    found["transient_kinetic_energy"] = PhysicalNumber(_transients(climate), "m2 s-2")
    found["dry_mass_range"] = PhysicalNumber(_dry_mass_range(climate), "1")
    return found


def _transients(climate: Climate) -> float:
    """½ (var u + var v), mean over mass and area [m2 s-2]."""
    weight = mass_weight()
    total = 0.0
    for name in ("eastward_wind_variance", "northward_wind_variance"):
        means = [climate.global_means.get((name, level)) for level in range(len(weight))]
        if any(mean is None for mean in means):
            return math.nan
        total += float(weight @ [mean.mean for mean in means if mean is not None])
    return 0.5 * total


def _dry_mass_range(climate: Climate) -> float:
    """(largest - smallest) / mean of the monthly means of the pressure of dry air [1]."""
    if climate.monthly is None or "dry_surface_pressure" not in climate.monthly:
        return math.nan
    pressure = np.asarray(climate.monthly["dry_surface_pressure"].values, dtype=float)
    return float(np.ptp(pressure) / pressure.mean())
