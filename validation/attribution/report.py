"""The report folder of `jcm-validate attribution`."""

from __future__ import annotations

from pathlib import Path

from validation.attribution.compare import AttributionResult
from validation.attribution.dataset import write_dataset
from validation.attribution.figure import figure_files
from validation.attribution.page import page
from validation.attribution.results import FIGURE, markdown_page, record, summary
from validation.folder import whole_folder
from validation.results import write_json

FILES = (
    *("index.html", "results.json", "summary.md", "attribution.nc"),
    *("attribution.md", FIGURE, "attribution.png"),
)


def write_report(result: AttributionResult, output: Path) -> None:
    """Write `FILES` into `output`, all or none; the runs that lie there are left alone."""
    content = record(result)
    svg, png = figure_files(result)
    with whole_folder(output) as folder:
        write_json(content, folder / "results.json")
        (folder / "summary.md").write_text(summary(result), encoding="utf-8")
        (folder / "attribution.md").write_text(markdown_page(result), encoding="utf-8")
        write_dataset(result, folder / "attribution.nc")
        (folder / FIGURE).write_text(svg, encoding="utf-8")
        (folder / "attribution.png").write_bytes(png)
        (folder / "index.html").write_text(page(result, content, svg), encoding="utf-8")
