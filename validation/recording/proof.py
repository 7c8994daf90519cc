"""How close what is recorded of the single processes is to what the run itself used."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable

import numpy as np

from reference.formulas import GRAVITY, SIGMA_THICKNESS, SPECIFIC_HEAT
from validation.comparison import relative_to
from validation.recording.seen import Seen
from validation.recording.stages import Stage, exponential

#: Reference pressure [Pa].
_REFERENCE_PRESSURE = 1.0e5
#: Fluxes of a process and the tendencies that the driver makes of them.
_HEATING = {
    "convective_dry_static_energy_flux": "temperature_tendency_convection",
    "shortwave_absorption": "temperature_tendency_shortwave",
    "longwave_absorption": "temperature_tendency_longwave",
}
_MOISTENING = {"convective_humidity_flux": "specific_humidity_tendency_convection"}


@dataclasses.dataclass
class Agreement:
    """One quantity over all recorded steps and columns of the grid that were recorded.

    Attributes:
        process, variable: the recorded output.
        values: how many numbers were compared.
        differing: how many of them differ at all.
        relative: largest difference relative to the largest absolute value of a step.
    """

    process: str
    variable: str
    values: int = 0
    differing: int = 0
    relative: float = 0.0

    def add(self, recorded: np.ndarray, used: np.ndarray) -> None:
        """Compare the numbers of a step."""
        a, b = np.asarray(recorded, float), np.asarray(used, float)
        different = (a != b) & ~(np.isnan(a) & np.isnan(b))
        self.values += a.size
        self.differing += int(different.sum())
        scale = np.full(a.size, np.nanmax(np.abs(b), initial=0.0))
        gap = np.where(different, np.abs(a - b), 0.0)
        gap = np.where(np.isnan(gap), math.inf, gap).reshape(a.size, -1)
        self.relative = max(self.relative, float(relative_to(scale, gap).max(initial=0.0)))


class Agreements:
    """All quantities, gathered step by step."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Agreement] = {}

    def add_told(self, seen: Seen, stages: Iterable[Stage], columns: np.ndarray) -> None:
        """Hold the recorded outputs of some processes against what the model tells of them."""
        outputs = {stage.process.name: stage.outputs for stage in stages}
        for told in seen.told:
            if told.process not in outputs:
                continue
            recorded = outputs[told.process][told.variable]
            if told.entry is not None:
                recorded = recorded[..., told.entry]
            used = told.values if len(told.values) == len(recorded) else told.values[columns]
            self._of(told.process, told.variable).add(recorded, used)

    def add_physics(self, stages: Iterable[Stage], driver: Stage) -> None:
        """Hold the single processes against the physics driver in the same columns."""
        pressure = exponential(driver.inputs["log_normalized_surface_pressure"])
        mass_factor = _mass_factor(pressure)
        for stage in stages:
            for name, values in stage.outputs.items():
                total, recorded = name, values
                if name in _HEATING:
                    total, recorded = _HEATING[name], values * (mass_factor / SPECIFIC_HEAT)
                elif name in _MOISTENING:
                    total, recorded = _MOISTENING[name], values * mass_factor
                if total in driver.outputs:
                    self._of(stage.process.name, name).add(recorded, driver.outputs[total])

    def listed(self) -> list[Agreement]:
        """All of them, in the order in which they were first met."""
        return list(self._found.values())

    def _of(self, process: str, variable: str) -> Agreement:
        return self._found.setdefault((process, variable), Agreement(process, variable))


def _mass_factor(pressure: np.ndarray) -> np.ndarray:
    """From a flux into a layer to what its mass gains per second, `(column, level)`."""
    layers = GRAVITY / (SIGMA_THICKNESS * _REFERENCE_PRESSURE)
    return (1.0 / pressure)[:, np.newaxis] * layers.astype(pressure.dtype)


def in_words(agreements: list[Agreement]) -> str:
    """One sentence."""
    differing = [a for a in agreements if a.differing]
    count = f"{len(agreements)} quantities"
    if not differing:
        return f"{count} are, bit for bit, what the run itself used."
    worst = max(differing, key=lambda a: a.relative)
    return (
        f"{len(agreements) - len(differing)} of {count} are, bit for bit, what the run itself "
        f"used; the others differ from it by up to {worst.relative:.1e} of the field maximum "
        f"({worst.process}, {worst.variable})."
    )
