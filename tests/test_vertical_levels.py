"""The column physics on other layers than SPEEDY's eight: finite, budgets closed, derivatives."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jcm.constants import PhysicalConstants
from jcm.formulation import CORRECTED, ORIGINAL
from jcm.physics.convection import ConvectionParameters, convection, entrainment_profile
from jcm.physics.humidity import level_saturation_humidity
from jcm.physics.physics_driver import physics_driver
from jcm.physics.vertical_levels import (
    check_vertical_grid,
    convection_top_candidates,
    shares_of_mass,
    stratospheric_layers,
    upper_stratospheric_layers,
)
from jcm.vertical_grid import VerticalGrid

COLUMNS = 600
CONSTANTS = PhysicalConstants()
#: Many levels make a large program, which runs once.
QUICKLY = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}


def equal_layers(levels):
    return VerticalGrid(tuple(k / levels for k in range(levels + 1)))


def thin_layers_above(levels):
    return VerticalGrid(tuple((k / levels) ** 1.5 for k in range(levels + 1)))


GRIDS = {
    5: equal_layers(5),
    8: VerticalGrid.speedy(),
    12: thin_layers_above(12),
    20: equal_layers(20),
    26: thin_layers_above(26),
}
of_all_grids = pytest.mark.parametrize("grid", GRIDS.values(), ids=[f"L{k}" for k in GRIDS])


def columns(grid, seed=0, number=COLUMNS):
    """Plausible columns, from dry polar ones to moist tropical ones, land and sea."""
    rng = np.random.default_rng(seed)
    σ = np.array(grid.full_level_sigma)[:, np.newaxis]
    levels = grid.levels
    π = rng.uniform(0.6, 1.04, number)
    surface_temperature = rng.uniform(240.0, 305.0, number)
    lapse_rate = rng.uniform(0.1, 0.2, number)
    noise = rng.normal(scale=1.0, size=(levels, number))
    temperature = np.maximum(surface_temperature * σ**lapse_rate, 200.0) + noise
    log_thickness = np.diff(np.log(σ[:, 0]), append=0.0)[:, np.newaxis]
    between = 0.5 * (temperature + np.roll(temperature, -1, axis=0))
    between[-1] = temperature[-1]
    surface_geopotential = rng.uniform(-300.0, 2.0e4, number) * (rng.random(number) < 0.5)
    layer_depth = CONSTANTS.gas_constant * between * log_thickness
    geopotential = surface_geopotential + layer_depth[::-1].cumsum(axis=0)[::-1]
    saturation = np.asarray(level_saturation_humidity(temperature, jnp.asarray(π), grid=grid))
    wetness = rng.uniform(0.0, 1.3, number)
    relative_humidity = np.clip(
        wetness * σ ** rng.uniform(0.0, 2.0, number) + rng.normal(scale=0.1, size=σ.shape), 0, 1.2
    )
    insolation = rng.uniform(0.0, 500.0, number) * (rng.random(number) < 0.8)
    fields = {
        "eastward_wind": rng.normal(scale=15.0, size=(levels, number)),
        "northward_wind": rng.normal(scale=8.0, size=(levels, number)),
        "temperature": temperature,
        "specific_humidity": relative_humidity * saturation,
        "geopotential": geopotential,
        "log_normalized_surface_pressure": np.log(π),
        "surface_geopotential": surface_geopotential,
        "land_fraction": np.clip(rng.uniform(-1.0, 2.0, number), 0.0, 1.0),
        "land_surface_temperature": surface_temperature + rng.normal(scale=4.0, size=number),
        "soil_water_availability": rng.random(number),
        "sea_surface_temperature": np.clip(surface_temperature, 271.0, None),
        "land_albedo": rng.uniform(0.1, 0.8, number),
        "sea_albedo": rng.uniform(0.07, 0.6, number),
        "surface_albedo": rng.uniform(0.07, 0.8, number),
        "snow_cover": rng.random(number),
        "orographic_drag_factor": np.ones(number),
        "cos_latitude": rng.uniform(0.05, 1.0, number),
        "insolation": insolation,
        "ozone_absorption_upper": 0.01 * insolation,
        "ozone_absorption_lower": 0.02 * insolation,
        "zenith_factor": rng.uniform(1.0, 2.0, number),
        "polar_night_cooling": np.maximum(6.0 - insolation, 0.0),
        "longwave_transmissivity_in": np.ones((levels, 4, number)),
        "stratospheric_correction_in": np.zeros((2, number)),
        "temperature_tendency_shortwave_in": np.zeros((levels, number)),
        "toa_net_shortwave_in": np.zeros(number),
        "surface_downward_shortwave_in": np.zeros(number),
        "surface_net_shortwave_in": np.zeros(number),
    }
    return {name: jnp.asarray(values) for name, values in fields.items()}


def result_of(fields, grid, formulation=CORRECTED):
    return jax.jit(lambda given: physics_driver(True, **given, grid=grid, formulation=formulation))(
        fields
    )


@pytest.fixture(scope="module")
def computed():
    """Columns of a grid and what the physics makes of them; every grid is compiled once."""
    cache = {}

    def of(grid):
        if grid not in cache:
            fields = columns(grid)
            cache[grid] = fields, result_of(fields, grid)
        return cache[grid]

    return of


def column_sum(tendency, fields, grid):
    """Σ tendency Δσ p_s / g, and the largest term of the sum."""
    π = np.exp(np.asarray(fields["log_normalized_surface_pressure"]))
    mass = np.array(grid.sigma_thickness)[:, np.newaxis] * 1e5 * π / CONSTANTS.gravity
    terms = np.asarray(tendency) * mass
    return terms.sum(axis=0), np.abs(terms).max(axis=0)


def assert_closes(name, tendency, source, fields, grid, unit=1.0):
    """The column integral of a tendency is its source, to the rounding of the largest term."""
    total, largest = column_sum(np.asarray(tendency) * unit, fields, grid)
    residual = np.abs(total - np.asarray(source))
    limit = 1e-13 * grid.levels * np.maximum(largest, np.abs(source)) + 1e-15
    worst = int(np.argmax(residual - limit))
    assert residual[worst] <= limit[worst], (
        f"{name}, {grid.levels} levels, column {worst}: {total[worst]} instead of "
        f"{np.asarray(source)[worst]}, largest term {largest[worst]}"
    )


@of_all_grids
def test_everything_is_finite_and_every_branch_occurs(grid, computed):
    _, result = computed(grid)
    for name, values in result._asdict().items():
        bad = np.argwhere(~np.isfinite(np.asarray(values)))
        assert bad.size == 0, f"{name} is not finite at {bad[0]} with {grid.levels} levels"
    tops = np.asarray(result.convection_top_level)
    deep = tops < grid.levels
    assert deep.sum() > 10
    assert set(tops[deep]) <= set(convection_top_candidates(grid))
    assert (np.asarray(result.large_scale_precipitation) > 0.0).sum() > 10
    assert (np.asarray(result.cloud_top_level) < grid.levels).sum() > 10
    assert np.abs(np.asarray(result.temperature_tendency)).max() < 0.1, "K s-1"


@of_all_grids
def test_budgets_of_the_column_close(grid, computed):
    fields, r = computed(grid)
    heat, latent = CONSTANTS.specific_heat, CONSTANTS.latent_heat

    def closes(name, tendency, source, unit=1.0):
        assert_closes(name, tendency, source, fields, grid, unit)

    closes(
        "heat of convection",
        r.temperature_tendency_convection,
        latent * r.convective_precipitation,
        heat,
    )
    closes(
        "water of convection",
        r.specific_humidity_tendency_convection,
        -r.convective_precipitation,
    )
    closes(
        "heat of condensation",
        r.temperature_tendency_condensation,
        latent * r.large_scale_precipitation,
        heat,
    )
    closes(
        "water of condensation",
        r.specific_humidity_tendency_condensation,
        -r.large_scale_precipitation,
    )
    shortwave = r.toa_net_shortwave - r.surface_net_shortwave
    closes("short wave", r.temperature_tendency_shortwave, shortwave, heat)
    longwave = r.surface_net_upward_longwave - r.outgoing_longwave
    closes("long wave", r.temperature_tendency_longwave, longwave, heat)
    nothing = jnp.zeros_like(longwave)
    closes("heat of diffusion", r.temperature_tendency_vertical_diffusion, nothing, heat)
    closes("water of diffusion", r.specific_humidity_tendency_vertical_diffusion, nothing)
    rain = r.convective_precipitation + r.large_scale_precipitation
    closes(
        "energy",
        r.temperature_tendency,
        latent * rain + shortwave + longwave + r.sensible_heat_flux[-1],
        heat,
    )
    closes("water", r.specific_humidity_tendency, r.evaporation[-1] - rain)
    closes("eastward momentum", r.eastward_wind_tendency, r.eastward_wind_stress[-1])
    closes("northward momentum", r.northward_wind_tendency, r.northward_wind_stress[-1])


@of_all_grids
def test_derivatives_are_finite(grid):
    fields = columns(grid, seed=1, number=50)

    def gradient(given):
        def tendencies(state):
            r = physics_driver(True, **{**given, **state}, grid=grid, formulation=ORIGINAL)
            return r[:4]

        names = ("eastward_wind", "temperature", "specific_humidity", "geopotential")
        state = {name: given[name] for name in names}
        values, pullback = jax.vjp(tendencies, state)
        return pullback(jax.tree.map(jnp.ones_like, values))[0]

    for name, values in jax.jit(gradient, compiler_options=QUICKLY)(fields).items():
        bad = np.argwhere(~np.isfinite(np.asarray(values)))
        assert bad.size == 0, f"derivative to {name} at {bad[0]} with {grid.levels} levels"
        assert np.abs(np.asarray(values)).max() > 0.0, name


@pytest.mark.parametrize("formulation", [ORIGINAL, CORRECTED])
def test_with_eight_levels_everything_lies_where_the_original_has_it(formulation):
    grid = VerticalGrid.speedy(formulation)
    assert list(convection_top_candidates(grid)) == [2, 3, 4]
    assert (upper_stratospheric_layers(grid), stratospheric_layers(grid)) == (1, 2)
    # Exactly, so that nothing changes in the last digit.
    assert shares_of_mass(grid, range(1, 2)) == {1: 1.0}


@of_all_grids
def test_ozone_and_cooling_to_space_keep_their_depth(grid):
    """Thin layers share what SPEEDY's two top layers have; only thick ones spread it further."""
    upper, layers = upper_stratospheric_layers(grid), stratospheric_layers(grid)
    assert 1 <= upper < layers <= grid.levels - 3
    ends = (grid.half_level_sigma[upper], grid.half_level_sigma[layers])
    for found, expected, last in zip(ends, (0.05, 0.14), (upper, layers), strict=True):
        nearest = 0.5 * max(grid.sigma_thickness[last - 1 : last + 1])
        wide = grid.sigma_thickness[0] > 0.05
        assert wide or abs(found - expected) <= nearest + 1e-12, (found, expected)
    for group in (range(upper), range(upper, layers)):
        assert sum(shares_of_mass(grid, group).values()) == pytest.approx(1.0, rel=1e-14)


@pytest.mark.parametrize("levels", range(5, 41))
def test_any_number_of_equal_layers_is_accepted(levels):
    grid = equal_layers(levels)
    check_vertical_grid(grid)
    tops = convection_top_candidates(grid)
    centres = [grid.full_level_sigma[k] for k in tops]
    assert min(centres) > 0.14, centres
    assert max(centres) < 0.6, centres
    assert tops[0] >= 2
    assert tops[-1] <= levels - 3
    profile = entrainment_profile(0.5, grid)
    assert sum(profile) == pytest.approx(0.5, rel=1e-14)
    assert all(ε == 0.0 for ε, σ in zip(profile, grid.full_level_sigma, strict=True) if σ <= 0.5)


@pytest.mark.parametrize(
    ("half_levels", "message"),
    [
        ((0.0, 0.2, 0.5, 0.8, 1.0), "makes 4 layers, expected at least 5"),
        ((0.0, 0.02, 0.06, 0.1, 0.14, 0.9, 1.0), "leaves convection no top"),
        ((0.0, 0.1, 0.2, 0.3, 0.4, 1.0), "nowhere to entrain"),
    ],
)
def test_layers_that_cannot_work_are_refused(half_levels, message):
    grid = VerticalGrid(half_levels)
    with pytest.raises(ValueError, match=message):
        check_vertical_grid(grid)
    fields = columns(grid, number=3)
    with pytest.raises(ValueError, match=message):
        physics_driver(True, **fields, grid=grid)


def test_convection_alone_refuses_them_too():
    grid = VerticalGrid((0.0, 0.02, 0.06, 0.1, 0.14, 0.9, 1.0))
    profile = jnp.ones((grid.levels, 1))
    with pytest.raises(ValueError, match="leaves convection no top"):
        convection(
            jnp.ones(1), profile, profile, profile, parameters=ConvectionParameters(), grid=grid
        )
