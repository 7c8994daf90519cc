"""The fields that the Fortran model averages over time."""

from __future__ import annotations

import dataclasses
import functools

from reference.kernels import loaded, text


@dataclasses.dataclass(frozen=True)
class MeanDescription:
    """A field that is averaged over time.

    Attributes:
        place: in the list of the Fortran, from 1.
        name: as in the stored reference climate.
        units: of the values.
        long_name: what it is.
        levels: length of the vertical axis, 0 for a map.
    """

    place: int
    name: str
    units: str
    long_name: str
    levels: int

    @property
    def is_map(self) -> bool:
        """Whether it has no vertical axis."""
        return self.levels == 0

    @property
    def is_moment(self) -> bool:
        """Whether it is a variance or covariance."""
        return self.name.endswith("variance")


@functools.cache
def mean_descriptions() -> tuple[MeanDescription, ...]:
    """All fields that :meth:`SpeedyModel.means` gives.

    Raises:
        ReferenceUnavailableError: if the Fortran was not built.
    """
    descriptions = []
    for place in range(1, loaded().f90wrap_model_facade__means_available() + 1):
        name, units, long_name, levels = loaded().f90wrap_model_facade__describe_mean(place=place)
        descriptions.append(
            MeanDescription(place, text(name), text(units), text(long_name), int(levels))
        )
    return tuple(descriptions)
