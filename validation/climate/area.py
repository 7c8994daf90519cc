"""Area means and the measures of a difference of two fields.

Fields run `(..., latitude, longitude)` from south to north; weights are one number per row and sum
to 1.

References:
    Specification page 40, section 2.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from jcm.dynamics.gaussian_grid import GaussianGrid


def area_weight() -> np.ndarray:
    """Half the Gauss weight of each row [1], `(latitude,)`."""
    return 0.5 * GaussianGrid.speedy().quadrature_weight


def area_mean(field: np.ndarray, weight: np.ndarray) -> Any:
    """Mean over the sphere of `(..., latitude, longitude)`."""
    return field.mean(axis=-1) @ weight


@dataclasses.dataclass(frozen=True)
class Difference:
    """How a field differs from a reference field, area-weighted.

    Attributes:
        rms: root mean square of the difference.
        bias: mean of the difference.
        centred_rms: root mean square of the difference without the bias.
        correlation: pattern correlation; NaN if either field is uniform.
        deviation_ratio: spatial standard deviation / that of the reference; NaN if the latter is 0.
        mean: area mean of the field.
        reference_mean: of the reference.
        reference_deviation: spatial standard deviation of the reference.
    """

    rms: float
    bias: float
    centred_rms: float
    correlation: float
    deviation_ratio: float
    mean: float
    reference_mean: float
    reference_deviation: float


def difference(field: np.ndarray, reference: np.ndarray, weight: np.ndarray) -> Difference:
    """The measures of `field - reference`.

    Args:
        field: `(latitude, longitude)`, or `(latitude, 1)` for a zonal mean.
        reference: the same shape; points where either is NaN do not count.
        weight: of the rows `(latitude,)`.
    """
    valid = np.isfinite(field) & np.isfinite(reference)
    share = np.where(valid, weight[:, None], 0.0)
    share = share / share.sum() if valid.any() else np.full(field.shape, np.nan)

    def mean(values: np.ndarray) -> float:
        return float(np.sum(share * np.where(valid, values, 0.0)))

    found, expected = mean(field), mean(reference)
    anomaly, reference_anomaly = field - found, reference - expected
    variance, reference_variance = mean(anomaly**2), mean(reference_anomaly**2)
    covariance = mean(anomaly * reference_anomaly)
    product = np.sqrt(variance * reference_variance)
    return Difference(
        rms=float(np.sqrt(mean((field - reference) ** 2))),
        bias=mean(field - reference),
        centred_rms=float(np.sqrt(mean((anomaly - reference_anomaly) ** 2))),
        correlation=covariance / product if product > 0.0 else float("nan"),
        deviation_ratio=float(np.sqrt(variance / reference_variance))
        if reference_variance > 0.0
        else float("nan"),
        mean=found,
        reference_mean=expected,
        reference_deviation=float(np.sqrt(reference_variance)),
    )
