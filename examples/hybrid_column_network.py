"""A small network learns a missing process through the model, and is tested in other worlds.

The true model is SPEEDY. The imperfect one lacks the boundary layer: no vertical diffusion, no
shallow convection and no drag of the ground. A column network of a few thousand weights is put in
their place and trained online: on the error of forecasts of growing length, whose gradient is taken
back through every time step. It is equivariant to a mirror that exchanges north and south, by
construction. An ordinary network, which is told the sine of latitude, is trained alike, and the
equivariant one once more offline, on the missing tendencies themselves.

All are tested on days that they have not seen: on the Earth, half a year later, in the mirror, and
on an Earth whose continents lie at other latitudes.

    python examples/hybrid_column_network.py --output hybrid-column-network

See docs/examples/hybrid-column-network.md.
"""

from __future__ import annotations

import dataclasses
import datetime
import time
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import jax
import numpy as np
import typer
from common import write_results
from hybrid_column_network_figure import draw
from hybrid_evaluation import (
    Competitor,
    World,
    ZonalMean,
    climate_error,
    climates,
    forecasts,
    mirror_defect,
)
from hybrid_network import ColumnNetwork
from hybrid_training import (
    OnlineLoss,
    Sample,
    Stage,
    Trained,
    mean_errors,
    offline_examples,
    samples,
    train_offline,
    train_online,
)
from hybrid_worlds import mirrored_boundary, mirrored_state, turned_boundary

import jcm
from jcm.command.cache import use_compilation_cache
from jcm.model.boundary import ModelBoundary
from jcm.model.parameters import ModelParameters
from jcm.model.state import ModelState
from jcm.names import with_leaves

#: In a time this long nothing happens [s].
_NEVER = 1e12
#: What the imperfect model lacks.
NO_BOUNDARY_LAYER = {
    "physics.vertical_diffusion.shallow_convection_time": _NEVER,
    "physics.vertical_diffusion.humidity_diffusion_time": _NEVER,
    "physics.vertical_diffusion.superadiabatic_time": _NEVER,
    "physics.surface_fluxes.land_drag_coefficient": 0.0,
    "physics.surface_fluxes.sea_drag_coefficient": 0.0,
}
#: Share of the iterations, and length of the forecasts in segments of three steps.
CURRICULUM = ((0.4, 1), (0.3, 3), (0.3, 6))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Experiment:
    """What is computed.

    Attributes:
        seed: of the weights and of the order of the samples.
        iterations: of the training of each network.
        learning_rate: of Adam at the start.
        spinup: days from the atmosphere at rest to the first sample.
        samples: days of training, one sample a day.
        gap: days between training and tests.
        starts: forecasts in every world, five days apart.
        forecast_days: their length.
        climate_days: length of the runs whose means are compared, on the Earth and elsewhere.
        climate_spinup: days of it that are left out.
        angle: by which the continents are turned [degrees].
    """

    seed: int = 0
    iterations: int = 300
    learning_rate: float = 5e-3
    spinup: int = 30
    samples: int = 24
    gap: int = 10
    starts: int = 4
    forecast_days: int = 5
    climate_days: tuple[int, int] = (60, 30)
    climate_spinup: int = 10
    angle: float = 60.0

    @property
    def stages(self) -> list[Stage]:
        """Forecasts of 3, 9 and 18 steps."""
        return [Stage(round(share * self.iterations), length) for share, length in CURRICULUM]


QUICK = Experiment(
    iterations=20,
    spinup=5,
    samples=4,
    gap=2,
    starts=1,
    forecast_days=2,
    climate_days=(4, 4),
    climate_spinup=2,
)


class Findings(NamedTuple):
    """Everything that the page shows.

    Attributes:
        losses: by network, `(iteration,)`.
        weights: by network and name.
        forecasts: error by world and model [m s-1], `(start, day)`.
        climates: zonal means by world and model.
        climate_errors: of these, by world, model and field.
        mirror_defects: by network, see :func:`hybrid_evaluation.mirror_defect`.
        seconds: time taken by each part, compilation included.
    """

    losses: dict[str, np.ndarray]
    weights: dict[str, dict[str, jax.Array]]
    forecasts: dict[str, dict[str, np.ndarray]]
    climates: dict[str, dict[str, ZonalMean | None]]
    climate_errors: dict[str, dict[str, dict[str, float | None]]]
    mirror_defects: dict[str, float]
    seconds: dict[str, float]


def imperfect_parameters() -> ModelParameters:
    """Those of the model without boundary layer."""
    return with_leaves(ModelParameters(), NO_BOUNDARY_LAYER, what="parameter")


def true_starts(truth: jcm.Model, state: ModelState, number: int) -> list[ModelState]:
    """States of the truth, five days apart."""
    states = [state]
    while len(states) < number:
        states.append(truth.advance(states[-1], days=5))
    return states


def training_data(truth: jcm.Model, experiment: Experiment) -> tuple[Sample, list[ModelState]]:
    """Samples of a run of the truth, and states of its continuation for the tests."""
    state = truth.advance(truth.initial_state(), days=experiment.spinup)
    longest = max(stage.segments for stage in experiment.stages)
    data, state = samples(truth, state, experiment.samples, 36, longest)
    state = truth.advance(state, days=experiment.gap)
    return data, true_starts(truth, state, experiment.starts)


def train(
    experiment: Experiment, boundary: ModelBoundary, truth: jcm.Model, data: Sample
) -> tuple[list[Competitor], dict[str, Trained]]:
    """All networks, as models to be tested behind the model without correction."""
    parameters = imperfect_parameters()
    imperfect = jcm.Model(boundary=boundary, parameters=parameters)
    uncorrected = mean_errors(imperfect, imperfect.inputs, data)
    competitors, trained = [Competitor("uncorrected", parameters)], {}
    options: dict[str, Any] = {
        "seed": experiment.seed,
        "learning_rate": experiment.learning_rate,
    }
    networks = {
        "equivariant": ColumnNetwork(),
        "ordinary": ColumnNetwork(equivariant=False, width=40),
        "offline": ColumnNetwork(),
    }
    for name, network in networks.items():
        model = jcm.Model(boundary=boundary, parameters=parameters, correction=network)
        options["report"] = _Progress(name, experiment.iterations)
        weights = network.initial_weights(experiment.seed)
        if name == "offline":
            examples = offline_examples(truth, imperfect, data)
            result = train_offline(
                model, weights, examples, iterations=experiment.iterations, **options
            )
        else:
            loss = OnlineLoss(model, data, uncorrected)
            result = train_online(loss, weights, experiment.stages, **options)
        trained[name] = result
        competitors.append(Competitor(name, parameters, network, result.weights))
    return competitors, trained


def worlds(
    experiment: Experiment, boundary: ModelBoundary, starts: list[ModelState]
) -> list[World]:
    """Where the networks are tested; every truth begins from the atmosphere at rest."""
    july = datetime.datetime(1982, 7, 1)
    elsewhere = {
        "Earth in July": (ModelBoundary.observed(july.year, july.month), july),
        "turned Earth": (turned_boundary(experiment.angle, 1982, 1), datetime.datetime(1982, 1, 1)),
    }
    found = [
        World("Earth", boundary, starts),
        World("mirrored Earth", mirrored_boundary(boundary), [mirrored_state(s) for s in starts]),
    ]
    for name, (fields, date) in elsewhere.items():
        truth = jcm.Model(boundary=fields, start_date=date)
        state = truth.advance(truth.initial_state(), days=experiment.spinup)
        found.append(World(name, fields, true_starts(truth, state, experiment.starts)))
    return found


def world_climates(
    world: World, true: Competitor, competitors: list[Competitor], experiment: Experiment
) -> dict[str, ZonalMean | None]:
    """Long runs of all models on the Earth, shorter ones of the two rivals elsewhere."""
    at_home, elsewhere = experiment.climate_days
    if world.name == "Earth":
        return climates(world, true, competitors, at_home, experiment.climate_spinup)
    tested = [c for c in competitors if c.name != "offline"]
    return climates(world, true, tested, elsewhere, experiment.climate_spinup)


def find(experiment: Experiment) -> Findings:
    """Compute everything."""
    seconds, began = {}, time.perf_counter()

    def tick(part: str) -> None:
        nonlocal began
        seconds[part] = time.perf_counter() - began
        typer.echo(f"{part}: {seconds[part]:.0f} s")
        began = time.perf_counter()

    boundary = ModelBoundary.observed()
    truth = jcm.Model(boundary=boundary)
    data, starts = training_data(truth, experiment)
    tick("true run")
    competitors, trained = train(experiment, boundary, truth, data)
    tick("training")

    true = Competitor("truth", ModelParameters())
    places = worlds(experiment, boundary, starts)
    errors = {w.name: forecasts(w, true, competitors, experiment.forecast_days) for w in places}
    defects = {
        c.name: mirror_defect(c, places[0], places[1]) for c in competitors if c.network is not None
    }
    tick("forecasts")
    means = {w.name: world_climates(w, true, competitors, experiment) for w in places}
    climate_errors = {
        world.name: {
            name: climate_error(mean, means[world.name]["truth"], world)
            for name, mean in means[world.name].items()
            if name != "truth"
        }
        for world in places
    }
    tick("climates")
    return Findings(
        losses={name: result.losses for name, result in trained.items()},
        weights={name: result.weights for name, result in trained.items()},
        forecasts=errors,
        climates=means,
        climate_errors=climate_errors,
        mirror_defects=defects,
        seconds=seconds,
    )


class _Progress:
    """Says now and then how the training goes."""

    def __init__(self, name: str, iterations: int) -> None:
        self.name, self.every, self.losses = name, max(1, iterations // 10), []

    def __call__(self, iteration: int, loss: float) -> None:
        self.losses.append(loss)
        if len(self.losses) == self.every:
            typer.echo(f"{self.name}: iteration {iteration + 1}, loss {np.mean(self.losses):.3f}")
            self.losses = []


def summary(findings: Findings) -> str:
    """The main numbers as a table."""
    day = next(iter(findings.forecasts["Earth"].values())).shape[1]
    lines = [f"error after {day} days, relative to the model without correction"]
    for world, errors in findings.forecasts.items():
        reference = np.sqrt(np.mean(errors["uncorrected"] ** 2, axis=0))
        shares = "  ".join(
            f"{name} {np.sqrt(np.mean(error**2, axis=0))[-1] / reference[-1]:.3f}"
            for name, error in errors.items()
            if name != "uncorrected"
        )
        lines.append(f"  {world:16}{shares}")
    return "\n".join(lines)


def main(
    steps: Annotated[
        int | None,
        typer.Option(min=10, help="Iterations of the training, 300 or with --quick 20."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of weights and order of samples.")] = 0,
    angle: Annotated[float, typer.Option(help="By which the continents turn [degrees].")] = 60.0,
    quick: Annotated[bool, typer.Option("--quick", help="A small version, to try it.")] = False,
    output: Annotated[Path, typer.Option(help="Folder for the results.")] = Path(
        "hybrid-column-network"
    ),
) -> None:
    """Train a column network through the model and test it in other worlds.

    Example: python examples/hybrid_column_network.py --seed 1 --output hybrid-seed-1
    """
    use_compilation_cache()
    experiment = dataclasses.replace(QUICK if quick else Experiment(), seed=seed, angle=angle)
    if steps is not None:
        experiment = dataclasses.replace(experiment, iterations=steps)
    findings = find(experiment)
    output.mkdir(parents=True, exist_ok=True)
    draw(findings, output / "hybrid-column-network.svg")
    results = findings._asdict()
    results["weights"] = {
        name: sum(leaf.size for leaf in weights.values())
        for name, weights in findings.weights.items()
    }
    for name, weights in findings.weights.items():
        np.savez(output / f"{name}.npz", **weights)
    results["climates"] = {
        world: {name: mean and mean._asdict() for name, mean in means.items()}
        for world, means in findings.climates.items()
    }
    write_results(output, {"experiment": dataclasses.asdict(experiment), **results})
    typer.echo(summary(findings))


if __name__ == "__main__":
    typer.run(main)
