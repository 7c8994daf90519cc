"""What the documentation site says is true: tables, examples, commands, links."""

from __future__ import annotations

import dataclasses
import re
import shlex
import sys
import types
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import typer

from jcm.command.main import app as jcm_app
from jcm.constants import PhysicalConstants
from jcm.formulation import Formulation
from jcm.model.parameters import ModelParameters
from jcm.parameters import ParameterSet
from jcm.surface.slab_constants import ElNinoParameters, SlabConstantsParameters
from reference import kernels
from reference.declarations import PROCESSES
from reference.documentation import gate_table, input_table, output_table
from validation.cli import app as validate_app
from validation.testing import port_matches_reference

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS / "_extension"))

from site_pages.docstrings import as_restructured_text, choices_as_list  # noqa: E402
from site_pages.figures import FIGURES, draw  # noqa: E402
from site_pages.tables import (  # noqa: E402
    PAGES,
    borrowed_sets,
    constants_section,
    constants_table,
    parameter_sets,
    switch_table,
)
from site_pages.thresholds import THRESHOLDS, threshold_table, value_of  # noqa: E402

DOCUMENTS = sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)
NAMES = [str(path.relative_to(DOCS)) for path in DOCUMENTS]
APPS = {"jcm": jcm_app, "jcm-validate": validate_app}
SHELL = ("", "sh", "console", "bash")
SLOW = "run by `make nightly` only"

needs_fortran = pytest.mark.skipif(not kernels.available(), reason=kernels.unavailable_reason())


# Pages and tables


@pytest.mark.parametrize("page", PAGES)
def test_every_process_has_a_page_with_figure_and_constants(page):
    text = (DOCS / "processes" / f"{page}.md").read_text()
    wanted = ["process-figure", "process-constants"] + ["process-interface"] * (page in PROCESSES)
    for directive in wanted:
        assert f"```{{{directive}}} {page}\n" in text, directive
    assert "$$" in text or page in ("sst_anomaly_window",), "no equation"
    assert f"\nprocesses/{page}\n" in (DOCS / "index.md").read_text(), (
        "not in the table of contents"
    )


@pytest.mark.parametrize("name", PROCESSES)
def test_the_tables_of_a_process_have_all_that_is_declared(name):
    process = PROCESSES[name]
    inputs, outputs = input_table(process), output_table(process)
    for variable in process.inputs:
        assert f"| `{variable.name}` |" in inputs
    for variable in process.outputs:
        assert f"| `{variable.name}` |" in outputs
    for gate in process.gates:
        assert f"| `{gate.name}` | {gate.meaning} |" in gate_table(process)


@pytest.mark.parametrize("page", PAGES)
def test_the_constants_of_a_page_have_every_field_with_its_value(page):
    for parameters in parameter_sets(page):
        if any("decimal" not in field.metadata for field in dataclasses.fields(parameters)):
            continue  # holds the sets of other pages
        assert constants_table(parameters) in constants_section(page)
        rows = [line.split(" | ") for line in constants_table(parameters).splitlines()[2:]]
        fields = dataclasses.fields(parameters)
        assert len(rows) == len(fields)
        for row, field in zip(rows, fields, strict=True):
            assert row[0] == f"| `{field.name}`"
            assert float(row[1]) == pytest.approx(field.metadata["decimal"], rel=1e-9)
            assert float(row[2] or row[1]) == field.default, "the number in effect"
            assert row[3] == field.metadata["unit"]


def test_every_number_of_the_model_is_on_a_page():
    shown = {cls for page in PAGES for cls in parameter_sets(page)}
    wanted = {PhysicalConstants, SlabConstantsParameters, ElNinoParameters}
    waiting = [ModelParameters]
    while waiting:
        cls = waiting.pop()
        nested = [f.default for f in dataclasses.fields(cls) if isinstance(f.default, ParameterSet)]
        waiting += [type(one) for one in nested]
        if not nested:
            wanted.add(cls)
    # Another physics and another core: no process of SPEEDY.
    elsewhere = {"HeldSuarezParameters"}
    assert {cls.__name__ for cls in wanted - shown} <= elsewhere


def test_a_page_links_to_the_constants_it_borrows():
    assert set(borrowed_sets("surface_fluxes").values()) == {"constants", "humidity"}
    assert "[humidity](humidity.md)" in constants_section("surface_fluxes")


def test_every_switch_of_the_formulation_is_explained_on_a_page():
    pages = [path.read_text() for path in (DOCS / "processes").glob("*.md")]
    named = {
        name
        for text in pages
        for names in re.findall(r"```{formulation-switches} (.*)", text)
        for name in names.split()
    }
    assert named == {field.name for field in dataclasses.fields(Formulation)}
    assert "stratosphere" in switch_table(["extra_diffusion_acts_on_all_levels"])
    with pytest.raises(KeyError):
        switch_table(["no_such_switch"])


@pytest.mark.parametrize("report", THRESHOLDS)
def test_the_thresholds_are_those_of_the_code(report):
    table = threshold_table(report)
    assert f"{{thresholds}} {report}\n" in (DOCS / "reports.md").read_text()
    for threshold in THRESHOLDS[report]:
        value = value_of(threshold)
        first = next(iter(value.values())) if isinstance(value, dict) else np.ravel(value)[0]
        row = next(line for line in table.splitlines() if threshold.what in line)
        assert f"{first:g}" in row


@needs_fortran
@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_a_figure_that_can_be_drawn(page):
    assert page in FIGURES
    picture = ElementTree.fromstring(draw(page))
    lines = picture.findall(".//{http://www.w3.org/2000/svg}path")
    assert len(lines) > 10, "an empty figure"


# Examples


def _blocks(path):
    """Language, text, and the line above of every fenced block, in order."""
    text = path.read_text()
    for found in re.finditer(r"^```([^\n]*)\n(.*?)^```$", text, flags=re.DOTALL | re.M):
        yield found.group(1), found.group(2), text[: found.start()].rstrip().rsplit("\n", 1)[-1]


def _examples(path):
    """Blocks of Python with the line above each."""
    return [(above, text) for language, text, above in _blocks(path) if language == "python"]


WITH_EXAMPLES = [name for name, path in zip(NAMES, DOCUMENTS, strict=True) if _examples(path)]


@needs_fortran
@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_examples_of_a_page_run(name, request):
    nightly = request.config.getoption("--hypothesis-profile") == "nightly"
    namespace = {"__name__": "example", "pytest": pytest, "my_port": _port_of_the_fortran()}
    for above, example in _examples(DOCS / name):
        if SLOW in above and not nightly:
            compile(example, name, "exec")
            continue
        # A month is long for a test.
        short = example.replace("36 * 30", "36").replace("days=10", "days=1")
        exec(compile(short, name, "exec"), namespace)
    if "test_condensation" in namespace:
        namespace["test_condensation"](port_matches_reference)


def _port_of_the_fortran():
    """A port that is right: what the pages call `my_port`."""

    def ported(name):
        return lambda **inputs: kernels.run(PROCESSES[name], inputs)

    port = types.SimpleNamespace(**{name: ported(name) for name in PROCESSES})
    port.condense = port.large_scale_condensation
    return port


# Commands


def _command_lines(path):
    """Lines of blocks of a shell, or of no language, without comments, joined where continued."""
    blocks = [text for language, text, _ in _blocks(path) if language in SHELL]
    for line in "\n".join(blocks).replace("\\\n", " ").splitlines():
        words = shlex.split(line.removeprefix("$ "), comments=True)
        if words and words[0] in (*APPS, "make", "python"):
            yield words


def _check_command(words):
    """Raise unless the command exists, with these options and values of them."""
    group = typer.main.get_command(APPS[words[0]])
    assert words[1] in group.commands, f"no command {words[1]}"
    # Parses and converts; nothing runs.
    arguments = [word for word in words[2:] if word != "--help"]
    values = group.commands[words[1]].make_context(words[1], arguments).params
    for process in np.ravel(values.get("process") or []):
        assert process in PROCESSES, f"no process {process}"


@pytest.mark.parametrize("path", [ROOT / "README.md", *DOCUMENTS], ids=["README.md", *NAMES])
def test_the_commands_of_a_page_exist(path):
    for words in _command_lines(path):
        if words[0] == "make":
            folder, wanted = (words[2], words[3:]) if words[1:2] == ["-C"] else ("", words[1:])
            makefile = (ROOT / folder / "Makefile").read_text()
            targets = re.findall(r"^([\w-]+)\s*:", makefile, re.M)
            assert {word for word in wanted if "=" not in word} <= set(targets), words
        elif words[0] == "python":
            assert words[1] == "-m" or (ROOT / words[1]).is_file(), words
        else:
            _check_command(words)


@pytest.mark.parametrize(
    "line",
    [
        "jcm-validate colums",
        "jcm-validate columns --proces convection",
        "jcm-validate columns --process convektion",
        "jcm-validate columns --samples many",
        "jcm-validate columns --process",
        "jcm-validate columns convection",
        "jcm run --daily 3",
    ],
)
def test_a_command_that_does_not_exist_is_noticed(line):
    with pytest.raises(Exception, match=r"no |No |valid|argument|such"):
        _check_command(shlex.split(line))


# Links


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_links_lead_somewhere(path):
    text = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        linked = (path.parent / file).resolve() if file else path
        assert linked.is_file(), f"{target} does not exist"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", linked.read_text(), re.M)
            anchors = [re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings]
            assert anchor in anchors, f"{target} has no such heading"


# Docstrings


def test_an_equation_of_a_docstring_becomes_literal():
    lines = [
        "Rain of a layer.",
        "",
        "    C = |q| * 2",
        "",
        "Of x* and y_.",
        "",
        "Args:",
        "    a: b*",
    ]
    text = as_restructured_text(lines)
    assert text[2:5] == [".. code-block:: text", "", "    C = |q| * 2"]
    assert r"Of x\* and y\_." in text
    assert r"    a: b\*" in text, "arguments are no equation"


def test_quoted_text_of_a_docstring_stays_as_it_is():
    line = "Gives :class:`Clouds`, `(*column)` and ``a*b``, times *2."
    assert as_restructured_text([line]) == [line.replace("times *", r"times \*")]


def test_choices_of_a_docstring_become_a_list():
    lines = ["By name:", '"a": one', "    that goes on,", '"b": two.', "After."]
    assert choices_as_list(lines) == [
        "By name:", "", '* "a": one', "  that goes on,", '* "b": two.', "", "After.",
    ]  # fmt: skip
