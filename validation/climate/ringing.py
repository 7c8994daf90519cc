"""Grid-scale noise of time means: spectra in the total wavenumber, and indices of ringing.

    S(n) = ½ (|f(0, n)|² + 2 Σ_{m=1..n} |f(m, n)|²),   Σ S(n) = area mean of f²

References:
    Specification page 40, section 6.
"""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import xarray as xr

from jcm.boundary.preparation import prepare_boundary_fields
from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.dynamics.legendre import legendre_functions

TRUNCATION = 30
#: Total wavenumbers of the tail, and those the power law is fitted to.
TAIL = slice(25, 31)
FITTED = slice(8, 21)
REGIONS = ("andes", "himalaya", "greenland", "antarctica")
#: Sea far from orography, with which the regions are compared.
OPEN = "open"

#: Fields whose ringing is measured: variable and level.
FIELDS: dict[str, tuple[str, int | None]] = {
    "precipitation": ("precipitation", None),
    "convective_precipitation": ("convective_precipitation", None),
    "large_scale_precipitation": ("large_scale_precipitation", None),
    "divergence_level4": ("divergence", 4),
    "divergence_level6": ("divergence", 6),
    "sigma_dot_half_level6": ("sigma_dot", 6),
    "surface_pressure": ("surface_pressure", None),
    "temperature_level7": ("temperature", 7),
    "specific_humidity_level7": ("specific_humidity", 7),
    "eastward_wind_level7": ("eastward_wind", 7),
    "temperature_tendency_convection_level4": ("temperature_tendency_convection", 4),
}


@functools.cache
def _functions() -> np.ndarray:
    """P(m, l) at the model's latitudes, exactly normalised `(m, l, latitude)`."""
    grid = GaussianGrid.speedy()
    by_column = legendre_functions(
        grid.sine_latitude,
        grid.cosine_latitude,
        zonal=TRUNCATION + 1,
        columns=TRUNCATION + 1,
        single_precision_constants=False,
    )
    functions = np.zeros_like(by_column)
    for m in range(TRUNCATION + 1):
        functions[m, m:] = by_column[m, : TRUNCATION + 1 - m]
    return functions


@functools.cache
def _fits() -> tuple[np.ndarray, ...]:
    """For every m, the matrix that gives the least-squares coefficients l = m ... 30."""
    root = np.sqrt(GaussianGrid.speedy().quadrature_weight)
    functions = _functions()
    return tuple(
        np.linalg.pinv(root[:, None] * functions[m, m:].T) * root for m in range(TRUNCATION + 1)
    )


def coefficients(field: np.ndarray) -> np.ndarray:
    """Weighted least-squares fit of the functions to every zonal wavenumber.

    Not the model's own quadrature: on its latitudes that is not quite orthogonal and would leak the
    global mean into the tail.

    Args:
        field: `(latitude, longitude)`.

    Returns:
        Complex `(m, l)`, zero for l < m.
    """
    rows = np.fft.rfft(field, axis=-1)[:, : TRUNCATION + 1] / field.shape[-1]
    found = np.zeros((TRUNCATION + 1, TRUNCATION + 1), complex)
    for m, fit in enumerate(_fits()):
        found[m, m:] = fit @ rows[:, m]
    return found


def spectrum(spectral: np.ndarray) -> np.ndarray:
    """Power S per total wavenumber `(31,)` of coefficients `(m, l)`."""
    power = np.abs(spectral) ** 2
    return 0.5 * (power[0] + 2.0 * power[1:].sum(axis=0))


def tail_on_grid(spectral: np.ndarray, longitudes: int = 96) -> np.ndarray:
    """The part with total wavenumbers 25 to 30 on the grid `(latitude, longitude)`."""
    rows = np.einsum("ml,mlj->jm", spectral[:, TAIL], _functions()[:, TAIL])
    padded = np.zeros((rows.shape[0], longitudes // 2 + 1), complex)
    padded[:, : TRUNCATION + 1] = rows
    return np.fft.irfft(padded * longitudes, n=longitudes, axis=-1)


@dataclasses.dataclass(frozen=True)
class Regions:
    """Where ringing is measured.

    Attributes:
        weight: of each point, by region; sums to 1 `(latitude, longitude)`.
        orography_tail: the tail of the truncated surface geopotential [m2 s-2].
    """

    weight: dict[str, np.ndarray]
    orography_tail: np.ndarray

    @classmethod
    def of(cls, spectra: xr.Dataset) -> Regions:
        """The regions whose masks are stored with the reference spectra."""
        rows = GaussianGrid.speedy().quadrature_weight[:, None]
        weight = {}
        for region in (*REGIONS, OPEN):
            points = spectra[f"mask_{region}"].values.astype(float) * rows
            weight[region] = points / points.sum()
        return cls(weight, tail_on_grid(coefficients(surface_geopotential())))


@functools.cache
def surface_geopotential() -> np.ndarray:
    """Geopotential of the truncated orography [m2 s-2], `(latitude, longitude)`."""
    return np.asarray(prepare_boundary_fields(1982, 1).surface_geopotential).T


def indices(field: np.ndarray, regions: Regions) -> dict[str, float]:
    """All indices of a field `(latitude, longitude)`.

    Returns:
        `p` and `E`: exponent of the power law through wavenumbers 8 to 20, and log10 of the power
        of the tail / that of the law. `frac`: share of the tail in the power without the mean.
        `A_*`: rms of the tail over a region, in units of the field. `corr_*`: its correlation
        there with the tail of the orography. `Z_*`: rms of the zonal two-grid residual.
    """
    spectral = coefficients(field)
    power = spectrum(spectral)
    found = dict(zip(("p", "E", "frac"), _power_law(power), strict=True))
    tail = tail_on_grid(spectral)
    residual = 0.5 * field - 0.25 * (np.roll(field, 1, axis=-1) + np.roll(field, -1, axis=-1))
    for region, weight in regions.weight.items():
        found[f"A_{region}"] = _rms(tail, weight)
        found[f"Z_{region}"] = _rms(residual, weight)
        if region != OPEN:
            found[f"corr_{region}"] = _correlation(tail, regions.orography_tail, weight)
    return found


def _power_law(power: np.ndarray) -> tuple[float, float, float]:
    """Exponent, excess and share of the tail of S(n)."""
    if not power[1:].sum() > 0.0:
        return float("nan"), float("nan"), float("nan")
    n = np.arange(TRUNCATION + 1.0)
    slope, intercept = np.polyfit(np.log(n[FITTED]), np.log(power[FITTED]), 1)
    fitted = np.exp(intercept) * n[TAIL] ** slope
    excess = np.log10(power[TAIL].sum() / fitted.sum())
    return -float(slope), float(excess), float(power[TAIL].sum() / power[1:].sum())


def _rms(field: np.ndarray, weight: np.ndarray) -> float:
    return float(np.sqrt(np.sum(weight * field**2)))


def _correlation(field: np.ndarray, other: np.ndarray, weight: np.ndarray) -> float:
    a, b = field - np.sum(weight * field), other - np.sum(weight * other)
    product = np.sqrt(np.sum(weight * a**2) * np.sum(weight * b**2))
    return float(np.sum(weight * a * b) / product) if product > 0.0 else float("nan")
