"""What an attribution says on the terminal."""

from __future__ import annotations

import math

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from validation.attribution.answers import check_of_the_default, paragraph
from validation.attribution.compare import AttributionResult
from validation.words import duration


def show(result: AttributionResult, console: Console) -> None:
    """A line per run, the answers and what fell short."""
    table = Table(
        title="RMS difference / internal variability",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=0,
        pad_edge=False,
    )
    table.add_column("run", no_wrap=True)
    for name in ("of parent", "of Fortran", "ringing", "zonal wind"):
        table.add_column(name, justify="right")
    for row in result.rows:
        measures = (
            row.to_parent.median if row.to_parent else math.nan,
            row.to_fortran.median if row.to_fortran else math.nan,
            row.ringing.index if row.ringing else math.nan,
            row.to_parent.wind_ratio if row.to_parent else math.nan,
        )
        table.add_row(
            escape(row.item.name), *("" if math.isnan(m) else f"{m:.2f}" for m in measures)
        )
    console.print(table)
    console.print(escape(paragraph(result)), highlight=False)
    for sentence in result.remarks:
        console.print(escape(sentence), style="yellow")
    for sentence in result.failures:
        console.print(escape(sentence), style="bold red")
    check = check_of_the_default(result)
    style = "bold green" if check.holds else "bold yellow"
    console.print(escape(check.text), style=style, highlight=False)
    console.print(f"({duration(result.seconds)})", highlight=False)
