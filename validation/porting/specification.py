"""What a port of the user's is: a Python object, a program, or a small TOML file about either.

On the command line

    --implementation package.module:object        an object that holds a function per process
    --implementation package.module:function      a function, for the one process that is compared
    --implementation "cmd: ./port {input} {output}"   a program that reads and writes NetCDF files
    --implementation port.toml                    any of these, with other names, units or axes

and in the file

    [port]
    implementation = "my_port:convect"  # or "cmd: ..."
    process = "convection"              # for a function; a program may have a list of them
    python = "../venv/bin/python"       # to call functions with, if not that of the harness
    precision = "float64"               # of the arrays handed over, and expected back
    array = "numpy"                     # or "jax", "torch"
    timeout_seconds = 120
    axes = ["level", "column"]          # order of the axes of every array
    levels = "bottom_up"                # or "top_down"
    first_level = 1                     # number of the first level in indices of levels
    none = 0                            # index that stands for "no level"

    [inputs.specific_humidity]          # and [outputs.NAME]
    name = "qv"
    units = "kg kg-1"
"""

from __future__ import annotations

import dataclasses
import difflib
import shlex
import shutil
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from reference.declarations import PROCESSES
from reference.errors import InputError
from validation.porting.layout import Layout, VariableLayout

PROGRAM = "cmd:"
ARRAYS = ("numpy", "jax", "torch")
PRECISIONS = ("float64", "float32")
#: A call may take so long unless the file says otherwise; compiling counts [s].
DEFAULT_TIMEOUT = 300.0

_PORT_KEYS = (
    "implementation",
    "process",
    "python",
    "precision",
    "array",
    "timeout_seconds",
    "axes",
    "levels",
    "first_level",
    "none",
)
_VARIABLE_KEYS = ("name", "units", "scale", "offset", "axes", "levels", "first_level", "none")


@dataclasses.dataclass(frozen=True, kw_only=True)
class PortSpecification:
    """A port of the user's.

    Attributes:
        name: as on the command line.
        target: "module:object", empty for a program.
        command: words of the command, with `{input}` and `{output}`; empty for Python.
        processes: those that it has; empty if it is not said which.
        python: interpreter that calls its functions, empty for that of the harness.
        precision: of its arrays, None for that of the comparison.
        array: kind of array that its functions take.
        timeout: seconds that a call may take.
        layout: names, units and axes of its variables.
        folder: where it is imported or run from.
    """

    name: str
    target: str = ""
    command: tuple[str, ...] = ()
    processes: tuple[str, ...] = ()
    python: str = ""
    precision: str | None = None
    array: str = "numpy"
    timeout: float = DEFAULT_TIMEOUT
    layout: Layout = Layout()
    folder: Path = Path()


def is_specification(name: str) -> bool:
    """Whether `name` can be a port of the user's."""
    return ":" in name or name.endswith(".toml")


def specification(name: str) -> PortSpecification:
    """The port called `name` on the command line.

    Raises:
        InputError: for a file that is missing, unreadable, or says what is not understood.
    """
    if name.endswith(".toml"):
        return _from_file(name)
    return _implementation(name, name, Path.cwd())


def _implementation(name: str, implementation: str, folder: Path) -> PortSpecification:
    if implementation.startswith(PROGRAM):
        words = tuple(shlex.split(implementation.removeprefix(PROGRAM)))
        for placeholder in ("{input}", "{output}"):
            if not any(placeholder in word for word in words):
                raise InputError(
                    f"implementation {implementation!r} lacks {placeholder}, expected a command "
                    "such as 'cmd: ./port {input} {output}'."
                )
        return PortSpecification(name=name, command=words, folder=folder)
    module, _, found = implementation.partition(":")
    if not module or not found:
        raise InputError(
            f"implementation {implementation!r} is not known, expected jax, fortran, "
            "module:object, 'cmd: program {input} {output}' or a TOML file."
        )
    return PortSpecification(name=name, target=implementation, folder=folder)


def _from_file(name: str) -> PortSpecification:
    path = Path(name)
    try:
        content = tomllib.loads(path.read_text())
    except OSError as error:
        raise InputError(f"port file {name} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"port file {name} is not TOML: {error}.") from None
    _check_keys(content, ("port", "inputs", "outputs"), name)
    port = _table(content, "port", name)
    _check_keys(port, _PORT_KEYS, f"{name}, [port]")
    if "implementation" not in port:
        raise InputError(f"{name}, [port] lacks implementation, expected module:object or cmd: ...")
    base = _implementation(name, str(port["implementation"]), path.resolve().parent)
    processes = _processes(port, name)
    _check_choice(port, "precision", PRECISIONS, name)
    _check_choice(port, "array", ARRAYS, name)
    timeout = port.get("timeout_seconds", DEFAULT_TIMEOUT)
    if not isinstance(timeout, int | float) or not timeout > 0:
        raise InputError(f"{name}, [port]: timeout_seconds is {timeout!r}, expected seconds.")
    return dataclasses.replace(
        base,
        processes=processes,
        python=_python(port, base, name),
        precision=port.get("precision"),
        array=port.get("array", "numpy"),
        timeout=float(timeout),
        layout=_layout(content, port, processes, name),
    )


def _processes(port: Mapping[str, Any], name: str) -> tuple[str, ...]:
    given = port.get("process", [])
    found = given if isinstance(given, list) else [given]
    for process in found:
        if not isinstance(process, str) or process not in PROCESSES:
            raise InputError(f"{name}, [port]: process {process!r} {unknown(process, PROCESSES)}")
    return tuple(found)


def _python(port: Mapping[str, Any], base: PortSpecification, name: str) -> str:
    """The interpreter: a path relative to the file, or a command on the search path."""
    python = port.get("python", "")
    if not isinstance(python, str):
        raise InputError(f"{name}, [port]: python is {python!r}, expected a path or a command.")
    if not python:
        return ""
    if base.command:
        raise InputError(
            f"{name}, [port] has python and a command, expected the interpreter in the command."
        )
    path = Path(python).expanduser()
    # Not resolved: a virtual environment is known by the place of its link to the interpreter.
    found = shutil.which(python if len(path.parts) == 1 else base.folder / path)
    if found is None:
        raise InputError(f"{name}, [port]: python {python!r} is not there or not executable.")
    return str(found)


def _layout(
    content: Mapping[str, Any], port: Mapping[str, Any], processes: tuple[str, ...], name: str
) -> Layout:
    common = {key: port[key] for key in ("axes", "levels", "first_level", "none") if key in port}
    candidates = [PROCESSES[process] for process in processes or PROCESSES]
    variables: dict[str, dict[str, VariableLayout]] = {}
    for role in ("inputs", "outputs"):
        declared = {
            variable.name for candidate in candidates for variable in getattr(candidate, role)
        }
        variables[role] = {}
        for variable, entry in _table(content, role, name).items():
            where = f"{name}, [{role}.{variable}]"
            if variable not in declared:
                raise InputError(f"{where}: this variable {unknown(variable, declared)}")
            if not isinstance(entry, Mapping):
                raise InputError(f"{where} is {entry!r}, expected a table.")
            _check_keys(entry, _VARIABLE_KEYS, where)
            variables[role][variable] = _variable_layout({**common, **entry}, where)
    default = _variable_layout(common, f"{name}, [port]")
    return Layout(inputs=variables["inputs"], outputs=variables["outputs"], default=default)


def _variable_layout(entry: Mapping[str, Any], where: str) -> VariableLayout:
    _check_choice(entry, "levels", ("top_down", "bottom_up"), where)
    axes = entry.get("axes")
    if axes is not None and not (isinstance(axes, list) and all(isinstance(a, str) for a in axes)):
        raise InputError(f"{where}: axes is {axes!r}, expected a list such as ['level', 'column'].")
    for key, kinds in (
        ("scale", (int, float)),
        ("offset", (int, float)),
        ("first_level", (int,)),
        ("none", (int,)),
        ("name", (str,)),
        ("units", (str,)),
    ):
        if key in entry and not (isinstance(entry[key], kinds) and entry[key] is not True):
            raise InputError(f"{where}: {key} is {entry[key]!r}, expected a {kinds[-1].__name__}.")
    if entry.get("scale") == 0:
        raise InputError(f"{where}: scale is 0, expected what a value is multiplied with.")
    if "units" in entry and ("scale" in entry or "offset" in entry):
        raise InputError(f"{where} has units and scale or offset, expected one of the two.")
    return VariableLayout(**{**entry, "axes": None if axes is None else tuple(axes)})


def _table(content: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    table = content.get(key, {})
    if not isinstance(table, Mapping):
        raise InputError(f"{where}: {key} is {table!r}, expected a table [{key}].")
    return table


def _check_keys(found: Mapping[str, Any], known: Collection[str], where: str) -> None:
    for key in found:
        if key not in known:
            raise InputError(f"{where}: {key!r} {unknown(key, known)}")


def _check_choice(entry: Mapping[str, Any], key: str, choices: tuple[str, ...], where: str) -> None:
    if key in entry and entry[key] not in choices:
        raise InputError(f"{where}: {key} is {entry[key]!r}, expected {' or '.join(choices)}.")


def unknown(name: Any, known: Collection[str]) -> str:
    """The end of a sentence about a name that is not among those known."""
    nearest = difflib.get_close_matches(str(name), known, n=1, cutoff=0.6)
    hint = f", did you mean {nearest[0]!r}?" if nearest else f", expected {', '.join(known)}."
    return f"is not known{hint}"
