"""Response of the radiation to CO₂: its derivative against runs with doubled concentration.

With the sea-surface temperature prescribed the model has no equilibrium climate sensitivity. It has
a radiative forcing: instantaneous, before anything has changed, and effective, after atmosphere and
land have adjusted. The script takes the derivative of the fluxes with respect to the logarithm of
the concentration through the model, at once and along runs of some days, and holds what it predicts
for twice the concentration against pairs of runs, from one step to a year.

    python examples/co2_sensitivity.py --days 20 --months 12 --output co2-sensitivity

See docs/examples/co2-sensitivity.md.
"""

from __future__ import annotations

import dataclasses
import datetime
import time
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import typer
from co2_model import CO2Model, Fluxes
from co2_sensitivity_figure import draw
from common import write_results

import jcm
from jcm.command.cache import use_compilation_cache
from jcm.model.state import ModelState

#: Days that the long runs take their means over.
MONTH = 30
#: Days between the starts of the short runs.
BETWEEN_STARTS = 20
#: Fluxes whose global means are shown.
SHOWN = ("outgoing_longwave", "toa_net", "tropopause_longwave", "surface_net")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Experiment:
    """What is computed.

    Attributes:
        start: day of the first pair of runs.
        spinup: days that the model runs before, from the atmosphere at rest.
        days: length of the short pairs.
        starts: number of short pairs.
        months: length of the long pair in months of 30 days.
        skipped: months at its beginning that do not count towards the adjusted forcing.
        ratios: concentrations for which the instantaneous forcing is computed.
        steps: sizes of the differences of ln C.
    """

    start: datetime.datetime = datetime.datetime(1982, 1, 15)
    spinup: int = 30
    days: int = 20
    starts: int = 3
    months: int = 12
    skipped: int = 2
    ratios: tuple[float, ...] = (0.25, 0.5, 0.75, 1.5, 2.0, 3.0, 4.0, 8.0)
    steps: tuple[float, ...] = (1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, float(np.log(2.0)))


class Instantaneous(NamedTuple):
    """Before anything has changed, mean over the starts; zonal means lie in `(latitude,)`.

    Attributes:
        slope: derivative of the fluxes by ln C.
        curvature: second derivative.
        change: of the fluxes with the ratio of concentrations.
    """

    slope: Fluxes
    curvature: Fluxes
    change: dict[float, Fluxes]


class Short(NamedTuple):
    """Days after the change, daily means `(start, day, latitude)`.

    Attributes:
        predicted: derivative by ln C at C₀ times ln 2, the prediction of first order.
        midpoint: derivative at √2 C₀ times ln 2, of second order.
        doubled: difference of the runs with doubled and with reference concentration.
    """

    predicted: Fluxes
    midpoint: Fluxes
    doubled: Fluxes


class Difference(NamedTuple):
    """The derivative of a daily mean by ln C against a central difference.

    Attributes:
        step: of ln C.
        day: since the change, from 0.
        derivative: [W m-2].
        forward, backward: one-sided differences.
    """

    step: float
    day: int
    derivative: float
    forward: float
    backward: float

    @property
    def error(self) -> float:
        """Of the central difference, relative."""
        return abs(0.5 * (self.forward + self.backward) / self.derivative - 1.0)


class Findings(NamedTuple):
    """Everything that the page shows.

    Attributes:
        instantaneous: see :class:`Instantaneous`.
        short: see :class:`Short`.
        monthly: difference of the long runs, `(month, latitude)`.
        differences: of net radiation at the top, global mean.
        seconds: time taken by each part, compilation included.
    """

    instantaneous: Instantaneous
    short: Short
    monthly: Fluxes
    differences: list[Difference]
    seconds: dict[str, float]


def make_model(experiment: Experiment) -> CO2Model:
    """The model, at rest on the first day of the spin-up.

    Raises:
        ValueError: if there are no boundary data for that day.
    """
    begin = experiment.start - datetime.timedelta(days=experiment.spinup)
    return CO2Model(jcm.Model(start_date=begin, dtype=jnp.float64))


def instantaneous(
    model: CO2Model, starts: list[ModelState], ratios: tuple[float, ...]
) -> Instantaneous:
    """Fluxes of the first step, their derivatives, and their change with the concentration."""
    fluxes = jax.jit(model.instantaneous)
    expansions = [model.expansion(state) for state in starts]
    control = [fluxes(state, model.log_ratio(1.0)) for state in starts]
    change = {
        ratio: _minus(
            _mean([fluxes(state, model.log_ratio(ratio)) for state in starts]), _mean(control)
        )
        for ratio in ratios
    }
    _, slopes, curvatures = zip(*expansions, strict=True)
    return Instantaneous(_mean(list(slopes)), _mean(list(curvatures)), change)


def short_pairs(model: CO2Model, starts: list[ModelState], days: int) -> Short:
    """The prediction of the derivative for twice the concentration, and pairs of runs."""
    predicted, midpoint, doubled = [], [], []
    for state in starts:
        for ratio, predictions in ((1.0, predicted), (np.sqrt(2.0), midpoint)):
            slope = model.tangent_days(state, days, ratio)
            predictions.append(jax.tree.map(lambda by_log: np.log(2.0) * by_log, slope))
        control, changed = (model.days(state, days, ratio)[1] for ratio in (1.0, 2.0))
        doubled.append(_minus(changed, control))
    return Short(_stack(predicted), _stack(midpoint), _stack(doubled))


def long_pair(model: CO2Model, state: ModelState, months: int) -> Fluxes:
    """Monthly means of the difference between doubled and reference concentration.

    In single precision: nothing is differentiated, and weather drowns the rounding.
    """
    single = CO2Model(jcm.Model(start_date=model.model.start_date, dtype=jnp.float32))
    state = jax.tree.map(
        lambda leaf: leaf.astype(jnp.float32) if jnp.issubdtype(leaf.dtype, jnp.floating) else leaf,
        state,
    )
    control, changed = (
        _monthly(single.days(state, months * MONTH, ratio)[1]) for ratio in (1.0, 2.0)
    )
    return _minus(changed, control)


def finite_differences(
    model: CO2Model,
    state: ModelState,
    slope: Fluxes,
    steps: tuple[float, ...],
    days: tuple[int, ...],
) -> list[Difference]:
    """Differences of the global mean of net radiation at the top.

    Args:
        model: the model.
        state: where the runs begin.
        slope: daily means of the derivative by ln C of a run from there.
        steps: of ln C.
        days: since the change, from 0, that are shown.
    """

    def toa_net(log_ratio: float) -> np.ndarray:
        fluxes = model.days(state, max(days) + 1, float(np.exp(log_ratio)))[1]
        return model.global_mean(fluxes.toa_net)

    here, derivative = toa_net(0.0), model.global_mean(slope.toa_net)
    found = []
    for step in steps:
        forward, backward = (toa_net(step) - here) / step, (here - toa_net(-step)) / step
        found += [
            Difference(step, day, derivative[day], forward[day], backward[day]) for day in days
        ]
    return found


def find(model: CO2Model, state: ModelState, experiment: Experiment) -> Findings:
    """Compute everything.

    Args:
        model: of :func:`make_model`.
        state: after the spin-up.
        experiment: what is computed.
    """
    seconds, began = {}, time.perf_counter()

    def tick(part: str) -> None:
        nonlocal began
        seconds[part], began = time.perf_counter() - began, time.perf_counter()

    starts = [state]
    for _ in range(experiment.starts - 1):
        starts.append(model.days(starts[-1], BETWEEN_STARTS, 1.0)[0])
    tick("control run between the starts")
    at_once = instantaneous(model, starts, experiment.ratios)
    tick("instantaneous forcing")
    short = short_pairs(model, starts, experiment.days)
    tick("short pairs")
    slope = jax.tree.map(lambda predicted: predicted[0] / np.log(2.0), short.predicted)
    shown = tuple(sorted({0, min(1, experiment.days - 1), min(4, experiment.days - 1)}))
    differences = finite_differences(model, state, slope, experiment.steps, shown)
    tick("finite differences")
    monthly = long_pair(model, state, experiment.months)
    tick("long pair")
    return Findings(at_once, short, monthly, differences, seconds)


def _mean(fluxes: list[Fluxes]) -> Fluxes:
    return jax.tree.map(lambda *rows: np.mean(rows, axis=0), *fluxes)


def _stack(fluxes: list[Fluxes]) -> Fluxes:
    return jax.tree.map(lambda *rows: np.stack(rows), *fluxes)


def _minus(first: Fluxes, second: Fluxes) -> Fluxes:
    return jax.tree.map(lambda one, other: np.asarray(one) - np.asarray(other), first, second)


def _monthly(daily: Fluxes) -> Fluxes:
    return jax.tree.map(
        lambda series: series.reshape(-1, MONTH, *series.shape[1:]).mean(axis=1), daily
    )


def results(findings: Findings, model: CO2Model, experiment: Experiment) -> dict[str, Any]:
    """The numbers of the page, as JSON can hold them; fluxes are global means [W m-2]."""
    at_once, short, skipped = findings.instantaneous, findings.short, experiment.skipped

    def shown(fluxes: Fluxes) -> dict[str, Any]:
        return {name: model.global_mean(getattr(fluxes, name)) for name in SHOWN}

    log_2 = float(np.log(2.0))
    lasting = jax.tree.map(lambda series: series[skipped:], findings.monthly)
    return {
        "experiment": dataclasses.asdict(experiment) | {"start": f"{experiment.start:%Y-%m-%d}"},
        "instantaneous": {
            "derivative_by_ln_C": shown(at_once.slope),
            "second_derivative": shown(at_once.curvature),
            "by_ratio": {
                ratio: {
                    name: {
                        "model": model.global_mean(getattr(change, name)),
                        "first_order": np.log(ratio) * shown(at_once.slope)[name],
                        "second_order": np.log(ratio) * shown(at_once.slope)[name]
                        + 0.5 * np.log(ratio) ** 2 * shown(at_once.curvature)[name],
                    }
                    for name in SHOWN
                }
                for ratio, change in at_once.change.items()
            },
        },
        "days": {
            name: {
                kind: _mean_and_error(model.global_mean(getattr(fluxes, name)))
                for kind, fluxes in short._asdict().items()
            }
            for name in SHOWN
        },
        "months": shown(findings.monthly),
        "adjusted": {name: _mean_and_error(values) for name, values in shown(lasting).items()},
        "adjusted_temperature_by_level": model.global_mean(lasting.temperature.mean(axis=0)),
        "adjusted_land_and_sea_temperature": _mean_and_error(
            model.global_mean(lasting.surface_temperature)
        ),
        "by_latitude": {
            "latitude": model.model.configuration.core.horizontal.latitude_degrees,
            "instantaneous_doubled": at_once.change[2.0].toa_net,
            "instantaneous_first_order": log_2 * np.asarray(at_once.slope.toa_net),
            "adjusted": _mean_and_error(lasting.toa_net),
        },
        "differences": [entry._asdict() | {"error": entry.error} for entry in findings.differences],
        "seconds": findings.seconds,
    }


def _mean_and_error(samples: np.ndarray) -> dict[str, Any]:
    """Mean over the first axis and its standard error, None with a single sample."""
    number = len(samples)
    error = samples.std(axis=0, ddof=1) / np.sqrt(number) if number > 1 else None
    return {"mean": samples.mean(axis=0), "standard_error": error, "samples": number}


def summary(numbers: dict[str, Any]) -> str:
    """The main numbers in a few lines."""
    doubled = numbers["instantaneous"]["by_ratio"][2.0]
    lines = ["twice the CO2, at once [W m-2]: model, first order, second order"]
    lines += [
        f"  {name:22s} {entry['model']:8.3f} {entry['first_order']:8.3f} "
        f"{entry['second_order']:8.3f}"
        for name, entry in doubled.items()
    ]
    days = numbers["days"]["toa_net"]
    lines.append(
        "net radiation at the top: day, ln 2 x derivative at C0 and at sqrt(2) C0, pairs of runs"
    )
    for day in sorted({0, 1, 4, 9, len(days["doubled"]["mean"]) - 1}):
        if day < len(days["doubled"]["mean"]):
            texts = [_text(days[kind], day) for kind in Short._fields]
            lines.append(f"  {day + 1:3d} {'  '.join(texts)}")
    adjusted = numbers["adjusted"]["toa_net"]
    lines.append(f"adjusted, {adjusted['samples']} months: {_text(adjusted, ())}")
    return "\n".join(lines)


def _text(entry: dict[str, Any], place: int | tuple[()]) -> str:
    """Mean and, where there is one, standard error."""
    mean, error = np.asarray(entry["mean"])[place], entry["standard_error"]
    return f"{mean:6.2f}" if error is None else f"{mean:6.2f} ± {np.asarray(error)[place]:.2f}"


def main(
    days: Annotated[int, typer.Option(min=1, help="Length of the short pairs of runs.")] = 20,
    starts: Annotated[int, typer.Option(min=1, help="Number of short pairs.")] = 3,
    months: Annotated[
        int, typer.Option(min=1, help="Length of the long pair, in months of 30 days.")
    ] = 12,
    start: Annotated[
        datetime.datetime, typer.Option(formats=["%Y-%m-%d"], help="First day.")
    ] = "1982-01-15",
    output: Annotated[Path, typer.Option(help="Folder for figure and numbers.")] = Path(
        "co2-sensitivity"
    ),
    quick: Annotated[bool, typer.Option(help="Two starts, two days, one month.")] = False,
) -> None:
    """Response of the radiation to CO2: derivative against doubled concentration."""
    experiment = Experiment(
        days=days, starts=starts, months=months, skipped=min(2, months - 1), start=start
    )
    if quick:
        experiment = dataclasses.replace(
            experiment, days=2, starts=2, months=1, skipped=0, spinup=5, steps=(1e-6, 1e-3, 0.1)
        )
    jax.config.update("jax_enable_x64", True)
    use_compilation_cache()
    output.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    try:
        model = make_model(experiment)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--start") from None
    state, _ = model.days(model.model.initial_state(), experiment.spinup, 1.0)
    preparing = time.perf_counter() - began
    findings = find(model, state, experiment)
    findings.seconds["preparation"] = preparing
    numbers = results(findings, model, experiment)
    write_results(output, numbers)
    draw(findings, model, experiment.skipped, output / "co2-sensitivity.svg")
    typer.echo(summary(numbers))
    typer.echo(f"{output}/co2-sensitivity.svg, {output}/results.json")


if __name__ == "__main__":
    typer.run(main)
