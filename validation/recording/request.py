"""What `jcm-validate record` is asked to do, checked before anything is computed."""

from __future__ import annotations

import dataclasses
import difflib
import shlex
from pathlib import Path

from reference.declarations import PROCESSES
from reference.errors import InputError
from validation.dynamics.runs import STEPS_PER_DAY, Start
from validation.recording.seen import COLUMNS
from validation.recording.starts import Checkpoint, read_start
from validation.request import PRECISIONS

MODELS = ("jax", "fortran")
DEFAULT_START = "1982-01-01"
DEFAULT_STEPS = "0,1,2"
DEFAULT_COLUMNS = 200
DEFAULT_SEED = 1982
DEFAULT_OUTPUT = Path("recording")
ALL_COLUMNS = "all"


@dataclasses.dataclass(frozen=True, kw_only=True)
class RecordRequest:
    """A checked request.

    Attributes:
        model: of :data:`MODELS`.
        precision: "float64" or "float32".
        start: where the run begins.
        start_text: the same as the user gave it.
        steps: recorded steps, counted from the start of the recording, ascending.
        columns: number of columns to draw; None for all.
        seed: of the draw.
        processes: names of those that are recorded.
    """

    model: str
    precision: str
    start: Start | Checkpoint
    start_text: str
    steps: tuple[int, ...]
    columns: int | None
    seed: int
    processes: tuple[str, ...]

    def command_line(self) -> str:
        """The command that repeats this request."""
        words = ["jcm-validate", "record", "--model", self.model, "--precision", self.precision]
        words += ["--start", self.start_text, "--steps", ",".join(map(str, self.steps))]
        words += ["--columns", ALL_COLUMNS if self.columns is None else str(self.columns)]
        words += ["--seed", str(self.seed)]
        if len(self.processes) < len(PROCESSES):
            words += [word for name in self.processes for word in ("--process", name)]
        return shlex.join(words)


def checked_record_request(
    *,
    model: str = "jax",
    precision: str | None = None,
    start: str = DEFAULT_START,
    steps: str | None = None,
    every: int | None = None,
    days: float | None = None,
    columns: str = str(DEFAULT_COLUMNS),
    seed: int = DEFAULT_SEED,
    processes: list[str] | None = None,
) -> RecordRequest:
    """The request that the options of the command line amount to.

    Raises:
        InputError: for an unknown name, an impossible combination, or a start that cannot be read.
    """
    if model not in MODELS:
        raise InputError(f"--model is {model!r}, expected jax or fortran.")
    if precision is not None and precision not in PRECISIONS:
        raise InputError(f"--precision is {precision!r}, expected float64 or float32.")
    if model == "fortran" and precision == "float32":
        raise InputError("the Fortran model computes in float64, it cannot be run in float32.")
    if seed < 0:
        raise InputError(f"--seed is {seed}, expected a whole number from 0.")
    chosen = _steps(steps, every, days)
    names = tuple(dict.fromkeys(processes or PROCESSES))
    for name in names:
        if name not in PROCESSES:
            near = difflib.get_close_matches(name, PROCESSES, n=1)
            hint = f", did you mean {near[0]}?" if near else f"; known: {', '.join(PROCESSES)}."
            raise InputError(f"process {name!r} is not known{hint}")
    count = _columns(columns)
    begin = read_start(start)
    if isinstance(begin, Checkpoint) and model == "jax":
        if precision is not None and precision != begin.precision:
            raise InputError(
                f"{begin.path} is a checkpoint in {begin.precision}, it cannot be continued in "
                f"{precision}."
            )
        precision = begin.precision
    return RecordRequest(
        model=model,
        precision=precision or "float64",
        start=begin,
        start_text=start,
        steps=chosen,
        columns=count,
        seed=seed,
        processes=names,
    )


def _steps(text: str | None, every: int | None, days: float | None) -> tuple[int, ...]:
    length = None
    if days is not None:
        length = round(days * STEPS_PER_DAY)
        if length < 1:
            raise InputError(f"--days is {days:g}, expected at least one step, {1 / 36:.3g} days.")
    if every is not None:
        if text is not None:
            raise InputError("--steps and --every are given, expected one of them.")
        if every < 1:
            raise InputError(f"--every is {every}, expected at least 1.")
        if length is None:
            raise InputError("--every needs the length of the run, --days.")
        return tuple(range(0, length, every))
    words = (text or DEFAULT_STEPS).split(",")
    for word in words:
        if not word.strip().isdecimal():
            raise InputError(
                f"--steps is {text!r}, expected whole numbers from 0 and commas, such as 0,1,35,36."
            )
    chosen = sorted({int(word) for word in words})
    if length is not None and chosen[-1] >= length:
        raise InputError(
            f"--steps asks for step {chosen[-1]}, but the run of {days:g} days has steps 0 to "
            f"{length - 1}."
        )
    return tuple(chosen)


def _columns(text: str) -> int | None:
    if text == ALL_COLUMNS:
        return None
    if not text.isdecimal() or not 1 <= int(text) <= COLUMNS:
        raise InputError(f"--columns is {text!r}, expected 1 to {COLUMNS}, or all.")
    return int(text) if int(text) < COLUMNS else None
