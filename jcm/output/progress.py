"""How far a run has come: simulated date, share, speed, time left."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TextIO

from jcm.surface.calendar import STEPS_PER_DAY

#: Time steps of the year that SYPD counts: 365 days, as in the reference (spec 40 section 8).
_STEPS_PER_YEAR = 365 * STEPS_PER_DAY
_SECONDS_PER_DAY = 86400.0
#: Wall-clock seconds to the first line, and between later ones, where there is no terminal.
_FIRST_LINE = 10.0
_NEXT_LINES = 60.0


class Progress:
    """Shows the progress of a run, a context manager.

    On a terminal a bar that is drawn anew (by the package rich, where it is installed), elsewhere a
    line now and then and one at the end. Speed and time left count from the first update on, so
    that compilation, which falls before it, is left out.
    """

    def __init__(
        self,
        total_steps: int,
        *,
        silent: bool = False,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start to watch.

        Args:
            total_steps: time steps of this run.
            silent: show nothing.
            stream: where to write, standard error by default.
            clock: wall-clock time in seconds.
        """
        self._total = total_steps
        self._silent = silent
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._begin = clock()
        self._first: tuple[int, float] | None = None
        self._last: tuple[int, float] = (0, self._begin)
        self._next_line = self._begin + _FIRST_LINE
        self._printed = -1
        self._date = ""
        self._bar = None if silent or not self._stream.isatty() else _bar(self._stream, total_steps)

    def update(self, steps: int, date: object) -> None:
        """Take note that `steps` time steps of this run are done and the clock shows `date`."""
        now = self._clock()
        if self._first is None:
            self._first = (steps, now)
        self._last = (steps, now)
        self._date = str(date)
        if self._bar is not None:
            self._bar.update(
                self._bar.task_ids[0], completed=steps, state=self.line(), refresh=True
            )
        elif not self._silent and now >= self._next_line:
            self._print()
            self._next_line = now + _NEXT_LINES

    @property
    def simulated_years_per_day(self) -> float | None:
        """SYPD, simulated years per wall-clock day; None before there is a second update."""
        steps_per_second = self._steps_per_second
        if steps_per_second is None:
            return None
        return steps_per_second * _SECONDS_PER_DAY / _STEPS_PER_YEAR

    @property
    def seconds_left(self) -> float | None:
        """Wall-clock seconds to the end of the run; None before there is a second update."""
        steps_per_second = self._steps_per_second
        if steps_per_second is None:
            return None
        return (self._total - self._last[0]) / steps_per_second

    def line(self) -> str:
        """Date, share, speed and time left."""
        share = self._last[0] / self._total if self._total else 1.0
        parts = [self._date, f"{100.0 * share:.1f} %"]
        speed, left = self.simulated_years_per_day, self.seconds_left
        if speed is not None and left is not None:
            parts += [f"{speed:.3g} SYPD", f"{_duration(left)} left"]
        return "  ".join(parts)

    def close(self) -> None:
        """Leave the last state on the screen."""
        if self._bar is not None:
            self._bar.stop()
        elif not self._silent and self._first is not None and self._printed != self._last[0]:
            self._print()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def _steps_per_second(self) -> float | None:
        if self._first is None:
            return None
        steps, seconds = (last - first for last, first in zip(self._last, self._first, strict=True))
        return steps / seconds if steps > 0 and seconds > 0.0 else None

    def _print(self) -> None:
        print(self.line(), file=self._stream, flush=True)
        self._printed = self._last[0]


def _bar(stream: TextIO, total: int) -> Any:
    """A started bar of rich with one task, None where rich is not installed."""
    try:
        import rich.console
        import rich.progress
    except ImportError:
        return None
    bar = rich.progress.Progress(
        rich.progress.BarColumn(bar_width=24),
        rich.progress.TextColumn("{task.fields[state]}"),
        console=rich.console.Console(file=stream),
        auto_refresh=False,
    )
    bar.add_task("", total=total, state="")
    bar.start()
    return bar


def _duration(seconds: float) -> str:
    """At most two units: "3 d 4 h", "2 h 5 min", "40 s"."""
    whole = round(seconds)
    for name, length, next_name, next_length in (
        ("d", 86400, "h", 3600),
        ("h", 3600, "min", 60),
        ("min", 60, "s", 1),
    ):
        if whole >= length:
            return f"{whole // length} {name} {whole % length // next_length} {next_name}"
    return f"{whole} s"
