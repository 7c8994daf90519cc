"""The mass of dry air, and how formulation `corrected` keeps it.

The spectral model predicts the logarithm of surface pressure, and the global mean of that is what
the original conserves: the mass of air drifts with the variance of surface pressure.

References:
    Specification page 32, T3.
"""

from __future__ import annotations

import math

import jax.numpy as jnp
from jaxtyping import Array, Float

from jcm.constants import PhysicalConstants
from jcm.dynamics.speedy_core import SpeedyCore
from jcm.dynamics.state import GridState, SpectralState
from jcm.model.configuration import Inputs
from jcm.vertical_grid import VerticalGrid


def dry_air_pressure(
    grid: GridState,
    area_weight: Float[Array, " 48"],
    *,
    constants: PhysicalConstants,
    vertical: VerticalGrid,
) -> Float[Array, ""]:
    """Weight of dry air on a unit of area, in the global mean.

        p_d = ⟨p_s - Σ_k q_k Δσ_k p_s⟩

    with humidity as it is, negative values included.

    Args:
        grid: the atmosphere.
        area_weight: share of a grid point of each row in the area of the sphere, `(latitude,)`.
        constants: see :class:`jcm.constants.PhysicalConstants`.
        vertical: the layers.

    Returns:
        [Pa].
    """
    p_s = constants.reference_pressure * jnp.exp(grid.log_normalized_surface_pressure)
    thickness = jnp.asarray(vertical.sigma_thickness, p_s.dtype)
    q = grid.specific_humidity * 1e-3
    dry = p_s * (1.0 - jnp.einsum("ikj,k->ij", q, thickness))
    return jnp.sum(dry * area_weight)


def keep_dry_air(
    earlier: SpectralState,
    later: SpectralState,
    grid: GridState,
    target: Float[Array, ""],
    inputs: Inputs,
    *,
    core: SpeedyCore,
) -> tuple[SpectralState, SpectralState]:
    """Correct the global mean of ln p_s so that the mass of dry air returns to its target.

    The mass is that of the state on the grid at the beginning of the step, which is at hand: what a
    step has lost is given back in the next.

    Args:
        earlier: time level 1 after the step.
        later: time level 2 after the step.
        grid: the atmosphere at its beginning.
        target: mass to keep, as :func:`dry_air_pressure` [Pa].
        inputs: see :class:`jcm.model.configuration.Inputs`.
        core: the dynamical core.

    Returns:
        Both time levels with the same change of their (0, 0) coefficient.
    """
    found = dry_air_pressure(
        grid, inputs.area_weight, constants=inputs.parameters.constants, vertical=core.grid
    )
    # A constant c has the coefficient √2 c.
    change = math.sqrt(2.0) * jnp.log1p((target - found) / found)

    def corrected(state: SpectralState) -> SpectralState:
        pressure = state.log_normalized_surface_pressure
        return state._replace(log_normalized_surface_pressure=pressure.at[0, 0, 0].add(change))

    return corrected(earlier), corrected(later)
