"""Changes of everything that a run of the model starts from, of natural size.

Fields are smooth and isotropic: sums of plane waves in space, seen on the sphere and slowly turning
with height. Each has its own generator, seeded with its name, so that another variable does not
change them; they are the same on every grid and every set of layers.
"""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections.abc import Callable, Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from jcm.model.model import Model
from validation.gradients.directions import parameter_size

EVERYTHING = "everything"
#: Plane waves in a field, and the size of their wave vectors [1/radius]: 2000 km and more.
_WAVES = 24
_WAVENUMBER = 4.0
#: Half turns of a wave from the top to the ground.
_TURNS = 2.0

#: About what observations are uncertain by: 1 m/s over 1000 km in rotation, a tenth of that in
#: divergence, 1 K, 0.5 g/kg at the ground and less above, 1 hPa.
_ATMOSPHERE: dict[str, tuple[float, Callable[[np.ndarray], np.ndarray]]] = {
    "vorticity": (5e-6, np.ones_like),
    "divergence": (5e-7, np.ones_like),
    "temperature": (1.0, np.ones_like),
    "specific_humidity": (0.5, lambda sigma: sigma**3),
    "log_normalized_surface_pressure": (1e-3, np.ones_like),
}
#: Temperature of the surface -> what must change for it. The sea takes its temperature from the
#: boundary data at the end of the first step.
_SURFACE = {
    "land_surface_temperature": (
        "state.surface.land_surface_temperature",
        "state.surface.land_temperature_state",
    ),
    "sea_surface_temperature": ("state.surface.sea_surface_temperature", "boundary.sst_anomaly"),
    "sea_ice_temperature": ("state.surface.ice_temperature", "state.surface.ice_temperature_state"),
}
#: What of a state counts as a result.
_ATMOSPHERIC = ("state.earlier.", "state.later.")
_SEEN = tuple(places[0] for places in _SURFACE.values())
#: Parameters of one process each.
PARAMETERS = (
    "parameters.physics.convection.relaxation_time",
    "parameters.physics.large_scale_condensation.relaxation_time",
    "parameters.physics.clouds.clear_sky_relative_humidity",
    "parameters.physics.shortwave_radiation.cloud_albedo",
    "parameters.physics.shortwave_radiation.longwave_co2_absorptivity",
    "parameters.physics.surface_fluxes.sea_exchange_coefficient",
    "parameters.physics.surface_fluxes.land_drag_coefficient",
    "parameters.physics.vertical_diffusion.shallow_convection_time",
    "parameters.dynamics.vorticity_damping_time",
)


@dataclasses.dataclass(frozen=True)
class ModelDirection:
    """A change of the start of a run.

    Attributes:
        name: of what changes, or "everything".
        values: by the names of :mod:`validation.gradients.model_steps`.
    """

    name: str
    values: dict[str, Any]


def model_directions(
    model: Model, base: Mapping[str, Any], seed: int = 0
) -> dict[str, ModelDirection]:
    """One direction for each variable, some for parameters, and their sum.

    Args:
        model: whose grid and layers are used.
        base: what can be moved, see :meth:`validation.gradients.model_steps.ModelSteps.base`.
        seed: other seeds, other fields.
    """
    found = [_atmosphere(model, base, name, seed) for name in _ATMOSPHERE]
    found += [_surface(model, base, name, seed) for name in _SURFACE]
    found += [
        ModelDirection(name, {name: jnp.asarray(parameter_size(float(base[name])))})
        for name in PARAMETERS
        if name in base
    ]
    together: dict[str, Any] = {}
    for direction in found:
        together |= direction.values
    return {d.name: d for d in (*found, ModelDirection(EVERYTHING, together))}


def _atmosphere(model: Model, base: Mapping[str, Any], name: str, seed: int) -> ModelDirection:
    """The same change in all time levels."""
    core = model.configuration.core
    size, profile = _ATMOSPHERE[name]
    one_level = name.startswith("log_")
    sigma = np.ones(1) if one_level else np.asarray(core.grid.full_level_sigma, np.float64)
    maps = []
    for height, factor in zip(sigma, size * profile(sigma), strict=True):
        field = smooth_field(model, name, height, seed)
        # Rotation and divergence have no mean on a sphere.
        if name in ("vorticity", "divergence"):
            field = field - _mean(model, field)
        maps.append(core.spectral_map(jnp.asarray(factor * field, model.dtype)))
    here = base[f"state.earlier.{name}"]
    values = jnp.concatenate(maps, axis=maps[0].shape.index(1)).reshape(here.shape)
    # A level without any water lies on the edge of what is clipped at zero; it is left there.
    level_axis = here.shape.index(len(sigma))
    others = tuple(axis for axis in range(here.ndim) if axis != level_axis)
    values = values * jnp.any(here != 0, axis=others, keepdims=True)
    levels = ("state.earlier", "state.later")
    return ModelDirection(name, {f"{at}.{name}": values for at in levels if f"{at}.{name}" in base})


def _surface(model: Model, base: Mapping[str, Any], name: str, seed: int) -> ModelDirection:
    field = jnp.asarray(smooth_field(model, name, 1.0, seed), model.dtype)
    # Elsewhere nothing depends on it, and many points lie on an edge.
    if name == "sea_surface_temperature":
        field = field * (base["boundary.fields.sea_fraction"] > 0)
    if name == "sea_ice_temperature":
        field = field * (base["state.surface.sea_ice_fraction"] > 0)
    return ModelDirection(
        name, {place: jnp.broadcast_to(field, jnp.shape(base[place])) for place in _SURFACE[name]}
    )


def smooth_field(
    model: Model, name: str, sigma: float, seed: int = 0
) -> Float[np.ndarray, "longitude latitude"]:
    """A random field of mean square about 1.

    Args:
        model: on whose grid.
        name: decides about the field.
        sigma: height at which it is seen.
        seed: decides too.
    """
    digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:8], "little"))
    vectors = rng.normal(scale=_WAVENUMBER / math.sqrt(3.0), size=(_WAVES, 3))
    phases = rng.uniform(0.0, 2.0 * np.pi, _WAVES)
    turns = rng.uniform(-_TURNS, _TURNS, _WAVES) * np.pi
    grid = model.configuration.core.horizontal
    sine, cosine = np.asarray(grid.sine_latitude), np.asarray(grid.cosine_latitude)
    longitude = 2.0 * np.pi * np.arange(grid.longitudes)[:, None] / grid.longitudes
    points = np.stack(
        [
            cosine * np.cos(longitude),
            cosine * np.sin(longitude),
            np.broadcast_to(sine, (grid.longitudes, len(sine))),
        ]
    )
    angles = np.tensordot(vectors, points, axes=1) + (phases + turns * sigma)[:, None, None]
    return math.sqrt(2.0 / _WAVES) * np.cos(angles).sum(axis=0)


def _mean(model: Model, field: np.ndarray) -> float:
    weight = np.asarray(model.configuration.core.horizontal.quadrature_weight)
    return float((field.mean(axis=0) * weight).sum() / weight.sum())


def result_sizes(directions: Mapping[str, ModelDirection]) -> dict[str, float]:
    """2-norm of a natural change of every variable that counts as a result of a run, by name.

    Those are the atmosphere in all its time levels, and the temperatures below it.
    """
    return {
        name: float(jnp.linalg.norm(jnp.ravel(values)))
        for name, values in directions[EVERYTHING].values.items()
        if name.startswith(_ATMOSPHERIC) or name in _SEEN
    }
