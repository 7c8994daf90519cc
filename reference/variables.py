"""Variables that more than one process reads or writes, described once.

A process that accepts less than the equations do in general narrows the range with
`dataclasses.replace`. Variables of a single process are described in its declaration.
"""

from __future__ import annotations

import math

from reference.process import Variable

#: Temperatures for which saturation humidity and emission make sense by a wide margin [K].
LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE = 50.0, 500.0
#: Deepest valley and highest mountain of a truncated orography, generously [m2 s-2].
LOWEST_GEOPOTENTIAL, HIGHEST_GEOPOTENTIAL = -5.0e4, 2.0e5
NO_LEVEL = 8

_LEVEL = ("level",)
_SURFACE_TYPE = ("surface_type",)
_TILES = "over land, over sea, area mean"


def _temperature(name: str, meaning: str, dimensions: tuple[str, ...] = ()) -> Variable:
    return Variable(
        name=name,
        units="K",
        meaning=meaning,
        dimensions=dimensions,
        minimum=LOWEST_TEMPERATURE,
        maximum=HIGHEST_TEMPERATURE,
    )


def _fraction(name: str, meaning: str) -> Variable:
    return Variable(name=name, units="1", meaning=meaning, minimum=0.0, maximum=1.0)


def _not_negative(
    name: str, units: str, meaning: str, dimensions: tuple[str, ...] = (), maximum: float = math.inf
) -> Variable:
    return Variable(
        name=name,
        units=units,
        meaning=meaning,
        dimensions=dimensions,
        minimum=0.0,
        maximum=maximum,
    )


def _free(name: str, units: str, meaning: str, dimensions: tuple[str, ...] = ()) -> Variable:
    return Variable(name=name, units=units, meaning=meaning, dimensions=dimensions)


def _index(name: str, meaning: str, minimum: int, maximum: int = NO_LEVEL) -> Variable:
    return Variable(
        name=name, units="1", meaning=meaning, integer=True, minimum=minimum, maximum=maximum
    )


# State of the atmosphere

normalized_surface_pressure = Variable(
    name="normalized_surface_pressure",
    units="1",
    meaning="surface pressure divided by 1e5 Pa",
    positive=True,
)
temperature = _temperature("temperature", "air temperature", _LEVEL)
specific_humidity = _not_negative("specific_humidity", "g kg-1", "specific humidity", _LEVEL)
saturation_specific_humidity = _free(
    "saturation_specific_humidity", "g kg-1", "specific humidity at saturation", _LEVEL
)
relative_humidity = _free(
    "relative_humidity", "1", "specific humidity divided by that at saturation", _LEVEL
)
geopotential = _free("geopotential", "m2 s-2", "geopotential of the full levels", _LEVEL)
dry_static_energy = _free(
    "dry_static_energy", "J kg-1", "specific heat times temperature plus geopotential", _LEVEL
)
dry_static_energy_gradient = _free(
    "dry_static_energy_gradient",
    "1",
    "increase of dry static energy per geopotential between the two lowest levels",
)
eastward_wind = _free("eastward_wind", "m s-1", "eastward wind", _LEVEL)
northward_wind = _free("northward_wind", "m s-1", "northward wind", _LEVEL)

# Surface

surface_geopotential = Variable(
    name="surface_geopotential",
    units="m2 s-2",
    meaning="geopotential of the spectrally truncated surface",
    minimum=LOWEST_GEOPOTENTIAL,
    maximum=HIGHEST_GEOPOTENTIAL,
)
land_fraction = _fraction("land_fraction", "fraction of land")
land_surface_temperature = _temperature(
    "land_surface_temperature", "land temperature seen by the atmosphere"
)
sea_surface_temperature = _temperature(
    "sea_surface_temperature", "temperature of open water and sea ice together"
)
sea_surface_temperature_second = _temperature(
    "sea_surface_temperature_second", "the same with the temperature of the slab ocean"
)
surface_temperature = _temperature(
    "surface_temperature", "surface temperature, area mean of land and sea"
)
soil_water_availability = _fraction(
    "soil_water_availability", "soil water available to evaporation"
)
sea_ice_fraction = _fraction("sea_ice_fraction", "fraction of the sea covered by ice")
snow_cover = _fraction("snow_cover", "fraction of the land covered by snow")
land_albedo = _fraction("land_albedo", "albedo of land with its snow")
sea_albedo = _fraction("sea_albedo", "albedo of sea with its ice")
surface_albedo = _fraction("surface_albedo", "albedo, area mean")
orographic_drag_factor = _not_negative(
    "orographic_drag_factor", "1", "enhancement of the drag over land by orography"
)
cos_latitude = Variable(
    name="cos_latitude", units="1", meaning="cosine of latitude", positive=True, maximum=1.0
)

# Calendar

coupling_day = Variable(
    name="coupling_day",
    units="1",
    meaning="0 for the call at initialisation, positive for later calls",
    integer=True,
    minimum=0,
    maximum=2**31 - 1,
)
month_fraction = Variable(
    name="month_fraction",
    units="1",
    meaning="elapsed fraction of the month at noon of the day; above 1 on 29 February",
    minimum=0.0,
    maximum=1.1,
)
year_fraction = Variable(
    name="year_fraction",
    units="1",
    meaning="elapsed fraction of the year at noon of the day",
    minimum=0.0,
    maximum=1.0,
)

# Clouds and precipitation

convection_top_level = _index(
    "convection_top_level", "level of the top of deep convection, 0 at the top, 8 if none", 0
)
precipitation_top_level = _index(
    "precipitation_top_level", "highest level with convection or condensation, 8 if none", 1
)
cloud_top_level = _index("cloud_top_level", "level of the cloud top, 8 if there is no cloud", 1)
cloud_cover = _fraction("cloud_cover", "cloud cover")
stratiform_cloud_cover = _not_negative(
    "stratiform_cloud_cover", "1", "cover of stratiform cloud, can exceed 1 over moist land"
)
cloud_humidity = _not_negative("cloud_humidity", "g kg-1", "humidity that clouds absorb with")
convective_precipitation = _not_negative(
    "convective_precipitation", "g m-2 s-1", "convective precipitation"
)
large_scale_precipitation = _not_negative(
    "large_scale_precipitation", "g m-2 s-1", "large-scale precipitation"
)
cloud_base_mass_flux = _not_negative(
    "cloud_base_mass_flux", "kg m-2 s-1", "convective mass flux at cloud base, upward positive"
)
temperature_tendency_condensation = _free(
    "temperature_tendency_condensation", "K s-1", "heating by large-scale condensation", _LEVEL
)
specific_humidity_tendency_condensation = _free(
    "specific_humidity_tendency_condensation",
    "g kg-1 s-1",
    "change of humidity by large-scale condensation, not positive",
    _LEVEL,
)

# Radiation

insolation = _not_negative(
    "insolation", "W m-2", "daily-mean solar flux at the top of the atmosphere, downward"
)
ozone_absorption_upper = _not_negative(
    "ozone_absorption_upper",
    "W m-2",
    "flux absorbed by ozone in level 0 at unit normalized surface pressure",
)
ozone_absorption_lower = _not_negative(
    "ozone_absorption_lower",
    "W m-2",
    "flux absorbed by ozone in level 1 at unit normalized surface pressure",
)
zenith_factor = _not_negative("zenith_factor", "1", "optical path divided by the vertical one")
polar_night_cooling = _not_negative(
    "polar_night_cooling", "W m-2", "cooling of level 0 that replaces absent ozone heating"
)
surface_downward_shortwave = _not_negative(
    "surface_downward_shortwave", "W m-2", "shortwave flux at the surface, downward"
)
surface_net_shortwave = _free(
    "surface_net_shortwave", "W m-2", "shortwave flux absorbed by the surface, downward positive"
)
toa_net_shortwave = _free(
    "toa_net_shortwave", "W m-2", "net shortwave flux at the top, downward positive"
)
longwave_transmissivity = Variable(
    name="longwave_transmissivity",
    units="1",
    meaning="transmissivity of each layer in the bands window, CO2, weak and strong water vapour",
    dimensions=("level", "band"),
    minimum=0.0,
    maximum=1.0,
)
stratospheric_correction = _not_negative(
    "stratospheric_correction",
    "1",
    "polar-night cooling times normalized surface pressure [W m-2]; emissivity per thickness of "
    "the two top layers to space, times normalized surface pressure [1]",
    ("stratospheric_term",),
)
surface_downward_longwave = _not_negative(
    "surface_downward_longwave", "W m-2", "longwave flux absorbed by the surface, downward"
)
surface_net_upward_longwave = _free(
    "surface_net_upward_longwave", "W m-2", "net longwave flux at the surface, upward positive"
)
outgoing_longwave = _free("outgoing_longwave", "W m-2", "longwave flux at the top, upward positive")

# Surface fluxes and vertical diffusion

eastward_wind_stress = _free(
    "eastward_wind_stress", "N m-2", f"eastward force on the atmosphere: {_TILES}", _SURFACE_TYPE
)
northward_wind_stress = _free(
    "northward_wind_stress", "N m-2", f"northward force on the atmosphere: {_TILES}", _SURFACE_TYPE
)
sensible_heat_flux = _free(
    "sensible_heat_flux", "W m-2", f"sensible heat flux, upward positive: {_TILES}", _SURFACE_TYPE
)
evaporation = _free(
    "evaporation", "g m-2 s-1", f"flux of water vapour, upward positive: {_TILES}", _SURFACE_TYPE
)
surface_upward_longwave = _free(
    "surface_upward_longwave",
    "W m-2",
    f"longwave emission of the surface, upward: {_TILES}",
    _SURFACE_TYPE,
)
net_surface_heat_flux = _free(
    "net_surface_heat_flux",
    "W m-2",
    "heat flux into land and into sea; the latter gains what turbulence takes from it",
    ("land_sea",),
)
skin_temperature = _free("skin_temperature", "K", "skin temperature, area mean")
near_surface_eastward_wind = _free(
    "near_surface_eastward_wind", "m s-1", "eastward wind near the surface"
)
near_surface_northward_wind = _free(
    "near_surface_northward_wind", "m s-1", "northward wind near the surface"
)
near_surface_temperature = _free(
    "near_surface_temperature", "K", "air temperature near the surface"
)
temperature_tendency_vertical_diffusion = _free(
    "temperature_tendency_vertical_diffusion",
    "K s-1",
    "heating by shallow convection and relaxation of steep lapse rates",
    _LEVEL,
)
specific_humidity_tendency_vertical_diffusion = _free(
    "specific_humidity_tendency_vertical_diffusion",
    "g kg-1 s-1",
    "change of humidity by shallow convection and moisture diffusion",
    _LEVEL,
)
