"""Independent pieces of work next to each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import jax

_Item = TypeVar("_Item")
_Found = TypeVar("_Found")
#: As many as the smallest machine has cores that this should run on.
_THREADS = 2


def side_by_side(function: Callable[[_Item], _Found], items: Sequence[_Item]) -> list[_Found]:
    """`function` of all items, some at a time, with JAX in double precision."""

    def in_double_precision(item: _Item) -> _Found:
        # JAX holds the precision for each thread.
        with jax.enable_x64(True):
            return function(item)

    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(in_double_precision, items))
