"""Column physics of a dry atmosphere: that of Held and Suarez (1994), or nothing."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from jcm.dynamics.state import GridState, GridTendencies
from jcm.model.configuration import Configuration, Inputs
from jcm.physics.held_suarez import HeldSuarez, held_suarez


def dry_physics(grid: GridState, inputs: Inputs, configuration: Configuration) -> GridTendencies:
    """The forcing of Held and Suarez, or none.

    Args:
        grid: the atmosphere, fields `(longitude, level, latitude)`.
        inputs: see :class:`jcm.model.configuration.Inputs`.
        configuration: whose `physics` is "held_suarez" or "none".

    Returns:
        Tendencies [K s-1, m s-2], zero for humidity [g kg-1 s-1].
    """
    nothing = jnp.zeros_like(grid.temperature)
    if configuration.physics == "none":
        return GridTendencies(*[nothing] * 4)

    def meridian(columns: GridState) -> HeldSuarez:
        return held_suarez(
            columns.temperature,
            columns.eastward_wind,
            columns.northward_wind,
            jnp.exp(columns.log_normalized_surface_pressure),
            inputs.boundary.fields.sin_latitude,
            parameters=inputs.parameters.held_suarez,
            constants=inputs.parameters.constants,
            grid=configuration.core.grid,
            gates=configuration.gates,
        )

    forcing = jax.vmap(meridian)(grid)
    return GridTendencies(
        eastward_wind=forcing.eastward_wind_tendency,
        northward_wind=forcing.northward_wind_tendency,
        temperature=forcing.temperature_tendency,
        specific_humidity=nothing,
    )
