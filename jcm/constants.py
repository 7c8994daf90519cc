"""Physical constants shared by the processes (spec 00, section 2)."""

from __future__ import annotations

from jcm.parameters import Number, ParameterSet, exact, literal, parameter_set


@parameter_set
class PhysicalConstants(ParameterSet):
    """Constants of the planet and of air. Humidity is in g/kg, hence latent heat in J/g."""

    gravity: Number = literal(
        9.81, unit="m s-2", meaning="gravitational acceleration", spec="00 section 2"
    )
    reference_pressure: Number = exact(
        1.0e5, unit="Pa", meaning="reference pressure p0", spec="00 section 2"
    )
    specific_heat: Number = exact(
        1004.0, unit="J kg-1 K-1", meaning="specific heat of air c_p", spec="00 section 2"
    )
    kappa: Number = literal(2.0 / 7.0, unit="1", meaning="R / c_p", spec="00 section 2")
    latent_heat: Number = exact(
        2501.0, unit="J g-1", meaning="latent heat of condensation", spec="00 section 2"
    )
    stefan_boltzmann: Number = literal(
        5.67e-8, unit="W m-2 K-4", meaning="Stefan-Boltzmann constant", spec="00 section 2"
    )
    lapse_rate: Number = exact(
        6.0, unit="K km-1", meaning="reference lapse rate", spec="00 section 2"
    )
    surface_emissivity: Number = literal(
        0.98, unit="1", meaning="long-wave emissivity of the surface", spec="14, 20"
    )
    black_band_fraction: Number = literal(
        0.05, unit="1", meaning="share of the spectrum handled as black band", spec="13 C, 14"
    )

    @property
    def gas_constant(self) -> float:
        """Gas constant of air R = kappa c_p [J kg-1 K-1]."""
        return self.kappa * self.specific_heat
