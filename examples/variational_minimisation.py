"""Incremental strong-constraint 4D-Var: outer loops about a trajectory, conjugate gradients within.

The cost of a control vector χ, with the state at the start of the window x = x_b + B^½ χ, is

    J(χ) = ½ χᵀχ + ½ Σ_t (H M_t x - y_t)ᵀ R⁻¹ (H M_t x - y_t) = J_b + J_o .

An outer loop runs the model M from the latest x and linearises model and observation operator about
that trajectory, H' M'. The inner loop then minimises the quadratic function of the increment δ,

    ½ |χ + δ|² + ½ Σ_t |H' M'_t B^½ δ - (y_t - H M_t x)|²_R ,

    (1 + B^½ᵀ M'ᵀ H'ᵀ R⁻¹ H' M' B^½) δ = -∇J(χ) .

References:
    Courtier, Thepaut and Hollingsworth (1994): A strategy for operational implementation of 4D-Var,
    using an incremental approach. QJRMS 120, 1367.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from variational_covariance import (
    Control,
    Localization,
    Members,
    square_root,
    square_root_transposed,
)
from variational_window import Observed, Window, with_increment

from jcm.dynamics.speedy_core import SpeedyCore
from jcm.dynamics.state import SpectralState
from jcm.model.state import ModelState


class Linearization(NamedTuple):
    """J and what its quadratic approximation needs, at a control vector.

    Attributes:
        control: χ.
        states: of the trajectory.
        background_cost: J_b.
        observation_cost: J_o.
        gradient: ∇J(χ).
    """

    control: Control
    states: list[ModelState]
    background_cost: float
    observation_cost: float
    gradient: np.ndarray

    @property
    def cost(self) -> float:
        """J."""
        return self.background_cost + self.observation_cost


@dataclasses.dataclass(frozen=True, eq=False)
class CostFunction:
    """J; see the module docstring.

    Attributes:
        window: M and H.
        background: x_b.
        members: of the covariance B.
        localization: likewise.
        observations: y after every block.
        precision: diagonal of R⁻¹, zero where nothing is observed, the same after every block.
    """

    window: Window
    background: ModelState
    members: Members
    localization: Localization
    observations: Sequence[Observed]
    precision: Observed

    @property
    def control_shape(self) -> tuple[int, int, int]:
        """Shape of χ."""
        return self.localization.control_shape(self.members.shape[-1])

    @property
    def core(self) -> SpeedyCore:
        """The dynamical core of M."""
        return self.window.model.configuration.core

    def increment(self, control: Control) -> SpectralState:
        """B^½ χ."""
        control = jnp.asarray(control, self.members.dtype)
        return square_root(control, self.members, self.localization, self.core)

    def state(self, control: Control) -> ModelState:
        """The state x at the start of the window."""
        return with_increment(self.background, self.increment(control))

    def linearized(self, control: Control) -> Linearization:
        """J and its gradient."""
        states, weighted, observation_cost = self._misfit(control)
        gradient = control + self._to_control(states, weighted)
        return Linearization(
            control, states, 0.5 * inner(control, control), observation_cost, gradient
        )

    def cost(self, control: Control) -> float:
        """J alone."""
        return 0.5 * inner(control, control) + self._misfit(control)[2]

    def _misfit(self, control: Control) -> tuple[list[ModelState], list[Observed], float]:
        """The trajectory, R⁻¹ (H M_t x - y_t), and J_o."""
        states, predicted = self.window.trajectory(self.state(control))
        misfit = jax.tree.map(jnp.subtract, predicted, list(self.observations))
        weighted = [jax.tree.map(jnp.multiply, now, self.precision) for now in misfit]
        return states, weighted, 0.5 * inner(misfit, weighted)

    def curvature(self, states: list[ModelState], direction: Control) -> Control:
        """Hessian of the quadratic function times a direction."""
        observed = self.window.tangent(states, self.increment(direction))
        weighted = [jax.tree.map(jnp.multiply, now, self.precision) for now in observed]
        return direction + self._to_control(states, weighted)

    def _to_control(self, states: list[ModelState], observed: Sequence[Observed]) -> Control:
        gradient = self.window.adjoint(states, observed)
        in_control = square_root_transposed(gradient, self.members, self.localization, self.core)
        return np.asarray(in_control, np.float64)


class InnerLoop(NamedTuple):
    """Result of :func:`conjugate_gradients`, step by step, the start included.

    Attributes:
        increment: δ at the end.
        cost: value of the quadratic function less that at δ = 0, `(iteration,)`.
        length: |offset + δ|², `(iteration,)`.
        gradient_norm: of the quadratic function, `(iteration,)`.
    """

    increment: np.ndarray
    cost: np.ndarray
    length: np.ndarray
    gradient_norm: np.ndarray


def conjugate_gradients(
    product: Callable[[np.ndarray], np.ndarray],
    gradient: np.ndarray,
    *,
    iterations: int,
    reduction: float,
    offset: np.ndarray,
) -> InnerLoop:
    """Minimise ½ δᵀAδ + gᵀδ for a symmetric positive definite A.

    Every new residual is made orthogonal to all before it, which rounding would not leave so.

    Args:
        product: A times a vector.
        gradient: g.
        iterations: largest number of products.
        reduction: of the norm of the gradient at which to stop.
        offset: of which the result says how far from zero δ takes it.
    """
    δ, r = np.zeros_like(gradient), -gradient
    direction = r
    ρ = inner(r, r)
    cost, length, norm = [0.0], [inner(offset, offset)], [ρ**0.5]
    residuals = []
    for _ in range(iterations):
        if norm[-1] <= reduction * norm[0]:
            break
        residuals.append(r / norm[-1])
        A_direction = product(direction)
        step = ρ / inner(direction, A_direction)
        δ = δ + step * direction
        r = r - step * A_direction
        for before in residuals:
            r = r - inner(before, r) * before
        cost.append(cost[-1] - 0.5 * step * ρ)
        length.append(inner(offset + δ, offset + δ))
        ρ_before, ρ = ρ, inner(r, r)
        norm.append(ρ**0.5)
        direction = r + ρ / ρ_before * direction
    return InnerLoop(δ, np.array(cost), np.array(length), np.array(norm))


class OuterLoop(NamedTuple):
    """One outer loop.

    Attributes:
        background_cost: J_b of the quadratic function, `(iteration,)`.
        observation_cost: J_o likewise.
        gradient_norm: of the quadratic function, `(iteration,)`.
    """

    background_cost: np.ndarray
    observation_cost: np.ndarray
    gradient_norm: np.ndarray


class Minimum(NamedTuple):
    """Result of :func:`minimized`.

    Attributes:
        first: J at χ = 0, the background.
        last: J of the full model at the end, the analysis.
        loops: how it got there.
    """

    first: Linearization
    last: Linearization
    loops: list[OuterLoop]


def minimized(
    function: CostFunction,
    *,
    outer_loops: int,
    iterations: int,
    reduction: float,
    announce: Callable[[str], None],
) -> Minimum:
    """The minimum of J.

    Args:
        function: J.
        outer_loops: how often to linearise.
        iterations: most of an inner loop.
        reduction: of the gradient, at which an inner loop ends.
        announce: hears how it goes.
    """
    first = here = function.linearized(np.zeros(function.control_shape))
    loops = []
    for number in range(1, outer_loops + 1):
        found = conjugate_gradients(
            functools.partial(function.curvature, here.states),
            here.gradient,
            iterations=iterations,
            reduction=reduction,
            offset=here.control,
        )
        background_cost = 0.5 * found.length
        loops.append(
            OuterLoop(
                background_cost, here.cost + found.cost - background_cost, found.gradient_norm
            )
        )
        here = function.linearized(here.control + found.increment)
        announce(
            f"outer loop {number}: {len(found.cost) - 1} iterations, J_b "
            f"{here.background_cost:.0f}, J_o {here.observation_cost:.0f}"
        )
    return Minimum(first, here, loops)


class GradientTest(NamedTuple):
    """J along the direction of steepest ascent, from a control vector χ.

    Attributes:
        size: ε.
        ratio: (J(χ + ε h) - J(χ)) / (ε hᵀ∇J), to become 1.
    """

    size: list[float]
    ratio: list[float]


def gradient_test(function: CostFunction, at: Linearization, sizes: list[float]) -> GradientTest:
    """Differences of J against its gradient, for h = ∇J / |∇J|."""
    slope = inner(at.gradient, at.gradient) ** 0.5
    direction = at.gradient / slope
    return GradientTest(
        sizes, [(function.cost(at.control + ε * direction) - at.cost) / (ε * slope) for ε in sizes]
    )


def inner(a: object, b: object) -> float:
    """Scalar product of two pytrees, in double precision."""
    pairs = zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True)
    return float(
        sum(np.vdot(np.asarray(u, np.float64), np.asarray(v, np.float64)) for u, v in pairs)
    )
