"""The report folder of `jcm-validate dry`."""

from __future__ import annotations

from pathlib import Path

from validation.dry.compare import DryResult
from validation.dry.dataset import write_dataset
from validation.dry.page import page
from validation.dry.results import record, summary
from validation.folder import whole_folder
from validation.results import write_json

FILES = ("index.html", "results.json", "summary.md", "dry.nc")


def write_report(result: DryResult, output: Path) -> None:
    """Write `FILES` into `output`, all or none."""
    content = record(result)
    with whole_folder(output) as folder:
        write_json(content, folder / "results.json")
        (folder / "summary.md").write_text(summary(result), encoding="utf-8")
        write_dataset(result, folder / "dry.nc")
        (folder / "index.html").write_text(page(result, content), encoding="utf-8")
