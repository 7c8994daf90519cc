"""Mutants put to the comparisons of `jcm-validate columns`."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np

from reference import kernels
from reference.declarations import PROCESSES
from reference.process import Process
from validation.column_set import ColumnSet, golden_sets, sampled_set
from validation.judgement import Standard, judge
from validation.mutants.outcome import Outcome, fingerprint_of, outcome_of
from validation.ports import FortranPort, JaxPort
from validation.request import DEFAULT_SEED
from validation.sequence_judgement import SEQUENCES, judge_sequence
from validation.sequences import Sequence

#: Columns drawn for a first look, one block of those that the processes are handed.
FEW = 2000
#: What the command draws.
MANY = 10_000
#: Columns that are computed twice to see whether gates of a width tell a mutant apart.
_SMOOTH_COLUMNS = 200
_SMOOTH_WIDTH = 0.1

#: What sequences call beside the processes that they need.
_SEQUENCE_ROOTS = {
    "boundary_fields": ("jcm.boundary.preparation",),
    "orographic_correction_spectral": ("jcm.dynamics.spectral_transform",),
    "sppt_pattern": ("jcm.physics.sppt", "jcm.dynamics.spectral_transform", "jcm.dynamics.packing"),
}


class ColumnsCheck:
    """All golden columns of a process, and some that are drawn, in double precision.

    Attributes:
        name: of the process, as `Check` asks for.
        catcher: "columns", or "corrected" for the formulation that has no golden numbers.
        roots: the process's module.
    """

    def __init__(
        self, process: Process, golden: Path, samples: int, formulation: str = "original"
    ) -> None:
        self.name = f"{process.name}, {samples} drawn columns"
        if formulation != "original":
            self.name += f", formulation {formulation}"
        self.catcher = "columns" if formulation == "original" else "corrected"
        self.roots = (module_of(process),)
        self._process, self._golden = process, golden
        self._samples, self._formulation = samples, formulation

    @functools.cached_property
    def _standards(self) -> list[Standard]:
        if not kernels.available():
            return [Standard(columns, JaxPort("float64")) for columns in self._golden_sets()]
        fortran = FortranPort(self._formulation)
        drawn = sampled_set(self._process, self._samples, DEFAULT_SEED, fortran)
        sets = [drawn] if self._formulation != "original" else [*self._golden_sets(), drawn]
        return [Standard(columns, fortran) for columns in sets]

    def _golden_sets(self) -> list[ColumnSet]:
        return golden_sets(self._process, self._golden)

    def run(self) -> Outcome:
        """See :class:`validation.mutants.outcome.Check`."""
        port = JaxPort("float64", jit=False, formulation=self._formulation)
        comparisons: list[Any] = []
        outputs: dict[str, np.ndarray] = {}
        for i, standard in enumerate(self._standards):
            judgement = judge(standard, port, lambda *where: "")
            comparisons += judgement.comparisons
            outputs |= {f"{i}.{n}": np.asarray(v) for n, v in judgement.outputs.items()}
            found = outcome_of(comparisons, outputs)
            if found.caught:
                return found
        return outcome_of(comparisons, outputs)


class SequenceCheck:
    """Several calls in a row; attributes as `Check` asks for."""

    catcher = "columns"

    def __init__(self, sequence: Sequence, golden: Path) -> None:
        self.name = sequence.process.name
        needed = tuple(module_of(PROCESSES[name]) for name in sequence.needs)
        self.roots = needed + _SEQUENCE_ROOTS.get(self.name, ())
        self._sequence, self._golden = sequence, golden

    @functools.cached_property
    def _data(self) -> Any:
        return self._sequence.read(self._golden)

    def run(self) -> Outcome:
        """See :class:`validation.mutants.outcome.Check`."""
        try:
            port = JaxPort("float64", jit=False)
            return outcome_of(judge_sequence(self._sequence, self._data, port, ""))
        except Exception as error:
            # What is not a process but called by a sequence raises past the harness's own net.
            return Outcome(f"{self.name} raised {type(error).__name__}: {error}", "", True)


class SmoothProbe:
    """Outputs with gates of a width: judged by nothing here, a mutant may show in them only.

    Attributes:
        name, catcher, roots: as `Check` asks for; the catcher is empty, it catches nothing.
    """

    catcher = ""

    def __init__(self, process: Process, golden: Path) -> None:
        self.name = f"{process.name} with smooth gates"
        self.roots = (module_of(process),)
        self._process, self._golden = process, golden

    @functools.cached_property
    def _inputs(self) -> list[dict[str, np.ndarray]]:
        found = []
        for columns in golden_sets(self._process, self._golden):
            rows = np.linspace(0, columns.columns - 1, _SMOOTH_COLUMNS).astype(int)
            found.append({n: np.asarray(v)[rows] for n, v in columns.inputs.items()})
        return found

    def run(self) -> Outcome:
        """See :class:`validation.mutants.outcome.Check`."""
        import importlib
        import inspect

        import jax

        from jcm.physics.gates import Gates

        function = getattr(importlib.import_module(self.roots[0]), self._process.name)
        if "gates" not in inspect.signature(function).parameters:
            return Outcome("", "")
        outputs: dict[str, np.ndarray] = {}
        for i, inputs in enumerate(self._inputs):
            given = {
                v.name: np.moveaxis(
                    inputs[v.name].astype(np.int32 if v.integer else np.float64), 0, -1
                )
                for v in self._process.inputs
            }
            with jax.enable_x64(True):
                result = function(**given, gates=Gates(width=_SMOOTH_WIDTH))
            outputs |= {f"{i}.{n}": np.asarray(v) for n, v in result._asdict().items()}
        return Outcome("", fingerprint_of(outputs))


def module_of(process: Process) -> str:
    """The module of the model that has the name of the process."""
    return f"jcm.{process.package}.{process.name}"


def columns_checks(golden: Path) -> list[ColumnsCheck | SequenceCheck]:
    """A first look at every process, the driver last, and all sequences."""
    processes = sorted(PROCESSES.values(), key=lambda p: p.name == "physics_driver")
    checks: list[ColumnsCheck | SequenceCheck] = [ColumnsCheck(p, golden, FEW) for p in processes]
    return checks + [SequenceCheck(sequence, golden) for sequence in SEQUENCES.values()]
