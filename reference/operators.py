"""Spectral transforms and operators of the Fortran as functions of NumPy arrays.

Spectral fields are complex `(..., m 31, n 32)` with total wavenumber m + n, grids
`(..., latitude 48, longitude 96)` from south to north and eastwards from Greenwich. The functions
raise `InputError` for an unknown formulation, a wrong shape and a value that is not finite, and
`ReferenceUnavailableError` if the Fortran was not built.
"""

from __future__ import annotations

import numpy as np

from reference.dynamics_arguments import (
    GRID_SHAPE,
    SPECTRAL_SHAPE,
    Formulation,
    call,
    complex_of,
    parts_of,
    stacked,
    zeros,
)
from reference.kernels import loaded

Arrays = dict[str, np.ndarray]

_PARTS = (2, *SPECTRAL_SHAPE)
_MAP = (GRID_SHAPE[1], GRID_SHAPE[0])


def synthesis(
    spectral: np.ndarray, *, over_cosine: bool = False, formulation: Formulation = "original"
) -> np.ndarray:
    """Values on the grid; `over_cosine` divides by the cosine of latitude (spec 30 section 5)."""
    fields, leading = stacked(spectral, "spectral", SPECTRAL_SHAPE, complex)
    grid = zeros(*_MAP, len(fields))
    call(
        "operators_facade__to_grid",
        formulation,
        n_fields=len(fields),
        over_cosine=int(over_cosine),
        spectral=parts_of(fields),
        grid=grid,
    )
    return grid.T.reshape(*leading, *GRID_SHAPE)


def analysis(grid: np.ndarray, *, formulation: Formulation = "original") -> np.ndarray:
    """Spectral coefficients of a grid field (spec 30 section 6)."""
    fields, leading = stacked(grid, "grid", GRID_SHAPE, float)
    spectral = zeros(*_PARTS, len(fields))
    call(
        "operators_facade__to_spectral",
        formulation,
        n_fields=len(fields),
        grid=np.asfortranarray(fields.T),
        spectral=spectral,
    )
    return complex_of(spectral).reshape(*leading, *SPECTRAL_SHAPE)


def gradient(
    scalar: np.ndarray, *, formulation: Formulation = "original"
) -> tuple[np.ndarray, np.ndarray]:
    """Eastward and northward derivative times the cosine of latitude, spectral, per m."""
    fields, leading = stacked(scalar, "scalar", SPECTRAL_SHAPE, complex)
    found = _operator(
        "gradient",
        formulation,
        len(fields),
        {"field": parts_of(fields)},
        ("eastward", "northward"),
    )
    eastward, northward = (field.reshape(*leading, *SPECTRAL_SHAPE) for field in found)
    return eastward, northward


def winds(
    vorticity: np.ndarray, divergence: np.ndarray, *, formulation: Formulation = "original"
) -> tuple[np.ndarray, np.ndarray]:
    """Eastward and northward wind times the cosine of latitude, spectral [m s-1]."""
    rotational, leading = stacked(vorticity, "vorticity", SPECTRAL_SHAPE, complex)
    divergent, _ = stacked(divergence, "divergence", SPECTRAL_SHAPE, complex, leading)
    found = _operator(
        "winds",
        formulation,
        len(rotational),
        {"vorticity": parts_of(rotational), "divergence": parts_of(divergent)},
        ("eastward", "northward"),
    )
    eastward, northward = (field.reshape(*leading, *SPECTRAL_SHAPE) for field in found)
    return eastward, northward


def curl_and_divergence(
    eastward: np.ndarray, northward: np.ndarray, *, formulation: Formulation = "original"
) -> tuple[np.ndarray, np.ndarray]:
    """Spectral curl and divergence of a vector field on the grid, its unit per m."""
    u, leading = stacked(eastward, "eastward", GRID_SHAPE, float)
    v, _ = stacked(northward, "northward", GRID_SHAPE, float, leading)
    found = _operator(
        "curl_and_divergence",
        formulation,
        len(u),
        {"eastward": np.asfortranarray(u.T), "northward": np.asfortranarray(v.T)},
        ("curl", "divergence"),
    )
    curl, divergence = (field.reshape(*leading, *SPECTRAL_SHAPE) for field in found)
    return curl, divergence


def laplacian(spectral: np.ndarray, *, formulation: Formulation = "original") -> np.ndarray:
    """Laplacian, the unit of the field per m2."""
    return _of_one_field("laplacian", spectral, formulation)


def inverse_laplacian(spectral: np.ndarray, *, formulation: Formulation = "original") -> np.ndarray:
    """Inverse Laplacian, the unit of the field times m2; zero for total wavenumber 0."""
    return _of_one_field("inverse_laplacian", spectral, formulation)


def truncated(spectral: np.ndarray) -> np.ndarray:
    """The coefficients with total wavenumbers up to 30, zero beyond; alike in all formulations."""
    fields, leading = stacked(spectral, "spectral", SPECTRAL_SHAPE, complex)
    result = zeros(*_PARTS, len(fields))
    loaded().f90wrap_operators_facade__truncated(
        n_fields=len(fields), field=parts_of(fields), result=result
    )
    return complex_of(result).reshape(*leading, *SPECTRAL_SHAPE)


def _of_one_field(name: str, spectral: np.ndarray, formulation: Formulation) -> np.ndarray:
    fields, leading = stacked(spectral, "spectral", SPECTRAL_SHAPE, complex)
    inputs = {"field": parts_of(fields)}
    (result,) = _operator(name, formulation, len(fields), inputs, ("result",))
    return result.reshape(*leading, *SPECTRAL_SHAPE)


def _operator(
    name: str,
    formulation: Formulation,
    n_fields: int,
    inputs: Arrays,
    outputs: tuple[str, ...],
) -> list[np.ndarray]:
    results = {output: zeros(*_PARTS, n_fields) for output in outputs}
    call(f"operators_facade__{name}", formulation, n_fields=n_fields, **inputs, **results)
    return [complex_of(result) for result in results.values()]
