"""The accepted range of the atmosphere, and in words where and when it was left.

A run that has become unstable is stopped when, at any level, the global mean temperature or one of
the eddy kinetic energies leaves its range or is not a number. The original lets numbers that are
none pass, because every comparison with them is false.

References:
    Specification page 27, section 5.
"""

from __future__ import annotations

import dataclasses
import datetime
from typing import TYPE_CHECKING

import cftime
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jcm.dynamics.gaussian_grid import GaussianGrid

if TYPE_CHECKING:
    from jcm.dynamics.state import GridState
    from jcm.model.model import Model
    from jcm.model.state import ModelState
    from jcm.model.stepping import StepDetails

Date = datetime.datetime | cftime.datetime
LevelProfile = Float[Array | np.ndarray, " level"]
LevelMap = Float[np.ndarray, "longitude level latitude"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class RangeLimits:
    """What is accepted at every level, limits included (spec 27, section 5).

    Attributes:
        lowest_temperature: of the global mean [K].
        highest_temperature: of the global mean [K].
        highest_energy: of rotational and of divergent eddies [m2 s-2].
    """

    lowest_temperature: float = 180.0
    highest_temperature: float = 320.0
    highest_energy: float = 500.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Violation:
    """A value outside its range.

    Attributes:
        quantity: "global mean temperature", "rotational eddy kinetic energy" or "divergent eddy
            kinetic energy".
        level: from 0 at the top.
        value: what was found, in `unit`.
        unit: of value and limits.
        lowest: limit, minus infinity if there is none.
        highest: limit.
        date: when.
    """

    quantity: str
    level: int
    value: float
    unit: str
    lowest: float
    highest: float
    date: Date

    def __str__(self) -> str:
        accepted = f"{self.lowest:g} to {self.highest:g} {self.unit}"
        if np.isneginf(self.lowest):
            accepted = f"at most {self.highest:g} {self.unit}"
        return (
            f"The {self.quantity} left its accepted range at {self.date:%Y-%m-%d %H:%M}: it is "
            f"{self.value:.6g} {self.unit} at level {self.level}, expected {accepted}."
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Place:
    """A value and where it is.

    Attributes:
        value: in the units of its field.
        longitude: [degrees east].
        latitude: [degrees north].
        level: from 0 at the top.
    """

    value: float
    longitude: float
    latitude: float
    level: int

    def __str__(self) -> str:
        hemisphere = "N" if self.latitude >= 0.0 else "S"
        return f"{abs(self.latitude):.1f}°{hemisphere} {self.longitude:.1f}°E, level {self.level}"


class RangeError(RuntimeError):
    """The atmosphere left its accepted range; the message says what, where and when.

    Attributes:
        last_good: the state before the step after which it had.
    """

    def __init__(self, sentence: str, last_good: ModelState) -> None:
        super().__init__(sentence)
        self.last_good = last_good


def within_range(
    mean_temperature: LevelProfile,
    rotational_energy: LevelProfile,
    divergent_energy: LevelProfile,
    *,
    limits: RangeLimits = RangeLimits(),
) -> Bool[Array, ""]:
    """Whether every level is within its range; numbers that are none are not.

    Args:
        mean_temperature: global mean [K].
        rotational_energy: eddy kinetic energy of the rotational wind [m2 s-2].
        divergent_energy: of the divergent wind [m2 s-2].
        limits: see :class:`RangeLimits`.
    """
    return jnp.all(
        (mean_temperature >= limits.lowest_temperature)
        & (mean_temperature <= limits.highest_temperature)
        & (jnp.abs(rotational_energy) < jnp.inf)
        & (rotational_energy <= limits.highest_energy)
        & (jnp.abs(divergent_energy) < jnp.inf)
        & (divergent_energy <= limits.highest_energy)
    )


def check_range(
    mean_temperature: LevelProfile,
    rotational_energy: LevelProfile,
    divergent_energy: LevelProfile,
    date: Date,
    *,
    limits: RangeLimits = RangeLimits(),
) -> Violation | None:
    """The worst value outside its range, or None.

    A number that is none is worse than any other; otherwise the value that exceeds its limit most,
    as a share of the limit, is the worst.

    Args:
        mean_temperature: global mean [K].
        rotational_energy: eddy kinetic energy of the rotational wind [m2 s-2].
        divergent_energy: of the divergent wind [m2 s-2].
        date: of the values.
        limits: see :class:`RangeLimits`.

    Returns:
        The violation, a sentence when printed.
    """
    energy = (-np.inf, limits.highest_energy, "m2 s-2")
    quantities = {
        "global mean temperature": (
            mean_temperature,
            (limits.lowest_temperature, limits.highest_temperature, "K"),
        ),
        "rotational eddy kinetic energy": (rotational_energy, energy),
        "divergent eddy kinetic energy": (divergent_energy, energy),
    }
    worst, largest = None, 0.0
    for quantity, (profile, (lowest, highest, unit)) in quantities.items():
        for level, value in enumerate(np.asarray(profile, np.float64).tolist()):
            excess = np.inf
            if np.isfinite(value):
                below = (lowest - value) / lowest if np.isfinite(lowest) else -np.inf
                excess = max(below, (value - highest) / highest)
            if excess > largest:
                largest = excess
                worst = Violation(
                    quantity=quantity,
                    level=level,
                    value=value,
                    unit=unit,
                    lowest=lowest,
                    highest=highest,
                    date=date,
                )
    return worst


def extreme_place(
    field: LevelMap,
    *,
    level: int | None = None,
    smallest: bool = False,
    grid: GaussianGrid | None = None,
) -> Place:
    """Where a field is largest, or where it is not a number if it is that anywhere.

    Args:
        field: `(longitude, level, latitude)`.
        level: the level to search; all if None.
        smallest: search the smallest value instead.
        grid: where the columns are; SPEEDY's by default.
    """
    grid = GaussianGrid.speedy() if grid is None else grid
    values = np.asarray(field, np.float64)
    searched = values if level is None else values[:, level : level + 1]
    badness = np.where(np.isfinite(searched), -searched if smallest else searched, np.inf)
    longitude, found, latitude = np.unravel_index(int(np.argmax(badness)), badness.shape)
    return Place(
        value=float(searched[longitude, found, latitude]),
        longitude=float(grid.longitude_degrees[longitude]),
        latitude=float(grid.latitude_degrees[latitude]),
        level=int(found) if level is None else level,
    )


def place_sentence(
    violation: Violation, atmosphere: GridState, *, grid: GaussianGrid | None = None
) -> str:
    """Where in an atmosphere the cause of a violation can be seen.

    Args:
        violation: see :func:`check_range`.
        atmosphere: on the grid.
        grid: where the columns are; SPEEDY's by default.

    Returns:
        A sentence that names temperature or wind speed, its extreme value at the level, and where.
    """
    if violation.quantity == "global mean temperature":
        name, unit, field = "temperature", "K", np.asarray(atmosphere.temperature)
        smallest = violation.value < violation.lowest
    else:
        name, unit, smallest = "wind speed", "m s-1", False
        field = np.hypot(atmosphere.eastward_wind, atmosphere.northward_wind)
    place = extreme_place(field, level=violation.level, smallest=smallest, grid=grid)
    kind = "smallest" if smallest else "largest"
    if not np.isfinite(place.value):
        return f"There the {name} is {place.value} at {place}."
    return f"There the {name} is {kind}, {place.value:.4g} {unit}, at {place}."


def range_sentence(state: ModelState, details: StepDetails, date: Date, model: Model) -> str:
    """What left its range, where and when.

    Args:
        state: after the step that left the range.
        details: of that step, with the atmosphere at its beginning.
        date: of the state.
        model: that made the step.

    Returns:
        The violation and its place: in the atmosphere that is outside its range or, where that
        consists of no numbers any more, in the one that the step began with.
    """
    core, inputs, atmosphere = model.configuration.core, model.inputs, state.newest
    violation = check_range(*core.range_check(atmosphere), date)
    if violation is None:
        return f"The atmosphere is within its accepted range at {date:%Y-%m-%d %H:%M}."
    after = core.grid_state(atmosphere, inputs.surface_geopotential, inputs.parameters.constants)
    grid = core.horizontal
    if np.isfinite(violation.value):
        return f"{violation} {place_sentence(violation, after, grid=grid)}"
    before = place_sentence(violation, details.grid, grid=grid)
    return f"{violation} At the beginning of that time step, t{before.removeprefix('T')}"
