"""Where the stratosphere, convection tops and entrainment lie in any layers.

With SPEEDY's layers the answers are those of the specification. What else the physics assumes about
its layers is in docs/vertical-levels.md.

References:
    Specification pages 11 and 13 to 16.
"""

from __future__ import annotations

from jcm.vertical_grid import VerticalGrid

#: Two layers of stratosphere, two of boundary layer, and a convection top between them.
LEAST_LEVELS = 5

#: Lower boundaries of SPEEDY's two top layers, and of the lowest one where convection may end.
_UPPER_STRATOSPHERE_ENDS = 0.05
_STRATOSPHERE_ENDS = 0.14
_CONVECTION_TOPS_END = 0.60


def stratospheric_layers(grid: VerticalGrid) -> int:
    """Number of layers that stand for SPEEDY's two top ones.

    Those centred above σ = 0.14, at least two.
    """
    return max(2, sum(sigma < _STRATOSPHERE_ENDS for sigma in grid.full_level_sigma))


def upper_stratospheric_layers(grid: VerticalGrid) -> int:
    """Number of layers that stand for SPEEDY's top one.

    Those centred above σ = 0.05, at least one, and one fewer than :func:`stratospheric_layers` at
    most.
    """
    above = sum(sigma < _UPPER_STRATOSPHERE_ENDS for sigma in grid.full_level_sigma)
    return min(max(1, above), stratospheric_layers(grid) - 1)


def shares_of_mass(grid: VerticalGrid, layers: range) -> dict[int, float]:
    """Share of each of some layers in their mass, by level."""
    thickness = grid.sigma_thickness
    whole = sum(thickness[k] for k in layers)
    return {k: thickness[k] / whole for k in layers}


def convection_top_candidates(grid: VerticalGrid) -> range:
    """Layers where deep convection may end, the highest first.

    They are neither among the two highest nor among the two lowest, and their centres lie between
    σ = 0.14 and 0.6. With SPEEDY's layers they are levels 2, 3 and 4.

    Raises:
        ValueError: if there is no such layer.
    """
    tops = [
        k
        for k in range(2, grid.levels - 2)
        if _STRATOSPHERE_ENDS < grid.full_level_sigma[k] < _CONVECTION_TOPS_END
    ]
    if not tops:
        raise ValueError(
            f"half_level_sigma {grid.half_level_sigma} leaves convection no top: expected a layer "
            f"centred between sigma {_STRATOSPHERE_ENDS} and {_CONVECTION_TOPS_END} that is "
            "neither among the two highest nor among the two lowest"
        )
    return range(tops[0], tops[-1] + 1)


def entrainment_shape(grid: VerticalGrid) -> list[float]:
    """max(0, σ_k - 0.5)² of all layers but the highest and the lowest.

    Raises:
        ValueError: if it vanishes everywhere.
    """
    shape = [max(0.0, sigma - 0.5) ** 2 for sigma in grid.full_level_sigma[1:-1]]
    if not any(shape):
        raise ValueError(
            f"half_level_sigma {grid.half_level_sigma} leaves convection nowhere to entrain: "
            "expected a layer centred below sigma 0.5 besides the lowest"
        )
    return shape


def check_vertical_grid(grid: VerticalGrid) -> None:
    """Refuse layers that the column physics cannot work with.

    Raises:
        ValueError: for fewer than five layers, for layers without a possible convection top, and
            for layers in which convection cannot entrain.
    """
    if grid.levels < LEAST_LEVELS:
        raise ValueError(
            f"half_level_sigma makes {grid.levels} layers, expected at least {LEAST_LEVELS} for "
            "SPEEDY's physics"
        )
    convection_top_candidates(grid)
    entrainment_shape(grid)
