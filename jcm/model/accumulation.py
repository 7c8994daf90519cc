"""Sums of diagnostics over a number of steps, and the means made of them.

Sums are of deviations from a fixed reference, so that neither a mean nor a variance loses its last
digits in single precision.

References:
    Specification page 40, section 2.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from jcm.model.configuration import Configuration, Inputs
from jcm.model.diagnostics import (
    MOMENT_FACTORS,
    Sample,
    diagnostics,
    reference_value,
    shape_of,
)
from jcm.output.catalogue import VARIABLES
from jcm.output.pressure_levels import to_pressure_levels


@dataclasses.dataclass(frozen=True)
class Selection:
    """Which diagnostics are summed. Hashable, hence static under `jax.jit`.

    Attributes:
        surface: diagnostics at the surface, summed in every step.
        level: diagnostics on levels, summed when a sample is due.
        moments: variances and covariances.
        pressure_levels: where fields on levels are interpolated before they are summed [hPa]; empty
            for the levels of the model.
    """

    surface: tuple[str, ...] = ()
    level: tuple[str, ...] = ()
    moments: tuple[str, ...] = ()
    pressure_levels: tuple[float, ...] = ()

    @classmethod
    def of(cls, names: Iterable[str], pressure_levels: tuple[float, ...] = ()) -> Selection:
        """The selection from which :func:`means` gives the variables called `names`."""
        variables = [VARIABLES[name] for name in names]
        needed = dict.fromkeys(
            base for variable in variables for base in variable.moment_of or (variable.name,)
        )
        return cls(
            surface=tuple(name for name in needed if VARIABLES[name].kind == "surface"),
            level=tuple(name for name in needed if VARIABLES[name].kind != "surface"),
            moments=tuple(variable.name for variable in variables if variable.moment_of),
            pressure_levels=pressure_levels,
        )


class Sums(NamedTuple):
    """Sums over samples.

    Attributes:
        surface_samples: how many there are at the surface.
        level_samples: how many there are on levels, everywhere or `(longitude, pressure, latitude)`
            where pressure levels may lie below ground.
        total: of the deviation from the reference, by name.
        product: of the product of two deviations, by name of the moment.
    """

    surface_samples: jax.Array
    level_samples: jax.Array
    total: dict[str, jax.Array]
    product: dict[str, jax.Array]


def no_samples(
    selection: Selection, configuration: Configuration, dtype: jax.typing.DTypeLike
) -> Sums:
    """Sums over nothing.

    Args:
        selection: what will be summed.
        configuration: whose core has the grid.
        dtype: precision of the sums.
    """
    core = configuration.core
    columns = core.horizontal
    on_pressure_levels = (columns.longitudes, len(selection.pressure_levels), columns.latitudes)

    def zero(name: str) -> jax.Array:
        variable = VARIABLES[name]
        if selection.pressure_levels and variable.kind == "level":
            return jnp.zeros(on_pressure_levels, dtype)
        return jnp.zeros(shape_of(variable, core), dtype)

    below_ground = on_pressure_levels if selection.pressure_levels else ()
    return Sums(
        surface_samples=jnp.zeros((), jnp.int32),
        level_samples=jnp.zeros(below_ground, jnp.int32),
        total={name: zero(name) for name in (*selection.surface, *selection.level)},
        product={name: zero(name) for name in selection.moments},
    )


def add_surface(sums: Sums, sample: Sample, selection: Selection) -> Sums:
    """The sums with a step's fields at the surface."""
    deviations = _deviations(sample, selection.surface)
    return _added(sums, deviations, selection)._replace(surface_samples=sums.surface_samples + 1)


def add_levels(sums: Sums, sample: Sample, selection: Selection, due: jax.Array) -> Sums:
    """The sums with a step's fields on levels if a sample is due."""
    if not selection.level:
        return sums
    deviations = _deviations(sample, selection.level)
    counts = due
    if selection.pressure_levels:
        deviations = {
            name: _on_pressure_levels(
                value + reference_value(name, sample.inputs, sample.configuration),
                sample,
                selection.pressure_levels,
            )
            for name, value in deviations.items()
        }
        counts = due & ~jnp.isnan(next(iter(deviations.values())))
    # What does not count may be anything, even infinite.
    deviations = {name: jnp.where(counts, value, 0.0) for name, value in deviations.items()}
    samples = sums.level_samples + counts.astype(jnp.int32)
    return _added(sums, deviations, selection)._replace(level_samples=samples)


def means(
    sums: Sums, inputs: Inputs, *, selection: Selection, configuration: Configuration
) -> dict[str, jax.Array]:
    """Means, variances and covariances; NaN where there is no sample."""

    def samples(name: str) -> jax.Array:
        number = sums.surface_samples if name in selection.surface else sums.level_samples
        return number.astype(sums.total[name].dtype)

    result, deviation = {}, {}
    for name, total in sums.total.items():
        deviation[name] = total / samples(name)
        on_pressure = selection.pressure_levels and name in selection.level
        reference = 0.0 if on_pressure else reference_value(name, inputs, configuration)
        result[name] = reference + deviation[name]
    for name, product in sums.product.items():
        first, second = VARIABLES[name].moment_of
        moment = product / samples(first) - deviation[first] * deviation[second]
        result[name] = MOMENT_FACTORS.get(name, 1.0) * moment
    return result


def _deviations(sample: Sample, names: tuple[str, ...]) -> dict[str, jax.Array]:
    return {
        name: value - reference_value(name, sample.inputs, sample.configuration)
        for name, value in diagnostics(sample, names).items()
    }


def _on_pressure_levels(
    field: jax.Array, sample: Sample, pressure_levels: tuple[float, ...]
) -> jax.Array:
    surface_pressure = 1e-2 * diagnostics(sample, ("surface_pressure",))["surface_pressure"]

    def meridian(columns: jax.Array, pressure: jax.Array) -> jax.Array:
        return to_pressure_levels(
            columns, sample.vertical.full_level_sigma, pressure, pressure_levels
        )

    return jax.vmap(meridian)(field, surface_pressure)


def _added(sums: Sums, deviations: dict[str, jax.Array], selection: Selection) -> Sums:
    total, product = dict(sums.total), dict(sums.product)
    for name, value in deviations.items():
        total[name] = total[name] + value
    for name in selection.moments:
        first, second = VARIABLES[name].moment_of
        if first in deviations:
            product[name] = product[name] + deviations[first] * deviations[second]
    return sums._replace(total=total, product=product)
