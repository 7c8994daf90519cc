"""What is compared of a run: the global mean of every mean field on every level."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from validation.climate.area import area_mean, area_weight
from validation.climate.catalogue import QUANTITIES

#: A level where a quantity hardly is counts as large as this share of the level where it is most.
_LEAST_LEVEL = 1e-3


@dataclasses.dataclass(frozen=True)
class Measures:
    """Numbers of a run.

    Attributes:
        labels: as "temperature level 4".
        values: global means, in the units of :data:`validation.climate.catalogue.QUANTITIES`,
            `(variable,)`.
        sizes: root mean square over the sphere of the same fields, of a level at least 1e-3 of that
            of the quantity's largest, `(variable,)`: what round-off is measured by.
    """

    labels: tuple[str, ...]
    values: np.ndarray
    sizes: np.ndarray


def measures(means: Mapping[str, np.ndarray]) -> Measures:
    """The numbers of a run's means `([level,] latitude, longitude)` by name."""
    labels: list[str] = []
    values: list[float] = []
    sizes: list[float] = []
    weight = area_weight()
    for name in (name for name in QUANTITIES if name in means):
        field = np.asarray(means[name], np.float64)
        levels = field[None] if field.ndim == 2 else field
        size = np.sqrt(np.array([area_mean(level**2, weight) for level in levels]))
        labels += [name] if field.ndim == 2 else [f"{name} level {k}" for k in range(len(levels))]
        values += [float(area_mean(level, weight)) for level in levels]
        sizes += np.maximum(size, _LEAST_LEVEL * size.max()).tolist()
    return Measures(tuple(labels), np.array(values), np.array(sizes))


def units_of(label: str) -> str:
    """Unit of a label's values."""
    return QUANTITIES[label.partition(" level ")[0]].units
