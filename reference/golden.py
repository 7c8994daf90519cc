"""Reader of golden files: numbers of the original model, or of anything laid out alike.

A golden folder has sub-folders `physics`, `surface` and `dynamics` with NetCDF files; a file holds
inputs and outputs of one process. Dimensions that lie inside a column (`level`, `band`, ...) are
known from the declarations; all others count columns and are flattened, and a variable that lacks
one of them is repeated along it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import xarray as xr

from reference.checks import check_inputs
from reference.errors import InputError
from reference.process import INNER_DIMENSIONS, GoldenFile, Process, Variable


@dataclasses.dataclass(frozen=True)
class GoldenColumns:
    """The columns of one golden file.

    Attributes:
        path: the file.
        inputs, outputs: arrays `(column, *inner dimensions)` by declared name.
        columns: how many there are.
        latitude, longitude: degrees, `(column,)`, NaN where a column has no place.
        real: whether a column was taken from a model run, `(column,)`; the others are synthetic.
        date: text such as "1982-03-05 12:00", `(column,)`, empty where a column has no date.
    """

    path: Path
    inputs: dict[str, np.ndarray]
    outputs: dict[str, np.ndarray]
    columns: int
    latitude: np.ndarray
    longitude: np.ndarray
    real: np.ndarray
    date: np.ndarray


def read(process: Process, folder: Path) -> list[GoldenColumns]:
    """All golden columns of `process` below `folder`; none if it lacks only optional files.

    Raises:
        InputError: if the folder, a file or a variable is missing or unreadable, or an array has
            dimensions or values that the declaration does not allow.
    """
    if not folder.is_dir():
        raise InputError(
            f"golden folder {folder} does not exist, expected a folder with physics/*.nc and so on."
        )
    return [
        read_file(process, golden, folder / golden.path)
        for golden in process.golden
        if not golden.optional or (folder / golden.path).exists()
    ]


def read_dataset(path: Path, names: Iterable[str]) -> xr.Dataset:
    """A golden file in memory, as it lies there: no masking, no decoding of times.

    Args:
        path: the file.
        names: variables that it must hold.

    Raises:
        InputError: if the file or a variable is missing, or it cannot be read.
    """
    if not path.is_file():
        raise InputError(f"golden file {path} does not exist.")
    options = {"engine": "netcdf4", "mask_and_scale": False, "decode_times": False}
    try:
        with xr.open_dataset(path, **options) as file:
            dataset = file.load()
    except Exception as error:
        # The NetCDF library reports damage in many exception types; all mean the same here.
        raise InputError(f"golden file {path} cannot be read as NetCDF: {error}") from error
    for name in names:
        if name not in dataset:
            raise InputError(f"golden file {path} lacks variable {name}.")
    return dataset


def read_file(process: Process, golden: GoldenFile, path: Path) -> GoldenColumns:
    """The columns of one file.

    Args:
        process: whose inputs and outputs it holds.
        golden: how it holds them.
        path: the file.

    Raises:
        InputError: as :func:`read`.
    """
    wanted = golden.only_outputs
    outputs = [v for v in process.outputs if wanted is None or v.name in wanted]
    names = {v.name: golden.renamed.get(v.name, v.name) for v in (*process.inputs, *outputs)}
    dataset = read_dataset(path, [*names.values(), *golden.indexed_by.values()])
    for dimension, index in golden.indexed_by.items():
        dataset = dataset.isel({dimension: dataset[index]})
    column_dimensions = _column_dimensions(dataset, list(names.values()))
    lengths = {dimension: dataset.sizes[dimension] for dimension in column_dimensions}
    columns = int(np.prod(list(lengths.values()), dtype=int)) if lengths else 1

    def flattened(variable: Variable) -> np.ndarray:
        return _flatten(dataset[names[variable.name]], lengths, variable, path)

    inputs = {v.name: flattened(v) for v in process.inputs}
    check_inputs(process, inputs, source=str(path))
    expected = {v.name: flattened(v) for v in outputs}
    for variable in outputs:
        _check_output(process, variable, expected[variable.name], inputs, path)
    return GoldenColumns(
        path=path,
        inputs=inputs,
        outputs=expected,
        columns=columns,
        latitude=_coordinate(dataset, "latitude", lengths),
        longitude=_coordinate(dataset, "longitude", lengths),
        real=_is_real(dataset, lengths),
        date=_dates(dataset, lengths),
    )


def _column_dimensions(dataset: xr.Dataset, names: list[str]) -> list[str]:
    """Dimensions that count columns, in the order of the variable that has most of them."""
    candidates = [
        [str(d) for d in dataset[name].dims if d not in INNER_DIMENSIONS] for name in names
    ]
    longest = max(candidates, key=len)
    extra = {d for dims in candidates for d in dims} - set(longest)
    return [*longest, *sorted(extra)]


def _flatten(
    array: xr.DataArray, lengths: dict[str, int], variable: Variable, path: Path
) -> np.ndarray:
    inner = tuple(str(d) for d in array.dims if d in INNER_DIMENSIONS)
    if sorted(inner) != sorted(variable.dimensions):
        raise InputError(
            f"golden file {path}: {array.name} has dimensions {tuple(array.dims)}, expected "
            f"columns and {variable.dimensions or 'nothing else'}."
        )
    for name, length in zip(variable.dimensions, variable.shape, strict=True):
        if array.sizes[name] != length:
            raise InputError(
                f"golden file {path}: {array.name} has {array.sizes[name]} {name}s, "
                f"expected {length}."
            )
    if array.dtype.kind not in "iuf":
        raise InputError(
            f"golden file {path}: {array.name} has data type {array.dtype}, expected numbers."
        )
    complete = array.expand_dims({d: n for d, n in lengths.items() if d not in array.dims})
    values = complete.transpose(*lengths, *variable.dimensions).values
    return np.ascontiguousarray(values.reshape((-1, *variable.shape)))


def _check_output(
    process: Process,
    variable: Variable,
    values: np.ndarray,
    inputs: dict[str, np.ndarray],
    path: Path,
) -> None:
    finite = np.isfinite(values).reshape(len(values), -1).all(axis=1)
    if variable.defined_where is not None:
        finite |= inputs[variable.defined_where] == 0
    if not finite.all():
        column = int(np.argmin(finite))
        raise InputError(
            f"golden file {path}: {variable.name} of process {process.name} is not finite in "
            f"column {column}, expected numbers."
        )


def _coordinate(dataset: xr.Dataset, name: str, lengths: dict[str, int]) -> np.ndarray:
    columns = int(np.prod(list(lengths.values()), dtype=int)) if lengths else 1
    if name not in dataset or not set(dataset[name].dims) <= set(lengths):
        return np.full(columns, np.nan)
    array = dataset[name].astype(float)
    complete = array.expand_dims({d: n for d, n in lengths.items() if d not in array.dims})
    return complete.transpose(*lengths).values.reshape(-1)


def _is_real(dataset: xr.Dataset, lengths: dict[str, int]) -> np.ndarray:
    for marker in ("column_kind", "synthetic"):
        if marker in dataset and set(dataset[marker].dims) <= set(lengths):
            return _coordinate(dataset, marker, lengths) == 0
    return np.ones(int(np.prod(list(lengths.values()), dtype=int)) if lengths else 1, dtype=bool)


def _dates(dataset: xr.Dataset, lengths: dict[str, int]) -> np.ndarray:
    columns = int(np.prod(list(lengths.values()), dtype=int)) if lengths else 1
    empty = np.full(columns, "", dtype=object)
    if "date" not in dataset:
        return empty
    date = dataset["date"]
    own = [str(d) for d in date.dims if d != "date_component"]
    if not own or not set(own) <= set(lengths) or set(date.dims) - set(own) - {"date_component"}:
        return empty
    complete = date.expand_dims({d: n for d, n in lengths.items() if d not in own})
    if "date_component" in date.dims:
        parts = complete.transpose(*lengths, "date_component").values.reshape(columns, -1)
        return np.array([_date_in_words(row) for row in parts], dtype=object)
    numbers = complete.transpose(*lengths).values.reshape(-1)
    return np.array(
        [_date_in_words((n // 10000, n // 100 % 100, n % 100)) if n > 0 else "" for n in numbers],
        dtype=object,
    )


def _date_in_words(parts: tuple[int, ...] | np.ndarray) -> str:
    year, month, day, *time = (int(part) for part in parts)
    if year < 0:
        return ""
    clock = f" {time[0]:02d}:{time[1]:02d}" if len(time) == 2 else ""
    return f"{year:04d}-{month:02d}-{day:02d}{clock}"
