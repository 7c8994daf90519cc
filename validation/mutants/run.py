"""Which mutants to try, by several processes at once."""

from __future__ import annotations

import fnmatch
import hashlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from validation.mutants.listing import Mutant, Source
from validation.mutants.store import Entry, Store
from validation.mutants.trial import CAUGHT, Verdict

#: Mutants that a process tries before another takes its place: memory is not given back.
_PER_PROCESS = 400

Announce = Callable[[Mutant, Verdict], None]


class WorkerError(Exception):
    """A process that tries mutants ended before its first one."""


def chosen(
    mutants: Sequence[Mutant],
    *,
    only: str | None = None,
    kinds: Collection[str] = (),
    share: float = 1.0,
) -> list[Mutant]:
    """A selection, in an order in which every beginning is a fair sample, constants first.

    Args:
        mutants: all.
        only: pattern of names, as "physics.convection/*".
        kinds: of :data:`validation.mutants.operators.OPERATORS`; empty for all.
        share: of the mutants other than constants, drawn by their names: the same ones every time.
    """
    found = [
        mutant
        for mutant in mutants
        if (not kinds or mutant.kind in kinds)
        and (only is None or fnmatch.fnmatchcase(mutant.name, only.replace("[", "[[]")))
        and (mutant.kind == "constant" or _place(mutant) < share)
    ]
    return sorted(found, key=lambda mutant: (mutant.kind != "constant", _place(mutant)))


def _place(mutant: Mutant) -> float:
    """A number from 0 to 1 that is drawn by the name."""
    drawn = hashlib.sha256(mutant.name.encode()).digest()
    return int.from_bytes(drawn[:8], "big") / 2.0**64


def try_all(
    mutants: Sequence[Mutant],
    sources: Mapping[str, Source],
    store: Store,
    *,
    golden: Path,
    workers: int,
    announce: Announce,
) -> list[Entry]:
    """Try mutants that have no verdict yet.

    Args:
        mutants: which.
        sources: their modules.
        store: where verdicts go.
        golden: the golden folder.
        workers: number of processes.
        announce: called after every mutant, from several threads one at a time.

    Raises:
        WorkerError: if the processes cannot begin, for instance because the harness fails on the
            model without any fault.
    """
    waiting: queue.SimpleQueue[Mutant] = queue.SimpleQueue()
    for mutant in mutants:
        waiting.put(mutant)
    lock, entries, errors = threading.Lock(), [], []

    def work() -> None:
        try:
            while not waiting.empty() and not errors:
                _serve(waiting, golden, done)
        except WorkerError as error:
            errors.append(error)

    def done(mutant: Mutant, verdict: Verdict) -> None:
        with lock:
            entries.append(store.add(mutant, sources[mutant.module], verdict))
            announce(mutant, verdict)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return entries


def _serve(
    waiting: queue.SimpleQueue[Mutant], golden: Path, done: Callable[[Mutant, Verdict], None]
) -> None:
    """Let one process try mutants until it ends or has had its number."""
    with subprocess.Popen(
        [sys.executable, "-m", "validation.mutants.worker", str(golden)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=_environment(),
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        said: list[str] = []
        listener = threading.Thread(target=said.extend, args=(process.stderr,), daemon=True)
        listener.start()
        try:
            if process.stdout.readline() != "ready\n":
                process.wait()
                listener.join()
                raise WorkerError(f"a process cannot try mutants: {_last_line(said)}")
            for _ in range(_PER_PROCESS):
                try:
                    mutant = waiting.get_nowait()
                except queue.Empty:
                    return
                process.stdin.write(f"{mutant.name}\n")
                process.stdin.flush()
                answer = process.stdout.readline()
                if not answer:
                    process.wait()
                    listener.join()
                    if process.returncode > 0:
                        # Of a raised exception the mutant is not to blame: those are caught.
                        raise WorkerError(f"{mutant.name}: {_last_line(said)}")
                    why = f"the interpreter ended with signal {-process.returncode}"
                    done(mutant, Verdict(CAUGHT, "columns", "", why, raised=True))
                    return
                done(mutant, Verdict(**json.loads(answer)))
        finally:
            process.kill()


def _last_line(said: list[str]) -> str:
    return said[-1].strip() if said else "it ended without a word"


def _environment() -> dict[str, str]:
    """One thread each, and every compiled operation kept for the next process."""
    folder = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "jcm-mutants"
    flags = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    return {
        "XLA_FLAGS": flags,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "JAX_COMPILATION_CACHE_DIR": str(folder),
        **os.environ,
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
