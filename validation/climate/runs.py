"""Runs of models side by side, one process and one core each, continued where they stopped.

A run lies in a folder below `runs/`, named by the model and a digest of all that its numbers depend
on, the source code included; so that a run is used again as long as it is the same run, and never
otherwise.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from reference.errors import InputError
from validation.climate.months import STEPS_PER_DAY, Month
from validation.climate.worker import PROGRESS, month_file, resumable

if TYPE_CHECKING:
    from validation.climate.model_options import Options

STEPS_PER_YEAR = 365.25 * STEPS_PER_DAY
_ROOT = Path(__file__).parents[2]
#: What decides the numbers of a model besides its settings.
_SOURCES = {
    "jax": ("jcm/**/*.py", "jcm/data/*.nc"),
    "fortran": ("fortran_speedy/**/*.f90", "meson.build", "jcm/boundary/*.py", "jcm/data/*.nc"),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Run:
    """A run of a model.

    Attributes:
        model: "fortran" or "jax".
        precision: "float64" or "float32".
        formulation: switches that differ from formulation original.
        start_date: year, month, day when the run began.
        restart: file with the state to start from instead of rest, or None.
        months: calendar months to run.
        core: dynamical core of the JAX model.
        options: other choices of the JAX model, see :mod:`validation.climate.model_options`.
        stored_as: precision of the files with the means.
    """

    model: str
    precision: str
    formulation: tuple[tuple[str, bool], ...] = ()
    start_date: tuple[int, int, int] = (1982, 1, 1)
    restart: Path | None = None
    months: tuple[Month, ...]
    core: str = "speedy"
    options: Options = ()
    stored_as: str = "float32"

    @property
    def name(self) -> str:
        """As "JAX float32" or "JAX dinosaur T42 gates 0.05 float32".

        Neither switches of the formulation nor other options are named.
        """
        if self.model == "fortran":
            return "Fortran"
        options = dict(self.options)
        width = options.get("gate_width")
        words = [
            "JAX",
            self.core if self.core != "speedy" else None,
            options.get("resolution"),
            f"gates {width:g}" if width else None,
            self.precision,
        ]
        return " ".join(str(word) for word in words if word)

    def folder(self, output: Path) -> Path:
        """Where the run lies."""
        words = [self.model] + ([] if self.model == "fortran" else [self.precision])
        words += [self.core] if self.core != "speedy" else []
        return output / "runs" / "-".join([*words, self.digest()])

    def digest(self) -> str:
        """Short digest of all that the numbers depend on, but not of the length of the run."""
        digest = hashlib.sha256(json.dumps(self._settings(), sort_keys=True).encode())
        if self.restart is not None:
            digest.update(self.restart.read_bytes())
        for pattern in _SOURCES[self.model]:
            for path in sorted(_ROOT.glob(pattern)):
                digest.update(path.read_bytes())
        return digest.hexdigest()[:10]

    def _settings(self) -> dict[str, Any]:
        first = self.months[0]
        # Parts of a month cannot be prolonged to a month.
        return {
            "precision": self.precision,
            "formulation": dict(self.formulation),
            "start_date": self.start_date,
            "first": first,
            "core": self.core,
            "options": sorted(self.options),
            "stored_as": self.stored_as,
        }


@dataclasses.dataclass(frozen=True)
class Progress:
    """How far a run is.

    Attributes:
        name: of the run.
        done, total: months.
        date: of the model, as "1983-04".
        sypd: simulated years per day of the last month, None before the first.
        finished: whether the run is over.
    """

    name: str
    done: int
    total: int
    date: str
    sypd: float | None
    finished: bool = False


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of a run.

    Attributes:
        run: which.
        folder: where its months lie.
        stopped: why it stopped before its end, or empty.
        sypd: simulated years per day of wall-clock time, of months without the first, which
            compiles; None if nothing had to be computed.
    """

    run: Run
    folder: Path
    stopped: str
    sypd: float | None


def run_all(
    runs: Sequence[Run], output: Path, progress: Callable[[Progress], None]
) -> list[Outcome]:
    """Finish all runs, as many at a time as there are cores.

    Args:
        runs: what to run.
        output: folder of the report; runs lie below it.
        progress: told after every month of every run.

    Returns:
        An outcome for every run, in their order.

    Raises:
        InputError: if the folder cannot be written.
        KeyboardInterrupt: on Ctrl-C, after the workers have ended; their months are kept.
    """
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [None]
    free: queue.Queue[int | None] = queue.Queue()
    for core in cores[: max(1, len(runs))]:
        free.put(core)
    outcomes: dict[int, Outcome] = {}
    lock = threading.Lock()
    workers: set[subprocess.Popen[str]] = set()
    broken: list[BaseException] = []

    def tell(state: Progress) -> None:
        with lock:
            progress(state)

    def finish(index: int, run: Run) -> None:
        core = free.get()
        try:
            outcomes[index] = _finish(run, output, core, tell, workers)
        except BaseException as error:
            broken.append(error)
        finally:
            free.put(core)

    threads = [
        threading.Thread(target=finish, args=(index, run), daemon=True)
        for index, run in enumerate(runs)
    ]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            while thread.is_alive():
                thread.join(0.2)
    except KeyboardInterrupt:
        for worker in list(workers):
            worker.send_signal(signal.SIGTERM)
        raise
    if broken:
        raise broken[0]
    return [outcomes[index] for index in range(len(runs))]


def _finish(
    run: Run,
    output: Path,
    core: int | None,
    tell: Callable[[Progress], None],
    workers: set[subprocess.Popen[str]],
) -> Outcome:
    folder = run.folder(output)
    total = len(run.months)
    done = months_done(folder)
    if done >= total:
        tell(Progress(run.name, total, total, _date(run, total), None, finished=True))
        return Outcome(run, folder, "", None)
    description = _describe(run, folder, core)
    worker = subprocess.Popen(
        [sys.executable, "-m", "validation.climate.worker", str(description)],
        stdout=subprocess.PIPE,
        stderr=(folder / "log.txt").open("w"),
        env=_environment(),
        text=True,
    )
    workers.add(worker)
    stopped, speeds = "", []
    assert worker.stdout is not None
    for line in worker.stdout:
        try:
            facts = json.loads(line)
        except json.JSONDecodeError:
            continue
        if "stopped" in facts:
            stopped = facts["stopped"]
            continue
        done, speed = facts["months"], None
        if "seconds" in facts:
            speeds.append(facts["seconds"] / facts["steps"])
            speed = 86400.0 / (speeds[-1] * STEPS_PER_YEAR)
        tell(Progress(run.name, done, total, _date(run, done), speed, finished=done >= total))
    code = worker.wait()
    workers.discard(worker)
    if not stopped and code:
        stopped = f"Its process ended with code {code}: {_last_line(folder / 'log.txt')}"
    return Outcome(run, folder, stopped, _speed(speeds))


def _speed(seconds_per_step: list[float]) -> float | None:
    """Simulated years per day; the first month, which may hold a compilation, if it is the only."""
    if not seconds_per_step:
        return None
    counted = seconds_per_step[1:] or seconds_per_step
    return 86400.0 / (sum(counted) / len(counted) * STEPS_PER_YEAR)


def _describe(run: Run, folder: Path, core: int | None) -> Path:
    description = folder / "run.json"
    facts = {
        "model": run.model,
        "precision": run.precision,
        "formulation": dict(run.formulation),
        "start_date": run.start_date,
        "restart": str(run.restart) if run.restart else None,
        "months": run.months,
        "folder": str(folder),
        "processor": core,
        "core": run.core,
        "options": dict(run.options),
        "stored_as": run.stored_as,
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        description.write_text(json.dumps(facts, indent=1), encoding="utf-8")
    except OSError as error:
        raise InputError(f"folder {folder} cannot be written: {error.strerror}.") from error
    return description


def _environment() -> dict[str, str]:
    """One thread each: runs go side by side."""
    flags = os.environ.get("XLA_FLAGS", "")
    single = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    return {
        **os.environ,
        "XLA_FLAGS": f"{flags} {single}".strip(),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def _date(run: Run, done: int) -> str:
    if done < len(run.months):
        return f"{run.months[done].year}-{run.months[done].month:02d}"
    return f"end of {run.months[-1].year}-{run.months[-1].month:02d}"


def _last_line(path: Path) -> str:
    lines = [line for line in path.read_text(errors="replace").splitlines() if line.strip()]
    return f"{lines[-1]} (more in {path})" if lines else "it said nothing"


def months_done(folder: Path) -> int:
    """How many months of a run are finished."""
    if not resumable(folder):
        return 0
    with contextlib.suppress(OSError, ValueError, KeyError):
        return int(json.loads((folder / PROGRESS).read_text(encoding="utf-8"))["months"])
    return 0


def read_months(folder: Path, months: Sequence[Month]) -> xr.Dataset:
    """Means of the given months of a run along `time`.

    Raises:
        InputError: if a month is missing or cannot be read.
    """
    parts = []
    for month in months:
        path = folder / month_file(month.year, month.month)
        try:
            with xr.open_dataset(path) as dataset:
                parts.append(dataset.load())
        except (OSError, ValueError) as error:
            raise InputError(f"{path} cannot be read: {error}.") from error
    return xr.concat(parts, dim="time", data_vars="all", coords="minimal", compat="override")


def read_years(folder: Path, months: Sequence[Month]) -> Iterator[xr.Dataset]:
    """Year after year of a run; errors as of :func:`read_months`."""
    for start in range(0, len(months), 12):
        yield read_months(folder, months[start : start + 12])


def stored_months(folder: Path) -> list[Month]:
    """Months that lie in the folder of a run, whole years from January on.

    Raises:
        InputError: if there are none.
    """
    names = sorted(path.stem for path in folder.glob("[0-9][0-9][0-9][0-9]-[01][0-9].nc"))
    months = [Month(int(name[:4]), int(name[5:]), 0) for name in names]
    while months and months[0].month != 1:
        months = months[1:]
    months = months[: len(months) // 12 * 12]
    if not months:
        raise InputError(
            f"folder {folder} holds neither a stored climate nor whole years of a run."
        )
    return months
