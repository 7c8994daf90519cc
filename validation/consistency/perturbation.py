"""Initial perturbations: noise of the temperature of both time levels."""

from __future__ import annotations

import enum
from collections.abc import Mapping

import numpy as np


class Purpose(enum.IntEnum):
    """What a run is for; runs of different purposes never have the same perturbation."""

    LOADINGS = 1
    SCORES = 2
    HOLD_OUT = 3
    TEST = 4


def perturbed(
    fields: Mapping[str, np.ndarray],
    amplitude: float,
    purpose: Purpose,
    number: int,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """The fields with another temperature.

    Every spectral coefficient of every level but the global mean gets independent Gaussian noise of
    the same variance, the same in both time levels, so that no gravity wave is made in time.

    Args:
        fields: as of :func:`jcm.model.exchange.state_from_fields`.
        amplitude: root mean square of the noise over the sphere [K].
        purpose: of the run.
        number: of the run among those of its purpose.
        seed: of all of them.

    Returns:
        A copy with `temperature` complex `(2, level, m, n)` changed.
    """
    temperature = np.asarray(fields["temperature"])
    levels, zonal, columns = temperature.shape[1:]
    m, n = np.arange(zonal)[:, None], np.arange(columns)[None, :]
    # The triangle of the truncation, total wavenumber m + n, without the mean.
    held = (m + n < zonal) & (m + n > 0)
    random = np.random.default_rng((seed, int(purpose), number))
    real, imaginary = random.normal(size=(2, levels, zonal, columns))
    noise = np.where(held, real + 1j * np.where(m > 0, imaginary, 0.0), 0.0)
    # ⟨T²⟩ = ½ (Σ_n |T_0n|² + 2 Σ_{m>0} |T_mn|²) for Legendre functions of norm 1 on [-1, 1].
    weight = np.where(m > 0, 1.0, 0.5) * held
    size = np.sqrt(np.sum(weight * np.abs(noise) ** 2, axis=(-2, -1), keepdims=True))
    return {**fields, "temperature": temperature + amplitude * noise / size}
