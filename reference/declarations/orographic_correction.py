"""Declaration of the orographic corrections of the horizontal diffusion."""

from __future__ import annotations

from reference import variables as v
from reference.formulas import MELTING_TEMPERATURE
from reference.gates import SURFACE_GATES, gate
from reference.process import GoldenFile, Process, Variable

PROCESS = Process(
    name="orographic_correction",
    package="physics",
    spec="15-daily-forcing-and-radiation-constants.md",
    summary="What the horizontal diffusion adds to temperature and humidity over orography.",
    inputs=(
        v.land_fraction,
        Variable(
            name="sea_fraction",
            units="1",
            meaning="fraction of sea; with the land fraction it adds up to 1",
            minimum=0.0,
            maximum=1.0,
        ),
        v.land_surface_temperature,
        v.sea_surface_temperature,
        v.surface_geopotential,
    ),
    outputs=(
        Variable(
            name="temperature_correction",
            units="K",
            meaning="reference lapse rate times the height of the surface",
        ),
        Variable(
            name="mean_surface_temperature",
            units="K",
            meaning="surface temperature, area mean of land and sea",
        ),
        Variable(
            name="sea_level_temperature",
            units="K",
            meaning="surface temperature reduced to geopotential 0",
        ),
        Variable(
            name="surface_pressure_ratio",
            units="1",
            meaning="pressure at the surface divided by that at geopotential 0",
        ),
        Variable(
            name="sea_level_saturation_humidity",
            units="g kg-1",
            meaning="saturation at the reduced temperature and 1e5 Pa",
        ),
        Variable(
            name="surface_saturation_humidity",
            units="g kg-1",
            meaning="saturation at the surface temperature and pressure ratio",
        ),
        Variable(
            name="humidity_correction",
            units="g kg-1",
            meaning="reference relative humidity times the difference of the two",
        ),
    ),
    gates=(
        gate("above_zero", "surface above geopotential 0", lambda c: c["surface_geopotential"] > 0),
        gate("below_zero", "surface below geopotential 0", lambda c: c["surface_geopotential"] < 0),
        gate("at_zero", "surface at geopotential 0", lambda c: c["surface_geopotential"] == 0),
        gate(
            "surface_over_water",
            "saturation over water at the surface",
            lambda c: c["mean_surface_temperature"] >= MELTING_TEMPERATURE,
        ),
        gate(
            "sea_level_over_ice",
            "saturation over ice even at the reduced temperature",
            lambda c: c["sea_level_temperature"] < MELTING_TEMPERATURE,
        ),
        gate(
            "ice_above_water",
            "saturation over ice at the surface, over water at the reduced temperature",
            lambda c: (
                (c["mean_surface_temperature"] < MELTING_TEMPERATURE)
                & (c["sea_level_temperature"] >= MELTING_TEMPERATURE)
            ),
        ),
        *SURFACE_GATES,
    ),
    golden=(
        GoldenFile(
            path="physics/daily_forcing.nc",
            only_outputs=(
                "mean_surface_temperature",
                "sea_level_temperature",
                "surface_pressure_ratio",
                "sea_level_saturation_humidity",
                "surface_saturation_humidity",
                "humidity_correction",
            ),
        ),
        GoldenFile(path="physics/orographic_correction.nc", only_outputs=("humidity_correction",)),
    ),
)
