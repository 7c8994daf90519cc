"""The climate comparison of a model with other numerics: grid, judgement, options, bad usage."""

import datetime
import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from jcm.dynamics.gaussian_grid import GaussianGrid
from reference.errors import InputError
from validation.climate.area import Difference
from validation.climate.judgement import MATCHED, judge_other_numerics, other_numerics_in_words
from validation.climate.model_options import check_option_names, model_from_options
from validation.climate.regrid import on_reference_grid
from validation.climate.request import checked_climate_request
from validation.climate.statistics import FieldComparison

SIZES = [(64, 32), (96, 48), (128, 64), (192, 96)]


def months_on(grid, values):
    return xr.Dataset(
        {
            "temperature": (("time", "level", "latitude", "longitude"), values),
            "count": ("time", np.ones(values.shape[0])),
        },
        coords={
            "year": ("time", [1983] * values.shape[0]),
            "latitude": ("latitude", grid.latitude_degrees),
            "longitude": ("longitude", grid.longitude_degrees),
        },
    )


def mean(dataset, weight):
    return dataset.temperature.values.astype(float).mean(axis=-1) @ (0.5 * weight)


@given(size=st.sampled_from(SIZES), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=12)
def test_regridding_keeps_means_and_range(size, seed):
    grid = GaussianGrid.exact(*size)
    values = 250.0 + np.random.default_rng(seed).normal(size=(2, 3, size[1], size[0]))
    found = on_reference_grid(months_on(grid, values))
    assert found.sizes["longitude"] == 96
    assert found.sizes["latitude"] == 48
    exact = GaussianGrid.exact(96, 48).quadrature_weight
    before = mean(months_on(grid, values), grid.quadrature_weight)
    # The result is stored in single precision.
    single = 8 * np.finfo(np.float32).eps
    np.testing.assert_allclose(mean(found, exact), before, rtol=single)
    assert found.temperature.values.min() >= values.min() - 1e-4
    assert found.temperature.values.max() <= values.max() + 1e-4
    assert list(found.year.values) == [1983, 1983]
    np.testing.assert_array_equal(found["count"], 1.0)


def test_the_reference_grid_is_left_alone():
    grid = GaussianGrid.exact(96, 48)
    values = np.random.default_rng(0).normal(size=(1, 2, 48, 96))
    found = on_reference_grid(months_on(grid, values))
    np.testing.assert_array_equal(found.temperature.values, values)
    np.testing.assert_array_equal(found.latitude, GaussianGrid.speedy().latitude_degrees)


def comparison(variable, ratio, failure=""):
    measures = Difference(ratio, 0.0, ratio, 1.0, 1.0, 0.0, 0.0, 1.0)
    return FieldComparison(
        variable=variable,
        level=None,
        season="annual",
        kind="map",
        units="1",
        measures=measures,
        yardstick=1.0,
        failure=failure,
    )


def test_only_the_fields_that_should_match_are_judged():
    fields = [comparison(name, 1.5) for name in MATCHED] + [comparison("cloud_cover", 99.0)]
    verdict = judge_other_numerics(fields)
    assert verdict.passed
    assert verdict.fields == len(MATCHED)
    assert verdict.largest == 1.5


@pytest.mark.parametrize("name", MATCHED)
def test_each_of_them_can_fail(name):
    fields = [comparison(one, 2.5 if one == name else 1.0) for one in MATCHED]
    verdict = judge_other_numerics(fields)
    assert not verdict.passed
    assert f"{name} 2.5" in verdict.reasons[0]
    assert name in other_numerics_in_words(verdict, "model", "the original")


def test_nothing_to_judge_is_a_failure():
    verdict = judge_other_numerics([comparison("cloud_cover", 1.0)])
    assert not verdict.passed
    assert math.isnan(verdict.median)
    broken = [comparison(MATCHED[0], 1.0, failure="holds NaN"), comparison(MATCHED[1], 1.0)]
    assert not judge_other_numerics(broken).passed
    assert not judge_other_numerics([comparison(MATCHED[0], 1.0)], [MATCHED[1]]).passed


def test_a_model_is_made_of_options():
    date = datetime.datetime(1982, 1, 1)
    options = {
        "resolution": "T21",
        "diffusion": "published_port",
        "orographic_correction": "tendency",
        "dynamics_steps": 3,
        "flat": True,
        "parameters.physics.convection.relaxation_time": 7200.0,
    }
    model = model_from_options("dinosaur", "float32", {}, options, date)
    core = model.configuration.core
    assert core.resolution.name == "T21"
    assert core.numerics.diffusion.name == "published_port"
    assert core.numerics.diffusion.orographic_correction == "tendency"
    assert core.numerics.steps_at(core.resolution) == 3
    assert not np.any(model.inputs.boundary.fields.surface_geopotential)
    assert float(model.parameters.physics.convection.relaxation_time) == 7200.0


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"difusion": "speedy"}, "nearest is 'diffusion'"),
        ({"diffusion": "speedi"}, "did you mean 'speedy'"),
        ({"resolution": "31"}, "expected T, TL or TC"),
        ({"orography": "flattened"}, "expected|known"),
        ({"parameters.physics.convection.relaxation": 1.0}, "did you mean"),
        ({"parameters.dynamics.vorticity_damping_time": 1.0}, "does not read"),
    ],
)
def test_options_that_mean_nothing_are_refused_in_a_sentence(options, sentence):
    with pytest.raises(InputError, match=sentence):
        model_from_options("dinosaur", "float32", {}, options, datetime.datetime(1982, 1, 1))
    check_option_names({"flat": True, "parameters.anything": 1.0})


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"core": "dinosaurs"}, "expected speedy or dinosaur"),
        ({"resolution": "T42"}, "needs --core dinosaur"),
        ({"core": "dinosaur", "resolution": "T4"}, "expected 5 to 850"),
        ({"core": "dinosaur", "days": 31}, "does not go with --core dinosaur"),
        ({"core": "dinosaur", "top_level_only": True}, "choice of its own"),
    ],
)
def test_bad_usage_is_refused_in_a_sentence(golden, tmp_path, choice, sentence):
    usual = {
        "years": 1,
        "spinup": 0,
        "days": None,
        "core": "speedy",
        "precisions": None,
        "against": None,
        "top_level_only": False,
        "golden": golden,
        "output": tmp_path,
    }
    with pytest.raises(InputError, match=sentence):
        checked_climate_request(**(usual | choice))


def test_runs_are_named_after_core_and_resolution(golden, tmp_path):
    request = checked_climate_request(
        years=1,
        spinup=0,
        days=None,
        core="dinosaur",
        resolution="T42",
        precisions=["float32"],
        against=None,
        top_level_only=False,
        golden=golden,
        output=tmp_path,
    )
    assert [run.name for run in request.runs()] == ["Fortran", "JAX dinosaur T42 float32"]
    assert "--core dinosaur --resolution T42" in request.command_line()
