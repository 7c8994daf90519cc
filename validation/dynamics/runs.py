"""Whole models run from the two starts of the golden files, their states recorded on the way."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np

from reference.errors import InputError
from validation.dynamics.files import PROGNOSTIC, GoldenFile, date_in, exists
from validation.model_ports import BRANCHES, Arrays, ModelPort

STEPS_PER_DAY = 36
MINUTES_PER_STEP = 40
COLD_START, SPUN_UP = "cold_start", "restart_state"

#: Maps of the slow models in a restart.
SLOW_FIELDS = (
    "land_surface_temperature",
    "snow_depth",
    "soil_water_availability",
    "sea_surface_temperature",
    "sea_ice_temperature",
    "sea_ice_fraction",
)
#: What is kept of a state that is compared with other models only.
_LIGHT = ("vorticity", "divergence", "temperature")

Announce = Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class Start:
    """Where a run begins.

    Attributes:
        name: `COLD_START` or `SPUN_UP`.
        run_start: when the run that the state belongs to had started.
        date: of the state.
        restart: the state; None for rest.
    """

    name: str
    run_start: datetime.datetime
    date: datetime.datetime
    restart: Arrays | None

    def begin(self, port: ModelPort) -> None:
        """Put the model of a port there."""
        if self.restart is None:
            port.start_cold(self.run_start)
        else:
            port.start_from(self.restart, self.run_start)

    def date_after(self, steps: int) -> datetime.datetime:
        """The model date so many steps later."""
        return self.date + datetime.timedelta(minutes=MINUTES_PER_STEP * steps)


def cold_start(folder: Path) -> Start | None:
    """The start from rest of `cold_start.nc`, None if the folder lacks it.

    Raises:
        InputError: if the file tells no date.
    """
    path = "dynamics/cold_start.nc"
    if not exists(folder, path):
        return None
    text = GoldenFile(folder, path).attributes.get("dates", "")
    date = date_in(text, f"golden file {folder / path}: attribute dates")
    return Start(COLD_START, date, date, None)


def spun_up(folder: Path) -> Start | None:
    """The start from `restart_state.nc`, None if the folder lacks it.

    Raises:
        InputError: if the file is incomplete.
    """
    path = "dynamics/restart_state.nc"
    return start_in(GoldenFile(folder, path)) if exists(folder, path) else None


def start_in(file: GoldenFile) -> Start:
    """The start from a file laid out like `restart_state.nc`.

    Raises:
        InputError: if the file is incomplete.
    """
    attributes = file.attributes
    where = f"golden file {file.whole_path}: attribute"
    date = date_in(attributes.get("model_date", ""), f"{where} model_date")
    counter = attributes.get("main_loop_counter", "1")
    if not counter.isdecimal() or int(counter) < 1:
        raise InputError(f"{where} main_loop_counter is {counter!r}, expected a number from 1.")
    steps = int(counter) - 1
    run_start = date - datetime.timedelta(minutes=MINUTES_PER_STEP * steps)
    names = (*PROGNOSTIC, *SLOW_FIELDS, "surface_geopotential", "sst_anomaly_slot_file_month")
    restart = {name: file.values(name) for name in names}
    restart["step"] = np.asarray(steps)
    return Start(SPUN_UP, run_start, date, restart)


@dataclasses.dataclass
class Record:
    """What a model did.

    Attributes:
        implementation: name of the port.
        precision: of the port.
        start: where it began.
        states: by number of steps since the start; complete where asked for, else some fields of
            time level 1 only.
        branches: choices per step, from step 1.
        error: why the run ended early, empty if it did not.
        steps: how many were made.
    """

    implementation: str
    precision: str
    start: Start
    states: dict[int, Arrays] = dataclasses.field(default_factory=dict)
    branches: list[Arrays] = dataclasses.field(default_factory=list)
    error: str = ""
    steps: int = 0


def record_run(
    port: ModelPort,
    start: Start,
    *,
    complete: Collection[int],
    light: Collection[int] = (),
    branches: int = 0,
    announce: Announce = lambda text: None,
) -> Record:
    """Run a model and record it.

    Args:
        port: the model.
        start: where it begins.
        complete: steps after which the whole state is kept.
        light: steps after which only what the rms differences need is kept.
        branches: number of steps whose choices are kept.
        announce: called with a phrase once for every day begun.
    """
    record = Record(port.name, port.precision, start)
    last = max([*complete, *light, branches, 0])
    stops = sorted({*complete, *light, *range(0, last + 1, STEPS_PER_DAY), last})
    label = f"{port.name} {port.precision} from {start.name.replace('_', ' ')}"
    announced = 0
    try:
        announce(f"{label}: starting")
        start.begin(port)
        for stop in stops:
            while announced * STEPS_PER_DAY < stop:
                announced += 1
                announce(f"{label}: day {announced} of {days_begun(last)}")
            _advance(port, record, stop, branches)
            if stop in complete:
                record.states[stop] = port.state()
            elif stop in light:
                state = port.state()
                record.states[stop] = {name: state[name][:1] for name in _LIGHT}
    except Exception as error:  # a broken model is a failed comparison, not the end of all
        record.error = (
            f"{port.name} {port.precision} raised {type(error).__name__} after "
            f"{record.steps} steps: {error}"
        )
    for _ in range(announced, days_begun(last)):
        announce(f"{label}: stopped")
    return record


def days_begun(steps: int) -> int:
    """Number of days of which at least a step is made."""
    return -(-steps // STEPS_PER_DAY)


def announcements(steps: int) -> int:
    """How often :func:`record_run` announces something."""
    return 1 + days_begun(steps)


def _advance(port: ModelPort, record: Record, target: int, branches: int) -> None:
    while record.steps < min(target, branches):
        choices = port.step_with_branches()
        record.branches.append({n: np.asarray(choices[n]).astype(np.int8) for n in BRANCHES})
        record.steps += 1
    if record.steps < target:
        port.advance(target - record.steps)
        record.steps = target


@dataclasses.dataclass(frozen=True)
class BranchDifference:
    """The first choice in which two models differ.

    Attributes:
        start: name of the start.
        implementation, precision: of the model.
        reference: name and precision of the other.
        step: main-loop steps since the start, the step included.
        date: when the step began.
        process: that chose.
        branch: name of the choice.
        latitude: degrees north.
        longitude: degrees east.
        value: what the model chose.
        expected: what the reference chose.
        columns: how many columns differ in this step.
    """

    start: str
    implementation: str
    precision: str
    reference: str
    step: int
    date: str
    process: str
    branch: str
    latitude: float
    longitude: float
    value: int
    expected: int
    columns: int


def first_difference(
    record: Record, reference: Record, latitude: np.ndarray, longitude: np.ndarray
) -> BranchDifference | None:
    """The first step, process and column in which two models chose differently.

    Within a step processes come in the order in which the physics calls them, and columns in the
    order of the grid.

    Args:
        record: of the model.
        reference: of the other.
        latitude: degrees of the rows.
        longitude: degrees of the columns.
    """
    pairs = zip(record.branches, reference.branches, strict=False)
    for step, (found, expected) in enumerate(pairs, start=1):
        for branch, process in BRANCHES.items():
            unlike = found[branch] != expected[branch]
            if unlike.any():
                row, column = (int(i) for i in np.argwhere(unlike)[0])
                return BranchDifference(
                    start=record.start.name,
                    implementation=record.implementation,
                    precision=record.precision,
                    reference=f"{reference.implementation} {reference.precision}",
                    step=step,
                    date=f"{record.start.date_after(step - 1):%Y-%m-%d %H:%M}",
                    process=process,
                    branch=branch,
                    latitude=float(latitude[row]),
                    longitude=float(longitude[column]),
                    value=int(found[branch][row, column]),
                    expected=int(expected[branch][row, column]),
                    columns=int(unlike.sum()),
                )
    return None
