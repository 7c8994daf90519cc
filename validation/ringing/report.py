"""The report folder of `jcm-validate ringing`."""

from __future__ import annotations

from pathlib import Path

from validation.folder import whole_folder
from validation.results import write_json
from validation.ringing.compare import RingingResult
from validation.ringing.dataset import write_dataset
from validation.ringing.page import page
from validation.ringing.results import record, summary

FILES = ("index.html", "results.json", "summary.md", "ringing.nc")


def write_report(result: RingingResult, output: Path) -> None:
    """Write `FILES` into `output`, all or none."""
    content = record(result)
    with whole_folder(output) as folder:
        write_json(content, folder / "results.json")
        (folder / "summary.md").write_text(summary(result), encoding="utf-8")
        write_dataset(result, folder / "ringing.nc")
        (folder / "index.html").write_text(page(result, content), encoding="utf-8")
