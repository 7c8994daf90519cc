"""Single columns by name: what they hold, where they are, which branches they take."""

from __future__ import annotations

import dataclasses
import functools
import re
import shlex
from pathlib import Path

import numpy as np

from reference.declarations import PROCESSES
from reference.errors import InputError
from reference.sampling import sample
from validation.branches import gates_of_column
from validation.column_set import ColumnSet, golden_sets
from validation.columns import reference_port
from validation.gradients.column_results import Triple
from validation.gradients.request import DEFAULT_SEED, GradientsRequest


@dataclasses.dataclass(frozen=True)
class OneColumn:
    """A column of a golden file, or one drawn from a seed.

    Attributes:
        inputs: by name, `(1, *inner dimensions)`.
        latitude, longitude: degrees, NaN where it has no place.
        date: empty if it has none.
    """

    inputs: dict[str, np.ndarray]
    latitude: float
    longitude: float
    date: str


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a derivative is, for a reader who wants to see it again.

    Attributes:
        file: golden file or "samples:SEED".
        column: index in it.
        date: of the column, empty if it has none.
        level: of the output, None if it has none.
        gates: branches that the reference takes there.
        replay: command line that shows this derivative alone.
        words: as "physics/convection.nc column 7, 12.1 N 45.0 E, 1982-03-05 12:00".
    """

    file: str
    column: int
    date: str
    level: int | None
    gates: tuple[str, ...]
    replay: str
    words: str


class Places:
    """Places of the triples of a request; reads a column once."""

    def __init__(self, request: GradientsRequest) -> None:
        self._request = request

    def of(self, triple: Triple) -> Place:
        """Where `triple` is."""
        file, _, index = triple.column.rpartition(":")
        column = one_column(triple.process, triple.column, self._request.golden)
        level = re.search(r"\blevel (\d+)", triple.output_place)
        return Place(
            file=file,
            column=int(index),
            date=column.date,
            level=int(level.group(1)) if level else None,
            gates=gates_at(triple.process, triple.column, self._request.golden),
            replay=self._replay(triple),
            words=place_in_words(triple.column, column),
        )

    def _replay(self, triple: Triple) -> str:
        kind = (
            "--parameter" if triple.input.startswith(("parameters.", "constants.")) else "--input"
        )
        words = ["jcm-validate", "gradients", "--process", triple.process, kind, triple.input]
        words += ["--output-variable", triple.output]
        if self._request.step is not None:
            words += ["--step", repr(self._request.step)]
        if self._request.samples is not None:
            words += ["--samples", str(self._request.samples)]
        if self._request.seed != DEFAULT_SEED:
            words += ["--seed", str(self._request.seed)]
        words += ["--golden", str(self._request.golden), "--replay", triple.column]
        return shlex.join(words)


@functools.cache
def one_column(process_name: str, name: str, golden: Path) -> OneColumn:
    """The column called "FILE:INDEX" or "samples:SEED:INDEX".

    Raises:
        InputError: if there is none.
    """
    process = PROCESSES[process_name]
    source, _, index = name.rpartition(":")
    if not source or not index.isdecimal():
        raise InputError(f"column is {name!r}, expected FILE:COLUMN or samples:SEED:INDEX.")
    if source.startswith("samples:"):
        seed = source.removeprefix("samples:")
        if not seed.isdecimal():
            raise InputError(f"column is {name!r}, expected a whole number as seed.")
        drawn = sample(process, 1, int(seed), first=int(index))
        return OneColumn(drawn, np.nan, np.nan, "")
    sets = _sets(process_name, golden)
    if source not in sets:
        known = ", ".join(sets) or "none"
        raise InputError(f"process {process.name} has no golden file {source!r}, expected {known}.")
    found, row = sets[source], int(index)
    if row >= found.columns:
        raise InputError(
            f"{source} has {found.columns} columns of process {process.name}, there is no column "
            f"{row}."
        )
    return OneColumn(
        {key: np.asarray(values)[row : row + 1] for key, values in found.inputs.items()},
        float(found.latitude[row]),
        float(found.longitude[row]),
        str(found.date[row]),
    )


@functools.cache
def _sets(process: str, golden: Path) -> dict[str, ColumnSet]:
    return {found.source: found for found in golden_sets(PROCESSES[process], golden)}


@functools.cache
def gates_at(process: str, name: str, golden: Path) -> tuple[str, ...]:
    """Names of the gates that the reference takes in a column."""
    declared = PROCESSES[process]
    inputs = one_column(process, name, golden).inputs
    outputs = reference_port().run(declared, inputs)
    return gates_of_column(declared, {**inputs, **outputs}, 0)


def place_in_words(name: str, column: OneColumn) -> str:
    """As "physics/convection.nc column 7, 12.1 N 45.0 E, 1982-03-05 12:00"."""
    file, _, index = name.rpartition(":")
    words = [f"{file} column {index}"]
    if np.isfinite(column.latitude) and np.isfinite(column.longitude):
        north = f"{abs(column.latitude):.1f} {'N' if column.latitude >= 0 else 'S'}"
        words.append(f"{north} {column.longitude % 360:.1f} E")
    if column.date:
        words.append(column.date)
    return ", ".join(words)
