"""Trigonometric factors of the transform along longitude.

    synthesis  f(i) = A(0) + 2 Re Σ A(m) K(i, m)        analysis  A(m) = s Σ f(i) K*(i, m)

Exactly, K(i, m) = exp(2πj m i / 96) and s = 1/96. The original's fast Fourier transform is built on
single-precision values of 2π, √2 and √3, which makes K wrong by up to 1.3e-7 and s by 3e-8.

References:
    Specification page 30, section 4.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Complex

from jcm.dynamics.gaussian_grid import LONGITUDES

#: Stages of the original's fast Fourier transform.
_RADICES = (2, 4, 4, 3)


def fourier_kernel(
    zonal: int, *, single_precision_constants: bool
) -> Complex[np.ndarray, "96 {zonal}"]:
    """K(i, m) for m = 0 ... zonal - 1."""
    entry = _staged_entry if single_precision_constants else _exact_entry
    return np.array([[entry(i, m) for m in range(zonal)] for i in range(LONGITUDES)])


def analysis_scale(*, single_precision_constants: bool) -> float:
    """The factor s, 1/96."""
    return float(np.float32(1.0 / LONGITUDES)) if single_precision_constants else 1.0 / LONGITUDES


def _exact_entry(i: int, m: int) -> complex:
    return _root_of_unity(i * m, LONGITUDES, math.sqrt(0.5), math.sqrt(0.75))


def _staged_entry(i: int, m: int) -> complex:
    """K as the product of the factors that the stages of the fast Fourier transform apply.

    A stage of radix p takes digit d of the longitude index in mixed radix. It turns wavenumber k of
    its input, of length L, into wavenumber k' of its output, of length L' = L/p and k = k' + q L':
    the factor is exp(2πj d q/p) times the twiddle factor exp(2πj d k'/L).
    """
    half_root_2 = float(np.float32(math.sqrt(2.0))) / 2.0
    half_root_3 = float(np.float32(0.5) * np.float32(math.sqrt(3.0)))
    unit_angle = float(np.float32(2.0 * math.pi)) / LONGITUDES
    kernel, k, length, stride = 1.0 + 0.0j, m, LONGITUDES, 1
    for radix in _RADICES:
        digit, i = i % radix, i // radix
        output_length = length // radix
        q = math.floor(k / output_length + 0.5)
        rest = k - q * output_length
        if 2 * abs(rest) == output_length:
            kernel *= _root_of_unity(digit * k, length, half_root_2, half_root_3)
        else:
            angle = rest * (digit * stride * unit_angle)
            kernel *= _root_of_unity(digit * q, radix, half_root_2, half_root_3)
            kernel *= complex(math.cos(angle), math.sin(angle))
        k, length, stride = rest, output_length, stride * radix
    return kernel


def _root_of_unity(k: int, n: int, half_root_2: float, half_root_3: float) -> complex:
    """exp(2πj k/n), the multiples of 45° and 60° from the given cos 45° and sin 60°."""
    k %= n
    if (8 * k) % n == 0:
        r = half_root_2
        x = (1.0, r, 0.0, -r, -1.0, -r, 0.0, r)
        eighth = 8 * k // n
        return complex(x[eighth], x[(eighth + 6) % 8])
    if (6 * k) % n == 0:
        sixth = 6 * k // n
        real = (1.0, 0.5, -0.5, -1.0, -0.5, 0.5)[sixth]
        return complex(real, half_root_3 if sixth < 3 else -half_root_3)
    return complex(math.cos(2.0 * math.pi * k / n), math.sin(2.0 * math.pi * k / n))
