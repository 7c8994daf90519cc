"""Declaration of the surface fluxes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from reference import variables as v
from reference.formulas import (
    FULL_LEVEL_SIGMA,
    GAS_CONSTANT,
    MELTING_TEMPERATURE,
    NEAR_SURFACE_WEIGHT,
    SPECIFIC_HEAT,
    saturation_specific_humidity,
    single,
)
from reference.gates import SURFACE_GATES, gate
from reference.process import Columns, GoldenFile, Process, Variable


class Intermediates(NamedTuple):
    """What the branches depend on, `(column,)` each.

    Attributes:
        land_difference, sea_difference: surface minus potential air temperature [K].
        skin_temperature: of land, before the energy balance [K].
        land_humidity_excess: surface minus air humidity over land [g kg-1].
    """

    land_difference: np.ndarray
    sea_difference: np.ndarray
    skin_temperature: np.ndarray
    land_humidity_excess: np.ndarray


def intermediates(c: Columns) -> Intermediates:
    """Steps 2, 4, 5 and 8 of the specification."""
    sea_level_air = c["temperature"][:, 7] + c["geopotential"][:, 7] / SPECIFIC_HEAT
    land_level_air = sea_level_air - c["surface_geopotential"] / SPECIFIC_HEAT
    absorbed = (
        c["surface_downward_shortwave"]
        * (1.0 - c["land_albedo"])
        * c["normalized_surface_pressure"]
    )
    skin = c["land_surface_temperature"] + single(0.01) * np.sqrt(c["cos_latitude"]) * absorbed
    skin_humidity = c["soil_water_availability"] * saturation_specific_humidity(
        skin, c["normalized_surface_pressure"]
    )
    return Intermediates(
        land_difference=skin - land_level_air,
        sea_difference=c["sea_surface_temperature"] - sea_level_air,
        skin_temperature=skin,
        land_humidity_excess=skin_humidity - c["specific_humidity"][:, 7],
    )


def _lapse(c: Columns) -> np.ndarray:
    return c["temperature"][:, 7] - c["temperature"][:, 6]


def _near_surface_temperature_of_sea(c: Columns) -> np.ndarray:
    increment = NEAR_SURFACE_WEIGHT * _lapse(c)
    sea_level = c["surface_geopotential"] / (GAS_CONSTANT * 288.0 * np.log(FULL_LEVEL_SIGMA[7]))
    return c["temperature"][:, 7] + np.where(increment > 0, increment * (1.0 - sea_level), 0.0)


def discrete(c: Columns) -> np.ndarray:
    """Whether the lowest layer lapses, and whether land evaporates before the energy balance."""
    return np.stack([_lapse(c) > 0, intermediates(c).land_humidity_excess > 0], axis=1)


def _recomputed(name: str, units: str, meaning: str) -> Variable:
    return Variable(
        name=f"{name}_sea_recomputed",
        units=units,
        meaning=f"{meaning} of the second, sea-only call",
    )


_HEAT_CAP, _COLD_CAP = 3.0, -6.0

PROCESS = Process(
    name="surface_fluxes",
    package="physics",
    spec="20-surface-fluxes.md",
    summary="Exchange of momentum, heat and water with land and sea; land skin temperature.",
    inputs=(
        v.normalized_surface_pressure,
        v.eastward_wind,
        v.northward_wind,
        v.temperature,
        v.specific_humidity,
        v.geopotential,
        v.surface_geopotential,
        v.land_fraction,
        v.sea_surface_temperature,
        v.sea_surface_temperature_second,
        v.surface_downward_shortwave,
        v.surface_downward_longwave,
        v.land_albedo,
        v.sea_albedo,
        v.snow_cover,
        v.land_surface_temperature,
        v.soil_water_availability,
        v.cos_latitude,
    ),
    outputs=(
        v.orographic_drag_factor,
        v.eastward_wind_stress,
        v.northward_wind_stress,
        v.sensible_heat_flux,
        v.evaporation,
        v.surface_upward_longwave,
        v.net_surface_heat_flux,
        v.surface_temperature,
        v.skin_temperature,
        v.near_surface_eastward_wind,
        v.near_surface_northward_wind,
        v.near_surface_temperature,
        _recomputed("sensible_heat_flux", "W m-2", "upward sensible heat flux"),
        _recomputed("evaporation", "g m-2 s-1", "upward flux of water vapour"),
        _recomputed("surface_upward_longwave", "W m-2", "upward longwave emission"),
        _recomputed("net_surface_heat_flux", "W m-2", "heat flux into the sea"),
    ),
    gates=(
        gate("lapse", "lowest layer warmer than the one above", lambda c: _lapse(c) > 0),
        gate("inversion", "lowest layer colder than the one above", lambda c: _lapse(c) < 0),
        gate("isothermal", "both layers of equal temperature", lambda c: _lapse(c) == 0),
        gate(
            "extrapolated_to_sea_level",
            "air over the sea part of a mountainous column warmed by descent",
            lambda c: (
                _near_surface_temperature_of_sea(c)
                > c["temperature"][:, 7] + NEAR_SURFACE_WEIGHT * np.maximum(_lapse(c), 0.0)
            ),
        ),
        gate(
            "land_unstable",
            "land warmer than air",
            lambda c: (
                (intermediates(c).land_difference > 0)
                & (intermediates(c).land_difference < _HEAT_CAP)
            ),
        ),
        gate(
            "land_unstable_capped",
            "land warmer than air beyond the cap",
            lambda c: intermediates(c).land_difference >= _HEAT_CAP,
        ),
        gate(
            "land_stable",
            "land colder than air",
            lambda c: (
                (intermediates(c).land_difference <= 0)
                & (intermediates(c).land_difference > _COLD_CAP)
            ),
        ),
        gate(
            "land_stable_capped",
            "land colder than air beyond the cap",
            lambda c: intermediates(c).land_difference <= _COLD_CAP,
        ),
        gate(
            "sea_unstable",
            "sea warmer than air",
            lambda c: (
                (intermediates(c).sea_difference > 0)
                & (intermediates(c).sea_difference < _HEAT_CAP)
            ),
        ),
        gate(
            "sea_unstable_capped",
            "sea warmer than air beyond the cap",
            lambda c: intermediates(c).sea_difference >= _HEAT_CAP,
        ),
        gate(
            "sea_stable",
            "sea colder than air",
            lambda c: (
                (intermediates(c).sea_difference <= 0)
                & (intermediates(c).sea_difference > _COLD_CAP)
            ),
        ),
        gate(
            "sea_stable_capped",
            "sea colder than air beyond the cap",
            lambda c: intermediates(c).sea_difference <= _COLD_CAP,
        ),
        gate(
            "land_evaporation",
            "land evaporates before the energy balance",
            lambda c: intermediates(c).land_humidity_excess > 0,
        ),
        gate(
            "no_land_evaporation",
            "land does not evaporate",
            lambda c: intermediates(c).land_humidity_excess <= 0,
        ),
        gate(
            "land_evaporation_turned_negative",
            "the energy balance turns land evaporation negative",
            lambda c: c["evaporation"][:, 0] < 0,
        ),
        gate("dew_on_sea", "sea gains water from the air", lambda c: c["evaporation"][:, 1] < 0),
        gate(
            "skin_over_water",
            "saturation over water at the skin",
            lambda c: intermediates(c).skin_temperature >= MELTING_TEMPERATURE,
        ),
        gate(
            "skin_over_ice",
            "saturation over ice at the skin",
            lambda c: intermediates(c).skin_temperature < MELTING_TEMPERATURE,
        ),
        gate(
            "skin_melts_within_slope",
            "skin over ice, but over water when 1 K warmer",
            lambda c: (
                (intermediates(c).skin_temperature < MELTING_TEMPERATURE)
                & (intermediates(c).skin_temperature + 1.0 >= MELTING_TEMPERATURE)
            ),
        ),
        gate(
            "sea_over_ice",
            "saturation over ice at sea",
            lambda c: c["sea_surface_temperature"] < MELTING_TEMPERATURE,
        ),
        gate("dark", "no sunlight", lambda c: c["surface_downward_shortwave"] == 0),
        gate("mountain", "geopotential above 15000", lambda c: c["surface_geopotential"] > 15000),
        gate("below_zero", "surface below geopotential 0", lambda c: c["surface_geopotential"] < 0),
        gate(
            "zero_humidity",
            "no vapour in the lowest level",
            lambda c: c["specific_humidity"][:, 7] == 0,
        ),
        gate(
            "calm",
            "no wind in the lowest level",
            lambda c: (c["eastward_wind"][:, 7] == 0) & (c["northward_wind"][:, 7] == 0),
        ),
        *SURFACE_GATES,
    ),
    golden=(GoldenFile(path="surface/surface_fluxes.nc"),),
    discrete=discrete,
)
