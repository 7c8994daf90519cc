"""Differences no larger than those that single precision makes."""

from __future__ import annotations

import numpy as np

from validation.conditioning import perturbed
from validation.diagnosis.asking import Asking
from validation.diagnosis.culprit import Claim, Culprit
from validation.diagnosis.failing import largest_difference, per_column
from validation.diagnosis.sampling import Sample, holds
from validation.words import number

_DRAWS = 4
_SEED = 19790101
#: Rounding of several numbers on the way adds up to so many times that of the inputs and outputs.
_MULTIPLE = 4.0
_SINGLE = 2.0**-24
#: Whatever the conditioning, a larger difference is not called rounding, relative to the column.
_LARGEST = 1e-5
#: Nor one that is smaller by this factor.
_SMALLEST = 1e-3


def from_rounding(asking: Asking, some: Sample, outputs: list[str]) -> list[Claim]:
    """A claim that what is left is as small as rounding to single precision makes it.

    Only about ports in double precision. The reference is asked how far it moves when its inputs
    move by a unit in the last place of single precision.
    """
    if asking.port.precision != "float64":
        return []
    moved = {name: np.zeros(len(some.rows)) for name in outputs}
    generator = np.random.default_rng(_SEED)
    for _ in range(_DRAWS):
        inputs = perturbed(asking.process, some.inputs, "float32", 1, generator)
        found, _ = asking.reference_outputs(inputs)
        for name in outputs:
            moved[name] = np.fmax(moved[name], largest_difference(found[name], some.right[name]))
    alike, sizes = [], []
    for name in outputs:
        wrong = some.wrong[name]
        if some.found[name].dtype.kind != "f" or not some.telling(name):
            continue
        difference = largest_difference(some.found[name], some.right[name])
        size = np.maximum(per_column(np.abs(some.right[name])), some.scale(name))
        limit = np.minimum(_MULTIPLE * (moved[name] + _SINGLE * size), _LARGEST * size)
        if holds(difference <= limit, wrong) and holds(
            difference[wrong].max() > _SMALLEST * _SINGLE * size, wrong
        ):
            alike.append(name)
            sizes.append(np.median((difference / size)[wrong]))
    if not alike:
        return []
    wrong = np.logical_or.reduce([some.wrong[name] for name in alike])
    culprit = Culprit(
        kind="float32",
        sentence=(
            f"gives {', '.join(alike)} as different as single precision makes it "
            f"({number(float(np.median(sizes)))} of the field): constants, literals or a result on "
            "the way in single precision"
        ),
        outputs=tuple(alike),
        explained=int(wrong.sum()),
        tried=int(wrong.sum()),
        everywhere=True,
    )
    return [Claim(culprit=culprit, rank=0)]
