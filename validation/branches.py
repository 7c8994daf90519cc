"""Branches that columns take: gates, and the discrete choices that make a result jump.

Gates are counted, to see that every branch has been tried. They are not compared between ports:
many ask whether a computed number is zero or equal to another, which the last digit decides. What a
port must have in common with the reference are the choices, and the fields.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from reference.process import Columns, Process


def gates_taken(process: Process, columns: Columns) -> dict[str, np.ndarray]:
    """Whether each column takes each gate.

    Args:
        process: the declaration.
        columns: inputs and all outputs by name, column axis first.

    Returns:
        Boolean `(column,)` by the gate's name.
    """
    return {gate.name: np.asarray(gate.taken(columns), dtype=bool) for gate in process.gates}


def choices(process: Process, columns: Columns) -> np.ndarray:
    """Integer outputs and declared discrete choices, `(column, n)`; zero where undefined."""
    length = len(columns[process.inputs[0].name])
    parts = [np.zeros((length, 0))]
    for variable in process.outputs:
        if variable.integer:
            values = np.asarray(columns[variable.name]).reshape(length, -1)
            if variable.defined_where is not None:
                values = np.where(columns[variable.defined_where][:, None] != 0, values, 0)
            parts.append(values)
    if process.discrete is not None:
        parts.append(np.asarray(process.discrete(columns)).reshape(length, -1))
    return np.concatenate(parts, axis=1)


def differing_choices(process: Process, a: Columns, b: Columns) -> np.ndarray:
    """Whether the discrete choices of a column differ between two results, `(column,)`."""
    return (choices(process, a) != choices(process, b)).any(axis=1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class GateCount:
    """How many columns took a gate.

    Attributes:
        process: name of the process.
        gate: name of the gate.
        meaning: of the gate, one phrase.
        golden: columns of the golden files.
        samples: columns of the sample.
        needed: smallest sum of both that passes.
    """

    process: str
    gate: str
    meaning: str
    golden: int
    samples: int
    needed: int

    @property
    def passed(self) -> bool:
        """Whether enough columns took the gate."""
        return self.golden + self.samples >= self.needed


def count_gates(
    process: Process,
    golden: list[Columns],
    samples: list[Columns],
    needed: int,
) -> list[GateCount]:
    """Count the columns that took each gate of `process`."""

    def total(sets: list[Columns]) -> dict[str, int]:
        taken = [gates_taken(process, columns) for columns in sets]
        return {gate.name: sum(int(t[gate.name].sum()) for t in taken) for gate in process.gates}

    in_golden, in_samples = total(golden), total(samples)
    return [
        GateCount(
            process=process.name,
            gate=gate.name,
            meaning=gate.meaning,
            golden=in_golden[gate.name],
            samples=in_samples[gate.name],
            needed=needed,
        )
        for gate in process.gates
    ]


def gates_of_column(
    process: Process, columns: Mapping[str, np.ndarray], column: int
) -> tuple[str, ...]:
    """Names of the gates that one column takes."""
    one = {name: np.asarray(values)[column : column + 1] for name, values in columns.items()}
    return tuple(name for name, taken in gates_taken(process, one).items() if taken[0])
