"""Declaration of the land model."""

from __future__ import annotations

import dataclasses

from reference import variables as v
from reference.gates import gate
from reference.process import GoldenFile, Process, Variable

#: Inverse heat capacities below this belong to ice sheets [K m2 W-1].
_ICE_SHEET_BELOW = 5.0e-4

PROCESS = Process(
    name="land_model",
    package="surface",
    spec="22-land-model.md",
    summary="A slab of soil or land ice, driven by the heat flux and damped to climatology.",
    inputs=(
        Variable(
            name="land_coupling_flag",
            units="1",
            meaning="1 if the slab drives the atmosphere, 0 if its climatology does",
            integer=True,
            minimum=0,
            maximum=1,
        ),
        v.coupling_day,
        dataclasses.replace(
            v.land_surface_temperature,
            name="land_temperature_state",
            meaning="temperature of the slab before the call",
        ),
        dataclasses.replace(
            v.land_surface_temperature,
            name="land_temperature_climatology",
            meaning="climatology at the date of the call",
        ),
        Variable(name="net_surface_heat_flux_land", units="W m-2", meaning="heat flux into land"),
        Variable(
            name="land_inverse_heat_capacity",
            units="K m2 W-1",
            meaning="length of a call divided by the heat capacity",
            minimum=0.0,
        ),
        Variable(
            name="land_damping_factor",
            units="1",
            meaning="share of the anomaly that survives a call",
            minimum=0.0,
            maximum=1.0,
        ),
    ),
    outputs=(
        Variable(
            name="land_temperature_state_new",
            units="K",
            meaning="temperature of the slab after the call",
        ),
        v.land_surface_temperature,
    ),
    gates=(
        gate("initialisation", "first call", lambda c: c["coupling_day"] == 0),
        gate(
            "coupled",
            "the slab takes a step",
            lambda c: (c["coupling_day"] > 0) & (c["land_coupling_flag"] == 1),
        ),
        gate(
            "climatological",
            "the slab is left alone",
            lambda c: (c["coupling_day"] > 0) & (c["land_coupling_flag"] == 0),
        ),
        gate("no_memory", "too little land for a slab", lambda c: c["land_damping_factor"] == 0),
        gate(
            "ice_sheet",
            "heat capacity of an ice sheet",
            lambda c: c["land_inverse_heat_capacity"] < _ICE_SHEET_BELOW,
        ),
        gate(
            "soil",
            "heat capacity of soil",
            lambda c: c["land_inverse_heat_capacity"] >= _ICE_SHEET_BELOW,
        ),
    ),
    golden=(GoldenFile(path="surface/land_model_step.nc"),),
)
