"""Mutants put to the comparisons of derivatives of `jcm-validate gradients`."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from reference.process import Process
from validation.mutants.columns_checks import module_of
from validation.mutants.outcome import Outcome, fingerprint_of

#: Columns whose matrix of derivatives is made.
_REAL, _SYNTHETIC, _SEED = 24, 8, 1982


class GradientCheck:
    """Derivatives of a process with respect to an input, against differences of the Fortran.

    Attributes:
        name, catcher, roots: as `Check` asks for.
    """

    catcher = "gradients"

    def __init__(self, process: Process, golden: Path, only: str | None = None) -> None:
        self.name = f"derivatives of {process.name}"
        if only is not None:
            self.name += f" with respect to {only}"
        self.roots = (module_of(process),)
        self._process, self._golden, self._only = process, golden, only

    @functools.cached_property
    def _request(self) -> Any:
        from validation.gradients.selection import ColumnRequest

        return ColumnRequest(
            golden=self._golden,
            real=_REAL,
            synthetic=_SYNTHETIC,
            seed=_SEED,
            least_triples=0,
            gate_columns=0,
        )

    def run(self) -> Outcome:
        """See :class:`validation.mutants.outcome.Check`."""
        from validation.gradients.column_functions import ColumnProcess
        from validation.gradients.column_results import InputResult, ProcessGradients
        from validation.gradients.live import LivePattern
        from validation.gradients.matrix import element_matrices
        from validation.gradients.selection import select
        from validation.gradients.tallies import disagreeing, tally
        from validation.gradients.ties import with_ties

        columns = ColumnProcess(self._process)
        if not columns.differentiable:
            return Outcome("", "")
        selection = select(columns, self._request)
        live = LivePattern(columns)
        seen, results, wrong = {}, [], []
        real = selection.real[: selection.chosen]
        step = self._request.largest_step
        names = {e.name for e in columns.input_elements} - set(columns.rounded)
        if self._only is not None:
            names &= {self._only}
        for name in sorted(names):
            total = of_real = None
            elements = columns.elements_named(name)
            for found in element_matrices(columns, selection, elements, step):
                matrix = with_ties(columns, selection, found, step)
                counts = tally(matrix, real | True), tally(matrix, real)
                total = counts[0] if total is None else total + counts[0]
                of_real = counts[1] if of_real is None else of_real + counts[1]
                wrong += disagreeing(columns, selection, matrix)[0]
                live.add(matrix)
                seen[f"{name} {matrix.element}"] = matrix.derivative
            if total is not None and of_real is not None:
                results.append(
                    InputResult(
                        name, "variable", "", len(elements), total, of_real, 0.0, None, None
                    )
                )
        gradients = ProcessGradients(
            process=self._process.name,
            differentiable=True,
            columns=selection.used,
            inputs=results,
            excluded=[],
            disagreeing=wrong,
            jumps_disagreeing=[],
            live=live.pairs(),
            taylor=None,
            taylor_reference=None,
            modes=None,
            jacobians=[],
            reference="fortran",
            seconds=0.0,
        )
        return Outcome(next(iter(gradients.failures), ""), fingerprint_of(seen))
