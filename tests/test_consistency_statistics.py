"""The statistics of the consistency test on made-up ensembles."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.errors import InputError
from validation.consistency.calibration import FalseAlarms, chosen_threshold, false_alarms
from validation.consistency.ensemble import Ensemble, Settings
from validation.consistency.ensemble_file import (
    check_settings,
    read_ensemble,
    stale_sources,
    write_ensemble,
)
from validation.consistency.measures import Measures
from validation.consistency.statistics import FAILING_COMPONENTS, judge, project

#: Forty variables that hang together through twelve causes, and four that do not vary.
VARIABLES, CAUSES, CONSTANTS = 40, 12, 4
MEMBERS = 150
LABELS = tuple(f"temperature level {k}" for k in range(VARIABLES + CONSTANTS))
SIZES = np.full(VARIABLES + CONSTANTS, 300.0)


def drawn(runs, seed):
    """Runs of an ensemble whose variables hang together `(run, variable)`."""
    mixing = np.random.default_rng(99).normal(size=(CAUSES, VARIABLES))
    random = np.random.default_rng(seed)
    varying = random.normal(size=(runs, CAUSES)) @ mixing
    varying += random.normal(size=(runs, VARIABLES))
    constant = np.broadcast_to([0.0, 1.0, -5.0, 300.0], (runs, CONSTANTS))
    return np.concatenate([280.0 + 0.01 * varying, constant], axis=1)


@pytest.fixture(scope="module")
def projection():
    return project(Measures(LABELS, drawn(1, 1)[0], SIZES), drawn(MEMBERS, 1), drawn(MEMBERS, 2))


@pytest.fixture(scope="module")
def threshold(projection):
    return chosen_threshold(projection.scores(drawn(MEMBERS, 2)))


def test_components_hold_the_causes_and_scores_are_standardized(projection):
    assert CAUSES < len(projection.loadings) < VARIABLES
    assert projection.explained >= 0.97
    assert projection.varies.tolist() == [True] * VARIABLES + [False] * CONSTANTS
    # Loadings are rounded to single precision, as they are stored.
    product = projection.loadings @ projection.loadings.T
    np.testing.assert_allclose(product, np.eye(len(product)), atol=1e-6)
    # The 150 runs that made the scale know a standard deviation to 1 / sqrt(300): four of these.
    np.testing.assert_allclose(projection.scores(drawn(4000, 3)).std(axis=0), 1.0, atol=0.25)


def test_unchanged_runs_are_hardly_ever_called_inconsistent(projection, threshold):
    found = false_alarms(projection, drawn(3000, 4), threshold)
    assert found.trios == 1000
    assert found.alarms <= 10, found.in_words()
    assert found.estimate <= 0.01, found.in_words()
    # With a threshold that every other score exceeds the same count sees the alarms.
    assert false_alarms(projection, drawn(3000, 4), 0.5).alarms > 500


@given(seed=st.integers(0, 2**20), sign=st.sampled_from([-1.0, 1.0]))
def test_a_shift_of_what_causes_is_detected(projection, threshold, seed, sign):
    random = np.random.default_rng(seed)
    values = drawn(3, (5, seed))
    affected = random.choice(VARIABLES, size=10, replace=False)
    values[:, affected] += sign * 8.0 * projection.deviation[affected]
    trio = judge(projection, values, threshold)
    assert not trio.consistent, (seed, trio.failing)
    assert {label for label, _ in trio.affected(5)} <= {LABELS[i] for i in affected}
    assert all(z * sign > 0 for _, z in trio.affected(5))


@given(variable=st.integers(0, VARIABLES - 1))
def test_a_relation_that_breaks_is_detected_though_no_component_moves(
    projection, threshold, variable
):
    """A variable off by less than it varies from run to run, while all others are as ever."""
    values = drawn(3, (11, variable))
    outside = np.zeros(VARIABLES)
    outside[variable] = 1.0
    outside -= projection.loadings.T @ (projection.loadings @ outside)
    shift = 3.0 * outside / np.sqrt(np.sum(outside**2))
    values[:, :VARIABLES] += shift * projection.deviation[:VARIABLES]
    trio = judge(projection, values, threshold)
    assert len(trio.failing) < FAILING_COMPONENTS
    assert trio.residual_fails, trio.residuals
    assert not trio.consistent


def test_one_run_of_three_is_not_enough(projection):
    far = 5.0
    values = drawn(3, 6)
    assert judge(projection, values, far).consistent
    values[1, :VARIABLES] += 100.0 * projection.deviation[:VARIABLES] * np.resize([1, -1], 40)
    assert judge(projection, values, far).consistent
    values[2, :VARIABLES] += 100.0 * projection.deviation[:VARIABLES] * np.resize([1, -1], 40)
    found = judge(projection, values, far)
    assert not found.consistent
    assert found.residual_fails
    assert len(found.failing) >= FAILING_COMPONENTS


@pytest.mark.parametrize(
    ("off", "single", "double"), [(1e-5, True, False), (1e-8, True, True), (0.1, False, False)]
)
def test_what_does_not_vary_may_differ_by_round_off_only(
    projection, threshold, off, single, double
):
    values = drawn(3, 7)
    values[:, -1] += off
    for precision, consistent in (("float32", single), ("float64", double)):
        found = judge(projection, values, threshold, precision)
        assert found.consistent is consistent, (precision, found.constants)
        assert found.constants == (() if consistent else (LABELS[-1],))


def test_what_is_zero_everywhere_must_stay_so(threshold):
    sizes = np.where(np.arange(len(SIZES)) == VARIABLES, 0.0, SIZES)
    made = project(Measures(LABELS, drawn(1, 1)[0], sizes), drawn(MEMBERS, 1), drawn(MEMBERS, 2))
    values = drawn(3, 8)
    assert judge(made, values, threshold).consistent
    values[:, VARIABLES] = 1e-30
    assert judge(made, values, threshold).constants == (LABELS[VARIABLES],)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_number_that_is_none_is_never_consistent(projection, threshold, value):
    for place in (3, VARIABLES + 1):
        values = drawn(3, 9)
        values[:, place] = value
        found = judge(projection, values, threshold)
        assert not found.consistent
        assert found.affected(1)[0][0] == LABELS[place]


def test_rare_events_do_not_decide(threshold):
    """A number that one run in fifty changes much belongs to no component."""

    def with_events(runs, seed):
        values = drawn(runs, seed)
        events = np.random.default_rng((seed, 1)).random(runs) < 0.02
        values[:, 0] = 280.0 + 1e-3 * np.random.default_rng((seed, 2)).normal(size=runs) + events
        return values

    made = project(
        Measures(LABELS, drawn(1, 1)[0], SIZES), with_events(MEMBERS, 1), with_events(MEMBERS, 2)
    )
    assert not made.varies[0]
    assert made.varies[1:VARIABLES].all()
    limit = chosen_threshold(made.scores(with_events(MEMBERS, 2)))
    assert false_alarms(made, with_events(3000, 4), limit).alarms <= 10
    values = with_events(3, 5)
    values[:, 0] += 5.0
    assert judge(made, values, limit).constants == (LABELS[0],)


def test_a_threshold_that_nothing_meets_is_refused():
    scores = np.random.default_rng(0).standard_cauchy(size=(100, 60)) * 10.0
    with pytest.raises(ValueError, match="do not scatter like an ensemble"):
        chosen_threshold(scores)


def test_an_ensemble_without_spread_or_with_a_hole_is_refused():
    runs = drawn(MEMBERS, 1)
    mean = Measures(LABELS, runs[0], SIZES)
    with pytest.raises(ValueError, match="the perturbation has no effect"):
        project(mean, np.repeat(runs[:1], 10, axis=0), np.repeat(runs[:1], 10, axis=0))
    with pytest.raises(ValueError, match="3 runs for scores, expected at least 4"):
        project(mean, runs, runs[:3])
    runs[7, 5] = np.nan
    with pytest.raises(ValueError, match="temperature level 5 is nan in run 7 for loadings"):
        project(mean, runs, drawn(MEMBERS, 2))


@pytest.mark.parametrize(
    ("alarms", "trios", "low", "high"),
    # High of 0 of n is 1 - 0.025^(1/n); 5 of 100 is the textbook's 1.64 to 11.28 %.
    [(0, 300, 0.0, 1 - 0.025 ** (1 / 300)), (5, 100, 0.01643, 0.11283), (4, 4, 0.3976, 1.0)],
)
def test_confidence_interval_of_a_rate(alarms, trios, low, high):
    found = FalseAlarms(alarms, trios, alarms / trios).interval
    np.testing.assert_allclose(found, (low, high), atol=1e-4)


@pytest.fixture
def ensemble(projection, threshold):
    return Ensemble(
        projection=projection,
        threshold=threshold,
        false_alarms=FalseAlarms(1, 400, 0.001),
        settings=Settings(steps=36, amplitude=0.1, start="0123"),
        members=MEMBERS,
        sources="4567",
        compiler="gcc 13 -O2",
        commit="89ab",
        seconds=12.5,
    )


def test_a_summary_is_read_as_it_was_written(ensemble, tmp_path):
    path = tmp_path / "made" / "ensemble.nc"
    write_ensemble(ensemble, path)
    found = read_ensemble(path)
    for field in dataclasses.fields(ensemble):
        if field.name != "projection":
            assert getattr(found, field.name) == getattr(ensemble, field.name), field.name
    for field in dataclasses.fields(ensemble.projection):
        expected = getattr(ensemble.projection, field.name)
        np.testing.assert_array_equal(getattr(found.projection, field.name), expected, field.name)
    assert not list(path.parent.glob(".*"))


def test_what_is_no_summary_is_refused_in_a_sentence(ensemble, tmp_path):
    path = tmp_path / "ensemble.nc"
    with pytest.raises(InputError, match=r"does not exist: jcm-validate consistency --rebuild"):
        read_ensemble(path)
    path.write_text("no NetCDF")
    with pytest.raises(InputError, match="is not the summary of an ensemble"):
        read_ensemble(path)
    write_ensemble(ensemble, path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(InputError, match="is not the summary of an ensemble"):
        read_ensemble(path)


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("steps", 18, "holds runs of 36 steps, expected runs of 18 steps"),
        ("amplitude", 0.2, "perturbations of 0.1 K, expected perturbations of 0.2 K"),
        ("start", "ffff", "begin with state 0123, expected runs that begin with state ffff"),
    ],
)
def test_a_stale_summary_says_what_differs(ensemble, tmp_path, setting, value, sentence):
    check_settings(ensemble, ensemble.settings, tmp_path)
    with pytest.raises(InputError, match=f"is stale: it .*{sentence}.*--rebuild"):
        check_settings(
            ensemble, dataclasses.replace(ensemble.settings, **{setting: value}), tmp_path
        )


def test_other_fortran_sources_are_told(ensemble):
    assert "other Fortran sources (4567, now" in stale_sources(ensemble)
    assert stale_sources(dataclasses.replace(ensemble, sources="")) == ""
