"""Declaration of the whole column physics."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from reference import variables as v
from reference.declarations import (
    clouds,
    convection,
    longwave_radiation,
    surface_fluxes,
    vertical_diffusion,
)
from reference.formulas import (
    FULL_LEVEL_SIGMA,
    MELTING_TEMPERATURE,
    SPECIFIC_HEAT,
    saturation_specific_humidity,
)
from reference.gates import SURFACE_GATES, any_level, gate, value_gates
from reference.process import Columns, GoldenFile, Process, Variable


def _table(variable: Variable) -> Variable:
    return dataclasses.replace(variable, **longwave_radiation.TABLE_RANGE)


def _kept(variable: Variable, meaning: str | None = None) -> Variable:
    return dataclasses.replace(
        variable,
        name=f"{variable.name}_in",
        meaning=f"{meaning or variable.meaning}; kept from the last shortwave step",
    )


def _if_shortwave(variable: Variable) -> Variable:
    return dataclasses.replace(variable, defined_where="shortwave_step")


def _tendency(name: str, units: str, meaning: str) -> Variable:
    return Variable(name=name, units=units, meaning=meaning, dimensions=("level",))


_SHORTWAVE_HEATING = _tendency("temperature_tendency_shortwave", "K s-1", "shortwave heating")


def _with_process_inputs(c: Columns) -> dict[str, np.ndarray]:
    """`c` with the inputs of the single processes that the driver computes first."""
    pressure = np.exp(c["log_normalized_surface_pressure"])
    humidity = np.maximum(c["specific_humidity"], 0.0)
    saturation = saturation_specific_humidity(
        c["temperature"], FULL_LEVEL_SIGMA * pressure[:, np.newaxis]
    )
    return {
        **c,
        "normalized_surface_pressure": pressure,
        "specific_humidity": humidity,
        "saturation_specific_humidity": saturation,
        "relative_humidity": humidity / saturation,
        "dry_static_energy": SPECIFIC_HEAT * c["temperature"] + c["geopotential"],
    }


def _discrete(c: Columns) -> np.ndarray:
    columns = _with_process_inputs(c)
    cloud_level = clouds.humidity_cloud_level(columns)[0]
    return np.concatenate(
        [
            convection.discrete(columns),
            np.where(c["shortwave_step"] == 1, cloud_level, -1)[:, np.newaxis],
            longwave_radiation.discrete(columns),
            surface_fluxes.discrete(columns),
            vertical_diffusion.discrete(columns),
        ],
        axis=1,
    )


def _condenses(c: Columns) -> np.ndarray:
    return any_level(c["specific_humidity_tendency_condensation"] < 0)


def _convects(c: Columns) -> np.ndarray:
    return c["convection_top_level"] < v.NO_LEVEL


PROCESS = Process(
    name="physics_driver",
    package="physics",
    spec="16-physics-driver.md",
    summary="All column processes in order, and the tendencies they hand to the dynamics.",
    inputs=(
        Variable(
            name="shortwave_step",
            units="1",
            meaning="1 if shortwave radiation is computed in this step, 0 if it is kept",
            integer=True,
            minimum=0,
            maximum=1,
        ),
        v.eastward_wind,
        v.northward_wind,
        _table(v.temperature),
        dataclasses.replace(
            v.specific_humidity,
            meaning="specific humidity, clipped to zero before use",
            minimum=-math.inf,
        ),
        v.geopotential,
        Variable(
            name="log_normalized_surface_pressure",
            units="1",
            meaning="logarithm of surface pressure divided by 1e5 Pa",
            minimum=-10.0,
            maximum=10.0,
        ),
        v.surface_geopotential,
        v.land_fraction,
        _table(v.land_surface_temperature),
        v.soil_water_availability,
        _table(v.sea_surface_temperature),
        v.land_albedo,
        v.sea_albedo,
        v.surface_albedo,
        v.snow_cover,
        v.orographic_drag_factor,
        v.cos_latitude,
        v.insolation,
        v.ozone_absorption_upper,
        v.ozone_absorption_lower,
        v.zenith_factor,
        v.polar_night_cooling,
        _kept(v.longwave_transmissivity),
        _kept(v.stratospheric_correction),
        _kept(_SHORTWAVE_HEATING),
        _kept(v.toa_net_shortwave),
        _kept(v.surface_downward_shortwave),
        _kept(v.surface_net_shortwave),
    ),
    outputs=(
        _tendency("eastward_wind_tendency", "m s-2", "total physical tendency"),
        _tendency("northward_wind_tendency", "m s-2", "total physical tendency"),
        _tendency("temperature_tendency", "K s-1", "total physical tendency"),
        _tendency("specific_humidity_tendency", "g kg-1 s-1", "total physical tendency"),
        _tendency("temperature_tendency_convection", "K s-1", "heating by deep convection"),
        _tendency(
            "specific_humidity_tendency_convection",
            "g kg-1 s-1",
            "change of humidity by deep convection",
        ),
        v.temperature_tendency_condensation,
        v.specific_humidity_tendency_condensation,
        _SHORTWAVE_HEATING,
        _tendency("temperature_tendency_longwave", "K s-1", "longwave heating"),
        v.temperature_tendency_vertical_diffusion,
        v.specific_humidity_tendency_vertical_diffusion,
        v.convection_top_level,
        v.precipitation_top_level,
        _if_shortwave(v.cloud_top_level),
        _if_shortwave(v.cloud_cover),
        _if_shortwave(v.stratiform_cloud_cover),
        _if_shortwave(v.dry_static_energy_gradient),
        v.cloud_base_mass_flux,
        v.convective_precipitation,
        v.large_scale_precipitation,
        v.surface_downward_shortwave,
        v.surface_net_shortwave,
        v.toa_net_shortwave,
        v.surface_downward_longwave,
        v.surface_net_upward_longwave,
        v.outgoing_longwave,
        v.surface_temperature,
        v.skin_temperature,
        v.near_surface_eastward_wind,
        v.near_surface_northward_wind,
        v.near_surface_temperature,
        v.eastward_wind_stress,
        v.northward_wind_stress,
        v.sensible_heat_flux,
        v.evaporation,
        v.surface_upward_longwave,
        v.net_surface_heat_flux,
        v.longwave_transmissivity,
        v.stratospheric_correction,
    ),
    gates=(
        gate("shortwave_step", "shortwave computed", lambda c: c["shortwave_step"] == 1),
        gate("no_shortwave_step", "shortwave kept", lambda c: c["shortwave_step"] == 0),
        gate("convection", "deep convection", _convects),
        gate("no_convection", "no deep convection", lambda c: ~_convects(c)),
        gate("condensation", "large-scale condensation", _condenses),
        gate("no_condensation", "no large-scale condensation", lambda c: ~_condenses(c)),
        gate(
            "top_raised",
            "condensation above the convection top",
            lambda c: _convects(c) & (c["precipitation_top_level"] < c["convection_top_level"]),
        ),
        *value_gates(
            "convection_top_level", (2, 3, 4), "convection_top", "convection top at level"
        ),
        *value_gates("cloud_top_level", range(1, 9), "cloud_top", "cloud top at level"),
        gate(
            "stratiform_cloud",
            "stratiform cloud",
            lambda c: (c["shortwave_step"] == 1) & (c["stratiform_cloud_cover"] > 0),
        ),
        gate(
            "negative_humidity",
            "humidity clipped at some level",
            lambda c: any_level(c["specific_humidity"] < 0),
        ),
        gate(
            "zero_humidity",
            "no vapour in the whole column",
            lambda c: (c["specific_humidity"] <= 0).all(axis=1),
        ),
        gate(
            "inversion",
            "lowest level colder than the one above",
            lambda c: c["temperature"][:, 7] < c["temperature"][:, 6],
        ),
        gate("polar_night", "no insolation", lambda c: c["insolation"] == 0),
        gate("snow", "some snow", lambda c: c["snow_cover"] > 0),
        gate(
            "frozen_sea",
            "sea temperature below melting",
            lambda c: c["sea_surface_temperature"] < MELTING_TEMPERATURE,
        ),
        gate("dew_on_sea", "sea gains water from the air", lambda c: c["evaporation"][:, 1] < 0),
        *SURFACE_GATES,
    ),
    golden=(
        GoldenFile(path="physics/physics_driver.nc"),
        GoldenFile(path="physics/physics_driver_sequence.nc", optional=True),
    ),
    discrete=_discrete,
)
