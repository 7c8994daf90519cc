"""`jcm-validate attribution`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from validation.attribution.profile import DEFAULT_OUTPUT, Profile
from validation.climate_command import INTERRUPTED
from validation.request import golden_folder

if TYPE_CHECKING:
    from validation.attribution.request import AttributionRequest

EPILOG = "Example: jcm-validate attribution --profile quick"


def attribution(
    profile: Annotated[
        Profile,
        typer.Option(
            "--profile",
            help="quick: the main items, one year after half a year; full: all items, three years "
            "after one.",
        ),
    ] = Profile.quick,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="ITEM",
            help="This item, with what it is compared with; repeatable. Default: the profile's.",
        ),
    ] = None,
    years: Annotated[
        int | None,
        typer.Option("--years", metavar="N", help="Years that are compared. Default: see profile."),
    ] = None,
    spinup: Annotated[
        float | None,
        typer.Option(
            "--spinup",
            metavar="X",
            help="Years before them that are dropped, in whole months: 0.5 is six.",
        ),
    ] = None,
    golden: Annotated[
        Path | None,
        typer.Option(
            "--golden",
            metavar="DIR",
            help="Folder with climate/. Default: tests/golden, here or above.",
        ),
    ] = None,
    output: Annotated[
        Path,
        typer.Option(
            "--output", metavar="DIR", help="Folder of the report; runs are kept in DIR/runs."
        ),
    ] = DEFAULT_OUTPUT,
) -> None:
    """Change one thing at a time from the Fortran to the Dinosaur core, and compare the climates.

    An interrupted attribution continues where it stopped. Leaves index.html, results.json,
    summary.md, attribution.md, attribution.nc and the figure in the output folder. Exit code 0: all
    runs were compared, 1: one stopped, 2: bad usage or input.
    """
    # Imported here: `validation.cli` registers this command.
    from validation.attribution.request import checked_attribution_request
    from validation.cli import guarded

    def action() -> bool:
        request = checked_attribution_request(
            profile=profile,
            only=only,
            years=years,
            spinup=spinup,
            golden=golden_folder(golden),
            output=output,
        )
        try:
            return attribute_and_report(request)
        except KeyboardInterrupt:
            typer.echo(
                f"Interrupted. Finished months are kept in {output / 'runs'}; the same command "
                "continues.",
                err=True,
            )
            raise typer.Exit(INTERRUPTED) from None

    raise typer.Exit(guarded(action))


def attribute_and_report(request: AttributionRequest) -> bool:
    """Make the attribution, write the report, and say on the terminal what came out.

    Returns:
        Whether all runs finished and could be compared.

    Raises:
        InputError: for data or an output folder that cannot be used.
    """
    # Imported here: --help and bad usage should not wait for JAX and matplotlib.
    import os

    from rich.console import Console

    from validation.attribution.compare import attribute
    from validation.attribution.report import write_report
    from validation.attribution.terminal import show
    from validation.climate.terminal import RunDisplay
    from validation.folder import check_writable

    check_writable(request.output)
    console = Console(stderr=True)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    console.print(
        f"{len(request.items())} runs, about {request.expected_minutes(cores):.0f} minutes if none "
        "exists yet.",
        highlight=False,
    )
    with RunDisplay(console) as display:
        result = attribute(request, display.announce, display.progress)
        display.announce("writing the report")
        write_report(result, request.output)
    console = Console()
    show(result, console)
    console.print(f"Report: {request.output / 'index.html'}", soft_wrap=True, highlight=False)
    return result.passed
