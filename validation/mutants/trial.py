"""One mutant after the other put to the checks of the harness, the cheapest first."""

from __future__ import annotations

import contextlib
import dataclasses
import signal
import time
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reference import kernels
from reference.declarations import PROCESSES
from reference.process import Process
from validation.mutants.climate_check import ClimateCheck
from validation.mutants.columns_checks import (
    MANY,
    ColumnsCheck,
    SmoothProbe,
    columns_checks,
    module_of,
)
from validation.mutants.dynamics_checks import (
    DAY,
    STARTS,
    ModelCheck,
    corrected_checks,
    dynamics_checks,
)
from validation.mutants.gradient_checks import GradientCheck
from validation.mutants.listing import Mutant, Source
from validation.mutants.outcome import Check, Outcome
from validation.mutants.planting import ImportGraph

#: A mutant that has computed so long for one check hangs [s].
TIME_LIMIT = 300.0

#: Processes whose derivatives are looked at where a module belongs to many.
_MOST_DERIVATIVES = 4
#: Packages whose functions do the same in every step.
_EVERY_STEP = ("jcm.physics.", "jcm.dynamics.")
_SMOOTHLY = "smooth gates"

CAUGHT, SURVIVED, SMOOTH, UNREACHED = "caught", "survived", "smooth", "unreached"


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What became of a mutant.

    Attributes:
        status: `CAUGHT`; `SURVIVED`, if it changes numbers that some check sees and passes, or if
            no check is about it;
            `SMOOTH`, if it changes numbers with gates of a width only; `UNREACHED`, if it changes
            no bit that any check sees.
        by: of `CATCHERS`, empty unless caught.
        check: the check that caught it.
        why: what fell short there.
        raised: whether it does not run at all.
        shows_in: checks whose numbers it changed without being caught there.
        seconds: of a processor that it took.
    """

    status: str
    by: str = ""
    check: str = ""
    why: str = ""
    raised: bool = False
    shows_in: tuple[str, ...] = ()
    seconds: float = 0.0


class HarnessError(Exception):
    """The harness complains about the model without any fault in it."""


class Bench:
    """The checks, what they say about the model as it is, and the means to plant faults."""

    def __init__(self, golden: Path) -> None:
        self._golden = golden
        self._graph = ImportGraph()
        self._before: dict[str, Outcome] = {}
        self._columns = columns_checks(golden)
        self._dynamics = dynamics_checks(golden)
        self._corrected = corrected_checks(golden)
        self._climate = ClimateCheck(golden)
        self._made: dict[str, Check] = {}

    def try_out(self, mutant: Mutant, source: Source) -> Verdict:
        """Plant a fault and ask one check after the other until one notices.

        Raises:
            HarnessError: if a check fails on the model as it is.
        """
        began = time.process_time()
        code = source.code(mutant)
        shows_in: list[str] = []
        asked = False
        for check in self._checks(mutant, shows_in):
            asked = True
            before = self._unchanged(check)
            with self._graph.planted(mutant.module, code), in_time():
                found = _outcome(check)
            if found.caught:
                return Verdict(
                    CAUGHT,
                    check.catcher,
                    check.name,
                    found.caught,
                    found.raised,
                    tuple(shows_in),
                    time.process_time() - began,
                )
            if found.fingerprint != before.fingerprint:
                shows_in.append(check.name)
        status = SURVIVED if shows_in or not asked else UNREACHED
        if shows_in and all(_SMOOTHLY in name for name in shows_in):
            status = SMOOTH
        return Verdict(status, shows_in=tuple(shows_in), seconds=time.process_time() - began)

    def _unchanged(self, check: Check) -> Outcome:
        if check.name not in self._before:
            outcome = check.run()
            if outcome.caught:
                raise HarnessError(f"{check.name} fails without any fault: {outcome.caught}")
            self._before[check.name] = outcome
        return self._before[check.name]

    def _checks(self, mutant: Mutant, shows_in: list[str]) -> Iterator[Check]:
        """Those that call the mutated module.

        Args:
            mutant: the fault.
            shows_in: checks whose numbers changed so far; those to come depend on it.
        """
        if mutant.kind == "stop_gradient":
            # Nothing but derivatives changes.
            yield from self._derivatives(mutant)
            return
        columns = [check for check in self._columns if self._calls(check, mutant)]
        # The process that bears the name of the module first.
        yield from sorted(columns, key=lambda check: check.roots != (mutant.module,))
        own = self._processes(mutant)
        if not shows_in:
            for process in own:
                yield self._once(ColumnsCheck(process, self._golden, MANY, "corrected"))
            # Some functions are called by the driver alone, with smooth gates.
            driver = PROCESSES["physics_driver"]
            others = [driver] if driver not in own and self._uses(driver, mutant) else []
            for process in own + others:
                yield self._once(SmoothProbe(process, self._golden))
            if shows_in:
                return
        dynamics = [check for check in self._dynamics if self._calls(check, mutant)]
        yield from dynamics
        # What is the same in the first steps is the same in all, but for what happens at midnight.
        if dynamics and (shows_in or not mutant.module.startswith(_EVERY_STEP)):
            for start in STARTS:
                yield self._once(ModelCheck(start, self._golden, DAY))
        yield from self._last_look(mutant, shows_in)

    def _last_look(self, mutant: Mutant, shows_in: list[str]) -> Iterator[Check]:
        """More columns, derivatives, the dynamics of the corrected formulation, the climate."""
        own = [p for p in self._processes(mutant) if p.name != "physics_driver"]
        if shows_in:
            for process in own:
                yield self._once(ColumnsCheck(process, self._golden, MANY))
        else:
            for process in own[:_MOST_DERIVATIVES]:
                yield self._once(GradientCheck(process, self._golden))
        if kernels.available():
            yield from (check for check in self._corrected if self._calls(check, mutant))
        if shows_in and self._calls(self._climate, mutant):
            yield self._climate

    def _processes(self, mutant: Mutant) -> list[Process]:
        """The process that bears the module's name, or those that call it, small ones first."""
        calling = [
            process
            for process in sorted(PROCESSES.values(), key=lambda p: len(p.inputs))
            if self._uses(process, mutant)
        ]
        return [p for p in calling if module_of(p) == mutant.module] or calling

    def _derivatives(self, mutant: Mutant) -> Iterator[Check]:
        stopped = mutant.fault.removeprefix("stop_gradient on ")
        for process in PROCESSES.values():
            if module_of(process) == mutant.module and mutant.owner == process.name:
                yield self._once(GradientCheck(process, self._golden, stopped))
                return
        for process in self._processes(mutant):
            yield self._once(GradientCheck(process, self._golden))

    def _uses(self, process: Process, mutant: Mutant) -> bool:
        return mutant.module in self._graph.needed_by([module_of(process)])

    def _calls(self, check: Check, mutant: Mutant) -> bool:
        return mutant.module in self._graph.needed_by(check.roots)

    def _once(self, check: Any) -> Check:
        """The check of that name that was made before, whose files are read."""
        return self._made.setdefault(check.name, check)


def _outcome(check: Check) -> Outcome:
    """What a check says; what it cannot bear is a fault noticed, too."""
    try:
        return check.run()
    except Exception as error:
        return Outcome(f"{check.name} raised {type(error).__name__}: {error}"[:300], "", True)


class _HangsError(Exception):
    """A mutant does not come to an end."""


@contextlib.contextmanager
def in_time(seconds: float = TIME_LIMIT) -> Iterator[None]:
    """Raise within the block when so much time of a processor is used up."""

    def too_late(number: int, frame: types.FrameType | None) -> None:
        raise _HangsError(f"no answer after computing for {seconds:g} s")

    previous = signal.signal(signal.SIGPROF, too_late)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)
