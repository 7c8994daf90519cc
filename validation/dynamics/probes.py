"""Constants of the dynamics, read off its operators by applying them to single coefficients.

An implementation may keep its Legendre functions and factors as it likes; what counts is what its
operators do. Names are those of `grid_and_spectral_constants.nc`.
"""

from __future__ import annotations

import numpy as np

from validation.model_ports import Arrays, DynamicsPort

_M, _N = 31, 32
_LATITUDES, _LONGITUDES, _LEVELS = 48, 96, 8
_NORTH = slice(None, _LATITUDES // 2 - 1, -1)
_ROW = _LATITUDES // 2
_ROTATION_RATE = float(np.float32(7.292e-5))


def probed_constants(port: DynamicsPort) -> Arrays:
    """What the operators of `port` reveal of its constants."""
    constants: Arrays = {}
    for probe in (
        _transform,
        _fourier_analysis,
        _spectral_factors,
        _derivatives,
        _winds,
        _vertical,
    ):
        constants |= probe(port, constants)
    return constants


def _unit_coefficients() -> np.ndarray:
    """A field for every coefficient, with this alone equal to 1, `(m, n, m, n)`."""
    return np.eye(_M * _N, dtype=complex).reshape(_M, _N, _M, _N)


def _transform(port: DynamicsPort, known: Arrays) -> Arrays:
    """From single harmonics on the grid: P(m, l) K(i, m), and the grid itself."""
    harmonics = port.synthesis(_unit_coefficients())
    # Twice the real part for m > 0; K = 1 at longitude 0.
    functions = harmonics[:, :, _NORTH, 0].copy()
    functions[1:] *= 0.5
    along_equator = np.moveaxis(_diagonal(harmonics), -1, 0)
    sines = np.moveaxis(_diagonal(port.synthesis(1j * _unit_coefficients())), -1, 0)
    amplitude = along_equator[0]
    mean = np.zeros((_M, _N), dtype=complex)
    mean[0, 0] = 1.0
    plain = port.synthesis(mean)[:, 0]
    cosine = plain / port.synthesis(mean, over_cosine=True)[:, 0]
    return {
        "legendre_polynomial": functions,
        "fourier_kernel": along_equator / amplitude - 1j * sines / amplitude,
        "synthesis_mask": (np.abs(harmonics).max(axis=(2, 3)) > 0).astype(int),
        "cosine_latitude": cosine,
        "cosine_latitude_north": cosine[_NORTH],
    }


def _diagonal(harmonics: np.ndarray) -> np.ndarray:
    """Of the harmonics (m, n = 0), the row next to the equator, `(m, longitude)`."""
    return harmonics[:, 0, _ROW, :]


def _fourier_analysis(port: DynamicsPort, known: Arrays) -> Arrays:
    """From single grid points: s w P(m, l) K*(i, m)."""
    along_meridian = np.zeros((_LATITUDES, _LATITUDES, _LONGITUDES))
    along_meridian[np.arange(_LATITUDES), np.arange(_LATITUDES), 0] = 1.0
    columns = port.analysis(along_meridian)
    mean = columns[_NORTH, 0, 0].real / known["legendre_polynomial"][0, 0, 0]
    # The weights of a hemisphere add up to 1, which tells them from the factor s.
    scale = mean.sum()
    along_equator = np.zeros((_LONGITUDES, _LATITUDES, _LONGITUDES))
    along_equator[np.arange(_LONGITUDES), _ROW, np.arange(_LONGITUDES)] = 1.0
    row = port.analysis(along_equator)[:, :, 0]
    return {
        "gaussian_weight": mean / scale,
        "fourier_analysis_kernel": row / row[0] * scale,
        "analysis_mask": (np.abs(columns).max(axis=0) > 0).astype(int),
    }


def _spectral_factors(port: DynamicsPort, known: Arrays) -> Arrays:
    ones = np.ones((_M, _N), dtype=complex)
    return {
        "laplacian_eigenvalue": -port.laplacian(ones).real,
        "inverse_laplacian_eigenvalue": -port.inverse_laplacian(ones).real,
        "truncation_mask": port.truncated(ones).real,
    }


def _every_third() -> list[tuple[np.ndarray, np.ndarray]]:
    """Fields that are 1 at every third n, with the places whose neighbour n - 1, n + 1 is."""
    n = np.arange(_N)
    return [
        (np.where(n % 3 == start, 1.0 + 0j, 0.0) * np.ones((_M, 1)), n % 3 == start)
        for start in range(3)
    ]


def _neighbours(results: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """What n - 1 and n + 1 contribute, from the results for the fields of :func:`_every_third`."""
    n = np.arange(_N)
    below, above = (np.zeros((_M, _N), dtype=results[0].dtype) for _ in range(2))
    for start, result in enumerate(results):
        from_below, from_above = (n - 1) % 3 == start, (n + 1) % 3 == start
        below[:, from_below] = result[:, from_below]
        above[:, from_above] = result[:, from_above]
    below[:, 0] = 0.0
    above[:, -1] = 0.0
    return below, above


def _derivatives(port: DynamicsPort, known: Arrays) -> Arrays:
    ones = np.ones((_M, _N), dtype=complex)
    below, above = _neighbours([port.gradient(field)[1] for field, _ in _every_third()])
    return {
        "zonal_derivative_factor": port.gradient(ones)[0][:, 0].imag,
        "gradient_minus": -below.real,
        "gradient_plus": above.real,
    }


def _winds(port: DynamicsPort, known: Arrays) -> Arrays:
    ones, none = np.ones((_M, _N), dtype=complex), np.zeros((_M, _N), dtype=complex)
    below, above = _neighbours([port.winds(field, none)[0] for field, _ in _every_third()])
    return {
        "wind_zonal_factor": port.winds(none, ones)[0].imag,
        "wind_minus": below.real,
        "wind_plus": -above.real,
    }


def _vertical(port: DynamicsPort, known: Arrays) -> Arrays:
    """From the geopotential of single layers, one degree warm."""
    shape = (_LEVELS, _LEVELS, _M, _N)
    layers = np.zeros(shape, dtype=complex)
    for k in range(_LEVELS):
        layers[k, k, :2, 0] = 1.0
    ground = np.zeros((_M, _N), dtype=complex)
    response = np.stack([port.geopotential(layer, ground) for layer in layers]).real
    zonal, wave = response[:, :, 0, 0], response[:, :, 1, 0]
    lower = np.diagonal(wave).copy()
    upper = np.zeros_like(lower)
    # A warm layer lifts the layers above it by both of its halves.
    upper[1:] = np.diagonal(wave, offset=-1) - lower[1:]
    correction = np.zeros_like(lower)
    # The correction of level k grows with the temperature below it.
    correction[:-1] = np.diagonal(zonal - wave, offset=-1)
    return {
        "hydrostatic_lower": lower,
        "hydrostatic_upper": upper,
        "lapse_rate_correction": correction,
    }


_PROBES = (_transform, _fourier_analysis, _spectral_factors, _derivatives, _winds, _vertical)


def coriolis_parameter(port: DynamicsPort) -> np.ndarray:
    """Absolute vorticity of an atmosphere at rest, `(latitude,)`."""
    none = np.zeros((2, _LEVELS, _M, _N), dtype=complex)
    rest = {
        **dict.fromkeys(("vorticity", "divergence", "temperature", "specific_humidity"), none),
        "log_normalized_surface_pressure": none[:, 0],
        "surface_geopotential": none[0, 0],
    }
    return port.gridpoint_tendencies(rest)["absolute_vorticity"][0, :, 0]
