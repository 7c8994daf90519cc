"""Growing NetCDF-4 files; see :class:`jcm.output.writer.Store`."""

from __future__ import annotations

import errno
import math
import os
import tempfile
from pathlib import Path
from typing import Any

import netCDF4
import xarray as xr

#: What HDF5 may need beside the data: tables of chunks, per variable and per file [bytes].
_OVERHEAD_PER_VARIABLE = 16 * 1024
_OVERHEAD = 64 * 1024

#: Records of series are so small that many share a chunk.
_RECORDS_PER_CHUNK_OF_SERIES = 512


class NetcdfStore:
    """A NetCDF-4 file with the unlimited dimension `time`, one chunk per record of a field."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = netCDF4.Dataset(path, "a")
        self._file.set_auto_maskandscale(False)
        for variable in self._file.variables.values():
            # The library would keep many megabytes of written records for each variable.
            if isinstance(variable.chunking(), list):
                chunk = math.prod(variable.chunking()) * variable.dtype.itemsize
                variable.set_var_chunk_cache(size=chunk)

    @staticmethod
    def create(path: Path, template: xr.Dataset) -> None:
        """See :class:`jcm.output.writer.Store`."""
        encoding = fill_values(template)
        for name, variable in template.variables.items():
            if "time" in variable.dims:
                encoding[name]["chunksizes"] = chunks(variable)
        _axes_last(template).to_netcdf(
            path, format="NETCDF4", engine="netcdf4", unlimited_dims=["time"], encoding=encoding
        )

    @staticmethod
    def keep(path: Path, records: int) -> None:
        """See :class:`jcm.output.writer.Store`. The file is copied: HDF5 files do not shrink."""
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-", suffix=".nc")
        os.close(handle)
        fresh = Path(name)
        try:
            with NetcdfStore.read(path) as old:
                NetcdfStore.create(fresh, old.isel(time=slice(0, 0)))
                store = NetcdfStore(fresh)
                constant = [name for name in old.variables if "time" not in old[name].dims]
                changing = old.drop_vars(constant)
                for record in range(records):
                    store.append(changing.isel(time=slice(record, record + 1)), record)
                store.close()
            fresh.chmod(path.stat().st_mode)
            os.replace(fresh, path)
        finally:
            fresh.unlink(missing_ok=True)

    @staticmethod
    def read(path: Path) -> xr.Dataset:
        """See :class:`jcm.output.writer.Store`."""
        return xr.open_dataset(path, engine="netcdf4", decode_cf=False, cache=False)

    def append(self, dataset: xr.Dataset, position: int) -> None:
        """See :class:`jcm.output.writer.Store`."""
        overhead = _OVERHEAD + _OVERHEAD_PER_VARIABLE * len(dataset.variables)
        _reserve(self._path, dataset.nbytes + overhead)
        records = slice(position, position + dataset.sizes["time"])
        try:
            self._write(dataset, records)
        except KeyboardInterrupt:
            self._write(dataset, records)  # half a record could not be taken back
            raise

    def _write(self, dataset: xr.Dataset, records: slice) -> None:
        for name, variable in dataset.variables.items():
            self._file[name][records] = variable.values
        self._file.sync()

    def close(self) -> None:
        """See :class:`jcm.output.writer.Store`."""
        if self._file.isopen():
            self._file.close()


def _axes_last(dataset: xr.Dataset) -> xr.Dataset:
    """The order in which xarray reads variables, so that a copy has them where the original had."""
    order = sorted(dataset.variables, key=lambda name: name in dataset.dims)
    ordered = xr.Dataset({name: dataset.variables[name] for name in order}, attrs=dataset.attrs)
    return ordered.set_coords(dataset.coords)


def fill_values(template: xr.Dataset) -> dict[Any, dict[str, Any]]:
    """Encoding that says only of variables which declare it that values can be missing."""
    return {
        name: {}
        if "_FillValue" in variable.attrs
        else {"_FillValue": variable.encoding.get("_FillValue")}
        for name, variable in template.variables.items()
    }


def chunks(variable: xr.Variable) -> tuple[int, ...]:
    """Shape of a variable's chunks: one record, or many of a series."""
    record = variable.shape[1:]
    if math.prod(record) > _RECORDS_PER_CHUNK_OF_SERIES:
        return (1, *record)
    return (_RECORDS_PER_CHUNK_OF_SERIES, *record)


def _reserve(path: Path, size: int) -> None:
    """Take `size` bytes after the end of the file from the disk, or fail.

    Running out of space inside HDF5 can damage what is in the file already. HDF5 uses the reserved
    space next and gives the rest back.
    """
    posix_fallocate: Any = getattr(os, "posix_fallocate", None)
    if posix_fallocate is None:
        return
    descriptor = os.open(path, os.O_WRONLY)
    try:
        posix_fallocate(descriptor, os.fstat(descriptor).st_size, size)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
    finally:
        os.close(descriptor)
