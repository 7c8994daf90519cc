"""The page `docs/processes.md`, from the declarations: `python -m reference.documentation`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from reference.declarations import PROCESSES
from reference.process import Gate, Process, Variable

_DESCRIPTION = ("Name", "Shape", "Unit", "Meaning")

_INTRODUCTION = """\
# Processes

Written by `python -m reference.documentation > docs/processes.md` from the declarations in
`reference/declarations`; do not edit. Inputs and outputs are in the order of the arguments, with
units and, where they have any, dimensions inside a column. Gates are the branches that the
validation counts. Every process has a page of its own with its equations.
"""


def process_table() -> str:
    """Every process in a Markdown table: name, package, page of the specification, face, gates."""
    header = ("Process", "Package", "Specification", "Inputs", "Outputs", "Gates")
    return _table(header, map(_row, PROCESSES.values()))


def page() -> str:
    """The whole page."""
    return f"{_INTRODUCTION}\n{process_table()}"


def input_table(process: Process) -> str:
    """Inputs in a Markdown table: name, shape, unit, meaning, accepted range."""
    rows = ((*_description(variable), variable.expectation) for variable in process.inputs)
    return _table((*_DESCRIPTION, "Accepted"), rows)


def output_table(process: Process) -> str:
    """Outputs in a Markdown table: name, shape, unit, meaning."""
    return _table(_DESCRIPTION, map(_description, process.outputs))


def gate_table(process: Process) -> str:
    """Branches in a Markdown table: name, meaning."""
    return _table(("Gate", "Taken where"), ((f"`{g.name}`", g.meaning) for g in process.gates))


def _description(variable: Variable) -> tuple[str, ...]:
    return (
        f"`{variable.name}`",
        f"({', '.join(('column', *variable.dimensions))})",
        variable.units,
        variable.meaning + (", a whole number" if variable.integer else ""),
    )


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _row(process: Process) -> tuple[str, ...]:
    return (
        f"**[{process.name}](processes/{process.name}.md)**<br>{process.summary}",
        process.package,
        process.spec.removesuffix(".md"),
        "<br>".join(map(_variable, process.inputs)),
        "<br>".join(map(_variable, process.outputs)),
        "<br>".join(map(_gate, process.gates)),
    )


def _variable(variable: Variable) -> str:
    inner = f" ({', '.join(variable.dimensions)})" if variable.dimensions else ""
    return f"`{variable.name}`{inner} [{variable.units}]"


def _gate(gate: Gate) -> str:
    return f"{gate.name}: {gate.meaning}"


if __name__ == "__main__":
    sys.stdout.write(page())
