"""The summary of an ensemble as a small NetCDF file."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import xarray as xr

from reference.errors import InputError
from validation.consistency.calibration import FalseAlarms
from validation.consistency.ensemble import Ensemble, Settings, sources_hash
from validation.consistency.measures import units_of
from validation.consistency.statistics import Projection

#: The summary that comes with the package.
STORED = Path(__file__).parent / "data" / "ensemble.nc"
#: Of files that this module can read.
_FORMAT = 1
_REBUILD = "jcm-validate consistency --rebuild"


def write_ensemble(ensemble: Ensemble, path: Path) -> None:
    """Write the summary; it replaces an existing one when complete.

    Raises:
        InputError: if it cannot be written.
    """
    p = ensemble.projection
    loadings = np.full((ensemble.components, len(p.labels)), np.nan)
    loadings[:, p.varies] = p.loadings
    dataset = xr.Dataset(
        {
            "label": ("variable", np.array(p.labels, dtype=str)),
            "units": ("variable", np.array([units_of(label) for label in p.labels], dtype=str)),
            "mean": ("variable", p.mean, {"long_name": "mean over the ensemble"}),
            "deviation": ("variable", p.deviation, {"long_name": "standard deviation"}),
            "largest": ("variable", p.largest, {"long_name": "greatest distance from the mean"}),
            "size": ("variable", p.size, {"long_name": "root mean square of the fields"}),
            "loading": (
                ("component", "variable"),
                loadings.astype(np.float32),
                {"long_name": "weight of a standardised variable in a score", "units": "1"},
            ),
            "score_mean": ("component", p.score_mean, {"units": "1"}),
            "score_deviation": ("component", p.score_deviation, {"units": "1"}),
        },
        attrs={
            "title": "Ensemble of one-day runs of the Fortran reference",
            "format": _FORMAT,
            "explained": p.explained,
            "residual_mean": p.residual_mean,
            "residual_deviation": p.residual_deviation,
            "threshold": ensemble.threshold,
            "false_alarms": ensemble.false_alarms.alarms,
            "false_alarm_trios": ensemble.false_alarms.trios,
            "false_alarm_estimate": ensemble.false_alarms.estimate,
            "steps": ensemble.settings.steps,
            "amplitude": ensemble.settings.amplitude,
            "start": ensemble.settings.start,
            "members": ensemble.members,
            "sources": ensemble.sources,
            "compiler": ensemble.compiler,
            "commit": ensemble.commit,
            "seconds": ensemble.seconds,
        },
    )
    part = path.with_name(f".{path.name}.part")
    packed = {"zlib": True, "complevel": 9, "shuffle": True}
    numbers = [name for name in dataset.data_vars if dataset[name].dtype.kind == "f"]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        dataset.to_netcdf(part, engine="netcdf4", encoding=dict.fromkeys(numbers, packed))
        os.replace(part, path)
    except OSError as error:
        raise InputError(f"ensemble {path} cannot be written: {error.strerror or error}.") from None


def read_ensemble(path: Path) -> Ensemble:
    """Read a summary.

    Raises:
        InputError: if it does not exist or is none.
    """
    if not path.exists():
        raise InputError(f"ensemble {path} does not exist: {_REBUILD} makes it.")
    try:
        with xr.open_dataset(path, engine="netcdf4") as dataset:
            found = dataset.load()
        if int(found.attrs["format"]) != _FORMAT:
            raise InputError(
                f"ensemble {path} has format {found.attrs['format']}, expected {_FORMAT}: "
                f"{_REBUILD} makes it again."
            )
        return _ensemble(found)
    except (OSError, KeyError, ValueError) as error:
        raise InputError(f"{path} is not the summary of an ensemble: {error}.") from None


def _ensemble(found: xr.Dataset) -> Ensemble:
    attributes = found.attrs
    loadings = found["loading"].values.astype(np.float64)
    varies = np.isfinite(loadings).all(axis=0)
    return Ensemble(
        projection=Projection(
            labels=tuple(map(str, found["label"].values)),
            mean=found["mean"].values,
            deviation=found["deviation"].values,
            largest=found["largest"].values,
            size=found["size"].values,
            varies=varies,
            loadings=loadings[:, varies],
            score_mean=found["score_mean"].values,
            score_deviation=found["score_deviation"].values,
            residual_mean=float(attributes["residual_mean"]),
            residual_deviation=float(attributes["residual_deviation"]),
            explained=float(attributes["explained"]),
        ),
        threshold=float(attributes["threshold"]),
        false_alarms=FalseAlarms(
            alarms=int(attributes["false_alarms"]),
            trios=int(attributes["false_alarm_trios"]),
            estimate=float(attributes["false_alarm_estimate"]),
        ),
        settings=Settings(
            steps=int(attributes["steps"]),
            amplitude=float(attributes["amplitude"]),
            start=str(attributes["start"]),
        ),
        members=int(attributes["members"]),
        sources=str(attributes["sources"]),
        compiler=str(attributes["compiler"]),
        commit=str(attributes["commit"]),
        seconds=float(attributes["seconds"]),
    )


def check_settings(ensemble: Ensemble, expected: Settings, path: Path) -> None:
    """Refuse an ensemble of other runs than this program makes.

    Raises:
        InputError: naming what differs.
    """
    for name, words in (
        ("steps", "runs of {} steps"),
        ("amplitude", "perturbations of {} K"),
        ("start", "runs that begin with state {}"),
    ):
        found, wanted = getattr(ensemble.settings, name), getattr(expected, name)
        if found != wanted:
            raise InputError(
                f"ensemble {path} is stale: it holds {words.format(found)}, expected "
                f"{words.format(wanted)}; {_REBUILD} makes it again."
            )


def stale_sources(ensemble: Ensemble) -> str:
    """A sentence if the Fortran code has changed since; empty if not, or if nobody can know."""
    now = sources_hash()
    if not now or not ensemble.sources or now == ensemble.sources:
        return ""
    return (
        f"The ensemble is of other Fortran sources ({ensemble.sources}, now {now}): what is told "
        f"is whether the climate is still that of those. If it was meant to change, {_REBUILD} "
        "makes the ensemble again."
    )
