"""The models of the dry test cases."""

from __future__ import annotations

import dataclasses

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jcm.dynamics.diffusion import Diffusion
from jcm.dynamics.dinosaur_numerics import DinosaurNumerics
from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.dynamics.resolution import Resolution
from jcm.dynamics.spectral_operators import curl_and_divergence, operator_tables
from jcm.dynamics.speedy_core import SpeedyCore
from jcm.dynamics.state import GridState, SpectralState
from jcm.formulation import CORRECTED
from jcm.model.boundary import ModelBoundary
from jcm.model.configuration import Physics
from jcm.model.model import Model
from jcm.model.parameters import ModelParameters
from jcm.model.state import ModelState
from jcm.vertical_grid import VerticalGrid
from validation.dry.request import SPEEDY

#: A damping time that amounts to none [h].
_NEVER = 1e12


def layers_of(core: str, levels: int) -> VerticalGrid:
    """Equal layers in sigma, as Held and Suarez have them; those of SPEEDY with its core."""
    if core == SPEEDY:
        return VerticalGrid.speedy(CORRECTED)
    return VerticalGrid(tuple(k / levels for k in range(levels + 1)))


def grid_of(core: str, resolution: str) -> GaussianGrid:
    """The horizontal grid."""
    if core == SPEEDY:
        return GaussianGrid.speedy(CORRECTED)
    found = Resolution.named(resolution)
    return GaussianGrid.exact(found.longitudes, found.latitudes)


def dry_model(
    core: str,
    resolution: str,
    levels: int,
    physics: Physics,
    surface_geopotential: Float[Array, "longitude latitude"] | None = None,
) -> Model:
    """A model in single precision whose only damping is ∇⁸.

    The second-order diffusion, the drag at the top and the correction of the diffusion for
    orography are SPEEDY's answers to its lid and its mountains, and would act on the balanced flow.
    Core "speedy" keeps the correction, which it has no switch for. It runs in formulation
    "corrected": the original's does not conserve air, and blows up in the balanced flow without the
    second-order diffusion.

    Args:
        core: "speedy" or "dinosaur".
        resolution: as "T42".
        levels: see :func:`layers_of`.
        physics: "held_suarez" or "none".
        surface_geopotential: [m2 s-2]; flat by default.
    """
    boundary = None
    if surface_geopotential is not None:
        boundary = _with_surface(core, resolution, np.asarray(surface_geopotential, np.float64))
    if core == SPEEDY:
        parameters = ModelParameters.for_formulation(CORRECTED)
        dynamics = dataclasses.replace(
            parameters.dynamics, stratospheric_damping_time=_NEVER, zonal_mean_drag_time=_NEVER
        )
        parameters = dataclasses.replace(parameters, dynamics=dynamics)
        return Model(
            core=core,
            formulation=CORRECTED,
            physics=physics,
            parameters=parameters,
            boundary=boundary,
        )
    diffusion = dataclasses.replace(
        Diffusion.named("speedy_no_extra"), orographic_correction="none", zonal_drag=False
    )
    return Model(
        core=core,
        resolution=resolution,
        vertical_grid=layers_of(core, levels),
        numerics=DinosaurNumerics(diffusion=diffusion),
        physics=physics,
        boundary=boundary,
    )


def start_from(model: Model, atmosphere: GridState) -> ModelState:
    """The first state with a given atmosphere on the grid."""
    core = model.configuration.core
    if not isinstance(core, SpeedyCore):
        return model.state_from_grid(atmosphere)
    operators = operator_tables(model.parameters.dynamics.planet_radius)
    analysis = core.packed_transform.analysis
    vorticity, divergence = curl_and_divergence(
        analysis(jnp.asarray(atmosphere.eastward_wind, model.dtype), over_cosine=True),
        analysis(jnp.asarray(atmosphere.northward_wind, model.dtype), over_cosine=True),
        operators,
    )
    state = SpectralState(
        vorticity=vorticity,
        divergence=divergence,
        temperature=analysis(atmosphere.temperature),
        specific_humidity=analysis(atmosphere.specific_humidity),
        log_normalized_surface_pressure=analysis(
            atmosphere.log_normalized_surface_pressure[:, None]
        ),
    )
    return model.state_from_rest(
        SpectralState(*(jnp.asarray(field, model.dtype) for field in state))
    )


def on_grid(model: Model, state: ModelState) -> GridState:
    """The atmosphere at the date of a state, NumPy, float64."""
    grid = model.configuration.core.grid_state(
        state.earlier,
        model.inputs.surface_geopotential,
        model.parameters.constants,
        model.parameters.dynamics,
    )
    return GridState(*(np.asarray(field, np.float64) for field in grid))


def _with_surface(
    core: str, resolution: str, surface_geopotential: Float[np.ndarray, "longitude latitude"]
) -> ModelBoundary:
    """Boundary data with another surface geopotential; dry cases read nothing else of them."""
    if core == SPEEDY:
        boundary = ModelBoundary.observed(formulation=CORRECTED)
    else:
        truncation = Resolution.named(resolution).truncation
        boundary = ModelBoundary.observed(grid=grid_of(core, resolution), truncation=truncation)
    fields = dataclasses.replace(
        boundary.fields,
        surface_geopotential=surface_geopotential,
        surface_geopotential_unfiltered=surface_geopotential,
    )
    return dataclasses.replace(boundary, fields=fields)
