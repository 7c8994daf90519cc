"""From independent quantities to the inputs of processes.

A rule computes one quantity, `(column,)` or `(column, level, ...)`, from others; it bears its name.
Rules are applied when their result is asked for, so that only what a process needs is computed.
The rules themselves are in `derivation_atmosphere` and `derivation_forcing`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from reference.basis import Basis


class Derived(Mapping[str, np.ndarray]):
    """Primitives and everything that follows from them, by name, computed on demand.

    Attributes:
        used: names of the primitives asked for so far, in that order.
    """

    def __init__(self, basis: Basis) -> None:
        self._basis = basis
        self._computed: dict[str, np.ndarray] = {}
        self.used: dict[str, None] = {}

    def __getitem__(self, name: str) -> np.ndarray:
        name = _ALIASES.get(name, name)
        if name in self._basis:
            self.used[name] = None
            return self._basis[name]
        if name not in self._computed:
            self._computed[name] = _RULES[name](self)
        return self._computed[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._basis, **_RULES, **_ALIASES})

    def __len__(self) -> int:
        return len({**self._basis, **_RULES, **_ALIASES})


def derive(basis: Basis) -> Derived:
    """Everything that follows from `basis`: every input of every process is among it."""
    for module in _RULE_MODULES:
        importlib.import_module(module)
    return Derived(basis)


#: Modules that register rules when they are imported.
_RULE_MODULES = ("reference.derivation_atmosphere", "reference.derivation_forcing")


_Rule = Callable[[Derived], np.ndarray]
_RULES: dict[str, _Rule] = {}
#: Quantities that are drawn like another one.
_ALIASES = {
    "cos_latitude": "latitude_cosine",
    "interpolated_sea_ice_fraction": "sea_ice_fraction",
    "land_temperature_climatology": "land_surface_temperature",
    "longwave_transmissivity_in": "longwave_transmissivity",
    "stratospheric_correction_in": "stratospheric_correction",
    "surface_downward_shortwave_in": "surface_downward_shortwave",
}


def rule(function: _Rule) -> _Rule:
    """Register a function, but for its leading underscore, under the name of its result."""
    _RULES[function.__name__.removeprefix("_")] = function
    return function
