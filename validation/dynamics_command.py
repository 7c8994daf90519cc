"""`jcm-validate dynamics`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from validation.dynamics.request import (
    DEFAULT_DAYS,
    DEFAULT_OUTPUT,
    DynamicsRequest,
    checked_request,
)


def dynamics(
    implementation: Annotated[
        list[str] | None,
        typer.Option(
            "--implementation",
            metavar="I",
            help="jax or fortran; repeatable. Default: both.",
        ),
    ] = None,
    golden: Annotated[
        Path | None,
        typer.Option(
            "--golden",
            metavar="DIR",
            help="Folder with dynamics/*.nc. Default: tests/golden, here or above.",
        ),
    ] = None,
    precision: Annotated[
        list[str] | None,
        typer.Option(
            "--precision", metavar="X", help="float64 or float32; repeatable. Default: both."
        ),
    ] = None,
    days: Annotated[
        int,
        typer.Option(
            "--days",
            metavar="N",
            help="Length of the runs in which the models are compared day by day, up to 60.",
        ),
    ] = DEFAULT_DAYS,
    output: Annotated[
        Path, typer.Option("--output", metavar="DIR", help="Folder of the report.")
    ] = DEFAULT_OUTPUT,
) -> None:
    """Compare operators, steps and trajectories with the golden numbers, and JAX with Fortran.

    Leaves index.html, results.json, summary.md and dynamics.nc in the output folder. Exit code 0:
    all within tolerance, 1: a comparison fell short, 2: bad usage or input.
    """
    # Imported here: `validation.cli` registers this command.
    from validation.cli import guarded

    def action() -> bool:
        request = checked_request(
            implementations=implementation, precisions=precision, golden=golden, days=days
        )
        return compare_and_report(request, output)

    raise typer.Exit(guarded(action))


EPILOG = "Example: jcm-validate dynamics --implementation jax --precision float64 --days 60"


def compare_and_report(request: DynamicsRequest, output: Path) -> bool:
    """Make the comparisons, write the report, and say on the terminal what came out.

    Returns:
        Whether all is within tolerance.

    Raises:
        InputError: for golden files or an output folder that cannot be used.
    """
    # Imported here: --help and bad usage should not wait for JAX and matplotlib.
    from rich.console import Console

    from validation.announcement import announced
    from validation.dynamics.compare import compare_dynamics, number_of_steps
    from validation.dynamics.report import write_report
    from validation.dynamics.terminal import show
    from validation.folder import check_writable

    check_writable(output)
    with announced(number_of_steps(request) + 1) as announce:
        result = compare_dynamics(request, announce)
        announce("writing the report")
        write_report(result, output)
    console = Console()
    show(result, console)
    console.print(f"Report: {output / 'index.html'}", soft_wrap=True, highlight=False)
    return result.passed
