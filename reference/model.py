"""The whole Fortran model as a Python object: state in, steps, state and means out.

Fields leave it south to north in the order of the files, maps `(latitude, longitude)`, levels first
from the top, spectral fields complex `(..., m, n)` with total wavenumber m + n.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reference.errors import InputError, ModelStoppedError
from reference.kernels import formulation_switches, loaded, model_numbers, text
from reference.model_means import mean_descriptions
from reference.model_state import (
    LATITUDES,
    LEVELS,
    LONGITUDES,
    STEPS_PER_DAY,
    read_state,
    state_values,
    state_variables,
)

ANOMALY_MONTHS = 420

_MAPS = (
    "surface_geopotential_unfiltered",
    "land_fraction",
    "sea_fraction",
    "bare_land_albedo",
    "orographic_drag_factor",
    "land_inverse_heat_capacity",
    "ocean_inverse_heat_capacity",
    "ice_inverse_heat_capacity",
    "land_damping_factor",
    "ocean_damping_factor",
    "ice_damping_factor",
)
_MONTHLY = (
    "land_temperature_monthly",
    "snow_depth_monthly",
    "soil_water_availability_monthly",
    "sea_surface_temperature_monthly",
    "sea_ice_fraction_monthly",
)
#: What a model takes from outside: shapes by name, those of `jcm.boundary.fields.BoundaryFields`.
BOUNDARY_SHAPES: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(_MAPS, (LONGITUDES, LATITUDES)),
    **dict.fromkeys(_MONTHLY, (12, LONGITUDES, LATITUDES)),
    "sst_anomaly": (ANOMALY_MONTHS, LONGITUDES, LATITUDES),
}

#: Flags and their values unless others are given; see fortran_speedy/model/model_parameters.f90.
FLAGS = {
    "land_coupling_flag": 1,
    "ice_coupling_flag": 1,
    "sst_anomaly_coupling_flag": 1,
    "sea_coupling_flag": 0,
    "co2_trend": 0,
    "physics": 1,
    "sppt": 0,
    "sppt_seed": 0,
}

#: Fields of the last step that are not averaged, and the lengths of their vertical axes.
_LAST_STEP = {
    "eastward_wind_tendency": LEVELS,
    "northward_wind_tendency": LEVELS,
    "temperature_tendency": LEVELS,
    "specific_humidity_tendency": LEVELS,
    "sigma_velocity": LEVELS + 1,
    "convection_top_level": 0,
    "precipitation_top_level": 0,
    "cloud_top_level": 0,
}
_BRANCHES = ("convection_top_level", "precipitation_top_level", "cloud_top_level")
#: Another orography differs by more than this share, another precision by less.
_SAME_OROGRAPHY = 1e-5


class SpeedyModel:
    """The Fortran model in double precision. Instances do not disturb each other.

    `advance` and `cold_start` release the interpreter, so that threads run models side by side; one
    model belongs to one thread at a time.

    Args:
        boundary: arrays by the names and shapes of :data:`BOUNDARY_SHAPES`, longitude before
            latitude; others are ignored.
        start_date: year, month, day, hour, minute from which steps are counted; the anomalies of
            sea-surface temperature belong to its year.
        formulation: "original", "corrected", or switches by name, the rest as in the original.
        parameters: numbers that replace the defaults, by the names of
            :func:`reference.kernels.model_numbers`.
        flags: values that replace those of :data:`FLAGS`.
        physics: False for the dynamics alone.

    Raises:
        InputError: for boundary fields that are missing, have another shape or are not finite, for
            unknown names, and for a date that does not exist or lies outside the anomalies.
        ReferenceUnavailableError: if the Fortran was not built.
    """

    def __init__(
        self,
        boundary: Mapping[str, np.ndarray],
        *,
        start_date: Sequence[int] = (1982, 1, 1, 0, 0),
        formulation: str | Mapping[str, bool] = "original",
        parameters: Mapping[str, float] | None = None,
        flags: Mapping[str, int] | None = None,
        physics: bool = True,
    ) -> None:
        fields = {name: _boundary_field(boundary, name) for name in BOUNDARY_SHAPES}
        switches = formulation_switches(formulation)
        numbers = model_numbers(
            "original" if switches["single_precision_constants"] else "corrected"
        )
        numbers = _replaced(numbers, parameters or {}, "parameter")
        self._flags = _replaced(FLAGS, flags or {}, "flag") | ({} if physics else {"physics": 0})
        self.start_date = _date(start_date)
        self._handle = np.zeros(2, dtype=np.int32)
        status, message = loaded().f90wrap_model_facade__create(
            n_numbers=len(numbers),
            n_switches=len(switches),
            numbers=np.array(list(numbers.values())),
            switches=np.array(list(switches.values()), dtype=np.int32),
            flags=np.array(list(self._flags.values()), dtype=np.int32),
            start_date=np.array(self.start_date, dtype=np.int32),
            handle=self._handle,
            **fields,
        )
        if status != 0:
            raise InputError(
                f"no model for start date {self.start_date} and flags {self._flags}: "
                f"{text(message)}."
            )
        weakref.finalize(self, loaded().f90wrap_model_facade__destroy, handle=self._handle)

    def cold_start(self) -> None:
        """Start from the atmosphere at rest (spec 36): both time levels at the start date.

        Raises:
            ModelStoppedError: if a field leaves its range.
        """
        self._check(*loaded().f90wrap_model_facade__cold_start(handle=self._handle))

    def advance(self, steps: int = 1) -> None:
        """Go on by `steps` of 40 minutes.

        Raises:
            InputError: for a negative number of steps.
            ModelStoppedError: if there is no state, or a field leaves its range; names field,
                level, value, step and date. The model must then be started again.
        """
        if steps < 0:
            raise InputError(f"steps is {steps}, expected a number that is not negative.")
        # A day at a time, so that an interruption from the keyboard is heard.
        while steps > 0:
            portion = min(steps, STEPS_PER_DAY)
            result = loaded().f90wrap_model_facade__advance(handle=self._handle, steps=portion)
            self._check(*result)
            steps -= portion

    @property
    def step(self) -> int:
        """Steps since the start date."""
        return self._clock()[0]

    @property
    def date(self) -> tuple[int, ...]:
        """Year, month, day, hour and minute of the state."""
        return self._clock()[1]

    @property
    def counts(self) -> dict[str, int]:
        """Daily updates, short-wave calls and shifts of the anomalies since the start."""
        return dict(
            zip(
                ("forcing_updates", "shortwave_calls", "sst_window_shifts"),
                self._clock()[3],
                strict=True,
            )
        )

    def state(self) -> dict[str, Any]:
        """Everything that is needed to go on bit for bit, also in the middle of a day.

        Returns:
            `vorticity`, `divergence`, `temperature`, `specific_humidity` complex
            `(2, level, m, n)`, `log_normalized_surface_pressure` `(2, m, n)`, first the time level
            of the model date; `surface_geopotential` `(m, n)`; the surface `(latitude, longitude)`;
            `sst_anomaly_slot_file_month` `(3,)`; `step`; `start_date`; and what a restart in the
            middle of a day needs besides.
        """
        step, _, months, _ = self._clock()
        random_state = np.zeros(7)
        loaded().f90wrap_model_facade__get_random_state(handle=self._handle, values=random_state)
        return read_state(self._handle) | {
            "sppt_random_state": random_state,
            "sst_anomaly_slot_file_month": np.array(months, dtype=np.int32),
            "step": step,
            "start_date": np.array(self.start_date, dtype=np.int32),
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Continue from a state as :meth:`state` gives it, or the shorter one between two days.

        Raises:
            InputError: if something that is needed is missing, has another shape or is not finite,
                if the orography is another, or if the run that it comes from started at another
                date.
        """
        if "step" not in state:
            raise InputError("step is missing from the state.")
        step = int(state["step"])
        if step < 0:
            raise InputError(f"step is {step}, expected a number that is not negative.")
        start_date = _date(state.get("start_date", self.start_date))
        if start_date != self.start_date:
            raise InputError(
                f"start_date of the state is {start_date}, expected {self.start_date}, "
                "that of the model."
            )
        months = np.asarray(_given(state, "sst_anomaly_slot_file_month"), dtype=np.int32)
        # Without anomalies there are no months.
        least = 1 if self._flags["sst_anomaly_coupling_flag"] else 0
        if months.shape != (3,) or months.min() < least or months.max() > ANOMALY_MONTHS:
            raise InputError(
                f"sst_anomaly_slot_file_month is {months.tolist()}, expected three months from "
                f"{least} to {ANOMALY_MONTHS}."
            )
        # Everything is checked before anything is changed.
        writes = []
        for variable in state_variables():
            values = state_values(state, variable, step)
            if values is not None:
                writes.append((variable, values))
        self._check_orography(state)
        random_state = np.asarray(state.get("sppt_random_state", np.zeros(0)), dtype=float)
        if random_state.shape not in ((7,), (0,)):
            raise InputError(f"sppt_random_state has shape {random_state.shape}, expected (7,).")
        loaded().f90wrap_model_facade__clear(handle=self._handle)
        for variable, values in writes:
            variable.write(self._handle, values)
        if random_state.size:
            loaded().f90wrap_model_facade__set_random_state(
                handle=self._handle, values=random_state
            )
        loaded().f90wrap_model_facade__set_clock(handle=self._handle, step=step, file_months=months)

    def grid(self) -> dict[str, np.ndarray]:
        """The atmosphere at the model date.

        Returns:
            `eastward_wind`, `northward_wind` [m s-1], `temperature` [K], `specific_humidity`
            [g kg-1] and `geopotential` [m2 s-2] `(level, latitude, longitude)`, and
            `log_normalized_surface_pressure` [1] `(latitude, longitude)`.
        """
        names = ("eastward_wind", "northward_wind", "temperature", "specific_humidity")
        shapes = dict.fromkeys((*names, "geopotential"), (LONGITUDES, LATITUDES, LEVELS))
        shapes["log_normalized_surface_pressure"] = (LONGITUDES, LATITUDES)
        arrays = {name: np.zeros(shape, order="F") for name, shape in shapes.items()}
        loaded().f90wrap_model_facade__get_grid(handle=self._handle, **arrays)
        return {name: np.ascontiguousarray(values.T) for name, values in arrays.items()}

    def physics_state(self) -> dict[str, np.ndarray]:
        """What the physics computed in the last step.

        Returns:
            Maps by the names of the means, in the units of the column physics (water in g m-2 s-1);
            `convection_top_level`, `precipitation_top_level`, `cloud_top_level` (8 = none), as
            integers; tendencies by process and in total, per second; `sigma_velocity`.
        """
        maps = {d.name: 0 for d in mean_descriptions() if d.is_map and not d.is_moment}
        result = {}
        for name, levels in (maps | _LAST_STEP).items():
            shape = (levels, LATITUDES, LONGITUDES) if levels else (LATITUDES, LONGITUDES)
            values = self._of_last_step(name, shape)
            result[name] = values.astype(np.int32) if name in _BRANCHES else values
        processes = [d.name for d in mean_descriptions() if "_tendency_" in d.name]
        shape = (LATITUDES, LONGITUDES, len(processes), LEVELS)
        tendencies = np.moveaxis(self._of_last_step("process_tendencies", shape), (2, 3), (0, 1))
        return result | dict(zip(processes, np.ascontiguousarray(tendencies), strict=True))

    def _of_last_step(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        values = np.zeros(int(np.prod(shape)))
        found = loaded().f90wrap_model_facade__get_last_step(
            handle=self._handle, name=name, n_values=len(values), values=values
        )
        if not found:
            raise InputError(f"the Fortran model has no field {name} of shape {shape}.")
        return values.reshape(shape)

    def range(self) -> dict[str, np.ndarray]:
        """What the range check looks at (spec 27.5), of the later time level, `(level,)`."""
        names = ("mean_temperature", "rotational_energy", "divergent_energy")
        values = {name: np.zeros(LEVELS) for name in names}
        loaded().f90wrap_model_facade__get_range(handle=self._handle, **values)
        return values

    def start_means(self) -> None:
        """Forget all samples; from now on maps are sampled in every step, levels in every sixth."""
        loaded().f90wrap_model_facade__start_means(handle=self._handle)

    def means(self) -> dict[str, np.ndarray]:
        """Means and central moments since :meth:`start_means`.

        Returns:
            `(latitude, longitude)`, `(level, latitude, longitude)` or `(half level, ...)` by the
            names and in the units of :func:`reference.model_means.mean_descriptions`.

        Raises:
            InputError: if there is no sample.
        """
        of_maps, of_levels = loaded().f90wrap_model_facade__count_samples(handle=self._handle)
        if of_maps == 0 or of_levels == 0:
            raise InputError(
                f"there are {of_maps} samples of maps and {of_levels} of levels, expected some of "
                "each: call start_means before at least six steps with physics."
            )
        result = {}
        for description in mean_descriptions():
            levels = max(description.levels, 1)
            values = np.zeros((LONGITUDES, LATITUDES, levels), order="F")
            loaded().f90wrap_model_facade__get_mean(
                handle=self._handle, place=description.place, n_levels=levels, values=values
            )
            turned = np.ascontiguousarray(values.T)
            result[description.name] = turned if description.levels else turned[0]
        return result

    def _clock(self) -> tuple[int, tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        date, months, counts = (np.zeros(n, dtype=np.int32) for n in (5, 3, 3))
        step = loaded().f90wrap_model_facade__get_clock(
            handle=self._handle, date=date, file_months=months, counts=counts
        )
        return int(step), tuple(date.tolist()), tuple(months.tolist()), tuple(counts.tolist())

    def _check(self, status: int, message: bytes | str) -> None:
        if status != 0:
            raise ModelStoppedError(f"{text(message)}.")

    def _check_orography(self, state: Mapping[str, Any]) -> None:
        (variable,) = (v for v in state_variables() if v.name == "surface_geopotential")
        own = variable.read(self._handle)
        given = np.asarray(state.get("surface_geopotential", own))
        difference = np.abs(own - given).max()
        if difference > _SAME_OROGRAPHY * max(np.abs(own).max(), np.abs(given).max()):
            raise InputError(
                f"surface_geopotential of the state differs by up to {difference:.3g} m2 s-2 from "
                "that of the boundary data: it belongs to another orography."
            )


def _given(mapping: Mapping[str, Any], name: str) -> Any:
    if name not in mapping:
        raise InputError(f"{name} is missing from the state.")
    return mapping[name]


def _boundary_field(boundary: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    """A boundary field as the Fortran takes it, months last."""
    if name not in boundary:
        raise InputError(f"boundary field {name} is missing.")
    values, shape = np.asarray(boundary[name]), BOUNDARY_SHAPES[name]
    if values.shape != shape:
        raise InputError(f"boundary field {name} has shape {values.shape}, expected {shape}.")
    if not np.isfinite(values).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
        raise InputError(
            f"boundary field {name} is {values[place]} at index {place}, expected a finite number."
        )
    if values.ndim == 3:
        values = np.moveaxis(values, 0, -1)
    return np.asfortranarray(values, dtype=np.float64)


def _replaced(defaults: Mapping[str, Any], given: Mapping[str, Any], what: str) -> dict[str, Any]:
    for name in given:
        if name not in defaults:
            raise InputError(
                f"the Fortran model has no {what} {name!r}, expected one of {sorted(defaults)}."
            )
    return {name: given.get(name, value) for name, value in defaults.items()}


def _date(values: Sequence[int]) -> tuple[int, ...]:
    date = tuple(int(value) for value in values)
    if len(date) != 5:
        raise InputError(f"start_date is {date}, expected year, month, day, hour and minute.")
    return date
