"""One run in a process of its own: `python -m validation.climate.worker RUN.json`.

After every month its means are put beside those before and the state is saved; a line of JSON on
the standard output tells how far the run is. What exists of a run is never computed again.
"""

from __future__ import annotations

import datetime
import fcntl
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

CHECKPOINT, PROGRESS, LOCK = "checkpoint", "progress.json", ".lock"


def month_file(year: int, month: int) -> str:
    """Name of the file with the means of a month."""
    return f"{year:04d}-{month:02d}.nc"


def main() -> None:
    """Command line."""
    run = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    if run["processor"] is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {run["processor"]})
    from reference.errors import ReferenceUnavailableError
    from validation.climate.models import RunStoppedError

    try:
        # A worker whose parent was killed may not have noticed yet.
        with (Path(run["folder"]) / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _run(run)
    except (RunStoppedError, ReferenceUnavailableError) as error:
        _tell(stopped=str(error))
    except OSError as error:
        _tell(stopped=f"Files of the run cannot be written: {error}.")


def _run(run: dict[str, Any]) -> None:
    from validation.climate.models import iterate_months, make_model
    from validation.climate.months import Month

    folder = Path(run["folder"])
    months = [Month(*month) for month in run["months"]]
    date = datetime.datetime(*run["start_date"])
    model = make_model(
        run["model"],
        run["precision"],
        run["formulation"],
        core=run["core"],
        options=run["options"],
    )
    done = json.loads((folder / PROGRESS).read_text())["months"] if resumable(folder) else 0
    if done:
        model.resume(folder / f"{CHECKPOINT}-{done}", date)
    elif run["restart"]:
        model.start_from(*read_restart(Path(run["restart"])), date)
    else:
        model.start_cold(date)
    _tell(months=done)
    began = time.perf_counter()
    stored_as = np.dtype(run["stored_as"])
    for month, means in iterate_months(model, months, first=done, stored_as=stored_as):
        _replace(folder / month_file(month.year, month.month), means)
        done += 1
        model.save(folder / f"{CHECKPOINT}-{done}")
        # The state counts from the moment that it is named here.
        part = folder / f".{PROGRESS}"
        part.write_text(json.dumps({"months": done}), encoding="utf-8")
        os.replace(part, folder / PROGRESS)
        (folder / f"{CHECKPOINT}-{done - 1}").unlink(missing_ok=True)
        now = time.perf_counter()
        _tell(months=done, steps=month.steps, seconds=now - began)
        began = now


def resumable(folder: Path) -> bool:
    """Whether a run has got somewhere."""
    return (folder / PROGRESS).exists()


def read_restart(path: Path) -> tuple[dict[str, np.ndarray], int]:
    """Fields and step of a file laid out like `restart_state.nc`."""
    with xr.open_dataset(path, decode_times=False) as dataset:
        fields = {str(name): values.values for name, values in dataset.data_vars.items()}
        step = int(dataset.attrs["main_loop_counter"]) - 1
    for name in [n.removesuffix("_real") for n in fields if n.endswith("_real")]:
        fields[name] = fields.pop(f"{name}_real") + 1j * fields.pop(f"{name}_imaginary")
    return fields, step


def _replace(path: Path, means: xr.Dataset) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(f".{path.name}")
    packed = {"zlib": True, "complevel": 1, "shuffle": True, "_FillValue": None}
    means.to_netcdf(part, engine="netcdf4", encoding={name: packed for name in means.data_vars})
    os.replace(part, path)


def _tell(**facts: Any) -> None:
    print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    main()
