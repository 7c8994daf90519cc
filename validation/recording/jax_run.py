"""A run of the JAX model that can be watched; see :mod:`validation.recording.seen`."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from jcm.dynamics.packing import unpack
from jcm.model.configuration import Configuration, Inputs
from jcm.model.exchange import state_from_fields
from jcm.model.model import Model
from jcm.model.state import ModelState
from jcm.model.stepping import StepDetails, time_step_apart
from jcm.surface.sst_anomaly_window import sst_anomaly_window
from reference.declarations import PROCESSES
from reference.errors import InputError
from validation.dynamics.runs import STEPS_PER_DAY, Start
from validation.jax_precision import in_precision
from validation.ports import JaxPort
from validation.recording.seen import (
    COLUMNS,
    DAILY_MAPS,
    DAILY_ROWS,
    SHORTWAVE_INTERVAL,
    SLABS,
    SURFACE_STATES,
    Seen,
    Told,
    flags,
    flat,
    rows,
)
from validation.recording.stages import MONTHLY, Arrays
from validation.sequences import KEPT

_DRIVER = PROCESSES["physics_driver"]
_BOUNDARY = ("surface_geopotential", "land_fraction", "orographic_drag_factor")
_SURFACE = ("land_surface_temperature", "soil_water_availability", "sea_surface_temperature")


@functools.partial(jax.jit, static_argnames=("configuration",))
def _step(
    state: ModelState, inputs: Inputs, *, configuration: Configuration
) -> tuple[ModelState, StepDetails]:
    """A step of the model's own loop, and what happened in it."""
    return time_step_apart(state, inputs, configuration=configuration)


class JaxRun:
    """See :class:`validation.recording.seen.Run`.

    Args:
        precision: "float64" or "float32".
    """

    model = "jax"

    def __init__(self, precision: str) -> None:
        self.precision = precision
        self.port = JaxPort(precision)
        self.dtype = np.dtype(precision)
        self.start_date = datetime.datetime(1982, 1, 1)
        self.step = 0
        self._model: Any = None
        self._state: Any = None

    @in_precision
    def begin(self, start: Start) -> None:
        """See the protocol."""
        self.start_date = start.run_start
        try:
            self._model = Model(start_date=start.run_start, dtype=self.precision)
            if start.restart is None:
                self._state = self._model.initial_state()
            else:
                step = int(start.restart["step"])
                self._state = state_from_fields(self._model, start.restart, step)
        except ValueError as error:
            raise InputError(f"the JAX model cannot start: {error}.") from None
        self.step = int(self._state.step)

    @in_precision
    def in_own_precision(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function with JAX's double precision as this run needs it."""
        return function(*arguments)

    @in_precision
    def continue_from(self, model: Model, state: ModelState) -> None:
        """Watch a run that is already under way.

        Args:
            model: any of core "speedy" whose parameters, formulation and gates are the defaults:
                the processes are recorded with these.
            state: between two steps.
        """
        self._model, self._state = model, state
        self.start_date, self.step = model.start_date, int(state.step)

    @in_precision
    def advance(self, steps: int) -> None:
        """See the protocol."""
        for _ in range(steps):
            self._make_step()

    @in_precision
    def watch(self) -> Seen:
        """See the protocol."""
        step, before = self.step, self._state
        details = self._make_step()
        fields = self._model.inputs.boundary.fields
        surface, daily, after = details.surface, details.daily, self._state.surface
        shortwave = step % SHORTWAVE_INTERVAL == 0

        def kept(name: str) -> np.ndarray:
            return _columns(getattr(before.shortwave, name))

        driver = {
            "shortwave_step": np.full(COLUMNS, int(shortwave), np.int32),
            **{name: _columns(values) for name, values in details.grid._asdict().items()},
            **{name: _columns(getattr(fields, name)) for name in _BOUNDARY},
            **{name: _columns(getattr(surface, name)) for name in _SURFACE},
            **{name: _columns(getattr(daily, name)) for name in DAILY_MAPS},
            **{name: rows(getattr(daily, name)) for name in DAILY_ROWS},
            **{entry: kept(name) for name, entry in KEPT.items()},
            "cos_latitude": rows(fields.cos_latitude),
        }
        outputs = {
            v.name: _computed(v.name, _columns(getattr(details.physics, v.name)), shortwave)
            for v in _DRIVER.outputs
        }
        return Seen(
            step=step,
            driver=driver,
            daily=self._daily(details, fields) if step % STEPS_PER_DAY == 0 else None,
            coupling=self._coupling(step, surface, fields),
            driver_outputs=outputs,
            told=self._told(step, daily, after),
            corrections={
                name: np.asarray(unpack(np.asarray(getattr(daily, name))))[0]
                for name in ("temperature_correction", "humidity_correction")
            },
        )

    @in_precision
    def monthly(self) -> Arrays:
        """See the protocol."""
        fields = self._model.inputs.boundary.fields
        return {name: flat(np.asarray(getattr(fields, name)).swapaxes(-1, -2)) for name in MONTHLY}

    def _make_step(self) -> StepDetails:
        before = self._state
        self._state, details = _step(
            before, self._model.inputs, configuration=self._model.configuration
        )
        self.step += 1
        if not np.isfinite(np.asarray(self._state.later.temperature)).all():
            raise InputError(
                f"the run stopped: temperature is not finite after step {self.step - 1}."
            )
        return details

    @staticmethod
    def _daily(details: StepDetails, fields: Any) -> Arrays:
        surface = details.surface
        boundary = ("land_fraction", "sea_fraction", "bare_land_albedo", "surface_geopotential")
        seen = ("snow_depth", "sea_ice_fraction", *_SURFACE)
        return {
            **{name: _columns(getattr(fields, name)) for name in boundary},
            **{name: _columns(getattr(surface, name)) for name in seen},
            "latitude_sine": rows(fields.sin_latitude),
            "latitude_cosine": rows(fields.cos_latitude),
        }

    def _coupling(self, step: int, surface: Any, fields: Any) -> Arrays:
        boundary, date = self._model.inputs.boundary, self.start_date
        start = (date.year, date.month, date.day, date.hour, date.minute)
        window = sst_anomaly_window(*start, step + 1)[1:]
        anomaly = [_columns(boundary.sst_anomaly[int(month) - 1]) for month in window]
        return {
            **flags(COLUMNS, 1 + (step + 1) // STEPS_PER_DAY),
            **{name: _columns(getattr(surface, name)) for name in SURFACE_STATES},
            "ice_fraction_previous": _columns(surface.sea_ice_fraction),
            "ice_temperature_previous": _columns(surface.ice_temperature),
            **{f"sst_anomaly_slot_{i + 1}": values for i, values in enumerate(anomaly)},
            "el_nino_weight": _columns(boundary.slabs.el_nino_weight),
            **{name: _columns(getattr(fields, name)) for name in SLABS},
        }

    @staticmethod
    def _told(step: int, daily: Any, after: Any) -> list[Told]:
        told = []
        if step % STEPS_PER_DAY == 0:
            maps = {name: _columns(getattr(daily, name)) for name in DAILY_MAPS}
            bands = {name: rows(getattr(daily, name)) for name in DAILY_ROWS}
            told += [Told("daily_forcing", name, values) for name, values in maps.items()]
            told += [Told("zonal_forcing", name, values) for name, values in bands.items()]
        land = {
            "land_temperature_state_new": after.land_temperature_state,
            "land_surface_temperature": after.land_surface_temperature,
        }
        sea = {
            "ocean_temperature_state_new": after.ocean_temperature_state,
            "ice_temperature_state_new": after.ice_temperature_state,
            "ice_fraction_state_new": after.ice_fraction_state,
            "sea_surface_temperature": after.sea_surface_temperature,
            "sea_ice_fraction": after.sea_ice_fraction,
            "ice_temperature": after.ice_temperature,
        }
        told += [Told("land_model", name, _columns(values)) for name, values in land.items()]
        return told + [Told("sea_model", name, _columns(values)) for name, values in sea.items()]


def _columns(values: Any) -> np.ndarray:
    """`(longitude, ..., latitude)` as `(column, ...)`."""
    return flat(np.moveaxis(np.asarray(values), 0, -1))


def _computed(name: str, values: np.ndarray, shortwave: bool) -> np.ndarray:
    """An output of the driver; the model holds some from the last short-wave step."""
    variable = _DRIVER.variable(name)
    if shortwave or variable.defined_where is None:
        return values
    return np.full_like(values, -1 if variable.integer else np.nan)
