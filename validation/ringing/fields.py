"""The fields whose ringing is measured, and how they are found in a file."""

from __future__ import annotations

import dataclasses

from validation.climate.catalogue import (
    HALF_LEVEL_QUANTITIES,
    LATENT_HEAT,
    LEVEL_QUANTITIES,
    MILLIMETRES_PER_DAY,
    QUANTITIES,
    Quantity,
)

#: Pressure at sea level that pressure levels are divided by to be compared with σ [hPa].
SEA_LEVEL_PRESSURE = 1000.0


@dataclasses.dataclass(frozen=True)
class RingingField:
    """A field.

    Attributes:
        variable: name of :data:`QUANTITIES`, or `vertical_velocity`.
        words: as in tables and figures.
        height: σ of the level, the nearest of which is taken; 1 is the lowest full level; None at
            the surface.
    """

    variable: str
    words: str
    height: float | None = None

    @property
    def quantity(self) -> Quantity:
        """Units and names in archives."""
        return _OTHERS.get(self.variable) or QUANTITIES[self.variable]

    @property
    def vertical(self) -> str | None:
        """Our dimension: "level", "half_level" or None."""
        if self.variable in HALF_LEVEL_QUANTITIES:
            return "half_level"
        is_level = self.variable in LEVEL_QUANTITIES or self.variable in _OTHERS
        return "level" if is_level else None


#: Vertical motion as most archives have it.
_OTHERS = {
    "vertical_velocity": Quantity("Pa s-1", "lagrangian_tendency_of_air_pressure", 1, ("wap",))
}

#: By the names that the reference indices have, levels counted on SPEEDY's eight.
FIELDS: dict[str, RingingField] = {
    "precipitation": RingingField("precipitation", "precipitation"),
    "convective_precipitation": RingingField(
        "convective_precipitation", "convective precipitation"
    ),
    "large_scale_precipitation": RingingField(
        "large_scale_precipitation", "large-scale precipitation"
    ),
    "evaporation": RingingField("evaporation", "evaporation"),
    "sensible_heat_flux": RingingField("sensible_heat_flux", "sensible heat flux"),
    "divergence_level4": RingingField("divergence", "divergence, σ 0.51", 0.51),
    "divergence_level6": RingingField("divergence", "divergence, σ 0.84", 0.835),
    "sigma_dot_half_level6": RingingField("sigma_dot", "vertical velocity, σ 0.77", 0.77),
    "vertical_velocity": RingingField("vertical_velocity", "pressure velocity, σ 0.77", 0.77),
    "surface_pressure": RingingField("surface_pressure", "surface pressure"),
    "temperature_level7": RingingField("temperature", "temperature, lowest level", 1.0),
    "specific_humidity_level7": RingingField(
        "specific_humidity", "specific humidity, lowest level", 1.0
    ),
    "eastward_wind_level7": RingingField("eastward_wind", "eastward wind, lowest level", 1.0),
    "northward_wind_level7": RingingField("northward_wind", "northward wind, lowest level", 1.0),
    "temperature_tendency_convection_level4": RingingField(
        "temperature_tendency_convection", "convective heating, σ 0.51", 0.51
    ),
}

#: Further standard names under which a quantity is known: factor to our units by unit of the file.
ALTERNATIVES: dict[str, tuple[tuple[str, str], dict[str, float]]] = {
    "precipitation": (
        ("lwe_precipitation_rate", "tp"),
        {"m s-1": 1e6 * MILLIMETRES_PER_DAY, "mm day-1": 1.0},
    ),
    "convective_precipitation": (
        ("lwe_convective_precipitation_rate", "cp"),
        {"m s-1": 1e6 * MILLIMETRES_PER_DAY, "mm day-1": 1.0},
    ),
    "evaporation": (
        ("surface_upward_latent_heat_flux", "hfls"),
        {"W m-2": MILLIMETRES_PER_DAY / LATENT_HEAT},
    ),
}

#: Fields that a picture of the stripes is drawn of, the first that exists of each group.
PICTURED = (
    ("precipitation",),
    ("sigma_dot_half_level6", "vertical_velocity", "divergence_level6"),
    ("evaporation",),
    ("sensible_heat_flux",),
)
