"""What a run of the dry test cases says on the terminal."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from validation.dry.compare import DryResult
from validation.dry.criteria import Criterion
from validation.dry.results import TITLES, limits, measured, of_case, shortfalls, state, verdict
from validation.words import duration


def show(result: DryResult, console: Console) -> None:
    """One line per criterion, the source of what fell short, and the verdict."""
    for case in result.request.cases:
        table = Table(
            title=TITLES[case],
            title_justify="left",
            box=box.SIMPLE_HEAD,
            padding=(0, 1, 0, 0),
            pad_edge=False,
        )
        for name in ("run", "measured", "value", "accepted", ""):
            table.add_column(name, no_wrap=name != "measured")
        for c in of_case(result, case):
            table.add_row(c.run, c.name, measured(c), limits(c), _coloured(c))
        console.print(table)
    short = shortfalls(result)
    if short:
        console.print("What fell short:", style="bold")
    for sentence in (*short, *result.failures):
        console.print(escape(sentence), style="red", highlight=False)
    style = "bold green" if result.passed else "bold red"
    console.print(f"{escape(verdict(result))} ({duration(result.seconds)})", style=style)


def _coloured(criterion: Criterion) -> str:
    if not criterion.judged:
        return f"[dim]{state(criterion)}[/]"
    return f"[{'green' if criterion.passed else 'bold red'}]{state(criterion)}[/]"
