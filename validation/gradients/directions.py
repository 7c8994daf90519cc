"""Natural sizes of variables, and directions that belong to a variable by its name.

A direction drawn in one go for a whole state gives every variable another direction as soon as one
is added, and one number for temperatures and humidities alike moves one of them too far or below
rounding. Here every variable has a generator of its own, seeded by its name, and is scaled by its
natural size.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

#: Natural size of a parameter relative to its value: as far as one would tune it.
PARAMETER_SHARE = 0.1
#: Smallest natural size of an element relative to the largest of its variable: a level that hardly
#: varies still has to be moved visibly.
_SMALLEST_SHARE = 1e-3


def unit_direction(name: str, shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Standard normal numbers that depend on `name`, `seed` and `shape` only.

    Args:
        name: of the variable.
        shape: of the result; the first elements of a longer first axis are those of a shorter one.
        seed: any whole number.
    """
    digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "little")).standard_normal(shape)


def directions(
    sizes: Mapping[str, np.ndarray], shapes: Mapping[str, tuple[int, ...]], seed: int = 0
) -> dict[str, np.ndarray]:
    """A direction per variable, of the natural size of each.

    Args:
        sizes: natural sizes by name, broadcastable against the shapes.
        shapes: of the variables to move.
        seed: see :func:`unit_direction`.
    """
    return {name: sizes[name] * unit_direction(name, shape, seed) for name, shape in shapes.items()}


def natural_size(values: np.ndarray) -> np.ndarray:
    """How much a variable varies, `(*inner)` from `(column, *inner)`; always positive.

    The standard deviation over the columns, but nowhere less than a thousandth of the largest one
    of the variable. A variable that is the same everywhere has the tenth part of its value as its
    size, and 1 if that is zero.
    """
    values = np.asarray(values, dtype=float)
    deviation = np.nanstd(values, axis=0) if len(values) else np.zeros(values.shape[1:])
    largest = float(np.max(deviation, initial=0.0))
    magnitude = float(np.nanmax(np.abs(values), initial=0.0))
    # A deviation of a few units in the last place is no variation.
    if largest <= 1e-12 * magnitude or largest == 0:
        return np.full(values.shape[1:], PARAMETER_SHARE * magnitude if magnitude > 0 else 1.0)
    return np.maximum(deviation, _SMALLEST_SHARE * largest)


def parameter_size(value: float) -> float:
    """Natural size of a parameter: the tenth part of its value, 1 if that is zero."""
    return PARAMETER_SHARE * abs(value) if value != 0 else 1.0
