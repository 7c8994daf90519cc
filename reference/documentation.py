"""The page `docs/processes.md`, from the declarations: `python -m reference.documentation`."""

from __future__ import annotations

import sys

from reference.declarations import PROCESSES
from reference.process import Gate, Process, Variable

_INTRODUCTION = """\
# Processes

Written by `python -m reference.documentation > docs/processes.md` from the declarations in
`reference/declarations`; do not edit. Inputs and outputs are in the order of the arguments, with
units and, where they have any, dimensions inside a column. Gates are the branches that the
validation counts.
"""


def process_table() -> str:
    """Every process in a Markdown table: name, package, page of the specification, face, gates."""
    header = ("Process", "Package", "Specification", "Inputs", "Outputs", "Gates")
    rows = [header, ("---",) * len(header), *(_row(process) for process in PROCESSES.values())]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def page() -> str:
    """The whole page."""
    return f"{_INTRODUCTION}\n{process_table()}"


def _row(process: Process) -> tuple[str, ...]:
    return (
        f"**{process.name}**<br>{process.summary}",
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
