"""The Fortran model started from states and parameters of the JAX model on core "speedy"."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from jcm.dynamics.packing import pack
from jcm.model.exchange import fields_of_state
from jcm.model.state import ModelState
from jcm.names import with_leaves
from reference.kernels import model_numbers
from reference.model import BOUNDARY_SHAPES, SpeedyModel
from validation.boundary_file import boundary_arrays
from validation.dynamics.runs import STEPS_PER_DAY
from validation.gradients.model_steps import STATE
from validation.gradients.starts import ADJUSTMENT_DAYS, RolloutStart
from validation.model_ports import BRANCHES

_PARAMETERS = "parameters."
_BOUNDARY_FIELDS = "boundary.fields."
_ANOMALY = "boundary.sst_anomaly"
#: Of the boundary fields of JAX, those that the Fortran makes something of itself.
_MADE_OTHERWISE = ("surface_geopotential_unfiltered",)
_LEVEL_FIELDS = ("vorticity", "divergence", "temperature", "specific_humidity")
_PRESSURE = "log_normalized_surface_pressure"
#: What a slab of the Fortran holds -> leaf of the JAX state.
_SLABS = ("land_temperature_state", "ice_temperature_state", "ice_fraction_state")
#: Leaf of the JAX state -> what it is called in the Fortran.
_MAPS = {
    "state.surface.land_surface_temperature": "land_surface_temperature",
    "state.surface.sea_surface_temperature": "sea_surface_temperature",
    "state.surface.ice_temperature": "sea_ice_temperature",
}


class FortranRuns:
    """Runs of the Fortran model from where the runs of the JAX model start.

    Args:
        start: of core "speedy".
    """

    def __init__(self, start: RolloutStart) -> None:
        date = start.golden.run_start
        self._start_date = (date.year, date.month, date.day, date.hour, date.minute)
        self._boundary = boundary_arrays(date.year, date.month)
        self._state = start.state
        self._numbers = model_numbers()
        unmoved = self._model({}, {})
        unmoved.set_state(dict(start.golden.restart))
        unmoved.advance(ADJUSTMENT_DAYS["speedy"] * STEPS_PER_DAY)
        self._own_state = unmoved.state()

    def knows(self, name: str) -> bool:
        """Whether something of the JAX model can be moved in the Fortran model too."""
        if name.startswith(_PARAMETERS):
            return name.removeprefix(_PARAMETERS) in self._numbers
        field = name.removeprefix(_BOUNDARY_FIELDS)
        is_field = name.startswith(_BOUNDARY_FIELDS) and field in BOUNDARY_SHAPES
        return name == _ANOMALY or (is_field and field not in _MADE_OTHERWISE)

    def run(
        self, moved: Mapping[str, Any], kept: Collection[int]
    ) -> tuple[dict[int, dict[str, np.ndarray]], list[np.ndarray]]:
        """Run with other values in some places.

        Args:
            moved: by the names of :mod:`validation.gradients.model_steps`.
            kept: steps after which the state is kept.

        Returns:
            The states by step: atmosphere and temperatures of the surface in the layout of JAX, by
            the same names. The branches of each step, `(3, latitude, longitude)`.
        """
        of_state = {n.removeprefix(STATE): x for n, x in moved.items() if n.startswith(STATE)}
        numbers = {
            n.removeprefix(_PARAMETERS): float(x)
            for n, x in moved.items()
            if n.startswith(_PARAMETERS)
        }
        fields = {
            n.removeprefix(_BOUNDARY_FIELDS).removeprefix("boundary."): np.asarray(x)
            for n, x in moved.items()
            if n.startswith("boundary.")
        }
        model = self._model(numbers, fields)
        model.set_state(self._own_state | _exchanged(with_leaves(self._state, of_state)))
        states, branches = {}, []
        for step in range(1, max(kept) + 1):
            model.advance(1)
            physics = model.physics_state()
            branches.append(np.stack([physics[name] for name in BRANCHES]).astype(np.int8))
            if step in kept:
                states[step] = _in_layout_of_jax(model.state())
        return states, branches

    def _model(self, numbers: Mapping[str, float], fields: Mapping[str, Any]) -> SpeedyModel:
        return SpeedyModel(
            self._boundary | dict(fields), start_date=self._start_date, parameters=numbers
        )


def _exchanged(state: ModelState) -> dict[str, np.ndarray]:
    """A JAX state for the Fortran model."""
    slabs = {name: np.asarray(getattr(state.surface, name)).T for name in _SLABS}
    return fields_of_state(state) | slabs


def _in_layout_of_jax(state: Mapping[str, Any]) -> dict[str, np.ndarray]:
    found = {}
    for place, level in enumerate(("earlier", "later")):
        for name in _LEVEL_FIELDS:
            found[f"{STATE}{level}.{name}"] = pack(state[name][place])
        found[f"{STATE}{level}.{_PRESSURE}"] = pack(state[_PRESSURE][place][None])
    return found | {name: np.asarray(state[field]).T for name, field in _MAPS.items()}
