"""A port held against the reference inside somebody's test suite."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from reference import kernels
from reference.declarations import PROCESSES
from reference.errors import InputError
from reference.process import Process
from validation.column_set import ColumnSet, golden_sets, sampled_set
from validation.columns import reference_port
from validation.comparison import Comparison
from validation.diagnosis.diagnosis import diagnose
from validation.diagnosis.words import in_short
from validation.judgement import Standard, judge
from validation.porting.specification import unknown
from validation.porting.user_port import UserPort
from validation.porting.worker import as_mapping, to_numpy
from validation.ports import Outputs, Port, rounded_inputs
from validation.request import DEFAULT_SEED

DEFAULT_SAMPLES = 2000


class CallablePort:
    """A function as a port of one process, called in this process; what it raises is raised.

    Args:
        process: name of the process.
        function: takes the declared inputs by name, `(column, *inner dimensions)`, and returns the
            outputs as a mapping, NamedTuple or dataclass of arrays.
        precision: of the arrays handed over, and expected back.
    """

    def __init__(self, process: str, function: Callable[..., Any], precision: str) -> None:
        self.name = f"{function.__module__}:{getattr(function, '__qualname__', repr(function))}"
        self.precision = precision
        self._process = process
        self._function = function

    def offers(self, process: Process) -> bool:
        """Whether it is this process."""
        return process.name == self._process

    def run(self, process: Process, inputs: Mapping[str, np.ndarray]) -> Outputs:
        """See :class:`validation.ports.Port`."""
        result = self._function(**rounded_inputs(process, inputs, self.precision))
        return {name: to_numpy(values) for name, values in as_mapping(result).items()}


def declared(name: str) -> Process:
    """The process called `name`.

    Raises:
        InputError: if there is none, with the nearest known.
    """
    if name not in PROCESSES:
        raise InputError(f"process {name!r} {unknown(name, PROCESSES)}")
    return PROCESSES[name]


def port_matches_reference(
    process: str,
    implementation: Callable[..., Any] | str,
    *,
    precision: str = "float64",
    samples: int = DEFAULT_SAMPLES,
    seed: int = DEFAULT_SEED,
    golden: Path | str | None = None,
) -> None:
    """Fail unless a port gives what the reference gives, output by output, column by column.

    Args:
        process: name of the process.
        implementation: a function, see :class:`CallablePort`, or what `--implementation` takes:
            "module:object", "cmd: ./port {input} {output}", a TOML file.
        precision: "float64" or "float32".
        samples: columns to draw and compare with the Fortran; 0 for none.
        seed: of the draw.
        golden: folder with numbers of the original, compared as well.

    Raises:
        AssertionError: with every output that differs: column, level, branches, both values,
            difference in units in the last place, and how to see that column alone.
        InputError: for an unknown process, a port that cannot be found, a folder that cannot be
            read, or if there is nothing to compare with.
    """
    declaration = declared(process)
    port: Port
    if isinstance(implementation, str):
        port = UserPort(implementation, precision, [process])
    else:
        port = CallablePort(process, implementation, precision)
    reference = reference_port()
    sets = [] if golden is None else golden_sets(declaration, Path(golden))
    if samples and kernels.available():
        sets.append(sampled_set(declaration, samples, seed, reference))
    if not sets:
        raise InputError(
            f"there is nothing to compare {process} with: no golden folder was given"
            + (" and no columns are drawn." if not samples else f". {kernels.unavailable_reason()}")
        )

    def replay(name: str, precision: str, columns: ColumnSet, column: int) -> str:
        line = f"jcm-validate columns --process {process} --implementation '{name}'"
        line += f" --precision {precision}" + (f" --golden {golden}" if golden else "")
        return f"{line} --replay {columns.source}:{column}"

    begin = time.monotonic()
    standards = [Standard(columns, reference) for columns in sets]
    judged = [(standard, judge(standard, port, replay)) for standard in standards]
    failed = [c for _, judgement in judged for c in judgement.comparisons if not c.passed]
    if failed:
        seconds = time.monotonic() - begin
        diagnosis = diagnose(declaration, port, reference, judged, seconds)
        why = [] if diagnosis is None else ["\n".join(in_short(diagnosis))]
        head = f"{port.name} differs from the reference in {process}:"
        raise AssertionError("\n\n".join([head, *map(described, failed), *why]))


def described(comparison: Comparison) -> str:
    """A comparison that fell short, in lines."""
    c, measure, worst = comparison, comparison.measure, comparison.worst
    head = f"{c.process}.{c.output}, {c.precision}, against {c.reference} ({c.source})"
    if measure.reason:
        return f"{head}: {measure.reason}"
    lines = [
        f"{head}: {measure.differing} of {measure.columns} columns differ, by up to "
        f"{measure.max_rel_to_field_max:.2e} of the field maximum, tolerance {c.tolerance:.1e}"
    ]
    if worst is not None:
        place = [f"column {worst.column}", *(f"{k} {i}" for k, i in worst.index.items())]
        if np.isfinite(worst.latitude):
            place.insert(1, f"latitude {worst.latitude:.2f}, longitude {worst.longitude:.2f}")
        lines.append(f"  worst at {', '.join(place)}; branches: {', '.join(worst.gates) or 'none'}")
        if worst.value is not None:
            relative = "" if worst.relative is None else f", relative {worst.relative:.2e}"
            ulp = "" if worst.ulp is None else f", {worst.ulp} ULP"
            lines.append(
                f"  value {worst.value!r}, expected {worst.expected!r}, difference "
                f"{worst.difference!r}{relative}{ulp}"
            )
        lines.append(f"  see it alone: {worst.replay}")
    return "\n".join(lines)
