"""The generated page of processes is up to date, and the README names what exists."""

from __future__ import annotations

import re
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from typer.testing import CliRunner

from reference import kernels
from reference.declarations import PROCESSES
from reference.documentation import process_table
from reference.sampling import sample
from validation.cli import app

ROOT = Path(__file__).parent.parent


@pytest.mark.skipif(not kernels.available(), reason=kernels.unavailable_reason())
def test_the_examples_of_the_readme_run():
    inputs = sample(PROCESSES["convection"], 5, seed=1)
    columns = {name: jnp.asarray(np.moveaxis(values, 0, -1)) for name, values in inputs.items()}
    text = (ROOT / "README.md").read_text()
    examples = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert len(examples) == 4
    gradients = []
    for example in examples:
        # A month is long for a test, and so are ten days with their gradient.
        short = example.replace("days=30", "days=1").replace("36 * 30", "36")
        short = short.replace("start, 360,", "start, 3,")
        exec(short.replace('every="month"', 'every="day"'), names := {**columns, "inputs": inputs})
        if "gradient" in names:
            gradients.append(names["gradient"])
    ((by_temperature, by_albedo),) = gradients
    assert np.all(np.isfinite(by_temperature))
    assert np.any(by_temperature != 0.0)
    # Brighter clouds cool.
    assert by_albedo < 0.0


def test_the_commands_of_the_readme_exist():
    text = (ROOT / "README.md").read_text()
    targets = set(re.findall(r"\bmake (\w+)", text))
    makefile = (ROOT / "Makefile").read_text()
    assert targets >= {"validate", "test"}
    assert all(f"\n{target}:" in makefile for target in targets)
    options = set(re.findall(r"jcm-validate columns.*?(--[a-z]+)", text))
    shown = CliRunner().invoke(app, ["columns", "--help"]).output
    assert options
    assert all(option in shown for option in options)


def test_the_page_of_processes_is_what_the_declarations_say():
    page = (ROOT / "docs/processes.md").read_text()
    assert process_table() in page, "run: python -m reference.documentation > docs/processes.md"


def test_every_process_has_its_modules():
    for process in PROCESSES.values():
        assert (ROOT / "jcm" / process.package / f"{process.name}.py").is_file()
        assert (ROOT / "fortran_speedy" / process.package / f"{process.name}.f90").is_file()


def test_implementations_do_not_import_the_harness():
    for path in (ROOT / "jcm").rglob("*.py"):
        text = path.read_text()
        for forbidden in (
            "import reference",
            "from reference",
            "import validation",
            "from validation",
        ):
            assert forbidden not in text, path
