"""The plugin in another project's test file: a right port passes, a wrong one is told where."""

from __future__ import annotations

import pytest

from reference import kernels

pytest_plugins = ("pytester",)
pytestmark = pytest.mark.skipif(not kernels.available(), reason=kernels.unavailable_reason())

PORT = """
import numpy as np
from reference import kernels
from reference.declarations import PROCESSES

def daily_forcing(**inputs):
    return kernels.run(PROCESSES["daily_forcing"], inputs)

def large_scale_condensation(**inputs):
    return kernels.run(PROCESSES["large_scale_condensation"], inputs)

def upside_down(**inputs):
    outputs = large_scale_condensation(**inputs)
    heating = outputs["temperature_tendency_condensation"]
    return outputs | {"temperature_tendency_condensation": heating[:, ::-1]}

def broken(**inputs):
    raise ZeroDivisionError("no snow")
"""


@pytest.fixture
def project(pytester):
    pytester.makepyfile(my_port=PORT)
    pytester.makeini("[pytest]\naddopts = -p no:cacheprovider")
    return pytester


def _run(project, text, *words):
    project.makepyfile(test_it=f"import my_port, pytest\n{text}")
    loaded = ("-p", "validation.pytest_plugin") if not _installed() else ()
    return project.runpytest_subprocess(*loaded, "--speedy-samples=300", *words)


def _installed():
    from importlib.metadata import entry_points

    return any(entry.name == "speedy" for entry in entry_points(group="pytest11"))


def test_three_lines_are_enough(project):
    result = _run(
        project,
        """
def test_snow(port_matches_reference):
    port_matches_reference("daily_forcing", my_port.daily_forcing)
""",
    )
    result.assert_outcomes(passed=1)


def test_the_processes_of_a_port_one_by_one(project, golden):
    text = """
@pytest.mark.speedy_process("daily_forcing", "large_scale_condensation")
def test_port(speedy_process):
    speedy_process.matches(getattr(my_port, speedy_process.name))
    inputs = speedy_process.columns(3)
    assert set(inputs) == {v.name for v in speedy_process.declaration.inputs}
    outputs = {v.name for v in speedy_process.declaration.outputs}
    assert set(speedy_process.expected(inputs)) == outputs
"""
    result = _run(project, text, f"--speedy-golden={golden}", "--strict-markers")
    result.assert_outcomes(passed=2)


def test_every_process_without_a_marker(project):
    from reference.declarations import PROCESSES

    result = _run(project, "def test_port(speedy_process):\n    assert speedy_process.name\n")
    result.assert_outcomes(passed=len(PROCESSES))


def test_a_wrong_port_is_told_with_place_branch_values_and_replay(project):
    result = _run(
        project,
        """
def test_rain(port_matches_reference):
    port_matches_reference("large_scale_condensation", my_port.upside_down)
""",
    )
    result.assert_outcomes(failed=1)
    result.stdout.re_match_lines_random(
        [
            r".*my_port:upside_down differs from the reference in large_scale_condensation:",
            r".*temperature_tendency_condensation, float64, against fortran \(samples:1982\): "
            r"\d+ of 300 columns differ.*tolerance",
            r".*worst at column \d+, level \d; branches: .*condensation_level_\d",
            r".*value .*, expected .*, difference .* ULP",
            r".*see it alone: jcm-validate columns --process large_scale_condensation "
            r"--implementation 'my_port:upside_down' .*--replay samples:1982:\d+",
        ]
    )
    assert "precipitation_top_level, float64" not in result.stdout.str()


def test_what_a_port_raises_is_seen(project):
    result = _run(
        project,
        """
def test_snow(port_matches_reference):
    port_matches_reference("daily_forcing", my_port.broken)
""",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*ZeroDivisionError: no snow*"])


def test_single_precision_programs_and_other_names(project):
    result = _run(
        project,
        """
def test_file(port_matches_reference):
    port_matches_reference("daily_forcing", "my_port:daily_forcing", seed=7)

def test_unknown(port_matches_reference):
    with pytest.raises(ValueError, match="did you mean 'daily_forcing'"):
        port_matches_reference("daily_forcings", my_port.daily_forcing)

def test_nothing_to_compare_with(port_matches_reference):
    with pytest.raises(ValueError, match="nothing to compare daily_forcing with"):
        port_matches_reference("daily_forcing", my_port.daily_forcing, samples=0)
""",
    )
    result.assert_outcomes(passed=3)
