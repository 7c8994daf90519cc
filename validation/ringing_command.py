"""`jcm-validate ringing`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from validation.request import golden_folder

EPILOG = (
    "Example: jcm-validate ringing default=validation-report/climate/runs/jax-float32-0123456789 "
    "era5.nc --truncation 63"
)
DEFAULT_OUTPUT = Path("validation-report/ringing")


def ringing(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN_OR_FILE...",
            help="A run of the harness, a stored climate, a folder with output of jcm run, or any "
            "CF NetCDF file with global fields; NAME=PATH names it in the report.",
        ),
    ],
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="RUN_OR_FILE",
            help="What may not be exceeded. Default: the stored climate of the original.",
        ),
    ] = None,
    flat: Annotated[
        str | None,
        typer.Option(
            "--flat", metavar="RUN_OR_FILE", help="Control without orography, shown beside."
        ),
    ] = None,
    spinup: Annotated[
        int | None,
        typer.Option(
            "--spinup",
            metavar="N",
            help="Years dropped at the beginning of runs of the harness. Default: 1 if they began "
            "at rest.",
        ),
    ] = None,
    truncation: Annotated[
        int | None,
        typer.Option(
            "--truncation",
            metavar="N",
            help="Total wavenumber that spectra end with. Default: of the run, of the file, or "
            "what the grid holds.",
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
        Path, typer.Option("--output", metavar="DIR", help="Folder of the report.")
    ] = DEFAULT_OUTPUT,
) -> None:
    """Measure the noise of the smallest scales and say whether it exceeds the original's.

    Leaves index.html, results.json, summary.md and ringing.nc in the output folder. Exit code 0:
    nothing rings more than 1.1 x the reference, 1: something does or an index failed its
    self-test, 2: bad usage or input.
    """
    # Imported here: `validation.cli` registers this command.
    from validation.cli import guarded

    def action() -> bool:
        from rich.console import Console

        from validation.announcement import announced
        from validation.folder import check_writable
        from validation.ringing.compare import compare_ringing
        from validation.ringing.report import write_report
        from validation.ringing.request import checked_ringing_request
        from validation.ringing.terminal import show

        request = checked_ringing_request(
            inputs=inputs,
            against=against,
            flat=flat,
            spinup=spinup,
            truncation=truncation,
            golden=golden_folder(golden),
            output=output,
        )
        check_writable(request.output)
        with announced() as announce:
            result = compare_ringing(request, announce)
            announce("writing the report")
            write_report(result, request.output)
        console = Console()
        show(result, console)
        console.print(f"Report: {request.output / 'index.html'}", soft_wrap=True, highlight=False)
        return result.passed

    raise typer.Exit(guarded(action))
