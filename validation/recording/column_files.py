"""Files with columns to replay: recorded or golden ones, and `columns.nc` of a report."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import xarray as xr

from reference.checks import check_inputs
from reference.declarations import PROCESSES
from reference.errors import InputError
from reference.golden import read_dataset, read_file
from reference.process import GoldenFile, Process
from validation.diagnosis.files import GROUP_MARK, read_smallest
from validation.porting.specification import unknown
from validation.recording.stages import Arrays
from validation.words import degrees

_CASE = re.compile(r"case(\d+)_(input|reference)_(\w+)")
#: A place given in degrees must be within a grid box of a column.
_NEAR_DEGREES = 4.0


@dataclasses.dataclass(frozen=True)
class ColumnFile:
    """Columns of one process.

    Attributes:
        path: the file.
        process: the declaration.
        inputs: by name, `(column, *inner dimensions)`.
        recorded: outputs by name, those that the file holds.
        latitude, longitude: degrees, `(column,)`, NaN without a place.
        date: text, `(column,)`, empty without a date.
        step: since the start of the recording, `(column,)`, NaN if the file does not say.
    """

    path: Path
    process: Process
    inputs: Arrays
    recorded: Arrays
    latitude: np.ndarray
    longitude: np.ndarray
    date: np.ndarray
    step: np.ndarray

    @property
    def columns(self) -> int:
        """Number of columns."""
        return len(self.latitude)

    def find(
        self,
        column: int | None = None,
        latitude: float | None = None,
        longitude: float | None = None,
        step: int | None = None,
    ) -> int:
        """Index of a column.

        Args:
            column: index, counted within the step if one is given; the first by default.
            latitude: degrees north, with `longitude` instead of `column`: the nearest column.
            longitude: degrees east.
            step: since the start of the recording.

        Raises:
            InputError: if there is no such column.
        """
        among = np.arange(self.columns)
        if step is not None:
            among = np.flatnonzero(self.step == step)
            if len(among) == 0:
                known = sorted({int(s) for s in self.step[np.isfinite(self.step)]})
                has = f"steps {', '.join(map(str, known))}" if known else "no steps"
                raise InputError(f"{self.path} has {has} of {self.process.name}, not {step}.")
        if (latitude is None) != (longitude is None):
            raise InputError("--latitude and --longitude belong together, one of them is missing.")
        if latitude is None or longitude is None:
            index = column or 0
            if not 0 <= index < len(among):
                where = "" if step is None else f" in step {step}"
                raise InputError(
                    f"{self.path} has {len(among)} columns of {self.process.name}{where}, expected "
                    f"--column 0 to {len(among) - 1}, got {index}."
                )
            return int(among[index])
        if column is not None:
            raise InputError("--column and --latitude are given, expected one of them.")
        return self._nearest(among, latitude, longitude)

    def _nearest(self, among: np.ndarray, latitude: float, longitude: float) -> int:
        placed = among[np.isfinite(self.latitude[among]) & np.isfinite(self.longitude[among])]
        if len(placed) == 0:
            raise InputError(f"the columns of {self.path} have no latitude and longitude.")
        north = self.latitude[placed] - latitude
        east = (self.longitude[placed] - longitude + 180.0) % 360.0 - 180.0
        distance = np.hypot(north, east * np.cos(np.radians(latitude)))
        nearest = int(np.argmin(distance))
        if distance[nearest] > _NEAR_DEGREES:
            raise InputError(
                f"{self.path} has no column near {degrees(latitude, longitude)}; the nearest lies "
                f"at {degrees(self.latitude[placed][nearest], self.longitude[placed][nearest])}."
            )
        return int(placed[nearest])


def read_columns(path: Path, process: str | None = None) -> ColumnFile:
    """The columns of a file.

    Args:
        path: a recorded or golden file, `columns.nc` of a report, or one of its smallest columns
            as columns.nc#GROUP.
        process: whose, where the file does not tell.

    Raises:
        InputError: if the file cannot be read, holds no columns of a process, or of several of
            which none was named.
    """
    if process is not None and process not in PROCESSES:
        raise InputError(f"process {process!r} {unknown(process, PROCESSES)}")
    if GROUP_MARK in path.name:
        return _from_group(path, process)
    dataset = read_dataset(path, [])
    groups = _groups(path)
    if groups:
        return _from_report(path, groups, process)
    declared = PROCESSES[process] if process else _process_of(path, dataset)
    golden = _golden_file(declared, path, dataset)
    found = read_file(declared, golden, path)
    step = np.full(found.columns, np.nan)
    if "step" in dataset and dataset["step"].shape == (found.columns,):
        step = dataset["step"].values.astype(float)
    return ColumnFile(
        path=path,
        process=declared,
        inputs=_double(found.inputs),
        recorded=found.outputs,
        latitude=found.latitude,
        longitude=found.longitude,
        date=found.date,
        step=step,
    )


def _golden_file(process: Process, path: Path, dataset: xr.Dataset) -> GoldenFile:
    """How a file holds a process: as the golden file of the same name, or under plain names."""
    same = [golden for golden in process.golden if Path(golden.path).name == path.name]
    golden = same[0] if same else GoldenFile(path=path.name)
    if not all(dimension in dataset.dims for dimension in golden.indexed_by):
        golden = dataclasses.replace(golden, indexed_by={})
    names = {v.name: golden.renamed.get(v.name, v.name) for v in process.outputs}
    present = tuple(name for name, stored in names.items() if stored in dataset)
    return dataclasses.replace(golden, only_outputs=present)


def _process_of(path: Path, dataset: xr.Dataset) -> Process:
    """The process that a file belongs to, by its attribute, its name, or its variables."""
    complete = [
        process
        for process in PROCESSES.values()
        if all(v.name in dataset.variables for v in process.inputs)
    ]
    stated = str(dataset.attrs.get("process", "")).split()
    for named in (
        [p for p in complete if p.name in stated],
        [p for p in complete if path.name in [Path(g.path).name for g in p.golden]],
        complete,
    ):
        if len(named) == 1:
            return named[0]
        if named:
            names = ", ".join(p.name for p in named)
            raise InputError(f"{path} holds columns of {names}: name one with --process.")
    for name in stated:
        if name in PROCESSES:
            missing = [v.name for v in PROCESSES[name].inputs if v.name not in dataset.variables]
            raise InputError(f"{path} lacks {missing[0]}, an input of {name}.")
    raise InputError(
        f"{path} holds the inputs of no process; name one with --process to see what it lacks."
    )


def _double(columns: Arrays) -> Arrays:
    """Numbers recorded in single precision are exact in double precision."""
    return {n: v.astype(float) if v.dtype.kind == "f" else v for n, v in columns.items()}


# What a report leaves of its worst columns.


def _groups(path: Path) -> dict[str, xr.Dataset]:
    """Groups of a report's file that hold columns, by process."""
    with xr.open_datatree(path, engine="netcdf4", mask_and_scale=False) as tree:
        return {
            name: node.to_dataset().load()
            for name, node in tree.children.items()
            if name in PROCESSES and any(_CASE.fullmatch(str(v)) for v in node.data_vars)
        }


def _from_group(path: Path, process: str | None) -> ColumnFile:
    """A smallest column, which a report leaves of a port that fell short."""
    if process is None:
        file, _, group = str(path).partition(GROUP_MARK)
        try:
            with xr.open_dataset(file, group=group, engine="netcdf4") as dataset:
                process = str(dataset.attrs.get("process", ""))
        except Exception as error:  # netCDF4 and xarray raise many kinds
            text = " ".join(str(error).split())
            raise InputError(f"{path} cannot be read: {text}.") from None
    if process not in PROCESSES:
        raise InputError(f"{path} does not say of which process it is: name one with --process.")
    found = read_smallest(PROCESSES[process], str(path))
    return ColumnFile(
        path=path,
        process=found.process,
        inputs=_double(dict(found.inputs)),
        recorded=dict(found.expected),
        latitude=found.latitude,
        longitude=found.longitude,
        date=found.date,
        step=np.full(found.columns, np.nan),
    )


def _from_report(path: Path, groups: Mapping[str, xr.Dataset], process: str | None) -> ColumnFile:
    if process is None and len(groups) > 1:
        raise InputError(f"{path} holds columns of {', '.join(groups)}: name one with --process.")
    name = process or next(iter(groups))
    if name not in groups:
        raise InputError(f"{path} holds no columns of {name}, only of {', '.join(groups)}.")
    declared = PROCESSES[name]
    cases: dict[int, dict[str, Arrays]] = {}
    for variable in groups[name].data_vars:
        found = _CASE.fullmatch(str(variable))
        if found:
            number, role, quantity = found.groups()
            case = cases.setdefault(int(number), {"input": {}, "reference": {}})
            case[role][quantity] = groups[name][variable].values
    ordered = [cases[number] for number in sorted(cases)]
    for v in declared.inputs:
        if any(v.name not in case["input"] for case in ordered):
            raise InputError(f"{path} lacks input {v.name} of {name}.")
    inputs = {v.name: np.stack([c["input"][v.name] for c in ordered]) for v in declared.inputs}
    check_inputs(declared, inputs, source=str(path))
    recorded = {
        v.name: np.stack([c["reference"][v.name] for c in ordered])
        for v in declared.outputs
        if all(v.name in c["reference"] for c in ordered)
    }
    nowhere = np.full(len(ordered), np.nan)
    return ColumnFile(
        path=path,
        process=declared,
        inputs=_double(inputs),
        recorded=recorded,
        latitude=nowhere,
        longitude=nowhere,
        date=np.full(len(ordered), "", dtype=object),
        step=nowhere,
    )
