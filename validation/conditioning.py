"""How far the reference itself moves when its input moves by one unit in the last place.

That response is what no implementation can be asked to beat, so a small multiple of it is allowed.
Columns where the moved input makes the reference take another branch are not part of it; they are
recognised as lying on a gate instead.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from reference.process import Process, Variable
from validation.branches import differing_choices
from validation.comparison import BASE_TOLERANCE, relative_to
from validation.ports import Port

#: Multiple of the reference's response that a port may differ by.
ALLOWED_MULTIPLE = 8.0
#: The same in single precision on columns of a model run: what rounding the input does by itself.
ALLOWED_MULTIPLE_REAL_SINGLE = 1.0
#: No conditioning excuses more than this: a reference that moves further has not been understood.
CEILING = {"float64": 1e-9, "float32": 5e-2}
RESPONSE_DRAWS = 3
GATE_DRAWS = 32
#: Columns per output that are looked at twice because they respond most.
_MOST_RESPONSIVE = 10
#: Steps by which inputs are moved to find out whether a column lies on a gate. In single precision
#: the arithmetic between input and gate loses a few units more than the rounding of the input.
GATE_STEPS = {"float64": 1, "float32": 4}
_SEED = 20020301


@dataclasses.dataclass(frozen=True)
class Tolerance:
    """The largest field measure that passes, where it comes from, and the response behind it."""

    value: float
    source: str
    response: float


def perturbed(
    process: Process,
    inputs: dict[str, np.ndarray],
    precision: str,
    steps: int,
    generator: np.random.Generator,
    *,
    all_move: bool = True,
) -> dict[str, np.ndarray]:
    """Inputs moved by `steps` units in the last place of `precision`, each at random sign.

    Whole numbers stay, and so do zeros and numbers on a bound of the accepted range, which are
    exact. The others stay within the accepted range.

    Args:
        process: the declaration.
        inputs: by name, `(column, *inner dimensions)`, in double precision.
        precision: "float64", or "float32", to which the inputs are then rounded first.
        steps: how far.
        generator: of the signs.
        all_move: whether every number moves by `steps`, or by anything up to it, zero included.
    """
    moved = {}
    for variable in process.inputs:
        values = np.asarray(inputs[variable.name])
        if variable.integer:
            moved[variable.name] = values
            continue
        rounded = values.astype(precision)
        if all_move:
            step = steps * (2 * generator.integers(0, 2, values.shape) - 1)
        else:
            step = generator.integers(-steps, steps + 1, values.shape)
        stepped = (rounded + step.astype(precision) * np.spacing(np.abs(rounded))).astype(float)
        moved[variable.name] = np.where(
            _exact(variable, values), values, np.clip(stepped, variable.minimum, variable.maximum)
        )
    return moved


def _exact(variable: Variable, values: np.ndarray) -> np.ndarray:
    return (values == 0) | (values == variable.minimum) | (values == variable.maximum)


def responses(
    process: Process,
    reference: Port,
    inputs: dict[str, np.ndarray],
    baseline: dict[str, np.ndarray],
    precision: str,
) -> dict[str, np.ndarray]:
    """Largest change of every output in every column over a few draws of perturbed inputs.

    Args:
        process: the declaration.
        reference: what is asked.
        inputs: by name, in double precision.
        baseline: its outputs for `inputs`.
        precision: by whose units in the last place the inputs move.

    Returns:
        By output, `(column,)`, in the output's units; zero where the choices change.
    """
    generator = np.random.default_rng(_SEED)
    before = {**inputs, **baseline}
    largest = {v.name: np.zeros(len(baseline[v.name])) for v in process.outputs if not v.integer}
    for _ in range(RESPONSE_DRAWS):
        moved = perturbed(process, inputs, precision, 1, generator)
        outputs = reference.run(process, moved)
        same = ~differing_choices(process, before, {**moved, **outputs})
        for name, so_far in largest.items():
            change = np.abs(np.asarray(outputs[name]) - baseline[name]).reshape(len(so_far), -1)
            column_change = np.where(same, change.max(axis=1), 0.0)
            # An undefined output is NaN; it is not compared, hence has no response.
            largest[name] = np.fmax(so_far, column_change)
    _leave_out_jumps(process, reference, inputs, baseline, precision, largest)
    return largest


def _leave_out_jumps(
    process: Process,
    reference: Port,
    inputs: dict[str, np.ndarray],
    baseline: dict[str, np.ndarray],
    precision: str,
    largest: dict[str, np.ndarray],
) -> None:
    """Set the response to zero in those of the most responsive columns that lie on a gate.

    A few draws do not show every gate: the declared choices are computed from inputs and outputs
    and may change a unit in the last place earlier or later than those inside the process.
    """
    if not largest:
        return
    top = [np.argsort(response)[-_MOST_RESPONSIVE:] for response in largest.values()]
    rows = np.unique(np.concatenate(top))
    jumping = rows[
        on_a_gate(
            process,
            reference,
            {name: np.asarray(values)[rows] for name, values in inputs.items()},
            {name: values[rows] for name, values in baseline.items()},
            precision,
        )
    ]
    for response in largest.values():
        response[jumping] = 0.0


def tolerance_of(
    variable: Variable,
    response: np.ndarray,
    scale: np.ndarray,
    precision: str,
    *,
    multiple: float,
    asked: str,
) -> Tolerance:
    """Tolerance of one output over a set of columns.

    Args:
        variable: declaration of the output.
        response: see :func:`responses`, `(column,)`.
        scale: what differences are relative to, `(column,)`.
        precision: of the port.
        multiple: of the response that is allowed.
        asked: name of the implementation that responded, for the record.
    """
    if variable.integer:
        return Tolerance(0.0, "whole numbers are compared exactly", float("nan"))
    relative = float(relative_to(scale, response).max(initial=0.0))
    base, allowed = BASE_TOLERANCE[precision], multiple * relative
    if allowed <= base:
        return Tolerance(base, f"base tolerance of {precision}", relative)
    if allowed > CEILING[precision]:
        return Tolerance(CEILING[precision], f"ceiling of {precision}", relative)
    source = f"{multiple:g} x response of {asked} to 1 ULP of {precision} in its input"
    return Tolerance(allowed, source, relative)


def on_a_gate(
    process: Process,
    reference: Port,
    inputs: dict[str, np.ndarray],
    baseline: dict[str, np.ndarray],
    precision: str,
) -> np.ndarray:
    """Columns in which the reference's discrete choices change when its input moves a little."""
    columns = len(next(iter(inputs.values())))
    draws = GATE_DRAWS
    many = {name: np.tile(v, (draws, *(1,) * (v.ndim - 1))) for name, v in inputs.items()}
    before = {name: np.tile(v, (draws, *(1,) * (v.ndim - 1))) for name, v in baseline.items()}
    generator = np.random.default_rng(_SEED)
    moved = perturbed(process, many, precision, GATE_STEPS[precision], generator, all_move=False)
    # The first draw is the rounding alone, which is what the port is given.
    rounded = perturbed(process, inputs, precision, 0, generator)
    for name, values in moved.items():
        values[:columns] = rounded[name]
    outputs = dict(reference.run(process, moved))
    changed = differing_choices(process, {**many, **before}, {**moved, **outputs})
    return changed.reshape(draws, columns).any(axis=0)
