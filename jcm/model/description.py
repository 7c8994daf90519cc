"""What the files of a model's runs say about it."""

from __future__ import annotations

import datetime

import numpy as np

from jcm.model.configuration import Configuration, DinosaurConfiguration
from jcm.output.dataset import RunDescription
from jcm.surface.calendar import MINUTES_PER_STEP


def run_description(
    configuration: Configuration, start_date: datetime.datetime, dtype: np.dtype
) -> RunDescription:
    """What the files of a model's runs have in common.

    Args:
        configuration: of the model.
        start_date: of its runs.
        dtype: precision.
    """
    core, dinosaur = configuration.core, configuration.dinosaur
    name = "speedy" if dinosaur is None else "dinosaur"
    resolution = f"{'T30' if dinosaur is None else dinosaur.resolution.name}L{core.grid.levels}"
    physics: str = configuration.physics
    if configuration.gates.smooth:
        physics += f", gates of width {configuration.gates.width:g}"
    return RunDescription(
        start_date=start_date,
        vertical_grid=core.grid,
        horizontal=core.horizontal,
        formulation=configuration.formulation,
        source=f"jcm, core {name}, {resolution}, {np.dtype(dtype).name}",
        resolution=resolution,
        core=name,
        numerics="those of SPEEDY" if dinosaur is None else _numerics_text(dinosaur),
        physics=physics,
    )


def _numerics_text(dinosaur: DinosaurConfiguration) -> str:
    numerics, diffusion = dinosaur.numerics, dinosaur.numerics.diffusion
    steps = numerics.steps_at(dinosaur.resolution)
    choices = {
        "zonal drag": diffusion.zonal_drag,
        "virtual temperature": numerics.virtual_temperature,
        "correction of dry air": numerics.dry_air_is_conserved,
    }
    return "; ".join(
        [
            f"{numerics.integrator}, {steps} x {MINUTES_PER_STEP / steps:.4g} minutes",
            f"physics once per {numerics.physics_evaluations}",
            f"diffusion {diffusion.name}",
            f"orographic correction {diffusion.orographic_correction}",
            *(name if chosen else f"no {name}" for name, chosen in choices.items()),
        ]
    )
