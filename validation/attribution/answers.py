"""What the numbers say, in words: every sentence is made of the results and of nothing else."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable

from validation.attribution.compare import AttributionResult, Row
from validation.attribution.contrast import NEAR, TARGETS, Contrast, label
from validation.attribution.items import (
    DEFAULT,
    FLAT,
    FORTRAN,
    ORIGINAL_CORE,
    PUBLISHED,
    PUBLISHED_DIFFUSION,
    SINGLE,
    TOP_LEVEL,
)
from validation.climate.judgement import LARGEST_LIMIT, MEDIAN_LIMIT
from validation.words import number

#: Up to this index a climate is said not to ring more than the Fortran's.
RINGS = 1.1
_DINOSAUR_TOP_LEVEL = "dinosaur-top-level-diffusion"
_LISTED = 3
#: Shares of the chain's steps up to this are not told.
_SHARE = 0.05


@dataclasses.dataclass(frozen=True)
class Check:
    """Whether the Dinosaur default is near the Fortran, or the table says why not.

    Attributes:
        holds: whether it is; None if the default was not run or the chain is broken.
        near: number of fields of the target variables within :data:`NEAR`.
        fields: number of these fields.
        unnamed: fields far off of which no single step of the chain is the cause.
        text: in words.
    """

    holds: bool | None
    near: int
    fields: int
    unnamed: tuple[str, ...]
    text: str


def check_of_the_default(result: AttributionResult) -> Check:
    """The target of the attribution: within twice the internal variability, or the cause named."""
    row = result.row(DEFAULT)
    if row is None or row.to_fortran is None or not result.wind_shares:
        return Check(None, 0, 0, (), "The Dinosaur default was not compared with the Fortran.")
    fields = [key for name in TARGETS for key in row.to_fortran.of_target(name)]
    far = row.to_fortran.exceeding()
    unnamed = tuple(label(cause.field) for cause in result.causes if not cause.named)
    variables = ", ".join(name.replace("_", " ") for name in TARGETS)
    text = (
        f"{len(fields) - len(far)} of {len(fields)} fields of {variables} of the Dinosaur default "
        f"lie within {NEAR:g} times the internal variability of the Fortran's."
    )
    if far:
        worst = next(iter(far))
        text += f" The farthest is {label(worst)} with {far[worst]:.1f}."
        by_step: dict[str, int] = {}
        for cause in result.causes:
            if cause.named:
                by_step[cause.step] = by_step.get(cause.step, 0) + 1
        if by_step:
            listed = sorted(by_step.items(), key=lambda item: -item[1])
            text += (
                " Named causes of the others: "
                + ", ".join(
                    f"{_change(result, name)} ({count} field{'s' if count > 1 else ''})"
                    for name, count in listed
                )
                + "."
            )
    if unnamed:
        text += (
            f" Of {len(unnamed)} no single step of the chain is the cause: {', '.join(unnamed)}."
        )
    constant = {k: rms for k, rms in row.to_fortran.different_constants.items() if k[0] in TARGETS}
    if constant:
        largest = max(constant, key=lambda key: constant[key])
        text += (
            f" {len(constant)} further fields are constant in the original, so that there is no "
            f"unit, and not in the default; the largest difference is {number(constant[largest])} "
            f"({label(largest)})."
        )
    return Check(not unnamed, len(fields) - len(far), len(fields), unnamed, text)


def paragraph(result: AttributionResult) -> str:
    """The answers to the three questions, one after the other."""
    parts = [winds(result), ringing_source(result), extra_diffusion(result), small(result)]
    return " ".join(part for part in parts if part)


def winds(result: AttributionResult) -> str:
    """Why the zonal winds differ."""
    sentences = []
    default, fortran = result.row(DEFAULT), result.row(FORTRAN)
    if default is not None and default.to_fortran is not None:
        c = default.to_fortran
        sentences.append(
            "Why do the zonal winds differ? From the Fortran to the Dinosaur default the annual "
            f"zonal-mean eastward wind changes by {number(c.wind_rms, 2)} m/s (root mean square "
            f"over area and mass), {c.wind_ratio:.1f} times what two samples of the original "
            "differ by."
        )
        if c.wind_ratio <= MEDIAN_LIMIT:
            sentences.append("That is no difference.")
        elif result.wind_shares:
            shares = [item for item in result.wind_shares.items() if abs(item[1]) > _SHARE]
            shares.sort(key=lambda item: -abs(item[1]))
            sentences.append(
                "Of the pattern of this change "
                + _listed(
                    f"{100 * share:.0f} % comes with {_change(result, name)} "
                    f"(by itself {_wind_ratio(result, name):.1f} times internal variability)"
                    for name, share in shares[:_LISTED]
                )
                + "."
            )
    singles = _singles(result, lambda row: row.to_parent.wind_ratio if row.to_parent else math.nan)
    strongest = [row for row in singles if row.to_parent.wind_ratio > NEAR][:_LISTED]
    if strongest:
        sentences.append(
            "The single changes that move it most: "
            + _listed(
                f"{row.item.name} by {number(row.to_parent.wind_rms, 2)} m/s "
                f"({row.to_parent.wind_ratio:.1f} times)"
                for row in strongest
            )
            + "."
        )
    elif singles:
        sentences.append(
            f"No single change moves it by more than {NEAR:g} times internal variability."
        )
    if fortran is not None:
        names = (FORTRAN, DEFAULT, TOP_LEVEL, _DINOSAUR_TOP_LEVEL, PUBLISHED)
        known = [row for name in names if (row := result.row(name)) is not None]
        sentences.append(
            "At the equator, at σ = 0.2, it is "
            + _listed(
                f"{row.value('equatorial_eastward_wind'):.1f} m/s in {row.item.name}"
                for row in known
            )
            + "."
        )
    return " ".join(sentences)


def ringing_source(result: AttributionResult) -> str:
    """Where the ringing comes from."""
    default, port = result.row(DEFAULT), result.row(PUBLISHED)
    rows = [row for row in result.rows if row.ringing is not None and row.item.name != FORTRAN]
    if not rows:
        return ""
    sentences = [
        "Where does the ringing come from? The ringing index is the amplitude of the smallest "
        "scales of annual means relative to the Fortran's, over all fields and regions."
    ]
    if default is not None and default.ringing is not None:
        more = "does not ring more" if default.ringing.index <= RINGS else "rings more"
        sentences.append(
            f"It is {_index(default)} of the Dinosaur default, which {more} than the Fortran."
        )
    loud = sorted(
        (row for row in rows if row.ringing.index > RINGS), key=lambda row: -row.ringing.index
    )
    if loud:
        sentences.append(
            f"Above {RINGS}: "
            + _listed(
                f"{row.item.name} with {_index(row)} (most in {_loudest(row)})"
                for row in loud[: 2 * _LISTED]
            )
            + (f" and {len(loud) - 2 * _LISTED} more" if len(loud) > 2 * _LISTED else "")
            + "."
        )
    else:
        sentences.append(f"No run is above {RINGS}.")
    diffusion = result.row(PUBLISHED_DIFFUSION)
    if (
        port is not None
        and diffusion is not None
        and port.ringing is not None
        and diffusion.ringing is not None
        and port.ringing.index > RINGS
    ):
        share = math.log(diffusion.ringing.index) / math.log(port.ringing.index)
        source = "the weak diffusion" if share > 0.5 else "the orography and its correction"
        sentences.append(
            f"Of the published port's {_index(port)} its diffusion alone makes "
            f"{diffusion.ringing.index:.2f}, {100 * share:.0f} % on a logarithmic scale: most of "
            f"its ringing comes from {source}."
        )
    flat = result.row(FLAT)
    if flat is not None and flat.ringing is not None and default is not None:
        sentences.append(f"Without mountains the default has {_index(flat)}.")
    return " ".join(sentences)


def extra_diffusion(result: AttributionResult) -> str:
    """How much of the climate is the second-order diffusion on all levels."""
    sentences = []
    for name, parent in ((TOP_LEVEL, ORIGINAL_CORE), (_DINOSAUR_TOP_LEVEL, DEFAULT)):
        row, before = result.row(name), result.row(parent)
        if row is None or before is None or row.to_parent is None:
            continue
        c = row.to_parent
        energy = row.value("transient_kinetic_energy") / before.value("transient_kinetic_energy")
        warmer = row.value("temperature_level5") - before.value("temperature_level5")
        winds = [one.value("equatorial_eastward_wind") for one in (before, row)]
        sentences.append(
            f"With it on the top level only, all else as in {parent}, the median ratio is "
            f"{c.median:.1f}, {100 * c.far:.0f} % of the fields differ by more than {NEAR:g} "
            f"times internal variability, the kinetic energy of the transients is {energy:.1f} "
            f"times as large, the global temperature at σ = 0.685 changes by {warmer:+.1f} K, and "
            f"the wind over the equator from {winds[0]:.1f} to {winds[1]:.1f} m/s."
        )
    if not sentences:
        return ""
    question = (
        "How much of the climate of the original is its second-order diffusion on all levels?"
    )
    return " ".join([question, *sentences])


def small(result: AttributionResult) -> str:
    """Which single changes cannot be told from internal variability."""
    singles = [r for r in result.rows if r.item.form == SINGLE and r.to_parent is not None]
    if not singles:
        return ""
    unseen = [r.item.name for r in singles if not is_seen(r.to_parent)]
    text = (
        f"Of {len(singles)} single changes {len(unseen)} cannot be told from internal variability "
        f"(median ratio at most {MEDIAN_LIMIT}, none above {LARGEST_LIMIT}, zonal wind within "
        f"{NEAR:g})"
    )
    return f"{text}: {', '.join(unseen)}." if unseen else f"{text}."


def is_seen(found: Contrast) -> bool:
    """Whether two samples of one model would not differ like this."""
    small = found.median <= MEDIAN_LIMIT and found.largest[0] <= LARGEST_LIMIT
    return not (small and found.wind_ratio <= NEAR)


def _singles(result: AttributionResult, measure: Callable[[Row], float]) -> list[Row]:
    """Single changes that have a measure, the largest first."""
    rows = [row for row in result.rows if row.item.form == SINGLE and row.to_parent is not None]
    return sorted((row for row in rows if not math.isnan(measure(row))), key=lambda r: -measure(r))


def _change(result: AttributionResult, name: str) -> str:
    """What an item changes, in quotes."""
    row = result.row(name)
    return f"“{row.item.change}”" if row is not None else name


def _wind_ratio(result: AttributionResult, name: str) -> float:
    row = result.row(name)
    return math.nan if row is None or row.to_parent is None else row.to_parent.wind_ratio


def _index(row: Row) -> str:
    """As "1.31 ± 0.04"."""
    assert row.ringing is not None
    return f"{row.ringing.index:.2f} ± {row.ringing.uncertainty:.2f}"


def _loudest(row: Row) -> str:
    """As "precipitation near the andes, 2.1 times"."""
    assert row.ringing is not None
    amplitude, name = row.ringing.largest
    return f"{name.replace('_', ' ')}, {amplitude:.1f} times"


def _listed(words: Iterable[str]) -> str:
    """As "a, b and c"."""
    parts = list(words)
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
