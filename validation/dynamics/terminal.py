"""What a dynamics run says on the terminal."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from validation.dynamics.compare import DynamicsResult
from validation.dynamics.comparison import FieldComparison
from validation.dynamics.results import (
    divergence_in_words,
    group_in_words,
    grouped_failures,
    kind_of,
    kinds,
    margin,
    verdict,
    worst_of,
)
from validation.words import duration


def show(result: DynamicsResult, console: Console) -> None:
    """One line per comparison, every detail of what fell short, and how far the models part."""
    columns = kinds(result)
    table = Table(
        title="Worst margin per comparison: measured / tolerance, up to 1 passes",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=0,
        pad_edge=False,
    )
    table.add_column("comparison", no_wrap=True)
    for implementation, precision in columns:
        table.add_column(f"{implementation}\n{precision}")
    for process in result.processes:
        own = [c for c in result.comparisons if c.process == process]
        table.add_row(process, *(_cell([c for c in own if kind_of(c) == k]) for k in columns))
    console.print(table)
    failed = grouped_failures(result.comparisons)
    if failed:
        console.print("What fell short:", style="bold")
    for comparison, outputs in failed:
        console.print(escape(group_in_words(comparison, outputs)), style="red", highlight=False)
    for divergence in result.divergences:
        console.print(escape(divergence_in_words(result, divergence)), highlight=False)
    for sentence in (*result.failures, *result.remarks):
        console.print(escape(sentence), style="yellow")
    style = "bold green" if result.passed else "bold red"
    console.print(f"{escape(verdict(result))} ({duration(result.seconds)})", style=style)


def _cell(comparisons: list[FieldComparison]) -> str:
    worst = worst_of(comparisons)
    if worst is None:
        return "[dim]none[/]"
    text = margin(worst, digits=2)
    return f"[green]{text}[/]" if worst.passed else f"[bold red]{text}[/]"
