"""Speed and memory of both models, T30L8 with full physics, one core: `make benchmark`.

Simulated years per wall-clock day, SYPD, where a year has 13140 steps. Every contestant is a
process of its own, bound to one and the same core, that makes a number of days from the cold start
without output; the processes take turns, so that a busy machine slows all of them alike, and the
median over the turns counts. The Fortran is built anew with each set of flags. What JAX needs
before the first step is told apart: with an empty compilation cache, and on a second start.

    python benchmarks/model.py [--days D] [--turns N]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECONDS_PER_DAY = 86400.0
STEPS_PER_DAY = 36
STEPS_PER_YEAR = 365 * STEPS_PER_DAY
#: Sets of flags: those of the original's own timings, the first also those of the reference.
FORTRAN_FLAGS = {
    "fortran -O2, reproducible": "-O2 -fno-fast-math -ffp-contract=off -fstack-arrays",
    "fortran -O3 -march=native": "-O3 -march=native -fstack-arrays",
    "fortran -Ofast": "-Ofast -fstack-arrays",
}
#: The original on another machine with the same flags (spec 40, section 8): for orientation only.
ORIGINAL_SYPD = {
    "fortran -O2, reproducible": 729.0,
    "fortran -O3 -march=native": 865.0,
    "fortran -Ofast": 819.0,
}
JAX = {"jax float32": "float32", "jax float64": "float64"}
YARDSTICK = "fortran -O3 -march=native"


def main() -> None:
    """Build, start, take turns, print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--days", type=int, default=20)
    arguments.add_argument("--turns", type=int, default=7)
    arguments.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.worker:
        kind, what = options.worker
        prepare = {"fortran": _fortran, "jax": _jax, "dinosaur": _dinosaur}[kind]
        answer(prepare(what, options.days))
        return
    with tempfile.TemporaryDirectory() as folder:
        _compete(Path(folder), options.days, options.turns)


def _compete(folder: Path, days: int, turns: int) -> None:
    workers: dict[str, Worker] = {}
    for number, (name, flags) in enumerate(FORTRAN_FLAGS.items()):
        library = _built(folder / f"build-{number}", flags)
        if library is not None:
            workers[name] = Worker("fortran", str(library), days, folder)
    starts = {}
    for name, precision in JAX.items():
        first = Worker("jax", precision, days, folder)
        compiling = first.stop()
        workers[name] = Worker("jax", precision, days, folder)
        starts[name] = (first.ready, workers[name].ready, compiling)
    seconds: dict[str, list[float]] = {name: [] for name in workers}
    for _ in range(turns):
        for name, worker in workers.items():
            seconds[name].append(worker.turn())
    memory = {name: worker.stop() for name, worker in workers.items()}
    _print(seconds, memory, starts, days)


def _print(
    seconds: dict[str, list[float]],
    memory: dict[str, float],
    starts: dict[str, tuple[float, float, float]],
    days: int,
) -> None:
    speed = {
        name: days / 365.0 * SECONDS_PER_DAY / statistics.median(times)
        for name, times in seconds.items()
    }
    print(f"{'':28s} {'SYPD':>6s} {'ms/step':>8s} {'spread':>7s} {'ratio':>6s} {'MB':>6s}")
    for name, value in speed.items():
        milliseconds = 1e3 * SECONDS_PER_DAY / value / STEPS_PER_YEAR
        spread = (max(seconds[name]) - min(seconds[name])) / statistics.median(seconds[name])
        ratio = value / speed[YARDSTICK] if YARDSTICK in speed else float("nan")
        original = ORIGINAL_SYPD.get(name)
        remark = f"   original elsewhere: {original:.0f}" if original else ""
        print(
            f"{name:28s} {value:6.0f} {milliseconds:8.2f} {spread:7.0%} {ratio:6.2f} "
            f"{memory[name]:6.0f}{remark}"
        )
    for name, (first, second, megabytes) in starts.items():
        print(
            f"{name}: first step after {first:.1f} s ({megabytes:.0f} MB, compiler included), on a "
            f"second start after {second:.1f} s"
        )


class Worker:
    """A process that integrates when told to.

    Attributes:
        ready: wall-clock seconds from its start to the end of the first step.
    """

    def __init__(
        self, kind: str, what: str, days: int, folder: Path, program: str = __file__
    ) -> None:
        core = min(os.sched_getaffinity(0))
        environment = os.environ | {
            "JAX_COMPILATION_CACHE_DIR": str(folder / "cache"),
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.5",
            "OMP_NUM_THREADS": "1",
        }
        command = [sys.executable, program, "--worker", kind, what, "--days", str(days)]
        begin = time.perf_counter()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=ROOT,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        )
        self._read()
        self.ready = time.perf_counter() - begin

    def turn(self) -> float:
        """Wall-clock seconds of one integration."""
        return self._ask("go")

    def stop(self) -> float:
        """End the process; its largest resident set [MB]."""
        megabytes = self._ask("stop")
        self._process.wait()
        return megabytes

    def _ask(self, word: str) -> float:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> float:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("a worker died, see above")
        return float(json.loads(line))


def answer(advance: Callable[[], object]) -> None:
    """In a worker: answer with the time of each integration."""
    print(json.dumps(0.0), flush=True)
    for line in sys.stdin:
        if line.strip() == "stop":
            break
        begin = time.perf_counter()
        advance()
        print(json.dumps(time.perf_counter() - begin), flush=True)
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps(kilobytes / 1024.0), flush=True)


def _jax(precision: str, days: int) -> Callable[[], None]:
    import jax

    jax.config.update("jax_enable_x64", precision == "float64")
    from jcm import Model

    model = Model(dtype=precision)
    initial = model.initial_state()
    jax.block_until_ready(model.advance(initial, steps=1))
    return lambda: jax.block_until_ready(model.advance(initial, days=days))


def _dinosaur(choices: str, days: int) -> Callable[[], None]:
    import jax

    from jcm import Model
    from jcm.dynamics.dinosaur_numerics import DinosaurNumerics

    chosen = json.loads(choices)
    resolution = chosen.pop("resolution")
    model = Model(core="dinosaur", resolution=resolution, numerics=DinosaurNumerics(**chosen))
    initial = model.initial_state()
    jax.block_until_ready(model.advance(initial, steps=1))
    return lambda: jax.block_until_ready(model.advance(initial, days=days))


def _fortran(library: str, days: int) -> Callable[[], None]:
    import importlib.util

    specification = importlib.util.spec_from_file_location("reference._speedy", library)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    sys.modules["reference._speedy"] = module
    from reference.model import SpeedyModel
    from validation.boundary_file import boundary_arrays

    model = SpeedyModel(boundary_arrays(1982, 1))
    model.cold_start()
    model.advance(1)

    def advance() -> None:
        model.cold_start()
        model.advance(STEPS_PER_DAY * days)

    return advance


def _built(folder: Path, flags: str) -> Path | None:
    """The extension module of the Fortran, built with other flags; None without a compiler."""
    if shutil.which(os.environ.get("FC", "gfortran")) is None:
        return None
    listed = "[" + ", ".join(f"'{flag}'" for flag in flags.split()) + "]"
    for command in (
        [
            "meson",
            "setup",
            str(folder),
            str(ROOT),
            f"-Dreference_flags={listed}",
            "-Dbuildtype=plain",
        ],
        ["meson", "compile", "-C", str(folder)],
    ):
        environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        finished = subprocess.run(command, capture_output=True, text=True, env=environment)
        if finished.returncode:
            raise SystemExit(f"{' '.join(command)} failed:\n{finished.stdout}{finished.stderr}")
    return next(folder.glob("_speedy*.so"))


if __name__ == "__main__":
    main()
