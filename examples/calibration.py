"""Recover eight parameters of convection, clouds, radiation and surface exchange from a climate.

The climate is that of the model itself with other parameters, observed with noise. Derivatives by
forward mode lead from the first guess to the parameters and to their posterior uncertainty; methods
without derivatives try the same at the same cost. Other realisations of the noise show whether the
uncertainty is one.

    python examples/calibration.py --seed 1 --output calibration

See docs/examples/calibration.md.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import scipy.stats
import typer
from calibration_experiment import Experiment, Findings, find
from calibration_figure import draw
from calibration_methods import Estimate
from calibration_twin import DAYS_PER_YEAR, Twin
from common import write_results

import jcm
from jcm.command.cache import use_compilation_cache
from jcm.physics.gates import Gates
from jcm.surface.calendar import STEPS_PER_DAY

#: Share of intervals of one and of two standard deviations that contain the truth.
ONE, TWO = (float(p) for p in scipy.stats.norm.cdf([1.0, 2.0]) * 2.0 - 1.0)


def probability_of_all(estimate: Estimate, limit: float, draws: int = 100_000) -> float:
    """Probability that all errors lie within `limit` posterior standard deviations."""
    correlation = estimate.covariance / np.outer(estimate.deviation, estimate.deviation)
    rng = np.random.default_rng(0)
    errors = rng.multivariate_normal(np.zeros(len(correlation)), correlation, draws)
    return float(np.mean(np.all(np.abs(errors) <= limit, axis=1)))


def results(findings: Findings, experiment: Experiment, twin: Twin) -> dict[str, Any]:
    """The numbers of the page, as JSON can hold them."""
    f, estimate = findings, findings.estimate
    errors = (estimate.z - f.truth) / estimate.deviation
    steps = experiment.steps * experiment.starts
    chi_square = float(
        (estimate.z - f.truth) @ np.linalg.solve(estimate.covariance, estimate.z - f.truth)
    )
    rows = zip(
        twin.unknowns,
        twin.values(np.zeros_like(f.truth)),
        twin.values(f.truth),
        twin.values(estimate.z),
        estimate.deviation,
        errors,
        strict=True,
    )
    checked = f.coverage
    return {
        "experiment": dataclasses.asdict(experiment),
        "observations": len(f.observations.values),
        "parameters": {
            unknown.name: {
                "first_guess": guess,
                "truth": truth,
                "estimate": value,
                "relative_standard_deviation": unknown.deviation * deviation,
                "posterior_over_prior_deviation": deviation,
                "error_in_standard_deviations": error,
            }
            for unknown, guess, truth, value, deviation, error in rows
        },
        "within_two_deviations": int(np.sum(np.abs(errors) <= 2.0)),
        "chi_square": chi_square,
        "methods": {
            name: {
                "cost_in_model_steps": outcome.history[-1][0],
                "cost_in_predictions": outcome.history[-1][0] / steps,
                "misfit": outcome.history[-1][1],
                "within_two_deviations": int(
                    np.sum(np.abs(outcome.z - f.truth) <= 2.0 * estimate.deviation)
                ),
                "rms_error_in_prior_deviations": float(
                    np.sqrt(np.mean((outcome.z - f.truth) ** 2))
                ),
                "seconds": outcome.seconds,
                "history": outcome.history,
            }
            for name, outcome in f.outcomes.items()
        },
        "misfit_of_first_guess": next(iter(f.outcomes.values())).history[0][1],
        "misfit_of_truth": f.misfit_of_truth,
        "derivative_cost_in_predictions": f.derivative_cost,
        "derivatives_computed": estimate.derivatives,
        "differences_against_forward_mode": {
            f"gate width {width:g}": {
                unknown.name: one._asdict()
                for unknown, one in zip(twin.unknowns, compared, strict=True)
            }
            for width, compared in f.comparison.items()
        },
        "coverage": {
            "realisations": experiment.realisations,
            "within_one_deviation": float(np.mean(np.abs(checked.errors) <= 1.0)),
            "within_two_deviations": float(np.mean(np.abs(checked.errors) <= 2.0)),
            "all_within_two_deviations": float(
                np.mean(np.all(np.abs(checked.errors) <= 2.0, axis=1))
            ),
            "promised": {
                "within_one_deviation": ONE,
                "within_two_deviations": TWO,
                "all_within_two_deviations": probability_of_all(estimate, 2.0),
            },
            "mean_chi_square": float(checked.chi_square.mean()),
            "mean_error": checked.errors.mean(axis=0),
            "standard_deviation_of_errors": checked.errors.std(axis=0, ddof=1),
            "largest_last_step": float(checked.last_step.max()),
        },
        "seconds": f.seconds,
    }


def summary(numbers: dict[str, Any], twin: Twin) -> str:
    """The main numbers in a few lines."""
    count = len(twin.unknowns)
    low, high = scipy.stats.chi2.ppf([0.025, 0.975], count)
    lines = [f"{'parameter':<32}{'guess':>10}{'truth':>10}{'estimate':>10}{'± [%]':>8}{'error':>8}"]
    for unknown in twin.unknowns:
        row = numbers["parameters"][unknown.name]
        lines.append(
            f"{unknown.words:<32}{row['first_guess']:>10.4g}{row['truth']:>10.4g}"
            f"{row['estimate']:>10.4g}{100.0 * row['relative_standard_deviation']:>8.2f}"
            f"{row['error_in_standard_deviations']:>+8.2f}"
        )
    lines.append(
        f"{numbers['within_two_deviations']} of {count} within 2 posterior standard deviations; "
        f"chi-square of the errors {numbers['chi_square']:.1f} (95 %: {low:.1f} to {high:.1f})"
    )
    checked, promised = numbers["coverage"], numbers["coverage"]["promised"]
    lines.append(
        f"{checked['realisations']} other realisations of the noise: "
        f"{100.0 * checked['within_one_deviation']:.1f} % within 1 (expected {100.0 * ONE:.1f}), "
        f"{100.0 * checked['within_two_deviations']:.1f} % within 2 ({100.0 * TWO:.1f}), "
        f"all {count} within 2 in {100.0 * checked['all_within_two_deviations']:.0f} % "
        f"({100.0 * promised['all_within_two_deviations']:.0f}); "
        f"mean chi-square {checked['mean_chi_square']:.1f} ({count})"
    )
    lines.append(
        f"misfit: first guess {numbers['misfit_of_first_guess']:.0f}, "
        f"truth {numbers['misfit_of_truth']:.0f}; a derivative costs "
        f"{numbers['derivative_cost_in_predictions']:.1f} predictions"
    )
    for name, row in numbers["methods"].items():
        lines.append(
            f"{name:<28}{row['cost_in_predictions']:>7.1f} predictions, misfit "
            f"{row['misfit']:>9.1f}, rms error {row['rms_error_in_prior_deviations']:.3f} prior "
            f"deviations, {row['within_two_deviations']} of {count} within 2"
        )
    for width, compared in numbers["differences_against_forward_mode"].items():
        slopes = ", ".join(f"{one['slope']:.2f}" for one in compared.values())
        lines.append(f"differences / derivative, {width}: {slopes}")
    return "\n".join(lines)


def main(
    seed: Annotated[int, typer.Option(min=0, help="Of the truth and of the noise.")] = 0,
    days: Annotated[
        float, typer.Option(help="Length of a prediction, a whole number of steps of 1/36 day.")
    ] = 0.25,
    starts: Annotated[
        int, typer.Option(min=8, max=DAYS_PER_YEAR, help="Dates from which predictions begin.")
    ] = 24,
    noise: Annotated[
        float, typer.Option(help="Error of the observations / their sampling error.")
    ] = 1.0,
    realisations: Annotated[
        int, typer.Option(min=2, help="Of the noise, in the check of the uncertainty.")
    ] = 40,
    gate_width: Annotated[
        float, typer.Option(min=0.0, help="Of the gates of the model, 0: those of SPEEDY.")
    ] = 0.1,
    output: Annotated[Path, typer.Option(help="Folder for figure and numbers.")] = Path(
        "calibration"
    ),
    quick: Annotated[bool, typer.Option(help="8 dates, 10 realisations, no comparison.")] = False,
) -> None:
    """Recover eight parameters from a twin climate, with and without derivatives."""
    if not 2.0 <= days * STEPS_PER_DAY <= 10.0 * STEPS_PER_DAY or (
        abs(days * STEPS_PER_DAY - round(days * STEPS_PER_DAY)) > 1e-6
    ):
        raise typer.BadParameter(
            f"{days:g} days are not a whole number of steps between 2/36 and 10 days",
            param_hint="--days",
        )
    if not 0.0 < noise < np.inf:
        raise typer.BadParameter(f"{noise:g} is not a positive number", param_hint="--noise")
    experiment = Experiment(
        seed=seed,
        steps=round(days * STEPS_PER_DAY),
        starts=8 if quick else starts,
        noise=noise,
        realisations=10 if quick else realisations,
        gate_width=gate_width,
        compared=() if quick else (0.0, gate_width),
    )
    use_compilation_cache()
    output.mkdir(parents=True, exist_ok=True)
    twin = Twin(
        experiment.unknowns,
        experiment.observables,
        steps=experiment.steps,
        model=jcm.Model(gates=Gates(width=experiment.gate_width)),
    )
    findings = find(experiment, twin)
    numbers = results(findings, experiment, twin)
    write_results(output, numbers)
    draw(findings, twin, output / "calibration.svg")
    typer.echo(summary(numbers, twin))
    typer.echo(f"{output}/calibration.svg, {output}/results.json")


if __name__ == "__main__":
    typer.run(main)
