"""Sensitivity of the upper-level height over a region to the sea-surface temperature of the globe.

One run of the adjoint backwards through the model gives the derivative of one number, the mean
height of a pressure level over a region at a date, with respect to the temperature of open water
everywhere, for every length of time that the water has been warmer. The script holds it against
finite differences of the model, of tiny and of large patches of warm water, and asks whether the
response of wind and mass is in geostrophic balance.

    python examples/sst_sensitivity.py --days 10 --region tropics --output sst-sensitivity

See docs/examples/sst-sensitivity.md.
"""

from __future__ import annotations

import dataclasses
import datetime
import time
from pathlib import Path
from typing import Annotated, NamedTuple

import jax
import jax.numpy as jnp
import typer
from common import write_results
from geostrophic_balance import Balance, balance_between, balance_by_latitude, eddies
from sst_model import (
    PATCHES,
    REGIONS,
    SEGMENTS_PER_DAY,
    Observable,
    Pattern,
    Region,
    Slopes,
    SSTModel,
    patch,
    response,
    sensitivities,
    slopes,
    tangent_of,
)
from sst_sensitivity_figure import draw
from sst_sensitivity_results import results, summary

import jcm
from jcm.command.cache import use_compilation_cache
from jcm.model.state import ModelState
from jcm.physics.gates import Gates

#: Where the tangent response is held against geostrophic balance: layers about 200 and 340 hPa.
BALANCE_LEVELS = slice(2, 4)
#: Poleward of which latitude [degrees].
EXTRATROPICS = 25.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Experiment:
    """What is computed.

    Attributes:
        days: longest time that the water is warmer.
        region: see :meth:`sst_model.Region.named`.
        pressure: of the level whose height is asked for [hPa].
        start: first day of the first period of `days`.
        spinup: days that the model runs before, from the atmosphere at rest.
        starts: number of periods, one after the other.
        patches: names in :data:`sst_model.PATCHES` of the patches of warm water.
        balanced: those whose response is held against geostrophic balance; the first of them is
            also the one whose size is varied.
        checked: those for which the gradient is checked, besides the strongest grid point.
        tiny: sizes for this check [K].
        sizes: sizes of the sweep [K].
        gate_width: width of the gates of the physics, 0 for the original's.
    """

    days: int = 10
    region: str = "tropics"
    pressure: float = 250.0
    start: datetime.datetime = datetime.datetime(1982, 1, 15)
    spinup: int = 30
    starts: int = 2
    patches: tuple[str, ...] = tuple(PATCHES)
    balanced: tuple[str, ...] = ("central Pacific", "Kuroshio")
    checked: tuple[str, ...] = ("warm pool", "Kuroshio")
    tiny: tuple[float, ...] = (1e-7, 1e-6)
    sizes: tuple[float, ...] = (1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 0.3, 1.0, 3.0)
    gate_width: float = 0.0

    @property
    def leads(self) -> tuple[int, ...]:
        """After how many days results are shown."""
        return tuple(sorted({lead for lead in (1, 2, 5) if lead < self.days} | {self.days}))


class Period(NamedTuple):
    """One period of the control run.

    Attributes:
        trajectory: its states between segments.
        gradients: of the observable at its end, by number of segments.
    """

    trajectory: list[ModelState]
    gradients: list[Pattern]


def make_model(experiment: Experiment) -> SSTModel:
    """The model, at rest on the first day of the spin-up.

    Raises:
        ValueError: if there are no boundary data for that day.
    """
    begin = experiment.start - datetime.timedelta(days=experiment.spinup)
    gates = Gates(width=experiment.gate_width)
    return SSTModel(jcm.Model(start_date=begin, gates=gates, dtype=jnp.float64))


def spun_up(model: SSTModel, experiment: Experiment) -> ModelState:
    """The state at the start of the first period."""
    return model.run(model.model.initial_state(), SEGMENTS_PER_DAY * experiment.spinup)


def check_gradient(
    model: SSTModel, period: Period, observable: Observable, experiment: Experiment
) -> dict[str, list[Slopes]]:
    """The gradient at every lead against differences of the model that end at the same date."""
    patterns = {name: patch(model.grid, *PATCHES[name]) for name in experiment.checked}
    magnitude = jnp.abs(period.gradients[-1])
    patterns["strongest grid point"] = (magnitude == magnitude.max()).astype(magnitude.dtype)
    found: dict[str, list[Slopes]] = {name: [] for name in patterns}
    at_end = float(observable(period.trajectory[-1]))
    for name, pattern in patterns.items():
        for lead in experiment.leads:
            segments = SEGMENTS_PER_DAY * lead
            derivative = float(jnp.sum(period.gradients[segments] * pattern))
            begin = period.trajectory[-1 - segments]
            expected = {segments: at_end}, {segments: derivative}
            for size in experiment.tiny:
                found[name] += slopes(model, begin, observable, pattern, size, *expected)
    return found


def large_patches(
    model: SSTModel, periods: list[Period], observable: Observable, patches: tuple[str, ...]
) -> dict[str, list[Slopes]]:
    """The prediction of the gradient against runs with water that is 1 K warmer and colder."""
    found: dict[str, list[Slopes]] = {}
    for name in patches:
        pattern = patch(model.grid, *PATCHES[name])
        found[name] = []
        for trajectory, gradients in periods:
            segments = len(trajectory) - 1
            derivative = {segments: float(jnp.sum(gradients[segments] * pattern))}
            value = {segments: float(observable(trajectory[-1]))}
            found[name] += slopes(model, trajectory[0], observable, pattern, 1.0, value, derivative)
    return found


class Geostrophy(NamedTuple):
    """Balance of the tangent response to a patch, and of the eddies of the control run.

    Attributes:
        days: since the water is warmer.
        response: of the tangent response in the extratropics, by hemisphere, for each of `days`.
        control: the same of the control run's deviation from its zonal mean.
        response_by_latitude, control_by_latitude: on the last day, `(latitude,)`.
    """

    days: list[float]
    response: dict[str, list[Balance]]
    control: dict[str, list[Balance]]
    response_by_latitude: Balance
    control_by_latitude: Balance


def geostrophy(
    model: SSTModel, states: list[ModelState], increments: list[dict[str, jax.Array]]
) -> Geostrophy:
    """Hold a tangent run against geostrophic balance; its first state has no response yet."""
    grid = model.grid
    of_state, of_increment = model.winds()
    rows = (grid.latitude_degrees, 0.5 * grid.quadrature_weight, EXTRATROPICS)
    response_series, control_series = [], []
    for state, increment in zip(states[1:], increments[1:], strict=True):
        response_winds = of_increment(state, increment)
        control_winds = eddies(of_state(state))
        response_series.append(balance_between(response_winds, BALANCE_LEVELS, *rows))
        control_series.append(balance_between(control_winds, BALANCE_LEVELS, *rows))
    return Geostrophy(
        days=[(k + 1) / SEGMENTS_PER_DAY for k in range(len(response_series))],
        response=_by_key(response_series),
        control=_by_key(control_series),
        response_by_latitude=balance_by_latitude(response_winds, BALANCE_LEVELS),
        control_by_latitude=balance_by_latitude(control_winds, BALANCE_LEVELS),
    )


def _by_key(series: list[dict[str, Balance]]) -> dict[str, list[Balance]]:
    return {key: [entry[key] for entry in series] for key in series[0]}


class Findings(NamedTuple):
    """Everything that the page shows.

    Attributes:
        gradients: of the mean height with respect to the temperature of the sea of a cell, mean
            over the periods, by days that the water has been warmer [m K-1], `(longitude,
            latitude)`.
        gradient_check: by pattern, see :func:`check_gradient`.
        dot_products: tangent / adjoint - 1 of the first period, by patch.
        sweep: slopes for all sizes of the first of `Experiment.balanced`, first period.
        large: by patch, see :func:`large_patches`.
        geostrophy: by patch.
        seconds: time taken by each part, compilation included.
    """

    gradients: dict[int, Pattern]
    gradient_check: dict[str, list[Slopes]]
    dot_products: dict[str, float]
    sweep: list[Slopes]
    large: dict[str, list[Slopes]]
    geostrophy: dict[str, Geostrophy]
    seconds: dict[str, float]


def find(model: SSTModel, state: ModelState, experiment: Experiment) -> Findings:
    """Compute everything.

    Args:
        model: of :func:`make_model`.
        state: of :func:`spun_up`.
        experiment: what is computed.
    """
    segments = SEGMENTS_PER_DAY * experiment.days
    observable = model.height(Region.named(experiment.region), experiment.pressure)
    seconds, began = {}, time.perf_counter()

    def tick(part: str) -> None:
        nonlocal began
        seconds[part], began = time.perf_counter() - began, time.perf_counter()

    periods = []
    for _ in range(experiment.starts):
        trajectory = model.trajectory(state, segments)
        state = trajectory[-1]
        periods.append(Period(trajectory, sensitivities(model, trajectory, observable)))
    gradients = {
        lead: sum(period.gradients[SEGMENTS_PER_DAY * lead] for period in periods) / len(periods)
        for lead in experiment.leads
    }
    tick("adjoint")

    first = periods[0]
    tangents, balances, dot_products = {}, {}, {}
    for name in experiment.balanced:
        pattern = patch(model.grid, *PATCHES[name])
        states, increments = response(model, first.trajectory[0], segments, pattern)
        tangents[name] = tangent_of(observable, states, increments)
        adjoint = float(jnp.sum(first.gradients[-1] * pattern))
        dot_products[name] = tangents[name][-1] / adjoint - 1.0
        balances[name] = geostrophy(model, states, increments)
    tick("tangent and geostrophic balance")

    checked = check_gradient(model, first, observable, experiment)
    tick("differences for the gradient")

    swept = experiment.balanced[0]
    pattern = patch(model.grid, *PATCHES[swept])
    shown = [SEGMENTS_PER_DAY * lead for lead in experiment.leads]
    values = {number: float(observable(first.trajectory[number])) for number in shown}
    derivatives = {number: tangents[swept][number] for number in shown}
    sweep = [
        entry
        for size in experiment.sizes
        for entry in slopes(
            model, first.trajectory[0], observable, pattern, size, values, derivatives
        )
    ]
    tick("sweep of sizes")
    large = large_patches(model, periods, observable, experiment.patches)
    tick("patches of 1 K")
    return Findings(gradients, checked, dot_products, sweep, large, balances, seconds)


def main(
    days: Annotated[int, typer.Option(min=1, help="Longest time that the water is warmer.")] = 10,
    region: Annotated[
        str, typer.Option(help=f"{', '.join(REGIONS)}, or west,east,south,north in degrees.")
    ] = "tropics",
    pressure: Annotated[
        float, typer.Option(min=50.0, max=500.0, help="Level whose height is asked for, in hPa.")
    ] = 250.0,
    start: Annotated[
        datetime.datetime, typer.Option(formats=["%Y-%m-%d"], help="First day.")
    ] = "1982-01-15",
    starts: Annotated[int, typer.Option(min=1, help="Number of periods of that length.")] = 2,
    gate_width: Annotated[
        float, typer.Option(min=0.0, help="Width of the physics' gates, 0 for the original's.")
    ] = 0.0,
    output: Annotated[Path, typer.Option(help="Folder for figure and numbers.")] = Path(
        "sst-sensitivity"
    ),
    quick: Annotated[bool, typer.Option(help="A day, one period, few patches.")] = False,
) -> None:
    """Sensitivity of upper-level height over a region to the sea-surface temperature."""
    experiment = Experiment(
        days=days,
        region=region,
        pressure=pressure,
        start=start,
        starts=starts,
        gate_width=gate_width,
    )
    if quick:
        experiment = dataclasses.replace(
            experiment,
            days=1,
            spinup=5,
            starts=1,
            patches=("warm pool", "Kuroshio"),
            balanced=("Kuroshio",),
            checked=("Kuroshio",),
            sizes=(1e-6, 1e-3, 1.0),
        )
    jax.config.update("jax_enable_x64", True)
    use_compilation_cache()
    output.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    try:
        box = Region.named(region)
        model = make_model(experiment)
        box.weights(model.grid)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    state = spun_up(model, experiment)
    preparing = time.perf_counter() - began
    findings = find(model, state, experiment)
    findings.seconds["preparation"] = preparing
    numbers = results(findings, experiment)
    write_results(output, numbers)
    draw(findings, model, box, output / "sst-sensitivity.svg")
    typer.echo(summary(findings, numbers))
    typer.echo(f"{output}/sst-sensitivity.svg, {output}/results.json")


if __name__ == "__main__":
    typer.run(main)
