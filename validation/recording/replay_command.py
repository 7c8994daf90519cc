"""`jcm-validate replay`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reference.errors import InputError

EPILOG = (
    "Example: jcm-validate replay recording/physics/physics_driver.nc --latitude 0 --longitude 120"
)


def replay(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="A recorded or golden file, or columns.nc of a report."
        ),
    ],
    column: Annotated[
        int | None,
        typer.Option("--column", metavar="N", help="Index of the column. Default: the first."),
    ] = None,
    latitude: Annotated[
        float | None, typer.Option("--latitude", metavar="D", help="Degrees north, instead.")
    ] = None,
    longitude: Annotated[
        float | None, typer.Option("--longitude", metavar="D", help="Degrees east.")
    ] = None,
    step: Annotated[
        int | None, typer.Option("--step", metavar="S", help="Step of the recording.")
    ] = None,
    process: Annotated[
        str | None,
        typer.Option("--process", metavar="P", help="Where the file holds several."),
    ] = None,
    implementation: Annotated[
        str,
        typer.Option(
            "--implementation",
            metavar="I",
            help="jax, fortran, or a port of your own, as for `jcm-validate columns`.",
        ),
    ] = "jax",
    precision: Annotated[
        str | None,
        typer.Option("--precision", metavar="X", help="float64 or float32. Default: float64."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="Also write it, as .json or .nc."),
    ] = None,
) -> None:
    """Run one column through the Fortran and a port, and print every quantity side by side.

    A column of the physics driver goes through all processes in their order. Exit code 0: within
    tolerance, 1: it differs, 2: bad usage or input.
    """
    # Imported here: `validation.cli` registers this command.
    from validation.cli import guarded

    def action() -> bool:
        from rich.console import Console

        from validation.columns import make_port, reference_port
        from validation.recording.column_files import read_columns
        from validation.recording.replay_output import check_output, write_replay
        from validation.recording.replay_terminal import show_replay
        from validation.recording.side_by_side import processes_of, replay_column
        from validation.request import check_implementation, check_precision

        if output is not None:
            check_output(output)
        check_implementation(implementation)
        check_precision(precision or "float64")
        if implementation == "fortran" and precision == "float32":
            raise InputError("the Fortran reference computes in float64.")
        columns = read_columns(file, process)
        index = columns.find(column, latitude, longitude, step)
        port = make_port(implementation, precision or "float64", processes_of(columns.process))
        result = replay_column(columns, index, reference_port(), port)
        show_replay(result, Console())
        if output is not None:
            write_replay(result, output)
        return result.passed

    raise typer.Exit(guarded(action))
