"""The gradient checks from request to result."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable

from reference import kernels
from reference.declarations import PROCESSES
from reference.errors import InputError
from reference.process import Process
from validation.gradients.column_results import ProcessGradients, Tally
from validation.gradients.differences import LARGEST_STEP
from validation.gradients.request import (
    DEFAULT_SAMPLES,
    GradientsRequest,
    differentiable_processes,
    parameter_names,
)
from validation.gradients.rollout_results import RolloutResult
from validation.gradients.selection import ColumnRequest
from validation.gradients.threads import side_by_side
from validation.gradients.thresholds import ERROR_BARS
from validation.words import count

Announce = Callable[[str], None]

#: To so many columns of model runs there is a made one, and one drawn from the seed.
SHARE_OF_OTHERS = 5
#: Small processes take no time: unless told how many, so many columns are looked at that there are
#: this many triples.
LEAST_TRIPLES = 1_000_000
#: Failures that a verdict tells.
_TOLD = 3


@dataclasses.dataclass(frozen=True)
class GradientsResult:
    """Everything that a report tells.

    Attributes:
        request: what was asked.
        processes: what was found on columns, in the order asked for.
        rollouts: what was found with the whole model, by core.
        failures: sentences about checks that could not be made at all.
        remarks: sentences about what a reader must know.
        seconds: that it took.
    """

    request: GradientsRequest
    processes: tuple[ProcessGradients, ...]
    rollouts: tuple[RolloutResult, ...]
    failures: tuple[str, ...]
    remarks: tuple[str, ...]
    seconds: float

    @property
    def all_failures(self) -> list[str]:
        """A sentence for everything that fell short or could not be done."""
        return [
            *self.failures,
            *(text for process in self.processes for text in process.failures),
            *(text for rollout in self.rollouts for text in rollout.failures),
        ]

    @property
    def passed(self) -> bool:
        """Whether every derivative agrees and every check was made."""
        return not self.all_failures

    @property
    def tally(self) -> Tally:
        """Triples of all processes."""
        return sum((process.tally for process in self.processes), Tally())

    @property
    def real(self) -> Tally:
        """Triples of all processes in columns from a model run."""
        return sum((process.real for process in self.processes), Tally())


def compare_gradients(request: GradientsRequest, announce: Announce) -> GradientsResult:
    """Make all checks of `request`.

    Args:
        request: what to do.
        announce: told what begins.

    Raises:
        InputError: for golden files that cannot be read, or a step that is all rounding for one
            of the variables.
    """
    # Imported here: both compile, the command line and its errors should not wait.
    from validation.gradients.columns import check_process

    began = time.monotonic()

    def checked(process: Process) -> ProcessGradients:
        announce(f"{process.name}: derivatives and differences")
        found = check_process(process, column_request(request, process))
        _check_meaning(found, request)
        return found

    # What takes longest goes first, so that two threads end together.
    ordered = sorted(request.processes, key=lambda p: -len(p.inputs) * len(p.outputs))
    by_name = dict(zip((p.name for p in ordered), side_by_side(checked, ordered), strict=True))
    processes = [by_name[process.name] for process in request.processes]
    rollouts = []
    for core in request.cores:
        from validation.gradients.rollouts import check_rollouts

        announce(f"core {core}: rollouts")
        rollouts.append(check_rollouts(core, request, announce))
    failures, remarks = _absences(request)
    checked = [p for p in processes if p.differentiable]
    if request.processes and not sum((p.tally.smooth for p in checked), 0):
        failures.append("No derivative was compared: there is no smooth triple.")
    return GradientsResult(
        request=request,
        processes=tuple(processes),
        rollouts=tuple(rollouts),
        failures=tuple(failures),
        remarks=tuple(remarks),
        seconds=time.monotonic() - began,
    )


def _check_meaning(process: ProcessGradients, request: GradientsRequest) -> None:
    """Refuse a step that the user forced and that says nothing about slopes."""
    tally = process.tally
    if request.step is not None and tally.unclassified > tally.smooth:
        raise InputError(
            f"--step is {request.step:g}, expected one of which differences of {process.process} "
            f"mean something, such as {LARGEST_STEP:g}: {tally.unclassified} of "
            f"{tally.unclassified + tally.smooth} are all rounding or do not settle."
        )


def column_request(request: GradientsRequest, process: Process) -> ColumnRequest:
    """What is asked of one process: columns of model runs, made ones, and drawn ones."""
    named = [*request.inputs, *request.parameters]
    own = [v.name for v in process.inputs] + (parameter_names(process) if named else [])
    samples = DEFAULT_SAMPLES if request.samples is None else request.samples
    return ColumnRequest(
        golden=request.golden,
        real=samples,
        synthetic=-(-samples // SHARE_OF_OTHERS),
        drawn=-(-samples // SHARE_OF_OTHERS),
        seed=request.seed,
        least_triples=LEAST_TRIPLES if request.samples is None else 0,
        inputs=tuple(name for name in named if name in own) if named else None,
        largest_step=LARGEST_STEP if request.step is None else request.step,
    )


def _absences(request: GradientsRequest) -> tuple[list[str], list[str]]:
    """What could not be done, and what was left out on purpose."""
    remarks = []
    if not kernels.available():
        remarks.append(
            "Derivatives are compared with differences of the JAX functions themselves, not of the "
            f"Fortran. {kernels.unavailable_reason()}"
        )
    without = [name for name in PROCESSES if name not in differentiable_processes()]
    if request.processes and not request.named_processes:
        remarks.append(f"Whole numbers only, no derivative: {', '.join(without)}.")
    if request.selective:
        names = ", ".join([*request.inputs, *request.parameters])
        remarks.append(f"Looked at only: {names}.")
    return [], remarks


def verdict(result: GradientsResult) -> str:
    """In plain words, a few sentences."""
    return " ".join([*_short_of(result), *_found(result)])


def _short_of(result: GradientsResult) -> list[str]:
    """How much fell short, and the first of it."""
    failures = result.all_failures
    if not failures:
        return []
    if len(failures) <= _TOLD:
        return failures
    where = dict.fromkeys(failure.partition(":")[0] for failure in failures)
    return [
        f"{len(failures)} checks fell short ({'; '.join(where)}), the first of them:",
        *failures[:_TOLD],
    ]


def _found(result: GradientsResult) -> list[str]:
    sentences = []
    tally = result.tally
    if tally.smooth:
        number = len(result.processes)
        sentences.append(
            f"Of {count(tally.smooth)} derivatives at smooth points of "
            f"{f'{number} processes' if number > 1 else result.processes[0].process}, "
            f"{_share(tally)} lie within {ERROR_BARS:g} error bars of finite differences of the "
            f"{reference_in_words(result)}."
        )
        if not any(process.dead_or_alive for process in result.processes):
            sentences.append(
                "Nothing that the reference responds to is dead, nothing that it ignores is alive."
            )
    for rollout in result.rollouts:
        directions = rollout.directions
        agree = sum(
            all(found.best.error <= found.allowed for found in one.agreements) for one in directions
        )
        longest = max((one.steps for one in directions), default=0)
        sentences.append(
            f"Core {rollout.core}: over up to {longest} steps of the whole model, {agree} of "
            f"{len(directions)} derivatives agree with differences{_others(rollout)}."
        )
    return sentences


def _others(rollout: RolloutResult) -> str:
    """What is known about the rest."""
    kinks = sum(any(found.kink for found in one.agreements) for one in rollout.directions)
    undecided = len(rollout.undecided)
    parts = []
    if kinks:
        parts.append(f"{kinks} start on a kink")
    if undecided:
        parts.append(f"of {undecided} the differences decide nothing")
    return f" ({', '.join(parts)})" if parts else ""


def _share(tally: Tally) -> str:
    """As "all" or "99.98 %", never rounded up to all."""
    beyond = tally.smooth - tally.smooth_agreeing
    return f"all but {count(beyond)}" if beyond else "all"


def reference_in_words(result: GradientsResult) -> str:
    """What the differences are of."""
    names = {process.reference for process in result.processes}
    return "Fortran" if names == {"fortran"} else " and ".join(sorted(names)) or "JAX functions"
