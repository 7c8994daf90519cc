"""One figure per page of a process, drawn by the Fortran kernels while the site is built."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib.figure import Figure

from site_pages.figures import dates, forcing, model, moist, radiation, surface
from site_pages.figures.drawing import as_svg

#: Page -> what draws its figure.
FIGURES: dict[str, Callable[[], Figure]] = {
    "calendar": dates.calendar,
    "clouds": moist.clouds,
    "constants": model.constants,
    "convection": moist.convection,
    "daily_forcing": forcing.daily_forcing,
    "dynamics": model.dynamics,
    "humidity": moist.humidity,
    "interpolation": dates.interpolation,
    "land_model": surface.land_model,
    "large_scale_condensation": moist.large_scale_condensation,
    "longwave_radiation": radiation.longwave_radiation,
    "orographic_correction": forcing.orographic_correction,
    "physics_driver": model.physics_driver,
    "sea_model": surface.sea_model,
    "shortwave_radiation": radiation.shortwave_radiation,
    "slab_constants": surface.slab_constants,
    "sppt": model.sppt,
    "sst_anomaly_window": dates.sst_anomaly_window,
    "surface_fluxes": surface.surface_fluxes,
    "vertical_diffusion": moist.vertical_diffusion,
    "zonal_forcing": forcing.zonal_forcing,
}


def draw(name: str) -> str:
    """The figure of a page as SVG text.

    Raises:
        KeyError: if the page has none.
    """
    return as_svg(FIGURES[name])
