"""Declaration of the constant fields of the slabs of land, ocean and ice."""

from __future__ import annotations

import math

from reference import variables as v
from reference.declarations.daily_forcing import PROCESS as DAILY_FORCING
from reference.declarations.orographic_correction import PROCESS as OROGRAPHIC_CORRECTION
from reference.gates import gate
from reference.process import GoldenFile, Process, Variable


def _inverse_heat_capacity(name: str, meaning: str) -> Variable:
    return Variable(
        name=name, units="K m2 W-1", meaning=f"length of a call / heat capacity, {meaning}"
    )


def _damping_factor(name: str, meaning: str) -> Variable:
    return Variable(
        name=name, units="1", meaning=f"share of the anomaly that survives a call, {meaning}"
    )


PROCESS = Process(
    name="slab_constants",
    package="surface",
    spec="22-land-model.md, 23-sea-and-ice-model.md",
    summary="Heat capacities and damping of the slabs, weight of anomalies in the Pacific.",
    inputs=(
        Variable(
            name="latitude_radians",
            units="rad",
            meaning="latitude",
            minimum=-math.pi / 2,
            maximum=math.pi / 2,
        ),
        Variable(
            name="longitude", units="degrees_east", meaning="longitude", minimum=0.0, maximum=360.0
        ),
        DAILY_FORCING.variable("bare_land_albedo"),
        v.land_fraction,
        OROGRAPHIC_CORRECTION.variable("sea_fraction"),
    ),
    outputs=(
        Variable(
            name="latitude_degrees_sea_model",
            units="degrees_north",
            meaning="latitude as the sea model knows it",
        ),
        _inverse_heat_capacity("land_inverse_heat_capacity", "soil or land ice"),
        _damping_factor("land_damping_factor", "land"),
        _inverse_heat_capacity("ocean_inverse_heat_capacity", "mixed layer"),
        _inverse_heat_capacity("ice_inverse_heat_capacity", "sea ice"),
        _damping_factor("ocean_damping_factor", "mixed layer"),
        _damping_factor("ice_damping_factor", "sea ice"),
        Variable(name="el_nino_weight", units="1", meaning="weight of observed anomalies"),
    ),
    gates=(
        gate("soil", "heat capacity of soil", lambda c: c["bare_land_albedo"] < 0.4),
        gate("ice_sheet", "heat capacity of an ice sheet", lambda c: c["bare_land_albedo"] > 0.4),
        gate("land_slab", "land enough for a slab", lambda c: c["land_damping_factor"] > 0),
        gate("no_land_slab", "too little land", lambda c: c["land_damping_factor"] == 0),
        gate("sea_slab", "sea enough for a slab", lambda c: c["ocean_damping_factor"] > 0),
        gate("no_sea_slab", "too little sea", lambda c: c["ocean_damping_factor"] == 0),
        gate("pacific_plateau", "full weight", lambda c: c["el_nino_weight"] == 1),
        gate(
            "pacific_edge",
            "weight falling off",
            lambda c: (c["el_nino_weight"] > 0) & (c["el_nino_weight"] < 1),
        ),
        gate("elsewhere", "no weight", lambda c: c["el_nino_weight"] == 0),
    ),
    golden=(GoldenFile(path="surface/boundary_fields.nc", optional=True),),
)
