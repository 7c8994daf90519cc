"""The whole Fortran model: against the original, and what a user may rely on."""

from __future__ import annotations

import concurrent.futures
import dataclasses

import numpy as np
import pytest
import xarray as xr

from jcm.boundary.preparation import masked_sst_anomaly, prepare_boundary_fields
from jcm.dynamics.gaussian_grid import GaussianGrid
from reference import kernels
from reference.errors import InputError, ModelStoppedError
from reference.model import SpeedyModel
from reference.model_means import mean_descriptions

pytestmark = pytest.mark.skipif(not kernels.available(), reason=kernels.unavailable_reason())

PROGNOSTIC = (
    "vorticity",
    "divergence",
    "temperature",
    "specific_humidity",
    "log_normalized_surface_pressure",
)
SURFACE = (
    "land_surface_temperature",
    "snow_depth",
    "soil_water_availability",
    "sea_surface_temperature",
    "sea_ice_temperature",
    "sea_ice_fraction",
)


@pytest.fixture(scope="module")
def boundary():
    fields = prepare_boundary_fields(1982, 1)
    arrays = {f.name: np.asarray(getattr(fields, f.name)) for f in dataclasses.fields(fields)}
    return arrays | {"sst_anomaly": masked_sst_anomaly(range(1, 421), fields.sea_mask)}


@pytest.fixture(scope="module")
def restart(golden):
    """The state of the original on 1983-01-01."""
    file = _open(golden, "restart_state")
    state = {name: _complex(file, name) for name in (*PROGNOSTIC, "surface_geopotential")}
    state |= {name: file[name].values for name in (*SURFACE, "sst_anomaly_slot_file_month")}
    return state | {"step": file.attrs["main_loop_counter"] - 1}


@pytest.fixture
def spun_up(boundary, restart):
    """A model in that state."""
    model = SpeedyModel(boundary)
    model.set_state(restart)
    return model


def _open(golden, name):
    return xr.open_dataset(golden / f"dynamics/{name}.nc", mask_and_scale=False)


def _complex(file, name):
    return file[f"{name}_real"].values + 1j * file[f"{name}_imaginary"].values


def _relative(value, expected):
    return float(np.abs(value - expected).max() / np.abs(expected).max())


def _assert_close(state, file, stored, index, tolerance, where):
    """The time level at the model date against the file, relative to the largest value."""
    worst = {
        name: _relative(state[name][0], _complex(file, stored.format(name))[index])
        for name in PROGNOSTIC
    }
    assert {name: value for name, value in worst.items() if value > tolerance} == {}, where


def _same(state, other):
    """Names of what is not equal bit for bit."""
    assert state.keys() == other.keys()
    return [name for name in state if not np.array_equal(state[name], other[name])]


# Against the original.


def test_a_full_step(golden, spun_up):
    file = _open(golden, "step_full_physics")
    spun_up.advance(1)
    physics, state = spun_up.physics_state(), spun_up.state()
    worst = {
        name: _relative(physics[name], file[f"{name}_physics"].values)
        for name in (
            "eastward_wind_tendency",
            "northward_wind_tendency",
            "temperature_tendency",
            "specific_humidity_tendency",
        )
    }
    worst |= {name: _relative(state[name], _complex(file, name)) for name in PROGNOSTIC}
    worst["temperature_correction"] = _relative(
        state["temperature_correction"], _complex(file, "temperature_correction")
    )
    worst["humidity_correction"] = _relative(
        state["humidity_correction"], _complex(file, "humidity_correction")
    )
    assert {name: value for name, value in worst.items() if value > 1e-12} == {}


def test_a_day_from_the_restart(golden, spun_up):
    file = _open(golden, "restart_trajectory")
    first = spun_up.step
    for index, step in enumerate(file["step"].values):
        spun_up.advance(first + int(step) - spun_up.step)
        _assert_close(spun_up.state(), file, "{}", index, 1e-11, f"step {step}")
    state = spun_up.state()
    for name in SURFACE:
        if f"{name}_after_36" in file:
            assert _relative(state[name], file[f"{name}_after_36"].values) < 1e-14, name
    assert spun_up.date == (1983, 1, 2, 0, 0)


def test_ten_days_from_rest(golden, boundary):
    file = _open(golden, "cold_start")
    model = SpeedyModel(boundary)
    model.cold_start()
    state = model.state()
    assert _relative(state["surface_geopotential"], _complex(file, "surface_geopotential")) < 1e-14
    for name in PROGNOSTIC:
        initial = _complex(file, f"{name}_initial")
        np.testing.assert_allclose(state[name][0], initial, rtol=0, atol=1e-14 * abs(initial).max())
        assert _relative(state[name][1], _complex(file, f"{name}_first_leapfrog")) < 1e-12, name

    weights = GaussianGrid.speedy().quadrature_weight
    for part in ("early", "mid", "late"):
        for index, step in enumerate(file[f"step_{part}"].values):
            model.advance(int(step) - model.step)
            _assert_close(model.state(), file, "{}_" + part, index, 1e-11, f"step {step}")
            for place in np.flatnonzero(file["step_grid"].values == step):
                longitudes = file["longitude_subset_index"].values
                grid = {name: values[..., longitudes] for name, values in model.grid().items()}
                for name, values in grid.items():
                    expected = file[f"{name}_grid"].values[place]
                    assert _relative(values, expected) < 1e-11, (name, step)
                error = grid["temperature"][4] - file["temperature_grid"].values[place][4]
                assert np.sqrt((error**2).mean(axis=-1) @ weights / weights.sum()) < 1e-9, step


def test_the_dynamics_alone(golden, boundary):
    file = _open(golden, "cold_start_dynamics_only")
    model = SpeedyModel(boundary, physics=False)
    model.cold_start()
    model.advance(36)
    _assert_close(model.state(), file, "{}_after_36", ..., 1e-11, "after a day")


def test_calls_and_dates(golden, boundary):
    table = xr.open_dataset(golden / "surface/lifecycle_sequence.nc")
    units = ("year", "month", "day", "hour", "minute")
    for run in range(table.sizes["nrun"]):
        start = [int(table[f"start_{unit}"].values[run]) for unit in units]
        model = SpeedyModel(boundary, start_date=start)
        model.cold_start()
        assert model.counts == {
            name: int(table[f"initial_{name}"].values[run])
            for name in ("forcing_updates", "shortwave_calls", "sst_window_shifts")
        }
        before = model.counts
        for row in np.flatnonzero(table["run"].values == run):
            model.advance(1)
            expected = table.isel(row=row)
            assert model.step == int(expected["step"])
            assert model.date == tuple(int(expected[unit]) for unit in units), model.step
            counts = model.counts
            assert {name: counts[name] - before[name] for name in counts} == {
                name: int(expected[name]) for name in counts
            }, model.date
            assert model.state()["sst_anomaly_slot_file_month"].tolist() == [
                int(expected[f"sst_window_month_{slot}"]) for slot in (1, 2, 3)
            ], model.date
            before = counts


# What is conserved.


def _mean_dry_mass(model):
    grid = model.grid()
    constants = kernels.model_numbers("corrected")
    sigma = np.diff([0.0, 0.05, 0.14, 0.26, 0.42, 0.6, 0.77, 0.9, 1.0])
    pressure = constants["constants.reference_pressure"] * np.exp(
        grid["log_normalized_surface_pressure"]
    )
    dry = pressure * (1.0 - 1e-3 * np.einsum("kji,k->ji", grid["specific_humidity"], sigma))
    weights = GaussianGrid.speedy().quadrature_weight
    return float(dry.mean(axis=-1) @ weights / weights.sum())


def test_the_original_conserves_the_mean_of_log_pressure(spun_up, restart):
    name = "log_normalized_surface_pressure"
    spun_up.advance(36)
    assert np.array_equal(spun_up.state()[name][:, 0, 0], restart[name][:, 0, 0])


def test_corrected_conserves_the_mass_of_dry_air(boundary, restart):
    drift = {}
    for conserved in (True, False):
        model = SpeedyModel(boundary, formulation={"mean_log_pressure_is_conserved": conserved})
        model.set_state(restart)
        first = _mean_dry_mass(model)
        model.advance(72)
        drift[conserved] = abs(_mean_dry_mass(model) - first)
    # What a step loses the next one gives back.
    assert drift[False] < 1e-6 * first, drift
    assert drift[False] < 0.05 * drift[True], drift


# Means.


def test_means_are_those_of_the_steps(boundary, restart):
    """Against NumPy, from the fields of every step."""
    model = SpeedyModel(boundary)
    model.set_state(restart)
    model.advance(2)
    model.start_means()
    maps, levels = [], []
    for _ in range(12):
        sampled = model.step % 6 == 0
        before = model.grid()
        model.advance(1)
        step = model.physics_state()
        maps.append(step)
        if sampled:
            clipped = np.maximum(before["specific_humidity"], 0.0)
            levels.append(step | before | {"specific_humidity": clipped})
    means = model.means()

    per_day = {"K day-1": 86400.0, "g kg-1 day-1": 86400.0, "mm day-1": 86.4}
    for description in mean_descriptions():
        name = description.name
        if name in ("relative_humidity", "sigma_dot", "divergence") or description.is_moment:
            continue
        samples = maps if description.is_map else levels
        factor = per_day.get(description.units, 1.0)
        expected = factor * np.mean([sample[name] for sample in samples], axis=0)
        scale = np.abs(expected).max()
        np.testing.assert_allclose(means[name], expected, rtol=0, atol=1e-13 * scale, err_msg=name)

    def covariance(samples, first, second):
        x, y = (np.array([sample[name] for sample in samples]) for name in (first, second))
        return np.mean((x - x.mean(axis=0)) * (y - y.mean(axis=0)), axis=0)

    for name, expected in {
        "surface_pressure_variance": 1e-4 * covariance(maps, *["surface_pressure"] * 2),
        "precipitation_variance": 86.4**2 * covariance(maps, *["precipitation"] * 2),
        "temperature_variance": covariance(levels, "temperature", "temperature"),
        "northward_wind_temperature_covariance": covariance(
            levels, "northward_wind", "temperature"
        ),
    }.items():
        scale = np.abs(expected).max()
        np.testing.assert_allclose(means[name], expected, rtol=0, atol=1e-11 * scale, err_msg=name)
    assert np.array_equal(
        means["sigma_dot"], np.mean([sample["sigma_velocity"] for sample in levels], axis=0)
    )
    assert 0.0 <= means["relative_humidity"].min() < 1.0 < means["relative_humidity"].max() < 5.0


def test_no_means_without_samples(spun_up):
    with pytest.raises(InputError, match="0 samples of maps"):
        spun_up.means()


# Restart and instances.


@pytest.mark.parametrize("steps", [36, 40, 41])
@pytest.mark.parametrize(
    "settings",
    [{}, {"flags": {"sppt": 1, "sppt_seed": 7}}, {"formulation": "corrected"}],
    ids=["original", "sppt", "corrected"],
)
def test_a_restart_goes_on_bit_for_bit(boundary, tmp_path, settings, steps):
    model = SpeedyModel(boundary, **settings)
    model.cold_start()
    model.advance(steps)
    np.savez(tmp_path / "state.npz", **model.state())
    model.advance(38)

    other = SpeedyModel(boundary, **settings)
    with np.load(tmp_path / "state.npz") as saved:
        other.set_state(dict(saved))
    other.advance(38)
    assert other.date == model.date
    assert _same(model.state(), other.state()) == []
    assert _same(model.physics_state(), other.physics_state()) == []


def test_what_a_restart_does_not_need_between_days_does_not_matter(boundary, restart):
    model = SpeedyModel(boundary)
    model.set_state(restart)
    complete = model.state()
    model.advance(3)
    model.set_state(complete)
    model.advance(3)
    other = SpeedyModel(boundary)
    other.set_state(restart)
    other.advance(3)
    assert _same(model.state(), other.state()) == []


def test_a_model_starts_again_as_before(boundary):
    model = SpeedyModel(boundary, flags={"sppt": 1})
    model.cold_start()
    model.advance(4)
    first = model.state()
    model.cold_start()
    model.advance(4)
    assert _same(first, model.state()) == []


def test_models_do_not_disturb_each_other(boundary, restart):
    """Steps in turn and in threads, of models with other formulations and states."""

    def make(kind):
        settings = {} if kind == "original" else {"formulation": "corrected"}
        model = SpeedyModel(boundary, **settings)
        if kind == "restart":
            model.set_state(restart)
        else:
            model.cold_start()
        return model

    kinds = ("original", "corrected", "original")
    alone = {}
    for kind in set(kinds):
        model = make(kind)
        model.advance(12)
        alone[kind] = model.state()

    in_turn = [make(kind) for kind in kinds]
    for _ in range(12):
        for model in in_turn:
            model.advance(1)
    in_threads = [make(kind) for kind in kinds]
    with concurrent.futures.ThreadPoolExecutor(len(kinds)) as pool:
        list(pool.map(lambda model: model.advance(12), in_threads))
    for models in (in_turn, in_threads):
        for kind, model in zip(kinds, models, strict=True):
            assert _same(model.state(), alone[kind]) == [], kind


# Settings.


def test_every_setting_acts(boundary, restart):
    def after_some_steps(**settings):
        model = SpeedyModel(boundary, **settings)
        model.set_state(restart)
        model.advance(5)
        return model.state()["temperature"]

    usual = after_some_steps()
    for settings in (
        {"formulation": {"extra_diffusion_acts_on_all_levels": False}},
        {"formulation": {"filter_uses_filtered_value": False}},
        {"parameters": {"physics.convection.relaxation_time": 20000.0}},
        {"parameters": {"dynamics.robert_coefficient": 0.06}},
        {"parameters": {"zonal_forcing.solar_constant": 1360.0}},
        {"flags": {"co2_trend": 1}},
        {"flags": {"land_coupling_flag": 0}},
        {"flags": {"ice_coupling_flag": 0}},
        {"flags": {"sst_anomaly_coupling_flag": 0}},
        {"flags": {"sppt": 1}},
        {"physics": False},
    ):
        assert not np.array_equal(after_some_steps(**settings), usual), settings


# What is refused.


def test_a_field_that_leaves_its_range_stops_the_model(boundary, restart):
    model = SpeedyModel(boundary)
    model.set_state(restart | {"vorticity": 30.0 * restart["vorticity"]})
    with pytest.raises(
        ModelStoppedError,
        match=r"vorticity of level 0 has left its accepted range: its eddy energy is \d+\.\d+ "
        r"m2 s-2, expected at most 500.000 m2 s-2, in step 13141, which starts at 1983-01-01 00:00",
    ):
        model.advance(3)
    with pytest.raises(ModelStoppedError, match="vorticity of level 0"):
        model.advance(1)
    model.set_state(restart)
    model.advance(1)

    warm = restart["temperature"].copy()
    warm[:, 3, 0, 0] *= 1.4
    model.set_state(restart | {"temperature": warm})
    with pytest.raises(ModelStoppedError, match=r"temperature of level 3.*its global mean is 3"):
        model.advance(3)


def test_values_that_are_not_numbers_stop_the_model(boundary, restart):
    model = SpeedyModel(boundary)
    model.set_state(restart | {"vorticity": 1e200 * restart["vorticity"]})
    with pytest.raises(ModelStoppedError, match=r"NaN|Infinity"):
        model.advance(1)


def test_a_column_without_answer_is_named(boundary, restart):
    model = SpeedyModel(boundary)
    model.set_state(restart | {"temperature": 1.6 * restart["temperature"]})
    with pytest.raises(
        ModelStoppedError, match=r"long-wave table.*column at longitude index \d+, latitude index"
    ):
        model.advance(1)


def test_a_model_without_state_does_not_go_on(boundary):
    with pytest.raises(ModelStoppedError, match="must be started or given a state"):
        SpeedyModel(boundary).advance(1)


def test_incomplete_and_foreign_states_are_refused(boundary, restart):
    model = SpeedyModel(boundary)
    without = {name: value for name, value in restart.items() if name != "sea_ice_fraction"}
    bad = {
        "sea_ice_fraction is missing": without,
        r"vorticity of the state has shape \(8, 31, 32\), expected \(2, 8, 31, 32\)": restart
        | {"vorticity": restart["vorticity"][0]},
        r"snow_depth of the state is nan at index \(3, 5\)": restart
        | {"snow_depth": _with_nan(restart["snow_depth"])},
        "is needed in the middle of a day, after step 13141": restart | {"step": 13141},
        "belongs to another orography": restart
        | {"surface_geopotential": 1.1 * restart["surface_geopotential"]},
        r"start_date of the state is \(1983, 1, 1, 0, 0\)": restart
        | {"start_date": (1983, 1, 1, 0, 0)},
        "three months from 1 to 420": restart | {"sst_anomaly_slot_file_month": [1, 2, 500]},
        "step is -1": restart | {"step": -1},
    }
    model.set_state(restart)
    before = model.state()
    for message, state in bad.items():
        with pytest.raises(InputError, match=message):
            model.set_state(state)
    assert _same(before, model.state()) == []


def _with_nan(values):
    values = values.copy()
    values[3, 5] = np.nan
    return values


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"start_date": (1982, 2, 30, 0, 0)}, "the date does not exist"),
        ({"start_date": (1982, 1, 1)}, "expected year, month, day, hour and minute"),
        ({"flags": {"sea_coupling_flag": 2}}, "a coupling flag has a value"),
        ({"flags": {"sea_flag": 2}}, "no flag 'sea_flag'"),
        ({"parameters": {"physics.gravity": 9.8}}, "no parameter 'physics.gravity'"),
        ({"formulation": "origami"}, "origami"),
        ({"formulation": {"quirk": False}}, "no switch 'quirk'"),
    ],
)
def test_settings_that_mean_nothing_are_refused(boundary, settings, message):
    with pytest.raises(InputError, match=message):
        SpeedyModel(boundary, **settings)


def test_a_start_outside_the_anomalies_is_refused(boundary):
    model = SpeedyModel(boundary, start_date=(2014, 1, 1, 0, 0))
    with pytest.raises(ModelStoppedError, match="outside the file of sea-surface temperature"):
        model.cold_start()


def test_bad_boundary_fields_are_refused(boundary):
    incomplete = {name: values for name, values in boundary.items() if name != "sst_anomaly"}
    with pytest.raises(InputError, match="boundary field sst_anomaly is missing"):
        SpeedyModel(incomplete)
    with pytest.raises(InputError, match=r"land_fraction has shape \(48, 96\)"):
        SpeedyModel(boundary | {"land_fraction": boundary["land_fraction"].T})
    with pytest.raises(InputError, match=r"sea_fraction is nan at index \(3, 5\)"):
        SpeedyModel(boundary | {"sea_fraction": _with_nan(boundary["sea_fraction"])})
