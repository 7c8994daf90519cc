"""The vertical coordinate sigma = p / p_s: layers, their boundaries, interpolation weights.

Level 0 is the top. Half level k lies below full level k; `half_level_sigma` has one entry more
than there are levels, from 0 at the top to 1 at the surface.
"""

from __future__ import annotations

import dataclasses
import functools
import math

import numpy as np

from jcm.formulation import ORIGINAL, Formulation

_SPEEDY_HALF_LEVELS = (0.0, 0.05, 0.14, 0.26, 0.42, 0.6, 0.77, 0.9, 1.0)


@dataclasses.dataclass(frozen=True)
class VerticalGrid:
    """Sigma layers (spec 16 section 2). Hashable, hence static under `jax.jit`.

    Attributes:
        half_level_sigma: boundaries of the layers, length `levels + 1`, increasing from 0 to 1.
        log_near_surface_sigma: ln of the sigma to which near-surface values are extrapolated.

    Raises:
        ValueError: if the boundaries do not increase strictly from 0 to 1.
    """

    half_level_sigma: tuple[float, ...]
    log_near_surface_sigma: float = math.log(0.99)

    def __post_init__(self) -> None:
        half = self.half_level_sigma
        if len(half) < 3 or half[0] != 0.0 or half[-1] != 1.0:
            raise ValueError(f"half_level_sigma must run from 0 to 1, got {half}")
        for k in range(len(half) - 1):
            if not half[k] < half[k + 1]:
                raise ValueError(
                    f"half_level_sigma must increase, got {half[k + 1]} after {half[k]} "
                    f"at index {k + 1}"
                )

    @classmethod
    def speedy(cls, formulation: Formulation = ORIGINAL) -> VerticalGrid:
        """SPEEDY's eight layers."""
        if formulation.single_precision_constants:
            return cls(
                tuple(float(np.float32(sigma)) for sigma in _SPEEDY_HALF_LEVELS),
                log_near_surface_sigma=-0.010050326585769653,
            )
        return cls(_SPEEDY_HALF_LEVELS)

    @property
    def levels(self) -> int:
        """Number of layers."""
        return len(self.half_level_sigma) - 1

    @functools.cached_property
    def full_level_sigma(self) -> tuple[float, ...]:
        """Sigma of the layers' centres: mean of the two boundaries. Length `levels`."""
        half = self.half_level_sigma
        return tuple(0.5 * (half[k] + half[k + 1]) for k in range(self.levels))

    @functools.cached_property
    def sigma_thickness(self) -> tuple[float, ...]:
        """Thickness of the layers in sigma. Length `levels`."""
        half = self.half_level_sigma
        return tuple(half[k + 1] - half[k] for k in range(self.levels))

    @functools.cached_property
    def half_level_weight(self) -> tuple[float, ...]:
        """Weights w, length `levels`: X at the half level below k is X[k] + w[k] (X[k+1] - X[k]).

        Linear in ln sigma. The last weight extrapolates to the surface,
        X[-1] + w[-1] (X[-1] - X[-2]).
        """
        log_full = [math.log(sigma) for sigma in self.full_level_sigma]
        log_half = [math.log(sigma) for sigma in self.half_level_sigma[1:]]
        inverse_step = [1.0 / (log_full[k + 1] - log_full[k]) for k in range(self.levels - 1)]
        interior = [(log_half[k] - log_full[k]) * inverse_step[k] for k in range(self.levels - 1)]
        surface = (self.log_near_surface_sigma - log_full[-1]) * inverse_step[-1]
        return (*interior, surface)
