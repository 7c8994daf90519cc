"""Budgets as a CF data set: stocks, fluxes, and what the numerics create or lose.

References:
    See :mod:`jcm.model.ledger`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Float, Int

from jcm.constants import PhysicalConstants
from jcm.model.ledger import KILOGRAM, REFERENCE_TEMPERATURE, Ledger, LedgerStocks
from jcm.output.dataset import RunDescription, global_attributes
from jcm.surface.calendar import MINUTES_PER_STEP

Series = Float[np.ndarray, " time"]

_POINT, _MEAN, _CHANGE = "time: point", "time: mean", ""


class _Described(NamedTuple):
    """Name and attributes of a variable; those without standard name have none in CF."""

    units: str
    long_name: str
    cell_methods: str
    standard_name: str = ""


_VARIABLES = {
    "air_mass": _Described(
        "kg m-2", "mass of air, M", _POINT, "atmosphere_mass_of_air_per_unit_area"
    ),
    "dry_air_mass": _Described("kg m-2", "mass of dry air, M - W", _POINT),
    "water": _Described(
        "kg m-2",
        "water vapour, negative humidity included, W",
        _POINT,
        "atmosphere_mass_content_of_water_vapor",
    ),
    "negative_water": _Described("kg m-2", "part of W from negative humidity", _POINT),
    "enthalpy": _Described("J m-2", "enthalpy of the air, H", _POINT),
    "potential_energy": _Described("J m-2", "surface geopotential times mass of air, Phi", _POINT),
    "kinetic_energy": _Described(
        "J m-2",
        "kinetic energy of the horizontal wind, K",
        _POINT,
        "atmosphere_kinetic_energy_content",
    ),
    "latent_energy": _Described("J m-2", "latent heat of the water vapour, L W", _POINT),
    "total_energy": _Described("J m-2", "total energy, E = H + Phi + K + L W", _POINT),
    "toa_net_radiation": _Described(
        "W m-2",
        "net downward radiation at the top, F_top",
        _MEAN,
        "net_downward_radiative_flux_at_top_of_atmosphere_model",
    ),
    "surface_net_energy": _Described(
        "W m-2", "net downward radiation minus sensible and latent heat, F_surface", _MEAN
    ),
    "evaporation": _Described(
        "kg m-2 s-1", "evaporation, e", _MEAN, "water_evapotranspiration_flux"
    ),
    "precipitation": _Described("kg m-2 s-1", "precipitation, p", _MEAN, "precipitation_flux"),
    "surface_stress_work": _Described(
        "W m-2", "work of the surface stress on the wind of the lowest layer", _MEAN
    ),
    "dry_air_mass_tendency": _Described(
        "kg m-2 s-1", "dry air created by the numerics, dM_d/dt", _CHANGE
    ),
    "dry_air_mass_drift": _Described(
        "kg m-2", "mass of dry air minus that at the beginning of the run", _POINT
    ),
    "water_tendency": _Described("kg m-2 s-1", "change of water, dW/dt", _CHANGE),
    "water_created": _Described(
        "kg m-2 s-1", "water created by the numerics, dW/dt - (e - p)", _CHANGE
    ),
    "water_created_by_physics": _Described(
        "kg m-2 s-1",
        "part of it that tendencies of the physics do not share with its fluxes",
        _CHANGE,
    ),
    "total_energy_tendency": _Described("W m-2", "change of energy, dE/dt", _CHANGE),
    "energy_created": _Described(
        "W m-2", "energy created by the numerics, dE/dt - (F_top - F_surface)", _CHANGE
    ),
    "energy_created_by_physics": _Described(
        "W m-2",
        "part of it that tendencies of the physics do not share with its fluxes, without the work "
        "of the surface stress",
        _CHANGE,
    ),
    "energy_created_by_dynamics": _Described(
        "W m-2",
        "part of it that neither this nor the work of the surface stress explains: transport, "
        "diffusion, filter",
        _CHANGE,
    ),
}


def ledger_table(
    entries: Sequence[Ledger],
    seconds: Series | Sequence[float],
    *,
    constants: PhysicalConstants = PhysicalConstants(),
    reference: LedgerStocks | None = None,
) -> dict[str, Series]:
    """Budgets of some periods in double precision, by name.

    Args:
        entries: one a period.
        seconds: their lengths [s].
        constants: those of the run.
        reference: what the atmosphere held where the drift counts from; the beginning of the first
            period if None.

    Returns:
        Variables of :func:`ledger_dataset`, each `(time,)`.

    Raises:
        ValueError: if there is no period, one has no length, or the numbers of entries and lengths
            differ.
    """
    length = np.asarray(seconds, np.float64)
    if len(entries) == 0 or length.shape != (len(entries),):
        raise ValueError(
            f"ledger has {len(entries)} entries and {length.size} lengths, expected as many of "
            "both and at least one"
        )
    if not (length > 0.0).all():
        worst = int(np.argmin(length))
        raise ValueError(f"entry {worst} of the ledger has {length[worst]} s, expected more than 0")
    end = _absolute([entry.end for entry in entries], constants)
    start = _absolute([entry.start for entry in entries], constants)
    origin = start if reference is None else _absolute([reference], constants)
    flux = {
        name: np.array([getattr(entry.fluxes, name) for entry in entries], np.float64)
        for name in entries[0].fluxes._fields
    }

    def tendency(name: str) -> Series:
        return (end[name] - start[name]) / length

    from_boundaries = flux["toa_net_radiation"] - flux["surface_net_energy"]
    from_surface = flux["evaporation"] - flux["precipitation"]
    energy_created = tendency("total_energy") - from_boundaries
    energy_by_physics = flux["physics_energy"] - from_boundaries
    stress_work = flux["surface_stress_work"]
    return end | {
        "toa_net_radiation": flux["toa_net_radiation"],
        "surface_net_energy": flux["surface_net_energy"],
        "evaporation": flux["evaporation"],
        "precipitation": flux["precipitation"],
        "surface_stress_work": stress_work,
        "dry_air_mass_tendency": tendency("dry_air_mass"),
        "dry_air_mass_drift": end["dry_air_mass"] - origin["dry_air_mass"][0],
        "water_tendency": tendency("water"),
        "water_created": tendency("water") - from_surface,
        "water_created_by_physics": flux["physics_water"] - from_surface,
        "total_energy_tendency": tendency("total_energy"),
        "energy_created": energy_created,
        "energy_created_by_physics": energy_by_physics,
        "energy_created_by_dynamics": energy_created - energy_by_physics - stress_work,
    }


def ledger_dataset(
    steps: Int[np.ndarray, "time 2"],
    entries: Sequence[Ledger],
    run: RunDescription,
    *,
    constants: PhysicalConstants = PhysicalConstants(),
    reference: LedgerStocks | None = None,
) -> xr.Dataset:
    """Budgets of some periods as a CF data set with numeric times.

    Args:
        steps: time steps since the start at the beginning and at the end of each period.
        entries: one a period.
        run: start, calendar, global attributes.
        constants: those of the run.
        reference: see :func:`ledger_table`.

    Returns:
        Global means `(time,)`; `time` is the end of a period, where stocks are those of the
        instant and fluxes means over the period; `time_bounds` has both its ends.

    Raises:
        ValueError: as :func:`ledger_table`.
    """
    minutes = np.asarray(steps, np.float64).reshape(-1, 2) * MINUTES_PER_STEP
    seconds = 60.0 * (minutes[:, 1] - minutes[:, 0])
    table = ledger_table(entries, seconds, constants=constants, reference=reference)
    never_missing = {"_FillValue": None}
    time_attributes = {
        "standard_name": "time",
        "long_name": "end of the period",
        "units": run.time_units,
        "calendar": run.calendar,
        "axis": "T",
        "bounds": "time_bounds",
    }
    coordinates = {"time": ("time", minutes[:, 1], time_attributes, never_missing)}
    variables = {name: ("time", table[name], _attributes(name)) for name in _VARIABLES}
    variables["time_bounds"] = (("time", "bound"), minutes, {}, never_missing)
    return xr.Dataset(
        variables,
        coordinates,
        global_attributes(run) | {"title": "Budgets of the atmosphere"},
    )


def _absolute(stocks: Sequence[LedgerStocks], constants: PhysicalConstants) -> dict[str, Series]:
    """Stocks with the constants that had been taken off, in double precision."""
    held: Mapping[str, Series] = {
        name: np.array([getattr(entry, name) for entry in stocks], np.float64)
        for name in LedgerStocks._fields
    }
    reference_mass = float(constants.reference_pressure) / float(constants.gravity)
    air_mass = held["air_mass"] + reference_mass
    reference_enthalpy = float(constants.specific_heat) * REFERENCE_TEMPERATURE * reference_mass
    enthalpy = held["enthalpy"] + reference_enthalpy
    latent_energy = float(constants.latent_heat) / KILOGRAM * held["water"]
    return {
        "air_mass": air_mass,
        "dry_air_mass": air_mass - held["water"],
        "water": held["water"],
        "negative_water": held["negative_water"],
        "enthalpy": enthalpy,
        "potential_energy": held["potential_energy"],
        "kinetic_energy": held["kinetic_energy"],
        "latent_energy": latent_energy,
        "total_energy": enthalpy
        + held["potential_energy"]
        + held["kinetic_energy"]
        + latent_energy,
    }


def _attributes(name: str) -> dict[str, str]:
    described = _VARIABLES[name]._asdict()
    methods = f"area: mean {described.pop('cell_methods')}".rstrip()
    return {key: text for key, text in {**described, "cell_methods": methods}.items() if text}
