"""`jcm-validate record` on the JAX model: the run itself, and its single processes."""

import jax
import numpy as np
import pytest
import xarray as xr

from jcm.model.run import configuration_record
from jcm.output import checkpoint
from reference import kernels
from reference.declarations import PROCESSES
from reference.errors import InputError
from validation.recording.record import make_run, record
from validation.recording.request import checked_record_request
from validation.recording.starts import checkpoint_state, read_start

STEPS = "0,1"
COLUMNS = "400"


def request_for(start, **settings):
    """A request that records the physics driver unless told otherwise."""
    settings = {"steps": STEPS, "columns": COLUMNS, "processes": ["physics_driver"], **settings}
    return checked_record_request(start=str(start), **settings)


@pytest.fixture(scope="module")
def run(golden):
    """The JAX model at the spun-up state, in double precision: compiled once."""
    return make_run(request_for(golden / "dynamics/restart_state.nc"))


@pytest.fixture(scope="module")
def start(run):
    """Its state at the start."""
    return run._state


@pytest.fixture(scope="module")
def recording(run, start, golden):
    """Two steps of the run recorded."""
    request = request_for(
        golden / "dynamics/restart_state.nc",
        processes=["physics_driver", "daily_forcing", "large_scale_condensation", "land_model"],
    )
    return record(request, run)


def driver_of(recording):
    """The file of the physics driver."""
    return recording.files["physics/physics_driver.nc"]


def test_the_recorded_run_is_the_models_own(run, recording, start):
    """The steps that were watched lead to the state that `Model.advance` gives."""
    model = run._model
    after = model.advance(start, steps=2)
    found = jax.tree_util.tree_leaves_with_path(run._state)
    for (path, recorded), expected in zip(found, jax.tree.leaves(after), strict=True):
        difference = np.abs(np.asarray(recorded, float) - np.asarray(expected, float)).max()
        assert difference == 0, f"{jax.tree_util.keystr(path)} differs by {difference:.2e}"


def test_the_single_processes_agree_with_the_driver_to_rounding(recording):
    agreements = recording.agreements
    assert {a.process for a in agreements} >= {"convection", "surface_fluxes", "land_model"}
    worst = max(agreements, key=lambda a: a.relative)
    assert worst.relative < 1e-12, worst
    levels = [a for a in agreements if a.variable.endswith("_top_level")]
    assert levels
    assert all(a.differing == 0 for a in levels), levels


@pytest.mark.skipif(not kernels.available(), reason=kernels.unavailable_reason())
def test_both_models_record_the_same(recording, golden):
    request = request_for(golden / "dynamics/restart_state.nc", model="fortran")
    ours, theirs = driver_of(recording), driver_of(record(request, make_run(request)))
    # What the first step keeps is not read in it, and nobody hands it over in a restart.
    second = ours["step"].values == 1
    for variable in (*PROCESSES["physics_driver"].inputs, *PROCESSES["physics_driver"].outputs):
        a, b = ours[variable.name].values.astype(float), theirs[variable.name].values.astype(float)
        if variable.name.endswith("_in"):
            a, b = a[second], b[second]
        scale = np.nanmax(np.abs(b))
        assert (np.isnan(a) == np.isnan(b)).all(), variable.name
        difference = np.nanmax(np.abs(a - b))
        assert difference <= 1e-10 * scale, f"{variable.name} differs by {difference / scale:.1e}"


def test_undefined_numbers_are_marked(recording):
    driver = driver_of(recording)
    kept = driver["shortwave_step"].values == 0
    assert kept.any()
    assert not kept.all()
    assert (driver["cloud_top_level"].values[kept] == -1).all()
    assert np.isnan(driver["cloud_cover"].values[kept]).all()
    assert np.isfinite(driver["cloud_cover"].values[~kept]).all()


def test_what_is_kept_is_what_the_step_before_left(recording):
    sequence = recording.files["physics/physics_driver_sequence.nc"]
    for name in ("longwave_transmissivity", "toa_net_shortwave"):
        left, kept = sequence[name].values[0], sequence[f"{name}_in"].values[1]
        np.testing.assert_array_equal(left, kept, err_msg=name)


@pytest.fixture(scope="module")
def saved(run, start, tmp_path_factory):
    """A checkpoint of the start."""
    path = tmp_path_factory.mktemp("checkpoint") / "checkpoint.nc"
    metadata = {"configuration": configuration_record(run._model), "step": int(start.step)}
    checkpoint.save(path, {"state": start}, metadata)
    return path


def test_a_checkpoint_is_continued_bit_for_bit(saved, start):
    _, state = checkpoint_state(read_start(str(saved)))
    for (path, found), expected in zip(
        jax.tree_util.tree_leaves_with_path(state), jax.tree.leaves(start), strict=True
    ):
        np.testing.assert_array_equal(found, expected, err_msg=jax.tree_util.keystr(path))


@pytest.mark.skipif(not kernels.available(), reason=kernels.unavailable_reason())
def test_the_fortran_goes_on_from_a_checkpoint_of_jax(saved, recording):
    request = request_for(saved, model="fortran")
    with xr.set_options(keep_attrs=True):
        theirs = driver_of(record(request, make_run(request)))
    ours = driver_of(recording)
    for name in ("temperature", "sea_surface_temperature", "temperature_tendency"):
        a, b = ours[name].values, theirs[name].values
        assert np.abs(a - b).max() <= 1e-10 * np.abs(b).max(), name


def test_checkpoints_that_do_not_fit_are_refused(run, start, saved, tmp_path):
    with pytest.raises(InputError, match="cannot be continued in float32"):
        request_for(saved, precision="float32")
    short = tmp_path / "short.nc"
    short.write_bytes(saved.read_bytes()[:-20])
    with pytest.raises(InputError, match="cut short"):
        read_start(str(short))
    metadata = {"configuration": configuration_record(run._model), "step": 1}
    noon = tmp_path / "noon.nc"
    checkpoint.save(noon, {"state": start}, metadata)
    if kernels.available():
        with pytest.raises(InputError, match="in the middle of a day"):
            make_run(request_for(noon, model="fortran"))
    metadata["configuration"]["parameters"] = {}
    other = tmp_path / "other.nc"
    checkpoint.save(other, {"state": start}, metadata)
    with pytest.raises(InputError, match="another parameters"):
        make_run(request_for(other))


def test_a_run_that_stops_says_when(run, start):
    broken = start._replace(earlier=jax.tree.map(lambda x: x * np.nan, start.earlier))
    run.continue_from(run._model, broken)
    with pytest.raises(InputError, match=r"not finite after step 13140"):
        run.watch()
