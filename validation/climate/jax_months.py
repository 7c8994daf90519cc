"""The JAX model, month by month."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path

import jax.numpy as jnp
import numpy as np

from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.model import loop
from jcm.model.accumulation import Selection, means, no_samples
from jcm.model.exchange import state_from_fields
from jcm.model.ledger import empty_ledger
from jcm.model.model import Model
from jcm.model.range import RangeError
from jcm.model.state import ModelState
from jcm.output import checkpoint
from jcm.output.catalogue import VARIABLES
from validation.climate.catalogue import QUANTITIES
from validation.climate.model_options import Value, model_from_options
from validation.climate.models import RunStoppedError


class JaxMonths:
    """See :class:`validation.climate.models.MonthlyModel`."""

    def __init__(
        self,
        precision: str,
        formulation: Mapping[str, bool],
        core: str = "speedy",
        options: Mapping[str, Value] | None = None,
    ) -> None:
        self._choices = (core, precision, formulation, options or {})
        self._model: Model
        self._state: ModelState
        self._selection: Selection

    @property
    def horizontal(self) -> GaussianGrid:
        """See the protocol."""
        return self._model.configuration.core.horizontal

    def start_cold(self, date: datetime.datetime) -> None:
        """See the protocol."""
        self._make(date)
        self._state = self._model.initial_state()

    def start_from(
        self, fields: Mapping[str, np.ndarray], step: int, date: datetime.datetime
    ) -> None:
        """See the protocol."""
        self._make(date)
        self._state = state_from_fields(self._model, fields, step)

    def month(self, steps: int) -> dict[str, np.ndarray]:
        """See the protocol."""
        model, selection = self._model, self._selection
        advanced = loop.advance(
            self._state,
            (no_samples(selection, model.configuration, model.dtype),),
            empty_ledger(model.dtype),
            model.inputs,
            jnp.asarray(steps, jnp.int32),
            configuration=model.configuration,
            selections=(selection,),
        )
        try:
            model.check_range(self._state, advanced)
        except RangeError as error:
            raise RunStoppedError(str(error)) from error
        self._state = advanced.state
        found = means(
            advanced.sums[0], model.inputs, selection=selection, configuration=model.configuration
        )
        # From (longitude, [level,] latitude).
        return {name: np.moveaxis(np.asarray(values), 0, -1) for name, values in found.items()}

    def save(self, path: Path) -> None:
        """See the protocol."""
        checkpoint.save(path, self._state, {})

    def resume(self, path: Path, date: datetime.datetime) -> None:
        """See the protocol."""
        self._make(date)
        self._state, _ = checkpoint.load(path, self._model.state_shapes())

    def _make(self, date: datetime.datetime) -> None:
        self._model = model_from_options(*self._choices, date)
        known = [name for name in QUANTITIES if name in VARIABLES]
        self._selection = Selection.of(tuple(known))
