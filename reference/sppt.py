"""The stochastic patterns of the Fortran as functions of NumPy arrays (spec 26).

Coefficients are complex `(..., level, m, n)`, patterns `(..., level, longitude, latitude)`.
"""

from __future__ import annotations

import numpy as np

from reference.errors import InputError
from reference.kernels import check_formulation, loaded
from reference.spectral import GRID_SHAPE, SPECTRAL_SHAPE


def sppt_constants(formulation: str = "original") -> tuple[np.ndarray, float]:
    """Amplitude of the noise, `(m, n)`, and autocorrelation from call to call.

    Raises:
        InputError: for an unknown formulation.
        ReferenceUnavailableError: if the Fortran was not built.
    """
    amplitude, autocorrelation = np.zeros(SPECTRAL_SHAPE, order="F"), np.zeros(1)
    loaded().f90wrap_sppt_facade__sppt_constants(
        single_precision_constants=_switch(formulation),
        amplitude=amplitude,
        autocorrelation=autocorrelation,
    )
    return amplitude, float(autocorrelation[0])


def sppt_noise(seed: int, calls: int, levels: int) -> np.ndarray:
    """Standard normal real and imaginary parts, `(call, level, m, n)`, from the model's generator.

    Args:
        seed: any whole number of 32 bits.
        calls: number of calls, at least 1.
        levels: at least 1.

    Raises:
        InputError: if an argument is out of range.
        ReferenceUnavailableError: if the Fortran was not built.
    """
    for name, value, lowest, highest in (
        ("seed", seed, -(2**31), 2**31 - 1),
        ("calls", calls, 1, 2**31 - 1),
        ("levels", levels, 1, 2**31 - 1),
    ):
        if not lowest <= value <= highest:
            raise InputError(f"{name} is {value}, expected {lowest} to {highest}.")
    real, imaginary = (np.zeros((*SPECTRAL_SHAPE, levels, calls), order="F") for _ in range(2))
    loaded().f90wrap_sppt_facade__sppt_noise(
        n_levels=levels, n_calls=calls, seed=seed, noise_real=real, noise_imaginary=imaginary
    )
    return _call_first(real + 1j * imaginary)


def sppt_sequence(
    noise: np.ndarray, formulation: str = "original"
) -> tuple[np.ndarray, np.ndarray]:
    """Successive calls for given noise, the first one from the stationary distribution.

    Args:
        noise: standard normal before it is limited, `(call, level, 31, 32)`.
        formulation: "original" or "corrected".

    Returns:
        Coefficients, shaped like the noise, and patterns, `(call, level, 96, 48)`.

    Raises:
        InputError: if the shape is another, a value is not finite, or for an unknown formulation.
        ReferenceUnavailableError: if the Fortran was not built.
    """
    noise = np.asarray(noise)
    if noise.ndim != 4 or noise.shape[-2:] != SPECTRAL_SHAPE:
        raise InputError(f"noise has shape {noise.shape}, expected (call, level, 31, 32).")
    _check_finite(noise, "noise")
    calls, levels = noise.shape[:2]
    fortran_order = np.moveaxis(noise, (0, 1), (3, 2))
    real, imaginary = (np.zeros((*SPECTRAL_SHAPE, levels, calls), order="F") for _ in range(2))
    pattern = np.zeros((*GRID_SHAPE, levels, calls), order="F")
    loaded().f90wrap_sppt_facade__sppt_sequence(
        n_levels=levels,
        n_calls=calls,
        single_precision_constants=_switch(formulation),
        noise_real=np.asfortranarray(fortran_order.real, dtype=float),
        noise_imaginary=np.asfortranarray(fortran_order.imag, dtype=float),
        spectral_real=real,
        spectral_imaginary=imaginary,
        pattern=pattern,
    )
    return _call_first(real + 1j * imaginary), _call_first(pattern)


def perturbed(
    tendency: np.ndarray, pattern: np.ndarray, formulation: str = "original"
) -> np.ndarray:
    """A total tendency of the physics times 1 + pattern, all `(level, 96, 48)`.

    Raises:
        InputError: if a shape is another, a value is not finite, or for an unknown formulation.
        ReferenceUnavailableError: if the Fortran was not built.
    """
    tendency, pattern = np.asarray(tendency), np.asarray(pattern)
    for name, values in (("tendency", tendency), ("pattern", pattern)):
        if values.ndim != 3 or values.shape[-2:] != GRID_SHAPE or len(values) != len(tendency):
            raise InputError(f"{name} has shape {values.shape}, expected (level, 96, 48).")
        _check_finite(values, name)
    # A copy: the Fortran changes it in place.
    result = np.array(np.moveaxis(tendency, 0, -1), dtype=float, order="F")
    loaded().f90wrap_sppt_facade__sppt_perturb(
        n_levels=len(tendency),
        single_precision_constants=_switch(formulation),
        pattern=np.asfortranarray(np.moveaxis(pattern, 0, -1), dtype=float),
        tendency=result,
    )
    return np.moveaxis(result, -1, 0)


def _call_first(array: np.ndarray) -> np.ndarray:
    """From Fortran's `(x, y, level, call)` to `(call, level, x, y)`."""
    return np.moveaxis(array, (3, 2), (0, 1))


def _check_finite(values: np.ndarray, name: str) -> None:
    if not np.isfinite(values).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
        raise InputError(f"{name} is {values[place]} at index {place}, expected a finite number.")


def _switch(formulation: str) -> int:
    check_formulation(formulation)
    return int(formulation == "original")
