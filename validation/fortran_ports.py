"""Ports to the Fortran dynamics and model; see :mod:`validation.model_ports`."""

from __future__ import annotations

import datetime
import functools
import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np

from reference import dynamics, kernels
from reference.declarations import PROCESSES
from validation.model_ports import BRANCHES, Arrays, State


class FortranDynamics:
    """:mod:`reference.dynamics`; see :class:`validation.model_ports.DynamicsPort`."""

    name = "fortran"
    precision = "float64"

    def __init__(self, formulation: str = "original") -> None:
        self._formulation = formulation

    def __getattr__(self, operation: str) -> Any:
        """The operations are functions of the same names and arguments."""
        if operation.startswith("_"):
            raise AttributeError(operation)
        function = getattr(dynamics, operation)
        if "formulation" not in inspect.signature(function).parameters:
            return function
        return functools.partial(function, formulation=self._formulation)

    def orographic_corrections(self, **maps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See the protocol."""
        shape = next(iter(maps.values())).shape
        columns = {name: np.asarray(values).reshape(-1) for name, values in maps.items()}
        process = PROCESSES["orographic_correction"]
        found = kernels.run(process, columns, formulation=self._formulation)
        temperature, humidity = (
            dynamics.analysis(np.asarray(found[name]).reshape(shape), formulation=self._formulation)
            for name in ("temperature_correction", "humidity_correction")
        )
        return temperature, humidity


class FortranModel:
    """:class:`reference.model.SpeedyModel` with the boundary data that come with the JAX model.

    Args:
        formulation: "original", "corrected" or single switches.
        flags: of the model, for instance of the coupling.
    """

    name = "fortran"
    precision = "float64"

    def __init__(
        self,
        formulation: str | Mapping[str, bool] = "original",
        flags: Mapping[str, int] | None = None,
    ) -> None:
        self._formulation = formulation
        self._flags = flags
        self._model: Any = None
        self._start_date = datetime.datetime(1982, 1, 1)

    def start_cold(self, start_date: datetime.datetime) -> None:
        """See the protocol."""
        self._make_model(start_date)
        self._model.cold_start()

    def start_from(self, restart: State, start_date: datetime.datetime) -> None:
        """See the protocol."""
        self._make_model(start_date)
        self._model.set_state(dict(restart))

    def advance(self, steps: int) -> None:
        """See the protocol."""
        self._model.advance(steps)

    def step_with_branches(self) -> Arrays:
        """See the protocol."""
        self._model.advance(1)
        physics = self._model.physics_state()
        return {name: physics[name] for name in BRANCHES}

    def state(self) -> Arrays:
        """See the protocol."""
        return self._model.state()

    def save(self) -> Any:
        """See the protocol."""
        return self._model.state(), self._start_date

    def resume(self, saved: Any) -> None:
        """See the protocol."""
        state, start_date = saved
        self.start_from(state, start_date)

    def _make_model(self, start_date: datetime.datetime) -> None:
        from reference.model import SpeedyModel
        from validation.boundary_file import boundary_arrays, formulation_of

        date = start_date
        self._start_date = start_date
        self._model = SpeedyModel(
            boundary_arrays(date.year, date.month, formulation_of(self._formulation)),
            start_date=(date.year, date.month, date.day, date.hour, date.minute),
            formulation=self._formulation,
            flags=self._flags,
        )
