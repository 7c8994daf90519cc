"""What a run is asked to put out."""

from __future__ import annotations

import dataclasses
import datetime
import difflib
import math
from typing import Literal

from jcm.output.catalogue import Variable, lookup
from jcm.surface.calendar import MINUTES_PER_STEP, STEPS_PER_DAY

#: Pressures to which fields are interpolated unless others are asked for [hPa].
STANDARD_PRESSURE_LEVELS = (
    1000.0,
    925.0,
    850.0,
    700.0,
    600.0,
    500.0,
    400.0,
    300.0,
    250.0,
    200.0,
    150.0,
    100.0,
    70.0,
    50.0,
    30.0,
)

_TIME_STEP = datetime.timedelta(minutes=MINUTES_PER_STEP)


@dataclasses.dataclass(frozen=True, kw_only=True)
class OutputRequest:
    """Variables, how often, as what statistic and on which levels. Hashable.

    Attributes:
        variables: names of :data:`jcm.output.catalogue.VARIABLES`.
        statistic: "mean" over each period or "snapshot" at its end.
        every: the period: "day", "month" (of the calendar), a multiple of the time step as a
            `timedelta`, or a number of time steps.
        vertical: "sigma" for the model's own levels, "pressure" for `pressure_levels`.
        pressure_levels: pressures [hPa] in the order of the output; read for "pressure" only.

    Raises:
        ValueError: naming the attribute, what was found and what is expected; for an unknown name,
            the nearest that exists.
    """

    variables: tuple[str, ...]
    statistic: Literal["mean", "snapshot"] = "mean"
    every: Literal["day", "month"] | datetime.timedelta | int = "day"
    vertical: Literal["sigma", "pressure"] = "sigma"
    pressure_levels: tuple[float, ...] = STANDARD_PRESSURE_LEVELS

    def __post_init__(self) -> None:
        if isinstance(self.variables, str):
            raise ValueError(f"variables must be a sequence of names, got {self.variables!r}")
        object.__setattr__(self, "variables", tuple(self.variables))
        object.__setattr__(self, "pressure_levels", tuple(map(float, self.pressure_levels)))
        self._check_choice("statistic", ("mean", "snapshot"))
        self._check_choice("vertical", ("sigma", "pressure"))
        self._check_every()
        self._check_pressure_levels()
        self._check_variables()

    @property
    def declarations(self) -> tuple[Variable, ...]:
        """The catalogue's entries of `variables`, in their order."""
        return tuple(lookup(name) for name in self.variables)

    @property
    def steps_per_period(self) -> int | None:
        """Length of a period in time steps, None for months."""
        if self.every == "month":
            return None
        if self.every == "day":
            return STEPS_PER_DAY
        if isinstance(self.every, datetime.timedelta):
            return self.every // _TIME_STEP
        return self.every

    def _check_choice(self, attribute: str, choices: tuple[str, ...]) -> None:
        found = getattr(self, attribute)
        if found not in choices:
            raise ValueError(f"{attribute} must be {_nearest_first(found, choices)}, got {found!r}")

    def _check_every(self) -> None:
        every = self.every
        if isinstance(every, str):
            if every not in ("day", "month"):
                raise ValueError(
                    f"every must be {_nearest_first(every, ('day', 'month'))}, a timedelta or a "
                    f"number of time steps, got {every!r}"
                )
        elif isinstance(every, datetime.timedelta):
            if every <= datetime.timedelta(0) or every % _TIME_STEP:
                raise ValueError(
                    f"every must be a positive multiple of the time step of {MINUTES_PER_STEP} "
                    f"minutes, got {every}"
                )
        elif isinstance(every, bool) or not isinstance(every, int) or every < 1:
            raise ValueError(
                f"every must be 'day', 'month', a timedelta or a positive number of time steps, "
                f"got {every!r}"
            )

    def _check_pressure_levels(self) -> None:
        if self.vertical == "pressure" and not self.pressure_levels:
            raise ValueError("pressure_levels is empty, expected at least one pressure in hPa")
        for index, pressure in enumerate(self.pressure_levels):
            if not (math.isfinite(pressure) and 0.0 < pressure <= 1100.0):
                raise ValueError(
                    f"pressure_levels[{index}] is {pressure:g}, expected hPa above 0 and up to 1100"
                )
        steps = [
            b - a for a, b in zip(self.pressure_levels, self.pressure_levels[1:], strict=False)
        ]
        if not (all(step < 0.0 for step in steps) or all(step > 0.0 for step in steps)):
            raise ValueError(
                f"pressure_levels must increase or decrease throughout, got {self.pressure_levels}"
            )

    def _check_variables(self) -> None:
        if not self.variables:
            raise ValueError("variables is empty, expected at least one name")
        for index, name in enumerate(self.variables):
            if name in self.variables[:index]:
                raise ValueError(f"variables names {name!r} twice")
        for variable in self.declarations:
            if variable.moment_of and self.statistic == "snapshot":
                raise ValueError(
                    f"{variable.name} is a second moment over a period: it needs statistic 'mean', "
                    "got 'snapshot'"
                )
            if variable.kind == "half_level" and self.vertical == "pressure":
                raise ValueError(
                    f"{variable.name} is a velocity through surfaces of sigma: it needs vertical "
                    "'sigma', got 'pressure'"
                )


def _nearest_first(found: object, choices: tuple[str, ...]) -> str:
    nearest = difflib.get_close_matches(str(found), choices, n=len(choices), cutoff=0.0)
    return " or ".join(repr(choice) for choice in nearest)
