"""Horizontal resolutions by name: a triangular truncation and the Gaussian grid that goes with it.

A grid whose name begins with

    T   is quadratic:  longitudes ≥ 3 T + 1, products of two fields are free of aliasing,
    TL  is linear:     longitudes ≥ 2 T + 1, the truncation and the grid hold equally much,
    TC  is cubic:      longitudes ≥ 4 T + 1, products of three fields are free of aliasing.

The number of longitudes is the next multiple of eight, that of latitudes half of it. This gives
the customary grids: T21 64 x 32, T31 96 x 48, T42 128 x 64, T63 192 x 96, T85 256 x 128, T106
320 x 160, T170 512 x 256, T213 640 x 320, T340 1024 x 512, T425 1280 x 640; TL63 128 x 64; TC79
320 x 160.
"""

from __future__ import annotations

import dataclasses
import re

#: Letters of the name -> kind of grid, and what T is multiplied by.
_KINDS = {"T": ("quadratic", 3), "TL": ("linear", 2), "TC": ("cubic", 4)}
_LONGITUDES_ARE_A_MULTIPLE_OF = 8
#: Below, the physics' regions hold no points; above, the Legendre functions underflow.
SMALLEST_TRUNCATION, LARGEST_TRUNCATION = 5, 850


@dataclasses.dataclass(frozen=True)
class Resolution:
    """A truncation and its grid.

    Attributes:
        name: as "T31", "TL63" or "TC23".
        truncation: largest total wavenumber that is stepped in time.
        grid_kind: "quadratic", "linear" or "cubic".
        longitudes: number of points on a row.
        latitudes: number of rows.
    """

    name: str
    truncation: int
    grid_kind: str
    longitudes: int
    latitudes: int

    @classmethod
    def named(cls, name: str) -> Resolution:
        """The resolution called `name`.

        Raises:
            ValueError: for a name of another form or a truncation out of range.
        """
        found = re.fullmatch(r"(T[LC]?)(\d+)", name)
        if not found:
            raise ValueError(
                f"resolution {name!r} is not known, expected T, TL or TC (quadratic, linear or "
                "cubic grid) and a truncation, such as 'T31', 'TL63' or 'TC23'"
            )
        truncation = int(found[2])
        if not SMALLEST_TRUNCATION <= truncation <= LARGEST_TRUNCATION:
            raise ValueError(
                f"resolution {name!r} has truncation {truncation}, expected "
                f"{SMALLEST_TRUNCATION} to {LARGEST_TRUNCATION}"
            )
        kind, order = _KINDS[found[1]]
        multiple = _LONGITUDES_ARE_A_MULTIPLE_OF
        longitudes = -(-(order * truncation + 1) // multiple) * multiple
        return cls(name, truncation, kind, longitudes, longitudes // 2)
