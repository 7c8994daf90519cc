"""How fast two models part, beside the curves of the original (spec 35, section 6).

In double precision two programs with the same constants stay within 1e-11 K for 60 days; a constant
that is wrong by 1e-9 flips a branch within days and the difference jumps to 0.1 K. In single
precision every run flips branches within hours; it is held against runs of the original built with
constants that are off by 1e-7 (-Ofast, and all literals in double precision).
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

import numpy as np

from validation.dynamics.comparison import FieldComparison
from validation.dynamics.curves import PATH, SINGLE_PRECISION, Curves
from validation.dynamics.rms import MIDDLE_LEVEL, rms_eastward_wind, rms_temperature
from validation.dynamics.runs import STEPS_PER_DAY, BranchDifference, Record
from validation.dynamics.trajectories import RMS_OUTPUT, TRAJECTORY_RMS, rms_comparison

#: Multiple of the rounding-only curve that the specification allows a port.
ROUNDING_MULTIPLE = 100.0

_STEPS_SHOWN = 2 * STEPS_PER_DAY


@dataclasses.dataclass(frozen=True)
class Divergence:
    """How far one model is from another along a run.

    Attributes:
        start: name of the start.
        implementation, precision: of the model.
        reference: name and precision of the other.
        step: main-loop steps since the start, `(time,)`.
        temperature: rms difference `(time, level)` [K].
        eastward_wind: rms difference `(time, level)` [m s-1].
        first_branch: where the two chose differently first, None if they never did.
        branch_steps: number of steps whose choices were compared.
        error: why the run ended early, empty if it did not.
    """

    start: str
    implementation: str
    precision: str
    reference: str
    step: np.ndarray
    temperature: np.ndarray
    eastward_wind: np.ndarray
    first_branch: BranchDifference | None
    branch_steps: int
    error: str

    @property
    def day(self) -> np.ndarray:
        """Days since the start."""
        return self.step / STEPS_PER_DAY

    @property
    def label(self) -> str:
        """As "jax float64 - fortran float64"."""
        return f"{self.implementation} {self.precision} - {self.reference}"


def steps_to_compare(days: int) -> set[int]:
    """Every step of the first two days, then every day."""
    last = days * STEPS_PER_DAY
    return {*range(min(last, _STEPS_SHOWN) + 1), *range(0, last + 1, STEPS_PER_DAY)}


def diverging(
    record: Record, reference: Record, steps: set[int], first_branch: BranchDifference | None
) -> Divergence:
    """Differences of two runs at the steps that both have reached."""
    reached = sorted(steps & record.states.keys() & reference.states.keys())
    temperature, wind = [], []
    for step in reached:
        found, expected = (
            {name: values[0] for name, values in run.states[step].items() if name in _NEEDED}
            for run in (record, reference)
        )
        temperature.append(rms_temperature(found["temperature"], expected["temperature"]))
        wind.append(rms_eastward_wind(found, expected))
    levels = len(temperature[0]) if temperature else 0
    return Divergence(
        start=record.start.name,
        implementation=record.implementation,
        precision=record.precision,
        reference=f"{reference.implementation} {reference.precision}",
        step=np.array(reached, dtype=int),
        temperature=np.array(temperature).reshape(len(reached), levels),
        eastward_wind=np.array(wind).reshape(len(reached), levels),
        first_branch=first_branch,
        branch_steps=min(len(record.branches), len(reference.branches)),
        error=record.error or reference.error,
    )


_NEEDED = ("vorticity", "divergence", "temperature")


def judge_divergence(
    divergence: Divergence, record: Record, curves: Mapping[str, Curves]
) -> list[FieldComparison]:
    """Judge the temperature on the middle level.

    Double precision: at most 1e-9 K throughout. Single precision: at most `SINGLE_PRECISION` times
    the largest value that the curves of the original have had by then; without curves nothing.
    """
    days, rms = divergence.day, np.full(0, math.nan)
    if divergence.temperature.size:
        rms = divergence.temperature[:, MIDDLE_LEVEL]
    reason = divergence.error or ("" if rms.size else "no step was compared")
    shared = {
        "process": f"predictability from {divergence.start}",
        "record": record,
        "reference": divergence.reference,
        "reason": reason,
    }
    if divergence.precision == "float64":
        worst = _largest(rms)
        return [
            rms_comparison(
                value=float(rms[worst]) if rms.size else math.nan,
                tolerance=TRAJECTORY_RMS,
                step=int(divergence.step[worst]) if rms.size else None,
                **shared,
            )
        ]
    if divergence.start not in curves:
        return []
    ratio = rms / curves[divergence.start].envelope(days)
    worst = _largest(ratio)
    return [
        rms_comparison(
            value=float(ratio[worst]) if ratio.size else math.nan,
            tolerance=SINGLE_PRECISION,
            output=f"{RMS_OUTPUT}_over_original",
            units="1",
            step=int(divergence.step[worst]) if ratio.size else None,
            source=PATH,
            **shared,
        )
    ]


def multiple_of_rounding(divergence: Divergence, curves: Mapping[str, Curves]) -> float:
    """Largest ratio to the rounding-only curve of the original, NaN without one."""
    if divergence.start not in curves or not divergence.temperature.size:
        return math.nan
    curve = curves[divergence.start].rounding_only(divergence.day)
    later = divergence.step >= STEPS_PER_DAY
    if not later.any():
        return math.nan
    return float((divergence.temperature[:, MIDDLE_LEVEL] / curve)[later].max())


def _largest(values: np.ndarray) -> int:
    """Index of the largest value; one that is not a number counts as larger than all."""
    return int(np.argmax(np.where(np.isnan(values), np.inf, values))) if values.size else 0
