"""The Fortran model, month by month."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from jcm.dynamics.gaussian_grid import GaussianGrid
from reference.model import ModelStoppedError, SpeedyModel
from validation.boundary_file import boundary_arrays, formulation_of
from validation.climate.models import RunStoppedError


class FortranMonths:
    """See :class:`validation.climate.models.MonthlyModel`."""

    def __init__(self, formulation: Mapping[str, bool]) -> None:
        self._formulation = dict(formulation)
        self._model: SpeedyModel

    @property
    def horizontal(self) -> GaussianGrid:
        """See the protocol."""
        return GaussianGrid.speedy(formulation_of(self._formulation))

    def start_cold(self, date: datetime.datetime) -> None:
        """See the protocol."""
        self._make(date)
        self._model.cold_start()

    def start_from(
        self, fields: Mapping[str, np.ndarray], step: int, date: datetime.datetime
    ) -> None:
        """See the protocol."""
        self._make(date)
        self._model.set_state({**fields, "step": step})

    def month(self, steps: int) -> dict[str, np.ndarray]:
        """See the protocol."""
        self._model.start_means()
        try:
            self._model.advance(steps)
        except ModelStoppedError as error:
            raise RunStoppedError(str(error)) from error
        return self._model.means()

    def save(self, path: Path) -> None:
        """See the protocol."""
        with path.open("wb") as file:
            np.savez(file, **self._model.state())

    def resume(self, path: Path, date: datetime.datetime) -> None:
        """See the protocol."""
        self._make(date)
        with np.load(path) as saved:
            self._model.set_state({name: saved[name] for name in saved.files})

    def _make(self, date: datetime.datetime) -> None:
        self._model = SpeedyModel(
            boundary_arrays(date.year, date.month, formulation_of(self._formulation)),
            start_date=(date.year, date.month, date.day, date.hour, date.minute),
            formulation=self._formulation or "original",
        )
