"""All comparisons of `jcm-validate dynamics`."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable

import numpy as np

from jcm.dynamics.gaussian_grid import GaussianGrid
from reference import kernels
from validation.dynamics.check import Check, judge_check
from validation.dynamics.comparison import FieldComparison
from validation.dynamics.curves import Curves, read_curves
from validation.dynamics.operations import OPERATIONS
from validation.dynamics.predictability import (
    Divergence,
    diverging,
    judge_divergence,
    steps_to_compare,
)
from validation.dynamics.request import DynamicsRequest
from validation.dynamics.runs import (
    STEPS_PER_DAY,
    Record,
    Start,
    announcements,
    cold_start,
    first_difference,
    record_run,
    spun_up,
)
from validation.dynamics.steps import STEPS
from validation.dynamics.trajectories import golden_steps, judge_restart, judge_trajectory
from validation.model_ports import DynamicsPort, ModelPort, make_dynamics_port, make_model_port

Announce = Callable[[str], None]
PortName = tuple[str, str]

CHECKS: tuple[Check, ...] = (*OPERATIONS, *STEPS)
#: Comparisons that are no check of a single golden file, with what they are about.
OTHER_PROCESSES = {
    "step_full_physics": "One step of the whole model from the spun-up state.",
    "cold_start": "The whole model from rest: start-up, stored steps, fields on the grid.",
    "restart_trajectory": "The whole model from the spun-up state, with its slow fields.",
    "restart": "N + M steps in one run against N steps, restart and M steps: bit for bit.",
    "predictability from cold_start": "Rms temperature difference of two models, from rest.",
    "predictability from restart_state": "The same from the spun-up state.",
}


@dataclasses.dataclass(frozen=True)
class DynamicsResult:
    """What came out altogether.

    Attributes:
        request: what was asked.
        comparisons: in the order made.
        divergences: of the models from each other.
        curves: of the original, by name of the start.
        failures: sentences about comparisons that could not be made at all.
        remarks: sentences about what was left out without being a failure.
        seconds: duration.
    """

    request: DynamicsRequest
    comparisons: list[FieldComparison]
    divergences: list[Divergence]
    curves: dict[str, Curves]
    failures: list[str]
    remarks: list[str]
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether all is well."""
        return not self.failures and all(c.passed for c in self.comparisons)

    @property
    def processes(self) -> dict[str, str]:
        """Name and meaning of everything that was compared, in a fixed order."""
        known = {check.name: check.summary for check in CHECKS} | OTHER_PROCESSES
        made = {c.process for c in self.comparisons}
        return {name: text for name, text in known.items() if name in made}


def compare_dynamics(
    request: DynamicsRequest, announce: Announce = lambda text: None
) -> DynamicsResult:
    """Make all comparisons of `request`.

    Args:
        request: see :class:`validation.dynamics.request.DynamicsRequest`.
        announce: called with a phrase before every step, `number_of_steps(request)` times.

    Raises:
        InputError: if a golden file is damaged or lacks a variable.
    """
    began = time.monotonic()
    announce("reading golden files")
    failures, remarks = _absences(request)
    ports = _ports(request)
    dynamics = {port: make_dynamics_port(*port) for port in ports}
    comparisons: list[FieldComparison] = []
    for check in CHECKS:
        if not check.available(request.golden):
            lacking = [p for p in check.paths if not (request.golden / p).is_file()]
            remarks.append(f"{request.golden} lacks {' and '.join(lacking)}: no {check.name}.")
            continue
        files = check.read(request.golden)
        for (name, precision), port in dynamics.items():
            announce(f"{check.name}: {name} {precision}")
            comparisons += judge_check(check, files, port)
    models = _Models(request, ports, dynamics, announce)
    models.compare()
    comparisons += models.comparisons
    if not comparisons:
        failures.append("No comparison was made.")
    return DynamicsResult(
        request=request,
        comparisons=comparisons,
        divergences=models.divergences,
        curves=models.curves,
        failures=failures,
        remarks=[*remarks, *models.remarks],
        seconds=time.monotonic() - began,
    )


def number_of_steps(request: DynamicsRequest) -> int:
    """How often :func:`compare_dynamics` announces something."""
    ports = _ports(request)
    checks = sum(check.available(request.golden) for check in CHECKS)
    runs = set(ports) | _reference(ports, request.days)
    days = request.days if _reference(ports, request.days) else 0
    total = 1 + checks * len(ports)
    for start in _starts(request):
        for port in runs:
            golden = golden_steps(request.golden, start.name) if port in ports else set()
            total += announcements(max({0, STEPS_PER_DAY * days} | golden))
        total += len(ports)
    return total


def _ports(request: DynamicsRequest) -> list[PortName]:
    available = kernels.available()
    return [port for port in request.ports if port[0] != "fortran" or available]


def _reference(ports: list[PortName], days: int) -> set[PortName]:
    """The model that the others are held against: the Fortran, else JAX in double precision."""
    if days == 0:
        return set()
    best = ("fortran", "float64") if kernels.available() else ("jax", "float64")
    return {best} if any(port != best for port in ports) else set()


def _starts(request: DynamicsRequest) -> list[Start]:
    found = (cold_start(request.golden), spun_up(request.golden))
    return [start for start in found if start is not None]


def _absences(request: DynamicsRequest) -> tuple[list[str], list[str]]:
    """What cannot be compared without the Fortran: failures if it was asked for, else remarks."""
    if kernels.available():
        return [], []
    reason = kernels.unavailable_reason()
    if "fortran" in request.implementations:
        return [f"Nothing was compared with or against the Fortran. {reason}"], []
    return [], [f"The models were not compared with the Fortran. {reason}"]


class _Models:
    """The comparisons of whole models."""

    def __init__(
        self,
        request: DynamicsRequest,
        ports: list[PortName],
        dynamics: dict[PortName, DynamicsPort],
        announce: Announce,
    ) -> None:
        self.request = request
        self.ports = ports
        self.dynamics = dynamics
        self.announce = announce
        self.comparisons: list[FieldComparison] = []
        self.divergences: list[Divergence] = []
        self.remarks: list[str] = []
        self.curves = read_curves(request.golden)

    def compare(self) -> None:
        """Run everything."""
        starts = _starts(self.request)
        if not starts:
            self.remarks.append(
                f"{self.request.golden} holds no start of a run: no whole model was compared."
            )
        reference = _reference(self.ports, self.request.days)
        runs = [*reference, *(port for port in self.ports if port not in reference)]
        models = {port: make_model_port(*port) for port in runs}
        for start in starts:
            against: Record | None = None
            for port in runs:
                record = self._recorded(start, port, models[port], bool(reference))
                if port in self.ports:
                    self.comparisons += judge_trajectory(
                        self.request.golden, record, self.dynamics[port], self.curves
                    )
                if port in reference:
                    against = record
                elif against is not None:
                    self._diverge(record, against)
            for port in self.ports:
                self.announce(f"restart of {port[0]} {port[1]} from {start.name}")
                self.comparisons += judge_restart(models[port], start)
        if starts and self.request.days and not reference:
            self.remarks.append("Only one model was run: none to compare it with day by day.")
        if "float32" in {precision for _, precision in self.ports} and not self.curves:
            self.remarks.append(
                "Without dynamics/predictability.nc, runs in single precision are not judged."
            )

    def _recorded(self, start: Start, port: PortName, model: ModelPort, paired: bool) -> Record:
        complete = (
            golden_steps(self.request.golden, start.name) if port in self.ports else set[int]()
        )
        days = self.request.days if paired else 0
        return record_run(
            model,
            start,
            complete=complete,
            light=steps_to_compare(days) if paired else (),
            branches=STEPS_PER_DAY * days,
            announce=self.announce,
        )

    def _diverge(self, record: Record, against: Record) -> None:
        grid = GaussianGrid.speedy()
        first = first_difference(
            record,
            against,
            np.asarray(grid.latitude_degrees),
            np.asarray(grid.longitude_degrees),
        )
        divergence = diverging(record, against, steps_to_compare(self.request.days), first)
        self.divergences.append(divergence)
        self.comparisons += judge_divergence(divergence, record, self.curves)
