"""Processes as functions of flat vectors: what JAX differentiates, and what the Fortran computes.

A column's floating-point inputs are laid end to end, `(column, input element)`, and so are its
floating-point outputs. Whole numbers have no derivative; they are handed through unchanged.
Parameters are a vector of their own, the same for all columns.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jcm.formulation import Formulation
from jcm.names import named_leaves, with_leaves
from jcm.parameters import ParameterSet
from jcm.vertical_grid import VerticalGrid
from reference import kernels
from reference.errors import InputError, KernelError
from reference.process import Process, Variable
from validation.gradients.column_results import Excluded
from validation.ports import JaxPort

#: A process as a function of JAX arrays: keyword arguments are the declared inputs, `(*inner,
#: *column)`, and sets of parameters; returns a mapping or NamedTuple of outputs.
ColumnFunction = Callable[..., Any]
#: Finds the function of a process.
Implementation = Callable[[Process], ColumnFunction]
Whole = Mapping[str, np.ndarray]

#: Columns handed to a compiled program at once; always the same number, so that a process is
#: compiled once in each mode. Small enough for tests, large enough to be fast.
BLOCK = 512

#: These programs run a few times only: most of their time would go into making them fast.
_COMPILER = {"xla_backend_optimization_level": 0}

#: Parameters that the original rounds to single precision, with what follows from them (spec 14):
#: the band shares of the long wave. Its values are a staircase over them.
ROUNDED = re.compile(r"\.(co2|weak_vapour|strong_vapour)_share_(extreme|curvature|temperature)$")
_WHOLE = "is a whole number, it has no derivative"


def jcm_function(process: Process) -> ColumnFunction:
    """The function of `jcm` that has the name of the process."""
    module = importlib.import_module(f"jcm.{process.package}.{process.name}")
    return getattr(module, process.name)


@dataclasses.dataclass(frozen=True)
class Element:
    """One number among the inputs or outputs of a column.

    Attributes:
        name: of the variable or parameter.
        place: in words, such as "level 3"; empty for a number per column.
        variable: declaration; None for a parameter.
    """

    name: str
    place: str
    variable: Variable | None


def lowest(variable: Variable) -> float:
    """The smallest number that is accepted."""
    return float(np.nextafter(0.0, 1.0)) if variable.positive else variable.minimum


class ColumnProcess:
    """A process on flat vectors, in double precision.

    Attributes:
        process: the declaration.
        inputs, outputs: floating-point variables.
        parameters: names of the parameters that both implementations take.
        defaults: their values, `(parameter,)`.
        input_elements: of the variables, then one per parameter.
        output_elements: of the outputs.
        excluded: what has no derivative.
        rounded: parameters of which this formulation is a staircase.
    """

    def __init__(
        self,
        process: Process,
        implementation: Implementation = jcm_function,
        formulation: str = "original",
    ) -> None:
        self.process = process
        self.formulation = formulation
        self._function = implementation(process)
        self.inputs = [v for v in process.inputs if not v.integer]
        self.outputs = [v for v in process.outputs if not v.integer]
        self._integers = [v for v in process.inputs if v.integer]
        self._sets, self._settings = _keywords(self._function, formulation)
        ours = named_leaves(self._sets)
        theirs = kernels.parameters(process, formulation) if kernels.available() else ours
        self.parameters = [name for name in ours if name in theirs]
        self.defaults = np.array([ours[name] for name in self.parameters], dtype=float)
        self.input_elements = _elements(self.inputs) + [
            Element(name, "", None) for name in self.parameters
        ]
        self.output_elements = _elements(self.outputs)
        self.excluded = _excluded(process, ours, theirs)
        single = formulation == "original"
        self.rounded = [name for name in self.parameters if single and ROUNDED.search(name)]
        self._forward = jax.jit(jax.vmap(self._jvp), compiler_options=_COMPILER)
        self._reverse = jax.jit(jax.vmap(self._vjp), compiler_options=_COMPILER)

    @property
    def variable_elements(self) -> int:
        """Number of input elements that are not parameters."""
        return len(self.input_elements) - len(self.parameters)

    @property
    def differentiable(self) -> bool:
        """Whether there is a floating-point number on both sides."""
        return bool(self.input_elements) and bool(self.output_elements)

    def elements_named(self, name: str) -> list[int]:
        """Indices of the elements of an input variable or parameter.

        Raises:
            InputError: if there is none of this name, or it is a whole number.
        """
        found = [i for i, element in enumerate(self.input_elements) if element.name == name]
        if found:
            return found
        if any(v.name == name for v in self._integers):
            raise InputError(f"process {self.process.name}: {name} {_WHOLE}.")
        kind = "parameter" if "." in name else "input"
        known = dict.fromkeys(
            e.name for e in self.input_elements if ("." in e.name) == ("." in name)
        )
        raise InputError(
            f"process {self.process.name} has no {kind} {name!r}, expected one of {[*known]}."
        )

    # Flat vectors

    def flat(self, inputs: Mapping[str, np.ndarray]) -> np.ndarray:
        """Floating-point inputs laid end to end, `(column, element)`."""
        return _laid_end_to_end(inputs, self.inputs, self.process.inputs[0].name)

    def whole(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Whole-number inputs, `(column, *inner)`."""
        return {v.name: np.asarray(inputs[v.name], np.int32) for v in self._integers}

    def unflat(self, x: np.ndarray, whole: Whole) -> dict[str, np.ndarray]:
        """The inverse of :meth:`flat` and :meth:`whole`."""
        inputs, start = dict(whole), 0
        for variable in self.inputs:
            length = int(np.prod(variable.shape))
            inputs[variable.name] = x[:, start : start + length].reshape(-1, *variable.shape)
            start += length
        return inputs

    def flat_outputs(self, outputs: Mapping[str, np.ndarray], whole: Whole) -> np.ndarray:
        """Floating-point outputs laid end to end, `(column, element)`; zero where undefined."""
        flat = _laid_end_to_end(outputs, self.outputs, self.process.outputs[0].name)
        return np.where(self.defined(whole), flat, 0.0)

    def defined(self, whole: Whole) -> np.ndarray:
        """Where an output means anything, `(column or 1, output element)`."""
        parts = [
            np.ones((1, 1), bool)
            if element.variable is None or element.variable.defined_where is None
            else (np.asarray(whole[element.variable.defined_where]) != 0)[:, np.newaxis]
            for element in self.output_elements
        ]
        length = max((len(part) for part in parts), default=1)
        return np.concatenate([np.broadcast_to(p, (length, 1)) for p in parts], axis=1)

    # The reference

    def reference(
        self, x: np.ndarray, whole: Whole, parameters: Mapping[str, float] | None = None
    ) -> np.ndarray:
        """Flat outputs of the reference, `(column, output element)`; NaN where it has no answer.

        Args:
            x: `(column, element)`, `(column, variable element)`.
            whole: see :meth:`whole`.
            parameters: numbers that replace the defaults, for all columns.
        """
        if not kernels.available():
            defaults = zip(self.parameters, self.defaults, strict=True)
            theta = np.array([(parameters or {}).get(name, value) for name, value in defaults])
            return self.values(x, whole, theta)
        try:
            outputs = self._fortran(x, whole, parameters)
        except KernelError:
            if len(x) == 1:
                return np.full((1, len(self.output_elements)), np.nan)
            half = len(x) // 2
            parts = [
                self.reference(x[rows], {n: v[rows] for n, v in whole.items()}, parameters)
                for rows in (slice(None, half), slice(half, None))
            ]
            return np.concatenate(parts)
        return self.flat_outputs(outputs, whole)

    def reference_outputs(self, x: np.ndarray, whole: Whole) -> dict[str, np.ndarray]:
        """All outputs of the reference by name, whole numbers included.

        Raises:
            KernelError: if the reference has no answer.
        """
        if kernels.available():
            return self._fortran(x, whole, None)
        port = JaxPort("float64", formulation=self.formulation)
        return dict(port.run(self.process, self.unflat(x, whole)))

    def _fortran(
        self, x: np.ndarray, whole: Whole, parameters: Mapping[str, float] | None
    ) -> dict[str, np.ndarray]:
        return kernels.run(
            self.process,
            self.unflat(x, whole),
            formulation=self.formulation,
            parameters=parameters,
        )

    # The function under test

    def values(self, x: np.ndarray, whole: Whole, theta: np.ndarray | None = None) -> np.ndarray:
        """Flat outputs of the function under test, `(column, output element)`."""
        return self.jvp(x, whole, np.zeros((len(x), len(self.input_elements))), theta)[0]

    def jvp(
        self, x: np.ndarray, whole: Whole, direction: np.ndarray, theta: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Values, and J v in forward mode, `(column, output element)` each.

        Args:
            x: `(column, variable element)`.
            whole: see :meth:`whole`.
            direction: v, `(column, input element)`.
            theta: parameters, `(parameter,)` or `(column, parameter)`; the defaults if None.
        """
        n = self.variable_elements
        parts = [x, whole, direction[:, :n], direction[:, n:]]
        values, tangents = self._in_blocks(self._forward, parts, theta)
        return values, tangents

    def vjp(
        self, x: np.ndarray, whole: Whole, weights: np.ndarray, theta: np.ndarray | None = None
    ) -> np.ndarray:
        """Jᵀ w in reverse mode, `(column, input element)`, from w `(column, output element)`."""
        of_variables, of_parameters = self._in_blocks(self._reverse, [x, whole, weights], theta)
        return np.concatenate([of_variables, of_parameters], axis=1)

    def _in_blocks(
        self, program: Callable[..., Any], parts: list[Any], theta: np.ndarray | None
    ) -> tuple[np.ndarray, ...]:
        length = len(parts[0])
        theta = self.defaults if theta is None else theta
        parts = [parts[0], np.broadcast_to(theta, (length, len(self.defaults))), *parts[1:]]
        results = []
        for start in range(0, length, BLOCK):
            rows = np.minimum(np.arange(start, start + BLOCK), length - 1)
            block = jax.tree.map(lambda part, rows=rows: part[rows], parts)
            with jax.enable_x64(True):
                found = program(*block)
            results.append([np.asarray(part) for part in found])
        return tuple(np.concatenate(blocks)[:length] for blocks in zip(*results, strict=True))

    def _single(self, whole: Mapping[str, jax.Array]) -> Callable[..., jax.Array]:
        """The flat function of one column: (x, θ) to the outputs."""

        def function(x: jax.Array, theta: jax.Array) -> jax.Array:
            inputs: dict[str, Any] = dict(whole)
            start = 0
            for variable in self.inputs:
                length = int(np.prod(variable.shape))
                inputs[variable.name] = x[start : start + length].reshape(variable.shape)
                start += length
            moved = {name: theta[i] for i, name in enumerate(self.parameters)}
            sets = with_leaves(self._sets, moved, what="parameter")
            result = self._function(**inputs, **sets, **self._settings)
            outputs = result._asdict() if hasattr(result, "_asdict") else result
            parts = []
            for variable in self.outputs:
                values = jnp.reshape(outputs[variable.name], -1)
                if variable.defined_where is not None:
                    values = jnp.where(whole[variable.defined_where] != 0, values, 0.0)
                parts.append(values)
            return jnp.concatenate(parts)

        return function

    def _jvp(self, x: Any, theta: Any, whole: Any, dx: Any, dtheta: Any) -> Any:
        return jax.jvp(self._single(whole), (x, theta), (dx, dtheta))

    def _vjp(self, x: Any, theta: Any, whole: Any, weights: Any) -> Any:
        _, pullback = jax.vjp(self._single(whole), x, theta)
        return pullback(weights)


def _keywords(
    function: ColumnFunction, formulation: str
) -> tuple[dict[str, ParameterSet], dict[str, Any]]:
    """Sets of numbers that a function takes, by argument, and its other settings."""
    switches = Formulation.named(formulation)
    sets: dict[str, ParameterSet] = {}
    settings: dict[str, Any] = {}
    for argument in inspect.signature(function).parameters.values():
        if isinstance(argument.default, ParameterSet):
            sets[argument.name] = type(argument.default).for_formulation(switches)
        elif isinstance(argument.default, VerticalGrid):
            settings[argument.name] = VerticalGrid.speedy(switches)
        elif isinstance(argument.default, Formulation):
            settings[argument.name] = switches
    return sets, settings


def _elements(variables: Sequence[Variable]) -> list[Element]:
    return [
        Element(
            variable.name,
            ", ".join(f"{d} {i}" for d, i in zip(variable.dimensions, place, strict=True)),
            variable,
        )
        for variable in variables
        for place in np.ndindex(variable.shape)
    ]


def _laid_end_to_end(
    arrays: Mapping[str, np.ndarray], variables: Sequence[Variable], any_name: str
) -> np.ndarray:
    columns = len(arrays[any_name])
    parts = [np.asarray(arrays[v.name], float).reshape(columns, -1) for v in variables]
    return np.concatenate([np.zeros((columns, 0)), *parts], axis=1)


def _excluded(
    process: Process, ours: Mapping[str, Any], theirs: Mapping[str, Any]
) -> list[Excluded]:
    """Whole numbers, and parameters that only one implementation takes."""
    found = [
        Excluded(v.name, role, f"{v.name} {_WHOLE}.")
        for role, variables in (("input", process.inputs), ("output", process.outputs))
        for v in variables
        if v.integer
    ]
    found += [
        Excluded(name, "input", f"{name} is a number that the Fortran kernel does not take.")
        for name in ours
        if name not in theirs
    ]
    return found + [
        Excluded(name, "input", f"{name} is a number that only the Fortran kernel takes.")
        for name in theirs
        if name not in ours
    ]
