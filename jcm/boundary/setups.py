"""Idealised variants of the boundary fields: no mountains, no land, no seasons in the sea.

Every function takes prepared fields and returns new ones; all but what it names stays as it was.
Observed anomalies of sea-surface temperature that a run reads apart from these fields must be left
out as well where a function says that anomalies are zero.

References:
    Specification page 25. Neale, R. B. and Hoskins, B. J. (2000): A standard test for AGCMs
    including their physical parametrizations: I: the proposal. Atmos. Sci. Lett. 1, 101-107.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from jcm.boundary.fields import BoundaryFields
from jcm.boundary.preparation import BoundaryParameters
from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.formulation import ORIGINAL, Formulation
from jcm.physics.daily_forcing import DailyForcingParameters
from jcm.surface.slab_constants import slab_constants

Row = Float[np.ndarray, " latitude"]

ZERO_CELSIUS = 273.15
#: Amplitude of the analytic distributions [K].
_AMPLITUDE = 27.0
#: Latitude beyond which they are 0 °C [rad].
_EDGE = np.pi / 3.0


def _control(φ: Row) -> Row:
    return 1.0 - np.sin(1.5 * φ) ** 2


def _flat(φ: Row) -> Row:
    return 1.0 - np.sin(1.5 * φ) ** 4


def _peaked(φ: Row) -> Row:
    return 1.0 - 3.0 * np.abs(φ) / np.pi


def _qobs(φ: Row) -> Row:
    return 0.5 * (_control(φ) + _flat(φ))


def _control_5n(φ: Row) -> Row:
    maximum = np.radians(5.0)
    width = np.where(φ > maximum, _EDGE - maximum, _EDGE + maximum)
    return 1.0 - np.sin(0.5 * np.pi * (φ - maximum) / width) ** 2


#: Shape of the analytic distributions within 60 degrees, 1 at the maximum.
_SHAPES: dict[str, Callable[[Row], Row]] = {
    "control": _control,
    "peaked": _peaked,
    "flat": _flat,
    "qobs": _qobs,
    "control_5n": _control_5n,
}

#: What `aquaplanet` accepts.
AQUAPLANET_SST = ("zonal_mean_climatology", *_SHAPES)


def aquaplanet_sst(name: str, latitude_radians: Row) -> Row:
    """A zonally symmetric sea-surface temperature of Neale and Hoskins (2000).

        control     27 (1 - sin²(3φ/2))
        peaked      27 (1 - 3|φ|/π)
        flat        27 (1 - sin⁴(3φ/2))
        qobs        27/2 (2 - sin²(3φ/2) - sin⁴(3φ/2)), close to what is observed
        control_5n  as control, with the maximum at 5° N

    in °C within 60° of the equator, and 0 °C beyond.

    Args:
        name: one of these.
        latitude_radians: φ [rad].

    Returns:
        [K], `(latitude,)`.

    Raises:
        ValueError: for another name.
    """
    if name not in _SHAPES:
        raise ValueError(_unknown(name, tuple(_SHAPES)))
    φ = np.asarray(latitude_radians, np.float64)
    return ZERO_CELSIUS + np.where(np.abs(φ) < _EDGE, _AMPLITUDE * _SHAPES[name](φ), 0.0)


def aquaplanet(
    fields: BoundaryFields,
    sst: str = "qobs",
    *,
    formulation: Formulation = ORIGINAL,
    parameters: BoundaryParameters | None = None,
) -> BoundaryFields:
    """A planet covered by water without ice, its temperature the same along each parallel.

    Insolation keeps its seasons. The analytic distributions have none;
    `zonal_mean_climatology` has those of the observed sea, symmetric along parallels but not about
    the equator, nowhere below 0 °C, and next to the poles the value of the nearest parallel with
    sea. Anomalies are zero.

    Args:
        fields: prepared boundary fields.
        sst: one of :data:`AQUAPLANET_SST`.
        formulation: of the slab constants.
        parameters: likewise; those of the formulation by default.

    Returns:
        The fields of the aquaplanet.

    Raises:
        ValueError: for an unknown `sst`, naming the nearest known one.
    """
    if sst not in AQUAPLANET_SST:
        raise ValueError(_unknown(sst, AQUAPLANET_SST))
    if parameters is None:
        parameters = BoundaryParameters.for_formulation(formulation)
    monthly = np.asarray(fields.sea_surface_temperature_monthly)
    if sst == "zonal_mean_climatology":
        rows = _zonal_mean_sea(monthly, np.asarray(fields.sea_fraction))
    else:
        rows = aquaplanet_sst(sst, np.asarray(fields.latitude_radians))[None]
    land = np.zeros_like(fields.land_fraction)
    sea = np.ones_like(land)
    no_land = np.zeros_like(monthly)
    albedo = DailyForcingParameters.for_formulation(formulation).open_sea_albedo
    return dataclasses.replace(
        _flat_surface(fields),
        land_fraction_raw=land,
        land_fraction=land,
        land_mask=land,
        sea_fraction=sea,
        sea_mask=sea,
        bare_land_albedo=np.full_like(land, albedo),
        **_slabs(
            np.full_like(land, albedo),
            land,
            sea,
            fields.horizontal(formulation),
            formulation,
            parameters,
        ),
        land_temperature_monthly=np.full_like(monthly, parameters.masked_temperature),
        snow_depth_monthly=no_land,
        soil_water_availability_monthly=no_land,
        sea_surface_temperature_monthly=np.broadcast_to(rows[:, None, :], monthly.shape).astype(
            monthly.dtype
        ),
        sea_ice_fraction_monthly=np.zeros_like(monthly),
        sst_anomaly_window_initial=np.zeros_like(fields.sst_anomaly_window_initial),
    )


def flat_orography(fields: BoundaryFields) -> BoundaryFields:
    """All land at sea level: no geopotential at the surface, no drag of mountains.

    Land stays where it is, with the temperatures and the albedo that it has at its real height.
    """
    return _flat_surface(fields)


def fixed_sst(fields: BoundaryFields, month: int) -> BoundaryFields:
    """Temperature and ice of the sea as in the climatology of one month, all year. No anomalies.

    Args:
        fields: prepared boundary fields.
        month: 1 to 12.

    Raises:
        ValueError: for another month.
    """
    if month not in range(1, 13):
        raise ValueError(f"month must be 1 to 12, got {month}")

    def all_year(monthly: np.ndarray) -> np.ndarray:
        return np.repeat(np.asarray(monthly)[month - 1 : month], 12, axis=0)

    return dataclasses.replace(
        climatological_sst(fields),
        sea_surface_temperature_monthly=all_year(fields.sea_surface_temperature_monthly),
        sea_ice_fraction_monthly=all_year(fields.sea_ice_fraction_monthly),
    )


def climatological_sst(fields: BoundaryFields) -> BoundaryFields:
    """The climatology of the sea in every year: observed anomalies are zero."""
    return dataclasses.replace(
        fields, sst_anomaly_window_initial=np.zeros_like(fields.sst_anomaly_window_initial)
    )


def _flat_surface(fields: BoundaryFields) -> BoundaryFields:
    flat = np.zeros_like(fields.surface_geopotential)
    return dataclasses.replace(
        fields,
        surface_geopotential_unfiltered=flat,
        surface_geopotential=flat,
        # What orographic_drag_factor gives at sea level, whatever its parameters.
        orographic_drag_factor=np.ones_like(flat),
    )


def _zonal_mean_sea(
    monthly: Float[np.ndarray, "month longitude latitude"],
    sea_fraction: Float[np.ndarray, "longitude latitude"],
) -> Float[np.ndarray, "month latitude"]:
    """Mean over the sea of each parallel, at least 0 °C: colder water would count as ice."""
    weight = sea_fraction.sum(axis=0)
    total = (np.maximum(monthly, ZERO_CELSIUS) * sea_fraction).sum(axis=1)
    mean = total / np.where(weight > 0.0, weight, 1.0)
    # From the equator to the poles, so that every row has a neighbour with sea.
    equator = len(weight) // 2
    for rows in (range(equator, len(weight)), range(equator - 1, -1, -1)):
        for row in rows:
            if weight[row] == 0.0:
                mean[:, row] = mean[:, row - 1 if row >= equator else row + 1]
    return mean


def _slabs(
    albedo: np.ndarray,
    land_fraction: np.ndarray,
    sea_fraction: np.ndarray,
    grid: GaussianGrid,
    formulation: Formulation,
    parameters: BoundaryParameters,
) -> dict[str, np.ndarray]:
    """Slab constants for other masks, as the preparation computes them."""
    dtype = albedo.dtype
    with jax.enable_x64(True):
        shape = albedo.shape
        slabs = slab_constants(
            jnp.broadcast_to(jnp.asarray(grid.latitude_radians), shape),
            jnp.broadcast_to(jnp.asarray(grid.longitude_degrees)[:, None], shape),
            *(jnp.asarray(a, jnp.float64) for a in (albedo, land_fraction, sea_fraction)),
            parameters=parameters.slab_constants,
            el_nino=parameters.el_nino,
            formulation=formulation,
        )._asdict()
        slabs["latitude_degrees_sea_model"] = slabs["latitude_degrees_sea_model"][0]
        return {name: np.array(values, dtype) for name, values in slabs.items()}


def _unknown(name: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
    return (
        f"sea-surface temperature {name!r} of the aquaplanet is not known, did you mean {near!r}? "
        f"expected one of {', '.join(known)}"
    )
