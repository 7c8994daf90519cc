"""What is compiled into the model, and what is handed to it as data."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from jaxtyping import Array, Float

from jcm.dynamics.core import Core
from jcm.dynamics.dinosaur_numerics import DinosaurNumerics
from jcm.dynamics.planet import Planet
from jcm.dynamics.resolution import Resolution
from jcm.dynamics.speedy_core import SpeedyCore
from jcm.dynamics.state import GridState, GridTendencies
from jcm.formulation import ORIGINAL, Formulation
from jcm.model.boundary import ModelBoundary
from jcm.model.parameters import ModelParameters
from jcm.physics.gates import HARD, Gates
from jcm.physics.physics_result import PhysicsDriver
from jcm.surface.coupling import CouplingFlags
from jcm.vertical_grid import VerticalGrid

Physics = Literal["speedy", "held_suarez", "none"]
PHYSICS: tuple[str, ...] = Physics.__args__


@dataclasses.dataclass(frozen=True, kw_only=True)
class DinosaurConfiguration:
    """What the Dinosaur core is made of. Hashable.

    Attributes:
        resolution: truncation and grid.
        vertical_grid: the layers.
        numerics: see :class:`jcm.dynamics.dinosaur_numerics.DinosaurNumerics`.
        planet: see :class:`jcm.dynamics.planet.Planet`.
    """

    resolution: Resolution
    vertical_grid: VerticalGrid
    numerics: DinosaurNumerics
    planet: Planet


#: Tendencies that are added to those of SPEEDY's physics, before the dynamics sees them: a function
#: of `Inputs.correction` (its weights), of the grid state and the physics as the step sees them,
#: `(longitude, level, latitude)`, and of all inputs. Static: another function is another program,
#: other weights are not.
Correction = Callable[[Any, GridState, PhysicsDriver, "Inputs"], GridTendencies]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Configuration:
    """Choices between programs. Hashable, hence static under `jax.jit`.

    Attributes:
        formulation: see :class:`jcm.formulation.Formulation`.
        coupling: which parts of the surface are interactive.
        co2_trend: whether the absorption by CO₂ grows with the date (spec 15, section 5).
        sppt: whether the tendencies of the physics are perturbed stochastically (spec 26).
        physics: "speedy", "held_suarez" (relaxation of a dry atmosphere), or "none": the dynamics
            alone. Land, sea and ice rest without SPEEDY's physics.
        correction: what is added to the tendencies of SPEEDY's physics, or None.
        gates: whether processes switch abruptly or over a width, see
            :class:`jcm.physics.gates.Gates`.
        dinosaur: the Dinosaur core, or None for SPEEDY's own.
    """

    formulation: Formulation = ORIGINAL
    coupling: CouplingFlags = CouplingFlags()
    co2_trend: bool = False
    sppt: bool = False
    physics: Physics = "speedy"
    correction: Correction | None = None
    gates: Gates = HARD
    dinosaur: DinosaurConfiguration | None = None

    @functools.cached_property
    def core(self) -> Core:
        """The dynamical core."""
        if self.dinosaur is None:
            return SpeedyCore.speedy(self.formulation)
        # Imported here: SPEEDY's own core does not need Dinosaur.
        from jcm.dynamics.dinosaur_core import make_dinosaur_core

        d = self.dinosaur
        return make_dinosaur_core(d.resolution, d.vertical_grid, d.numerics, d.planet)


class Inputs(NamedTuple):
    """Data of the time step, traced: another value needs no new compilation.

    Attributes:
        parameters: see :class:`jcm.model.parameters.ModelParameters`.
        step_constants: what the core derives from them for the leapfrog step.
        boundary: see :class:`jcm.model.boundary.ModelBoundary`.
        surface_geopotential: spectral, in the layout of the core [m2 s-2].
        area_weight: share of each row in the area of the sphere, per grid point [1], `(latitude,)`.
        correction: weights of `Configuration.correction`, any pytree.
    """

    parameters: ModelParameters
    step_constants: Any
    boundary: ModelBoundary
    surface_geopotential: Float[Array, "*spectral"]
    area_weight: Float[Array, " latitude"]
    correction: Any = None
