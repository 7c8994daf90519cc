"""One column through two implementations, quantity by quantity."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from reference.declarations import PROCESSES
from reference.errors import InputError, KernelError
from reference.process import Process, Variable
from validation.branches import differing_choices, gates_of_column
from validation.comparison import BASE_TOLERANCE
from validation.conditioning import ALLOWED_MULTIPLE, perturbed
from validation.ports import Port, PortError, rounded_inputs
from validation.recording.column_files import ColumnFile
from validation.recording.quantity import Quantity
from validation.recording.stages import (
    PHYSICS_SEQUENCE,
    Arrays,
    Columns,
    Stage,
    driver_stage,
    physics_stages,
    stage,
)

_DRIVER = "physics_driver"
#: Columns with moved inputs that tell how strongly each quantity answers.
_DRAWS = 8
_SEED = 20020301


@dataclasses.dataclass(frozen=True)
class ReplayedProcess:
    """One process of the sequence.

    Attributes:
        process: the declaration.
        quantities: inputs that no process before it showed, and outputs.
        branches, port_branches: gates that each implementation takes.
        missing: whether the port lacks the process, so that the numbers of the reference are
            handed on.
        failure: what the port did wrong; the numbers of the reference are then handed on.
        alone: largest difference / allowed difference of an output when the port is given the
            inputs of the reference; None if it was not asked.
    """

    process: Process
    quantities: list[Quantity]
    branches: tuple[str, ...]
    port_branches: tuple[str, ...]
    missing: bool
    failure: str
    alone: float | None

    @property
    def within(self) -> bool:
        """Whether the port has the process, or need not, and every quantity passes."""
        return not self.failure and all(q.within.all() for q in self.quantities)


@dataclasses.dataclass(frozen=True)
class Replay:
    """A replayed column.

    Attributes:
        file: where it comes from.
        column: its index there.
        reference, port: names of the implementations.
        precision: of the port.
        processes: in the order in which they ran.
        on_a_gate: whether moving the inputs by a last bit makes the reference choose otherwise.
    """

    file: ColumnFile
    column: int
    reference: str
    port: str
    precision: str
    processes: list[ReplayedProcess]
    on_a_gate: bool

    @property
    def passed(self) -> bool:
        """Whether everything is within tolerance."""
        return all(process.within for process in self.processes)

    @property
    def first(self) -> tuple[ReplayedProcess, Quantity, tuple[int, ...]] | None:
        """The first place beyond tolerance: process, quantity, index of inner dimensions."""
        for process in self.processes:
            for quantity in process.quantities:
                if not quantity.within.all():
                    place = tuple(int(i) for i in np.argwhere(~quantity.within)[0])
                    return process, quantity, place
        return None


def replay_column(file: ColumnFile, column: int, reference: Port, port: Port) -> Replay:
    """Run one column through two implementations.

    A column of the physics driver is taken through all its processes in their order, each fed by
    those before it of the same implementation, and through the driver as a whole.

    A difference passes up to the base tolerance of the port's precision times the largest value
    that the reference gives in any column of the file, or up to a multiple of what the reference
    answers when the inputs of this column move by one unit in the last place.

    Args:
        file: columns of a process.
        column: which.
        reference: what is believed.
        port: what is looked at.

    Raises:
        InputError: if the port has nothing of the process, or the reference refuses the column.
    """
    process = file.process
    if not _offers_something(port, process):
        raise InputError(f"{port.name} holds no function {process.name}.")
    one = {name: values[column : column + 1] for name, values in file.inputs.items()}
    try:
        expected = _sequence(process, _asking(reference), one)
        scale = _scales(file, reference)
        answers, on_a_gate = _responses(process, reference, one, expected, port.precision)
    except (KernelError, PortError) as error:
        raise InputError(f"{file.path}: {str(error).rstrip('.')}.") from None
    followed = _Followed(port, reference)
    found = _sequence(process, followed, rounded_inputs(process, one, port.precision))
    known: Arrays = {}
    processes = []
    for theirs, ours in zip(expected, found, strict=True):
        name = theirs.process.name
        recorded = file.recorded if name == process.name else {}
        allowed = {
            v.name: _allowed(v, scale[name], answers[name], port.precision)
            for v in (*theirs.process.inputs, *theirs.process.outputs)
            if v.name in theirs.complete
        }
        quantities = []
        for role, of_theirs, of_ours in (
            ("input", theirs.inputs, ours.inputs),
            ("output", theirs.outputs, ours.outputs),
        ):
            for key, values in of_theirs.items():
                variable = theirs.process.variable(key)
                seen = key in known and np.array_equal(known[key], values)
                if (role == "input" and seen) or not _defined(variable, theirs):
                    continue
                known[key] = values
                kept = recorded[key][column] if key in recorded else None
                quantity = Quantity(variable, role, values[0], of_ours[key][0], kept, allowed[key])
                quantities.append(quantity)
        missing = name in followed.missing
        processes.append(
            ReplayedProcess(
                process=theirs.process,
                quantities=quantities,
                branches=gates_of_column(theirs.process, theirs.complete, 0),
                port_branches=gates_of_column(ours.process, _double(ours.complete), 0),
                missing=missing,
                failure=followed.failures.get(name, ""),
                alone=None if missing else _alone(theirs, followed, allowed),
            )
        )
    return Replay(file, column, reference.name, port.name, port.precision, processes, on_a_gate)


def processes_of(process: Process) -> list[str]:
    """Names of the processes that a replay of a column of `process` runs."""
    if process.name != _DRIVER:
        return [process.name]
    return [*PHYSICS_SEQUENCE, process.name]


Ask = Callable[[str, Columns], Columns]


class _Followed:
    """A port asked process by process; where it has no answer the reference stands in."""

    def __init__(self, port: Port, reference: Port) -> None:
        self._port, self._reference = port, reference
        self.missing: set[str] = set()
        self.failures: dict[str, str] = {}

    def __call__(self, name: str, inputs: Columns) -> Columns:
        process = PROCESSES[name]
        if not self._port.offers(process):
            self.missing.add(name)
        else:
            try:
                return _sound(process, self._port.run(process, inputs), len(_first(inputs)))
            except (InputError, KernelError, PortError) as error:
                self.failures.setdefault(name, str(error))
        outputs = self._reference.run(process, _double(inputs))
        kinds = {v.name: np.int32 if v.integer else self._port.precision for v in process.outputs}
        return {n: np.asarray(outputs[n]).astype(kind) for n, kind in kinds.items()}


def _asking(port: Port) -> Ask:
    return lambda name, inputs: port.run(PROCESSES[name], inputs)


def _offers_something(port: Port, process: Process) -> bool:
    if process.name != _DRIVER:
        return port.offers(process)
    return any(port.offers(PROCESSES[name]) for name in processes_of(process))


def _sound(process: Process, outputs: Columns, columns: int) -> Arrays:
    """The outputs of a port, complete and of the right shape.

    Raises:
        PortError: naming the first that is not.
    """
    sound = {}
    for variable in process.outputs:
        if variable.name not in outputs:
            raise PortError(f"the port gives no output {variable.name}")
        values = np.asarray(outputs[variable.name])
        if values.shape != (columns, *variable.shape) or values.dtype.kind not in "iufb":
            raise PortError(
                f"output {variable.name} of the port has shape {values.shape} and data type "
                f"{values.dtype}, expected numbers {(columns, *variable.shape)}"
            )
        if values.dtype.kind == "f" and values.dtype not in (np.float32, np.float64):
            values = values.astype(np.float32)
        if values.dtype.kind != "f" and not variable.integer:
            values = values.astype(np.float64)
        sound[variable.name] = values
    return sound


def _sequence(process: Process, ask: Ask, inputs: Columns) -> list[Stage]:
    if process.name != _DRIVER:
        return [stage(ask, process.name, inputs)]
    return [*physics_stages(ask, inputs), driver_stage(ask, inputs)]


def _scales(file: ColumnFile, reference: Port) -> dict[str, dict[str, float]]:
    """Largest absolute value of every quantity over all columns of the file, by process."""
    if file.process.name == _DRIVER:
        due = file.inputs["shortwave_step"]
        groups = [np.flatnonzero(due == value) for value in np.unique(due)]
    else:
        groups = [np.arange(file.columns)]
    largest: dict[str, dict[str, float]] = {}
    for rows in groups:
        inputs = {name: values[rows] for name, values in file.inputs.items()}
        for done in _sequence(file.process, _asking(reference), inputs):
            own = largest.setdefault(done.process.name, {})
            for name, values in done.complete.items():
                size = float(np.nanmax(np.abs(np.asarray(values, float)), initial=0.0))
                own[name] = max(own.get(name, 0.0), size)
    return largest


def _responses(
    process: Process, reference: Port, one: Arrays, expected: list[Stage], precision: str
) -> tuple[dict[str, dict[str, float]], bool]:
    """Largest change of every quantity when the inputs move by a last bit.

    Also whether a choice changes in any draw; such draws do not count.
    """
    many = {n: np.repeat(values, _DRAWS, axis=0) for n, values in one.items()}
    moved = perturbed(process, many, precision, 1, np.random.default_rng(_SEED))
    answered = _sequence(process, _asking(reference), moved)
    same = np.ones(_DRAWS, dtype=bool)
    for before, after in zip(expected, answered, strict=True):
        repeated = {n: np.repeat(v, _DRAWS, axis=0) for n, v in before.complete.items()}
        same &= ~differing_choices(before.process, repeated, after.complete)
    answers: dict[str, dict[str, float]] = {}
    for before, after in zip(expected, answered, strict=True):
        own = answers.setdefault(before.process.name, {})
        for name, values in after.complete.items():
            change = np.abs(np.asarray(values, float)[same] - before.complete[name])
            own[name] = float(np.nanmax(change, initial=0.0)) if change.size else 0.0
    return answers, not same.all()


def _allowed(
    variable: Variable, scale: dict[str, float], answers: dict[str, float], precision: str
) -> float:
    if variable.integer:
        return 0.0
    base = BASE_TOLERANCE[precision] * scale[variable.name]
    return max(base, ALLOWED_MULTIPLE * answers[variable.name])


def _alone(theirs: Stage, followed: _Followed, allowed: dict[str, float]) -> float | None:
    """How far the port is off when it is given the inputs of the reference."""
    name = theirs.process.name
    if name in followed.failures:
        return None
    outputs = followed(name, theirs.inputs)
    worst = 0.0
    for variable in theirs.process.outputs:
        if not _defined(variable, theirs):
            continue
        found = np.asarray(outputs[variable.name], float)
        gap = float(np.abs(found - theirs.outputs[variable.name]).max(initial=0.0))
        if np.isnan(gap):
            return float("inf")
        if gap > 0:
            limit = allowed[variable.name]
            worst = max(worst, gap / limit if limit > 0 else float("inf"))
    return worst


def _defined(variable: Variable, done: Stage) -> bool:
    where = variable.defined_where
    return where is None or bool(done.inputs[where][0])


def _double(columns: Columns) -> Arrays:
    given = {name: np.asarray(values) for name, values in columns.items()}
    return {n: v.astype(float) if v.dtype.kind == "f" else v for n, v in given.items()}


def _first(columns: Columns) -> np.ndarray:
    return next(iter(columns.values()))
