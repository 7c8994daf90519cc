"""The choices of orography: how the observed surface height is made smooth enough to be spectral.

On a grid that is finer than that of the data the observed height is interpolated on the grid before
it is analysed. Its spectral coefficients on the coarse grid, synthesised on the finer one, would
carry the ripples of the coarse truncation along: at T63 with them 6 % of the sea lies below -50 m,
without them 0.4 %.

References:
    Sardeshmukh, P. D. and Hoskins, B. J. (1984): Spatial smoothing on the sphere. Mon. Weather Rev.
    112, 2524-2529. Navarra, A., Stern, W. F. and Miyakoda, K. (1994): Reduction of the Gibbs
    oscillation in spectral model simulations. J. Climate 7, 1169-1183. Lindberg, C. and Broccoli,
    A. J. (1996): Representation of topography in spectral climate models and its effect on
    simulated precipitation. J. Climate 9, 2641-2659.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float

from jcm.boundary.harmonics import Coefficients, Harmonics, Map
from jcm.boundary.interpolation import global_mean

KINDS = ("raw", "truncated", "tapered", "regularized")
TAPERS = ("exponential", "power", "lanczos")

_FRACTION_TOLERANCE = 1e-4
_MOST_PENALTIES = 30
_SMALLEST_SLOPE = 0.1
_RELATIVE_RESIDUAL = 1e-8
_MOST_ITERATIONS = 2000

#: Name -> what it sets.
_NAMED: dict[str, dict[str, Any]] = {
    "raw": {"kind": "raw"},
    "truncated": {"kind": "truncated"},
    "tapered": {"kind": "tapered", "taper": "exponential"},
    "tapered_power": {"kind": "tapered", "taper": "power", "power": 1.0},
    "tapered_lanczos": {"kind": "tapered", "taper": "lanczos"},
    "regularized": {"kind": "regularized"},
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Orography:
    """How the observed orography is filtered. Hashable.

    Attributes:
        kind: what physics and dynamics see,
            "raw": the physics the observed field, the dynamics what the truncation makes of it:
                two orographies in one model, as a control,
            "truncated": both the observed field without total wavenumbers l > T, SPEEDY's choice,
            "tapered": both the truncated field times a factor S(l) that falls towards T,
            "regularized": both the field that is nearest to the observed one for a given smoothness
                over the sea, after Lindberg and Broccoli (1996).
        taper: S(l) of kind "tapered",
            "exponential": exp{ln c [l (l+1) / (T (T+1))]^p}, Sardeshmukh and Hoskins (1984),
            "power": 1 - (1 - c) [l (l+1) / (T (T+1))]^p,
            "lanczos": sin x / x with x = π l / (T + 1), Navarra et al. (1994).
        last_factor: c, what the first two leave of l = T [1].
        power: p [1].
        smoothed_fraction: of kind "regularized": 1 - <(∇²h_s)²> / <(∇²h)²>, means over the sea of
            the filtered h_s and the truncated h [1].
    """

    kind: str = "truncated"
    taper: str = "exponential"
    last_factor: float = 0.1
    power: float = 2.0
    smoothed_fraction: float = 0.9

    def __post_init__(self) -> None:
        """Check the choices."""
        for name, known in (("kind", KINDS), ("taper", TAPERS)):
            if getattr(self, name) not in known:
                raise ValueError(
                    f"{name} of the orography is {getattr(self, name)!r}, expected one of "
                    f"{', '.join(known)}"
                )
        if not 0.0 < self.last_factor <= 1.0:
            raise ValueError(
                f"last_factor of the orography is {self.last_factor}, expected more than 0 and "
                "at most 1"
            )
        if not self.power > 0.0:
            raise ValueError(f"power of the orography is {self.power}, expected more than 0")
        if not 0.0 < self.smoothed_fraction < 1.0:
            raise ValueError(
                f"smoothed_fraction of the orography is {self.smoothed_fraction}, expected more "
                "than 0 and less than 1"
            )

    @classmethod
    def named(cls, name: str) -> Orography:
        """An orography with the parameters that come with the name.

        Args:
            name: "raw", "truncated", "tapered" (exponential), "tapered_power" (p = 1),
                "tapered_lanczos" or "regularized".

        Raises:
            ValueError: for another name, naming the nearest known one.
        """
        if name not in _NAMED:
            near = difflib.get_close_matches(name, _NAMED, n=1, cutoff=0.0)[0]
            raise ValueError(
                f"orography {name!r} is not known, did you mean {near!r}? "
                f"expected one of {', '.join(_NAMED)}"
            )
        return cls(**_NAMED[name])


def filtered_orography(
    height: Map, sea_fraction: Map, orography: Orography, harmonics: Harmonics
) -> Map:
    """The orography that a model with this choice sees.

    Args:
        height: observed height or geopotential, in any unit, `(longitude, latitude)`.
        sea_fraction: share of sea [1], read by kind "regularized".
        orography: see :class:`Orography`.
        harmonics: the transform on the grid of the maps.

    Returns:
        In the unit of the height; of all kinds but "raw" representable in the truncation. All have
        the global mean of the height.

    Raises:
        ValueError: if kind "regularized" finds no field as smooth as wanted.
    """
    if orography.kind == "raw":
        return height.copy()
    spectral = harmonics.analysis(height)
    if orography.kind == "tapered":
        spectral = spectral * taper_factors(orography, harmonics)
    elif orography.kind == "regularized":
        spectral, _ = with_smoothed_fraction(
            spectral, sea_fraction, orography.smoothed_fraction, harmonics
        )
    return harmonics.synthesis(spectral)


def taper_factors(orography: Orography, harmonics: Harmonics) -> Float[np.ndarray, "m n"]:
    """S(l) of :class:`Orography` for each coefficient; 0 where l > T."""
    l, T = harmonics.total_wavenumber, harmonics.truncation
    inside, c = l <= T, orography.last_factor
    scale = np.where(inside, l * (l + 1) / (T * (T + 1)), 1.0) ** orography.power
    if orography.taper == "exponential":
        factors = c**scale
    elif orography.taper == "power":
        factors = 1.0 - (1.0 - c) * scale
    else:
        factors = np.sinc(l / (T + 1))
    return np.where(inside, factors, 0.0)


def sea_roughness(spectral: Coefficients, sea_fraction: Map, harmonics: Harmonics) -> float:
    """Mean square over the sea of the Laplacian of a field.

    Args:
        spectral: coefficients of the field.
        sea_fraction: weight of the points [1].
        harmonics: the transform.

    Returns:
        In units of the field squared, the Laplacian being counted in those of l = T: it is divided
        by T (T + 1) / a², where a is the radius of the Earth.
    """
    laplacian = harmonics.synthesis(_laplacian_factors(harmonics) * spectral)
    sea = float(global_mean(sea_fraction, harmonics.grid))
    return float(global_mean(sea_fraction * laplacian**2, harmonics.grid)) / sea


def with_smoothed_fraction(
    spectral: Coefficients, sea_fraction: Map, smoothed_fraction: float, harmonics: Harmonics
) -> tuple[Coefficients, float]:
    """The regularised field that has lost a given share of its roughness over the sea.

    Args:
        spectral: coefficients of the truncated field h.
        sea_fraction: weight of the points [1].
        smoothed_fraction: 1 - <(∇²h_s)²> / <(∇²h)²> over the sea, reached to 1e-4 [1].
        harmonics: the transform.

    Returns:
        Coefficients of h_s, and the penalty λ of :func:`regularized` that gives them. A field
        without any roughness over the sea is returned as it is, with λ = 0.

    Raises:
        ValueError: if no penalty gives the fraction.
    """
    if not np.any(sea_fraction > 0.0):
        return spectral, 0.0
    before = sea_roughness(spectral, sea_fraction, harmonics)
    if before == 0.0:
        return spectral, 0.0

    def odds(fraction: float) -> float:
        return float(np.log(fraction / (1.0 - fraction)))

    # The odds of what is smoothed grow nearly like a power of the penalty: secants of logarithms.
    wanted, log_penalty, slope = odds(smoothed_fraction), 2.0, 1.0
    smoothed, last = spectral, None
    for _ in range(_MOST_PENALTIES):
        penalty = float(np.exp(log_penalty))
        smoothed = regularized(spectral, sea_fraction, penalty, harmonics, first_guess=smoothed)
        fraction = 1.0 - sea_roughness(smoothed, sea_fraction, harmonics) / before
        if abs(fraction - smoothed_fraction) <= _FRACTION_TOLERANCE:
            return smoothed, penalty
        now = odds(min(max(fraction, 1e-12), 1.0 - 1e-12))
        if last is not None and log_penalty != last[0]:
            slope = max((now - last[1]) / (log_penalty - last[0]), _SMALLEST_SLOPE)
        last = (log_penalty, now)
        log_penalty += float(np.clip((wanted - now) / slope, -4.0, 4.0))
    raise ValueError(
        f"the regularised orography has smoothed fraction {fraction:.4f} after {_MOST_PENALTIES} "
        f"trials, expected {smoothed_fraction}"
    )


def regularized(
    spectral: Coefficients,
    sea_fraction: Map,
    penalty: float,
    harmonics: Harmonics,
    *,
    first_guess: Coefficients | None = None,
) -> Coefficients:
    """The field h_s that minimises <(h - h_s)²> + λ <f (L h_s)²>.

    Both means are over the sphere, f is the share of sea, and L the Laplacian divided by that of
    l = T. In coefficients, with the synthesis S and its adjoint S*, the analysis,

        (1 + λ L S* f S L) h_s = h

    which is symmetric and positive, and solved by conjugate gradients. The global mean of h stays.

    Args:
        spectral: coefficients of h.
        sea_fraction: f [1], `(longitude, latitude)`.
        penalty: λ, not negative [1].
        harmonics: the transform.
        first_guess: coefficients from which the solution starts; h by default.

    Returns:
        Coefficients of h_s.

    Raises:
        ValueError: if the solution is not found.
    """
    L = _laplacian_factors(harmonics)

    def matrix(x: Coefficients) -> Coefficients:
        return x + penalty * L * harmonics.analysis(sea_fraction * harmonics.synthesis(L * x))

    inverse_diagonal = 1.0 / (
        1.0 + penalty * float(global_mean(sea_fraction, harmonics.grid)) * L**2
    )
    return _conjugate_gradients(
        matrix, inverse_diagonal, spectral, spectral if first_guess is None else first_guess
    )


def _laplacian_factors(harmonics: Harmonics) -> Float[np.ndarray, "m n"]:
    """-∇² in units of that of l = T; 0 where l > T."""
    l, T = harmonics.total_wavenumber, harmonics.truncation
    return np.where(l <= T, l * (l + 1) / (T * (T + 1)), 0.0)


def _conjugate_gradients(
    matrix: Callable[[Coefficients], Coefficients],
    inverse_diagonal: Float[np.ndarray, "m n"],
    right_side: Coefficients,
    guess: Coefficients,
) -> Coefficients:
    """Solve matrix(x) = right side, preconditioned with an approximate inverse of the diagonal."""
    x, residual = guess, right_side - matrix(guess)
    direction = inverse_diagonal * residual
    size = _inner_product(residual, direction)
    small = _RELATIVE_RESIDUAL**2 * _inner_product(right_side, inverse_diagonal * right_side)
    for _ in range(_MOST_ITERATIONS):
        if size <= small:
            return x
        image = matrix(direction)
        step = size / _inner_product(direction, image)
        x, residual = x + step * direction, residual - step * image
        preconditioned = inverse_diagonal * residual
        previous, size = size, _inner_product(residual, preconditioned)
        direction = preconditioned + (size / previous) * direction
    raise ValueError(
        f"the regularised orography is not found after {_MOST_ITERATIONS} iterations, expected a "
        "smaller smoothed_fraction"
    )


def _inner_product(x: Coefficients, y: Coefficients) -> float:
    """2 <x y> of the fields: every m > 0 stands for two waves."""
    products = (x.conj() * y).real
    return float(products[0].sum() + 2.0 * products[1:].sum())
