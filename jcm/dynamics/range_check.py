"""What tells whether an atmosphere is still within its range, see :mod:`jcm.model.range`.

    E_rot = -Σ_{m ≥ 1} Re (ζ* ∇⁻²ζ) ,   E_div = -Σ_{m ≥ 1} Re (D* ∇⁻²D) ,   T̄ = a(0, 0) / √2

The energies are mean squares of the rotational and the divergent wind of the eddies, twice their
kinetic energies; the zonal mean is left out.

References:
    Specification page 27, section 5.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jcm.dynamics.parameters import DynamicsParameters
from jcm.dynamics.spectral_operators import inverse_laplacian, operator_tables
from jcm.dynamics.spectral_transform import ZONAL_WAVENUMBERS
from jcm.dynamics.state import SpectralLevels, SpectralState
from jcm.formulation import ORIGINAL, Formulation


class RangeDiagnostics(NamedTuple):
    """Result of :func:`range_check`, each `(level,)`.

    Attributes:
        global_mean_temperature: [K].
        rotational_eddy_energy: [m2 s-2].
        divergent_eddy_energy: [m2 s-2].
    """

    global_mean_temperature: Float[Array, " level"]
    rotational_eddy_energy: Float[Array, " level"]
    divergent_eddy_energy: Float[Array, " level"]


def range_check(
    state: SpectralState,
    *,
    parameters: DynamicsParameters = DynamicsParameters(),
    formulation: Formulation = ORIGINAL,
) -> RangeDiagnostics:
    """Mean temperature and eddy energies per level.

    Args:
        state: one time level; the original looks at the later one after every step.
        parameters: see :class:`DynamicsParameters`.
        formulation: `single_precision_constants` rounds √½.
    """
    root_half = math.sqrt(0.5)
    if formulation.single_precision_constants:
        root_half = float(np.float32(root_half))
    dtype = state.temperature.dtype
    tables = jax.tree.map(
        lambda table: jnp.asarray(table, dtype), operator_tables(parameters.planet_radius)
    )

    def eddy_energy(field: SpectralLevels) -> Float[Array, " level"]:
        is_eddy = np.arange(2 * ZONAL_WAVENUMBERS) % ZONAL_WAVENUMBERS > 0
        eddies = jnp.where(is_eddy[:, None, None], field, 0.0)
        return -jnp.sum(inverse_laplacian(eddies, tables) * eddies, axis=(0, 2))

    return RangeDiagnostics(
        global_mean_temperature=root_half * state.temperature[0, :, 0],
        rotational_eddy_energy=eddy_energy(state.vorticity),
        divergent_eddy_energy=eddy_energy(state.divergence),
    )
