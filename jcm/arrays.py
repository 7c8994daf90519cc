"""Array types of the physics: what a shape annotation means.

The level axis comes first (level 0 is the top), then any column axes: none for a single column,
`(columns,)`, or `(longitude, latitude)`. Dimensions named in one signature must agree.
"""

from __future__ import annotations

import jax
import numpy as np
from jaxtyping import Array, Bool, Float, Int

ColumnField = Float[Array, "*column"]
LevelField = Float[Array, "level *column"]
BandField = Float[Array, "band *column"]
LevelBandField = Float[Array, "level band *column"]
IndexField = Int[Array, "*column"]
FlagField = Bool[Array, "*column"]
AnyField = Float[Array, "*any"]
AnyBandField = Float[Array, "band *any"]
#: A field apart, level by level.
Levels = tuple[Float[Array, "*column"], ...]
SurfaceTypeField = Float[Array, "surface_type *column"]
LandSeaField = Float[Array, "land_sea *column"]
ShortwaveBandField = Float[Array, "shortwave_band *column"]
StratosphericField = Float[Array, "stratospheric_term *column"]
SharedField = Float[Array, "*#column"]  # the column axes, or one value for all columns
SharedIndex = Int[Array, "*#column"]
SharedFlag = Bool[Array, "*#column"]
MonthlyField = Float[Array | np.ndarray, "month12 *column"]  # January to December
WindowField = Float[Array | np.ndarray, "slot *column"]  # the month before, this month, the next


def levels_of(field: AnyField, axis: int = 0) -> tuple[AnyField, ...]:
    """The levels of a field, each without that axis.

    In reverse the sensitivities of the levels are put together once. The transpose of an index like
    `field[k]` is a whole field of zeros but one level; every use of it adds another one, and XLA
    computes what leads to them over and over (a factor of ten for convection on a CPU).

    Args:
        field: level by level along an axis.
        axis: which.
    """
    parts = jax.lax.split(field, (1,) * field.shape[axis], axis)
    return tuple(jax.lax.squeeze(part, (axis,)) for part in parts)
