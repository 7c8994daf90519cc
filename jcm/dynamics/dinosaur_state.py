"""The state of the model and that of Dinosaur's equations."""

from __future__ import annotations

import math

from dinosaur import primitive_equations as equations

from jcm.dynamics.state import SpectralState

#: Name of the tracer.
HUMIDITY = "specific_humidity"
#: From g/kg, the model's unit of humidity, to kg/kg, Dinosaur's.
KILOGRAM = 1e-3
#: A constant c has the coefficient √(4π) c.
CONSTANT = math.sqrt(4.0 * math.pi)


def to_dinosaur(state: SpectralState, reference_temperature: float) -> equations.State:
    """Dinosaur's state: temperature less its reference, humidity in kg/kg."""
    return equations.State(
        vorticity=state.vorticity,
        divergence=state.divergence,
        temperature_variation=state.temperature.at[:, 0, 0].add(-CONSTANT * reference_temperature),
        log_surface_pressure=state.log_normalized_surface_pressure,
        tracers={HUMIDITY: KILOGRAM * state.specific_humidity},
    )


def from_dinosaur(state: equations.State, reference_temperature: float) -> SpectralState:
    """The inverse of :func:`to_dinosaur`."""
    return SpectralState(
        vorticity=state.vorticity,
        divergence=state.divergence,
        temperature=state.temperature_variation.at[:, 0, 0].add(CONSTANT * reference_temperature),
        specific_humidity=state.tracers[HUMIDITY] / KILOGRAM,
        log_normalized_surface_pressure=state.log_surface_pressure,
    )


def tendencies_to_dinosaur(tendencies: SpectralState) -> equations.State:
    """Tendencies in Dinosaur's variables and units."""
    return equations.State(
        vorticity=tendencies.vorticity,
        divergence=tendencies.divergence,
        temperature_variation=tendencies.temperature,
        log_surface_pressure=tendencies.log_normalized_surface_pressure,
        tracers={HUMIDITY: KILOGRAM * tendencies.specific_humidity},
    )
