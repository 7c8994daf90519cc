"""Spectral operators: gradient, winds, Laplacian, curl and divergence.

All act on packed fields `(62, field, 32)`, see :mod:`jcm.dynamics.packing`, and combine a
coefficient with its neighbours in total wavenumber l = m + n. With U = u cos φ, V = v cos φ, planet
radius a and ε of :func:`jcm.dynamics.legendre.recurrence_coefficient`,

    cos φ ∂ψ/∂x    =  j m/a ψ(l)
    cos φ ∂ψ/∂y    = -(l-1) ε(l)/a ψ(l-1) + (l+2) ε(l+1)/a ψ(l+1)
    U              = -j a m/(l(l+1)) D(l) - a ε(l)/l ζ(l-1) + a ε(l+1)/(l+1) ζ(l+1)
    V              = -j a m/(l(l+1)) ζ(l) + a ε(l)/l D(l-1) - a ε(l+1)/(l+1) D(l+1)
    curl (X, Y)    =  j m/a Y(l) + (l+1) ε(l)/a X(l-1) - l ε(l+1)/a X(l+1)
    div (X, Y)     =  j m/a X(l) - (l+1) ε(l)/a Y(l-1) + l ε(l+1)/a Y(l+1)

where X, Y are the analysed components of a vector divided by cos φ.

References:
    Specification page 30, section 7.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jcm.dynamics.legendre import recurrence_coefficient
from jcm.dynamics.packing import (
    AnyArray,
    PackedSpectral,
    SpectralTable,
    spectral_table,
    total_wavenumber,
)
from jcm.dynamics.spectral_transform import SPECTRAL_COLUMNS, ZONAL_WAVENUMBERS
from jcm.parameters import Number


class OperatorTables(NamedTuple):
    """Factors of the operators, `(62, 1, 32)` unless stated.

    Attributes:
        zonal_derivative: m/a with the sign that j brings about, `(62, 1, 1)` [m-1].
        laplacian: -l(l+1)/a² [m-2].
        inverse_laplacian: -a²/(l(l+1)), 0 for l = 0 [m2].
        gradient_minus: -(l-1) ε(l)/a [m-1].
        gradient_plus: (l+2) ε(l+1)/a [m-1].
        wind_zonal: -a m/(l(l+1)), for n = 0 -a/(m+1), with the sign that j brings about [m].
        wind_minus: -a ε(l)/l [m].
        wind_plus: a ε(l+1)/(l+1) [m].
        curl_minus: (l+1) ε(l)/a [m-1].
        curl_plus: -l ε(l+1)/a [m-1].
    """

    zonal_derivative: Float[AnyArray, "62 1 1"]
    laplacian: SpectralTable
    inverse_laplacian: SpectralTable
    gradient_minus: SpectralTable
    gradient_plus: SpectralTable
    wind_zonal: SpectralTable
    wind_minus: SpectralTable
    wind_plus: SpectralTable
    curl_minus: SpectralTable
    curl_plus: SpectralTable


def operator_tables(planet_radius: Number) -> OperatorTables:
    """Factors of the operators for a planet of radius `planet_radius` [m]."""
    a = planet_radius
    m = np.arange(ZONAL_WAVENUMBERS)[:, None]
    l = total_wavenumber()
    ε = recurrence_coefficient(ZONAL_WAVENUMBERS, SPECTRAL_COLUMNS + 1)
    ε[:, -1] = 0.0  # beyond the last column there is nothing
    ε, ε_next = ε[:, :-1], ε[:, 1:]
    l_or_1 = np.maximum(l, 1)  # where l = 0 the numerator is zero, too
    eigenvalue = l * (l + 1.0)
    zonal_wind = m / np.maximum(eigenvalue, 1.0)
    zonal_wind[:, 0] = 1.0 / (m[:, 0] + 1.0)
    # j (x + jy) = -y + jx
    j_sign = np.repeat([-1.0, 1.0], ZONAL_WAVENUMBERS)[:, None, None]

    return OperatorTables(
        zonal_derivative=j_sign * np.concatenate([m, m])[:, :, None] / a,
        laplacian=-spectral_table(eigenvalue) / a**2,
        inverse_laplacian=-spectral_table((l > 0) / np.maximum(eigenvalue, 1.0)) * a**2,
        gradient_minus=-spectral_table((l - 1) * ε) / a,
        gradient_plus=spectral_table((l + 2) * ε_next) / a,
        wind_zonal=-j_sign * spectral_table(zonal_wind) * a,
        wind_minus=-spectral_table(ε / l_or_1) * a,
        wind_plus=spectral_table(ε_next / (l + 1)) * a,
        curl_minus=spectral_table((l + 1) * ε) / a,
        curl_plus=-spectral_table(l * ε_next) / a,
    )


def gradient(
    field: PackedSpectral, tables: OperatorTables
) -> tuple[PackedSpectral, PackedSpectral]:
    """Eastward and northward derivative, both times cos φ [unit of the field per m]."""
    return (
        tables.zonal_derivative * _parts_swapped(field),
        _neighbours(field, tables.gradient_minus, tables.gradient_plus),
    )


def winds(
    vorticity: PackedSpectral, divergence: PackedSpectral, tables: OperatorTables
) -> tuple[PackedSpectral, PackedSpectral]:
    """U = u cos φ and V = v cos φ [m s-1] from vorticity and divergence [s-1]."""
    zonal, minus, plus = tables.wind_zonal, tables.wind_minus, tables.wind_plus
    return (
        zonal * _parts_swapped(divergence) + _neighbours(vorticity, minus, plus),
        zonal * _parts_swapped(vorticity) - _neighbours(divergence, minus, plus),
    )


def laplacian(field: PackedSpectral, tables: OperatorTables) -> PackedSpectral:
    """∇² of a field [unit of the field per m2]."""
    return tables.laplacian * field


def inverse_laplacian(field: PackedSpectral, tables: OperatorTables) -> PackedSpectral:
    """The field without global mean whose Laplacian is given [unit of the field times m2]."""
    return tables.inverse_laplacian * field


def curl_and_divergence(
    eastward: PackedSpectral, northward: PackedSpectral, tables: OperatorTables
) -> tuple[PackedSpectral, PackedSpectral]:
    """Curl and divergence of a vector [its unit per m].

    Args:
        eastward: spectral coefficients of the eastward component divided by cos φ.
        northward: the same of the northward component.
        tables: see :class:`OperatorTables`.
    """
    minus, plus = tables.curl_minus, tables.curl_plus
    return (
        tables.zonal_derivative * _parts_swapped(northward) + _neighbours(eastward, minus, plus),
        divergence_of(eastward, northward, tables),
    )


def divergence_of(
    eastward: PackedSpectral, northward: PackedSpectral, tables: OperatorTables
) -> PackedSpectral:
    """The second result of :func:`curl_and_divergence`."""
    zonal = tables.zonal_derivative * _parts_swapped(eastward)
    return zonal - _neighbours(northward, tables.curl_minus, tables.curl_plus)


def _parts_swapped(field: PackedSpectral) -> PackedSpectral:
    """Imaginary parts in the place of the real ones and the reverse."""
    return jnp.concatenate([field[ZONAL_WAVENUMBERS:], field[:ZONAL_WAVENUMBERS]])


def _neighbours(
    field: PackedSpectral, minus: Float[Array, "62 1 32"], plus: Float[Array, "62 1 32"]
) -> PackedSpectral:
    """minus(l) field(l-1) + plus(l) field(l+1)."""
    zero = jnp.zeros((), field.dtype)
    previous = jax.lax.pad(field, zero, ((0, 0, 0), (0, 0, 0), (1, -1, 0)))
    following = jax.lax.pad(field, zero, ((0, 0, 0), (0, 0, 0), (-1, 1, 0)))
    return minus * previous + plus * following
