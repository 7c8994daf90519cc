"""How the Dinosaur core steps in time."""

from __future__ import annotations

import dataclasses
from typing import Literal

from jcm.dynamics.diffusion import Diffusion
from jcm.dynamics.resolution import Resolution

Integrator = Literal[
    "semi_implicit_leapfrog",
    "imex_rk_sil3",
    "crank_nicolson_rk2",
    "crank_nicolson_rk3",
    "crank_nicolson_rk4",
]
INTEGRATORS: tuple[str, ...] = Integrator.__args__
PHYSICS_EVALUATIONS = ("model_step", "dynamics_step", "stage")
VERTICAL_ADVECTIONS = ("centered", "conserving")
#: Truncation up to which the dynamics takes the model's whole time step of 40 minutes.
LARGEST_TRUNCATION_OF_ONE_STEP = 31.5


@dataclasses.dataclass(frozen=True, kw_only=True)
class DinosaurNumerics:
    """Choices of the Dinosaur core. Hashable, hence static under `jax.jit`.

    Attributes:
        integrator: one of Dinosaur's. "semi_implicit_leapfrog" evaluates the dynamics once per
            step, the Runge-Kutta methods two to four times.
        dynamics_steps: steps of the dynamics per time step of the model, 40 minutes; by default
            T / 31.5, rounded up: T31 one of 40 minutes, T42 and T63 two of 20, T85 three of 13.3.
        physics_evaluations: where the column physics is evaluated: once per time step of the model,
            in every step of the dynamics, or at every stage of the integrator. Its tendencies are
            constant in between. What surface and output see is the first evaluation.
        vertical_advection: "centered" averages σ̇ ∂X/∂σ of the interfaces, as Dinosaur does;
            "conserving" averages σ̇ ΔX over the thickness of the layer, as SPEEDY does, which on
            uneven layers keeps the mass integrals of X and X² (Simmons and Burridge 1981).
        diffusion: see :class:`jcm.dynamics.diffusion.Diffusion`.
        virtual_temperature: whether the dynamics feels the weight of water vapour; SPEEDY's does
            not.
        dry_air_is_conserved: whether the global mean of ln p_s is corrected after every step so
            that the mass of dry air stays constant.
        robert_coefficient: strength r of the Robert-Asselin filter of the leapfrog,
            X₂ ← X₂ + r (X₁ - 2 X₂ + X_new) [1]; as much as SPEEDY's filter does to that level,
            0.05 times 0.53.
        reference_temperature: of the semi-implicit terms, at all levels [K]; isothermal and warm,
            as Simmons, Hoskins and Burridge (1978) found necessary.

    Raises:
        ValueError: for an unknown choice; names what was expected.
    """

    integrator: Integrator = "semi_implicit_leapfrog"
    dynamics_steps: int | None = None
    physics_evaluations: Literal["model_step", "dynamics_step", "stage"] = "model_step"
    vertical_advection: Literal["centered", "conserving"] = "conserving"
    diffusion: Diffusion = dataclasses.field(default_factory=lambda: Diffusion.named("speedy"))
    virtual_temperature: bool = False
    dry_air_is_conserved: bool = True
    robert_coefficient: float = 0.0265
    reference_temperature: float = 288.0

    def __post_init__(self) -> None:
        for name, choices in (
            ("integrator", INTEGRATORS),
            ("physics_evaluations", PHYSICS_EVALUATIONS),
            ("vertical_advection", VERTICAL_ADVECTIONS),
        ):
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} is {getattr(self, name)!r}, expected one of {choices}")
        steps = self.dynamics_steps
        if steps is not None and (isinstance(steps, bool) or steps < 1):
            raise ValueError(f"dynamics_steps is {steps!r}, expected a number of 1 or more")
        if not 0.0 <= self.robert_coefficient < 0.5:
            raise ValueError(
                f"robert_coefficient is {self.robert_coefficient}, expected 0 or more, below 0.5"
            )

    @property
    def time_levels(self) -> int:
        """Number of time levels that a state holds."""
        return 2 if self.integrator == "semi_implicit_leapfrog" else 1

    def steps_at(self, resolution: Resolution) -> int:
        """Steps of the dynamics per time step of the model."""
        if self.dynamics_steps is not None:
            return self.dynamics_steps
        return -int(-resolution.truncation // LARGEST_TRUNCATION_OF_ONE_STEP)
