"""Sequences judged: every output of every call against the original's."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import xarray as xr

from reference.errors import InputError, KernelError
from reference.process import Variable
from validation.boundary_sequences import BOUNDARY_FIELDS, DAILY_BOUNDARY_FIELDS
from validation.comparison import BASE_TOLERANCE, Comparison, Measure, Worst, compare, deviation
from validation.ports import Port, PortError
from validation.sequences import COUPLED_SEQUENCE, PHYSICS_DRIVER_SEQUENCE, Sequence
from validation.spectral_sequence import OROGRAPHIC_CORRECTION_SPECTRAL
from validation.sppt_sequence import SPPT_PATTERN

SEQUENCES: dict[str, Sequence] = {
    sequence.process.name: sequence
    for sequence in (
        BOUNDARY_FIELDS,
        DAILY_BOUNDARY_FIELDS,
        OROGRAPHIC_CORRECTION_SPECTRAL,
        COUPLED_SEQUENCE,
        PHYSICS_DRIVER_SEQUENCE,
        SPPT_PATTERN,
    )
}


def has_files(sequence: Sequence, folder: Path) -> bool:
    """Whether a golden folder holds the sequence; one of single columns only does without."""
    return all((folder / golden.path).exists() for golden in sequence.process.golden)


def judge_sequence(
    sequence: Sequence, data: xr.Dataset, port: Port, replay: str
) -> list[Comparison]:
    """Compare every output over all calls and columns.

    Args:
        sequence: what to follow.
        data: its files, see `Sequence.read`.
        port: the implementation, in double precision.
        replay: the command line that repeats the comparison.
    """
    expected = sequence.expected(data)
    try:
        found, error = sequence.follow(data, port), ""
    except (InputError, KernelError, PortError, KeyError) as caught:
        found, error = {}, str(caught)
    comparisons = []
    for variable in sequence.process.outputs:
        reference = expected[variable.name]
        if error:
            measure = Measure(columns=len(reference), reason=error)
        else:
            measure = compare(variable, reference, found.get(variable.name))
        worst = None
        if measure.worst is not None and not measure.reason:
            worst = _worst(sequence, variable, measure.worst, reference, found, replay)
        comparisons.append(
            Comparison(
                process=sequence.process.name,
                output=variable.name,
                implementation=port.name,
                precision=port.precision,
                reference="golden",
                source=sequence.process.golden[0].path,
                subset="all",
                measure=measure,
                response=math.nan,
                field_maximum=float(np.abs(reference).max(initial=0.0)),
                tolerance=0.0 if variable.integer else BASE_TOLERANCE[port.precision],
                tolerance_source=(
                    "whole numbers are compared exactly"
                    if variable.integer
                    else f"base tolerance of {port.precision}"
                ),
                on_a_gate=0,
                worst=worst,
            )
        )
    return comparisons


def _worst(
    sequence: Sequence,
    variable: Variable,
    place: tuple[int, ...],
    expected: np.ndarray,
    found: dict[str, np.ndarray],
    replay: str,
) -> Worst:
    """The place of the largest difference; columns are counted through all calls."""
    column, *inner = place
    return Worst(
        file=sequence.process.golden[0].path,
        column=column,
        latitude=math.nan,
        longitude=math.nan,
        date="",
        index=dict(zip(variable.dimensions, inner, strict=True)),
        **deviation(variable, expected[place], found[variable.name][place]),
        gates=(),
        replay=replay,
    )
