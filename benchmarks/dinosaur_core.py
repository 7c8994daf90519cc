"""Speed of the Dinosaur core with SPEEDY's physics, single precision, one core: `make benchmark`.

SYPD and turns as in `benchmarks/model.py`. The first group is the T31 default beside other
integrators and beside what one evaluation of the physics per Runge-Kutta stage at a step of 15
minutes would give: its step is timed at 40 minutes and counted 96 times a day. The second group is
the default at higher resolutions.

    python benchmarks/dinosaur_core.py [--turns N]
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from pathlib import Path

from model import SECONDS_PER_DAY, STEPS_PER_DAY, Worker

PER_STAGE = "T31, physics per stage, 15 min"
#: Name -> choices of the core, and simulated days of a turn.
CONTESTANTS: dict[str, tuple[dict[str, str], int]] = {
    "T31, default": ({"resolution": "T31"}, 10),
    "T31, imex_rk_sil3": ({"resolution": "T31", "integrator": "imex_rk_sil3"}, 5),
    "T31, crank_nicolson_rk2": ({"resolution": "T31", "integrator": "crank_nicolson_rk2"}, 5),
    PER_STAGE: (
        {
            "resolution": "T31",
            "integrator": "imex_rk_sil3",
            "physics_evaluations": "stage",
        },
        5,
    ),
    "T42, default": ({"resolution": "T42"}, 3),
    "T63, default": ({"resolution": "T63"}, 1),
    "T85, default": ({"resolution": "T85"}, 1),
}
#: Time steps of 15 minutes in a time step of the model.
SHORT_STEPS = 40.0 / 15.0
DEFAULT = "T31, default"


def main() -> None:
    """Start, take turns, print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--turns", type=int, default=5)
    turns = arguments.parse_args().turns
    with tempfile.TemporaryDirectory() as folder:
        workers = {
            name: Worker("dinosaur", json.dumps(choices), days, Path(folder))
            for name, (choices, days) in CONTESTANTS.items()
        }
        seconds: dict[str, list[float]] = {name: [] for name in workers}
        for _ in range(turns):
            for name, worker in workers.items():
                seconds[name].append(worker.turn() / CONTESTANTS[name][1])
        memory = {name: worker.stop() for name, worker in workers.items()}
    speed = {}
    for name, times in seconds.items():
        per_day = statistics.median(times) * (SHORT_STEPS if name == PER_STAGE else 1.0)
        speed[name] = SECONDS_PER_DAY / (365.0 * per_day)
    print(f"{'':32s} {'SYPD':>6s} {'ms/step':>8s} {'spread':>7s} {'ratio':>6s} {'MB':>6s}")
    for name, value in speed.items():
        times = seconds[name]
        milliseconds = 1e3 * statistics.median(times) / STEPS_PER_DAY
        spread = (max(times) - min(times)) / statistics.median(times)
        print(
            f"{name:32s} {value:6.0f} {milliseconds:8.2f} {spread:7.0%} "
            f"{value / speed[DEFAULT]:6.2f} {memory[name]:6.0f}"
        )
    print(f"The default is {speed[DEFAULT] / speed[PER_STAGE]:.1f} times as fast as {PER_STAGE}.")


if __name__ == "__main__":
    main()
