"""Golden files of the dynamics: named fields, complex where they were stored in two parts.

Spectral fields run `(..., m, n)`, grid fields `(..., latitude, longitude)`. Some were stored with a
rounded mantissa; how many bits are left stands with the variable.
"""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import xarray as xr

from reference.errors import InputError
from reference.golden import read_dataset

REAL, IMAGINARY = "_real", "_imaginary"
_PROGNOSTIC_LEVELS = ("vorticity", "divergence", "temperature", "specific_humidity")
#: The spectral fields that the model steps in time.
PROGNOSTIC = (*_PROGNOSTIC_LEVELS, "log_normalized_surface_pressure")

_BITS = "_QuantizeBitRoundNumberOfSignificantBits"
_NOTE = re.compile(r"mantissa rounded to (\d+) bits")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?: (\d{2}):(\d{2}))?")


@dataclasses.dataclass(frozen=True)
class Field:
    """One field of a golden file.

    Attributes:
        name: without the part.
        values: float64, complex128 or whole numbers.
        dimensions: names of the axes.
        units: as stored.
        bits: of the mantissa that were kept; None if all.
    """

    name: str
    values: np.ndarray
    dimensions: tuple[str, ...]
    units: str
    bits: int | None = None

    @property
    def storage_rounding(self) -> float:
        """Largest error that storage has caused, relative to the largest value: half a unit."""
        return 0.0 if self.bits is None else 2.0 ** -(self.bits + 1)

    def at(self, **index: int) -> Field:
        """The part of the field at some indices."""
        where = tuple(index.get(name, slice(None)) for name in self.dimensions)
        left = tuple(name for name in self.dimensions if name not in index)
        return dataclasses.replace(self, values=self.values[where], dimensions=left)

    def every(self, stride: int, dimension: str) -> Field:
        """Every `stride`-th entry along a dimension."""
        where = tuple(
            slice(None, None, stride) if name == dimension else slice(None)
            for name in self.dimensions
        )
        return dataclasses.replace(self, values=self.values[where])

    def renamed(self, name: str) -> Field:
        """The same under another name."""
        return dataclasses.replace(self, name=name)


class GoldenFile:
    """A golden file in memory.

    Attributes:
        path: relative to the golden folder.
        whole_path: with the folder.
    """

    def __init__(self, folder: Path, path: str) -> None:
        """Read the file.

        Raises:
            InputError: if it is missing or cannot be read.
        """
        self.path = path
        self.whole_path = folder / path
        self._data: xr.Dataset = read_dataset(self.whole_path, [])

    @property
    def attributes(self) -> dict[str, str]:
        """Global attributes."""
        return {str(name): str(text) for name, text in self._data.attrs.items()}

    def size(self, dimension: str) -> int:
        """Length of a dimension.

        Raises:
            InputError: if the file lacks it.
        """
        if dimension not in self._data.sizes:
            raise InputError(f"golden file {self.whole_path} lacks dimension {dimension}.")
        return self._data.sizes[dimension]

    def holds(self, name: str) -> bool:
        """Whether there is such a field."""
        return name in self._data or name + REAL in self._data

    def field(self, name: str) -> Field:
        """A field, complex if stored in parts.

        Raises:
            InputError: if it is missing, is no number, or is not finite everywhere.
        """
        parts = [name] if name in self._data else [name + REAL, name + IMAGINARY]
        for part in parts:
            if part not in self._data:
                raise InputError(f"golden file {self.whole_path} lacks variable {part}.")
            self._check(part)
        first = self._data[parts[0]]
        values = first.values
        if len(parts) == 2:
            values = values + 1j * self._data[parts[1]].values
        return Field(
            name=name,
            values=values,
            dimensions=tuple(str(d) for d in first.dims),
            units=str(first.attrs.get("units", "")),
            bits=_bits(first),
        )

    def fields(self, names: Iterable[str], suffix: str = "") -> dict[str, Field]:
        """Several fields by name, stored under the name and a suffix."""
        return {name: self.field(name + suffix) for name in names}

    def values(self, name: str) -> np.ndarray:
        """The values of a field."""
        return self.field(name).values

    def _check(self, name: str) -> None:
        values = self._data[name].values
        if values.dtype.kind not in "iuf":
            raise InputError(
                f"golden file {self.whole_path}: {name} has data type {values.dtype}, expected "
                "numbers."
            )
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            place = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
            raise InputError(
                f"golden file {self.whole_path}: {name} is {values[place]} at index {place}, "
                "expected a finite number."
            )


def _bits(variable: xr.DataArray) -> int | None:
    if _BITS in variable.attrs:
        return int(variable.attrs[_BITS])
    found = _NOTE.search(str(variable.attrs.get("note", "")))
    return int(found.group(1)) if found else None


def exists(folder: Path, path: str) -> bool:
    """Whether a golden folder holds a file."""
    return (folder / path).is_file()


def date_in(text: str, what: str) -> datetime.datetime:
    """The first date in a text, such as "cold start 1982-01-01 00:00".

    Raises:
        InputError: if there is none.
    """
    found = _DATE.search(text)
    if found:
        numbers = [int(part or 0) for part in found.groups()]
        try:
            return datetime.datetime(*numbers)
        except ValueError:
            pass
    raise InputError(f"{what} says {text!r}, expected a date such as 1982-01-01 00:00.")
