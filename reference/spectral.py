"""The spectral transform of the Fortran as functions of NumPy arrays.

Grid fields are `(longitude 96, latitude 48)`, south to north; spectral fields are complex
`(m 31, n 32)` with total wavenumber m + n. Any axes may stand before them.
"""

from __future__ import annotations

import numpy as np

from reference.errors import InputError
from reference.kernels import check_formulation, loaded

GRID_SHAPE = (96, 48)
SPECTRAL_SHAPE = (31, 32)


def spectral_constants(formulation: str = "original") -> dict[str, np.ndarray]:
    """Constants of the transform; northern rows are counted from the pole to the equator.

    Returns:
        `sine_latitude` and `gaussian_weight` `(24,)`, `legendre` `(31, 32, 24)`, `fourier_kernel`
        complex `(96, 31)`.

    Raises:
        InputError: for an unknown formulation.
        ReferenceUnavailableError: if the Fortran was not built.
    """
    shapes = {
        "sine_latitude": (24,),
        "gaussian_weight": (24,),
        "legendre": (*SPECTRAL_SHAPE, 24),
        "fourier_kernel_real": (96, 31),
        "fourier_kernel_imaginary": (96, 31),
    }
    arrays = {name: np.zeros(shape, order="F") for name, shape in shapes.items()}
    loaded().f90wrap_spectral_facade__spectral_constants(
        single_precision_constants=_switch(formulation), **arrays
    )
    kernel = arrays.pop("fourier_kernel_real") + 1j * arrays.pop("fourier_kernel_imaginary")
    return {**arrays, "fourier_kernel": kernel}


def analysis(field: np.ndarray, formulation: str = "original") -> np.ndarray:
    """Spectral coefficients of grid fields, `(..., 96, 48)` to `(..., 31, 32)` (spec 30 section 6).

    Raises:
        InputError: if the shape is another, or a value is not finite.
        ReferenceUnavailableError: if the Fortran was not built.
    """
    fields, leading = _stacked(field, GRID_SHAPE, "field")
    real, imaginary = (np.zeros((*SPECTRAL_SHAPE, len(fields)), order="F") for _ in range(2))
    loaded().f90wrap_spectral_facade__grid_to_spectral(
        n_fields=len(fields),
        single_precision_constants=_switch(formulation),
        grid=_fortran(fields),
        spectral_real=real,
        spectral_imaginary=imaginary,
    )
    return np.moveaxis(real + 1j * imaginary, -1, 0).reshape(*leading, *SPECTRAL_SHAPE)


def synthesis(spectral: np.ndarray, formulation: str = "original") -> np.ndarray:
    """Grid fields of spectral coefficients, `(..., 31, 32)` to `(..., 96, 48)` (spec 30 section 5).

    Raises:
        InputError: if the shape is another, or a value is not finite.
        ReferenceUnavailableError: if the Fortran was not built.
    """
    fields, leading = _stacked(spectral, SPECTRAL_SHAPE, "spectral")
    grid = np.zeros((*GRID_SHAPE, len(fields)), order="F")
    loaded().f90wrap_spectral_facade__spectral_to_grid(
        n_fields=len(fields),
        single_precision_constants=_switch(formulation),
        spectral_real=_fortran(fields.real),
        spectral_imaginary=_fortran(fields.imag),
        grid=grid,
    )
    return np.moveaxis(grid, -1, 0).reshape(*leading, *GRID_SHAPE)


def truncated(field: np.ndarray, formulation: str = "original") -> np.ndarray:
    """Grid fields without total wavenumbers above 30, `(..., 96, 48)`, as the orography is used.

    Raises:
        InputError: if the shape is another, or a value is not finite.
        ReferenceUnavailableError: if the Fortran was not built.
    """
    fields, leading = _stacked(field, GRID_SHAPE, "field")
    result = np.zeros((*GRID_SHAPE, len(fields)), order="F")
    loaded().f90wrap_spectral_facade__truncate_grid(
        n_fields=len(fields),
        single_precision_constants=_switch(formulation),
        grid=_fortran(fields),
        truncated=result,
    )
    return np.moveaxis(result, -1, 0).reshape(*leading, *GRID_SHAPE)


def _switch(formulation: str) -> int:
    check_formulation(formulation)
    return int(formulation == "original")


def _stacked(
    array: np.ndarray, shape: tuple[int, int], name: str
) -> tuple[np.ndarray, tuple[int, ...]]:
    values = np.asarray(array)
    if values.shape[-2:] != shape:
        raise InputError(
            f"{name} has shape {values.shape}, expected (..., {shape[0]}, {shape[1]})."
        )
    if not np.isfinite(values).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
        raise InputError(f"{name} is {values[place]} at index {place}, expected a finite number.")
    return values.reshape(-1, *shape), values.shape[:-2]


def _fortran(fields: np.ndarray) -> np.ndarray:
    return np.asfortranarray(np.moveaxis(fields, 0, -1), dtype=float)
