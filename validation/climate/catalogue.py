"""What is compared, under which name and in which unit.

References:
    Specification page 40, sections 2 to 4.
"""

from __future__ import annotations

import dataclasses

#: Latent heat of condensation [J g-1] and gravity [m s-2] of the budgets (spec 40 section 4).
LATENT_HEAT = 2501.0
GRAVITY = 9.81
#: g m-2 s-1 of water in mm per day.
MILLIMETRES_PER_DAY = 86.4


@dataclasses.dataclass(frozen=True)
class Quantity:
    """A quantity of the comparison.

    Attributes:
        units: as the reference has them.
        standard_name: of the CF table; empty if there is none.
        sign: of the standard name's quantity relative to ours, 1 or -1.
        short_names: under which archives of models keep it.
    """

    units: str
    standard_name: str = ""
    sign: int = 1
    short_names: tuple[str, ...] = ()


QUANTITIES: dict[str, Quantity] = {
    "eastward_wind": Quantity("m s-1", "eastward_wind", 1, ("ua", "u")),
    "northward_wind": Quantity("m s-1", "northward_wind", 1, ("va", "v")),
    "temperature": Quantity("K", "air_temperature", 1, ("ta", "t")),
    "specific_humidity": Quantity("g kg-1", "specific_humidity", 1, ("hus", "q")),
    "geopotential": Quantity("m2 s-2", "geopotential", 1, ("phi", "z")),
    "relative_humidity": Quantity("1", "relative_humidity", 1, ("hur",)),
    "surface_pressure": Quantity("Pa", "surface_air_pressure", 1, ("ps",)),
    "precipitation": Quantity("mm day-1", "precipitation_flux", 1, ("pr",)),
    "convective_precipitation": Quantity("mm day-1", "convective_precipitation_flux", 1, ("prc",)),
    "large_scale_precipitation": Quantity("mm day-1", "stratiform_precipitation_flux", 1),
    "outgoing_longwave": Quantity("W m-2", "toa_outgoing_longwave_flux", 1, ("rlut",)),
    "toa_net_shortwave": Quantity("W m-2", "toa_net_downward_shortwave_flux"),
    "surface_net_shortwave": Quantity("W m-2", "surface_net_downward_shortwave_flux"),
    "surface_downward_shortwave": Quantity(
        "W m-2", "surface_downwelling_shortwave_flux_in_air", 1, ("rsds",)
    ),
    "surface_net_upward_longwave": Quantity("W m-2", "surface_net_upward_longwave_flux"),
    "surface_downward_longwave": Quantity(
        "W m-2", "surface_downwelling_longwave_flux_in_air", 1, ("rlds",)
    ),
    "sensible_heat_flux": Quantity("W m-2", "surface_upward_sensible_heat_flux", 1, ("hfss",)),
    "evaporation": Quantity("mm day-1", "water_evapotranspiration_flux", 1, ("evspsbl",)),
    # The stress on the surface is what models archive; ours acts on the atmosphere.
    "eastward_stress": Quantity("N m-2", "surface_downward_eastward_stress", -1, ("tauu",)),
    "northward_stress": Quantity("N m-2", "surface_downward_northward_stress", -1, ("tauv",)),
    "cloud_cover": Quantity("1", "cloud_area_fraction", 1, ("clt",)),
    "stratiform_cloud_cover": Quantity("1", "stratiform_cloud_area_fraction"),
    "column_water_vapour": Quantity(
        "kg m-2", "atmosphere_mass_content_of_water_vapor", 1, ("prw",)
    ),
    "near_surface_temperature": Quantity("K", "", 1, ("tas",)),
    "skin_temperature": Quantity("K", "", 1, ("ts",)),
    "surface_temperature": Quantity("K", "surface_temperature"),
    "land_surface_temperature": Quantity("K"),
    "sea_ice_temperature": Quantity("K"),
    "sea_surface_temperature": Quantity("K", "sea_surface_temperature", 1, ("tos",)),
    "sea_ice_fraction": Quantity("1", "sea_ice_area_fraction", 1, ("siconc",)),
    "surface_albedo": Quantity("1", "surface_albedo"),
    "convection_frequency": Quantity("1"),
    "cloud_base_mass_flux": Quantity("kg m-2 s-1"),
    "large_scale_precipitation_frequency": Quantity("1"),
    "wet_frequency": Quantity("1"),
    "surface_pressure_variance": Quantity("hPa2"),
    "precipitation_variance": Quantity("mm2 day-2"),
    "near_surface_temperature_variance": Quantity("K2"),
    "outgoing_longwave_variance": Quantity("W2 m-4"),
    "eastward_wind_variance": Quantity("m2 s-2"),
    "northward_wind_variance": Quantity("m2 s-2"),
    "temperature_variance": Quantity("K2"),
    "specific_humidity_variance": Quantity("g2 kg-2"),
    "eastward_northward_wind_covariance": Quantity("m2 s-2"),
    "northward_wind_temperature_covariance": Quantity("K m s-1"),
    "northward_wind_specific_humidity_covariance": Quantity("g kg-1 m s-1"),
    "temperature_tendency_convection": Quantity("K day-1"),
    "temperature_tendency_condensation": Quantity("K day-1"),
    "temperature_tendency_shortwave": Quantity("K day-1"),
    "temperature_tendency_longwave": Quantity("K day-1"),
    "temperature_tendency_boundary_layer": Quantity("K day-1"),
    "temperature_tendency_physics": Quantity("K day-1"),
    "specific_humidity_tendency_convection": Quantity("g kg-1 day-1"),
    "specific_humidity_tendency_condensation": Quantity("g kg-1 day-1"),
    "specific_humidity_tendency_boundary_layer": Quantity("g kg-1 day-1"),
    "divergence": Quantity("s-1", "divergence_of_wind"),
    "sigma_dot": Quantity("s-1"),
}

#: Quantities on full levels; `sigma_dot` is on half levels, all others are at the surface.
LEVEL_QUANTITIES = frozenset(
    name
    for name in QUANTITIES
    if "_tendency_" in name
    or name
    in (
        *("eastward_wind", "northward_wind", "temperature", "specific_humidity", "geopotential"),
        *("relative_humidity", "divergence", "eastward_wind_variance", "northward_wind_variance"),
        *("temperature_variance", "specific_humidity_variance"),
        "eastward_northward_wind_covariance",
        "northward_wind_temperature_covariance",
        "northward_wind_specific_humidity_covariance",
    )
)
HALF_LEVEL_QUANTITIES = frozenset({"sigma_dot"})

#: What the stored climatology keeps to 8e-6 of its value; second moments are kept to 8e-3, all
#: else to 2.5e-4, or 5e-4 in the reduced form (spec 40 section 3).
_FINELY_STORED = ("temperature", "geopotential", "surface_pressure")


def storage_rounding(name: str) -> float:
    """Relative rounding of a stored climatological field."""
    if name.endswith("variance"):
        return 8e-3
    return 8e-6 if name.endswith(_FINELY_STORED) else 5e-4


def dimensions(name: str) -> tuple[str, ...]:
    """Dimensions of a map of the quantity."""
    if name in LEVEL_QUANTITIES:
        return ("level", "latitude", "longitude")
    if name in HALF_LEVEL_QUANTITIES:
        return ("half_level", "latitude", "longitude")
    return ("latitude", "longitude")
