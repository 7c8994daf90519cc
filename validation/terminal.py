"""What a columns run says on the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from validation.columns import ColumnsResult, ProcessResult
from validation.comparison import Comparison
from validation.diagnosis.words import heading, sentences
from validation.judgement import CHOICES
from validation.results import (
    conditioned,
    first_in_order,
    gate_flips,
    grouped_failures,
    kind_in_words,
    kind_of,
    kinds,
    names_in_words,
    verdict,
    worst_of,
)
from validation.words import count, duration, exact_number, margin, number, place


def show(result: ColumnsResult, console: Console) -> None:
    """One line per process that passes; every detail of what fell short."""
    columns = kinds(result)
    table = Table(
        title="Worst margin per process: field measure / tolerance, up to 1 passes",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=0,
        pad_edge=False,
    )
    table.add_column("process", no_wrap=True)
    for implementation, precision, reference in columns:
        against = "golden" if reference == "golden" else "drawn"
        table.add_column(f"{escape(implementation)}\n{precision}\n{against}")
    table.add_column("on\ngate", justify="right")
    table.add_column("gates\ntaken", justify="right")
    for process in result.processes:
        taken = sum(gate.passed for gate in process.gates)
        cells = [_cell([c for c in process.comparisons if kind_of(c) == kind]) for kind in columns]
        gates = f"{taken}/{len(process.gates)}"
        table.add_row(
            process.process.name,
            *cells,
            str(gate_flips(process.comparisons)),
            gates if taken == len(process.gates) else f"[bold red]{gates}[/]",
        )
    console.print(table)
    for process in result.processes:
        if not process.passed:
            _show_failures(process, console)
    _show_diagnoses(result, console)
    beyond = len(conditioned(result))
    if beyond:
        console.print(
            f"{beyond} lie above 1e-12 (single precision: 2e-5) and pass because the reference "
            "itself responds so strongly to its last digit; the report lists them."
        )
    for sentence in (*result.failures, *result.remarks):
        console.print(escape(sentence), style="yellow")
    style = "bold green" if result.passed else "bold red"
    console.print(f"{escape(verdict(result))} ({duration(result.seconds)})", style=style)


def _cell(comparisons: list[Comparison]) -> str:
    worst = worst_of(comparisons)
    if worst is None:
        return "[dim]none[/]"
    text = margin(worst, digits=1)
    return f"[green]{text}[/]" if worst.passed else f"[bold red]{text}[/]"


def _show_failures(process: ProcessResult, console: Console) -> None:
    name = process.process.name
    console.print(f"\n{name}: what fell short, worst first", style="bold")
    for gate in process.gates:
        if not gate.passed:
            console.print(
                f"gate {gate.gate} ({escape(gate.meaning)}) was taken by {gate.golden} golden and "
                f"{gate.samples} drawn columns, at least {gate.needed} needed",
                style="red",
            )
    failed = grouped_failures(process.comparisons)
    for comparison, outputs in sorted(failed, key=lambda f: _severity(f[0]), reverse=True):
        head = f"{kind_in_words(kind_of(comparison))}, {comparison.subset} columns"
        console.print(f"[bold red]{names_in_words(outputs)}[/], {escape(head)}", highlight=False)
        for line in _details(comparison):
            console.print(f"    {line}", markup=False, highlight=False)
        if comparison.worst is not None:
            # Without wrapping, so that the line can be copied.
            console.print(f"    {comparison.worst.replay}", soft_wrap=True, markup=False)


def _show_diagnoses(result: ColumnsResult, console: Console) -> None:
    for line in first_in_order(result):
        console.print(f"\n{line}", markup=False, highlight=False)
    for diagnosis in result.diagnoses:
        console.print(f"\nDiagnosis of {escape(heading(diagnosis))}", style="bold")
        for line in sentences(diagnosis, result.request):
            console.print(
                f"  {line}", markup=False, highlight=False, soft_wrap="jcm-validate" in line
            )
    if result.diagnoses:
        console.print()


def _severity(comparison: Comparison) -> tuple[bool, float]:
    return bool(comparison.measure.reason), comparison.margin


def _details(c: Comparison) -> Iterator[str]:
    measure, worst = c.measure, c.worst
    if measure.reason:
        yield measure.reason
    else:
        share = f"{100 * (measure.differing or 0) / measure.columns:.2g} %"
        differ = f"{count(measure.differing)} of {count(measure.columns)} columns differ ({share})"
        gate = f", {c.on_a_gate} lie on a gate" if c.on_a_gate else ""
        yield differ + gate
        if c.output != CHOICES:
            yield f"ULP {count(measure.max_ulp)}, absolute {number(measure.max_abs)}"
        if c.tolerance > 0:
            relative, tolerance = number(measure.max_rel_to_field_max), number(c.tolerance)
            yield f"{relative} of field maximum, tolerance {tolerance} ({c.tolerance_source})"
    if worst is not None:
        yield f"at {place(worst)}"
        if worst.expected is not None:
            yield f"{exact_number(worst.value)}, expected {exact_number(worst.expected)}"
        yield f"gates: {', '.join(worst.gates) or 'none'}"
