"""Numbers of a pytree by dotted name, as "earlier.temperature" or "physics.clouds.cloud_albedo"."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import jax
import jax.numpy as jnp

_Tree = TypeVar("_Tree")


def named_leaves(tree: Any) -> dict[str, Any]:
    """The leaves of `tree` by dotted name, in the order of the tree."""
    return {_name(path): leaf for path, leaf in jax.tree_util.tree_leaves_with_path(tree)}


def with_leaves(tree: _Tree, values: Mapping[str, Any], *, what: str = "variable") -> _Tree:
    """`tree` with other values in some of its leaves.

    Args:
        tree: NamedTuples and dataclasses of arrays or numbers.
        values: by dotted name; may be traced.
        what: the kind of thing a leaf is, for the error.

    Raises:
        ValueError: for an unknown name, with the nearest known; for a value of another shape.
    """
    leaves = named_leaves(tree)
    for name, value in values.items():
        _check_known(name, leaves, what)
        if jnp.shape(value) != jnp.shape(leaves[name]):
            raise ValueError(
                f"{what} {name} has shape {jnp.shape(leaves[name])}, got {jnp.shape(value)}"
            )
    return jax.tree_util.tree_map_with_path(lambda path, leaf: values.get(_name(path), leaf), tree)


def differentiable_leaves(tree: Any) -> dict[str, Any]:
    """The leaves that have a derivative: numbers and arrays of floating point."""
    return {name: leaf for name, leaf in named_leaves(tree).items() if _is_float(leaf)}


def differentiable(tree: Any, names: Iterable[str], *, what: str = "variable") -> dict[str, Any]:
    """The leaves called `names`, in that order.

    Raises:
        ValueError: for an unknown name, with the nearest known; for a leaf that is a whole number
            or a flag.
    """
    leaves = named_leaves(tree)
    chosen = {}
    for name in names:
        _check_known(name, leaves, what)
        if not _is_float(leaves[name]):
            raise ValueError(
                f"{what} {name} is of type {jnp.result_type(leaves[name])}, a whole number or a "
                "flag, and has no derivative"
            )
        chosen[name] = leaves[name]
    return chosen


def _name(path: tuple[Any, ...]) -> str:
    return jax.tree_util.keystr(path, simple=True, separator=".")


def _is_float(leaf: Any) -> bool:
    return jnp.issubdtype(jnp.result_type(leaf), jnp.floating)


def _check_known(name: str, leaves: Mapping[str, Any], what: str) -> None:
    if name not in leaves:
        nearest = difflib.get_close_matches(name, leaves, n=1, cutoff=0.0)
        hint = f", did you mean {nearest[0]!r}?" if nearest else ""
        raise ValueError(f"there is no {what} called {name!r}{hint}")
