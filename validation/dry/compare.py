"""The runs of `jcm-validate dry` and what came out."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable

from validation.dry.criteria import Criterion
from validation.dry.features import held_suarez_criteria
from validation.dry.held_suarez import HeldSuarezClimate, run_held_suarez
from validation.dry.request import HELD_SUAREZ, WAVE, DryRequest
from validation.dry.wave import DAYS, WaveRun, run_wave, wave_criteria

Announce = Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class DryResult:
    """What came out altogether.

    Attributes:
        request: what was asked.
        climates: of the Held-Suarez runs.
        waves: of the baroclinic waves, the coarsest first.
        criteria: in the order judged.
        failures: why runs ended early, whole sentences.
        seconds: duration.
    """

    request: DryRequest
    climates: list[HeldSuarezClimate]
    waves: list[WaveRun]
    criteria: list[Criterion]
    failures: list[str]
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether every run ended and every criterion is met."""
        return not self.failures and all(criterion.passed for criterion in self.criteria)


def compare_dry(request: DryRequest, announce: Announce) -> DryResult:
    """Make all runs and judge them.

    Args:
        request: see :class:`DryRequest`.
        announce: is told what begins, :func:`number_of_steps` times if every run ends.
    """
    begin = time.perf_counter()
    climates = [
        run_held_suarez(
            request.core,
            resolution,
            request.levels,
            days=request.days,
            spinup=request.spinup,
            announce=announce,
        )
        for resolution in request.resolutions.get(HELD_SUAREZ, ())
    ]
    waves = [
        run_wave(request.core, resolution, request.levels, announce)
        for resolution in request.resolutions.get(WAVE, ())
    ]
    criteria = [criterion for climate in climates for criterion in held_suarez_criteria(climate)]
    if waves:
        criteria += wave_criteria(waves)
    return DryResult(
        request=request,
        climates=climates,
        waves=waves,
        criteria=criteria,
        failures=[f"{run.name}: {run.error}" for run in (*climates, *waves) if run.error],
        seconds=time.perf_counter() - begin,
    )


def number_of_steps(request: DryRequest) -> int:
    """How often :func:`compare_dry` announces something."""
    days = {HELD_SUAREZ: request.spinup + request.days, WAVE: 2 * (DAYS + 1)}
    return sum(days[case] * len(request.resolutions[case]) for case in request.cases)
