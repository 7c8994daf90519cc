"""The SPEEDY physics of PyPI's jcm 3.0.0 as a port: reads one NetCDF file, writes the other.

It is another package of the same name as this project's, hence an environment of its own, made by
`setup.sh`, and a program:

    JAX_ENABLE_X64=1 .venv/bin/python adapter.py [--constants speedy] INPUT OUTPUT

Only its public functions are called; humidity is handed over in g/kg, as their documentation asks.

The functions are evaluated in double precision with the package's parameters as they are in single
precision, its default, so that a difference is never one of rounding. The physical constants are
the package's own, or with `--constants speedy` those of SPEEDY, set by the function that the
package offers for it: what then remains is in the formulas.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import netCDF4
import numpy as np
from jcm.physics.clouds.speedy_condensation import get_large_scale_condensation_tendencies
from jcm.physics.clouds.speedy_humidity import get_qsat, rel_hum_to_spec_hum, spec_hum_to_rel_hum
from jcm.physics.convection.speedy_convection import get_convection_tendencies
from jcm.physics.surface.speedy_surface_flux import get_orog_land_sfc_drag, get_surface_fluxes
from jcm.physics.vertical_diffusion.speedy_vdiff import get_vertical_diffusion_tend
from mapping import (
    Columns,
    absorbed,
    columns_first,
    level_index,
    level_number,
    on_grid,
    surface_types,
)
from package import LEVELS, PARAMETERS, data_of, state_of, surroundings_of
from radiation import clouds, daily_forcing, longwave_radiation, shortwave_radiation, zonal_forcing

import jcm.constants as constants

#: Least share of land for which the part of land is told from the mean.
LEAST_LAND = 1e-6
#: Constants of SPEEDY where the package's differ (specification page 00).
SPEEDY_CONSTANTS = {
    "cpd": 1004.0,
    "grav": float(np.float32(9.81)),
    "akap": float(np.float32(2 / 7)),
    "sbc": float(np.float32(5.67e-8)),
}


def humidity(c: Columns) -> dict[str, np.ndarray]:
    """Saturation at the levels and at the surface."""
    count = len(c["surface_temperature"])
    pressure = on_grid(c["normalized_surface_pressure"])
    state = state_of(
        count,
        temperature=c["temperature"],
        specific_humidity=c["specific_humidity"],
        normalized_surface_pressure=c["normalized_surface_pressure"],
    )
    _, data = spec_hum_to_rel_hum(state, data_of(count), *surroundings_of(count))
    surface, relative = c["surface_temperature"], c["near_surface_relative_humidity"]
    near, saturation = rel_hum_to_spec_hum(on_grid(surface), pressure, 1.0, on_grid(relative))
    reference = get_qsat(on_grid(surface), np.ones((1, count)), 1.0)
    return {
        "saturation_specific_humidity": columns_first(data.humidity.qsat),
        "relative_humidity": columns_first(data.humidity.rh),
        "near_surface_specific_humidity": columns_first(near),
        "saturation_specific_humidity_surface": columns_first(saturation),
        "saturation_specific_humidity_reference": columns_first(reference),
    }


def convection(c: Columns) -> dict[str, np.ndarray]:
    """Deep convection; its fluxes are told from the tendencies."""
    pressure = c["normalized_surface_pressure"]
    count = len(pressure)
    # Dry static energy is formed inside, of c_p T + phi: with T = 0 it is phi, exactly.
    state = state_of(
        count,
        temperature=np.zeros((count, LEVELS)),
        geopotential=c["dry_static_energy"],
        specific_humidity=c["specific_humidity"],
        normalized_surface_pressure=pressure,
    )
    data = data_of(count, humidity={"qsat": on_grid(c["saturation_specific_humidity"])})
    tendency, data = get_convection_tendencies(state, data, *surroundings_of(count))
    grid, found = data.speedy_coords, data.convection
    return {
        "convection_top_level": level_index(found.iptop),
        "convective_excess_humidity": columns_first(found.qdif),
        "cloud_base_mass_flux": columns_first(found.cbmf),
        "convective_precipitation": columns_first(found.precnv),
        "convective_dry_static_energy_flux": absorbed(
            tendency.temperature, pressure, np.asarray(grid.grdscp)
        ),
        "convective_humidity_flux": absorbed(
            tendency.specific_humidity, pressure, np.asarray(grid.grdsig)
        ),
    }


def large_scale_condensation(c: Columns) -> dict[str, np.ndarray]:
    """Condensation outside of convection."""
    count = len(c["convection_top_level"])
    state = state_of(
        count,
        specific_humidity=c["specific_humidity"],
        normalized_surface_pressure=c["normalized_surface_pressure"],
    )
    data = data_of(
        count,
        humidity={"qsat": on_grid(c["saturation_specific_humidity"])},
        convection={"iptop": level_number(c["convection_top_level"])},
    )
    tendency, data = get_large_scale_condensation_tendencies(state, data, *surroundings_of(count))
    return {
        "precipitation_top_level": level_index(data.convection.iptop),
        "large_scale_precipitation": columns_first(data.condensation.precls),
        "temperature_tendency_condensation": columns_first(tendency.temperature),
        "specific_humidity_tendency_condensation": columns_first(tendency.specific_humidity),
    }


def surface_fluxes(c: Columns) -> dict[str, np.ndarray]:
    """Fluxes at the surface; a second evaluation over sea is not among the public functions."""
    count = len(c["land_fraction"])
    atmosphere = {"eastward_wind": "u_wind", "northward_wind": "v_wind"}
    names = ("temperature", "specific_humidity", "geopotential", "normalized_surface_pressure")
    atmosphere |= {name: name for name in names}
    state = state_of(count, **{theirs: c[ours] for ours, theirs in atmosphere.items()})
    data = data_of(
        count,
        speedy_coords={"coa": on_grid(c["cos_latitude"])},
        shortwave_rad={"rsds": on_grid(c["surface_downward_shortwave"])},
        surface_flux={"rlds": on_grid(c["surface_downward_longwave"])},
        mod_radcon={
            "alb_l": on_grid(c["land_albedo"]),
            "alb_s": on_grid(c["sea_albedo"]),
            "snowc": on_grid(c["snow_cover"]),
        },
    )

    def fluxes(land: np.ndarray) -> dict[str, np.ndarray]:
        surroundings = surroundings_of(
            count,
            fmask=on_grid(land),
            phis0=on_grid(c["surface_geopotential"]),
            orog=on_grid(c["surface_geopotential"]) / constants.grav,
            stl_am=on_grid(c["land_surface_temperature"]),
            soilw_am=on_grid(c["soil_water_availability"]),
            sea_surface_temperature=on_grid(c["sea_surface_temperature"]),
        )
        found = get_surface_fluxes(state, data, *surroundings)[1].surface_flux
        return {name: columns_first(values) for name, values in found.asdict().items()}

    share = np.maximum(c["land_fraction"], LEAST_LAND)
    mean, sea = fluxes(share), fluxes(np.zeros(count))
    absorbed_shortwave = c["surface_downward_shortwave"] * (1.0 - c["sea_albedo"])
    radiation = absorbed_shortwave + c["surface_downward_longwave"] - sea["rlus"]
    types = surface_types(mean, sea, share, radiation)
    height_scale = PARAMETERS.surface_flux.hdrag
    drag = get_orog_land_sfc_drag(on_grid(c["surface_geopotential"]), height_scale)
    return {
        "orographic_drag_factor": columns_first(drag),
        "eastward_wind_stress": types["ustr"],
        "northward_wind_stress": types["vstr"],
        "sensible_heat_flux": types["shf"],
        "evaporation": types["evap"],
        "surface_upward_longwave": types["rlus"],
        "net_surface_heat_flux": types["hfluxn"][:, :2],
        "surface_temperature": mean["tsfc"],
        "skin_temperature": mean["tskin"],
        "near_surface_eastward_wind": mean["u0"],
        "near_surface_northward_wind": mean["v0"],
        "near_surface_temperature": mean["t0"],
    }


def vertical_diffusion(c: Columns) -> dict[str, np.ndarray]:
    """Shallow convection and vertical diffusion."""
    count = len(c["convection_top_level"])
    state = state_of(
        count, specific_humidity=c["specific_humidity"], geopotential=c["geopotential"]
    )
    data = data_of(
        count,
        humidity={
            "rh": on_grid(c["relative_humidity"]),
            "qsat": on_grid(c["saturation_specific_humidity"]),
        },
        convection={
            "iptop": level_number(c["convection_top_level"]),
            "se": on_grid(c["dry_static_energy"]),
        },
    )
    tendency, _ = get_vertical_diffusion_tend(state, data, *surroundings_of(count))
    suffix = "tendency_vertical_diffusion"
    return {
        f"temperature_{suffix}": columns_first(tendency.temperature),
        f"specific_humidity_{suffix}": columns_first(tendency.specific_humidity),
        f"eastward_wind_{suffix}": columns_first(tendency.u_wind),
        f"northward_wind_{suffix}": columns_first(tendency.v_wind),
    }


PROCESSES: dict[str, Callable[[Columns], dict[str, np.ndarray]]] = {
    function.__name__: function
    for function in (
        humidity,
        convection,
        large_scale_condensation,
        clouds,
        shortwave_radiation,
        longwave_radiation,
        surface_fluxes,
        vertical_diffusion,
        zonal_forcing,
        daily_forcing,
    )
}


def main() -> None:
    """Read, evaluate, write in the precision asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--constants", choices=("own", "speedy"), default="own")
    parser.add_argument("input")
    parser.add_argument("output")
    options = parser.parse_args()
    if options.constants == "speedy":
        constants.set_constants(**SPEEDY_CONSTANTS)

    with netCDF4.Dataset(options.input) as file:
        process, precision = file.process, file.precision
        dimensions = {name: len(dimension) for name, dimension in file.dimensions.items()}
        inputs = {name: np.asarray(variable[...]) for name, variable in file.variables.items()}
    if process not in PROCESSES:
        raise SystemExit(f"{process} is not adapted, only {', '.join(PROCESSES)}")
    widened = {k: v.astype(float) if v.dtype.kind == "f" else v for k, v in inputs.items()}
    outputs = PROCESSES[process](widened)

    with netCDF4.Dataset(options.output, "w") as file:
        for name, size in dimensions.items():
            file.createDimension(name, size)
        for name, values in outputs.items():
            kind = "i4" if values.dtype.kind == "i" else np.dtype(precision)
            axes = ["column", *(_dimension(file, size) for size in values.shape[1:])]
            file.createVariable(name, kind, axes)[...] = values


def _dimension(file: netCDF4.Dataset, size: int) -> str:
    """A dimension of this size beside the columns; which one does not matter to the harness."""
    name = f"size_{size}"
    if name not in file.dimensions:
        file.createDimension(name, size)
    return name


if __name__ == "__main__":
    main()
