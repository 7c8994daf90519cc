"""Changes of a model: numbers that are replaced, and faults between the steps."""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Sequence

from reference.errors import InputError

CO2 = "physics.shortwave_radiation.longwave_co2_absorptivity"
RELAXATION_TIME = "physics.convection.relaxation_time"


@dataclasses.dataclass(frozen=True)
class Replacement:
    """Another value of a parameter.

    Attributes:
        parameter: dotted name, the same in both models.
        value: new value, or what the default is multiplied by.
        relative: which of the two.
    """

    parameter: str
    value: float
    relative: bool

    def of(self, default: float) -> float:
        """The new value."""
        return default * self.value if self.relative else self.value

    def in_words(self) -> str:
        """As on the command line."""
        return f"{self.parameter}{'*' if self.relative else '='}{self.value:g}"


@dataclasses.dataclass(frozen=True)
class Edit:
    """A field of the state that is multiplied between the steps.

    Attributes:
        part: of the JAX model's state that holds it.
        field: name in both models.
        factor: what it is multiplied by.
        daily: whether after the first step of a day only, which sets the field; otherwise after
            every step.
    """

    part: str
    field: str
    factor: float
    daily: bool


@dataclasses.dataclass(frozen=True)
class Change:
    """What is done to a model.

    Attributes:
        name: as on the command line; empty for none.
        words: what it is.
        replacements: of parameters.
        edits: of the state.
    """

    name: str = ""
    words: str = "unchanged"
    replacements: tuple[Replacement, ...] = ()
    edits: tuple[Edit, ...] = ()


UNCHANGED = Change()


def _correction(name: str, words: str, *factors: tuple[str, float]) -> Change:
    edits = tuple(Edit("daily", field, factor, daily=True) for field, factor in factors)
    return Change(f"orographic-correction-{name}", words, edits=edits)


_TEMPERATURE, _HUMIDITY = "temperature_correction", "humidity_correction"
#: Faults that the test must see, by name.
PLANTED: dict[str, Change] = {
    change.name: change
    for change in (
        Change(
            "co2-absorptivity",
            "absorptivity of CO₂ 1 % larger",
            (Replacement(CO2, 1.01, relative=True),),
        ),
        Change(
            "shortwave-one-step-in-three",
            "short-wave heating applied only in the steps that compute it",
            edits=(Edit("shortwave", "temperature_tendency_shortwave", 0.0, daily=False),),
        ),
        Change(
            "convective-time-scale",
            "relaxation time of convection 5 % longer",
            (Replacement(RELAXATION_TIME, 1.05, relative=True),),
        ),
        _correction(
            "missing",
            "diffusion without orographic correction",
            (_TEMPERATURE, 0.0),
            (_HUMIDITY, 0.0),
        ),
        _correction(
            "reversed",
            "orographic correction with the wrong sign",
            (_TEMPERATURE, -1.0),
            (_HUMIDITY, -1.0),
        ),
        _correction(
            "of-temperature-only",
            "orographic correction of temperature but not of humidity",
            (_HUMIDITY, 0.0),
        ),
    )
}
ALL = "all"


def checked_changes(names: Sequence[str]) -> tuple[Change, ...]:
    """The planted changes called so.

    Raises:
        InputError: for an unknown name, with the nearest known.
    """
    found: dict[str, Change] = {}
    for name in names:
        if name == ALL:
            found |= PLANTED
        elif name in PLANTED:
            found[name] = PLANTED[name]
        else:
            near = difflib.get_close_matches(name, [*PLANTED, ALL], n=1, cutoff=0.5)
            hint = f", did you mean {near[0]!r}" if near else ""
            raise InputError(
                f"change {name!r} is not known{hint}; expected {ALL} or one of "
                f"{', '.join(PLANTED)}."
            )
    return tuple(found.values())


def checked_replacements(words: Sequence[str]) -> tuple[Replacement, ...]:
    """Replacements from words such as "physics.convection.relaxation_time*1.05".

    Raises:
        InputError: for a word that is none, or a parameter named twice.
    """
    found: dict[str, Replacement] = {}
    for word in words:
        relative = "=" not in word
        name, sign, text = (part.strip() for part in word.partition("*" if relative else "="))
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not name or not sign or not math.isfinite(value):
            raise InputError(
                f"--parameter is {word!r}, expected NAME=VALUE or NAME*FACTOR with a finite "
                f"number, such as {RELAXATION_TIME}*1.05."
            )
        if name in found:
            raise InputError(f"--parameter names {name} twice, expected it once.")
        found[name] = Replacement(name, value, relative)
    return tuple(found.values())
