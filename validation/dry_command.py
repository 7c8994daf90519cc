"""`jcm-validate dry`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from validation.dry.request import (
    DEFAULT_DAYS,
    DEFAULT_LEVELS,
    DEFAULT_OUTPUT,
    DEFAULT_RESOLUTIONS,
    DEFAULT_SPINUP,
    DINOSAUR,
    HELD_SUAREZ,
    SPEEDY_LEVELS,
    SPEEDY_RESOLUTION,
    WAVE,
    DryRequest,
    checked_dry_request,
)


def dry(
    case: Annotated[
        list[str] | None,
        typer.Option(
            "--case", metavar="C", help=f"{HELD_SUAREZ} or {WAVE}; repeatable. Default: both."
        ),
    ] = None,
    core: Annotated[
        str, typer.Option("--core", metavar="C", help="speedy or dinosaur.")
    ] = DINOSAUR,
    resolution: Annotated[
        list[str] | None,
        typer.Option(
            "--resolution",
            metavar="R",
            help="As T42; repeatable. Default: "
            f"{', '.join(DEFAULT_RESOLUTIONS[HELD_SUAREZ])} for {HELD_SUAREZ}, "
            f"{' and '.join(DEFAULT_RESOLUTIONS[WAVE])} for {WAVE}; core speedy has "
            f"{SPEEDY_RESOLUTION}.",
        ),
    ] = None,
    levels: Annotated[
        int | None,
        typer.Option(
            "--levels",
            metavar="N",
            help=f"Equal sigma layers. Default: {DEFAULT_LEVELS}; core speedy has its own "
            f"{SPEEDY_LEVELS}.",
        ),
    ] = None,
    days: Annotated[
        int,
        typer.Option("--days", metavar="N", help="Days of the Held-Suarez climate that count."),
    ] = DEFAULT_DAYS,
    spinup: Annotated[
        int, typer.Option("--spinup", metavar="N", help="Days before them that are dropped.")
    ] = DEFAULT_SPINUP,
    output: Annotated[
        Path, typer.Option("--output", metavar="DIR", help="Folder of the report.")
    ] = DEFAULT_OUTPUT,
) -> None:
    """Test a dynamical core without moist physics: Held-Suarez climate and baroclinic wave.

    The published Held-Suarez climate is that of 1000 days after 200: --days 1000 --spinup 200.
    Leaves index.html, results.json, summary.md and dry.nc in the output folder. Exit code 0: every
    criterion is met, 1: one fell short or a run stopped, 2: bad usage or input.
    """
    # Imported here: `validation.cli` registers this command.
    from validation.cli import guarded

    def action() -> bool:
        request = checked_dry_request(
            cases=case,
            core=core,
            resolutions=resolution,
            levels=levels,
            days=days,
            spinup=spinup,
        )
        return compare_and_report(request, output)

    raise typer.Exit(guarded(action))


EPILOG = "Example: jcm-validate dry --case baroclinic-wave --resolution T31 --resolution T85"


def compare_and_report(request: DryRequest, output: Path) -> bool:
    """Make the runs, write the report, and say on the terminal what came out.

    Returns:
        Whether every criterion is met.

    Raises:
        InputError: for an output folder that cannot be used.
    """
    # Imported here: --help and bad usage should not wait for JAX and matplotlib.
    from rich.console import Console

    from validation.announcement import announced
    from validation.dry.compare import compare_dry, number_of_steps
    from validation.dry.report import write_report
    from validation.dry.terminal import show
    from validation.folder import check_writable

    check_writable(output)
    with announced(number_of_steps(request) + 1) as announce:
        result = compare_dry(request, announce)
        announce("writing the report")
        write_report(result, output)
    console = Console()
    show(result, console)
    console.print(f"Report: {output / 'index.html'}", soft_wrap=True, highlight=False)
    return result.passed
