"""The land surface: a slab of soil or land ice that departs from its climatology.

References:
    Specification page 22.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp

from jcm.arrays import ColumnField, SharedIndex


class LandModel(NamedTuple):
    """Result of :func:`land_model`.

    Attributes:
        land_temperature_state_new: temperature of the slab after the call [K], `(*column)`.
        land_surface_temperature: land temperature seen by the atmosphere [K], `(*column)`.
    """

    land_temperature_state_new: ColumnField
    land_surface_temperature: ColumnField


def land_model(
    land_coupling_flag: SharedIndex | int,
    coupling_day: SharedIndex | int,
    land_temperature_state: ColumnField,
    land_temperature_climatology: ColumnField,
    net_surface_heat_flux_land: ColumnField,
    land_inverse_heat_capacity: ColumnField,
    land_damping_factor: ColumnField,
) -> LandModel:
    """Advance the land temperature by one call.

        T ← d ((T - T_c) + h F) + T_c

    The anomaly is taken against the new climatology: the change of the climatology since the last
    call is not added to the temperature first.

    Args:
        land_coupling_flag: 1 the slab runs and is seen, 0 the climatology is seen; a scalar or
            `(*column)`.
        coupling_day: 0 at initialisation, where the slab takes its climatology, else positive.
        land_temperature_state: T of the last call [K], `(*column)`.
        land_temperature_climatology: T_c at the date [K], `(*column)`.
        net_surface_heat_flux_land: F, into the land [W m-2], `(*column)`.
        land_inverse_heat_capacity: h [K m2 W-1], `(*column)`, see
            :mod:`jcm.surface.slab_constants`.
        land_damping_factor: d [1], `(*column)`, see the same.

    Returns:
        See :class:`LandModel`.
    """
    climatology = land_temperature_climatology
    coupled = jnp.asarray(land_coupling_flag) > 0
    initial = jnp.asarray(coupling_day) == 0
    anomaly = land_temperature_state - climatology
    heating = land_inverse_heat_capacity * net_surface_heat_flux_land
    advanced = land_damping_factor * (anomaly + heating) + climatology
    state = jnp.where(initial, climatology, jnp.where(coupled, advanced, land_temperature_state))
    return LandModel(
        land_temperature_state_new=state,
        land_surface_temperature=jnp.where(coupled, state, climatology),
    )
