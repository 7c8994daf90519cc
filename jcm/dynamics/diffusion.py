"""Horizontal diffusion of the Dinosaur core: choices with names.

A term damps some fields with the rate

    d(l) = (l(l+1) / T(T+1))ᵖ / τ_T ,   τ_T = τ · 30/T

at total wavenumber l, backwards in time, X ← (X - d dt c) / (1 + d dt). The damping time τ is that
at the truncation T = 30; it is scaled like the time that a wind needs to cross the smallest wave.
c corrects for the slope of sigma surfaces over mountains, see
:mod:`jcm.dynamics.horizontal_diffusion`.

Dinosaur's exponential filter multiplies every field, once per 20 minutes of model time, by

    exp(-a (l/L)²ᵖ) ,   a = 16, p = 18, L the largest total wavenumber that is stored.

References:
    Specification page 34 ("speedy"). Dinosaur, `filtering.exponential_filter` ("exponential").
    Hoskins and Simmons (1975) for diffusion backwards in time.
"""

from __future__ import annotations

import dataclasses
import difflib
from typing import Literal

import numpy as np
from jaxtyping import Float

from jcm.dynamics.resolution import Resolution

FIELDS = ("vorticity", "divergence", "temperature", "specific_humidity")
#: Truncation to which damping times refer.
REFERENCE_TRUNCATION = 30
_SECONDS_PER_HOUR = 3600.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class DampingTerm:
    """A term of the diffusion.

    Attributes:
        fields: which it damps, of :data:`FIELDS`.
        laplacian_power: p; 4 is ∇⁸.
        damping_time: τ [h].
        top_level_only: whether it acts on the top level only.
    """

    fields: tuple[str, ...]
    laplacian_power: int
    damping_time: float
    top_level_only: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class ExponentialFilter:
    """Dinosaur's filter of all fields, surface pressure included.

    Attributes:
        attenuation: a [1].
        order: p [1].
        applied_every: model time per application; a filter step of another length has its share
            [minutes].
    """

    attenuation: float = 16.0
    order: int = 18
    applied_every: float = 20.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Diffusion:
    """What damps the smallest scales. Hashable, hence static under `jax.jit`.

    Attributes:
        name: of the choice it began with.
        terms: applied one after the other.
        exponential: the filter, or None.
        orographic_correction: "operator": c inside the diffusion, as SPEEDY has it; "tendency":
            -d c added apart from it, as published ports did; "none".
        zonal_drag: whether the zonal-mean flow of the top level is damped.
        zonal_drag_time: of that drag [h].
    """

    name: str
    terms: tuple[DampingTerm, ...] = ()
    exponential: ExponentialFilter | None = None
    orographic_correction: Literal["operator", "tendency", "none"] = "operator"
    zonal_drag: bool = True
    zonal_drag_time: float = 720.0

    def __post_init__(self) -> None:
        known = ("operator", "tendency", "none")
        if self.orographic_correction not in known:
            raise ValueError(
                f"orographic_correction is {self.orographic_correction!r}, expected one of {known}"
            )

    @classmethod
    def named(cls, name: str) -> Diffusion:
        """A choice by name.

        "speedy": ∇⁸ with 2.4 h, and ∇² with 12 h on all levels (humidity excepted).
        "speedy_top_level": the same with ∇² on the top level only.
        "speedy_no_extra": ∇⁸ alone.
        "exponential": Dinosaur's filter.
        "published_port": the weak low-order diffusion of a published port, a control that rings:
            ∇⁴ with 15.5 h of vorticity, with 31 h of temperature and humidity, ∇² with 2.3 h of
            divergence; neither the correction for orography nor the drag. For humidity, of which no
            damping time is known, that of temperature is taken.
        "none": nothing at all.

        Raises:
            ValueError: for another name, with the nearest known.
        """
        if name not in _NAMED:
            near = difflib.get_close_matches(name, _NAMED, n=1, cutoff=0.0)[0]
            raise ValueError(
                f"diffusion {name!r} is not known, did you mean {near!r}? expected one of "
                f"{tuple(_NAMED)}"
            )
        return _NAMED[name]


def rate(
    term: DampingTerm, total_wavenumber: Float[np.ndarray, " l"], truncation: int
) -> Float[np.ndarray, " l"]:
    """d(l) of a term [s-1]."""
    l, T = np.asarray(total_wavenumber, float), truncation
    τ = term.damping_time * _SECONDS_PER_HOUR * REFERENCE_TRUNCATION / T
    return (l * (l + 1.0) / (T * (T + 1.0))) ** term.laplacian_power / τ


def damping_hours(
    diffusion: Diffusion, resolution: Resolution, field: str, total_wavenumber: int
) -> float:
    """e-folding time of a field at a wavenumber on the levels below the top one [h].

    Infinite where nothing damps.
    """
    l = np.array([total_wavenumber], float)
    total = sum(
        float(rate(term, l, resolution.truncation)[0])
        for term in diffusion.terms
        if field in term.fields and not term.top_level_only
    )
    if diffusion.exponential is not None:
        f = diffusion.exponential
        share = float(total_wavenumber / (resolution.truncation + 1))
        total += f.attenuation * share ** (2 * f.order) / (60.0 * f.applied_every)
    return np.inf if total == 0.0 else 1.0 / (total * _SECONDS_PER_HOUR)


_DYNAMIC = ("vorticity", "divergence", "temperature")
_EIGHTH_ORDER = DampingTerm(fields=FIELDS, laplacian_power=4, damping_time=2.4)
_EXTRA = DampingTerm(fields=_DYNAMIC, laplacian_power=1, damping_time=12.0)
_NAMED = {
    choice.name: choice
    for choice in (
        Diffusion(name="speedy", terms=(_EIGHTH_ORDER, _EXTRA)),
        Diffusion(
            name="speedy_top_level",
            terms=(_EIGHTH_ORDER, dataclasses.replace(_EXTRA, top_level_only=True)),
        ),
        Diffusion(name="speedy_no_extra", terms=(_EIGHTH_ORDER,)),
        Diffusion(
            name="exponential", exponential=ExponentialFilter(), orographic_correction="none"
        ),
        Diffusion(
            name="published_port",
            terms=(
                DampingTerm(fields=("vorticity",), laplacian_power=2, damping_time=15.5),
                DampingTerm(
                    fields=("temperature", "specific_humidity"),
                    laplacian_power=2,
                    damping_time=31.0,
                ),
                DampingTerm(fields=("divergence",), laplacian_power=1, damping_time=2.3),
            ),
            orographic_correction="none",
            zonal_drag=False,
        ),
        Diffusion(name="none", orographic_correction="none", zonal_drag=False),
    )
}
