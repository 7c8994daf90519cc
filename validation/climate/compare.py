"""The comparison of climates from request to result."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from validation.climate import variant
from validation.climate.catalogue import QUANTITIES
from validation.climate.climate import Climate, climate_of_years
from validation.climate.drift import Drift, drifts
from validation.climate.foreign import read_foreign
from validation.climate.judgement import (
    GlobalComparison,
    Judgement,
    compare_global_means,
    judge,
    judge_other_numerics,
    other_numerics_in_words,
)
from validation.climate.layout import is_stored_climate
from validation.climate.reference import StoredClimate, read_stored_climate
from validation.climate.regrid import on_reference_grid
from validation.climate.request import FORTRAN, JANUARY_DAYS, ClimateRequest
from validation.climate.ringing_judgement import (
    RingingComparison,
    compare_ringing,
    ringing_failures,
)
from validation.climate.runs import Outcome, Progress, read_months, read_years, run_all
from validation.climate.runs import stored_months as months_in
from validation.climate.short import MonthComparison, compare_january, compare_models
from validation.climate.significance import LocalTests, local_tests
from validation.climate.statistics import FieldComparison, compare_maps, compare_zonal_means


@dataclasses.dataclass(frozen=True)
class Pair:
    """A climate compared with another.

    Attributes:
        model, reference: the two.
        stored: whether the reference is the stored climate of the original.
        expected_to_differ: whether telling them apart is what must succeed.
        judged: whether the yardsticks, which are the original's, hold for the two climates.
        other_numerics: whether the models are not the same on purpose: differences are measured in
            units of internal variability, and their size is judged, not their significance.
        fields, zonal: maps, and zonal means of quantities without maps in the reference.
        tests: local tests of the maps.
        means: global means.
        judgement: the verdict.
        ringing: indices beside the original's, empty unless the reference is the stored climate.
        variant: numbers beside those of the original's variant, empty unless the run has it.
    """

    model: Climate
    reference: Climate
    stored: bool
    expected_to_differ: bool
    judged: bool
    other_numerics: bool
    fields: tuple[FieldComparison, ...]
    zonal: tuple[FieldComparison, ...]
    tests: tuple[LocalTests, ...]
    means: tuple[GlobalComparison, ...]
    judgement: Judgement
    ringing: tuple[RingingComparison, ...] = ()
    variant: tuple[variant.VariantComparison, ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the pair fell short, whole sentences."""
        if not self.judged:
            return ()
        if self.other_numerics:
            return self.judgement.reasons
        if not self.expected_to_differ:
            return (*self.judgement.reasons, *ringing_failures(self.ringing))
        reasons = [
            f"{c.quantity}{'' if c.level is None else f' level {c.level}'} is {c.found:.5g}, "
            f"expected {c.expected:.5g} ± {c.tolerance:.2g}."
            for c in self.variant
            if not c.passed
        ]
        if not self.judgement.median >= variant.LEAST_MEDIAN:
            reasons.append(
                f"The comparison does not see the changed diffusion: the median ratio is "
                f"{self.judgement.median:.3g}, expected at least {variant.LEAST_MEDIAN:g}."
            )
        return tuple(reasons)

    @property
    def passed(self) -> bool:
        """Whether the pair is as it should be."""
        return not self.reasons

    @property
    def own_scale(self) -> float:
        """Median ratio in units of the scatter of the reference run's years; NaN without one."""
        ratios = [f.own_ratio for f in self.fields if f.counts and math.isfinite(f.own_ratio)]
        return float(np.median(ratios)) if ratios else math.nan

    def in_words(self) -> str:
        """One sentence, more if it fell short."""
        reference = self.reference.name
        if self.stored:
            reference = f"the original ({self.reference.years:g} years)"
        if not self.judged:
            return (
                f"{self.model.name} and {reference}, both changed, are shown and not judged: the "
                "internal variability that would be the unit is the original's; the median ratio "
                f"in units of it is {self.judgement.median:.2f}, and {self.own_scale:.2f} in units "
                f"of the scatter of the years of {reference}."
            )
        if self.other_numerics:
            return other_numerics_in_words(self.judgement, self.model.name, reference)
        text = self.judgement.in_words(self.model.name, reference)
        ringing = ringing_failures(self.ringing)
        if self.expected_to_differ:
            agreed = sum(c.passed for c in self.variant)
            text += (
                f" With the extra diffusion on the top level only it should; {agreed} of "
                f"{len(self.variant)} numbers of the original's variant are met."
            )
            return " ".join([text, *self.reasons])
        return " ".join([text, *ringing])


@dataclasses.dataclass(frozen=True)
class ClimateResult:
    """Everything that a report tells.

    Attributes:
        request: what was asked.
        stored: the original's climate.
        outcomes: of the runs.
        climates: of the runs.
        pairs: full comparisons.
        months: short comparisons.
        drifts: trends of the runs, by name.
        failures, remarks: whole sentences.
        seconds: that it took.
    """

    request: ClimateRequest
    stored: StoredClimate
    outcomes: tuple[Outcome, ...]
    climates: tuple[Climate, ...]
    pairs: tuple[Pair, ...]
    months: tuple[MonthComparison, ...]
    drifts: dict[str, list[Drift]]
    failures: tuple[str, ...]
    remarks: tuple[str, ...]
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether nothing fell short."""
        parts = (*self.pairs, *self.months)
        return not self.failures and bool(parts) and all(part.passed for part in parts)

    def verdict(self) -> str:
        """In words."""
        parts = [*self.failures, *(part.in_words() for part in (*self.pairs, *self.months))]
        return " ".join(parts) or "Nothing was compared."


def compare_climate(
    request: ClimateRequest,
    announce: Callable[[str], None],
    progress: Callable[[Progress], None] = lambda state: None,
) -> ClimateResult:
    """Run the models and compare their climates.

    Args:
        request: what to do.
        announce: told what begins.
        progress: told after every month of every run.

    Raises:
        InputError: for data that cannot be read, or a folder that cannot be written.
    """
    began = time.perf_counter()
    announce("reading the stored climate")
    stored = read_stored_climate(request.stored)
    announce("running the models")
    outcomes = run_all(request.runs(), request.output, progress)
    failures = tuple(f"{o.run.name} stopped: {o.stopped}" for o in outcomes if o.stopped)
    finished = [outcome for outcome in outcomes if not outcome.stopped]
    announce("comparing")
    if request.short:
        months = _short(request, stored, finished)
        return ClimateResult(
            request, stored, tuple(outcomes), (), (), tuple(months), {}, failures, (),
            time.perf_counter() - began,
        )  # fmt: skip
    climates = [_climate(outcome, request) for outcome in finished]
    pairs = _pairs(request, stored, climates)
    remarks = [text for climate in climates for text in climate.remarks]
    remarks += [text for pair in pairs for text in pair.reference.remarks]
    return ClimateResult(
        request=request,
        stored=stored,
        outcomes=tuple(outcomes),
        climates=tuple(climates),
        pairs=tuple(pairs),
        months=(),
        drifts={climate.name: drifts(climate) for climate in climates},
        failures=failures,
        remarks=tuple(dict.fromkeys(remarks)),
        seconds=time.perf_counter() - began,
    )


def _climate(outcome: Outcome, request: ClimateRequest) -> Climate:
    run = outcome.run
    return climate_of_years(
        map(on_reference_grid, read_years(outcome.folder, run.months[12 * request.spinup :])),
        name=run.name,
        source=f"{run.name}, {request.years} years after {request.spinup} of spin-up",
    )


def _pairs(request: ClimateRequest, stored: StoredClimate, climates: list[Climate]) -> list[Pair]:
    """Which climates are compared with which."""
    against = request.against
    fortran = [climate for climate in climates if climate.name == "Fortran"]
    others = [climate for climate in climates if climate.name != "Fortran"]
    beside = [_pair(one, reference, stored, request) for reference in fortran for one in others]
    if against is None:
        return [_pair(one, stored.climate, stored, request) for one in climates] + beside
    if against == FORTRAN:
        return beside
    reference = _reference(Path(against), stored)
    return [_pair(one, reference, stored, request) for one in climates]


def _reference(path: Path, stored: StoredClimate) -> Climate:
    if is_stored_climate(path):
        return stored.climate
    if path.is_dir():
        return climate_of_years(
            read_years(path, months_in(path)), name=path.name, source=f"the run in {path}"
        )
    sigma = stored.yardstick.statistics["sigma"].values
    return read_foreign(path, sigma, stored.climate.maps["surface_pressure"].values)


def _pair(
    model: Climate, reference: Climate, stored: StoredClimate, request: ClimateRequest
) -> Pair:
    is_stored = reference is stored.climate
    yardstick = stored.yardstick
    fields = compare_maps(model, reference, yardstick, stored=is_stored)
    means = compare_global_means(model, reference, stored.climate.global_means)
    absent = []
    if not reference.foreign:
        absent = [
            str(name)
            for name in reference.maps.data_vars
            if name in QUANTITIES and name not in model.maps
        ]
    differs = is_stored and request.top_level_only
    other = request.other_model and model.name != "Fortran"
    judgement = judge(fields, means, absent)
    if other:
        judgement = judge_other_numerics(fields, absent, gate_width=request.gate_width)
    return Pair(
        model=model,
        reference=reference,
        stored=is_stored,
        expected_to_differ=differs,
        judged=is_stored or not request.top_level_only,
        other_numerics=other,
        fields=tuple(fields),
        zonal=tuple(compare_zonal_means(model, reference, yardstick)) if is_stored else (),
        tests=tuple(local_tests(model, reference, yardstick)),
        means=tuple(means),
        judgement=judgement,
        ringing=tuple(compare_ringing(model, stored)) if is_stored and not differs else (),
        variant=tuple(variant.compare_variant(model, stored)) if differs else (),
    )


def _short(
    request: ClimateRequest, stored: StoredClimate, finished: list[Outcome]
) -> list[MonthComparison]:
    months = {
        outcome.run.name: read_months(outcome.folder, outcome.run.months).isel(time=0)
        for outcome in finished
    }
    compared = []
    if "Fortran" in months:
        compared = [
            compare_models(
                name, month, "Fortran", months["Fortran"], stored, judged=name.endswith("float64")
            )
            for name, month in months.items()
            if name != "Fortran"
        ]
    if request.days == JANUARY_DAYS and not request.top_level_only:
        compared += [
            compare_january(name, month, stored, judged=True) for name, month in months.items()
        ]
    return compared
