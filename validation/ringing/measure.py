"""Spectra and indices of ringing of everything that a source holds, with their uncertainties."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from jcm.dynamics.gaussian_grid import GaussianGrid
from validation.climate.catalogue import GRAVITY
from validation.climate.reference import BLOCK_YEARS
from validation.climate.ringing import surface_geopotential
from validation.climate.seasons import SEASONS, season_weights
from validation.ringing.indices import (
    Index,
    Key,
    Place,
    field_indices,
    rms_below_zero,
    spectral_indices,
)
from validation.ringing.regions import OPEN, REGIONS, observed_on
from validation.ringing.source import Source
from validation.ringing.sphere import spectrum

#: What takes the place of a season in the names of indices of deviations from the time mean.
TRANSIENTS = "transients"
OROGRAPHY = "surface_geopotential"
#: Blocks from which on their scatter is a better error than the jackknife over years.
_MANY_BLOCKS = 4
#: Parts that a time mean of less than a year is cut into for its error.
_PARTS = 4
#: Largest truncation that SPEEDY's own orography says anything about.
_OBSERVED_TRUNCATION = 31


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Measures:
    """What was found.

    Attributes:
        source: of what.
        place: its grid with regions, lines and orography.
        years: whole years behind the means; 0 of less than a year or an unknown time.
        indices: by field, season and index; `TRANSIENTS` in place of a season for deviations from
            the time mean, `OROGRAPHY` in place of a field for the surface geopotential.
        spectra: power per total wavenumber `(l,)` by field and season.
        means: time mean of every field `(latitude, longitude)`.
        tails: part of it with 25/30 N ... N.
    """

    source: Source
    place: Place
    years: int
    indices: Mapping[Key, Index]
    spectra: Mapping[tuple[str, str], np.ndarray]
    means: Mapping[str, np.ndarray]
    tails: Mapping[str, np.ndarray]
    remarks: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Of the source."""
        return self.source.name


def measure(source: Source) -> Measures:
    """Measure every field of a source.

    A time mean of N years has the mean of the indices of its blocks of three years, as the
    reference has, since averaging over more years takes noise away. Their standard error is that of
    the blocks if there are at least four, else the jackknife over years.
    """
    sphere = source.sphere
    place = Place.of(
        sphere,
        land_fraction=source.land_fraction,
        surface_geopotential=_known_orography(source),
    )
    indices: dict[Key, Index] = {}
    spectra: dict[tuple[str, str], np.ndarray] = {}
    means: dict[str, np.ndarray] = {}
    tails: dict[str, np.ndarray] = {}
    remarks: list[str] = []
    years = 0
    for key, load in source.fields.items():
        values = load().astype(float)
        if not np.isfinite(values).all():
            remarks.append(f"{key} of {source.name} has missing values and was left out.")
            continue
        pieces, years = _pieces(values, source)
        for number, season in enumerate(SEASONS[: pieces.shape[1]]):
            for index, found in _time_mean(pieces[:, number], years, place).items():
                indices[key, season, index] = found
            mean = pieces[:, number].mean(axis=0)
            spectra[key, season] = spectrum(sphere.coefficients(mean))
        means[key] = pieces[:, 0].mean(axis=0)
        tails[key] = sphere.synthesis(sphere.coefficients(means[key]), sphere.tail())
        deviations = _deviations(values, source)
        if deviations is not None:
            found, spectra[key, TRANSIENTS] = _transients(*deviations, place)
            indices |= {(key, TRANSIENTS, index): value for index, value in found.items()}
    if source.kind == "samples" and 0 < years < BLOCK_YEARS:
        remarks.append(
            f"Whole years in {source.name}: {years}; indices of fewer than {BLOCK_YEARS} hold more "
            "noise than those of the reference."
        )
    geopotential = source.surface_geopotential
    if geopotential is not None and np.ptp(geopotential) > 0.0:
        indices |= _orography(geopotential, place)
        spectra[OROGRAPHY, SEASONS[0]] = spectrum(sphere.coefficients(geopotential))
    return Measures(
        source=source,
        place=place,
        years=years,
        indices=indices,
        spectra=spectra,
        means=means,
        tails=tails,
        remarks=(*source.remarks, *remarks),
    )


def _known_orography(source: Source) -> np.ndarray | None:
    """The surface geopotential [m2 s-2] whose tail the fields are correlated with.

    That of the source; of a source that does not say, the original's where that has all
    wavenumbers of the tail. None if the ground is flat or nothing is known.
    """
    sphere, given = source.sphere, source.surface_geopotential
    if given is not None:
        return given if np.ptp(given) > 0.0 else None
    if sphere.truncation > _OBSERVED_TRUNCATION:
        return None
    if np.array_equal(sphere.sine_latitude, GaussianGrid.speedy().sine_latitude):
        return surface_geopotential()
    return GRAVITY * observed_on(sphere, "surface_altitude")


def _pieces(values: np.ndarray, source: Source) -> tuple[np.ndarray, int]:
    """Season means of single years `(year, season, ...)` and their number.

    Of less than a year, time means of a few parts as the only season, and 0.
    """
    if source.kind == "mean":
        return values[None, None], 0
    if source.kind == "seasons":
        return values, len(values)
    whole = source.whole_years
    if whole:
        months = np.stack(
            [
                [values[_at(source, year, month)].mean(axis=0) for month in range(1, 13)]
                for year in whole
            ]
        )
        return np.einsum("sm,ymij->ysij", season_weights(), months), len(whole)
    parts = np.array_split(values, min(_PARTS, len(values)))
    return np.stack([part.mean(axis=0) for part in parts])[:, None], 0


def _at(source: Source, year: int, month: int) -> np.ndarray:
    return (source.year == year) & (source.month == month)


def _time_mean(pieces: np.ndarray, years: int, place: Place) -> dict[str, Index]:
    """Indices of the mean over `pieces` `(piece, latitude, longitude)`."""
    length = BLOCK_YEARS if years >= BLOCK_YEARS else max(len(pieces), 1)
    blocks = _blocks(pieces, length)
    number = len(blocks)
    if number < _MANY_BLOCKS and len(pieces) > 1:
        left_out = (pieces.sum(axis=0) - pieces) / (len(pieces) - 1)
        blocks = np.concatenate([blocks, left_out])
    found = {}
    for index, values in field_indices(blocks, place).items():
        error = _spread(values) if number >= _MANY_BLOCKS else jackknife_error(values[number:])
        found[index] = Index(float(values[:number].mean()), error)
    return found


def _blocks(pieces: np.ndarray, length: int) -> np.ndarray:
    """Means over consecutive blocks; what is left over at the end is not used."""
    number = len(pieces) // length
    used = pieces[: number * length]
    return used.reshape(number, length, *pieces.shape[1:]).mean(axis=1)


def _spread(values: np.ndarray) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values)))


def jackknife_error(left_out: np.ndarray) -> float:
    """Standard error from the results with each piece left out in turn; NaN of less than two."""
    number = len(left_out)
    if number < 2:
        return float("nan")
    return float(np.sqrt((number - 1) * left_out.var()))


def _deviations(values: np.ndarray, source: Source) -> tuple[list[np.ndarray], list[float]] | None:
    """Deviations by year `(sample, ...)`, and what their squares are multiplied with.

    Of monthly means from the mean of the calendar month over all years; of more samples, from that
    of the single month. None if there is nothing to deviate from.
    """
    if source.kind != "samples" or not len(source.year):
        return None
    years: list[np.ndarray] = []
    factors: list[float] = []
    if source.monthly:
        whole = source.whole_years
        if len(whole) < 2:
            return None
        table = np.stack(
            [
                np.concatenate([values[_at(source, year, month)] for month in range(1, 13)])
                for year in whole
            ]
        )
        return list(table - table.mean(axis=0)), [len(whole) / (len(whole) - 1)] * len(whole)
    for year in np.unique(source.year).tolist():
        inside = []
        for month in range(1, 13):
            samples = values[_at(source, year, month)]
            if len(samples) > 1:
                bias = np.sqrt(len(samples) / (len(samples) - 1))
                inside.append(bias * (samples - samples.mean(axis=0)))
        if inside:
            years.append(np.concatenate(inside))
            factors.append(1.0)
    return (years, factors) if years else None


def _transients(
    years: list[np.ndarray], factors: list[float], place: Place
) -> tuple[dict[str, Index], np.ndarray]:
    """Indices and mean spectrum of deviations; the error is the jackknife over years."""
    sphere = place.sphere
    weights = {name: place.geography.weight[name] for name in (*REGIONS, OPEN)}
    powers, squares = [], []
    for deviations, factor in zip(years, factors, strict=True):
        spectral = sphere.coefficients(deviations)
        powers.append(factor * spectrum(spectral).mean(axis=0))
        tail = sphere.synthesis(spectral, sphere.tail())
        squares.append(factor * (tail**2).mean(axis=0))
    power, square = np.stack(powers), np.stack(squares)
    samples = np.array([len(deviations) for deviations in years], float)

    def results(chosen: np.ndarray) -> dict[str, float]:
        share = samples * chosen / (samples * chosen).sum()
        found = {
            name: float(value) for name, value in spectral_indices(share @ power, sphere).items()
        }
        mean_square = np.einsum("y,yij->ij", share, square)
        for region, weight in weights.items():
            known = bool(weight.any())
            found[f"A_{region}"] = (
                float(np.sqrt(np.sum(weight * mean_square))) if known else float("nan")
            )
        return found

    everything = np.ones(len(years))
    found = results(everything)
    left_out = [results(everything - row) for row in np.eye(len(years))] if len(years) > 1 else []
    indices = {
        name: Index(value, jackknife_error(np.array([one[name] for one in left_out])))
        for name, value in found.items()
    }
    return indices, samples @ power / samples.sum()


def _orography(geopotential: np.ndarray, place: Place) -> dict[Key, Index]:
    """Indices of the surface geopotential, and the rms of what lies below zero over sea."""
    found = {
        name: float(value)
        for name, value in field_indices(geopotential, place).items()
        if not name.startswith("corr_")
    }
    found["negative_sea"] = rms_below_zero(geopotential, place.geography.sea_weight)
    return {(OROGRAPHY, SEASONS[0], name): Index(value, 0.0) for name, value in found.items()}
