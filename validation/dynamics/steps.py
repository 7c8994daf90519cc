"""Checks of the dynamics stepping in time, its physics switched off or given."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from validation.dynamics.check import DAY_WITHOUT_PHYSICS, Check, Fields
from validation.dynamics.files import PROGNOSTIC, GoldenFile
from validation.model_ports import Arrays, DynamicsPort

Files = Mapping[str, GoldenFile]

_RESTART = "dynamics/restart_state.nc"
_COLD_START = "dynamics/cold_start.nc"
#: Main-loop steps of a trajectory without physics.
_STEPS = 36

_GRID_FIELDS = (
    "eastward_wind",
    "northward_wind",
    "absolute_vorticity",
    "temperature_grid",
    "sigma_velocity",
    "sigma_velocity_advective",
    "eastward_wind_tendency",
    "northward_wind_tendency",
    "temperature_tendency",
    "specific_humidity_tendency",
    "pressure_gradient_x",
    "pressure_gradient_y",
    "mean_eastward_wind",
    "mean_northward_wind",
    "mean_divergence",
)
_GRIDPOINT = tuple(f"{name}_tendency_gridpoint" for name in PROGNOSTIC)
_IMPLICIT = tuple(
    f"{name}_tendency_implicit"
    for name in ("divergence", "temperature", "log_normalized_surface_pressure")
)
_PHYSICS = ("eastward_wind", "northward_wind", "temperature", "specific_humidity")


def restart_state(file: GoldenFile) -> Arrays:
    """Both time levels and the surface geopotential of a restart file."""
    return {name: file.values(name) for name in (*PROGNOSTIC, "surface_geopotential")}


def _corrections(file: GoldenFile) -> tuple[np.ndarray, np.ndarray]:
    return file.values("temperature_correction"), file.values("humidity_correction")


def _first_level(state: Arrays) -> Arrays:
    return {name: state[name][0] for name in PROGNOSTIC}


# One step.


def _expected_step(files: Files) -> Fields:
    file = files["step_dynamics_only"]
    return file.fields((*_GRID_FIELDS, *_GRIDPOINT, *_IMPLICIT, *PROGNOSTIC))


def _follow_step(files: Files, port: DynamicsPort) -> Arrays:
    file, state = files["step_dynamics_only"], restart_state(files["restart_state"])
    stored = file.values("longitude_subset_index")
    stages = port.gridpoint_tendencies(state)
    found = {name: stages[name][..., stored] for name in _GRID_FIELDS if name in stages}
    found |= {name: stages[name] for name in _GRIDPOINT if name in stages}
    found |= port.implicit_tendencies(state)
    after = port.step(state, *_corrections(file))
    return found | {name: after[name] for name in PROGNOSTIC}


STEP_DYNAMICS_ONLY = Check(
    name="step_dynamics_only",
    summary="One leapfrog step without physics, with all its stages.",
    spec="32-tendencies.md, 33-semi-implicit.md, 34-horizontal-diffusion.md, 35-time-stepping.md",
    paths=("dynamics/step_dynamics_only.nc", _RESTART),
    expected=_expected_step,
    follow=_follow_step,
)


def _follow_step_with_physics(files: Files, port: DynamicsPort) -> Arrays:
    file = files["step_full_physics"]
    physics = {name: file.values(f"{name}_tendency_physics") for name in _PHYSICS}
    after = port.step(restart_state(files["restart_state"]), *_corrections(file), physics=physics)
    return {name: after[name] for name in PROGNOSTIC}


STEP_GIVEN_PHYSICS = Check(
    name="step_given_physics",
    summary="One leapfrog step with the tendencies of the original's physics.",
    spec="32-tendencies.md, 35-time-stepping.md",
    paths=("dynamics/step_full_physics.nc", _RESTART),
    expected=lambda files: files["step_full_physics"].fields(PROGNOSTIC),
    follow=_follow_step_with_physics,
)


# A day of steps.


def _follow_trajectory(files: Files, port: DynamicsPort) -> Arrays:
    corrections = _corrections(files["step_dynamics_only"])
    state = restart_state(files["restart_state"])
    surface = state["surface_geopotential"]
    for _ in range(_STEPS):
        state = {**port.step(state, *corrections), "surface_geopotential": surface}
    return _first_level(state)


TRAJECTORY_DYNAMICS_ONLY = Check(
    name="trajectory_dynamics_only",
    summary="36 leapfrog steps without physics from the spun-up state.",
    spec="35-time-stepping.md",
    paths=("dynamics/trajectory_dynamics_only.nc", "dynamics/step_dynamics_only.nc", _RESTART),
    expected=lambda files: files["trajectory_dynamics_only"].fields(PROGNOSTIC),
    follow=_follow_trajectory,
    tolerances=DAY_WITHOUT_PHYSICS,
)

_HALF, _AFTER = "_forward_half_step", f"_after_{_STEPS}"


def _expected_cold(files: Files) -> Fields:
    file = files["cold_start_dynamics_only"]
    return {
        name + suffix: file.field(name + suffix)
        for suffix in (_HALF, _AFTER)
        for name in PROGNOSTIC
    }


def _follow_cold(files: Files, port: DynamicsPort) -> Arrays:
    corrections = _corrections(files["cold_start_dynamics_only"])
    cold = files["cold_start"]
    surface = {"surface_geopotential": cold.values("surface_geopotential")}
    initial = {name: cold.values(f"{name}_initial") for name in PROGNOSTIC}
    # Time level 2 does not exist yet; the forward step does not read it.
    state = {name: np.stack([values, values]) for name, values in initial.items()} | surface
    state = {**port.step(state, *corrections, start="half"), **surface}
    found = {name + _HALF: state[name][1] for name in PROGNOSTIC}
    state = {**port.step(state, *corrections, start="first"), **surface}
    for _ in range(_STEPS):
        state = {**port.step(state, *corrections), **surface}
    return found | {name + _AFTER: values for name, values in _first_level(state).items()}


COLD_START_DYNAMICS_ONLY = Check(
    name="cold_start_dynamics_only",
    summary="Start-up from rest and 36 leapfrog steps, without physics.",
    spec="35-time-stepping.md, 36-initial-state.md",
    paths=("dynamics/cold_start_dynamics_only.nc", _COLD_START),
    expected=_expected_cold,
    follow=_follow_cold,
    special={name + _AFTER: DAY_WITHOUT_PHYSICS for name in PROGNOSTIC},
    # The pressure gradient at rest has a divergence, but hardly any curl.
    remainders={f"vorticity{_HALF}": f"divergence{_HALF}"},
)


# The state at rest.

_INITIAL = "_initial"


def _expected_initial(files: Files) -> Fields:
    file = files["cold_start"]
    names = [*(name + _INITIAL for name in PROGNOSTIC), "surface_geopotential"]
    return file.fields(names)


def _follow_initial(files: Files, port: DynamicsPort) -> Arrays:
    orography = files["horizontal_diffusion"].values("surface_geopotential_unfiltered")
    state = port.initial_state(orography)
    found = {name + _INITIAL: state[name] for name in PROGNOSTIC}
    return {**found, "surface_geopotential": state["surface_geopotential"]}


INITIAL_STATE = Check(
    name="initial_state",
    summary="The reference atmosphere at rest and the spectral orography.",
    spec="36-initial-state.md",
    paths=(_COLD_START, "dynamics/horizontal_diffusion.nc"),
    expected=_expected_initial,
    follow=_follow_initial,
)

STEPS = (
    INITIAL_STATE,
    STEP_DYNAMICS_ONLY,
    STEP_GIVEN_PHYSICS,
    TRAJECTORY_DYNAMICS_ONLY,
    COLD_START_DYNAMICS_ONLY,
)
