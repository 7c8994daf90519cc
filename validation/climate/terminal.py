"""What a climate comparison says on the terminal."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from validation.climate.compare import ClimateResult
from validation.climate.results import speeds, worst_fields
from validation.climate.runs import Progress as RunProgress
from validation.words import duration, number


class RunDisplay:
    """Bars with the dates and speeds of all runs; lines now and then if this is no terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[state]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}
        self._stage: TaskID | None = None

    def __enter__(self) -> RunDisplay:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def announce(self, stage: str) -> None:
        """Say what begins."""
        if self._stage is not None:
            self._bars.remove_task(self._stage)
        self._stage = self._bars.add_task(stage, total=None, state="")

    def progress(self, run: RunProgress) -> None:
        """Say how far a run is."""
        speed = "" if run.sypd is None else f", {run.sypd:.0f} simulated years per day"
        state = f"{run.date}{speed}"
        if run.name not in self._tasks:
            self._tasks[run.name] = self._bars.add_task(run.name, total=run.total, state=state)
        self._bars.update(self._tasks[run.name], completed=run.done, state=state)
        if not self._console.is_terminal and (run.finished or run.done % 12 == 0):
            self._console.print(f"{run.name}: {state}", highlight=False)


def show(result: ClimateResult, console: Console) -> None:
    """The ratios of every pair, what fell short, and the verdict."""
    for pair in result.pairs:
        judgement = pair.judgement
        table = Table(
            title=f"{pair.model.name} against {pair.reference.name}: RMS difference / internal "
            f"variability, {judgement.fields} fields, median {judgement.median:.2f}",
            title_justify="left",
            box=box.SIMPLE_HEAD,
            padding=0,
            pad_edge=False,
        )
        table.add_column("largest", no_wrap=True)
        for name in ("ratio", "RMS", "bias", "correlation"):
            table.add_column(name, justify="right")
        for field in worst_fields(pair, 5):
            measures = field.measures
            table.add_row(
                escape(field.label),
                f"{field.ratio:.2f}",
                f"{number(measures.rms, 3)} {field.units}",
                number(measures.bias),
                f"{measures.correlation:.4f}",
            )
        console.print(table)
    for text in speeds(result):
        console.print(escape(text), highlight=False)
    for sentence in result.remarks:
        console.print(escape(sentence), style="yellow")
    for sentence in result.failures:
        console.print(escape(sentence), style="bold red")
    for part in (*result.pairs, *result.months):
        style = "bold green" if part.passed else "bold red"
        console.print(escape(part.in_words()), style=style, highlight=False)
    console.print(f"({duration(result.seconds)})", highlight=False)
