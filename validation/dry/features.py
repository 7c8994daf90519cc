"""What a Held-Suarez climate is judged by, against the published one."""

from __future__ import annotations

import dataclasses

import numpy as np
from jaxtyping import Bool, Float

from jcm.dynamics.resolution import Resolution
from validation.dry.criteria import Criterion
from validation.dry.held_suarez import BLOCKS, HeldSuarezClimate
from validation.dry.request import HELD_SUAREZ

_HECTOPASCALS = 1000.0
#: Truncation from which eddies, and the jets that they make, are as strong as published.
RESOLVED_TRUNCATION = 42
_FIGURES = "HS94, zonal means of the spectral and the grid-point core"


@dataclasses.dataclass(frozen=True)
class Jet:
    """The strongest zonal-mean westerlies of a hemisphere.

    Attributes:
        speed: [m s-1].
        latitude: distance from the equator [degrees].
        pressure: at 1000 hPa at the surface [hPa].
    """

    speed: float
    latitude: float
    pressure: float


def jets(climate: HeldSuarezClimate) -> tuple[Jet, Jet]:
    """The southern and the northern one."""
    latitude = climate.grid.latitude_degrees
    sigma = np.asarray(climate.layers.full_level_sigma)
    found = []
    for rows in (latitude < 0.0, latitude > 0.0):
        wind = climate.eastward_wind[:, rows]
        level, row = np.unravel_index(np.argmax(wind), wind.shape)
        found.append(
            Jet(
                speed=float(wind[level, row]),
                latitude=float(abs(latitude[rows][row])),
                pressure=float(_HECTOPASCALS * sigma[level]),
            )
        )
    return found[0], found[1]


def hemispheric_asymmetry(climate: HeldSuarezClimate) -> float:
    """How much the hemispheres differ, in units of what sampling explains.

    Root mean square over the section of u(φ) - u(-φ), divided by that of its standard error, which
    comes from the parts of the run, taken as independent.
    """
    parts = climate.block_wind - climate.block_wind[..., ::-1]
    error = parts.std(axis=0, ddof=1) / np.sqrt(BLOCKS)
    return float(np.sqrt((parts.mean(axis=0) ** 2).mean() / (error**2).mean()))


def held_suarez_criteria(climate: HeldSuarezClimate) -> list[Criterion]:
    """All criteria of a run."""
    return [
        *_jet_criteria(climate),
        *_wind_criteria(climate),
        *_temperature_criteria(climate),
        _criterion(
            climate,
            "difference of the hemispheres / its sampling error",
            hemispheric_asymmetry(climate),
            "1",
            high=3.0,
            source=f"forcing symmetric about the equator; error from {BLOCKS} parts of the run, "
            "which are not quite independent",
        ),
        _criterion(
            climate,
            "change of mean surface pressure over the run, relative",
            abs(climate.mass_change),
            "1",
            high=1e-6,
            source="conservation of dry air; single precision",
        ),
    ]


def _jet_criteria(climate: HeldSuarezClimate) -> list[Criterion]:
    both = jets(climate)
    speed = float(np.mean([jet.speed for jet in both]))
    worst_latitude = max((jet.latitude for jet in both), key=lambda φ: abs(φ - 45.0))
    worst_pressure = max((jet.pressure for jet in both), key=lambda p: abs(p - 250.0))
    return [
        _if_resolved(
            climate, "jets: strongest zonal-mean wind, mean of both", speed, "m s-1",
            low=26.0, high=34.0, source=f"{_FIGURES}: about 30 m/s, plus or minus a contour of 4",
        ),
        _criterion(
            climate, "jets: latitude, the farther from 45", worst_latitude, "degrees",
            low=40.0, high=50.0, source=f"{_FIGURES}: near 45 degrees",
        ),
        _criterion(
            climate, "jets: pressure, the farther from 250 hPa", worst_pressure, "hPa",
            low=175.0, high=325.0, source=f"{_FIGURES}: near 250 hPa",
        ),
    ]  # fmt: skip


def _wind_criteria(climate: HeldSuarezClimate) -> list[Criterion]:
    latitude = np.abs(climate.grid.latitude_degrees)
    sigma = np.asarray(climate.layers.full_level_sigma)
    lowest = climate.eastward_wind[-1]
    westerlies = _weakest_peak(climate, lowest, (latitude > 30.0) & (latitude < 60.0))
    upper = climate.eastward_wind[sigma < 0.15][:, latitude < 5.0]
    return [
        _criterion(
            climate, "lowest level: strongest westerlies at 30 to 60 degrees, the weaker",
            westerlies, "m s-1", low=4.0, high=12.0, source=f"{_FIGURES}: about 8 m/s near 45",
        ),
        _criterion(
            climate, "lowest level: mean wind poleward of 70 degrees",
            _row_mean(climate, lowest, latitude > 70.0), "m s-1", high=0.0,
            source=f"{_FIGURES}: easterlies",
        ),
        _criterion(
            climate, "lowest level: mean wind within 20 degrees",
            _row_mean(climate, lowest, latitude < 20.0), "m s-1", high=0.0,
            source=f"{_FIGURES}: trade winds",
        ),
        _criterion(
            climate, "mean wind above 150 hPa within 5 degrees",
            float(upper.mean()) if upper.size else float("nan"), "m s-1", high=0.0,
            source=f"{_FIGURES}: easterlies",
        ),
    ]  # fmt: skip


def _temperature_criteria(climate: HeldSuarezClimate) -> list[Criterion]:
    latitude = np.abs(climate.grid.latitude_degrees)
    sigma = np.asarray(climate.layers.full_level_sigma)
    middle = (latitude > 30.0) & (latitude < 60.0)
    variance = climate.eddy_temperature_variance
    lower = variance[sigma > 0.6]
    elsewhere = np.where(middle, -np.inf, lower).max()
    surface = climate.temperature[-1]
    return [
        _if_resolved(
            climate, "eddy temperature variance below 600 hPa at 30 to 60 degrees, maximum",
            float(lower[:, middle].max()), "K2", low=28.0, high=52.0,
            source=f"{_FIGURES}: about 40 K2, plus or minus 30 %",
        ),
        _criterion(
            climate, "the same outside 30 to 60 degrees / inside",
            float(elsewhere / lower[:, middle].max()), "1", high=1.0,
            source=f"{_FIGURES}: maximum in middle latitudes",
        ),
        _criterion(
            climate, "lowest zonal-mean temperature", float(climate.temperature.min()), "K",
            low=185.0, high=205.0, source=f"{_FIGURES}: equilibrium is not below 200 K, ascent "
            "cools the tropical tropopause below that",
        ),
        _criterion(
            climate, "lowest level: tropical less polar temperature",
            _row_mean(climate, surface, latitude < 10.0)
            - _row_mean(climate, surface, latitude > 80.0),
            "K", low=30.0, high=60.0,
            source="less than the contrast of 60 K of the equilibrium, as eddies carry heat",
        ),
    ]  # fmt: skip


def _weakest_peak(
    climate: HeldSuarezClimate, row: Float[np.ndarray, " latitude"], band: Bool[np.ndarray, ...]
) -> float:
    """The smaller one of the maxima of both hemispheres."""
    north = climate.grid.sine_latitude > 0.0
    return float(min(row[band & north].max(), row[band & ~north].max()))


def _row_mean(
    climate: HeldSuarezClimate, row: Float[np.ndarray, " latitude"], band: Bool[np.ndarray, ...]
) -> float:
    """Mean over the area of a band; NaN if it has no rows."""
    weight = climate.grid.quadrature_weight[band]
    return float(row[band] @ weight / weight.sum()) if band.any() else float("nan")


def _if_resolved(
    climate: HeldSuarezClimate,
    name: str,
    measured: float,
    units: str,
    *,
    low: float,
    high: float,
    source: str,
) -> Criterion:
    """A criterion without limits where the resolution is too coarse for eddies of full strength."""
    if Resolution.named(climate.resolution).truncation < RESOLVED_TRUNCATION:
        unresolved = f"not judged below T{RESOLVED_TRUNCATION}: eddies too weak, jets too strong"
        return _criterion(climate, name, measured, units, source=unresolved)
    return _criterion(climate, name, measured, units, low=low, high=high, source=source)


def _criterion(
    climate: HeldSuarezClimate,
    name: str,
    measured: float,
    units: str,
    *,
    source: str,
    low: float = -np.inf,
    high: float = np.inf,
) -> Criterion:
    return Criterion(
        case=HELD_SUAREZ,
        run=climate.name,
        name=name,
        measured=measured,
        units=units,
        low=low,
        high=high,
        source=source,
    )
