"""What `jcm-validate dynamics` is asked to do, checked before anything is computed."""

from __future__ import annotations

import dataclasses
import difflib
import shlex
from pathlib import Path

from reference.errors import InputError
from validation.request import BUILT_IN, PRECISIONS, golden_folder

#: Days of the predictability check: enough for the choices of two days with and without short wave.
DEFAULT_DAYS = 2
#: Length of the stored curves of the original.
MOST_DAYS = 60
DEFAULT_OUTPUT = Path("validation-report/dynamics")


@dataclasses.dataclass(frozen=True, kw_only=True)
class DynamicsRequest:
    """A checked request.

    Attributes:
        implementations: "jax", "fortran".
        precisions: of the JAX model; the Fortran computes in float64.
        golden: the golden folder.
        days: length of the predictability runs.
        named_implementations: whether the user named the implementations.
        named_precisions: whether the user named the precisions.
    """

    implementations: tuple[str, ...]
    precisions: tuple[str, ...]
    golden: Path
    days: int
    named_implementations: bool
    named_precisions: bool

    @property
    def ports(self) -> tuple[tuple[str, str], ...]:
        """Implementation and precision of everything that is compared."""
        return tuple(
            (name, precision)
            for name in self.implementations
            for precision in (("float64",) if name == "fortran" else self.precisions)
        )

    def command_line(self) -> str:
        """The command that repeats this request."""
        words = ["jcm-validate", "dynamics"]
        if self.named_implementations:
            words += [word for i in self.implementations for word in ("--implementation", i)]
        if self.named_precisions:
            words += [word for p in self.precisions for word in ("--precision", p)]
        words += ["--golden", str(self.golden), "--days", str(self.days)]
        return shlex.join(words)


def checked_request(
    *,
    implementations: list[str] | None = None,
    precisions: list[str] | None = None,
    golden: Path | None = None,
    days: int = DEFAULT_DAYS,
) -> DynamicsRequest:
    """The request that the options of the command line amount to.

    Raises:
        InputError: for an unknown name, an impossible combination, a number of days without
            meaning, or a golden folder that is missing or holds nothing of the dynamics.
    """
    _check_names("implementation", implementations, BUILT_IN)
    _check_names("precision", precisions, PRECISIONS)
    if precisions and set(precisions) == {"float32"} and implementations == ["fortran"]:
        raise InputError("the Fortran reference computes in float64, it cannot be run in float32.")
    if not 0 <= days <= MOST_DAYS:
        raise InputError(
            f"--days is {days}, expected 0 to {MOST_DAYS}, for which the original's curves exist."
        )
    folder = golden_folder(golden)
    if not any((folder / "dynamics").glob("*.nc")):
        raise InputError(f"golden folder {folder} has no dynamics/*.nc, expected some.")
    return DynamicsRequest(
        implementations=_once(implementations or ["fortran", "jax"]),
        precisions=_once(precisions or list(PRECISIONS)),
        golden=folder,
        days=days,
        named_implementations=bool(implementations),
        named_precisions=bool(precisions),
    )


def _once(names: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _check_names(option: str, names: list[str] | None, known: tuple[str, ...]) -> None:
    for name in names or []:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
            hint = f", did you mean {near[0]!r}" if near else ""
            raise InputError(
                f"{option} {name!r} is not known{hint}; expected {' or '.join(known)}."
            )
