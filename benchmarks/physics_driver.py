"""Time of one physics call over the whole grid, JAX beside Fortran: `make benchmark`.

Medians over repeated calls in one process, alternating, so that a busy machine slows all of them
alike. JAX gives what a model step needs: total tendencies, the kept short-wave state and the fluxes
into the surface. "fused" is the same without `jcm.compilation.compiled_apart`. The Fortran is timed
through `reference.kernels.run`, hence with its checks of the input, and gives everything.
"""

from __future__ import annotations

import contextlib
import itertools
import statistics
import time
from collections.abc import Callable, Iterator

import jax
import jax.numpy as jnp
import numpy as np

from jcm.physics import physics_driver as driver
from reference import kernels
from reference.declarations import PROCESSES
from reference.sampling import sample

COLUMNS = 96 * 48
REPEATS = 30
PROCESS = PROCESSES["physics_driver"]
NEEDED = (
    "eastward_wind_tendency",
    "northward_wind_tendency",
    "temperature_tendency",
    "specific_humidity_tendency",
    "temperature_tendency_shortwave",
    "longwave_transmissivity",
    "stratospheric_correction",
    "surface_downward_shortwave",
    "net_surface_heat_flux",
    "sensible_heat_flux",
    "evaporation",
)


@contextlib.contextmanager
def _fused() -> Iterator[None]:
    """Undo `compiled_apart` in the driver."""
    apart = {n: f for n, f in vars(driver).items() if n[0] == "_" and hasattr(f, "__wrapped__")}
    for name, function in apart.items():
        setattr(driver, name, function.__wrapped__)
    yield
    for name, function in apart.items():
        setattr(driver, name, function)


def _compiled(shortwave: bool) -> Callable[..., object]:
    def needed(inputs: dict[str, jax.Array]) -> list[jax.Array]:
        result = driver.physics_driver(shortwave_step=shortwave, **inputs)
        return [getattr(result, name) for name in NEEDED]

    return jax.jit(needed)


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
        for shortwave, fused in itertools.product((True, False), (False, True)):
            function = _compiled(shortwave)
            start = time.perf_counter()
            with _fused() if fused else contextlib.nullcontext():
                jax.block_until_ready(function(inputs))
            compiling = time.perf_counter() - start
            label = f"jax {dtype.__name__} {'with' if shortwave else 'without'} short wave"
            label += ", fused" if fused else ""
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
        print(f"{label:44s} {1e3 * statistics.median(measured):7.2f} ms for {COLUMNS} columns")


if __name__ == "__main__":
    main()
