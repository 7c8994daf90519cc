"""One column alone: all its inputs, and every output of port and reference side by side."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from reference.errors import InputError
from reference.process import Variable
from validation.branches import gates_of_column
from validation.column_set import ColumnSet, golden_sets, sampled_set
from validation.columns import make_port, reference_port
from validation.comparison import Comparison
from validation.judgement import CHOICES, Judgement, Standard, judge
from validation.ports import Port, rounded_inputs
from validation.request import ColumnsRequest
from validation.ulp import ulp_distance
from validation.words import exact_number, number


def replay(request: ColumnsRequest, which: str, console: Console) -> bool:
    """Show the column `which` of the one process, implementation and precision of `request`.

    Args:
        request: names exactly one of each.
        which: "FILE:COLUMN" or "samples:SEED:INDEX".
        console: to print on.

    Returns:
        Whether every output of this column is within the tolerance that the whole file or sample
        has.

    Raises:
        InputError: if there is no such column.
        ReferenceUnavailableError: if it needs the Fortran, and this was not built.
    """
    if not (len(request.processes) == len(request.implementations) == 1):
        raise InputError("--replay needs exactly one --process and one --implementation.")
    name = request.implementations[0]
    if len(request.precisions_of(name)) != 1:
        raise InputError("--replay needs exactly one --precision.")
    names = [process.name for process in request.processes]
    port = make_port(name, request.precisions_of(name)[0], names)
    reference = reference_port()
    columns, column = _find(request, which, reference)
    standard = Standard(columns, reference)
    judgement = judge(standard, port, lambda *_: "")
    _show_inputs(columns, column, port, console)
    passed = _show_outputs(standard, judgement, column, console)
    gates = gates_of_column(columns.process, standard.complete, column)
    console.print(f"Gates that the reference takes: {', '.join(gates) or 'none'}.")
    if not passed and judgement.on_a_gate[column]:
        console.print(
            "The column lies on a gate and is left out: the reference jumps here as well."
        )
        passed = True
    console.print(
        "Within tolerance." if passed else "Not within tolerance.",
        style="bold green" if passed else "bold red",
    )
    return passed


def _find(request: ColumnsRequest, which: str, reference: Port) -> tuple[ColumnSet, int]:
    process = request.processes[0]
    source, _, index = which.rpartition(":")
    if not source or not index.isdecimal():
        raise InputError(f"--replay is {which!r}, expected FILE:COLUMN or samples:SEED:INDEX.")
    if source.startswith("samples:"):
        seed = source.removeprefix("samples:")
        if not seed.isdecimal():
            raise InputError(f"--replay is {which!r}, expected a whole number as seed.")
        length = max(request.samples, int(index) + 1)
        columns = sampled_set(process, length, int(seed), make_port("fortran", "float64"))
        assert columns.reference == reference.name
    else:
        found = {columns.source: columns for columns in golden_sets(process, request.golden)}
        if source not in found:
            known = ", ".join(found)
            raise InputError(
                f"process {process.name} has no golden file {source!r}, expected {known}."
            )
        columns = found[source]
    if int(index) >= columns.columns:
        raise InputError(
            f"{source} has {columns.columns} columns of process {process.name}, there is no column "
            f"{index}."
        )
    return columns, int(index)


def _show_inputs(columns: ColumnSet, column: int, port: Port, console: Console) -> None:
    table = Table(
        title=f"Inputs of {columns.process.name}, {columns.source} column {column}",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for heading in ("input", "place", "value", "units"):
        table.add_column(heading)
    given = rounded_inputs(columns.process, columns.inputs, port.precision)
    for variable in columns.process.inputs:
        values = given[variable.name][column]
        for place in np.ndindex(values.shape):
            value = values[place].item()
            table.add_row(
                variable.name, _place(variable, place), repr(value), escape(variable.units)
            )
    console.print(table)


def _show_outputs(standard: Standard, judgement: Judgement, column: int, console: Console) -> bool:
    columns = standard.columns
    console.print(f"Outputs against {columns.reference}, and how far they are apart:\n")
    passed = True
    for comparison in _comparisons_of(judgement, columns, column):
        variable = columns.process.variable(comparison.output)
        if comparison.measure.reason:
            console.print(f"{variable.name}: {escape(comparison.measure.reason)}.", style="red")
            passed = False
            continue
        defined = columns.defined(variable)
        if defined is not None and not defined[column]:
            console.print(f"{variable.name}: not defined in this column.")
            continue
        table = Table(
            title=_heading(variable, comparison),
            title_justify="left",
            box=box.SIMPLE_HEAD,
            pad_edge=False,
        )
        for name in ("", "port", "expected", "difference", "relative", "of field max", "ULP"):
            table.add_column(name, justify="left" if not name else "right", no_wrap=True)
        for line in _lines(columns, judgement, comparison, variable, column):
            passed &= line.passed
            table.add_row(*line.cells, style="" if line.passed else "bold red")
        console.print(table)
    return passed


def _heading(variable: Variable, comparison: Comparison) -> str:
    if variable.integer:
        return f"{variable.name}, compared exactly"
    tolerance = f"{number(comparison.tolerance)} of field maximum"
    return f"{variable.name} {escape(f'[{variable.units}]')}, tolerance {tolerance}"


def _comparisons_of(judgement: Judgement, columns: ColumnSet, column: int) -> list[Comparison]:
    """Those of the subset that the column belongs to."""
    subset = "real" if columns.real[column] else "synthetic"
    return [c for c in judgement.comparisons if c.output != CHOICES and c.subset in ("all", subset)]


@dataclasses.dataclass(frozen=True)
class _Line:
    cells: tuple[str, ...]
    passed: bool


def _lines(
    columns: ColumnSet,
    judgement: Judgement,
    comparison: Comparison,
    variable: Variable,
    column: int,
) -> Iterator[_Line]:
    reference = columns.expected[variable.name][column]
    found = np.asarray(judgement.outputs[variable.name])[column]
    scale = columns.scale(variable)[column]
    for place in np.ndindex(found.shape):
        value, expected = found[place], reference[place]
        difference = value.item() - expected.item()
        relative = abs(difference) / abs(expected.item()) if expected != 0 else None
        of_field = abs(difference) / scale if scale > 0 else (0.0 if difference == 0 else np.inf)
        if variable.integer:
            ulp = abs(difference)
        else:
            ulp = int(ulp_distance(value, expected.astype(value.dtype)))
        cells = (
            _place(variable, place),
            exact_number(value.item()),
            exact_number(expected.item()),
            number(difference),
            number(relative),
            number(of_field),
            str(ulp),
        )
        fits = difference == 0 or (not variable.integer and of_field <= comparison.tolerance)
        yield _Line(cells, bool(fits))


def _place(variable: Variable, place: tuple[int, ...]) -> str:
    return ", ".join(f"{n} {i}" for n, i in zip(variable.dimensions, place, strict=True))
