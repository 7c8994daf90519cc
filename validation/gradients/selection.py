"""Which columns of a process are looked at: real ones, made ones, drawn ones, and every gate."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from reference import golden
from reference.declarations import PROCESSES
from reference.errors import InputError
from reference.process import Process
from reference.sampling import sample
from validation.branches import gates_taken
from validation.gradients.column_functions import ColumnProcess
from validation.gradients.column_results import ColumnsUsed
from validation.gradients.differences import LARGEST_STEP
from validation.gradients.directions import natural_size, parameter_size

#: Columns that take a gate, at least, where the golden files hold so many.
_GATE_COLUMNS = 2


@dataclasses.dataclass(frozen=True, kw_only=True)
class ColumnRequest:
    """What is asked of :func:`validation.gradients.columns.check_process`.

    Attributes:
        golden: folder of golden files.
        real: columns of model runs for the complete matrix of differences; None for all.
        synthetic: made columns of the golden files, alike.
        drawn: columns drawn from the seed.
        seed: of the choice, of the directions and of drawn columns.
        inputs: names of the variables and parameters to be looked at; None for all.
        largest_step: of the differences, in natural sizes of what moves.
        least_triples: real columns are added until there are so many triples, where `real` ones
            make fewer: small processes take no time, and their rare branches are met.
        taylor_columns: columns of the Taylor tests, the chosen ones first; None for all there are.
        gate_columns: columns whose distance to the nearest gate is looked for.
        jacobians: columns whose complete Jacobian is made in both modes and kept.
    """

    golden: Path
    real: int | None = 300
    synthetic: int | None = 60
    drawn: int = 0
    seed: int = 0
    inputs: tuple[str, ...] | None = None
    largest_step: float = LARGEST_STEP
    least_triples: int = 1_000_000
    taylor_columns: int | None = None
    gate_columns: int = 40
    jacobians: int = 2

    def __post_init__(self) -> None:
        counts = (
            "real",
            "synthetic",
            "drawn",
            "seed",
            "taylor_columns",
            "gate_columns",
            "jacobians",
        )
        for name in counts:
            value = getattr(self, name)
            if value is not None and value < 0:
                raise InputError(f"{name} is {value}, expected at least 0.")
        if not self.largest_step > 0 or not np.isfinite(self.largest_step):
            raise InputError(f"largest_step is {self.largest_step}, expected a positive number.")


@dataclasses.dataclass(frozen=True)
class Selection:
    """Columns of one process, chosen ones first.

    Attributes:
        x: floating-point inputs, `(column, element)`.
        whole: whole-number inputs.
        labels: "FILE:INDEX" or "samples:SEED:INDEX".
        latitude, longitude: degrees, NaN where a column has no place.
        real: whether a column comes from a model run.
        chosen: how many of the first columns get the complete matrix of differences; cheap tests
            use all.
        sizes: natural sizes of the input elements, parameters included.
        output_sizes: of the output elements.
        used: what the chosen ones are.
    """

    x: np.ndarray
    whole: dict[str, np.ndarray]
    labels: list[str]
    latitude: np.ndarray
    longitude: np.ndarray
    real: np.ndarray
    chosen: int
    sizes: np.ndarray
    output_sizes: np.ndarray
    used: ColumnsUsed

    def whole_of(self, rows: np.ndarray | slice) -> dict[str, np.ndarray]:
        """Whole-number inputs of some columns."""
        return {name: values[rows] for name, values in self.whole.items()}

    def rows(self, rows: np.ndarray) -> Selection:
        """Some of the columns, none of them chosen."""
        return dataclasses.replace(
            self,
            x=self.x[rows],
            whole=self.whole_of(rows),
            labels=[self.labels[row] for row in rows],
            latitude=self.latitude[rows],
            longitude=self.longitude[rows],
            real=self.real[rows],
            chosen=0,
        )


def process_named(name: str) -> Process:
    """The declared process called `name`.

    Raises:
        InputError: if there is none.
    """
    if name not in PROCESSES:
        raise InputError(f"there is no process {name!r}, expected one of {sorted(PROCESSES)}.")
    return PROCESSES[name]


def select(columns: ColumnProcess, request: ColumnRequest) -> Selection:
    """Read, draw and choose columns of a process.

    Raises:
        InputError: if the golden files cannot be read, or there is no column at all.
    """
    process = columns.process
    files = golden.read(process, request.golden)
    inputs = [file.inputs for file in files]
    labels = [
        f"{file.path.relative_to(request.golden).as_posix()}:{index}"
        for file in files
        for index in range(file.columns)
    ]
    places = [(file.latitude, file.longitude, file.real) for file in files]
    if request.drawn:
        inputs.append(sample(process, request.drawn, request.seed))
        labels += [f"samples:{request.seed}:{index}" for index in range(request.drawn)]
        nowhere = np.full(request.drawn, np.nan)
        places.append((nowhere, nowhere, np.zeros(request.drawn, dtype=bool)))
    if not labels:
        raise InputError(f"there is no column of process {process.name}: no golden file, no draw.")
    complete = {v.name: np.concatenate([i[v.name] for i in inputs]) for v in process.inputs}
    latitude, longitude, real = (np.concatenate(parts) for parts in zip(*places, strict=True))
    x, whole = columns.flat(complete), columns.whole(complete)
    is_drawn = np.arange(len(labels)) >= len(labels) - request.drawn
    order, chosen = _order(columns, x, whole, real, is_drawn, request)
    basis = np.flatnonzero(real) if real.any() else np.arange(len(labels))
    outputs = columns.reference(x[basis], {n: v[basis] for n, v in whole.items()})
    first = order[:chosen]
    return Selection(
        x=x[order],
        whole={name: values[order] for name, values in whole.items()},
        labels=[labels[i] for i in order],
        latitude=latitude[order],
        longitude=longitude[order],
        real=real[order],
        chosen=chosen,
        sizes=np.concatenate([_sizes(x[basis], columns.input_elements), _parameter_sizes(columns)]),
        output_sizes=_sizes(outputs, columns.output_elements),
        used=ColumnsUsed(
            real=int(real[first].sum()),
            synthetic=int((~real & ~is_drawn)[first].sum()),
            drawn=int(is_drawn[first].sum()),
            available=len(labels) - request.drawn,
            seed=request.seed,
        ),
    )


def _order(
    columns: ColumnProcess,
    x: np.ndarray,
    whole: dict[str, np.ndarray],
    real: np.ndarray,
    is_drawn: np.ndarray,
    request: ColumnRequest,
) -> tuple[np.ndarray, int]:
    """All columns, those first that get the complete matrix, and how many these are."""
    shuffled = np.random.default_rng(request.seed).permutation(len(x))
    made = ~real & ~is_drawn
    chosen: list[int] = []
    enough = request.real
    if enough is not None:
        per_column = len(columns.input_elements) * len(columns.output_elements)
        enough = max(enough, request.least_triples // per_column)
    for members, wanted in ((real, enough), (made, request.synthetic), (is_drawn, None)):
        chosen += [int(i) for i in shuffled[members[shuffled]]][:wanted]
    chosen += _of_rare_gates(columns, x, whole, shuffled, set(chosen))
    rest = sorted(set(range(len(x))) - set(chosen))
    return np.array(chosen + rest, dtype=int), len(chosen)


def _of_rare_gates(
    columns: ColumnProcess,
    x: np.ndarray,
    whole: dict[str, np.ndarray],
    shuffled: np.ndarray,
    chosen: set[int],
) -> list[int]:
    """Columns to be added so that every gate is taken."""
    outputs = columns.reference_outputs(x, whole)
    added: list[int] = []
    for taken in gates_taken(columns.process, {**columns.unflat(x, whole), **outputs}).values():
        rows = [int(i) for i in shuffled[taken[shuffled]]]
        missing = _GATE_COLUMNS - sum(row in chosen for row in rows)
        for row in [row for row in rows if row not in chosen][: max(missing, 0)]:
            chosen.add(row)
            added.append(row)
    return added


def _sizes(values: np.ndarray, elements: list) -> np.ndarray:
    """Natural sizes, the elements of a variable taken together."""
    sizes = np.ones(values.shape[1])
    names = np.array([element.name for element in elements[: values.shape[1]]])
    for name in dict.fromkeys(names.tolist()):
        own = names == name
        sizes[own] = natural_size(values[:, own])
    return sizes


def _parameter_sizes(columns: ColumnProcess) -> np.ndarray:
    return np.array([parameter_size(value) for value in columns.defaults])
