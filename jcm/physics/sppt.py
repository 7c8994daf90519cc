"""Stochastically perturbed tendencies: random patterns that multiply what the physics computes.

Each level has its own pattern, a first-order autoregressive process of every spectral coefficient:

    c ← φ c + σ η ,    r = clip(S[c], ±1) ,    ∂X = ∂X_dynamics + (1 + μ r) ∂X_physics

with white noise η and the synthesis S. The same r multiplies the tendencies of wind, temperature
and humidity; fluxes at the surface, precipitation included, are not perturbed.

Coefficients are in the packed layout of the time loop, `(62, level, 32)`: real parts of m = 0 to
30, then imaginary parts; total wavenumber l = m + n. Patterns are `(longitude, level, latitude)`.

References:
    Specification page 26. Palmer et al. (2009), ECMWF Technical Memorandum 598.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, DTypeLike, Float, Int

from jcm.dynamics.spectral_transform import SPECTRAL_COLUMNS, TRUNCATION, ZONAL_WAVENUMBERS
from jcm.parameters import Number, ParameterSet, exact, literal, parameter_set
from jcm.physics.gates import HARD, Gates

PackedField = Float[Array, "62 level 32"]
GridField = Float[Array, "longitude level latitude"]
_Tendencies = TypeVar("_Tendencies")


@parameter_set
class SpptParameters(ParameterSet):
    """Parameters of the patterns."""

    standard_deviation: Number = literal(
        0.33,
        unit="1",
        meaning="nominal standard deviation of the pattern; the actual one is smaller by √2",
        spec="26",
    )
    decorrelation_time: Number = exact(
        6.0 * 3600.0, unit="s", meaning="time in which correlation falls to 1/e", spec="26"
    )
    length_scale: Number = exact(
        500.0e3, unit="m", meaning="length scale of the spatial correlation", spec="26"
    )
    time_step: Number = exact(2400.0, unit="s", meaning="time between two calls", spec="26")
    planet_radius: Number = exact(6.371e6, unit="m", meaning="radius of the planet", spec="26")
    tapering: Number = exact(
        1.0, unit="1", meaning="weight of the pattern, the same on all levels", spec="26"
    )
    maximum_noise: Number = exact(
        10.0, unit="1", meaning="largest magnitude of a random number", spec="26"
    )
    maximum_pattern: Number = exact(
        1.0, unit="1", meaning="largest magnitude of the pattern", spec="26"
    )


class SpptState(NamedTuple):
    """What is carried from call to call; a pytree of arrays.

    Attributes:
        spectral: coefficients of the patterns [1], `(62, level, 32)`.
        key: seed of the noise, a key of `jax.random`; never changes.
        calls: number of patterns drawn so far.
    """

    spectral: PackedField
    key: jax.Array
    calls: Int[Array, ""]


def autocorrelation(*, parameters: SpptParameters = SpptParameters()) -> Float[Array, ""]:
    """Correlation of a coefficient with itself one call ago, φ = exp(-Δt / τ) [1]."""
    return jnp.exp(-jnp.asarray(parameters.time_step / parameters.decorrelation_time))


def amplitude(*, parameters: SpptParameters = SpptParameters()) -> Float[Array, "62 1 32"]:
    """Amplitude of the noise added to each coefficient in a call.

        σ = F exp(-¼ (ℓ/a)² l (l + 1)) ,
        F² = s² (1 - φ²) / (2 Σ_{l=1}^{30} (2l + 1) exp(-½ (ℓ/a)² l (l + 1)))

    The factor 2 in F does not belong to the normalisation of the spherical harmonics here: the
    patterns' standard deviation is near s/√2.

    Returns:
        [1], packed, the same for real and imaginary parts and for all levels.
    """
    p = parameters
    scale = (p.length_scale / p.planet_radius) ** 2
    l = np.arange(1, TRUNCATION + 1)
    variance = jnp.sum((2 * l + 1) * jnp.exp(-0.5 * scale * (l * (l + 1))))
    φ = autocorrelation(parameters=p)
    factor = jnp.sqrt(p.standard_deviation**2 * (1.0 - φ**2) / (2.0 * variance))
    total = np.arange(ZONAL_WAVENUMBERS)[:, None] + np.arange(SPECTRAL_COLUMNS)
    σ = factor * jnp.exp(-0.25 * scale * (total * (total + 1)))
    return jnp.concatenate([σ, σ])[:, None, :]


def white_noise(
    key: jax.Array, call: Int[Array, ""] | int, levels: int, dtype: DTypeLike = jnp.float32
) -> PackedField:
    """Standard normal numbers for a call, a function of key and call alone.

    A restarted run therefore goes on as the uninterrupted one.

    Args:
        key: of `jax.random`.
        call: number of the call.
        levels: number of levels.
        dtype: of the result; another precision gives another sequence.
    """
    shape = (2 * ZONAL_WAVENUMBERS, levels, SPECTRAL_COLUMNS)
    return jax.random.normal(jax.random.fold_in(key, call), shape, dtype)


def initial_pattern(
    noise: PackedField, *, parameters: SpptParameters = SpptParameters()
) -> PackedField:
    """Coefficients of the first call, drawn from the stationary distribution.

        c = σ η / √(1 - φ²)

    Args:
        noise: η before it is limited, standard normal [1].
        parameters: see :class:`SpptParameters`.
    """
    φ = autocorrelation(parameters=parameters)
    return _innovation(noise, parameters) / jnp.sqrt(1.0 - φ**2).astype(noise.dtype)


def next_pattern(
    spectral: PackedField, noise: PackedField, *, parameters: SpptParameters = SpptParameters()
) -> PackedField:
    """Coefficients of a later call, c ← φ c + σ η.

    Args:
        spectral: c of the call before [1].
        noise: η before it is limited, standard normal [1].
        parameters: see :class:`SpptParameters`.
    """
    φ = autocorrelation(parameters=parameters).astype(noise.dtype)
    return φ * spectral + _innovation(noise, parameters)


def pattern_on_grid(
    spectral: PackedField,
    synthesis: Callable[[PackedField], GridField],
    *,
    parameters: SpptParameters = SpptParameters(),
    gates: Gates = HARD,
) -> GridField:
    """The patterns r, limited in magnitude.

    Args:
        spectral: c [1].
        synthesis: from packed coefficients to the grid.
        parameters: see :class:`SpptParameters`.
        gates: see :class:`jcm.physics.gates.Gates`; the scale is the limit.
    """
    limit = parameters.maximum_pattern
    return gates.clip(synthesis(spectral), -limit, limit, scale=limit)


def perturbed(
    tendencies: _Tendencies, pattern: GridField, *, parameters: SpptParameters = SpptParameters()
) -> _Tendencies:
    """Tendencies of the physics times 1 + μ r.

    Args:
        tendencies: totals of the parametrizations without the dynamical part, a pytree of arrays
            `(longitude, level, latitude)`.
        pattern: r [1].
        parameters: see :class:`SpptParameters`.
    """
    factor = 1.0 + parameters.tapering * pattern
    return jax.tree.map(lambda tendency: factor * tendency, tendencies)


def initial_sppt_state(key: jax.Array, levels: int, dtype: DTypeLike = jnp.float32) -> SpptState:
    """The state before the first call.

    Args:
        key: of `jax.random`.
        levels: number of levels.
        dtype: precision of the patterns.
    """
    shape = (2 * ZONAL_WAVENUMBERS, levels, SPECTRAL_COLUMNS)
    return SpptState(jnp.zeros(shape, dtype), key, jnp.asarray(0, jnp.int32))


def advance(state: SpptState, *, parameters: SpptParameters = SpptParameters()) -> SpptState:
    """Draw the patterns of the next call, the first one from the stationary distribution."""
    levels, dtype = state.spectral.shape[1], state.spectral.dtype
    noise = white_noise(state.key, state.calls, levels, dtype)
    spectral = jnp.where(
        state.calls == 0,
        initial_pattern(noise, parameters=parameters),
        next_pattern(state.spectral, noise, parameters=parameters),
    )
    return SpptState(spectral, state.key, state.calls + 1)


def _innovation(noise: PackedField, parameters: SpptParameters) -> PackedField:
    """σ η with η limited in magnitude."""
    limit = parameters.maximum_noise
    return amplitude(parameters=parameters).astype(noise.dtype) * jnp.clip(noise, -limit, limit)
