"""How far a column is from the nearest gate when one of its inputs moves.

A gate is what the declaration of the process says: its branches, its discrete choices, its whole
outputs. Each input element moves up and down by growing steps until one of these changes; the place
is then narrowed down by bisection.
"""

from __future__ import annotations

import dataclasses
from typing import Final

import numpy as np

from reference.errors import KernelError
from validation.branches import choices, gates_taken
from validation.gradients.column_functions import ColumnProcess, lowest
from validation.gradients.column_results import GateDistance
from validation.gradients.differences import LARGEST_STEP, RATIO, STEPS
from validation.gradients.selection import Selection

#: Steps that are tried, in natural sizes of the input that moves: from the smallest step of a
#: difference up to as far as a variable ever goes.
FARTHEST: Final = 2.0
SMALLEST: Final = LARGEST_STEP * RATIO ** -(STEPS - 1)
_TRIED: Final = np.geomspace(SMALLEST, FARTHEST, 12)
_BISECTIONS: Final = 5
_QUANTILES: Final = (0.0, 0.01, 0.1, 0.5)


def signature(columns: ColumnProcess, x: np.ndarray, whole: dict[str, np.ndarray]) -> np.ndarray:
    """Gates taken and choices made by the reference, `(column, n)`; NaN where it has no answer."""
    try:
        outputs = columns.reference_outputs(x, whole)
    except KernelError:
        if len(x) == 1:
            return np.full((1, 1), np.nan)
        half = len(x) // 2
        parts = [
            signature(columns, x[rows], {n: v[rows] for n, v in whole.items()})
            for rows in (slice(None, half), slice(half, None))
        ]
        width = max(part.shape[1] for part in parts)
        return np.concatenate([np.broadcast_to(part, (len(part), width)) for part in parts])
    complete = {**columns.unflat(x, whole), **outputs}
    with np.errstate(all="ignore"):
        taken = gates_taken(columns.process, complete)
        made = choices(columns.process, complete)
    return np.column_stack([*taken.values(), made]).astype(float)


def gate_names(columns: ColumnProcess, width: int) -> list[str]:
    """What the columns of a :func:`signature` are."""
    names = [gate.name for gate in columns.process.gates]
    return names + [f"choice {i}" for i in range(width - len(names))]


@dataclasses.dataclass(frozen=True)
class _Line:
    """One input element of some columns, moving in one direction."""

    columns: ColumnProcess
    x: np.ndarray
    whole: dict[str, np.ndarray]
    element: int
    step: float

    def points(self, steps: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, dict]:
        """Inputs after steps in natural sizes, `(len(rows), element)`."""
        variable = self.columns.input_elements[self.element].variable
        moved = self.x[rows]
        moved[:, self.element] = np.clip(
            moved[:, self.element] + steps * self.step, lowest(variable), variable.maximum
        )
        return moved, {name: values[rows] for name, values in self.whole.items()}

    def signature(self, steps: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """See :func:`signature`."""
        return signature(self.columns, *self.points(steps, rows))


def nearest_gates(
    columns: ColumnProcess, selection: Selection, elements: list[int], number: int
) -> GateDistance | None:
    """Distances of the first `number` columns along the elements of one variable.

    Args:
        columns: the process.
        selection: its columns.
        elements: indices of the variable's elements.
        number: columns to look at.

    Returns:
        A summary; None if there is no column.
    """
    n = min(number, len(selection.x))
    if n == 0:
        return None
    x, whole = selection.x[:n], selection.whole_of(slice(0, n))
    home = signature(columns, x, whole)
    distances, words = [], []
    for element in elements:
        for sign in (1.0, -1.0):
            line = _Line(columns, x, whole, element, sign * selection.sizes[element])
            found, changed = _first_change(line, home)
            place = columns.input_elements[element].place
            distances.append(found)
            words += [
                f"{selection.labels[i]}{', ' + place if place else ''}, "
                f"{'up' if sign > 0 else 'down'}: {changed[i]}"
                for i in range(n)
            ]
    # Whichever direction is nearer counts for an element.
    joined = np.concatenate(distances)
    nearest = int(np.argmin(joined))
    nearer = np.min(joined.reshape(len(elements), 2, n), axis=1).reshape(-1)
    return GateDistance(
        columns=len(nearer),
        on_gate=int((nearer <= SMALLEST).sum()),
        beyond=int(np.isinf(nearer).sum()),
        farthest=FARTHEST,
        quantiles=tuple(np.quantile(nearer, _QUANTILES, method="lower").tolist()),
        nearest=words[nearest] if np.isfinite(joined[nearest]) else "",
    )


def _first_change(line: _Line, home: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Smallest step that changes the signature, infinite if none does, and what changes."""
    n = len(home)
    everyone = np.arange(n)
    steps = np.repeat(_TRIED, n)
    rows = np.tile(everyone, len(_TRIED))
    there = line.signature(steps, rows).reshape(len(_TRIED), n, -1)
    differs = _differs(there, home)
    first = np.where(differs.any(axis=0), differs.argmax(axis=0), -1)
    high = np.where(first >= 0, _TRIED[first], np.inf)
    low = np.where(first > 0, _TRIED[np.maximum(first - 1, 0)], 0.0)
    open_ = np.flatnonzero(first > 0)
    for _ in range(_BISECTIONS if len(open_) else 0):
        middle = np.sqrt(low[open_] * high[open_])
        beyond = _differs(line.signature(middle, open_), home[open_])
        high[open_] = np.where(beyond, middle, high[open_])
        low[open_] = np.where(beyond, low[open_], middle)
    names = gate_names(line.columns, home.shape[1])
    changed = []
    for i in everyone:
        if first[i] < 0 or there.shape[2] != home.shape[1]:
            changed.append("")
            continue
        own = np.flatnonzero(there[first[i], i] != home[i])
        changed.append(", ".join(names[j] for j in own[:3]))
    return high, changed


def _differs(there: np.ndarray, home: np.ndarray) -> np.ndarray:
    """Whether a signature is another one; where the reference has no answer it is no gate."""
    if there.shape[-1] != home.shape[-1]:
        return np.zeros(there.shape[:-1], dtype=bool)
    return ((there != home) & ~np.isnan(there) & ~np.isnan(home)).any(axis=-1)
