"""`python -m validation.mutants`, which `make mutants` calls."""

from __future__ import annotations

import collections
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from reference.errors import InputError
from validation.mutants.listing import Mutant, all_mutants, sources
from validation.mutants.operators import OPERATORS
from validation.mutants.run import WorkerError, chosen, try_all
from validation.mutants.store import Store
from validation.mutants.trial import CAUGHT, SURVIVED, Verdict
from validation.request import golden_folder

#: An estimate, not a measurement: a mutant that is caught takes about half a second, one that is
#: not caught ten to twenty, for which all checks are made [s].
SECONDS_PER_MUTANT = 3.0
#: Of the mutants that are no constants, what is tried by default.
DEFAULT_SHARE = 1.0
RESULTS = Path("validation-report/mutants/verdicts.jsonl")
REPORT = Path("docs/evidence/mutants.md")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(
    epilog="Exit code 1 if a mutant that changes an output is neither caught nor explained."
)
def mutants(
    only: Annotated[
        str | None,
        typer.Option("--only", metavar="GLOB", help="Names, as 'physics.convection/*'."),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", metavar="KIND", help=f"One of {', '.join(OPERATORS)}; repeatable."),
    ] = None,
    share: Annotated[
        float,
        typer.Option(
            "--share", metavar="X", help="Of the mutants that are no constants, drawn by name."
        ),
    ] = DEFAULT_SHARE,
    everything: Annotated[bool, typer.Option("--all", help="The same as --share 1.")] = False,
    workers: Annotated[int, typer.Option("--workers", metavar="N", help="Processes.")] = 2,
    most: Annotated[
        int | None, typer.Option("--most", metavar="N", help="Stop after so many mutants.")
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help="List them, try nothing.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Also those that have a verdict and were not caught.")
    ] = False,
    golden: Annotated[
        Path | None, typer.Option("--golden", metavar="DIR", help="The golden folder.")
    ] = None,
    results: Annotated[
        Path, typer.Option("--results", metavar="FILE", help="Verdicts, a line each.")
    ] = RESULTS,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="The page to be written.")
    ] = None,
) -> None:
    """Plant faults into the JAX model, one at a time, and see who in the harness notices.

    A run that was stopped goes on where it was; verdicts on modules that changed do not count.
    """
    console = Console()
    try:
        code = _run(
            console,
            only,
            kind or [],
            1.0 if everything else share,
            workers,
            most,
            listing,
            again,
            golden,
            results,
            report,
        )
    except (InputError, WorkerError) as error:
        console.print(str(error), style="bold red", markup=False)
        raise typer.Exit(2) from error
    raise typer.Exit(code)


def _run(
    console: Console,
    only: str | None,
    kinds: list[str],
    share: float,
    workers: int,
    most: int | None,
    listing: bool,
    again: bool,
    golden: Path | None,
    results: Path,
    report: Path | None,
) -> int:
    from validation.mutants.explanations import read_explanations
    from validation.mutants.report import Score, write_page
    from validation.mutants.terminal import show

    _check(kinds, share, workers, most)
    modules = sources()
    known = all_mutants(modules)
    selection = chosen(known, only=only, kinds=kinds, share=share)
    if not selection:
        raise InputError("no mutant has such a name or kind; --list shows all.")
    if listing:
        for mutant in selection:
            line = f"{mutant.line:4d} {mutant.name}"
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        counts = collections.Counter(mutant.kind for mutant in selection)
        console.print(", ".join(f"{n} {kind}" for kind, n in counts.items()))
        return 0
    folder = golden_folder(golden)
    store = Store(results)
    entries = store.read(modules, known)
    waiting = [
        mutant
        for mutant in selection
        if mutant.name not in entries or (again and entries[mutant.name].verdict.status != CAUGHT)
    ][:most]
    _try(console, waiting, modules, store, folder, workers)
    explained = read_explanations()
    score = Score(known, store.read(modules, known), explained)
    show(score, console)
    if report is not None:
        write_page(score, report)
        console.print(f"written: {report}", markup=False)
    return 1 if score.unexplained else 0


def _try(
    console: Console,
    waiting: list[Mutant],
    modules: dict,
    store: Store,
    golden: Path,
    workers: int,
) -> None:
    if not waiting:
        return
    minutes = len(waiting) * SECONDS_PER_MUTANT / workers / 60.0
    console.print(
        f"{len(waiting)} mutants to try, {workers} at a time: about {minutes:.0f} minutes on "
        "cores that have nothing else to do."
    )
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    began = time.monotonic()
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=len(waiting))

        def announce(mutant: Mutant, verdict: Verdict) -> None:
            words = f"{verdict.status} {verdict.by}".strip()
            progress.update(task, advance=1, description=f"{words}: {mutant.name[:60]}")
            if verdict.status == SURVIVED:
                progress.console.print(f"survived: {mutant.name}", markup=False, highlight=False)

        try_all(waiting, modules, store, golden=golden, workers=workers, announce=announce)
    each = (time.monotonic() - began) * workers / len(waiting)
    console.print(f"{each:.1f} s for a mutant in a process.")


def _check(kinds: list[str], share: float, workers: int, most: int | None) -> None:
    for kind in kinds:
        if kind not in OPERATORS:
            raise InputError(f"--kind is {kind}, expected one of {', '.join(OPERATORS)}.")
    if not 0.0 < share <= 1.0:
        raise InputError(f"--share is {share:g}, expected a number above 0, up to 1.")
    if workers < 1:
        raise InputError(f"--workers is {workers}, expected 1 or more.")
    if most is not None and most < 1:
        raise InputError(f"--most is {most}, expected 1 or more.")


if __name__ == "__main__":
    app()
