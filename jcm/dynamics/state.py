"""The atmosphere: spectral and on the grid, in the layout of :mod:`jcm.dynamics.packing`."""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Array, Float

from jcm.dynamics.packing import GridMap, PackedSpectralMap

SpectralLevels = Float[Array, "62 level 32"]
GridLevels = Float[Array, "96 level 48"]
GridHalfLevels = Float[Array, "96 half_level 48"]


class SpectralState(NamedTuple):
    """Prognostic fields of one time level, or their tendencies per second; level 0 is the top.

    Attributes:
        vorticity: [s-1], `(62, level, 32)`.
        divergence: [s-1], `(62, level, 32)`.
        temperature: absolute temperature [K], `(62, level, 32)`.
        specific_humidity: [g kg-1], `(62, level, 32)`; may be negative on the grid.
        log_normalized_surface_pressure: ln(p_s / 1e5 Pa) [1], `(62, 1, 32)`.
    """

    vorticity: SpectralLevels
    divergence: SpectralLevels
    temperature: SpectralLevels
    specific_humidity: SpectralLevels
    log_normalized_surface_pressure: PackedSpectralMap


class GridState(NamedTuple):
    """One time level on the grid, as the column physics reads it.

    Attributes:
        eastward_wind: [m s-1], `(96, level, 48)`, as all that follow.
        northward_wind: [m s-1].
        temperature: [K].
        specific_humidity: [g kg-1], not clipped: may be negative.
        geopotential: [m2 s-2].
        log_normalized_surface_pressure: ln(p_s / 1e5 Pa) [1], `(96, 48)`.
    """

    eastward_wind: GridLevels
    northward_wind: GridLevels
    temperature: GridLevels
    specific_humidity: GridLevels
    geopotential: GridLevels
    log_normalized_surface_pressure: GridMap


class GridTendencies(NamedTuple):
    """Tendencies on the grid, of the physics or of the dynamics, `(96, level, 48)`.

    Attributes:
        eastward_wind: [m s-2].
        northward_wind: [m s-2].
        temperature: [K s-1].
        specific_humidity: [g kg-1 s-1].
    """

    eastward_wind: GridLevels
    northward_wind: GridLevels
    temperature: GridLevels
    specific_humidity: GridLevels


class DynamicsDiagnostics(NamedTuple):
    """What the dynamics of a step saw on the grid, from the time level that it advects with.

    Attributes:
        sigma_velocity: dσ/dt at the half levels, positive downwards [s-1], `(96, half_level, 48)`;
            the value at the surface is what rounding leaves of zero.
        vorticity: relative vorticity [s-1], `(96, level, 48)`.
        divergence: [s-1], `(96, level, 48)`.
    """

    sigma_velocity: GridHalfLevels
    vorticity: GridLevels
    divergence: GridLevels
