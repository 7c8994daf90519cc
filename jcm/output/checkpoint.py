"""The state of a run in one file, from which it continues bit for bit.

A checkpoint is a NetCDF-4 file with one variable per leaf of the state's pytree, so that it can be
looked at with ordinary tools, followed by a line with the SHA-256 of all before it, which NetCDF
ignores. A file that was cut short or damaged is thus recognized before anything of it is used.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import netCDF4
import numpy as np

from jcm.output.errors import CheckpointError
from jcm.output.failures import explained

Tree = TypeVar("Tree")

_FORMAT = "jcm_checkpoint_format"
_VERSION = 1
_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_SEAL = b"\njcm checkpoint sha256 "
_SEAL_LENGTH = len(_SEAL) + 2 * hashlib.sha256().digest_size + 1
#: Integers of the same size carry the bits of types that NetCDF lacks.
_CARRIER = {"bool": "u1", "float16": "u2", "bfloat16": "u2"}


def save(path: str | os.PathLike[str], state: Any, metadata: Mapping[str, Any]) -> None:
    """Write `state` to `path`, replacing an earlier checkpoint only once the new one is complete.

    Args:
        path: file in an existing folder.
        state: pytree of arrays (of JAX or NumPy; typed PRNG keys too) and Python numbers.
        metadata: what JSON can hold; `metadata["configuration"]`, a mapping, is what :func:`load`
            compares.

    Raises:
        OutputError: if the file cannot be written; an earlier one is then untouched.
        TypeError: if a leaf or the metadata cannot be stored.
    """
    path = Path(path)
    content = _to_netcdf(state, json.dumps(metadata, sort_keys=True))
    sealed = content + _seal(content)
    with explained(f"cannot write the checkpoint {path}"):
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        try:
            with open(handle, "wb") as file:
                file.write(sealed)
                file.flush()
                os.fsync(handle)
            os.chmod(name, 0o666 & ~_umask())
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)


def load(
    path: str | os.PathLike[str],
    template: Tree,
    configuration: Mapping[str, Any] | None = None,
) -> tuple[Tree, dict[str, Any]]:
    """The state in `path`, bit for bit as it was saved.

    Args:
        path: file written by :func:`save`.
        template: pytree of the structure, shapes and types that the state must have; its values are
            not used. Leaves may be `jax.ShapeDtypeStruct`.
        configuration: if given, must equal `metadata["configuration"]` of the file.

    Returns:
        The state, NumPy arrays and Python numbers where `template` has them and arrays of JAX
        otherwise, and the metadata.

    Raises:
        CheckpointError: if the file is missing, cut short, damaged, not a checkpoint, or one of
            a model with another configuration, in which case the message names what differs.
    """
    content = _unsealed(Path(path))
    with netCDF4.Dataset("checkpoint", memory=content) as file:
        metadata = _metadata(file, path)
        if configuration is not None:
            _compare(path, metadata.get("configuration", {}), configuration)
        leaves, structure = jax.tree_util.tree_flatten_with_path(template)
        names = [_name(key_path) for key_path, _ in leaves]
        _compare_names(path, set(file.variables), set(names))
        state = [
            _read(file[name], leaf, path) for name, (_, leaf) in zip(names, leaves, strict=True)
        ]
    return jax.tree_util.tree_unflatten(structure, state), metadata


def read_metadata(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The metadata of the checkpoint `path`.

    Raises:
        CheckpointError: if the file is missing, cut short, damaged or not a checkpoint.
    """
    with netCDF4.Dataset("checkpoint", memory=_unsealed(Path(path))) as file:
        return _metadata(file, path)


@dataclasses.dataclass(frozen=True)
class _Stored:
    """A leaf as NetCDF takes it: `dtype` and `key` say what it is."""

    values: np.ndarray
    dtype: str
    key: str = ""


def _name(key_path: tuple[Any, ...]) -> str:
    return jax.tree_util.keystr(key_path, simple=True, separator=".").replace("/", "|") or "state"


def _stored(leaf: Any, name: str) -> _Stored:
    key = ""
    if _is_key(leaf):
        key = str(jax.random.key_impl(leaf))
        leaf = jax.random.key_data(leaf)
    values = np.asarray(leaf)
    dtype = values.dtype.name
    if dtype in _CARRIER:
        values = values.view(_CARRIER[dtype])
    elif values.dtype.kind == "c":
        values = np.ascontiguousarray(values[..., None]).view(values.real.dtype)
    elif values.dtype.kind not in "iuf" or values.dtype.itemsize > 8:
        raise TypeError(f"{name} is of type {values.dtype}, which a checkpoint cannot hold")
    return _Stored(values, dtype, key)


def _is_key(leaf: Any) -> bool:
    return jnp.issubdtype(getattr(leaf, "dtype", np.float64), jax.dtypes.prng_key)


def _to_netcdf(state: Any, metadata: str) -> bytes:
    file = netCDF4.Dataset("checkpoint", "w", format="NETCDF4", memory=1)
    file.setncatts({_FORMAT: np.int32(_VERSION), "metadata": metadata})
    for key_path, leaf in jax.tree_util.tree_flatten_with_path(state)[0]:
        name = _name(key_path)
        if name in file.variables:
            raise TypeError(f"two leaves of the state are called {name}")
        stored = _stored(leaf, name)
        dimensions = list(_dimensions(file, stored.values.shape))
        variable = file.createVariable(name, stored.values.dtype, dimensions, fill_value=False)
        variable.set_auto_maskandscale(False)
        variable.dtype_of_leaf = stored.dtype
        if stored.key:
            variable.key_implementation = stored.key
        if stored.values.size:
            variable[...] = stored.values
    return bytes(file.close())


def _dimensions(file: netCDF4.Dataset, shape: tuple[int, ...]) -> Iterator[str]:
    """Names of dimensions, shared by size; an axis that repeats a size gets another one."""
    for axis, size in enumerate(shape):
        repeated = shape[:axis].count(size)
        name = f"size_{size}" + (f"_{repeated + 1}" if repeated else "")
        if name not in file.dimensions:
            file.createDimension(name, size)
        yield name


def _read(variable: netCDF4.Variable, leaf: Any, path: str | os.PathLike[str]) -> Any:
    variable.set_auto_maskandscale(False)
    values = np.asarray(variable[...])
    dtype = variable.dtype_of_leaf
    if dtype in _CARRIER:
        values = values.view(jnp.dtype(dtype))
    elif dtype.startswith("complex"):
        values = np.ascontiguousarray(values).view(dtype)[..., 0]
    key = getattr(variable, "key_implementation", "")
    found = jax.random.wrap_key_data(jnp.asarray(values), impl=key) if key else values
    if _kind(found) != _kind(leaf):
        raise CheckpointError(
            f"{path} was written by another model: its {variable.name} is {_kind(found)}, this "
            f"model has {_kind(leaf)}"
        )
    if key:
        return found
    if isinstance(leaf, bool | int | float | complex):
        return type(leaf)(values[()])
    if isinstance(leaf, np.ndarray | np.generic):
        return values if isinstance(leaf, np.ndarray) else values[()]
    return jnp.asarray(values)


def _kind(leaf: Any) -> str:
    """Type and shape, such as "float32 [62, 8, 32]"."""
    if not hasattr(leaf, "dtype"):
        leaf = np.asarray(leaf)
    return f"{leaf.dtype} {list(leaf.shape)}"


def _compare_names(path: str | os.PathLike[str], found: set[str], expected: set[str]) -> None:
    if missing := sorted(expected - found):
        raise CheckpointError(f"{path} was written by another model: it lacks {_few(missing)}")
    if further := sorted(found - expected):
        raise CheckpointError(f"{path} was written by another model: it also holds {_few(further)}")


def _few(names: list[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"


def _compare(
    path: str | os.PathLike[str], found: Mapping[str, Any], expected: Mapping[str, Any]
) -> None:
    # Through JSON and back, so that tuples equal lists.
    expected = json.loads(json.dumps(expected))
    differences = list(_differences(found, expected))
    if differences:
        raise CheckpointError(
            f"{path} was written by a model with another configuration: {_few(differences)}"
        )


def _differences(found: Any, expected: Any, place: str = "") -> Iterator[str]:
    if isinstance(found, Mapping) and isinstance(expected, Mapping):
        for name in sorted(found.keys() | expected.keys()):
            where = f"{place}.{name}" if place else name
            yield from _differences(found.get(name), expected.get(name), where)
    elif found != expected:
        yield f"{place} is {json.dumps(found)} in the file and {json.dumps(expected)} here"


def _seal(content: bytes) -> bytes:
    return _SEAL + hashlib.sha256(content).hexdigest().encode() + b"\n"


def _unsealed(path: Path) -> bytes:
    """The NetCDF part of the file, proven whole."""
    try:
        sealed = path.read_bytes()
    except FileNotFoundError:
        raise CheckpointError(f"there is no checkpoint {path}") from None
    except OSError as error:
        raise CheckpointError(f"cannot read the checkpoint {path}: {error.strerror}") from error
    content, seal = sealed[:-_SEAL_LENGTH], sealed[-_SEAL_LENGTH:]
    if not seal.startswith(_SEAL):
        raise CheckpointError(_without_seal(path, sealed))
    if seal != _seal(content):
        raise CheckpointError(
            f"the checkpoint {path} is damaged: its content does not match its digest"
        )
    return content


def _without_seal(path: Path, content: bytes) -> str:
    cut_short = f"the checkpoint {path} is cut short: {len(content)} bytes, its end is missing"
    foreign = f"{path} is not a checkpoint of this program"
    if not content.startswith(_SIGNATURE):
        return cut_short if _SIGNATURE.startswith(content) else foreign
    try:
        with netCDF4.Dataset("checkpoint", memory=content) as file:
            return cut_short if _FORMAT in file.ncattrs() else foreign
    except (OSError, RuntimeError):
        return cut_short


def _metadata(file: netCDF4.Dataset, path: str | os.PathLike[str]) -> dict[str, Any]:
    version = int(file.getncattr(_FORMAT))
    if version != _VERSION:
        raise CheckpointError(
            f"the checkpoint {path} has format {version}, this program reads format {_VERSION}"
        )
    return json.loads(file.getncattr("metadata"))


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a power failure, where the system can."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:
        return
    finally:
        os.close(descriptor)
