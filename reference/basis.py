"""The independent quantities from which columns are built, and how they are drawn.

A quantity is either plain, that is at its first edge value, at another edge where some process
changes its behaviour, or anywhere in its range. `reference.derivation` turns them into the inputs
of the processes.
"""

from __future__ import annotations

import dataclasses
import zlib

import numpy as np

from reference.formulas import (
    LEVELS,
    MELTING_TEMPERATURE,
    SEA_FREEZING_TEMPERATURE,
    single,
)

Basis = dict[str, np.ndarray]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Primitive:
    """An independent quantity.

    Attributes:
        minimum, maximum: range, both ends included.
        edges: values drawn more often; the first one is that of a plain column.
        edge_share: probability of an edge value.
        skew: exponent of the uniform variate; above 1 favours the minimum, below 1 the maximum.
        length: number of values in a column, 0 for a single one.
        integer: whether the values are whole numbers.
    """

    minimum: float
    maximum: float
    edges: tuple[float, ...]
    edge_share: float
    skew: float = 1.0
    length: int = 0
    integer: bool = False

    def values(self, uniform: np.ndarray) -> np.ndarray:
        """Values for uniform variates in [0, 1), of the same shape."""
        at_edge = uniform < self.edge_share
        index = (uniform / self.edge_share * len(self.edges)).astype(int)
        edge = np.asarray(self.edges)[np.where(at_edge, index, 0)]
        x = (
            np.where(at_edge, 0.0, (uniform - self.edge_share) / (1.0 - self.edge_share))
            ** self.skew
        )
        if self.integer:
            inside = np.floor(self.minimum + x * (self.maximum - self.minimum + 1.0))
            return np.where(at_edge, edge, inside).astype(np.int32)
        inside = self.minimum + x * (self.maximum - self.minimum)
        return np.where(at_edge, edge, inside)


def _real(
    minimum: float,
    maximum: float,
    *edges: float,
    share: float = 0.2,
    skew: float = 1.0,
    length: int = 0,
) -> Primitive:
    return Primitive(
        minimum=minimum, maximum=maximum, edges=edges, edge_share=share, skew=skew, length=length
    )


def _whole(
    minimum: int, maximum: int, *edges: int, share: float, skew: float = 1.0, length: int = 0
) -> Primitive:
    return Primitive(
        minimum=minimum,
        maximum=maximum,
        edges=edges,
        edge_share=share,
        skew=skew,
        length=length,
        integer=True,
    )


def _flag(probability: float) -> Primitive:
    return _whole(1, 1, 0, share=1.0 - probability)


#: Every primitive by name. Where it is itself the input of a process, it has its name and units.
PRIMITIVES: dict[str, Primitive] = {
    # Pressure [1e5 Pa] and temperature [K]
    "normalized_surface_pressure": _real(0.45, 1.1, 1.0, single(0.8), 0.9, 0.5, skew=0.5),
    "sea_level_pressure": _real(0.93, 1.08, 1.0, share=0.4),
    "surface_air_temperature": _real(
        200.0, 330.0, 288.0, MELTING_TEMPERATURE, 272.5, 300.5, share=0.1
    ),
    "temperature_increase_per_log_sigma": _real(0.0, 100.0, 50.0, 0.0, share=0.3),
    "tropopause_temperature": _real(160.0, 240.0, 210.0, share=0.1),
    "inversion": _real(0.0, 25.0, 0.0, share=0.8),
    "temperature_noise": _real(-1.0, 1.0, 0.0, share=0.1, length=LEVELS),
    "temperature_noise_amplitude": _real(0.0, 25.0, 0.0, share=0.4, skew=3.0),
    # 1 half-integer, 2 melting, 3 just below melting, 4 hot
    "temperature_mark": _whole(1, 4, 0, share=0.97, length=LEVELS),
    "equal_lowest_temperatures": _flag(0.02),
    # Humidity [1]
    "lower_relative_humidity": _real(0.0, 1.2, 0.5, 0.0, 0.2, 1.0),
    "upper_relative_humidity": _real(0.0, 1.2, 0.5, 0.0, 0.2, 1.0),
    "relative_humidity_noise": _real(-1.0, 1.0, 0.0, share=0.1, length=LEVELS),
    "relative_humidity_noise_amplitude": _real(0.0, 0.6, 0.0, share=0.3),
    # 1 none, 2 0.9 of saturation, 3 threefold, 4 flood, 5 negative, 6 least humidity of clouds
    "humidity_mark": _whole(1, 6, 0, share=0.95, length=LEVELS),
    "moist_boundary_layer": _flag(0.1),
    "saturated_lowest_level": _flag(0.1),
    "dry_column": _flag(0.03),
    # Departure from hydrostatic and thermodynamic consistency [1]
    "inconsistency": _real(0.0, 1.0, 0.0, share=0.75),
    "saturation_noise": _real(-1.0, 1.0, 0.0, share=0.1, length=LEVELS),
    "energy_noise": _real(-1.0, 1.0, 0.0, share=0.1, length=LEVELS),
    "heated_boundary_layer": _flag(0.04),
    "geopotential_noise": _real(-1.0, 1.0, 0.0, share=0.1, length=LEVELS),
    # Wind [m s-1]
    "wind_x": _real(-60.0, 60.0, 10.0, 0.0, share=0.1, length=LEVELS),
    "wind_y": _real(-60.0, 60.0, 10.0, 0.0, share=0.1, length=LEVELS),
    "calm": _flag(0.03),
    # Surface
    "land_fraction": _real(0.0, 1.0, 0.0, 1.0, share=0.6),
    "land_minus_air": _real(-25.0, 25.0, 0.0, share=0.1),
    "sea_minus_air": _real(-20.0, 20.0, 0.0, share=0.1),
    "second_minus_first_sea": _real(-3.0, 3.0, 0.0, share=0.1),
    "skin_minus_surface": _real(-10.0, 20.0, 0.0, share=0.2),
    # 1 half-integer, 2 melting
    "surface_temperature_mark": _whole(1, 2, 0, share=0.95),
    "near_surface_relative_humidity": _real(0.0, 1.5, 0.5, 0.0, 1.0, share=0.1),
    "soil_water_availability": _real(0.0, 1.0, 0.5, 0.0, 1.0, share=0.4),
    "snow_depth": _real(0.0, 200.0, 0.0, 60.0, 1.0e4, share=0.6, skew=2.0),
    "sea_ice_fraction": _real(0.0, 1.0, 0.0, 1.0, 0.5, share=0.6),
    "bare_land_albedo": _real(0.07, 0.8, 0.2, share=0.1, skew=2.0),
    # Sun and sky
    "latitude": _real(-87.2, 87.2, 0.0, 87.2, -87.2, 66.5, share=0.1),
    "longitude": _real(0.0, 360.0, 180.0, 165.0, share=0.1),
    "month": _whole(1, 12, 1, 2, 12, share=0.25),
    "day_drawn": _whole(1, 31, 1, 16, 31, share=0.15),
    "shortwave_transmission": _real(0.0, 0.85, 0.5, share=0.1),
    "shortwave_heating": _real(0.0, 5.0e-8, 2.0e-8, 0.0, share=0.2, length=LEVELS),
    "sky_emissivity": _real(0.3, 1.1, 0.8, share=0.1),
    "absorber_factor": _real(0.0, 3.0, 1.0, 0.0, share=0.4, length=LEVELS),
    "transparent": _flag(0.02),
    "shortwave_step": _whole(0, 1, 1, share=0.2),
    # Clouds and precipitation
    "convection_top_level": _whole(0, 8, 8, 2, 3, 4, share=0.9),
    "precipitation_top_level": _whole(1, 8, 8, 2, 6, share=0.4),
    "convective_precipitation": _real(0.0, 1.2, 0.0, share=0.6, skew=3.0),
    "large_scale_precipitation": _real(0.0, 0.5, 0.0, share=0.6, skew=3.0),
    "cloud_top_level": _whole(1, 8, 8, 6, 2, share=0.3),
    "cloud_cover": _real(0.0, 1.0, 0.5, 0.0, 1.0, share=0.3),
    "stratiform_cloud_cover": _real(0.0, 1.0, 0.5, 0.0, 4.0, share=0.2),
    "cloud_humidity": _real(0.0, 30.0, 1.0, 0.0, share=0.1, skew=2.0),
    # Land and sea models
    "land_coupling_flag": _whole(0, 1, 1, share=0.6),
    "coupling_day": _whole(0, 400, 1, 0, share=0.9),
    "land_anomaly": _real(-15.0, 15.0, 0.0, share=0.1),
    "net_surface_heat_flux_land": _real(-300.0, 300.0, 0.0, share=0.1),
    "land_inverse_heat_capacity": _real(1.0e-4, 1.0e-3, 2400.0 / 2.5e6, 2400.0 / 9.65e6, share=0.9),
    "land_damping_factor": _real(0.0, 1.0, 40.0 / 41.0, 0.0, share=0.9),
    "sea_coupling_flag": _whole(0, 4, 0, share=0.3),
    "ice_coupling_flag": _whole(0, 1, 1, share=0.5),
    "sst_anomaly_coupling_flag": _whole(0, 1, 1, share=0.5),
    "interpolated_sst": _real(
        230.0, 307.0, 300.0, SEA_FREEZING_TEMPERATURE, 273.000008136034, share=0.15
    ),
    "sst_anomaly_slot_1": _real(-7.0, 7.0, 0.0, share=0.1),
    "sst_anomaly_slot_2": _real(-7.0, 7.0, 0.0, share=0.1),
    "sst_anomaly_slot_3": _real(-7.0, 7.0, 0.0, share=0.1),
    "interpolated_ocean_model_sst": _real(265.0, 307.0, 300.0, 0.0, share=0.1),
    "el_nino_weight": _real(0.0, 1.0, 0.0, 1.0, share=0.5),
    "ocean_temperature_state": _real(265.0, 320.0, 300.0, 0.0, share=0.1),
    "ice_temperature_state": _real(210.0, 340.0, 260.0, SEA_FREEZING_TEMPERATURE, share=0.1),
    "ice_temperature_previous": _real(210.0, 340.0, 260.0, SEA_FREEZING_TEMPERATURE, share=0.1),
    "ice_fraction_state": _real(0.0, 1.0, 0.0, 1.0, 0.5, share=0.4),
    "ice_fraction_previous": _real(0.0, 1.0, 0.0, 1.0, 0.5, share=0.4),
    "net_surface_heat_flux_sea": _real(-650.0, 1500.0, 0.0, share=0.1),
    "sensible_heat_flux_sea": _real(-160.0, 830.0, 0.0, share=0.1),
    "evaporation_sea": _real(-0.12, 0.2, 0.0, share=0.1),
    "ocean_damping_factor": _real(0.0, 1.0, 90.0 / 91.0, 0.0, share=0.9),
    "ice_damping_factor": _real(0.0, 1.0, 30.0 / 31.0, 0.0, share=0.9),
    # Calendar
    "monthly_values": _real(-100.0, 400.0, 273.0, 0.0, share=0.1, length=12),
    "start_year": _whole(1900, 2100, 1982, 2000, 1900, 2100, share=0.6),
    "start_month": _whole(1, 12, 1, 2, 12, share=0.4),
    "start_day_drawn": _whole(1, 31, 1, 27, 28, 31, share=0.4),
    "start_hour": _whole(0, 23, 0, 23, share=0.2),
    "start_minute": _whole(0, 59, 0, 20, 40, share=0.6),
    "step": _whole(0, 60000, 36, 0, 1, 54, share=0.3, skew=5.0),
}


def draw_basis(
    seed: int, columns: int, *, first: int = 0, names: tuple[str, ...] | None = None
) -> Basis:
    """Draw primitives of the columns `first` to `first + columns - 1` of a seed.

    A column depends on the seed and its number only, not on how many are drawn, nor on which other
    primitives are.

    Args:
        seed: not negative.
        columns: how many columns.
        first: number of the first column.
        names: which primitives, all of them by default.

    Returns:
        Arrays `(column,)` or `(column, length)` by name.
    """
    basis = {}
    for name in PRIMITIVES if names is None else names:
        primitive = PRIMITIVES[name]
        bits = np.random.PCG64(np.random.SeedSequence([seed, zlib.crc32(name.encode())]))
        width = max(primitive.length, 1)
        bits.advance(first * width)
        shape = (columns, width) if primitive.length else (columns,)
        basis[name] = primitive.values(np.random.Generator(bits).random(shape))
    return basis
