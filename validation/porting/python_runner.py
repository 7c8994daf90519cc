"""The user's Python functions, called in a process of their own and within a time limit."""

from __future__ import annotations

import pickle
import selectors
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from validation.porting.process_group import end_group
from validation.porting.specification import PortSpecification

_WORKER = Path(__file__).with_name("worker.py")


class RunnerError(Exception):
    """A call failed; the message says how, without the name of the port."""


class PythonRunner:
    """Calls functions of "module:object" in a worker that a crash or a hang may take down.

    Args:
        specification: of a Python port.

    Attributes:
        timeout: seconds that a call may take.

    Raises:
        RunnerError: if it cannot be imported.
    """

    def __init__(self, specification: PortSpecification) -> None:
        self._specification = specification
        self.timeout = specification.timeout
        self._process: subprocess.Popen[bytes] | None = None
        self._messages: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (as long as the port)
        self.functions = self._start()

    def call(self, process: str, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Outputs of the function for `process`, by the port's names.

        Raises:
            RunnerError: if it raised, crashed, or did not answer in time.
        """
        if self._process is None:
            self._start()
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            pickle.dump({"process": process, "inputs": dict(inputs)}, self._process.stdin, 5)
            self._process.stdin.flush()
        except BrokenPipeError:
            raise RunnerError(self._death()) from None
        answer = self._answer()
        if "error" in answer:
            raise RunnerError(f"raised {answer['error']}{_place(answer['traceback'])}")
        return answer["outputs"]

    def _start(self) -> list[str] | None:
        s = self._specification
        command = [s.python or sys.executable, str(_WORKER), s.target, s.array, str(s.folder)]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._messages,
                start_new_session=True,
            )
        except OSError as error:
            raise RunnerError(f"cannot be started ({s.python}: {error.strerror})") from None
        weakref.finalize(self, end_group, self._process)
        answer = self._answer()
        if "error" in answer:
            self._stop()
            raise RunnerError(f"cannot be imported ({answer['error']})")
        return answer["functions"]

    def _answer(self) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdout is not None
        limit = self.timeout
        if not _readable(self._process.stdout, limit):
            self._stop()
            raise RunnerError(f"did not answer within {limit:g} s and was stopped")
        try:
            return pickle.load(self._process.stdout)
        except (EOFError, pickle.UnpicklingError):
            raise RunnerError(self._death()) from None

    def _death(self) -> str:
        """Why the worker is gone, with the last line that it wrote."""
        assert self._process is not None
        code = self._process.wait()
        self._process = None
        cause = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return f"{cause}{self._last_message()}"

    def _last_message(self) -> str:
        self._messages.seek(0)
        lines = self._messages.read().decode(errors="replace").strip().splitlines()
        return f": {lines[-1].strip()}" if lines else ""

    def _stop(self) -> None:
        if self._process is not None:
            end_group(self._process)
        self._process = None


def _readable(stream: IO[bytes], seconds: float) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        return bool(selector.select(seconds))


def _place(traceback: str) -> str:
    """File and line of the user's code that raised, empty if it was the caller that did."""
    lines = [line.strip() for line in traceback.splitlines() if line.strip().startswith("File ")]
    if not lines or f'"{_WORKER}"' in lines[-1]:
        return ""
    path, _, rest = lines[-1].removeprefix('File "').partition('", ')
    return f" ({Path(path).name}, {rest.split(', in ')[0]})"
