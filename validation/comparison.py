"""The comparator: one output of a port against its reference, in plain NumPy.

The field measure is max |difference| / max |reference| over the columns of a file (or of a sample).
Whole numbers must agree exactly. Whatever cannot be compared is a failure with a reason.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from reference.checks import place_in_words
from reference.process import Variable
from validation.ulp import ulp_distance

#: Largest field measure that passes where conditioning does not ask for more.
BASE_TOLERANCE = {"float64": 1e-12, "float32": 2e-5}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Measure:
    """How far one output is from its reference.

    Attributes:
        columns: number of columns compared.
        max_abs: largest absolute difference, in the units of the output.
        max_rel_to_field_max: the field measure; infinite where a zero field is not zero.
        max_ulp: largest distance in units in the last place of the port's precision.
        differing: number of columns that differ at all.
        passed: whether the field measure is within tolerance, or whole numbers are equal.
        reason: why the comparison could not be made, empty if it could.
        worst: index `(column, *inner dimensions)` of the largest difference, or of what made the
            comparison impossible; None without such a place.
    """

    columns: int
    max_abs: float = math.nan
    max_rel_to_field_max: float = math.nan
    max_ulp: int | None = None
    differing: int | None = None
    passed: bool = False
    reason: str = ""
    worst: tuple[int, ...] | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Worst:
    """The place of the largest difference of a comparison.

    Attributes:
        file: golden file relative to the golden folder, or "samples:SEED".
        column: index of the column in that file, from 0.
        latitude: degrees north, NaN if the column has no place.
        longitude: degrees east, NaN if the column has no place.
        date: of the column, empty if it has none.
        index: inner dimension -> index, for instance {"level": 3}.
        value: what the port gives.
        expected: what the reference gives.
        difference: value - expected.
        relative: |difference| / |expected|.
        ulp: distance in units in the last place.
        gates: branches that the reference takes in this column.
        replay: command line that shows this column alone.
    """

    file: str
    column: int
    latitude: float
    longitude: float
    date: str
    index: dict[str, int]
    value: float | int | None
    expected: float | int | None
    difference: float | int | None
    relative: float | None
    ulp: int | None
    gates: tuple[str, ...]
    replay: str

    def as_record(self) -> dict[str, Any]:
        """For `results.json`: as the attributes, and the level at the top of the record."""
        return {**dataclasses.asdict(self), "level": self.index.get("level")}


#: What :class:`Worst` says where no number is worst.
NO_NUMBERS = dict.fromkeys(("value", "expected", "difference", "relative", "ulp"))


def deviation(variable: Variable, expected: np.generic, found: np.generic) -> dict[str, Any]:
    """How far a single value is from its reference, as the fields of :class:`Worst` say it."""
    difference, ulp = float(found) - float(expected), None
    if variable.integer:
        ulp = abs(int(found) - int(expected))
    elif np.isfinite(found) and np.isfinite(expected):
        ulp = int(ulp_distance(found, expected.astype(found.dtype)))
    as_number = int if variable.integer else float
    return {
        "value": as_number(found),
        "expected": as_number(expected),
        "difference": as_number(difference) if np.isfinite(difference) else difference,
        "relative": abs(difference) / abs(float(expected)) if expected != 0 else None,
        "ulp": ulp,
    }


@dataclasses.dataclass(frozen=True, kw_only=True)
class Comparison:
    """One output of one port against one reference: a line of the report.

    Attributes:
        process: name of the process.
        output: name of the output, or "choices" for the discrete choices.
        implementation: name of the port.
        precision: "float64" or "float32".
        reference: "golden" or "fortran".
        source: golden file or "samples:SEED".
        subset: "all" columns, or the "real" or "synthetic" ones of a golden file.
        measure: the numbers.
        response: field measure of the reference's own response to inputs moved by one unit in the
            last place; NaN where it is not needed.
        field_maximum: what differences are relative to, except in columns with larger values; see
            :meth:`validation.column_set.ColumnSet.field_maximum`.
        tolerance: largest field measure that passes.
        tolerance_source: where the tolerance comes from.
        on_a_gate: columns left out because the reference itself takes another branch there when
            its input moves by a unit in the last place.
        worst: place of the largest difference, None if there is none.
    """

    process: str
    output: str
    implementation: str
    precision: str
    reference: str
    source: str
    subset: str
    measure: Measure
    response: float
    field_maximum: float
    tolerance: float
    tolerance_source: str
    on_a_gate: int
    worst: Worst | None

    @property
    def passed(self) -> bool:
        """Whether the port is within tolerance."""
        return self.measure.passed

    @property
    def margin(self) -> float:
        """Field measure / tolerance: passed up to 1; infinite where whole numbers differ."""
        if self.measure.reason:
            return math.inf
        if self.tolerance > 0:
            return self.measure.max_rel_to_field_max / self.tolerance
        return 0.0 if self.passed else math.inf

    @property
    def conditioned(self) -> bool:
        """Whether it passes only because the reference itself responds so strongly."""
        base = BASE_TOLERANCE[self.precision]
        return self.passed and self.tolerance > 0 and self.measure.max_rel_to_field_max > base

    def as_record(self) -> dict[str, Any]:
        """For `results.json`."""
        measure = self.measure
        share = None if measure.differing is None else 100.0 * measure.differing / measure.columns
        return {
            "process": self.process,
            "output": self.output,
            "implementation": self.implementation,
            "precision": self.precision,
            "reference": self.reference,
            "source": self.source,
            "subset": self.subset,
            "columns": measure.columns,
            "max_abs": measure.max_abs,
            "max_rel_to_field_max": measure.max_rel_to_field_max,
            "max_ulp": measure.max_ulp,
            "differing": measure.differing,
            "differing_percent": share,
            "response": self.response,
            "field_maximum": self.field_maximum,
            "base_tolerance": BASE_TOLERANCE[self.precision] if self.tolerance > 0 else 0.0,
            "tolerance": self.tolerance,
            "tolerance_source": self.tolerance_source,
            "margin": self.margin,
            "on_a_gate": self.on_a_gate,
            "passed": self.passed,
            "reason": measure.reason,
            "worst": None if self.worst is None else self.worst.as_record(),
        }


def compare(
    variable: Variable,
    expected: np.ndarray,
    found: Any,
    *,
    precision: str = "float64",
    tolerance: float = BASE_TOLERANCE["float64"],
    defined: np.ndarray | None = None,
    excluded: np.ndarray | None = None,
    scale: np.ndarray | None = None,
) -> Measure:
    """Measure the output `found` of a port against `expected`.

    Args:
        variable: declaration of the output.
        expected: the reference, `(column, *inner dimensions)`, float64 or whole numbers.
        found: what the port returned under the output's name; None if it returned nothing.
        precision: of the port, "float64" or "float32".
        tolerance: largest field measure that passes; not used for whole numbers.
        defined: whether the output means anything, `(column,)`; other columns are not looked at.
        excluded: columns not to compare, `(column,)`. They still count towards the field's maximum.
        scale: what differences are relative to, `(column,)`; by default max |expected| throughout.

    Returns:
        The measure; with a `reason`, and not passed, if the two cannot be compared.
    """
    columns = len(expected)
    values = None if found is None else np.asarray(found)
    reason = _unlike(variable, expected, values, precision)
    if reason:
        return Measure(columns=columns, reason=reason)
    assert values is not None

    looked_at = np.ones(columns, dtype=bool) if defined is None else np.array(defined, dtype=bool)
    if not looked_at.any():
        return Measure(columns=0, reason=f"{variable.name} is not defined in any column")
    for name, array in (("the reference", expected), ("the port", values)):
        broken = ~np.isfinite(array) & _spread(looked_at, array)
        if broken.any():
            place = tuple(int(i) for i in np.argwhere(broken)[0])
            reason = (
                f"{name} gives {array[place]} for {variable.name} in "
                f"{place_in_words(variable, place)} (not finite in "
                f"{int(_per_column(broken).sum())} of {columns} columns)"
            )
            return Measure(columns=columns, reason=reason, worst=place)

    if scale is None:
        scale = np.full(columns, np.abs(expected[looked_at].astype(float)).max(initial=0.0))
    if excluded is not None:
        looked_at &= ~excluded
    compared = int(looked_at.sum())
    if compared == 0:
        return Measure(columns=0, reason="every column was left out, nothing is compared")
    inside = _spread(looked_at, expected)
    if variable.integer:
        difference = np.where(
            inside, np.abs(values.astype(np.int64) - expected.astype(np.int64)), 0
        )
        ulp = difference.astype(np.uint64)
    else:
        rounded = expected.astype(values.dtype)
        ulp = np.where(
            inside, ulp_distance(np.where(inside, values, 0), np.where(inside, rounded, 0)), 0
        )
        difference = np.where(inside, np.abs(values.astype(float) - expected), 0.0)
    max_abs = float(difference.max())
    relative = relative_to(scale, difference)
    max_relative = float(relative.max())
    worst = np.unravel_index(int(relative.argmax()), relative.shape)
    return Measure(
        columns=compared,
        max_abs=max_abs,
        max_rel_to_field_max=max_relative,
        max_ulp=int(ulp.max()),
        differing=int(_per_column(ulp > 0).sum()),
        passed=max_abs == 0 if variable.integer else max_relative <= tolerance,
        worst=tuple(int(i) for i in worst),
    )


def _unlike(
    variable: Variable, expected: np.ndarray, values: np.ndarray | None, precision: str
) -> str:
    """Why two arrays cannot be set against each other, empty if they can."""
    name = variable.name
    if values is None:
        return f"the port gives no output {name}"
    if len(expected) == 0:
        return "there is no column to compare"
    if values.shape != expected.shape:
        transposed = values.size and values.shape == expected.shape[::-1]
        hint = ", which is its transpose" if transposed else ""
        return f"the port gives {name} of shape {values.shape}{hint}, expected {expected.shape}"
    kinds, wanted = ("iu", "integers") if variable.integer else ("f", precision)
    if values.dtype.kind not in kinds or (not variable.integer and values.dtype != precision):
        return f"the port gives {name} as {values.dtype}, expected {wanted}"
    return ""


def relative_to(scale: np.ndarray, difference: np.ndarray) -> np.ndarray:
    """`difference` `(column, ...)` / `scale` `(column,)`; against zero it is zero or infinite."""
    divisor = _spread(scale, difference)
    ratio = difference / np.where(divisor > 0, divisor, 1.0)
    return np.where((divisor > 0) | (difference == 0), ratio, math.inf)


def _spread(columns: np.ndarray, like: np.ndarray) -> np.ndarray:
    """A value per column, repeated over the inner dimensions of `like`."""
    return np.broadcast_to(columns.reshape(-1, *(1,) * (like.ndim - 1)), like.shape)


def _per_column(flags: np.ndarray) -> np.ndarray:
    """Whether any element of a column is set."""
    return flags.reshape(len(flags), -1).any(axis=1)
