"""Indices of ringing of a field, and what a whole climate amounts to.

With the parts of the truncation N (30 for SPEEDY, where all is as in the specification)

    E        log10 of the power in 25/30 N ... N / that of the power law through 8/30 N ... 20/30 N
    p        exponent of that law
    frac     share of the wavenumbers above 0.8 N in the power without the mean
    end      share of 28/30 N ... N
    A_*      rms over a region of the part of the field with 25/30 N ... N
    corr_*   its correlation there with the same part of the orography
    Z_*      rms over a region of ½ f(i) - ¼ (f(i-1) + f(i+1)), neighbours being on the same row
    X_*      strength of the sign alternation along lines off the coast of a region
    N_coasts frequency of the alternation, mean over the four regions
    R_sea    rms over the sea of ½ f - ⅛ Σ of the four neighbours, / standard deviation over the sea

References:
    Specification page 40, section 6.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

import numpy as np
import xarray as xr

from validation.climate.climate import Climate
from validation.ringing.regions import OPEN, REGIONS, Geography
from validation.ringing.sphere import Sphere, spectrum
from validation.ringing.transects import Lines, lines

#: Field, season and index.
Key = tuple[str, str, str]
#: Indices that are not judged: they do not grow with the ringing.
SHOWN_ONLY = ("p", "corr_", "N_coasts")


@dataclasses.dataclass(frozen=True)
class Index:
    """An index of a climate.

    Attributes:
        value: mean over blocks of up to three years.
        error: standard error from its years; NaN where there are too few.
    """

    value: float
    error: float


@dataclasses.dataclass(frozen=True, eq=False)
class Place:
    """Where a field is measured: the grid with its sea, regions, lines and orography.

    Attributes:
        geography: sea and regions.
        lines: off the coasts, by region.
        orography_tail: part of the surface geopotential with 25/30 N ... N [m2 s-2], None if that
            is not known at this truncation.
    """

    geography: Geography
    lines: Mapping[str, Lines]
    orography_tail: np.ndarray | None

    @classmethod
    def of(
        cls,
        sphere: Sphere,
        *,
        land_fraction: np.ndarray | None = None,
        surface_geopotential: np.ndarray | None = None,
    ) -> Place:
        """The place on a grid; fields `(latitude, longitude)`."""
        geography = Geography.of(sphere, land_fraction)
        tail = None
        if surface_geopotential is not None:
            tail = sphere.synthesis(sphere.coefficients(surface_geopotential), sphere.tail())
        return cls(geography, lines(sphere, geography.sea), tail)

    @property
    def sphere(self) -> Sphere:
        """The grid."""
        return self.geography.sphere


def field_indices(field: np.ndarray, place: Place) -> dict[str, np.ndarray]:
    """All indices of fields `(..., latitude, longitude)`, each `(...)`; NaN where undefined."""
    sphere, geography = place.sphere, place.geography
    spectral = sphere.coefficients(field)
    found = spectral_indices(spectrum(spectral), sphere)
    tail = sphere.synthesis(spectral, sphere.tail())
    residual = 0.5 * field - 0.25 * (np.roll(field, 1, axis=-1) + np.roll(field, -1, axis=-1))
    frequencies = []
    for region in (*REGIONS, OPEN):
        weight = geography.weight[region]
        found[f"A_{region}"] = _rms(tail, weight)
        found[f"Z_{region}"] = _rms(residual, weight)
        if region in place.lines:
            found[f"X_{region}"], frequency = place.lines[region].alternation(field)
            frequencies.append(frequency)
            if place.orography_tail is not None:
                found[f"corr_{region}"] = _correlation(tail, place.orography_tail, weight)
    found["N_coasts"] = np.mean(frequencies, axis=0)
    found["R_sea"] = _roughness(field, geography)
    return found


def spectral_indices(power: np.ndarray, sphere: Sphere) -> dict[str, np.ndarray]:
    """The indices of spectra `(..., l)`, each `(...)`."""
    n = np.arange(sphere.truncation + 1.0)
    tail, law = sphere.tail(), sphere.law()
    with np.errstate(divide="ignore", invalid="ignore"):
        x, y = np.log(n[law]), np.log(power[..., law])
        centred = x - x.mean()
        slope = (y @ centred) / (centred @ centred)
        intercept = y.mean(axis=-1) - slope * x.mean()
        fitted = np.exp(intercept[..., None] + slope[..., None] * np.log(n[tail]))
        whole = power[..., 1:].sum(axis=-1)
        return {
            "E": _finite(np.log10(power[..., tail].sum(axis=-1) / fitted.sum(axis=-1))),
            "p": _finite(-slope),
            "frac": _finite(power[..., sphere.upper()].sum(axis=-1) / whole),
            "end": _finite(power[..., sphere.last()].sum(axis=-1) / whole),
        }


def _finite(values: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(values), values, np.nan)


def _rms(field: np.ndarray, weight: np.ndarray) -> np.ndarray:
    if not weight.any():
        return np.full(field.shape[:-2], np.nan)
    return np.sqrt(np.sum(weight * field**2, axis=(-2, -1)))


def _correlation(field: np.ndarray, other: np.ndarray, weight: np.ndarray) -> np.ndarray:
    def anomaly(values: np.ndarray) -> np.ndarray:
        return values - np.sum(weight * values, axis=(-2, -1), keepdims=True)

    a, b = anomaly(field), anomaly(other)
    product = _rms(a, weight) * _rms(b, weight)
    with np.errstate(divide="ignore", invalid="ignore"):
        return _finite(np.sum(weight * a * b, axis=(-2, -1)) / product)


def _roughness(field: np.ndarray, geography: Geography) -> np.ndarray:
    residual = 0.5 * field
    residual = residual - 0.125 * (np.roll(field, 1, axis=-1) + np.roll(field, -1, axis=-1))
    residual[..., 1:-1, :] -= 0.125 * (field[..., 2:, :] + field[..., :-2, :])
    mean = np.sum(geography.sea_weight * field, axis=(-2, -1), keepdims=True)
    deviation = _rms(field - mean, geography.sea_weight)
    with np.errstate(divide="ignore", invalid="ignore"):
        return _finite(_rms(residual, geography.inner_weight) / deviation)


def negative_share(field: np.ndarray, weight: np.ndarray) -> float:
    """What negative values take away from a sum / the whole sum.

    Args:
        field: of any shape.
        weight: of its points, of a shape that goes with it.
    """
    whole = float(np.sum(weight * field))
    taken = -float(np.sum(weight * np.minimum(field, 0.0)))
    return taken / whole if whole > 0.0 else math.nan


def rms_below_zero(field: np.ndarray, weight: np.ndarray) -> float:
    """Root mean square of the negative part; weights sum to 1."""
    return float(np.sqrt(np.sum(weight * np.minimum(field, 0.0) ** 2)))


def is_judged(index: str) -> bool:
    """Whether an index may not exceed that of the reference."""
    return not index.startswith(SHOWN_ONLY)


def ringing_indices(climate_or_dataset: Climate | xr.Dataset) -> dict[Key, Index]:
    """All indices of a climate.

    Args:
        climate_or_dataset: a climate on SPEEDY's grid, or monthly means of whole years along
            `time` with the coordinates `year`, `month`, `latitude` and `longitude`, as
            :func:`validation.climate.runs.read_months` returns. An attribute `truncation` says
            what the spectra end with.

    Returns:
        By field, season ("annual", "djf", "jja", or "transients") and index.

    Raises:
        InputError: if it holds no field whose ringing is measured.
    """
    from validation.ringing.measure import measure
    from validation.ringing.source import source_of

    return dict(measure(source_of(climate_or_dataset)).indices)


def ringing_index(found: Mapping[Key, Index], reference: Mapping[Key, Index]) -> float:
    """One number: how much stronger the tail is than the reference's.

        exp(mean of ln(A / A of the reference))

    over all fields that both have and all regions, the open sea included, of annual means. 1 is
    as much as the reference. NaN if nothing can be compared.
    """
    logarithms = [
        math.log(index.value / reference[key].value)
        for key, index in found.items()
        if key[1] == "annual"
        and key[2].startswith("A_")
        and key in reference
        and index.value > 0.0
        and reference[key].value > 0.0
    ]
    return math.exp(sum(logarithms) / len(logarithms)) if logarithms else math.nan
