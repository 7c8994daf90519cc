"""What a new port starts from: files with the face of a process, and nothing inside.

A first comparison of a skeleton fails and says which outputs are missing.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from reference import kernels
from reference.declarations import PROCESSES
from reference.errors import InputError
from reference.process import INNER_DIMENSIONS, Process, Variable
from reference.sampling import sample
from validation.porting.layout import COLUMN
from validation.porting.specification import unknown
from validation.templating import template_environment

LANGUAGES = ("python", "torch", "c", "program")
_EXAMPLE_COLUMNS = 12


def write_skeleton(name: str, process_name: str, language: str, folder: Path) -> list[Path]:
    """Write the files of a new port.

    Args:
        name: of the port and its files, a word of letters, digits and underscores.
        process_name: what it will compute.
        language: one of :data:`LANGUAGES`.
        folder: where to; made if it does not exist.

    Returns:
        The files, the description of the port first.

    Raises:
        InputError: for an unknown process or language, an impossible name, or a file that exists.
    """
    if process_name not in PROCESSES:
        raise InputError(f"process {process_name!r} {unknown(process_name, PROCESSES)}")
    if language not in LANGUAGES:
        raise InputError(f"language {language!r} {unknown(language, LANGUAGES)}")
    if not re.fullmatch(r"[A-Za-z_]\w*", name):
        raise InputError(f"{name!r} is no name for a port, expected letters, digits and _.")
    process = PROCESSES[process_name]
    texts = _texts(name, process, language)
    examples = _examples(name, process) if language == "program" else {}
    paths = [folder / file for file in (*texts, *examples)]
    for path in paths:
        if path.exists():
            raise InputError(f"{path} exists already, expected a new name or folder.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in texts.items():
            (folder / file).write_text(text)
        for file, dataset in examples.items():
            encoding = {name: {"_FillValue": None} for name in dataset}
            dataset.to_netcdf(folder / file, engine="netcdf4", encoding=encoding)
    except OSError as error:
        raise InputError(f"{folder} cannot be written to: {error.strerror or error}.") from None
    return paths


def _texts(name: str, process: Process, language: str) -> dict[str, str]:
    """Contents of the text files by name."""
    judge = f"Judge it:  jcm-validate columns --process {process.name} --implementation {name}.toml"
    dimensions = _dimensions(process)
    common: dict[str, Any] = {
        "name": name,
        "process": process,
        "judge": judge,
        "dimensions": dimensions,
        "position": {dimension: i + 1 for i, (dimension, _) in enumerate(dimensions)},
        "integers_in": any(variable.integer for variable in process.inputs),
        "floats_in": any(not variable.integer for variable in process.inputs),
    }
    python = {"implementation": f"{name}:{process.name}", "array": "numpy"}
    program = {"implementation": f"cmd: ./{name} {{input}} {{output}}", "array": ""}
    if language == "python":
        files = {".toml": python, ".py": {"library": "np", "torch": False}}
    elif language == "torch":
        files = {".toml": python | {"array": "torch"}, ".py": {"library": "torch", "torch": True}}
    elif language == "c":
        files = {".toml": program, ".c": {}}
    else:
        files = {".toml": program, ".md": {}}
    templates = {".toml": "port.toml", ".py": "port.py", ".c": "port.c", ".md": "program.md"}
    environment = template_environment(
        {"shape": _shape, "numpy_shape": _numpy_shape, "dtype": _dtype, "c_size": _c_size},
        html=False,
    )
    return {
        f"{name}{suffix}": environment.get_template(f"port/{templates[suffix]}.j2").render(
            common | extra
        )
        + "\n"
        for suffix, extra in files.items()
    }


def _examples(name: str, process: Process) -> dict[str, xr.Dataset]:
    """Files that a program reads and writes, the latter only with the Fortran."""
    inputs = sample(process, _EXAMPLE_COLUMNS, seed=1)
    files = {f"{name}-input.nc": _dataset(process, process.inputs, inputs)}
    if kernels.available():
        outputs = kernels.run(process, inputs)
        files[f"{name}-output.nc"] = _dataset(process, process.outputs, outputs)
    return files


def _dataset(
    process: Process, variables: tuple[Variable, ...], values: dict[str, np.ndarray]
) -> xr.Dataset:
    data = {
        v.name: ((COLUMN, *v.dimensions), values[v.name], {"units": v.units}) for v in variables
    }
    return xr.Dataset(data, attrs={"process": process.name, "precision": "float64"})


def _dimensions(process: Process) -> list[tuple[str, int]]:
    used = {name for v in (*process.inputs, *process.outputs) for name in v.dimensions}
    return [(name, size) for name, size in INNER_DIMENSIONS.items() if name in used]


def _shape(variable: Variable) -> str:
    return f"({', '.join((COLUMN, *variable.dimensions))})"


def _numpy_shape(variable: Variable) -> str:
    return f"({', '.join(('columns', *map(str, variable.shape)))}{',' * (not variable.shape)})"


def _dtype(variable: Variable, library: str) -> str:
    """Third argument of an array of zeros."""
    if variable.integer:
        return f", dtype={library}.int32"
    return ", dtype=torch.float64" if library == "torch" else ""


def _c_size(variable: Variable) -> str:
    return "".join(f" * {length}" for length in variable.shape)
