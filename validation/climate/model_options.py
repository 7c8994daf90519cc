"""Choices of a run of the JAX model as pairs of name and value, and the model they make."""

from __future__ import annotations

import dataclasses
import datetime
import difflib
from collections.abc import Mapping

import jax
import jax.numpy as jnp

from jcm.boundary.orography import Orography
from jcm.boundary.setups import flat_orography
from jcm.command.build import with_values
from jcm.command.settings import SettingsError
from jcm.dynamics.diffusion import Diffusion
from jcm.dynamics.dinosaur_numerics import DinosaurNumerics
from jcm.formulation import ORIGINAL
from jcm.model.model import Model
from jcm.model.parameters import ModelParameters
from jcm.physics.gates import Gates
from reference.errors import InputError

Value = str | float | int | bool
Options = tuple[tuple[str, Value], ...]

_MODEL = ("resolution", "physics")
_NUMERICS = (
    "integrator",
    "dynamics_steps",
    "physics_evaluations",
    "vertical_advection",
    "virtual_temperature",
    "dry_air_is_conserved",
    "robert_coefficient",
)
_DIFFUSION = ("orographic_correction", "zonal_drag")
_BOUNDARY = ("orography", "flat")
_GATES = "gate_width"
NAMES = (*_MODEL, _GATES, *_NUMERICS, "diffusion", *_DIFFUSION, *_BOUNDARY)
_PARAMETER = "parameters."


def model_from_options(
    core: str,
    precision: str,
    formulation: Mapping[str, bool],
    options: Mapping[str, Value],
    start_date: datetime.datetime,
) -> Model:
    """The model of a run; switches double precision on if it is wanted.

    Args:
        core: "speedy" or "dinosaur".
        precision: "float64" or "float32".
        formulation: switches that differ from formulation original.
        options: names of :data:`NAMES`, or "parameters." and the dotted name of a parameter.
        start_date: of the run.

    Raises:
        InputError: for an unknown name, with the nearest known, or a value that means nothing.
    """
    check_option_names(options)
    if precision == "float64":
        jax.config.update("jax_enable_x64", True)
    switches = dataclasses.replace(ORIGINAL, **formulation)
    given = dict(options)
    try:
        parameters = with_values(
            ModelParameters.for_formulation(switches),
            {
                name.removeprefix(_PARAMETER): float(value)
                for name, value in given.items()
                if name.startswith(_PARAMETER)
            },
        )
        choices: dict = {name: given[name] for name in _MODEL if name in given}
        if _GATES in given:
            choices["gates"] = Gates(float(given[_GATES]))
        if "orography" in given:
            choices["orography"] = Orography.named(str(given["orography"]))
        if core == "dinosaur":
            choices["numerics"] = _numerics(given)
        model = Model(
            core=core,
            formulation=switches,
            parameters=parameters,
            start_date=start_date,
            dtype=jnp.dtype(precision),
            **choices,
        )
    except (SettingsError, ValueError) as error:
        raise InputError(f"{error}.") from None
    return model.with_boundary(flat_orography) if given.get("flat") else model


def check_option_names(options: Mapping[str, Value]) -> None:
    """Refuse an unknown name.

    Raises:
        InputError: with the nearest known.
    """
    for name in options:
        if name not in NAMES and not name.startswith(_PARAMETER):
            near = difflib.get_close_matches(name, NAMES, n=1, cutoff=0.0)[0]
            raise InputError(f"there is no option {name!r} of a run, the nearest is {near!r}.")


def _numerics(given: Mapping[str, Value]) -> DinosaurNumerics:
    """The numerics of the Dinosaur core: the default with what is given."""
    numerics = DinosaurNumerics(**{name: given[name] for name in _NUMERICS if name in given})
    diffusion = numerics.diffusion
    if "diffusion" in given:
        diffusion = Diffusion.named(str(given["diffusion"]))
    changed = {name: given[name] for name in _DIFFUSION if name in given}
    return dataclasses.replace(numerics, diffusion=dataclasses.replace(diffusion, **changed))
