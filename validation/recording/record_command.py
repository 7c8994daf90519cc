"""`jcm-validate record`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from validation.recording.request import (
    DEFAULT_COLUMNS,
    DEFAULT_OUTPUT,
    DEFAULT_SEED,
    DEFAULT_START,
    DEFAULT_STEPS,
    RecordRequest,
    checked_record_request,
)

EPILOG = (
    "Example: jcm-validate record --model fortran --start 1982-01-01 --steps 0,1,35,36 "
    "--columns 500 --output recording"
)


def record(
    model: Annotated[str, typer.Option("--model", metavar="M", help="jax or fortran.")] = "jax",
    precision: Annotated[
        str | None,
        typer.Option("--precision", metavar="X", help="float64 or float32. Default: float64."),
    ] = None,
    start: Annotated[
        str,
        typer.Option(
            "--start",
            metavar="DATE|FILE",
            help="A date, for a start from rest, a file laid out like restart_state.nc, or a "
            "checkpoint of jcm run.",
        ),
    ] = DEFAULT_START,
    steps: Annotated[
        str | None,
        typer.Option(
            "--steps",
            metavar="LIST",
            help=f"Steps of 40 minutes, the first is 0. Default: {DEFAULT_STEPS}.",
        ),
    ] = None,
    every: Annotated[
        int | None,
        typer.Option("--every", metavar="N", help="Every N-th step of the run instead."),
    ] = None,
    days: Annotated[
        float | None, typer.Option("--days", metavar="D", help="Length of the run.")
    ] = None,
    columns: Annotated[
        str, typer.Option("--columns", metavar="N", help="Columns to draw, or all.")
    ] = str(DEFAULT_COLUMNS),
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Of the draw.")] = DEFAULT_SEED,
    process: Annotated[
        list[str] | None,
        typer.Option("--process", metavar="P", help="A process; repeatable. Default: all."),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", metavar="DIR", help="Folder to write.")
    ] = DEFAULT_OUTPUT,
) -> None:
    """Save what every process sees and computes at chosen steps of a run, as golden numbers.

    The folder can be given to `jcm-validate columns --golden`, its files to `jcm-validate replay`.
    Exit code 0: recorded, 2: bad usage or input.
    """
    # Imported here: `validation.cli` registers this command.
    from validation.cli import guarded

    def action() -> bool:
        request = checked_record_request(
            model=model,
            precision=precision,
            start=start,
            steps=steps,
            every=every,
            days=days,
            columns=columns,
            seed=seed,
            processes=process,
        )
        return record_and_tell(request, output)

    raise typer.Exit(guarded(action))


def record_and_tell(request: RecordRequest, output: Path) -> bool:
    """Make the recording, write it, and say on the terminal what is in it.

    Raises:
        InputError: for an output folder that cannot be used, or a run that stops.
    """
    # Imported here: --help and bad usage should not wait for JAX.
    from rich.console import Console

    from validation.announcement import announced
    from validation.recording.proof import in_words
    from validation.recording.record import make_run, record
    from validation.recording.writing import check_unused, write_recording

    check_unused(output)
    with announced() as announce:
        announce("starting the model")
        run = make_run(request)
        recording = record(request, run, announce)
        announce("writing")
        write_recording(recording, output)
    console = Console()
    for text in (in_words(recording.agreements), *recording.remarks):
        console.print(text, soft_wrap=True, highlight=False)
    console.print(f"Recording: {output}, {len(recording.files)} files", soft_wrap=True)
    return True
