"""Mutants put to the comparisons of `jcm-validate dynamics`."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from validation.mutants.outcome import Outcome, fingerprint_of, outcome_of

_PORT = "validation.jax_dynamics_port"
_MODEL = "jcm.model.model"
#: Steps of a first look at a whole model, and of a second one, which passes midnight.
FEW_STEPS, DAY = 6, 36
#: Checks that the two implementations do not pass alike in formulation corrected: the port's
#: orographic correction is that of the original, and of a remainder at rest little is left.
_ORIGINAL_ONLY = ("horizontal_diffusion", "cold_start_dynamics_only")
STARTS = ("restart_state", "cold_start")


class DynamicsCheck:
    """A check of operators or steps; attributes as `Check` asks for."""

    def __init__(self, number: int, golden: Path, formulation: str = "original") -> None:
        from validation.dynamics.compare import CHECKS

        self._check, self._golden = CHECKS[number], golden
        self._formulation = formulation
        self.name = self._check.name
        if formulation != "original":
            self.name += f", formulation {formulation}"
        self.catcher = "dynamics" if formulation == "original" else "corrected"
        self.roots = (_PORT,)

    @functools.cached_property
    def _files(self) -> Any:
        return self._check.read(self._golden)

    @functools.cached_property
    def _judged(self) -> Any:
        """The check, of another formulation with the Fortran's results as what is expected."""
        if self._formulation == "original":
            return self._check
        from validation.fortran_ports import FortranDynamics

        found = self._check.follow(self._files, FortranDynamics(self._formulation))

        def expected(files: Mapping[str, Any]) -> Any:
            return {
                name: dataclasses.replace(field, values=found[name])
                for name, field in self._check.expected(files).items()
                if name in found
            }

        return dataclasses.replace(self._check, expected=expected)

    def run(self) -> Outcome:
        """See :class:`validation.mutants.outcome.Check`."""
        from validation.dynamics.check import judge_check
        from validation.jax_dynamics_port import JaxDynamics

        port = JaxDynamics("float64", self._formulation)
        return outcome_of(judge_check(self._judged, self._files, port))


class ModelCheck:
    """The whole model from one of the two starts of the golden files, against what they store.

    Attributes:
        name, catcher, roots: as `Check` asks for.
        steps: length of the run.
    """

    catcher = "dynamics"

    def __init__(self, start: str, golden: Path, steps: int) -> None:
        self.name = f"{steps} steps from {start}"
        self.roots = (_MODEL,)
        self._start, self._golden, self.steps = start, golden, steps

    def run(self) -> Outcome:
        """See :class:`validation.mutants.outcome.Check`."""
        from validation.dynamics.curves import read_curves
        from validation.dynamics.runs import cold_start, record_run, spun_up
        from validation.dynamics.trajectories import golden_steps, judge_trajectory
        from validation.jax_dynamics_port import JaxDynamics

        start = {"cold_start": cold_start, "restart_state": spun_up}[self._start](self._golden)
        assert start is not None
        kept = {step for step in golden_steps(self._golden, start.name) if step <= self.steps}
        record = record_run(_OneByOne(), start, complete=kept)
        judged = judge_trajectory(
            self._golden, record, JaxDynamics("float64"), read_curves(self._golden)
        )
        outcome = outcome_of(c for c in judged if c.step in kept)
        states = {
            f"{step} {name}": values
            for step, state in record.states.items()
            for name, values in state.items()
        }
        return dataclasses.replace(outcome, fingerprint=fingerprint_of(states))


class _OneByOne:
    """The port of the model, whose steps are made without the loop around them.

    Nothing is compiled here, and the loop adds up budgets that nobody asks for.
    """

    def __init__(self) -> None:
        from validation.jax_model_port import JaxModel

        self._port = JaxModel("float64")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    def advance(self, steps: int) -> None:
        """See :class:`validation.model_ports.ModelPort`."""
        import jax

        from jcm.model.stepping import time_step

        port = self._port
        with jax.enable_x64(True):
            for _ in range(steps):
                model = port._model
                port._state, _ = time_step(
                    port._state, model.inputs, configuration=model.configuration
                )


def dynamics_checks(golden: Path) -> list[DynamicsCheck | ModelCheck]:
    """Operators, steps, and a look at the whole model."""
    from validation.dynamics.compare import CHECKS

    numbers = [i for i, check in enumerate(CHECKS) if check.available(golden)]
    checks: list[DynamicsCheck | ModelCheck] = [DynamicsCheck(i, golden) for i in numbers]
    return checks + [ModelCheck(start, golden, FEW_STEPS) for start in STARTS]


def corrected_checks(golden: Path) -> list[DynamicsCheck]:
    """Operators and steps of formulation corrected, against the Fortran's."""
    from validation.dynamics.compare import CHECKS

    return [
        DynamicsCheck(i, golden, "corrected")
        for i, check in enumerate(CHECKS)
        if check.available(golden) and check.name not in _ORIGINAL_ONLY
    ]
