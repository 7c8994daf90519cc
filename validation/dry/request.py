"""What `jcm-validate dry` is asked to do, checked before anything is computed."""

from __future__ import annotations

import dataclasses
import difflib
import shlex
from pathlib import Path

from jcm.dynamics.resolution import Resolution
from reference.errors import InputError

HELD_SUAREZ, WAVE = "held-suarez", "baroclinic-wave"
CASES = (HELD_SUAREZ, WAVE)
SPEEDY, DINOSAUR = "speedy", "dinosaur"
CORES = (SPEEDY, DINOSAUR)
#: What core "speedy" has, and nothing else.
SPEEDY_RESOLUTION, SPEEDY_LEVELS = "T30", 8
#: Resolutions of core "dinosaur" unless others are asked for.
DEFAULT_RESOLUTIONS = {HELD_SUAREZ: ("T42",), WAVE: ("T42", "T63")}
DEFAULT_LEVELS = 20
DEFAULT_SPINUP, DEFAULT_DAYS = 100, 200
#: The sampling error needs that many parts of the run.
FEWEST_DAYS = 4
MOST_LEVELS = 100
DEFAULT_OUTPUT = Path("validation-report/dry")


@dataclasses.dataclass(frozen=True, kw_only=True)
class DryRequest:
    """A checked request.

    Attributes:
        cases: of :data:`CASES`.
        core: dynamical core.
        resolutions: for each case, coarsest first.
        levels: number of equal sigma layers; SPEEDY's own with core "speedy".
        spinup: days of the Held-Suarez run that are dropped.
        days: days after them that count.
        named: options that the user gave, as they were given.
    """

    cases: tuple[str, ...]
    core: str
    resolutions: dict[str, tuple[str, ...]]
    levels: int
    spinup: int
    days: int
    named: tuple[str, ...] = ()

    def command_line(self) -> str:
        """The command that repeats this request."""
        words = ["jcm-validate", "dry", *self.named]
        return shlex.join([*words, "--days", str(self.days), "--spinup", str(self.spinup)])


def checked_dry_request(
    *,
    cases: list[str] | None = None,
    core: str = DINOSAUR,
    resolutions: list[str] | None = None,
    levels: int | None = None,
    days: int = DEFAULT_DAYS,
    spinup: int = DEFAULT_SPINUP,
) -> DryRequest:
    """The request that the options of the command line amount to.

    Raises:
        InputError: for an unknown name, an impossible number, or what a core does not have.
    """
    for name in cases or []:
        _check_name("case", name, CASES)
    _check_name("core", core, CORES)
    if days < FEWEST_DAYS:
        raise InputError(
            f"--days is {days}, expected at least {FEWEST_DAYS}: the sampling error is estimated "
            "from parts of the run."
        )
    if spinup < 0:
        raise InputError(f"--spinup is {spinup}, expected 0 or more.")
    chosen = tuple(dict.fromkeys(cases or CASES))
    if core == SPEEDY:
        _check_speedy(resolutions, levels)
        of_case = {case: (SPEEDY_RESOLUTION,) for case in chosen}
    else:
        of_case = {
            case: _sorted(resolutions) if resolutions else DEFAULT_RESOLUTIONS[case]
            for case in chosen
        }
    usual = SPEEDY_LEVELS if core == SPEEDY else DEFAULT_LEVELS
    count = usual if levels is None else levels
    if not 2 <= count <= MOST_LEVELS:
        raise InputError(f"--levels is {levels}, expected 2 to {MOST_LEVELS}.")
    named = [word for case in cases or [] for word in ("--case", case)]
    named += ["--core", core]
    named += [word for name in resolutions or [] for word in ("--resolution", name)]
    named += [] if levels is None else ["--levels", str(levels)]
    return DryRequest(
        cases=chosen,
        core=core,
        resolutions=of_case,
        levels=count,
        spinup=spinup,
        days=days,
        named=tuple(named),
    )


def _sorted(names: list[str]) -> tuple[str, ...]:
    """Resolutions without repetition, the coarsest first.

    Raises:
        InputError: for a name that is none.
    """
    try:
        found = [Resolution.named(name) for name in dict.fromkeys(names)]
    except ValueError as error:
        raise InputError(f"--resolution: {error}.") from None
    return tuple(one.name for one in sorted(found, key=lambda one: one.truncation))


def _check_speedy(resolutions: list[str] | None, levels: int | None) -> None:
    for name in resolutions or []:
        if name != SPEEDY_RESOLUTION:
            raise InputError(
                f"--resolution is {name}, but core {SPEEDY} has {SPEEDY_RESOLUTION}; --core "
                f"{DINOSAUR} has others."
            )
    if levels is not None and levels != SPEEDY_LEVELS:
        raise InputError(
            f"--levels is {levels}, but core {SPEEDY} has {SPEEDY_LEVELS}; --core {DINOSAUR} has "
            "others."
        )


def _check_name(option: str, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
        hint = f", did you mean {near[0]!r}" if near else ""
        raise InputError(f"{option} {name!r} is not known{hint}; expected {' or '.join(known)}.")
