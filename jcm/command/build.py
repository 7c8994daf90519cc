"""From settings to a model."""

from __future__ import annotations

import dataclasses
from typing import Any

import jax
import numpy as np

from jcm.boundary import setups
from jcm.boundary.fields import BoundaryFields
from jcm.boundary.orography import Orography
from jcm.command.settings import (
    NumericsSettings,
    Settings,
    SettingsError,
    SurfaceSettings,
    unknown,
)
from jcm.dynamics.diffusion import Diffusion
from jcm.dynamics.dinosaur_numerics import DinosaurNumerics
from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.dynamics.resolution import Resolution
from jcm.formulation import Formulation
from jcm.model.boundary import ModelBoundary
from jcm.model.choices import DEFAULT_OROGRAPHY, DEFAULT_RESOLUTION
from jcm.model.model import Model
from jcm.model.parameters import ModelParameters
from jcm.names import with_leaves
from jcm.physics.carbon_dioxide import with_co2
from jcm.physics.gates import Gates
from jcm.surface.coupling import CouplingFlags
from jcm.vertical_grid import VerticalGrid

PRECISIONS = ("float32", "float64")
SETUPS = ("earth", "flat", "aquaplanet")
SST = ("observed", "climatology", "fixed")
#: Settings of the numerics that are choices within the diffusion.
_WITHIN_DIFFUSION = ("orographic_correction", "zonal_drag")


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
            core=m.core,
            resolution=m.resolution or None,
            vertical_grid=VerticalGrid(m.sigma_boundaries) if m.sigma_boundaries else None,
            numerics=_numerics(settings.numerics),
            physics=m.physics,
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
            gates=Gates(m.gate_width),
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
    try:
        return with_leaves(parameters, values, what="parameter")
    except ValueError as error:
        raise SettingsError(str(error)) from None


def _numerics(settings: NumericsSettings) -> DinosaurNumerics | None:
    """The numerics with what is set, or None if nothing is."""
    given = {name: value for name, value in vars(settings).items() if value is not None}
    if not given:
        return None
    within = {name: given.pop(name) for name in _WITHIN_DIFFUSION if name in given}
    diffusion = DinosaurNumerics().diffusion
    if "diffusion" in given:
        diffusion = Diffusion.named(given["diffusion"])
    given["diffusion"] = dataclasses.replace(diffusion, **within)
    return DinosaurNumerics(**given)


def _boundary(settings: Settings, formulation: Formulation) -> ModelBoundary:
    m, surface = settings.model, settings.surface
    setup = surface.setup or ("earth" if m.physics == "speedy" else "flat")
    if setup not in SETUPS:
        raise SettingsError(unknown(setup, list(SETUPS), "set-up"))
    on_grid: dict[str, Any] = {}
    if m.core == "dinosaur":
        resolution = Resolution.named(m.resolution or DEFAULT_RESOLUTION["dinosaur"])
        on_grid = {
            "grid": GaussianGrid.exact(resolution.longitudes, resolution.latitudes),
            "truncation": resolution.truncation,
        }
    observed = ModelBoundary.observed(
        m.start_date.year,
        m.start_date.month,
        formulation=formulation,
        orography=Orography.named(surface.orography or DEFAULT_OROGRAPHY.get(m.core, "truncated")),
        **on_grid,
    )
    fields = _fields(observed.fields, dataclasses.replace(surface, setup=setup), formulation)
    anomaly = observed.sst_anomaly
    if setup == "aquaplanet" or surface.sst in ("climatology", "fixed"):
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
