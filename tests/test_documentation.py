"""The generated page of processes is up to date, and the README names what exists."""

from __future__ import annotations

from pathlib import Path

from reference.declarations import PROCESSES
from reference.documentation import process_table

ROOT = Path(__file__).parent.parent


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
