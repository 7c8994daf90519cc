"""Which process of the column physics is the first to differ."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from validation.diagnosis.failing import Failing

#: The order in which a model calls its processes (spec 15, 16, 22, 23, 24).
PROCESS_ORDER = (
    "calendar",
    "sst_anomaly_window",
    "interpolation",
    "slab_constants",
    "zonal_forcing",
    "daily_forcing",
    "orographic_correction",
    "humidity",
    "convection",
    "large_scale_condensation",
    "clouds",
    "shortwave_radiation",
    "longwave_radiation",
    "surface_fluxes",
    "vertical_diffusion",
    "physics_driver",
    "land_model",
    "sea_model",
)
DRIVER = "physics_driver"
#: Steps of the driver and what each of them adds to its outputs (spec 16 section 4).
DRIVER_STAGES: dict[str, tuple[str, ...]] = {
    "convection": (
        "convection_top_level",
        "cloud_base_mass_flux",
        "convective_precipitation",
        "temperature_tendency_convection",
        "specific_humidity_tendency_convection",
    ),
    "large_scale_condensation": (
        "precipitation_top_level",
        "large_scale_precipitation",
        "temperature_tendency_condensation",
        "specific_humidity_tendency_condensation",
    ),
    "clouds": (
        "dry_static_energy_gradient",
        "cloud_top_level",
        "cloud_cover",
        "stratiform_cloud_cover",
    ),
    "shortwave_radiation": (
        "temperature_tendency_shortwave",
        "surface_downward_shortwave",
        "surface_net_shortwave",
        "toa_net_shortwave",
        "longwave_transmissivity",
        "stratospheric_correction",
    ),
    "longwave_radiation (downward)": ("surface_downward_longwave",),
    "surface_fluxes": (
        "surface_temperature",
        "skin_temperature",
        "near_surface_eastward_wind",
        "near_surface_northward_wind",
        "near_surface_temperature",
        "eastward_wind_stress",
        "northward_wind_stress",
        "sensible_heat_flux",
        "evaporation",
        "surface_upward_longwave",
        "net_surface_heat_flux",
    ),
    "longwave_radiation (upward)": (
        "surface_net_upward_longwave",
        "outgoing_longwave",
        "temperature_tendency_longwave",
    ),
    "vertical_diffusion": (
        "temperature_tendency_vertical_diffusion",
        "specific_humidity_tendency_vertical_diffusion",
    ),
    "the sum of all": (
        "eastward_wind_tendency",
        "northward_wind_tendency",
        "temperature_tendency",
        "specific_humidity_tendency",
    ),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Stage:
    """A step of the driver.

    Attributes:
        name: of the process.
        wrong: number of columns in which it differs.
        first: number of columns in which it differs and no step before it does.
    """

    name: str
    wrong: int
    first: int


def driver_stages(case: Failing) -> list[Stage]:
    """The steps of the driver that differ, in their order; none for another process."""
    if case.process.name != DRIVER:
        return []
    before = np.zeros(case.columns.columns, dtype=bool)
    stages = []
    for name, outputs in DRIVER_STAGES.items():
        wrong = np.logical_or.reduce(
            [np.zeros_like(before), *(case.wrong[o] for o in outputs if o in case.wrong)]
        )
        if wrong.any():
            first = wrong & ~before
            stages.append(Stage(name=name, wrong=int(wrong.sum()), first=int(first.sum())))
        before |= wrong
    return stages


def stages_in_words(stages: Sequence[Stage]) -> list[str]:
    """What the steps of the driver say about where a fault began."""
    if not stages:
        return []
    first, *later = stages
    lines = [f"{first.name} is the first step of the driver that differs ({first.wrong} columns)"]
    following = [stage.name for stage in later if not stage.first]
    own = [stage for stage in later if stage.first]
    if following:
        lines[0] += f"; {', '.join(following)} differ only where an earlier step does, and follow"
    for stage in own:
        lines.append(
            f"{stage.name} also differs in {stage.first} columns where all steps before are right"
        )
    return lines


def first_in_words(failing: Sequence[str], compared: Sequence[str]) -> str:
    """Which of several processes, each compared on right inputs, differs first; empty for one.

    Args:
        failing: names of the processes that differ.
        compared: names of all that were.
    """
    if len(set(compared)) < 2 or not failing:
        return ""
    first, *later = sorted(set(failing), key=PROCESS_ORDER.index)
    text = f"{first} is the first process in the order of the model that differs"
    own = [name for name in later if name != DRIVER]
    if own:
        text += f"; {', '.join(own)} differ as well, on right inputs, hence by faults of their own"
    if DRIVER in later:
        text += f"; {DRIVER} contains them and follows"
    return text
