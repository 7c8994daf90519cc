"""Which outputs respond to which inputs, in the reference and in the derivative under test."""

from __future__ import annotations

import numpy as np

from validation.gradients.column_functions import ColumnProcess
from validation.gradients.column_results import LivePair
from validation.gradients.kinks import FLAT, KINK, SMOOTH
from validation.gradients.matrix import ElementMatrix
from validation.gradients.thresholds import ERROR_BARS


class LivePattern:
    """Collects responses over columns and elements; see :class:`LivePair`."""

    def __init__(self, columns: ColumnProcess) -> None:
        self._columns = columns
        self._outputs = list(dict.fromkeys(e.name for e in columns.output_elements))
        owner = [self._outputs.index(e.name) for e in columns.output_elements]
        #: (output variable, output element) membership.
        self._members = np.array(owner) == np.arange(len(self._outputs))[:, np.newaxis]
        self._slope: dict[str, np.ndarray] = {}
        self._moved: dict[str, np.ndarray] = {}
        self._derivative: dict[str, np.ndarray] = {}
        self._smooth: dict[str, np.ndarray] = {}
        self._agreeing: dict[str, np.ndarray] = {}

    def add(self, matrix: ElementMatrix) -> None:
        """Take the matrix of one input element into account."""
        with np.errstate(invalid="ignore"):
            smooth = (matrix.kind == SMOOTH) & (np.abs(matrix.value) > ERROR_BARS * matrix.error)
        # Across a kink at least one of the two slopes is not zero.
        slope = smooth | (matrix.kind == KINK)
        name = self._columns.input_elements[matrix.element].name
        defined = matrix.kind >= 0
        for store, hit in (
            (self._slope, slope),
            (self._moved, matrix.changed & (matrix.kind != FLAT)),
            (self._derivative, defined & (matrix.derivative != 0)),
        ):
            by_output = (self._members & hit.any(axis=0)).any(axis=1)
            store[name] = store.get(name, np.zeros(len(self._outputs), dtype=bool)) | by_output
        is_smooth = matrix.kind == SMOOTH
        for counts, counted in (
            (self._smooth, is_smooth),
            (self._agreeing, is_smooth & matrix.agreeing),
        ):
            counts[name] = counts.get(name, 0) + self._members @ counted.sum(axis=0)

    def pairs(self) -> list[LivePair]:
        """All pairs seen, input by input."""
        return [
            LivePair(
                input=name,
                output=output,
                reference="smooth" if slope[i] else "jumps" if self._moved[name][i] else "none",
                derivative="live" if self._derivative[name][i] else "dead",
                smooth=int(self._smooth[name][i]),
                agreeing=int(self._agreeing[name][i]),
            )
            for name, slope in self._slope.items()
            for i, output in enumerate(self._outputs)
        ]
