"""One quantity of a column from two implementations: how far they are apart, line by line."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import cached_property

import numpy as np
from rich.text import Text

from reference.process import Variable
from validation.ulp import ulp_distance
from validation.words import number

_NAME, _VALUE, _MEASURE = 54, 25, 10
#: Style of what differs by more than is allowed.
BAD = "bold red"


@dataclasses.dataclass(frozen=True)
class Quantity:
    """One input or output of a process in the column, from both implementations.

    Attributes:
        variable: the declaration.
        role: "input" or "output".
        reference, port: `(*inner dimensions)`.
        recorded: what the file holds, None if it does not hold it.
        allowed: largest absolute difference that passes.
    """

    variable: Variable
    role: str
    reference: np.ndarray
    port: np.ndarray
    recorded: np.ndarray | None
    allowed: float

    @cached_property
    def difference(self) -> np.ndarray:
        """Port minus reference."""
        return np.asarray(self.port, float) - np.asarray(self.reference, float)

    @cached_property
    def relative(self) -> np.ndarray:
        """|difference| / |reference|; NaN where the reference is zero and the port is not."""
        size = np.abs(np.asarray(self.reference, float))
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.abs(self.difference) / size
        return np.where(self.difference == 0, 0.0, np.where(size > 0, found, np.nan))

    @cached_property
    def ulp(self) -> np.ndarray:
        """Distance in units in the last place of the port's precision."""
        if self.variable.integer:
            return np.abs(self.difference).astype(np.uint64)
        port = np.asarray(self.port)
        return ulp_distance(port, np.asarray(self.reference).astype(port.dtype))

    @cached_property
    def within(self) -> np.ndarray:
        """Whether the difference passes."""
        return np.abs(self.difference) <= self.allowed


def place_in_words(variable: Variable, place: tuple[int, ...]) -> str:
    """As "level 3, band 1"; empty for a number without inner dimensions."""
    return ", ".join(f"{n} {i}" for n, i in zip(variable.dimensions, place, strict=True))


def heading_line(reference: str, port: str) -> Text:
    """What stands above the columns of :func:`quantity_lines`."""
    shown = (reference, port if len(port) < _VALUE else "port")
    names = "".join(f"{name:>{_VALUE}}" for name in shown)
    measures = "".join(f"{name:>{_MEASURE}}" for name in ("differ", "relative", "ULP"))
    return Text(f"{'':<{_NAME}}{names}{measures}", style="dim")


def quantity_lines(quantity: Quantity) -> Iterator[Text]:
    """Both values and their distance, one line for each place; << marks what is not allowed."""
    variable = quantity.variable
    mark = "<- " if quantity.role == "input" else "-> "
    name = f"  {mark}{variable.name} [{variable.units}]"
    if not variable.dimensions:
        yield _line(quantity, name, ())
        return
    yield Text(name)
    for place in np.ndindex(quantity.reference.shape):
        yield _line(quantity, f"       {place_in_words(variable, place)}", place)


def _line(quantity: Quantity, name: str, place: tuple[int, ...]) -> Text:
    values = (quantity.reference[place], quantity.port[place])
    text = f"{name:<{_NAME}}" + "".join(f"{_digits(value):>{_VALUE}}" for value in values)
    for measure in (quantity.difference[place], quantity.relative[place]):
        text += f"{number(float(measure)):>{_MEASURE}}"
    ulp = int(quantity.ulp[place])
    text += f"{ulp if ulp < 10**8 else number(float(ulp)):>{_MEASURE}}"
    if quantity.recorded is not None and quantity.recorded[place] != values[0]:
        text += f"   file: {_digits(quantity.recorded[place])}"
    good = bool(quantity.within[place])
    return Text(text) if good else Text(f"{text} <<", style=BAD)


def _digits(value: np.generic) -> str:
    """As few digits as tell the number from all others of its type."""
    return str(value)
