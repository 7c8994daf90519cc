"""Column processes: jcm's derivatives pass, and wrong ones are caught."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reference import kernels
from reference.declarations import PROCESSES
from reference.errors import InputError
from tests.planted import (
    changed_inputs,
    changed_outputs,
    floating_equations,
    modes_apart,
    with_stopped_result,
    wrong_derivative,
)
from validation.gradients.column_functions import ColumnProcess, jcm_function
from validation.gradients.columns import check_process
from validation.gradients.gate_distance import nearest_gates
from validation.gradients.kinks import FLAT, SMOOTH
from validation.gradients.live import LivePattern
from validation.gradients.matrix import element_matrices
from validation.gradients.selection import ColumnRequest, process_named, select
from validation.gradients.tallies import tally
from validation.gradients.thresholds import AGREEING_SHARE
from validation.gradients.ties import with_ties

pytestmark = pytest.mark.skipif(not kernels.available(), reason=kernels.unavailable_reason())

DIFFERENTIABLE = sorted(
    name
    for name, process in PROCESSES.items()
    if not all(v.integer for v in process.inputs) and not all(v.integer for v in process.outputs)
)


@pytest.fixture(scope="module")
def request_of(golden):
    """Requests for a few columns, with changes."""

    def request(**changed):
        few = dict(real=40, synthetic=10, least_triples=0, taylor_columns=60, gate_columns=4)
        return ColumnRequest(golden=golden, jacobians=1, **{**few, **changed})

    return request


def checked(name, request, implementation=jcm_function):
    return check_process(PROCESSES[name], request, implementation)


@pytest.mark.parametrize(
    "name", ["clouds", "daily_forcing", "humidity", "land_model", "sea_model", "vertical_diffusion"]
)
def test_derivatives_of_jcm_pass(name, request_of):
    result = checked(name, request_of())
    assert result.passed, result.failures
    assert result.real.agreeing_share >= AGREEING_SHARE
    assert result.tally.total == sum(
        result.columns.total * r.elements for r in result.inputs
    ) * len(result.jacobians[0].outputs), "every triple is counted"
    assert result.taylor.unexplained == 0 == result.taylor_reference.unexplained
    assert result.modes.dot_product < 1e-12 > result.modes.jacobian


def test_rounded_parameters_are_compared_where_they_are_not_rounded(request_of):
    names = ("parameters.co2_share_extreme", "parameters.strong_vapour_share_curvature")
    result = checked("longwave_radiation", request_of(inputs=names, real=10, synthetic=0))
    assert result.passed, result.failures
    assert [r.name for r in result.inputs] == list(names)
    assert all(r.tally.smooth_agreeing > 0 for r in result.inputs)
    assert {e.name for e in result.excluded} >= set(names), "why is said"


def test_no_derivative_of_whole_numbers(request_of):
    for name in set(PROCESSES) - set(DIFFERENTIABLE):
        result = checked(name, request_of())
        assert not result.differentiable
        assert result.passed
        assert {e.name for e in result.excluded if e.role == "input"} == {
            v.name for v in PROCESSES[name].inputs
        }
    with pytest.raises(InputError, match=r"cloud_top_level is a whole number, it has no deriv"):
        checked("shortwave_radiation", request_of(inputs=("cloud_top_level",)))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("temperatur", "process humidity has no input 'temperatur', expected one of"),
        ("parameters.relaxation", "process humidity has no parameter 'parameters.relaxation'"),
    ],
)
def test_unknown_inputs_are_named(name, sentence, request_of):
    with pytest.raises(InputError, match=sentence):
        checked("humidity", request_of(inputs=(name,)))


def test_bad_requests_are_named(request_of):
    with pytest.raises(InputError, match="there is no process 'convektion', expected one of"):
        process_named("convektion")
    with pytest.raises(InputError, match="all of it would be rounding"):
        checked("humidity", request_of(largest_step=1e-15))
    with pytest.raises(InputError, match="largest_step is 0"):
        request_of(largest_step=0.0)
    with pytest.raises(InputError, match="real is -1, expected at least 0"):
        request_of(real=-1)


# Wrong derivatives


def scaled(factor):
    return lambda tangent: factor * tangent


@pytest.mark.parametrize(
    ("process", "name", "change"),
    [
        ("humidity", "temperature", scaled(1.01)),
        ("humidity", "temperature", scaled(1.0 + 1e-6)),
        ("humidity", "specific_humidity", scaled(-1.0)),
        ("large_scale_condensation", "specific_humidity", lambda t: jnp.roll(t, 1, axis=0)),
        ("vertical_diffusion", "dry_static_energy", lambda t: jnp.roll(t, -1, axis=0)),
        ("land_model", "net_surface_heat_flux_land", scaled(1.01)),
        ("clouds", "relative_humidity", scaled(0.99)),
    ],
)
def test_wrong_derivatives_are_caught_by_differences_and_by_taylor(
    process, name, change, request_of
):
    result = checked(process, request_of(inputs=(name,)), wrong_derivative(name, change))
    assert not result.passed
    assert result.real.agreeing_share < AGREEING_SHARE
    assert result.taylor.unexplained > 0
    assert result.taylor_reference.unexplained > 0
    assert {t.input for t in result.disagreeing} == {name}


def test_a_wrong_value_is_seen_against_the_reference_only(request_of):
    """Values and derivative belong together, but to another function than the reference."""
    planted = changed_outputs(
        lambda outputs, _: {**outputs, "relative_humidity": 1.01 * outputs["relative_humidity"]}
    )
    result = checked("humidity", request_of(inputs=("specific_humidity",)), planted)
    assert result.taylor.unexplained == 0 < result.taylor_reference.unexplained
    assert not result.passed


def test_a_mismatch_of_the_modes_is_caught(request_of):
    planted = modes_apart("sea_albedo", 1.0 + 1e-8)
    result = checked("daily_forcing", request_of(), planted)
    assert result.modes.dot_product > 1e-11
    assert result.modes.jacobian > 1e-11
    assert result.real.agreeing_share == 1.0, "forward mode is right"
    assert not result.passed


@pytest.mark.parametrize("process", ["clouds", "daily_forcing", "land_model"])
def test_a_stopped_input_is_caught_whichever_it_is(process, request_of):
    for variable in PROCESSES[process].inputs:
        if variable.integer:
            continue
        name = variable.name
        planted = changed_inputs(
            lambda inputs, name=name: {**inputs, name: jax.lax.stop_gradient(inputs[name])}
        )
        result = checked(process, request_of(inputs=(name,)), planted)
        dead = {pair.input for pair in result.dead_or_alive}
        assert dead == {name}, f"{process}: {name} is stopped, dead are {dead}"
        assert not result.passed


@pytest.mark.parametrize("name", sorted(set(DIFFERENTIABLE) - {"physics_driver"}))
def test_the_reference_responds_to_every_input(name, request_of):
    """So that a `stop_gradient` at any input leaves a dead pair."""
    process = PROCESSES[name]
    columns = ColumnProcess(process)
    selection = select(columns, request_of(real=200, synthetic=100, least_triples=500_000))
    for variable in columns.inputs:
        live = LivePattern(columns)
        for matrix in element_matrices(
            columns, selection, columns.elements_named(variable.name), 0.02
        ):
            live.add(dataclasses.replace(matrix, derivative=np.zeros_like(matrix.derivative)))
        dead = [pair.output for pair in live.pairs() if not pair.passed]
        expected = (name, variable.name) not in WITHOUT_SLOPE
        assert bool(dead) == expected, f"{name}: {variable.name} has a slope in {dead}"


#: Inputs of which the reference has no slope: the temperature of the surface chooses a row of a
#: table, albedo and fractions choose between kinds of slabs, and snow conducts heat as soil does.
WITHOUT_SLOPE = {
    ("longwave_radiation", "surface_temperature"),
    ("slab_constants", "bare_land_albedo"),
    ("slab_constants", "land_fraction"),
    ("slab_constants", "sea_fraction"),
    ("surface_fluxes", "snow_cover"),
}


@pytest.mark.parametrize(
    "name", ["clouds", "humidity", "large_scale_condensation", "vertical_diffusion", "sea_model"]
)
def test_a_stopped_intermediate_value_is_caught_or_without_effect(name, request_of):
    """Thirty results inside the process, chosen at random, lose their derivative one by one."""
    columns = ColumnProcess(PROCESSES[name])
    selection = select(columns, request_of(real=120, synthetic=60))
    elements = list(range(columns.variable_elements))
    matrices = list(element_matrices(columns, selection, elements, 0.02))
    rows = slice(0, selection.chosen)
    x = jnp.asarray(selection.x[rows])
    whole = {n: jnp.asarray(v) for n, v in selection.whole_of(rows).items()}

    with jax.enable_x64(True):
        x = jnp.asarray(selection.x[rows], jnp.float64)
        theta = jnp.asarray(columns.defaults, jnp.float64)
        program = jax.make_jaxpr(
            jax.vmap(lambda one, integers: columns._single(integers)(one, theta))
        )(x, whole)
        leaves = jax.tree.leaves(whole)
        count = floating_equations(program.jaxpr)
        chosen = np.random.default_rng(7).choice(count, min(30, count), replace=False)
        caught = 0
        for index in chosen:
            planted = with_stopped_result(program, int(index))

            def derivative(direction, planted=planted):
                return jax.jvp(lambda x: planted(x, *leaves)[0], (x,), (direction,))[1]

            basis = jnp.broadcast_to(jnp.eye(x.shape[1])[:, jnp.newaxis, :], (x.shape[1], *x.shape))
            jacobian = np.asarray(jax.vmap(derivative)(basis))
            detected, effect = False, 0.0
            for matrix in matrices:
                found = dataclasses.replace(matrix, derivative=jacobian[matrix.element])
                counted = tally(found, np.ones(selection.chosen, dtype=bool))
                missing = counted.smooth + counted.flat
                missing -= counted.smooth_agreeing + counted.flat_agreeing
                before = tally(matrix, np.ones(selection.chosen, dtype=bool))
                missing -= before.smooth + before.flat
                missing += before.smooth_agreeing + before.flat_agreeing
                detected |= missing > 0
                comparable = np.isin(matrix.kind, (SMOOTH, FLAT))
                scale = selection.sizes[matrix.element] / selection.output_sizes
                change = np.abs(found.derivative - matrix.derivative) * scale
                effect = max(effect, float(np.max(change[comparable], initial=0.0)))
            caught += detected
            # In between lies what is small beside the error bars of nearly singular columns.
            assert detected if effect > 1e-7 else effect > 1e-12 or not detected, (
                f"{name}: result {index} of {count} is stopped, which changes a derivative by "
                f"{effect:.1e}, and is {'caught' if detected else 'not caught'}"
            )
    assert caught >= 5, f"{name}: only {caught} of {len(chosen)} had an effect"


# Kinks and gates


def test_the_distance_to_the_nearest_gate_is_the_declared_one(request_of):
    """Snow covers all of the land at 60 mm and more."""
    columns = ColumnProcess(PROCESSES["daily_forcing"])
    selection = select(columns, request_of(real=300))
    element = columns.elements_named("snow_depth")
    depth, size = selection.x[:, element[0]], selection.sizes[element[0]]
    partial = np.flatnonzero((depth > 5.0) & (depth < 55.0))[:5]
    assert len(partial)
    for row in partial:
        found = nearest_gates(columns, selection.rows(np.array([row])), element, 1)
        expected = min(depth[row], 60.0 - depth[row]) / size
        if expected > found.farthest:
            assert found.beyond == 1
        else:
            assert found.quantiles[0] == pytest.approx(expected, rel=0.1)


def test_a_tie_at_the_end_of_two_ranges_is_a_kink_but_a_lost_derivative_is_not(request_of):
    """Without any vapour the derivative is one of several; without sea ice there is only one."""
    process = PROCESSES["sea_model"]

    def without_slope_at_zero(process):
        return wrong_derivative("interpolated_sea_ice_fraction", scaled(0.0))(process)

    columns = ColumnProcess(process, without_slope_at_zero)
    selection = select(columns, request_of(real=200))
    (matrix,) = element_matrices(
        columns, selection, columns.elements_named("interpolated_sea_ice_fraction"), 0.02
    )
    at_zero = matrix.ladder_values == 0
    assert at_zero.any()
    wrong = np.isin(matrix.kind, (SMOOTH, FLAT)) & ~matrix.agreeing
    assert wrong[at_zero].any()
    np.testing.assert_array_equal(
        with_ties(columns, selection, matrix, 0.02).kind, matrix.kind, err_msg="excused as a kink"
    )
