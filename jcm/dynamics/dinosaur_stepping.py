"""One time step of the model on the Dinosaur core: its equations, integrators and filters."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from dinosaur import primitive_equations as equations
from dinosaur import sigma_coordinates, time_integration, units
from jaxtyping import Array, Float

from jcm.dynamics.core import ColumnPhysics, Spectral
from jcm.dynamics.dinosaur_damping import damped, damping_tables
from jcm.dynamics.dinosaur_state import (
    HUMIDITY,
    from_dinosaur,
    tendencies_to_dinosaur,
    to_dinosaur,
)
from jcm.dynamics.planet import Planet
from jcm.dynamics.state import SpectralState
from jcm.dynamics.time_stepping import Start

if TYPE_CHECKING:
    from jcm.dynamics.dinosaur_core import DinosaurCore


class Mover:
    """The equations of one time step of the model, and how they are stepped."""

    def __init__(
        self,
        core: DinosaurCore,
        surface_geopotential: Spectral,
        temperature_correction: Spectral,
        humidity_correction: Spectral,
        physics: ColumnPhysics | None,
    ) -> None:
        self.core, self.physics = core, physics
        self._warmth = core.numerics.reference_temperature
        self.surface_geopotential = surface_geopotential
        self.corrections = (temperature_correction, humidity_correction)
        self.steps = core.numerics.steps_at(core.resolution)
        self.time_step = core.model_step / self.steps
        self.equation = equations.PrimitiveEquationsSigma(
            np.full(core.grid.levels, core.numerics.reference_temperature),
            surface_geopotential / core.planet.gravity,
            core.coordinates,
            _specs(core.planet),
            humidity_key=HUMIDITY if core.numerics.virtual_temperature else None,
            vertical_advection=(
                conserving_vertical_advection
                if core.numerics.vertical_advection == "conserving"
                else sigma_coordinates.centered_vertical_advection
            ),
        )

    def model_step(
        self, earlier: SpectralState, later: SpectralState | None, start: Start
    ) -> tuple[SpectralState, SpectralState | None, Any]:
        """Both time levels after 40 minutes, and what the physics gave back."""
        forcing, aux = self._forcing(earlier)
        levels = (earlier, later)
        if start != "leapfrog":
            return (*self._start(levels, forcing, start), aux)
        levels = self._dynamics_step(levels, forcing)
        if self.steps > 1:
            each = self.core.numerics.physics_evaluations == "dynamics_step"

            def again(levels: tuple, _: None) -> tuple[tuple, None]:
                new = self._forcing(levels[0])[0] if each else forcing
                return self._dynamics_step(levels, new), None

            levels, _ = jax.lax.scan(again, levels, None, length=self.steps - 1)
        return (*levels, aux)

    def _forcing(self, state: SpectralState) -> tuple[equations.State | None, Any]:
        """Tendencies of the physics, to be held constant, and what it gave back."""
        if self.physics is None:
            return None, None
        grid = self.core.grid_state(state, self.surface_geopotential)
        tendencies, aux = self.physics(grid)
        return tendencies_to_dinosaur(self.core.spectral_tendencies(tendencies)), aux

    def _equation(self, forcing: equations.State | None) -> time_integration.ImplicitExplicitODE:
        """The primitive equations with the physics."""
        dynamics = self.equation
        if forcing is None:
            return dynamics
        at_every_stage = self.core.numerics.physics_evaluations == "stage"

        def explicit(state: equations.State) -> equations.State:
            now = forcing
            if at_every_stage:
                now, _ = self._forcing(from_dinosaur(state, self._warmth))
            return jax.tree.map(jnp.add, dynamics.explicit_terms(state), now)

        return time_integration.ImplicitExplicitODE.from_functions(
            explicit, dynamics.implicit_terms, dynamics.implicit_inverse
        )

    def _dynamics_step(
        self,
        levels: tuple[SpectralState, SpectralState | None],
        forcing: equations.State | None,
    ) -> tuple[SpectralState, SpectralState | None]:
        numerics = self.core.numerics
        equation = self._equation(forcing)
        if numerics.time_levels == 1:
            method = getattr(time_integration, numerics.integrator)
            new = method(equation, self.time_step)(to_dinosaur(levels[0], self._warmth))
            return self._damped(from_dinosaur(new, self._warmth), self.time_step), None
        before = tuple(to_dinosaur(level, self._warmth) for level in levels)
        leapfrog = time_integration.semi_implicit_leapfrog(equation, self.time_step)
        current, new = leapfrog(before)
        new = to_dinosaur(
            self._damped(from_dinosaur(new, self._warmth), 2.0 * self.time_step), self._warmth
        )
        time_filter = time_integration.robert_asselin_leapfrog_filter(numerics.robert_coefficient)
        after = time_filter(before, (current, new))
        return tuple(from_dinosaur(level, self._warmth) for level in after)

    def _start(
        self,
        levels: tuple[SpectralState, SpectralState | None],
        forcing: equations.State | None,
        start: Start,
    ) -> tuple[SpectralState, SpectralState | None]:
        """The later level of a leapfrog that has none yet."""
        earlier, later = levels
        if self.core.time_levels == 1:
            return earlier, None
        equation, half = self._equation(forcing), 0.5 * self.time_step
        here = to_dinosaur(earlier, self._warmth)
        if start == "half":
            new = time_integration.backward_forward_euler(equation, half)(here)
            return earlier, self._damped(from_dinosaur(new, self._warmth), half)
        leapfrog = time_integration.semi_implicit_leapfrog(equation, half)
        _, new = leapfrog((here, to_dinosaur(later, self._warmth)))
        return earlier, self._damped(from_dinosaur(new, self._warmth), self.time_step)

    def _damped(self, state: SpectralState, seconds: float) -> SpectralState:
        tables = damping_tables(
            self.core.numerics.diffusion,
            self.core.harmonics.modal_axes,
            self.core.resolution.truncation,
            self.core.grid,
            seconds,
            self.core.planet.correction_exponents,
        )
        return damped(state, *self.corrections, tables)


def conserving_vertical_advection(
    sigma_velocity: Float[Array, "interface longitude latitude"],
    field: Float[Array, "level longitude latitude"],
    layers: sigma_coordinates.SigmaCoordinates,
) -> Float[Array, "level longitude latitude"]:
    """-(σ̇ ∂X/∂σ)_k = -(σ̇_{k+1} (X_{k+1} - X_k) + σ̇_k (X_k - X_{k-1})) / (2 Δσ_k).

    Args:
        sigma_velocity: σ̇ at the interfaces between layers [s-1].
        field: X, or a profile `(level, 1, 1)`.
        layers: Dinosaur's.
    """
    product = sigma_velocity * (field[1:] - field[:-1])
    boundary = jnp.zeros_like(product[:1])
    above = jnp.concatenate([boundary, product])
    below = jnp.concatenate([product, boundary])
    return -(above + below) / (2.0 * layers.layer_thickness[:, None, None])


@functools.cache
def _specs(planet: Planet) -> units.SimUnits:
    """Dinosaur's constants in SI units."""
    return units.SimUnits(
        radius=planet.radius,
        angular_velocity=planet.rotation_rate,
        gravity_acceleration=planet.gravity,
        ideal_gas_constant=planet.gas_constant,
        water_vapor_gas_constant=planet.vapour_gas_constant,
        # SPEEDY's air has the same heat capacity however moist it is.
        water_vapor_isobaric_heat_capacity=planet.gas_constant / planet.kappa,
        kappa=planet.kappa,
        scale=None,
    )
