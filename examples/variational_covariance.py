"""Covariance of background errors: an ensemble of errors, made local in space.

One error of the model's forecasts, e_i, tells how wind, temperature, humidity and surface pressure
err together: it is in balance. A hundred of them span too few directions for the globe, and show
correlations between places that have nothing to do with each other. Both are mended if every
member may have another amplitude at every place, a_i(x) with mean zero and a smooth correlation C:

    x' = N^-½ Σ_i e_i a_i ,    <x' x'ᵀ> = N^-1 Σ_i e_i e_iᵀ ∘ C = B ,    a_i = C^½ χ_i ,

∘ being the product point by point. So x' = B^½ χ, with as many independent standard normal numbers
χ as there are members times degrees of freedom of a_i: spherical harmonics with the variances of a
Gaussian correlation, times vertical functions that reproduce a Gaussian correlation in ln p.

References:
    Lorenc, A. C. (2003): The potential of the ensemble Kalman filter for NWP. QJRMS 129, 3183.
    Buehner, M. (2005): Ensemble-derived stationary and flow-dependent background-error covariances.
    QJRMS 131, 1013.
"""

from __future__ import annotations

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jcm.dynamics.packing import total_wavenumber
from jcm.dynamics.spectral_operators import curl_and_divergence, operator_tables
from jcm.dynamics.spectral_transform import SPECTRAL_COLUMNS, TRUNCATION, ZONAL_WAVENUMBERS
from jcm.dynamics.speedy_core import SpeedyCore
from jcm.dynamics.state import GridState, SpectralState
from jcm.vertical_grid import VerticalGrid

#: χ: `(coefficient, vertical function, member)`.
Control = Float[Array, "coefficient function member"]
#: An increment on the grid: u, v, T, q of all levels, then ln p_s.
Stack = Float[Array, "longitude latitude field"]
Members = Float[Array, "longitude latitude field member"]

#: Spherical harmonics and vertical functions with less of the variance are left out.
_NEGLIGIBLE = 1e-3


def stacked(grid: GridState) -> Stack:
    """The fields of an atmosphere on the grid that determine it, as one array."""
    fields = [
        *(grid.eastward_wind, grid.northward_wind, grid.temperature, grid.specific_humidity),
        grid.log_normalized_surface_pressure[:, None],
    ]
    return jnp.concatenate(fields, axis=1).swapaxes(1, 2)


def spectral_increment(stack: Stack, core: SpeedyCore, planet_radius: float) -> SpectralState:
    """Spectral coefficients of an increment, up to total wavenumber 30; linear.

    Args:
        stack: see :func:`stacked`.
        core: whose transforms are used.
        planet_radius: [m].
    """
    levels = core.grid.levels
    fields = stack.swapaxes(1, 2)
    wind = core.packed_transform.analysis(fields[:, : 2 * levels], over_cosine=True)
    scalars = core.packed_transform.analysis(fields[:, 2 * levels :])
    tables = jax.tree.map(
        lambda table: jnp.asarray(table, stack.dtype), operator_tables(planet_radius)
    )
    vorticity, divergence = curl_and_divergence(wind[:, :levels], wind[:, levels:], tables)
    kept = np.tile(total_wavenumber() <= TRUNCATION, (2, 1))[:, None]
    increment = SpectralState(
        vorticity, divergence, *jnp.split(scalars, (levels, 2 * levels), axis=1)
    )
    return jax.tree.map(lambda field: jnp.where(kept, field, 0.0), increment)


@dataclasses.dataclass(frozen=True)
class Localization:
    """The correlation C of the amplitudes. Hashable, hence static under `jax.jit`.

    Attributes:
        length: ℓ of the Gaussian exp(-r²/2ℓ²) of the distance r [m].
        depth: the same in ln p [1].
        grid: the layers.
        planet_radius: [m].
    """

    length: float = 1.5e6
    depth: float = 1.0
    grid: VerticalGrid = VerticalGrid.speedy()
    planet_radius: float = 6.371e6

    @functools.cached_property
    def horizontal(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Row and column in the packed layout, and standard deviation, of every coefficient used.

        The Gaussian has variances c_l ~ exp(-½ (ℓ/a)² l(l+1)). With c_l for m = 0 and c_l / 2 for
        the real and imaginary parts of the others, a field has the variance ½ Σ c_l (2l + 1), which
        shall be 1.
        """
        degree = np.arange(TRUNCATION + 1)
        power = np.exp(-0.5 * (self.length / self.planet_radius) ** 2 * degree * (degree + 1.0))
        power[power < _NEGLIGIBLE] = 0.0
        power *= 2.0 / np.sum(power * (2.0 * degree + 1.0))
        l = total_wavenumber()
        of_real_part = np.where(l <= TRUNCATION, power[np.minimum(l, TRUNCATION)], 0.0)
        of_real_part[1:] *= 0.5
        of_imaginary_part = of_real_part.copy()
        of_imaginary_part[0] = 0.0
        variance = np.concatenate([of_real_part, of_imaginary_part])
        rows, columns = np.nonzero(variance)
        return rows, columns, np.sqrt(variance[rows, columns])

    @functools.cached_property
    def vertical(self) -> Float[np.ndarray, "level function"]:
        """Vertical functions; their products sum to the correlation between levels."""
        height = np.log(self.grid.full_level_sigma)
        correlation = np.exp(-0.5 * ((height[:, None] - height) / self.depth) ** 2)
        variance, functions = np.linalg.eigh(correlation)
        used = variance > 10.0 * _NEGLIGIBLE
        functions = functions[:, used] * np.sqrt(variance[used])
        return functions / np.linalg.norm(functions, axis=1, keepdims=True)

    def control_shape(self, members: int) -> tuple[int, int, int]:
        """Shape of χ."""
        return len(self.horizontal[0]), self.vertical.shape[1], members


@functools.partial(jax.jit, static_argnames=("localization", "core"))
def square_root(
    control: Control, members: Members, localization: Localization, core: SpeedyCore
) -> SpectralState:
    """B^½ χ; linear in χ.

    Args:
        control: χ.
        members: errors e_i, see :func:`stacked`.
        localization: C.
        core: whose transforms are used.

    Returns:
        An increment of the atmosphere.
    """
    rows, columns, deviation = localization.horizontal
    _, functions, count = control.shape
    scaled = jnp.asarray(deviation / count**0.5, control.dtype)[:, None, None] * control
    coefficients = jnp.zeros(
        (2 * ZONAL_WAVENUMBERS, functions * count, SPECTRAL_COLUMNS), control.dtype
    )
    coefficients = coefficients.at[rows, :, columns].set(
        scaled.reshape(len(rows), -1), unique_indices=True
    )
    amplitudes = core.synthesis(coefficients)
    amplitudes = amplitudes.reshape(-1, functions, count, core.horizontal.latitudes)
    by_function = jnp.einsum("ijfe,imej->ijfm", members, amplitudes)
    # Surface pressure goes with the lowest level.
    vertical = np.concatenate([*([localization.vertical] * 4), localization.vertical[-1:]])
    stack = jnp.einsum("ijfm,fm->ijf", by_function, jnp.asarray(vertical, control.dtype))
    return spectral_increment(stack, core, localization.planet_radius)


@functools.partial(jax.jit, static_argnames=("localization", "core"))
def square_root_transposed(
    increment: SpectralState, members: Members, localization: Localization, core: SpeedyCore
) -> Control:
    """The transpose of :func:`square_root` times a derivative with respect to an increment."""
    shape = localization.control_shape(members.shape[-1])
    linear = functools.partial(square_root, members=members, localization=localization, core=core)
    return jax.linear_transpose(linear, jax.ShapeDtypeStruct(shape, members.dtype))(increment)[0]
