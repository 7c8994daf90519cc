"""Clouds, radiation and their forcing by the functions of the package."""

from __future__ import annotations

import jax
import numpy as np
from jcm.forcing import SolarGeometry
from jcm.physics.forcing.speedy_forcing import set_forcing
from jcm.physics.radiation.speedy_longwave import (
    get_downward_longwave_rad_fluxes,
    get_upward_longwave_rad_fluxes,
)
from jcm.physics.radiation.speedy_shortwave import (
    get_clouds,
    get_shortwave_rad_fluxes,
    get_zonal_average_fields,
)
from mapping import (
    Columns,
    columns_first,
    columns_first_of_bands,
    level_index,
    level_number,
    on_grid,
    on_levels_and_bands,
)
from package import LEVELS, data_of, state_of, surroundings_of

#: Full snow cover [mm]; the package is given the cover, not the depth.
FULL_SNOW = 60.0


def clouds(c: Columns) -> dict[str, np.ndarray]:
    """Cloud cover. The gradient of dry static energy is handed over as energy and geopotential."""
    count = len(c["land_fraction"])
    energy, geopotential = np.zeros((2, count, LEVELS))
    energy[:, 6], geopotential[:, 6] = c["dry_static_energy_gradient"], 1.0
    state = state_of(count, specific_humidity=c["specific_humidity"], geopotential=geopotential)
    data = data_of(
        count,
        humidity={"rh": on_grid(c["relative_humidity"])},
        convection={
            "se": on_grid(energy),
            "iptop": level_number(c["precipitation_top_level"]),
            "precnv": on_grid(c["convective_precipitation"]),
        },
        condensation={"precls": on_grid(c["large_scale_precipitation"])},
        shortwave_rad={"compute_shortwave": np.bool_(True)},
    )
    surroundings = surroundings_of(count, fmask=on_grid(c["land_fraction"]))
    found = get_clouds(state, data, *surroundings)[1].shortwave_rad
    return {
        "cloud_top_level": level_index(found.icltop),
        "cloud_cover": columns_first(found.cloudc),
        "stratiform_cloud_cover": columns_first(found.cloudstr),
        "cloud_humidity": columns_first(found.qcloud),
    }


def shortwave_radiation(c: Columns) -> dict[str, np.ndarray]:
    """Shortwave fluxes. Intermediate quantities are not handed out by the package."""
    count = len(c["insolation"])
    state = state_of(
        count,
        specific_humidity=c["specific_humidity"],
        normalized_surface_pressure=c["normalized_surface_pressure"],
    )
    given = {
        "qcloud": "cloud_humidity",
        "fsol": "insolation",
        "ozupp": "ozone_absorption_upper",
        "ozone": "ozone_absorption_lower",
        "zenit": "zenith_factor",
        "stratz": "polar_night_cooling",
        "cloudc": "cloud_cover",
        "cloudstr": "stratiform_cloud_cover",
    }
    data = data_of(
        count,
        shortwave_rad={
            "compute_shortwave": np.bool_(True),
            "icltop": level_number(c["cloud_top_level"]),
            **{theirs: on_grid(c[ours]) for theirs, ours in given.items()},
        },
        mod_radcon={"albsfc": on_grid(c["surface_albedo"])},
    )
    _, data = get_shortwave_rad_fluxes(state, data, *surroundings_of(count))
    found = data.shortwave_rad
    return {
        "surface_downward_shortwave": columns_first(found.rsds),
        "surface_net_shortwave": columns_first(found.rsns),
        "toa_net_shortwave": columns_first(found.ftop),
        "shortwave_absorption": columns_first(found.dfabs),
        "longwave_transmissivity": columns_first_of_bands(data.mod_radcon.tau2),
        "stratospheric_correction": np.asarray(data.mod_radcon.stratc)[0],
    }


def longwave_radiation(c: Columns) -> dict[str, np.ndarray]:
    """Both passes, one after the other as in the package's own sequence of terms."""
    count = len(c["surface_temperature"])
    state = state_of(count, temperature=c["temperature"])
    data = data_of(
        count,
        mod_radcon={
            "tau2": on_levels_and_bands(c["longwave_transmissivity"]),
            "stratc": np.asarray(c["stratospheric_correction"])[None],
        },
    )
    surroundings = surroundings_of(count)
    _, down = get_downward_longwave_rad_fluxes(state, data, *surroundings)
    surface = down.surface_flux.copy(
        tsfc=on_grid(c["surface_temperature"]), rlus=on_grid(c["surface_upward_longwave"])
    )
    _, up = get_upward_longwave_rad_fluxes(state, down.copy(surface_flux=surface), *surroundings)
    emission = columns_first_of_bands(down.mod_radcon.st4a)
    return {
        "surface_downward_longwave": columns_first(down.surface_flux.rlds),
        "surface_net_upward_longwave": columns_first(up.surface_flux.rlns),
        "outgoing_longwave": columns_first(up.longwave_rad.ftop),
        "longwave_absorption": columns_first(up.longwave_rad.dfabs),
        "longwave_absorption_downward_pass": columns_first(down.longwave_rad.dfabs),
        # What the upward pass takes for it: the package has no other place to keep it.
        "surface_downward_longwave_by_band": np.asarray(down.mod_radcon.flux)[0],
        "toa_longwave_by_band": np.asarray(up.mod_radcon.flux)[0],
        "blackbody_emission": emission[..., 0],
        "emission_gradient": emission[..., 1],
    }


def zonal_forcing(c: Columns) -> dict[str, np.ndarray]:
    """Insolation and ozone. A call has one date, hence one call per column."""

    def column(year: jax.Array, sine: jax.Array, cosine: jax.Array) -> dict[str, jax.Array]:
        data = data_of(1, speedy_coords={"sia": sine[None], "coa": cosine[None]})
        _, forcing, terrain = surroundings_of(1)
        forcing = forcing.copy(solar=SolarGeometry.zero().replace(tyear=year))
        found = get_zonal_average_fields(state_of(1), data, forcing, terrain).shortwave_rad
        return {name: values[0, 0] for name, values in found.asdict().items() if name in given}

    given = {
        "fsol": "insolation",
        "ozupp": "ozone_absorption_upper",
        "ozone": "ozone_absorption_lower",
        "zenit": "zenith_factor",
        "stratz": "polar_night_cooling",
    }
    found = jax.vmap(column)(c["year_fraction"], c["latitude_sine"], c["latitude_cosine"])
    return {ours: np.asarray(found[theirs]) for theirs, ours in given.items()}


def daily_forcing(c: Columns) -> dict[str, np.ndarray]:
    """Albedos. The package expects the snow cover: that output is the adapter's, not the port's."""
    count = len(c["land_fraction"])
    cover = np.minimum(1.0, c["snow_depth"] / FULL_SNOW)
    surroundings = surroundings_of(
        count,
        fmask=on_grid(c["land_fraction"]),
        alb0=on_grid(c["bare_land_albedo"]),
        sice_am=on_grid(c["sea_ice_fraction"]),
        snowc_am=on_grid(cover),
    )
    found = set_forcing(state_of(count), data_of(count), *surroundings)[1].mod_radcon
    return {
        "snow_cover": columns_first(found.snowc),
        "land_albedo": columns_first(found.alb_l),
        "sea_albedo": columns_first(found.alb_s),
        "surface_albedo": columns_first(found.albsfc),
    }
