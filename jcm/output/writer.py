"""A file that grows record by record while a run goes on, and that a restart can continue."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import numpy as np
import xarray as xr

from jcm.output.errors import OutputError
from jcm.output.failures import explained
from jcm.output.netcdf_store import NetcdfStore
from jcm.output.zarr_store import ZarrStore
from jcm.surface.calendar import MINUTES_PER_STEP

_FORMAT = "jcm_output_format"
_VERSION = "1"


class Store(Protocol):
    """How one kind of file does what the writer needs. Times are the file's own, in minutes."""

    def __init__(self, path: Path) -> None:
        """Open an existing file for appending."""

    @staticmethod
    def create(path: Path, template: xr.Dataset) -> None:
        """Make a new file without records at `path`, which does not exist."""

    @staticmethod
    def keep(path: Path, records: int) -> None:
        """Drop all records after the first `records`."""

    @staticmethod
    def read(path: Path) -> xr.Dataset:
        """The file as a data set, undecoded, values not loaded."""

    def append(self, dataset: xr.Dataset, position: int) -> None:
        """Write the records of `dataset` from record `position` on and hand them to the disk."""

    def close(self) -> None:
        """Let go of the file."""


class OutputWriter:
    """Appends records to a NetCDF-4 file (`.nc`) or a Zarr store (`.zarr`), a context manager.

    What :func:`jcm.output.dataset.to_dataset` returns is a number of records; further variables
    with the dimension `time` may be merged into it. Only the records at hand are in memory. Every
    record is on its way to the disk before :meth:`append` returns, so that a killed run leaves a
    file that opens. Space for a record is reserved before it is written: a full disk leaves the
    records before it intact.

    While a run writes a NetCDF file, other programs can read it with the environment variable
    `HDF5_USE_FILE_LOCKING=FALSE`.
    """

    def __init__(self, path: Path, store: Store, time_names: set[str], end: float | None) -> None:
        """For :meth:`open`."""
        self.path = path
        self._store = store
        self._time_names = time_names
        self._end = end
        self._records = 0

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        template: xr.Dataset,
        *,
        resume_from: int | None = None,
        overwrite: bool = False,
    ) -> Self:
        """Create the file, or open it to be continued.

        Args:
            path: ends in `.nc` or `.zarr`, in an existing folder.
            template: the data set of no or any records that defines the file, as
                :func:`jcm.output.dataset.empty_dataset` makes it.
            resume_from: time step from which a run is continued. Records that end after it, left
                by the run that was interrupted, are dropped; a missing file is created.
            overwrite: replace an existing file, if it is one of this writer's.

        Raises:
            OutputError: if the file cannot be written, exists and is not to be replaced, was not
                written by this class, or holds something else than `template` says.
        """
        path = Path(path)
        kind = _store_for(path)
        template = template.isel(time=slice(0, 0)).assign_attrs({_FORMAT: _VERSION})
        with explained(f"cannot write {path}"):
            _check_folder(path.parent)
            if path.exists():
                existing = _own_file(kind, path)
                if resume_from is not None:
                    return cls._resumed(kind, path, template, existing, resume_from)
                existing.close()
                if not overwrite:
                    raise OutputError(
                        f"{path} exists already: continue it from a checkpoint, let it be "
                        "overwritten, or choose another name"
                    )
            _create(kind, path, template)
            return cls(path, kind(path), _time_names(template), None)

    @classmethod
    def _resumed(
        cls, kind: type[Store], path: Path, template: xr.Dataset, existing: xr.Dataset, step: int
    ) -> Self:
        difference = _difference(template, existing)
        ends = _ends(existing)
        existing.close()
        if difference:
            raise OutputError(f"{path} cannot be continued: {difference}")
        # A record that was being written when the run was killed may lack its time.
        whole = np.concatenate([[True], np.diff(ends) > 0.0])[: len(ends)] & (
            ends <= step * MINUTES_PER_STEP
        )
        records = int(np.argmin(np.append(whole, False)))
        if records < len(ends):
            kind.keep(path, records)
        end = float(ends[records - 1]) if records else None
        writer = cls(path, kind(path), _time_names(template), end)
        writer._records = records
        return writer

    @property
    def records(self) -> int:
        """Number of records in the file."""
        return self._records

    def append(self, dataset: xr.Dataset) -> None:
        """Append the records of `dataset`, as many as its dimension `time` has.

        Raises:
            OutputError: if they cannot be written, or do not follow upon the last record.
            ValueError: if `dataset` has other variables than the file.
        """
        names = _time_names(dataset)
        if names != self._time_names:
            raise ValueError(
                f"records of {self.path} consist of {sorted(self._time_names)}, got {sorted(names)}"
            )
        ends = _ends(dataset)
        self._check_order(dataset, ends)
        with explained(f"cannot write to {self.path} after record {self._records}"):
            self._store.append(dataset.drop_vars(dataset.variables.keys() - names), self._records)
        self._records += len(ends)
        if len(ends):
            self._end = float(ends[-1])

    def close(self) -> None:
        """Close the file."""
        with explained(f"cannot close {self.path}"):
            self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _check_order(self, dataset: xr.Dataset, ends: np.ndarray) -> None:
        if self._end is not None and len(ends):
            if "time_bounds" in dataset:
                begin = float(dataset["time_bounds"].values[0, 0])
                follows = begin == self._end
            else:
                begin = float(ends[0])
                follows = begin > self._end
            if not follows:
                raise OutputError(
                    f"{self.path} cannot be continued: its last record ends "
                    f"{self._end:g} minutes after the start of the run, the next one begins at "
                    f"{begin:g} minutes"
                )
        if np.any(np.diff(ends) <= 0.0):
            raise ValueError(f"times of records must increase, got {ends}")


def _store_for(path: Path) -> type[Store]:
    kinds: dict[str, type[Store]] = {".nc": NetcdfStore, ".zarr": ZarrStore}
    try:
        return kinds[path.suffix]
    except KeyError:
        raise OutputError(
            f"the name of an output file must end in .nc or .zarr, got {path.name}"
        ) from None


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise OutputError(f"cannot write to {folder}: there is no such folder")


def _create(kind: type[Store], path: Path, template: xr.Dataset) -> None:
    """Complete the file beside its place first: no half-made file, nothing lost on failure."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as beside:
        fresh = Path(beside) / path.name
        kind.create(fresh, template)
        if path.is_dir():
            shutil.rmtree(path)
        os.replace(fresh, path)


def _own_file(kind: type[Store], path: Path) -> xr.Dataset:
    foreign = OutputError(
        f"{path} was not written by this program or is damaged; it is left alone: choose another "
        "name"
    )
    try:
        existing = kind.read(path)
    except (OutputError, PermissionError):
        raise
    except Exception as error:  # whatever the libraries raise for what they cannot read
        raise foreign from error
    if existing.attrs.get(_FORMAT) != _VERSION:
        existing.close()
        raise foreign
    return existing


def _time_names(dataset: xr.Dataset) -> set[str]:
    return {str(name) for name, variable in dataset.variables.items() if "time" in variable.dims}


def _ends(dataset: xr.Dataset) -> np.ndarray:
    """When the records end, minutes since the start of the run."""
    if "time_bounds" in dataset:
        return dataset["time_bounds"].values[:, 1]
    return dataset["time"].values


def _difference(template: xr.Dataset, existing: xr.Dataset) -> str:
    """What keeps `existing` from being a file made by `template`; empty if nothing does."""
    for name in sorted((template.attrs.keys() | existing.attrs.keys()) - {"history"}):
        found, expected = existing.attrs.get(name), template.attrs.get(name)
        if found != expected:
            return f"{name} of its run is {found!r}, of this run {expected!r}"
    if missing := sorted(map(str, template.variables.keys() - existing.variables.keys())):
        return f"it lacks {', '.join(missing)}"
    if further := sorted(map(str, existing.variables.keys() - template.variables.keys())):
        return f"it also holds {', '.join(further)}"
    for name, new in template.variables.items():
        old = existing.variables[name]
        for what, found, expected in (
            ("dimensions", old.dims, new.dims),
            ("shape per record", *(_record_shape(variable) for variable in (old, new))),
            ("type", old.dtype, new.dtype),
            *(
                (key, old.attrs.get(key), new.attrs[key])
                for key in ("units", "calendar", "cell_methods")
                if key in new.attrs
            ),
        ):
            if found != expected:
                return f"{what} of its {name} is {found}, expected {expected}"
        if "time" not in new.dims and not np.array_equal(old.values, new.values):
            return f"its {name} is not that of this run"
    return ""


def _record_shape(variable: xr.Variable) -> tuple[int, ...]:
    return tuple(size for name, size in variable.sizes.items() if name != "time")
