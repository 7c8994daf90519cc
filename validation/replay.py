"""One column alone: all its inputs, and every output of port and reference side by side."""

from __future__ import annotations

import math

import numpy as np
from rich.console import Console
from rich.markup import escape

from reference.errors import InputError
from validation.branches import gates_of_column
from validation.column_set import ColumnSet, golden_sets, sampled_set
from validation.columns import make_port, reference_port
from validation.comparison import Comparison
from validation.diagnosis.files import GROUP_MARK, read_smallest
from validation.judgement import CHOICES, Judgement, Standard, judge
from validation.ports import Port, rounded_inputs
from validation.recording.quantity import Quantity, heading_line, quantity_lines
from validation.request import ColumnsRequest


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
    elif GROUP_MARK in source:
        columns = read_smallest(process, source)
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
    console.print(f"{columns.process.name}, {columns.source} column {column}", style="bold")
    console.print(heading_line("input", "given to the port"), soft_wrap=True)
    given = rounded_inputs(columns.process, columns.inputs, port.precision)
    for variable in columns.process.inputs:
        values = np.asarray(columns.inputs[variable.name])[column]
        rounded = given[variable.name][column]
        _show(Quantity(variable, "input", values, rounded, None, math.inf), console)


def _show_outputs(standard: Standard, judgement: Judgement, column: int, console: Console) -> bool:
    columns = standard.columns
    console.print()
    console.print(heading_line(columns.reference, "port"), soft_wrap=True)
    passed = True
    for comparison in _comparisons_of(judgement, columns, column):
        variable = columns.process.variable(comparison.output)
        if comparison.measure.reason:
            console.print(f"{variable.name}: {escape(comparison.measure.reason)}.", style="red")
            passed = False
            continue
        defined = columns.defined(variable)
        if defined is not None and not defined[column]:
            console.print(f"  -> {variable.name}: not defined in this column.")
            continue
        allowed = comparison.tolerance * float(columns.scale(variable)[column])
        expected = columns.expected[variable.name][column]
        found = np.asarray(judgement.outputs[variable.name])[column]
        quantity = Quantity(variable, "output", expected, found, None, allowed)
        _show(quantity, console)
        passed &= bool(quantity.within.all())
    return passed


def _show(quantity: Quantity, console: Console) -> None:
    for line in quantity_lines(quantity):
        console.print(line, soft_wrap=True)


def _comparisons_of(judgement: Judgement, columns: ColumnSet, column: int) -> list[Comparison]:
    """Those of the subset that the column belongs to."""
    subset = "real" if columns.real[column] else "synthetic"
    return [c for c in judgement.comparisons if c.output != CHOICES and c.subset in ("all", subset)]
