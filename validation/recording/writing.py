"""A recording as a folder of NetCDF files, laid out like the golden numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reference.declarations import PROCESSES
from reference.errors import InputError
from validation.folder import check_writable, whole_folder
from validation.provenance import provenance
from validation.recording.proof import in_words
from validation.recording.record import Recording
from validation.results import write_json

SUMMARY = "recording.json"
_SUBFOLDERS = ("physics", "surface")


def check_unused(target: Path) -> None:
    """Make sure that a folder can be written and holds no golden numbers.

    Raises:
        InputError: otherwise; numbers of two recordings are not mixed.
    """
    check_writable(target)
    for name in (*_SUBFOLDERS, SUMMARY):
        if (target / name).exists():
            raise InputError(
                f"output folder {target} already holds {name}, expected a folder without recorded "
                "or golden numbers."
            )


def write_recording(recording: Recording, target: Path) -> None:
    """Write all files; the folder appears whole or not at all.

    Args:
        recording: what was recorded.
        target: a new folder, or one that :func:`check_unused` accepts.
    """
    common = _attributes(recording)
    with whole_folder(target) as folder:
        for path, dataset in sorted(recording.files.items()):
            file = folder / path
            file.parent.mkdir(exist_ok=True)
            packed = {"zlib": True, "complevel": 4, "shuffle": True, "_FillValue": None}
            names = [p.name for p in PROCESSES.values() if path in [g.path for g in p.golden]]
            attributes = {"process": " ".join(names), **common, **dataset.attrs}
            dataset.assign_attrs(attributes).to_netcdf(
                file, engine="netcdf4", encoding={str(name): packed for name in dataset.variables}
            )
        write_json(_summary(recording), folder / SUMMARY)


def _attributes(recording: Recording) -> dict[str, str]:
    request, facts = recording.request, provenance()
    made_by = "jcm.Model (JAX)" if request.model == "jax" else "reference.model.SpeedyModel"
    return {
        "Conventions": "CF-1.11",
        "title": f"Inputs and outputs of processes in a run of {made_by}",
        "source": f"{made_by}, {request.precision}, commit {facts['git_commit']}",
        "history": request.command_line(),
        "model": request.model,
        "precision": request.precision,
        "formulation": "original",
        "agreement": in_words(recording.agreements),
    }


def _summary(recording: Recording) -> dict[str, Any]:
    request = recording.request
    return {
        "command": "record",
        "model": request.model,
        "precision": request.precision,
        "start": request.start_text,
        "steps": request.steps,
        "columns": request.columns,
        "seed": request.seed,
        "processes": request.processes,
        "files": sorted(recording.files),
        "remarks": recording.remarks,
        "agreement": [
            {
                "process": a.process,
                "variable": a.variable,
                "values": a.values,
                "differing": a.differing,
                "relative": a.relative,
            }
            for a in recording.agreements
        ],
        "provenance": {**provenance(), "command_line": request.command_line()},
    }
