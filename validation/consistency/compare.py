"""The consistency test from request to result."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable

from reference.errors import InputError
from validation.climate.models import RunStoppedError
from validation.consistency.changes import Change
from validation.consistency.ensemble import (
    Ensemble,
    begin,
    make_runs,
    settings_of,
    values_of,
)
from validation.consistency.ensemble_file import check_settings, read_ensemble, stale_sources
from validation.consistency.models import make_short_runs
from validation.consistency.perturbation import Purpose
from validation.consistency.request import ConsistencyRequest
from validation.consistency.statistics import RUNS, Trio, judge
from validation.dynamics.runs import Start


@dataclasses.dataclass(frozen=True, kw_only=True)
class Case:
    """Three runs of a model and what they say.

    Attributes:
        model: "jax" or "fortran".
        precision: "float64" or "float32".
        change: what was done to the model.
        planted: whether the change is one that must be detected.
        trio: the judgement; None if the model stopped.
        stopped: why it did, empty if it did not.
    """

    model: str
    precision: str
    change: Change
    planted: bool
    trio: Trio | None
    stopped: str = ""

    @property
    def name(self) -> str:
        """As "jax float32"."""
        return f"{self.model} {self.precision}"

    @property
    def consistent(self) -> bool:
        """Whether the runs have the climate of the ensemble; not if the model stopped."""
        return self.trio is not None and self.trio.consistent

    @property
    def passed(self) -> bool:
        """Consistent if nothing was planted, inconsistent if something was."""
        return self.consistent is not self.planted


@dataclasses.dataclass(frozen=True)
class ConsistencyResult:
    """Everything that a report tells.

    Attributes:
        request: what was asked.
        ensemble: what runs were compared with.
        cases: what was tested, models as they are first.
        remarks: what a reader must know.
        seconds: that it took.
    """

    request: ConsistencyRequest
    ensemble: Ensemble
    cases: tuple[Case, ...]
    remarks: tuple[str, ...]
    seconds: float

    @property
    def tested(self) -> list[Case]:
        """The models under test."""
        return [case for case in self.cases if not case.planted]

    @property
    def planted(self) -> list[Case]:
        """The planted changes."""
        return [case for case in self.cases if case.planted]

    @property
    def passed(self) -> bool:
        """Whether every model is consistent and every planted change was detected."""
        return all(case.passed for case in self.cases)


def number_of_steps(request: ConsistencyRequest) -> int:
    """How often `announce` is called."""
    return RUNS * len(request.implementations) * (1 + len(request.changes))


def compare_consistency(
    request: ConsistencyRequest, announce: Callable[[str], None]
) -> ConsistencyResult:
    """Make the runs and judge them.

    Args:
        request: what to do.
        announce: told of every run that begins.

    Raises:
        InputError: for an ensemble or a start that cannot be used, or an unknown parameter.
        ReferenceUnavailableError: if the Fortran is tested and was not built.
    """
    began = time.perf_counter()
    ensemble = read_ensemble(request.ensemble)
    start = begin(request.golden)
    check_settings(ensemble, settings_of(start), request.ensemble)
    changes = ((request.tested, False), *((change, True) for change in request.changes))
    cases = [
        _case(request, ensemble, start, model, precision, change, planted, announce)
        for change, planted in changes
        for model, precision in request.implementations
    ]
    stale = stale_sources(ensemble)
    return ConsistencyResult(
        request=request,
        ensemble=ensemble,
        cases=tuple(cases),
        remarks=(stale,) if stale else (),
        seconds=time.perf_counter() - began,
    )


def _case(
    request: ConsistencyRequest,
    ensemble: Ensemble,
    start: Start,
    model: str,
    precision: str,
    change: Change,
    planted: bool,
    announce: Callable[[str], None],
) -> Case:
    label = f"{model} {precision}, {change.name or change.words}"
    trio, stopped = None, ""
    try:
        runs = make_runs(
            make_short_runs(model, precision, start.run_start, change),
            start,
            ensemble.settings,
            Purpose.TEST,
            range(RUNS),
            seed=request.seed,
            announce=lambda text: announce(f"{label}: {text}"),
        )
    except RunStoppedError as error:
        stopped = str(error)
    else:
        if runs[0].labels != ensemble.projection.labels:
            raise InputError(
                f"ensemble {request.ensemble} is stale: it does not hold the numbers that "
                f"{model} makes; jcm-validate consistency --rebuild makes it again."
            )
        trio = judge(ensemble.projection, values_of(runs), ensemble.threshold, precision)
    return Case(
        model=model,
        precision=precision,
        change=change,
        planted=planted,
        trio=trio,
        stopped=stopped,
    )
