"""Root-mean-square differences of two atmospheres, level by level, as `predictability.nc` has them.

Both fields are linear in the spectral coefficients, so the difference is taken there and then
brought to the grid by one and the same transform, whatever models are compared.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.dynamics.spectral_transform import SpectralTransform

#: Level of sigma 0.51, about 500 hPa.
MIDDLE_LEVEL = 4
_RADIUS = 6_371_000.0


def rms_temperature(found: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Of spectral temperature `(level, m, n)`; `(level,)` in K."""
    return _rms(SpectralTransform.speedy().synthesis(_difference(found, expected)))


def rms_eastward_wind(
    found: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]
) -> np.ndarray:
    """Of spectral `vorticity` and `divergence` `(level, m, n)`; `(level,)` in m s-1."""
    vorticity = _difference(found["vorticity"], expected["vorticity"])
    divergence = _difference(found["divergence"], expected["divergence"])
    wind = _eastward_wind(vorticity, divergence)
    return _rms(SpectralTransform.speedy().synthesis(wind, over_cosine=True))


def _difference(found: np.ndarray, expected: np.ndarray) -> np.ndarray:
    return np.asarray(found, np.complex128) - np.asarray(expected, np.complex128)


def _rms(difference: np.ndarray) -> np.ndarray:
    """Mean over longitude, quadrature weights over latitude, of `(..., longitude, latitude)`."""
    weight = GaussianGrid.speedy().quadrature_weight
    return np.sqrt((difference**2).mean(axis=-2) @ weight / weight.sum())


def _eastward_wind(vorticity: np.ndarray, divergence: np.ndarray) -> np.ndarray:
    """U cos φ (spec 30, section 7)."""
    m = np.arange(31)[:, None]
    l = m + np.arange(32)
    recurrence = np.sqrt((l**2 - m**2) / (4.0 * l**2 - 1.0))
    above = np.zeros_like(recurrence)
    above[:, :-1] = recurrence[:, 1:]
    zeta_below, zeta_above = (np.zeros_like(vorticity) for _ in range(2))
    zeta_below[..., 1:] = vorticity[..., :-1]
    zeta_above[..., :-1] = vorticity[..., 1:]
    degree = np.maximum(l, 1)
    return _RADIUS * (
        -1j * m / (degree * (l + 1)) * divergence
        - recurrence / degree * zeta_below
        + above / (l + 1) * zeta_above
    )
