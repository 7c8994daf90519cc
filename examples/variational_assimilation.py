"""Incremental 4D-Var with the adjoint of the model, in a twin experiment.

A run of the model is the truth, a forecast of two days from perturbed conditions the background,
and the truth with errors of instruments, at a tenth of the columns and three levels every four
hours, the observations. The script minimises the cost function of strong-constraint 4D-Var, and
holds the analysis and forecasts from it against the truth.

    python examples/variational_assimilation.py --hours 12 --observations 0.1 --output assimilation

See docs/examples/variational-assimilation.md.
"""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path
from typing import Annotated, Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
import typer
from common import write_results
from variational_assimilation_figure import draw
from variational_experiment import HOURS_BETWEEN, Experiment, Findings, find
from variational_scores import Scores
from variational_twin import Network

import jcm
from jcm.command.cache import use_compilation_cache


def results(findings: Findings, experiment: Experiment) -> dict[str, Any]:
    """The numbers, for `results.json`."""
    setting, found = findings.setting, findings.assimilation
    scores = Scores(setting.window.model)
    last = found.minimum.last
    background = setting.window.trajectory(setting.twin.background)[0]
    norms, rms = {}, {}
    for when, index in (("start", 0), ("end", -1)):
        errors = {
            "background": scores.error(background[index], setting.truth[index]),
            "analysis": scores.error(last.states[index], setting.truth[index]),
        }
        norms[when] = {name: scores.norm(error) for name, error in errors.items()}
        norms[when]["ratio"] = norms[when]["analysis"] / norms[when]["background"]
        rms[when] = {name: scores.by_variable(error) for name, error in errors.items()}
    network = dataclasses.asdict(Network(share=found.share))
    return {
        "experiment": dataclasses.asdict(experiment),
        "network": {**network, "sites": int(found.sites.sum()), "numbers": found.numbers},
        "control_variables": int(np.prod(found.function.control_shape)),
        "error_norm": norms,
        "root_mean_square_error": rms,
        "cost": {
            "first": found.minimum.first.cost,
            "last_background": last.background_cost,
            "last_observations": last.observation_cost,
            "half_the_numbers": 0.5 * found.numbers,
            "loops": [loop._asdict() for loop in found.minimum.loops],
        },
        "gradient_test": findings.gradient._asdict(),
        "adjointness": findings.adjointness,
        "forecast_error_norm": findings.forecasts,
        "by_share_of_columns": findings.table,
        "seconds": findings.seconds,
    }


def summary(numbers: dict[str, Any]) -> str:
    """The main numbers in words."""
    start, end = numbers["error_norm"]["start"], numbers["error_norm"]["end"]
    cost, test = numbers["cost"], numbers["gradient_test"]
    last = cost["last_background"] + cost["last_observations"]
    lines = [
        f"{numbers['network']['sites']} sites, {numbers['network']['numbers']} numbers, "
        f"{numbers['control_variables']} control variables",
        f"error at the start of the window: background {start['background']:.3f}, analysis "
        f"{start['analysis']:.3f} m/s, ratio {start['ratio']:.3f}",
        f"error at its end: background {end['background']:.3f}, analysis "
        f"{end['analysis']:.3f} m/s, ratio {end['ratio']:.3f}",
        f"cost {cost['first']:.0f} -> {last:.0f}; half the numbers observed "
        f"{cost['half_the_numbers']:.0f} +- {cost['half_the_numbers'] ** 0.5:.0f}",
        "gradient test: "
        + ", ".join(
            f"{ratio:.6f} at {size:g}"
            for size, ratio in zip(test["size"], test["ratio"], strict=True)
        ),
        f"tangent against adjoint: {numbers['adjointness']:.1e}",
        "forecast error, analysis / background: "
        + ", ".join(
            f"{numbers['forecast_error_norm']['analysis'][hour] / error:.2f} at {hour} h"
            for hour, error in numbers["forecast_error_norm"]["background"].items()
        ),
    ]
    lines += [
        f"{share:.3g} of the columns, {row['numbers']} numbers: analysis error "
        f"{row['analysis_error']:.3f} m/s, ratio {row['ratio']:.3f}, "
        f"cost / half the numbers {row['cost_over_half_the_numbers']:.3f}"
        for share, row in numbers["by_share_of_columns"].items()
    ]
    return "\n".join(lines)


def main(
    hours: Annotated[
        int, typer.Option(min=4, max=24, help="Length of the window, a multiple of 4.")
    ] = 12,
    observations: Annotated[
        float, typer.Option(help="Share of the columns that are observed, above 0 and up to 1.")
    ] = 0.1,
    also: Annotated[
        list[float] | None, typer.Option(help="Another share, for the table; may be repeated.")
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, help="Of truth, background, sites and measurements.")
    ] = 0,
    outer_loops: Annotated[int, typer.Option(min=1, help="How often the model is linearised.")] = 3,
    iterations: Annotated[int, typer.Option(min=1, help="Most of an inner loop.")] = 20,
    members: Annotated[
        int, typer.Option(min=2, help="Forecast errors that the covariance is made of.")
    ] = 100,
    precision: Annotated[
        Literal["single", "double"], typer.Option(help="Of the model's arithmetic.")
    ] = "double",
    output: Annotated[Path, typer.Option(help="Folder for figure and numbers.")] = Path(
        "variational-assimilation"
    ),
    quick: Annotated[bool, typer.Option(help="4 hours, few members, one outer loop.")] = False,
) -> None:
    """Assimilate sparse, noisy observations with the adjoint of the model."""
    if hours % HOURS_BETWEEN:
        raise typer.BadParameter(f"{hours} is no multiple of 4 hours", param_hint="--hours")
    for share in (observations, *(also or [])):
        if not 0.0 < share <= 1.0:
            raise typer.BadParameter(
                f"the share of observed columns is {share:g}, expected above 0 and up to 1"
            )
    experiment = Experiment(
        hours=hours,
        observations=observations,
        seed=seed,
        outer_loops=outer_loops,
        iterations=iterations,
        members=members,
    )
    if quick:
        experiment = dataclasses.replace(
            experiment,
            hours=HOURS_BETWEEN,
            outer_loops=1,
            iterations=10,
            members=40,
            spin_up_days=20,
            climate_days=30,
            forgetting_days=5,
        )
    jax.config.update("jax_enable_x64", precision == "double")
    use_compilation_cache()
    output.mkdir(parents=True, exist_ok=True)
    model = jcm.Model(dtype=jnp.float64 if precision == "double" else jnp.float32)
    findings = find(experiment, also or [], model, functools.partial(typer.echo, err=True))
    numbers = results(findings, experiment)
    write_results(output, numbers)
    draw(findings, numbers, output / "variational-assimilation.svg")
    typer.echo(summary(numbers))
    typer.echo(f"{output}/variational-assimilation.svg, {output}/results.json")


if __name__ == "__main__":
    typer.run(main)
