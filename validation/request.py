"""What `jcm-validate columns` is asked to do, checked before anything is computed."""

from __future__ import annotations

import dataclasses
import difflib
import shlex
from pathlib import Path

from reference.declarations import PROCESSES
from reference.errors import InputError
from reference.process import Process
from validation.porting.specification import is_specification, specification
from validation.sequence_judgement import SEQUENCES
from validation.sequences import Sequence

DEFAULT_SAMPLES = 10_000
DEFAULT_SEED = 1982
DEFAULT_OUTPUT = Path("validation-report/columns")
PRECISIONS = ("float64", "float32")
BUILT_IN = ("jax", "fortran")


@dataclasses.dataclass(frozen=True, kw_only=True)
class ColumnsRequest:
    """A checked request.

    Attributes:
        processes: what to compare column by column.
        sequences: what to compare over several calls.
        implementations: ports by name.
        precisions: of the ports that have a choice; the Fortran computes in float64.
        golden: the golden folder.
        samples: number of columns to draw per process.
        seed: of the draw.
        named_processes: whether the user named the processes; a port must then have all of them.
        named_implementations: whether the user named the implementations.
        named_precisions: whether the user named the precisions.
        diagnosis: whether to find out why a port differs that does.
        report: folder of the report, None if there will be none.
    """

    processes: tuple[Process, ...]
    sequences: tuple[Sequence, ...]
    implementations: tuple[str, ...]
    precisions: tuple[str, ...]
    golden: Path
    samples: int
    seed: int
    named_processes: bool
    named_implementations: bool
    named_precisions: bool
    diagnosis: bool = True
    report: Path | None = None

    def precisions_of(self, implementation: str) -> tuple[str, ...]:
        """Precisions in which an implementation is compared.

        A port of the user's may have been written for one precision only, and may say which:
        float32 on demand.
        """
        if implementation.endswith(".toml"):
            stated = specification(implementation).precision
            if stated is not None:
                return (stated,)
        if implementation == "fortran":
            return ("float64",)
        if implementation != "jax" and not self.named_precisions:
            return ("float64",)
        return self.precisions

    def command_line(self) -> str:
        """The command that repeats this request."""
        words = ["jcm-validate", "columns"]
        if self.named_processes:
            names = [p.name for p in self.processes] + [s.process.name for s in self.sequences]
            words += [word for name in names for word in ("--process", name)]
        if self.named_implementations:
            words += [word for i in self.implementations for word in ("--implementation", i)]
        if self.named_precisions:
            words += [word for p in self.precisions for word in ("--precision", p)]
        words += ["--golden", str(self.golden), "--samples", str(self.samples)]
        words += ["--seed", str(self.seed)]
        words += [] if self.diagnosis else ["--no-diagnosis"]
        return shlex.join(words)

    def sequence_line(self, sequence: str, implementation: str) -> str:
        """The command that repeats one sequence."""
        words = ["jcm-validate", "columns", "--process", sequence]
        words += ["--implementation", implementation, "--precision", "float64"]
        return shlex.join([*words, "--golden", str(self.golden)])

    def replay_line(
        self, process: str, implementation: str, precision: str, source: str, column: int
    ) -> str:
        """The command that shows one column alone."""
        words = ["jcm-validate", "columns", "--process", process]
        words += ["--implementation", implementation, "--precision", precision]
        words += ["--golden", str(self.golden)]
        # The field maximum and the tolerance are those of the whole sample.
        if source.startswith("samples:") and self.samples != DEFAULT_SAMPLES:
            words += ["--samples", str(self.samples)]
        return shlex.join([*words, "--replay", f"{source}:{column}"])


def checked_request(
    *,
    processes: list[str] | None,
    implementations: list[str] | None,
    precisions: list[str] | None,
    golden: Path | None,
    samples: int,
    seed: int,
    diagnosis: bool = True,
    report: Path | None = None,
) -> ColumnsRequest:
    """The request that the options of the command line amount to.

    Raises:
        InputError: for an unknown name, an impossible combination, or a missing golden folder.
    """
    for name in implementations or []:
        check_implementation(name)
    for name in precisions or []:
        check_precision(name)
    if precisions and set(precisions) == {"float32"} and implementations == ["fortran"]:
        raise InputError("the Fortran reference computes in float64, it cannot be run in float32.")
    if samples < 1:
        raise InputError(f"--samples is {samples}, expected at least 1.")
    if seed < 0:
        raise InputError(f"--seed is {seed}, expected a whole number from 0.")
    names = _once(processes or [*PROCESSES, *SEQUENCES])
    for name in names:
        _check_known(name)
    return ColumnsRequest(
        processes=tuple(PROCESSES[name] for name in names if name in PROCESSES),
        sequences=tuple(SEQUENCES[name] for name in names if name in SEQUENCES),
        implementations=tuple(_once(implementations or ["fortran", "jax"])),
        precisions=tuple(_once(precisions or list(PRECISIONS))),
        golden=golden_folder(golden),
        samples=samples,
        seed=seed,
        named_processes=bool(processes),
        named_implementations=bool(implementations),
        named_precisions=bool(precisions),
        diagnosis=diagnosis,
        report=report,
    )


def check_implementation(name: str) -> None:
    """Refuse what cannot be an implementation.

    Raises:
        InputError: for an unknown name, or a TOML file that cannot be read.
    """
    if name not in BUILT_IN and not is_specification(name):
        raise InputError(
            f"implementation {name!r} is not known{_nearest(name, BUILT_IN)}; expected jax, "
            "fortran, module:object, 'cmd: program {input} {output}' or a TOML file."
        )
    if name not in BUILT_IN:
        specification(name)


def check_precision(name: str) -> None:
    """Refuse an unknown precision.

    Raises:
        InputError: naming those that are known.
    """
    if name not in PRECISIONS:
        raise InputError(
            f"precision {name!r} is not known{_nearest(name, PRECISIONS)}; expected float64 or "
            "float32."
        )


def _once(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _check_known(name: str) -> None:
    known = (*PROCESSES, *SEQUENCES)
    if name not in known:
        raise InputError(
            f"process {name!r} is not known{_nearest(name, known)}; expected one of "
            f"{', '.join(known)}."
        )


def _nearest(name: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f", did you mean {near[0]!r}" if near else ""


def golden_folder(given: Path | None) -> Path:
    """The folder given, or tests/golden here or above.

    Raises:
        InputError: if it does not exist.
    """
    if given is not None:
        if not given.is_dir():
            raise InputError(
                f"golden folder {given} does not exist, expected one with physics/ and surface/."
            )
        return given
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "tests" / "golden").is_dir():
            found = folder / "tests" / "golden"
            return found.relative_to(here) if folder == here else found
    raise InputError(
        f"there is no folder tests/golden in {here} or above it, expected one, or --golden DIR."
    )
