"""How functions are compiled: nothing here changes a result."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import jax
from jax.experimental.xla_metadata import set_xla_metadata

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")

#: Arguments that choose between programs instead of being data.
_STATIC = ("grid", "formulation", "configuration", "gates")


def compiled_apart(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """Make XLA compile `function` as a computation of its own and keep its results in memory.

    Left to itself, XLA fuses a chain of element-wise operations into whatever reads its result, and
    computes it again for every reader; `make benchmark` shows what that costs on a CPU. Arguments
    called `grid`, `formulation` and `gates` are static.

    Args:
        function: pure, of arrays and pytrees.

    Returns:
        The same function.
    """
    static = [name for name in _STATIC if name in inspect.signature(function).parameters]
    compiled = jax.jit(function, static_argnames=static)

    @functools.wraps(function)
    def apart(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        with set_xla_metadata(inlineable="false"):
            return compiled(*args, **kwargs)

    return apart
