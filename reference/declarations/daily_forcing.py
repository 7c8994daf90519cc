"""Declaration of snow cover and albedos."""

from __future__ import annotations

from reference import variables as v
from reference.formulas import single
from reference.gates import SURFACE_GATES, gate
from reference.process import GoldenFile, Process, Variable

PROCESS = Process(
    name="daily_forcing",
    package="physics",
    spec="15-daily-forcing-and-radiation-constants.md",
    summary="Snow cover and the albedos of land, sea and both.",
    inputs=(
        Variable(
            name="snow_depth", units="mm", meaning="depth of snow, water equivalent", minimum=0.0
        ),
        v.sea_ice_fraction,
        Variable(
            name="bare_land_albedo",
            units="1",
            meaning="albedo of land without snow",
            minimum=0.0,
            maximum=1.0,
        ),
        v.land_fraction,
    ),
    outputs=(v.snow_cover, v.land_albedo, v.sea_albedo, v.surface_albedo),
    gates=(
        gate("no_snow", "no snow", lambda c: c["snow_depth"] == 0),
        gate(
            "partial_snow",
            "snow below 60 mm",
            lambda c: (c["snow_depth"] > 0) & (c["snow_depth"] < 60),
        ),
        gate("full_snow", "snow of 60 mm or more", lambda c: c["snow_depth"] >= 60),
        gate(
            "snow_darkens",
            "snow on land brighter than snow",
            lambda c: (c["bare_land_albedo"] > single(0.6)) & (c["snow_depth"] > 0),
        ),
        gate("sea_ice", "some sea ice", lambda c: c["sea_ice_fraction"] > 0),
        gate("no_sea_ice", "no sea ice", lambda c: c["sea_ice_fraction"] == 0),
        *SURFACE_GATES,
    ),
    golden=(GoldenFile(path="physics/daily_forcing.nc"),),
)
