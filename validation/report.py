"""The report folder of `jcm-validate columns`."""

from __future__ import annotations

from pathlib import Path

from validation.columns import ColumnsResult
from validation.dataset import write_dataset
from validation.folder import whole_folder
from validation.page import page
from validation.results import record, summary, write_json

FILES = ("index.html", "results.json", "summary.md", "columns.nc")


def write_report(result: ColumnsResult, output: Path) -> None:
    """Write `FILES` into `output`, all or none."""
    content = record(result)
    with whole_folder(output) as folder:
        write_json(content, folder / "results.json")
        (folder / "summary.md").write_text(summary(result), encoding="utf-8")
        write_dataset(result, folder / "columns.nc")
        (folder / "index.html").write_text(page(result, content), encoding="utf-8")
