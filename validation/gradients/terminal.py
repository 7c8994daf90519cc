"""What the gradient checks say on the terminal."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from validation.gradients.compare import GradientsResult, verdict
from validation.gradients.results import slopes_in_words
from validation.words import count, duration, number


def show(result: GradientsResult, console: Console) -> None:
    """A line per process and per direction of a rollout, and the verdict."""
    if result.processes:
        table = _table("derivatives of")
        table.columns[0].no_wrap = True
        for name in (
            "smooth",
            "agree",
            "kinks",
            "jumps",
            "Taylor slopes",
            "dot product",
        ):
            table.add_column(name, justify="right", no_wrap=True)
        for process in result.processes:
            tally = process.tally
            table.add_row(
                process.process,
                count(tally.smooth),
                f"{tally.agreeing_share:.2%}",
                count(tally.kink),
                count(tally.jump),
                slopes_in_words(process.taylor),
                "" if process.modes is None else number(process.modes.dot_product),
                style="" if process.passed else "bold red",
            )
        console.print(table)
    for rollout in result.rollouts:
        table = _table(f"core {rollout.core}")
        for name in ("steps", "JAX differences", "Fortran differences"):
            table.add_column(name, justify="right", no_wrap=True)
        for one in rollout.directions:
            table.add_row(
                escape(".".join(one.direction.split(".")[-2:])),
                str(one.steps),
                number(one.jax.best.error),
                "" if one.fortran is None else number(one.fortran.best.error),
                style="" if one.passed else "bold red",
            )
        console.print(table)
    for sentence in result.remarks:
        console.print(escape(sentence), style="yellow")
    style = "bold green" if result.passed else "bold red"
    console.print(escape(verdict(result)), style=style, highlight=False)
    console.print(f"({duration(result.seconds)})", highlight=False)


def _table(title: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=0, pad_edge=False)
    table.add_column(title, overflow="fold")
    return table
