"""The sea surface: prescribed temperature with observed anomalies, an ice slab, a slab ocean.

References:
    Specification page 23.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp

from jcm.arrays import ColumnField, SharedField, SharedIndex
from jcm.constants import PhysicalConstants
from jcm.parameters import Number, ParameterSet, exact, literal, parameter_set
from jcm.physics.gates import HARD, Gates
from jcm.surface.interpolation import interpolate_window


@parameter_set
class SeaModelParameters(ParameterSet):
    """Parameters of the sea and ice model."""

    freezing_point: Number = literal(
        273.2 - 1.8,
        unit="K",
        meaning="freezing point of sea water, 273.2 - 1.8",
        spec="23",
        in_effect=271.4000244140625,
    )
    sea_albedo: Number = literal(0.07, unit="1", meaning="albedo of open water", spec="23")
    ice_albedo: Number = literal(0.60, unit="1", meaning="albedo of sea ice", spec="23")
    ice_sea_coefficient: Number = exact(
        1.0,
        unit="W m-2 K-1",
        meaning="heat flux from sea to ice per temperature contrast",
        spec="23",
    )
    ice_anomaly_scale: Number = exact(
        20.0, unit="K", meaning="ice temperature anomaly that halves the damping factor", spec="23"
    )
    dividing_ice_fraction: Number = exact(
        0.5, unit="1", meaning="largest ice fraction above freezing, smallest below", spec="23"
    )


class SeaModel(NamedTuple):
    """Result of :func:`sea_model`; all fields `(*column)`.

    Attributes:
        sst_climatology: temperature of open water without anomaly [K].
        sea_ice_fraction_climatology: ice fraction consistent with the surface temperature [1].
        ice_temperature_climatology: [K].
        sst_anomaly_observed: observed anomaly at the date, 0 where not used [K].
        ocean_model_sst_climatology: climatology of the slab ocean, 0 for sea flags below 3 [K].
        ocean_temperature_state_new: temperature of the slab ocean after the call [K].
        ice_temperature_state_new: temperature of the ice slab after the call [K].
        ice_fraction_state_new: ice fraction after the call [1].
        sst_anomaly: anomaly added to the climatology of open water, 0 for sea flag 2 [K].
        sea_surface_temperature: of open water and ice together, seen by the atmosphere [K].
        sea_ice_fraction: seen by the atmosphere [1].
        ice_temperature: seen by the atmosphere [K].
        sea_surface_temperature_second: the same blend with the slab ocean as open water [K].
    """

    sst_climatology: ColumnField
    sea_ice_fraction_climatology: ColumnField
    ice_temperature_climatology: ColumnField
    sst_anomaly_observed: ColumnField
    ocean_model_sst_climatology: ColumnField
    ocean_temperature_state_new: ColumnField
    ice_temperature_state_new: ColumnField
    ice_fraction_state_new: ColumnField
    sst_anomaly: ColumnField
    sea_surface_temperature: ColumnField
    sea_ice_fraction: ColumnField
    ice_temperature: ColumnField
    sea_surface_temperature_second: ColumnField


class SeaClimatology(NamedTuple):
    """A sea-surface temperature split into open water and ice; see :func:`split_sea_ice`."""

    sst: ColumnField
    ice_fraction: ColumnField
    ice_temperature: ColumnField


def sea_model(
    sea_coupling_flag: SharedIndex | int,
    ice_coupling_flag: SharedIndex | int,
    sst_anomaly_coupling_flag: SharedIndex | int,
    coupling_day: SharedIndex | int,
    month_fraction: SharedField | float,
    interpolated_sst: ColumnField,
    interpolated_sea_ice_fraction: ColumnField,
    sst_anomaly_slot_1: ColumnField,
    sst_anomaly_slot_2: ColumnField,
    sst_anomaly_slot_3: ColumnField,
    interpolated_ocean_model_sst: SharedField | float,
    el_nino_weight: SharedField | float,
    ocean_temperature_state: ColumnField,
    ice_temperature_state: ColumnField,
    ice_fraction_state: ColumnField,
    ice_fraction_previous: ColumnField,
    ice_temperature_previous: ColumnField,
    net_surface_heat_flux_sea: ColumnField,
    sensible_heat_flux_sea: ColumnField,
    evaporation_sea: ColumnField,
    surface_downward_shortwave: ColumnField,
    ocean_inverse_heat_capacity: ColumnField,
    ice_inverse_heat_capacity: ColumnField,
    ocean_damping_factor: ColumnField,
    ice_damping_factor: ColumnField,
    *,
    parameters: SeaModelParameters = SeaModelParameters(),
    constants: PhysicalConstants = PhysicalConstants(),
    gates: Gates = HARD,
) -> SeaModel:
    """Advance sea and sea ice by one call.

    With F_i the heat flux into the ice and F_o that into the mixed layer, the slabs follow

        T_o ← d_o ((T_o - S) + h_o F_o) + S
        T_i ← d_i A₀ / (A₀ + |a|) (a + h_i (F_i + b (T_f - T_i))) + T_ic,  a = T_i - T_ic

    Args:
        sea_coupling_flag: 0 prescribed temperature; 1 the same, slab ocean runs unseen; 2 slab
            ocean; 3 slab anomaly on the observed climatology; 4 as 3, with the observed anomaly in
            the El Nino region. Like the other flags a scalar or `(*column)`.
        ice_coupling_flag: 0 climatological ice, 1 temperature of the ice slab.
        sst_anomaly_coupling_flag: 1 adds observed anomalies; sea flag 4 always does.
        coupling_day: 0 at initialisation, where the slabs take their climatology, else positive.
        month_fraction: elapsed part of the month [1], a scalar or `(*column)`.
        interpolated_sst: S₀, surface climatology of sea and ice at the date [K], `(*column)`.
        interpolated_sea_ice_fraction: climatology at the date [1], `(*column)`.
        sst_anomaly_slot_1: observed anomaly of the previous month [K], `(*column)`.
        sst_anomaly_slot_2: of this month [K], `(*column)`.
        sst_anomaly_slot_3: of the next month [K], `(*column)`.
        interpolated_ocean_model_sst: climatology of the slab ocean [K], for sea flags 3 and 4.
        el_nino_weight: weight of the observed anomaly [1], for sea flag 4.
        ocean_temperature_state: T_o of the last call [K], `(*column)`.
        ice_temperature_state: T_i of the last call [K], `(*column)`.
        ice_fraction_state: of the last call [1], `(*column)`.
        ice_fraction_previous: seen by the atmosphere since the last call [1], `(*column)`.
        ice_temperature_previous: likewise [K], `(*column)`.
        net_surface_heat_flux_sea: into the sea [W m-2], `(*column)`.
        sensible_heat_flux_sea: upward [W m-2], `(*column)`.
        evaporation_sea: upward [g m-2 s-1], `(*column)`.
        surface_downward_shortwave: [W m-2], `(*column)`.
        ocean_inverse_heat_capacity: h_o, see :mod:`jcm.surface.slab_constants` [K m2 W-1],
            `(*column)`.
        ice_inverse_heat_capacity: h_i [K m2 W-1], `(*column)`.
        ocean_damping_factor: d_o [1], `(*column)`.
        ice_damping_factor: d_i [1], `(*column)`.
        parameters: see :class:`SeaModelParameters`.
        constants: see :class:`jcm.constants.PhysicalConstants`.
        gates: see :func:`split_sea_ice`; the scale of |a| is 1 K. Flags are no gates.

    Returns:
        See :class:`SeaModel`.
    """
    p = parameters
    dtype = jnp.result_type(interpolated_sst)
    sea_flag = jnp.asarray(sea_coupling_flag)
    ice_coupled = jnp.asarray(ice_coupling_flag) > 0
    initial = jnp.asarray(coupling_day) == 0
    slabs_run = (sea_flag > 0) | ice_coupled

    climatology = split_sea_ice(
        interpolated_sst, interpolated_sea_ice_fraction, parameters=p, gates=gates
    )
    sst, ice_fraction, ice_temperature = climatology

    observed_used = (jnp.asarray(sst_anomaly_coupling_flag) > 0) | (sea_flag == 4)
    window = jnp.stack([sst_anomaly_slot_1, sst_anomaly_slot_2, sst_anomaly_slot_3])
    observed_anomaly = jnp.where(observed_used, interpolate_window(window, month_fraction), 0.0)
    ocean_climatology = jnp.where(
        sea_flag >= 3, interpolated_ocean_model_sst + (sst - interpolated_sst), 0.0
    ).astype(dtype)

    ice_excess_flux = (
        (p.sea_albedo - p.ice_albedo) * surface_downward_shortwave
        + constants.surface_emissivity
        * constants.stefan_boltzmann
        * (p.freezing_point**4 - ice_temperature_previous**4)
        + sensible_heat_flux_sea
        + constants.latent_heat * evaporation_sea
    )
    flux_into_ice = net_surface_heat_flux_sea + ice_excess_flux * (1.0 - ice_fraction_previous)
    flux_into_ice = flux_into_ice + p.ice_sea_coefficient * (
        p.freezing_point - ice_temperature_state
    )
    flux_into_ocean = net_surface_heat_flux_sea - ice_fraction * flux_into_ice
    ocean_slab = (
        ocean_damping_factor
        * ((ocean_temperature_state - sst) + ocean_inverse_heat_capacity * flux_into_ocean)
        + sst
    )
    ice_anomaly = ice_temperature_state - ice_temperature
    nonlinear_damping = p.ice_anomaly_scale / (
        p.ice_anomaly_scale + gates.absolute_value(ice_anomaly, scale=1.0)
    )
    ice_slab = (
        ice_damping_factor
        * nonlinear_damping
        * (ice_anomaly + ice_inverse_heat_capacity * flux_into_ice)
        + ice_temperature
    )

    def state(initial_value: ColumnField, slab: ColumnField, before: ColumnField) -> ColumnField:
        return jnp.where(initial, initial_value, jnp.where(slabs_run, slab, before))

    ocean_state = state(jnp.where(sea_flag > 0, sst, 0.0), ocean_slab, ocean_temperature_state)
    ice_temperature_new = state(ice_temperature, ice_slab, ice_temperature_state)
    ice_fraction_new = state(ice_fraction, ice_fraction, ice_fraction_state)

    ocean_anomaly = ocean_state - ocean_climatology
    blended_anomaly = ocean_anomaly + el_nino_weight * (observed_anomaly - ocean_anomaly)
    anomaly = jnp.select(
        [sea_flag <= 1, sea_flag == 2, sea_flag == 3],
        [observed_anomaly, jnp.zeros_like(sst), ocean_anomaly],
        blended_anomaly,
    ).astype(dtype)
    open_water = jnp.where(sea_flag == 2, ocean_state, sst + anomaly)
    ice_fraction_seen = jnp.where(ice_coupled, ice_fraction_new, ice_fraction)
    ice_temperature_seen = jnp.where(ice_coupled, ice_temperature_new, ice_temperature)
    return SeaModel(
        sst_climatology=sst,
        sea_ice_fraction_climatology=ice_fraction,
        ice_temperature_climatology=ice_temperature,
        sst_anomaly_observed=observed_anomaly,
        ocean_model_sst_climatology=ocean_climatology,
        ocean_temperature_state_new=ocean_state,
        ice_temperature_state_new=ice_temperature_new,
        ice_fraction_state_new=ice_fraction_new,
        sst_anomaly=anomaly,
        sea_surface_temperature=open_water
        + ice_fraction_seen * (ice_temperature_seen - open_water),
        sea_ice_fraction=ice_fraction_seen,
        ice_temperature=ice_temperature_seen,
        sea_surface_temperature_second=ocean_state
        + ice_fraction_seen * (ice_temperature_seen - ocean_state),
    )


def split_sea_ice(
    surface_temperature: ColumnField,
    ice_fraction: ColumnField,
    *,
    parameters: SeaModelParameters = SeaModelParameters(),
    gates: Gates = HARD,
) -> SeaClimatology:
    """Split a surface temperature of sea and ice together into open water and ice.

    Above freezing, ice covers at most half (`dividing_ice_fraction`) and is at the freezing point;
    at or below freezing it covers at least half, and open water is at the freezing point.

    Args:
        surface_temperature: [K], `(*column)`.
        ice_fraction: [1], `(*column)`.
        parameters: see :class:`SeaModelParameters`.
        gates: see :class:`jcm.physics.gates.Gates`. The scales are 1 K, and for ice the dividing
            fraction.

    Returns:
        Temperature of open water [K], ice fraction [1], ice temperature [K], each `(*column)`.
    """
    freezing, dividing = parameters.freezing_point, parameters.dividing_ice_fraction
    warm = gates.above(surface_temperature, freezing, scale=1.0)
    excess = surface_temperature - freezing
    warm_ice = gates.minimum(dividing, ice_fraction, scale=dividing)
    cold_ice = gates.maximum(dividing, ice_fraction, scale=dividing)
    # Without ice the temperature is taken as it is, without a round trip through the excess. What
    # is added is zero then, but has the derivative of the other branch.
    warm_sst = jnp.where(
        warm_ice > 0.0,
        freezing + excess / (1.0 - warm_ice),
        surface_temperature + excess * warm_ice,
    )
    return SeaClimatology(
        sst=gates.choose(warm, warm_sst, freezing),
        ice_fraction=gates.choose(warm, warm_ice, cold_ice),
        ice_temperature=gates.choose(warm, freezing, freezing + excess / cold_ice),
    )
