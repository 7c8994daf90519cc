"""Diffusion of a state of the Dinosaur core, see :mod:`jcm.dynamics.diffusion`."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jcm.dynamics.diffusion import FIELDS, Diffusion, rate
from jcm.dynamics.state import SpectralState
from jcm.vertical_grid import VerticalGrid

Spectral = Float[Array, "field m l"]
Table = Float[np.ndarray, "levels m l"]
_SECONDS_PER_HOUR = 3600.0


class _Term(NamedTuple):
    """A term over a step: d dt, `(levels, 1, l)`."""

    field: str
    amount: Table


class DampingTables(NamedTuple):
    """What the diffusion needs over a step; NumPy, float64.

    Attributes:
        terms: applied in this order.
        drag: of the zonal-mean flow, rate times step, `(level, m, 1)`; or None.
        filter: factor of all fields `(l,)`, or None.
        temperature_profile: t^v, by which the temperature correction varies with height `(level,)`.
        humidity_profile: q^v likewise.
        orographic_correction: see :class:`jcm.dynamics.diffusion.Diffusion`.
    """

    terms: tuple[_Term, ...]
    drag: np.ndarray | None
    filter: np.ndarray | None
    temperature_profile: np.ndarray
    humidity_profile: np.ndarray
    orographic_correction: str


def damping_tables(
    diffusion: Diffusion,
    modal_axes: tuple[np.ndarray, np.ndarray],
    truncation: int,
    grid: VerticalGrid,
    seconds: float,
    exponents: tuple[float, float],
) -> DampingTables:
    """Tables of a step.

    Args:
        diffusion: the choice.
        modal_axes: m and l of the coefficients.
        truncation: T.
        grid: the layers.
        seconds: over which the diffusion acts.
        exponents: of σ in the profiles of the corrections of temperature, R Γ/g, and humidity, the
            ratio of the scale heights (spec 34.1).
    """
    m, l = modal_axes
    level = np.arange(grid.levels)
    terms = []
    for term in diffusion.terms:
        on_level = (level == 0) if term.top_level_only else np.ones(grid.levels)
        amount = seconds * on_level[:, None, None] * rate(term, l, truncation)[None, None, :]
        terms += [_Term(field, amount) for field in FIELDS if field in term.fields]
    drag = None
    if diffusion.zonal_drag:
        per_step = seconds / (diffusion.zonal_drag_time * _SECONDS_PER_HOUR)
        drag = per_step * (level == 0)[:, None, None] * (m == 0)[None, :, None]
    factor = None
    if diffusion.exponential is not None:
        f = diffusion.exponential
        attenuation = f.attenuation * seconds / (60.0 * f.applied_every)
        factor = np.exp(-attenuation * (l / l.max()) ** (2 * f.order))
    σ = np.array(grid.full_level_sigma)
    return DampingTables(
        terms=tuple(terms),
        drag=drag,
        filter=factor,
        temperature_profile=(level >= 1) * σ ** exponents[0],
        humidity_profile=(level >= 2) * σ ** exponents[1],
        orographic_correction=diffusion.orographic_correction,
    )


def damped(
    state: SpectralState,
    temperature_correction: Spectral,
    humidity_correction: Spectral,
    tables: DampingTables,
) -> SpectralState:
    """The state after diffusion and drag.

    Args:
        state: at the end of a step, without diffusion.
        temperature_correction: t^h [K].
        humidity_correction: q^h [g kg-1].
        tables: see :func:`damping_tables`.
    """
    dtype = state.temperature.dtype

    def constant(values: np.ndarray) -> Array:
        return jnp.asarray(values, dtype)

    corrections = {
        "temperature": temperature_correction * constant(tables.temperature_profile)[:, None, None],
        "specific_humidity": humidity_correction * constant(tables.humidity_profile)[:, None, None],
    }
    fields = state._asdict()
    if tables.drag is not None:
        for name in ("vorticity", "divergence"):
            fields[name] = fields[name] / constant(1.0 + tables.drag)
    for name, amount in tables.terms:
        field, correction = fields[name], corrections.get(name)
        if correction is not None and tables.orographic_correction == "operator":
            field = field - constant(amount) * correction
        field = field / constant(1.0 + amount)
        if correction is not None and tables.orographic_correction == "tendency":
            field = field - constant(amount) * correction
        fields[name] = field
    if tables.filter is not None:
        fields = {name: field * constant(tables.filter) for name, field in fields.items()}
    return SpectralState(**fields)
