"""The baroclinic wave of Jablonowski and Williamson, and the flow that it grows from.

References:
    Jablonowski and Williamson (2006): A baroclinic instability test case for atmospheric model
    dynamical cores. Quart. J. Roy. Meteor. Soc. 132, 2943-2975.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from jcm.dynamics.baroclinic_wave import baroclinic_wave
from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.dynamics.resolution import Resolution
from jcm.model.range import RangeError
from validation.dry.criteria import Criterion
from validation.dry.models import dry_model, grid_of, layers_of, on_grid, start_from
from validation.dry.request import WAVE

Announce = Callable[[str], None]

DAYS = 9
#: Truncation from which the published minimum is expected.
RESOLVED_TRUNCATION = 63
#: Published minimum of surface pressure on day 9 at high resolution [hPa].
PUBLISHED_MINIMUM = (940.0, 945.0)
#: Cores scatter by as much about it, according to their diffusion and layers [hPa].
MINIMUM_TOLERANCE = 3.0
#: Layers from which the balance of the continuous equations is that of the discrete ones.
RESOLVED_LEVELS = 20
MOST_DRIFT = 0.1
MOST_ASYMMETRY = 0.01
MOST_SOUTHERN_DEPARTURE = 1.0
_HECTOPASCALS = 1000.0


@dataclasses.dataclass(frozen=True, eq=False)
class WaveRun:
    """What the perturbed and the unperturbed run of a resolution did.

    Attributes:
        name: as "T42 L20".
        resolution: as "T42".
        levels: number of layers.
        grid: where the maps lie.
        minimum_pressure: lowest surface pressure of days 0 to 9, perturbed [hPa], `(day,)`.
        surface_pressure: on day 9, perturbed [hPa], `(longitude, latitude)`.
        drift: root-mean-square departure of the zonal-mean eastward wind from the start, over
            levels and the sphere, unperturbed [m s-1], `(day,)`.
        asymmetry: root mean square of the eastward wind's departure from its zonal mean,
            unperturbed [m s-1], `(day,)`.
        error: why the runs ended early, or "".
    """

    name: str
    resolution: str
    levels: int
    grid: GaussianGrid
    minimum_pressure: Float[np.ndarray, " day"]
    surface_pressure: Float[np.ndarray, "longitude latitude"]
    drift: Float[np.ndarray, " day"]
    asymmetry: Float[np.ndarray, " day"]
    error: str = ""

    @property
    def southern_departure(self) -> float:
        """Largest departure from 1000 hPa in the other hemisphere on day 9 [hPa]."""
        south = self.surface_pressure[:, self.grid.sine_latitude < 0.0]
        return float(np.abs(south - _HECTOPASCALS).max())


def run_wave(core: str, resolution: str, levels: int, announce: Announce) -> WaveRun:
    """Nine days with and without the perturbation."""
    grid, layers = grid_of(core, resolution), layers_of(core, levels)
    minimum, drift, asymmetry = (np.full(DAYS + 1, np.nan) for _ in range(3))
    last = np.full((grid.longitudes, grid.latitudes), np.nan)
    error = ""
    weight = grid.quadrature_weight / 2.0
    for perturbed in (True, False):
        kind = "perturbed" if perturbed else "balanced"
        wave = baroclinic_wave(grid, layers, perturbed=perturbed)
        model = dry_model(core, resolution, levels, "none", wave.surface_geopotential)
        state = start_from(model, wave.atmosphere)
        start = on_grid(model, state).eastward_wind.mean(axis=0)
        for day in range(DAYS + 1):
            announce(f"baroclinic wave {resolution}, {kind}: day {day} of {DAYS}")
            try:
                state = model.advance(state, days=1) if day else state
            except RangeError as stopped:
                error = f"the {kind} flow left its range: {stopped}"
                break
            now = on_grid(model, state)
            pressure = _HECTOPASCALS * np.exp(now.log_normalized_surface_pressure)
            if perturbed:
                minimum[day], last = pressure.min(), pressure
                continue
            mean = now.eastward_wind.mean(axis=0)
            drift[day] = _rms((mean - start)[None], weight)
            asymmetry[day] = _rms(now.eastward_wind - mean, weight)
    return WaveRun(
        name=f"{resolution} L{levels}",
        resolution=resolution,
        levels=levels,
        grid=grid,
        minimum_pressure=minimum,
        surface_pressure=last,
        drift=drift,
        asymmetry=asymmetry,
        error=error,
    )


def _rms(
    values: Float[np.ndarray, "longitude level latitude"], weight: Float[np.ndarray, " latitude"]
) -> float:
    """Over levels and the sphere; the weights of all rows add up to 1."""
    return float(np.sqrt((values**2 @ weight).mean()))


def wave_criteria(runs: list[WaveRun]) -> list[Criterion]:
    """What the runs of all resolutions, the coarsest first, are judged by."""
    criteria = [criterion for run in runs for criterion in _of_run(run)]
    if len(runs) > 1:
        minima = [float(run.minimum_pressure[-1]) for run in runs]
        criteria.append(
            Criterion(
                case=WAVE,
                run=f"{runs[0].name} to {runs[-1].name}",
                name="largest rise of the minimum on day 9 from one resolution to the next",
                measured=float(np.max(np.diff(minima))),
                units="hPa",
                high=0.0,
                source="JW06: the low deepens with resolution until it converges",
            )
        )
    return criteria


def _of_run(run: WaveRun) -> list[Criterion]:
    low, high = PUBLISHED_MINIMUM
    limits = {"low": low - MINIMUM_TOLERANCE, "high": high + MINIMUM_TOLERANCE}
    source = (
        f"JW06: near {low:g} to {high:g} hPa at high resolution; cores scatter by about "
        f"{MINIMUM_TOLERANCE:g} hPa"
    )
    if Resolution.named(run.resolution).truncation < RESOLVED_TRUNCATION:
        limits, source = {}, f"not judged below T{RESOLVED_TRUNCATION}: the wave is not resolved"
    steady = {"high": MOST_DRIFT, "source": "JW06: steady; the limit, 0.3 % of the jets, is ours"}
    if run.levels < RESOLVED_LEVELS:
        steady = {
            "source": f"not judged with fewer than {RESOLVED_LEVELS} levels: in coarse layers "
            "another flow is in balance"
        }
    common = {"case": WAVE, "run": run.name}
    return [
        Criterion(
            **common,
            name="minimum surface pressure on day 9",
            measured=float(run.minimum_pressure[-1]),
            units="hPa",
            **limits,
            source=source,
        ),
        Criterion(
            **common,
            name="largest departure from 1000 hPa in the southern hemisphere on day 9",
            measured=run.southern_departure,
            units="hPa",
            high=MOST_SOUTHERN_DEPARTURE,
            source="JW06: the perturbation is in the north; the limit is ours",
        ),
        Criterion(
            **common,
            name="balanced flow: drift of the zonal-mean wind in nine days",
            measured=_worst(run.drift),
            units="m s-1",
            **steady,
        ),
        Criterion(
            **common,
            name="balanced flow: departure from zonal symmetry in nine days",
            measured=_worst(run.asymmetry),
            units="m s-1",
            high=MOST_ASYMMETRY,
            source="JW06: symmetric; the limit, what rounding may grow to, is ours",
        ),
    ]


def _worst(series: Float[np.ndarray, " day"]) -> float:
    """The largest value; NaN if any is missing."""
    return float(np.max(series))
