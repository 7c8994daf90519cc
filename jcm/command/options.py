"""The options of `jcm run`. What is not given is as the file of settings or the model has it."""

import datetime
from pathlib import Path
from typing import Annotated

import typer

_DINOSAUR = "Numerics of core dinosaur"

File = Annotated[
    Path | None, typer.Argument(metavar="[FILE.toml]", help="Settings; options prevail.")
]
Days = Annotated[float | None, typer.Option("--days", help="Length of the run.")]
StartDate = Annotated[
    datetime.datetime | None,
    typer.Option("--start-date", formats=["%Y-%m-%d"], help="First day."),
]
Formulation = Annotated[
    str | None, typer.Option("--formulation", metavar="F", help="original or corrected.")
]
Precision = Annotated[
    str | None, typer.Option("--precision", metavar="X", help="float32 or float64.")
]
Core = Annotated[str | None, typer.Option("--core", metavar="C", help="speedy or dinosaur.")]
Resolution = Annotated[
    str | None,
    typer.Option(
        "--resolution",
        metavar="R",
        help="With core dinosaur T, TL or TC (quadratic, linear, cubic grid) and a truncation.",
    ),
]
SigmaBoundaries = Annotated[
    str | None,
    typer.Option(
        "--sigma-boundaries",
        metavar="S",
        help="With core dinosaur: boundaries of the layers, 0 to 1, separated by commas.",
    ),
]
Physics = Annotated[
    str | None, typer.Option("--physics", metavar="P", help="speedy, held_suarez or none.")
]
Setup = Annotated[
    str | None, typer.Option("--setup", metavar="S", help="earth, flat or aquaplanet.")
]
Orography = Annotated[
    str | None,
    typer.Option(
        "--orography",
        metavar="O",
        help="Filter of the orography: truncated, tapered, regularized or raw.",
    ),
]
Sst = Annotated[
    str | None,
    typer.Option(
        "--sst",
        metavar="S",
        help="observed, climatology or fixed; for an aquaplanet its distribution.",
    ),
]
Co2 = Annotated[
    float | None, typer.Option("--co2", metavar="R", help="CO₂ / that of the reference.")
]
GateWidth = Annotated[
    float | None,
    typer.Option(
        "--gate-width",
        metavar="W",
        help="Width over which processes switch, 0 (abruptly, as the original) to about 0.1.",
    ),
]
Integrator = Annotated[
    str | None,
    typer.Option(
        "--integrator",
        metavar="I",
        help="semi_implicit_leapfrog, imex_rk_sil3 or crank_nicolson_rk2 to rk4.",
        rich_help_panel=_DINOSAUR,
    ),
]
DynamicsSteps = Annotated[
    int | None,
    typer.Option(
        "--dynamics-steps",
        metavar="N",
        help="Steps of the dynamics in 40 minutes.",
        rich_help_panel=_DINOSAUR,
    ),
]
PhysicsEvaluations = Annotated[
    str | None,
    typer.Option(
        "--physics-evaluations",
        metavar="E",
        help="Once per model_step, dynamics_step or stage.",
        rich_help_panel=_DINOSAUR,
    ),
]
Diffusion = Annotated[
    str | None,
    typer.Option(
        "--diffusion",
        metavar="D",
        help="speedy, speedy_top_level, speedy_no_extra, exponential, published_port or none.",
        rich_help_panel=_DINOSAUR,
    ),
]
OrographicCorrection = Annotated[
    str | None,
    typer.Option(
        "--orographic-correction",
        metavar="O",
        help="operator, tendency or none.",
        rich_help_panel=_DINOSAUR,
    ),
]
ZonalDrag = Annotated[
    bool | None,
    typer.Option(
        "--zonal-drag/--no-zonal-drag",
        help="Damp the zonal mean of the top level.",
        rich_help_panel=_DINOSAUR,
    ),
]
VirtualTemperature = Annotated[
    bool | None,
    typer.Option(
        "--virtual-temperature/--no-virtual-temperature",
        help="Let the dynamics feel the weight of vapour.",
        rich_help_panel=_DINOSAUR,
    ),
]
DryAirIsConserved = Annotated[
    bool | None,
    typer.Option(
        "--dry-air-is-conserved/--no-dry-air-is-conserved",
        help="Keep the mass of dry air.",
        rich_help_panel=_DINOSAUR,
    ),
]
Variable = Annotated[
    list[str] | None,
    typer.Option("--variable", metavar="V", help="A variable to put out; repeatable."),
]
Every = Annotated[
    str | None,
    typer.Option("--every", metavar="T", help="Period of the output: day, month, or days."),
]
Statistic = Annotated[
    str | None, typer.Option("--statistic", metavar="S", help="mean or snapshot.")
]
Vertical = Annotated[
    str | None, typer.Option("--vertical", metavar="V", help="sigma or pressure levels.")
]
Output = Annotated[
    Path | None, typer.Option("--output", metavar="DIR", help="Folder of the output.")
]
Restart = Annotated[
    Path | None,
    typer.Option("--restart", metavar="FILE", help="Go on from this checkpoint, bit for bit."),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files of an earlier run.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress.")]
