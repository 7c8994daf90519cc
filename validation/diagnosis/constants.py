"""Constants and peculiarities of the original that a port may have missed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from reference import kernels
from reference.process import Process
from validation.diagnosis.asking import Arrays, Asking
from validation.diagnosis.misreadings import Misreading, changed
from validation.diagnosis.sampling import Sample
from validation.words import number

#: The switch that stands for all rounded constants, which are tried by themselves.
_CONSTANTS_SWITCH = "single_precision_constants"
#: Relative step of the derivative, and how often the value is improved.
_STEP = 1e-6
_ITERATIONS = 6
#: Converged when a value moves by less.
_CONVERGED = 1e-10
#: Responses below this share of the largest say nothing.
_TELLING = 1e-3
_FEW = 60


def other_formulations(process: Process) -> Iterator[Misreading]:
    """Rounding of the inputs, of the constants, and what formulation `corrected` does otherwise."""
    floats = [v.name for v in process.inputs if not v.integer]
    for name in floats:
        yield Misreading(
            kind="float32",
            sentence=f"rounds {name} to single precision",
            inputs=changed({name: _rounded}),
        )
    yield Misreading(
        kind="float32",
        sentence="rounds its inputs to single precision",
        inputs=changed(dict.fromkeys(floats, _rounded)),
    )
    if not kernels.available():
        return
    original, decimal = kernels.parameters(process), kernels.parameters(process, "corrected")
    differing = {name: value for name, value in decimal.items() if value != original[name]}
    for name, value in differing.items():
        yield Misreading(
            kind="float32",
            sentence=(
                f"takes {name} as {value!r}, which the original rounds to single precision, "
                f"{original[name]!r}"
            ),
            inputs=dict,
            settings={"parameters": {name: value}},
        )
    if len(differing) > 1:
        yield Misreading(
            kind="float32",
            sentence=(
                "has constants with all their decimals, which the original rounds to single "
                "precision"
            ),
            inputs=dict,
            settings={"parameters": differing},
        )
    for switch in kernels.switch_names():
        if switch != _CONSTANTS_SWITCH:
            yield Misreading(
                kind="peculiarity of the original",
                sentence=f"lacks a peculiarity of the original, {switch}",
                inputs=dict,
                settings={"switches": {switch: False}},
            )
    yield Misreading(
        kind="formulation",
        sentence="computes formulation corrected, not original",
        inputs=dict,
        settings={"formulation": "corrected"},
    )


def _rounded(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32).astype(float)


def other_constants(asking: Asking, some: Sample, outputs: list[str]) -> Iterator[Misreading]:
    """Every constant of the process with the value that fits the wrong columns of `outputs` best.

    Newton's method on the Fortran, one constant at a time; a constant that has no effect, or for
    which no value fits, is left out.
    """
    if asking.reference.name != "fortran":
        return
    wrong = np.flatnonzero(some.any_wrong)[:_FEW]
    inputs = {name: values[wrong] for name, values in some.inputs.items()}
    found = {
        name: values[wrong]
        for name, values in some.found.items()
        if name in outputs and values.dtype.kind == "f"
    }
    for name, default in kernels.parameters(asking.process).items():
        if asking.seconds_left < 0:
            return
        value = _fitted(asking, inputs, found, name, default)
        if value is not None and abs(value / default - 1.0) > _CONVERGED:
            yield Misreading(
                kind="constant of another value",
                sentence=f"computes as if {name.rpartition('.')[2]} were {number(value, 7)}, which "
                f"is {number(default, 7)}",
                inputs=dict,
                settings={"parameters": {name: value}},
            )


def _fitted(
    asking: Asking, inputs: Arrays, found: Arrays, name: str, default: float
) -> float | None:
    if default == 0:
        return None
    value = default
    for _ in range(_ITERATIONS):
        here, step = _outputs(asking, inputs, name, value), value * _STEP
        there = _outputs(asking, inputs, name, value + step)
        changes = []
        for output, values in found.items():
            with np.errstate(all="ignore"):
                slope = (there[output] - here[output]) / step
                largest = np.nanmax(np.abs(slope), initial=0.0)
                telling = (np.abs(slope) > _TELLING * largest) & np.isfinite(values)
                if largest > 0:
                    changes.append(((values - here[output])[telling] / slope[telling]).ravel())
        if not changes:
            return None
        finite = np.concatenate(changes)
        finite = finite[np.isfinite(finite)]
        if not finite.size:
            return None
        change = float(np.median(finite))
        # No further than half way to zero or to the double: beyond, a derivative says nothing.
        value += float(np.clip(change, -0.5 * abs(value), abs(value)))
        if abs(change) <= _CONVERGED * abs(value):
            break
    return value


def _outputs(asking: Asking, inputs: Arrays, name: str, value: float) -> Arrays:
    return asking.reference_outputs(inputs, {"parameters": {name: value}})[0]
