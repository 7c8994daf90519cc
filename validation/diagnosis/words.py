"""A diagnosis in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from reference.declarations import PROCESSES
from reference.process import INNER_DIMENSIONS
from validation.diagnosis.diagnosis import Diagnosis
from validation.diagnosis.files import GROUP_MARK
from validation.diagnosis.separation import Separation
from validation.diagnosis.shrinking import SmallestColumn
from validation.diagnosis.stages import first_in_words, stages_in_words
from validation.request import ColumnsRequest
from validation.words import count

_SHOWN_OUTPUTS = 4


def sentences(diagnosis: Diagnosis, request: ColumnsRequest | None = None) -> list[str]:
    """Everything worth saying, a sentence or two per line.

    Args:
        diagnosis: of a port.
        request: whose report holds the smallest column, for the command that shows it.
    """
    d = diagnosis
    lines = [f"{_capital(line)}." for line in stages_in_words(d.stages)]
    lines.append(where_in_words(d))
    lines += culprits_in_words(d)
    if d.smallest is not None:
        lines.append(smallest_in_words(d.smallest))
        if request is not None and request.report is not None and d.group:
            source = f"{request.report / 'columns.nc'}{GROUP_MARK}{d.group}"
            lines.append(request.replay_line(d.process, d.implementation, d.precision, source, 0))
    if d.remark:
        lines.append(d.remark)
    return lines


def in_short(diagnosis: Diagnosis) -> list[str]:
    """The same in two or three lines."""
    lines = [where_in_words(diagnosis), *culprits_in_words(diagnosis)[:1]]
    if diagnosis.smallest is not None:
        lines.append(smallest_in_words(diagnosis.smallest))
    return lines


def heading(diagnosis: Diagnosis) -> str:
    """Which port and process it is about."""
    d = diagnosis
    return f"{d.process}, {d.implementation} {d.precision}"


def first_process(diagnoses: Iterable[Diagnosis], compared: Sequence[str]) -> list[str]:
    """For every port that fails in one of several processes, which of them comes first."""
    ports: dict[tuple[str, str], list[str]] = {}
    for d in diagnoses:
        ports.setdefault((d.implementation, d.precision), []).append(d.process)
    lines = []
    for (implementation, precision), names in ports.items():
        text = first_in_words(names, compared)
        if text:
            lines.append(f"{implementation} {precision}: {text}.")
    return lines


def where_in_words(diagnosis: Diagnosis) -> str:
    """Which outputs, at which levels, in which branch."""
    d = diagnosis
    outputs = [_output_in_words(name, places) for name, places in d.outputs.items()]
    shown = ", ".join(outputs[:_SHOWN_OUTPUTS])
    if len(outputs) > _SHOWN_OUTPUTS:
        shown += f" and {len(outputs) - _SHOWN_OUTPUTS} more"
    text = f"Wrong in {count(d.wrong)} of {count(d.columns)} columns, in {shown}."
    if d.separation is not None:
        return f"{text} {separation_in_words(d.separation)}"
    if d.wrong == d.columns:
        return text
    return f"{text} No branch separates them from the others."


def separation_in_words(found: Separation) -> str:
    """As "Wrong in 100 % of the columns with `ice`, right in 99.8 % of the others"."""
    gates = " and ".join(f"`{gate}`" for gate in found.gates)
    text = f"Wrong in {percent(found.percent_inside)} of the columns with {gates} ({found.meaning})"
    if found.outside:
        text += f", right in {percent(found.percent_right_outside)} of the others"
    return f"{text}."


def culprits_in_words(diagnosis: Diagnosis) -> list[str]:
    """What explains the numbers, a line for each, and what nothing explains."""
    lines = []
    for c in diagnosis.culprits:
        text = (
            f"Explanation: the port {c.sentence} (it explains {percent(100.0 * c.share)} of "
            f"{count(c.tried)} wrong columns tried)."
        )
        if c.alternatives:
            text += f" As good: it {'; or it '.join(c.alternatives)}."
        if c.remedy:
            text += f" In a port file: {c.remedy}."
        lines.append(text)
    unexplained = diagnosis.unexplained
    if unexplained:
        names = ", ".join(unexplained[:_SHOWN_OUTPUTS])
        more = len(unexplained) - _SHOWN_OUTPUTS
        names += f" and {more} more" if more > 0 else ""
        lines.append(f"None of the usual misunderstandings explains {names}.")
    return lines


def smallest_in_words(smallest: SmallestColumn) -> str:
    """What a column needs to be wrong."""
    made = f"made from {smallest.source} column {smallest.column}"
    wrong = ", ".join(smallest.wrong[:_SHOWN_OUTPUTS])
    if not smallest.attempts:
        return f"Worst column: {smallest.source} column {smallest.column}; it was not made smaller."
    if not smallest.matter:
        return f"Smallest failing column ({made}): a plain column is wrong already, in {wrong}."
    inputs = ", ".join(f"{name} {_brief(smallest.inputs[name][0])}" for name in smallest.matter[:4])
    more = len(smallest.matter) - 4
    inputs += f" and {more} more inputs" if more > 0 else ""
    return f"Smallest failing column ({made}): plain but for {inputs}; wrong in {wrong}."


def rows_of(smallest: SmallestColumn) -> list[tuple[str, str, str]]:
    """Name, units and values of the inputs that matter, and of the outputs that are wrong."""
    process = PROCESSES[smallest.process]
    rows = []
    for name in smallest.matter:
        units = process.variable(name).units
        rows.append((name, units, _numbers(smallest.inputs[name][0])))
    for name in smallest.wrong:
        units = process.variable(name).units
        rows.append((f"{name}, port", units, _numbers(smallest.found[name][0])))
        rows.append((f"{name}, reference", units, _numbers(smallest.expected[name][0])))
    return rows


def percent(value: float) -> str:
    """A share that is called 100 or 0 only if it is."""
    if value in (0.0, 100.0):
        return f"{value:.0f} %"
    clipped = min(max(value, 0.1), 99.9) if 0.0 < value < 100.0 else value
    return f"{clipped:.1f} %"


def _output_in_words(name: str, places: dict[str, list[int]]) -> str:
    words = []
    for dimension, indices in places.items():
        if len(indices) < INNER_DIMENSIONS[dimension]:
            words.append(f"{dimension.replace('_', ' ')} {_ranges(indices)}")
    return f"{name} ({'; '.join(words)})" if words else name


def _ranges(indices: list[int]) -> str:
    """As "0, 2 to 5"."""
    runs: list[list[int]] = []
    for index in indices:
        if runs and index == runs[-1][-1] + 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    return ", ".join(f"{r[0]} to {r[-1]}" if len(r) > 2 else ", ".join(map(str, r)) for r in runs)


def _brief(values: np.ndarray) -> str:
    """A number, a uniform profile as one number, or a profile."""
    if values.ndim and (values == values.flat[0]).all():
        return f"{values.flat[0]:g} at every {'level' if values.ndim == 1 else 'place'}"
    return _numbers(values)


def _numbers(values: np.ndarray) -> str:
    flat = [f"{value:.7g}" for value in values.ravel().tolist()]
    return flat[0] if values.ndim == 0 else f"[{', '.join(flat)}]"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
