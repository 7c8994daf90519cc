"""A column network in the model: the mirror, the gradient through time steps, what it learns."""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import jcm
from jcm.dynamics.state import GridState, GridTendencies
from jcm.model.boundary import ModelBoundary
from jcm.names import named_leaves
from jcm.physics.humidity import HumidityParameters
from jcm.vertical_grid import VerticalGrid

sys.path.insert(0, str(Path(__file__).parent.parent / "examples"))

from hybrid_column_network import imperfect_parameters
from hybrid_network import ColumnNetwork
from hybrid_training import OnlineLoss, Stage, mean_errors, one_of, samples, train_online
from hybrid_worlds import mirrored_boundary, mirrored_state, turned_boundary

NETWORKS = {
    "equivariant": ColumnNetwork(width=8),
    "ordinary": ColumnNetwork(equivariant=False, width=8),
}
LATITUDES, LONGITUDES = 6, 3
SIGN = GridTendencies(eastward_wind=1, northward_wind=-1, temperature=1, specific_humidity=1)


def random_weights(network, seed):
    """No layer is zero, not even the last."""
    weights = network.initial_weights(seed, jnp.float64)
    keys = jax.random.split(jax.random.key(seed + 1), len(weights))
    return {
        name: value + 0.3 * jax.random.normal(key, value.shape, value.dtype)
        for key, (name, value) in zip(keys, weights.items(), strict=True)
    }


def random_columns(seed):
    """Arguments of a correction, all that a network reads of them."""
    rng = np.random.default_rng(seed)
    shape, plane = (LONGITUDES, 8, LATITUDES), (LONGITUDES, LATITUDES)
    σ = np.asarray(VerticalGrid.speedy().full_level_sigma)[:, None]
    state = GridState(
        eastward_wind=rng.normal(0.0, 20.0, shape),
        northward_wind=rng.normal(0.0, 10.0, shape),
        temperature=np.maximum(200.0, 285.0 * σ**0.19) + rng.normal(0.0, 10.0, shape),
        specific_humidity=10.0 * σ**3 * rng.uniform(-0.1, 1.5, shape),
        geopotential=np.zeros(shape),
        log_normalized_surface_pressure=rng.normal(-0.05, 0.1, plane),
    )
    physics = SimpleNamespace(
        skin_temperature=rng.normal(285.0, 15.0, plane),
        near_surface_temperature=rng.normal(285.0, 15.0, plane),
        cloud_base_mass_flux=np.maximum(rng.normal(0.0, 0.02, plane), 0.0),
    )
    sine = np.sort(rng.uniform(0.1, 0.9, LATITUDES // 2))
    fields = SimpleNamespace(
        land_fraction=rng.uniform(0.0, 1.0, plane),
        sin_latitude=np.concatenate([-sine[::-1], sine]),
    )
    return jax.tree.map(jnp.asarray, state), vars(physics), vars(fields)


def tendencies(network, weights, columns):
    state, physics, fields = columns
    inputs = SimpleNamespace(
        boundary=SimpleNamespace(fields=SimpleNamespace(**fields)),
        parameters=SimpleNamespace(physics=SimpleNamespace(humidity=HumidityParameters())),
    )
    return network(weights, state, SimpleNamespace(**physics), inputs)


def mirrored_columns(columns):
    state, physics, fields = jax.tree.map(lambda field: field[..., ::-1], columns)
    return state._replace(northward_wind=-state.northward_wind), physics, fields


def departure_from_mirror(network, seed):
    """Largest difference between the tendencies in the mirror and their image, by field."""
    weights, columns = random_weights(network, seed), random_columns(seed)
    here = tendencies(network, weights, columns)
    there = tendencies(network, weights, mirrored_columns(columns))
    return {
        name: float(jnp.abs(there_field - sign * field[..., ::-1]).max() / jnp.abs(field).max())
        for name, field, there_field, sign in zip(
            GridTendencies._fields, here, there, SIGN, strict=True
        )
    }


@given(seed=st.integers(0, 10_000))
def test_the_equivariant_network_commutes_with_the_mirror_whatever_its_weights(seed):
    for name, departure in departure_from_mirror(NETWORKS["equivariant"], seed).items():
        assert departure < 1e-13, f"{name} in the mirror is off by {departure:.1e}, seed {seed}"


def test_the_ordinary_network_does_not_commute_with_the_mirror():
    for name, departure in departure_from_mirror(NETWORKS["ordinary"], 0).items():
        assert departure > 0.01, f"{name} in the mirror is only {departure:.1e} off"


@pytest.mark.parametrize("name", NETWORKS)
@given(seed=st.integers(0, 10_000))
def test_networks_move_heat_and_moisture_and_make_none(name, seed):
    network = NETWORKS[name]
    found = tendencies(network, random_weights(network, seed), random_columns(seed))
    thickness = np.asarray(VerticalGrid.speedy().sigma_thickness)[:, None]
    for field in ("temperature", "specific_humidity"):
        tendency = np.asarray(getattr(found, field)) * thickness
        total = np.abs(tendency.sum(axis=1)).max() / np.abs(tendency).max()
        assert total < 1e-13, f"{field}: column sum {total:.1e} of the largest layer, seed {seed}"


@pytest.mark.parametrize("name", NETWORKS)
def test_an_untrained_network_does_nothing(name):
    network = NETWORKS[name]
    found = tendencies(network, network.initial_weights(3, jnp.float64), random_columns(3))
    assert all(float(jnp.abs(field).max()) == 0.0 for field in found)


@pytest.fixture(scope="module")
def boundary():
    return ModelBoundary.observed()


@pytest.fixture(scope="module")
def truth(boundary):
    return jcm.Model(boundary=boundary, dtype=jnp.float64)


@pytest.fixture(scope="module")
def data(truth):
    """Six samples of two segments each, half a day apart, after three days."""
    state = truth.advance(truth.initial_state(), days=3)
    return samples(truth, state, 6, 18, 2)[0]


@pytest.fixture(scope="module")
def hybrid(boundary):
    return jcm.Model(
        boundary=boundary,
        parameters=imperfect_parameters(),
        correction=NETWORKS["equivariant"],
        dtype=jnp.float64,
    )


@pytest.fixture(scope="module")
def loss(hybrid, data):
    """The first four samples are trained on."""
    seen = jax.tree.map(lambda leaf: leaf[:4], data)
    untrained = NETWORKS["equivariant"].initial_weights(0, jnp.float64)
    inputs = hybrid.inputs._replace(correction=untrained)
    return OnlineLoss(hybrid, seen, mean_errors(hybrid, inputs, seen))


@pytest.fixture(scope="module")
def trained(loss):
    """Twelve iterations from a network that does nothing."""
    return train_online(
        loss,
        NETWORKS["equivariant"].initial_weights(0, jnp.float64),
        [Stage(8, 1), Stage(4, 2)],
        seed=0,
        learning_rate=0.02,
        report=lambda iteration, value: None,
    )


def assert_mirror_images(here, there, tolerance, what):
    """Every number of the state `there` is that of the mirror image of `here`."""
    image, found = named_leaves(mirrored_state(here)), named_leaves(there)
    for name, expected in image.items():
        scale = np.abs(np.asarray(expected)).max() or 1.0
        off = np.abs(np.asarray(found[name]) * 1.0 - np.asarray(expected)).max() / scale
        assert off <= tolerance, f"{what}: {name} is {off:.1e} of its largest value off"


def test_the_model_in_the_mirrored_world_runs_the_mirror_image(truth, data, boundary):
    mirrored = jcm.Model(boundary=mirrored_boundary(boundary), dtype=jnp.float64)
    sine = np.asarray(truth.inputs.boundary.fields.sin_latitude)
    np.testing.assert_array_equal(mirrored.inputs.boundary.fields.sin_latitude, -sine)
    start = one_of(data, 1).start
    # A day contains a daily update, hence the sun of the mirrored world.
    here, there = truth.advance(start, days=1), mirrored.advance(mirrored_state(start), days=1)
    assert_mirror_images(here, there, 1e-9, "after a day")
    shift = np.abs(np.asarray(there.daily.insolation) - np.asarray(here.daily.insolation)).max()
    assert shift > 100.0, f"insolation of the mirrored world differs by {shift} W m-2 only"


def test_a_mirrored_state_is_another_and_its_mirror_image_the_first(data):
    start = one_of(data, 0).start
    assert_mirror_images(mirrored_state(start), start, 0.0, "mirrored twice")
    assert (
        float(jnp.abs(mirrored_state(start).earlier.vorticity - start.earlier.vorticity).max()) > 0
    )


def test_the_gradient_through_the_time_steps_is_that_of_differences(loss):
    weights = jax.tree.map(lambda w: 0.3 * w, random_weights(NETWORKS["equivariant"], 5))
    direction = random_weights(NETWORKS["equivariant"], 6)

    def moved(step):
        return jax.tree.map(lambda w, along: w + step * along, weights, direction)

    for segments in (1, 2):
        gradient = loss(weights, 0, segments)[1]
        slope = sum(float(jnp.vdot(gradient[name], direction[name])) for name in direction)
        # Large steps pass gates of the physics in some columns, small ones drown in rounding.
        off = {}
        for step in (1e-5, 1e-6, 1e-7):
            above, below = (float(loss(moved(s), 0, segments)[0]) for s in (step, -step))
            off[step] = abs((above - below) / (2.0 * step) / slope - 1.0)
        assert min(off.values()) < 5e-7, f"{3 * segments} steps: relative difference {off}"


def test_a_few_iterations_help_on_days_that_were_not_seen(hybrid, data, trained):
    unseen = jax.tree.map(lambda leaf: leaf[4:], data)
    network = NETWORKS["equivariant"]
    before, after = (
        mean_errors(hybrid, hybrid.inputs._replace(correction=weights), unseen)
        for weights in (network.initial_weights(0, jnp.float64), trained.weights)
    )
    assert (after < 0.7 * before).all(), f"energy of the error {before} before, {after} after"


def test_a_trained_model_has_the_same_skill_in_the_mirror(hybrid, truth, boundary, data, trained):
    there = jcm.Model(
        boundary=mirrored_boundary(boundary),
        parameters=imperfect_parameters(),
        correction=NETWORKS["equivariant"],
        dtype=jnp.float64,
    )
    model = functools.partial(hybrid.inputs._replace, correction=trained.weights)
    start = one_of(data, 5).start
    here_end = hybrid.advance(start, days=1, inputs=model())
    there_end = there.advance(
        mirrored_state(start),
        days=1,
        inputs=there.inputs._replace(correction=trained.weights),
    )
    assert_mirror_images(here_end, there_end, 1e-9, "after a day with the network")
    change = jnp.abs(here_end.earlier.vorticity - truth.advance(start, days=1).earlier.vorticity)
    assert float(change.max()) > 1e-7, "the network did nothing"


def test_turned_continents_are_somewhere_else_and_fit_for_the_model(boundary):
    turned = turned_boundary(60.0, 1982, 1).fields
    seen = boundary.fields
    assert np.abs(turned.land_fraction - seen.land_fraction).mean() > 0.2
    area = seen.horizontal().quadrature_weight / (2.0 * 96)
    for name, unit in (("land_fraction", 0.02), ("surface_geopotential", 300.0)):
        there, here = ((getattr(f, name) * area).sum() for f in (turned, seen))
        assert abs(there - here) < unit, f"mean {name} {there}, on the Earth {here}"
    land, sea = turned.land_mask == 1.0, turned.sea_mask == 1.0
    assert (land | sea).all()
    for name, mask in (
        ("land_temperature_monthly", land),
        ("sea_surface_temperature_monthly", sea),
    ):
        values = getattr(turned, name)[:, mask]
        assert values.min() > 190.0, f"{name} falls to {values.min()} K"
        assert values.max() < 320.0, f"{name} rises to {values.max()} K"


def test_continents_that_are_not_turned_stay(boundary):
    turned = turned_boundary(0.0, 1982, 1).fields
    for name in ("land_fraction", "surface_geopotential", "bare_land_albedo"):
        np.testing.assert_allclose(
            getattr(turned, name), getattr(boundary.fields, name), rtol=1e-5, atol=1e-3
        )
