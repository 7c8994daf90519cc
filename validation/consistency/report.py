"""The report folder of `jcm-validate consistency`."""

from __future__ import annotations

from pathlib import Path

from validation.consistency.compare import ConsistencyResult
from validation.consistency.page import page
from validation.consistency.results import record, summary
from validation.folder import whole_folder
from validation.results import write_json

FILES = ("index.html", "results.json", "summary.md")


def write_report(result: ConsistencyResult, output: Path) -> None:
    """Write `FILES` into `output`, all or none."""
    content = record(result)
    with whole_folder(output) as folder:
        write_json(content, folder / "results.json")
        (folder / "summary.md").write_text(summary(result), encoding="utf-8")
        (folder / "index.html").write_text(page(result, content), encoding="utf-8")
