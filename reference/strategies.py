"""Hypothesis strategies for columns.

Columns are built from the same primitives as those of `reference.sampling`. Shrinking moves every
primitive to the value of a plain column, and profiles to uniform ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from reference.basis import PRIMITIVES, Primitive
from reference.process import Process
from reference.sampling import inputs_from, primitives_of

_DEVIATING_LEVELS = 4


def columns(process: Process, max_columns: int = 3) -> st.SearchStrategy[dict[str, np.ndarray]]:
    """Acceptable inputs of `process` with one to `max_columns` columns.

    Returns:
        A strategy of dictionaries like those of :func:`reference.sampling.sample`.
    """
    names = primitives_of(process)
    column = st.tuples(*(_values(PRIMITIVES[name]) for name in names))

    def assembled(rows: list[tuple[np.ndarray, ...]]) -> dict[str, np.ndarray]:
        basis = {
            name: np.array(values)
            for name, values in zip(names, zip(*rows, strict=True), strict=True)
        }
        return inputs_from(process, basis)

    return st.lists(column, min_size=1, max_size=max_columns).map(assembled)


def _values(primitive: Primitive) -> st.SearchStrategy:
    element = _element(primitive)
    if not primitive.length:
        return element
    index = st.integers(0, primitive.length - 1)
    deviations = st.lists(st.tuples(index, element), max_size=_DEVIATING_LEVELS)
    return st.tuples(element, deviations).map(_profile(primitive))


def _element(primitive: Primitive) -> st.SearchStrategy:
    edges = st.sampled_from(primitive.edges)
    if primitive.integer:
        return edges | st.integers(math.ceil(primitive.minimum), math.floor(primitive.maximum))
    return edges | st.floats(
        primitive.minimum, primitive.maximum, allow_nan=False, allow_subnormal=False
    )


def _profile(primitive: Primitive) -> Callable[[tuple], np.ndarray]:
    """A uniform profile with a few values exchanged."""

    def profile(drawn: tuple[float, list[tuple[int, float]]]) -> np.ndarray:
        uniform, deviations = drawn
        values = np.full(primitive.length, uniform)
        for index, value in deviations:
            values[index] = value
        return values

    return profile
