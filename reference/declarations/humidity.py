"""Declaration of the saturation humidity."""

from __future__ import annotations

import numpy as np

from reference import variables as v
from reference.formulas import MELTING_TEMPERATURE
from reference.gates import any_level, gate
from reference.process import GoldenFile, Process, Variable

PROCESS = Process(
    name="humidity",
    package="physics",
    spec="10-humidity.md",
    summary="Saturation specific humidity and relative humidity of air and at the surface.",
    inputs=(
        v.temperature,
        v.specific_humidity,
        v.normalized_surface_pressure,
        v.surface_temperature,
        Variable(
            name="near_surface_relative_humidity",
            units="1",
            meaning="relative humidity to be converted at the surface",
            minimum=0.0,
        ),
    ),
    outputs=(
        v.saturation_specific_humidity,
        v.relative_humidity,
        Variable(
            name="near_surface_specific_humidity",
            units="g kg-1",
            meaning="specific humidity at the surface, from the relative one",
        ),
        Variable(
            name="saturation_specific_humidity_surface",
            units="g kg-1",
            meaning="saturation at surface temperature and surface pressure",
        ),
        Variable(
            name="saturation_specific_humidity_reference",
            units="g kg-1",
            meaning="saturation at surface temperature and 1e5 Pa",
        ),
    ),
    gates=(
        gate(
            "water",
            "saturation over water at some level",
            lambda c: any_level(c["temperature"] >= MELTING_TEMPERATURE),
        ),
        gate(
            "ice",
            "saturation over ice at some level",
            lambda c: any_level(c["temperature"] < MELTING_TEMPERATURE),
        ),
        gate(
            "at_melting_temperature",
            "temperature exactly where ice changes to water",
            lambda c: any_level(c["temperature"] == MELTING_TEMPERATURE),
        ),
        gate(
            "just_below_melting_temperature",
            "temperature the last number below",
            lambda c: any_level(c["temperature"] == np.nextafter(MELTING_TEMPERATURE, 0.0)),
        ),
        gate(
            "surface_over_water",
            "saturation over water at the surface",
            lambda c: c["surface_temperature"] >= MELTING_TEMPERATURE,
        ),
        gate(
            "surface_over_ice",
            "saturation over ice at the surface",
            lambda c: c["surface_temperature"] < MELTING_TEMPERATURE,
        ),
        gate(
            "zero_humidity",
            "a level without any vapour",
            lambda c: any_level(c["specific_humidity"] == 0),
        ),
        gate(
            "supersaturated",
            "relative humidity above 1 at some level",
            lambda c: any_level(c["relative_humidity"] > 1),
        ),
        gate(
            "negative_saturation",
            "vapour pressure at saturation beyond the air pressure",
            lambda c: any_level(c["saturation_specific_humidity"] < 0),
        ),
    ),
    golden=(GoldenFile(path="physics/humidity.nc"),),
)
