"""Numbers of the planet that the Dinosaur core compiles into its equations."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

from jcm.constants import PhysicalConstants
from jcm.dynamics.packing import concrete
from jcm.dynamics.parameters import DynamicsParameters
from jcm.dynamics.semi_implicit import lapse_rate_exponent

#: Parameters of the dynamics that are read; the others belong to SPEEDY's core.
READ_PARAMETERS = (
    "planet_radius",
    "rotation_rate",
    "sea_level_temperature",
    "stratospheric_temperature",
    "sea_level_pressure_ratio",
    "near_surface_relative_humidity",
    "gas_constant_ratio",
    "reference_saturation_pressure",
    "pressure_scale_height",
    "humidity_scale_height",
)


class Planet(NamedTuple):
    """Numbers that Dinosaur compiles into its equations.

    Attributes:
        radius: [m].
        rotation_rate: [s-1].
        gravity: [m s-2].
        gas_constant: of dry air [J kg-1 K-1].
        kappa: gas constant / specific heat [1].
        vapour_gas_constant: read with a virtual temperature only [J kg-1 K-1].
        correction_exponents: of σ in the orographic corrections of temperature and humidity [1].
    """

    radius: float
    rotation_rate: float
    gravity: float
    gas_constant: float
    kappa: float
    vapour_gas_constant: float
    correction_exponents: tuple[float, float]

    @classmethod
    def of(cls, parameters: DynamicsParameters, constants: PhysicalConstants) -> Planet:
        """The numbers of a set of parameters.

        Raises:
            ValueError: if JAX traces one of them: no derivative can be taken with respect to it.
        """
        known = concrete(parameters, constants)
        if known is None:
            raise ValueError(
                "core 'dinosaur' compiles the parameters of the dynamics and the physical "
                "constants into its program; expected numbers, got values that JAX traces"
            )
        p, c = known
        return cls(
            radius=p.planet_radius,
            rotation_rate=p.rotation_rate,
            gravity=c.gravity,
            gas_constant=c.gas_constant,
            kappa=c.kappa,
            vapour_gas_constant=c.gas_constant / p.gas_constant_ratio,
            correction_exponents=(
                lapse_rate_exponent(c),
                p.pressure_scale_height / p.humidity_scale_height,
            ),
        )


def check_parameters_are_read(parameters: DynamicsParameters, default: DynamicsParameters) -> None:
    """Refuse a value that the Dinosaur core would ignore.

    Args:
        parameters: of the dynamics.
        default: those of the formulation.

    Raises:
        ValueError: for a parameter of SPEEDY's core that differs from its default.
    """
    for field in dataclasses.fields(parameters):
        value, usual = getattr(parameters, field.name), getattr(default, field.name)
        if field.name not in READ_PARAMETERS and value != usual:
            raise ValueError(
                f"parameter dynamics.{field.name} is {value}, but core 'dinosaur' does not read "
                f"it, expected {usual}; its diffusion, drag and filter are choices of its numerics"
            )
