"""What a model can be made of, checked before anything is computed."""

from __future__ import annotations

import datetime
import difflib

import jax
import numpy as np
from jaxtyping import DTypeLike

from jcm.dynamics.dinosaur_numerics import DinosaurNumerics
from jcm.dynamics.parameters import DynamicsParameters
from jcm.dynamics.planet import Planet, check_parameters_are_read
from jcm.dynamics.resolution import Resolution
from jcm.formulation import Formulation
from jcm.model.configuration import DinosaurConfiguration
from jcm.model.parameters import ModelParameters
from jcm.surface.calendar import MINUTES_PER_STEP, STEPS_PER_DAY, check_date
from jcm.surface.sst_anomaly_window import check_sst_anomaly_dates
from jcm.vertical_grid import VerticalGrid

CORES = ("speedy", "dinosaur")
#: Resolution of each core unless another is asked for; that of SPEEDY's own is fixed.
DEFAULT_RESOLUTION = {"speedy": "T30", "dinosaur": "T31"}
#: How the observed orography is filtered unless asked otherwise, see docs/dinosaur-core.md.
DEFAULT_OROGRAPHY = {"speedy": "truncated", "dinosaur": "regularized"}


def check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    """Refuse a value that is none of the choices.

    Raises:
        ValueError: with the nearest.
    """
    if value not in choices:
        near = difflib.get_close_matches(value, choices, n=1, cutoff=0.0)[0]
        raise ValueError(
            f"{name} {value!r} is not known, did you mean {near!r}? expected one of {choices}"
        )


def dinosaur_configuration(
    resolution: str,
    vertical_grid: VerticalGrid | None,
    numerics: DinosaurNumerics | None,
    parameters: ModelParameters,
    formulation: Formulation,
) -> DinosaurConfiguration:
    """What the Dinosaur core is made of.

    Raises:
        ValueError: for an unknown resolution, or a parameter that the core would ignore.
    """
    usual = DynamicsParameters.for_formulation(formulation)
    check_parameters_are_read(parameters.dynamics, usual)
    return DinosaurConfiguration(
        resolution=Resolution.named(resolution),
        vertical_grid=vertical_grid or VerticalGrid.speedy(formulation),
        numerics=numerics or DinosaurNumerics(),
        planet=Planet.of(parameters.dynamics, parameters.constants),
    )


def check_speedy_core(
    resolution: str, vertical_grid: VerticalGrid | None, numerics: DinosaurNumerics | None
) -> None:
    """Refuse what SPEEDY's own core does not have.

    Raises:
        ValueError: naming it.
    """
    if resolution != DEFAULT_RESOLUTION["speedy"]:
        Resolution.named(resolution)
        raise ValueError(
            f"core 'speedy' has resolution 'T30', got {resolution!r}: core 'dinosaur' has others"
        )
    for name, value in (("vertical_grid", vertical_grid), ("numerics", numerics)):
        if value is not None:
            raise ValueError(f"core 'speedy' has its own {name}: core 'dinosaur' takes others")


def checked_dtype(dtype: DTypeLike) -> np.dtype:
    """A precision of the model.

    Raises:
        ValueError: for any other, or double precision where JAX does not have it.
    """
    checked = np.dtype(dtype)
    if checked not in (np.float32, np.float64):
        raise ValueError(f"dtype must be float32 or float64, got {checked}")
    if checked == np.float64 and not jax.config.jax_enable_x64:
        raise ValueError(
            "float64 needs double precision switched on in JAX: "
            "jax.config.update('jax_enable_x64', True)"
        )
    return checked


def checked_start(date: datetime.datetime, formulation: Formulation) -> datetime.datetime:
    """The start date.

    Raises:
        ValueError: if it does not exist or lies outside the data.
    """
    check_date(date.year, date.month, date.day, date.hour, date.minute, formulation=formulation)
    check_sst_anomaly_dates(date.year, date.month, date.year, date.month, formulation=formulation)
    return date


def whole_steps(*, days: float | int | None, steps: int | None) -> int:
    """Number of time steps in a duration.

    Raises:
        ValueError: if none or both are given, or the duration is no whole number of steps.
    """
    if (days is None) == (steps is None):
        raise ValueError("give either days or steps")
    if steps is None:
        number = days * STEPS_PER_DAY
        steps = round(number)
        if abs(number - steps) > 1e-6:
            raise ValueError(
                f"a run of {days} days is {number} time steps of {MINUTES_PER_STEP} minutes, "
                "expected a whole number"
            )
    if steps < 0:
        raise ValueError(f"a run has {steps} steps, expected 0 or more")
    return steps
