"""Longwave budget of a column in the package's own sequence of terms, over a few steps.

What the column gains is what enters at the surface less what leaves at the top. The surface
reflects the share 1 - emissivity of what comes down. Printed is what the budget lacks, and from
that what the upward pass took for the downward radiation.

Run: .venv/bin/python longwave_budget.py
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jcm.forcing import ForcingData, SolarGeometry
from jcm.physics.speedy.params import Parameters
from jcm.physics.speedy.speedy_coords import get_speedy_coords
from jcm.physics.speedy.speedy_terms import speedy_physics
from jcm.physics_interface import PhysicsState
from jcm.terrain import TerrainData

STEPS = 4
SIGMA = np.array([0.025, 0.095, 0.2, 0.34, 0.51, 0.685, 0.835, 0.95])


def main() -> None:
    """Print the table."""
    coordinates = get_speedy_coords(spectral_truncation=21)
    shape = coordinates.horizontal.nodal_shape
    physics = speedy_physics()
    physics.cache_coords(coordinates)

    def everywhere(profile: np.ndarray) -> jnp.ndarray:
        return jnp.asarray(np.broadcast_to(profile[:, None, None], (len(SIGMA), *shape)))

    state = PhysicsState.zeros(
        (len(SIGMA), *shape),
        temperature=everywhere(np.maximum(210.0, 288.0 * SIGMA**0.19)),
        geopotential=everywhere(-0.9 * 287.0 * 288.0 * np.log(SIGMA)),
        specific_humidity=everywhere(0.006 * SIGMA**3),
        normalized_surface_pressure=jnp.ones(shape),
    )
    warm = jnp.full(shape, 290.0)
    forcing = ForcingData.zeros(shape, sea_surface_temperature=warm, stl_am=warm)
    forcing = forcing.copy(solar=SolarGeometry.zero())
    terrain = TerrainData.aquaplanet(coordinates)
    parameters = Parameters.default().mod_radcon
    emissivity, black = float(parameters.emisfc), float(parameters.epslw)

    print("W m-2, southernmost column; taken: what the upward pass reflects as downward radiation")
    print("step     down  lacking    taken  SW up at top  LW up at top, step before")
    kept, top_before = None, float("nan")
    for step in range(1, STEPS + 1):
        _, kept = physics.compute_tendencies(state, forcing, terrain, kept)
        longwave, surface = kept["_longwave_rad"], kept["_surface_flux"]
        shortwave, radiation = kept["_shortwave_rad"], kept["_mod_radcon"]
        gain = float(longwave.dfabs.sum(axis=0)[0, 0])
        lacking = float(surface.rlns[0, 0] - longwave.ftop[0, 0]) - gain
        # The black band of the lowest level reaches the surface, too, and is not reflected.
        lowest = float(radiation.st4a[-1, 0, 0, 0])
        down = float(surface.rlds[0, 0]) / emissivity - black * lowest
        taken = down - lacking / (1.0 - emissivity)
        reflected = float(shortwave.fsol[0, 0] - shortwave.ftop[0, 0])
        print(
            f"{step:4} {down:8.1f} {lacking:8.2f} {taken:8.1f} "
            f"{reflected if shortwave.compute_shortwave else float('nan'):13.1f} {top_before:13.1f}"
        )
        top_before = float(radiation.flux[0, 0].sum())


if __name__ == "__main__":
    main()
