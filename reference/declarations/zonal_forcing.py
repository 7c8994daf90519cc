"""Declaration of the zonally symmetric solar forcing."""

from __future__ import annotations

import numpy as np

from reference import variables as v
from reference.formulas import solar_declination, winter_season
from reference.gates import gate
from reference.process import Columns, GoldenFile, Process, Variable


def _polar_day(c: Columns) -> np.ndarray:
    return _minus_cosine_of_half_day(c) <= -1


def _minus_cosine_of_half_day(c: Columns) -> np.ndarray:
    tangent = c["latitude_sine"] / c["latitude_cosine"]
    return -np.tan(solar_declination(c["year_fraction"])) * tangent


PROCESS = Process(
    name="zonal_forcing",
    package="physics",
    spec="15-daily-forcing-and-radiation-constants.md",
    summary="Daily-mean insolation, ozone absorption, zenith factor and polar-night cooling.",
    inputs=(
        v.year_fraction,
        Variable(
            name="latitude_sine", units="1", meaning="sine of latitude", minimum=-1.0, maximum=1.0
        ),
        Variable(
            name="latitude_cosine",
            units="1",
            meaning="cosine of latitude",
            positive=True,
            maximum=1.0,
        ),
    ),
    outputs=(
        v.insolation,
        v.ozone_absorption_upper,
        v.ozone_absorption_lower,
        v.zenith_factor,
        v.polar_night_cooling,
    ),
    gates=(
        gate("polar_night", "the sun does not rise", lambda c: _minus_cosine_of_half_day(c) >= 1),
        gate("polar_day", "the sun does not set", _polar_day),
        gate(
            "day_and_night",
            "the sun rises and sets",
            lambda c: np.abs(_minus_cosine_of_half_day(c)) < 1,
        ),
        gate(
            "polar_night_cooling",
            "insolation below 6 W m-2",
            lambda c: c["polar_night_cooling"] > 0,
        ),
        gate(
            "ozone_season",
            "northern winter half, seasonal ozone",
            lambda c: winter_season(c["year_fraction"]) > 0,
        ),
        gate(
            "ozone_season_cut_off",
            "northern summer half, no seasonal ozone",
            lambda c: winter_season(c["year_fraction"]) <= 0,
        ),
    ),
    golden=(GoldenFile(path="physics/zonal_forcing.nc"),),
)
