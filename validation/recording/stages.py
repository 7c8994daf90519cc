"""The processes of a step one after the other, each on what the ones before it left.

What lies between the processes is arithmetic of a line (spec 16, section 3): clipping of humidity,
dry static energy, relative humidity. It is done here in the precision of the inputs; all else is
done by the implementation that is asked.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping

import numpy as np

from reference.declarations import PROCESSES
from reference.formulas import SPECIFIC_HEAT
from reference.process import Process

Arrays = dict[str, np.ndarray]
Columns = Mapping[str, np.ndarray]
#: Runs a process, given its name and inputs by name, `(column, *inner dimensions)`.
Runner = Callable[[str, Columns], Columns]

#: Monthly fields of the surface and the kind of interpolation that each is given.
MONTHLY = {
    "land_temperature_monthly": "five_point",
    "snow_depth_monthly": "linear",
    "soil_water_availability_monthly": "linear",
    "sea_surface_temperature_monthly": "five_point",
    "sea_ice_fraction_monthly": "linear",
}
#: Processes of the physics driver in their order.
PHYSICS_SEQUENCE = (
    "humidity",
    "convection",
    "large_scale_condensation",
    "clouds",
    "shortwave_radiation",
    "surface_fluxes",
    "longwave_radiation",
    "vertical_diffusion",
)
#: Processes of the daily update, besides the calendar, and of the coupling.
DAILY = ("zonal_forcing", "daily_forcing", "orographic_correction")
COUPLING = ("calendar", "sst_anomaly_window", "interpolation", "land_model", "sea_model")
#: Processes that a step without short-wave radiation leaves out.
SHORTWAVE_ONLY = ("clouds", "shortwave_radiation")

_exp = np.frompyfunc(math.exp, 1, 1)


@dataclasses.dataclass(frozen=True)
class Stage:
    """One process of the sequence.

    Attributes:
        process: the declaration.
        inputs, outputs: by declared name, `(column, *inner dimensions)`.
    """

    process: Process
    inputs: Arrays
    outputs: Arrays

    @property
    def complete(self) -> Arrays:
        """Inputs and outputs."""
        return {**self.inputs, **self.outputs}


def exponential(values: np.ndarray) -> np.ndarray:
    """Exponential of `values`, in double precision that of the C library, which Fortran calls."""
    if values.dtype == np.float64:
        return _exp(values).astype(np.float64)
    return np.exp(values)


def stage(run: Runner, name: str, given: Columns) -> Stage:
    """Run one process on its inputs, picked from `given` by their declared names."""
    process = PROCESSES[name]
    inputs = {v.name: np.asarray(given[v.name]) for v in process.inputs}
    outputs = run(name, inputs)
    # A port may give more than was asked for.
    declared = {v.name: np.asarray(outputs[v.name]) for v in process.outputs if v.name in outputs}
    return Stage(process, inputs, declared)


def physics_stages(run: Runner, driver: Columns) -> list[Stage]:
    """The column processes in the order of the physics driver.

    Args:
        run: the implementation.
        driver: inputs of `physics_driver`; `shortwave_step` must be the same in all columns.

    Returns:
        One stage per process; without short-wave radiation neither clouds nor short wave.

    Raises:
        ValueError: if `shortwave_step` differs between columns.
    """
    due = np.unique(driver["shortwave_step"])
    if len(due) != 1:
        raise ValueError("columns with and without short-wave radiation in one sequence")
    stages: list[Stage] = []
    known: Arrays = {name: np.asarray(values) for name, values in driver.items()}

    def then(name: str) -> None:
        done = stage(run, name, known)
        stages.append(done)
        known.update(done.outputs)

    known["normalized_surface_pressure"] = exponential(known["log_normalized_surface_pressure"])
    known["specific_humidity"] = np.maximum(known["specific_humidity"], 0.0)
    land, sea = known["land_surface_temperature"], known["sea_surface_temperature"]
    known["surface_temperature"] = sea + known["land_fraction"] * (land - sea)
    # The conversion at the surface is no part of a step: it is given the humidity of the lowest
    # level.
    known["near_surface_relative_humidity"] = np.zeros_like(sea)
    levels = stage(run, "humidity", known)
    known["near_surface_relative_humidity"] = levels.outputs["relative_humidity"][:, -1]
    then("humidity")
    known["dry_static_energy"] = SPECIFIC_HEAT * known["temperature"] + known["geopotential"]
    then("convection")
    then("large_scale_condensation")
    if due[0]:
        s, φ = known["dry_static_energy"], known["geopotential"]
        gradient = (s[:, -2] - s[:, -1]) / (φ[:, -2] - φ[:, -1])
        known["dry_static_energy_gradient"] = gradient
        for name in SHORTWAVE_ONLY:
            then(name)
    else:
        kept = [name for name in known if name.endswith("_in")]
        known |= {name.removesuffix("_in"): known[name] for name in kept}
    # The surface fluxes need the downward pass, which does not depend on the surface.
    known["surface_upward_longwave"] = np.zeros_like(sea)
    downward = stage(run, "longwave_radiation", known)
    known["surface_downward_longwave"] = downward.outputs["surface_downward_longwave"]
    # With prescribed temperature of the sea there is no second call for the sea alone.
    known["sea_surface_temperature_second"] = known["sea_surface_temperature"]
    drag = known["orographic_drag_factor"]
    then("surface_fluxes")
    known["orographic_drag_factor"] = drag
    known["surface_upward_longwave"] = known["surface_upward_longwave"][:, -1]
    then("longwave_radiation")
    then("vertical_diffusion")
    return stages


def driver_stage(run: Runner, driver: Columns) -> Stage:
    """The whole physics driver as one process."""
    return stage(run, "physics_driver", driver)


def daily_stages(run: Runner, date: Columns, given: Columns) -> list[Stage]:
    """The processes of the daily update.

    Args:
        run: the implementation.
        date: inputs of `calendar` at the beginning of the step, one row.
        given: maps of boundary and surface by the names of the declarations.
    """
    calendar = stage(run, "calendar", date)
    columns = len(given["land_fraction"])
    year_fraction = np.repeat(calendar.outputs["year_fraction"], columns)
    known = {**given, "year_fraction": year_fraction}
    return [calendar, *(stage(run, name, known) for name in DAILY)]


def coupling_stages(run: Runner, date: Columns, given: Columns, monthly: Columns) -> list[Stage]:
    """The processes of a coupling call, at the end of a step.

    Args:
        run: the implementation.
        date: inputs of `calendar` at the end of the step, one row.
        given: flags, slabs, states and fluxes by the names of the declarations.
        monthly: the fields of :data:`MONTHLY`, `(column, 12)`.

    Returns:
        Calendar, window of anomalies (without anomalies none), one interpolation per field of
        `MONTHLY`, land, sea.
    """
    calendar = stage(run, "calendar", date)
    stages = [calendar]
    if given["sst_anomaly_coupling_flag"].any():
        stages.append(stage(run, "sst_anomaly_window", date))
    columns = len(given["land_damping_factor"])
    today = {
        "month": np.repeat(calendar.outputs["month_index"], columns),
        "day": np.repeat(calendar.outputs["day"], columns),
    }
    interpolated = {}
    for name, kind in MONTHLY.items():
        done = stage(run, "interpolation", today | {"monthly_values": monthly[name]})
        stages.append(done)
        interpolated[name] = done.outputs[kind]
    fraction = np.repeat(calendar.outputs["month_fraction"], columns)
    known = {
        **given,
        "month_fraction": fraction,
        "land_temperature_climatology": interpolated["land_temperature_monthly"],
        "interpolated_sst": interpolated["sea_surface_temperature_monthly"],
        "interpolated_sea_ice_fraction": interpolated["sea_ice_fraction_monthly"],
        "interpolated_ocean_model_sst": np.zeros_like(fraction),
    }
    return [*stages, stage(run, "land_model", known), stage(run, "sea_model", known)]
