"""Distance of floating-point numbers, counted in representable numbers."""

from __future__ import annotations

import numpy as np

_INTEGERS = {np.dtype(np.float32): np.uint32, np.dtype(np.float64): np.uint64}


def ulp_distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """How many steps of `numpy.nextafter` lead from `a` to `b`.

    Both zeros count as one number, and the count goes on across them.

    Args:
        a: finite numbers, float32 or float64.
        b: finite numbers of the same shape and type.

    Returns:
        Unsigned 64-bit integers of the same shape.

    Raises:
        TypeError: if the types differ or are not float32 or float64.
    """
    first, second = np.asarray(a), np.asarray(b)
    if first.dtype != second.dtype or first.dtype not in _INTEGERS:
        raise TypeError(
            f"expected two float32 or two float64 arrays, got {first.dtype}, {second.dtype}"
        )
    rank_a, rank_b = _rank(first), _rank(second)
    return np.where(rank_a > rank_b, rank_a - rank_b, rank_b - rank_a)


def _rank(values: np.ndarray) -> np.ndarray:
    """Position of each number in the ordered sequence of all numbers; both zeros at 2⁶³."""
    bits = values.view(_INTEGERS[values.dtype]).astype(np.uint64)
    sign = np.uint64(1) << np.uint64(8 * values.dtype.itemsize - 1)
    magnitude = bits & (sign - np.uint64(1))
    zero = np.uint64(1) << np.uint64(63)
    return np.where(bits & sign != 0, zero - magnitude, zero + magnitude)
