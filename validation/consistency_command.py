"""`jcm-validate consistency`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from validation.request import golden_folder

EPILOG = "Example: jcm-validate consistency --model jax --precision float32 --change all"
DEFAULT_OUTPUT = Path("validation-report/consistency")
#: As in validation.consistency.ensemble, which takes long to import.
_MEMBERS, _HOLD_OUT = 200, 1300


def consistency(
    model: Annotated[
        list[str] | None,
        typer.Option("--model", metavar="M", help="jax or fortran; repeatable. Default: jax."),
    ] = None,
    precision: Annotated[
        list[str] | None,
        typer.Option(
            "--precision", metavar="X", help="float32 or float64; repeatable. Default: both."
        ),
    ] = None,
    change: Annotated[
        list[str] | None,
        typer.Option(
            "--change",
            metavar="NAME",
            help="A fault to plant, which must be detected, or all; repeatable.",
        ),
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "--parameter",
            metavar="NAME=VALUE",
            help="Test the model with another parameter, NAME=VALUE or NAME*FACTOR; repeatable.",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", metavar="S", help="Of the initial perturbations.")
    ] = 0,
    ensemble: Annotated[
        Path | None,
        typer.Option(
            "--ensemble",
            metavar="FILE",
            help="Summary of the ensemble. Default: the one that comes with the package.",
        ),
    ] = None,
    rebuild: Annotated[
        bool,
        typer.Option("--rebuild", help="Make the ensemble with the Fortran and write FILE first."),
    ] = False,
    members: Annotated[
        int,
        typer.Option(
            "--members",
            metavar="N",
            help="With --rebuild: runs that define the components, and as many for their scatter.",
        ),
    ] = _MEMBERS,
    hold_out: Annotated[
        int,
        typer.Option(
            "--hold-out",
            metavar="N",
            help="With --rebuild: runs that measure the rate of false alarms.",
        ),
    ] = _HOLD_OUT,
    golden: Annotated[
        Path | None,
        typer.Option(
            "--golden",
            metavar="DIR",
            help="Folder with dynamics/restart_state.nc. Default: tests/golden, here or above.",
        ),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", metavar="DIR", help="Folder of the report.")
    ] = DEFAULT_OUTPUT,
) -> None:
    """Tell round-off from another climate: three runs of a day against an ensemble of them.

    Leaves index.html, results.json and summary.md in the output folder. Exit code 0: the models
    have the climate of the reference and planted changes were detected, 1: not so, 2: bad usage or
    input.
    """
    # Imported here: `validation.cli` registers this command.
    from validation.cli import guarded

    def action() -> bool:
        from jcm.command.cache import use_compilation_cache
        from validation.announcement import announced
        from validation.consistency.compare import compare_consistency, number_of_steps
        from validation.consistency.report import write_report
        from validation.consistency.request import checked_consistency_request
        from validation.consistency.terminal import show
        from validation.folder import check_writable

        request = checked_consistency_request(
            models=model,
            precisions=precision,
            changes=change,
            parameters=parameter,
            seed=seed,
            ensemble=ensemble,
            golden=golden_folder(golden),
            output=output,
        )
        check_writable(output)
        use_compilation_cache()
        console = Console()
        # Names of variables do not fit beside the rest in less.
        console.width = max(console.width, 130)
        if rebuild:
            _rebuild(request.ensemble, request.golden, members, hold_out, console)
        with announced(number_of_steps(request) + 1) as announce:
            result = compare_consistency(request, announce)
            announce("writing the report")
            write_report(result, output)
        show(result, console)
        console.print(f"Report: {output / 'index.html'}", soft_wrap=True, highlight=False)
        return result.passed

    raise typer.Exit(guarded(action))


def _rebuild(path: Path, golden: Path, members: int, hold_out: int, console: Console) -> None:
    from reference.errors import InputError
    from validation.announcement import announced
    from validation.climate.models import RunStoppedError
    from validation.consistency.ensemble import build_ensemble
    from validation.consistency.ensemble_file import write_ensemble
    from validation.words import duration

    with announced(2 * members + hold_out) as announce:
        try:
            made = build_ensemble(golden, members=members, hold_out=hold_out, announce=announce)
        except RunStoppedError as error:
            raise InputError(f"no ensemble was made: {error}") from None
    write_ensemble(made, path)
    console.print(
        f"Ensemble: {path}, {2 * members + hold_out} runs in {duration(made.seconds)}.",
        soft_wrap=True,
        highlight=False,
    )
