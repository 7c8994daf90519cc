"""One time step of the model: daily update, physics, dynamics, surface.

References:
    Specification page 00, section 4; page 27, section 3; page 24, sections 3 and 4.
"""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from jcm.compilation import compiled_apart
from jcm.dynamics.pattern_synthesis import pattern_synthesis
from jcm.dynamics.state import DynamicsDiagnostics, GridState, GridTendencies, SpectralState
from jcm.model.configuration import Configuration, Inputs
from jcm.model.dry_physics import dry_physics
from jcm.model.mass import keep_dry_air
from jcm.model.state import DailyFields, KeptShortwave, ModelState
from jcm.physics.daily_forcing import co2_absorptivity, daily_forcing
from jcm.physics.orographic_correction import orographic_correction
from jcm.physics.physics_driver import physics_driver
from jcm.physics.physics_parameters import PhysicsParameters
from jcm.physics.physics_result import PhysicsDriver
from jcm.physics.sppt import advance as next_patterns
from jcm.physics.sppt import pattern_on_grid, perturbed
from jcm.physics.zonal_forcing import zonal_forcing
from jcm.surface.calendar import STEPS_PER_DAY, Calendar, calendar
from jcm.surface.coupling import CouplingFluxes, SurfaceState, coupling, initial_surface_state
from jcm.surface.sst_anomaly_window import sst_anomaly_window

#: Short-wave radiation is computed in every third step.
SHORTWAVE_INTERVAL = 3

#: What the physics driver takes from the call before.
_KEPT_INPUTS = (
    "longwave_transmissivity",
    "stratospheric_correction",
    "temperature_tendency_shortwave",
    "toa_net_shortwave",
    "surface_downward_shortwave",
    "surface_net_shortwave",
)
#: Diagnostics of the short-wave step that are held until the next one.
_HELD = ("cloud_top_level", "cloud_cover", "stratiform_cloud_cover")


class StepDetails(NamedTuple):
    """What happened in a step; the state is that at its beginning.

    Attributes:
        atmosphere: the earlier time level, spectral.
        grid: the same on the grid, as the physics saw it.
        physics: what the column physics computed, or None without physics. Fields lead with the
            longitude, `(longitude, level, latitude)`, and hold the last short-wave results.
        dynamics: see :class:`jcm.dynamics.state.DynamicsDiagnostics`.
        surface: the surface that the physics saw.
        daily: the fields of the day.
    """

    atmosphere: SpectralState
    grid: GridState
    physics: PhysicsDriver | None
    dynamics: DynamicsDiagnostics
    surface: SurfaceState
    daily: DailyFields


def time_step(
    state: ModelState, inputs: Inputs, *, configuration: Configuration
) -> tuple[ModelState, StepDetails]:
    """Advance the model by 40 minutes.

    Args:
        state: between two steps.
        inputs: see :class:`jcm.model.configuration.Inputs`.
        configuration: see :class:`jcm.model.configuration.Configuration`.

    Returns:
        The state one step later, and what happened.
    """
    # In reverse a condition hands on what both of its branches keep: this one starts anew.
    daily = jax.lax.cond(
        state.step % STEPS_PER_DAY == 0,
        jax.checkpoint(
            lambda: daily_update(
                state.surface, clock(state, 0, configuration), inputs, configuration=configuration
            )
        ),
        lambda: state.daily,
    )
    state = _with_next_patterns(state, inputs)
    earlier, later, (shortwave, physics, grid), dynamics = _atmosphere_step(
        state._replace(daily=daily),
        inputs,
        inputs.step_constants,
        "leapfrog",
        state.step % SHORTWAVE_INTERVAL == 0,
        configuration,
    )
    if not configuration.core.air_is_conserved:
        earlier, later = keep_dry_air(
            earlier, later, state.dry_air_pressure, inputs, core=configuration.core
        )
    date = clock(state, 1, configuration)
    surface = state.surface
    if physics is not None:
        surface = _coupled(state, physics, date, inputs, configuration)
    after = state._replace(
        earlier=earlier,
        later=later,
        surface=surface,
        daily=daily,
        shortwave=shortwave,
        step=state.step + 1,
    )
    details = StepDetails(state.earlier, grid, physics, dynamics, state.surface, daily)
    return after, details


#: The same, compiled once however often a program calls it.
time_step_apart = compiled_apart(time_step)


def start_up(
    state: ModelState,
    inputs: Inputs,
    half_step: Any,
    first_step: Any,
    *,
    configuration: Configuration,
) -> ModelState:
    """The second time level at the start of a run: a forward half step and a leapfrog step.

    The clock does not move; physics with short-wave radiation acts in both (spec 35, section 2).

    Args:
        state: with the initial atmosphere in `earlier`; `later` is not read.
        inputs: see :class:`jcm.model.configuration.Inputs`.
        half_step: constants of a step of 20 minutes.
        first_step: constants of a step of 40 minutes.
        configuration: see :class:`jcm.model.configuration.Configuration`.

    Returns:
        The state with `later` and the kept short-wave results.
    """
    if configuration.core.time_levels == 1:
        return state
    state = state._replace(later=state.earlier)
    for constants, start in ((half_step, "half"), (first_step, "first")):
        state = _with_next_patterns(state, inputs)
        earlier, later, (shortwave, _, _), _ = _atmosphere_step(
            state, inputs, constants, start, jnp.asarray(True), configuration
        )
        state = state._replace(earlier=earlier, later=later, shortwave=shortwave)
    return state


def clock(state: ModelState, ahead: int, configuration: Configuration) -> Calendar:
    """The date `ahead` steps after the state's, fractions in the precision of the model."""
    date = calendar(*state.start, state.step + ahead, formulation=configuration.formulation)
    dtype = state.earlier.temperature.dtype
    return date._replace(
        month_fraction=date.month_fraction.astype(dtype),
        year_fraction=date.year_fraction.astype(dtype),
    )


def daily_update(
    surface: SurfaceState, date: Calendar, inputs: Inputs, *, configuration: Configuration
) -> DailyFields:
    """Albedo, solar forcing and orographic correction of a day (spec 24, section 4).

    Args:
        surface: after the last coupling call.
        date: of the day.
        inputs: see :class:`jcm.model.configuration.Inputs`.
        configuration: see :class:`jcm.model.configuration.Configuration`.
    """
    p, fields = inputs.parameters, inputs.boundary.fields
    albedo = daily_forcing(
        surface.snow_depth,
        surface.sea_ice_fraction,
        fields.bare_land_albedo,
        fields.land_fraction,
        parameters=p.daily_forcing,
        gates=configuration.gates,
    )
    solar = zonal_forcing(
        date.year_fraction,
        fields.sin_latitude,
        fields.cos_latitude,
        parameters=p.zonal_forcing,
        formulation=configuration.formulation,
        gates=configuration.gates,
    )
    correction = orographic_correction(
        fields.land_fraction,
        fields.sea_fraction,
        surface.land_surface_temperature,
        surface.sea_surface_temperature,
        fields.surface_geopotential,
        parameters=p.orographic_correction,
        humidity=p.physics.humidity,
        constants=p.constants,
        gates=configuration.gates,
    )
    spectral_map = configuration.core.spectral_map
    absorptivity = p.physics.shortwave_radiation.longwave_co2_absorptivity
    if configuration.co2_trend:
        absorptivity = co2_absorptivity(
            absorptivity, date.year, date.year_fraction, parameters=p.daily_forcing
        )
    return DailyFields(
        **albedo._asdict(),
        **solar._asdict(),
        temperature_correction=spectral_map(correction.temperature_correction),
        humidity_correction=spectral_map(correction.humidity_correction),
        co2_absorptivity=jnp.asarray(absorptivity, surface.snow_depth.dtype),
    )


def initial_surface(
    start: jax.Array, inputs: Inputs, *, configuration: Configuration
) -> SurfaceState:
    """Land, sea and ice at the start of a run (coupling day 0).

    Args:
        start: year, month, day, hour and minute, `(5,)`.
        inputs: see :class:`jcm.model.configuration.Inputs`.
        configuration: see :class:`jcm.model.configuration.Configuration`.
    """
    boundary = inputs.boundary
    date = calendar(*start, 0, formulation=configuration.formulation)
    return initial_surface_state(
        boundary.climatology,
        _anomaly_window(start, jnp.asarray(0), inputs, configuration),
        boundary.slabs,
        date.month_index,
        date.month_fraction.astype(boundary.sst_anomaly.dtype),
        flags=configuration.coupling,
        parameters=inputs.parameters.coupling,
        constants=inputs.parameters.constants,
        gates=configuration.gates,
    )


def _with_next_patterns(state: ModelState, inputs: Inputs) -> ModelState:
    """The state with the patterns of the stochastic perturbation for the next physics call."""
    if state.sppt is None:
        return state
    return state._replace(sppt=next_patterns(state.sppt, parameters=inputs.parameters.sppt))


def _coupled(
    state: ModelState,
    physics: PhysicsDriver,
    date: Calendar,
    inputs: Inputs,
    configuration: Configuration,
) -> SurfaceState:
    """The surface at the end of the step."""
    boundary = inputs.boundary
    fluxes = CouplingFluxes(
        net_surface_heat_flux_land=physics.net_surface_heat_flux[:, 0],
        net_surface_heat_flux_sea=physics.net_surface_heat_flux[:, 1],
        sensible_heat_flux_sea=physics.sensible_heat_flux[:, 1],
        evaporation_sea=physics.evaporation[:, 1],
        surface_downward_shortwave=physics.surface_downward_shortwave,
    )
    return coupling(
        state.surface,
        fluxes,
        boundary.climatology,
        _anomaly_window(state.start, state.step + 1, inputs, configuration),
        boundary.slabs,
        date.month_index,
        date.month_fraction,
        1 + (state.step + 1) // STEPS_PER_DAY,
        flags=configuration.coupling,
        parameters=inputs.parameters.coupling,
        constants=inputs.parameters.constants,
        gates=configuration.gates,
    )


def _anomaly_window(
    start: jax.Array, step: jax.Array, inputs: Inputs, configuration: Configuration
) -> jax.Array:
    """Observed anomalies of the three months in use, `(3, longitude, latitude)`."""
    window = sst_anomaly_window(*start, step, formulation=configuration.formulation)
    anomaly = inputs.boundary.sst_anomaly
    months = (window.sst_window_month_1, window.sst_window_month_2, window.sst_window_month_3)
    return jnp.stack(
        [jax.lax.dynamic_index_in_dim(anomaly, month - 1, keepdims=False) for month in months]
    )


def _atmosphere_step(
    state: ModelState,
    inputs: Inputs,
    constants: Any,
    start: str,
    shortwave_due: jax.Array,
    configuration: Configuration,
) -> tuple[
    SpectralState,
    SpectralState,
    tuple[KeptShortwave, PhysicsDriver | None, GridState],
    DynamicsDiagnostics,
]:
    """Dynamics and physics; the physics acts on the earlier time level."""

    def column_physics(grid: GridState) -> tuple[GridTendencies, tuple]:
        if configuration.physics != "speedy":
            return dry_physics(grid, inputs, configuration), (state.shortwave, None, grid)
        result = _physics(state, grid, inputs, shortwave_due, configuration)
        held = {
            name: jnp.where(shortwave_due, getattr(result, name), getattr(state.shortwave, name))
            for name in _HELD
        }
        result = result._replace(**held)
        shortwave = KeptShortwave(*(getattr(result, name) for name in KeptShortwave._fields))
        tendencies = GridTendencies(
            result.eastward_wind_tendency,
            result.northward_wind_tendency,
            result.temperature_tendency,
            result.specific_humidity_tendency,
        )
        if configuration.correction is not None:
            added = configuration.correction(inputs.correction, grid, result, inputs)
            tendencies = jax.tree.map(jnp.add, tendencies, added)
        if state.sppt is not None:
            sppt = inputs.parameters.sppt
            synthesis = pattern_synthesis(configuration.core.horizontal)
            pattern = pattern_on_grid(
                state.sppt.spectral, synthesis, parameters=sppt, gates=configuration.gates
            )
            tendencies = perturbed(tendencies, pattern, parameters=sppt)
        return tendencies, (shortwave, result, grid)

    return configuration.core.step(
        state.earlier,
        state.later,
        inputs.surface_geopotential,
        state.daily.temperature_correction,
        state.daily.humidity_correction,
        constants,
        column_physics,
        start=start,
    )


def _physics(
    state: ModelState,
    grid: GridState,
    inputs: Inputs,
    shortwave_due: jax.Array,
    configuration: Configuration,
) -> PhysicsDriver:
    """The column physics, longitude by longitude: columns lie along a meridian."""
    p, fields, daily = inputs.parameters, inputs.boundary.fields, state.daily
    parameters: PhysicsParameters = p.physics
    if configuration.co2_trend:
        parameters = _with_co2(parameters, daily.co2_absorptivity)
    by_longitude = {
        **grid._asdict(),
        "surface_geopotential": fields.surface_geopotential,
        "land_fraction": fields.land_fraction,
        "orographic_drag_factor": fields.orographic_drag_factor,
        "land_surface_temperature": state.surface.land_surface_temperature,
        "soil_water_availability": state.surface.soil_water_availability,
        "sea_surface_temperature": state.surface.sea_surface_temperature,
        "land_albedo": daily.land_albedo,
        "sea_albedo": daily.sea_albedo,
        "surface_albedo": daily.surface_albedo,
        "snow_cover": daily.snow_cover,
        **{f"{name}_in": getattr(state.shortwave, name) for name in _KEPT_INPUTS},
    }
    same_everywhere = {
        "cos_latitude": fields.cos_latitude,
        "insolation": daily.insolation,
        "ozone_absorption_upper": daily.ozone_absorption_upper,
        "ozone_absorption_lower": daily.ozone_absorption_lower,
        "zenith_factor": daily.zenith_factor,
        "polar_night_cooling": daily.polar_night_cooling,
    }

    def meridian(columns: dict[str, jax.Array]) -> PhysicsDriver:
        return physics_driver(
            shortwave_step=shortwave_due,
            **columns,
            **same_everywhere,
            parameters=parameters,
            constants=p.constants,
            grid=configuration.core.grid,
            formulation=configuration.formulation,
            gates=configuration.gates,
        )

    return jax.vmap(meridian)(by_longitude)


def _with_co2(parameters: PhysicsParameters, absorptivity: jax.Array) -> PhysicsParameters:
    """The parameters with another absorptivity of CO₂."""
    shortwave = dataclasses.replace(
        parameters.shortwave_radiation, longwave_co2_absorptivity=absorptivity
    )
    return dataclasses.replace(parameters, shortwave_radiation=shortwave)
