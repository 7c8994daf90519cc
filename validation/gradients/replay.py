"""One column alone: derivatives beside their differences, and the sweep of the worst of them."""

from __future__ import annotations

import dataclasses

import numpy as np
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from reference.errors import InputError
from reference.process import Process
from validation.gradients.column_functions import ColumnProcess, jcm_function
from validation.gradients.column_results import Triple
from validation.gradients.compare import column_request
from validation.gradients.matrix import element_matrices, points_around, values_around
from validation.gradients.places import gates_at, one_column, place_in_words
from validation.gradients.request import GradientsRequest
from validation.gradients.results import triple_in_words
from validation.gradients.selection import ColumnRequest, Selection, select
from validation.gradients.tallies import triple
from validation.gradients.thresholds import ERROR_BARS
from validation.words import exact_number, number

#: Rows that are shown; those that agree best are left out.
_ROWS = 24


def replay(request: GradientsRequest, which: str, console: Console) -> bool:
    """Show the derivatives of one column with respect to one input or parameter.

    Args:
        request: names exactly one process, one input or parameter, and at most one output.
        which: "FILE:COLUMN" or "samples:SEED:INDEX".
        console: to print on.

    Returns:
        Whether all that are smooth lie within the error bars.

    Raises:
        InputError: if the request names more or less, or there is no such column.
    """
    named = [*request.inputs, *request.parameters]
    if len(request.processes) != 1 or len(named) != 1 or len(request.outputs) > 1:
        raise InputError(
            "--replay needs exactly one --process, one --input or --parameter, and at most one "
            "--output-variable."
        )
    process = request.processes[0]
    asked = column_request(request, process)
    columns = ColumnProcess(process)
    if named[0] in columns.rounded:
        console.print(f"{named[0]} is rounded by the original: shown in formulation corrected.")
        columns = ColumnProcess(process, jcm_function, "corrected")
    alone = _alone(columns, process, asked, which)
    matrices = list(
        element_matrices(columns, alone, columns.elements_named(named[0]), asked.largest_step)
    )
    outputs = [
        index
        for index, element in enumerate(columns.output_elements)
        if not request.outputs or element.name == request.outputs[0]
    ]
    found = [
        (triple(columns, alone, matrix, 0, output), matrix.element, output)
        for matrix in matrices
        for output in outputs
        if matrix.kind[0, output] >= 0
    ]
    if not found:
        raise InputError(f"the output is not defined in column {which}.")
    triples = sorted((one for one, _, _ in found), key=_badness, reverse=True)
    _show_triples(triples, console)
    worst, element, output = max(found, key=lambda one: _badness(one[0]))
    _show_sweep(columns, alone, asked, worst, element, output, console)
    column = one_column(process.name, which, request.golden)
    gates = gates_at(process.name, which, request.golden)
    console.print(f"Column: {place_in_words(which, column)}.", highlight=False)
    console.print(f"Gates that the reference takes: {', '.join(gates) or 'none'}.")
    smooth = [one for one in triples if one.kind == "smooth"]
    beyond = sum(one.bars > ERROR_BARS for one in smooth)
    console.print(
        f"{len(smooth) - beyond} of {len(smooth)} smooth derivatives lie within {ERROR_BARS:g} "
        f"error bars; {len(triples) - len(smooth)} are not at a smooth point.",
        style="bold red" if beyond else "bold green",
    )
    return not beyond


def _alone(columns: ColumnProcess, process: Process, asked: ColumnRequest, which: str) -> Selection:
    """The column as the only one, with the natural sizes of all."""
    inputs = one_column(process.name, which, asked.golden)
    everything = select(columns, asked)
    return dataclasses.replace(
        everything,
        x=columns.flat(inputs.inputs),
        whole=columns.whole(inputs.inputs),
        labels=[which],
        latitude=np.array([inputs.latitude]),
        longitude=np.array([inputs.longitude]),
        real=np.array([not which.startswith("samples:")]),
        chosen=1,
    )


def _badness(one: Triple) -> tuple[bool, float, float]:
    """Smooth ones before others, the farthest from its difference first."""
    return one.kind == "smooth", one.bars, abs(one.jax)


def _show_triples(triples: list[Triple], console: Console) -> None:
    table = _table(f"Derivatives with respect to {triples[0].input}, the farthest first")
    table.add_column("derivative")
    table.add_column("point")
    for name in ("jax", "difference", "error bar", "bars apart", "left slope", "right slope"):
        table.add_column(name, justify="right", no_wrap=True)
    shown = [one for one in triples if one.kind != "flat" or one.jax != 0.0]
    for one in shown[:_ROWS]:
        beyond = one.kind == "smooth" and one.bars > ERROR_BARS
        table.add_row(
            triple_in_words(one),
            f"{one.kind} {escape(one.reason)}".strip(),
            exact_number(one.jax),
            exact_number(one.difference),
            number(one.error_bar),
            number(one.bars, 3),
            number(one.left, 7),
            number(one.right, 7),
            style="bold red" if beyond else "",
        )
    console.print(table)
    if len(shown) < len(triples):
        console.print(f"{len(triples) - len(shown)} more are flat, with a derivative of zero.")
    if len(shown) > _ROWS:
        console.print(f"{len(shown) - _ROWS} more agree as well or better, or are not smooth.")


def _show_sweep(
    columns: ColumnProcess,
    alone: Selection,
    asked: ColumnRequest,
    worst: Triple,
    element: int,
    output: int,
    console: Console,
) -> None:
    """Every difference of the ladder, as computed, before any extrapolation."""
    points = points_around(columns, alone, alone.x, element, asked.largest_step)
    plus, minus = values_around(columns, alone.whole, alone.x, points, element, slice(0, 1))
    base = float(columns.reference(alone.x, alone.whole)[0, output])
    up, down = points.steps_plus[:, 0], points.steps_minus[:, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        right = (plus[:, 0, output] - base) / up
        left = (base - minus[:, 0, output]) / down
        central = (plus[:, 0, output] - minus[:, 0, output]) / (up + down)
    table = _table(
        f"Sweep of {triple_in_words(worst)} at {worst.input} = {worst.value!r}, natural size "
        f"{number(worst.step)}, output {base!r}"
    )
    for name in ("step", "central difference", "minus derivative", "left slope", "right slope"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in range(len(up)):
        table.add_row(
            number(max(up[row], down[row])),
            exact_number(float(central[row])),
            number(float(central[row]) - worst.jax),
            number(float(left[row]), 9),
            number(float(right[row]), 9),
        )
    console.print(table)


def _table(title: str) -> Table:
    return Table(
        title=escape(title),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1),
    )
