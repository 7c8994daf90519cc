"""States of core "speedy" as plain arrays in the layout of other programs.

Spectral fields are complex `(..., m, n)`, maps `(latitude, longitude)`, from south to north. A
state exchanged like this is one between two days: the daily update and short-wave radiation follow
at once, so that nothing of the day before is needed.

References:
    Specification page 00, section 5.
"""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np

from jcm.dynamics.gaussian_grid import LATITUDES, LONGITUDES
from jcm.dynamics.packing import pack, unpack
from jcm.dynamics.spectral_transform import SPECTRAL_COLUMNS, ZONAL_WAVENUMBERS
from jcm.dynamics.state import SpectralState
from jcm.model.model import Model
from jcm.model.state import ModelState
from jcm.surface.calendar import STEPS_PER_DAY

_LEVEL_FIELDS = ("vorticity", "divergence", "temperature", "specific_humidity")
_PRESSURE = "log_normalized_surface_pressure"
#: Real and imaginary parts.
_PACKED_WAVENUMBERS = 2 * ZONAL_WAVENUMBERS
#: Maps of the exchange -> fields of the surface that hold them.
_SURFACE = {
    "land_surface_temperature": ("land_surface_temperature", "land_temperature_state"),
    "snow_depth": ("snow_depth",),
    "soil_water_availability": ("soil_water_availability",),
    "sea_surface_temperature": ("sea_surface_temperature",),
    "sea_ice_temperature": ("ice_temperature", "ice_temperature_state"),
    "sea_ice_fraction": ("sea_ice_fraction", "ice_fraction_state"),
}


def state_from_fields(model: Model, fields: Mapping[str, np.ndarray], step: int) -> ModelState:
    """A state between two days from plain arrays.

    Args:
        model: started at the date that the steps are counted from.
        fields: `vorticity`, `divergence`, `temperature`, `specific_humidity` complex `(time level
            2, level, m, n)`, `log_normalized_surface_pressure` `(2, m, n)`; and the maps
            `land_surface_temperature`, `snow_depth`, `soil_water_availability`,
            `sea_surface_temperature`, `sea_ice_temperature`, `sea_ice_fraction`
            `(latitude, longitude)`. The slabs have the temperatures that the atmosphere sees.
        step: steps of 40 minutes since the start of the run, a multiple of a day.

    Returns:
        The state.

    Raises:
        ValueError: for another core, a field that is missing, has another shape or is not finite,
            or a step in the middle of a day.
    """
    if model.configuration.dinosaur is not None:
        raise ValueError(
            f"only states of core 'speedy' are exchanged, got core {model.core_name!r}"
        )
    if step < 0 or step % STEPS_PER_DAY:
        raise ValueError(
            f"step is {step}, expected a multiple of {STEPS_PER_DAY}: the state must lie between "
            "two days"
        )
    coefficients, rows = (ZONAL_WAVENUMBERS, SPECTRAL_COLUMNS), (LATITUDES, LONGITUDES)
    shapes = {name: (2, model.levels, *coefficients) for name in _LEVEL_FIELDS}
    shapes |= {_PRESSURE: (2, *coefficients)} | dict.fromkeys(_SURFACE, rows)
    for name, shape in shapes.items():
        _check_field(name, fields.get(name), shape)

    def time_level(index: int) -> SpectralState:
        packed = {name: pack(np.asarray(fields[name][index])) for name in _LEVEL_FIELDS}
        packed[_PRESSURE] = pack(np.asarray(fields[_PRESSURE][index])[None])
        return SpectralState(
            **{name: jnp.asarray(values, model.dtype) for name, values in packed.items()}
        )

    surface = {}
    for name, targets in _SURFACE.items():
        values = jnp.asarray(np.asarray(fields[name]).T, model.dtype)
        surface |= dict.fromkeys(targets, values)
    rest = model.initial_state()
    return rest._replace(
        earlier=time_level(0),
        later=time_level(1),
        surface=rest.surface._replace(**surface),
        step=jnp.asarray(step, jnp.int32),
    )


def fields_of_state(state: ModelState) -> dict[str, np.ndarray]:
    """The arrays of a state, named as in :func:`state_from_fields`.

    Raises:
        ValueError: for a state of another core than "speedy".
    """
    both = (state.earlier, state.later)
    found = np.shape(state.earlier.vorticity)
    if state.later is None or found[::2] != (_PACKED_WAVENUMBERS, SPECTRAL_COLUMNS):
        raise ValueError(
            f"only states of core 'speedy' are exchanged, got spectral fields of shape {found}"
        )
    fields = {
        name: np.stack([np.asarray(unpack(getattr(level, name))) for level in both])
        for name in (*_LEVEL_FIELDS, _PRESSURE)
    }
    fields[_PRESSURE] = fields[_PRESSURE][:, 0]
    for name, (source, *_) in _SURFACE.items():
        fields[name] = np.asarray(getattr(state.surface, source)).T
    return fields


def _check_field(name: str, values: np.ndarray | None, shape: tuple[int, ...]) -> None:
    if values is None:
        raise ValueError(f"{name} is missing from the state")
    values = np.asarray(values)
    if values.shape != shape:
        raise ValueError(f"{name} has shape {values.shape}, expected {shape}")
    if not np.isfinite(values).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
        raise ValueError(f"{name} is {values[place]} at index {place}, expected a finite number")
