"""Port to the JAX model; see :mod:`validation.model_ports`."""

from __future__ import annotations

import datetime
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from jcm.formulation import Formulation
from jcm.output import checkpoint
from validation.jax_precision import in_precision
from validation.model_ports import BRANCHES, Arrays, State


class JaxModel:
    """`jcm.Model` with its own boundary data; see :class:`validation.model_ports.ModelPort`."""

    name = "jax"

    def __init__(self, precision: str, formulation: str | Formulation = "original") -> None:
        self.precision = precision
        self._formulation = formulation
        self._models: dict[datetime.datetime, Any] = {}
        self._model: Any = None
        self._state: Any = None
        self._folder = tempfile.TemporaryDirectory(prefix="jcm-validate-")
        self._checkpoints = 0

    @in_precision
    def start_cold(self, start_date: datetime.datetime) -> None:
        """See the protocol."""
        self._make_model(start_date)
        self._state = self._model.initial_state()

    @in_precision
    def start_from(self, restart: State, start_date: datetime.datetime) -> None:
        """See the protocol."""
        from jcm.model.exchange import state_from_fields

        self._make_model(start_date)
        self._state = state_from_fields(self._model, restart, int(restart["step"]))

    @in_precision
    def advance(self, steps: int) -> None:
        """See the protocol."""
        self._state = self._model.advance(self._state, steps=steps)

    @in_precision
    def step_with_branches(self) -> Arrays:
        """See the protocol."""
        physics = self._model.details_of_next_step(self._state).physics
        self.advance(1)
        return {name: np.asarray(getattr(physics, name)).T for name in BRANCHES}

    @in_precision
    def state(self) -> Arrays:
        """See the protocol."""
        from jcm.model.exchange import fields_of_state

        return fields_of_state(self._state)

    @in_precision
    def save(self) -> Any:
        """A checkpoint file, and the start date of its model."""
        self._checkpoints += 1
        path = Path(self._folder.name) / f"{self._checkpoints}.nc"
        checkpoint.save(path, self._state, {})
        return path, self._model.start_date

    @in_precision
    def resume(self, saved: Any) -> None:
        """In a new model, so that nothing can hide in the old one."""
        path, start_date = saved
        self._models.pop(start_date, None)
        self._make_model(start_date)
        self._state, _ = checkpoint.load(path, self._model.initial_state())

    def _make_model(self, start_date: datetime.datetime) -> None:
        from jcm.model.model import Model

        if start_date not in self._models:
            self._models[start_date] = Model(
                start_date=start_date, formulation=self._formulation, dtype=self.precision
            )
        self._model = self._models[start_date]
