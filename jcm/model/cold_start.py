"""The first state of a run."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import DTypeLike

from jcm.dynamics.core import Core
from jcm.dynamics.state import SpectralState
from jcm.model.configuration import Configuration, Inputs
from jcm.model.mass import dry_air_of
from jcm.model.state import DailyFields, KeptShortwave, ModelState
from jcm.model.stepping import clock, daily_update, initial_surface, start_up
from jcm.physics.sppt import SpptState


@functools.partial(jax.jit, static_argnames=("configuration",))
def cold_start(
    atmosphere: SpectralState,
    start: jax.Array,
    inputs: Inputs,
    sppt: SpptState | None,
    half_step: Any,
    first_step: Any,
    *,
    configuration: Configuration,
) -> ModelState:
    """The first state of a run: surface, daily fields, both time levels."""
    dtype = atmosphere.temperature.dtype
    core = configuration.core
    surface = initial_surface(start, inputs, configuration=configuration)
    levels = core.grid.levels
    columns = (core.horizontal.longitudes, core.horizontal.latitudes)
    maps = jnp.zeros(columns, dtype)

    def stack(*shape: int) -> jax.Array:
        return jnp.zeros((columns[0], *shape, columns[1]), dtype)

    shortwave = KeptShortwave(
        longwave_transmissivity=stack(levels, 4),
        stratospheric_correction=stack(2),
        temperature_tendency_shortwave=stack(levels),
        toa_net_shortwave=maps,
        surface_downward_shortwave=maps,
        surface_net_shortwave=maps,
        cloud_top_level=jnp.full(columns, levels, jnp.int32),
        cloud_cover=maps,
        stratiform_cloud_cover=maps,
    )
    state = ModelState(
        earlier=atmosphere,
        later=None,
        surface=surface,
        daily=_no_daily_fields(core, dtype),
        shortwave=shortwave,
        dry_air_pressure=jnp.zeros((), dtype),
        start=start,
        step=jnp.zeros((), jnp.int32),
        sppt=sppt,
    )
    state = state._replace(
        daily=daily_update(
            surface, clock(state, 0, configuration), inputs, configuration=configuration
        )
    )
    state = state._replace(dry_air_pressure=dry_air_of(atmosphere, inputs, core=core))
    return start_up(state, inputs, half_step, first_step, configuration=configuration)


def _no_daily_fields(core: Core, dtype: DTypeLike) -> DailyFields:
    """Daily fields before the first update, all zero."""
    maps = jnp.zeros((core.horizontal.longitudes, core.horizontal.latitudes), dtype)
    rows = maps[0]
    spectral = jnp.zeros_like(core.spectral_map(maps))
    return DailyFields(
        *[maps] * 4, *[rows] * 5, *[spectral] * 2, co2_absorptivity=jnp.zeros((), dtype)
    )
