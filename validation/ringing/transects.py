"""Lines over sea at right angles to steep coasts, and the sign alternation along them.

Off steep orography a truncated field rings: values on a line that leaves the coast lie above and
below their neighbours in turn. With the second difference at a spacing s,

    r(k) = ½ f(k) - ¼ (f(k - s) + f(k + s)),

the strength of the alternation is

    X = √ mean of max(0, -r(k) r(k + s)),

the mean being over all lines of a region, weighted with cos φ. X is the amplitude of a wave of
length 2 s and zero for a field that is curved one way. s is the number of points next to a quarter
of 1.25 wavelengths of the truncation N, 2 π a / (3.2 N), the spacing of SPEEDY's own grid at the
equator; so finer grids and converging meridians do not hide the alternation.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from validation.ringing.sphere import EARTH_RADIUS, Sphere

#: How far the lines run at most [km].
LENGTH = 3500.0
#: Points of SPEEDY's grid per wavelength of its truncation.
_POINTS_PER_WAVE = 3.2


@dataclasses.dataclass(frozen=True)
class _Coast:
    """Lines that start inland at `inland` and look for the sea in steps of a grid point.

    Attributes:
        along: "west" and "east" along rows, "south" and "north" along columns.
        inland: coordinate where all lines start [degrees].
        first, last: coordinates between which the lines lie [degrees].
        reach: how far from the start the coast is at most [degrees].
    """

    along: str
    inland: float
    first: float
    last: float
    reach: float


_COASTS = {
    "andes": _Coast("west", 291.0, -45.0, -5.0, 15.0),
    "himalaya": _Coast("south", 28.0, 62.0, 98.0, 25.0),
    "greenland": _Coast("east", 316.0, 60.0, 80.0, 30.0),
    "antarctica": _Coast("north", -80.0, 0.0, 360.0, 22.0),
}


@dataclasses.dataclass(frozen=True)
class Lines:
    """Lines of a region, cut into overlapping pieces of four points at the spacing s.

    Attributes:
        rows, columns: indices of the points `(piece, 4)`.
        weight: of the pieces; sums to 1 `(piece,)`.
        starts: row and column of the first sea point of every line.
    """

    rows: np.ndarray
    columns: np.ndarray
    weight: np.ndarray
    starts: tuple[tuple[int, int], ...]

    def alternation(self, field: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Strength X, and share of neighbouring second differences of opposite sign.

        Args:
            field: `(..., latitude, longitude)`.

        Returns:
            Both `(...)`; NaN if the region has no lines.
        """
        if not len(self.weight):
            missing = np.full(field.shape[:-2], np.nan)
            return missing, missing
        f = field[..., self.rows, self.columns]
        first = 0.5 * f[..., 1] - 0.25 * (f[..., 0] + f[..., 2])
        second = 0.5 * f[..., 2] - 0.25 * (f[..., 1] + f[..., 3])
        opposed = np.maximum(0.0, -first * second)
        return np.sqrt(opposed @ self.weight), (first * second < 0.0) @ self.weight


def lines(sphere: Sphere, sea: np.ndarray) -> dict[str, Lines]:
    """The lines of every region.

    Args:
        sphere: the grid.
        sea: whether a point is sea `(latitude, longitude)`.
    """
    return {name: _lines(sphere, sea, coast) for name, coast in _COASTS.items()}


def _lines(sphere: Sphere, sea: np.ndarray, coast: _Coast) -> Lines:
    pieces: list[list[tuple[int, int]]] = []
    starts = []
    for path in _paths(sphere, coast):
        line, spacing = _at_sea(path, sea, sphere, coast)
        if line:
            starts.append(line[0])
        step = max(1, round(_wanted_spacing(sphere) / spacing))
        pieces += [
            [line[k + step * place] for place in range(4)] for k in range(len(line) - 3 * step)
        ]
    points = np.array(pieces, int).reshape(-1, 4, 2)
    weight = np.cos(np.radians(sphere.latitude[points[:, 1, 0]]))
    return Lines(points[..., 0], points[..., 1], weight / max(weight.sum(), 1e-30), tuple(starts))


def _wanted_spacing(sphere: Sphere) -> float:
    return 2.0 * np.pi * EARTH_RADIUS / (_POINTS_PER_WAVE * sphere.truncation)


def _paths(sphere: Sphere, coast: _Coast) -> list[list[tuple[int, int]]]:
    """All grid points of every line from inland on, whatever lies there."""
    rows, columns = sphere.shape
    if coast.along in ("west", "east"):
        sign = 1 if coast.along == "east" else -1
        start = int(np.argmin(np.abs((sphere.longitude - coast.inland + 180.0) % 360.0 - 180.0)))
        half = [(start + sign * k) % columns for k in range(columns // 2)]
        chosen = np.nonzero((sphere.latitude >= coast.first) & (sphere.latitude <= coast.last))[0]
        return [[(int(j), i) for i in half] for j in chosen]
    sign = 1 if coast.along == "north" else -1
    start = int(np.argmin(np.abs(sphere.latitude - coast.inland)))
    half = list(range(start, rows if sign > 0 else -1, sign))
    east = sphere.longitude % 360.0
    chosen = np.nonzero((east >= coast.first) & (east <= coast.last))[0]
    return [[(j, int(i)) for j in half] for i in chosen]


def _at_sea(
    path: list[tuple[int, int]], sea: np.ndarray, sphere: Sphere, coast: _Coast
) -> tuple[list[tuple[int, int]], float]:
    """The part from the coast on until land or the full length, and the spacing of points [km]."""
    degree = np.pi * EARTH_RADIUS / 180.0
    if coast.along in ("west", "east"):
        spacing = 360.0 / sphere.shape[1]
        kilometres = degree * spacing * np.cos(np.radians(sphere.latitude[path[0][0]]))
    else:
        spacing = 180.0 / sphere.shape[0]
        kilometres = degree * spacing
    coastal = int(coast.reach / spacing) + 1
    first = next((k for k, point in enumerate(path[:coastal]) if sea[point]), None)
    if first is None:
        return [], kilometres
    line = []
    for point in path[first : first + int(LENGTH / kilometres) + 1]:
        if not sea[point]:
            break
        line.append(point)
    return line, kilometres
