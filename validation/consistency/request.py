"""What `jcm-validate consistency` is asked to do, checked before anything is computed."""

from __future__ import annotations

import dataclasses
import difflib
import shlex
from collections.abc import Sequence
from pathlib import Path

from reference.errors import InputError
from validation.consistency.changes import (
    ALL,
    PLANTED,
    Change,
    Replacement,
    checked_changes,
    checked_replacements,
)
from validation.consistency.ensemble_file import STORED
from validation.consistency.models import FORTRAN, JAX, MODELS

PRECISIONS = ("float32", "float64")


@dataclasses.dataclass(frozen=True, kw_only=True)
class ConsistencyRequest:
    """A checked request.

    Attributes:
        implementations: (model, precision) of what is tested.
        changes: planted ones, which must be detected.
        replacements: of parameters of what is tested.
        seed: of the perturbations.
        ensemble: file with the summary.
        golden: folder with `dynamics/restart_state.nc`.
        output: folder of the report.
        words: options of the models as they were given.
    """

    implementations: tuple[tuple[str, str], ...]
    changes: tuple[Change, ...]
    replacements: tuple[Replacement, ...]
    seed: int
    ensemble: Path
    golden: Path
    output: Path
    words: tuple[str, ...] = ()

    @property
    def tested(self) -> Change:
        """What is done to the models under test."""
        return Change(
            words=", ".join(r.in_words() for r in self.replacements) or "unchanged",
            replacements=self.replacements,
        )

    def command_line(self) -> str:
        """The command that repeats this request."""
        words = ["jcm-validate", "consistency", *self.words]
        names = [change.name for change in self.changes]
        names = [ALL] if names == list(PLANTED) else names
        words += [word for name in names for word in ("--change", name)]
        words += [word for r in self.replacements for word in ("--parameter", r.in_words())]
        if self.seed:
            words += ["--seed", str(self.seed)]
        if self.ensemble != STORED:
            words += ["--ensemble", str(self.ensemble)]
        words += ["--golden", str(self.golden), "--output", str(self.output)]
        return shlex.join(words)


def checked_consistency_request(
    *,
    models: Sequence[str] | None = None,
    precisions: Sequence[str] | None = None,
    changes: Sequence[str] | None = None,
    parameters: Sequence[str] | None = None,
    seed: int = 0,
    ensemble: Path | None = None,
    golden: Path,
    output: Path,
) -> ConsistencyRequest:
    """The request that the options of the command line amount to.

    Raises:
        InputError: for an unknown name, an impossible number or combination.
    """
    for model in models or ():
        _check_name("model", model, MODELS)
    for precision in precisions or ():
        _check_name("precision", precision, PRECISIONS)
    if seed < 0:
        raise InputError(f"--seed is {seed}, expected 0 or more.")
    if changes and parameters:
        raise InputError(
            "--change and --parameter exclude each other: a change is planted in a model as it is."
        )
    implementations = []
    for model in dict.fromkeys(models or (JAX,)):
        if model == FORTRAN:
            if precisions and "float64" not in precisions:
                raise InputError("the Fortran model computes in float64, not in float32 alone.")
            implementations.append((FORTRAN, "float64"))
        else:
            wanted = precisions or PRECISIONS
            implementations += [(model, precision) for precision in dict.fromkeys(wanted)]
    words = [word for model in dict.fromkeys(models or ()) for word in ("--model", model)]
    words += [word for name in dict.fromkeys(precisions or ()) for word in ("--precision", name)]
    return ConsistencyRequest(
        implementations=tuple(implementations),
        changes=checked_changes(changes or ()),
        replacements=checked_replacements(parameters or ()),
        seed=seed,
        ensemble=ensemble or STORED,
        golden=golden,
        output=output,
        words=tuple(words),
    )


def _check_name(option: str, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
        hint = f", did you mean {near[0]!r}" if near else ""
        raise InputError(f"{option} {name!r} is not known{hint}; expected {' or '.join(known)}.")
