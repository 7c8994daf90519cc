"""Interpolation from sigma levels to pressure levels, as a part of the computation."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jcm.arrays import ColumnField, LevelField

PressureField = Float[Array, "pressure *column"]
LogSigma = Float[np.ndarray, " level"]


def to_pressure_levels(
    field: LevelField,
    full_level_sigma: Sequence[float],
    surface_pressure: ColumnField,
    pressure: Sequence[float],
) -> PressureField:
    """`field` at the given pressures, linear in ln p between the centres of the layers.

        X(p) = X_k + (X_{k+1} - X_k) (ln p - ln σ_k p_s) / ln(σ_{k+1} / σ_k),
        σ_k p_s <= p <= σ_{k+1} p_s

    Between the lowest centre and the surface X is that of the lowest layer, above the highest
    centre that of the top layer: nothing is extrapolated. Below ground, p > p_s, X is NaN.

    Differentiable with respect to `field` and `surface_pressure` (at the kinks, where p meets the
    centre of a layer, a one-sided or mean slope). NaN in a layer reaches all pressures of its
    column.

    Args:
        field: at the centres of the layers, `(level, *column)`, level 0 at the top.
        full_level_sigma: sigma of the centres, increasing, length `level`; static.
        surface_pressure: p_s [same units as `pressure`], `(*column)`.
        pressure: p, any order; static.

    Returns:
        `(pressure, *column)`, units of `field`.

    Raises:
        ValueError: if `full_level_sigma` does not increase or is not as long as the level axis.
    """
    log_sigma = np.log(np.asarray(full_level_sigma, np.float64))
    if log_sigma.shape != field.shape[:1] or np.any(np.diff(log_sigma) <= 0.0):
        raise ValueError(
            f"full_level_sigma must be {field.shape[0]} increasing numbers, got {full_level_sigma}"
        )
    return jnp.stack([_at_pressure(field, log_sigma, surface_pressure, float(p)) for p in pressure])


def _at_pressure(
    field: LevelField,
    log_sigma: LogSigma,
    surface_pressure: ColumnField,
    pressure: float,
) -> ColumnField:
    x = jnp.log(pressure / surface_pressure)  # ln sigma of the pressure surface
    # Share of the way from one centre to the next that x has come: 0, in between, or 1.
    passed = [
        jnp.clip((x - above) / (below - above), 0.0, 1.0)
        for above, below in zip(log_sigma[:-1].tolist(), log_sigma[1:].tolist(), strict=True)
    ]
    # Weights of the layers: not differences of X, which would lose digits in geopotential.
    whole = jnp.ones_like(x)
    bounds = [whole, *passed, jnp.zeros_like(x)]
    value = sum((bounds[k] - bounds[k + 1]) * field[k] for k in range(len(log_sigma)))
    return jnp.where(pressure > surface_pressure, jnp.nan, value)
