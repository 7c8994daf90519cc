"""A replayed column on the terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from validation.recording.quantity import BAD, heading_line, place_in_words, quantity_lines
from validation.recording.side_by_side import Replay, ReplayedProcess
from validation.words import degrees, number


def show_replay(replay: Replay, console: Console) -> None:
    """Print every quantity of every process side by side, and what came out."""
    _say(console, where(replay), "bold")
    _say(
        console,
        f"{replay.port} {replay.precision} against {replay.reference}; << marks what differs by "
        "more than is allowed.",
    )
    for count, process in enumerate(replay.processes, start=1):
        console.print()
        for line in _process_lines(replay, process, count, len(replay.processes)):
            console.print(line, soft_wrap=True)
    console.print()
    for sentence in _outcome(replay):
        _say(console, sentence, "" if replay.passed else BAD)


def where(replay: Replay) -> str:
    """The column in words: file, place, date."""
    file, column = replay.file, replay.column
    words = [f"{file.path} ({file.process.name}), column {column}"]
    if math.isfinite(file.latitude[column]):
        words.append(degrees(file.latitude[column], file.longitude[column]))
    if file.date[column]:
        words.append(str(file.date[column]))
    if math.isfinite(file.step[column]):
        words.append(f"step {int(file.step[column])}")
    return ", ".join(words)


def _say(console: Console, text: str, style: str = "") -> None:
    console.print(Text(text, style=style), soft_wrap=True)


def _process_lines(
    replay: Replay, process: ReplayedProcess, count: int, total: int
) -> Iterator[Text]:
    head = process.process.name if total == 1 else f"{count} {process.process.name}"
    yield Text(f"{head}: {process.process.summary}", style="bold" if process.within else BAD)
    yield Text(f"  branches: {', '.join(process.branches) or 'none'}")
    if process.port_branches != process.branches:
        yield Text(f"  branches of {replay.port}: {', '.join(process.port_branches) or 'none'}")
    if process.missing:
        yield Text(
            f"  {replay.port} does not have it: the numbers of {replay.reference} are handed on."
        )
    if process.failure:
        yield Text(f"  failed: {process.failure.rstrip('.')}.", style=BAD)
    if process.alone is not None and total > 1:
        yield Text(f"  {_alone_in_words(replay, process.alone)}", style=_style(process.alone <= 1))
    yield heading_line(replay.reference, f"{replay.port} {replay.precision}")
    for quantity in process.quantities:
        yield from quantity_lines(quantity)


def _alone_in_words(replay: Replay, alone: float) -> str:
    given = f"given the inputs of {replay.reference}"
    if alone == 0:
        return f"{given}, its outputs are the same"
    return f"{given}, its outputs differ by {number(alone)} of what is allowed"


def _outcome(replay: Replay) -> Iterator[str]:
    kept = [q for p in replay.processes for q in p.quantities if q.recorded is not None]
    if kept:
        other = sum(int((q.recorded != q.reference).sum()) for q in kept)
        total = sum(q.reference.size for q in kept)
        what = f"All {total}" if other == 0 else f"{total - other} of the {total}"
        yield (
            f"{what} numbers that the file holds of this column are those of {replay.reference}, "
            "bit for bit."
        )
    if replay.on_a_gate:
        yield "The column lies on a gate: moved by a last bit, it takes another branch."
    if replay.passed:
        yield "Within tolerance."
        return
    for process in replay.processes:
        if process.failure:
            yield f"{replay.port} failed in {process.process.name}: {process.failure.rstrip('.')}."
    if replay.first is not None:
        process, quantity, place = replay.first
        at = place_in_words(quantity.variable, place)
        yield (
            f"Not within tolerance: first in {process.process.name}, {quantity.role} "
            f"{quantity.variable.name}{', ' + at if at else ''}."
        )
    guilty = [p.process.name for p in replay.processes if p.alone is not None and p.alone > 1]
    if guilty and len(replay.processes) > 1:
        yield f"Given the inputs of {replay.reference}, these differ: {', '.join(guilty)}."


def _style(good: bool) -> str:
    return "" if good else BAD
