"""The usual misunderstandings are named where they are planted, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reference import kernels
from reference.declarations import PROCESSES
from tests.planted_ports import PLANTED, to_single
from tests.planting import (
    SECONDS,
    SEED,
    diagnosis_of,
    misread,
    rendered,
    said,
    standard,
)
from validation.column_set import golden_sets
from validation.columns import reference_port
from validation.diagnosis.asking import Asking
from validation.diagnosis.diagnosis import diagnose
from validation.diagnosis.misreadings import misreadings
from validation.judgement import Standard, judge
from validation.porting.specification import specification
from validation.ports import Outputs
from validation.testing import CallablePort

pytestmark = pytest.mark.skipif(not kernels.available(), reason=kernels.unavailable_reason())


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_culprit_is_named(name):
    process, port, kind, sentence = PLANTED[name]
    found = diagnosis_of(process, port)
    assert found is not None, "the fault has no effect"
    matching = [s for s in said(found) if sentence in s]
    assert matching, f"expected {sentence!r}, found {said(found)}"
    named = [c for c in found.culprits if kind == c.kind]
    assert named, f"expected kind {kind!r}, found {[c.kind for c in found.culprits]}"
    assert named[0].share >= 0.95
    assert not found.unexplained


def test_two_faults_at_once_are_both_named():
    misread_humidity = misread("humidity", normalized_surface_pressure=lambda p: 1e-5 * p)

    def port(**inputs):
        outputs = misread_humidity(**inputs)
        return outputs | {"relative_humidity": -outputs["relative_humidity"]}

    found = diagnosis_of("humidity", port)
    assert "takes normalized_surface_pressure in Pa instead of 1e5 Pa" in said(found)
    assert "gives relative_humidity with the opposite sign, on top of that" in said(found)
    assert not found.unexplained


def test_a_fault_in_single_precision():
    port = rendered("humidity", relative_humidity=lambda r: -to_single(r))

    def single(**inputs):
        assert all(v.dtype == np.float32 for v in inputs.values())
        outputs = port(**{name: values.astype(float) for name, values in inputs.items()})
        return {name: values.astype(np.float32) for name, values in outputs.items()}

    found = diagnosis_of("humidity", single, "float32")
    assert said(found) == ["gives relative_humidity with the opposite sign"]


def test_a_fault_of_one_branch_is_described_where_it_is():
    """A sign that is wrong over ice alone says so, and the branch is named as well."""

    def port(**inputs):
        outputs = kernels.run(PROCESSES["humidity"], inputs)
        cold = inputs["surface_temperature"] < 273.16
        wrong = outputs["near_surface_specific_humidity"]
        return outputs | {"near_surface_specific_humidity": np.where(cold, -wrong, wrong)}

    found = diagnosis_of("humidity", port)
    assert [c.everywhere for c in found.culprits] == [False]
    assert "with the opposite sign, in the columns that are wrong" in found.culprits[0].sentence
    assert found.separation.gates == ("surface_over_ice",)


CHEAP = (
    "clouds",
    "convection",
    "daily_forcing",
    "humidity",
    "land_model",
    "large_scale_condensation",
    "orographic_correction",
    "vertical_diffusion",
    "zonal_forcing",
)


class Misreading:
    """A port with one of the misreadings that are tried."""

    name, precision = "planted", "float64"

    def __init__(self, process, misreading):
        self._asking = Asking(process, None, standard(process.name).reference, 1, 1e3)
        self._misreading = misreading
        self.answered = 1.0

    def run(self, process, inputs) -> Outputs:
        one = self._misreading
        outputs, answered = self._asking.reference_outputs(one.inputs(inputs), one.settings)
        self.answered = min(self.answered, float(answered.mean()))
        given = one.outputs(outputs)
        kinds = {v.name: np.int64 if v.integer else np.float64 for v in process.outputs}
        return {name: given[name].astype(kind) for name, kind in kinds.items()}


@given(st.sampled_from(CHEAP), st.integers(0, 10**6))
def test_whatever_is_misread_is_named_if_it_shows(name, which):
    process = PROCESSES[name]
    tried = list(misreadings(process))
    planted = tried[which % len(tried)]
    port = Misreading(process, planted)
    found = diagnosis_of(name, port)
    # It may be invisible, refused by the reference as well, or leave nothing that tells.
    assume(found is not None and found.wrong >= 20 and port.answered == 1.0)
    assume(not any(culprit.kind == "constant" for culprit in found.culprits))
    assert planted.sentence in said(found), f"{name}: {planted.sentence!r}, found {said(found)}"


@given(
    st.sampled_from(CHEAP),
    st.integers(0, 50),
    st.integers(0, 50),
    st.sampled_from(["wave", "bend", "half", "noise"]),
    st.floats(1e-4, 0.3),
)
def test_no_culprit_is_named_for_a_fault_of_its_own(name, which, driver, fault, size):
    process = PROCESSES[name]
    outputs = [v for v in process.outputs if not v.integer]
    output = outputs[which % len(outputs)].name
    by = process.inputs[driver % len(process.inputs)].name

    def port(**inputs):
        right = kernels.run(process, inputs)
        y = right[output]
        x = np.asarray(inputs[by], dtype=float).reshape(len(y), -1).mean(axis=1)
        x = (np.argsort(np.argsort(x)) / len(x)).reshape(-1, *(1,) * (y.ndim - 1))
        generator = np.random.default_rng(SEED)
        changed = {
            "wave": y * (1.0 + size * np.sin(9.0 * x + 1.0)),
            "bend": np.sign(y) * np.abs(y) ** (1.0 + size),
            "half": np.where(x > 0.5, y * (1.0 + size * x), y),
            "noise": y * (1.0 + size * generator.random(y.shape)),
        }
        return right | {output: changed[fault]}

    found = diagnosis_of(name, port)
    if found is not None:
        assert said(found) == [], f"{name}, {output}, {fault} by {by}: {said(found)}"
        assert found.unexplained == (output,)


def _as_port_file(remedies, process):
    """The text of a port file with what a diagnosis recommends."""
    common = [r for r in remedies if not r.startswith("[")]
    tables = [
        part.replace("] ", "]\n", 1)
        for r in remedies
        if r.startswith("[")
        for part in r.replace(", [", "\n[").split("\n")
    ]
    head = ["[port]", 'implementation = "somewhere:port"', f'process = "{process}"', *common]
    return "\n".join([*head, *(table.replace(", ", "\n") for table in tables)])


@pytest.mark.parametrize(
    "name",
    [
        "all levels reversed",
        "one input reversed",
        "levels counted from 1",
        "g for kg, input",
        "g for kg, output",
        "Pa",
        "degC, output",
        "latitudes from north to south",
        "sign of a flux",
        "a day",
    ],
)
def test_what_a_port_file_could_say_puts_it_right(name, tmp_path):
    process, port, _, _ = PLANTED[name]
    remedies = [c.remedy for c in diagnosis_of(process, port).culprits]
    path = tmp_path / "port.toml"
    path.write_text(_as_port_file(remedies, process))
    layout = specification(str(path)).layout
    declaration = PROCESSES[process]

    def put_right(**inputs):
        return layout.outputs_from(
            declaration, port(**layout.inputs_for(declaration, inputs, "float64"))
        )

    found = diagnosis_of(process, put_right)
    assert found is None, f"{path.read_text()}: {said(found)}"


def test_latitudes_in_another_order_on_a_grid(golden):
    process = PROCESSES["slab_constants"]
    reference = reference_port()
    (columns,) = golden_sets(process, golden)
    length = len(np.unique(columns.latitude))

    def port(**inputs):
        right = kernels.run(process, inputs)
        if len(inputs["land_fraction"]) != columns.columns:
            return right
        return {
            name: values.reshape(length, -1)[::-1].reshape(values.shape)
            for name, values in right.items()
        }

    one = Standard(columns, reference)
    callable_port = CallablePort(process.name, port, "float64")
    judged = [(one, judge(one, callable_port, lambda *_: ""))]
    found = diagnose(process, callable_port, reference, judged, SECONDS)
    assert [c.kind for c in found.culprits] == ["latitude order"]
    assert "with north and south exchanged" in found.culprits[0].sentence
    assert not found.unexplained
