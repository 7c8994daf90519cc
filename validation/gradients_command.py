"""`jcm-validate gradients`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from validation.gradients.request import (
    DEFAULT_DAYS,
    DEFAULT_OUTPUT,
    DEFAULT_SAMPLES,
    DEFAULT_SEED,
)

EPILOG = (
    "Example: jcm-validate gradients --process convection --samples 1000 --output report/convection"
)


def gradients(
    process: Annotated[
        list[str] | None,
        typer.Option(
            "--process",
            metavar="P",
            help="A process; repeatable. Default: all, and the whole model.",
        ),
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(
            "--samples",
            metavar="N",
            help=f"Columns of model runs per process; to five of them there is a made one and a "
            f"drawn one. Default: {DEFAULT_SAMPLES}, and more of small processes.",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", metavar="S", help="Of the columns and the directions.")
    ] = DEFAULT_SEED,
    core: Annotated[
        list[str] | None,
        typer.Option("--core", metavar="C", help="speedy or dinosaur; repeatable. Default: both."),
    ] = None,
    days: Annotated[
        int, typer.Option("--days", metavar="N", help="Longest rollout of the model, up to 10.")
    ] = DEFAULT_DAYS,
    input_: Annotated[
        list[str] | None,
        typer.Option("--input", metavar="NAME", help="Look at this input only; repeatable."),
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "--parameter", metavar="NAME", help="Look at this parameter only; repeatable."
        ),
    ] = None,
    output_variable: Annotated[
        list[str] | None,
        typer.Option(
            "--output-variable", metavar="NAME", help="With --replay: show this output only."
        ),
    ] = None,
    step: Annotated[
        float | None,
        typer.Option(
            "--step",
            metavar="H",
            help="Largest step of the differences in natural sizes of what is varied. "
            "Default: 0.02; of ever smaller ones the best counts.",
        ),
    ] = None,
    columns: Annotated[
        bool, typer.Option("--columns/--no-columns", help="Check the processes on columns.")
    ] = True,
    rollouts: Annotated[
        bool | None,
        typer.Option(
            "--rollouts/--no-rollouts",
            help="Check the whole model over 1 step to --days. Default: unless one of --process, "
            "--input, --parameter, --output-variable, --step is given.",
        ),
    ] = None,
    golden: Annotated[
        Path | None,
        typer.Option(
            "--golden",
            metavar="DIR",
            help="Folder with the columns of model runs. Default: tests/golden, here or above.",
        ),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", metavar="DIR", help="Folder of the report.")
    ] = DEFAULT_OUTPUT,
    replay: Annotated[
        str | None,
        typer.Option(
            "--replay",
            metavar="WHERE",
            help="Show the derivatives of one column instead: FILE:COLUMN or samples:SEED:INDEX, "
            "with one --process and one --input or --parameter.",
        ),
    ] = None,
) -> None:
    """Compare derivatives of the JAX model with finite differences of it and of the Fortran.

    Leaves index.html, results.json, summary.md and gradients.nc in the output folder. Exit code 0:
    every derivative agrees, 1: one does not, or an input is dead, 2: bad usage or input.
    """
    # Imported here: `validation.cli` registers this command.
    from validation.cli import guarded

    def action() -> bool:
        from rich.console import Console

        from validation.announcement import announced
        from validation.folder import check_writable
        from validation.gradients.compare import compare_gradients
        from validation.gradients.report import write_report
        from validation.gradients.request import checked_gradients_request
        from validation.gradients.terminal import show

        request = checked_gradients_request(
            processes=process,
            cores=core,
            samples=samples,
            seed=seed,
            days=days,
            inputs=input_,
            outputs=output_variable,
            parameters=parameter,
            step=step,
            columns=columns,
            rollouts=rollouts,
            replay=replay is not None,
            golden=golden,
            output=output,
        )
        console = Console()
        if replay is not None:
            from validation.gradients.replay import replay as show_column

            # Two numbers with all their digits do not fit beside each other in less.
            console.width = max(console.width, 170)
            return show_column(request, replay, console)
        check_writable(request.output)
        with announced() as announce:
            result = compare_gradients(request, announce)
            announce("writing the report")
            write_report(result, request.output)
        show(result, console)
        console.print(f"Report: {request.output / 'index.html'}", soft_wrap=True, highlight=False)
        return result.passed

    raise typer.Exit(guarded(action))
