"""Some of the columns that a port gets wrong, and some that it gets right."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np

from validation.diagnosis.asking import Arrays
from validation.diagnosis.failing import Failing, largest_difference, per_column
from validation.ports import rounded_inputs

#: A claim about a set of columns holds if it does in so many of them.
LEAST_SHARE = 0.95
#: Fewer different columns than these cannot tell one explanation from another.
LEAST_DIFFERENT = 3
_WRONG_COLUMNS, _RIGHT_COLUMNS = 200, 100
#: Wrong columns of every output among them, if there are as many.
_EACH_WRONG = 20
#: Wrong columns of each output that everything is tried on first.
_FEW = 6
_COUNTED = 300
#: What an explanation may leave unexplained: so much of the difference, or so many tolerances.
_REST_OF_DIFFERENCE = 1e-4
REST_TOLERANCES = 10.0
#: But never more than this of the difference.
_MOST_REST = 0.1


@dataclasses.dataclass(frozen=True)
class Sample:
    """Some wrong and some right columns of a set.

    Attributes:
        case: which columns of which set are wrong.
        rows: of the set.
        inputs: as handed to the port, in double precision.
        right: outputs of the reference.
        found: outputs of the port.
        allowed: largest difference that passes, by output.
        wrong: by output, `(column,)`.
        defined: whether an output means anything, by output.
    """

    case: Failing
    rows: np.ndarray
    inputs: Arrays
    right: Arrays
    found: Arrays
    allowed: Arrays
    wrong: Arrays
    defined: Arrays

    @functools.cached_property
    def any_wrong(self) -> np.ndarray:
        """Columns in which some output is wrong."""
        return self.case.any_wrong[self.rows]

    def telling(self, name: str) -> bool:
        """Whether the wrong columns differ enough from each other to tell culprits apart."""
        least = 2 if self.found[name].dtype.kind in "iu" else LEAST_DIFFERENT
        return different(self.found[name][self.wrong[name]]) >= least

    def agreement(self, name: str, claimed: np.ndarray, skipped: int | None = None) -> np.ndarray:
        """Columns in which the port gives what is claimed instead of what is right.

        Args:
            name: of the output.
            claimed: what the port is said to give, `(column, ...)`.
            skipped: a level about which nothing is claimed.
        """
        found, right, claimed = (
            np.asarray(v, dtype=float) for v in (self.found[name], self.right[name], claimed)
        )
        if skipped is not None:
            axis = 1 + self.case.process.variable(name).dimensions.index("level")
            found, right, claimed = (np.delete(v, skipped, axis) for v in (found, right, claimed))
        agrees = _agree(
            difference=largest_difference(found, right),
            rest=largest_difference(found, claimed),
            found=per_column(np.abs(found)),
            claimed=per_column(np.abs(claimed)),
            right=per_column(np.abs(right)),
            scale=self.scale(name),
            allowed=self.allowed[name],
            wrong=self.wrong[name],
        )
        return agrees | ~self.defined[name]

    def agreements(self, claimed: Arrays) -> Arrays:
        """:meth:`agreement` of all outputs at once."""
        flat = self._flat
        values = _flattened(claimed, flat.names)
        with np.errstate(invalid="ignore", over="ignore"):
            rest = np.maximum.reduceat(np.abs(flat.values - values), flat.starts, axis=1)
            size = np.maximum.reduceat(np.abs(values), flat.starts, axis=1)
        agrees = _agree(
            difference=flat.difference,
            rest=rest,
            found=flat.found,
            claimed=size,
            right=flat.right,
            scale=flat.scale,
            allowed=flat.allowed,
            wrong=flat.wrong,
        )
        agrees |= ~flat.defined
        return {name: agrees[:, i] for i, name in enumerate(flat.names)}

    @functools.cached_property
    def _flat(self) -> _Flat:
        names = list(self.found)
        found, right = (_flattened(arrays, names) for arrays in (self.found, self.right))
        lengths = [int(np.prod(self.found[name].shape[1:], dtype=int)) for name in names]
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(int)
        with np.errstate(invalid="ignore", over="ignore"):
            difference = np.maximum.reduceat(np.abs(found - right), starts, axis=1)
            sizes = (np.maximum.reduceat(np.abs(v), starts, axis=1) for v in (found, right))
            found_size, right_size = sizes
        scale, allowed, wrong, defined = (
            np.stack([arrays[name] for name in names], axis=1)
            for arrays in (self._scales, self.allowed, self.wrong, self.defined)
        )
        return _Flat(
            names=names,
            starts=starts,
            values=found,
            difference=difference,
            found=found_size,
            right=right_size,
            scale=scale,
            allowed=allowed,
            wrong=wrong,
            defined=defined,
        )

    def scale(self, name: str) -> np.ndarray:
        """What differences of an output are relative to, `(column,)`."""
        return self._scales[name]

    @functools.cached_property
    def _scales(self) -> Arrays:
        columns = self.case.columns
        return {
            name: columns.scale(self.case.process.variable(name))[self.rows] for name in self.found
        }


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Flat:
    """All outputs beside each other; see :func:`_agree`.

    Attributes:
        names: of the outputs.
        starts: where the values of each begin.
        values: what the port gives, `(column, value)`; all others are `(column, output)`.
    """

    names: list[str]
    starts: np.ndarray
    values: np.ndarray
    difference: np.ndarray
    found: np.ndarray
    right: np.ndarray
    scale: np.ndarray
    allowed: np.ndarray
    wrong: np.ndarray
    defined: np.ndarray


def _flattened(arrays: Arrays, names: list[str]) -> np.ndarray:
    rows = len(arrays[names[0]])
    parts = [np.asarray(arrays[name], dtype=float).reshape(rows, -1) for name in names]
    return np.concatenate(parts, axis=1)


def _agree(
    *,
    difference: np.ndarray,
    rest: np.ndarray,
    found: np.ndarray,
    claimed: np.ndarray,
    right: np.ndarray,
    scale: np.ndarray,
    allowed: np.ndarray,
    wrong: np.ndarray,
) -> np.ndarray:
    """Whether what is left of a difference is small; all arguments `(column, ...)`.

    Args:
        difference: between port and reference.
        rest: between port and what is claimed of it.
        found: largest value of the port.
        claimed: of what is claimed.
        right: of the reference.
        scale: of the field.
        allowed: difference that passes at that scale.
        wrong: whether the port is wrong.
    """
    tiny = np.finfo(float).tiny
    # What is allowed goes with the size of what is claimed: of a field that is a thousand times
    # smaller throughout, a thousandth is.
    with np.errstate(over="ignore", invalid="ignore"):
        whole = np.fmax.reduce(claimed, axis=0) / np.maximum(np.fmax.reduce(right, axis=0), tiny)
        own = np.maximum(claimed / np.maximum(scale, tiny), np.minimum(whole, 1.0))
        tolerated = REST_TOLERANCES * allowed * np.where(scale > 0, own, 1.0)
        most = np.maximum(tolerated, _REST_OF_DIFFERENCE * np.minimum(difference, found))
        return rest <= np.where(wrong, np.minimum(most, _MOST_REST * difference), tolerated)


def sample(case: Failing, precision: str) -> Sample:
    """Wrong and right columns, the same ones whenever asked; some that are wrong of each output."""
    generator = np.random.default_rng(0)
    chosen: dict[int, None] = {}
    for name in case.outputs:
        rows = generator.permutation(np.flatnonzero(case.wrong[name]))
        chosen |= dict.fromkeys(rows[:_EACH_WRONG].tolist())
    wrong, right = (
        generator.permutation(np.flatnonzero(flags)) for flags in (case.any_wrong, ~case.any_wrong)
    )
    for row in wrong.tolist():
        if len(chosen) >= _WRONG_COLUMNS:
            break
        chosen[row] = None
    return sample_of(case, np.array([*chosen, *right[:_RIGHT_COLUMNS]], dtype=int), precision)


def screen(some: Sample, outputs: list[str]) -> Sample:
    """A few columns of `some` with a few that are wrong of each output."""
    chosen: dict[int, None] = {}
    for name in outputs:
        chosen |= dict.fromkeys(np.flatnonzero(some.wrong[name])[:_FEW].tolist())
    rows = np.array(list(chosen) or [0])
    cut = {
        field.name: {n: v[rows] for n, v in getattr(some, field.name).items()}
        for field in dataclasses.fields(some)
        if field.name not in ("case", "rows")
    }
    return Sample(case=some.case, rows=some.rows[rows], **cut)


def sample_of(case: Failing, rows: np.ndarray, precision: str) -> Sample:
    """Columns `rows` of a set."""
    columns = case.columns
    inputs = {n: np.asarray(v)[rows] for n, v in columns.inputs.items()}
    given = rounded_inputs(case.process, inputs, precision)
    defined = {name: columns.defined(case.process.variable(name)) for name in case.found}
    return Sample(
        case=case,
        rows=rows,
        inputs={n: v.astype(float) if v.dtype.kind == "f" else v for n, v in given.items()},
        right={
            n: np.asarray(v)[rows] for n, v in case.standard.complete.items() if n not in inputs
        },
        found={n: v[rows] for n, v in case.found.items()},
        allowed={n: v[rows] for n, v in case.allowed.items()},
        wrong={n: v[rows] for n, v in case.wrong.items()},
        defined={
            name: np.ones(len(rows), dtype=bool) if where is None else where[rows]
            for name, where in defined.items()
        },
    )


def holds(agrees: np.ndarray, where: np.ndarray) -> bool:
    """Whether a claim holds in nearly all columns of `where`; it does if there are none."""
    return not where.any() or bool(agrees[where].mean() >= LEAST_SHARE)


def different(values: np.ndarray) -> int:
    """How many of the first columns differ from each other."""
    if not len(values):
        return 0
    return len(np.unique(values[:_COUNTED].reshape(len(values[:_COUNTED]), -1), axis=0))
