"""Whether two climates can be told apart.

Limits of the ratios are just outside what members of the original reach themselves (spec 40
section 5: medians up to 1.12, shares above 1.3 up to 0.22, largest ratios up to 2.43).

References:
    Specification page 40, sections 4, 5 and 7.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence

import numpy as np
from scipy import special

from validation.climate.climate import Climate, GlobalMean, Key
from validation.climate.significance import false_discovery_mask
from validation.climate.statistics import FieldComparison

MEDIAN_LIMIT = 1.12
HIGH_RATIO, HIGH_SHARE_LIMIT = 1.3, 0.22
LARGEST_LIMIT = 2.5
#: What another core should match, and by how much of the internal variability it may be off.
MATCHED = (
    *("temperature", "eastward_wind", "northward_wind", "specific_humidity"),
    *("precipitation", "outgoing_longwave"),
)
MATCHED_LIMIT = 2.0
#: Standard errors that a global mean may be off.
GLOBAL_LIMIT = 3.0

#: Global means that are judged one by one (first table of spec 40 section 4).
SCALARS = (
    *("surface_pressure", "near_surface_temperature", "surface_temperature", "skin_temperature"),
    *("land_surface_temperature", "sea_surface_temperature", "sea_ice_temperature"),
    *("sea_ice_fraction", "surface_albedo", "precipitation", "convective_precipitation"),
    *("large_scale_precipitation", "evaporation", "precipitation_minus_evaporation"),
    *("column_water_vapour", "toa_net_shortwave", "outgoing_longwave", "toa_net_energy"),
    *("surface_net_shortwave", "surface_downward_shortwave", "surface_net_upward_longwave"),
    *("surface_downward_longwave", "sensible_heat_flux", "surface_net_energy"),
    *("atmosphere_energy_residual", "eastward_stress", "northward_stress", "cloud_cover"),
    *("stratiform_cloud_cover", "convection_frequency", "large_scale_precipitation_frequency"),
    *("wet_frequency", "cloud_base_mass_flux", "surface_pressure_variance"),
    *("precipitation_variance", "near_surface_temperature_variance", "outgoing_longwave_variance"),
)
#: Global means per level that are judged together (second table).
PROFILES = (
    *("temperature", "specific_humidity", "eastward_wind", "relative_humidity", "geopotential"),
    *("eastward_wind_variance", "northward_wind_variance", "temperature_variance"),
    *("temperature_tendency_convection", "temperature_tendency_condensation"),
    *("temperature_tendency_shortwave", "temperature_tendency_longwave"),
    "temperature_tendency_boundary_layer",
)
#: Budgets that are shown beside these.
_SHOWN = ("toa_minus_surface_net_energy", "dry_surface_pressure")


@dataclasses.dataclass(frozen=True)
class GlobalComparison:
    """An annual global mean, compared.

    Attributes:
        variable, level: which.
        found: of the model.
        expected: of the reference.
        standard_error: that the difference of the two means should have.
        freedom: degrees of freedom behind it.
        judged: "alone", "with the others" of its kind, or "" if only shown.
    """

    variable: str
    level: int | None
    found: GlobalMean
    expected: GlobalMean
    standard_error: float
    freedom: float
    judged: str

    @property
    def difference(self) -> float:
        """Found - expected."""
        return self.found.mean - self.expected.mean

    @property
    def score(self) -> float:
        """Difference in standard errors; NaN if their size is unknown."""
        return self.difference / self.standard_error if self.standard_error > 0.0 else math.nan

    @property
    def label(self) -> str:
        """As "temperature level 4"."""
        return self.variable if self.level is None else f"{self.variable} level {self.level}"


@dataclasses.dataclass(frozen=True)
class Judgement:
    """The verdict on two climates.

    Attributes:
        fields: number of fields that count.
        median, high_share, largest: of their ratios.
        where: the field with the largest.
        reasons: why the climates differ, whole sentences; empty if they cannot be told apart.
    """

    fields: int
    median: float
    high_share: float
    largest: float
    where: str
    reasons: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether the climates cannot be told apart."""
        return not self.reasons

    def in_words(self, model: str, reference: str) -> str:
        """One sentence."""
        numbers = (
            f"median ratio {self.median:.2f}, {100 * self.high_share:.0f} % above {HIGH_RATIO}, "
            f"largest {self.largest:.2f} ({self.where}), {self.fields} fields"
        )
        if self.passed:
            return f"{model} is statistically indistinguishable from {reference}: {numbers}."
        return f"{model} differs from {reference}: {numbers}. {' '.join(self.reasons)}"


def compare_global_means(
    model: Climate, reference: Climate, spread: Mapping[Key, GlobalMean]
) -> list[GlobalComparison]:
    """Global means that both climates have.

    Args:
        model: the climate in question.
        reference: what it is compared with.
        spread: whose `deviation` over years is taken as true, the original's.
    """
    compared = []
    for key, expected in reference.global_means.items():
        found = model.global_means.get(key)
        if found is None:
            continue
        scatter = spread.get(key, GlobalMean("", math.nan, math.nan, math.nan))
        error = scatter.deviation * math.sqrt(1.0 / found.years + 1.0 / expected.years)
        name, level = key
        if name in SCALARS and level is None:
            judged = "alone"
        elif name in PROFILES and level is not None:
            judged = "with the others"
        else:
            judged = ""
        freedom = scatter.years - 1.0
        compared.append(GlobalComparison(name, level, found, expected, error, freedom, judged))
    return compared


def judge(
    fields: Sequence[FieldComparison], means: Sequence[GlobalComparison], absent: Sequence[str] = ()
) -> Judgement:
    """The verdict.

    Args:
        fields: all maps.
        means: all global means.
        absent: quantities that the model should have and has not.
    """
    reasons = [f"{name} is missing." for name in absent]
    reasons += [f"{c.label}: {c.failure}." for c in fields if c.failure]
    counted = [c for c in fields if c.counts]
    ratios = np.array([c.ratio for c in counted])
    if not counted:
        nothing = "No field could be compared."
        return Judgement(0, math.nan, math.nan, math.nan, "none", (*reasons, nothing))
    median = float(np.median(ratios))
    share = float(np.mean(ratios > HIGH_RATIO))
    worst = counted[int(np.argmax(ratios))]
    if median > MEDIAN_LIMIT:
        reasons.append(f"The median ratio is {median:.3g}, at most {MEDIAN_LIMIT} is usual.")
    if share > HIGH_SHARE_LIMIT:
        reasons.append(
            f"{100 * share:.3g} % of the ratios exceed {HIGH_RATIO}, at most "
            f"{100 * HIGH_SHARE_LIMIT:.0f} % is usual."
        )
    if worst.ratio > LARGEST_LIMIT:
        reasons.append(
            f"The largest ratio is {worst.ratio:.3g} ({worst.label}), at most {LARGEST_LIMIT} is "
            "usual."
        )
    reasons += global_failures(means)
    return Judgement(len(counted), median, share, float(ratios.max()), worst.label, tuple(reasons))


def judge_other_numerics(
    fields: Sequence[FieldComparison], absent: Sequence[str] = (), *, gate_width: float = 0.0
) -> Judgement:
    """The verdict on a model that differs on purpose: how large its differences are.

    Args:
        fields: all maps; those of :data:`MATCHED` are judged.
        absent: quantities that the model should have and has not.
        gate_width: of the model: a cause of differences that needs no attribution.
    """
    reasons = [f"{name} is missing." for name in absent if name in MATCHED]
    reasons += [f"{c.label}: {c.failure}." for c in fields if c.failure and c.variable in MATCHED]
    counted = [c for c in fields if c.counts and c.variable in MATCHED]
    if not counted:
        nothing = "No field could be compared."
        return Judgement(0, math.nan, math.nan, math.nan, "none", (*reasons, nothing))
    ratios = np.array([c.ratio for c in counted])
    worst = counted[int(np.argmax(ratios))]
    share = float(np.mean(ratios > MATCHED_LIMIT))
    if worst.ratio > MATCHED_LIMIT:
        by_variable = [
            f"{name} {max(c.ratio for c in counted if c.variable == name):.3g}"
            for name in MATCHED
            if any(c.variable == name and c.ratio > MATCHED_LIMIT for c in counted)
        ]
        reasons.append(
            f"{100 * share:.0f} % of {len(counted)} fields are farther off than {MATCHED_LIMIT:g} "
            f"times the internal variability; the largest ratios: {', '.join(by_variable)}. "
            + (
                f"Gates of width {gate_width:g} cost that much."
                if gate_width
                else "`jcm-validate attribution` names the causes."
            )
        )
    median = float(np.median(ratios))
    return Judgement(len(counted), median, share, float(ratios.max()), worst.label, tuple(reasons))


def other_numerics_in_words(judgement: Judgement, model: str, reference: str) -> str:
    """What :func:`judge_other_numerics` found, in words."""
    text = (
        f"{model} differs on purpose from {reference}; in units of internal variability the "
        f"climates of {', '.join(MATCHED)} differ by {judgement.median:.2f} in the median and "
        f"{judgement.largest:.2f} at most ({judgement.where}), {judgement.fields} fields."
    )
    return " ".join([text, *judgement.reasons])


def global_failures(means: Sequence[GlobalComparison]) -> list[str]:
    """Global means that are too far off.

    Those of the surface and the top are judged one by one. The hundred profile values are judged
    together, since some of so many exceed three standard errors by chance: by Student's t with 35
    degrees of freedom, under control of false discoveries.
    """
    reasons = []
    for c in means:
        if c.judged and not math.isfinite(c.found.mean):
            reasons.append(f"The global mean of {c.label} is not finite.")
        elif c.judged == "alone" and abs(c.score) > GLOBAL_LIMIT:
            reasons.append(_off(c))
    profiles = [c for c in means if c.judged == "with the others" and math.isfinite(c.score)]
    freedom = np.array([c.freedom for c in profiles])
    scores = np.array([abs(c.score) for c in profiles])
    rejected = false_discovery_mask(2.0 * special.stdtr(freedom, -scores))
    reasons += [
        _off(c)
        for c, out in zip(profiles, rejected, strict=True)
        if out and abs(c.score) > GLOBAL_LIMIT
    ]
    return reasons


def _off(c: GlobalComparison) -> str:
    return (
        f"The global mean of {c.label} is {c.found.mean:.6g} {c.found.units}, expected "
        f"{c.expected.mean:.6g}: {c.score:+.1f} standard errors."
    )
