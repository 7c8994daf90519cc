"""The Fortran kernels as functions of NumPy arrays.

The generated wrapper checks nothing: a wrong shape would crash the interpreter. Everything
therefore goes through :func:`run`, which checks the input against the declaration, allocates the
output, and turns a kernel's status into an exception.
"""

from __future__ import annotations

import functools
import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from reference.checks import check_inputs
from reference.errors import InputError, KernelError, ReferenceUnavailableError
from reference.formulas import (
    DECIMAL_HALF_LEVEL_SIGMA,
    HALF_LEVEL_SIGMA,
    LOG_NEAR_SURFACE_SIGMA,
)
from reference.process import Process

FORMULATIONS = ("original", "corrected")


@functools.cache
def _extension() -> ModuleType | str:
    """The compiled module, or the reason why there is none."""
    try:
        return importlib.import_module("reference._speedy")
    except ImportError as error:
        return str(error)


@functools.cache
def _table() -> dict[str, Any]:
    loaded()
    return json.loads(_table_path().read_text())


def _table_path() -> Path:
    """Where the build left kernels.json: beside the compiled module in an installation."""
    from importlib.resources import files

    return Path(str(files("reference").joinpath("kernels.json")))


def available() -> bool:
    """Whether the Fortran reference was built."""
    return isinstance(_extension(), ModuleType)


def unavailable_reason() -> str:
    """Why there is no Fortran reference and how to get it, in a sentence; empty if there is."""
    extension = _extension()
    if isinstance(extension, ModuleType):
        return ""
    return (
        "The Fortran reference is not built on this machine: install a Fortran compiler (Debian: "
        "apt install gfortran; Fedora: dnf install gcc-gfortran; macOS: brew install gcc) and "
        f"install this package again ({extension})."
    )


def loaded() -> ModuleType:
    """The compiled module.

    Raises:
        ReferenceUnavailableError: if the Fortran was not built.
    """
    extension = _extension()
    if isinstance(extension, str):
        raise ReferenceUnavailableError(unavailable_reason())
    return extension


def build_information() -> dict[str, str]:
    """Compiler and flags of the reference, for the record; empty if it was not built."""
    if not available():
        return {}
    return {"compiler": _table()["compiler"].strip(), "flags": _table()["flags"].strip()}


def switch_names() -> list[str]:
    """Names of the formulation switches of the Fortran."""
    return list(_table()["switches"])


def formulation_switches(formulation: str | Mapping[str, bool]) -> dict[str, bool]:
    """All switches in the order of the Fortran.

    Args:
        formulation: "original", "corrected", or switches by name, the rest as in the original.

    Raises:
        InputError: for an unknown formulation or switch.
        ReferenceUnavailableError: if the Fortran was not built.
    """
    names = switch_names()
    if isinstance(formulation, str):
        check_formulation(formulation)
        return dict.fromkeys(names, formulation == "original")
    for name in formulation:
        if name not in names:
            raise InputError(f"formulation has no switch {name!r}, expected one of {names}.")
    return {name: bool(formulation.get(name, True)) for name in names}


def parameters(process: Process, formulation: str = "original") -> dict[str, float]:
    """The numbers that the kernel of `process` takes, by name, such as "constants.gravity".

    Raises:
        ValueError: for an unknown formulation.
        ReferenceUnavailableError: if the Fortran was not built.
    """
    check_formulation(formulation)
    entry = _table()["processes"][process.name]
    if formulation == "corrected":
        values = np.array(entry["decimals"], dtype=float)
    else:
        values = np.empty(len(entry["numbers"]))
        if len(values):
            getattr(loaded(), f"f90wrap_{process.name}_facade__defaults")(
                n_numbers=len(values), numbers=values
            )
    return dict(zip(entry["numbers"], values.tolist(), strict=True))


def model_numbers(formulation: str = "original") -> dict[str, float]:
    """The numbers that the whole model reads, by name, such as "dynamics.robert_coefficient".

    Raises:
        InputError: for an unknown formulation.
        ReferenceUnavailableError: if the Fortran was not built.
    """
    check_formulation(formulation)
    entry = _table()["model"]
    if formulation == "corrected":
        values = np.array(entry["decimals"], dtype=float)
    else:
        values = np.empty(len(entry["numbers"]))
        loaded().f90wrap_model_facade__default_numbers(n_numbers=len(values), numbers=values)
    return dict(zip(entry["numbers"], values.tolist(), strict=True))


def run(
    process: Process,
    inputs: Mapping[str, np.ndarray],
    *,
    formulation: str = "original",
    parameters: Mapping[str, float] | None = None,
    switches: Mapping[str, bool] | None = None,
) -> dict[str, np.ndarray]:
    """Call the Fortran kernel of `process` on all columns.

    Args:
        process: the declaration.
        inputs: arrays `(column, *inner dimensions)` by declared name; others are ignored.
        formulation: "original" or "corrected".
        parameters: numbers that replace the defaults, by the names of :func:`parameters`.
        switches: those of the kernel that differ from `formulation`, by the names of
            :func:`switch_names`; constants and levels stay those of `formulation`.

    Returns:
        Outputs by declared name, float64 or int32, `(column, *inner dimensions)`.

    Raises:
        InputError: if the input is not acceptable; names variable, column, level, value.
        KernelError: if the kernel has no answer for a column.
        ReferenceUnavailableError: if the Fortran was not built.
    """
    extension = loaded()
    columns = check_inputs(process, inputs)
    numbers = _numbers(process, formulation, parameters or {})
    half_levels, near_surface = _vertical_grid(formulation)
    arguments: dict[str, Any] = {
        variable.name: np.ascontiguousarray(
            inputs[variable.name], dtype=np.int32 if variable.integer else np.float64
        ).T
        for variable in process.inputs
    }
    outputs = {
        variable.name: np.zeros(
            (columns, *variable.shape), dtype=np.int32 if variable.integer else np.float64
        )
        for variable in process.outputs
    }
    call = getattr(extension, f"f90wrap_{process.name}_facade__columns")
    status, failed_column = call(
        n_columns=columns,
        n_levels=len(half_levels) - 1,
        n_switches=len(switch_names()),
        n_numbers=len(numbers),
        half_level_sigma=half_levels,
        log_near_surface_sigma=near_surface,
        switches=_switch_values(formulation, switches or {}),
        numbers=numbers,
        **arguments,
        **{name: values.T for name, values in outputs.items()},
    )
    if status != 0:
        sentence = text(extension.f90wrap_status_facade__describe_status(status=status))
        raise KernelError(f"process {process.name}, column {failed_column - 1}: {sentence}.")
    return outputs


def _switch_values(formulation: str, replaced: Mapping[str, bool]) -> np.ndarray:
    values = {**dict.fromkeys(switch_names(), formulation == "original"), **replaced}
    # Names are checked by formulation_switches, which knows what to say about an unknown one.
    formulation_switches(values)
    return np.array(list(values.values()), dtype=np.int32)


def text(value: bytes | str) -> str:
    """A character string of the Fortran without its padding."""
    return (value.decode() if isinstance(value, bytes) else value).strip()


def _vertical_grid(formulation: str) -> tuple[np.ndarray, float]:
    """Boundaries of the layers, and ln of the sigma where near-surface values are taken."""
    if formulation == "corrected":
        return DECIMAL_HALF_LEVEL_SIGMA, float(np.log(0.99))
    return HALF_LEVEL_SIGMA, LOG_NEAR_SURFACE_SIGMA


def check_formulation(formulation: str) -> None:
    """Refuse a formulation that does not exist.

    Raises:
        InputError: naming what was given and what is expected.
    """
    if formulation not in FORMULATIONS:
        raise InputError(f"formulation must be one of {FORMULATIONS}, got {formulation!r}.")


def _numbers(process: Process, formulation: str, replaced: Mapping[str, float]) -> np.ndarray:
    defaults = parameters(process, formulation)
    for name in replaced:
        if name not in defaults:
            raise InputError(
                f"process {process.name} has no parameter {name!r}, "
                f"expected one of {sorted(defaults)}."
            )
    return np.array([replaced.get(name, value) for name, value in defaults.items()], dtype=float)
