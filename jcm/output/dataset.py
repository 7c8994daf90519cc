"""Fields as CF data sets: coordinates with bounds, units, calendar, cell methods.

Times are numbers of minutes since the start of the run, which are whole for every time step and
for the middle of every period; `xarray.decode_cf` turns them into dates.

References:
    CF conventions 1.11. Specification pages 24 (calendar), 30 (grid), 40 section 2 (sampling).
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from typing import Any

import cftime
import numpy as np
import xarray as xr
from jaxtyping import Int

from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.formulation import ORIGINAL, Formulation
from jcm.output.catalogue import Variable
from jcm.output.request import OutputRequest
from jcm.surface.calendar import MINUTES_PER_STEP
from jcm.vertical_grid import VerticalGrid

Date = datetime.datetime | cftime.datetime
Steps = Int[np.ndarray, " time"] | Int[np.ndarray, "time 2"]

_NEVER_MISSING = {"_FillValue": None}


def _now() -> str:
    return f"{datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H:%M:%SZ} created by jcm"


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunDescription:
    """What the files of a run have in common.

    Attributes:
        start_date: date of step 0; times are counted from it.
        vertical_grid: the model's layers.
        horizontal: the model's columns; by default SPEEDY's of the formulation.
        formulation: decides the calendar; named in the files.
        resolution: truncation and number of layers, as "T30L8"; left out of the files if empty, as
            the three that follow.
        core: name of the dynamical core.
        numerics: how the core steps and damps.
        physics: name of the column physics.
        title: one phrase.
        source: the model and how it was set up (resolution, core, precision).
        history: first line of the audit trail; the present time unless given.
    """

    start_date: Date
    vertical_grid: VerticalGrid = dataclasses.field(default_factory=VerticalGrid.speedy)
    horizontal: GaussianGrid | None = None
    formulation: Formulation = ORIGINAL
    resolution: str = ""
    core: str = ""
    numerics: str = ""
    physics: str = ""
    title: str = "Output of the SPEEDY model in JAX"
    source: str = "jcm"
    history: str = dataclasses.field(default_factory=_now)

    @property
    def columns(self) -> GaussianGrid:
        """Where the columns are."""
        return self.horizontal or GaussianGrid.speedy(self.formulation)

    @property
    def calendar(self) -> str:
        """CF name of the model's calendar."""
        every_fourth = self.formulation.every_fourth_year_is_leap
        return "julian" if every_fourth else "proleptic_gregorian"

    @property
    def time_units(self) -> str:
        """CF units of the time coordinate."""
        d = self.start_date
        return (
            f"minutes since {d.year:04d}-{d.month:02d}-{d.day:02d} {d.hour:02d}:{d.minute:02d}:00"
        )

    def date(self, step: float) -> cftime.datetime:
        """Date `step` time steps after the start, in the model's calendar."""
        return cftime.num2date(step * MINUTES_PER_STEP, self.time_units, self.calendar)

    @property
    def formulation_text(self) -> str:
        """Name of the formulation, or those of its switches that differ from the original."""
        switches = dataclasses.asdict(self.formulation)
        off = sorted(name for name, on in switches.items() if not on)
        if not off:
            return "original"
        if len(off) == len(switches):
            return "corrected"
        return "original without " + ", ".join(off)


def to_dataset(
    fields: Mapping[str, np.ndarray],
    steps: Steps,
    request: OutputRequest,
    run: RunDescription,
) -> xr.Dataset:
    """`fields` as a CF data set with numeric times.

    Args:
        fields: every variable of `request`, `(time, level, longitude, latitude)` or, for maps,
            `(time, longitude, latitude)`; in place of `level` half levels or the pressures of the
            request. The dtype is kept.
        steps: time steps since the start: for snapshots of each record, for means the first and
            the last of each period, its beginning and its end.
        request: what the fields are.
        run: start, calendar, layers, global attributes.

    Returns:
        Variables `(time, level|half_level|pressure, latitude, longitude)`, coordinates with bounds,
        `area_weight`; for monthly output also `year` and `month`. With `surface_pressure` among the
        variables the sigma coordinate says how to compute pressure, as CF asks for.

    Raises:
        ValueError: for fields that are missing, not requested or of the wrong shape, naming the
            variable, what was found and what is expected.
    """
    steps = np.asarray(steps)
    periods = request.statistic == "mean"
    if steps.ndim != 1 + periods or (periods and steps.shape[1] != 2):
        expected = "(time, 2) for means" if periods else "(time,) for snapshots"
        raise ValueError(f"steps must have shape {expected}, got {steps.shape}")
    _check_names(fields, request)
    variables: dict[str, Any] = {}
    for variable in request.declarations:
        shape = (len(steps), *_record_shape(variable, request, run))
        values = np.asarray(fields[variable.name])
        if values.shape != shape:
            raise ValueError(f"{variable.name} has shape {values.shape}, expected {shape}")
        variables[variable.name] = (
            ("time", *_vertical_dimension(variable, request), "latitude", "longitude"),
            values.swapaxes(-1, -2),
            _attributes(variable, request),
            _encoding(values.dtype),
        )
    variables |= _horizontal(run) | _time(steps, request, run)
    kinds = {variable.kind for variable in request.declarations}
    if request.vertical == "pressure" and "level" in kinds:
        variables |= _pressure(request)
    elif "level" in kinds:
        variables |= _sigma("level", "layers", run.vertical_grid.full_level_sigma)
        variables |= _layer_bounds(run.vertical_grid)
    if "half_level" in kinds:
        half = run.vertical_grid.half_level_sigma
        variables |= _sigma("half_level", "boundaries of the layers", half)
    if "surface_pressure" in variables:
        variables |= _formula_terms(variables)
    dataset = xr.Dataset(variables, attrs=global_attributes(run))
    return dataset.set_coords([name for name in ("year", "month") if name in variables])


def empty_dataset(
    request: OutputRequest, run: RunDescription, dtype: np.dtype | type = np.float32
) -> xr.Dataset:
    """What :func:`to_dataset` gives for no records at all: the template of a file."""
    fields = {
        variable.name: np.zeros((0, *_record_shape(variable, request, run)), dtype)
        for variable in request.declarations
    }
    shape = (0, 2) if request.statistic == "mean" else (0,)
    return to_dataset(fields, np.zeros(shape, np.int64), request, run)


def _check_names(fields: Mapping[str, np.ndarray], request: OutputRequest) -> None:
    for name in request.variables:
        if name not in fields:
            raise ValueError(f"the field {name} was requested and is missing")
    for name in fields:
        if name not in request.variables:
            raise ValueError(f"the field {name} was not requested")


def _vertical_dimension(variable: Variable, request: OutputRequest) -> tuple[str, ...]:
    if variable.kind == "surface":
        return ()
    if variable.kind == "level" and request.vertical == "pressure":
        return ("pressure",)
    return (variable.kind,)


def _record_shape(
    variable: Variable, request: OutputRequest, run: RunDescription
) -> tuple[int, ...]:
    """`([level,] longitude, latitude)`."""
    sizes = {
        "level": run.vertical_grid.levels,
        "half_level": run.vertical_grid.levels + 1,
        "pressure": len(request.pressure_levels),
    }
    column = [sizes[dimension] for dimension in _vertical_dimension(variable, request)]
    return (*column, run.columns.longitudes, run.columns.latitudes)


def _attributes(variable: Variable, request: OutputRequest) -> dict[str, str]:
    attributes = {
        "standard_name": variable.standard_name,
        "long_name": variable.long_name,
        "units": variable.units,
        "units_metadata": variable.units_metadata,
        "cell_methods": variable.cell_methods(request.statistic, MINUTES_PER_STEP),
    }
    if _vertical_dimension(variable, request) == ("pressure",):
        attributes["comment"] = "missing below ground; that of the lowest layer near the ground"
    return {name: text for name, text in attributes.items() if text}


def _encoding(dtype: np.dtype) -> dict[str, Any]:
    return {"_FillValue": dtype.type(np.nan)} if dtype.kind == "f" else {}


def _time(steps: np.ndarray, request: OutputRequest, run: RunDescription) -> dict[str, Any]:
    minutes = steps.astype(np.float64) * MINUTES_PER_STEP
    attributes = {
        "standard_name": "time",
        "long_name": "time",
        "units": run.time_units,
        "units_metadata": "leap_seconds: none",
        "calendar": run.calendar,
        "axis": "T",
    }
    if request.statistic == "snapshot":
        return {"time": ("time", minutes, attributes, _NEVER_MISSING)}
    attributes["long_name"] = "middle of the period"
    attributes["bounds"] = "time_bounds"
    variables: dict[str, Any] = {
        "time": ("time", minutes.mean(axis=1), attributes, _NEVER_MISSING),
        "time_bounds": (("time", "bound"), minutes, {}, _NEVER_MISSING),
    }
    if request.every == "month":
        begin = [run.date(step) for step in steps[:, 0].tolist()]
        for part in ("year", "month"):
            numbers = np.array([getattr(date, part) for date in begin], np.int32)
            variables[part] = ("time", numbers, {"long_name": f"calendar {part}"})
    return variables


def _horizontal(run: RunDescription) -> dict[str, Any]:
    grid = run.columns
    return {
        **_axis("latitude", grid.latitude_degrees, grid.latitude_bounds, "degrees_north", "Y"),
        **_axis("longitude", grid.longitude_degrees, grid.longitude_bounds, "degrees_east", "X"),
        "area_weight": (
            "latitude",
            0.5 * grid.quadrature_weight,
            {
                "long_name": "share of a row of cells in the area of the sphere; "
                "area mean = sum over latitude of area_weight x zonal mean",
                "units": "1",
            },
            _NEVER_MISSING,
        ),
    }


def _axis(
    name: str, values: np.ndarray, bounds: np.ndarray, units: str, axis: str
) -> dict[str, Any]:
    attributes = {
        "standard_name": name,
        "long_name": name,
        "units": units,
        "axis": axis,
        "bounds": f"{name}_bounds",
    }
    return {
        name: (name, values, attributes, _NEVER_MISSING),
        f"{name}_bounds": ((name, "bound"), bounds, {}, _NEVER_MISSING),
    }


def _pressure(request: OutputRequest) -> dict[str, Any]:
    attributes = {
        "standard_name": "air_pressure",
        "long_name": "pressure",
        "units": "hPa",
        "axis": "Z",
        "positive": "down",
    }
    values = np.array(request.pressure_levels)
    return {"pressure": ("pressure", values, attributes, _NEVER_MISSING)}


def _sigma(dimension: str, of_what: str, sigma: tuple[float, ...]) -> dict[str, Any]:
    attributes = {
        "standard_name": "atmosphere_sigma_coordinate",
        "long_name": f"pressure / surface pressure, {of_what}",
        "units": "1",
        "axis": "Z",
        "positive": "down",
    }
    if dimension == "level":
        attributes["bounds"] = "level_bounds"
    return {dimension: (dimension, np.array(sigma), attributes, _NEVER_MISSING)}


def _layer_bounds(grid: VerticalGrid) -> dict[str, Any]:
    half = np.array(grid.half_level_sigma)
    bounds = np.stack([half[:-1], half[1:]], axis=1)
    return {"level_bounds": (("level", "bound"), bounds, {}, _NEVER_MISSING)}


def _formula_terms(variables: dict[str, Any]) -> dict[str, Any]:
    """Say how sigma gives pressure, p = p_top + σ (p_s - p_top)."""
    changed: dict[str, Any] = {}
    for name in ("level", "level_bounds", "half_level"):
        if name in variables:
            dimensions, values, attributes, encoding = variables[name]
            terms = {"formula_terms": f"sigma: {name} ps: surface_pressure ptop: top_pressure"}
            if not name.endswith("bounds"):
                terms["computed_standard_name"] = "air_pressure"
            changed[name] = (dimensions, values, attributes | terms, encoding)
    if changed:
        described = {"long_name": "pressure at the top of the model", "units": "Pa"}
        changed["top_pressure"] = ((), 0.0, described, _NEVER_MISSING)
    return changed


def global_attributes(run: RunDescription) -> dict[str, str]:
    """What the files of a run say of it as a whole."""
    attributes = {
        "Conventions": "CF-1.11",
        "title": run.title,
        "source": run.source,
        "resolution": run.resolution,
        "core": run.core,
        "numerics": run.numerics,
        "physics": run.physics,
        "formulation": run.formulation_text,
        "history": run.history,
    }
    return {name: text for name, text in attributes.items() if text}
