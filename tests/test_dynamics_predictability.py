"""Runs, restarts and their judgement, fed with models that err: each must be noticed."""

from __future__ import annotations

import datetime
import math

import numpy as np
import pytest
import xarray as xr

from reference.errors import InputError
from validation.dynamics.curves import FLIP_DAY, read_curves
from validation.dynamics.predictability import (
    diverging,
    judge_divergence,
    multiple_of_rounding,
    steps_to_compare,
)
from validation.dynamics.rms import MIDDLE_LEVEL
from validation.dynamics.runs import COLD_START, Record, Start, first_difference, record_run
from validation.dynamics.trajectories import CUTS, judge_restart
from validation.model_ports import BRANCHES

START = Start(COLD_START, datetime.datetime(1982, 1, 1), datetime.datetime(1982, 1, 1), None)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "dynamics").mkdir()
    return tmp_path


def record(precision="float64", temperature=0.0, steps=(0, 36, 72), implementation="jax"):
    """A run whose temperature on the middle level is off by so many degrees."""
    states = {}
    for step in steps:
        state = {n: np.zeros((1, 8, 31, 32), complex) for n in ("vorticity", "divergence")}
        state["temperature"] = np.zeros((1, 8, 31, 32), complex)
        state["temperature"][0, MIDDLE_LEVEL, 0, 0] = math.sqrt(2.0) * (
            temperature(step) if callable(temperature) else temperature
        )
        states[step] = state
    return Record(implementation, precision, START, states, steps=max(steps))


@pytest.fixture(scope="module")
def curves(golden):
    return read_curves(golden)


def judged(run, curves, error=""):
    run.error = error
    reference = record(implementation="fortran")
    divergence = diverging(run, reference, {0, 36, 72}, None)
    (comparison,) = judge_divergence(divergence, run, curves)
    return divergence, comparison


def test_double_precision_must_stay_within_1e_9_kelvin(curves):
    _, near = judged(record(temperature=0.99e-9), curves)
    assert near.passed
    _, far = judged(record(temperature=1.01e-9), curves)
    assert not far.passed


def test_a_jump_on_the_last_day_is_found(curves):
    run = record(temperature=lambda step: 0.1 if step == 72 else 1e-13)
    divergence, comparison = judged(run, curves)
    assert not comparison.passed
    assert comparison.step == 72
    assert multiple_of_rounding(divergence, curves) > 1e10


def test_a_difference_that_is_not_a_number_falls_short(curves):
    run = record(temperature=lambda step: math.nan if step == 36 else 0.0)
    _, comparison = judged(run, curves)
    assert not comparison.passed
    assert "nan" in comparison.measure.reason


def test_a_run_that_ended_early_falls_short(curves):
    _, comparison = judged(record(), curves, error="jax float64 raised RangeError")
    assert not comparison.passed
    assert "RangeError" in comparison.measure.reason


def test_single_precision_is_held_against_the_original_with_other_constants(curves):
    limit = 3.0 * curves[COLD_START].envelope(np.array([2.0]))[0]
    assert 0.3 < limit < 0.7
    _, near = judged(record("float32", lambda step: 0.99 * limit), curves)
    assert near.passed
    _, far = judged(record("float32", lambda step: 1.01 * limit), curves)
    assert not far.passed
    assert far.units == "1"


def test_the_envelope_never_falls_and_holds_the_curves(curves):
    days = np.arange(61.0)
    for start, curve in curves.items():
        envelope = curve.envelope(days)
        assert (np.diff(envelope) >= 0).all(), start
        own = curve.temperature[:2, :, MIDDLE_LEVEL].max(axis=0)
        assert (envelope >= own).all(), start
        assert (envelope[:FLIP_DAY] == envelope[FLIP_DAY]).all(), start


def test_without_curves_single_precision_is_not_judged():
    run = record("float32", 1.0)
    divergence = diverging(run, record(implementation="fortran"), {0, 36, 72}, None)
    assert judge_divergence(divergence, run, {}) == []


def test_curves_need_every_variable(golden, folder):
    data = xr.load_dataset(golden / "dynamics/predictability.nc", decode_times=False)
    assert read_curves(folder) == {}
    data.drop_vars("saturation_temperature").to_netcdf(folder / "dynamics/predictability.nc")
    with pytest.raises(InputError, match="saturation_temperature"):
        read_curves(folder)


def test_days_and_the_steps_of_the_first_two_are_compared():
    assert steps_to_compare(0) == {0}
    assert steps_to_compare(1) == set(range(37))
    assert steps_to_compare(60) == {*range(73), *range(0, 2161, 36)}


def branches(**places):
    """Choices of a step, with another one at some place."""
    chosen = {name: np.full((48, 96), 8, np.int8) for name in BRANCHES}
    for name, (row, column, value) in places.items():
        chosen[name][row, column] = value
    return chosen


def test_the_first_branch_that_differs_is_named():
    latitude, longitude = np.linspace(-87, 87, 48), 3.75 * np.arange(96)
    same = [branches(), branches(convection_top_level=(3, 4, 2))]
    run = Record("jax", "float64", START, branches=[*same, branches(cloud_top_level=(7, 8, 5))])
    reference = Record("fortran", "float64", START, branches=[*same, branches()])
    found = first_difference(run, reference, latitude, longitude)
    assert (found.step, found.process, found.branch) == (3, "clouds", "cloud_top_level")
    assert (found.latitude, found.longitude) == (latitude[7], 30.0)
    assert (found.value, found.expected, found.columns) == (5, 8, 1)
    assert found.date == "1982-01-01 01:20"
    assert first_difference(reference, reference, latitude, longitude) is None


def test_within_a_step_the_process_called_first_is_named():
    both = branches(cloud_top_level=(0, 0, 5), convection_top_level=(40, 1, 3))
    run = Record("jax", "float32", START, branches=[both])
    reference = Record("fortran", "float64", START, branches=[branches()])
    found = first_difference(run, reference, np.arange(48.0), np.arange(96.0))
    assert found.process == "convection"


# Runs and restarts, with a model that is a counter.


class Counter:
    """A model whose temperature is the number of its steps; it may forget some at a restart."""

    name, precision = "counter", "float64"

    def __init__(self, forgets=0, breaks_at=10**9):
        self.forgets = forgets
        self.breaks_at = breaks_at

    def start_cold(self, start_date):
        self.steps = 0

    def advance(self, steps):
        for _ in range(steps):
            if self.steps >= self.breaks_at:
                raise ArithmeticError("temperature left its range")
            self.steps += 1

    def step_with_branches(self):
        self.advance(1)
        return branches(cloud_top_level=(0, 0, self.steps % 8))

    def state(self):
        shape = (2, 8, 31, 32)
        fields = {n: np.full(shape, self.steps, complex) for n in ("vorticity", "divergence")}
        pressure = np.zeros((2, 31, 32), complex)
        temperature = np.full(shape, 0.1 * self.steps, complex)
        return {
            **fields,
            "temperature": temperature,
            "specific_humidity": temperature,
            "log_normalized_surface_pressure": pressure,
        }

    def save(self):
        return self.steps

    def resume(self, saved):
        self.steps = saved - self.forgets


def test_a_run_is_recorded_where_it_was_asked_for():
    said = []
    run = record_run(
        Counter(), START, complete={0, 5}, light={36, 40}, branches=10, announce=said.append
    )
    assert run.error == ""
    assert sorted(run.states) == [0, 5, 36, 40]
    assert run.states[5]["vorticity"][0, 0, 0, 0] == 5
    assert "specific_humidity" not in run.states[36]
    assert [int(b["cloud_top_level"][0, 0]) for b in run.branches] == [s % 8 for s in range(1, 11)]
    assert len(said) == 3


def test_a_model_that_breaks_is_reported_with_its_step():
    said = []
    run = record_run(Counter(breaks_at=50), START, complete={0, 72}, announce=said.append)
    assert "ArithmeticError after 36 steps: temperature left its range" in run.error
    assert sorted(run.states) == [0]
    assert len(said) == 3


def test_a_restart_must_continue_bit_for_bit():
    comparisons = judge_restart(Counter(), START)
    assert len(comparisons) == 5 * len(CUTS)
    assert all(c.passed for c in comparisons)
    forgetful = judge_restart(Counter(forgets=1), START)
    failed = {c.output for c in forgetful if not c.passed}
    assert failed == {"vorticity", "divergence", "temperature", "specific_humidity"}
    broken = judge_restart(Counter(breaks_at=3), START)
    assert not any(c.passed for c in broken)


def test_curves_are_what_the_specification_tells(curves):
    # Spec 35, section 6, "rounding only, spun-up" and "-Ofast, cold start".
    spun_up, cold = curves["restart_state"], curves[COLD_START]
    assert spun_up.rounding_only(np.array([60.0]))[0] == pytest.approx(9.5e-12, rel=0.01)
    assert cold.temperature[0, 5, MIDDLE_LEVEL] == pytest.approx(0.15, rel=0.05)
