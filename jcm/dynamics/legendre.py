"""Associated Legendre functions, normalised to ∫ P² dμ = 1 over -1 ≤ μ ≤ 1, without phase factor.

Index `(m, n)`: zonal wavenumber m, total wavenumber l = m + n.

References:
    Specification page 30, section 3.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

_NEGLIGIBLE = 1.0e-30


def recurrence_coefficient(zonal: int, columns: int) -> Float[np.ndarray, "{zonal} {columns}"]:
    """ε(m, l) = √((l² - m²) / (4 l² - 1)) for m = 0 ... zonal - 1, n = 0 ... columns - 1."""
    m = np.arange(zonal)[:, None]
    l = m + np.arange(columns)[None, :]
    return np.sqrt((l**2 - m**2) / (4.0 * l**2 - 1.0))


def legendre_functions(
    sine_latitude: Float[np.ndarray, " latitude"],
    cosine_latitude: Float[np.ndarray, " latitude"],
    *,
    zonal: int,
    columns: int,
    single_precision_constants: bool,
) -> Float[np.ndarray, "{zonal} {columns} latitude"]:
    """Functions by the three-term recurrence in l, upwards from l = m.

        P(m, l) = (sin φ P(m, l-1) - ε(m, l-1) P(m, l-2)) / ε(m, l)

    Args:
        sine_latitude: sin φ [1].
        cosine_latitude: cos φ [1].
        zonal: number of zonal wavenumbers.
        columns: number of total wavenumbers per zonal wavenumber.
        single_precision_constants: whether P(0, 0) and the factors between the P(m, m) are single
            precision, as in the original; this makes the functions wrong by up to 8e-7.

    Returns:
        Positive just south of the North pole; values below 1e-30 in size are zero.
    """
    ε = recurrence_coefficient(zonal, columns)
    inverse_ε = np.divide(1.0, ε, out=np.zeros_like(ε), where=ε > 0.0)
    functions = np.zeros((zonal, columns, sine_latitude.size))
    diagonal = np.full(sine_latitude.size, math.sqrt(0.5))
    if single_precision_constants:
        diagonal[:] = np.float32(math.sqrt(0.5))
    for m in range(zonal):
        if m > 0:
            factor = _diagonal_factor(m, single_precision_constants)
            diagonal = diagonal * (factor * cosine_latitude)
        functions[m, 0] = diagonal
        functions[m, 1] = sine_latitude * diagonal * inverse_ε[m, 1]
        for n in range(2, columns):
            functions[m, n] = (
                sine_latitude * functions[m, n - 1] - ε[m, n - 1] * functions[m, n - 2]
            ) * inverse_ε[m, n]
    functions[np.abs(functions) <= float(np.float32(_NEGLIGIBLE))] = 0.0
    return functions


def _diagonal_factor(m: int, single_precision: bool) -> float:
    """P(m, m) / (cos φ P(m-1, m-1)) = √((2m + 1) / (2m))."""
    if single_precision:
        return float(np.sqrt(np.float32(0.5 * (2 * m + 1)) / np.float32(m)))
    return math.sqrt((2 * m + 1) / (2 * m))
