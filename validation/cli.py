"""The command `jcm-validate`.

Exit codes: 0 all within tolerance, 1 a comparison fell short, 2 bad usage or input.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from reference.errors import InputError, ReferenceUnavailableError
from validation.announcement import announced
from validation.attribution_command import EPILOG as ATTRIBUTION_EPILOG
from validation.attribution_command import attribution
from validation.climate_command import EPILOG as CLIMATE_EPILOG
from validation.climate_command import climate
from validation.consistency_command import EPILOG as CONSISTENCY_EPILOG
from validation.consistency_command import consistency
from validation.dry_command import EPILOG as DRY_EPILOG
from validation.dry_command import dry
from validation.dynamics_command import EPILOG as DYNAMICS_EPILOG
from validation.dynamics_command import dynamics
from validation.everything import Profile
from validation.gradients_command import EPILOG as GRADIENTS_EPILOG
from validation.gradients_command import gradients
from validation.porting.command import EPILOG as NEW_PORT_EPILOG
from validation.porting.command import new_port
from validation.recording.record_command import EPILOG as RECORD_EPILOG
from validation.recording.record_command import record
from validation.recording.replay_command import EPILOG as REPLAY_EPILOG
from validation.recording.replay_command import replay as replay_column
from validation.request import (
    DEFAULT_OUTPUT,
    DEFAULT_SAMPLES,
    DEFAULT_SEED,
    ColumnsRequest,
    checked_request,
)
from validation.ringing_command import EPILOG as RINGING_EPILOG
from validation.ringing_command import ringing

WITHIN, FELL_SHORT, BAD_INPUT = 0, 1, 2

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Compare implementations of SPEEDY with the original's numbers and with each other.",
)


Golden = Annotated[
    Path | None,
    typer.Option(
        "--golden",
        metavar="DIR",
        help="Folder with physics/*.nc and surface/*.nc. Default: tests/golden, here or above.",
    ),
]


@app.callback()
def _commands() -> None:
    """Keeps the name of a command needed while there are few of them."""


@app.command(
    epilog="Example: jcm-validate columns --process convection --implementation jax "
    "--precision float32 --samples 2000 --output report/convection"
)
def columns(
    process: Annotated[
        list[str] | None,
        typer.Option("--process", metavar="P", help="A process; repeatable. Default: all."),
    ] = None,
    implementation: Annotated[
        list[str] | None,
        typer.Option(
            "--implementation",
            metavar="I",
            help="jax, fortran, or a port of your own: module:object, module:function, "
            "'cmd: program {input} {output}' or a TOML file; repeatable. Default: fortran and jax.",
        ),
    ] = None,
    golden: Golden = None,
    precision: Annotated[
        list[str] | None,
        typer.Option(
            "--precision", metavar="X", help="float64 or float32; repeatable. Default: both."
        ),
    ] = None,
    samples: Annotated[
        int, typer.Option("--samples", metavar="N", help="Columns to draw per process.")
    ] = DEFAULT_SAMPLES,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Of the draw.")] = DEFAULT_SEED,
    output: Annotated[
        Path, typer.Option("--output", metavar="DIR", help="Folder of the report.")
    ] = DEFAULT_OUTPUT,
    replay: Annotated[
        str | None,
        typer.Option(
            "--replay",
            metavar="WHERE",
            help="Show one column instead: FILE:COLUMN or samples:SEED:INDEX.",
        ),
    ] = None,
    diagnosis: Annotated[
        bool,
        typer.Option(
            "--diagnosis/--no-diagnosis", help="Whether to find out why a port differs that does."
        ),
    ] = True,
) -> None:
    """Compare every column process with the golden numbers, and JAX with Fortran on drawn columns.

    Leaves index.html, results.json, summary.md and columns.nc in the output folder. Exit code 0:
    all within tolerance, 1: a comparison fell short, 2: bad usage or input.
    """

    def request() -> ColumnsRequest:
        return checked_request(
            processes=process,
            implementations=implementation,
            precisions=precision,
            golden=golden,
            samples=samples,
            seed=seed,
            diagnosis=diagnosis,
            report=output,
        )

    if replay is None:
        code = guarded(lambda: _compare(request(), output))
    else:
        code = guarded(lambda: _replay(request(), replay))
    raise typer.Exit(code)


app.command(epilog=DYNAMICS_EPILOG)(dynamics)
app.command(epilog=CLIMATE_EPILOG)(climate)
app.command(epilog=CONSISTENCY_EPILOG)(consistency)
app.command(epilog=DRY_EPILOG)(dry)
app.command(epilog=RINGING_EPILOG)(ringing)
app.command(epilog=ATTRIBUTION_EPILOG)(attribution)
app.command("new-port", epilog=NEW_PORT_EPILOG)(new_port)
app.command(epilog=GRADIENTS_EPILOG)(gradients)
app.command(epilog=RECORD_EPILOG)(record)
app.command("replay", epilog=REPLAY_EPILOG)(replay_column)


@app.command("all", epilog="Example: jcm-validate all --profile quick")
def everything(
    profile: Annotated[Profile, typer.Option("--profile", help="How thorough.")] = Profile.quick,
    golden: Golden = None,
    output: Annotated[
        Path, typer.Option("--output", metavar="DIR", help="Folder of the report.")
    ] = DEFAULT_OUTPUT.parent,
) -> None:
    """Run every comparison there is and write one report.

    Leaves index.html, results.json and summary.md in the output folder, and complete reports in
    columns/, gradients/, dynamics/, climate/ and consistency/ below it. Exit code 0: all within
    tolerance, 1: a comparison fell short, 2: bad usage or input.
    """
    raise typer.Exit(guarded(lambda: _everything(profile, golden, output)))


@app.command(
    "boundary-file", epilog="Example: jcm-validate boundary-file boundary.nc --start-year 1982"
)
def boundary_file(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="NetCDF file to write.")],
    start_year: Annotated[int, typer.Option("--start-year", help="Of the run.")] = 1982,
    start_month: Annotated[int, typer.Option("--start-month", help="Of the run, 1 to 12.")] = 1,
    formulation: Annotated[
        str, typer.Option("--formulation", metavar="F", help="original or corrected.")
    ] = "original",
) -> None:
    """Write what the stand-alone Fortran program takes from outside."""

    def action() -> bool:
        from validation.boundary_file import write_boundary_file

        try:
            write_boundary_file(path, start_year, start_month, formulation=formulation)
        except ValueError as error:
            raise InputError(f"{error}.") from None
        except OSError as error:
            raise InputError(f"{path} cannot be written: {error.strerror or error}.") from None
        return True

    raise typer.Exit(guarded(action))


def main() -> None:
    """Entry point."""
    app()


def guarded(action: Callable[[], bool]) -> int:
    """The exit code of `action`; bad input is told in one sentence."""
    try:
        return WITHIN if action() else FELL_SHORT
    except InputError as error:
        Console(stderr=True).print(f"Error: {error}", markup=False, highlight=False, soft_wrap=True)
        return BAD_INPUT
    except ReferenceUnavailableError as error:
        Console(stderr=True).print(str(error), markup=False, highlight=False, soft_wrap=True)
        return FELL_SHORT


def _compare(request: ColumnsRequest, output: Path) -> bool:
    # Imported here: --help and bad usage should not wait for JAX and matplotlib.
    from validation.columns import compare_columns, number_of_steps
    from validation.folder import check_writable
    from validation.report import write_report
    from validation.terminal import show

    check_writable(output)
    with announced(number_of_steps(request) + 1) as announce:
        result = compare_columns(request, announce)
        announce("writing the report")
        write_report(result, output)
    console = Console()
    show(result, console)
    console.print(f"Report: {output / 'index.html'}", soft_wrap=True, highlight=False)
    return result.passed


def _everything(profile: Profile, golden: Path | None, output: Path) -> bool:
    from validation.everything import run_everything
    from validation.folder import check_writable

    check_writable(output)
    with announced() as announce:
        parts = run_everything(profile, golden, output, announce)
    console = Console()
    for part in parts:
        state = "passed" if part.passed else "fell short"
        console.print(f"{part.title}: {state}. {part.verdict}", soft_wrap=True, highlight=False)
    console.print(f"Report: {output / 'index.html'}", soft_wrap=True, highlight=False)
    return all(part.passed for part in parts)


def _replay(request: ColumnsRequest, which: str) -> bool:
    from validation.replay import replay

    return replay(request, which, Console())
