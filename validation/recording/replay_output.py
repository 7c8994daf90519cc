"""A replayed column for programs: JSON or NetCDF."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from reference.errors import InputError
from validation.recording.side_by_side import Quantity, Replay, ReplayedProcess
from validation.results import write_json


def check_output(path: Path) -> None:
    """Refuse a file that could not be written, before anything is computed.

    Raises:
        InputError: for another kind of file, or a folder that does not exist.
    """
    if path.suffix not in _WRITERS:
        raise InputError(f"--output is {path}, expected a name that ends in .json or .nc.")
    if not path.parent.is_dir() or path.is_dir():
        raise InputError(f"--output {path} cannot be written: {path.parent} is no folder for it.")


def write_replay(replay: Replay, path: Path) -> None:
    """Write everything that the terminal shows; the file appears whole or not at all.

    Raises:
        InputError: if it cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        _WRITERS[path.suffix](replay, part)
        os.replace(part, path)
    except OSError as error:
        raise InputError(f"--output {path} cannot be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)


def _head(replay: Replay) -> dict[str, Any]:
    file, column, first = replay.file, replay.column, replay.first
    where = None
    if first is not None:
        process, quantity, place = first
        where = {
            "process": process.process.name,
            "variable": quantity.variable.name,
            "role": quantity.role,
            "index": dict(zip(quantity.variable.dimensions, place, strict=True)),
        }
    return {
        "command": "replay",
        "file": str(file.path),
        "process": file.process.name,
        "column": column,
        "latitude": float(file.latitude[column]),
        "longitude": float(file.longitude[column]),
        "date": str(file.date[column]),
        "step": float(file.step[column]),
        "reference": replay.reference,
        "port": replay.port,
        "precision": replay.precision,
        "passed": replay.passed,
        "on_a_gate": replay.on_a_gate,
        "first_difference": where,
    }


def _write_json(replay: Replay, path: Path) -> None:
    processes = [_process_record(process) for process in replay.processes]
    write_json({**_head(replay), "processes": processes}, path)


def _process_record(process: ReplayedProcess) -> dict[str, Any]:
    return {
        "process": process.process.name,
        "within": process.within,
        "branches": list(process.branches),
        "port_branches": list(process.port_branches),
        "missing_in_port": process.missing,
        "failure": process.failure,
        "difference_on_equal_inputs": process.alone,
        "quantities": [_quantity_record(quantity) for quantity in process.quantities],
    }


def _quantity_record(quantity: Quantity) -> dict[str, Any]:
    recorded = quantity.recorded
    return {
        "name": quantity.variable.name,
        "role": quantity.role,
        "units": quantity.variable.units,
        "dimensions": list(quantity.variable.dimensions),
        "reference": np.asarray(quantity.reference).tolist(),
        "port": np.asarray(quantity.port).tolist(),
        "recorded": None if recorded is None else np.asarray(recorded).tolist(),
        "difference": quantity.difference.tolist(),
        "relative": quantity.relative.tolist(),
        "ulp": quantity.ulp.tolist(),
        "allowed": quantity.allowed,
        "within": quantity.within.tolist(),
    }


def _write_netcdf(replay: Replay, path: Path) -> None:
    head = {name: value for name, value in _head(replay).items() if name != "first_difference"}
    attributes = {n: int(v) if isinstance(v, bool) else v for n, v in head.items()}
    title = "A column side by side in two implementations"
    root = xr.Dataset(attrs={"Conventions": "CF-1.11", "title": title, **attributes})
    groups = {p.process.name: _group(p) for p in replay.processes}
    xr.DataTree.from_dict({"/": root, **groups}).to_netcdf(path, engine="netcdf4")


def _group(process: ReplayedProcess) -> xr.Dataset:
    data = {}
    for quantity in process.quantities:
        variable, parts = (
            quantity.variable,
            {
                "reference": quantity.reference,
                "port": quantity.port,
                "difference": quantity.difference,
                "ulp": quantity.ulp,
            },
        )
        if quantity.recorded is not None:
            parts["recorded"] = quantity.recorded
        for part, values in parts.items():
            units = "1" if part == "ulp" else variable.units
            attributes = {
                "units": units,
                "long_name": f"{variable.meaning} ({part})",
                "role": quantity.role,
                "allowed_difference": quantity.allowed,
            }
            name = f"{quantity.role}_{variable.name}_{part}"
            data[name] = (variable.dimensions, np.asarray(values), attributes)
    attributes = {
        "branches": ", ".join(process.branches),
        "port_branches": ", ".join(process.port_branches),
        "failure": process.failure,
    }
    return xr.Dataset(data, attrs=attributes)


_WRITERS: dict[str, Callable[[Replay, Path], None]] = {".json": _write_json, ".nc": _write_netcdf}
