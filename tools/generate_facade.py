"""Build step: generate the Fortran facade of the column kernels and wrap it with f90wrap.

For every declaration in `reference.declarations` this reads the kernel's signature from the Fortran
sources, writes a subroutine that fills the parameter types from one flat array, loops over columns
and reports the first failure, and a second one that returns the default parameters. f90wrap and
f2py then run on that facade alone; the kernels themselves are linked, not wrapped.

`kernels.json` beside it tells the Python side the names of the flat parameters and their values in
formulation `corrected`, obtained by evaluating the default expressions in double precision.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import numpy as np
from f90wrap import parser

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from reference.declarations import PROCESSES  # noqa: E402  (found through the line above)
from reference.process import Process, Variable  # noqa: E402

MODULE = "_speedy"
KIND_MAP = "{'real': {'dp': 'double', 'real64': 'double', '8': 'double'}, 'integer': {'': 'int'}}"
GRID = "vertical_layers"
SWITCHES = "formulation_switches"


class Kernels:
    """The kernels and parameter types found in the Fortran sources."""

    def __init__(self, sources: list[Path]) -> None:
        tree = parser.read_files([str(source) for source in sources])
        self.procedures = {m.name: {p.name: p for p in m.procedures} for m in tree.modules}
        self.types = {t.name: t.elements for m in tree.modules for t in m.types}
        self.home = {t.name: m.name for m in tree.modules for t in m.types}

    def leading_arguments(self, process: Process) -> list[tuple[str, str]]:
        """Name and type of the arguments before the declared ones.

        Raises:
            ValueError: if the kernel's arguments are not those of the declaration.
        """
        try:
            kernel = self.procedures[f"{process.name}_process"][process.name]
        except KeyError:
            raise ValueError(
                f"process {process.name} needs a subroutine {process.name} in a Fortran module "
                f"{process.name}_process"
            ) from None
        leading = []
        rest = []
        for argument in kernel.arguments:
            derived = re.fullmatch(r"type\((\w+)\)", argument.type.strip())
            if derived:
                leading.append((argument.name, derived.group(1)))
            else:
                rest.append(argument.name)
        declared = [v.name for v in (*process.inputs, *process.outputs)] + ["status"]
        if rest != declared:
            raise ValueError(
                f"the Fortran kernel {process.name} has arguments {rest}, expected {declared}"
            )
        return leading

    def numbers(self, type_name: str, prefix: str) -> list[tuple[str, str]]:
        """Component path and default expression of every number in a (nested) parameter type."""
        found = []
        for element in self.types[type_name]:
            derived = re.fullmatch(r"type\((\w+)\)", element.type.strip())
            path = f"{prefix}%{element.name}"
            if derived:
                found += self.numbers(derived.group(1), path)
            else:
                found.append((path, element.value))
        return found

    def switches(self) -> list[str]:
        """Names of the formulation switches."""
        return [element.name for element in self.types[SWITCHES]]


def decimal_value(expression: str) -> float:
    """Value of a default expression with every literal taken in double precision."""
    plain = expression.replace("real(", "(").replace(", dp)", ")").replace("_dp", "")
    functions = {
        name: getattr(math, name) for name in ("log", "sqrt", "exp", "asin", "acos", "atan")
    }
    return float(eval(plain, {"__builtins__": {}}, functions))


def parameter_numbers(kernels: Kernels, process: Process) -> list[tuple[str, str]]:
    """All numbers that the facade of `process` takes: component path and default expression."""
    found = []
    for name, type_name in kernels.leading_arguments(process):
        if type_name not in (GRID, SWITCHES):
            found += kernels.numbers(type_name, name)
    return found


def model_numbers(kernels: Kernels) -> list[tuple[str, str]]:
    """All numbers of the whole model: component path and default expression."""
    return [
        (path.removeprefix("%"), value) for path, value in kernels.numbers("model_parameters", "")
    ]


def _declaration(variable: Variable, intent: str) -> str:
    kind = "integer" if variable.integer else "real(dp)"
    inner = [
        "n_levels" if name == "level" else str(length)
        for name, length in zip(variable.dimensions, variable.shape, strict=True)
    ]
    extents = ", ".join([*reversed(inner), "n_columns"])
    return f"{kind}, intent({intent}) :: {variable.name}({extents})"


def _wrapped(statement: str) -> str:
    lines = textwrap.wrap(statement, 110, break_long_words=False, subsequent_indent="    ")
    return " &\n".join(lines)


def facade(kernels: Kernels, process: Process) -> str:
    """Fortran source of the module through which `process` is called."""
    name = process.name
    leading = kernels.leading_arguments(process)
    numbers = [path for path, _ in parameter_numbers(kernels, process)]
    used = sorted({(kernels.home[t], t) for _, t in leading})
    lines = [
        f"module {name}_facade",
        "use kinds, only: dp",
        "use vertical_grid, only: new_vertical_layers",
    ]
    lines += [f"use {home}, only: {type_name}" for home, type_name in used]
    lines += [f"use {name}_process, only: {name}", "implicit none", "private"]
    lines += ["public :: columns, defaults", "contains"]

    arguments = ["n_columns", "n_levels", "n_switches", "n_numbers", "half_level_sigma"]
    arguments += ["log_near_surface_sigma", "switches", "numbers"]
    arguments += [v.name for v in (*process.inputs, *process.outputs)] + ["status", "failed_column"]
    lines += [
        _wrapped(f"subroutine columns({', '.join(arguments)})"),
        "integer, intent(in) :: n_columns, n_levels, n_switches, n_numbers",
        "real(dp), intent(in) :: half_level_sigma(n_levels + 1), log_near_surface_sigma",
        "real(dp), intent(in) :: numbers(n_numbers)",
        "integer, intent(in) :: switches(n_switches)",
    ]
    lines += [_declaration(v, "in") for v in process.inputs]
    lines += [_declaration(v, "inout") for v in process.outputs]
    lines += ["integer, intent(out) :: status, failed_column", "integer :: column"]
    lines += [f"type({t}) :: given_{a}" for a, t in leading]
    for argument, type_name in leading:
        if type_name == GRID:
            lines.append(
                f"given_{argument} = new_vertical_layers(half_level_sigma, log_near_surface_sigma)"
            )
        elif type_name == SWITCHES:
            lines += [
                f"given_{argument}%{switch} = switches({i}) /= 0"
                for i, switch in enumerate(kernels.switches(), start=1)
            ]
    lines += [f"given_{path} = numbers({i})" for i, path in enumerate(numbers, start=1)]
    call = [f"given_{a}" for a, _ in leading]
    for variable in (*process.inputs, *process.outputs):
        call.append(f"{variable.name}({', '.join([':'] * len(variable.shape) + ['column'])})")
    lines += [
        "status = 0",
        "failed_column = 0",
        "do column = 1, n_columns",
        _wrapped(f"call {name}({', '.join([*call, 'status'])})"),
        "if (status /= 0) then",
        "failed_column = column",
        "return",
        "end if",
        "end do",
        "end subroutine columns",
    ]

    lines += [
        "subroutine defaults(n_numbers, numbers)",
        "integer, intent(in) :: n_numbers",
        "real(dp), intent(inout) :: numbers(n_numbers)",
    ]
    lines += [f"type({t}) :: given_{a}" for a, t in leading if t not in (GRID, SWITCHES)]
    lines += [f"numbers({i}) = given_{path}" for i, path in enumerate(numbers, start=1)]
    lines += ["end subroutine defaults", f"end module {name}_facade", ""]
    return "\n".join(lines)


def run(command: list[str], folder: Path) -> None:
    """Run a tool quietly in `folder`; show what it said if it fails."""
    finished = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if finished.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{finished.stdout}\n{finished.stderr}")


def release_interpreter(facade_path: Path, wrapper_path: Path) -> None:
    """Carry `!f2py threadsafe` over to the wrappers: f90wrap drops the comments of subroutines."""
    subroutine = r"^ *subroutine {}\b(?:.*&\n)*.*\n"
    wrapper = wrapper_path.read_text()
    module = facade_path.stem
    name = ""
    for line in facade_path.read_text().splitlines():
        started = re.match(r" *subroutine (\w+)", line)
        name = started.group(1) if started else name
        if line.strip() == "!f2py threadsafe":
            pattern = subroutine.format(f"f90wrap_{module}__{name}")
            wrapper, found = re.subn(
                pattern, lambda start: f"{start.group()}!f2py threadsafe\n", wrapper, flags=re.M
            )
            if found != 1:
                raise SystemExit(f"{wrapper_path.name} has no subroutine for {module}::{name}")
    wrapper_path.write_text(wrapper)


def wrap(facades: list[str], work: Path) -> list[str]:
    """Run f90wrap and f2py on the facades in `work`; the names of the files to build."""
    (work / "kind_map").write_text(KIND_MAP)
    scripts = Path(sys.executable).parent
    f90wrap = shutil.which("f90wrap", path=f"{scripts}{os.pathsep}{os.environ.get('PATH', '')}")
    if f90wrap is None:
        raise SystemExit("f90wrap is not installed in the environment that builds")
    run([f90wrap, "-m", MODULE.lstrip("_"), "-k", "kind_map", *facades], work)
    wrappers = [f"f90wrap_{name}" for name in facades]
    for facade_name, wrapper in zip(facades, wrappers, strict=True):
        release_interpreter(work / facade_name, work / wrapper)
    f2py = [sys.executable, "-m", "numpy.f2py", "-m", MODULE, "--lower"]
    run([*f2py, "--f2cmap", "kind_map", *wrappers], work)
    optional = [f"{MODULE}-f2pywrappers.f", f"{MODULE}-f2pywrappers2.f90"]
    for name in optional:
        (work / name).touch()
    support = ["fortranobject.c", "fortranobject.h"]
    for name in support:
        shutil.copy(Path(np.__file__).parent / "f2py" / "src" / name, work / name)
    return [*facades, *wrappers, *optional, *support, f"{MODULE}module.c"]


def table(kernels: Kernels, compiler: str, flags: str) -> str:
    """What `reference.kernels` has to know about the build, as JSON."""
    processes = {}
    for name, process in PROCESSES.items():
        numbers = parameter_numbers(kernels, process)
        processes[name] = {
            "numbers": [path.replace("%", ".") for path, _ in numbers],
            "decimals": [decimal_value(expression) for _, expression in numbers],
        }
    return json.dumps(
        {
            "compiler": compiler,
            "flags": flags,
            "switches": kernels.switches(),
            "processes": processes,
            "model": {
                "numbers": [path.replace("%", ".") for path, _ in model_numbers(kernels)],
                "decimals": [decimal_value(value) for _, value in model_numbers(kernels)],
            },
        },
        indent=1,
    )


def main() -> None:
    """Write facade, wrappers and kernels.json into the output folder."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--output", type=Path, required=True)
    arguments.add_argument("--compiler", default="unknown")
    arguments.add_argument("--flags", default="")
    arguments.add_argument("--hand-written", type=Path, nargs="*", default=[])
    arguments.add_argument("sources", type=Path, nargs="+")
    options = arguments.parse_args()
    kernels = Kernels(options.sources)
    # Processes that import an editable installation at the same time may all come here: each works
    # in a folder of its own and moves complete files into place.
    with tempfile.TemporaryDirectory(dir=options.output) as folder:
        work = Path(folder)
        source = "\n".join(facade(kernels, process) for process in PROCESSES.values())
        (work / "columns_facade.f90").write_text(source)
        for path in options.hand_written:
            shutil.copy(path, work)
        facades = ["columns_facade.f90", *(path.name for path in options.hand_written)]
        names = [*wrap(facades, work), "kernels.json"]
        (work / "kernels.json").write_text(table(kernels, options.compiler, options.flags))
        for name in names:
            os.replace(work / name, options.output / name)


if __name__ == "__main__":
    main()
