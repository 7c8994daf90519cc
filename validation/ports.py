"""Ports: implementations of the declared processes that can be compared.

A port maps the inputs of a process, NumPy arrays with the column axis first, to its outputs. Those
of other people are in :mod:`validation.porting`.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from reference import kernels
from reference.process import Process

Outputs = Mapping[str, Any]

#: Columns handed to a JAX function at once. Always the same number, so that each process is
#: compiled once a precision, and a column gives the same digits alone as among others.
BLOCK = 2048


class Port(Protocol):
    """An implementation of processes.

    Attributes:
        name: as on the command line.
        precision: "float64" or "float32".
    """

    name: str
    precision: str

    def offers(self, process: Process) -> bool:
        """Whether the port has this process."""

    def run(self, process: Process, inputs: Mapping[str, np.ndarray]) -> Outputs:
        """Outputs by name, the column axis first, for inputs in double precision."""


class PortError(Exception):
    """A port could not be run; the message says why in one sentence."""


class FortranPort:
    """The Fortran reference."""

    name = "fortran"
    precision = "float64"

    def __init__(self, formulation: str = "original") -> None:
        self._formulation = formulation

    def offers(self, process: Process) -> bool:
        """Always: the build makes a kernel of every declaration."""
        return True

    def run(self, process: Process, inputs: Mapping[str, np.ndarray]) -> Outputs:
        """See :class:`Port`."""
        return kernels.run(process, inputs, formulation=self._formulation)


class JaxPort:
    """The functions of `jcm`, found by the name of the process."""

    name = "jax"

    def __init__(self, precision: str, *, jit: bool = True, formulation: str = "original") -> None:
        self.precision = precision
        self._jit = jit
        self._formulation = formulation
        self._functions: dict[str, Callable[..., Any]] = {}

    def offers(self, process: Process) -> bool:
        """Whether `jcm` has a module of this name."""
        return importlib.util.find_spec(f"jcm.{process.package}.{process.name}") is not None

    def run(self, process: Process, inputs: Mapping[str, np.ndarray]) -> Outputs:
        """See :class:`Port`."""
        try:
            return self._run(process, inputs)
        except Exception as error:  # a broken function is a failed comparison, not the end of all
            raise PortError(f"jax raised {type(error).__name__}: {error}") from error

    def _run(self, process: Process, inputs: Mapping[str, np.ndarray]) -> Outputs:
        import jax

        if process.name not in self._functions:
            self._functions[process.name] = self._function(process)
        function = self._functions[process.name]
        rounded = rounded_inputs(process, inputs, self.precision)
        columns = len(next(iter(rounded.values())))
        blocks = []
        for start in range(0, columns, BLOCK):
            rows = np.minimum(np.arange(start, start + BLOCK), columns - 1)
            # Single precision as users run it: with JAX's double precision switched off.
            with jax.enable_x64(self.precision == "float64"):
                result = function(**{n: np.moveaxis(v[rows], 0, -1) for n, v in rounded.items()})
            blocks.append(
                {n: np.moveaxis(np.asarray(v), -1, 0) for n, v in _as_mapping(result).items()}
            )
        return {n: np.concatenate([block[n] for block in blocks])[:columns] for n in blocks[0]}

    def _function(self, process: Process) -> Callable[..., Any]:
        import jax

        module = importlib.import_module(f"jcm.{process.package}.{process.name}")
        plain = getattr(module, process.name)
        settings = _settings(plain, self._formulation)
        # Keyword arguments that are traced are the declared inputs only; all else is bound here.
        bound = lambda **arrays: plain(**arrays, **settings)  # noqa: E731
        return jax.jit(bound) if self._jit else bound


def _settings(function: Callable[..., Any], formulation: str) -> dict[str, Any]:
    """Parameters, constants, grid and switches of `formulation` that `function` takes."""
    from jcm.formulation import Formulation
    from jcm.parameters import ParameterSet
    from jcm.vertical_grid import VerticalGrid

    switches = Formulation.named(formulation)
    settings: dict[str, Any] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY:
            continue
        default = parameter.default
        if isinstance(default, ParameterSet):
            settings[name] = type(default).for_formulation(switches)
        elif isinstance(default, VerticalGrid):
            settings[name] = VerticalGrid.speedy(switches)
        elif isinstance(default, Formulation):
            settings[name] = switches
    return settings


def _as_mapping(result: Any) -> Outputs:
    if hasattr(result, "_asdict"):
        return result._asdict()
    if isinstance(result, Mapping):
        return result
    raise PortError(
        f"a process returned {type(result).__name__}, expected a mapping or NamedTuple of outputs"
    )


def rounded_inputs(
    process: Process, inputs: Mapping[str, np.ndarray], precision: str
) -> dict[str, np.ndarray]:
    """The declared inputs in the port's precision, whole numbers as int32."""
    return {
        variable.name: np.asarray(inputs[variable.name]).astype(
            np.int32 if variable.integer else precision
        )
        for variable in process.inputs
    }
