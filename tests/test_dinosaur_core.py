import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jcm.constants import PhysicalConstants
from jcm.dynamics.diffusion import Diffusion, damping_hours
from jcm.dynamics.dinosaur_core import make_dinosaur_core
from jcm.dynamics.dinosaur_damping import damped, damping_tables
from jcm.dynamics.dinosaur_numerics import INTEGRATORS, DinosaurNumerics
from jcm.dynamics.horizontal_diffusion import diffusion_tables
from jcm.dynamics.packing import total_wavenumber
from jcm.dynamics.parameters import DynamicsParameters
from jcm.dynamics.planet import Planet
from jcm.dynamics.resolution import Resolution
from jcm.dynamics.speedy_core import SpeedyCore
from jcm.dynamics.state import GridState, GridTendencies, SpectralState
from jcm.formulation import CORRECTED, ORIGINAL
from jcm.vertical_grid import VerticalGrid
from tests.closeness import assert_close

# Numbers that are not rounded to single precision, so that both cores have the same.
PARAMETERS = DynamicsParameters.for_formulation(CORRECTED)
CONSTANTS = PhysicalConstants.for_formulation(CORRECTED)
PLANET = Planet.of(PARAMETERS, CONSTANTS)
EXACT = dataclasses.replace(ORIGINAL, single_precision_constants=False)
ROUND_OFF = 1e-12
seeds = st.integers(0, 2**32 - 1)


def core_of(resolution="T21", numerics=DinosaurNumerics(), grid=None):
    layers = grid or VerticalGrid.speedy(CORRECTED)
    return make_dinosaur_core(Resolution.named(resolution), layers, numerics, PLANET)


def without_diffusion(**choices):
    return DinosaurNumerics(diffusion=Diffusion.named("none"), **choices)


def random_state(seed, core, dtype=jnp.float64, scale=1.0, largest=8):
    """Smooth winds of some m/s on a resting atmosphere, as an observed one that is not balanced."""
    rng = np.random.default_rng(seed)
    _, l = core.harmonics.modal_axes
    chosen = core.harmonics.mask * ((l > 0) & (l <= largest))

    def noise(amplitude, levels=core.grid.levels):
        return scale * amplitude * chosen * rng.normal(size=(levels, *chosen.shape))

    rest, _, _ = core.initial_state(
        np.zeros((core.resolution.longitudes, core.resolution.latitudes)),
        PARAMETERS,
        CONSTANTS,
        np.float64,
    )
    amplitudes = SpectralState(2e-6, 2e-7, 1.0, 0.1, 2e-3)
    change = [noise(a, np.shape(field)[0]) for a, field in zip(amplitudes, rest, strict=True)]
    return SpectralState(*(jnp.asarray(r + c, dtype) for r, c in zip(rest, change, strict=True)))


def nothing(core, dtype=jnp.float64):
    return jnp.zeros((1, *core.harmonics.modal_shape), dtype)


def run(core, state, steps, physics=None):
    """Steps of the model over flat ground, those at the start included."""
    return _runner(core, steps, physics)(state)


@functools.cache
def _runner(core, steps, physics):
    def advance(state):
        zero = nothing(core, state.temperature.dtype)

        def step(earlier, later, start="leapfrog"):
            return core.step(earlier, later, zero, zero, zero, (), physics, start=start)[:2]

        levels = (state, None)
        if core.time_levels == 2:
            for start in ("half", "first"):
                levels = step(*levels, start)
        return jax.lax.fori_loop(0, steps, lambda _, pair: step(*pair), levels)[0]

    return jax.jit(advance)


# Diffusion.


@pytest.mark.parametrize(
    ("name", "field", "hours"),
    [
        # The damping times that the literature gives at total wavenumbers 10, 20, 28 and 30.
        ("speedy_no_extra", "vorticity", (12262, 58, 4.1, 2.4)),
        ("speedy", "vorticity", (101, 18, 3.2, 2.0)),
        ("published_port", "vorticity", (1106, 76, 20, 15.5)),
        ("published_port", "temperature", (2212, 152, 41, 31)),
        ("published_port", "divergence", (19, 5.0, 2.6, 2.3)),
    ],
)
def test_damping_times_are_the_known_ones(name, field, hours):
    for l, expected in zip((10, 20, 28, 30), hours, strict=True):
        found = damping_hours(Diffusion.named(name), Resolution.named("T30"), field, l)
        assert found == pytest.approx(expected, rel=0.03), f"l = {l}"


@pytest.mark.parametrize(
    ("name", "formulation"),
    [
        ("speedy", EXACT),
        (
            "speedy_top_level",
            dataclasses.replace(EXACT, extra_diffusion_acts_on_all_levels=False),
        ),
    ],
)
@given(seed=seeds)
@settings(max_examples=5)
def test_diffusion_called_speedy_is_that_of_the_speedy_core(seed, name, formulation):
    """A leapfrog step without dynamics, by SPEEDY's tables."""
    diffusion = dataclasses.replace(Diffusion.named(name), zonal_drag=False)
    core = core_of("T30", DinosaurNumerics(diffusion=diffusion))
    seconds = 4800.0
    tables = diffusion_tables(PARAMETERS, CONSTANTS, core.grid, seconds, formulation=formulation)
    found_tables = damping_tables(
        core.numerics.diffusion,
        core.harmonics.modal_axes,
        30,
        core.grid,
        seconds,
        PLANET.correction_exponents,
    )
    state = random_state(seed, core, largest=30)
    correction = random_state(seed + 1, core, largest=30).temperature[:1]
    humid = 0.1 * correction
    result = damped(state, correction, humid, found_tables)
    l = total_wavenumber()
    for number in (1, 12, 30):
        place = tuple(np.argwhere(l == number)[number // 3])
        column = np.argwhere(core.harmonics.modal_axes[0] == place[0])[0, 0]
        first, extra = (
            (np.asarray(t.rate), np.asarray(t.factor)) for t in (tables.vorticity, tables.extra)
        )

        def after(x, c, first=first, extra=extra, place=place):
            """SPEEDY: X + dt (∂X - d (X + c)) F, twice, for ∂X = 0."""
            tendency = np.zeros(8)
            for rate, factor in (first, extra):
                d, f = (t[place[0], :, place[1]] * np.ones(8) for t in (rate, factor))
                tendency = (tendency - d * (x + c)) * f
            return x + seconds * tendency

        x = np.asarray(state.temperature[:, column, number])
        c = np.asarray(correction[0, column, number]) * np.asarray(tables.temperature_profile)[:, 0]
        found = np.asarray(result.temperature[:, column, number])
        np.testing.assert_allclose(found, after(x, c), rtol=ROUND_OFF, err_msg=f"l = {number}")
        ζ = np.asarray(state.vorticity[:, column, number])
        found = np.asarray(result.vorticity[:, column, number])
        np.testing.assert_allclose(found, after(ζ, 0.0), rtol=ROUND_OFF, err_msg=f"l = {number}")


def test_diffusion_at_the_truncation_grows_with_it():
    speedy = Diffusion.named("speedy_no_extra")
    for truncation in (21, 42, 85):
        resolution = Resolution.named(f"T{truncation}")
        found = damping_hours(speedy, resolution, "vorticity", truncation)
        assert found == pytest.approx(2.4 * 30 / truncation)


@given(seed=seeds, name=st.sampled_from(["speedy", "exponential", "published_port"]))
@settings(max_examples=5)
def test_diffusion_only_ever_damps_and_keeps_means(seed, name):
    core = core_of("T21", DinosaurNumerics(diffusion=Diffusion.named(name)))
    state = random_state(seed, core, largest=21)
    tables = damping_tables(
        core.numerics.diffusion,
        core.harmonics.modal_axes,
        21,
        core.grid,
        2400.0,
        PLANET.correction_exponents,
    )
    result = damped(state, nothing(core), nothing(core), tables)
    for field, damped_field in zip(state, result, strict=True):
        assert bool((jnp.abs(damped_field) <= jnp.abs(field)).all())
    assert_close("mean", result.temperature[:, 0, 0], state.temperature[:, 0, 0], ROUND_OFF)


def test_an_unknown_diffusion_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'published_port'"):
        Diffusion.named("publishd_port")


# Both spaces.


@given(seed=seeds)
@settings(max_examples=10)
def test_grid_and_back(seed):
    core = core_of()
    state = random_state(seed, core, largest=21)
    back = core.spectral_state(core.grid_state(state, nothing(core)))
    for name, field in state._asdict().items():
        assert_close(name, getattr(back, name), field, 1e-11)


@given(seed=seeds)
@settings(max_examples=5)
def test_the_grid_state_is_that_of_the_speedy_core(seed):
    """Of the same fields, on the same exact latitudes; heights are discretised otherwise."""
    core, speedy = core_of("T30"), SpeedyCore.speedy(CORRECTED)
    state = random_state(seed, core)
    grid = core.grid_state(state, nothing(core))
    theirs = SpectralState(
        *(speedy.packed_transform.analysis(core.synthesis(field)) for field in state)
    )
    other = speedy.grid_state(theirs, jnp.zeros((62, 1, 32)), CONSTANTS)
    for name in ("eastward_wind", "northward_wind", "temperature", "specific_humidity"):
        assert_close(name, getattr(grid, name), getattr(other, name), 1e-11)
    assert_close("geopotential", grid.geopotential, other.geopotential, 0.03)


@given(seed=seeds)
@settings(max_examples=5)
def test_tendencies_of_the_physics_act_as_they_are(seed):
    """A step of the physics alone changes the grid by its tendencies."""
    core = core_of("T21", without_diffusion(integrator="imex_rk_sil3"))
    change = core.grid_state(random_state(seed, core), nothing(core))
    rest = random_state(seed, core, scale=0.0)
    seconds = core.model_step

    def physics(grid: GridState):
        return (
            GridTendencies(
                change.eastward_wind * 1e-7,
                change.northward_wind * 1e-7,
                0.0 * grid.temperature,
                change.specific_humidity * 1e-7,
            ),
            None,
        )

    with_physics = core.grid_state(run(core, rest, 1, physics), nothing(core))
    expected = 1e-7 * seconds * change.specific_humidity
    before = core.grid_state(rest, nothing(core)).specific_humidity
    assert_close("humidity", with_physics.specific_humidity - before, expected, 1e-3)


# The dynamics.


@pytest.mark.parametrize("integrator", INTEGRATORS)
def test_an_isothermal_atmosphere_at_rest_stays_at_rest(integrator):
    core = core_of("T21", without_diffusion(integrator=integrator))
    state = random_state(0, core, scale=0.0)
    isothermal = state._replace(
        temperature=core.with_mean_added(jnp.zeros_like(state.temperature), jnp.asarray(270.0))
    )
    after = core.grid_state(run(core, isothermal, 10), nothing(core))
    assert float(jnp.abs(after.eastward_wind).max()) < 1e-9
    assert float(jnp.abs(after.temperature - 270.0).max()) < 1e-9


@given(seed=seeds)
@settings(max_examples=2)
def test_integrators_agree_on_a_smooth_flow(seed):
    """Twelve hours of resolved flow; second order and more, so that short steps agree closely."""
    results = {}
    for integrator in INTEGRATORS:
        core = core_of("T21", without_diffusion(integrator=integrator, dynamics_steps=4))
        state = run(core, random_state(seed, core, scale=0.3, largest=5), 18)
        results[integrator] = core.grid_state(state, nothing(core)).temperature
    reference = results["crank_nicolson_rk4"]
    span = float(jnp.std(reference, axis=(0, 2)).max())
    for integrator, temperature in results.items():
        difference = float(jnp.sqrt(jnp.mean((temperature - reference) ** 2)))
        assert difference < 0.02 * span, f"{integrator}: {difference:.2g} K of {span:.2g} K"


@given(seed=seeds)
@settings(max_examples=2)
def test_both_cores_move_a_smooth_flow_alike(seed):
    """Six hours without physics or diffusion: other discretisation, same equations."""
    core, speedy = core_of("T30", without_diffusion()), SpeedyCore.speedy(CORRECTED)
    state = random_state(seed, core, scale=0.3, largest=5)
    found = core.grid_state(run(core, state, 9), nothing(core))
    weak = dataclasses.replace(
        PARAMETERS,
        vorticity_damping_time=1e9,
        divergence_damping_time=1e9,
        stratospheric_damping_time=1e9,
        zonal_mean_drag_time=1e9,
    )
    earlier = SpectralState(
        *(speedy.packed_transform.analysis(core.synthesis(field)) for field in state)
    )
    later, zero = earlier, jnp.zeros((62, 1, 32))
    for start, seconds in (("half", 1200.0), ("first", 2400.0), *[("leapfrog", 4800.0)] * 9):
        constants = speedy.step_constants(weak, CONSTANTS, seconds, dtype=jnp.float64)
        earlier, later, _, _ = speedy.step(
            earlier, later, zero, zero, zero, constants, None, start=start
        )
    expected = speedy.grid_state(earlier, zero, CONSTANTS)
    for name in ("eastward_wind", "northward_wind"):
        one, other = getattr(found, name), getattr(expected, name)
        correlation = float(jnp.corrcoef(one.ravel(), other.ravel())[0, 1])
        assert correlation > 0.99, f"{name}: correlation {correlation:.4f}"


def test_precision_is_that_of_the_state():
    """Also where double precision is switched on for the process: constants must not promote."""
    core = core_of("T21")
    double = run(core, random_state(1, core), 3)
    single = run(core, random_state(1, core, jnp.float32), 3)
    assert {field.dtype for field in single} == {jnp.dtype("float32")}
    for name, field in single._asdict().items():
        assert_close(name, field, getattr(double, name), 1e-4)


def test_vorticity_is_that_of_the_curl():
    """Solid-body rotation: ζ = 2 ω sin φ."""
    core = core_of("T21")
    wind = 20.0 * jnp.asarray(core.horizontal.cosine_latitude) * jnp.ones((64, 8, 32))
    zero = jnp.zeros_like(wind)
    state = core.spectral_state(GridState(wind, zero, zero, zero, zero, zero[:, 0]))
    found = core.synthesis(state.vorticity)[0, 0]
    expected = 2.0 * 20.0 / PARAMETERS.planet_radius * core.horizontal.sine_latitude
    assert_close("vorticity", found, expected, 1e-11)
    assert float(core.range_check(state).rotational_eddy_energy.max()) < 1e-15


@given(seed=seeds)
@settings(max_examples=5)
def test_eddy_energy_is_the_mean_square_of_the_eddy_wind(seed):
    core = core_of()
    state = random_state(seed, core)
    eddies = state._replace(
        vorticity=jnp.where(core.harmonics.modal_axes[0][:, None] == 0, 0.0, state.vorticity),
        divergence=jnp.zeros_like(state.divergence),
    )
    grid = core.grid_state(eddies, nothing(core))
    speed = grid.eastward_wind**2 + grid.northward_wind**2
    mean = speed.mean(axis=0) @ (0.5 * core.horizontal.quadrature_weight)
    assert_close("energy", core.range_check(state).rotational_eddy_energy, mean, 1e-11)


def test_a_traced_constant_is_refused_in_a_sentence():
    def radius(r):
        Planet.of(dataclasses.replace(PARAMETERS, planet_radius=r), CONSTANTS)
        return r

    with pytest.raises(ValueError, match="compiles the parameters"):
        jax.grad(radius)(6e6)
