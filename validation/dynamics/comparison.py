"""The comparator of the dynamics: one field of a port against its reference, in plain NumPy.

The field measure is max |difference| / max |reference| over the field, the two parts of a complex
field counted as numbers of their own. Whole numbers must agree exactly. Whatever cannot be compared
is a failure with a reason.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from validation.dynamics.files import Field

#: How a comparison measures: `FIELD` relative to the largest value of the field, `RMS` as root mean
#: square in the units of the field, `BITS` as the number of values that are not identical.
FIELD, RMS, BITS = "max_rel_to_field_max", "rms", "identical"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tolerance:
    """What passes.

    Attributes:
        value: largest measure that passes.
        source: where the number comes from.
    """

    value: float
    source: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Place:
    """The place of the largest difference.

    Attributes:
        index: dimension -> index, for instance {"level": 3, "m": 4, "n": 0}.
        part: "real" or "imaginary", empty for a real field.
        latitude: degrees north, NaN if the field is not on the grid.
        longitude: degrees east, NaN if the field is not on the grid.
        value: what the port gives.
        expected: what the reference gives.
        difference: value - expected.
    """

    index: dict[str, int]
    part: str
    latitude: float
    longitude: float
    value: float | int
    expected: float | int
    difference: float | int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Measure:
    """How far one field is from its reference.

    Attributes:
        values: how many numbers were compared.
        max_abs: largest absolute difference, in the units of the field.
        max_rel_to_field_max: the field measure; infinite where a zero field is not zero.
        differing: how many numbers differ at all.
        field_maximum: largest absolute value of the reference.
        reason: why the comparison could not be made, empty if it could.
        worst: the place of the largest difference, or of what is not finite.
    """

    values: int = 0
    max_abs: float = math.nan
    max_rel_to_field_max: float = math.nan
    differing: int | None = None
    field_maximum: float = math.nan
    reason: str = ""
    worst: Place | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class FieldComparison:
    """One field of one port against one reference: a line of the report.

    Attributes:
        process: what was compared, for instance "spectral_operators".
        output: name of the field.
        implementation: name of the port.
        precision: "float64" or "float32".
        reference: "golden", or name and precision of another port.
        source: golden file relative to the golden folder; empty if there is none.
        units: of the field.
        measure: the numbers.
        how: `FIELD`, `RMS` or `BITS`.
        measured: what is held against the tolerance.
        tolerance: what passes, storage rounding included.
        tolerance_source: where the tolerance comes from.
        storage_rounding: part of the tolerance that is due to rounding in the golden file.
        step: main-loop steps since the start of a trajectory, None elsewhere.
    """

    process: str
    output: str
    implementation: str
    precision: str
    reference: str
    source: str
    units: str
    measure: Measure
    how: str
    measured: float
    tolerance: float
    tolerance_source: str
    storage_rounding: float = 0.0
    step: int | None = None

    @property
    def passed(self) -> bool:
        """Whether the port is within tolerance."""
        # Written so that a measure that is not a number falls short.
        return not self.measure.reason and self.measured <= self.tolerance

    @property
    def margin(self) -> float:
        """Measured / tolerance: passed up to 1."""
        if self.measure.reason or math.isnan(self.measured):
            return math.inf
        if self.tolerance > 0:
            return self.measured / self.tolerance
        return 0.0 if self.measured == 0 else math.inf

    def as_record(self) -> dict[str, Any]:
        """For `results.json`."""
        measure = self.measure
        worst = None
        if measure.worst is not None:
            level = measure.worst.index.get("level")
            worst = {
                "file": self.source,
                **dataclasses.asdict(measure.worst),
                "level": level,
                "step": self.step,
            }
        return {
            "process": self.process,
            "output": self.output,
            "implementation": self.implementation,
            "precision": self.precision,
            "reference": self.reference,
            "source": self.source,
            "step": self.step,
            "units": self.units,
            "values": measure.values,
            "max_abs": measure.max_abs,
            "max_rel_to_field_max": measure.max_rel_to_field_max,
            "differing": measure.differing,
            "field_maximum": measure.field_maximum,
            "how": self.how,
            "measured": self.measured,
            "tolerance": self.tolerance,
            "tolerance_source": self.tolerance_source,
            "storage_rounding": self.storage_rounding,
            "margin": self.margin,
            "passed": self.passed,
            "reason": measure.reason,
            "worst": worst,
        }


def measure_field(
    expected: Field,
    found: Any,
    *,
    precision: str,
    coordinates: Mapping[str, np.ndarray] | None = None,
) -> Measure:
    """Measure the field `found` of a port against `expected`.

    Args:
        expected: the reference.
        found: what the port returned; None if it returned nothing.
        precision: of the port, "float64" or "float32".
        coordinates: degrees along "latitude", "longitude" and "longitude_subset", for the place of
            the worst value.

    Returns:
        The measure; with a `reason` if the two cannot be compared.
    """
    reference = expected.values
    values = None if found is None else np.asarray(found)
    reason = _unlike(expected, values, precision)
    if reason:
        return Measure(reason=reason)
    assert values is not None
    whole = reference.dtype.kind in "iu"
    given, wanted = _as_numbers(values), _as_numbers(reference)
    broken = ~np.isfinite(given)
    if broken.any():
        place = _place(expected, np.argwhere(broken)[0], given, wanted, coordinates)
        where = ", ".join(f"{name} {index}" for name, index in place.index.items())
        reason = (
            f"the port gives {place.value} for {expected.name} at {where or 'its only value'} "
            f"(not finite in {int(broken.sum())} of {broken.size} numbers)"
        )
        return Measure(values=given.size, reason=reason, worst=place)
    if whole:
        difference = np.abs(given.astype(np.int64) - wanted.astype(np.int64)).astype(float)
    else:
        difference = np.abs(given.astype(float) - wanted)
    maximum = float(np.abs(wanted).max())
    max_abs = float(difference.max())
    worst = np.unravel_index(int(difference.argmax()), difference.shape)
    return Measure(
        values=given.size,
        max_abs=max_abs,
        max_rel_to_field_max=_ratio(max_abs, maximum),
        differing=int((difference > 0).sum()),
        field_maximum=maximum,
        worst=_place(expected, worst, given, wanted, coordinates),
    )


def compare_field(
    expected: Field,
    found: Any,
    *,
    process: str,
    implementation: str,
    precision: str,
    tolerance: Tolerance,
    reference: str = "golden",
    source: str = "",
    coordinates: Mapping[str, np.ndarray] | None = None,
    step: int | None = None,
    error: str = "",
) -> FieldComparison:
    """Judge a field by the field measure; whole numbers must be equal.

    Args:
        expected: the reference.
        found: what the port returned; None if it returned nothing.
        process: name of the comparison.
        implementation: name of the port.
        precision: of the port.
        tolerance: largest measure that passes; half a unit of a rounded mantissa is added.
        reference: what `expected` is.
        source: file of the reference.
        coordinates: see :func:`measure_field`.
        step: of a trajectory.
        error: why there is nothing to compare, empty if there is.
    """
    if error:
        measure = Measure(reason=error)
    else:
        measure = measure_field(expected, found, precision=precision, coordinates=coordinates)
    rounding = expected.storage_rounding
    allowed, origin = tolerance.value + rounding, tolerance.source
    if rounding:
        origin += f" + half a unit of the {expected.bits}-bit mantissa stored"
    if expected.values.dtype.kind in "iu":
        allowed, rounding, origin = 0.0, 0.0, "whole numbers are compared exactly"
    return FieldComparison(
        process=process,
        output=expected.name,
        implementation=implementation,
        precision=precision,
        reference=reference,
        source=source,
        units=expected.units,
        measure=measure,
        how=FIELD,
        measured=measure.max_rel_to_field_max,
        tolerance=allowed,
        tolerance_source=origin,
        storage_rounding=rounding,
        step=step,
    )


def compare_bits(
    expected: Field,
    found: Any,
    *,
    process: str,
    implementation: str,
    precision: str,
    reference: str,
    step: int | None = None,
    error: str = "",
) -> FieldComparison:
    """Judge by identity: not one number may differ. Arguments as of :func:`compare_field`."""
    measure = Measure(reason=error)
    if not error:
        measure = measure_field(expected, found, precision=precision)
    if not measure.reason:
        unlike = _bits_of(np.asarray(found)) != _bits_of(expected.values)
        measure = dataclasses.replace(measure, differing=int(unlike.sum()))
    return FieldComparison(
        process=process,
        output=expected.name,
        implementation=implementation,
        precision=precision,
        reference=reference,
        source="",
        units=expected.units,
        measure=measure,
        how=BITS,
        measured=math.nan if measure.differing is None else float(measure.differing),
        tolerance=0.0,
        tolerance_source="bit for bit",
        step=step,
    )


def _unlike(expected: Field, values: np.ndarray | None, precision: str) -> str:
    """Why two arrays cannot be set against each other, empty if they can."""
    name, reference = expected.name, expected.values
    if values is None:
        return f"the port gives no output {name}"
    if reference.size == 0:
        return f"the reference holds no value of {name}"
    if values.shape != reference.shape:
        swapped = (*reference.shape[:-2], *reference.shape[:-3:-1])
        hint = ", the last two axes exchanged" if values.shape == swapped else ""
        return f"the port gives {name} of shape {values.shape}{hint}, expected {reference.shape}"
    if reference.dtype.kind in "iu":
        allowed = "iub"
        wanted = "whole numbers"
    elif reference.dtype.kind == "c":
        allowed, wanted = "c", f"complex numbers in {precision}"
    else:
        allowed, wanted = "f", precision
    single = values.dtype in (np.float32, np.complex64)
    of_precision = allowed == "iub" or single == (precision == "float32")
    if values.dtype.kind not in allowed or not of_precision:
        return f"the port gives {name} as {values.dtype}, expected {wanted}"
    return ""


def _as_numbers(values: np.ndarray) -> np.ndarray:
    """The array with the two parts of complex numbers as a last axis."""
    if values.dtype.kind == "c":
        return np.stack([values.real, values.imag], axis=-1)
    return values.astype(np.int64) if values.dtype.kind in "iub" else values


def _bits_of(values: np.ndarray) -> np.ndarray:
    numbers = np.ascontiguousarray(_as_numbers(values))
    return numbers.view(f"u{numbers.dtype.itemsize}")


def _ratio(difference: float, maximum: float) -> float:
    if maximum > 0:
        return difference / maximum
    return 0.0 if difference == 0 else math.inf


def _place(
    expected: Field,
    where: Any,
    given: np.ndarray,
    wanted: np.ndarray,
    coordinates: Mapping[str, np.ndarray] | None,
) -> Place:
    where = tuple(int(i) for i in where)
    index = dict(zip(expected.dimensions, where, strict=False))
    part = ""
    if expected.values.dtype.kind == "c":
        part = ("real", "imaginary")[where[-1]]

    def degrees(*names: str) -> float:
        """Of the first of the dimensions that the field has."""
        for name in names:
            if coordinates and name in index and name in coordinates:
                return float(coordinates[name][index[name]])
        return math.nan

    value, reference = given[where].item(), wanted[where].item()
    return Place(
        index=index,
        part=part,
        latitude=degrees("latitude"),
        longitude=degrees("longitude", "longitude_subset"),
        value=value,
        expected=reference,
        difference=value - reference,
    )
