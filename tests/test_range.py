"""The range check: what stops a run, and how it is said."""

from __future__ import annotations

import datetime
import types

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.dynamics.range_check import range_check
from jcm.dynamics.state import GridState, SpectralState
from jcm.model.range import (
    check_range,
    extreme_place,
    place_sentence,
    range_sentence,
    within_range,
)

DATE = datetime.datetime(1983, 2, 3, 4, 40)
MEAN = np.linspace(205.0, 285.0, 8)
ROTATIONAL, DIVERGENT = np.linspace(200.0, 50.0, 8), np.full(8, 2.0)


def profiles(quantity, level, value):
    changed = [MEAN.copy(), ROTATIONAL.copy(), DIVERGENT.copy()]
    changed[quantity][level] = value
    return changed


def test_a_good_atmosphere_passes():
    assert check_range(MEAN, ROTATIONAL, DIVERGENT, DATE) is None
    assert within_range(MEAN, ROTATIONAL, DIVERGENT)


def test_the_limits_themselves_are_accepted():
    limits = (np.array([180.0, 320.0]), np.full(2, 500.0), np.full(2, 500.0))
    assert check_range(*limits, DATE) is None
    assert within_range(*limits)


@pytest.mark.parametrize(
    ("quantity", "value", "words"),
    [
        (0, 179.99, "The global mean temperature left its accepted range at 1983-02-03 04:40: it "
            "is 179.99 K at level 3, expected 180 to 320 K."),
        (0, 320.5, "it is 320.5 K at level 3, expected 180 to 320 K."),
        (1, 500.5, "The rotational eddy kinetic energy left its accepted range at 1983-02-03 "
            "04:40: it is 500.5 m2 s-2 at level 3, expected at most 500 m2 s-2."),
        (2, 1e30, "The divergent eddy kinetic energy left"),
        (0, np.nan, "The global mean temperature left its accepted range at 1983-02-03 04:40: it "
            "is nan K at level 3"),
        (1, np.nan, "it is nan m2 s-2 at level 3"),
        (2, np.inf, "it is inf m2 s-2 at level 3"),
        (2, -np.inf, "it is -inf m2 s-2 at level 3"),
    ],
)  # fmt: skip
def test_what_left_its_range_is_said(quantity, value, words):
    found = profiles(quantity, 3, value)
    assert words in str(check_range(*found, DATE))
    assert not within_range(*found)


@given(
    values=st.lists(
        st.floats(allow_nan=True, allow_infinity=True, width=32), min_size=6, max_size=6
    )
)
def test_flag_and_sentence_agree(values):
    found = np.reshape(values, (3, 2))
    assert bool(jax.jit(within_range)(*found)) == (check_range(*found, DATE) is None)


def test_the_worst_of_several_is_named():
    found = profiles(0, 1, 330.0)
    found[1][5] = 1000.0
    assert check_range(*found, DATE).quantity == "rotational eddy kinetic energy"
    found[2][6] = np.nan
    assert check_range(*found, DATE).quantity == "divergent eddy kinetic energy"


def random_field(seed):
    return np.random.default_rng(seed).normal(size=(96, 8, 48))


@given(
    longitude=st.integers(0, 95),
    level=st.integers(0, 7),
    latitude=st.integers(0, 47),
    value=st.sampled_from([50.0, -50.0, np.nan, np.inf]),
    one_level=st.booleans(),
)
def test_the_extreme_place_is_found(longitude, level, latitude, value, one_level):
    field = random_field(1)
    field[longitude, level, latitude] = value
    place = extreme_place(field, level=level if one_level else None, smallest=value < 0.0)
    grid = GaussianGrid.speedy()
    assert (place.longitude, place.latitude, place.level) == (
        grid.longitude_degrees[longitude],
        grid.latitude_degrees[latitude],
        level,
    )
    np.testing.assert_equal(place.value, value)


def atmosphere(**changed):
    fields = {name: np.ones((96, 8, 48)) for name in GridState._fields} | changed
    return GridState(**fields)


def test_the_place_is_said():
    temperature, wind = np.full((96, 8, 48), 250.0), np.zeros((96, 8, 48))
    temperature[8, 3, 24], temperature[9, 3, 20] = 400.0, 60.0
    wind[95, 6, 0] = -150.0
    state = atmosphere(temperature=temperature, eastward_wind=wind, northward_wind=0.0 * wind)
    warm = check_range(*profiles(0, 3, 330.0), DATE)
    assert place_sentence(warm, state) == (
        "There the temperature is largest, 400 K, at 1.9°N 30.0°E, level 3."
    )
    cold = check_range(*profiles(0, 3, 100.0), DATE)
    assert "is smallest, 60 K, at 13.0°S 33.8°E, level 3." in place_sentence(cold, state)
    windy = check_range(*profiles(1, 6, 600.0), DATE)
    assert place_sentence(windy, state) == (
        "There the wind speed is largest, 150 m s-1, at 87.2°S 356.2°E, level 6."
    )
    wind[5, 6, 47] = np.nan
    assert "There the wind speed is nan at 87.2°N 18.8°E" in place_sentence(windy, state)


@pytest.mark.parametrize("value", [400.0, np.nan])
def test_the_sentence_about_a_state(value):
    # A global mean c has the coefficient c √2.
    temperature = np.zeros((62, 8, 32))
    temperature[0, :, 0] = np.sqrt(2.0) * 250.0
    temperature[0, 2, 0] = np.sqrt(2.0) * value
    zero = np.zeros((62, 8, 32))
    later = SpectralState(*map(jnp.asarray, (zero, zero, temperature, zero, zero[:, :1])))
    hot, mild = np.full((96, 8, 48), value), np.full((96, 8, 48), 250.0)
    hot[40, 2, 7] = 410.0
    mild[10, 2, 24] = 300.0
    core = types.SimpleNamespace(
        grid_state=lambda *_: atmosphere(temperature=hot),
        range_check=range_check,
        horizontal=GaussianGrid.speedy(),
    )
    parameters = types.SimpleNamespace(constants=None)
    model = types.SimpleNamespace(
        configuration=types.SimpleNamespace(core=core),
        inputs=types.SimpleNamespace(surface_geopotential=None, parameters=parameters),
    )
    details = types.SimpleNamespace(grid=atmosphere(temperature=mild))
    sentence = range_sentence(types.SimpleNamespace(newest=later), details, DATE, model)
    assert "global mean temperature left its accepted range at 1983-02-03 04:40" in sentence
    assert "at level 2, expected 180 to 320 K." in sentence
    if np.isnan(value):
        assert "At the beginning of that time step, there the" in sentence
        assert "300 K, at 1.9°N 37.5°E, level 2." in sentence
    else:
        assert "largest, 410 K, at 61.2°S 150.0°E, level 2." in sentence
