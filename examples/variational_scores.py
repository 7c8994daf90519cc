"""Sizes of errors: root mean squares of variables and levels, and one number for them all.

The number is the square root of the energy of an error, per unit of mass, over the whole globe,

    E = ½ Σ_k Δσ_k <u² + v² + (c_p / T_r) T²> + ½ R T_r <(ln p_s)²> ,    T_r = 300 K,

< > being the mean over the area.

References:
    Rabier et al. (1996): Sensitivity of forecast errors to initial conditions. QJRMS 122, 121.
"""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
from variational_covariance import Stack
from variational_twin import on_grid

import jcm
from jcm.model.state import ModelState

#: T_r [K].
REFERENCE_TEMPERATURE = 300.0
#: In the order of :func:`variational_covariance.stacked`; winds [m s-1], temperature [K], humidity
#: [g kg-1].
VARIABLES = ("eastward_wind", "northward_wind", "temperature", "specific_humidity")


@dataclasses.dataclass(frozen=True, eq=False)
class Scores:
    """Errors of states of a model with SPEEDY's core."""

    model: jcm.Model

    def error(self, state: ModelState, truth: ModelState) -> Stack:
        """What a state of the atmosphere misses by, on the grid."""
        difference = jax.tree.map(jnp.subtract, state.earlier, truth.earlier)
        stack = on_grid(difference, self.model.inputs, self.model.configuration.core)
        return np.asarray(stack, np.float64)

    def mean_squares(self, error: Stack) -> np.ndarray:
        """Means over the area, `(field,)`."""
        return np.einsum("ijf,j->f", error**2, np.asarray(self.model.inputs.area_weight))

    def norm(self, error: Stack) -> float:
        """E^½ [m s-1]."""
        constants = self.model.parameters.constants
        levels = self.model.levels
        mass = np.array(self.model.configuration.core.grid.sigma_thickness)
        squares = self.mean_squares(error)
        u2, v2, t2, _ = squares[:-1].reshape(4, levels)
        wind_and_heat = u2 + v2 + constants.specific_heat / REFERENCE_TEMPERATURE * t2
        pressure = constants.gas_constant * REFERENCE_TEMPERATURE * squares[-1]
        return float(np.sqrt(0.5 * np.sum(mass * wind_and_heat) + 0.5 * pressure))

    def by_variable(self, error: Stack) -> dict[str, np.ndarray]:
        """Root mean squares, `(level,)`, those of ln p_s alone `()`; level 0 is the top."""
        root = np.sqrt(self.mean_squares(error))
        levels = dict(zip(VARIABLES, root[:-1].reshape(4, self.model.levels), strict=True))
        return {**levels, "log_surface_pressure": root[-1]}
