"""`jcm-validate climate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from validation.climate.request import (
    DEFAULT_OUTPUT,
    DEFAULT_SPINUP,
    DEFAULT_YEARS,
    ClimateRequest,
    checked_climate_request,
)
from validation.request import golden_folder

#: Exit code after Ctrl-C, as shells have it.
INTERRUPTED = 130
EPILOG = "Example: jcm-validate climate --years 3 --spinup 1 --precision float32"


def climate(
    years: Annotated[
        int, typer.Option("--years", metavar="N", help="Years that are compared.")
    ] = DEFAULT_YEARS,
    spinup: Annotated[
        int, typer.Option("--spinup", metavar="N", help="Years before them that are dropped.")
    ] = DEFAULT_SPINUP,
    days: Annotated[
        int | None,
        typer.Option(
            "--days",
            metavar="N",
            help="Instead: N days (up to 31) of January from one state, both models.",
        ),
    ] = None,
    core: Annotated[
        str, typer.Option("--core", metavar="C", help="Dynamical core of the JAX model.")
    ] = "speedy",
    resolution: Annotated[
        str | None,
        typer.Option(
            "--resolution",
            metavar="R",
            help="With --core dinosaur: T31 (default), T42, TL63 ...; compared on SPEEDY's grid.",
        ),
    ] = None,
    gate_width: Annotated[
        float,
        typer.Option(
            "--gate-width",
            metavar="W",
            help="Smooth gates of this width in the JAX model: what they cost the climate.",
        ),
    ] = 0.0,
    precision: Annotated[
        list[str] | None,
        typer.Option(
            "--precision",
            metavar="X",
            help="float64 or float32 of the JAX model; repeatable. Default: float64.",
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="WHAT",
            help="fortran, a folder with a stored climate or a run, or a NetCDF file of another "
            "model. Default: the stored climate of the original, and JAX against Fortran.",
        ),
    ] = None,
    top_level_only: Annotated[
        bool,
        typer.Option(
            "--extra-diffusion-on-top-level-only",
            help="Change this in both models: the comparison must see it.",
        ),
    ] = False,
    golden: Annotated[
        Path | None,
        typer.Option(
            "--golden",
            metavar="DIR",
            help="Folder with climate/ and dynamics/. Default: tests/golden, here or above.",
        ),
    ] = None,
    output: Annotated[
        Path,
        typer.Option(
            "--output", metavar="DIR", help="Folder of the report; runs are kept in DIR/runs."
        ),
    ] = DEFAULT_OUTPUT,
) -> None:
    """Run both models side by side and compare their climates, with each other and the original's.

    An interrupted comparison continues where it stopped. Leaves index.html, results.json,
    summary.md and climate.nc in the output folder. Exit code 0: as it should be, 1: a comparison
    fell short or a run stopped, 2: bad usage or input.
    """
    # Imported here: `validation.cli` registers this command.
    from validation.cli import guarded

    def action() -> bool:
        request = checked_climate_request(
            years=years,
            spinup=spinup,
            days=days,
            core=core,
            resolution=resolution,
            gate_width=gate_width,
            precisions=precision,
            against=against,
            top_level_only=top_level_only,
            golden=golden_folder(golden),
            output=output,
        )
        try:
            return compare_and_report(request)
        except KeyboardInterrupt:
            typer.echo(
                f"Interrupted. Finished months are kept in {output / 'runs'}; the same command "
                "continues.",
                err=True,
            )
            raise typer.Exit(INTERRUPTED) from None

    raise typer.Exit(guarded(action))


def compare_and_report(request: ClimateRequest) -> bool:
    """Make the comparison, write the report, and say on the terminal what came out.

    Returns:
        Whether all is as it should be.

    Raises:
        InputError: for data or an output folder that cannot be used.
    """
    # Imported here: --help and bad usage should not wait for JAX and matplotlib.
    from rich.console import Console

    from validation.climate.compare import compare_climate
    from validation.climate.report import write_report
    from validation.climate.terminal import RunDisplay, show
    from validation.folder import check_writable

    check_writable(request.output)
    console = Console(stderr=True)
    with RunDisplay(console) as display:
        result = compare_climate(request, display.announce, display.progress)
        display.announce("writing the report")
        write_report(result, request.output)
    console = Console()
    show(result, console)
    console.print(f"Report: {request.output / 'index.html'}", soft_wrap=True, highlight=False)
    return result.passed
