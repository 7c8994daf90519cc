"""The experiment: prepare, observe, minimise, and look how good the result is."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from variational_covariance import Localization, Members
from variational_minimisation import (
    CostFunction,
    GradientTest,
    Minimum,
    gradient_test,
    inner,
    minimized,
)
from variational_scores import Scores
from variational_twin import Network, Twin, climate, error_ensemble, twin
from variational_window import Observed, Window

import jcm
from jcm.model.state import ModelState

STEPS_PER_HOUR = 1.5
#: From one time of observation to the next.
HOURS_BETWEEN = 4
#: Of the difference between two days from which the errors of the background grow: these are then
#: as large as errors of real forecasts of one to two days.
ERROR_SCALE = 0.75
#: Sizes of the gradient test, in standard deviations of the background error. In single precision
#: differences of smaller ones are noise.
TEST_SIZES = {
    "float64": [10.0**-power for power in range(9)],
    "float32": [10.0**-power for power in range(3)],
}
#: Between the states of a forecast that are looked at, and to the last one [hours].
FORECAST_EVERY, FORECAST_HOURS = 12, 72


@dataclasses.dataclass(frozen=True)
class Experiment:
    """What is asked for.

    Attributes:
        hours: length of the window.
        observations: share of the columns that are observed.
        seed: of the truth, the errors of the background, the sites, and the measurements.
        outer_loops: how often the model is linearised.
        iterations: most of an inner loop.
        reduction: of the gradient, at which an inner loop ends.
        members: errors that the covariance of background errors is made of.
        spin_up_days: from rest to the first state that is used.
        climate_days: of the run from which the errors are taken.
        forgetting_days: after which the truth's run has forgotten where it came from.
    """

    hours: int = 12
    observations: float = 0.1
    seed: int = 0
    outer_loops: int = 3
    iterations: int = 20
    reduction: float = 0.01
    members: int = 100
    spin_up_days: int = 45
    climate_days: int = 80
    forgetting_days: int = 30


class Setting(NamedTuple):
    """All but the observations.

    Attributes:
        window: of assimilation.
        members: of the covariance.
        twin: truth and background at the start of the window.
        truth: over the window, at the times of observation.
        observed: what could be measured there.
    """

    window: Window
    members: Members
    twin: Twin
    truth: list[ModelState]
    observed: list[Observed]


class Assimilation(NamedTuple):
    """One minimisation.

    Attributes:
        share: of the columns that are observed.
        sites: which they are, `(longitude, latitude)`.
        numbers: how many were observed in all.
        function: J.
        minimum: where it is smallest.
    """

    share: float
    sites: np.ndarray
    numbers: int
    function: CostFunction
    minimum: Minimum


class Findings(NamedTuple):
    """What the script reports.

    Attributes:
        setting: of the experiment.
        assimilation: with the share of columns asked for.
        gradient: test of the gradient at the background.
        adjointness: relative difference of the two sides of <H'M'p, w> = <p, M'ᵀH'ᵀw>.
        forecasts: norm of the error from background and analysis, by hours from the start.
        table: of the analysis, by share of columns.
        seconds: what took how long.
    """

    setting: Setting
    assimilation: Assimilation
    gradient: GradientTest
    adjointness: float
    forecasts: dict[str, dict[int, float]]
    table: dict[float, dict[str, float]]
    seconds: dict[str, float]


def prepare(experiment: Experiment, model: jcm.Model) -> Setting:
    """Climate, ensemble of errors, truth and background."""
    days = climate(
        model,
        model.initial_state(),
        spin_up_days=experiment.spin_up_days,
        days=experiment.climate_days,
    )
    members = error_ensemble(
        model, days, experiment.members, scale=ERROR_SCALE, seed=experiment.seed
    )
    pair = twin(
        model,
        days,
        scale=ERROR_SCALE,
        forgetting_days=experiment.forgetting_days,
        seed=experiment.seed,
    )
    steps = round(STEPS_PER_HOUR * HOURS_BETWEEN)
    window = Window(model, experiment.hours // HOURS_BETWEEN, steps)
    return Setting(window, members, pair, *window.trajectory(pair.truth))


def assimilate(
    setting: Setting, experiment: Experiment, share: float, announce: Callable[[str], None]
) -> Assimilation:
    """Observe and minimise."""
    network = Network(share=share)
    grid = setting.window.model.configuration.core.horizontal
    sites = network.sites(grid.quadrature_weight, grid.longitudes, experiment.seed)
    observations, precision = network.observations(setting.observed, sites, experiment.seed)
    function = CostFunction(
        setting.window,
        setting.twin.background,
        setting.members,
        Localization(),
        observations,
        precision,
    )
    minimum = minimized(
        function,
        outer_loops=experiment.outer_loops,
        iterations=experiment.iterations,
        reduction=experiment.reduction,
        announce=announce,
    )
    at_a_time = sum(int(jnp.count_nonzero(p)) for p in precision)
    return Assimilation(share, sites, at_a_time * len(observations), function, minimum)


def adjointness(found: Assimilation, seed: int) -> float:
    """Relative difference of <H'M'B^½ p, w> and <p, B^½ᵀM'ᵀH'ᵀ w>, w = R⁻¹ H'M'B^½ p."""
    function, states = found.function, found.minimum.first.states
    direction = np.random.default_rng([seed, 4]).normal(size=function.control_shape)
    observed = function.window.tangent(states, function.increment(direction))
    forward = sum(
        inner(now, jax.tree.map(jnp.multiply, now, function.precision)) for now in observed
    )
    reverse = inner(direction, function.curvature(states, direction) - direction)
    return abs(forward - reverse) / abs(forward)


def forecast_errors(found: Assimilation, setting: Setting) -> dict[str, dict[int, float]]:
    """Norm of the error of forecasts from the start of the window, by hours."""
    model = setting.window.model
    scores = Scores(model)
    states = {
        "truth": setting.twin.truth,
        "background": setting.twin.background,
        "analysis": found.minimum.last.states[0],
    }
    errors: dict[str, dict[int, float]] = {"background": {}, "analysis": {}}
    for hour in range(0, FORECAST_HOURS + 1, FORECAST_EVERY):
        for name, of_name in errors.items():
            of_name[hour] = scores.norm(scores.error(states[name], states["truth"]))
        steps = round(STEPS_PER_HOUR * FORECAST_EVERY)
        states = {name: model.advance(state, steps=steps) for name, state in states.items()}
    return errors


def find(
    experiment: Experiment,
    shares: list[float],
    model: jcm.Model,
    announce: Callable[[str], None],
) -> Findings:
    """Run the experiment.

    Args:
        experiment: what is asked for.
        shares: of observed columns, for the table besides.
        model: with SPEEDY's core.
        announce: hears how it goes.
    """
    seconds: dict[str, float] = {}

    def timed(what: str, run: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        result = run()
        seconds[what] = time.perf_counter() - began
        announce(f"{what}: {seconds[what]:.0f} s")
        return result

    setting = timed("truth, background and ensemble", lambda: prepare(experiment, model))
    scores = Scores(model)

    def with_share(share: float) -> Assimilation:
        name = f"assimilation of {share:.3g} of the columns"
        return timed(name, lambda: assimilate(setting, experiment, share, announce))

    found = with_share(experiment.observations)
    background_error = scores.norm(scores.error(setting.twin.background, setting.twin.truth))
    table = {}
    for share in sorted({experiment.observations, *shares}):
        one = found if share == experiment.observations else with_share(share)
        error = scores.norm(scores.error(one.minimum.last.states[0], setting.twin.truth))
        table[share] = {
            "sites": int(one.sites.sum()),
            "numbers": one.numbers,
            "analysis_error": error,
            "ratio": error / background_error,
            "cost_over_half_the_numbers": one.minimum.last.cost / (0.5 * one.numbers),
        }
    sizes = TEST_SIZES[np.dtype(model.dtype).name]
    return Findings(
        setting,
        found,
        timed("gradient test", lambda: gradient_test(found.function, found.minimum.first, sizes)),
        timed("adjoint test", lambda: adjointness(found, experiment.seed)),
        timed("forecasts", lambda: forecast_errors(found, setting)),
        table,
        seconds,
    )
