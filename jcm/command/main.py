"""The command `jcm`.

Exit codes: 0 the run is complete, 1 the atmosphere left its range, 2 bad usage, input or output,
130 stopped by the user with the state saved.
"""

from __future__ import annotations

import dataclasses
import os
import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

import typer

from jcm.command import options
from jcm.command.settings import Settings, SettingsError, request_from
from jcm.output.catalogue import VARIABLES

COMPLETE, LEFT_RANGE, BAD_INPUT, STOPPED = 0, 1, 2, 130

#: What is put out if nothing is asked for.
DEFAULT_OUTPUT = {
    "monthly": {
        "variables": [
            "temperature",
            "eastward_wind",
            "northward_wind",
            "specific_humidity",
            "geopotential",
            "surface_pressure",
            "precipitation",
            "evaporation",
            "outgoing_longwave",
            "toa_net_shortwave",
            "surface_net_shortwave",
            "surface_net_upward_longwave",
            "sensible_heat_flux",
            "near_surface_temperature",
        ],
        "every": "month",
    }
}

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="SPEEDY in JAX.",
)


@app.callback()
def _commands() -> None:
    """Keeps the name of a command needed while there is one."""


@app.command(
    epilog="Examples: jcm run --days 365 --variable temperature --variable precipitation "
    "--every month --output first-year; "
    "jcm run --core dinosaur --resolution T42 --orography tapered --days 30 --output t42"
)
def run(
    file: options.File = None,
    days: options.Days = None,
    start_date: options.StartDate = None,
    formulation: options.Formulation = None,
    precision: options.Precision = None,
    core: options.Core = None,
    resolution: options.Resolution = None,
    sigma_boundaries: options.SigmaBoundaries = None,
    physics: options.Physics = None,
    setup: options.Setup = None,
    orography: options.Orography = None,
    sst: options.Sst = None,
    co2: options.Co2 = None,
    gate_width: options.GateWidth = None,
    integrator: options.Integrator = None,
    dynamics_steps: options.DynamicsSteps = None,
    physics_evaluations: options.PhysicsEvaluations = None,
    diffusion: options.Diffusion = None,
    orographic_correction: options.OrographicCorrection = None,
    zonal_drag: options.ZonalDrag = None,
    virtual_temperature: options.VirtualTemperature = None,
    dry_air_is_conserved: options.DryAirIsConserved = None,
    variable: options.Variable = None,
    every: options.Every = None,
    statistic: options.Statistic = None,
    vertical: options.Vertical = None,
    output: options.Output = None,
    restart: options.Restart = None,
    overwrite: options.Overwrite = False,
    quiet: options.Quiet = False,
) -> None:
    """Integrate the model and write CF NetCDF (or Zarr), a ledger of budgets and checkpoints.

    Without --variable and without a table output.NAME in the file, monthly means of the usual
    variables are written, as far as the physics computes them. Exit code 0: complete, 1: the
    atmosphere left its range, 2: bad usage, input or output, 130: stopped (Ctrl-C), the state is
    saved.
    """

    def action() -> str:
        settings = Settings.from_file(file) if file is not None else Settings()
        settings = _with_options(
            settings,
            model={
                "core": core,
                "resolution": resolution,
                "sigma_boundaries": _numbers(sigma_boundaries),
                "physics": physics,
                "start_date": start_date,
                "formulation": formulation,
                "precision": precision,
                "co2": co2,
                "gate_width": gate_width,
            },
            numerics={
                "integrator": integrator,
                "dynamics_steps": dynamics_steps,
                "physics_evaluations": physics_evaluations,
                "diffusion": diffusion,
                "orographic_correction": orographic_correction,
                "zonal_drag": zonal_drag,
                "virtual_temperature": virtual_temperature,
                "dry_air_is_conserved": dry_air_is_conserved,
            },
            surface={"setup": setup, "orography": orography, "sst": sst},
            run={
                "days": days,
                "folder": output,
                "restart": restart,
                "overwrite": overwrite or None,
            },
        )
        table = {
            "variables": variable,
            "every": _period(every),
            "statistic": statistic,
            "vertical": vertical,
        }
        return _run(_with_output(settings, table), quiet)

    raise typer.Exit(_guarded(action))


def main() -> None:
    """Entry point."""
    app()


def _run(settings: Settings, quiet: bool) -> str:
    # Imported here: --help and bad usage need no model.
    from jcm.command.build import model_from
    from jcm.command.cache import use_compilation_cache
    from jcm.model.choices import whole_steps
    from jcm.model.run import run as integrate
    from jcm.surface.calendar import STEPS_PER_DAY

    use_compilation_cache()
    model = model_from(settings)
    r = settings.run
    every = r.checkpoint_every
    try:
        steps = whole_steps(days=r.days, steps=None)
        checkpoint_every = every if isinstance(every, str) else round(every * STEPS_PER_DAY)
        if checkpoint_every != "month" and not (
            isinstance(checkpoint_every, int) and checkpoint_every > 0
        ):
            raise ValueError(
                f"run.checkpoint_every is {every!r}, expected 'month' or a number of days"
            )
    except ValueError as error:
        raise SettingsError(str(error)) from None
    result = integrate(
        model,
        steps=steps,
        outputs=settings.output,
        folder=r.folder,
        checkpoint_every=checkpoint_every,
        restart=r.restart,
        overwrite=r.overwrite,
        silent=quiet,
    )
    return f"{model.date(result.state)} reached, output in {r.folder}"


def _with_options(settings: Settings, **tables: dict[str, Any]) -> Settings:
    """The settings with the options that were given."""
    for name, chosen in tables.items():
        given = {key: value for key, value in chosen.items() if value is not None}
        table = dataclasses.replace(getattr(settings, name), **given)
        settings = dataclasses.replace(settings, **{name: table})
    return settings


def _with_output(settings: Settings, chosen: dict[str, Any]) -> Settings:
    """The settings with the output that the options ask for, or with the usual one."""
    given = {key: value for key, value in chosen.items() if value is not None}
    if settings.output and not given:
        return settings
    usual = DEFAULT_OUTPUT["monthly"]
    if settings.model.physics != "speedy":
        known = [name for name in usual["variables"] if not VARIABLES[name].needs_speedy_physics]
        usual = {**usual, "variables": known}
    if given and "variables" not in given:
        given["variables"] = usual["variables"]
    tables = {"output": given} if given else {"monthly": usual}
    requests = {name: request_from(table, f"output.{name}") for name, table in tables.items()}
    return dataclasses.replace(settings, output={**settings.output, **requests})


def _period(text: str | None) -> str | float | None:
    """A period of output from the shell: a word, or a number of days."""
    try:
        return None if text is None else float(text)
    except ValueError:
        return text


def _numbers(text: str | None) -> tuple[float, ...] | None:
    """Numbers between commas.

    Raises:
        SettingsError: if they are none.
    """
    try:
        return None if text is None else tuple(map(float, text.split(",")))
    except ValueError:
        raise SettingsError(
            f"sigma boundaries are {text!r}, expected numbers separated by commas"
        ) from None


def _guarded(action: Callable[[], str]) -> int:
    """The exit code of `action`; what went wrong is told in one sentence."""
    from rich.console import Console

    def tell(sentence: object) -> None:
        Console(stderr=True).print(str(sentence), markup=False, highlight=False, soft_wrap=True)

    signal.signal(signal.SIGTERM, _stop)
    try:
        Console().print(action(), markup=False, highlight=False, soft_wrap=True)
        return COMPLETE
    except SettingsError as error:
        tell(f"Error: {error}.")
        return BAD_INPUT
    except KeyboardInterrupt:
        tell("Stopped before the first step.")
        return STOPPED
    except Exception as error:
        code = _code_of(error)
        if code is None:
            raise
        tell(error)
        return code


def _code_of(error: Exception) -> int | None:
    """Exit code for an error of a run, None for one that is a fault of the program."""
    from jcm.model.range import RangeError
    from jcm.model.run import RunInterrupted
    from jcm.output.errors import CheckpointError, OutputError

    if isinstance(error, RangeError):
        return LEFT_RANGE
    if isinstance(error, RunInterrupted):
        return STOPPED
    return BAD_INPUT if isinstance(error, CheckpointError | OutputError) else None


def _stop(_signal: int, _frame: FrameType | None) -> None:
    os.kill(os.getpid(), signal.SIGINT)
