"""The smallest column that a port gets wrong: as plain as possible, and still wrong.

Inputs of a wrong column are replaced, many at once and in many combinations, by those of a plain
column, by uniform profiles, by round numbers and by zero. Whatever the reference accepts and the
port still gets wrong may be replaced further. Each attempt is one question to the port.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator

import numpy as np

from reference.basis import PRIMITIVES
from reference.checks import accepted_values
from reference.process import Process, Variable
from reference.sampling import inputs_from, primitives_of
from validation.branches import gates_of_column
from validation.conditioning import GATE_DRAWS, GATE_STEPS, perturbed
from validation.diagnosis.asking import Arrays, Asking
from validation.diagnosis.failing import Failing, largest_difference, per_column
from validation.ports import rounded_inputs

#: Columns to start from, the worst one first.
_STARTS = 4
#: Most columns of an attempt, and most attempts per kind of simplification.
_MOST_COLUMNS = 600
_ATTEMPTS = 3
#: Columns that are looked at, the simplest first, for one that does not lie on a gate.
_LOOKED_AT = 16
#: A difference must stay as large as this, relative to that of the column it came from: a smaller
#: one is another fault, or none.
_SAME_FAULT = 1e-3
_DIGITS = (1, 2, 3, 5)
_ALL_DIGITS = 17


@dataclasses.dataclass(frozen=True, kw_only=True)
class SmallestColumn:
    """A column reduced to what makes a port fail.

    Attributes:
        process: name of the process.
        source, column: golden file or "samples:SEED" and index of the column it was made from.
        inputs, expected, found: by name, `(1, *inner dimensions)`.
        matter: names of the inputs that are not those of a plain column.
        wrong: names of the outputs that are wrong.
        gates: branches that the reference takes.
        attempts: questions to the port.
    """

    process: str
    source: str
    column: int
    inputs: Arrays
    expected: Arrays
    found: Arrays
    matter: tuple[str, ...]
    wrong: tuple[str, ...]
    gates: tuple[str, ...]
    attempts: int


@dataclasses.dataclass(frozen=True)
class _Move:
    """An input, or one number of it, replaced."""

    name: str
    place: tuple[int, ...] | None
    value: np.ndarray


def plain_column(process: Process) -> Arrays:
    """The simplest inputs that the process is tried with, `(1, *inner dimensions)`."""
    basis = {}
    for name in primitives_of(process):
        primitive = PRIMITIVES[name]
        shape = (1, primitive.length) if primitive.length else (1,)
        kind = np.int32 if primitive.integer else np.float64
        basis[name] = np.full(shape, primitive.edges[0], dtype=kind)
    return inputs_from(process, basis)


def smallest_column(asking: Asking, case: Failing) -> SmallestColumn:
    """Shrink wrong columns of `case` as far as the time of `asking` allows."""
    return _Search(asking, case).result()


class _Search:
    def __init__(self, asking: Asking, case: Failing) -> None:
        self._asking = asking
        self._case = case
        self._process = case.process
        self._generator = np.random.default_rng(0)
        self._plain = _as_given(self._process, plain_column(self._process), asking.port.precision)
        self._sizes = {n: v / _nonzero(self._scale(n)) for n, v in case.allowed.items()}
        self._attempts = 0
        starts = self._starts()
        self._row = starts[0]
        self._others = starts[1:]
        self._state = self._column(self._row)
        self._answer = self._recorded(self._row)

    def result(self) -> SmallestColumn:
        """The smallest column found."""
        self._improve(self._plain_inputs, first=True)
        self._improve(self._plain_numbers)
        self._improve(self._uniform)
        self._improve(self._round_numbers)
        expected, found = self._answer
        columns = self._case.columns
        wrong = self._wrong(expected, found, self._state)
        return SmallestColumn(
            process=self._process.name,
            source=columns.source,
            column=int(self._row),
            inputs=self._state,
            expected=expected,
            found=found,
            matter=tuple(v.name for v in self._process.inputs if self._unlike_plain(v).any()),
            wrong=tuple(name for name, over in wrong.items() if over[0] > 0),
            gates=gates_of_column(self._process, {**self._state, **expected}, 0),
            attempts=self._attempts,
        )

    # Columns to start from

    def _starts(self) -> list[int]:
        """The column with the largest difference, relative to what is allowed, and a few others."""
        case = self._case
        worst = np.zeros(case.columns.columns)
        for name, wrong in case.wrong.items():
            difference = largest_difference(case.found[name], case.columns.expected[name])
            relative = np.where(np.isfinite(difference), difference, np.inf)
            relative = relative / _nonzero(self._scale(name))
            worst = np.where(wrong, np.fmax(worst, relative), worst)
        first = int(np.argmax(worst))
        others = self._generator.permutation(np.flatnonzero(case.any_wrong))
        return [first, *(int(row) for row in others if row != first)][:_STARTS]

    def _scale(self, name: str) -> np.ndarray:
        return self._case.columns.scale(self._process.variable(name))

    def _column(self, row: int) -> Arrays:
        inputs = {n: np.asarray(v)[row : row + 1] for n, v in self._case.columns.inputs.items()}
        return _as_given(self._process, inputs, self._asking.port.precision)

    def _recorded(self, row: int) -> tuple[Arrays, Arrays]:
        part = slice(row, row + 1)
        names = [v.name for v in self._process.outputs]
        complete = self._case.standard.complete
        return (
            {name: np.asarray(complete[name])[part] for name in names},
            {name: values[part] for name, values in self._case.found.items()},
        )

    # Attempts

    def _improve(self, moves: Callable[[Arrays], list[_Move]], *, first: bool = False) -> None:
        """Replace as much as possible of what `moves` offers."""
        for attempt in range(_ATTEMPTS):
            if not self._asking.may_ask:
                return
            starts = [self._row, *self._others] if first and attempt == 0 else [self._row]
            room = min(self._asking.batch, _MOST_COLUMNS) // len(starts)
            candidates: list[tuple[int, Arrays]] = []
            for row in starts:
                state = self._state if row == self._row else self._column(row)
                offered = [move for move in moves(state) if self._accepted(move)]
                candidates += [
                    (row, _moved(state, chosen))
                    for chosen in itertools.islice(_subsets(offered, self._generator), room)
                ]
            if not candidates or not self._attempt(candidates):
                return

    def _attempt(self, candidates: list[tuple[int, Arrays]]) -> bool:
        """Ask about columns; take the simplest that is wrong if it is simpler than so far."""
        many = {n: np.concatenate([c[n] for _, c in candidates]) for n in candidates[0][1]}
        expected, answered = self._asking.reference_outputs(many)
        candidates = [candidate for candidate, a in zip(candidates, answered, strict=True) if a]
        if not candidates:
            return False
        many, expected = ({n: v[answered] for n, v in of.items()} for of in (many, expected))
        found = self._asking.port_outputs(many)
        if found is None:
            return False
        self._attempts += 1
        found = {name: values for name, values in found.items() if name in self._case.found}
        fails = self._still_wrong(expected, found, many, [row for row, _ in candidates])
        costs = self._costs(many)
        here = self._costs(self._state)[0]
        ordered = [i for i in np.argsort(costs, kind="stable") if fails[i] and costs[i] < here]
        rows = np.array(ordered[:_LOOKED_AT], dtype=int)
        if not len(rows):
            return False
        excused = self._on_a_gate({n: v[rows] for n, v in many.items()}, found, rows)
        if excused.all():
            return False
        index = rows[int(np.argmin(excused))]
        part = slice(index, index + 1)
        self._row, self._state = candidates[index]
        self._answer = (
            {n: v[part] for n, v in expected.items()},
            {n: v[part] for n, v in found.items()},
        )
        return True

    def _on_a_gate(self, inputs: Arrays, found: Arrays, rows: np.ndarray) -> np.ndarray:
        """Columns in which the port gives what the reference gives a last bit away."""
        many = {n: np.tile(v, (GATE_DRAWS, *(1,) * (v.ndim - 1))) for n, v in inputs.items()}
        given = {n: np.tile(v[rows], (GATE_DRAWS, *(1,) * (v.ndim - 1))) for n, v in found.items()}
        precision = self._asking.port.precision
        moved = perturbed(
            self._process,
            many,
            precision,
            GATE_STEPS[precision],
            np.random.default_rng(0),
            all_move=False,
        )
        expected, _ = self._asking.reference_outputs(moved)
        wrong = self._wrong(expected, given, many)
        right = ~np.logical_or.reduce([values > 0 for values in wrong.values()])
        return right.reshape(GATE_DRAWS, -1).any(axis=0)

    def _still_wrong(
        self, expected: Arrays, found: Arrays, inputs: Arrays, starts: list[int]
    ) -> np.ndarray:
        """Columns with the fault of the column that they were made from."""
        relative = self._wrong(expected, found, inputs)
        before = {
            row: self._wrong(*self._recorded(row), self._column(row))
            for row in dict.fromkeys(starts)
        }
        fails = np.zeros(len(starts), dtype=bool)
        for name, values in relative.items():
            least = np.array([before[row][name][0] if name in before[row] else 0 for row in starts])
            same = np.isinf(values) | (values >= _SAME_FAULT * np.where(np.isinf(least), 0, least))
            fails |= (least > 0) & (values > 0) & same
        return fails

    def _wrong(self, expected: Arrays, found: Arrays, inputs: Arrays) -> Arrays:
        """How far each output is beyond what is allowed, relative to its field; 0 where it is not.

        Infinite where it is not a number.
        """
        beyond = {}
        for name, values in found.items():
            variable = self._process.variable(name)
            difference = largest_difference(values, expected[name])
            own = per_column(np.abs(expected[name].astype(float)))
            scale = _nonzero(np.fmax(own, self._field(name)))
            relative = np.where(np.isfinite(difference), difference / scale, np.inf)
            over = relative > self._sizes[name].max(initial=0.0)
            if variable.defined_where is not None:
                over &= inputs[variable.defined_where] != 0
            beyond[name] = np.where(over, relative, 0.0)
        return beyond

    def _field(self, name: str) -> float:
        return self._case.columns.field_maximum(self._process.variable(name))

    # Simplifications

    def _unlike_plain(self, variable: Variable, state: Arrays | None = None) -> np.ndarray:
        values = (self._state if state is None else state)[variable.name]
        return values != self._plain[variable.name]

    def _accepted(self, move: _Move) -> bool:
        return bool(accepted_values(self._process.variable(move.name), move.value).all())

    def _plain_inputs(self, state: Arrays) -> list[_Move]:
        return [
            _Move(v.name, None, self._plain[v.name])
            for v in self._process.inputs
            if self._unlike_plain(v, state).any()
        ]

    def _plain_numbers(self, state: Arrays) -> list[_Move]:
        return [
            _Move(v.name, tuple(int(i) for i in place), self._plain[v.name][tuple(place)])
            for v in self._process.inputs
            for place in np.argwhere(self._unlike_plain(v, state))
            if v.dimensions
        ]

    def _uniform(self, state: Arrays) -> list[_Move]:
        """Profiles of one value, which one of the levels has, or the plain one."""
        return [
            _Move(v.name, None, np.full_like(state[v.name], value))
            for v in self._process.inputs
            if v.dimensions and self._unlike_plain(v, state).any()
            for value in np.unique(state[v.name])
        ]

    def _round_numbers(self, state: Arrays) -> list[_Move]:
        """Zero and numbers of few digits, the roundest last: what comes later takes precedence."""
        moves = []
        for v in self._process.inputs:
            if not self._unlike_plain(v, state).any():
                continue
            values = state[v.name]
            if not v.integer:
                unlike = self._unlike_plain(v, state)
                for digits in reversed(_DIGITS):
                    rounded = np.where(unlike, _rounded(values, digits), values)
                    given = rounded.astype(self._asking.port.precision).astype(float)
                    moves.append(_Move(v.name, None, given))
            moves.append(_Move(v.name, None, np.zeros_like(values)))
        return moves

    def _costs(self, columns: Arrays) -> np.ndarray:
        """How far each column is from a plain one, `(column,)`."""
        total = np.zeros(len(columns[self._process.inputs[0].name]))
        for v in self._process.inputs:
            values = columns[v.name].reshape(len(total), -1)
            unlike = values != self._plain[v.name].reshape(1, -1)
            ordered = np.sort(values, axis=1)
            different = 1 + (ordered[:, 1:] != ordered[:, :-1]).sum(axis=1)
            nonzero = (unlike & (values != 0)).any(axis=1)
            digits = np.where(unlike, _digits(values), 0).sum(axis=1)
            cost = np.where(nonzero, 1000.0, 500.0) + 10.0 * different + unlike.sum(axis=1)
            total += np.where(unlike.any(axis=1), cost + digits / 20.0, 0.0)
        return total


def _as_given(process: Process, inputs: Arrays, precision: str) -> Arrays:
    """Inputs as the port sees them, in double precision."""
    rounded = rounded_inputs(process, inputs, precision)
    return {n: v.astype(float) if v.dtype.kind == "f" else v for n, v in rounded.items()}


def _nonzero(values: np.ndarray) -> np.ndarray:
    return np.where(values > 0, values, 1.0)


def _moved(state: Arrays, moves: tuple[_Move, ...]) -> Arrays:
    moved = dict(state)
    for move in moves:
        if move.place is None:
            moved[move.name] = move.value.astype(moved[move.name].dtype)
        else:
            moved[move.name] = moved[move.name].copy()
            moved[move.name][move.place] = move.value
    return moved


def _subsets(moves: list[_Move], generator: np.random.Generator) -> Iterator[tuple[_Move, ...]]:
    """All moves, all but one, single ones, all but two, then at random; never none."""
    if not moves:
        return
    everything = range(len(moves))
    yield tuple(moves)
    if len(moves) == 1:
        return
    for left_out in everything:
        yield tuple(move for i, move in enumerate(moves) if i != left_out)
    for move in moves:
        yield (move,)
    for a, b in itertools.combinations(everything, 2):
        yield tuple(move for i, move in enumerate(moves) if i not in (a, b))
    while True:
        taken = generator.random(len(moves)) < generator.choice([0.9, 0.75, 0.5, 0.25])
        if taken.any():
            yield tuple(move for move, chosen in zip(moves, taken, strict=True) if chosen)


def _rounded(values: np.ndarray, digits: int) -> np.ndarray:
    """Values with so many significant digits."""
    with np.errstate(divide="ignore"):
        exponent = np.where(values == 0, 0.0, np.floor(np.log10(np.abs(values))))
    unit = 10.0 ** (exponent - digits + 1)
    return np.round(values / unit) * unit


def _digits(values: np.ndarray) -> np.ndarray:
    """Significant digits of numbers, as far as they are rounded here; zero has none."""
    digits = np.full(values.shape, _ALL_DIGITS)
    for number in reversed(_DIGITS):
        digits = np.where(_rounded(values, number) == values, number, digits)
    return np.where(values == 0, 0, digits)
