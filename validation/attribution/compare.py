"""The attribution from request to result."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from validation.attribution.contrast import Contrast, contrast, zonal_wind
from validation.attribution.decomposition import Cause, Step, causes, wind_shares
from validation.attribution.items import CHAIN, DEFAULT, FORTRAN, Item
from validation.attribution.numbers import PhysicalNumber, physical_numbers
from validation.attribution.request import AttributionRequest
from validation.attribution.ringing import Ringing, RingingScale, ringing
from validation.climate.climate import Climate, climate_of_years
from validation.climate.reference import StoredClimate, read_stored_climate
from validation.climate.regrid import on_reference_grid
from validation.climate.runs import Outcome, Progress, read_months, run_all


@dataclasses.dataclass(frozen=True, kw_only=True)
class Row:
    """A run and what it changes.

    Attributes:
        item: which.
        sypd: simulated years per day; None if it was taken from an earlier run.
        folder: where the run lies.
        numbers: physical numbers by name; empty if the run did not finish.
        zonal_wind: zonal-mean eastward wind [m s-1] `(season, level, latitude)`, or None.
        ringing: its indices relative to the Fortran's, or None.
        to_parent, to_fortran: differences of its climate, or None.
        failure: why there is nothing to compare, whole sentence, or empty.
    """

    item: Item
    sypd: float | None
    folder: Path
    numbers: dict[str, PhysicalNumber] = dataclasses.field(default_factory=dict)
    zonal_wind: np.ndarray | None = None
    ringing: Ringing | None = None
    to_parent: Contrast | None = None
    to_fortran: Contrast | None = None
    failure: str = ""

    def value(self, name: str) -> float:
        """A physical number; NaN if there is none."""
        return self.numbers[name].value if name in self.numbers else float("nan")


@dataclasses.dataclass(frozen=True)
class AttributionResult:
    """Everything that a report tells.

    Attributes:
        request: what was asked.
        stored: the original's climate, whose internal variability is the unit.
        rows: a row per run, parents first.
        causes: of the fields in which the Dinosaur default is far from the Fortran.
        wind_shares: of the links of the chain in the change of the zonal-mean wind.
        failures, remarks: whole sentences.
        seconds: that it took.
    """

    request: AttributionRequest
    stored: StoredClimate
    rows: tuple[Row, ...]
    causes: tuple[Cause, ...]
    wind_shares: dict[str, float]
    failures: tuple[str, ...]
    remarks: tuple[str, ...]
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether all runs finished and could be compared."""
        return not self.failures and bool(self.rows)

    def row(self, name: str) -> Row | None:
        """The row of an item, if it was run and has a climate."""
        found = [row for row in self.rows if row.item.name == name and not row.failure]
        return found[0] if found else None

    @property
    def chain(self) -> tuple[Row, ...]:
        """Links of the chain that have a climate."""
        return tuple(row for row in self.rows if row.item.form == CHAIN and not row.failure)


def attribute(
    request: AttributionRequest,
    announce: Callable[[str], None],
    progress: Callable[[Progress], None] = lambda state: None,
) -> AttributionResult:
    """Run the models and compare every climate with its parent's and the Fortran's.

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
    outcomes = {
        outcome.run.name: outcome for outcome in run_all(request.runs(), request.output, progress)
    }
    announce("comparing")
    rows, climates = _rows(request, stored, outcomes)
    found, shares = _along_the_chain(rows, climates)
    return AttributionResult(
        request=request,
        stored=stored,
        rows=tuple(rows),
        causes=tuple(found),
        wind_shares=shares,
        failures=tuple(row.failure for row in rows if row.failure),
        remarks=request.remarks(),
        seconds=time.perf_counter() - began,
    )


def _rows(
    request: AttributionRequest, stored: StoredClimate, outcomes: dict[str, Outcome]
) -> tuple[list[Row], dict[str, Climate]]:
    """A row per item, and the climates of all links of the chain."""
    items = request.items()
    parents = {item.parent for item in items}
    climates: dict[str, Climate] = {}
    scale: RingingScale | None = None
    rows = []
    for item in items:
        outcome = outcomes[item.name]
        row = Row(item=item, sypd=outcome.sypd, folder=outcome.folder)
        failure = _unusable(item, outcome, climates)
        if failure:
            rows.append(dataclasses.replace(row, failure=failure))
            continue
        climate = _climate(request, item, outcome)
        if scale is None:
            scale = RingingScale.of(climate, stored)
        row = dataclasses.replace(
            row,
            numbers=physical_numbers(climate),
            zonal_wind=zonal_wind(climate),
            ringing=ringing(climate, scale),
        )
        climate = _lean(climate, stored)
        if item.parent is not None:
            row = dataclasses.replace(
                row,
                to_parent=contrast(climate, climates[item.parent], stored.yardstick),
                to_fortran=contrast(climate, climates[FORTRAN], stored.yardstick),
            )
        rows.append(row)
        if item.form == CHAIN or item.name in parents:
            climates[item.name] = climate
    return rows, climates


def _unusable(item: Item, outcome: Outcome, climates: dict[str, Climate]) -> str:
    """Why a run cannot be compared, or empty."""
    if outcome.stopped:
        return f"{item.name} stopped: {outcome.stopped}"
    for name in (FORTRAN, item.parent):
        if item.parent is not None and name not in climates:
            return f"{item.name} cannot be compared, since there is no climate of {name}."
    return ""


def _climate(request: AttributionRequest, item: Item, outcome: Outcome) -> Climate:
    months = request.months[request.spinup_months :]
    # Twelve months in a row, in the order of the calendar: all years have the same sea surface.
    years = (
        on_reference_grid(read_months(outcome.folder, months[start : start + 12])).sortby("month")
        for start in range(0, len(months), 12)
    )
    length = "year" if request.years == 1 else "years"
    source = f"{item.name}, {request.years} {length} after {request.spinup_months} months"
    return climate_of_years(years, name=item.name, source=source)


def _lean(climate: Climate, stored: StoredClimate) -> Climate:
    """The climate without what only its own numbers need; there are many of them."""
    known = [name for name in stored.yardstick.quantities() if name in climate.maps]
    maps = climate.maps[known].astype(np.float32)
    return dataclasses.replace(climate, maps=maps, yearly=None, monthly=None)


def _along_the_chain(
    rows: list[Row], climates: dict[str, Climate]
) -> tuple[list[Cause], dict[str, float]]:
    """Causes and shares, if the chain is whole."""
    steps = [
        Step(row.item.name, climates[row.item.name], row.to_parent)
        for row in rows
        if row.item.form == CHAIN and row.to_parent is not None
    ]
    end = next((row for row in rows if row.item.name == DEFAULT), None)
    if end is None or end.to_fortran is None or not _whole(steps):
        return [], {}
    singles = {
        row.item.name: row.to_fortran
        for row in rows
        if row.item.parent == DEFAULT and row.to_fortran is not None
    }
    start = climates[FORTRAN]
    return causes(start, steps, end.to_fortran, singles), wind_shares(start, steps)


def _whole(steps: list[Step]) -> bool:
    """Whether every step begins where the one before ends, the first at the Fortran."""
    ends = [FORTRAN, *(step.name for step in steps)]
    begins = [step.contrast.reference for step in steps]
    return begins == ends[: len(begins)] and ends[-1] == DEFAULT
