"""Cost and memory of derivatives of a run, single precision, one core: `make benchmark`.

The gradient is that of a mean temperature after some days with respect to the whole initial
atmosphere, in reverse through `Model.scan` within several limits of memory; the tangent is one
`jax.jvp`. Every contestant is a process of its own, as in `benchmarks/model.py`; they take turns.
The ratio is to the forward run of the same core.

    python benchmarks/gradients.py [--days D] [--turns N]
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from model import STEPS_PER_DAY, Worker, answer

CORES = ("speedy", "dinosaur")
#: Name -> kind of derivative and memory for it [bytes].
WAYS: dict[str, tuple[str, float | None]] = {
    "forward": ("none", None),
    "tangent": ("tangent", None),
    "gradient": ("gradient", None),
    "gradient in 1 GB": ("gradient", 1e9),
    "gradient in 0.3 GB": ("gradient", 3e8),
}


def main() -> None:
    """Start, take turns, print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--days", type=int, default=10)
    arguments.add_argument("--turns", type=int, default=3)
    arguments.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.worker:
        answer(_prepared(*options.worker, days=options.days))
        return
    print(f"{options.days} days{'':23s} {'seconds':>8s} {'spread':>7s} {'ratio':>6s} {'MB':>6s}")
    with tempfile.TemporaryDirectory() as folder:
        for core in CORES:
            _compete(core, options.days, options.turns, Path(folder))


def _compete(core: str, days: int, turns: int, folder: Path) -> None:
    workers = {
        name: Worker(core, json.dumps(way), days, folder, program=__file__)
        for name, way in WAYS.items()
    }
    seconds: dict[str, list[float]] = {name: [] for name in workers}
    for _ in range(turns):
        for name, worker in workers.items():
            seconds[name].append(worker.turn())
    yardstick = statistics.median(seconds["forward"])
    for name, times in seconds.items():
        median = statistics.median(times)
        spread = (max(times) - min(times)) / median
        print(
            f"{core + ', ' + name:30s} {median:8.2f} {spread:7.0%} {median / yardstick:6.2f} "
            f"{workers[name].stop():6.0f}"
        )


def _prepared(core: str, way: str, *, days: int) -> Callable[[], object]:
    """One derivative, or the run alone, compiled."""
    import jax
    import jax.numpy as jnp

    from jcm import Model
    from jcm.names import differentiable_leaves, with_leaves

    kind, memory = json.loads(way)
    model = Model(core=core)
    initial = model.initial_state()
    steps = days * STEPS_PER_DAY
    atmosphere = {
        name: leaf
        for name, leaf in differentiable_leaves(initial).items()
        if name.startswith(("earlier.", "later."))
    }

    def final_temperature(moved: dict[str, jax.Array]) -> jax.Array:
        after = model.scan(with_leaves(initial, moved), steps, memory=memory)
        return jnp.mean(after.newest.temperature**2)

    ways = {
        "none": final_temperature,
        "tangent": lambda moved: jax.jvp(final_temperature, (moved,), (moved,))[1],
        "gradient": jax.grad(final_temperature),
    }
    compiled = jax.jit(ways[kind])
    jax.block_until_ready(compiled(atmosphere))
    return lambda: jax.block_until_ready(compiled(atmosphere))


if __name__ == "__main__":
    main()
