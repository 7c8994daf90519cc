"""JAX's double precision switched as a port needs it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax


def in_precision(method: Callable[..., Any]) -> Callable[..., Any]:
    """Run a method with JAX's double precision on or off, as the port's precision needs."""

    @functools.wraps(method)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        """See the protocol."""
        with jax.enable_x64(self.precision == "float64"):
            return method(self, *args, **kwargs)

    return wrapped
