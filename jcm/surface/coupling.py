"""One coupling call: land, sea and sea ice advance to a date.

References:
    Specification pages 22, 23 and 24, section 3.
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import jax.numpy as jnp

from jcm.arrays import ColumnField, MonthlyField, SharedField, SharedIndex, WindowField
from jcm.constants import PhysicalConstants
from jcm.parameters import ParameterSet, parameter_set
from jcm.physics.gates import HARD, Gates
from jcm.surface.interpolation import (
    InterpolationParameters,
    interpolate_five_point,
    interpolate_linear,
)
from jcm.surface.land_model import land_model
from jcm.surface.sea_model import SeaModelParameters, sea_model
from jcm.surface.slab_constants import SlabConstants


@parameter_set
class CouplingParameters(ParameterSet):
    """Parameters of what happens in a coupling call."""

    interpolation: InterpolationParameters = InterpolationParameters()
    sea_model: SeaModelParameters = SeaModelParameters()


@dataclasses.dataclass(frozen=True, kw_only=True)
class CouplingFlags:
    """Which parts of the surface are interactive. Hashable, hence static under `jax.jit`.

    Attributes:
        land_coupling_flag: 1 interactive land temperature, 0 climatology.
        ice_coupling_flag: 1 interactive ice temperature, 0 climatology.
        sst_anomaly_coupling_flag: 1 observed anomalies of sea-surface temperature, 0 climatology.
        sea_coupling_flag: only 0, prescribed temperature. The original has the equations of a slab
            ocean, :func:`jcm.surface.sea_model.sea_model`, but no data for it, and stops.

    Raises:
        ValueError: for other values.
    """

    land_coupling_flag: int = 1
    ice_coupling_flag: int = 1
    sst_anomaly_coupling_flag: int = 1
    sea_coupling_flag: int = 0

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            accepted = (0,) if field.name == "sea_coupling_flag" else (0, 1)
            if value not in accepted:
                expected = " or ".join(map(str, accepted))
                raise ValueError(f"{field.name} must be {expected}, got {value!r}")


class MonthlyClimatology(NamedTuple):
    """Monthly mean values, January to December, each `(12, *column)`.

    Attributes:
        land_temperature_monthly: [K].
        snow_depth_monthly: water equivalent [kg m-2].
        soil_water_availability_monthly: [1].
        sea_surface_temperature_monthly: of sea and ice together [K].
        sea_ice_fraction_monthly: [1].
    """

    land_temperature_monthly: MonthlyField
    snow_depth_monthly: MonthlyField
    soil_water_availability_monthly: MonthlyField
    sea_surface_temperature_monthly: MonthlyField
    sea_ice_fraction_monthly: MonthlyField


class CouplingFluxes(NamedTuple):
    """What the atmosphere of the last step gives to the surface, each `(*column)`.

    Attributes:
        net_surface_heat_flux_land, net_surface_heat_flux_sea: into the surface [W m-2].
        sensible_heat_flux_sea: upward [W m-2].
        evaporation_sea: upward [g m-2 s-1].
        surface_downward_shortwave: [W m-2].
    """

    net_surface_heat_flux_land: ColumnField
    net_surface_heat_flux_sea: ColumnField
    sensible_heat_flux_sea: ColumnField
    evaporation_sea: ColumnField
    surface_downward_shortwave: ColumnField


class SurfaceState(NamedTuple):
    """The surface after a coupling call, each `(*column)`: what is kept and what is seen.

    Attributes:
        land_temperature_state: temperature of the land slab [K].
        ocean_temperature_state: temperature of the slab ocean, not seen by the atmosphere [K].
        ice_temperature_state: temperature of the ice slab [K].
        ice_fraction_state: [1].
        land_surface_temperature: seen by the atmosphere [K], as is all that follows.
        snow_depth: water equivalent [kg m-2].
        soil_water_availability: [1].
        sea_surface_temperature: of open water and ice together [K].
        sea_ice_fraction: [1].
        ice_temperature: [K].
        sst_anomaly_observed: observed anomaly contained in the open water [K].
    """

    land_temperature_state: ColumnField
    ocean_temperature_state: ColumnField
    ice_temperature_state: ColumnField
    ice_fraction_state: ColumnField
    land_surface_temperature: ColumnField
    snow_depth: ColumnField
    soil_water_availability: ColumnField
    sea_surface_temperature: ColumnField
    sea_ice_fraction: ColumnField
    ice_temperature: ColumnField
    sst_anomaly_observed: ColumnField


def coupling(
    state: SurfaceState,
    fluxes: CouplingFluxes,
    climatology: MonthlyClimatology,
    sst_anomaly_window: WindowField,
    slabs: SlabConstants,
    month_index: SharedIndex | int,
    month_fraction: SharedField | float,
    coupling_day: SharedIndex | int,
    *,
    flags: CouplingFlags = CouplingFlags(),
    parameters: CouplingParameters = CouplingParameters(),
    constants: PhysicalConstants = PhysicalConstants(),
    gates: Gates = HARD,
) -> SurfaceState:
    """Advance land, sea and sea ice to the date at the end of a time step.

    Args:
        state: result of the last call.
        fluxes: of the physics of the step.
        climatology: see :class:`MonthlyClimatology`.
        sst_anomaly_window: observed anomalies of the three months that
            :func:`jcm.surface.sst_anomaly_window.sst_anomaly_window` names [K], `(3, *column)`.
        slabs: see :class:`jcm.surface.slab_constants.SlabConstants`.
        month_index: 1 to 12, a scalar or `(*column)`.
        month_fraction: elapsed part of the month [1], shaped like `month_index`.
        coupling_day: positive; 0 for the first call, see :func:`initial_surface_state`.
        flags: see :class:`CouplingFlags`.
        parameters: see :class:`CouplingParameters`.
        constants: see :class:`jcm.constants.PhysicalConstants`.
        gates: see :func:`jcm.surface.sea_model.sea_model`.

    Returns:
        See :class:`SurfaceState`.
    """

    def linear(monthly: MonthlyField) -> ColumnField:
        return interpolate_linear(monthly, month_index, month_fraction)

    def five_point(monthly: MonthlyField) -> ColumnField:
        return interpolate_five_point(
            monthly, month_index, month_fraction, parameters=parameters.interpolation
        )

    land = land_model(
        land_coupling_flag=flags.land_coupling_flag,
        coupling_day=coupling_day,
        land_temperature_state=state.land_temperature_state,
        land_temperature_climatology=five_point(climatology.land_temperature_monthly),
        net_surface_heat_flux_land=fluxes.net_surface_heat_flux_land,
        land_inverse_heat_capacity=slabs.land_inverse_heat_capacity,
        land_damping_factor=slabs.land_damping_factor,
    )
    sea = sea_model(
        sea_coupling_flag=flags.sea_coupling_flag,
        ice_coupling_flag=flags.ice_coupling_flag,
        sst_anomaly_coupling_flag=flags.sst_anomaly_coupling_flag,
        coupling_day=coupling_day,
        month_fraction=month_fraction,
        interpolated_sst=five_point(climatology.sea_surface_temperature_monthly),
        interpolated_sea_ice_fraction=linear(climatology.sea_ice_fraction_monthly),
        sst_anomaly_slot_1=sst_anomaly_window[0],
        sst_anomaly_slot_2=sst_anomaly_window[1],
        sst_anomaly_slot_3=sst_anomaly_window[2],
        interpolated_ocean_model_sst=0.0,
        el_nino_weight=slabs.el_nino_weight,
        ocean_temperature_state=state.ocean_temperature_state,
        ice_temperature_state=state.ice_temperature_state,
        ice_fraction_state=state.ice_fraction_state,
        ice_fraction_previous=state.sea_ice_fraction,
        ice_temperature_previous=state.ice_temperature,
        net_surface_heat_flux_sea=fluxes.net_surface_heat_flux_sea,
        sensible_heat_flux_sea=fluxes.sensible_heat_flux_sea,
        evaporation_sea=fluxes.evaporation_sea,
        surface_downward_shortwave=fluxes.surface_downward_shortwave,
        ocean_inverse_heat_capacity=slabs.ocean_inverse_heat_capacity,
        ice_inverse_heat_capacity=slabs.ice_inverse_heat_capacity,
        ocean_damping_factor=slabs.ocean_damping_factor,
        ice_damping_factor=slabs.ice_damping_factor,
        parameters=parameters.sea_model,
        constants=constants,
        gates=gates,
    )
    return SurfaceState(
        land_temperature_state=land.land_temperature_state_new,
        ocean_temperature_state=sea.ocean_temperature_state_new,
        ice_temperature_state=sea.ice_temperature_state_new,
        ice_fraction_state=sea.ice_fraction_state_new,
        land_surface_temperature=land.land_surface_temperature,
        snow_depth=linear(climatology.snow_depth_monthly),
        soil_water_availability=linear(climatology.soil_water_availability_monthly),
        sea_surface_temperature=sea.sea_surface_temperature,
        sea_ice_fraction=sea.sea_ice_fraction,
        ice_temperature=sea.ice_temperature,
        sst_anomaly_observed=sea.sst_anomaly_observed,
    )


def initial_surface_state(
    climatology: MonthlyClimatology,
    sst_anomaly_window: WindowField,
    slabs: SlabConstants,
    month_index: SharedIndex | int,
    month_fraction: SharedField | float,
    *,
    flags: CouplingFlags = CouplingFlags(),
    parameters: CouplingParameters = CouplingParameters(),
    constants: PhysicalConstants = PhysicalConstants(),
    gates: Gates = HARD,
) -> SurfaceState:
    """The surface at the start of a run: the slabs take their climatology.

    Arguments as for :func:`coupling`.
    """
    zero = jnp.zeros_like(climatology.land_temperature_monthly[0])
    return coupling(
        SurfaceState(*[zero] * len(SurfaceState._fields)),
        CouplingFluxes(*[zero] * len(CouplingFluxes._fields)),
        climatology,
        sst_anomaly_window,
        slabs,
        month_index,
        month_fraction,
        0,
        flags=flags,
        parameters=parameters,
        constants=constants,
        gates=gates,
    )
