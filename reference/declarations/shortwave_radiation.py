"""Declaration of shortwave radiation."""

from __future__ import annotations

import numpy as np

from reference import variables as v
from reference.formulas import single
from reference.gates import any_level, gate, value_gates
from reference.process import Columns, GoldenFile, Process, Variable


def _capped_absorption(c: Columns) -> np.ndarray:
    return single(0.015) * c["cloud_humidity"] > single(0.15)


def _thin_cloud_controls(c: Columns) -> np.ndarray:
    """Levels whose weak vapour band is as opaque as thin cloud makes it, `(column, level)`."""
    return (
        single(0.6) * c["cloud_cover"][:, np.newaxis] > single(0.7) * c["specific_humidity"][:, 2:7]
    )


PROCESS = Process(
    name="shortwave_radiation",
    package="physics",
    spec="13-clouds-and-shortwave.md",
    summary="Shortwave fluxes in two bands, and the transmissivities for the longwave.",
    inputs=(
        v.normalized_surface_pressure,
        v.specific_humidity,
        v.cloud_top_level,
        v.cloud_cover,
        v.stratiform_cloud_cover,
        v.cloud_humidity,
        v.insolation,
        v.ozone_absorption_upper,
        v.ozone_absorption_lower,
        v.zenith_factor,
        v.polar_night_cooling,
        v.surface_albedo,
    ),
    outputs=(
        v.surface_downward_shortwave,
        v.surface_net_shortwave,
        v.toa_net_shortwave,
        Variable(
            name="shortwave_absorption",
            units="W m-2",
            meaning="shortwave flux absorbed in the layer",
            dimensions=("level",),
        ),
        Variable(
            name="shortwave_transmissivity_visible",
            units="1",
            meaning="transmissivity of the layer in the visible",
            dimensions=("level",),
        ),
        Variable(
            name="shortwave_transmissivity_near_infrared",
            units="1",
            meaning="transmissivity of the layer in the near infrared, 0 at level 0",
            dimensions=("level",),
        ),
        Variable(
            name="shortwave_cloud_reflection",
            units="W m-2",
            meaning="flux reflected by cloud at the top of the layer, upward; at level 1 the bare "
            "albedo of the cloud",
            dimensions=("level",),
        ),
        Variable(
            name="surface_shortwave_by_band",
            units="W m-2",
            meaning="downward flux at the surface, visible and near infrared",
            dimensions=("shortwave_band",),
        ),
        v.longwave_transmissivity,
        v.stratospheric_correction,
    ),
    gates=(
        *value_gates("cloud_top_level", range(1, 9), "cloud_top", "cloud top at level"),
        gate(
            "cloud_top_1_with_cloud",
            "cloud in level 1 reflects its bare albedo",
            lambda c: (c["cloud_top_level"] == 1) & (c["cloud_cover"] > 0),
        ),
        gate(
            "cloud_top_7_with_cloud",
            "cloud in the lowest level hidden by stratiform cloud",
            lambda c: (c["cloud_top_level"] == 7) & (c["cloud_cover"] > 0),
        ),
        gate("cloudy", "some cloud cover", lambda c: c["cloud_cover"] > 0),
        gate("cloud_free", "no cloud cover", lambda c: c["cloud_cover"] == 0),
        gate("stratiform", "some stratiform cloud", lambda c: c["stratiform_cloud_cover"] > 0),
        gate(
            "cloud_absorption_capped",
            "clouds absorb as much as they can",
            _capped_absorption,
        ),
        gate(
            "cloud_absorption_free",
            "clouds absorb in proportion to their humidity",
            lambda c: ~_capped_absorption(c) & (c["cloud_humidity"] > 0) & (c["cloud_cover"] > 0),
        ),
        gate("zero_insolation", "polar night", lambda c: c["insolation"] == 0),
        gate(
            "polar_night_cooling",
            "level 0 cooled for lack of sun",
            lambda c: c["polar_night_cooling"] > 0,
        ),
        gate(
            "thin_cloud_controls_vapour_band",
            "thin cloud more opaque than vapour",
            lambda c: any_level(_thin_cloud_controls(c)),
        ),
        gate(
            "vapour_controls_vapour_band",
            "vapour more opaque than thin cloud",
            lambda c: any_level(~_thin_cloud_controls(c) & (c["specific_humidity"][:, 2:7] > 0)),
        ),
        gate(
            "zero_humidity",
            "no vapour in the whole column",
            lambda c: (c["specific_humidity"] == 0).all(axis=1),
        ),
    ),
    golden=(GoldenFile(path="physics/shortwave_radiation.nc"),),
)
