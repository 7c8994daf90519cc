"""The models of the consistency test: a state in, means over a short run out."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np

from jcm.formulation import ORIGINAL
from jcm.model import loop
from jcm.model.accumulation import Selection, means, no_samples
from jcm.model.exchange import state_from_fields
from jcm.model.ledger import empty_ledger
from jcm.model.model import Model
from jcm.model.parameters import ModelParameters
from jcm.model.range import RangeError
from jcm.model.state import ModelState
from jcm.names import named_leaves, with_leaves
from jcm.output.catalogue import VARIABLES
from reference.errors import InputError
from reference.kernels import model_numbers
from reference.model import ModelStoppedError, SpeedyModel
from reference.model_state import STEPS_PER_DAY
from validation.boundary_file import boundary_arrays
from validation.climate.catalogue import QUANTITIES
from validation.climate.models import RunStoppedError
from validation.consistency.changes import UNCHANGED, Change, Edit
from validation.jax_precision import in_precision

FORTRAN, JAX = "fortran", "jax"
MODELS = (JAX, FORTRAN)


class ShortRuns(Protocol):
    """A model that makes many short runs.

    Attributes:
        precision: "float64" or "float32".
    """

    precision: str

    def means(
        self, fields: Mapping[str, np.ndarray], step: int, steps: int
    ) -> dict[str, np.ndarray]:
        """Means of a run.

        Args:
            fields: where it begins, as of :func:`jcm.model.exchange.state_from_fields`.
            step: of the state, a multiple of a day.
            steps: how many to make.

        Returns:
            `([level,] latitude, longitude)` by the names of
            :data:`validation.climate.catalogue.QUANTITIES`.

        Raises:
            RunStoppedError: if the model stops; says why.
        """


def make_short_runs(
    model: str, precision: str, start_date: datetime.datetime, change: Change = UNCHANGED
) -> ShortRuns:
    """The model called `model` on the command line, of formulation original.

    Args:
        model: "jax" or "fortran".
        precision: of the JAX model; the Fortran computes in float64.
        start_date: from which steps are counted.
        change: what is done to it.

    Raises:
        InputError: for an unknown parameter.
        ReferenceUnavailableError: if it is the Fortran and this was not built.
    """
    if model == FORTRAN:
        return FortranShortRuns(start_date, change)
    return JaxShortRuns(precision, start_date, change)


class FortranShortRuns:
    """See :class:`ShortRuns`."""

    precision = "float64"

    def __init__(self, start_date: datetime.datetime, change: Change = UNCHANGED) -> None:
        numbers = model_numbers("original")
        unknown = [r.parameter for r in change.replacements if r.parameter not in numbers]
        if unknown:
            raise InputError(f"the Fortran model has no parameter {unknown[0]!r}.")
        d = start_date
        self._model = SpeedyModel(
            boundary_arrays(d.year, d.month),
            start_date=(d.year, d.month, d.day, d.hour, d.minute),
            parameters={r.parameter: r.of(numbers[r.parameter]) for r in change.replacements},
        )
        self._edits = change.edits

    def means(
        self, fields: Mapping[str, np.ndarray], step: int, steps: int
    ) -> dict[str, np.ndarray]:
        """See the protocol."""
        model = self._model
        model.set_state({**fields, "step": step})
        model.start_means()
        try:
            for length in _stretches(steps, self._edits):
                model.advance(length)
                due = _due(self._edits, model.step)
                if due:
                    state = model.state()
                    changed = {edit.field: edit.factor * state[edit.field] for edit in due}
                    model.set_state({**state, **changed})
        except ModelStoppedError as error:
            raise RunStoppedError(str(error)) from error
        return model.means()


class JaxShortRuns:
    """See :class:`ShortRuns`. Changes recompile nothing."""

    def __init__(
        self, precision: str, start_date: datetime.datetime, change: Change = UNCHANGED
    ) -> None:
        self.precision = precision
        self._edits = change.edits
        self._make(start_date, change)

    @in_precision
    def _make(self, start_date: datetime.datetime, change: Change) -> None:
        parameters = ModelParameters.for_formulation(ORIGINAL)
        defaults = named_leaves(parameters)
        # An unknown name keeps any number until it is refused.
        changed = {r.parameter: r.of(defaults.get(r.parameter, 0.0)) for r in change.replacements}
        try:
            parameters = with_leaves(parameters, changed, what="parameter")
        except ValueError as error:
            raise InputError(f"{error}.") from None
        self._model = Model(
            parameters=parameters, start_date=start_date, dtype=jnp.dtype(self.precision)
        )
        self._selection = Selection.of(tuple(name for name in QUANTITIES if name in VARIABLES))

    @in_precision
    def means(
        self, fields: Mapping[str, np.ndarray], step: int, steps: int
    ) -> dict[str, np.ndarray]:
        """See the protocol."""
        model, selection = self._model, self._selection
        try:
            state = state_from_fields(model, fields, step)
        except ValueError as error:
            raise InputError(f"{error}.") from None
        sums: Any = (no_samples(selection, model.configuration, model.dtype),)
        for length in _stretches(steps, self._edits):
            advanced = loop.advance(
                state,
                sums,
                empty_ledger(model.dtype),
                model.inputs,
                jnp.asarray(length, jnp.int32),
                configuration=model.configuration,
                selections=(selection,),
            )
            try:
                model.check_range(state, advanced)
            except RangeError as error:
                raise RunStoppedError(str(error)) from error
            sums = advanced.sums
            state = _edited(advanced.state, _due(self._edits, int(advanced.state.step)))
        found = means(sums[0], model.inputs, selection=selection, configuration=model.configuration)
        # From (longitude, [level,] latitude).
        return {name: np.moveaxis(np.asarray(values), 0, -1) for name, values in found.items()}


def _edited(state: ModelState, edits: list[Edit]) -> ModelState:
    changed: dict[str, jax.Array] = {}
    for edit in edits:
        values = getattr(getattr(state, edit.part), edit.field)
        changed[f"{edit.part}.{edit.field}"] = (edit.factor * values).astype(values.dtype)
    return with_leaves(state, changed) if changed else state


def _stretches(steps: int, edits: tuple[Edit, ...]) -> list[int]:
    """Lengths of the pieces between which something may be done to the state."""
    if not edits:
        return [steps]
    if any(not edit.daily for edit in edits):
        return [1] * steps
    ends = sorted({steps, *range(1, steps, STEPS_PER_DAY)})
    return np.diff([0, *ends]).tolist()


def _due(edits: tuple[Edit, ...], step: int) -> list[Edit]:
    """What is done to the state after `step` steps."""
    return [edit for edit in edits if not edit.daily or step % STEPS_PER_DAY == 1]
