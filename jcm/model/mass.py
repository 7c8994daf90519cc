"""The mass of dry air, and how formulation `corrected` and the Dinosaur core keep it.

The spectral model predicts the logarithm of surface pressure, and the global mean of that is what
the original conserves: the mass of air drifts with the variance of surface pressure.

References:
    Specification page 32, T3.
"""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from jcm.constants import PhysicalConstants
from jcm.dynamics.core import Core
from jcm.dynamics.state import SpectralState
from jcm.model.configuration import Inputs
from jcm.vertical_grid import VerticalGrid


def dry_air_pressure(
    specific_humidity: Float[Array, "longitude level latitude"],
    log_normalized_surface_pressure: Float[Array, "longitude latitude"],
    area_weight: Float[Array, " latitude"],
    *,
    constants: PhysicalConstants,
    vertical: VerticalGrid,
) -> Float[Array, ""]:
    """Weight of dry air on a unit of area in the global mean, without the reference pressure.

        p_d - p₀ = ⟨p_s - p₀ - Σ_k q_k Δσ_k p_s⟩

    The constant is taken off, and rows are added up before their sums are, so that single precision
    suffices.

    Args:
        specific_humidity: as it is, negative values included [g kg-1].
        log_normalized_surface_pressure: ln(p_s / p₀) [1].
        area_weight: share of a grid point of each row in the area of the sphere, `(latitude,)`.
        constants: see :class:`jcm.constants.PhysicalConstants`.
        vertical: the layers.

    Returns:
        [Pa].
    """
    p_0, ln_π = constants.reference_pressure, log_normalized_surface_pressure
    thickness = jnp.asarray(vertical.sigma_thickness, ln_π.dtype)
    q = 1e-3 * jnp.einsum("ikj,k->ij", specific_humidity, thickness)
    dry = p_0 * (jnp.expm1(ln_π) - q * jnp.exp(ln_π))
    return jnp.sum(jnp.sum(dry, axis=0) * area_weight)


def dry_air_of(state: SpectralState, inputs: Inputs, *, core: Core) -> Float[Array, ""]:
    """:func:`dry_air_pressure` of a time level."""
    humidity = core.synthesis(state.specific_humidity)
    pressure = core.synthesis(state.log_normalized_surface_pressure)
    return dry_air_pressure(
        humidity,
        pressure[:, 0],
        inputs.area_weight,
        constants=inputs.parameters.constants,
        vertical=core.grid,
    )


def keep_dry_air(
    earlier: SpectralState,
    later: SpectralState | None,
    target: Float[Array, ""],
    inputs: Inputs,
    *,
    core: Core,
) -> tuple[SpectralState, SpectralState | None]:
    """Correct the global mean of ln p_s so that the earlier level has its mass of dry air again.

    Args:
        earlier: time level 1 after the step.
        later: time level 2 after the step, or None.
        target: mass to keep, as :func:`dry_air_pressure` [Pa].
        inputs: see :class:`jcm.model.configuration.Inputs`.
        core: the dynamical core.

    Returns:
        Both time levels with the same constant added to ln p_s.
    """
    found = dry_air_of(earlier, inputs, core=core)
    whole = inputs.parameters.constants.reference_pressure + found
    change = jnp.log1p((target - found) / whole)

    def corrected(state: SpectralState) -> SpectralState:
        pressure = core.with_mean_added(state.log_normalized_surface_pressure, change)
        return state._replace(log_normalized_surface_pressure=pressure)

    return corrected(earlier), None if later is None else corrected(later)
