"""The report folder of `jcm-validate gradients`."""

from __future__ import annotations

from pathlib import Path

from validation.folder import whole_folder
from validation.gradients.compare import GradientsResult
from validation.gradients.dataset import write_dataset
from validation.gradients.page import page
from validation.gradients.results import record, summary
from validation.results import write_json

FILES = ("index.html", "results.json", "summary.md", "gradients.nc")


def write_report(result: GradientsResult, output: Path) -> None:
    """Write `FILES` into `output`, all or none."""
    content = record(result)
    with whole_folder(output) as folder:
        write_json(content, folder / "results.json")
        (folder / "summary.md").write_text(summary(result), encoding="utf-8")
        write_dataset(result, folder / "gradients.nc")
        (folder / "index.html").write_text(page(result, content), encoding="utf-8")
