"""The dynamics of the Fortran as functions of NumPy arrays, one operation each.

Transforms and operators are those of :mod:`reference.operators`.

Axes are those of the golden files: spectral fields are complex `(..., m 31, n 32)` with total
wavenumber m + n, grids `(..., latitude 48, longitude 96)` from south to north and eastwards from
Greenwich; levels come before them, the top first. A state is a mapping of `vorticity`,
`divergence` [s-1], `temperature` [K], `specific_humidity` [g kg-1], `(time_level, level, m, n)`,
`log_normalized_surface_pressure` `(time_level, m, n)` and `surface_geopotential` [m2 s-2]
`(m, n)`; the first time level is the model date, the second one step ahead (spec 35).

Every function takes `formulation`, "original", "corrected" or a mapping of the switches that differ
from the original, and raises `InputError` for an unknown formulation, a wrong shape, a missing
variable or a value that is not finite, and `ReferenceUnavailableError` if the Fortran was not
built.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from reference.dynamics_arguments import (
    GRID_SHAPE,
    LEVELS,
    SPECTRAL_SHAPE,
    Formulation,
    array_argument,
    call,
    complex_of,
    parts_of,
    zeros,
)
from reference.errors import InputError
from reference.operators import (
    analysis,
    curl_and_divergence,
    gradient,
    inverse_laplacian,
    laplacian,
    synthesis,
    truncated,
    winds,
)

__all__ = [
    "analysis",
    "curl_and_divergence",
    "diffuse",
    "diffusion_constants",
    "geopotential",
    "gradient",
    "gridpoint_tendencies",
    "implicit_tendencies",
    "initial_state",
    "inverse_laplacian",
    "laplacian",
    "range_check",
    "semi_implicit_constants",
    "step",
    "synthesis",
    "truncated",
    "winds",
]

Arrays = dict[str, np.ndarray]
State = Mapping[str, Any]
Start = Literal["half", "first", "leapfrog"]

#: Length [s] and number in the Fortran of each kind of step.
_STARTS = {"half": (1200.0, 1), "first": (2400.0, 2), "leapfrog": (4800.0, 3)}
_LEVEL_FIELDS = ("vorticity", "divergence", "temperature", "specific_humidity")
_SURFACE_FIELD = "log_normalized_surface_pressure"
_STATE_FIELDS = len(_LEVEL_FIELDS) * LEVELS + 1
_PHYSICS = ("eastward_wind", "northward_wind", "temperature", "specific_humidity")
_PARTS = (2, *SPECTRAL_SHAPE)
_MAP = (GRID_SHAPE[1], GRID_SHAPE[0])


def geopotential(
    temperature: np.ndarray,
    surface_geopotential: np.ndarray,
    *,
    formulation: Formulation = "original",
) -> np.ndarray:
    """Spectral geopotential `(level, m, n)` [m2 s-2] of one state (spec 31 section 3)."""
    layers = array_argument(temperature, "temperature", (LEVELS, *SPECTRAL_SHAPE), complex)
    ground = array_argument(surface_geopotential, "surface_geopotential", SPECTRAL_SHAPE, complex)
    result = zeros(*_PARTS, LEVELS)
    call(
        "dynamics_facade__geopotential",
        formulation,
        temperature=parts_of(layers),
        surface_geopotential=parts_of(ground),
        result=result,
    )
    return complex_of(result)


def semi_implicit_constants(time_step: float, *, formulation: Formulation = "original") -> Arrays:
    """Profiles, matrices and factors by their names in `semi_implicit.nc` (spec 33 section 1)."""
    n = LEVELS
    profiles = zeros(n, 4)
    matrices = {
        "matrix_a": zeros(n, n - 1),
        "matrix_b": zeros(n - 1, n),
        "matrix_c": zeros(n, n),
        "matrix_h": zeros(n, n),
        "matrix_e": zeros(n, n),
        "helmholtz_factor": zeros(*SPECTRAL_SHAPE),
        "inverse_matrix": zeros(31, n, n),
        "xi_thickness": zeros(n),
    }
    call(
        "dynamics_facade__semi_implicit_constants",
        formulation,
        time_step=_length(time_step),
        profiles=profiles,
        **matrices,
    )
    names = (
        "reference_temperature",
        "gas_constant_reference_temperature",
        "kappa_reference_temperature",
        "half_kappa_over_sigma_reference_temperature",
    )
    matrices["matrix_hydrostatic"] = matrices.pop("matrix_h")
    return {**dict(zip(names, profiles.T, strict=True)), **matrices}


def diffusion_constants(time_step: float, *, formulation: Formulation = "original") -> Arrays:
    """Rates, factors, profiles by their names in `horizontal_diffusion.nc` (spec 34 section 2)."""
    rates, factors = zeros(*SPECTRAL_SHAPE, 3), zeros(*SPECTRAL_SHAPE, 3)
    profiles = zeros(LEVELS, 2)
    call(
        "dynamics_facade__diffusion_constants",
        formulation,
        time_step=_length(time_step),
        rates=rates,
        factors=factors,
        profiles=profiles,
    )
    kinds = ("temperature_vorticity", "divergence_humidity", "extra")
    return {
        **{f"damping_{kind}": rates[..., i] for i, kind in enumerate(kinds)},
        **{f"implicit_factor_{kind}": factors[..., i] for i, kind in enumerate(kinds)},
        "vertical_profile_temperature": profiles[:, 0],
        "vertical_profile_humidity": profiles[:, 1],
    }


def diffuse(
    field: np.ndarray,
    tendency: np.ndarray,
    time_step: float,
    *,
    formulation: Formulation = "original",
) -> np.ndarray:
    """Tendency of temperature `(m, n)` after the scale-selective diffusion (spec 34)."""
    result = zeros(*_PARTS)
    call(
        "dynamics_facade__diffuse_field",
        formulation,
        time_step=_length(time_step),
        field=parts_of(array_argument(field, "field", SPECTRAL_SHAPE, complex)),
        tendency=parts_of(array_argument(tendency, "tendency", SPECTRAL_SHAPE, complex)),
        result=result,
    )
    return complex_of(result)


def initial_state(
    surface_geopotential_unfiltered: np.ndarray, *, formulation: Formulation = "original"
) -> Arrays:
    """The atmosphere at rest (spec 36).

    Args:
        surface_geopotential_unfiltered: map [m2 s-2].
        formulation: see the module.

    Returns:
        The fields of a state without time level, `surface_geopotential` (spectral) and
        `surface_geopotential_filtered` (map), both in m2 s-2.
    """
    name = "surface_geopotential_unfiltered"
    orography = array_argument(surface_geopotential_unfiltered, name, GRID_SHAPE, float)
    state, ground, filtered = zeros(*_PARTS, _STATE_FIELDS), zeros(*_PARTS), zeros(*_MAP)
    call(
        "dynamics_facade__initial_state",
        formulation,
        surface_geopotential_unfiltered=np.asfortranarray(orography.T),
        state=state,
        surface_geopotential=ground,
        surface_geopotential_filtered=filtered,
    )
    return {
        **_fields_of(state),
        "surface_geopotential": complex_of(ground),
        "surface_geopotential_filtered": filtered.T,
    }


def gridpoint_tendencies(
    state: State, start: Start = "leapfrog", *, formulation: Formulation = "original"
) -> Arrays:
    """Stage 1 of the tendencies without physics, from the advecting time level (spec 32).

    Returns:
        What `step_dynamics_only.nc` holds of it, by the same names, on the whole grid.
    """
    advecting = 0 if _kind(start) == 1 else 1
    levels, half_levels = zeros(*_MAP, LEVELS, 8), zeros(*_MAP, LEVELS + 1, 2)
    surface, tendency = zeros(*_MAP, 5), zeros(*_PARTS, _STATE_FIELDS)
    call(
        "dynamics_facade__gridpoint_stage",
        formulation,
        state=_packed(state)[advecting],
        level_fields=levels,
        half_level_fields=half_levels,
        surface_fields=surface,
        tendency=tendency,
    )
    names = ("eastward_wind", "northward_wind", "absolute_vorticity", "temperature_grid")
    names += tuple(f"{name}_tendency" for name in _PHYSICS)
    half_names = ("sigma_velocity", "sigma_velocity_advective")
    surface_names = ("pressure_gradient_x", "pressure_gradient_y")
    surface_names += tuple(f"mean_{x}" for x in ("eastward_wind", "northward_wind", "divergence"))
    return {
        **dict(zip(names, levels.T, strict=True)),
        **dict(zip(half_names, half_levels.T, strict=True)),
        **dict(zip(surface_names, surface.T, strict=True)),
        **_named_tendencies(tendency, "gridpoint"),
    }


def implicit_tendencies(
    state: State, start: Start = "leapfrog", *, formulation: Formulation = "original"
) -> Arrays:
    """Tendencies with linear terms and semi-implicit correction, without physics (spec 32, 33).

    Returns:
        `*_tendency_implicit` of every variable.
    """
    stage = gridpoint_tendencies(state, start, formulation=formulation)
    fields = {name: stage[f"{name}_tendency_gridpoint"] for name in _LEVEL_FIELDS}
    tendency = _packed_level(
        fields | {_SURFACE_FIELD: stage[f"{_SURFACE_FIELD}_tendency_gridpoint"]}
    )
    call(
        "dynamics_facade__implicit_stage",
        formulation,
        time_step=_STARTS[start][0],
        earlier=_packed(state)[0],
        surface_geopotential=_ground(state),
        tendency=tendency,
    )
    return _named_tendencies(tendency, "implicit")


def step(
    state: State,
    temperature_correction: np.ndarray,
    humidity_correction: np.ndarray,
    *,
    start: Start = "leapfrog",
    physics: Mapping[str, np.ndarray] | None = None,
    steps: int = 1,
    formulation: Formulation = "original",
) -> Arrays:
    """Both time levels after one or more steps (spec 35).

    Args:
        state: both time levels and `surface_geopotential`.
        temperature_correction: orographic correction of the diffusion, spectral [K].
        humidity_correction: the same for humidity [g kg-1].
        start: kind of step: half a step forward, the first whole one, or leapfrog.
        physics: tendencies `(level, latitude, longitude)` of `eastward_wind`, `northward_wind`
            [m s-2], `temperature` [K s-1], `specific_humidity` [g kg-1 s-1] of the first time
            level; zero if none. They are the same in all steps.
        steps: how many steps of this kind.
        formulation: see the module.

    Returns:
        The state, and `sigma_velocity` `(half_level, latitude, longitude)` [s-1] of the last step.
    """
    kind = _kind(start)
    if steps < 1:
        raise InputError(f"steps is {steps}, expected 1 or more.")
    earlier, later = _packed(state)
    tendencies = np.zeros((len(_PHYSICS), LEVELS, *GRID_SHAPE))
    for i, name in enumerate(_PHYSICS if physics is not None else ()):
        tendencies[i] = array_argument(
            _entry(physics or {}, name), f"physics {name}", tendencies.shape[1:], float
        )
    sigma_velocity = zeros(*_MAP, LEVELS + 1)
    corrections = {
        "temperature_correction": temperature_correction,
        "humidity_correction": humidity_correction,
    }
    call(
        "dynamics_facade__step",
        formulation,
        time_step=_STARTS[start][0],
        start_kind=kind,
        n_steps=steps,
        earlier=earlier,
        later=later,
        surface_geopotential=_ground(state),
        physics=np.asfortranarray(tendencies.T),
        sigma_velocity=sigma_velocity,
        **{
            name: parts_of(array_argument(values, name, SPECTRAL_SHAPE, complex))
            for name, values in corrections.items()
        },
    )
    first, second = _fields_of(earlier), _fields_of(later)
    return {
        **{name: np.stack([first[name], second[name]]) for name in first},
        "surface_geopotential": np.asarray(state["surface_geopotential"]),
        "sigma_velocity": sigma_velocity.T,
    }


def range_check(
    vorticity: np.ndarray,
    divergence: np.ndarray,
    temperature: np.ndarray,
    *,
    formulation: Formulation = "original",
) -> Arrays:
    """What the range check looks at, from fields `(level, m, n)` (spec 27 section 5).

    Returns:
        `rotational_eddy_energy`, `divergent_eddy_energy` [m2 s-2] and `global_mean_temperature`
        [K], each `(level,)`.
    """
    shape = (LEVELS, *SPECTRAL_SHAPE)
    given = {"vorticity": vorticity, "divergence": divergence, "temperature": temperature}
    fields = {name: array_argument(field, name, shape, complex) for name, field in given.items()}
    fields["specific_humidity"] = np.zeros(shape, complex)
    fields[_SURFACE_FIELD] = np.zeros(SPECTRAL_SHAPE, complex)
    results = {
        name: zeros(LEVELS)
        for name in ("mean_temperature", "rotational_energy", "divergent_energy")
    }
    call(
        "dynamics_facade__range_check_fields",
        formulation,
        state=_packed_level(fields),
        **results,
    )
    return {
        "rotational_eddy_energy": results["rotational_energy"],
        "divergent_eddy_energy": results["divergent_energy"],
        "global_mean_temperature": results["mean_temperature"],
    }


def _kind(start: str) -> int:
    if start not in _STARTS:
        raise InputError(f"start is {start!r}, expected one of {list(_STARTS)}.")
    return _STARTS[start][1]


def _length(time_step: float) -> float:
    if not (np.isfinite(time_step) and time_step > 0):
        raise InputError(f"time_step is {time_step} s, expected a positive number.")
    return float(time_step)


def _entry(mapping: Mapping[str, Any], name: str) -> Any:
    if name not in mapping:
        raise InputError(f"{name} is missing, expected it among {sorted(mapping)}.")
    return mapping[name]


def _ground(state: State) -> np.ndarray:
    name = "surface_geopotential"
    return parts_of(array_argument(_entry(state, name), name, SPECTRAL_SHAPE, complex))


def _packed(state: State) -> tuple[np.ndarray, np.ndarray]:
    """Both time levels as the Fortran takes them."""
    levels: tuple[Arrays, Arrays] = ({}, {})
    for name in (*_LEVEL_FIELDS, _SURFACE_FIELD):
        inner = SPECTRAL_SHAPE if name == _SURFACE_FIELD else (LEVELS, *SPECTRAL_SHAPE)
        values = array_argument(_entry(state, name), name, (2, *inner), complex)
        for level, field in zip(levels, values, strict=True):
            level[name] = field
    return _packed_level(levels[0]), _packed_level(levels[1])


def _packed_level(fields: Mapping[str, np.ndarray]) -> np.ndarray:
    levels = [fields[name] for name in _LEVEL_FIELDS]
    return parts_of(np.concatenate([*levels, fields[_SURFACE_FIELD][np.newaxis]]))


def _fields_of(parts: np.ndarray) -> Arrays:
    values = complex_of(parts)
    fields = {name: values[i * LEVELS : (i + 1) * LEVELS] for i, name in enumerate(_LEVEL_FIELDS)}
    return {**fields, _SURFACE_FIELD: values[-1]}


def _named_tendencies(parts: np.ndarray, stage: str) -> Arrays:
    return {f"{name}_tendency_{stage}": field for name, field in _fields_of(parts).items()}
