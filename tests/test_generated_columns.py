"""JAX against Fortran on columns that Hypothesis invents, shrunk to a minimal one on failure."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from hypothesis import given

from reference import kernels
from reference.declarations import PROCESSES
from reference.sampling import sample
from reference.strategies import columns
from validation.branches import differing_choices, gates_of_column
from validation.conditioning import ALLOWED_MULTIPLE, on_a_gate, responses
from validation.ports import FortranPort, JaxPort
from validation.ulp import ulp_distance

pytestmark = pytest.mark.skipif(not kernels.available(), reason=kernels.unavailable_reason())
FORTRAN = FortranPort()


@functools.cache
def _jax() -> JaxPort:
    return JaxPort("float64")


@functools.cache
def _scales(name: str) -> dict[str, float]:
    """Largest magnitude of each output over many columns: what 1e-12 is relative to."""
    outputs = FORTRAN.run(PROCESSES[name], sample(PROCESSES[name], 2000, seed=2))
    return {k: float(np.nanmax(np.abs(v))) for k, v in outputs.items()}


def _report(process, variable, inputs, outputs, found, place) -> str:
    column, *inner = place
    index = ", ".join(f"{d} {i}" for d, i in zip(variable.dimensions, inner, strict=True))
    a, b = outputs[variable.name][place], found[place]
    shown = {k: np.asarray(v)[column].tolist() for k, v in inputs.items()}
    return (
        f"{process.name}.{variable.name} at {index or 'the column'}: JAX {b!r}, Fortran {a!r}, "
        f"relative {abs(b - a) / abs(a) if a else np.inf:.2e}, "
        f"{int(ulp_distance(np.asarray(b, float), np.asarray(a, float)))} ULP, "
        f"gates {gates_of_column(process, {**inputs, **outputs}, column)}, "
        f"replay with kernels.run(PROCESSES[{process.name!r}], {shown})"
    )


@pytest.mark.parametrize("name", sorted(PROCESSES))
def test_jax_agrees_with_fortran_on_invented_columns(name):
    process = PROCESSES[name]

    @given(columns(process, max_columns=2))
    def check(inputs):
        expected = FORTRAN.run(process, inputs)
        found = {k: np.asarray(v) for k, v in _jax().run(process, inputs).items()}
        # Where the Fortran itself chooses otherwise after a last-bit change, either is right.
        gate = on_a_gate(process, FORTRAN, inputs, expected, "float64")
        other = differing_choices(process, {**inputs, **expected}, {**inputs, **found})
        assert gate[other].all(), f"{name} takes another branch for {inputs}"
        response = responses(process, FORTRAN, inputs, expected, "float64")
        for variable in process.outputs:
            a, b = expected[variable.name], found[variable.name]
            assert a.shape == b.shape
            if variable.integer:
                assert (a == b)[~gate].all(), f"{name}.{variable.name}: {b} instead of {a}"
                continue
            undefined = np.isnan(a) & (variable.defined_where is not None)
            scale = max(_scales(name)[variable.name], np.abs(a[~undefined]).max(initial=0.0))
            allowed = 1e-12 * scale + ALLOWED_MULTIPLE * response[variable.name]
            allowed = allowed.reshape(-1, *(1,) * (a.ndim - 1))
            good = (np.abs(b - a) <= allowed) | undefined | gate.reshape(allowed.shape)
            place = tuple(int(i) for i in np.argwhere(~good)[0]) if not good.all() else None
            if place is not None:
                pytest.fail(_report(process, variable, inputs, expected, b, place))

    check()
