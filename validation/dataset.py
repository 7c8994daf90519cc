"""`columns.nc`: everything that the figures show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from reference.process import Process
from validation.columns import ColumnsResult, PlottedColumn, ProcessResult
from validation.diagnosis.files import smallest_dataset
from validation.judgement import HISTOGRAM_EDGES


def write_dataset(result: ColumnsResult, path: Path) -> None:
    """Write a NetCDF-4 file with one group per process: worst columns and histograms.

    In the group of a process are groups with the smallest failing columns of ports.
    """
    root = xr.Dataset(
        attrs={
            "title": "Worst columns and histograms of differences of jcm-validate columns",
            "history": result.request.command_line(),
            "Conventions": "CF-1.11",
        }
    )
    groups = {process.process.name: _group(process) for process in result.processes}
    smallest = {
        diagnosis.group: smallest_dataset(process.process, diagnosis, diagnosis.smallest)
        for process in result.processes
        for diagnosis in process.diagnoses
        if diagnosis.smallest is not None
    }
    tree = xr.DataTree.from_dict({"/": root, **groups, **smallest})
    tree.to_netcdf(path, engine="netcdf4")


def _group(result: ProcessResult) -> xr.Dataset:
    variables: dict[str, Any] = {}
    if result.histograms:
        variables |= _histograms(result)
    for case, plotted in enumerate(result.plotted, start=1):
        variables |= _column(result.process, plotted, case)
    return xr.Dataset(variables, attrs={"summary": result.process.summary})


def _histograms(result: ProcessResult) -> dict[str, Any]:
    labels = [f"{h.implementation} {h.precision} against {h.reference}" for h in result.histograms]
    return {
        "comparison": ("comparison", np.array(labels, dtype=object)),
        "difference_bin": (
            "difference_bin",
            0.5 * (HISTOGRAM_EDGES[1:] + HISTOGRAM_EDGES[:-1]),
            {"units": "1", "long_name": "log10(|difference| / field maximum), centre of bin"},
        ),
        "difference_count": (
            ("comparison", "difference_bin"),
            np.stack([h.counts for h in result.histograms]),
            {"units": "1", "long_name": "number of values, all outputs of the process"},
        ),
        "identical_count": (
            "comparison",
            np.array([h.identical for h in result.histograms]),
            {"units": "1", "long_name": "number of values that do not differ"},
        ),
    }


def _column(process: Process, plotted: PlottedColumn, case: int) -> dict[str, Any]:
    c = plotted.comparison
    assert c.worst is not None
    label = (
        f"{c.implementation} {c.precision}, worst in {c.output}, {c.source} column {c.worst.column}"
    )
    variables: dict[str, Any] = {}

    def add(role: str, name: str, values: np.ndarray) -> None:
        declared = process.variable(name)
        attributes = {
            "units": declared.units,
            "long_name": f"{declared.meaning} ({role})",
            "column": label,
            "replay": c.worst.replay if c.worst else "",
        }
        variables[f"case{case}_{role}_{name}"] = (declared.dimensions, values, attributes)

    for name, values in plotted.inputs.items():
        if name in {variable.name for variable in process.inputs}:
            add("input", name, values)
    for name, values in plotted.expected.items():
        add("reference", name, values)
    for name, values in plotted.found.items():
        add("port", name, values)
        add("difference", name, values.astype(float) - plotted.expected[name].astype(float))
    return variables
