"""A port judged on a set of columns: tolerances, gates, comparisons."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from reference.errors import InputError, KernelError, ReferenceUnavailableError
from reference.process import Variable
from validation.branches import differing_choices, gates_of_column
from validation.column_set import ColumnSet
from validation.comparison import (
    NO_NUMBERS,
    Comparison,
    Measure,
    Worst,
    compare,
    deviation,
    relative_to,
)
from validation.conditioning import (
    ALLOWED_MULTIPLE,
    ALLOWED_MULTIPLE_REAL_SINGLE,
    Tolerance,
    on_a_gate,
    responses,
    tolerance_of,
)
from validation.ports import Outputs, Port, PortError, rounded_inputs

#: Name under which the discrete choices appear among the outputs.
CHOICES = "choices"
#: Share of the columns that may lie on a gate.
GATE_SHARE = 0.01
#: The same in single precision for drawn and synthetic columns: these are put on gates on purpose.
GATE_SHARE_SYNTHETIC_SINGLE = 0.1
#: Beyond this share of failing columns nobody asks whether each of them lies on a gate.
_SUSPECT_SHARE = 0.2
#: Edges of the histograms of log10(|difference| / field maximum).
HISTOGRAM_EDGES = np.arange(-20.0, 2.25, 0.25)

ReplayLine = Callable[[str, str, ColumnSet, int], str]


class Standard:
    """What a port is held against on one set of columns.

    Attributes:
        columns: the set.
        reference: the port whose response to perturbed inputs is asked for: the Fortran, or the
            JAX port in double precision where there is no Fortran.
    """

    def __init__(self, columns: ColumnSet, reference: Port) -> None:
        self.columns = columns
        self.reference = reference
        self._responses: dict[str, dict[str, np.ndarray]] = {}

    @cached_property
    def baseline(self) -> dict[str, np.ndarray]:
        """All outputs of `reference`."""
        if self.columns.reference == self.reference.name:
            return dict(self.columns.expected)
        outputs = self.reference.run(self.columns.process, self.columns.inputs)
        return {name: np.asarray(values) for name, values in outputs.items()}

    @cached_property
    def complete(self) -> dict[str, np.ndarray]:
        """Inputs and outputs; outputs that a golden file lacks come from `reference`."""
        return {**self.columns.inputs, **self.baseline, **self.columns.expected}

    def responses(self, precision: str) -> dict[str, np.ndarray]:
        """See :func:`validation.conditioning.responses`."""
        if precision not in self._responses:
            self._responses[precision] = responses(
                self.columns.process,
                self.reference,
                dict(self.columns.inputs),
                self.baseline,
                precision,
            )
        return self._responses[precision]


@dataclasses.dataclass(frozen=True)
class Judgement:
    """The comparisons of one port on one set, its outputs, and the histogram of its differences.

    Attributes:
        comparisons: one per output and subset, and one for the choices.
        outputs: of the port, by name; empty if it could not be run.
        histogram: number of values per bin of `HISTOGRAM_EDGES`.
        identical: number of values equal to the reference.
        on_a_gate: columns left out because they lie on a gate, `(column,)`.
        seconds: that the port took.
    """

    comparisons: list[Comparison]
    outputs: dict[str, np.ndarray]
    histogram: np.ndarray
    identical: int
    on_a_gate: np.ndarray
    seconds: float


@dataclasses.dataclass
class _Case:
    """What belongs to one port on one set while it is judged."""

    standard: Standard
    port: Port
    replay: ReplayLine
    outputs: Outputs
    error: str

    @property
    def columns(self) -> ColumnSet:
        return self.standard.columns

    @property
    def strict(self) -> bool:
        """Numbers of the original in double precision: no conditioning, no gate excuses a port."""
        return self.columns.reference == "golden" and self.port.precision == "float64"

    def multiple(self, subset: str) -> float:
        """How many times the reference's own response a port may differ by."""
        if self.strict:
            return 0.0
        return ALLOWED_MULTIPLE_REAL_SINGLE if subset == "real" else ALLOWED_MULTIPLE


def judge(standard: Standard, port: Port, replay: ReplayLine) -> Judgement:
    """Run `port` on the columns of `standard` and compare every output.

    Args:
        standard: the columns and what is expected of them.
        port: the implementation.
        replay: makes the command line that shows one column alone, from the name and precision of
            the port, the set and the column.
    """
    begin = time.monotonic()
    outputs, error = _run(port, standard.columns)
    seconds = time.monotonic() - begin
    case = _Case(standard, port, replay, outputs, error)
    subsets = _subsets(standard.columns, port.precision)
    none = np.zeros(standard.columns.columns, dtype=bool)

    first = [_compare_subset(case, name, rows, none) for name, rows in subsets]
    comparisons = [comparison for subset in first for comparison in subset]
    choices, excluded = _judge_choices(case, comparisons)
    if excluded.any():
        comparisons = [
            c for name, rows in subsets for c in _compare_subset(case, name, rows, excluded)
        ]
    counts, identical = _histogram(case, comparisons)
    return Judgement([*comparisons, choices], dict(outputs), counts, identical, excluded, seconds)


def _run(port: Port, columns: ColumnSet) -> tuple[Outputs, str]:
    try:
        return port.run(columns.process, columns.inputs), ""
    except (InputError, KernelError, PortError, ReferenceUnavailableError) as error:
        return {}, str(error)


def _subsets(columns: ColumnSet, precision: str) -> list[tuple[str, np.ndarray]]:
    """Single precision is judged apart on columns of a model run and on synthetic ones."""
    everything = np.arange(columns.columns)
    if precision == "float64" or columns.reference != "golden":
        return [("all", everything)]
    named = [("real", everything[columns.real]), ("synthetic", everything[~columns.real])]
    return [(name, rows) for name, rows in named if len(rows)] or [("all", everything)]


def _tolerance(case: _Case, variable: Variable, subset: str, rows: np.ndarray) -> Tolerance:
    response = np.zeros(len(rows))
    if not variable.integer:
        response = case.standard.responses(case.port.precision)[variable.name][rows]
    return tolerance_of(
        variable,
        response,
        case.columns.scale(variable)[rows],
        case.port.precision,
        multiple=case.multiple(subset),
        asked=case.standard.reference.name,
    )


def _compare_subset(
    case: _Case, subset: str, rows: np.ndarray, excluded: np.ndarray
) -> list[Comparison]:
    comparisons = []
    for variable in case.columns.outputs():
        tolerance = _tolerance(case, variable, subset, rows)
        if case.error:
            measure = Measure(columns=len(rows), reason=case.error)
        else:
            measure = _measure(case, variable, rows, excluded, tolerance.value)
        comparisons.append(
            Comparison(
                process=case.columns.process.name,
                output=variable.name,
                implementation=case.port.name,
                precision=case.port.precision,
                reference=case.columns.reference,
                source=case.columns.source,
                subset=subset,
                measure=measure,
                response=tolerance.response,
                field_maximum=case.columns.field_maximum(variable),
                tolerance=tolerance.value,
                tolerance_source=tolerance.source,
                on_a_gate=int(excluded[rows].sum()),
                worst=_worst(case, variable, measure),
            )
        )
    return comparisons


def _measure(
    case: _Case, variable: Variable, rows: np.ndarray, excluded: np.ndarray, tolerance: float
) -> Measure:
    expected = case.columns.expected[variable.name]
    found = case.outputs.get(variable.name)
    everything = len(rows) == len(expected)
    # An output of the wrong length is not cut to the subset but handed on, to be reported.
    if found is not None and not everything and np.shape(found)[:1] == expected.shape[:1]:
        found = np.asarray(found)[rows]
    defined = case.columns.defined(variable)
    measure = compare(
        variable,
        expected[rows],
        found,
        precision=case.port.precision,
        tolerance=tolerance,
        defined=None if defined is None else defined[rows],
        excluded=excluded[rows],
        scale=case.columns.scale(variable)[rows],
    )
    if measure.worst is None or everything:
        return measure
    return dataclasses.replace(measure, worst=(int(rows[measure.worst[0]]), *measure.worst[1:]))


def _worst(case: _Case, variable: Variable, measure: Measure) -> Worst | None:
    if measure.worst is None:
        return None
    column, *inner = measure.worst
    numbers = deviation(
        variable,
        case.columns.expected[variable.name][measure.worst],
        np.asarray(case.outputs[variable.name])[measure.worst],
    )
    return _place(case, column, dict(zip(variable.dimensions, inner, strict=True)), numbers)


def _place(
    case: _Case, column: int, index: dict[str, int], numbers: dict[str, Any] | None = None
) -> Worst:
    """A place, and the numbers there if there are any, see `validation.comparison.deviation`."""
    columns = case.columns
    return Worst(
        file=columns.source,
        column=column,
        latitude=float(columns.latitude[column]),
        longitude=float(columns.longitude[column]),
        date=str(columns.date[column]),
        index=index,
        **(numbers or NO_NUMBERS),
        gates=gates_of_column(columns.process, case.standard.complete, column),
        replay=case.replay(case.port.name, case.port.precision, columns, column),
    )


def _judge_choices(case: _Case, comparisons: list[Comparison]) -> tuple[Comparison, np.ndarray]:
    """Compare discrete choices; also say which columns lie on a gate and are to be left out.

    A column lies on a gate if the reference itself chooses otherwise there when its input moves by
    a last bit. It is left out where the port chose otherwise or came to another result.
    """
    columns, process = case.columns, case.columns.process
    none = np.zeros(columns.columns, dtype=bool)
    broken = [c.measure.reason for c in comparisons if c.measure.reason]
    missing = [v.name for v in process.outputs if v.name not in case.outputs]
    if broken or missing:
        why = broken[0] if broken else f"the port gives no output {missing[0]}"
        return _choices(case, Measure(columns=columns.columns, reason=why), 0, None), none

    other = differing_choices(process, case.standard.complete, _port_columns(case))
    over = _over_tolerance(case, comparisons)
    suspect = np.flatnonzero(other | over)
    on_gate = none.copy()
    most = 0 if case.strict else max(20, _SUSPECT_SHARE * columns.columns)
    if 0 < len(suspect) <= most:
        on_gate[suspect] = on_a_gate(
            process,
            case.standard.reference,
            {name: np.asarray(v)[suspect] for name, v in columns.inputs.items()},
            {name: v[suspect] for name, v in case.standard.baseline.items()},
            case.port.precision,
        )
    unexplained = np.flatnonzero(other & ~on_gate)
    measure = Measure(
        columns=columns.columns,
        max_abs=float(len(unexplained)),
        max_rel_to_field_max=len(unexplained) / columns.columns,
        max_ulp=None,
        differing=int(other.sum()),
        passed=len(unexplained) == 0 and _few_enough(case, on_gate),
    )
    where = unexplained if len(unexplained) else np.flatnonzero(on_gate)
    column = int(where[0]) if len(where) else None
    return _choices(case, measure, int(on_gate.sum()), column), on_gate


def _choices(case: _Case, measure: Measure, on_gate: int, column: int | None) -> Comparison:
    worst = None if column is None else _place(case, column, {})
    return Comparison(
        process=case.columns.process.name,
        output=CHOICES,
        implementation=case.port.name,
        precision=case.port.precision,
        reference=case.columns.reference,
        source=case.columns.source,
        subset="all",
        measure=measure,
        response=float("nan"),
        field_maximum=float("nan"),
        tolerance=0.0,
        tolerance_source="choices are compared exactly",
        on_a_gate=on_gate,
        worst=worst,
    )


def _few_enough(case: _Case, on_gate: np.ndarray) -> bool:
    real = case.columns.real
    single = case.port.precision == "float32"
    parts = [(~real, GATE_SHARE_SYNTHETIC_SINGLE), (real, GATE_SHARE)] if single else []
    parts = parts or [(np.ones_like(real), GATE_SHARE)]
    return all(int(on_gate[rows].sum()) <= max(1, int(share * rows.sum())) for rows, share in parts)


def _port_columns(case: _Case) -> dict[str, np.ndarray]:
    """Inputs as the port was given them, and its outputs, in double precision."""
    given = rounded_inputs(case.columns.process, case.columns.inputs, case.port.precision)
    both = {name: np.asarray(values) for name, values in {**given, **case.outputs}.items()}
    return {n: v.astype(float) if v.dtype.kind == "f" else v for n, v in both.items()}


def _over_tolerance(case: _Case, comparisons: list[Comparison]) -> np.ndarray:
    """Columns in which some output differs by more than its tolerance."""
    over = np.zeros(case.columns.columns, dtype=bool)
    subsets = dict(_subsets(case.columns, case.port.precision))
    for comparison in comparisons:
        if comparison.passed:
            continue
        variable = case.columns.process.variable(comparison.output)
        rows = subsets[comparison.subset]
        relative = _relative_differences(case, variable, rows).max(axis=1, initial=0.0)
        over[rows] |= relative > comparison.tolerance
    return over


def _relative_differences(case: _Case, variable: Variable, rows: np.ndarray) -> np.ndarray:
    """|difference| / field maximum, `(column, values)`, zero where undefined."""
    expected = case.columns.expected[variable.name][rows].astype(float).reshape(len(rows), -1)
    found = np.asarray(case.outputs[variable.name])[rows].astype(float).reshape(len(rows), -1)
    defined = case.columns.defined(variable)
    inside = np.ones(len(rows), dtype=bool) if defined is None else defined[rows]
    difference = np.where(inside[:, None], np.abs(found - expected), 0.0)
    return relative_to(case.columns.scale(variable)[rows], difference)


def _histogram(case: _Case, comparisons: list[Comparison]) -> tuple[np.ndarray, int]:
    counts, identical = np.zeros(len(HISTOGRAM_EDGES) - 1, dtype=np.int64), 0
    subsets = dict(_subsets(case.columns, case.port.precision))
    for comparison in comparisons:
        variable = case.columns.process.variable(comparison.output)
        if comparison.measure.reason or variable.integer:
            continue
        relative = _relative_differences(case, variable, subsets[comparison.subset])
        different = relative[relative > 0]
        identical += relative.size - different.size
        inside = np.clip(np.log10(different), HISTOGRAM_EDGES[0], HISTOGRAM_EDGES[-1] - 1e-9)
        counts += np.histogram(inside, HISTOGRAM_EDGES)[0]
    return counts, identical
