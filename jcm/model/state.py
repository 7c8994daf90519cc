"""What the model carries from one step to the next: all that an exact restart needs.

References:
    Specification page 00, section 5, and page 27, section 3.
"""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Array, Float, Int

from jcm.dynamics.state import SpectralState
from jcm.physics.sppt import SpptState
from jcm.surface.coupling import SurfaceState

RowField = Float[Array, " latitude"]
MapField = Float[Array, "longitude latitude"]
IndexMap = Int[Array, "longitude latitude"]
LevelMap = Float[Array, "longitude level latitude"]
SpectralMap = Float[Array, "*spectral"]


class DailyFields(NamedTuple):
    """What the daily update sets (spec 24, section 4).

    Attributes:
        snow_cover, land_albedo, sea_albedo, surface_albedo: [1], `(longitude, latitude)`.
        insolation: daily mean, downward [W m-2], `(latitude,)`, as the four that follow.
        ozone_absorption_upper, ozone_absorption_lower: at π = 1 [W m-2].
        zenith_factor: [1].
        polar_night_cooling: at π = 1 [W m-2].
        temperature_correction: orographic correction of the diffusion [K], spectral in the layout
            of the core.
        humidity_correction: likewise [g kg-1].
        co2_absorptivity: of the day [1].
    """

    snow_cover: MapField
    land_albedo: MapField
    sea_albedo: MapField
    surface_albedo: MapField
    insolation: RowField
    ozone_absorption_upper: RowField
    ozone_absorption_lower: RowField
    zenith_factor: RowField
    polar_night_cooling: RowField
    temperature_correction: SpectralMap
    humidity_correction: SpectralMap
    co2_absorptivity: Float[Array, ""]


class KeptShortwave(NamedTuple):
    """Results of the last step with short-wave radiation, named as in the physics driver.

    Attributes:
        longwave_transmissivity: [1], `(longitude, level, band, latitude)`.
        stratospheric_correction: [W m-2], [1], `(longitude, stratospheric_term, latitude)`.
        temperature_tendency_shortwave: [K s-1], `(longitude, level, latitude)`.
        toa_net_shortwave, surface_downward_shortwave, surface_net_shortwave: downward [W m-2],
            `(longitude, latitude)`, as all that follow.
        cloud_top_level: `levels` where there is no cloud.
        cloud_cover, stratiform_cloud_cover: [1].
    """

    longwave_transmissivity: Float[Array, "longitude level band latitude"]
    stratospheric_correction: Float[Array, "longitude term latitude"]
    temperature_tendency_shortwave: LevelMap
    toa_net_shortwave: MapField
    surface_downward_shortwave: MapField
    surface_net_shortwave: MapField
    cloud_top_level: IndexMap
    cloud_cover: MapField
    stratiform_cloud_cover: MapField


class ModelState(NamedTuple):
    """The model between two steps; a pytree of arrays.

    Attributes:
        earlier: the atmosphere at the model date (time level 1 of the leapfrog, filtered).
        later: the atmosphere one step of the dynamics ahead (time level 2), or None for cores with
            one time level.
        surface: land, sea and ice at the model date.
        daily: see :class:`DailyFields`.
        shortwave: see :class:`KeptShortwave`.
        dry_air_pressure: weight of the dry air on a unit of area, global mean, at the start,
            without 10⁵ Pa [Pa]; read where the formulation keeps it constant.
        start: year, month, day, hour and minute of the start of the run, `(5,)`.
        step: steps of 40 minutes since the start.
        sppt: patterns of the stochastic perturbation, or None without it.
    """

    earlier: SpectralState
    later: SpectralState | None
    surface: SurfaceState
    daily: DailyFields
    shortwave: KeptShortwave
    dry_air_pressure: Float[Array, ""]
    start: Int[Array, " 5"]
    step: Int[Array, ""]
    sppt: SpptState | None

    @property
    def newest(self) -> SpectralState:
        """The time level that the last step has made."""
        return self.earlier if self.later is None else self.later
