"""Questions to the port and to the reference within a limited time."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from reference import kernels
from reference.checks import accepted_columns
from reference.errors import InputError, KernelError
from reference.process import Process
from validation.ports import Port

Arrays = dict[str, np.ndarray]
#: Columns that the reference is asked about at once.
_CHUNK = 20_000


class Asking:
    """A port and a reference that may be asked until the time is over.

    Args:
        process: what is computed.
        port: whose fault is looked for; asked about `batch` columns at a time.
        reference: what is right.
        batch: number of columns of every question to the port: one that it has met already, so that
            what compiles for a shape does not compile again.
        seconds: that all questions together may take.
        expected: seconds that a question to the port will take, as long as none has been asked.

    Attributes:
        remark: why the port is not asked any more, in a sentence; empty if it can be.
    """

    def __init__(
        self,
        process: Process,
        port: Port,
        reference: Port,
        batch: int,
        seconds: float,
        expected: float = 0.0,
    ) -> None:
        self.process = process
        self.port = port
        self.reference = reference
        self.batch = batch
        self.remark = ""
        self._end = time.monotonic() + seconds
        self._expected = expected
        self._longest = 0.0

    @property
    def seconds_left(self) -> float:
        """Until the time is over."""
        return self._end - time.monotonic()

    @property
    def may_ask(self) -> bool:
        """Whether the port can be asked once more, going by how long it took so far."""
        return not self.remark and self.seconds_left > (self._longest or self._expected)

    def port_outputs(
        self, inputs: Mapping[str, np.ndarray], *, trial: bool = False
    ) -> Arrays | None:
        """What the port makes of up to `batch` columns; None if it cannot be asked or fails.

        Args:
            inputs: by name, in double precision and whole numbers.
            trial: whether the port may well refuse them: it is not held against it then, unless
                it took all the time there was.
        """
        if not self.may_ask:
            return None
        columns = len(next(iter(inputs.values())))
        rows = np.minimum(np.arange(self.batch), columns - 1)
        begin = time.monotonic()
        try:
            with _limited(self.port, self.seconds_left):
                outputs = self.port.run(self.process, {n: v[rows] for n, v in inputs.items()})
            found = {name: np.asarray(values)[:columns] for name, values in outputs.items()}
        except (
            Exception
        ) as error:  # a stranger's code may raise anything; the fault is known anyway
            self._longest = max(self._longest, time.monotonic() - begin)
            if not trial or self.seconds_left <= 0.0:
                said = " ".join(str(error).split()).rstrip(".")
                self.remark = f"The port was not asked further: {said}."
            return None
        self._longest = max(self._longest, time.monotonic() - begin)
        return {
            v.name: found[v.name]
            for v in self.process.outputs
            if v.name in found and found[v.name].shape == (columns, *v.shape)
        }

    def reference_outputs(
        self, inputs: Mapping[str, np.ndarray], settings: Mapping[str, Any] | None = None
    ) -> tuple[Arrays, np.ndarray]:
        """What the reference makes of columns, and which of them it has an answer for.

        Args:
            inputs: by name, in double precision and whole numbers.
            settings: of the Fortran, see :func:`reference.kernels.run`.

        Returns:
            Outputs, NaN (whole numbers: -1) where there is no answer, and a flag `(column,)`.
        """
        accepted = accepted_columns(self.process, inputs)
        outputs: Arrays = {
            v.name: np.full((len(accepted), *v.shape), -1 if v.integer else np.nan)
            for v in self.process.outputs
        }
        answered = np.zeros(len(accepted), dtype=bool)
        rows = np.flatnonzero(accepted)
        for start in range(0, len(rows), _CHUNK):
            self._answer(inputs, rows[start : start + _CHUNK], settings or {}, outputs, answered)
        for v in self.process.outputs:
            if v.integer:
                outputs[v.name] = outputs[v.name].astype(np.int64)
        return outputs, answered

    def _answer(
        self,
        inputs: Mapping[str, np.ndarray],
        rows: np.ndarray,
        settings: Mapping[str, Any],
        outputs: Arrays,
        answered: np.ndarray,
    ) -> None:
        """Fill in the answers for `rows`; a column without one is found by halving."""
        if not len(rows):
            return
        some = {v.name: np.asarray(inputs[v.name])[rows] for v in self.process.inputs}
        try:
            if settings:
                found = kernels.run(self.process, some, **settings)
            else:
                found = dict(self.reference.run(self.process, some))
        except (InputError, KernelError):
            if len(rows) > 1:
                half = len(rows) // 2
                for part in (rows[:half], rows[half:]):
                    self._answer(inputs, part, settings, outputs, answered)
            return
        answered[rows] = True
        for v in self.process.outputs:
            outputs[v.name][rows] = np.asarray(found[v.name])


@contextlib.contextmanager
def _limited(port: Port, seconds: float) -> Iterator[None]:
    """A port that can be stopped is stopped after so long."""
    limited = getattr(port, "limited_to", None)
    with contextlib.nullcontext() if limited is None else limited(seconds):
        yield
