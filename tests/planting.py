"""Wrong ports made of the right reference, and what the diagnosis says about them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from reference import kernels
from reference.declarations import PROCESSES
from validation.column_set import sampled_set
from validation.columns import reference_port
from validation.diagnosis.diagnosis import Diagnosis, diagnose
from validation.judgement import Standard, judge
from validation.ports import Port
from validation.testing import CallablePort

SAMPLES = 1000
SEED = 11
#: More than any diagnosis here needs, however busy the machine.
SECONDS = 600.0

Change = Callable[[np.ndarray], np.ndarray]


@functools.cache
def standard(process: str) -> Standard:
    """Drawn columns, the same ones for all tests."""
    reference = reference_port()
    return Standard(sampled_set(PROCESSES[process], SAMPLES, SEED, reference), reference)


def misread(process: str, **changes: Change) -> Callable[..., Any]:
    """The reference, but it sees inputs changed."""

    def port(**inputs: np.ndarray) -> dict[str, np.ndarray]:
        seen = {n: changes[n](v) if n in changes else v for n, v in inputs.items()}
        return kernels.run(PROCESSES[process], seen)

    return port


def rendered(process: str, **changes: Change) -> Callable[..., Any]:
    """The reference, but it gives outputs changed."""

    def port(**inputs: np.ndarray) -> dict[str, np.ndarray]:
        outputs = kernels.run(PROCESSES[process], inputs)
        return outputs | {name: change(outputs[name]) for name, change in changes.items()}

    return port


def with_settings(process: str, **settings: Any) -> Callable[..., Any]:
    """The reference with other constants or switches."""
    return lambda **inputs: kernels.run(PROCESSES[process], inputs, **settings)


def diagnosis_of(
    process: str, port: Callable[..., Any] | Port, precision: str = "float64"
) -> Diagnosis | None:
    """The diagnosis of a port on drawn columns."""
    if not hasattr(port, "run"):
        port = CallablePort(process, port, precision)
    one = standard(process)
    judged = [(one, judge(one, port, lambda *_: "see it alone"))]
    return diagnose(PROCESSES[process], port, one.reference, judged, SECONDS)


def said(diagnosis: Diagnosis) -> list[str]:
    """Every explanation, those that are as good included."""
    return [s for c in diagnosis.culprits for s in (c.sentence, *c.alternatives)]
