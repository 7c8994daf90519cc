"""The whole model in JAX: the original's trajectory, exact pieces, conservation."""

import dataclasses
import datetime

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from jcm import CORRECTED, Model, ModelParameters
from jcm.dynamics.dinosaur_numerics import DinosaurNumerics
from jcm.model import loop
from jcm.model.boundary import ModelBoundary
from jcm.model.exchange import fields_of_state, state_from_fields
from jcm.model.mass import dry_air_of
from jcm.model.range import RangeError
from jcm.vertical_grid import VerticalGrid
from tests.closeness import complex_of

FIELDS = (
    "vorticity",
    "divergence",
    "temperature",
    "specific_humidity",
    "log_normalized_surface_pressure",
)


@pytest.fixture(scope="module")
def model():
    return Model(dtype=jnp.float64)


@pytest.fixture(scope="module")
def initial(model):
    return model.initial_state()


def assert_same(first, second):
    leaves = zip(jax.tree_util.tree_leaves_with_path(first), jax.tree.leaves(second), strict=True)
    for (path, a), b in leaves:
        name = jax.tree_util.keystr(path)
        assert np.array_equal(np.asarray(a), np.asarray(b), equal_nan=True), f"{name} differs"


@pytest.mark.parametrize(
    ("steps", "group", "index"),
    [(1, "early", 0), (2, "early", 1), (3, "mid", 0), (12, "mid", 2), (36, "late", 0)],
)
def test_cold_start_follows_the_original(model, initial, golden, steps, group, index):
    state = model.advance(initial, steps=steps)
    found = fields_of_state(state)
    with xr.open_dataset(golden / "dynamics/cold_start.nc", decode_times=False) as data:
        for name in FIELDS:
            expected = complex_of(data, f"{name}_{group}")[index]
            difference = np.abs(found[name][0] - expected).max() / np.abs(expected).max()
            assert difference < 1e-12, f"{name} after {steps} steps: {difference:.1e} of the field"


def test_spun_up_state_follows_the_original(model, golden):
    with xr.open_dataset(golden / "dynamics/restart_state.nc", decode_times=False) as data:
        fields = {name: complex_of(data, name) for name in FIELDS}
        fields |= {name: data[name].values for name in data.variables if data[name].ndim == 2}
        step = int(data.attrs["main_loop_counter"]) - 1
    state = state_from_fields(model, fields, step)
    assert model.date(state).isoformat() == "1983-01-01T00:00:00"
    again = fields_of_state(state)
    for name in FIELDS:
        np.testing.assert_array_equal(again[name], fields[name], err_msg=name)
    state = model.advance(state, days=1)
    with xr.open_dataset(golden / "dynamics/restart_trajectory.nc", decode_times=False) as data:
        for name in FIELDS:
            expected = complex_of(data, name)[2]
            difference = np.abs(fields_of_state(state)[name][0] - expected).max()
            assert difference < 1e-12 * np.abs(expected).max(), f"{name}: {difference:.1e}"


@pytest.mark.parametrize("first", [1, 7, 36, 50])
def test_pieces_equal_the_whole_bit_for_bit(model, initial, first):
    whole = model.advance(initial, steps=80)
    pieces = model.advance(model.advance(initial, steps=first), steps=80 - first)
    assert_same(whole, pieces)


def test_nothing_is_compiled_anew_for_other_data(model, initial):
    state = model.advance(initial, steps=2)
    compiled = loop.advance._cache_size()
    model.advance(state, steps=5)
    p = model.parameters
    convection = dataclasses.replace(p.physics.convection, relaxation_time=18000.0)
    other = Model(
        parameters=dataclasses.replace(
            p, physics=dataclasses.replace(p.physics, convection=convection)
        ),
        boundary=ModelBoundary.observed(1990, 7).without_anomalies(),
        start_date=datetime.datetime(1990, 7, 1),
        dtype=jnp.float64,
    )
    other.advance(other.initial_state(), steps=3)
    assert loop.advance._cache_size() == compiled


def test_scan_is_the_same_model_and_can_be_differentiated(model, initial):
    by_loop = model.advance(initial, steps=4)
    by_scan = model.scan(initial, 4)
    for name in FIELDS:
        a, b = getattr(by_loop.earlier, name), getattr(by_scan.earlier, name)
        assert float(jnp.abs(a - b).max()) <= 1e-13 * float(jnp.abs(a).max()), name

    def warmest(shift):
        temperature = initial.earlier.temperature.at[0, :, 0].add(shift)
        state = initial._replace(earlier=initial.earlier._replace(temperature=temperature))
        return model.scan(state, 3).earlier.temperature[0, 4, 0]

    slope = jax.grad(warmest)(0.0)
    step = 1e-6
    difference = (warmest(step) - warmest(-step)) / (2 * step)
    assert np.isclose(slope, difference, rtol=1e-5), (slope, difference)


def test_mean_logarithm_of_pressure_is_constant_in_the_original(model, initial):
    state = model.advance(initial, days=3)
    before = initial.earlier.log_normalized_surface_pressure[0, 0, 0]
    assert state.earlier.log_normalized_surface_pressure[0, 0, 0] == before


@pytest.mark.parametrize("dtype", [jnp.float64, jnp.float32])
def test_dry_air_is_constant_in_the_corrected_formulation(dtype):
    model = Model(formulation=CORRECTED, dtype=dtype)
    inputs, core = model.inputs, model.configuration.core

    def dry_air(state):
        # In double precision whatever the model's.
        exact, weight = jax.tree.map(
            lambda field: field.astype(jnp.float64), (state.earlier, inputs.area_weight)
        )
        return dry_air_of(exact, inputs._replace(area_weight=weight), core=core)

    first = model.initial_state()
    drift = float(dry_air(model.advance(first, days=5)) - dry_air(first))
    assert abs(drift) < 1e-6 * 1e5, f"dry air has drifted by {drift} Pa"


def test_an_unstable_run_stops_and_hands_out_the_last_good_state(model, initial):
    # One eddy of 400 m s-1.
    vorticity = initial.later.vorticity.at[5, 3, 5].set(5e-3)
    broken = initial._replace(later=initial.later._replace(vorticity=vorticity))
    with pytest.raises(RangeError, match="left its accepted range at 1982-01-01") as caught:
        model.advance(broken, steps=10)
    assert 0 <= int(caught.value.last_good.step) < 10
    assert "level" in str(caught.value)


def test_not_a_number_stops_a_run(model, initial):
    temperature = initial.later.temperature.at[0, 2, 0].set(jnp.nan)
    broken = initial._replace(later=initial.later._replace(temperature=temperature))
    with pytest.raises(RangeError):
        model.advance(broken, steps=3)


def test_stochastic_perturbation_changes_the_run_and_is_repeatable(initial):
    def after(seed):
        model = Model(sppt=True, seed=seed, dtype=jnp.float64)
        return model.advance(model.initial_state(), steps=3).earlier.temperature

    first = after(1)
    np.testing.assert_array_equal(first, after(1))
    assert not np.array_equal(first, after(2))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"resolution": "T31"}, "core 'speedy' has resolution 'T30'"),
        ({"resolution": "31"}, "expected T, TL or TC"),
        ({"core": "dinosaur", "resolution": "T2"}, "expected 5 to 850"),
        ({"numerics": DinosaurNumerics()}, "core 'dinosaur' takes others"),
        ({"vertical_grid": VerticalGrid((0.0, 0.5, 1.0))}, "core 'dinosaur' takes others"),
        ({"physics": "held-suarez"}, "did you mean 'held_suarez'"),
        ({"core": "speedi"}, "did you mean 'speedy'"),
        ({"formulation": "orginal"}, "'original' or 'corrected'"),
        ({"start_date": datetime.datetime(1950, 1, 1)}, "1950-01"),
        ({"dtype": np.float16}, "float32 or float64"),
    ],
)
def test_bad_arguments_are_named(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        Model(**arguments)


@pytest.mark.parametrize("duration", [{"days": 0.3}, {"steps": -1}, {}, {"days": 1, "steps": 3}])
def test_a_run_is_a_whole_number_of_steps(model, initial, duration):
    with pytest.raises(ValueError, match=r"expected|either"):
        model.advance(initial, **duration)


def test_parameters_of_a_formulation_are_found():
    assert ModelParameters.for_formulation(CORRECTED).constants.gravity == 9.81
