"""A column network for the boundary layer, equivariant to a mirror by construction.

The network turns a column into vertical fluxes of heat, moisture and momentum; their convergence is
what the column gains. So it moves heat and moisture from layer to layer and makes none; momentum it
may also hand to the ground.

In a mirror that exchanges north and south, what a column looks like is even (temperature, humidity,
eastward wind) or odd (northward wind), and so is what shall come out. A hidden layer of the
equivariant network is a pair: what its neurons say of the column, and what they say of its mirror
image. A layer that treats both alike,

    a⁺ = tanh(W h⁺ + V h⁻ + b) ,    a⁻ = tanh(W h⁻ + V h⁺ + b) ,

exchanges a⁺ and a⁻ where h⁺ and h⁻ are exchanged. Even results are read from a⁺ + a⁻, odd ones
from a⁺ - a⁻, and no training can undo that.

References:
    Cohen, T. and Welling, M. (2016): Group equivariant convolutional networks. ICML; here for the
    group of two elements.
"""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jcm.dynamics.state import GridState, GridTendencies
from jcm.model.configuration import Inputs
from jcm.physics.humidity import level_saturation_humidity
from jcm.physics.physics_result import PhysicsDriver
from jcm.vertical_grid import VerticalGrid

Features = Float[Array, "longitude feature latitude"]
Weights = dict[str, Any]

#: Fluxes of order one through a layer of σ-thickness 0.1 change it by this much in a day.
_HEATING, _MOISTENING, _ACCELERATION = 5.0, 3.0, 5.0  # [K], [g kg-1], [m s-1]
_FLUX_PER_DAY = 0.1 / 86400.0


class ColumnFeatures(NamedTuple):
    """What the network sees of every column, scaled to order one.

    Attributes:
        even: the same in the mirror.
        odd: of the other sign in the mirror.
    """

    even: Features
    odd: Features


@dataclasses.dataclass(frozen=True)
class ColumnNetwork:
    """A correction of the physics for `jcm.Model(correction=...)`. Hashable, hence static.

    Attributes:
        equivariant: whether the mirror is built in. If not, the network is an ordinary one of the
            same depth that is also told the sine of latitude, from which it may learn where it is.
        width: neurons of a hidden layer; an equivariant layer has a pair of values for each.
        grid: the layers.
    """

    equivariant: bool = True
    width: int = 32
    grid: VerticalGrid = VerticalGrid.speedy()

    def __call__(
        self, weights: Weights, state: GridState, physics: PhysicsDriver, inputs: Inputs
    ) -> GridTendencies:
        """Tendencies of all columns, `(longitude, level, latitude)`; see the module.

        Args:
            weights: of :meth:`initial_weights`.
            state: the atmosphere on the grid.
            physics: what the other processes found.
            inputs: of the model.
        """
        features = column_features(state, physics, inputs, self.grid)
        if self.equivariant:
            even, odd = self._equivariant(weights, features)
        else:
            even, odd = self._ordinary(weights, features, inputs)
        inner = self.grid.levels - 1
        heat, moisture, eastward = jnp.split(even, [inner, 2 * inner], axis=1)
        return GridTendencies(
            eastward_wind=_ACCELERATION * self._convergence(eastward),
            northward_wind=_ACCELERATION * self._convergence(odd),
            temperature=_HEATING * self._convergence(heat),
            specific_humidity=_MOISTENING * self._convergence(moisture),
        )

    def initial_weights(self, seed: int, dtype: Any = jnp.float32) -> Weights:
        """Weights at random, those of the last layer zero: a network that does not correct."""
        levels, width = self.grid.levels, self.width
        evens, odds = 3 * levels + 4, levels if self.equivariant else levels + 1
        keys = iter(jax.random.split(jax.random.key(seed), 4))

        def drawn(inputs: int, seen: int) -> jax.Array:
            return jax.random.normal(next(keys), (width, inputs), dtype) / np.sqrt(seen)

        weights = {
            "first_even": drawn(evens, evens + odds),
            "first_odd": drawn(odds, evens + odds),
            "first_bias": jnp.zeros(width, dtype),
            "second": drawn(width, width),
            "second_bias": jnp.zeros(width, dtype),
            "last_even": jnp.zeros((3 * levels - 2, width), dtype),
            "last_odd": jnp.zeros((levels, width), dtype),
        }
        if self.equivariant:
            weights["second_mirrored"] = drawn(width, width)
        return weights

    def _equivariant(self, w: Weights, features: ColumnFeatures) -> tuple[Features, Features]:
        even, odd = _applied(w["first_even"], features.even), _applied(w["first_odd"], features.odd)
        seen = jnp.tanh(even + odd + _column(w["first_bias"]))
        mirrored = jnp.tanh(even - odd + _column(w["first_bias"]))

        def layer(this: Features, other: Features) -> Features:
            total = _applied(w["second"], this) + _applied(w["second_mirrored"], other)
            return jnp.tanh(total + _column(w["second_bias"]))

        seen, mirrored = layer(seen, mirrored), layer(mirrored, seen)
        return (
            _applied(w["last_even"], seen + mirrored),
            _applied(w["last_odd"], seen - mirrored),
        )

    def _ordinary(
        self, w: Weights, features: ColumnFeatures, inputs: Inputs
    ) -> tuple[Features, Features]:
        sine = jnp.broadcast_to(inputs.boundary.fields.sin_latitude, features.even[:, :1].shape)
        odd = jnp.concatenate([features.odd, sine], axis=1)
        hidden = _applied(w["first_even"], features.even) + _applied(w["first_odd"], odd)
        hidden = jnp.tanh(hidden + _column(w["first_bias"]))
        hidden = jnp.tanh(_applied(w["second"], hidden) + _column(w["second_bias"]))
        return _applied(w["last_even"], hidden), _applied(w["last_odd"], hidden)

    def _convergence(self, flux: Features) -> Features:
        """Of downward fluxes at the half levels below the top, with or without that at the ground.

        ∂x/∂t = (F_{k-½} - F_{k+½}) / Δσ_k
        """
        closed_ground = self.grid.levels - flux.shape[1]
        flux = jnp.pad(_FLUX_PER_DAY * flux, ((0, 0), (1, closed_ground), (0, 0)))
        thickness = jnp.asarray(self.grid.sigma_thickness, flux.dtype)
        return -jnp.diff(flux, axis=1) / thickness[:, None]


def column_features(
    state: GridState, physics: PhysicsDriver, inputs: Inputs, grid: VerticalGrid
) -> ColumnFeatures:
    """What the network sees of every column.

    Temperature, scaled by how it varies over the globe about a mean that falls with height,
    relative humidity and wind of every layer; surface pressure, land, how much warmer the ground is
    than the air above it, and the mass flux of deep convection.
    """
    σ = np.asarray(grid.full_level_sigma)
    mean_temperature = np.maximum(210.0, 288.0 * σ**0.19)
    π = jnp.exp(state.log_normalized_surface_pressure)
    saturation = level_saturation_humidity(
        jnp.moveaxis(state.temperature, 1, 0),
        π,
        parameters=inputs.parameters.physics.humidity,
        grid=grid,
    )
    humidity = jnp.maximum(state.specific_humidity, 0.0) / jnp.moveaxis(saturation, 0, 1)
    maps = [
        (π - 0.95) / 0.1,
        inputs.boundary.fields.land_fraction,
        (physics.skin_temperature - physics.near_surface_temperature) / 5.0,
        physics.cloud_base_mass_flux / 0.02,
    ]
    dtype = state.temperature.dtype
    mean_temperature = jnp.asarray(mean_temperature, dtype)[:, None]
    return ColumnFeatures(
        even=jnp.concatenate(
            [
                (state.temperature - mean_temperature) / 15.0,
                2.0 * humidity - 1.0,
                state.eastward_wind / 15.0,
                jnp.stack(maps, axis=1),
            ],
            axis=1,
        ),
        odd=state.northward_wind / 15.0,
    )


def _applied(matrix: Float[Array, "to feature"], field: Features) -> Features:
    return jnp.einsum("tf,xfy->xty", matrix, field)


def _column(values: Float[Array, " feature"]) -> Float[Array, "feature 1"]:
    return values[:, None]
