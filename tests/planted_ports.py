"""Ports with the usual misunderstandings, and what is to be said about each."""

from __future__ import annotations

import numpy as np

from reference import kernels
from reference.declarations import PROCESSES
from reference.formulas import (
    FULL_LEVEL_SIGMA,
    HALF_LEVEL_SIGMA,
    SIGMA_THICKNESS,
    saturation_specific_humidity,
)
from tests.planting import misread, rendered, with_settings


def upside_down(values):
    return values[:, ::-1]


def shifted_down(values):
    return np.concatenate([values[:, :1], values[:, :-1]], axis=1)


def to_single(values):
    return values.astype(np.float32).astype(float)


def humidity_of(temperature, pressure, inputs):
    """The NumPy formula, and the reference for what depends on the surface alone."""
    outputs = kernels.run(
        PROCESSES["humidity"], inputs | {"temperature": np.full_like(temperature, 288.0)}
    )
    saturation = saturation_specific_humidity(temperature, pressure)
    ratio = inputs["specific_humidity"] / saturation
    return outputs | {"saturation_specific_humidity": saturation, "relative_humidity": ratio}


def celsius(**inputs):
    pressure = FULL_LEVEL_SIGMA * inputs["normalized_surface_pressure"][:, np.newaxis]
    with np.errstate(all="ignore"):
        return humidity_of(inputs["temperature"] + 273.15, pressure, inputs)


def half_levels(**inputs):
    pressure = HALF_LEVEL_SIGMA[1:] * inputs["normalized_surface_pressure"][:, np.newaxis]
    return humidity_of(inputs["temperature"], pressure, inputs)


def single_exponent(**inputs):
    """Saturation with an exponent in single precision (spec 10)."""
    outputs = kernels.run(PROCESSES["humidity"], inputs)
    name = "near_surface_specific_humidity"
    exponent = np.log(np.maximum(outputs[name], 1e-30))
    return outputs | {name: np.where(outputs[name] > 0, np.exp(to_single(exponent)), 0.0)}


CONVECTION = "convection"
RAIN = "large_scale_condensation"
CAP = "condensation_cap_limits_heating_only"

#: Process, wrong port, kind of the culprit, what is said of it.
PLANTED = {
    "all levels reversed": (
        "vertical_diffusion",
        lambda **inputs: {
            name: np.flip(values, axis=1)
            for name, values in kernels.run(
                PROCESSES["vertical_diffusion"],
                {n: np.flip(v, axis=1) if v.ndim == 2 else v for n, v in inputs.items()},
            ).items()
        },
        "levels reversed",
        "takes and gives levels in reverse order",
    ),
    "one input reversed": (
        CONVECTION,
        misread(CONVECTION, specific_humidity=upside_down),
        "levels reversed",
        "takes specific_humidity with its levels in reverse order",
    ),
    "one output reversed": (
        RAIN,
        rendered(RAIN, temperature_tendency_condensation=upside_down),
        "levels reversed",
        "gives temperature_tendency_condensation with its levels in reverse order",
    ),
    "land and sea exchanged": (
        "surface_fluxes",
        rendered("surface_fluxes", net_surface_heat_flux=upside_down),
        "land_seas reversed",
        "gives net_surface_heat_flux with its land seas in reverse order",
    ),
    "input one level off": (
        CONVECTION,
        misread(CONVECTION, saturation_specific_humidity=shifted_down),
        "off-by-one level",
        "takes saturation_specific_humidity from the level above",
    ),
    "output one level off": (
        RAIN,
        rendered(RAIN, temperature_tendency_condensation=lambda v: np.roll(v, -1, axis=1)),
        "off-by-one level",
        "gives temperature_tendency_condensation that belongs to the level below",
    ),
    "levels counted from 1": (
        RAIN,
        rendered(RAIN, precipitation_top_level=lambda level: level + 1),
        "off-by-one level",
        "gives precipitation_top_level counted from 1",
    ),
    "g for kg, input": (
        "humidity",
        misread("humidity", specific_humidity=lambda q: 1e3 * q),
        "kg kg-1 for g kg-1",
        "takes specific_humidity in kg kg-1 instead of g kg-1",
    ),
    "g for kg, output": (
        "humidity",
        rendered("humidity", near_surface_specific_humidity=lambda q: 1e-3 * q),
        "kg kg-1 for g kg-1",
        "gives near_surface_specific_humidity in kg kg-1 instead of g kg-1",
    ),
    "Pa": (
        "humidity",
        misread("humidity", normalized_surface_pressure=lambda p: 1e-5 * p),
        "Pa for 1e5 Pa",
        "takes normalized_surface_pressure in Pa instead of 1e5 Pa",
    ),
    "Pa, and nothing happens any more": (
        CONVECTION,
        misread(CONVECTION, normalized_surface_pressure=lambda p: 1e-5 * p),
        "Pa for 1e5 Pa",
        "takes normalized_surface_pressure in Pa instead of 1e5 Pa",
    ),
    "degC, which the reference refuses": (
        "humidity",
        celsius,
        "degC for K",
        "takes temperature in degC instead of K",
    ),
    "degC, output": (
        "orographic_correction",
        rendered("orographic_correction", mean_surface_temperature=lambda t: t - 273.15),
        "degC for K",
        "gives mean_surface_temperature in degC instead of K",
    ),
    "latitudes from north to south": (
        "zonal_forcing",
        misread("zonal_forcing", latitude_sine=np.negative),
        "latitude order",
        "takes latitude_sine with the opposite sign: north and south exchanged",
    ),
    "columns in another order": (
        "daily_forcing",
        rendered("daily_forcing", snow_cover=lambda v: v[::-1]),
        "column order",
        "gives snow_cover with the columns in reverse order",
    ),
    "sign of a flux": (
        "surface_fluxes",
        rendered("surface_fluxes", evaporation=np.negative),
        "sign",
        "gives evaporation with the opposite sign",
    ),
    "inputs in single precision": (
        "humidity",
        misread(
            "humidity",
            temperature=to_single,
            specific_humidity=to_single,
            normalized_surface_pressure=to_single,
            surface_temperature=to_single,
            near_surface_relative_humidity=to_single,
        ),
        "float32",
        "rounds its inputs to single precision",
    ),
    "an output in single precision": (
        "humidity",
        rendered("humidity", relative_humidity=to_single),
        "float32",
        "gives relative_humidity rounded to single precision",
    ),
    "a result on the way in single precision": (
        "humidity",
        single_exponent,
        "float32",
        "constants, literals or a result on the way in single precision",
    ),
    "constants not rounded as in the original": (
        CONVECTION,
        with_settings(
            CONVECTION,
            parameters={}
            if not kernels.available()
            else kernels.parameters(PROCESSES[CONVECTION], "corrected"),
        ),
        "float32",
        "has constants with all their decimals",
    ),
    "half levels, input": (
        RAIN,
        misread(
            RAIN,
            saturation_specific_humidity=lambda v: (
                0.5 * (v + np.concatenate([v[:, 1:], v[:, -1:]], axis=1))
            ),
        ),
        "half levels for full levels",
        "takes saturation_specific_humidity at the half levels below",
    ),
    "half levels, pressure": (
        "humidity",
        half_levels,
        "half levels for full levels",
        "takes the pressure of the half level below for that of the level",
    ),
    "gravity": (
        CONVECTION,
        rendered(CONVECTION, convective_humidity_flux=lambda v: 9.81 * v),
        "factor",
        "gives convective_humidity_flux times 9.81 (gravity)",
    ),
    "latent heat": (
        "surface_fluxes",
        rendered("surface_fluxes", evaporation=lambda v: v * 2501.0),
        "factor",
        "gives evaporation times 2501 (latent heat in J g-1)",
    ),
    "specific heat": (
        CONVECTION,
        rendered(CONVECTION, convective_dry_static_energy_flux=lambda v: v / 1004.0),
        "factor",
        "gives convective_dry_static_energy_flux divided by 1004 (specific heat)",
    ),
    "a day": (
        "vertical_diffusion",
        rendered("vertical_diffusion", temperature_tendency_vertical_diffusion=lambda v: 86400 * v),
        "K d-1 for K s-1",
        "gives temperature_tendency_vertical_diffusion in K d-1 instead of K s-1",
    ),
    "an hour": (
        RAIN,
        rendered(RAIN, large_scale_precipitation=lambda v: v / 3600.0),
        "factor",
        "gives large_scale_precipitation divided by 3600 (seconds of an hour)",
    ),
    "thickness": (
        RAIN,
        rendered(RAIN, specific_humidity_tendency_condensation=lambda v: v / SIGMA_THICKNESS),
        "factor",
        "divided by the thickness of the level",
    ),
    "surface pressure": (
        RAIN,
        lambda **inputs: (
            (outputs := kernels.run(PROCESSES[RAIN], inputs))
            | {
                "large_scale_precipitation": outputs["large_scale_precipitation"]
                / inputs["normalized_surface_pressure"]
            }
        ),
        "factor",
        "gives large_scale_precipitation divided by normalized_surface_pressure",
    ),
    "a constant": (
        CONVECTION,
        with_settings(CONVECTION, parameters={"constants.latent_heat": 1.01 * 2501.0}),
        "constant of another value",
        "computes as if latent_heat were 2526.01, which is 2501",
    ),
    "a peculiarity left out": (
        RAIN,
        with_settings(RAIN, switches={CAP: False}),
        "peculiarity of the original",
        CAP,
    ),
    "arguments exchanged": (
        CONVECTION,
        lambda **inputs: kernels.run(
            PROCESSES[CONVECTION],
            inputs
            | {
                "specific_humidity": inputs["saturation_specific_humidity"].clip(0.0),
                "saturation_specific_humidity": inputs["specific_humidity"],
            },
        ),
        "arguments exchanged",
        "takes specific_humidity and saturation_specific_humidity for each other",
    ),
    "not computed": (
        RAIN,
        rendered(RAIN, temperature_tendency_condensation=np.zeros_like),
        "constant",
        "gives temperature_tendency_condensation as 0 wherever it is wrong",
    ),
}
