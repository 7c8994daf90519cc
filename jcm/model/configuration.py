"""What is compiled into the model, and what is handed to it as data."""

from __future__ import annotations

import dataclasses
import functools
from typing import NamedTuple

from jaxtyping import Array, Float

from jcm.dynamics.speedy_core import SpeedyCore, StepConstants
from jcm.formulation import ORIGINAL, Formulation
from jcm.model.boundary import ModelBoundary
from jcm.model.parameters import ModelParameters
from jcm.surface.coupling import CouplingFlags


@dataclasses.dataclass(frozen=True, kw_only=True)
class Configuration:
    """Choices between programs. Hashable, hence static under `jax.jit`.

    Attributes:
        formulation: see :class:`jcm.formulation.Formulation`.
        coupling: which parts of the surface are interactive.
        co2_trend: whether the absorption by CO₂ grows with the date (spec 15, section 5).
        sppt: whether the tendencies of the physics are perturbed stochastically (spec 26).
        physics: whether the column physics acts; without it the dynamics is alone.
    """

    formulation: Formulation = ORIGINAL
    coupling: CouplingFlags = CouplingFlags()
    co2_trend: bool = False
    sppt: bool = False
    physics: bool = True

    @functools.cached_property
    def core(self) -> SpeedyCore:
        """The dynamical core."""
        return SpeedyCore.speedy(self.formulation)


class Inputs(NamedTuple):
    """Data of the time step, traced: another value needs no new compilation.

    Attributes:
        parameters: see :class:`jcm.model.parameters.ModelParameters`.
        step_constants: what the core derives from them for the leapfrog step.
        boundary: see :class:`jcm.model.boundary.ModelBoundary`.
        surface_geopotential: spectral, packed [m2 s-2].
        area_weight: share of each row in the area of the sphere, per grid point [1], `(latitude,)`.
    """

    parameters: ModelParameters
    step_constants: StepConstants
    boundary: ModelBoundary
    surface_geopotential: Float[Array, "62 1 32"]
    area_weight: Float[Array, " 48"]
