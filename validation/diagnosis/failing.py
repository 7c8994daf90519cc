"""Which columns a port gets wrong, output by output."""

from __future__ import annotations

import dataclasses

import numpy as np

from reference.process import Process, Variable
from validation.column_set import ColumnSet
from validation.judgement import CHOICES, Judgement, Standard


@dataclasses.dataclass(frozen=True, kw_only=True)
class Failing:
    """The columns of one set that a port gets wrong.

    Attributes:
        standard: the set and what is expected of it.
        found: outputs of the port that can be set against the reference, `(column, ...)`.
        allowed: largest |difference| that passes, by output, `(column,)`; zero of whole numbers.
        wrong: whether a column differs by more, by output, `(column,)`.
    """

    standard: Standard
    found: dict[str, np.ndarray]
    allowed: dict[str, np.ndarray]
    wrong: dict[str, np.ndarray]

    @property
    def columns(self) -> ColumnSet:
        """The set."""
        return self.standard.columns

    @property
    def process(self) -> Process:
        """What is computed."""
        return self.standard.columns.process

    @property
    def any_wrong(self) -> np.ndarray:
        """Whether any output of a column is wrong, `(column,)`."""
        none = np.zeros(self.columns.columns, dtype=bool)
        return np.logical_or.reduce([none, *self.wrong.values()])

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the outputs that are wrong somewhere, in declared order."""
        return tuple(name for name, wrong in self.wrong.items() if wrong.any())


def failing(standard: Standard, judgement: Judgement) -> Failing:
    """What `judgement` found wrong, column by column.

    Columns on a gate are nobody's fault. Outputs of another shape are left out: the comparison has
    said so; those of another type of numbers are looked at all the same.
    """
    columns = standard.columns
    found, allowed, wrong = {}, {}, {}
    for variable in columns.outputs():
        values = judgement.outputs.get(variable.name)
        expected = columns.expected[variable.name]
        if values is None or np.shape(values) != expected.shape:
            continue
        values = np.asarray(values)
        if values.dtype.kind not in "iuf":
            continue
        tolerance = np.zeros(columns.columns)
        for comparison in judgement.comparisons:
            if comparison.output == variable.name and comparison.output != CHOICES:
                tolerance[_rows(columns, comparison.subset)] = comparison.tolerance
        found[variable.name] = values
        allowed[variable.name] = tolerance * columns.scale(variable)
        over = beyond(values, expected, allowed[variable.name])
        defined = columns.defined(variable)
        over &= ~judgement.on_a_gate
        wrong[variable.name] = over if defined is None else over & defined
    return Failing(standard=standard, found=found, allowed=allowed, wrong=wrong)


def beyond(found: np.ndarray, expected: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Columns in which two fields differ by more than `allowed` `(column,)`; NaN differs."""
    return ~(largest_difference(found, expected) <= allowed)


def largest_difference(found: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Largest |difference| in each column, `(column,)`; NaN where either field is not finite."""
    with np.errstate(invalid="ignore", over="ignore"):
        difference = np.abs(found.astype(float) - expected.astype(float))
    return per_column(difference)


def per_column(values: np.ndarray) -> np.ndarray:
    """Largest value of each column, `(column,)`; NaN if there is one among them."""
    return values.reshape(len(values), -1).max(axis=1, initial=0.0)


def wrong_places(case: Failing, variable: Variable) -> dict[str, list[int]]:
    """Indices of each inner dimension at which an output is wrong in some column."""
    rows = np.flatnonzero(case.wrong[variable.name])
    expected = case.columns.expected[variable.name][rows].astype(float)
    allowed = case.allowed[variable.name][rows].reshape(-1, *(1,) * (expected.ndim - 1))
    with np.errstate(invalid="ignore", over="ignore"):
        over = ~(np.abs(case.found[variable.name][rows].astype(float) - expected) <= allowed)
    return {
        dimension: np.flatnonzero(over.any(axis=tuple(set(range(over.ndim)) - {axis + 1}))).tolist()
        for axis, dimension in enumerate(variable.dimensions)
    }


def _rows(columns: ColumnSet, subset: str) -> np.ndarray:
    if subset == "all":
        return np.ones(columns.columns, dtype=bool)
    return columns.real if subset == "real" else ~columns.real
