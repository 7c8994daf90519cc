"""The spectral transform of the Fortran as functions of NumPy arrays.

Grid fields are `(longitude 96, latitude 48)`, south to north; spectral fields are complex
`(m 31, n 32)` with total wavenumber m + n. Any axes may stand before them.
"""

from __future__ import annotations

import numpy as np

from reference import operators
from reference.dynamics_arguments import SPECTRAL_SHAPE, Formulation, stacked
from reference.kernels import formulation_switches, loaded

GRID_SHAPE = (96, 48)


def spectral_constants(formulation: Formulation = "original") -> dict[str, np.ndarray]:
    """Constants of the transform; northern rows are counted from the pole to the equator.

    Args:
        formulation: "original", "corrected", or switches by name, the rest as in the original.

    Returns:
        `sine_latitude` and `gaussian_weight` `(24,)`, `legendre` `(31, 32, 24)`, `fourier_kernel`
        complex `(96, 31)`.

    Raises:
        InputError: for an unknown formulation or switch.
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
    switches = formulation_switches(formulation)
    loaded().f90wrap_spectral_facade__spectral_constants(
        single_precision_constants=int(switches["single_precision_constants"]),
        latitudes_are_approximate=int(switches["latitudes_are_approximate"]),
        **arrays,
    )
    kernel = arrays.pop("fourier_kernel_real") + 1j * arrays.pop("fourier_kernel_imaginary")
    return {**arrays, "fourier_kernel": kernel}


def analysis(field: np.ndarray, formulation: Formulation = "original") -> np.ndarray:
    """Spectral coefficients of grid fields, `(..., 96, 48)` to `(..., 31, 32)` (spec 30 section 6).

    Raises:
        InputError: if the shape is another, or a value is not finite.
        ReferenceUnavailableError: if the Fortran was not built.
    """
    fields, leading = stacked(field, "field", GRID_SHAPE, float)
    coefficients = operators.analysis(fields.swapaxes(-1, -2), formulation=formulation)
    return coefficients.reshape(*leading, *SPECTRAL_SHAPE)


def synthesis(spectral: np.ndarray, formulation: Formulation = "original") -> np.ndarray:
    """Grid fields of spectral coefficients, `(..., 31, 32)` to `(..., 96, 48)` (spec 30 section 5).

    Raises:
        InputError: if the shape is another, or a value is not finite.
        ReferenceUnavailableError: if the Fortran was not built.
    """
    return operators.synthesis(spectral, formulation=formulation).swapaxes(-1, -2)


def truncated(field: np.ndarray, formulation: Formulation = "original") -> np.ndarray:
    """Grid fields without total wavenumbers above 30, `(..., 96, 48)`, as the orography is used.

    Raises:
        InputError: if the shape is another, or a value is not finite.
        ReferenceUnavailableError: if the Fortran was not built.
    """
    return synthesis(operators.truncated(analysis(field, formulation)), formulation)
