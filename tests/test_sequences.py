"""Several steps in a row: what a column test cannot see, such as a heating on one step in three."""

from __future__ import annotations

import shutil

import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from jcm.physics.physics_driver import physics_driver
from reference.declarations import PROCESSES
from reference.errors import InputError
from validation.ports import JaxPort
from validation.sequence_judgement import SEQUENCES, judge_sequence


@pytest.mark.parametrize("name", sorted(SEQUENCES))
def test_a_sequence_follows_the_original(name, port, golden):
    sequence = SEQUENCES[name]
    if not sequence.offered_by(port):
        assert name == "boundary_fields"  # the preparation exists in jcm only
        return
    comparisons = judge_sequence(sequence, sequence.read(golden), port, "")
    assert [c.output for c in comparisons] == [v.name for v in sequence.process.outputs]
    assert {c.output: c.measure for c in comparisons if not c.passed} == {}


class _ForgetfulPort:
    """Applies short-wave heating only on the steps that compute it, as the published port did."""

    name, precision = "forgetful", "float64"

    def __init__(self):
        self._port = JaxPort("float64")

    def offers(self, process):
        return True

    def run(self, process, inputs):
        forgotten = {"temperature_tendency_shortwave_in": np.zeros((len(inputs["insolation"]), 8))}
        return self._port.run(process, {**inputs, **forgotten})


def test_a_heating_on_one_step_in_three_is_caught(golden):
    sequence = SEQUENCES["physics_driver_sequence"]
    comparisons = judge_sequence(sequence, sequence.read(golden), _ForgetfulPort(), "")
    failed = {c.output: c for c in comparisons if not c.passed}
    assert set(failed) == {"temperature_tendency", "temperature_tendency_shortwave"}
    assert failed["temperature_tendency_shortwave"].measure.max_rel_to_field_max > 0.5


def test_shortwave_heating_acts_on_every_step(golden):
    sequence = xr.open_dataset(golden / "physics/physics_driver_sequence.nc", mask_and_scale=False)
    inputs = {}
    for variable in PROCESSES["physics_driver"].inputs:
        values = sequence[variable.name].values[2]
        shape = (sequence.sizes["column"], *variable.shape)
        inputs[variable.name] = jnp.asarray(np.moveaxis(np.broadcast_to(values, shape), 0, -1))
    assert not np.asarray(inputs["shortwave_step"]).any()
    with_heating = physics_driver(**inputs)
    kept = inputs["temperature_tendency_shortwave_in"]
    without = physics_driver(
        **{**inputs, "temperature_tendency_shortwave_in": jnp.zeros_like(kept)}
    )
    difference = with_heating.temperature_tendency - without.temperature_tendency
    np.testing.assert_allclose(difference, kept, rtol=0, atol=1e-18)
    assert float(jnp.abs(kept).max()) > 1e-6


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda d: d.drop_vars("coupling_day"), "lacks variable coupling_day"),
        (lambda d: d.assign(window=d["window"].where(False)), "window is not finite"),
    ],
)
def test_a_damaged_sequence_is_refused(golden, tmp_path, damage, words):
    (tmp_path / "surface").mkdir()
    dataset = xr.load_dataset(golden / "surface/coupled_sequence.nc", decode_times=False)
    damage(dataset).to_netcdf(tmp_path / "surface/coupled_sequence.nc")
    with pytest.raises(InputError, match=words):
        SEQUENCES["coupled_sequence"].read(tmp_path)


def test_a_start_that_is_no_date_is_refused(golden, tmp_path):
    (tmp_path / "surface").mkdir()
    shutil.copy(golden / "surface/daily_boundary_fields.nc", tmp_path / "surface")
    dataset = xr.load_dataset(golden / "surface/boundary_fields.nc", decode_times=False)
    dataset.attrs["start"] = "some day"
    dataset.to_netcdf(tmp_path / "surface/boundary_fields.nc")
    with pytest.raises(InputError, match="'some day'"):
        SEQUENCES["daily_boundary_fields"].read(tmp_path)
