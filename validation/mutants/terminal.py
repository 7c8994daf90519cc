"""The score on the terminal."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table

from validation.mutants.outcome import CATCHERS
from validation.mutants.report import Row, Score

_HEADS = ("kind", "tried", *CATCHERS, "smooth\nonly", "reaches\nnothing", "survived", "fast suite")


def show(score: Score, console: Console) -> None:
    """A line per kind, then what survived unexplained."""
    table = Table(*_HEADS, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for row in score.rows_by_kind():
        table.add_row(*_cells(row))
    console.print(table)
    constants = score.constants
    console.print(
        f"Constants that reach an output: {score.constants_caught} of {constants.reaching} caught "
        "by columns or dynamics."
    )
    for mutant in score.unexplained:
        console.print(f"not explained: {mutant.name}", style="red", markup=False, highlight=False)


def _cells(row: Row) -> list[str]:
    share = "" if row.share != row.share else f"{100.0 * row.share:.1f} %"
    counts = [*row.by.values(), row.smooth, row.unreached, row.survived]
    return [row.name, f"{row.tried}/{row.mutants}", *(str(n or "") for n in counts), share]
