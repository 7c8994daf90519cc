"""Numbers and places as they appear in reports."""

from __future__ import annotations

import math

from validation.comparison import Comparison, Worst

#: How the kinds of comparison are named in tables.
REFERENCE_WORDS = {"golden": "golden numbers", "fortran": "Fortran, drawn columns"}


def number(value: float | None, digits: int = 2) -> str:
    """Short notation: "1.3e-5", "0", "none" where there is no number."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "none"
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e4:
        return f"{value:.{digits}g}"
    return f"{value:.{digits - 1}e}".replace("e-0", "e-").replace("e+0", "e")


def exact_number(value: float | int | None) -> str:
    """All digits."""
    return "none" if value is None else repr(value)


def count(value: int | None) -> str:
    """Thousands apart, "none" where there is no number; large ones short."""
    if value is None:
        return "none"
    return f"{value:,}".replace(",", " ") if value < 10**9 else f"{float(value):.1e}"


def margin(comparison: Comparison, digits: int = 2) -> str:
    """Field measure / tolerance; "exact" or "differs" for whole numbers."""
    if comparison.measure.reason:
        return "failed"
    if comparison.tolerance == 0:
        return "exact" if comparison.passed else "differs"
    return number(comparison.margin, digits)


def place(worst: Worst) -> str:
    """As "physics/convection.nc column 7, level 3, 12.1 N 45.0 E, 1982-03-05 12:00"."""
    words = [f"{worst.file} column {worst.column}"]
    words += [f"{name.replace('_', ' ')} {index}" for name, index in worst.index.items()]
    if math.isfinite(worst.latitude) and math.isfinite(worst.longitude):
        words.append(degrees(worst.latitude, worst.longitude))
    if worst.date:
        words.append(worst.date)
    return ", ".join(words)


def degrees(latitude: float, longitude: float) -> str:
    """As "12.1 N 45.0 E"."""
    return f"{abs(latitude):.1f} {'N' if latitude >= 0 else 'S'} {longitude % 360:.1f} E"


def duration(seconds: float) -> str:
    """As "1 min 12 s"."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {seconds % 60:.0f} s"
