"""What a comparison of ringing says on the terminal."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from validation.ringing.compare import RingingResult
from validation.ringing.results import field_in_words
from validation.words import duration, number

_ROWS = 5


def show(result: RingingResult, console: Console) -> None:
    """What exceeds, self-tests that failed, and the verdicts."""
    for verdict in result.verdicts:
        if not verdict.failing:
            continue
        table = Table(
            title=f"{verdict.name} against {verdict.reference}",
            title_justify="left",
            box=box.SIMPLE_HEAD,
            padding=0,
            pad_edge=False,
        )
        table.add_column("exceeds most clearly", no_wrap=True)
        for name in ("season", "index", "found", "reference", "ratio"):
            table.add_column(name, justify="right")
        for row in verdict.failing[:_ROWS]:
            table.add_row(
                escape(field_in_words(row.field)),
                row.season,
                row.index,
                number(row.found, 3),
                number(row.expected, 3),
                f"{row.ratio:.2f}",
            )
        console.print(table)
    for sentence in result.remarks:
        console.print(escape(sentence), style="yellow")
    for sentence in result.failed_tests:
        console.print(escape(sentence), style="bold red")
    for verdict in result.verdicts:
        style = "bold green" if verdict.passed else "bold red"
        console.print(escape(verdict.in_words()), style=style, highlight=False)
    console.print(f"({duration(result.seconds)})", highlight=False)
