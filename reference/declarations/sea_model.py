"""Declaration of the sea and sea-ice model."""

from __future__ import annotations

import numpy as np

from reference import variables as v
from reference.formulas import SEA_FREEZING_TEMPERATURE
from reference.gates import gate, value_gates
from reference.process import Columns, GoldenFile, Process, Variable


def _flag(name: str, meaning: str, maximum: int) -> Variable:
    return Variable(name=name, units="1", meaning=meaning, integer=True, minimum=0, maximum=maximum)


def _fraction(name: str, meaning: str) -> Variable:
    return Variable(name=name, units="1", meaning=meaning, minimum=0.0, maximum=1.0)


def _kelvin(name: str, meaning: str) -> Variable:
    return Variable(name=name, units="K", meaning=meaning)


def _temperature(name: str, meaning: str) -> Variable:
    """Slab temperatures start from 0 K where the slab is not used."""
    return Variable(
        name=name, units="K", meaning=meaning, minimum=0.0, maximum=v.HIGHEST_TEMPERATURE
    )


def _inverse_heat_capacity(name: str, meaning: str) -> Variable:
    return Variable(
        name=name,
        units="K m2 W-1",
        meaning=f"length of a call divided by the heat capacity of {meaning}",
        minimum=0.0,
    )


def _warm(c: Columns) -> np.ndarray:
    return c["interpolated_sst"] > SEA_FREEZING_TEMPERATURE


def _slab_runs(c: Columns) -> np.ndarray:
    return (c["coupling_day"] > 0) & ((c["sea_coupling_flag"] > 0) | (c["ice_coupling_flag"] > 0))


def _anomaly_used(c: Columns) -> np.ndarray:
    return (c["sst_anomaly_coupling_flag"] == 1) | (c["sea_coupling_flag"] == 4)


PROCESS = Process(
    name="sea_model",
    package="surface",
    spec="23-sea-and-ice-model.md",
    summary="Sea-surface temperature and sea ice seen by the atmosphere, with slabs of both.",
    inputs=(
        _flag(
            "sea_coupling_flag",
            "0, 1 prescribed; 2 slab; 3 slab anomaly; 4 the same, observed in the El Nino region",
            4,
        ),
        _flag("ice_coupling_flag", "0 climatological ice, 1 ice temperature of the slab", 1),
        _flag("sst_anomaly_coupling_flag", "1 if observed anomalies are added", 1),
        v.coupling_day,
        v.month_fraction,
        _temperature("interpolated_sst", "surface climatology of sea and ice at the date"),
        _fraction("interpolated_sea_ice_fraction", "climatology of the ice fraction at the date"),
        _kelvin("sst_anomaly_slot_1", "observed anomaly of the previous month"),
        _kelvin("sst_anomaly_slot_2", "observed anomaly of the month"),
        _kelvin("sst_anomaly_slot_3", "observed anomaly of the next month"),
        _temperature("interpolated_ocean_model_sst", "climatology of the ocean model at the date"),
        _fraction("el_nino_weight", "weight of observed anomalies, used by flag 4"),
        _temperature("ocean_temperature_state", "temperature of the slab ocean before the call"),
        _temperature("ice_temperature_state", "temperature of the ice slab before the call"),
        _fraction("ice_fraction_state", "ice fraction before the call"),
        _fraction("ice_fraction_previous", "ice fraction the atmosphere saw before the call"),
        _temperature(
            "ice_temperature_previous", "ice temperature the atmosphere saw before the call"
        ),
        Variable(
            name="net_surface_heat_flux_sea",
            units="W m-2",
            meaning="heat flux into the sea; it gains what turbulence takes from it",
        ),
        Variable(
            name="sensible_heat_flux_sea",
            units="W m-2",
            meaning="sensible heat flux over sea, upward positive",
        ),
        Variable(
            name="evaporation_sea",
            units="g m-2 s-1",
            meaning="flux of water vapour over sea, upward positive",
        ),
        v.surface_downward_shortwave,
        _inverse_heat_capacity("ocean_inverse_heat_capacity", "the mixed layer"),
        _inverse_heat_capacity("ice_inverse_heat_capacity", "the ice"),
        _fraction("ocean_damping_factor", "share of the ocean anomaly that survives a call"),
        _fraction("ice_damping_factor", "share of a small ice anomaly that survives a call"),
    ),
    outputs=(
        _temperature("sst_climatology", "climatology of open water"),
        _fraction("sea_ice_fraction_climatology", "climatology of the ice fraction, adjusted"),
        _temperature("ice_temperature_climatology", "climatology of the ice temperature"),
        _kelvin("sst_anomaly_observed", "observed anomaly at the date, 0 if not used"),
        _temperature("ocean_model_sst_climatology", "climatology of the ocean model, adjusted"),
        _temperature("ocean_temperature_state_new", "temperature of the slab ocean after the call"),
        _temperature("ice_temperature_state_new", "temperature of the ice slab after the call"),
        _fraction("ice_fraction_state_new", "ice fraction after the call"),
        _kelvin("sst_anomaly", "difference from the climatology of open water"),
        v.sea_surface_temperature,
        v.sea_ice_fraction,
        _temperature("ice_temperature", "ice temperature seen by the atmosphere"),
        v.sea_surface_temperature_second,
    ),
    gates=(
        gate(
            "warm_without_ice",
            "above freezing, no ice",
            lambda c: _warm(c) & (c["interpolated_sea_ice_fraction"] == 0),
        ),
        gate(
            "warm_with_ice",
            "above freezing with ice",
            lambda c: _warm(c) & (c["interpolated_sea_ice_fraction"] > 0),
        ),
        gate(
            "warm_ice_capped",
            "above freezing, ice reduced to one half",
            lambda c: _warm(c) & (c["interpolated_sea_ice_fraction"] > 0.5),
        ),
        gate("cold", "at or below freezing", lambda c: ~_warm(c)),
        gate(
            "cold_ice_raised",
            "at or below freezing, ice raised to one half",
            lambda c: ~_warm(c) & (c["interpolated_sea_ice_fraction"] < 0.5),
        ),
        gate(
            "at_freezing",
            "exactly at freezing",
            lambda c: c["interpolated_sst"] == SEA_FREEZING_TEMPERATURE,
        ),
        *value_gates("sea_coupling_flag", range(5), "sea_flag", "sea coupling flag"),
        *value_gates("ice_coupling_flag", range(2), "ice_flag", "ice coupling flag"),
        *value_gates(
            "sst_anomaly_coupling_flag", range(2), "anomaly_flag", "anomaly coupling flag"
        ),
        gate("initialisation", "first call", lambda c: c["coupling_day"] == 0),
        gate("slabs_run", "the slabs take a step", _slab_runs),
        gate(
            "slabs_idle",
            "a later call that leaves the slabs alone",
            lambda c: (c["coupling_day"] > 0) & ~_slab_runs(c),
        ),
        gate(
            "no_memory",
            "too little sea for a slab",
            lambda c: (c["ocean_damping_factor"] == 0) & _slab_runs(c),
        ),
        gate(
            "el_nino_region",
            "observed anomalies in part",
            lambda c: (c["sea_coupling_flag"] == 4) & (c["el_nino_weight"] > 0),
        ),
        gate(
            "anomaly_of_first_half",
            "anomaly between the previous month and this one",
            lambda c: _anomaly_used(c) & (c["month_fraction"] <= 0.5),
        ),
        gate(
            "anomaly_of_second_half",
            "anomaly between this month and the next one",
            lambda c: _anomaly_used(c) & (c["month_fraction"] > 0.5),
        ),
        gate("leap_day", "29 February", lambda c: c["month_fraction"] > 1),
    ),
    golden=(GoldenFile(path="surface/sea_model_step.nc"),),
    discrete=lambda c: _warm(c)[:, np.newaxis],
)
