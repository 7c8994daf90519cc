"""The orographic correction carried on into spectral space, where the diffusion needs it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import xarray as xr

from reference import spectral
from reference.golden import read_dataset
from reference.process import Variable
from validation.ports import FortranPort, JaxPort, Port
from validation.sequences import Arrays, Sequence, face, finite, run

_PATH = "physics/orographic_correction.nc"
_UNITS = {"temperature_correction_spectral": "K", "humidity_correction_spectral": "g kg-1"}
_PARTS = {"real": np.real, "imaginary": np.imag}
_OUTPUTS = [
    Variable(name=f"{name}_{part}", units=units, meaning=f"{part} parts of the coefficients")
    for name, units in _UNITS.items()
    for part in _PARTS
]
_INPUTS = ("land_fraction", "sea_fraction", "surface_geopotential")
_DAILY_INPUTS = ("land_surface_temperature", "sea_surface_temperature")


def _read(folder: Path) -> xr.Dataset:
    names = [*(v.name for v in _OUTPUTS), *_INPUTS, *_DAILY_INPUTS]
    data = read_dataset(folder / _PATH, names)
    finite(data, _PATH, names)
    return data


def _expected(data: xr.Dataset) -> Arrays:
    """One row per coefficient, and per day where the field has one."""
    return {v.name: data[v.name].values.reshape(-1) for v in _OUTPUTS}


def _analysis(field: np.ndarray, port: Port) -> np.ndarray:
    """Coefficients of `(..., longitude, latitude)` by the implementation that `port` stands for."""
    if isinstance(port, FortranPort):
        return spectral.analysis(field)
    from jcm.dynamics.spectral_transform import SpectralTransform

    return np.asarray(SpectralTransform.speedy().analysis(field))


def _follow(data: xr.Dataset, port: Port) -> Arrays:
    days = data.sizes["day"]
    shape = (data.sizes["latitude"], data.sizes["longitude"])
    corrections = []
    for day in range(days):
        inputs = {name: data[name].values.reshape(-1) for name in _INPUTS}
        inputs |= {name: data[name].values[day].reshape(-1) for name in _DAILY_INPUTS}
        corrections.append(run(port, "orographic_correction", inputs))

    def field(name: str, day: int) -> np.ndarray:
        return corrections[day][name].reshape(shape).T

    coefficients = {
        # The same on every day.
        "temperature_correction_spectral": _analysis(field("temperature_correction", 0), port),
        "humidity_correction_spectral": _analysis(
            np.stack([field("humidity_correction", day) for day in range(days)]), port
        ),
    }
    return {
        f"{name}_{part}": take(values).reshape(-1)
        for name, values in coefficients.items()
        for part, take in _PARTS.items()
    }


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Transformed(Sequence):
    """Only our own two implementations have a spectral transform that can be asked for."""

    def offered_by(self, port: Port) -> bool:
        return isinstance(port, FortranPort | JaxPort)


OROGRAPHIC_CORRECTION_SPECTRAL = _Transformed(
    process=face(
        "orographic_correction_spectral",
        "physics",
        "15-daily-forcing-and-radiation-constants.md, 30-grid-and-spectral-transform.md",
        "Spectral coefficients of the orographic corrections.",
        _PATH,
        _OUTPUTS,
    ),
    needs=("orographic_correction",),
    read=_read,
    expected=_expected,
    follow=_follow,
)
