"""What `jcm-validate gradients` is asked to do, checked before anything is computed."""

from __future__ import annotations

import dataclasses
import difflib
import math
import shlex
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from jcm.model.choices import CORES
from reference import kernels
from reference.declarations import PROCESSES
from reference.errors import InputError
from reference.process import Process, Variable
from validation.gradients.differences import RATIO
from validation.gradients.thresholds import SMALLEST_STEP_ULP
from validation.request import golden_folder

DEFAULT_SAMPLES = 200
DEFAULT_SEED = 1982
DEFAULT_DAYS = 1
LONGEST_DAYS = 10
DEFAULT_OUTPUT = Path("validation-report/gradients")

#: An extrapolated difference needs three steps, each a `RATIO` of the one before and more than the
#: rounding of what moves; this is the largest of them for a value of one natural size.
LEAST_STEP = RATIO**2 * SMALLEST_STEP_ULP * float(np.finfo(np.float64).eps)
#: Steps beyond a natural size leave the neighbourhood that a derivative speaks about.
LARGEST_STEP = 1.0
#: Names that a sentence can hold.
_LISTED = 40


@dataclasses.dataclass(frozen=True, kw_only=True)
class GradientsRequest:
    """A checked request.

    Attributes:
        processes: whose columns are checked; empty if none are.
        cores: whose rollouts are checked; empty if none are.
        golden: folder with the columns of model runs, laid out as tests/golden.
        output: folder of the report.
        samples: columns of model runs per process; None for `DEFAULT_SAMPLES`, and more of the
            small processes.
        seed: of the choice of columns and of all directions.
        days: length of the longest rollout.
        inputs: names of the inputs to look at; empty for all.
        outputs: names of the outputs to show of a replayed column; empty for all.
        parameters: names of the parameters to look at; empty for all, unless inputs are named.
        step: largest step of the differences in natural sizes of what is varied; None for
            :data:`validation.gradients.differences.LARGEST_STEP`.
        named_processes: whether the user named the processes.
    """

    processes: tuple[Process, ...]
    cores: tuple[str, ...]
    golden: Path
    output: Path
    samples: int | None = None
    seed: int = DEFAULT_SEED
    days: int = DEFAULT_DAYS
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    step: float | None = None
    named_processes: bool = False

    @property
    def selective(self) -> bool:
        """Whether only some of the inputs and parameters are looked at."""
        return bool(self.inputs or self.parameters)

    def command_line(self) -> str:
        """The command that repeats this request."""
        words = ["jcm-validate", "gradients"]
        if not self.processes:
            words += ["--no-columns"]
        elif self.named_processes:
            words += _repeated("--process", (process.name for process in self.processes))
        words += _repeated("--input", self.inputs)
        words += _repeated("--parameter", self.parameters)
        if self.step is not None:
            words += ["--step", repr(self.step)]
        if self.processes and self.samples is not None:
            words += ["--samples", str(self.samples)]
        words += ["--seed", str(self.seed)]
        if self.cores:
            words += [*_repeated("--core", self.cores), "--days", str(self.days)]
        else:
            words += ["--no-rollouts"]
        words += ["--golden", str(self.golden), "--output", str(self.output)]
        return shlex.join(words)


def checked_gradients_request(
    *,
    processes: Sequence[str] | None = None,
    cores: Sequence[str] | None = None,
    samples: int | None = None,
    seed: int = DEFAULT_SEED,
    days: int = DEFAULT_DAYS,
    inputs: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
    parameters: Sequence[str] | None = None,
    step: float | None = None,
    columns: bool = True,
    rollouts: bool | None = None,
    replay: bool = False,
    golden: Path | None = None,
    output: Path = DEFAULT_OUTPUT,
) -> GradientsRequest:
    """The request that the options of the command line amount to.

    Args:
        processes: by name; None for all that have something to differentiate.
        cores: by name; None for all.
        samples: see :class:`GradientsRequest`, as for the next ones.
        seed: likewise.
        days: likewise.
        inputs: likewise; None for all.
        outputs: likewise; None for all.
        parameters: likewise; None for all.
        step: likewise.
        columns: whether processes are checked on columns.
        rollouts: whether the model is checked; None for yes, unless processes, inputs, outputs,
            parameters or a step are named and cores are not.
        replay: whether one column is to be shown.
        golden: the golden folder, or None for tests/golden here or above.
        output: folder of the report.

    Raises:
        InputError: for an unknown name, a whole number or flag that should be differentiated, a
            step that makes differences meaningless, or an impossible number.
    """
    for option, value, least in (("samples", samples, 1), ("seed", seed, 0), ("days", days, 1)):
        if value is not None and value < least:
            raise InputError(f"--{option} is {value}, expected at least {least}.")
    if days > LONGEST_DAYS:
        raise InputError(
            f"--days is {days}, expected at most {LONGEST_DAYS}: later, chaos alone decides what a "
            "difference is."
        )
    for core in cores or []:
        _check_known("core", core, CORES)
    narrowed = bool(processes or inputs or outputs or parameters or step is not None)
    if not columns and narrowed:
        raise InputError(
            "--process, --input, --output-variable, --parameter and --step are about columns, "
            "expected them without --no-columns."
        )
    if rollouts is None:
        rollouts = bool(cores) or not narrowed
    if not columns and not rollouts:
        raise InputError("--no-columns and --no-rollouts leave nothing to check, expected one.")
    if cores and not rollouts:
        raise InputError("--core is about rollouts, expected it without --no-rollouts.")
    if step is not None:
        _check_step(step)
    chosen = _checked_processes(processes) if columns else ()
    if chosen:
        chosen = _narrowed(chosen, inputs or (), parameters or (), outputs or (), bool(processes))
    if outputs and not replay:
        raise InputError("--output-variable says what to show of a column, expected --replay.")
    return GradientsRequest(
        processes=chosen,
        cores=tuple(dict.fromkeys(cores or CORES)) if rollouts else (),
        golden=golden_folder(golden),
        output=output,
        samples=samples,
        seed=seed,
        days=days,
        inputs=tuple(dict.fromkeys(inputs or ())),
        outputs=tuple(dict.fromkeys(outputs or ())),
        parameters=tuple(dict.fromkeys(parameters or ())),
        step=step,
        named_processes=narrowed,
    )


def differentiable_processes() -> dict[str, Process]:
    """The processes that map floating-point numbers to floating-point numbers."""
    return {
        name: process
        for name, process in PROCESSES.items()
        if _real(process.inputs) and _real(process.outputs)
    }


def _real(variables: Iterable[Variable]) -> list[str]:
    return [variable.name for variable in variables if not variable.integer]


def _checked_processes(names: Sequence[str] | None) -> tuple[Process, ...]:
    known = differentiable_processes()
    for name in names or ():
        _check_known("process", name, PROCESSES)
        if name not in known:
            raise InputError(
                f"process {name} takes or gives whole numbers only and has no derivative, expected "
                f"one of {', '.join(known)}."
            )
    return tuple(known[name] for name in dict.fromkeys(names or known))


def _narrowed(
    processes: tuple[Process, ...],
    inputs: Sequence[str],
    parameters: Sequence[str],
    outputs: Sequence[str],
    named: bool,
) -> tuple[Process, ...]:
    """The processes that have what was named; all of those that were named must have some of it."""
    kept = set()
    kinds: tuple[tuple[str, Sequence[str], Callable[[Process], list[str]]], ...] = (
        ("input", inputs, lambda p: _real(p.inputs)),
        ("parameter", parameters, parameter_names),
    )
    for kind, wanted, names_of in kinds:
        for name in wanted:
            having = [p.name for p in processes if name in names_of(p)]
            if not having:
                _refuse(kind, name, processes, names_of, named)
            kept.update(having)
    if not inputs and not parameters:
        kept = {process.name for process in processes}
    giving = set()
    for name in outputs:
        having = [p.name for p in processes if name in _real(p.outputs)]
        if not having:
            _refuse("output", name, processes, lambda p: _real(p.outputs), named)
        giving.update(having)
    if outputs:
        kept &= giving
    chosen = tuple(process for process in processes if process.name in kept)
    if not chosen:
        wanted = ", ".join([*inputs, *parameters])
        raise InputError(f"no process has both {wanted} and the output {', '.join(outputs)}.")
    return chosen


def parameter_names(process: Process) -> list[str]:
    """The parameters of a process, as "parameters.relaxation_time".

    Raises:
        InputError: if the Fortran, which declares them, was not built.
    """
    if not kernels.available():
        raise InputError(f"--parameter needs the Fortran. {kernels.unavailable_reason()}")
    return list(kernels.parameters(process))


def _refuse(
    kind: str,
    name: str,
    processes: tuple[Process, ...],
    names_of: Callable[[Process], list[str]],
    named: bool,
) -> None:
    """Say why `name` cannot be differentiated."""
    for process in processes:
        variables = process.outputs if kind == "output" else process.inputs
        if kind != "parameter" and any(v.name == name for v in variables):
            raise InputError(
                f"{kind} {name} of process {process.name} is a whole number or a flag and has no "
                f"derivative, expected one of {', '.join(names_of(process))}."
            )
    if kernels.available() and name.rpartition(".")[2] in kernels.switch_names():
        raise InputError(
            f"{name} is a switch of the formulation, on or off, and has no derivative; expected "
            f"the name of a {kind}."
        )
    known = list(dict.fromkeys(known for process in processes for known in names_of(process)))
    where = " or ".join(process.name for process in processes) if named else "any process"
    raise InputError(
        f"there is no {kind} {name!r} in {where}{nearest(name, known)}; expected one of "
        f"{', '.join(known) if len(known) <= _LISTED else 'those in docs/processes.md'}."
    )


def _check_step(step: float) -> None:
    if not math.isfinite(step) or step <= 0.0:
        raise InputError(f"--step is {step:g}, expected a positive number of natural sizes.")
    if step < LEAST_STEP:
        raise InputError(
            f"--step is {step:g}: so short a difference is all rounding (numbers near one natural "
            f"size are {np.finfo(np.float64).eps:.1e} apart), expected at least {LEAST_STEP:.1e}."
        )
    if step > LARGEST_STEP:
        raise InputError(
            f"--step is {step:g}, beyond the natural size of what is varied; a difference so long "
            f"says nothing about a slope, expected at most {LARGEST_STEP:g}."
        )


def _check_known(kind: str, name: str, known: Iterable[str]) -> None:
    names = list(known)
    if name not in names:
        raise InputError(
            f"{kind} {name!r} is not known{nearest(name, names)}; expected one of "
            f"{', '.join(names)}."
        )


def nearest(name: str, known: Sequence[str]) -> str:
    """As ", did you mean 'convection'" or nothing, if none is like it."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if not near:
        # A parameter may be named without the set it belongs to.
        near = [one for one in known if one.rpartition(".")[2] == name][:1]
    return f", did you mean {near[0]!r}" if near else ""


def _repeated(option: str, names: Iterable[str]) -> list[str]:
    return [word for name in names for word in (option, name)]
