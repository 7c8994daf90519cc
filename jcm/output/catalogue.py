"""The variables that a run can put out: name, place, units, CF metadata, sampling.

Names, units and signs are those of the reference climate (specification page 40), so that the
output of either model, the harness and the stored climatology can be compared without a table of
synonyms. Standard names are those of the CF table; a variable that the table does not describe
exactly has none.

References:
    Specification page 40, section 2.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterator
from typing import Literal

Kind = Literal["surface", "level", "half_level"]

#: Time steps from one sample of a mean to the next (spec 40 section 2).
SAMPLES_EVERY = {"surface": 1, "level": 6, "half_level": 6}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Variable:
    """One variable of the output.

    Attributes:
        name: name in files and in requests.
        kind: a map ("surface"), at the centres of the layers ("level") or at their boundaries
            ("half_level", one more than levels).
        units: in the notation of UDUNITS.
        long_name: one phrase; for fluxes it says which direction is positive.
        standard_name: of the CF table, None if it has no entry for exactly this.
        area: CF cell method for the part of the cell that the value stands for, "" if all of it.
        moment_of: the two variables of which this is the mean product of deviations from their
            means over the output period; empty for anything but second moments.
    """

    name: str
    kind: Kind
    units: str
    long_name: str
    standard_name: str | None = None
    area: str = ""
    moment_of: tuple[()] | tuple[str, str] = ()

    @property
    def units_metadata(self) -> str:
        """CF attribute that tells temperatures from temperature differences, else ""."""
        if self.units == "K":
            return "temperature: on_scale"
        return "temperature: difference" if self.units.startswith("K") else ""

    @property
    def needs_speedy_physics(self) -> bool:
        """Whether only a run with SPEEDY's column physics has it."""
        return not _OF_ANY_PHYSICS.issuperset(self.moment_of or (self.name,))

    @property
    def samples_every(self) -> int:
        """Time steps between two samples of a mean."""
        return SAMPLES_EVERY[self.kind]

    def cell_methods(self, statistic: str, minutes_per_step: int) -> str:
        """CF cell methods of the variable as a "mean" over periods or as a "snapshot"."""
        interval = f"interval: {self.samples_every * minutes_per_step} minutes"
        if statistic == "snapshot":
            time = "time: point"
        elif not self.moment_of:
            time = f"time: mean ({interval})"
        elif self.moment_of[0] == self.moment_of[1]:
            time = f"time: variance ({interval})"
        else:
            time = f"time: mean ({interval} comment: of the product of deviations)"
        return f"{self.area} {time}".strip()


#: What a dry atmosphere without a surface has, too.
_OF_ANY_PHYSICS = frozenset(
    {
        "surface_pressure",
        "column_water_vapour",
        "eastward_wind",
        "northward_wind",
        "temperature",
        "specific_humidity",
        "geopotential",
        "relative_humidity",
        "vorticity",
        "divergence",
        "sigma_dot",
    }
)

#: CF cell method of what is defined on a part of the cell only.
_AREA = {
    "land_surface_temperature": "area: mean where land",
    "snow_depth": "area: mean where land",
    "soil_water_availability": "area: mean where land",
    "sea_surface_temperature": "area: mean where sea",
    "sea_ice_fraction": "area: mean where sea",
    "sea_ice_temperature": "area: mean where sea_ice",
}


def _surface() -> Iterator[Variable]:
    for name, units, long_name, standard_name in (
        ("surface_pressure", "Pa", "surface pressure", "surface_air_pressure"),
        (
            "precipitation",
            "mm day-1",
            "convective plus large-scale precipitation, downward positive",
            "lwe_precipitation_rate",
        ),
        (
            "convective_precipitation",
            "mm day-1",
            "convective precipitation, downward positive",
            "lwe_convective_precipitation_rate",
        ),
        (
            "large_scale_precipitation",
            "mm day-1",
            "large-scale precipitation, downward positive",
            "lwe_stratiform_precipitation_rate",
        ),
        (
            "evaporation",
            "mm day-1",
            "evaporation, land-sea average, upward positive",
            "lwe_water_evaporation_rate",
        ),
        (
            "outgoing_longwave",
            "W m-2",
            "outgoing longwave at the top, upward positive",
            "toa_outgoing_longwave_flux",
        ),
        (
            "toa_net_shortwave",
            "W m-2",
            "net shortwave at the top, downward positive",
            "toa_net_downward_shortwave_flux",
        ),
        (
            "surface_net_shortwave",
            "W m-2",
            "net shortwave at the surface, downward positive",
            "surface_net_downward_shortwave_flux",
        ),
        (
            "surface_downward_shortwave",
            "W m-2",
            "shortwave at the surface from above, downward positive",
            "surface_downwelling_shortwave_flux_in_air",
        ),
        (
            "surface_net_upward_longwave",
            "W m-2",
            "net longwave at the surface, upward positive",
            "surface_net_upward_longwave_flux",
        ),
        (
            "surface_downward_longwave",
            "W m-2",
            "longwave at the surface from above, downward positive",
            "surface_downwelling_longwave_flux_in_air",
        ),
        (
            "sensible_heat_flux",
            "W m-2",
            "sensible heat flux at the surface, land-sea average, upward positive",
            "surface_upward_sensible_heat_flux",
        ),
        (
            "eastward_stress",
            "N m-2",
            "stress of the surface on the atmosphere, eastward positive",
            None,
        ),
        (
            "northward_stress",
            "N m-2",
            "stress of the surface on the atmosphere, northward positive",
            None,
        ),
        ("cloud_cover", "1", "cloud cover of the radiation scheme, without stratiform cloud", None),
        ("stratiform_cloud_cover", "1", "stratiform cloud cover", "stratiform_cloud_area_fraction"),
        (
            "column_water_vapour",
            "kg m-2",
            "mass of water vapour, humidity clipped at zero",
            "atmosphere_mass_content_of_water_vapor",
        ),
        ("near_surface_temperature", "K", "air temperature near the surface", "air_temperature"),
        ("skin_temperature", "K", "skin temperature", "surface_skin_temperature"),
        (
            "surface_temperature",
            "K",
            "land slab / sea surface mixture seen by longwave",
            "surface_temperature",
        ),
        ("land_surface_temperature", "K", "temperature of the land slab", "surface_temperature"),
        (
            "sea_surface_temperature",
            "K",
            "temperature of the surface of sea and sea ice",
            "surface_temperature",
        ),
        ("sea_ice_temperature", "K", "temperature of the sea ice", "sea_ice_temperature"),
        ("sea_ice_fraction", "1", "fraction of the sea covered by ice", "sea_ice_area_fraction"),
        ("surface_albedo", "1", "surface albedo", "surface_albedo"),
        ("snow_depth", "kg m-2", "snow as liquid water", "surface_snow_amount"),
        ("soil_water_availability", "1", "soil water availability for evaporation", None),
        ("convection_frequency", "1", "fraction of time steps with deep convection", None),
        (
            "large_scale_precipitation_frequency",
            "1",
            "fraction of time steps with large-scale precipitation",
            None,
        ),
        (
            "wet_frequency",
            "1",
            "fraction of time steps with more than 1 mm day-1 of precipitation",
            None,
        ),
        (
            "cloud_base_mass_flux",
            "kg m-2 s-1",
            "convective mass flux at cloud base, upward positive",
            None,
        ),
    ):
        yield Variable(
            name=name,
            kind="surface",
            units=units,
            long_name=long_name,
            standard_name=standard_name,
            area=_AREA.get(name, ""),
        )


def _levels() -> Iterator[Variable]:
    for name, units, long_name, standard_name in (
        ("eastward_wind", "m s-1", "eastward wind", "eastward_wind"),
        ("northward_wind", "m s-1", "northward wind", "northward_wind"),
        ("temperature", "K", "temperature", "air_temperature"),
        ("specific_humidity", "g kg-1", "specific humidity", "specific_humidity"),
        ("geopotential", "m2 s-2", "geopotential", "geopotential"),
        ("relative_humidity", "1", "relative humidity", "relative_humidity"),
        (
            "vorticity",
            "s-1",
            "relative vorticity, cyclonic of the northern hemisphere positive",
            "atmosphere_upward_relative_vorticity",
        ),
        ("divergence", "s-1", "horizontal divergence", "divergence_of_wind"),
    ):
        yield Variable(
            name=name, kind="level", units=units, long_name=long_name, standard_name=standard_name
        )
    for process, text, standard_process in (
        ("convection", "deep convection", "convection"),
        ("condensation", "large-scale condensation", "stratiform_precipitation"),
        ("shortwave", "shortwave radiation", "shortwave_heating"),
        ("longwave", "longwave radiation", "longwave_heating"),
        (
            "boundary_layer",
            "vertical diffusion, shallow convection and surface flux",
            "boundary_layer_mixing",
        ),
        ("physics", "all parametrized processes", "model_physics"),
    ):
        yield Variable(
            name=f"temperature_tendency_{process}",
            kind="level",
            units="K day-1",
            long_name=f"heating by {text}",
            standard_name=f"tendency_of_air_temperature_due_to_{standard_process}",
        )
        if process in ("convection", "condensation", "boundary_layer"):
            yield Variable(
                name=f"specific_humidity_tendency_{process}",
                kind="level",
                units="g kg-1 day-1",
                long_name=f"moistening by {text}",
                standard_name=f"tendency_of_specific_humidity_due_to_{standard_process}",
            )
    yield Variable(
        name="sigma_dot",
        kind="half_level",
        units="s-1",
        long_name="vertical velocity d sigma / dt, downward positive",
        standard_name="lagrangian_tendency_of_atmosphere_sigma_coordinate",
    )


def _second_moments(first_moments: dict[str, Variable]) -> Iterator[Variable]:
    for name, units in (
        ("surface_pressure", "hPa2"),
        ("precipitation", "mm2 day-2"),
        ("near_surface_temperature", "K2"),
        ("outgoing_longwave", "W2 m-4"),
        ("eastward_wind", "m2 s-2"),
        ("northward_wind", "m2 s-2"),
        ("temperature", "K2"),
        ("specific_humidity", "g2 kg-2"),
    ):
        of = first_moments[name]
        yield Variable(
            name=f"{name}_variance",
            kind=of.kind,
            units=units,
            long_name=f"variance within the period of {of.long_name}",
            standard_name=of.standard_name,
            moment_of=(name, name),
        )
    for name, first, second, units in (
        ("eastward_northward_wind_covariance", "eastward_wind", "northward_wind", "m2 s-2"),
        ("northward_wind_temperature_covariance", "northward_wind", "temperature", "K m s-1"),
        (
            "northward_wind_specific_humidity_covariance",
            "northward_wind",
            "specific_humidity",
            "g kg-1 m s-1",
        ),
    ):
        yield Variable(
            name=name,
            kind="level",
            units=units,
            long_name=f"covariance within the period of {first_moments[first].long_name} and "
            f"{first_moments[second].long_name}",
            moment_of=(first, second),
        )


def _catalogue() -> dict[str, Variable]:
    variables = {variable.name: variable for variable in (*_surface(), *_levels())}
    return variables | {variable.name: variable for variable in _second_moments(variables)}


#: Every variable by name.
VARIABLES: dict[str, Variable] = _catalogue()


def lookup(name: str) -> Variable:
    """The variable called `name`.

    Raises:
        ValueError: for an unknown name, with the nearest that exists.
    """
    try:
        return VARIABLES[name]
    except KeyError:
        nearest = difflib.get_close_matches(name, VARIABLES, n=1, cutoff=0.0)
        raise ValueError(
            f"there is no output variable {name!r}, the nearest is {nearest[0]!r}"
        ) from None
