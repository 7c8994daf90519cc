"""From settings to a model."""

from __future__ import annotations

import dataclasses
from typing import Any

import jax
import numpy as np

from jcm.boundary import setups
from jcm.boundary.fields import BoundaryFields
from jcm.command.settings import Settings, SettingsError, SurfaceSettings, unknown
from jcm.formulation import Formulation
from jcm.model.boundary import ModelBoundary
from jcm.model.model import Model
from jcm.model.parameters import ModelParameters
from jcm.parameters import ParameterSet
from jcm.physics.carbon_dioxide import with_co2
from jcm.surface.coupling import CouplingFlags

PRECISIONS = ("float32", "float64")
SETUPS = ("earth", "flat", "aquaplanet")
SST = ("observed", "climatology", "fixed")


def model_from(settings: Settings) -> Model:
    """The model that the settings describe; switches double precision on if it is wanted.

    Raises:
        SettingsError: for an unknown name, with the nearest known, or a value out of range.
    """
    m = settings.model
    if m.precision not in PRECISIONS:
        raise SettingsError(unknown(m.precision, list(PRECISIONS), "precision"))
    if m.precision == "float64":
        jax.config.update("jax_enable_x64", True)
    try:
        formulation = Formulation.named(m.formulation)
        parameters = ModelParameters.for_formulation(formulation)
        if m.co2 != 1.0:
            parameters = dataclasses.replace(
                parameters, physics=with_co2(parameters.physics, m.co2)
            )
        return Model(
            resolution=m.resolution,
            core=m.core,
            formulation=formulation,
            parameters=with_values(parameters, settings.parameters),
            boundary=_boundary(settings, formulation),
            start_date=m.start_date,
            coupling=CouplingFlags(
                land_coupling_flag=int(settings.surface.interactive_land),
                ice_coupling_flag=int(settings.surface.interactive_ice),
            ),
            co2_trend=m.co2_trend,
            sppt=m.sppt,
            seed=m.seed,
            dtype=np.dtype(m.precision),
        )
    except SettingsError:
        raise
    except ValueError as error:
        raise SettingsError(str(error)) from None


def with_values(parameters: ModelParameters, values: dict[str, float]) -> ModelParameters:
    """The parameters with other values, by dotted name.

    Raises:
        SettingsError: for an unknown name, with the nearest known.
    """
    known = [
        jax.tree_util.keystr(path, simple=True, separator=".")
        for path, _ in jax.tree_util.tree_leaves_with_path(parameters)
    ]
    for name, value in values.items():
        if name not in known:
            raise SettingsError(unknown(name, known, "parameter"))
        parameters = _replaced(parameters, name.split("."), value)
    return parameters


def _replaced(parameters: Any, path: list[str], value: float) -> Any:
    name, *rest = path
    new = _replaced(getattr(parameters, name), rest, value) if rest else value
    assert isinstance(parameters, ParameterSet)
    return dataclasses.replace(parameters, **{name: new})


def _boundary(settings: Settings, formulation: Formulation) -> ModelBoundary:
    date = settings.model.start_date
    observed = ModelBoundary.observed(date.year, date.month, formulation=formulation)
    surface = settings.surface
    if surface.setup not in SETUPS:
        raise SettingsError(unknown(surface.setup, list(SETUPS), "set-up"))
    fields = _fields(observed.fields, surface, formulation)
    anomaly = observed.sst_anomaly
    if surface.setup == "aquaplanet" or surface.sst in ("climatology", "fixed"):
        anomaly = np.zeros_like(anomaly)
    return ModelBoundary(fields=fields, sst_anomaly=anomaly)


def _fields(
    fields: BoundaryFields, surface: SurfaceSettings, formulation: Formulation
) -> BoundaryFields:
    if surface.setup == "aquaplanet":
        return setups.aquaplanet(fields, surface.sst or "qobs", formulation=formulation)
    if surface.setup == "flat":
        fields = setups.flat_orography(fields)
    sst = surface.sst or "observed"
    if sst not in SST:
        raise SettingsError(unknown(sst, list(SST), "sea-surface temperature"))
    if sst == "climatology":
        return setups.climatological_sst(fields)
    return setups.fixed_sst(fields, surface.sst_month) if sst == "fixed" else fields
