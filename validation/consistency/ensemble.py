"""The ensemble: short runs of the Fortran reference from perturbed states, and its summary."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from reference.errors import InputError
from reference.kernels import build_information
from validation.climate.models import RunStoppedError
from validation.consistency.calibration import FalseAlarms, chosen_threshold, false_alarms
from validation.consistency.measures import Measures, measures
from validation.consistency.models import FORTRAN, ShortRuns, make_short_runs
from validation.consistency.perturbation import Purpose, perturbed
from validation.consistency.statistics import RUNS, Projection, project
from validation.dynamics.runs import Start, spun_up
from validation.provenance import git_commit

Announce = Callable[[str], None]

#: Length of a run, one day, and rms of the perturbation of temperature [K]; docs/consistency.md
#: says how they were chosen.
STEPS, AMPLITUDE = 36, 0.1
#: Runs of each purpose unless told otherwise.
DEFAULT_MEMBERS, DEFAULT_HOLD_OUT = 200, 1300
FEWEST_MEMBERS = 40
_FORTRAN_FOLDER = Path(__file__).parents[2] / "fortran_speedy"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """How runs are made.

    Attributes:
        steps: length of a run.
        amplitude: rms of the perturbation of temperature [K].
        start: hash of the state that is perturbed.
    """

    steps: int
    amplitude: float
    start: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ensemble:
    """What is kept of an ensemble.

    Attributes:
        projection: where other runs lie relative to it.
        threshold: beyond which a score fails.
        false_alarms: of unchanged code, measured on runs of their own.
        settings: how runs are made.
        members: runs that define the components, as many say how scores scatter.
        sources: hash of the Fortran code, empty where there was none.
        compiler: of the Fortran, with its flags.
        commit: of the repository.
        seconds: that it took.
    """

    projection: Projection
    threshold: float
    false_alarms: FalseAlarms
    settings: Settings
    members: int
    sources: str
    compiler: str
    commit: str
    seconds: float

    @property
    def components(self) -> int:
        """How many there are."""
        return len(self.projection.loadings)


def begin(golden: Path) -> Start:
    """The state that is perturbed: the spun-up one of the original.

    Raises:
        InputError: if the folder lacks it.
    """
    start = spun_up(golden)
    if start is None:
        raise InputError(
            f"golden folder {golden} has no dynamics/restart_state.nc, which the runs begin with."
        )
    return start


def settings_of(start: Start) -> Settings:
    """How runs from a state are made."""
    return Settings(steps=STEPS, amplitude=AMPLITUDE, start=_hash_of(_fields(start)))


def make_runs(
    model: ShortRuns,
    start: Start,
    settings: Settings,
    purpose: Purpose,
    numbers: range,
    *,
    seed: int = 0,
    announce: Announce = lambda text: None,
) -> list[Measures]:
    """Short runs with different perturbations.

    Args:
        model: that makes them.
        start: what is perturbed.
        settings: how they are made.
        purpose: of the runs.
        numbers: of the runs among those of their purpose.
        seed: of the perturbations.
        announce: told of every run.

    Raises:
        RunStoppedError: if the model stops; says why.
    """
    fields = _fields(start)
    step = int(fields.pop("step"))
    found = []
    for number in numbers:
        announce(f"run {number - numbers.start + 1} of {len(numbers)}")
        state = perturbed(fields, settings.amplitude, purpose, number, seed)
        found.append(measures(model.means(state, step, settings.steps)))
    return found


def build_ensemble(
    golden: Path,
    *,
    members: int = DEFAULT_MEMBERS,
    hold_out: int = DEFAULT_HOLD_OUT,
    announce: Announce = lambda text: None,
) -> Ensemble:
    """Make the ensemble with the Fortran model.

    Args:
        golden: folder with `dynamics/restart_state.nc`.
        members: runs that define the components; as many again say how scores scatter.
        hold_out: runs that measure the false alarm rate.
        announce: told what begins.

    Raises:
        InputError: for too few runs, or a state that the Fortran does not accept.
        ReferenceUnavailableError: if the Fortran was not built.
        RunStoppedError: if a run stops.
    """
    if members < FEWEST_MEMBERS:
        raise InputError(f"--members is {members}, expected at least {FEWEST_MEMBERS}.")
    if hold_out < RUNS:
        raise InputError(f"--hold-out is {hold_out}, expected at least {RUNS}.")
    began = time.perf_counter()
    start = begin(golden)
    settings = settings_of(start)
    model = make_short_runs(FORTRAN, "float64", start.run_start)

    def runs(purpose: Purpose, number: int, words: str) -> list[Measures]:
        return make_runs(
            model,
            start,
            settings,
            purpose,
            range(number),
            announce=lambda text: announce(f"{words}: {text}"),
        )

    loadings = runs(Purpose.LOADINGS, members, "components")
    scores = values_of(runs(Purpose.SCORES, members, "scatter of scores"))
    size = np.sqrt(np.mean([run.sizes**2 for run in loadings], axis=0))
    of_all = Measures(loadings[0].labels, loadings[0].values, size)
    try:
        projection = project(of_all, values_of(loadings), scores)
        threshold = chosen_threshold(projection.scores(scores))
    except ValueError as error:
        raise RunStoppedError(f"{error}.") from None
    others = values_of(runs(Purpose.HOLD_OUT, hold_out, "false alarms"))
    built = build_information()
    return Ensemble(
        projection=projection,
        threshold=threshold,
        false_alarms=false_alarms(projection, others, threshold),
        settings=settings,
        members=members,
        sources=sources_hash(),
        compiler=f"{built['compiler']} {built['flags']}",
        commit=git_commit(),
        seconds=time.perf_counter() - began,
    )


def values_of(runs: list[Measures]) -> np.ndarray:
    """Numbers of runs `(run, variable)`."""
    return np.array([run.values for run in runs])


def sources_hash(folder: Path = _FORTRAN_FOLDER) -> str:
    """Hash of the Fortran code without comments and blank lines; empty if it is not there."""
    code = hashlib.sha256()
    files = sorted(folder.rglob("*.f90"))
    for path in files:
        code.update(path.relative_to(folder).as_posix().encode())
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.lstrip().startswith("!"):
                code.update(line.rstrip().encode())
    return code.hexdigest()[:16] if files else ""


def _fields(start: Start) -> dict[str, np.ndarray]:
    assert start.restart is not None
    return {name: np.asarray(values) for name, values in start.restart.items()}


def _hash_of(fields: Mapping[str, np.ndarray]) -> str:
    content = hashlib.sha256()
    for name in sorted(fields):
        content.update(name.encode())
        content.update(np.ascontiguousarray(fields[name]).tobytes())
    return content.hexdigest()[:16]
