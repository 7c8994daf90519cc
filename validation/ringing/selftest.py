"""Self-test: every index must see a step that was truncated, and nothing in what is smooth.

A plateau where SPEEDY's mountains are higher than 1500 m, cut off at the truncation N, rings over
the seas beside it as truncated orography does. Smoothed with the filter exp(-n (n+1) / (0.07 N)²),
which makes nothing negative, it does not. Both are added to one random background with power
n^-1.5 exp(-2 (n/N)⁸), the tail of which is damped as a model's and no wavenumber of which opposes
the plateau's. The third field is the background with its scales n ≤ N/6 made larger by half its
standard deviation. An index passes if the step raises it and neither smooth field does.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from validation.ringing.indices import (
    Place,
    field_indices,
    negative_share,
    rms_below_zero,
)
from validation.ringing.regions import MOUNTAIN, observed_on
from validation.ringing.sphere import Sphere

#: What the step must raise an index by at least, and a smooth field may at most; factors.
LEAST_RISE, LARGEST_RISE = 1.25, 1.1
#: Height of the plateau at N = 30, growing with √N since ripples far away get weaker, and standard
#: deviation of the added large scales, both in that of the background.
_STEP, _SMOOTH = 20.0, 0.5
_SEED = 20
_FILTER, _LARGE_SCALES = 0.07, 1 / 6
#: Indices of what is never negative by nature; tested with the plateau alone.
_NEGATIVE = ("negative_water", "negative_sea")
#: Mean size of the correlations in all regions: in a region of few points chance makes it large.
_CORRELATION = "corr"


@dataclasses.dataclass(frozen=True)
class IndexTest:
    """The self-test of an index on a grid.

    Attributes:
        index: which.
        background: its value for the background alone.
        step: with the truncated plateau.
        smoothed: with the smoothed plateau.
        smooth: with larger large scales.
    """

    index: str
    background: float
    step: float
    smoothed: float
    smooth: float

    def rise(self, value: float) -> float:
        """Factor by which a value exceeds that of the background.

        Of E, a logarithm, the power of ten of the difference; of the correlation one more than the
        difference; of what only ripples make negative, one more than its share in what the step
        makes.
        """
        if self.index in _NEGATIVE:
            return 1.0 + value / self.step if self.step > 0.0 else 1.0
        if self.index == "E":
            return float(10.0 ** (value - self.background))
        if self.index == _CORRELATION:
            return 1.0 + value - self.background
        return value / self.background if self.background > 0.0 else float("nan")

    @property
    def passed(self) -> bool:
        """Whether the step raises the index and neither smooth field does."""
        smooth = [self.rise(value) for value in (self.smoothed, self.smooth)]
        return self.rise(self.step) >= LEAST_RISE and all(s <= LARGEST_RISE for s in smooth)

    def in_words(self) -> str:
        """One sentence."""
        return (
            f"The index {self.index} {'passes' if self.passed else 'fails'} its self-test: the "
            f"truncated step changes it by a factor of {self.rise(self.step):.3g}, expected at "
            f"least {LEAST_RISE:g}; smooth fields by {self.rise(self.smoothed):.3g} and "
            f"{self.rise(self.smooth):.3g}, expected at most {LARGEST_RISE:g}."
        )


def self_test(place: Place) -> list[IndexTest]:
    """Test every index on a grid; those of regions without points there are left out."""
    background, step, smoothed, smooth = _fields(place.sphere)
    plateau = dataclasses.replace(
        place,
        orography_tail=place.sphere.synthesis(place.sphere.coefficients(step), place.sphere.tail()),
    )
    height = _STEP * np.sqrt(place.sphere.truncation / 30.0)
    fields = np.stack(
        [background, background + height * step, background + height * smoothed, smooth]
    )
    found = field_indices(fields, plateau)
    del found["p"]
    correlations = [found.pop(name) for name in list(found) if name.startswith("corr_")]
    found[_CORRELATION] = np.nanmean(np.abs(correlations), axis=0)
    tests = [
        IndexTest(index, *map(float, values))
        for index, values in found.items()
        if np.isfinite(values).all()
    ]
    sea = place.geography.sea_weight
    rows = place.sphere.row_weight[:, None] / place.sphere.shape[1]
    alone = [np.zeros_like(step), step, smoothed, np.ones_like(step)]
    water, ripples = _NEGATIVE
    tests.append(IndexTest(water, 0.0, *(negative_share(field, rows) for field in alone[1:])))
    tests.append(IndexTest(ripples, *(rms_below_zero(field, sea) for field in alone)))
    return tests


def _fields(sphere: Sphere) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Background, truncated plateau, smoothed plateau, background with larger large scales."""
    random = np.random.default_rng(_SEED)
    size = sphere.truncation + 1
    n = np.arange(size)
    share = np.maximum(n, 1) / sphere.truncation
    power = np.where(n > 0, share**-1.5 * np.exp(-2.0 * share**8), 0.0)
    drawn = np.triu(random.standard_normal((size, size, 2)) @ np.array([1.0, 1.0j]))
    drawn[0] = np.sqrt(2.0) * drawn[0].real
    altitude = observed_on(sphere, "surface_altitude")
    plateau = sphere.coefficients((altitude >= MOUNTAIN).astype(float))
    product = (drawn.conj() * plateau).real
    opposed = product[0] + 2.0 * product[1:].sum(axis=0) < 0.0
    spectral = np.where(opposed, -drawn, drawn) * np.sqrt(power / (2.0 * n + 1.0))
    background = sphere.synthesis(spectral)
    deviation = background.std()
    large = sphere.synthesis(spectral * (n <= _LARGE_SCALES * sphere.truncation))
    smooth = background / deviation + _SMOOTH * large / large.std()
    smoothing = np.exp(-n * (n + 1.0) / (_FILTER * sphere.truncation) ** 2)
    return (
        background / deviation,
        sphere.synthesis(plateau),
        sphere.synthesis(plateau * smoothing),
        smooth,
    )
