"""The report folder of `jcm-validate climate`."""

from __future__ import annotations

from pathlib import Path

from validation.climate.compare import ClimateResult
from validation.climate.dataset import write_dataset
from validation.climate.page import page
from validation.climate.results import record, summary
from validation.folder import whole_folder
from validation.results import write_json

FILES = ("index.html", "results.json", "summary.md", "climate.nc")


def write_report(result: ClimateResult, output: Path) -> None:
    """Write `FILES` into `output`, all or none; the runs that lie there are left alone."""
    content = record(result)
    with whole_folder(output) as folder:
        write_json(content, folder / "results.json")
        (folder / "summary.md").write_text(summary(result), encoding="utf-8")
        write_dataset(result, folder / "climate.nc")
        (folder / "index.html").write_text(page(result, content), encoding="utf-8")
