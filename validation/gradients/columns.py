"""Derivatives of a column process against finite differences of the Fortran: all checks of one."""

from __future__ import annotations

import time

import numpy as np

from reference import kernels
from reference.process import Process
from validation.gradients.column_functions import (
    ColumnProcess,
    Implementation,
    jcm_function,
)
from validation.gradients.column_results import (
    ColumnsUsed,
    Excluded,
    InputResult,
    JacobianOfColumn,
    LivePair,
    ProcessGradients,
    Tally,
    Triple,
)
from validation.gradients.column_taylor import taylor_tests
from validation.gradients.gate_distance import nearest_gates
from validation.gradients.live import LivePattern
from validation.gradients.matrix import ElementMatrix, element_matrices
from validation.gradients.modes import compare_modes
from validation.gradients.selection import ColumnRequest, Selection, select
from validation.gradients.tallies import disagreeing, tally, worst_smooth
from validation.gradients.ties import with_ties

#: Disagreeing triples that are kept of one process.
_KEPT = 40


def check_process(
    process: Process, request: ColumnRequest, implementation: Implementation = jcm_function
) -> ProcessGradients:
    """All checks of one process.

    Args:
        process: the declaration.
        request: which columns, which inputs.
        implementation: what is under test; `jcm` by default.

    Raises:
        InputError: for an unknown or whole-number input, a step lost in rounding, or golden files
            that cannot be read.
    """
    start = time.monotonic()
    columns = ColumnProcess(process, implementation)
    names = list(dict.fromkeys(element.name for element in columns.input_elements))
    if request.inputs is not None:
        for name in request.inputs:
            columns.elements_named(name)
        names = [name for name in names if name in request.inputs]
    if not columns.differentiable:
        return _nothing(columns, request, start)
    selection = select(columns, request)
    modes, jacobians = compare_modes(columns, selection, request.jacobians, request.seed)
    own, of_reference = taylor_tests(
        columns,
        selection.rows(np.arange(len(selection.x))[: request.taylor_columns]),
        request.seed,
        of_reference=kernels.available(),
    )
    sweep = _Sweep(columns, selection, len(jacobians))
    inputs = [sweep.input_result(name, request) for name in names if name not in columns.rounded]
    excluded = columns.excluded + _undefined(columns, selection)
    own_rounded = [name for name in names if name in columns.rounded and name.count(".") == 1]
    if own_rounded:
        inputs += sweep.in_corrected_formulation(own_rounded, request, implementation)
    excluded += [
        Excluded(
            name,
            "input",
            f"{name}: the original rounds it and what follows from it to single precision, so that "
            "differences are of a staircase; the derivative is compared in formulation corrected"
            f"{'' if name in own_rounded else ', in the process that the parameter belongs to'}.",
        )
        for name in columns.rounded
        if name in names
    ]
    return ProcessGradients(
        process=process.name,
        differentiable=True,
        columns=selection.used,
        inputs=inputs,
        excluded=excluded,
        disagreeing=_worst_first(sweep.disagreeing),
        jumps_disagreeing=sweep.jumps[:_KEPT],
        live=sweep.live_pairs,
        taylor=own,
        taylor_reference=of_reference,
        modes=modes,
        jacobians=sweep.jacobians(jacobians),
        reference="fortran" if kernels.available() else "jax",
        seconds=time.monotonic() - start,
    )


class _Sweep:
    """Collects what the matrices of one input element after the other show."""

    def __init__(self, columns: ColumnProcess, selection: Selection, kept: int) -> None:
        self._columns, self._selection = columns, selection
        self._kept = min(kept, selection.chosen)
        shape = (self._kept, len(columns.output_elements), len(columns.input_elements))
        self._difference, self._error = np.full(shape, np.nan), np.full(shape, np.nan)
        self._kinds = np.full(shape, -1, dtype=int)
        self.disagreeing: list[Triple] = []
        self.jumps: list[Triple] = []
        self._live = LivePattern(columns)
        self._live_elsewhere: list[LivePair] = []

    @property
    def live_pairs(self) -> list[LivePair]:
        """Every pair of variables seen."""
        return self._live.pairs() + self._live_elsewhere

    def in_corrected_formulation(
        self, names: list[str], request: ColumnRequest, implementation: Implementation
    ) -> list[InputResult]:
        """Parameters of which the original formulation is a staircase."""
        columns = ColumnProcess(self._columns.process, implementation, "corrected")
        sweep = _Sweep(columns, select(columns, request), 0)
        results = [sweep.input_result(name, request) for name in names]
        self.disagreeing = _worst_first(self.disagreeing + sweep.disagreeing)
        self.jumps += sweep.jumps
        self._live_elsewhere += sweep.live_pairs
        return results

    def input_result(self, name: str, request: ColumnRequest) -> InputResult:
        """All triples of one variable or parameter."""
        columns, selection = self._columns, self._selection
        elements = columns.elements_named(name)
        real = selection.real[: selection.chosen]
        all_columns, real_columns = Tally(), Tally()
        worst: Triple | None = None
        sharpness = []
        step = request.largest_step
        for found in element_matrices(columns, selection, elements, step):
            matrix = with_ties(columns, selection, found, step)
            all_columns += tally(matrix, np.ones(len(real), dtype=bool))
            real_columns += tally(matrix, real)
            self._keep(matrix)
            self._live.add(matrix)
            candidate = worst_smooth(columns, selection, matrix)
            if candidate is not None and (worst is None or candidate.bars > worst.bars):
                worst = candidate
            smooth, jumps = disagreeing(columns, selection, matrix)
            self.disagreeing = _worst_first(self.disagreeing + smooth)
            self.jumps += jumps
            sharpness.append(_sharpness(matrix))
        sharp = np.concatenate(sharpness)
        variable = columns.input_elements[elements[0]].variable
        return InputResult(
            name=name,
            kind="parameter" if variable is None else "variable",
            units="" if variable is None else variable.units,
            elements=len(elements),
            tally=all_columns,
            real=real_columns,
            median_bar=float(np.median(sharp)) if len(sharp) else float("nan"),
            worst=worst,
            gates=None
            if variable is None
            else nearest_gates(columns, selection, elements, request.gate_columns),
        )

    def _keep(self, matrix: ElementMatrix) -> None:
        rows = slice(0, self._kept)
        self._difference[:, :, matrix.element] = matrix.value[rows]
        self._error[:, :, matrix.element] = matrix.error[rows]
        self._kinds[:, :, matrix.element] = matrix.kind[rows]

    def jacobians(self, matrices: list[np.ndarray]) -> list[JacobianOfColumn]:
        """The kept columns with their Jacobians in forward mode."""
        columns, selection = self._columns, self._selection
        return [
            JacobianOfColumn(
                column=selection.labels[row],
                inputs=[(e.name, e.place) for e in columns.input_elements],
                outputs=[(e.name, e.place) for e in columns.output_elements],
                input_sizes=selection.sizes,
                output_sizes=selection.output_sizes,
                matrix=matrices[row],
                difference=self._difference[row],
                error_bar=self._error[row],
                kinds=self._kinds[row],
            )
            for row in range(self._kept)
        ]


def _sharpness(matrix: ElementMatrix) -> np.ndarray:
    """Error bars relative to the differences, of smooth triples that are not zero."""
    smooth = (matrix.kind == 0) & (matrix.value != 0)
    return matrix.error[smooth] / np.abs(matrix.value[smooth])


def _worst_first(triples: list[Triple]) -> list[Triple]:
    return sorted(triples, key=lambda triple: -triple.bars)[:_KEPT]


def _undefined(columns: ColumnProcess, selection: Selection) -> list[Excluded]:
    """Outputs that mean nothing in some of the chosen columns."""
    whole = selection.whole_of(slice(0, selection.chosen))
    found = {}
    defined = np.broadcast_to(
        columns.defined(whole), (selection.chosen, len(columns.output_elements))
    )
    for element, column in zip(columns.output_elements, defined.T, strict=True):
        if not column.all():
            found[element.name] = Excluded(
                element.name,
                "output",
                f"{element.name} is not defined in {int((~column).sum())} of "
                f"{selection.chosen} columns.",
            )
    return list(found.values())


def _nothing(columns: ColumnProcess, request: ColumnRequest, start: float) -> ProcessGradients:
    """Of a process of whole numbers."""
    return ProcessGradients(
        process=columns.process.name,
        differentiable=False,
        columns=ColumnsUsed(real=0, synthetic=0, drawn=0, available=0, seed=request.seed),
        inputs=[],
        excluded=columns.excluded,
        disagreeing=[],
        jumps_disagreeing=[],
        live=[],
        taylor=None,
        taylor_reference=None,
        modes=None,
        jacobians=[],
        reference="fortran" if kernels.available() else "jax",
        seconds=time.monotonic() - start,
    )
