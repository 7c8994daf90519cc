"""Every process against the numbers of the original, in both implementations and precisions."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from jcm.physics.vertical_diffusion import VerticalDiffusionParameters, vertical_diffusion
from reference import golden as golden_reader
from reference import kernels
from reference.declarations import PROCESSES
from reference.sampling import sample
from validation.branches import count_gates
from validation.column_set import golden_sets, sampled_set
from validation.judgement import Standard, judge
from validation.ports import FortranPort, JaxPort

NAMES = sorted(PROCESSES)
needs_fortran = pytest.mark.skipif(not kernels.available(), reason=kernels.unavailable_reason())


def _replay(implementation, precision, columns, column):
    return (
        f"jcm-validate columns --process {columns.process.name} --implementation {implementation} "
        f"--precision {precision} --replay {columns.source}:{column}"
    )


def _assert_passes(standard, port):
    failed = [c for c in judge(standard, port, _replay).comparisons if not c.passed]
    assert not failed, "\n".join(
        f"{c.process}.{c.output} ({c.implementation} {c.precision} against {c.reference}, "
        f"{c.source}, {c.subset}): {c.measure.reason or c.measure.max_rel_to_field_max} "
        f"> {c.tolerance:.1e}; {c.worst}"
        for c in failed
    )


@pytest.fixture(scope="session")
def jax64():
    return JaxPort("float64")


@pytest.fixture(scope="session")
def jax32():
    return JaxPort("float32")


@needs_fortran
@pytest.mark.parametrize("name", NAMES)
def test_fortran_reproduces_the_original(name, golden):
    for columns in golden_sets(PROCESSES[name], golden):
        _assert_passes(Standard(columns, FortranPort()), FortranPort())


@pytest.mark.parametrize("name", NAMES)
def test_jax_reproduces_the_original(name, golden, jax64):
    for columns in golden_sets(PROCESSES[name], golden):
        _assert_passes(Standard(columns, jax64), jax64)


@pytest.mark.parametrize("name", NAMES)
def test_jax_in_single_precision_stays_close_to_the_original(name, golden, jax64, jax32):
    for columns in golden_sets(PROCESSES[name], golden):
        _assert_passes(Standard(columns, jax64), jax32)


@needs_fortran
@pytest.mark.parametrize("name", NAMES)
def test_every_gate_is_taken_by_twenty_drawn_columns(name):
    process = PROCESSES[name]
    drawn = sampled_set(process, 10_000, 20261121, FortranPort())
    counts = count_gates(process, [], [{**drawn.inputs, **drawn.expected}], 20)
    assert [c for c in counts if not c.passed] == []


@needs_fortran
@pytest.mark.parametrize("name", NAMES)
def test_jax_agrees_with_fortran_on_drawn_columns(name, jax64):
    drawn = sampled_set(PROCESSES[name], 4000, 5, FortranPort())
    _assert_passes(Standard(drawn, FortranPort()), jax64)


@needs_fortran
@pytest.mark.parametrize("name", NAMES)
def test_corrected_formulation_is_the_same_in_both(name):
    process = PROCESSES[name]
    fortran = FortranPort("corrected")
    drawn = sampled_set(process, 2000, 6, fortran)
    _assert_passes(Standard(drawn, fortran), JaxPort("float64", formulation="corrected"))


def test_a_threshold_off_by_its_last_bit_is_caught(golden):
    """The golden numbers hold columns exactly on the thresholds: no gate excuses a port there."""
    process = PROCESSES["vertical_diffusion"]
    (columns,) = golden_sets(process, golden)
    threshold = VerticalDiffusionParameters().humidity_gradient_threshold

    class Nudged:
        name, precision = "nudged", "float64"

        def run(self, process, inputs):
            parameters = VerticalDiffusionParameters(
                humidity_gradient_threshold=np.nextafter(threshold, 1.0)
            )
            moved = {k: jnp.asarray(np.moveaxis(v, 0, -1)) for k, v in inputs.items()}
            outputs = vertical_diffusion(**moved, parameters=parameters)._asdict()
            return {k: np.moveaxis(np.asarray(v), -1, 0) for k, v in outputs.items()}

    failed = {
        c.output
        for c in judge(Standard(columns, Nudged()), Nudged(), _replay).comparisons
        if not c.passed
    }
    assert "specific_humidity_tendency_vertical_diffusion" in failed


def test_sampling_repeats_itself():
    process = PROCESSES["convection"]
    many = sample(process, 50, seed=3)
    one = sample(process, 1, seed=3, first=17)
    for name, values in one.items():
        np.testing.assert_array_equal(values[0], many[name][17])


@pytest.mark.parametrize("name", NAMES)
def test_golden_files_are_read_whole(name, golden):
    process = PROCESSES[name]
    sets = golden_reader.read(process, golden)
    assert len(sets) == len(process.golden)
    for columns in sets:
        assert columns.columns > 100
        for variable in process.inputs:
            assert columns.inputs[variable.name].shape == (columns.columns, *variable.shape)
