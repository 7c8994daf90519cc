"""The Held-Suarez climate: zonal means of a dry atmosphere that is forced by two relaxations.

References:
    Held and Suarez (1994): A proposal for the intercomparison of the dynamical cores of atmospheric
    general circulation models. Bull. Amer. Meteor. Soc. 75, 1825-1830.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.dynamics.state import GridState
from jcm.model.model import Model
from jcm.model.range import RangeError
from jcm.model.state import ModelState
from jcm.vertical_grid import VerticalGrid
from validation.dry.models import dry_model, grid_of, layers_of, on_grid

Announce = Callable[[str], None]
Section = Float[np.ndarray, "level latitude"]

#: Parts of the run from which the sampling error is estimated.
BLOCKS = 4
#: Standard deviation of the noise that the first eddies grow from [K].
_NOISE = 1.0
_SEED = 1994


@dataclasses.dataclass(frozen=True, eq=False)
class HeldSuarezClimate:
    """Means over time and longitude.

    Attributes:
        name: as "T42 L20".
        resolution: as "T42".
        grid: its latitudes.
        layers: its levels.
        days: that are behind the means, one sample a day.
        spinup: days before them.
        eastward_wind: [m s-1], `(level, latitude)`.
        temperature: [K].
        eddy_temperature_variance: mean square of the temperature's departure from its zonal mean
            of the moment [K2].
        block_wind: eastward wind of each of the `BLOCKS` parts of the run
            `(block, level, latitude)`.
        mass_change: change of global mean surface pressure from the start to the end, relative [1].
        error: why the run ended early, or "".
    """

    name: str
    resolution: str
    grid: GaussianGrid
    layers: VerticalGrid
    days: int
    spinup: int
    eastward_wind: Section
    temperature: Section
    eddy_temperature_variance: Section
    block_wind: Float[np.ndarray, "block level latitude"]
    mass_change: float
    error: str = ""


def run_held_suarez(
    core: str, resolution: str, levels: int, *, days: int, spinup: int, announce: Announce
) -> HeldSuarezClimate:
    """A run from rest with noise."""
    model = dry_model(core, resolution, levels, "held_suarez")
    grid, layers = grid_of(core, resolution), layers_of(core, levels)
    state = noisy_rest(model)
    before = _mean_pressure(on_grid(model, state), grid)
    samples: list[tuple[Section, Section, Section]] = []
    error = ""
    for day in range(1, spinup + days + 1):
        announce(f"Held-Suarez {resolution}: day {day} of {spinup + days}")
        try:
            state = model.advance(state, days=1)
        except RangeError as stopped:
            error = f"the run left its range: {stopped}"
            break
        if day > spinup:
            samples.append(_sample(on_grid(model, state)))
    after = _mean_pressure(on_grid(model, state), grid)
    if len(samples) < BLOCKS:
        nothing = np.full((layers.levels, grid.latitudes), np.nan)
        samples = [(nothing,) * 3] * BLOCKS
    wind, temperature, variance = (np.stack(field) for field in zip(*samples, strict=True))
    blocks = np.stack([part.mean(axis=0) for part in np.array_split(wind, BLOCKS)])
    return HeldSuarezClimate(
        name=f"{resolution} L{levels}",
        resolution=resolution,
        grid=grid,
        layers=layers,
        days=days,
        spinup=spinup,
        eastward_wind=wind.mean(axis=0),
        temperature=temperature.mean(axis=0),
        eddy_temperature_variance=variance.mean(axis=0),
        block_wind=blocks,
        mass_change=after / before - 1.0,
        error=error,
    )


def noisy_rest(model: Model) -> ModelState:
    """SPEEDY's reference atmosphere at rest, dry, at 10⁵ Pa, with noise in the temperature.

    The noise is the same on all levels; without it nothing would break the zonal symmetry.
    """
    core = model.configuration.core
    shape = (core.horizontal.longitudes, core.horizontal.latitudes)
    rest, _, _ = core.initial_state(
        np.zeros(shape), model.parameters.dynamics, model.parameters.constants, model.dtype
    )
    noise = np.random.default_rng(_SEED).normal(0.0, _NOISE, shape)
    noise_coefficients = core.spectral_map(jnp.asarray(noise, model.dtype))
    return model.state_from_rest(
        rest._replace(
            temperature=rest.temperature + noise_coefficients,
            specific_humidity=jnp.zeros_like(rest.specific_humidity),
            log_normalized_surface_pressure=jnp.zeros_like(rest.log_normalized_surface_pressure),
        )
    )


def _sample(now: GridState) -> tuple[Section, Section, Section]:
    """Zonal means of wind and temperature, and the zonal variance of the temperature."""
    temperature = now.temperature.mean(axis=0)
    return (
        now.eastward_wind.mean(axis=0),
        temperature,
        ((now.temperature - temperature) ** 2).mean(axis=0),
    )


def _mean_pressure(now: GridState, grid: GaussianGrid) -> float:
    """Global mean of surface pressure / 10⁵ Pa."""
    rows = np.exp(now.log_normalized_surface_pressure).mean(axis=0)
    return float(rows @ (grid.quadrature_weight / 2.0))
