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
    GradientsRequest,
    differentiable_processes,
    parameter_names,
)
from validation.gradients.rollout_results import RolloutResult
from validation.gradients.selection import ColumnRequest
from validation.gradients.thresholds import ERROR_BARS

Announce = Callable[[str], None]

#: To so many columns of model runs there is a made one, and one drawn from the seed.
SHARE_OF_OTHERS = 5


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
    processes = []
    for process in request.processes:
        announce(f"{process.name}: derivatives and differences")
        processes.append(check_process(process, column_request(request, process)))
        _check_meaning(processes[-1], request)
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
    return ColumnRequest(
        golden=request.golden,
        real=request.samples,
        synthetic=-(-request.samples // SHARE_OF_OTHERS),
        drawn=-(-request.samples // SHARE_OF_OTHERS),
        seed=request.seed,
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
    failures = result.all_failures
    if failures:
        more = f" And {len(failures) - 3} more." if len(failures) > 3 else ""
        return " ".join(failures[:3]) + more
    sentences = []
    tally = result.tally
    if result.processes:
        sentences.append(
            f"Of {_thousands(tally.smooth)} derivatives of {len(result.processes)} processes at "
            f"smooth points, {tally.agreeing_share:.3%} lie within {ERROR_BARS:g} error bars of "
            f"finite differences of the {reference_in_words(result)}; nothing that the reference "
            "responds to is dead, nothing that it ignores is alive."
        )
    for rollout in result.rollouts:
        errors = [d.jax.best.error for d in rollout.directions]
        longest = max((d.steps for d in rollout.directions), default=0)
        sentences.append(
            f"Core {rollout.core}: over up to {longest} steps the derivative of the whole model "
            f"agrees with differences to {max(errors, default=float('nan')):.1e} or better."
        )
    return " ".join(sentences)


def reference_in_words(result: GradientsResult) -> str:
    """What the differences are of."""
    names = {process.reference for process in result.processes}
    return "Fortran" if names == {"fortran"} else " and ".join(sorted(names)) or "JAX functions"


def _thousands(value: int) -> str:
    return f"{value:,}".replace(",", " ")
