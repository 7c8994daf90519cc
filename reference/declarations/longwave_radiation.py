"""Declaration of longwave radiation."""

from __future__ import annotations

import dataclasses

import numpy as np

from reference import variables as v
from reference.formulas import half_level
from reference.gates import any_level, gate
from reference.process import Columns, GoldenFile, Process, Variable

#: The table of band shares is entered at temperatures from 99.5 up to, but not including, 400.5 K.
TABLE_RANGE = {"minimum": 99.5, "maximum": float(np.nextafter(400.5, 0.0))}


def _temperature_increments(c: Columns) -> np.ndarray:
    """Differences across the levels 2 to 7 that the gradient correction uses, `(column, 6)`."""
    half = np.stack([half_level(c["temperature"], k) for k in range(7)], axis=1)
    lower = np.concatenate([half[:, 2:], c["temperature"][:, 7:]], axis=1)
    return lower - half[:, 1:]


def table_index(temperature: np.ndarray) -> np.ndarray:
    """Row of the band table, halves rounded up; the table is constant below 200 and above 320 K."""
    return np.clip(np.floor(temperature + 0.5), 200, 320).astype(int)


def _halfway(temperature: np.ndarray) -> np.ndarray:
    return temperature % 1.0 == 0.5


def discrete(c: Columns) -> np.ndarray:
    """Rows of the band table at the eight levels and the surface."""
    return table_index(np.column_stack([c["temperature"], c["surface_temperature"]]))


PROCESS = Process(
    name="longwave_radiation",
    package="physics",
    spec="14-longwave.md",
    summary="Longwave fluxes in four bands, downward and upward pass.",
    inputs=(
        dataclasses.replace(v.temperature, **TABLE_RANGE),
        dataclasses.replace(v.surface_temperature, **TABLE_RANGE),
        Variable(
            name="surface_upward_longwave",
            units="W m-2",
            meaning="longwave emission of the surface, upward, area mean",
            minimum=0.0,
        ),
        v.longwave_transmissivity,
        v.stratospheric_correction,
    ),
    outputs=(
        v.surface_downward_longwave,
        v.surface_net_upward_longwave,
        v.outgoing_longwave,
        Variable(
            name="longwave_absorption",
            units="W m-2",
            meaning="net longwave gain of the layer",
            dimensions=("level",),
        ),
        Variable(
            name="longwave_absorption_downward_pass",
            units="W m-2",
            meaning="longwave gain of the layer in the downward pass alone",
            dimensions=("level",),
        ),
        Variable(
            name="surface_downward_longwave_by_band",
            units="W m-2",
            meaning="downward flux that reaches the surface, before emissivity",
            dimensions=("band",),
        ),
        Variable(
            name="surface_upward_longwave_by_band",
            units="W m-2",
            meaning="upward flux that leaves the surface",
            dimensions=("band",),
        ),
        Variable(
            name="toa_longwave_by_band",
            units="W m-2",
            meaning="upward flux at the top",
            dimensions=("band",),
        ),
        Variable(
            name="blackbody_emission",
            units="W m-2",
            meaning="mean black-body emission of the layer",
            dimensions=("level",),
        ),
        Variable(
            name="emission_gradient",
            units="W m-2",
            meaning="gradient correction of the emission",
            dimensions=("level",),
        ),
    ),
    gates=(
        gate(
            "below_band_table",
            "some level below 199.5 K, where the band shares are constant",
            lambda c: any_level(c["temperature"] < 199.5),
        ),
        gate(
            "above_band_table",
            "some level at 320.5 K or above, where the band shares are constant",
            lambda c: any_level(c["temperature"] >= 320.5),
        ),
        gate(
            "half_integer_temperature",
            "air temperature halfway between two rows of the table",
            lambda c: any_level(_halfway(c["temperature"])),
        ),
        gate(
            "half_integer_surface_temperature",
            "surface temperature halfway between two rows of the table",
            lambda c: _halfway(c["surface_temperature"]),
        ),
        gate(
            "no_gradient_correction",
            "inversion in some layer",
            lambda c: any_level(_temperature_increments(c) <= 0),
        ),
        gate(
            "gradient_correction",
            "temperature increases downward in some layer",
            lambda c: any_level(_temperature_increments(c) > 0),
        ),
        gate(
            "polar_night",
            "polar-night cooling of the top level",
            lambda c: c["stratospheric_correction"][:, 0] > 0,
        ),
        gate(
            "transparent",
            "no layer absorbs anything",
            lambda c: (c["longwave_transmissivity"] == 1).all(axis=(1, 2)),
        ),
        gate(
            "opaque_layer",
            "a layer is black in some band",
            lambda c: any_level(c["longwave_transmissivity"] < 1e-12),
        ),
        gate(
            "surface_gains",
            "the surface absorbs more longwave than it emits",
            lambda c: c["surface_net_upward_longwave"] < 0,
        ),
    ),
    golden=(GoldenFile(path="physics/longwave_radiation.nc"),),
    discrete=discrete,
)
