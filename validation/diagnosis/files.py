"""Smallest columns in NetCDF: groups of `columns.nc` that can be shown again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from reference.errors import InputError
from reference.process import Process
from validation.column_set import ColumnSet
from validation.diagnosis.diagnosis import Diagnosis
from validation.diagnosis.shrinking import SmallestColumn

#: Between the name of a file and that of a group in it.
GROUP_MARK = "#"
_PORT_PREFIX = "port_"


def smallest_dataset(
    process: Process, diagnosis: Diagnosis, smallest: SmallestColumn
) -> xr.Dataset:
    """Inputs and expected outputs by declared name, and outputs of the port as `port_NAME`."""
    variables: dict[str, Any] = {}

    def add(name: str, declared_as: str, values: np.ndarray, role: str) -> None:
        variable = process.variable(declared_as)
        attributes = {"units": variable.units, "long_name": f"{variable.meaning} ({role})"}
        variables[name] = (("column", *variable.dimensions), values, attributes)

    for variable in process.inputs:
        add(variable.name, variable.name, smallest.inputs[variable.name], "input")
    for name, values in smallest.expected.items():
        add(name, name, values, "reference")
    for name, values in smallest.found.items():
        add(f"{_PORT_PREFIX}{name}", name, values, "port")
    attributes = {
        "process": process.name,
        "implementation": diagnosis.implementation,
        "precision": diagnosis.precision,
        "made_from": f"{smallest.source} column {smallest.column}",
        "inputs_that_matter": ", ".join(smallest.matter) or "none",
        "wrong_outputs": ", ".join(smallest.wrong),
        "gates": ", ".join(smallest.gates) or "none",
    }
    return xr.Dataset(variables, attrs=attributes)


def read_smallest(process: Process, source: str) -> ColumnSet:
    """The columns of "FILE#GROUP", as written by :func:`smallest_dataset`.

    Raises:
        InputError: if there is no such file or group, or it lacks a variable of the process.
    """
    path, _, group = source.partition(GROUP_MARK)
    try:
        with xr.open_dataset(Path(path), group=group, engine="netcdf4") as file:
            dataset = file.load()
    except Exception as error:  # netCDF4 and xarray raise many kinds
        text = " ".join(str(error).split())
        raise InputError(f"{path} has no group {group!r} that can be read: {text}.") from None
    for variable in (*process.inputs, *process.outputs):
        if variable.name not in dataset or dataset[variable.name].dims != (
            "column",
            *variable.dimensions,
        ):
            raise InputError(
                f"{source} lacks {variable.name} of process {process.name} with dimensions column "
                f"and {variable.dimensions or 'nothing else'}."
            )
    columns = dataset.sizes["column"]
    nowhere = np.full(columns, np.nan)
    return ColumnSet(
        process=process,
        reference="fortran",
        source=source,
        inputs={v.name: dataset[v.name].to_numpy() for v in process.inputs},
        expected={v.name: dataset[v.name].to_numpy() for v in process.outputs},
        latitude=nowhere,
        longitude=nowhere,
        real=np.zeros(columns, dtype=bool),
        date=np.full(columns, "", dtype=object),
    )
