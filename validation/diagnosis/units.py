"""Units in which a port may misunderstand a number, or give it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from reference.formulas import GRAVITY, MELTING_TEMPERATURE, SPECIFIC_HEAT
from reference.process import Variable

#: Units a port may take a number in, by ours: theirs, our number as theirs means factor * ours.
#: "degC" is an offset and treated apart.
OTHER_UNITS: dict[str, tuple[tuple[str, float], ...]] = {
    "g kg-1": (("kg kg-1", 1e3),),
    "g kg-1 s-1": (("kg kg-1 s-1", 1e3), ("g kg-1 d-1", 1 / 86400), ("kg kg-1 d-1", 1 / 86.4)),
    "g m-2 s-1": (("kg m-2 s-1", 1e3), ("kg m-2 d-1", 1 / 86.4), ("kg m-2 h-1", 1 / 3.6)),
    "kg m-2 s-1": (("g m-2 s-1", 1e-3),),
    "K s-1": (("K d-1", 1 / 86400), ("K h-1", 1 / 3600)),
    "m s-2": (("m s-1 d-1", 1 / 86400),),
    "m2 s-2": (("m (height instead of geopotential)", GRAVITY),),
    "J kg-1": (("kJ kg-1", 1e3), ("K (divided by the specific heat)", SPECIFIC_HEAT)),
    "W m-2": (("J m-2 d-1", 1 / 86400), ("kW m-2", 1e3)),
    "N m-2": (("hPa", 100.0),),
    "rad": (("degrees", np.pi / 180.0),),
    "degrees_north": (("rad", 180.0 / np.pi),),
    "degrees_east": (("rad", 180.0 / np.pi),),
    "mm": (("m", 1e3), ("cm", 10.0)),
}
PRESSURE = "normalized_surface_pressure"
LOG_PRESSURE = "log_normalized_surface_pressure"
PRESSURE_UNITS = (("Pa", 1e-5), ("hPa", 1e-3))
#: Zero of the Celsius scale [K]: as it is, as the melting point of the original, and rounded.
CELSIUS = (("degC", 273.15), ("K above the melting point", MELTING_TEMPERATURE), ("K - 273", 273.0))
#: What a port file can ask for by name: units of numbers, not of other quantities.
KNOWN_UNITS = {"Pa", "hPa", "degC", "%"} | {
    unit
    for ours, theirs in OTHER_UNITS.items()
    for unit, _ in theirs
    if "(" not in unit and not ours.startswith("degrees_")
}


def other_units(variable: Variable) -> Iterator[tuple[str, float, float]]:
    """Units in which a variable may be misunderstood.

    Yields:
        Their unit, and factor and offset so that their number means, in our unit, factor * number +
        offset.
    """
    if variable.integer:
        return
    if variable.name == PRESSURE:
        yield from ((unit, factor, 0.0) for unit, factor in PRESSURE_UNITS)
    elif variable.name == LOG_PRESSURE:
        yield from ((f"ln of {u}", 1.0, float(np.log(factor))) for u, factor in PRESSURE_UNITS)
    elif variable.units == "K":
        yield from ((unit, 1.0, zero) for unit, zero in CELSIUS)
    elif variable.units == "1" and (variable.minimum, variable.maximum) == (0.0, 1.0):
        yield "%", 0.01, 0.0
    for unit, factor in OTHER_UNITS.get(variable.units, ()):
        yield unit, factor, 0.0
