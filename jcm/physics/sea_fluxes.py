"""Exchange of heat and vapour with the sea, and what land and sea have in common.

References:
    Specification page 20. Molteni (2003), appendix; Kucharski et al. (2006, 2013).
"""

from __future__ import annotations

from typing import NamedTuple

from jcm.arrays import ColumnField
from jcm.constants import PhysicalConstants
from jcm.formulation import ORIGINAL, Formulation
from jcm.parameters import Number, ParameterSet, exact, literal, parameter_set
from jcm.physics.gates import HARD, Gates
from jcm.physics.humidity import HumidityParameters, saturation_humidity


@parameter_set
class SurfaceFluxesParameters(ParameterSet):
    """Parameters of the surface fluxes."""

    near_surface_wind_ratio: Number = literal(
        0.95, unit="1", meaning="near-surface wind / wind of the lowest level", spec="20"
    )
    land_drag_coefficient: Number = literal(
        2.4e-3, unit="1", meaning="exchange coefficient of momentum over land", spec="20"
    )
    sea_drag_coefficient: Number = literal(
        1.0e-3, unit="1", meaning="exchange coefficient of momentum over sea", spec="20"
    )
    land_exchange_coefficient: Number = literal(
        1.2e-3, unit="1", meaning="exchange coefficient of heat and vapour over land", spec="20"
    )
    sea_exchange_coefficient: Number = literal(
        0.9e-3, unit="1", meaning="exchange coefficient of heat and vapour over sea", spec="20"
    )
    gustiness: Number = exact(5.0, unit="m s-1", meaning="wind speed of gusts", spec="20")
    daily_cycle_factor: Number = literal(
        1.0e-2, unit="K W-1 m2", meaning="warming of land by absorbed short wave", spec="20"
    )
    stability_temperature_cap: Number = exact(
        3.0, unit="K", meaning="largest temperature difference that counts for stability", spec="20"
    )
    stability_amplitude: Number = literal(
        0.67, unit="1", meaning="largest relative change of exchange by stability", spec="20"
    )
    stable_side_factor: Number = exact(
        0.5, unit="1", meaning="weight of the difference in stable air", spec="20"
    )
    orographic_height_scale: Number = exact(
        2000.0, unit="m", meaning="height scale of the orographic drag", spec="20"
    )
    bare_soil_conductivity: Number = exact(
        7.0, unit="W m-2 K-1", meaning="heat conductivity from skin to bare soil", spec="20"
    )
    snow_conductivity: Number = exact(
        7.0, unit="W m-2 K-1", meaning="heat conductivity from skin to soil under snow", spec="20"
    )
    sea_level_reference_temperature: Number = exact(
        288.0, unit="K", meaning="temperature in the extrapolation to sea level", spec="20"
    )


class SeaFluxes(NamedTuple):
    """Result of :func:`sea_fluxes`, every field `(*column)`.

    Attributes:
        sensible_heat_flux: upward [W m-2].
        evaporation: upward [g m-2 s-1], negative where dew forms.
        surface_upward_longwave: emission [W m-2].
        net_surface_heat_flux: into the sea [W m-2].
    """

    sensible_heat_flux: ColumnField
    evaporation: ColumnField
    surface_upward_longwave: ColumnField
    net_surface_heat_flux: ColumnField


def sea_fluxes(
    normalized_surface_pressure: ColumnField,
    lowest_level_specific_humidity: ColumnField,
    sea_surface_temperature: ColumnField,
    surface_downward_shortwave: ColumnField,
    surface_downward_longwave: ColumnField,
    sea_albedo: ColumnField,
    sea_exchange_mass_flux: ColumnField,
    sea_near_surface_temperature: ColumnField,
    *,
    parameters: SurfaceFluxesParameters = SurfaceFluxesParameters(),
    humidity: HumidityParameters = HumidityParameters(),
    constants: PhysicalConstants = PhysicalConstants(),
    formulation: Formulation = ORIGINAL,
    gates: Gates = HARD,
) -> SeaFluxes:
    """Heat and vapour exchange with the sea.

    The net heat flux into the sea is S (1 - α) + L↓ - U ± (H + L E).

    Args:
        normalized_surface_pressure: surface pressure / 10⁵ Pa [1], `(*column)`.
        lowest_level_specific_humidity: [g kg-1], `(*column)`.
        sea_surface_temperature: of water and ice [K], `(*column)`.
        surface_downward_shortwave: [W m-2], `(*column)`.
        surface_downward_longwave: [W m-2], `(*column)`.
        sea_albedo: [1], `(*column)`.
        sea_exchange_mass_flux: see :class:`TurbulentFluxes` [kg m-2 s-1], `(*column)`.
        sea_near_surface_temperature: see :class:`TurbulentFluxes` [K], `(*column)`.
        parameters: see :class:`SurfaceFluxesParameters`.
        humidity: see :class:`jcm.physics.humidity.HumidityParameters`.
        constants: see :class:`jcm.constants.PhysicalConstants`.
        formulation: `sea_heat_flux_adds_turbulent_fluxes` chooses the plus sign.
        gates: see :func:`jcm.physics.humidity.saturation_humidity`.

    Returns:
        See :class:`SeaFluxes`.
    """
    c, T = constants, sea_surface_temperature
    exchange = parameters.sea_exchange_coefficient * sea_exchange_mass_flux
    q_sea = saturation_humidity(T, normalized_surface_pressure, parameters=humidity, gates=gates)
    sensible_heat = exchange * c.specific_heat * (T - sea_near_surface_temperature)
    evaporation = exchange * (q_sea - lowest_level_specific_humidity)
    emission = c.surface_emissivity * c.stefan_boltzmann * T**4
    absorbed = surface_downward_shortwave * (1.0 - sea_albedo) + surface_downward_longwave
    sign = 1.0 if formulation.sea_heat_flux_adds_turbulent_fluxes else -1.0
    return SeaFluxes(
        sensible_heat_flux=sensible_heat,
        evaporation=evaporation,
        surface_upward_longwave=emission,
        net_surface_heat_flux=absorbed
        - emission
        + sign * (sensible_heat + c.latent_heat * evaporation),
    )


def stability_factor(
    difference: ColumnField, parameters: SurfaceFluxesParameters, *, gates: Gates = HARD
) -> ColumnField:
    """Relative change of exchange for surface minus air temperature: more if unstable.

    The scale of its gates is 1 K.
    """
    p = parameters
    cap = p.stability_temperature_cap
    effective = gates.choose(
        gates.above(difference, 0.0, scale=1.0),
        gates.minimum(cap, difference, scale=1.0),
        gates.maximum(-cap, p.stable_side_factor * difference, scale=1.0),
    )
    return 1.0 + p.stability_amplitude / cap * effective
