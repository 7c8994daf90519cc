"""A run: the time loop with output, ledger, checkpoints and progress."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from jcm.model import loop
from jcm.model.accumulation import Sums
from jcm.model.configuration import Configuration, Inputs
from jcm.model.ledger import (
    Ledger,
    LedgerStocks,
    LedgerSums,
    close_ledger,
    empty_ledger,
    ledger_stocks,
)
from jcm.model.ledger_dataset import ledger_dataset
from jcm.model.model import Model
from jcm.model.range import RangeError
from jcm.model.schedule import day_after, month_after
from jcm.model.state import ModelState
from jcm.model.streams import MemoryStore, Store, check_physics, empty_sums, open_streams
from jcm.output import checkpoint
from jcm.output.errors import OutputError
from jcm.output.progress import Progress
from jcm.output.request import OutputRequest
from jcm.output.writer import OutputWriter

CHECKPOINT = "checkpoint.nc"
LAST_GOOD_STATE = "last_good_state.nc"
LEDGER = "ledger"


class RunInterrupted(Exception):
    """A run was asked to stop.

    Attributes:
        checkpoint: file from which it can be continued, or None if the run had no folder.
    """

    def __init__(self, sentence: str, checkpoint: Path | None) -> None:
        super().__init__(sentence)
        self.checkpoint = checkpoint


@dataclasses.dataclass(frozen=True)
class RunResult:
    """What a run leaves.

    Attributes:
        state: at the end.
        outputs: data set of each output that was kept in memory, by name; empty for a run with a
            folder.
        ledger: budgets of the days of the run, kept likewise; None for a run with a folder or
            without a whole day.
    """

    state: ModelState
    outputs: dict[str, xr.Dataset]
    ledger: xr.Dataset | None


class Progressing(NamedTuple):
    """All that a run carries, a pytree: what a checkpoint holds.

    Attributes:
        state: of the model.
        begins: step at which the current period of each output began.
        sums: of the current period of each output.
        ledger: of the current day.
        ledger_reference: what the atmosphere held at the beginning of the run.
    """

    state: ModelState
    begins: dict[str, int]
    sums: dict[str, Sums]
    ledger: LedgerSums
    ledger_reference: LedgerStocks


def run(
    model: Model,
    state: ModelState | None = None,
    *,
    steps: int,
    outputs: Mapping[str, OutputRequest] | None = None,
    folder: Path | None = None,
    checkpoint_every: str | int | None = "month",
    restart: Path | None = None,
    overwrite: bool = False,
    silent: bool = False,
) -> RunResult:
    """Integrate the model and put out what is asked for.

    Args:
        model: the model.
        state: where to start; the initial state by default.
        steps: how many time steps.
        outputs: what to put out, by name.
        folder: where files go: each output as `<name>.nc`, `ledger.nc`, `checkpoint.nc`. None keeps
            the output in memory.
        checkpoint_every: "month", a number of steps, or None for one at the end only.
        restart: checkpoint from which to go on instead of `state`, bit for bit.
        overwrite: whether files of an earlier run in the folder may be replaced.
        silent: whether to show no progress.

    Returns:
        See :class:`RunResult`.

    Raises:
        RangeError: if the atmosphere leaves its range; the last good state is then in
            `last_good_state.nc`.
        RunInterrupted: if the user stops the run; the state is then in `checkpoint.nc`.
        CheckpointError, OutputError: if a file cannot be read or written, or the model's physics
            does not give what is asked for.
    """
    requests = dict(outputs or {})
    check_physics(model, requests)
    if folder is not None:
        _make(folder)
    if restart is not None:
        at = _from_checkpoint(model, restart, requests)
    else:
        at = _from_state(model, state if state is not None else model.initial_state(), requests)
    runner = _Runner(model, at, requests, folder, restart is not None, overwrite)
    try:
        with Progress(steps, silent=silent) as progress:
            runner.advance(steps, checkpoint_every, progress)
    except RangeError as error:
        raise runner.stopped(error) from error
    except KeyboardInterrupt:
        raise runner.interrupted() from None
    finally:
        runner.close()
    return runner.result()


class _Runner:
    """A run under way. `at` is what all files agree with."""

    def __init__(
        self,
        model: Model,
        at: Progressing,
        requests: dict[str, OutputRequest],
        folder: Path | None,
        resume: bool,
        overwrite: bool,
    ) -> None:
        self.model, self.at, self.folder = model, at, folder
        self.step = int(at.state.step)
        self.days: list[tuple[int, int, Ledger]] = []
        unfinished = {name: (at.begins[name], at.sums[name]) for name in requests}
        self.streams = open_streams(
            model,
            requests,
            self.step,
            folder,
            resume=resume,
            sums=unfinished,
            overwrite=overwrite,
        )
        self.ledger_store: Store | None = None
        if folder is not None:
            self.ledger_store = OutputWriter.open(
                folder / f"{LEDGER}.nc",
                _no_ledger(model),
                resume_from=self.step if resume else None,
                overwrite=overwrite,
            )
        if not resume:
            for stream in self.streams:
                stream.snapshot_at_start(at.state, self.step)

    def advance(self, steps: int, checkpoint_every: str | int | None, progress: Progress) -> None:
        """Make the steps, stopping wherever something is due."""
        first, end = self.step, self.step + steps
        while self.step < end:
            saving = self._next_checkpoint(checkpoint_every, end)
            due = min([end, saving, day_after(self.step), *self._stream_ends()])
            self._advance_to(due)
            progress.update(self.step - first, f"{self.model.description.date(self.step)}")
            if self.step == saving and self.folder is not None:
                self.save(self.folder / CHECKPOINT)

    def _stream_ends(self) -> list[int]:
        return [stream.next_end(self.step) for stream in self.streams]

    def _next_checkpoint(self, every: str | int | None, end: int) -> int:
        if every == "month":
            return min(end, month_after(self.step, self.model.description))
        if isinstance(every, int):
            return min(end, (self.step // every + 1) * every)
        return end

    def _advance_to(self, due: int) -> None:
        model, start = self.model, self.at.state
        ends = dict(zip((s.name for s in self.streams), self._stream_ends(), strict=True))
        result = loop.advance(
            start,
            tuple(stream.sums for stream in self.streams),
            self.at.ledger,
            model.inputs,
            jnp.asarray(due - self.step, jnp.int32),
            configuration=model.configuration,
            selections=tuple(stream.selection for stream in self.streams),
        )
        model.check_range(start, result)
        ledger = result.ledger
        if due == day_after(self.step):
            stocks = _stocks(result.state, model.inputs, configuration=model.configuration)
            begin = due - int(ledger.steps)
            self.days.append((begin, due, close_ledger(ledger, stocks)))
            ledger = empty_ledger(model.dtype)
        for stream, sums in zip(self.streams, result.sums, strict=True):
            stream.sums = sums
            if ends[stream.name] == due:
                stream.finish(result.state, due)
        self.at = Progressing(
            state=result.state,
            begins={stream.name: stream.begin for stream in self.streams},
            sums={stream.name: stream.sums for stream in self.streams},
            ledger=ledger,
            ledger_reference=self.at.ledger_reference,
        )
        self.step = due

    def save(self, path: Path) -> None:
        """Write a checkpoint, and what the ledger has gathered."""
        self._flush_ledger()
        checkpoint.save(path, self.at, _metadata(self.model, self.step))

    def stopped(self, error: RangeError) -> RangeError:
        """The error of a run that left its range, with the last good state on the disk."""
        if self.folder is None:
            return error
        path = self.folder / LAST_GOOD_STATE
        last = self.at._replace(state=error.last_good)
        checkpoint.save(path, last, _metadata(self.model, int(error.last_good.step)))
        self._flush_ledger()
        return RangeError(f"{error} The last good state is in {path}.", error.last_good)

    def interrupted(self) -> RunInterrupted:
        """What to tell a user who stopped the run."""
        date = self.model.description.date(self.step)
        if self.folder is None:
            return RunInterrupted(f"Stopped at {date}; the run had no folder to save to.", None)
        path = self.folder / CHECKPOINT
        self.save(path)
        return RunInterrupted(f"Stopped at {date}; the state is in {path}.", path)

    def close(self) -> None:
        """Close all files."""
        for stream in self.streams:
            stream.store.close()
        if self.ledger_store is not None:
            self.ledger_store.close()

    def result(self) -> RunResult:
        """What the run leaves."""
        kept = {
            stream.name: stream.store.dataset()
            for stream in self.streams
            if isinstance(stream.store, MemoryStore)
        }
        return RunResult(self.at.state, kept, xr.decode_cf(self._ledger()) if self.days else None)

    def _flush_ledger(self) -> None:
        if self.ledger_store is not None and self.days:
            self.ledger_store.append(self._ledger())
            self.days = []

    def _ledger(self) -> xr.Dataset:
        steps = np.array([(begin, end) for begin, end, _ in self.days])
        return ledger_dataset(
            steps,
            [ledger for _, _, ledger in self.days],
            self.model.description,
            constants=self.model.parameters.constants,
            reference=self.at.ledger_reference,
        )


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write to {folder}: {error.strerror}") from error


def configuration_record(model: Model) -> dict[str, Any]:
    """What must agree for a run to be continued bit for bit, as JSON can hold it."""
    parameters = {
        jax.tree_util.keystr(path, simple=True, separator="."): float(value)
        for path, value in jax.tree_util.tree_leaves_with_path(model.parameters)
    }
    digest = hashlib.sha256()
    for values in jax.tree.leaves(model.inputs.boundary):
        digest.update(np.asarray(values).tobytes())
    choices = dataclasses.asdict(model.configuration)
    if (dinosaur := model.configuration.dinosaur) is not None:
        choices["dinosaur"]["planet"] = dinosaur.planet._asdict()
    # Records of before there were gates of a width say nothing about them.
    choices["gates"] = model.configuration.gates.width or None
    return {
        "resolution": model.resolution,
        "core": model.core_name,
        "precision": np.dtype(model.dtype).name,
        "start_date": model.start_date.isoformat(" ", "minutes"),
        **choices,
        "parameters": parameters,
        "boundary_data": digest.hexdigest()[:16],
    }


def _metadata(model: Model, step: int) -> dict[str, Any]:
    return {
        "configuration": configuration_record(model),
        "date": f"{model.description.date(step)}",
        "step": step,
    }


def _from_state(model: Model, state: ModelState, requests: dict[str, OutputRequest]) -> Progressing:
    return Progressing(
        state=state,
        begins={name: int(state.step) for name in requests},
        sums={name: empty_sums(model, request) for name, request in requests.items()},
        ledger=empty_ledger(model.dtype),
        ledger_reference=_stocks(state, model.inputs, configuration=model.configuration),
    )


def _from_checkpoint(model: Model, path: Path, requests: dict[str, OutputRequest]) -> Progressing:
    """What a checkpoint holds.

    Raises:
        CheckpointError: if it is not one of this model with these outputs.
    """
    shapes = model.state_shapes()
    stocks = jax.eval_shape(
        lambda state: _stocks(state, model.inputs, configuration=model.configuration), shapes
    )
    template = Progressing(
        state=shapes,
        begins=dict.fromkeys(requests, 0),
        sums={name: empty_sums(model, request) for name, request in requests.items()},
        ledger=empty_ledger(model.dtype),
        ledger_reference=stocks,
    )
    loaded, _ = checkpoint.load(path, template, configuration_record(model))
    return loaded


def _no_ledger(model: Model) -> xr.Dataset:
    """The template of the ledger's file: a day of zeros, of which no record is kept."""
    zero = jax.tree.map(np.asarray, empty_ledger(model.dtype))
    day = close_ledger(zero._replace(steps=np.asarray(1)), zero.start)
    dataset = ledger_dataset(
        np.array([[0, 1]]), [day], model.description, constants=model.parameters.constants
    )
    return dataset.isel(time=slice(0, 0))


@functools.partial(jax.jit, static_argnames=("configuration",))
def _stocks(state: ModelState, inputs: Inputs, *, configuration: Configuration) -> LedgerStocks:
    """What the atmosphere holds at the model date."""
    core, constants = configuration.core, inputs.parameters.constants
    grid = core.grid_state(state.earlier, inputs.surface_geopotential, constants)
    return ledger_stocks(
        grid,
        inputs.boundary.fields.surface_geopotential,
        inputs.area_weight,
        constants=constants,
        vertical=core.grid,
    )
