"""What a consistency test says on the terminal."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from validation.consistency.compare import Case, ConsistencyResult
from validation.consistency.results import (
    TITLE,
    affected,
    failing,
    false_alarm_words,
    reasons,
    residual,
    state,
    verdict,
)
from validation.words import duration


def show(result: ConsistencyResult, console: Console) -> None:
    """One line per model and change, what a reader must know, and the verdict."""
    table = Table(
        title=TITLE, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False
    )
    for name in ("model", "change", "", "components", "residual", "most affected"):
        table.add_column(name, no_wrap=name not in ("change", "most affected"), overflow="fold")
    for case in result.cases:
        table.add_row(
            case.name,
            escape(case.change.words),
            _coloured(case),
            failing(case),
            residual(case),
            escape(affected(case) or reasons(case)),
        )
    console.print(table)
    console.print(escape(false_alarm_words(result.ensemble)), highlight=False)
    for remark in result.remarks:
        console.print(escape(remark), style="yellow", highlight=False)
    style = "bold green" if result.passed else "bold red"
    console.print(f"{escape(verdict(result))} ({duration(result.seconds)})", style=style)


def _coloured(case: Case) -> str:
    return f"[{'green' if case.passed else 'bold red'}]{state(case)}[/]"
