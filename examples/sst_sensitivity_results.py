"""The numbers of the sensitivity to the sea-surface temperature."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
from geostrophic_balance import Balance

if TYPE_CHECKING:
    from sst_model import Slopes
    from sst_sensitivity import Experiment, Findings


def results(findings: Findings, experiment: Experiment) -> dict[str, Any]:
    """The numbers of the page, as JSON can hold them."""

    def listed(entries: list[Slopes]) -> list[dict[str, float]]:
        return [entry._asdict() | {"error": entry.error} for entry in entries]

    def series(balances: dict[str, list[Balance]]) -> dict[str, list[dict[str, Any]]]:
        return {key: [entry._asdict() for entry in entries] for key, entries in balances.items()}

    predicted, central = (
        np.array([getattr(entry, name) for entries in findings.large.values() for entry in entries])
        for name in ("derivative", "central")
    )
    return {
        "experiment": dataclasses.asdict(experiment) | {"start": f"{experiment.start:%Y-%m-%d}"},
        "gradient_sum": {
            f"{lead} days": float(np.sum(field)) for lead, field in findings.gradients.items()
        },
        "gradient_check": {
            name: listed(entries) for name, entries in findings.gradient_check.items()
        },
        "worst_best_error": max(
            min(entry.error for entry in entries if entry.days == lead)
            for entries in findings.gradient_check.values()
            for lead in experiment.leads
        ),
        "tangent_against_adjoint": findings.dot_products,
        "sweep": listed(findings.sweep),
        "patches_of_1_K": {name: listed(entries) for name, entries in findings.large.items()},
        "patches_of_1_K_correlation": float(np.corrcoef(predicted, central)[0, 1]),
        "patches_of_1_K_slope": float(predicted @ central / (predicted @ predicted)),
        "patches_of_1_K_rms_error": float(np.sqrt(np.mean((predicted - central) ** 2))),
        "geostrophic_balance": {
            name: {
                "days": entry.days,
                "response": series(entry.response),
                "eddies_of_the_run": series(entry.control),
                "response_by_latitude": entry.response_by_latitude._asdict(),
                "eddies_by_latitude": entry.control_by_latitude._asdict(),
            }
            for name, entry in findings.geostrophy.items()
        },
        "seconds": findings.seconds,
    }


def summary(findings: Findings, numbers: dict[str, Any]) -> str:
    """The main numbers in a few lines."""
    lines = ["days  sum of the gradient [m/K]"]
    lines += [f"{days:>8}  {value:8.3f}" for days, value in numbers["gradient_sum"].items()]
    lines.append(f"worst relative error of the gradient: {numbers['worst_best_error']:.1e}")
    lines.append(
        "runs with ±1 K against the gradient: correlation "
        f"{numbers['patches_of_1_K_correlation']:.2f}, slope {numbers['patches_of_1_K_slope']:.2f}"
    )
    for name, entry in findings.geostrophy.items():
        first, last = entry.response["both"][0], entry.response["both"][-1]
        eddies_last = entry.control["both"][-1]
        lines.append(
            f"geostrophic balance, {name}: correlation {first.correlation:.2f} after "
            f"{entry.days[0]:g} d, {last.correlation:.2f} (slope {last.slope:.2f}) after "
            f"{entry.days[-1]:g} d; eddies of the run {eddies_last.correlation:.2f}"
        )
    return "\n".join(lines)
