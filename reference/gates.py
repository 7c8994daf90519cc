"""Building blocks of gates that several declarations share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from reference.process import Columns, Gate


def gate(name: str, meaning: str, taken: Callable[[Columns], np.ndarray]) -> Gate:
    """A gate, written in one line."""
    return Gate(name=name, meaning=meaning, taken=taken)


def any_level(mask: np.ndarray) -> np.ndarray:
    """Columns with at least one true entry, `(column,)` from `(column, ...)`."""
    return mask.reshape(len(mask), -1).any(axis=1)


def value_gates(
    variable: str, values: Sequence[int], prefix: str, meaning: str
) -> tuple[Gate, ...]:
    """One gate for each value of an integer variable, named `prefix_value`."""

    def equal(value: int) -> Callable[[Columns], np.ndarray]:
        return lambda c: c[variable] == value

    return tuple(gate(f"{prefix}_{v}", f"{meaning} {v}", equal(v)) for v in values)


SURFACE_GATES = (
    gate("land", "land fraction 1", lambda c: c["land_fraction"] == 1),
    gate("sea", "land fraction 0", lambda c: c["land_fraction"] == 0),
    gate(
        "mixed_surface",
        "both land and sea",
        lambda c: (c["land_fraction"] > 0) & (c["land_fraction"] < 1),
    ),
)
