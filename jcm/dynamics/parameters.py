"""Parameters of the dynamics."""

from __future__ import annotations

from jcm.parameters import Number, ParameterSet, exact, literal, parameter_set


@parameter_set
class DynamicsParameters(ParameterSet):
    """Parameters of the dynamical core. Damping times are those at total wavenumber 30."""

    planet_radius: Number = exact(6.371e6, unit="m", meaning="radius of the planet", spec="30")
    rotation_rate: Number = literal(
        7.292e-5, unit="s-1", meaning="angular velocity of the planet", spec="30"
    )
    robert_coefficient: Number = literal(
        0.05, unit="1", meaning="strength of the time filter", spec="35"
    )
    williams_parameter: Number = literal(
        0.53, unit="1", meaning="share of the time filter that acts on the earlier level", spec="35"
    )
    implicitness: Number = exact(
        0.5, unit="1", meaning="weight of the new time level in the gravity-wave terms", spec="33.1"
    )
    reference_temperature: Number = exact(
        288.0, unit="K", meaning="reference temperature at sigma = 1", spec="33.1"
    )
    reference_minimum_sigma: Number = literal(
        0.2, unit="1", meaning="sigma above which the reference profile is constant", spec="33.1"
    )
    vorticity_damping_time: Number = literal(
        2.4, unit="h", meaning="diffusion of vorticity and temperature", spec="34.1"
    )
    divergence_damping_time: Number = literal(
        2.4, unit="h", meaning="diffusion of divergence and humidity", spec="34.1"
    )
    stratospheric_damping_time: Number = exact(
        12.0, unit="h", meaning="additional second-order diffusion", spec="34.1"
    )
    zonal_mean_drag_time: Number = exact(
        720.0, unit="h", meaning="drag on the zonal-mean flow of the top level", spec="34.1"
    )
    pressure_scale_height: Number = exact(
        7.5, unit="km", meaning="scale height of pressure", spec="34.1"
    )
    humidity_scale_height: Number = exact(
        2.5, unit="km", meaning="scale height of humidity", spec="34.1"
    )
    sea_level_temperature: Number = exact(
        288.0, unit="K", meaning="atmosphere at rest: temperature at sea level", spec="36.2"
    )
    stratospheric_temperature: Number = exact(
        216.0,
        unit="K",
        meaning="atmosphere at rest: temperature of the two top levels",
        spec="36.2",
    )
    sea_level_pressure_ratio: Number = literal(
        1.013, unit="1", meaning="atmosphere at rest: sea-level pressure / 1e5 Pa", spec="36.2"
    )
    near_surface_relative_humidity: Number = literal(
        0.7, unit="1", meaning="atmosphere at rest: relative humidity near the surface", spec="36.2"
    )
    gas_constant_ratio: Number = literal(
        0.622, unit="1", meaning="gas constant of dry air / that of water vapour", spec="36.2"
    )
    reference_saturation_pressure: Number = exact(
        17.0,
        unit="hPa",
        meaning="atmosphere at rest: saturation vapour pressure at sea level",
        spec="36.2",
    )
