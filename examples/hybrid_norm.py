"""How far two atmospheres are apart."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

import jcm
from jcm.dynamics.state import GridState
from jcm.model.configuration import Inputs
from jcm.model.state import ModelState

#: Temperature of the energy norm [K].
_REFERENCE_TEMPERATURE = 270.0


def on_grid(model: jcm.Model, state: ModelState, inputs: Inputs) -> GridState:
    """The atmosphere of a state on the grid, at the model date.

    Args:
        model: of which the core is used.
        state: between two steps.
        inputs: of the model, may be traced.
    """
    p = inputs.parameters
    core = model.configuration.core
    return core.grid_state(state.earlier, inputs.surface_geopotential, p.constants, p.dynamics)


def difference(a: GridState, b: GridState) -> GridState:
    """What must be added to `b` to get `a`, field by field."""
    return jax.tree.map(jnp.subtract, a, b)


def energy(model: jcm.Model, change: GridState, inputs: Inputs) -> Float[Array, ""]:
    """Total moist energy of a difference between two states [J kg-1].

        E = ½ ∫∫ u² + v² + c_p/T_r T² + L²/(c_p T_r) q² dσ dA + ½ ∫ R T_r (ln p_s)² dA

    Args:
        model: of which the layers are used.
        change: a difference; the geopotential is not read.
        inputs: of the model, may be traced.

    References:
        Ehrendorfer, M., Errico, R. M. and Raeder, K. D. (1999): Singular-vector growth in a
        primitive equation model with moist physics. J. Atmos. Sci. 56, 1627-1648.
    """
    c, T_r = inputs.parameters.constants, _REFERENCE_TEMPERATURE
    thickness = jnp.asarray(model.configuration.core.grid.sigma_thickness, change.temperature.dtype)
    per_mass = (
        change.eastward_wind**2
        + change.northward_wind**2
        + c.specific_heat / T_r * change.temperature**2
        + c.latent_heat**2 / (c.specific_heat * T_r) * change.specific_humidity**2
    )
    column = jnp.einsum("k,xky->xy", thickness, per_mass)
    surface = c.gas_constant * T_r * change.log_normalized_surface_pressure**2
    return 0.5 * jnp.sum((column + surface) * inputs.area_weight)
