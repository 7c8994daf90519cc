"""Streams of output: each collects its means or snapshots and hands them on period by period."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, runtime_checkable

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from jcm.model.accumulation import Selection, Sums, add_levels, add_surface, means, no_samples
from jcm.model.diagnostics import Sample
from jcm.model.loop import details_of_next_step
from jcm.model.model import Model
from jcm.model.schedule import period_after, period_holding
from jcm.model.state import ModelState
from jcm.output.dataset import empty_dataset, to_dataset
from jcm.output.errors import OutputError
from jcm.output.request import OutputRequest
from jcm.output.writer import OutputWriter


@runtime_checkable
class Store(Protocol):
    """Where records go."""

    def append(self, dataset: xr.Dataset) -> None:
        """Keep the records of `dataset`."""

    def close(self) -> None:
        """No more records come."""


@dataclasses.dataclass
class MemoryStore:
    """Keeps records in memory.

    Attributes:
        template: the data set without records.
        records: so far.
    """

    template: xr.Dataset
    records: list[xr.Dataset] = dataclasses.field(default_factory=list)

    def append(self, dataset: xr.Dataset) -> None:
        """Keep the records of `dataset`."""
        self.records.append(dataset)

    def close(self) -> None:
        """Nothing to do."""

    def dataset(self) -> xr.Dataset:
        """All records, times decoded."""
        whole = self.template
        if self.records:
            whole = xr.concat(self.records, "time", data_vars="minimal", coords="minimal")
        return xr.decode_cf(whole)


@dataclasses.dataclass
class Stream:
    """One output of a run.

    Attributes:
        name: of its file.
        request: what is put out.
        model: whose run it is.
        store: takes the records.
        begin: step at which the current period began; for a run that starts within a period, the
            start of the run.
        sums: of the current period; empty for snapshots.
    """

    name: str
    request: OutputRequest
    model: Model
    store: Store
    begin: int
    sums: Sums

    @property
    def selection(self) -> Selection:
        """What is summed."""
        return selection_of(self.request)

    @property
    def is_mean(self) -> bool:
        """Whether means are put out."""
        return self.request.statistic == "mean"

    def next_end(self, step: int) -> int:
        """End of the period that holds `step`."""
        return period_after(step, self.request.steps_per_period, self.model.description)

    def finish(self, state: ModelState, step: int) -> None:
        """Put out the period that ends with `state`, and begin the next."""
        fields = self._means() if self.is_mean else self._snapshot(state)
        self.store.append(self._dataset(fields, step))
        self.begin = step
        self.sums = empty_sums(self.model, self.request)

    def snapshot_at_start(self, state: ModelState, step: int) -> None:
        """Put out the initial state of a run, if snapshots are wanted and it is their time."""
        every = self.request.steps_per_period
        due = period_holding(step, every, self.model.description) == step
        if not self.is_mean and due:
            self.store.append(self._dataset(self._snapshot(state), step))

    def _dataset(self, fields: dict[str, jax.Array], step: int) -> xr.Dataset:
        steps = np.array([[self.begin, step]]) if self.is_mean else np.array([step])
        records = {name: _record(fields[name]) for name in self.request.variables}
        return to_dataset(records, steps, self.request, self.model.description)

    def _means(self) -> dict[str, jax.Array]:
        model = self.model
        return means(
            self.sums, model.inputs, selection=self.selection, configuration=model.configuration
        )

    def _snapshot(self, state: ModelState) -> dict[str, jax.Array]:
        """What the next step sees and computes: a mean over one sample."""
        model, selection = self.model, selection_of(self.request, snapshot=True)
        details = details_of_next_step(state, model.inputs, configuration=model.configuration)
        sample = Sample(details, model.inputs, model.configuration)
        sums = add_surface(
            no_samples(selection, model.configuration, model.dtype), sample, selection
        )
        sums = add_levels(sums, sample, selection, jnp.asarray(True))
        return means(sums, model.inputs, selection=selection, configuration=model.configuration)


def _record(field: jax.Array) -> np.ndarray:
    """One record, `(1, [level,] longitude, latitude)`."""
    values = np.asarray(field)
    return values[None] if values.ndim == 2 else values.swapaxes(0, 1)[None]


def selection_of(request: OutputRequest, *, snapshot: bool = False) -> Selection:
    """What has to be summed for a request: nothing on the way to a snapshot."""
    if request.statistic == "snapshot" and not snapshot:
        return Selection()
    levels = request.pressure_levels if request.vertical == "pressure" else ()
    return Selection.of(request.variables, levels)


def empty_sums(model: Model, request: OutputRequest) -> Sums:
    """Sums at the beginning of a period."""
    return no_samples(selection_of(request), model.configuration, model.dtype)


def open_streams(
    model: Model,
    outputs: dict[str, OutputRequest],
    step: int,
    folder: Path | None,
    *,
    resume: bool,
    sums: dict[str, tuple[int, Sums]],
    overwrite: bool = False,
) -> list[Stream]:
    """The streams of a run.

    Args:
        model: whose run it is.
        outputs: requests by name.
        step: at which the run starts or goes on.
        folder: of the files; None keeps the output in memory.
        resume: whether files of an interrupted run are continued.
        sums: begin and sums of periods that the interrupted run had not finished, by name.
        overwrite: whether files of an earlier run may be replaced.

    Raises:
        OutputError: if a file cannot be written or continued.
    """
    streams = []
    store_for = _file_store(folder, step if resume else None, overwrite) if folder else MemoryStore
    for name, request in outputs.items():
        template = empty_dataset(request, model.description, np.dtype(model.dtype))
        store = store_for(template) if folder is None else store_for(name, template)
        begin, unfinished = sums.get(name, (step, empty_sums(model, request)))
        streams.append(Stream(name, request, model, store, begin, unfinished))
    return streams


def check_physics(model: Model, outputs: dict[str, OutputRequest]) -> None:
    """Refuse what the model's physics does not compute.

    Raises:
        OutputError: naming the variable.
    """
    physics = model.configuration.physics
    if physics == "speedy":
        return
    for request in outputs.values():
        for variable in request.declarations:
            if variable.needs_speedy_physics:
                raise OutputError(
                    f"{variable.name} is computed by physics 'speedy', this model has {physics!r}"
                )


def _file_store(
    folder: Path, resume_from: int | None, overwrite: bool
) -> Callable[[str, xr.Dataset], Store]:
    def store(name: str, template: xr.Dataset) -> Store:
        path = folder / (name if Path(name).suffix else f"{name}.nc")
        return OutputWriter.open(path, template, resume_from=resume_from, overwrite=overwrite)

    return store
