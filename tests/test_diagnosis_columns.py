"""Which branch, which process, which column: what a diagnosis says besides the culprit."""

from __future__ import annotations

import dataclasses
import json
import re
import shlex

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from reference import kernels
from reference.checks import check_inputs
from reference.declarations import PROCESSES
from reference.errors import InputError
from reference.formulas import MELTING_TEMPERATURE
from tests.planting import SECONDS, diagnosis_of, misread, rendered, standard, with_settings
from validation.cli import app
from validation.column_set import golden_sets
from validation.diagnosis.diagnosis import diagnose
from validation.diagnosis.shrinking import plain_column
from validation.diagnosis.stages import DRIVER, DRIVER_STAGES, PROCESS_ORDER, first_in_words
from validation.diagnosis.words import first_process, in_short, sentences
from validation.judgement import Standard, judge
from validation.porting.user_port import UserPort
from validation.ports import JaxPort, PortError
from validation.testing import CallablePort, port_matches_reference

pytestmark = pytest.mark.skipif(not kernels.available(), reason=kernels.unavailable_reason())


def over_ice(**inputs):
    """Five per cent too much saturation humidity over ice."""
    outputs = kernels.run(PROCESSES["humidity"], inputs)
    saturation = outputs["saturation_specific_humidity"]
    cold = inputs["temperature"] < MELTING_TEMPERATURE
    return outputs | {"saturation_specific_humidity": np.where(cold, 1.05 * saturation, saturation)}


def test_the_branch_that_separates_is_named():
    found = diagnosis_of("humidity", over_ice)
    assert found.separation.gates == ("ice",)
    assert found.separation.percent_right_outside == 100.0
    assert found.separation.percent_inside > 95.0
    assert any("columns with `ice`" in line for line in sentences(found))
    by_name = {gate.gate: gate for gate in found.gates}
    assert set(by_name) == {gate.name for gate in PROCESSES["humidity"].gates}
    for gate in found.gates:
        assert gate.inside + gate.outside == found.columns
        assert gate.wrong_inside + gate.wrong_outside == found.wrong


def test_a_pair_of_branches_that_separates_is_named():
    def port(**inputs):
        outputs = kernels.run(PROCESSES["orographic_correction"], inputs)
        where = (inputs["land_fraction"] == 1) & (inputs["surface_geopotential"] > 0)
        wrong = outputs["humidity_correction"] + 0.3 * where * (1.0 + inputs["land_fraction"])
        return outputs | {"humidity_correction": wrong}

    found = diagnosis_of("orographic_correction", port).separation
    assert sorted(found.gates) == ["above_zero", "land"]
    assert found.percent_inside == found.percent_right_outside == 100.0


def test_no_branch_is_named_for_a_fault_that_knows_none():
    def port(**inputs):
        outputs = kernels.run(PROCESSES["convection"], inputs)
        digits = (1e6 * inputs["normalized_surface_pressure"]).astype(int) % 2
        return outputs | {"cloud_base_mass_flux": outputs["cloud_base_mass_flux"] + 1e-3 * digits}

    found = diagnosis_of("convection", port)
    assert 0 < found.wrong < found.columns
    assert found.separation is None
    assert any("No branch separates" in line for line in sentences(found))


@pytest.mark.parametrize(
    ("process", "port", "matter"),
    [
        ("humidity", over_ice, set()),
        (
            "physics_driver",
            misread("physics_driver", land_fraction=lambda f: np.where(f == 1, 0.5, f)),
            {"land_fraction"},
        ),
        (
            "convection",
            with_settings("convection", parameters={"parameters.maximum_relative_excess": 0.1}),
            {"specific_humidity"},
        ),
    ],
    ids=["plain column", "one input of many", "a cap"],
)
def test_the_smallest_column_is_small_valid_and_wrong(process, port, matter):
    declaration = PROCESSES[process]
    found = diagnosis_of(process, port).smallest
    plain = plain_column(declaration)
    check_inputs(declaration, found.inputs)
    differing = {n for n, v in found.inputs.items() if not np.array_equal(v, plain[n])}
    assert set(found.matter) == differing
    assert differing <= matter, f"{differing} matter, expected no more than {matter}"
    expected = kernels.run(declaration, found.inputs)
    given = port(**found.inputs)
    scales = {v.name: standard(process).columns.field_maximum(v) for v in declaration.outputs}
    wrong = {
        name
        for name, values in expected.items()
        if np.abs(given[name].astype(float) - values).max(initial=0.0) > 1e-9 * scales[name]
    }
    assert wrong == set(found.wrong) != set()


def test_a_plain_column_is_accepted_everywhere():
    for process in PROCESSES.values():
        assert check_inputs(process, plain_column(process)) == 1


def test_the_first_step_of_the_driver_that_differs_is_named():
    port = with_settings(DRIVER, parameters={"convection.relaxation_time": 1e4})
    names = kernels.parameters(PROCESSES[DRIVER])
    if "convection.relaxation_time" not in names:
        port = with_settings(DRIVER, parameters={_relaxation_time(names): 1e4})
    found = diagnosis_of(DRIVER, port)
    assert found.stages[0].name == "convection"
    assert found.stages[0].wrong == found.stages[0].first == found.wrong
    assert all(stage.first == 0 for stage in found.stages[1:])
    line = sentences(found)[0]
    assert line.startswith("Convection is the first step of the driver that differs")
    assert "the sum of all differ only where an earlier step does, and follow" in line


def _relaxation_time(names):
    return next(name for name in names if "convection" in name and "relaxation" in name)


def test_a_second_fault_of_the_driver_does_not_hide_behind_the_first():
    def port(**inputs):
        outputs = kernels.run(PROCESSES[DRIVER], inputs)
        return outputs | {
            "convective_precipitation": 1.1 * outputs["convective_precipitation"],
            "outgoing_longwave": outputs["outgoing_longwave"] + 1.0,
        }

    first, second = diagnosis_of(DRIVER, port).stages
    assert (first.name, second.name) == ("convection", "longwave_radiation (upward)")
    assert second.first == second.wrong - first.wrong > 0


def test_every_output_of_the_driver_belongs_to_one_step():
    listed = [name for outputs in DRIVER_STAGES.values() for name in outputs]
    assert sorted(listed) == sorted(v.name for v in PROCESSES[DRIVER].outputs)
    assert sorted(PROCESS_ORDER) == sorted(PROCESSES)


def test_the_first_process_of_several_is_named():
    text = first_in_words(["vertical_diffusion", DRIVER, "convection"], list(PROCESSES))
    assert text.startswith("convection is the first process")
    assert "vertical_diffusion differ as well, on right inputs" in text
    assert text.endswith("physics_driver contains them and follows")
    assert first_in_words(["convection"], ["convection"]) == ""
    found = diagnosis_of("humidity", over_ice)
    assert first_process([found], ["humidity"]) == []
    lines = first_process([found], ["clouds", "humidity"])
    assert lines == [
        f"{found.implementation} float64: humidity is the first process in the order of the model "
        "that differs."
    ]


class Fickle:
    """A port that is wrong, and fails when it is asked again."""

    name, precision = "fickle", "float64"

    def __init__(self, again):
        self.calls = 0
        self._again = again

    def run(self, process, inputs):
        self.calls += 1
        right = kernels.run(process, inputs)
        wrong = right | {"snow_cover": -right["snow_cover"]}
        return wrong if self.calls == 1 else self._again(wrong)


def _raises(outputs):
    raise ZeroDivisionError("no snow\nat all")


def _port_error(outputs):
    raise PortError("fickle did not answer within 3 s and was stopped")


@pytest.mark.parametrize(
    ("again", "remark"),
    [
        (_raises, "The port was not asked further: no snow at all."),
        (_port_error, "The port was not asked further: fickle did not answer within 3 s"),
        (lambda outputs: {}, ""),
        (lambda outputs: {n: v[:-1] for n, v in outputs.items()}, ""),
        (lambda outputs: {n: v.astype(str) for n, v in outputs.items()}, ""),
        (lambda outputs: {n: np.full_like(v, np.nan) for n, v in outputs.items()}, ""),
        (lambda outputs: dict.fromkeys(outputs, None), ""),
    ],
    ids=["raises", "hangs", "nothing", "too short", "text", "NaN", "None"],
)
def test_a_port_that_fails_while_it_is_diagnosed_is_diagnosed_without(again, remark):
    port = Fickle(again)
    found = diagnosis_of("daily_forcing", port)
    assert port.calls > 1
    assert found.remark.startswith(remark)
    assert found.culprits[0].sentence == "gives snow_cover with the opposite sign"
    assert found.smallest is not None
    assert in_short(found)


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda v: np.full_like(v, np.nan),
        lambda v: np.where(v > 0.5, np.inf, v),
        lambda v: v.astype(np.float32),
        lambda v: v[:, np.newaxis],
        lambda v: v > 0,
        lambda v: v.astype(complex),
    ],
    ids=["NaN", "infinite", "float32", "shape", "boolean", "complex"],
)
def test_outputs_that_are_no_proper_numbers_are_no_obstacle(spoiled):
    found = diagnosis_of("daily_forcing", rendered("daily_forcing", snow_cover=spoiled))
    if found is not None:
        assert list(found.outputs) == ["snow_cover"]
        json.dumps(found.as_record(), default=float)


def test_a_right_port_and_a_port_without_numbers_have_no_diagnosis():
    def raising(**inputs):
        raise PortError("broken")

    assert diagnosis_of("daily_forcing", rendered("daily_forcing")) is None
    assert diagnosis_of("daily_forcing", raising) is None


def test_the_message_of_the_test_helper_says_why():
    with pytest.raises(AssertionError) as caught:
        port_matches_reference("humidity", over_ice, samples=300)
    text = str(caught.value)
    assert "Wrong in 1" not in text.splitlines()[0]
    assert re.search(r"Wrong in \d+ of 300 columns, in saturation_specific_humidity", text)
    assert "columns with `ice`" in text
    assert "None of the usual misunderstandings explains saturation_specific_humidity." in text
    assert re.search(r"Smallest failing column \(made from samples:1982 column \d+\)", text)


PORT = """
import numpy as np
from reference import kernels
from reference.declarations import PROCESSES
from reference.errors import InputError

def daily_forcing(**inputs):
    outputs = kernels.run(PROCESSES["daily_forcing"], inputs)
    return outputs | {"land_albedo": 100.0 * outputs["land_albedo"]}

def convection(**inputs):
    pressure = 1e-5 * inputs["normalized_surface_pressure"]
    return kernels.run(PROCESSES["convection"], inputs | {"normalized_surface_pressure": pressure})

PORT = {"daily_forcing": daily_forcing, "convection": convection}
"""


@pytest.fixture(scope="module")
def report(golden, tmp_path_factory):
    """Output and folder of a run with a port that is wrong in two processes."""
    folder = tmp_path_factory.mktemp("diagnosis")
    (folder / "two_faults.py").write_text(PORT)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        words = ["columns", "--process", "daily_forcing", "--process", "convection"]
        words += ["--implementation", "two_faults:PORT", "--samples", "600"]
        result = CliRunner().invoke(app, [*words, "--golden", str(golden), "--output", "report"])
        assert result.exit_code == 1, result.output
        yield " ".join(result.output.split()), folder / "report"


SAID = (
    "daily_forcing is the first process in the order of the model that differs; convection",
    "gives land_albedo in % instead of 1",
    "takes normalized_surface_pressure in Pa instead of 1e5 Pa",
    "Smallest failing column",
)


def test_the_terminal_the_summary_and_the_page_tell_the_diagnosis(report):
    output, folder = report
    summary = " ".join((folder / "summary.md").read_text(encoding="utf-8").split())
    page = (folder / "index.html").read_text(encoding="utf-8")
    for sentence in SAID:
        assert sentence in output
        assert sentence in summary
        assert sentence in page
    assert "<h3>Diagnosis: convection, two_faults:PORT float64</h3>" in page


def test_the_results_hold_the_diagnosis(report):
    results = json.loads((report[1] / "results.json").read_text())
    by_process = {entry["process"]: entry for entry in results["diagnosis"]}
    assert list(by_process) == ["daily_forcing", "convection"]
    convection = by_process["convection"]
    assert convection["separation"]["gates"] == ["not top_level_8"]
    assert convection["culprits"][0]["kind"] == "Pa for 1e5 Pa"
    assert convection["culprits"][0]["share"] >= 0.95
    assert convection["unexplained"] == []
    assert set(convection["smallest"]["inputs"]) == {v.name for v in PROCESSES["convection"].inputs}


def test_the_smallest_column_is_in_the_file_and_can_be_replayed(report, monkeypatch):
    _, folder = report
    with xr.open_dataset(folder / "columns.nc", group="convection/smallest_1") as group:
        assert group.sizes["column"] == 1
        assert group.attrs["implementation"] == "two_faults:PORT"
        expected = kernels.run(
            PROCESSES["convection"],
            {v.name: group[v.name].to_numpy() for v in PROCESSES["convection"].inputs},
        )
        for name, values in expected.items():
            np.testing.assert_array_equal(group[name], values)
            assert f"port_{name}" in group
    summary = (folder / "summary.md").read_text(encoding="utf-8")
    line = next(line for line in summary.splitlines() if "#convection/smallest_1:0" in line)
    monkeypatch.chdir(folder.parent)
    replayed = CliRunner().invoke(app, shlex.split(line.strip("- `"))[1:])
    assert replayed.exit_code == 1, replayed.output
    assert "Not within tolerance." in replayed.output


def test_a_group_that_is_not_there_is_told(report, monkeypatch):
    monkeypatch.chdir(report[1].parent)
    words = "columns --process convection --implementation two_faults:PORT --precision float64"
    where = ["--replay", "report/columns.nc#convection/smallest_9:0"]
    result = CliRunner().invoke(app, [*words.split(), *where, "--golden", "."])
    assert result.exit_code == 2, result.output
    assert "has no group 'convection/smallest_9'" in " ".join(result.output.split())


def test_a_diagnosis_can_be_left_out(golden, report, monkeypatch):
    monkeypatch.chdir(report[1].parent)
    words = ["columns", "--process", "daily_forcing", "--implementation", "two_faults:PORT"]
    words += ["--samples", "50", "--no-diagnosis", "--golden", str(golden), "--output", "short"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 1, result.output
    assert "Diagnosis" not in result.output
    assert json.loads((report[1].parent / "short/results.json").read_text())["diagnosis"] == []


def test_a_diagnosis_is_not_changed_by_its_record():
    found = diagnosis_of("humidity", over_ice)
    again = dataclasses.replace(found)
    found.as_record()
    assert again.smallest is found.smallest
    assert all(isinstance(v, np.ndarray) for v in found.smallest.inputs.values())


def test_without_the_fortran_the_port_in_double_precision_says_what_is_right(golden):
    process = PROCESSES["daily_forcing"]
    reference = JaxPort("float64")
    port = CallablePort(process.name, rendered(process.name, sea_albedo=np.negative), "float64")
    one = Standard(golden_sets(process, golden)[0], reference)
    judged = [(one, judge(one, port, lambda *_: ""))]
    found = diagnose(process, port, reference, judged, SECONDS)
    assert [c.sentence for c in found.culprits] == ["gives sea_albedo with the opposite sign"]
    assert found.smallest.wrong == ("sea_albedo",)


SLEEPY = """
import time
from reference import kernels
from reference.declarations import PROCESSES
from reference.errors import InputError

CALLS = []

def daily_forcing(**inputs):
    CALLS.append(1)
    if len(CALLS) > 1:
        time.sleep(1000)
    outputs = kernels.run(PROCESSES["daily_forcing"], inputs)
    return outputs | {"snow_cover": -outputs["snow_cover"]}
"""


def test_a_port_that_hangs_while_it_is_diagnosed_is_stopped(tmp_path, monkeypatch):
    (tmp_path / "sleepy.py").write_text(SLEEPY)
    monkeypatch.chdir(tmp_path)
    process = PROCESSES["daily_forcing"]
    port = UserPort("sleepy:daily_forcing", processes=[process.name])
    one = standard(process.name)
    # As quick as on a machine that has nothing else to do: slow ports are not asked at all.
    judged = [(one, dataclasses.replace(judge(one, port, lambda *_: ""), seconds=0.1))]
    found = diagnose(process, port, one.reference, judged, 10.0)
    assert "did not answer within" in found.remark
    assert found.culprits[0].sentence == "gives snow_cover with the opposite sign"


def test_an_unknown_switch_is_refused():
    process = PROCESSES["daily_forcing"]
    with pytest.raises(InputError, match="no switch 'no_such_quirk'"):
        kernels.run(process, plain_column(process), switches={"no_such_quirk": False})
