"""Declaration of deep convection."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from reference import variables as v
from reference.formulas import LATENT_HEAT, half_level, single
from reference.gates import any_level, gate, value_gates
from reference.process import Columns, GoldenFile, Process, Variable

_CANDIDATES = (2, 3, 4)
_NONE = v.NO_LEVEL


class _Diagnosis(NamedTuple):
    """Level numbers of the highest candidates that pass the two tests, 8 if none does."""

    conditionally_unstable_level: np.ndarray
    actually_unstable_level: np.ndarray
    moist_boundary_layer: np.ndarray


def _diagnosis(c: Columns) -> _Diagnosis:
    q, q_sat = c["specific_humidity"], c["saturation_specific_humidity"]
    h = c["dry_static_energy"] + LATENT_HEAT * q
    h_sat = c["dry_static_energy"] + LATENT_HEAT * q_sat
    h_sat_half = np.stack([half_level(h_sat, k) for k in _CANDIDATES], axis=1)
    h_low = np.minimum(h[:, 7], h[:, 6])[:, np.newaxis]
    h_updraft = np.maximum(h[:, 7], h_sat[:, 7])[:, np.newaxis]
    threshold = single(0.9)
    moist = (q[:, 7] > threshold * q_sat[:, 7]) & (q[:, 6] > threshold * q_sat[:, 6])
    return _Diagnosis(_highest(h_updraft > h_sat_half), _highest(h_low > h_sat_half), moist)


def _highest(passed: np.ndarray) -> np.ndarray:
    return np.where(passed.any(axis=1), np.argmax(passed, axis=1) + _CANDIDATES[0], _NONE)


def _pressure_allows(c: Columns) -> np.ndarray:
    return c["normalized_surface_pressure"] > single(0.8)


def _could_convect(c: Columns) -> np.ndarray:
    d = _diagnosis(c)
    return (d.conditionally_unstable_level < _NONE) & (
        (d.actually_unstable_level < _NONE) | d.moist_boundary_layer
    )


def _convects(c: Columns) -> np.ndarray:
    return c["convection_top_level"] < _NONE


def _instability(c: Columns) -> np.ndarray:
    return _diagnosis(c).actually_unstable_level < _NONE


def _humid_excess(c: Columns) -> np.ndarray:
    return c["specific_humidity"][:, 7] - single(0.9) * c["saturation_specific_humidity"][:, 7]


def _base_humidity_interpolated(c: Columns) -> np.ndarray:
    return half_level(c["specific_humidity"], 6)


def _relative_excess(c: Columns) -> np.ndarray:
    q, q_sat = c["specific_humidity"][:, 7], c["saturation_specific_humidity"][:, 7]
    q_max = np.maximum(single(1.01) * q, q_sat)
    contrast = q_max - np.minimum(_base_humidity_interpolated(c), q)
    return c["convective_excess_humidity"] / np.where(_convects(c), contrast, 1.0)


def _moistened(c: Columns) -> np.ndarray:
    """Entraining layers that the secondary flux moistens, `(column, level)`."""
    dry = single(0.7) * c["saturation_specific_humidity"] > c["specific_humidity"]
    return dry & _entraining(c)


def _entraining(c: Columns) -> np.ndarray:
    level = np.arange(8)
    return (level > c["convection_top_level"][:, np.newaxis]) & (level < 7)


def discrete(c: Columns) -> np.ndarray:
    """Highest unstable levels by both tests; the second one moves the excess humidity alone."""
    d = _diagnosis(c)
    return np.stack([d.conditionally_unstable_level, d.actually_unstable_level], axis=1)


PROCESS = Process(
    name="convection",
    package="physics",
    spec="11-convection.md",
    summary="Deep convection: a bulk mass-flux scheme with one updraft per column.",
    inputs=(
        v.normalized_surface_pressure,
        v.dry_static_energy,
        v.specific_humidity,
        v.saturation_specific_humidity,
    ),
    outputs=(
        v.convection_top_level,
        Variable(
            name="convective_excess_humidity",
            units="g kg-1",
            meaning="excess humidity that drives the mass flux, 0 without convection",
        ),
        v.cloud_base_mass_flux,
        v.convective_precipitation,
        Variable(
            name="convective_dry_static_energy_flux",
            units="W m-2",
            meaning="net flux of dry static energy into the layer, with the latent heat of rain",
            dimensions=("level",),
        ),
        Variable(
            name="convective_humidity_flux",
            units="g m-2 s-1",
            meaning="net flux of vapour into the layer",
            dimensions=("level",),
        ),
    ),
    gates=(
        *value_gates("convection_top_level", (2, 3, 4, 8), "top_level", "convection top at level"),
        gate(
            "via_instability",
            "convection because the boundary layer is unstable",
            lambda c: _convects(c) & _instability(c),
        ),
        gate(
            "via_humidity_only",
            "convection only because the boundary layer is moist",
            lambda c: _convects(c) & ~_instability(c),
        ),
        gate(
            "conditionally_unstable_but_inactive",
            "saturated ascent would rise, but the boundary layer is neither unstable nor moist",
            lambda c: (_diagnosis(c).conditionally_unstable_level < _NONE) & ~_could_convect(c),
        ),
        gate(
            "stable",
            "even saturated ascent does not rise",
            lambda c: _diagnosis(c).conditionally_unstable_level == _NONE,
        ),
        gate(
            "surface_pressure_too_low",
            "convection prevented by the surface pressure alone",
            lambda c: _could_convect(c) & ~_pressure_allows(c),
        ),
        gate(
            "pressure_ramp_below_one",
            "mass flux reduced by a low surface pressure",
            lambda c: _convects(c) & (c["normalized_surface_pressure"] < 0.9),
        ),
        gate(
            "mass_flux_capped",
            "excess humidity beyond five times the contrast at cloud base",
            lambda c: _convects(c) & (_relative_excess(c) > 5),
        ),
        gate(
            "excess_from_instability",
            "instability demands more than the humidity above its threshold",
            lambda c: _convects(c) & (c["convective_excess_humidity"] > _humid_excess(c)),
        ),
        gate(
            "instability_below_top",
            "the actual air is unstable only below the convection top",
            lambda c: (
                _convects(c)
                & _instability(c)
                & (_diagnosis(c).actually_unstable_level > c["convection_top_level"])
            ),
        ),
        gate(
            "base_humidity_of_lowest_level",
            "humidity at cloud base limited to that of the lowest level",
            lambda c: (
                _convects(c) & (_base_humidity_interpolated(c) > c["specific_humidity"][:, 7])
            ),
        ),
        gate(
            "updraft_above_saturation",
            "updraft carries 1.01 times the humidity of the lowest level",
            lambda c: (
                _convects(c)
                & (
                    single(1.01) * c["specific_humidity"][:, 7]
                    > c["saturation_specific_humidity"][:, 7]
                )
            ),
        ),
        gate(
            "secondary_flux",
            "a dry layer is moistened by the secondary flux",
            lambda c: any_level(_moistened(c)),
        ),
        gate(
            "no_secondary_flux",
            "an entraining layer is too moist for the secondary flux",
            lambda c: any_level(_entraining(c) & ~_moistened(c)),
        ),
        gate(
            "no_precipitation",
            "convection without precipitation",
            lambda c: _convects(c) & (c["convective_precipitation"] == 0),
        ),
        gate(
            "zero_humidity",
            "no vapour in the whole column",
            lambda c: (c["specific_humidity"] == 0).all(axis=1),
        ),
    ),
    golden=(GoldenFile(path="physics/convection.nc"),),
    discrete=discrete,
)
