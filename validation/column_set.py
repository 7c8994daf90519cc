"""Sets of columns with a reference: a golden file, or columns drawn from a seed."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from reference import golden
from reference.checks import check_inputs
from reference.process import Process, Variable
from reference.sampling import sample
from validation.ports import Port


@dataclasses.dataclass(frozen=True)
class ColumnSet:
    """Columns of one process with the outputs expected of them.

    Attributes:
        process: the declaration.
        reference: "golden" or "fortran", where the expected outputs come from.
        source: golden file relative to the golden folder, or "samples:SEED".
        inputs: by name, `(column, *inner dimensions)`, float64 or whole numbers.
        expected: outputs by name, laid out alike; a golden file may lack some.
        latitude, longitude: degrees, `(column,)`, NaN where a column has no place.
        real: whether a column was taken from a model run, `(column,)`.
        date: `(column,)`, empty where a column has none.
    """

    process: Process
    reference: str
    source: str
    inputs: Mapping[str, np.ndarray]
    expected: Mapping[str, np.ndarray]
    latitude: np.ndarray
    longitude: np.ndarray
    real: np.ndarray
    date: np.ndarray

    @property
    def columns(self) -> int:
        """Number of columns."""
        return len(self.real)

    def defined(self, variable: Variable) -> np.ndarray | None:
        """Where an output means anything, `(column,)`; None if everywhere."""
        if variable.defined_where is None:
            return None
        return self.inputs[variable.defined_where] != 0

    def field_maximum(self, variable: Variable) -> float:
        """Largest absolute value expected of an output, over the columns where it is defined.

        Of drawn columns the hundredth part with the largest values does not count (nor do columns
        that are zero): a single freak would make the measure blind for all others. See
        :meth:`scale` for what the freak is relative to.
        """
        defined = self.defined(variable)
        expected = np.abs(self.expected[variable.name].astype(float)).reshape(self.columns, -1)
        largest = expected.max(axis=1) if defined is None else expected[defined].max(axis=1)
        largest = largest[largest > 0]
        if len(largest) == 0:
            return 0.0
        if self.reference == "golden":
            return float(largest.max())
        return float(np.quantile(largest, 0.99, method="higher"))

    def scale(self, variable: Variable) -> np.ndarray:
        """What differences of an output are relative to, `(column,)`.

        The field maximum; where a column itself holds larger values, the largest of these.
        """
        own = np.abs(self.expected[variable.name].astype(float)).reshape(self.columns, -1)
        return np.fmax(own.max(axis=1), self.field_maximum(variable))

    def outputs(self) -> list[Variable]:
        """Declarations of the outputs that are compared."""
        return [v for v in self.process.outputs if v.name in self.expected]


def golden_sets(process: Process, folder: Path) -> list[ColumnSet]:
    """The golden files of `process` below `folder`.

    Raises:
        InputError: if a file is missing, damaged or holds something that the declaration forbids.
    """
    return [
        ColumnSet(
            process=process,
            reference="golden",
            source=found.path.relative_to(folder).as_posix(),
            inputs=found.inputs,
            expected=found.outputs,
            latitude=found.latitude,
            longitude=found.longitude,
            real=found.real,
            date=found.date,
        )
        for found in golden.read(process, folder)
    ]


def sampled_set(process: Process, columns: int, seed: int, reference: Port) -> ColumnSet:
    """`columns` columns drawn from `seed`, with the outputs of `reference`."""
    inputs = sample(process, columns, seed)
    check_inputs(process, inputs, source=f"samples of seed {seed}")
    nowhere = np.full(columns, np.nan)
    return ColumnSet(
        process=process,
        reference=reference.name,
        source=f"samples:{seed}",
        inputs=inputs,
        expected=reference.run(process, inputs),
        latitude=nowhere,
        longitude=nowhere,
        real=np.zeros(columns, dtype=bool),
        date=np.full(columns, "", dtype=object),
    )
