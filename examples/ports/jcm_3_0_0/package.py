"""What the functions of the package are called with: state and results of earlier processes."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jcm.forcing import ForcingData, SolarGeometry
from jcm.physics.speedy.params import Parameters
from jcm.physics.speedy.physics_data import PhysicsData
from jcm.physics.speedy.speedy_coords import SpeedyCoords
from jcm.physics_interface import PhysicsState
from jcm.terrain import TerrainData
from mapping import on_grid


def _in_single(tree: Any) -> Any:
    """Numbers as the package has them by default, in single precision, to be used in double."""
    return jax.tree.map(lambda x: x.astype(np.float32).astype(float) if _real(x) else x, tree)


def _real(values: Any) -> bool:
    return hasattr(values, "dtype") and values.dtype.kind == "f"


PARAMETERS = _in_single(Parameters.default())
COORDINATES = _in_single(SpeedyCoords.single_column_coords())
LEVELS = 8


def state_of(count: int, **fields: np.ndarray) -> PhysicsState:
    """The atmosphere: what a process does not depend on is an isothermal, dry, calm column."""
    given = {
        "temperature": np.full((count, LEVELS), 280.0),
        "normalized_surface_pressure": np.ones(count),
        **fields,
    }
    arrays = {name: on_grid(values) for name, values in given.items()}
    return PhysicsState.zeros((LEVELS, 1, count), **arrays)


def data_of(count: int, **parts: dict[str, np.ndarray]) -> PhysicsData:
    """What earlier processes left behind, by part and field."""
    coordinates = COORDINATES.copy(**parts.pop("speedy_coords", {}))
    data = PhysicsData.zeros((1, count), LEVELS, speedy_coords=coordinates)
    return data.copy(**{name: getattr(data, name).copy(**new) for name, new in parts.items()})


def surroundings_of(
    count: int, **fields: np.ndarray
) -> tuple[Parameters, ForcingData, TerrainData]:
    """Parameters, forcing and terrain: the last three arguments of every function."""
    terrain = {name: fields.pop(name) for name in ("fmask", "orog", "phis0") if name in fields}
    forcing = ForcingData.zeros((1, count), **fields).copy(solar=SolarGeometry.zero())
    land = TerrainData.single_column(lfluxland=True).copy(**terrain)
    return PARAMETERS, forcing, land
