"""Saying on the terminal what is being done."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn


@contextlib.contextmanager
def announced(steps: int | None = None) -> Iterator[Callable[[str], None]]:
    """A function to be called at the beginning of each step with what it is.

    Args:
        steps: how many there are; None if nobody knows, and then there is no bar.
    """
    bar = [] if steps is None else [BarColumn()]
    progress = Progress(
        TextColumn("{task.description}"),
        *bar,
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with progress:
        task = progress.add_task("starting", total=steps)
        yield lambda step: progress.update(task, description=step, advance=1)
