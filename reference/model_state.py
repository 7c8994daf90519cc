"""The variables of a model's state: how the Fortran holds them, and what it is given is checked."""

from __future__ import annotations

import dataclasses
import enum
import functools
from collections.abc import Mapping
from typing import Any

import numpy as np

from reference.errors import InputError
from reference.kernels import loaded, text

LEVELS, LATITUDES, LONGITUDES = 8, 48, 96
STEPS_PER_DAY = 36

_TIME_LEVELS = ("earlier", "later")
#: What a slab holds unless it is given: what the atmosphere sees of it.
_DEFAULTS = {
    "land_temperature_state": "land_surface_temperature",
    "ice_temperature_state": "sea_ice_temperature",
    "ice_fraction_state": "sea_ice_fraction",
}


class Layout(enum.IntEnum):
    """Shapes, by the codes of fortran_speedy/model/model_variables.f90."""

    SPECTRAL_LEVELS = 1
    SPECTRAL = 2
    MAP = 3
    ROW = 4
    COLUMNS = 5
    BANDS = 6
    TERMS = 7
    SCALAR = 8


class Need(enum.IntEnum):
    """When a variable must be in a state, by the codes of the same module."""

    ALWAYS = 1
    WITHIN_DAY = 2
    NEVER = 3


#: Shape of the memory as NumPy sees it, Fortran's order reversed, and which of its axes become the
#: axes outside: spectral `(..., m, n)`, levels, bands and terms before the map.
_MEMORY: dict[Layout, tuple[tuple[int, ...], tuple[int, ...]]] = {
    Layout.SPECTRAL_LEVELS: ((LEVELS, 32, 31), (0, 2, 1)),
    Layout.SPECTRAL: ((32, 31), (1, 0)),
    Layout.MAP: ((LATITUDES, LONGITUDES), (0, 1)),
    Layout.ROW: ((LATITUDES,), (0,)),
    Layout.COLUMNS: ((LATITUDES, LONGITUDES, LEVELS), (2, 0, 1)),
    Layout.BANDS: ((LATITUDES, LONGITUDES, LEVELS, 4), (2, 3, 0, 1)),
    Layout.TERMS: ((LATITUDES, LONGITUDES, 2), (2, 0, 1)),
    Layout.SCALAR: ((), ()),
}


@dataclasses.dataclass(frozen=True)
class StateVariable:
    """A variable of the state as the Fortran describes it.

    Attributes:
        place: in the list of the Fortran, from 1.
        name: those of the two time levels begin with "earlier_" and "later_".
        units: of the values.
        layout: its shape.
        need: when it must be there.
    """

    place: int
    name: str
    units: str
    layout: Layout
    need: Need

    @property
    def kind(self) -> type[np.complexfloating] | type[np.floating]:
        """Type of the numbers."""
        spectral = self.layout in (Layout.SPECTRAL_LEVELS, Layout.SPECTRAL)
        return np.complex128 if spectral else np.float64

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape outside."""
        shape, axes = _MEMORY[self.layout]
        return tuple(shape[axis] for axis in axes)

    def read(self, handle: np.ndarray) -> np.ndarray:
        """Values from a model."""
        shape, axes = _MEMORY[self.layout]
        values = np.zeros(shape, self.kind)
        flat = values.reshape(-1).view(np.float64)
        loaded().f90wrap_model_facade__get_state_variable(
            handle=handle, place=self.place, n_values=len(flat), values=flat
        )
        return np.array(values.transpose(axes), order="C")

    def write(self, handle: np.ndarray, values: np.ndarray) -> None:
        """Values of the right shape into a model."""
        _, axes = _MEMORY[self.layout]
        memory = np.ascontiguousarray(values.transpose(np.argsort(axes)), self.kind)
        flat = memory.reshape(-1).view(np.float64)
        loaded().f90wrap_model_facade__set_state_variable(
            handle=handle, place=self.place, n_values=len(flat), values=flat
        )


@functools.cache
def state_variables() -> tuple[StateVariable, ...]:
    """All variables of a state.

    Raises:
        ReferenceUnavailableError: if the Fortran was not built.
    """
    variables = []
    for place in range(1, loaded().f90wrap_model_facade__state_variables() + 1):
        name, units, layout, need = loaded().f90wrap_model_facade__describe_state_variable(
            place=place
        )
        variables.append(StateVariable(place, text(name), text(units), Layout(layout), Need(need)))
    return tuple(variables)


def read_state(handle: np.ndarray) -> dict[str, np.ndarray]:
    """All variables of a model, the two time levels stacked."""
    read = {variable.name: variable.read(handle) for variable in state_variables()}
    state = {}
    for name, values in read.items():
        level, _, field = name.partition("_")
        if level == "earlier":
            state[field] = np.stack([values, read[f"later_{field}"]])
        elif level != "later":
            state[name] = values
    return state


def state_values(state: Mapping[str, Any], variable: StateVariable, step: int) -> np.ndarray | None:
    """Values of a variable in a state, None where the model can do without.

    Args:
        state: by names without time level.
        variable: which.
        step: of the state; only between two days some variables are not needed.

    Raises:
        InputError: if it is missing, has another shape or is not finite.
    """
    level, _, field = variable.name.partition("_")
    time_level = _TIME_LEVELS.index(level) if level in _TIME_LEVELS else None
    name = variable.name if time_level is None else field
    if name not in state:
        name = _DEFAULTS.get(name, name)
    if name not in state:
        within_day = step % STEPS_PER_DAY != 0
        if variable.need == Need.ALWAYS:
            raise InputError(f"{name} is missing from the state.")
        if variable.need == Need.WITHIN_DAY and within_day:
            raise InputError(
                f"{name} is missing from the state: it is needed in the middle of a day, after "
                f"step {step}."
            )
        return None
    values = np.asarray(state[name])
    shape = variable.shape if time_level is None else (2, *variable.shape)
    if values.shape != shape:
        raise InputError(f"{name} of the state has shape {values.shape}, expected {shape}.")
    if not np.isfinite(values).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
        raise InputError(
            f"{name} of the state is {values[place]} at index {place}, expected a finite number."
        )
    return values if time_level is None else values[time_level]
