"""The patterns of the stochastic perturbation, call after call for given noise."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import xarray as xr

from reference import sppt
from reference.golden import read_dataset
from reference.process import Variable
from validation.ports import FortranPort, JaxPort, Port
from validation.sequences import Arrays, Sequence, face, finite

_PATH = "surface/sppt_pattern.nc"
_NOISE = ("noise_real", "noise_imaginary")
_OUTPUTS = [
    Variable(name=name, units="1", meaning=meaning)
    for name, meaning in {
        "amplitude": "amplitude of the noise of each coefficient",
        "autocorrelation": "correlation of a coefficient with itself one call ago",
        "spectral_real": "real parts of the coefficients",
        "spectral_imaginary": "imaginary parts of the coefficients",
        "pattern": "pattern on the grid, limited in magnitude",
    }.items()
]


def _read(folder: Path) -> xr.Dataset:
    names = [*_NOISE, *(v.name for v in _OUTPUTS)]
    data = read_dataset(folder / _PATH, names)
    finite(data, _PATH, names)
    return data


def _expected(data: xr.Dataset) -> Arrays:
    """One row per coefficient or place, level and call."""
    return {v.name: data[v.name].values.reshape(-1) for v in _OUTPUTS}


def _follow(data: xr.Dataset, port: Port) -> Arrays:
    noise = data["noise_real"].values + 1j * data["noise_imaginary"].values
    follow = _follow_fortran if isinstance(port, FortranPort) else _follow_jax
    amplitude, autocorrelation, spectral, pattern = follow(noise)
    return {
        "amplitude": amplitude.reshape(-1),
        "autocorrelation": np.reshape(autocorrelation, -1),
        "spectral_real": spectral.real.reshape(-1),
        "spectral_imaginary": spectral.imag.reshape(-1),
        # The golden file has latitude before longitude.
        "pattern": pattern.swapaxes(-1, -2).reshape(-1),
    }


_Followed = tuple[np.ndarray, float | np.ndarray, np.ndarray, np.ndarray]


def _follow_fortran(noise: np.ndarray) -> _Followed:
    return (*sppt.sppt_constants(), *sppt.sppt_sequence(noise))


def _follow_jax(noise: np.ndarray) -> _Followed:
    """The same by `jcm`."""
    import jax
    import jax.numpy as jnp

    from jcm.dynamics.packing import pack, unpack
    from jcm.dynamics.spectral_transform import SpectralTransform
    from jcm.physics.sppt import (
        amplitude,
        autocorrelation,
        initial_pattern,
        next_pattern,
        pattern_on_grid,
    )

    transform = SpectralTransform.speedy()

    def synthesis(packed: jax.Array) -> jax.Array:
        return jnp.moveaxis(transform.synthesis(unpack(packed)), 0, 1)

    spectral, patterns = [], []
    with jax.enable_x64(True):
        state = None
        for call in noise:
            η = jnp.asarray(pack(call))
            state = initial_pattern(η) if state is None else next_pattern(state, η)
            spectral.append(unpack(np.asarray(state)))
            patterns.append(np.moveaxis(np.asarray(pattern_on_grid(state, synthesis)), 1, 0))
        σ = unpack(np.asarray(amplitude()))[0].real
        φ = np.asarray(autocorrelation())
    return σ, φ, np.stack(spectral), np.stack(patterns)


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Patterns(Sequence):
    """Only our own two implementations can be given their noise."""

    def offered_by(self, port: Port) -> bool:
        return isinstance(port, FortranPort | JaxPort)


SPPT_PATTERN = _Patterns(
    process=face(
        "sppt_pattern",
        "physics",
        "26-sppt.md",
        "Patterns of the stochastic perturbation over consecutive calls, for given noise.",
        _PATH,
        _OUTPUTS,
    ),
    needs=(),
    read=_read,
    expected=_expected,
    follow=_follow,
)
