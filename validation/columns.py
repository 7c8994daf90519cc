"""The comparisons of `jcm-validate columns`: processes, implementations, precisions."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Collection, Iterator

import numpy as np
import xarray as xr

from reference import kernels
from reference.process import Process
from validation.branches import GateCount, count_gates
from validation.column_set import ColumnSet, golden_sets, sampled_set
from validation.comparison import Comparison
from validation.diagnosis.diagnosis import Diagnosis, diagnose
from validation.judgement import CHOICES, HISTOGRAM_EDGES, Judgement, Standard, judge
from validation.porting.user_port import UserPort
from validation.ports import FortranPort, JaxPort, Port
from validation.request import ColumnsRequest
from validation.sequence_judgement import has_files, judge_sequence
from validation.sequences import Sequence

#: With at least so many samples every gate must be taken by `GATE_COLUMNS` columns, else by one.
FULL_SAMPLE = 10_000
GATE_COLUMNS = 20

Announce = Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class PlottedColumn:
    """The worst column of an implementation, for the profile plots.

    Attributes:
        comparison: the comparison that it is worst in.
        inputs, expected, found: by name, without the column axis.
    """

    comparison: Comparison
    inputs: dict[str, np.ndarray]
    expected: dict[str, np.ndarray]
    found: dict[str, np.ndarray]


@dataclasses.dataclass
class Histogram:
    """Differences relative to the field maximum, of all outputs of one process.

    Attributes:
        implementation, precision, reference: what was compared.
        counts: per bin of `validation.judgement.HISTOGRAM_EDGES`.
        identical: number of values that do not differ at all.
    """

    implementation: str
    precision: str
    reference: str
    counts: np.ndarray
    identical: int


@dataclasses.dataclass(frozen=True)
class ProcessResult:
    """What came out for one process."""

    process: Process
    comparisons: list[Comparison]
    gates: list[GateCount]
    histograms: list[Histogram]
    plotted: list[PlottedColumn]
    seconds: float
    diagnoses: list[Diagnosis] = dataclasses.field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether every comparison is within tolerance and every gate was taken."""
        return all(c.passed for c in self.comparisons) and all(g.passed for g in self.gates)


@dataclasses.dataclass(frozen=True)
class ColumnsResult:
    """What came out altogether.

    Attributes:
        request: what was asked.
        processes: one result per process.
        failures: sentences about comparisons that could not be made at all.
        remarks: sentences about what was left out without being a failure.
        conditioned_by: implementation whose response to perturbed inputs sets the tolerances.
        seconds: duration.
    """

    request: ColumnsRequest
    processes: list[ProcessResult]
    failures: list[str]
    remarks: list[str]
    conditioned_by: str
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether all is well."""
        return not self.failures and all(result.passed for result in self.processes)

    @property
    def comparisons(self) -> list[Comparison]:
        """Those of all processes."""
        return [c for result in self.processes for c in result.comparisons]

    @property
    def diagnoses(self) -> list[Diagnosis]:
        """Of all ports that differ, process by process."""
        return [d for result in self.processes for d in result.diagnoses]


def compare_columns(
    request: ColumnsRequest, announce: Announce = lambda text: None
) -> ColumnsResult:
    """Make all comparisons of `request`.

    Args:
        request: see :class:`validation.request.ColumnsRequest`.
        announce: called with a phrase before every step, `number_of_steps(request)` times.

    Raises:
        InputError: if the golden folder cannot be read, or a user's port cannot be imported.
    """
    start = time.monotonic()
    announce("reading golden files")
    golden = {process.name: golden_sets(process, request.golden) for process in request.processes}
    sequences = {
        sequence.process.name: sequence.read(request.golden)
        for sequence in request.sequences
        if has_files(sequence, request.golden) or request.named_processes
    }
    reference = reference_port()
    failures, remarks = _absences(request)
    ports = list(_ports(request, reference))
    results = []
    for process in request.processes:
        began = time.monotonic()
        if not golden[process.name]:
            remarks.append(f"{request.golden} holds no golden numbers of {process.name}.")
        announce(f"{process.name}: drawing columns")
        drawn = sampled_set(process, request.samples, request.seed, reference)
        standards = [Standard(columns, reference) for columns in (*golden[process.name], drawn)]
        judged = []
        diagnoses = []
        for port in ports:
            announce(f"{process.name}: {port.name} {port.precision}")
            if not port.offers(process) and port.name != "jax" and not request.named_processes:
                remarks.append(f"{port.name} holds no function {process.name}: not compared.")
                continue
            asked = time.monotonic()
            own = [
                (standard, judge(standard, port, _replay_line(request)))
                for standard in standards
                if _comparable(standard.columns, port)
            ]
            judged += own
            if request.diagnosis:
                seconds, number = time.monotonic() - asked, len(diagnoses) + 1
                found = diagnose(process, port, reference, own, seconds, number)
                diagnoses += [] if found is None else [found]
        results.append(_process_result(process, standards, judged, diagnoses, request, began))
    for sequence in request.sequences:
        name = sequence.process.name
        announce(name)
        if name in sequences:
            results.append(_sequence_result(sequence, sequences[name], ports, request))
        else:
            remarks.append(f"{request.golden} does not hold the sequence {name}.")
    if not any(result.comparisons for result in results):
        failures.append("No comparison was made.")
    return ColumnsResult(
        request, results, failures, remarks, reference.name, time.monotonic() - start
    )


def number_of_steps(request: ColumnsRequest) -> int:
    """How often :func:`compare_columns` announces something."""
    ports = sum(
        len(request.precisions_of(name))
        for name in request.implementations
        if name != "fortran" or kernels.available()
    )
    return 1 + len(request.processes) * (1 + ports) + len(request.sequences)


def reference_port() -> Port:
    """The Fortran, or the JAX port in double precision where the Fortran was not built."""
    return FortranPort() if kernels.available() else JaxPort("float64")


def make_port(name: str, precision: str, processes: Collection[str] = ()) -> Port:
    """The port called `name` on the command line.

    Args:
        name: "jax", "fortran", or see :mod:`validation.porting.specification`.
        precision: of a port that does not state its own.
        processes: names of those that are compared.

    Raises:
        InputError: if it cannot be imported.
        ReferenceUnavailableError: if it is the Fortran and this was not built.
    """
    if name == "fortran":
        if not kernels.available():
            raise kernels.ReferenceUnavailableError(kernels.unavailable_reason())
        return FortranPort()
    return JaxPort(precision) if name == "jax" else UserPort(name, precision, processes)


def _ports(request: ColumnsRequest, reference: Port) -> Iterator[Port]:
    for name in request.implementations:
        if name == "fortran" and not kernels.available():
            continue
        for precision in request.precisions_of(name):
            # One JAX port, so that what serves as reference is not compiled twice.
            same = (reference.name, reference.precision) == (name, precision)
            names = [process.name for process in request.processes]
            yield reference if same else make_port(name, precision, names)


def _absences(request: ColumnsRequest) -> tuple[list[str], list[str]]:
    """What cannot be compared without the Fortran: failures if it was asked for, else remarks."""
    if kernels.available():
        return [], []
    reason = kernels.unavailable_reason()
    if "fortran" in request.implementations:
        return [f"Nothing was compared with or against the Fortran. {reason}"], []
    return [], [f"Nothing was compared on drawn columns. {reason}"]


def _comparable(columns: ColumnSet, port: Port) -> bool:
    """Drawn columns are compared against the Fortran, and by others than itself."""
    return columns.reference == "golden" or (
        columns.reference == "fortran" and port.name != "fortran"
    )


def _replay_line(request: ColumnsRequest) -> Callable[[str, str, ColumnSet, int], str]:
    def line(implementation: str, precision: str, columns: ColumnSet, column: int) -> str:
        return request.replay_line(
            columns.process.name, implementation, precision, columns.source, column
        )

    return line


def _process_result(
    process: Process,
    standards: list[Standard],
    judged: list[tuple[Standard, Judgement]],
    diagnoses: list[Diagnosis],
    request: ColumnsRequest,
    began: float,
) -> ProcessResult:
    golden = [s.complete for s in standards if s.columns.reference == "golden"]
    drawn = [s.complete for s in standards if s.columns.reference != "golden"]
    needed = GATE_COLUMNS if request.samples >= FULL_SAMPLE else 1
    return ProcessResult(
        process=process,
        comparisons=[c for _, judgement in judged for c in judgement.comparisons],
        gates=count_gates(process, golden, drawn, needed),
        histograms=_histograms(judged),
        plotted=_plotted(judged),
        seconds=time.monotonic() - began,
        diagnoses=diagnoses,
    )


def _sequence_result(
    sequence: Sequence, data: xr.Dataset, ports: list[Port], request: ColumnsRequest
) -> ProcessResult:
    began = time.monotonic()
    name = sequence.process.name
    comparisons = [
        comparison
        for port in ports
        if port.precision == "float64" and sequence.offered_by(port)
        for comparison in judge_sequence(
            sequence, data, port, request.sequence_line(name, port.name)
        )
    ]
    return ProcessResult(sequence.process, comparisons, [], [], [], time.monotonic() - began)


def _histograms(judged: list[tuple[Standard, Judgement]]) -> list[Histogram]:
    found: dict[tuple[str, str, str], Histogram] = {}
    for _, judgement in judged:
        one = judgement.comparisons[0]
        key = (one.implementation, one.precision, one.reference)
        if key not in found:
            found[key] = Histogram(*key, np.zeros(len(HISTOGRAM_EDGES) - 1, dtype=np.int64), 0)
        found[key].counts += judgement.histogram
        found[key].identical += judgement.identical
    return list(found.values())


def _plotted(judged: list[tuple[Standard, Judgement]]) -> list[PlottedColumn]:
    """Of every implementation and precision the column with the least margin on levels."""
    worst: dict[tuple[str, str], tuple[Comparison, Standard, Judgement]] = {}
    for standard, judgement in judged:
        for comparison in judgement.comparisons:
            if comparison.output == CHOICES or comparison.worst is None or not judgement.outputs:
                continue
            if "level" not in comparison.worst.index or comparison.measure.max_abs == 0:
                continue
            key = (comparison.implementation, comparison.precision)
            if key not in worst or comparison.margin > worst[key][0].margin:
                worst[key] = (comparison, standard, judgement)
    return [_plotted_column(*found) for found in worst.values()]


def _plotted_column(
    comparison: Comparison, standard: Standard, judgement: Judgement
) -> PlottedColumn:
    assert comparison.worst is not None
    column, shapes = comparison.worst.column, standard.columns.expected
    return PlottedColumn(
        comparison=comparison,
        inputs={n: np.asarray(v)[column] for n, v in standard.columns.inputs.items()},
        expected={n: v[column] for n, v in shapes.items()},
        found={
            n: np.asarray(v)[column]
            for n, v in judgement.outputs.items()
            if n in shapes and np.shape(v) == shapes[n].shape
        },
    )
