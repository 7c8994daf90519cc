"""Where the runs of the gradient checks begin: real weather, at the start of a day."""

from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path

import jax
import jax.numpy as jnp

from jcm.model.exchange import state_from_fields
from jcm.model.model import Model
from jcm.model.state import ModelState
from reference.errors import InputError
from validation.dynamics.runs import STEPS_PER_DAY, Start, spun_up
from validation.gradients.model_steps import ModelSteps

#: Days that are run before anything is measured. In the restart some points lie exactly on an edge
#: (ice at its climatological temperature), and the Dinosaur core must get used to another core's
#: weather.
ADJUSTMENT_DAYS = {"speedy": 1, "dinosaur": 2}


@dataclasses.dataclass(frozen=True)
class RolloutStart:
    """A model and a state.

    Attributes:
        steps: of the model.
        state: at the start of a day.
        words: where it comes from.
        golden: what it was made of.
    """

    steps: ModelSteps
    state: ModelState
    words: str
    golden: Start


def rollout_start(core: str, golden: Path, *, quickly: bool = False) -> RolloutStart:
    """The start of the runs of a core.

    Core "speedy" goes on from the spun-up restart of the golden files, core "dinosaur" from its
    atmosphere on a grid of its own.

    Args:
        core: "speedy" or "dinosaur".
        golden: folder of the golden files.
        quickly: see :class:`validation.gradients.model_steps.ModelSteps`.

    Raises:
        InputError: if the golden files lack the restart.
    """
    start = spun_up(golden)
    if start is None:
        raise InputError(
            f"golden folder {golden} has no dynamics/restart_state.nc, from which rollouts start."
        )
    speedy = Model(start_date=start.run_start, dtype=jnp.float64)
    state = state_from_fields(speedy, start.restart, int(start.restart["step"]))
    model = speedy
    if core != "speedy":
        model = Model(core=core, start_date=start.date, dtype=jnp.float64)
        grid = jax.jit(speedy.configuration.core.grid_state)(
            state.earlier, speedy.inputs.surface_geopotential, speedy.parameters.constants
        )
        state = model.state_from_grid(grid)
    steps = ModelSteps(model, quickly=quickly)
    days = ADJUSTMENT_DAYS[core]
    state = steps.run_on(state, days * STEPS_PER_DAY)
    date = start.date + datetime.timedelta(days=days)
    words = f"{date:%d %B %Y}, {days} days after the spun-up state of the golden files"
    return RolloutStart(steps, state, words, start)
