"""What a declaration of a process consists of.

One declaration per process (package `reference.declarations`) drives everything that has to know
about it: the generated Fortran facade, the reading of golden files, the drawing of columns, the
checks of input, the tables of the report and the documentation.

Arrays in this package are NumPy arrays with the column axis first: `(column,)`, `(column, level)`,
`(column, level, band)`; level 0 is the top.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping

import numpy as np

Columns = Mapping[str, np.ndarray]

#: Dimensions inside a column and their lengths; every other dimension of a file counts columns.
INNER_DIMENSIONS: dict[str, int] = {
    "level": 8,
    "band": 4,
    "shortwave_band": 2,
    "stratospheric_term": 2,
    "surface_type": 3,
    "land_sea": 2,
    "month12": 12,
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Variable:
    """An input or output of a process.

    Attributes:
        name: as in the golden files and in both implementations.
        units: UDUNITS notation.
        meaning: one phrase, with the sign convention of a flux.
        dimensions: inner dimensions after the column axis, a subset of `INNER_DIMENSIONS`.
        integer: whether the values are whole numbers, compared exactly.
        minimum, maximum: accepted range, both ends included; the reference has no answer outside.
        positive: whether zero is excluded as well.
        defined_where: name of an input that is nonzero where this output is defined. Elsewhere it
            holds -1 (integers) or NaN and is not compared.
    """

    name: str
    units: str
    meaning: str
    dimensions: tuple[str, ...] = ()
    integer: bool = False
    minimum: float = -math.inf
    maximum: float = math.inf
    positive: bool = False
    defined_where: str | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the inner dimensions."""
        return tuple(INNER_DIMENSIONS[name] for name in self.dimensions)

    @property
    def expectation(self) -> str:
        """The accepted range in words."""
        if self.positive and math.isinf(self.maximum):
            return "a positive number"
        if self.positive:
            return f"a positive number up to {self.maximum:g}"
        if math.isinf(self.minimum) and math.isinf(self.maximum):
            return "a finite number"
        if math.isinf(self.maximum):
            return f"at least {self.minimum:g}"
        return f"a value from {self.minimum:g} to {self.maximum:g}"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Constraint:
    """What several inputs must satisfy together.

    Attributes:
        inputs: names of the inputs.
        expectation: what is expected of them, in words.
        holds: maps all inputs to a boolean `(column,)`.
    """

    inputs: tuple[str, ...]
    expectation: str
    holds: Callable[[Columns], np.ndarray]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Gate:
    """A branch of a process.

    Attributes:
        name: short, unique in the process.
        meaning: one phrase.
        taken: maps inputs and outputs of a set of columns to a boolean `(column,)`.
    """

    name: str
    meaning: str
    taken: Callable[[Columns], np.ndarray]


@dataclasses.dataclass(frozen=True, kw_only=True)
class GoldenFile:
    """Where numbers of the original are found.

    Attributes:
        path: relative to the golden folder.
        renamed: declared name -> name in the file, where they differ.
        only_outputs: outputs that the file holds, if not all.
        indexed_by: dimension -> variable that holds, for each column, its index in that dimension.
        optional: whether a golden folder may do without it, as one of single columns only will.
    """

    path: str
    renamed: Mapping[str, str] = dataclasses.field(default_factory=dict)
    only_outputs: tuple[str, ...] | None = None
    indexed_by: Mapping[str, str] = dataclasses.field(default_factory=dict)
    optional: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Process:
    """A column process: its face, its branches and where its reference numbers lie.

    Attributes:
        name: of the Fortran kernel, of the JAX function, and of the modules that hold them.
        package: "physics" or "surface", the sub-package of both implementations.
        spec: page of the specification.
        summary: one sentence.
        inputs, outputs: in the order of the kernel's arguments.
        gates: every branch worth counting.
        golden: files with reference numbers.
        constraints: what inputs must satisfy together, beyond their own ranges.
        discrete: maps inputs and outputs to an array `(column, n)` of the choices that make the
            result jump; two results are comparable only where these agree. Integer outputs are
            always part of it.
    """

    name: str
    package: str
    spec: str
    summary: str
    inputs: tuple[Variable, ...]
    outputs: tuple[Variable, ...]
    gates: tuple[Gate, ...]
    golden: tuple[GoldenFile, ...]
    discrete: Callable[[Columns], np.ndarray] | None = None
    constraints: tuple[Constraint, ...] = ()

    def __post_init__(self) -> None:
        names = [variable.name for variable in (*self.inputs, *self.outputs)]
        repeated = {name for name in names if names.count(name) > 1}
        if repeated:
            raise ValueError(f"process {self.name}: variables declared twice: {sorted(repeated)}")

    def variable(self, name: str) -> Variable:
        """The input or output called `name`.

        Raises:
            KeyError: if the process has no such variable.
        """
        for variable in (*self.inputs, *self.outputs):
            if variable.name == name:
                return variable
        raise KeyError(f"process {self.name} has no variable {name!r}")
