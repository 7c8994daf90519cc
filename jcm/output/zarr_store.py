"""Growing Zarr stores; see :class:`jcm.output.writer.Store`. Needs the package zarr."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import xarray as xr

from jcm.output.errors import OutputError
from jcm.output.netcdf_store import chunks, fill_values


def _zarr() -> Any:
    try:
        import zarr
    except ImportError:
        raise OutputError(
            "writing a .zarr store needs the Python package zarr, which is not installed: install "
            "it, or give the output file a name that ends in .nc"
        ) from None
    return zarr


class ZarrStore:
    """A folder of arrays that grow along `time`, one chunk per record of a field."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._group = _zarr().open_group(path, mode="r+")

    @staticmethod
    def create(path: Path, template: xr.Dataset) -> None:
        """See :class:`jcm.output.writer.Store`."""
        _zarr()
        encoding = fill_values(template)
        for name, variable in template.variables.items():
            if "time" in variable.dims:
                encoding[name]["chunks"] = chunks(variable)
        template.to_zarr(path, mode="w-", encoding=encoding, consolidated=False)

    @staticmethod
    def keep(path: Path, records: int) -> None:
        """See :class:`jcm.output.writer.Store`."""
        with ZarrStore.read(path) as old:
            changing = [name for name in old.variables if "time" in old[name].dims]
        store = ZarrStore(path)
        for name in changing:
            store._resize(str(name), records)

    @staticmethod
    def read(path: Path) -> xr.Dataset:
        """See :class:`jcm.output.writer.Store`."""
        _zarr()
        return xr.open_zarr(path, decode_cf=False, consolidated=False, chunks=None)

    def append(self, dataset: xr.Dataset, position: int) -> None:
        """See :class:`jcm.output.writer.Store`."""
        records = slice(position, position + dataset.sizes["time"])
        try:
            for name, variable in dataset.variables.items():
                self._resize(str(name), records.stop)
                self._group[name][records] = variable.values
        except BaseException:
            # The arrays must stay of one length, or the store does not open.
            with contextlib.suppress(OSError):
                for name in dataset.variables:
                    self._resize(str(name), position)
            raise

    def close(self) -> None:
        """See :class:`jcm.output.writer.Store`; every record is a file of its own already."""

    def _resize(self, name: str, records: int) -> None:
        array = self._group[name]
        array.resize((records, *array.shape[1:]))
