"""Orographic correction of temperature and humidity, used by the horizontal diffusion.

Diffusion along sigma surfaces mixes mountain air with valley air. It therefore acts on fields from
which a correction proportional to the surface height has been taken.

References:
    Specification page 15, section 6. Molteni (2003).
"""

from __future__ import annotations

from typing import NamedTuple

from jcm.arrays import ColumnField
from jcm.constants import PhysicalConstants
from jcm.parameters import Number, ParameterSet, literal, parameter_set
from jcm.physics.gates import HARD, Gates
from jcm.physics.humidity import HumidityParameters, saturation_humidity


@parameter_set
class OrographicCorrectionParameters(ParameterSet):
    """Parameters of the orographic correction."""

    reference_relative_humidity: Number = literal(
        0.7, unit="1", meaning="relative humidity of the reference profile", spec="15.6"
    )


class OrographicCorrection(NamedTuple):
    """Result of :func:`orographic_correction`, every field `(*column)`.

    Attributes:
        temperature_correction: sea level minus surface temperature [K].
        mean_surface_temperature: of land and sea [K].
        sea_level_temperature: surface temperature reduced to sea level [K].
        surface_pressure_ratio: surface pressure / sea level pressure [1].
        sea_level_saturation_humidity: at sea level and reference pressure [g kg-1].
        surface_saturation_humidity: at the surface [g kg-1].
        humidity_correction: sea level minus surface humidity [g kg-1].
    """

    temperature_correction: ColumnField
    mean_surface_temperature: ColumnField
    sea_level_temperature: ColumnField
    surface_pressure_ratio: ColumnField
    sea_level_saturation_humidity: ColumnField
    surface_saturation_humidity: ColumnField
    humidity_correction: ColumnField


def orographic_correction(
    land_fraction: ColumnField,
    sea_fraction: ColumnField,
    land_surface_temperature: ColumnField,
    sea_surface_temperature: ColumnField,
    surface_geopotential: ColumnField,
    *,
    parameters: OrographicCorrectionParameters = OrographicCorrectionParameters(),
    humidity: HumidityParameters = HumidityParameters(),
    constants: PhysicalConstants = PhysicalConstants(),
    gates: Gates = HARD,
) -> OrographicCorrection:
    """What a constant lapse rate Γ adds between the surface and sea level.

        T_c = Γ φ_s ,    p_sfc / p_sea = (T_sfc / T_sea)^{1/(R Γ)}
        q_c = 0.7 (q*(T_sea, 1) - q*(T_sfc, p_sfc / p_sea))

    Args:
        land_fraction: [1], `(*column)`.
        sea_fraction: [1], `(*column)`.
        land_surface_temperature: [K], `(*column)`.
        sea_surface_temperature: of water and ice [K], `(*column)`.
        surface_geopotential: φ_s, spectrally truncated [m2 s-2], may be negative, `(*column)`.
        parameters: see :class:`OrographicCorrectionParameters`.
        humidity: see :class:`jcm.physics.humidity.HumidityParameters`.
        constants: see :class:`jcm.constants.PhysicalConstants`.
        gates: see :func:`jcm.physics.humidity.saturation_humidity`.

    Returns:
        See :class:`OrographicCorrection`.
    """
    Γ = constants.lapse_rate / (1000.0 * constants.gravity)
    T_c = Γ * surface_geopotential
    T_surface = land_fraction * land_surface_temperature + sea_fraction * sea_surface_temperature
    T_sea_level = T_surface + T_c
    pressure_ratio = (T_surface / T_sea_level) ** (1.0 / (constants.gas_constant * Γ))
    q_sea_level = saturation_humidity(T_sea_level, 1.0, parameters=humidity, gates=gates)
    q_surface = saturation_humidity(T_surface, pressure_ratio, parameters=humidity, gates=gates)
    return OrographicCorrection(
        temperature_correction=T_c,
        mean_surface_temperature=T_surface,
        sea_level_temperature=T_sea_level,
        surface_pressure_ratio=pressure_ratio,
        sea_level_saturation_humidity=q_sea_level,
        surface_saturation_humidity=q_surface,
        humidity_correction=parameters.reference_relative_humidity * (q_sea_level - q_surface),
    )
