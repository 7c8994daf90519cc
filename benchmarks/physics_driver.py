"""Time of one physics call over the whole grid, JAX beside Fortran: `make benchmark`.

Medians over repeated calls in one process, alternating, so that a busy machine slows all of them
alike. The Fortran is timed through `reference.kernels.run`, hence with its checks of the input.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from jcm.physics.physics_driver import physics_driver
from reference import kernels
from reference.declarations import PROCESSES
from reference.sampling import sample

COLUMNS = 96 * 48
REPEATS = 30
PROCESS = PROCESSES["physics_driver"]


def _calls() -> dict[str, Callable[[], object]]:
    columns = sample(PROCESS, COLUMNS, seed=1)
    calls: dict[str, Callable[[], object]] = {}
    if kernels.available():
        calls["fortran float64"] = lambda: kernels.run(PROCESS, columns)
    for dtype in (np.float32, np.float64):
        inputs = {
            name: jnp.asarray(np.moveaxis(values, 0, -1), dtype)
            for name, values in columns.items()
            if name != "shortwave_step"
        }
        for shortwave in (True, False):
            function = jax.jit(lambda x, on=shortwave: physics_driver(shortwave_step=on, **x))
            start = time.perf_counter()
            jax.block_until_ready(function(inputs))
            compiling = time.perf_counter() - start
            label = f"jax {dtype.__name__} {'with' if shortwave else 'without'} short wave"
            print(f"{label}: first call {compiling:.2f} s")
            calls[label] = lambda f=function, x=inputs: jax.block_until_ready(f(x))
    return calls


def main() -> None:
    """Print the median time of each call."""
    jax.config.update("jax_enable_x64", True)
    calls = _calls()
    times: dict[str, list[float]] = {label: [] for label in calls}
    for _ in range(REPEATS):
        for label, call in calls.items():
            start = time.perf_counter()
            call()
            times[label].append(time.perf_counter() - start)
    for label, measured in times.items():
        print(f"{label:36s} {1e3 * statistics.median(measured):7.2f} ms for {COLUMNS} columns")


if __name__ == "__main__":
    main()
