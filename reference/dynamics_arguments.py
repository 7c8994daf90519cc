"""Checked NumPy arrays as the arguments of the dynamics facades, and back.

Outside, axes are those of the golden files; the Fortran has them reversed, and complex numbers as
pairs of real ones. What is in Fortran's order here becomes `(field, ...)` by transposition.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from reference.errors import InputError
from reference.kernels import formulation_switches, loaded, model_numbers

Formulation = str | Mapping[str, bool]

SPECTRAL_SHAPE = (31, 32)
GRID_SHAPE = (48, 96)
LEVELS = 8


def call(name: str, formulation: Formulation, **arguments: Any) -> None:
    """Call a subroutine of the facades with the settings of a formulation before its arguments.

    Raises:
        InputError: for an unknown formulation or switch.
        ReferenceUnavailableError: if the Fortran was not built.
    """
    switches = formulation_switches(formulation)
    numbers = model_numbers("original" if switches["single_precision_constants"] else "corrected")
    getattr(loaded(), f"f90wrap_{name}")(
        n_switches=len(switches),
        n_numbers=len(numbers),
        switches=np.array(list(switches.values()), dtype=np.int32),
        numbers=np.array(list(numbers.values())),
        **arguments,
    )


def array_argument(
    array: Any, name: str, shape: tuple[int, ...], kind: type[complex] | type[float]
) -> np.ndarray:
    """The array as one of `kind`, if it has the shape and nothing but finite numbers.

    Raises:
        InputError: naming variable, place and value.
    """
    values = np.asarray(array)
    if values.shape != shape:
        raise InputError(f"{name} has shape {values.shape}, expected {shape}.")
    if kind is float and np.iscomplexobj(values):
        raise InputError(f"{name} is complex, expected real numbers.")
    finite = np.isfinite(values)
    if not finite.all():
        place = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise InputError(f"{name} is {values[place]} at index {place}, expected a finite number.")
    return values.astype(kind)


def stacked(
    array: Any,
    name: str,
    shape: tuple[int, int],
    kind: type[complex] | type[float],
    leading: tuple[int, ...] | None = None,
) -> tuple[np.ndarray, tuple[int, ...]]:
    """Fields `(field, *shape)` and the axes that stood before, which must be `leading` if given.

    Raises:
        InputError: naming variable, place and value.
    """
    given = np.shape(array)
    if leading is None and given[-2:] != shape:
        raise InputError(f"{name} has shape {given}, expected (..., {shape[0]}, {shape[1]}).")
    found = given[:-2] if leading is None else leading
    values = array_argument(array, name, (*found, *shape), kind)
    return values.reshape(-1, *shape), found


def parts_of(fields: np.ndarray) -> np.ndarray:
    """Complex `(..., m, n)` as real `(part, m, n, ...)` in Fortran's order."""
    parts = np.stack([fields.real, fields.imag], axis=-3)
    outer = parts.ndim - 3
    order = (*range(outer, parts.ndim), *reversed(range(outer)))
    return np.asfortranarray(parts.transpose(order), dtype=float)


def complex_of(parts: np.ndarray) -> np.ndarray:
    """The inverse of :func:`parts_of`."""
    values = parts.transpose(*reversed(range(3, parts.ndim)), 0, 1, 2)
    return values[..., 0, :, :] + 1j * values[..., 1, :, :]


def zeros(*shape: int) -> np.ndarray:
    """Space for what the Fortran returns."""
    return np.zeros(shape, order="F")
