"""Models that run month by month: what a climate run asks of an implementation."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import xarray as xr
from numpy.typing import DTypeLike

from jcm.dynamics.gaussian_grid import GaussianGrid
from reference import kernels
from reference.errors import InputError, ReferenceUnavailableError
from validation.climate.catalogue import QUANTITIES, dimensions
from validation.climate.months import Month

NAMES = ("fortran", "jax")


class MonthlyModel(Protocol):
    """A model that makes time means; one run at a time."""

    @property
    def horizontal(self) -> GaussianGrid:
        """Where the columns of a started run are."""

    def start_cold(self, date: datetime.datetime) -> None:
        """Start at rest at a date, start-up steps included."""

    def start_from(
        self, fields: Mapping[str, np.ndarray], step: int, date: datetime.datetime
    ) -> None:
        """Start from the fields of `restart_state.nc`, `step` steps after a run began at `date`."""

    def month(self, steps: int) -> Mapping[str, np.ndarray]:
        """Make so many steps and return their means `([level,] latitude, longitude)`.

        Raises:
            RunStoppedError: if the model stops; says why.
        """

    def save(self, path: Path) -> None:
        """Write everything that an exact continuation needs."""

    def resume(self, path: Path, date: datetime.datetime) -> None:
        """Go on from what :meth:`save` wrote; `date` is when the run had started."""


class RunStoppedError(RuntimeError):
    """A model stopped before the end of its run. The text is for the user."""


def make_model(
    name: str,
    precision: str,
    formulation: Mapping[str, bool],
    *,
    core: str = "speedy",
    options: Mapping[str, Any] | None = None,
) -> MonthlyModel:
    """The model called `name` on the command line.

    Args:
        name: "fortran" or "jax".
        precision: "float64" or "float32"; the Fortran computes in float64.
        formulation: switches that differ from formulation original, by name.
        core: dynamical core of the JAX model.
        options: its other choices, see :mod:`validation.climate.model_options`.

    Raises:
        InputError: for an unknown name.
        ReferenceUnavailableError: if it is the Fortran and this was not built.
    """
    if name == "fortran":
        if not kernels.available():
            raise ReferenceUnavailableError(kernels.unavailable_reason())
        from validation.climate.fortran_months import FortranMonths

        return FortranMonths(formulation)
    if name == "jax":
        from validation.climate.jax_months import JaxMonths

        return JaxMonths(precision, formulation, core, options or {})
    raise InputError(f"model {name!r} is not known, expected one of {', '.join(NAMES)}.")


def iterate_months(
    model: MonthlyModel,
    months: list[Month],
    *,
    first: int = 0,
    stored_as: DTypeLike = np.float32,
) -> Iterator[tuple[Month, xr.Dataset]]:
    """Run month after month.

    Args:
        model: started, or resumed after `first` months.
        months: all months of the run.
        first: how many of them are done.
        stored_as: precision of the means that are yielded.

    Yields:
        Each month and its means.
    """
    for month in months[first:]:
        yield month, dataset_of(month, model.month(month.steps), stored_as, model.horizontal)


def dataset_of(
    month: Month,
    means: Mapping[str, np.ndarray],
    stored_as: DTypeLike = np.float32,
    horizontal: GaussianGrid | None = None,
) -> xr.Dataset:
    """Means of a month `(time 1, [level,] latitude, longitude)` with coordinates and units.

    The columns are those of SPEEDY's grid unless `horizontal` says otherwise.
    """
    grid = GaussianGrid.speedy() if horizontal is None else horizontal
    variables: dict[str, Any] = {
        name: (
            ("time", *dimensions(name)),
            np.asarray(means[name], dtype=stored_as)[None],
            {"units": quantity.units, "long_name": name.replace("_", " ")},
        )
        for name, quantity in QUANTITIES.items()
        if name in means
    }
    return xr.Dataset(
        variables,
        coords={
            "year": ("time", [month.year]),
            "month": ("time", [month.month]),
            "steps": ("time", [month.steps], {"long_name": "number of time steps"}),
            "latitude": ("latitude", grid.latitude_degrees, {"units": "degrees_north"}),
            "longitude": ("longitude", grid.longitude_degrees, {"units": "degrees_east"}),
        },
    )
