"""Checks of whole models: every stored step of the golden trajectories, and exact restart."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from validation.dynamics.check import SINGLE, grid_coordinates
from validation.dynamics.comparison import (
    RMS,
    FieldComparison,
    Measure,
    Tolerance,
    compare_bits,
    compare_field,
)
from validation.dynamics.curves import SINGLE_PRECISION, Curves
from validation.dynamics.files import PROGNOSTIC, Field, GoldenFile, exists
from validation.dynamics.rms import MIDDLE_LEVEL, rms_temperature
from validation.dynamics.runs import COLD_START, SLOW_FIELDS, STEPS_PER_DAY, Record, Start
from validation.model_ports import Arrays, DynamicsPort, ModelPort

#: Temperature at sigma 0.51, root mean square, at every step of a trajectory [K].
TRAJECTORY_RMS = Tolerance(value=1e-9, source="trajectories in double precision")
#: Every field by itself; wide, so that only a wrong one falls short of it.
TRAJECTORY_FIELD = Tolerance(value=1e-9, source="any field along a trajectory")
_ONE_STEP = Tolerance(value=SINGLE["float64"], source="one step in double precision")
_NOT_JUDGED = Tolerance(
    value=math.inf,
    source="not judged by itself: in single precision trajectories part at the first branch",
)

#: Names of the rms differences among the outputs.
RMS_OUTPUT = f"temperature_rms_level_{MIDDLE_LEVEL}"

_COLD_PATH = "dynamics/cold_start.nc"
_RESTART_PATH = "dynamics/restart_trajectory.nc"
_ONE_STEP_PATH = "dynamics/step_full_physics.nc"
_STORED = ("early", "mid", "late")
_GRID = (
    "eastward_wind",
    "northward_wind",
    "temperature",
    "specific_humidity",
    "geopotential",
    "log_normalized_surface_pressure",
)


def golden_steps(folder: Path, start: str) -> set[int]:
    """Steps at which a golden folder holds the state after a start, 0 for the start itself."""
    if start == COLD_START:
        file = GoldenFile(folder, _COLD_PATH)
        stored = {int(s) for name in (*_STORED, "grid") for s in file.values(f"step_{name}")}
        return {0} | stored
    steps: set[int] = set()
    if exists(folder, _RESTART_PATH):
        steps |= {int(s) for s in GoldenFile(folder, _RESTART_PATH).values("step")}
    if exists(folder, _ONE_STEP_PATH):
        steps.add(1)
    return steps


def judge_trajectory(
    folder: Path, record: Record, port: DynamicsPort, curves: Mapping[str, Curves]
) -> list[FieldComparison]:
    """Compare a run with what a golden folder holds of it.

    In double precision every field is judged, and the rms temperature; in single precision the
    latter alone, against the curves of the original.

    Args:
        folder: the golden folder.
        record: of the run, complete at `golden_steps`.
        port: the dynamics of the same implementation, for fields on the grid.
        curves: by name of the start; without them single precision is not judged.

    Raises:
        InputError: if a golden file lacks something or holds numbers that are not finite.
    """
    judge = _Judge(record, curves.get(record.start.name))
    if record.start.name == COLD_START:
        return list(_cold_start(GoldenFile(folder, _COLD_PATH), judge, port))
    comparisons: list[FieldComparison] = []
    if exists(folder, _ONE_STEP_PATH):
        comparisons += _one_step(GoldenFile(folder, _ONE_STEP_PATH), judge)
    if exists(folder, _RESTART_PATH):
        comparisons += _spun_up(GoldenFile(folder, _RESTART_PATH), judge)
    return comparisons


class _Judge:
    """Compares fields of a recorded run."""

    def __init__(self, record: Record, curves: Curves | None) -> None:
        self.record = record
        self.curves = curves
        self.strict = record.precision == "float64"

    def state(self, step: int) -> Arrays:
        """What was recorded after a step; nothing if the run did not get there."""
        return self.record.states.get(step, {})

    def field(
        self,
        process: str,
        file: GoldenFile,
        expected: Field,
        found: np.ndarray | None,
        step: int,
        tolerance: Tolerance = TRAJECTORY_FIELD,
    ) -> FieldComparison:
        return compare_field(
            expected,
            found,
            process=process,
            implementation=self.record.implementation,
            precision=self.record.precision,
            tolerance=tolerance if self.strict else _NOT_JUDGED,
            source=file.path,
            coordinates=grid_coordinates(file),
            step=step,
            error="" if self.state(step) else self.missing(step),
        )

    def missing(self, step: int) -> str:
        return self.record.error or f"the run was not recorded after step {step}"

    def rms(
        self, process: str, file: GoldenFile, expected: Field, found: np.ndarray | None, step: int
    ) -> FieldComparison:
        """Root-mean-square difference of temperature on the middle level."""
        value, reason = math.nan, "" if self.state(step) else self.missing(step)
        if not reason:
            value, reason = _middle_level_rms(found, expected.values)
        return rms_comparison(
            process,
            self.record,
            value,
            self._rms_tolerance(step),
            reason=reason,
            source=file.path,
            step=step,
        )

    def _rms_tolerance(self, step: int) -> Tolerance:
        if self.strict:
            return TRAJECTORY_RMS
        if self.curves is None:
            return _NOT_JUDGED
        multiple = SINGLE_PRECISION.value
        largest = float(self.curves.envelope(np.array([step / STEPS_PER_DAY]))[0])
        source = f"{multiple:g} times the original built with other constants by that day"
        return Tolerance(value=multiple * largest, source=source)


def rms_comparison(
    process: str,
    record: Record,
    value: float,
    tolerance: Tolerance,
    *,
    output: str = RMS_OUTPUT,
    units: str = "K",
    reference: str = "golden",
    reason: str = "",
    source: str = "",
    step: int | None = None,
) -> FieldComparison:
    """A comparison of a single root mean square."""
    if not reason and not math.isfinite(value):
        reason = f"the difference is {value}"
    return FieldComparison(
        process=process,
        output=output,
        implementation=record.implementation,
        precision=record.precision,
        reference=reference,
        source=source,
        units=units,
        measure=Measure(reason=reason),
        how=RMS,
        measured=value,
        tolerance=tolerance.value,
        tolerance_source=tolerance.source,
        step=step,
    )


def _middle_level_rms(found: np.ndarray | None, expected: np.ndarray) -> tuple[float, str]:
    if found is None:
        return math.nan, "the port gives no output temperature"
    if np.shape(found) != expected.shape:
        return math.nan, f"temperature has shape {np.shape(found)}, expected {expected.shape}"
    return float(rms_temperature(found, expected)[MIDDLE_LEVEL]), ""


# From rest.


def _cold_start(file: GoldenFile, judge: _Judge, port: DynamicsPort) -> Iterator[FieldComparison]:
    start = judge.state(0)
    for level, suffix in enumerate(("_initial", "_first_leapfrog")):
        for name in PROGNOSTIC:
            expected = file.field(name + suffix)
            found = _time_level(start, name, level)
            yield judge.field("cold_start", file, expected, found, 0, _ONE_STEP)
    for stored in _STORED:
        dimension = f"step_{stored}"
        for index, step in enumerate(file.values(dimension)):
            yield from _trajectory_step(
                "cold_start", file, judge, int(step), f"_{stored}", {dimension: index}
            )
    for index, step in enumerate(file.values("step_grid")):
        grid, reason = _on_grid(judge.state(int(step)), file, port)
        for name in _GRID:
            expected = file.field(f"{name}_grid").at(step_grid=index)
            found = grid.get(name)
            comparison = judge.field("cold_start", file, expected, found, int(step))
            if reason and judge.state(int(step)):
                comparison = _failed(comparison, reason)
            yield comparison


def _trajectory_step(
    process: str,
    file: GoldenFile,
    judge: _Judge,
    step: int,
    suffix: str,
    index: Mapping[str, int],
) -> Iterator[FieldComparison]:
    """All prognostic fields of time level 1 after a step."""
    state = judge.state(step)
    for name in PROGNOSTIC:
        expected = file.field(name + suffix).at(**index).renamed(name)
        found = _time_level(state, name, 0)
        yield judge.field(process, file, expected, found, step)
        if name == "temperature":
            yield judge.rms(process, file, expected, found, step)


def _time_level(state: Arrays, name: str, level: int) -> np.ndarray | None:
    values = state.get(name)
    return values[level] if values is not None and len(values) > level else None


def _on_grid(state: Arrays, file: GoldenFile, port: DynamicsPort) -> tuple[Arrays, str]:
    """Time level 1 on the stored longitudes; geopotential from the temperature of the same time."""
    if not state:
        return {}, ""
    try:
        now = {name: state[name][0] for name in PROGNOSTIC}
        winds = port.winds(now["vorticity"], now["divergence"])
        geopotential = port.geopotential(now["temperature"], file.values("surface_geopotential"))
        fields = {
            "eastward_wind": port.synthesis(winds[0], over_cosine=True),
            "northward_wind": port.synthesis(winds[1], over_cosine=True),
            "geopotential": port.synthesis(geopotential),
            **{name: port.synthesis(now[name]) for name in PROGNOSTIC[2:]},
        }
    except Exception as error:  # a broken port is a failed comparison, not the end of all
        return {}, f"{port.name} raised {type(error).__name__}: {error}"
    stored = file.values("longitude_subset_index")
    return {name: values[..., stored] for name, values in fields.items()}, ""


def _failed(comparison: FieldComparison, reason: str) -> FieldComparison:
    return dataclasses.replace(comparison, measure=Measure(reason=reason), measured=math.nan)


# From the spun-up state.


def _one_step(file: GoldenFile, judge: _Judge) -> Iterator[FieldComparison]:
    state = judge.state(1)
    for name in PROGNOSTIC:
        expected = file.field(name)
        yield judge.field("step_full_physics", file, expected, state.get(name), 1, _ONE_STEP)


def _spun_up(file: GoldenFile, judge: _Judge) -> Iterator[FieldComparison]:
    steps = [int(step) for step in file.values("step")]
    for index, step in enumerate(steps):
        yield from _trajectory_step("restart_trajectory", file, judge, step, "", {"step": index})
    for step in steps:
        for name in SLOW_FIELDS:
            if file.holds(f"{name}_after_{step}"):
                expected = file.field(f"{name}_after_{step}").renamed(name)
                found = judge.state(step).get(name)
                yield judge.field("restart_trajectory", file, expected, found, step)


# Restart.

#: Steps before the restart: at the start of a day, and in the middle of one between two steps with
#: short-wave radiation.
CUTS = (36, 41)
_AFTER_CUT = 8


def judge_restart(port: ModelPort, start: Start) -> list[FieldComparison]:
    """N + M steps in one run against N steps, restart, M steps: bit for bit the same."""
    comparisons = []
    for cut in CUTS:
        whole, resumed, error = _both_ways(port, start, cut)
        names = [n for n in (*PROGNOSTIC, *SLOW_FIELDS) if n in whole] if whole else PROGNOSTIC
        for name in names:
            values = np.asarray(whole.get(name, np.zeros(1)))
            comparisons.append(
                compare_bits(
                    Field(name, values, _restart_dimensions(name, values), ""),
                    resumed.get(name),
                    process="restart",
                    implementation=port.name,
                    precision=port.precision,
                    reference=f"{cut} + {_AFTER_CUT} steps in one run from {start.name}",
                    step=cut + _AFTER_CUT,
                    error=error,
                )
            )
    return comparisons


def _both_ways(port: ModelPort, start: Start, cut: int) -> tuple[Arrays, Arrays, str]:
    try:
        start.begin(port)
        port.advance(cut)
        saved = port.save()
        port.advance(_AFTER_CUT)
        whole = port.state()
        port.resume(saved)
        port.advance(_AFTER_CUT)
        return whole, port.state(), ""
    except Exception as error:  # a broken model is a failed comparison, not the end of all
        return {}, {}, f"{port.name} {port.precision} raised {type(error).__name__}: {error}"


def _restart_dimensions(name: str, values: np.ndarray) -> tuple[str, ...]:
    if name in SLOW_FIELDS:
        return ("latitude", "longitude")
    return ("time_level", "level", "m", "n") if values.ndim == 4 else ("time_level", "m", "n")
