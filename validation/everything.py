"""`jcm-validate all`: every comparison there is, one report.

Columns, gradients, dynamics, climate and the ensemble consistency test leave complete reports of
their own in folders below the output; the page above them holds all five.
"""

from __future__ import annotations

import dataclasses
import enum
import shlex
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from validation.request import DEFAULT_SAMPLES, DEFAULT_SEED, golden_folder


class Profile(enum.StrEnum):
    """How thorough the comparison is."""

    quick = "quick"
    full = "full"


#: Columns drawn per process, and days of the trajectories of both models.
_SAMPLES = {Profile.quick: DEFAULT_SAMPLES, Profile.full: 10 * DEFAULT_SAMPLES}
_DAYS = {Profile.quick: 2, Profile.full: 60}
#: Processes whose derivatives the quick comparison checks: one of each kind, none that takes long
#: to compile. The full one checks all, and the whole model.
_QUICK_GRADIENTS = ("clouds", "large_scale_condensation", "vertical_diffusion", "land_model")
_QUICK_GRADIENT_SAMPLES = 50
#: Days of January that the quick climate comparison runs; the full one runs years.
_JANUARY_DAYS = 31


@dataclasses.dataclass(frozen=True, kw_only=True)
class Part:
    """A part of the report.

    Attributes:
        name: of its folder.
        title: heading.
        command_line: that makes it alone.
        verdict: in words.
        passed: whether all in it is within tolerance.
        section: HTML of its section.
        record: what its `results.json` holds.
        summary: its `summary.md`.
    """

    name: str
    title: str
    command_line: str
    verdict: str
    passed: bool
    section: str
    record: dict[str, Any]
    summary: str


Announce = Callable[[str], None]


def run_everything(
    profile: Profile, golden: Path | None, output: Path, announce: Announce
) -> list[Part]:
    """Make all comparisons, write the reports of the parts and the one above them.

    Args:
        profile: how thorough.
        golden: folder with the golden numbers, or None for tests/golden here or above.
        output: folder of the reports.
        announce: called with what is being done.

    Returns:
        The parts.

    Raises:
        InputError: for golden files or an output folder that cannot be used.
        ReferenceUnavailableError: if the Fortran was not built.
    """
    begin = time.monotonic()
    folder = golden_folder(golden)
    output.mkdir(parents=True, exist_ok=True)
    makers = (_columns, _gradients, _dynamics, _climate, _consistency)
    parts = [part(profile, folder, output, announce) for part in makers]
    words = ["jcm-validate", "all", "--profile", profile.value, "--golden", str(folder)]
    command_line = shlex.join([*words, "--output", str(output)])
    _write(parts, output, command_line, time.monotonic() - begin)
    return parts


def _columns(profile: Profile, golden: Path, output: Path, announce: Announce) -> Part:
    from validation.columns import compare_columns
    from validation.page import columns_section
    from validation.report import write_report
    from validation.request import checked_request
    from validation.results import record, summary, verdict

    request = checked_request(
        processes=None,
        implementations=None,
        precisions=None,
        golden=golden,
        samples=_SAMPLES[profile],
        seed=DEFAULT_SEED,
        report=output / "columns",
    )
    result = compare_columns(request, lambda step: announce(f"columns: {step}"))
    write_report(result, output / "columns")
    return Part(
        name="columns",
        title="Column processes",
        command_line=request.command_line(),
        verdict=verdict(result),
        passed=result.passed,
        section=columns_section(result),
        record=record(result),
        summary=summary(result),
    )


def _gradients(profile: Profile, golden: Path, output: Path, announce: Announce) -> Part:
    from validation.gradients.compare import compare_gradients, verdict
    from validation.gradients.page import gradients_section
    from validation.gradients.report import write_report
    from validation.gradients.request import checked_gradients_request
    from validation.gradients.results import record, summary

    quick = profile is Profile.quick
    request = checked_gradients_request(
        processes=_QUICK_GRADIENTS if quick else None,
        samples=_QUICK_GRADIENT_SAMPLES if quick else None,
        golden=golden,
        output=output / "gradients",
    )
    result = compare_gradients(request, lambda step: announce(f"gradients: {step}"))
    write_report(result, output / "gradients")
    return Part(
        name="gradients",
        title="Gradients",
        command_line=request.command_line(),
        verdict=verdict(result),
        passed=result.passed,
        section=gradients_section(result),
        record=record(result),
        summary=summary(result),
    )


def _dynamics(profile: Profile, golden: Path, output: Path, announce: Announce) -> Part:
    from validation.dynamics.compare import compare_dynamics
    from validation.dynamics.page import dynamics_section
    from validation.dynamics.report import write_report
    from validation.dynamics.request import checked_request
    from validation.dynamics.results import record, summary, verdict

    request = checked_request(golden=golden, days=_DAYS[profile])
    result = compare_dynamics(request, lambda step: announce(f"dynamics: {step}"))
    write_report(result, output / "dynamics")
    return Part(
        name="dynamics",
        title="Dynamics",
        command_line=request.command_line(),
        verdict=verdict(result),
        passed=result.passed,
        section=dynamics_section(result),
        record=record(result),
        summary=summary(result),
    )


def _climate(profile: Profile, golden: Path, output: Path, announce: Announce) -> Part:
    from validation.climate.compare import compare_climate
    from validation.climate.page import climate_section
    from validation.climate.report import write_report
    from validation.climate.request import (
        DEFAULT_SPINUP,
        DEFAULT_YEARS,
        PRECISIONS,
        checked_climate_request,
    )
    from validation.climate.results import record, summary

    quick = profile is Profile.quick
    request = checked_climate_request(
        years=DEFAULT_YEARS,
        spinup=DEFAULT_SPINUP,
        days=_JANUARY_DAYS if quick else None,
        core="speedy",
        precisions=["float64"] if quick else list(PRECISIONS),
        against=None,
        top_level_only=False,
        golden=golden,
        output=output / "climate",
    )

    def progress(name: str, *state: object) -> None:
        announce(f"climate: {name}")

    result = compare_climate(request, lambda step: announce(f"climate: {step}"), progress)
    write_report(result, output / "climate")
    return Part(
        name="climate",
        title="Climate",
        command_line=request.command_line(),
        verdict=result.verdict(),
        passed=result.passed,
        section=climate_section(result),
        record=record(result),
        summary=summary(result),
    )


def _consistency(profile: Profile, golden: Path, output: Path, announce: Announce) -> Part:
    from validation.consistency.changes import ALL
    from validation.consistency.compare import compare_consistency
    from validation.consistency.models import MODELS
    from validation.consistency.page import consistency_section
    from validation.consistency.report import write_report
    from validation.consistency.request import checked_consistency_request
    from validation.consistency.results import TITLE, record, summary, verdict

    # The climate of the quick profile has compiled the model in double precision.
    quick = profile is Profile.quick
    request = checked_consistency_request(
        models=MODELS,
        precisions=["float64"] if quick else None,
        changes=[ALL],
        golden=golden,
        output=output / "consistency",
    )
    result = compare_consistency(request, lambda step: announce(f"consistency: {step}"))
    write_report(result, output / "consistency")
    return Part(
        name="consistency",
        title=TITLE,
        command_line=request.command_line(),
        verdict=verdict(result),
        passed=result.passed,
        section=consistency_section(result),
        record=record(result),
        summary=summary(result),
    )


def _write(parts: list[Part], output: Path, command_line: str, seconds: float) -> None:
    from validation.folder import whole_folder
    from validation.page import everything_page
    from validation.provenance import provenance
    from validation.results import write_json

    passed = all(part.passed for part in parts)
    where = {
        **provenance(),
        "formulation": "original",
        "command_line": command_line,
        "duration": seconds,
    }
    content = {
        "command": "all",
        "passed": passed,
        "parts": {part.name: {"passed": part.passed, "verdict": part.verdict} for part in parts},
        "comparisons": [
            {"part": part.name, **comparison}
            for part in parts
            for comparison in part.record["comparisons"]
        ],
        "provenance": where,
    }
    state = "Passed" if passed else "Fell short"
    heading = ["# SPEEDY in JAX and in Fortran against the original", "", f"**{state}.**", ""]
    text = "\n".join(heading) + "\n" + "\n".join(_lowered(part.summary) for part in parts)
    with whole_folder(output) as folder:
        write_json(content, folder / "results.json")
        (folder / "summary.md").write_text(text, encoding="utf-8")
        page = everything_page(parts, command_line, where)
        (folder / "index.html").write_text(page, encoding="utf-8")


def _lowered(markdown: str) -> str:
    """The text with every heading one order lower."""
    return "\n".join(f"#{line}" if line.startswith("#") else line for line in markdown.splitlines())
