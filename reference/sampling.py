"""Columns to try a process on: plausible ones, broad ones, and those where something happens."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import numpy as np

from reference.basis import Basis, draw_basis
from reference.derivation import derive
from reference.process import Process

#: Inputs that are not the quantity of their name: the driver clips humidity itself.
_DRAWN_AS = {("physics_driver", "specific_humidity"): "specific_humidity_before_clipping"}

#: Primitives that one process needs in a narrower range, both ends included: the file of anomalies
#: must hold every month of a run.
_NARROWED = {("sst_anomaly_window", "start_year"): (1980, 2008)}


def sample(process: Process, columns: int, seed: int, *, first: int = 0) -> dict[str, np.ndarray]:
    """Draw inputs of `process`.

    Column number i of a seed is always the same, however many are drawn: element i of
    `sample(process, n, seed)` is what `sample(process, 1, seed, first=i)` holds.
    Of 10 000 columns at least 20 take each of the process's gates.

    Args:
        process: the declaration.
        columns: how many columns, positive.
        seed: not negative.
        first: number of the first column.

    Returns:
        Arrays `(column, *inner dimensions)` by declared name, float64 or int32, all acceptable.
    """
    names = primitives_of(process)
    return inputs_from(process, draw_basis(seed, columns, first=first, names=names))


def inputs_from(process: Process, basis: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The inputs of `process` that follow from primitives, as :func:`sample` returns them."""
    quantities = derive(_narrowed(process, basis))
    return {
        variable.name: np.ascontiguousarray(
            quantities[_DRAWN_AS.get((process.name, variable.name), variable.name)],
            dtype=np.int32 if variable.integer else np.float64,
        )
        for variable in process.inputs
    }


def _narrowed(process: Process, basis: Mapping[str, np.ndarray]) -> Basis:
    """`basis` with whole numbers outside a narrowed range moved into it."""
    narrowed = dict(basis)
    for (process_name, name), (first, last) in _NARROWED.items():
        if process_name == process.name:
            narrowed[name] = first + (narrowed[name] - first) % (last - first + 1)
    return narrowed


def primitives_of(process: Process) -> tuple[str, ...]:
    """Names of the primitives that the inputs of `process` depend on."""
    return _primitives(process.name, tuple(variable.name for variable in process.inputs))


@functools.cache
def _primitives(process_name: str, inputs: tuple[str, ...]) -> tuple[str, ...]:
    quantities = derive(_one_column())
    for name in inputs:
        quantities[_DRAWN_AS.get((process_name, name), name)]
    return tuple(quantities.used)


@functools.cache
def _one_column() -> Basis:
    return draw_basis(seed=0, columns=1)
