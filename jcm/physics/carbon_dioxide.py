"""How much more the atmosphere absorbs with another concentration of CO₂.

The model knows no concentration. Its long-wave band of CO₂ transmits exp(-l π Δσ) through a layer,
and the absorptivity l = 6 stands for the concentration of the reference climate. In a band of many
lines absorption grows more slowly than in proportion to the concentration C; here

    l = l₀ (C / C₀)^γ ,    γ = 0.43

whose exponent is chosen such that twice the concentration lessens the net upward flux through
σ = 0.14, the lower boundary of the two stratospheric layers, by the 5.35 ln 2 = 3.7 W m-2 of Myhre
et al. (1998), before any temperature has changed. In between the forcing grows nearly with the
logarithm: -4.2, 3.7 and 7.0 W m-2 for half, twice and four times the concentration. The trend of
the original, 0.5 % per year in l, thus stands for 1.2 % per year in C.

References:
    Specification pages 13 C, 14 and 15, section 5. Myhre, G., Highwood, E. J., Shine, K. P. and
    Stordal, F. (1998): New estimates of radiative forcing due to well mixed greenhouse gases.
    Geophys. Res. Lett. 25, 2715-2718.
"""

from __future__ import annotations

import dataclasses

from jaxtyping import Array, Float

from jcm.parameters import Number, ParameterSet, exact, parameter_set
from jcm.physics.physics_parameters import PhysicsParameters


@parameter_set
class CarbonDioxideParameters(ParameterSet):
    """Parameters of the relation between concentration and absorptivity."""

    absorptivity_exponent: Number = exact(
        0.43,
        unit="1",
        meaning="γ, exponent of the concentration in the absorptivity; fits 5.35 W m-2 ln(C / C₀)",
        spec="13 C; Myhre et al. (1998)",
    )


def with_co2(
    parameters: PhysicsParameters,
    ratio: Float[Array, ""] | float,
    *,
    carbon_dioxide: CarbonDioxideParameters = CarbonDioxideParameters(),
) -> PhysicsParameters:
    """The physics with another concentration of CO₂.

    Args:
        parameters: physics whose absorptivity belongs to the reference concentration. A trend of
            absorptivity in the course of a run, :func:`jcm.physics.daily_forcing.co2_absorptivity`,
            starts from the new value.
        ratio: concentration / reference concentration [1], positive; may be traced.
        carbon_dioxide: see :class:`CarbonDioxideParameters`.

    Returns:
        The parameters with `longwave_co2_absorptivity` of the short-wave radiation, which computes
        the transmissivities of the long wave, too, multiplied by ratio^γ.

    Raises:
        ValueError: if the ratio is a number that is not positive and finite.
    """
    if isinstance(ratio, int | float) and not 0.0 < ratio < float("inf"):
        raise ValueError(f"ratio of CO2 concentrations is {ratio}, expected a positive number")
    factor: Number = ratio**carbon_dioxide.absorptivity_exponent
    radiation = parameters.shortwave_radiation
    absorptivity = radiation.longwave_co2_absorptivity * factor
    return dataclasses.replace(
        parameters,
        shortwave_radiation=dataclasses.replace(radiation, longwave_co2_absorptivity=absorptivity),
    )
