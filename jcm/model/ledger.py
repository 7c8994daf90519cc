"""The budget of a run: what the atmosphere holds, what crosses its boundaries, and the rest.

Global means ⟨ ⟩ of what a column holds, with surface pressure p_s, layers Δσ_k and specific
humidity q, which counts where it is negative, too:

    air                  M   = ⟨p_s⟩ / g
    water                W   = ⟨Σ_k q_k p_s Δσ_k⟩ / g
    dry air              M_d = M - W
    enthalpy             H   = ⟨Σ_k c_p T_k p_s Δσ_k⟩ / g
    potential energy     Φ   = ⟨φ_s p_s⟩ / g
    kinetic energy       K   = ⟨Σ_k ½ (u_k² + v_k²) p_s Δσ_k⟩ / g
    total energy         E   = H + Φ + K + L W

In a hydrostatic atmosphere H + Φ is the sum of internal and gravitational energy. Per unit of time
the boundaries account for

    dM_d/dt = 0 ,    dW/dt = ⟨e - p⟩ ,    dE/dt = ⟨F_top - F_surface⟩

with evaporation e, precipitation p and net downward fluxes of energy F: radiation at the top;
radiation minus sensible and latent heat, R - H_s - L e, at the surface. What is left over has been
created (or, if negative, lost) by the numerics: spectral transport, diffusion, filter, clipping of
humidity on the way into the physics, and the conservation of ln p_s in place of mass. Two parts of
the energy are known: the work of the surface stress u τ, which the physics takes from the wind and
does not return as heat, and what tendencies of the physics do not share with its fluxes. A
stochastic perturbation of the tendencies is in neither and counts as numerics.

Sums are safe in single precision: large constants are taken off before, fields are added up in
short stages, and steps with the rounding error carried along.

References:
    Specification pages 16 (signs of fluxes), 32 (T3, T6), 40 section 4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, DTypeLike, Float, Int

from jcm.constants import PhysicalConstants
from jcm.parameters import Number
from jcm.vertical_grid import VerticalGrid

if TYPE_CHECKING:
    from jcm.dynamics.state import GridState
    from jcm.model.diagnostics import Sample
    from jcm.physics.physics_result import PhysicsDriver

Scalar = Float[Array, ""]
MapField = Float[Array, "longitude latitude"]
RowField = Float[Array, " latitude"]

#: Temperature whose enthalpy is taken off before summation [K].
REFERENCE_TEMPERATURE = 250.0
#: From g to kg.
KILOGRAM = 1e-3


class LedgerStocks(NamedTuple):
    """What the atmosphere holds at an instant, in the global mean, see the module docstring.

    Attributes:
        air_mass: M without that of a surface pressure of p₀, p₀ / g [kg m-2].
        water: W [kg m-2].
        negative_water: the part of W that negative humidity contributes [kg m-2], not positive.
        enthalpy: H without c_p p₀ / g times 250 K [J m-2].
        potential_energy: Φ [J m-2].
        kinetic_energy: K [J m-2].
    """

    air_mass: Scalar
    water: Scalar
    negative_water: Scalar
    enthalpy: Scalar
    potential_energy: Scalar
    kinetic_energy: Scalar


class LedgerFluxes(NamedTuple):
    """Global means of what physics and boundaries do per unit of time.

    Attributes:
        toa_net_radiation: F_top, downward [W m-2].
        surface_net_energy: F_surface, downward [W m-2].
        evaporation: e, upward [kg m-2 s-1].
        precipitation: p, downward [kg m-2 s-1].
        surface_stress_work: ⟨u τ⟩ with the wind of the lowest layer [W m-2], negative where the
            stress brakes.
        physics_energy: ⟨Σ_k (c_p ∂T_k + L ∂q_k) p_s Δσ_k⟩ / g with the tendencies of the physics
            [W m-2].
        physics_water: ⟨Σ_k ∂q_k p_s Δσ_k⟩ / g likewise [kg m-2 s-1].
    """

    toa_net_radiation: Scalar
    surface_net_energy: Scalar
    evaporation: Scalar
    precipitation: Scalar
    surface_stress_work: Scalar
    physics_energy: Scalar
    physics_water: Scalar


class LedgerSums(NamedTuple):
    """A period that is not over.

    Attributes:
        steps: number of steps so far.
        start: what the atmosphere held before the first of them.
        fluxes: sums over steps.
        excess: what rounding has added to the sums.
    """

    steps: Int[Array, ""]
    start: LedgerStocks
    fluxes: LedgerFluxes
    excess: LedgerFluxes


class Ledger(NamedTuple):
    """A period.

    Attributes:
        start: what the atmosphere holds at the beginning.
        end: at the end.
        fluxes: means over the steps between; NaN if there are none.
    """

    start: LedgerStocks
    end: LedgerStocks
    fluxes: LedgerFluxes


def ledger_stocks(
    grid: GridState,
    surface_geopotential: MapField,
    area_weight: RowField,
    *,
    constants: PhysicalConstants = PhysicalConstants(),
    vertical: VerticalGrid = VerticalGrid.speedy(),
) -> LedgerStocks:
    """What an atmosphere holds.

    Args:
        grid: the atmosphere, fields `(longitude, level, latitude)`, humidity as it is.
        surface_geopotential: φ_s, spectrally truncated [m2 s-2], `(longitude, latitude)`.
        area_weight: share of a grid point of each row in the area of the sphere [1], `(latitude,)`.
        constants: see :class:`jcm.constants.PhysicalConstants`.
        vertical: the layers.

    Returns:
        See :class:`LedgerStocks`.
    """
    c, g = constants, constants.gravity
    ln_π = grid.log_normalized_surface_pressure
    excess_pressure = c.reference_pressure * jnp.expm1(ln_π)
    p_s = c.reference_pressure + excess_pressure
    air_mass = _mean(excess_pressure, area_weight) / g

    def held(field: jax.Array) -> Scalar:
        return _mass_integral(field, p_s, area_weight, g, vertical)

    q, u, v = grid.specific_humidity, grid.eastward_wind, grid.northward_wind
    return LedgerStocks(
        air_mass=air_mass,
        water=KILOGRAM * held(q),
        negative_water=KILOGRAM * held(jnp.minimum(q, 0.0)),
        enthalpy=c.specific_heat
        * (held(grid.temperature - REFERENCE_TEMPERATURE) + REFERENCE_TEMPERATURE * air_mass),
        potential_energy=_mean(surface_geopotential * p_s, area_weight) / g,
        kinetic_energy=held(0.5 * (u * u + v * v)),
    )


def ledger_fluxes(
    grid: GridState,
    physics: PhysicsDriver,
    area_weight: RowField,
    *,
    constants: PhysicalConstants = PhysicalConstants(),
    vertical: VerticalGrid = VerticalGrid.speedy(),
) -> LedgerFluxes:
    """What physics and boundaries do in a step.

    Args:
        grid: the atmosphere that the physics saw, fields `(longitude, level, latitude)`.
        physics: what the physics computed, the longitude first: `(longitude, level, latitude)`,
            `(longitude, surface_type, latitude)`.
        area_weight: as in :func:`ledger_stocks`.
        constants: see :class:`jcm.constants.PhysicalConstants`.
        vertical: the layers.

    Returns:
        See :class:`LedgerFluxes`.
    """
    c, g = constants, constants.gravity
    p_s = c.reference_pressure * jnp.exp(grid.log_normalized_surface_pressure)
    evaporation = physics.evaporation[:, -1]
    surface_net_energy = (
        physics.surface_net_shortwave
        - physics.surface_net_upward_longwave
        - physics.sensible_heat_flux[:, -1]
        - c.latent_heat * evaporation
    )
    precipitation = physics.convective_precipitation + physics.large_scale_precipitation
    stress_work = (
        physics.eastward_wind_stress[:, -1] * grid.eastward_wind[:, -1]
        + physics.northward_wind_stress[:, -1] * grid.northward_wind[:, -1]
    )

    def gained(tendency: jax.Array) -> Scalar:
        return _mass_integral(tendency, p_s, area_weight, g, vertical)

    moistening = gained(physics.specific_humidity_tendency)
    return LedgerFluxes(
        toa_net_radiation=_mean(physics.toa_net_shortwave - physics.outgoing_longwave, area_weight),
        surface_net_energy=_mean(surface_net_energy, area_weight),
        evaporation=KILOGRAM * _mean(evaporation, area_weight),
        precipitation=KILOGRAM * _mean(precipitation, area_weight),
        surface_stress_work=_mean(stress_work, area_weight),
        physics_energy=c.specific_heat * gained(physics.temperature_tendency)
        + c.latent_heat * moistening,
        physics_water=KILOGRAM * moistening,
    )


def empty_ledger(dtype: DTypeLike = jnp.float32) -> LedgerSums:
    """A period without steps.

    Args:
        dtype: precision of the model.
    """
    zero = jnp.zeros((), dtype)
    nothing = LedgerFluxes(*[zero] * len(LedgerFluxes._fields))
    return LedgerSums(
        jnp.zeros((), jnp.int32),
        LedgerStocks(*[zero] * len(LedgerStocks._fields)),
        nothing,
        nothing,
    )


def add_to_ledger(sums: LedgerSums, sample: Sample) -> LedgerSums:
    """The period with one more step.

    Args:
        sums: the period so far.
        sample: the step.
    """
    start = jax.lax.cond(sums.steps == 0, lambda: stocks_of_sample(sample), lambda: sums.start)
    sums = sums._replace(steps=sums.steps + 1, start=start)
    if sample.details.physics is None:
        return sums
    fluxes = ledger_fluxes(
        sample.details.grid,
        sample.details.physics,
        sample.inputs.area_weight,
        constants=sample.inputs.parameters.constants,
        vertical=sample.configuration.core.grid,
    )
    return add_fluxes(sums, fluxes)


def add_fluxes(sums: LedgerSums, fluxes: LedgerFluxes) -> LedgerSums:
    """The period with the fluxes of a step; what rounding adds is taken off with the next."""
    exact = jax.tree.map(jnp.subtract, fluxes, sums.excess)
    total = jax.tree.map(jnp.add, sums.fluxes, exact)
    excess = jax.tree.map(lambda new, old, add: (new - old) - add, total, sums.fluxes, exact)
    return sums._replace(fluxes=total, excess=excess)


def stocks_of_sample(sample: Sample) -> LedgerStocks:
    """What the atmosphere holds at the beginning of a step."""
    return ledger_stocks(
        sample.details.grid,
        sample.inputs.boundary.fields.surface_geopotential,
        sample.inputs.area_weight,
        constants=sample.inputs.parameters.constants,
        vertical=sample.configuration.core.grid,
    )


def close_ledger(sums: LedgerSums, end: LedgerStocks) -> Ledger:
    """The finished period.

    Args:
        sums: all its steps.
        end: what the atmosphere holds after the last of them.
    """
    steps = sums.steps.astype(end.air_mass.dtype)
    mean = jax.tree.map(lambda total, excess: (total - excess) / steps, sums.fluxes, sums.excess)
    return Ledger(sums.start, end, mean)


def _mean(field: MapField, area_weight: RowField) -> Scalar:
    """Global mean; first around each row, then over rows."""
    return jnp.sum(jnp.sum(field, axis=0) * area_weight.astype(field.dtype))


def _mass_integral(
    field: jax.Array,
    p_s: MapField,
    area_weight: RowField,
    gravity: Number,
    vertical: VerticalGrid,
) -> Scalar:
    """⟨Σ_k X_k p_s Δσ_k⟩ / g of a field `(longitude, level, latitude)`."""
    around = jnp.sum(field * p_s[:, None, :], axis=0)
    thickness = jnp.asarray(vertical.sigma_thickness, field.dtype)
    columns = jnp.sum(around * thickness[:, None], axis=0)
    return jnp.sum(columns * area_weight.astype(field.dtype)) / gravity
