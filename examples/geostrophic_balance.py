"""How near a wind is to geostrophic balance with the mass field.

On a surface of constant sigma the horizontal force of the pressure is -(∇Φ + R T ∇ ln p_s), and the
wind on which the Coriolis force balances it, the geostrophic wind, has

    f u_g = -(∂Φ/∂y + R T ∂ln p_s/∂y) ,    f v_g = ∂Φ/∂x + R T ∂ln p_s/∂x ,    f = 2 Ω sin φ

Derivatives are taken in spectral space, with the operators of the dynamical core. The tangent of
this function at a state says how far a small perturbation of wind and mass is in balance: linear in
the perturbation, -(∇δΦ + R δT ∇ ln p_s + R T ∇δ ln p_s).
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jcm.dynamics.geopotential import geopotential
from jcm.dynamics.spectral_operators import gradient, winds
from jcm.dynamics.speedy_core import SpeedyCore
from jcm.dynamics.state import SpectralState
from jcm.model.configuration import Inputs

WindField = Float[Array, "component longitude level latitude"]


class Winds(NamedTuple):
    """Eastward and northward components [m s-1], `(component, longitude, level, latitude)`.

    Attributes:
        actual: the wind.
        geostrophic: the wind that the mass field would hold in geostrophic balance.
    """

    actual: WindField
    geostrophic: WindField


class Balance(NamedTuple):
    """Agreement of a wind v with its geostrophic wind g; < > is a mean over points and components.

    Attributes:
        correlation: <v g> / (<v v> <g g>)^½, 1 in balance.
        slope: <v g> / <g g>, of the regression of v on g through the origin; 1 in balance.
        residual: (<(v - g)²> / <v v>)^½, the ageostrophic share of the amplitude; 0 in balance.
    """

    correlation: np.ndarray
    slope: np.ndarray
    residual: np.ndarray


def winds_of(atmosphere: SpectralState, inputs: Inputs, core: SpeedyCore) -> Winds:
    """The wind of a state and its geostrophic wind; differentiable.

    Args:
        atmosphere: one time level.
        inputs: of the model with core "speedy".
        core: that core.
    """
    c = inputs.step_constants
    parameters, constants = inputs.parameters.dynamics, inputs.parameters.constants
    levels = core.grid.levels
    height = geopotential(atmosphere.temperature, inputs.surface_geopotential, c.hydrostatic)
    vectors = core.packed_transform.synthesis(
        jnp.concatenate(
            [
                *winds(atmosphere.vorticity, atmosphere.divergence, c.operators),
                *gradient(height, c.operators),
                *gradient(atmosphere.log_normalized_surface_pressure, c.operators),
            ],
            axis=1,
        ),
        over_cosine=True,
    )
    u, v, height_x, height_y, pressure = jnp.split(vectors, levels * np.arange(1, 5), axis=1)
    pressure_x, pressure_y = pressure[:, :1], pressure[:, 1:]

    T = core.synthesis(atmosphere.temperature)
    R = constants.gas_constant
    f = 2.0 * parameters.rotation_rate * jnp.asarray(core.horizontal.sine_latitude, T.dtype)
    geostrophic_u = -(height_y + R * T * pressure_y) / f
    geostrophic_v = (height_x + R * T * pressure_x) / f
    return Winds(jnp.stack([u, v]), jnp.stack([geostrophic_u, geostrophic_v]))


def eddies(fields: Winds) -> Winds:
    """The deviation from the zonal mean."""
    return Winds(*(field - field.mean(axis=1, keepdims=True) for field in fields))


def balance_by_latitude(fields: Winds, levels: slice) -> Balance:
    """The measures for each row, over components, longitudes and `levels`; `(latitude,)`.

    A row without any wind has NaN.
    """
    return _balance(*_moments(fields, levels))


def balance_between(
    fields: Winds, levels: slice, latitude_degrees: np.ndarray, weight: np.ndarray, edge: float
) -> dict[str, Balance]:
    """The measures poleward of a latitude, for the north, the south, and both.

    Args:
        fields: see :class:`Winds`.
        levels: which are taken together.
        latitude_degrees: of the rows.
        weight: share of a row in the area of the globe.
        edge: latitude [degrees].
    """
    moments = _moments(fields, levels) * weight
    where = {
        "north": latitude_degrees >= edge,
        "south": latitude_degrees <= -edge,
        "both": np.abs(latitude_degrees) >= edge,
    }
    return {name: _balance(*moments[:, rows].sum(axis=1)) for name, rows in where.items()}


def _moments(fields: Winds, levels: slice) -> np.ndarray:
    """Means of v v, v g, g g and (v - g)² for each row."""
    v, g = (np.asarray(field)[:, :, levels] for field in fields)
    return np.stack(
        [product.mean(axis=(0, 1, 2)) for product in (v * v, v * g, g * g, (v - g) ** 2)]
    )


def _balance(vv: np.ndarray, vg: np.ndarray, gg: np.ndarray, difference: np.ndarray) -> Balance:
    with np.errstate(invalid="ignore", divide="ignore"):
        return Balance(vg / np.sqrt(vv * gg), vg / gg, np.sqrt(difference / vv))
