"""Derivatives through the whole model against differences of JAX and of the Fortran."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

import jax
import numpy as np

from jcm.surface.calendar import MINUTES_PER_STEP
from reference import kernels
from validation.dynamics.runs import STEPS_PER_DAY
from validation.gradients.fortran_rollouts import FortranRuns
from validation.gradients.model_directions import (
    EVERYTHING,
    ModelDirection,
    model_directions,
    result_sizes,
)
from validation.gradients.request import GradientsRequest
from validation.gradients.rollout_liveness import LENGTH, check_liveness
from validation.gradients.rollout_measures import Pair, agreement, taylor_curve
from validation.gradients.rollout_results import (
    DIFFERENCE_TOLERANCE,
    AdjointResult,
    DirectionResult,
    LeadTimes,
    RolloutResult,
)
from validation.gradients.rollout_runs import Runs
from validation.gradients.starts import rollout_start
from validation.gradients.taylor import TaylorCurve, halving_steps
from validation.gradients.threads import side_by_side

Announce = Callable[[str], None]

#: One step, a whole cycle of short-wave radiation, a day.
LENGTHS = (1, 3, STEPS_PER_DAY)
#: Lengths of the Taylor tests.
TAYLOR_LENGTHS = (1, 3)
#: Lead times within the first day [steps]; later ones are whole days.
_LEADS = (1, 3, 9, 18, 27, 36)
#: Sizes h of differences along "everything": half decades; the whole ones for longer runs.
SIZES = tuple(10.0 ** (-k / 2) for k in range(19))
#: Changes of the state, in natural sizes, that differences along single directions aim at, as far
#: down as is needed to get past all edges, and not so far that rounding decides.
RESPONSES = (6e-6, 2e-6, 6e-7, 2e-7, 7e-8)
#: The change of the state that a Taylor test begins with, and how often it is halved.
TAYLOR_RESPONSE, TAYLOR_HALVINGS = 1e-2, 34
#: Largest h for one direction alone.
LARGEST_SIZE = 0.1
#: Sizes of the differences of the Fortran along "everything" are this and smaller ones.
_LARGEST_OF_FORTRAN = 1e-5


def check_rollouts(
    core: str, request: GradientsRequest, announce: Announce = lambda text: None
) -> RolloutResult:
    """Check the derivatives of the whole model on one core.

    Args:
        core: "speedy" or "dinosaur".
        request: whose golden folder, days and seed are used.
        announce: told what begins.

    Raises:
        InputError: if the golden files lack the state from which the runs start.
    """
    began = time.monotonic()
    longest = request.days * STEPS_PER_DAY
    with jax.enable_x64(True):
        announce(f"core {core}: compiling a time step")
        start = rollout_start(core, request.golden)
        steps, state = start.steps, start.state
        directions = model_directions(steps.model, steps.base(state), request.seed)
        sizes = result_sizes(directions)
        fortran = FortranRuns(start) if core == "speedy" and kernels.available() else None
        runs = Runs(steps, state, sizes, {*LENGTHS, *leads(longest)}, fortran)
        within_day = Runs(steps, steps.run_on(state), sizes, [LENGTH])
        announce(f"core {core}: compiling its derivatives")
        steps.compile_derivatives(state)
        announce(f"core {core}: {request.days} days along everything")
        everything = directions.pop(EVERYTHING)
        results, adjoints, lead_times = check_everything(runs, everything, longest)
        announce(f"core {core}: a day along single variables and parameters")
        for found in side_by_side(lambda d: check_direction(runs, d), list(directions.values())):
            results += found
        announce(f"core {core}: what the model responds to")
        noise = max(r.taylor.noise for r in results if r.taylor is not None)
        liveness = check_liveness(runs, within_day, noise)
    return RolloutResult(
        core=core,
        resolution=steps.model.resolution,
        start=start.words,
        directions=tuple(results),
        adjoints=tuple(adjoints),
        liveness=tuple(liveness),
        lead_times=lead_times,
        seconds=time.monotonic() - began,
    )


def leads(longest: int) -> list[int]:
    """Lead times of a run [steps]."""
    return [*_LEADS, *range(2 * STEPS_PER_DAY, longest + 1, STEPS_PER_DAY)]


def check_everything(
    runs: Runs, direction: ModelDirection, longest: int
) -> tuple[list[DirectionResult], list[AdjointResult], LeadTimes]:
    """The sum of all directions: differences of all sizes, lead times, the adjoint.

    Args:
        runs: from the start.
        direction: the sum.
        longest: length of the longest run [steps].
    """
    kept = sorted({*LENGTHS, *leads(longest)})
    tangents = runs.tangents(direction, kept)
    within_a_day = [step for step in kept if step <= STEPS_PER_DAY]
    decades = SIZES[::2]
    pairs = side_by_side(
        lambda size: runs.pair(direction, size, kept if size in decades else within_a_day), SIZES
    )
    fortran: list[Pair] = []
    if runs.fortran is not None:
        fortran = side_by_side(
            lambda size: runs.fortran_pair(direction, size, LENGTHS),
            [size for size in SIZES if size <= 1.001 * _LARGEST_OF_FORTRAN],
        )
    adjoints = side_by_side(
        lambda steps: check_adjoint(runs, direction, tangents[steps], steps),
        sorted({*LENGTHS, longest}),
    )
    lead_times = _lead_times(
        leads(longest), tangents, [pair for pair in pairs if pair.size in decades]
    )
    return _results(runs, direction, tangents, pairs, fortran), adjoints, lead_times


def check_direction(runs: Runs, direction: ModelDirection) -> list[DirectionResult]:
    """Everything about one direction alone, up to a day."""
    tangents = runs.tangents(direction, LENGTHS)
    response = runs.sensitivity(tangents[max(LENGTHS)])
    sizes = [min(aim / response, LARGEST_SIZE) if response else aim for aim in RESPONSES]
    pairs = _until_smooth(lambda size: runs.pair(direction, size, LENGTHS), sizes, tangents)
    fortran: list[Pair] = []
    if runs.fortran is not None:
        fortran = _until_smooth(
            lambda size: runs.fortran_pair(direction, size, LENGTHS), sizes, tangents
        )
    return _results(runs, direction, tangents, pairs, fortran)


def _until_smooth(
    make: Callable[[float], Pair], sizes: Sequence[float], tangents: Mapping[int, np.ndarray]
) -> list[Pair]:
    """Differences of smaller and smaller size, until two of them in a row are alike."""
    pairs: list[Pair] = []
    for size in sizes:
        pairs.append(make(size))
        if len(pairs) > 1 and all(
            np.linalg.norm(pairs[-1].central(steps) - pairs[-2].central(steps))
            <= 0.5 * DIFFERENCE_TOLERANCE * np.linalg.norm(tangent)
            for steps, tangent in tangents.items()
        ):
            break
    return pairs


def check_adjoint(
    runs: Runs, direction: ModelDirection, tangent: np.ndarray, steps: int
) -> AdjointResult:
    """<J v, w> against <v, Jᵀ w> with w = J v, so that nothing cancels."""
    back = runs.transposed(tangent, steps)
    reverse = sum(
        float(np.vdot(np.asarray(v), np.asarray(back[name])))
        for name, v in direction.values.items()
    )
    return AdjointResult(steps=steps, forward=float(tangent @ tangent), reverse=reverse)


def check_taylor(
    runs: Runs, direction: ModelDirection, tangents: Mapping[int, np.ndarray]
) -> dict[int, TaylorCurve]:
    """Remainders along a direction after :data:`TAYLOR_LENGTHS` steps."""
    last = max(TAYLOR_LENGTHS)
    response = runs.sensitivity(tangents[last])
    largest = min(TAYLOR_RESPONSE / response, 1.0) if response else 1.0
    sizes = [float(size) for size in halving_steps(largest, TAYLOR_HALVINGS)]
    moved = [runs.one(direction, size, TAYLOR_LENGTHS) for size in sizes]
    return {
        steps: taylor_curve(
            sizes,
            [vectors[steps] for vectors, _, _ in moved],
            [bool(branches[steps - 1] or gates[steps - 1]) for _, branches, gates in moved],
            runs.unmoved[steps],
            tangents[steps],
        )
        for steps in TAYLOR_LENGTHS
    }


def _results(
    runs: Runs,
    direction: ModelDirection,
    tangents: Mapping[int, np.ndarray],
    pairs: Sequence[Pair],
    fortran: Sequence[Pair],
) -> list[DirectionResult]:
    results, curves = [], check_taylor(runs, direction, tangents)
    for steps in LENGTHS:
        tangent = tangents[steps]
        common = (tangent, steps, runs.measure, runs.base)
        results.append(
            DirectionResult(
                direction=direction.name,
                steps=steps,
                sensitivity=runs.sensitivity(tangent),
                jax=agreement("jax", pairs, *common),
                fortran=agreement("fortran", fortran, *common) if fortran else None,
                taylor=curves.get(steps),
            )
        )
    return results


def _lead_times(
    steps: Sequence[int], tangents: Mapping[int, np.ndarray], pairs: Sequence[Pair]
) -> LeadTimes:
    norms = {step: float(np.linalg.norm(tangents[step])) for step in steps}
    first = norms[steps[0]]
    slopes = [[pair.central(step) for step in steps] for pair in pairs]
    return LeadTimes(
        hours=tuple(step * MINUTES_PER_STEP / 60 for step in steps),
        sizes=tuple(pair.size for pair in pairs),
        errors=tuple(
            tuple(
                float(np.linalg.norm(slope - tangents[step])) / norms[step]
                for step, slope in zip(steps, row, strict=True)
            )
            for row in slopes
        ),
        derivative_growth=tuple(norms[step] / first for step in steps),
        perturbation_growth=tuple(
            tuple(float(np.linalg.norm(slope)) / first for slope in row) for row in slopes
        ),
        branch_flips=tuple(tuple(int(pair.branches[step - 1]) for step in steps) for pair in pairs),
    )
