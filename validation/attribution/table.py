"""The table of all runs, for every form of the report."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from validation.attribution.compare import AttributionResult, Row
from validation.attribution.contrast import NEAR, TARGETS
from validation.attribution.items import CHAIN, SINGLE

#: Short names of the target variables.
TARGET_SYMBOLS = dict(zip(TARGETS, ("T", "u", "v", "q", "precipitation", "OLR"), strict=True))


@dataclasses.dataclass(frozen=True)
class Cell:
    """A cell of the table.

    Attributes:
        text: as shown.
        value: what the text says; NaN if it is words.
        far: whether it exceeds what counts as near.
    """

    text: str
    value: float = math.nan
    far: bool = False


#: Heading and meaning of every column.
COLUMNS: tuple[tuple[str, str], ...] = (
    ("run", "name of the item"),
    ("changes", "what it changes of the run in the next column"),
    ("of", "the run that it is compared with"),
    ("median", "median ratio of the fields to internal variability"),
    (f"> {NEAR:g}", "share of the fields with a larger ratio"),
    ("largest", "the largest ratio"),
    ("from Fortran", "median ratio to the Fortran"),
    *(
        (symbol, f"largest ratio to the Fortran of {name.replace('_', ' ')}")
        for name, symbol in TARGET_SYMBOLS.items()
    ),
    ("ringing", "amplitude of the tail / Fortran's"),
    ("u change", "change of the annual zonal-mean wind, rms over area and mass [m/s]"),
    ("u(eq)", "zonal-mean wind over the equator at σ = 0.2 [m/s]"),
    ("transients", "kinetic energy of the transients [m2/s2]"),
    ("T(0.51)", "global temperature at σ = 0.51 [K]"),
    ("rain", "global precipitation [mm/day]"),
    ("OLR mean", "global outgoing long wave [W/m2]"),
    ("TOA", "net energy at the top [W/m2]"),
    ("surface", "net energy at the surface [W/m2]"),
    ("dry mass", "range of the monthly means of the mass of dry air, relative"),
)
#: The columns of differences, and those of physical numbers behind the name of the run.
DIFFERENCES = tuple(range(15))
NUMBERS = (0, *range(15, len(COLUMNS)))


def cells(row: Row) -> list[Cell]:
    """The row in the order of :data:`COLUMNS`."""
    parent, fortran = row.to_parent, row.to_fortran
    largest = parent.largest[0] if parent else math.nan
    found = [
        Cell(row.item.name),
        Cell(row.item.change),
        Cell(row.item.parent or ""),
        _ratio(parent.median if parent else math.nan),
        _percent(parent.far if parent else math.nan),
        _ratio(largest),
        _ratio(fortran.median if fortran else math.nan),
    ]
    found += [_ratio(fortran.worst_of_target(name) if fortran else math.nan) for name in TARGETS]
    ringing = row.ringing
    found.append(
        Cell(f"{ringing.index:.2f} ± {ringing.uncertainty:.2f}", ringing.index)
        if ringing
        else Cell("")
    )
    found.append(_plain(parent.wind_rms if parent else math.nan, ".2f"))
    for name, form in (
        ("equatorial_eastward_wind", ".1f"),
        ("transient_kinetic_energy", ".1f"),
        ("temperature_level4", ".2f"),
        ("precipitation", ".3f"),
        ("outgoing_longwave", ".2f"),
        ("toa_net_energy", ".2f"),
        ("surface_net_energy", ".2f"),
        ("dry_mass_range", ".1e"),
    ):
        found.append(_plain(row.value(name), form))
    return found


def _ratio(value: float) -> Cell:
    return Cell("" if math.isnan(value) else f"{value:.2f}", value, value > NEAR)


def _percent(value: float) -> Cell:
    return Cell("" if math.isnan(value) else f"{100 * value:.0f} %", value)


def _plain(value: float, form: str) -> Cell:
    return Cell("" if math.isnan(value) else f"{value:{form}}", value)


def markdown_table(result: AttributionResult, form: str, columns: Sequence[int]) -> list[str]:
    """Lines of a table of the chain, or of the single changes; ratios above the limit in bold."""
    rows = [row for row in result.rows if row.item.form == form and not row.failure]
    if not rows:
        return []
    lines = [
        "| " + " | ".join(COLUMNS[column][0] for column in columns) + " |",
        "|" + "---|" * len(columns),
    ]
    for row in rows:
        texts = [f"**{cell.text}**" if cell.far else cell.text for cell in cells(row)]
        lines.append("| " + " | ".join(texts[column] for column in columns) + " |")
    return lines


def legend() -> str:
    """What the columns mean, one sentence each."""
    return "; ".join(f"*{heading}*: {meaning}" for heading, meaning in COLUMNS) + "."


def titles() -> tuple[tuple[str, str], ...]:
    """Form of the items and heading of their table."""
    return (
        (CHAIN, "Step by step from the Fortran to the Dinosaur default"),
        (SINGLE, "Single changes"),
    )
