"""Columns in another order: results that belong to other columns of the set."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validation.column_set import ColumnSet
from validation.diagnosis.culprit import Claim, Culprit
from validation.diagnosis.failing import Failing, beyond
from validation.diagnosis.sampling import LEAST_DIFFERENT, LEAST_SHARE, different

#: Degrees within which two places are the same.
_SAME_PLACE = 1e-6


def from_order(case: Failing) -> list[Claim]:
    """Outputs that are right for another order of the columns, that of most outputs."""
    found = [
        (kind, phrase, order, [name for name in case.outputs if _explains(case, name, order)])
        for kind, phrase, order in _orders(case.columns)
    ]
    kind, phrase, order, explained = max(found, key=lambda one: len(one[-1]))
    if not any(different(case.columns.expected[name]) >= LEAST_DIFFERENT for name in explained):
        return []
    wrong = np.logical_or.reduce([case.wrong[name] for name in explained])
    agrees = np.logical_and.reduce([_agrees(case, name, order) for name in explained])
    culprit = Culprit(
        kind=kind,
        sentence=f"gives {', '.join(explained)} with {phrase}",
        outputs=tuple(explained),
        explained=int((agrees & wrong).sum()),
        tried=int(wrong.sum()),
        everywhere=True,
    )
    return [Claim(culprit=culprit, rank=0)]


def _explains(case: Failing, name: str, order: np.ndarray) -> bool:
    agrees = _agrees(case, name, order)
    return bool(min(agrees.mean(), agrees[case.wrong[name]].mean()) >= LEAST_SHARE)


def _agrees(case: Failing, name: str, order: np.ndarray) -> np.ndarray:
    expected = case.columns.expected[name][order]
    allowed = case.allowed[name]
    return ~beyond(case.found[name], expected, np.maximum(allowed, allowed[order]))


def _orders(columns: ColumnSet) -> Iterator[tuple[str, str, np.ndarray]]:
    if np.isfinite(columns.latitude).all() and np.isfinite(columns.longitude).all():
        yield from _other_places(columns)
    rows = np.arange(columns.columns)
    yield "column order", "the columns in reverse order", rows[::-1]
    for steps, side in ((1, "before"), (-1, "after")):
        yield "column order", f"the values of the column {side}", np.roll(rows, steps)


def _other_places(columns: ColumnSet) -> Iterator[tuple[str, str, np.ndarray]]:
    latitude, longitude = (
        np.round(values / _SAME_PLACE).astype(int)
        for values in (columns.latitude, columns.longitude)
    )
    grids = [
        ("latitude order", "north and south exchanged", -latitude, longitude),
        ("longitude order", "east and west exchanged", latitude, _mirrored(longitude)),
    ]
    for kind, phrase, north, east in grids:
        order = _partners(columns, (latitude, longitude), (north, east))
        if order is not None:
            yield kind, phrase, order
    length = len(np.unique(latitude))
    if columns.columns == length * len(np.unique(longitude)):
        turned = np.arange(columns.columns).reshape(length, -1).T.ravel()
        yield "column order", "longitude and latitude exchanged", turned
        yield "column order", "latitude and longitude exchanged", np.argsort(turned)


def _mirrored(longitude: np.ndarray) -> np.ndarray:
    """The same meridians in the other direction."""
    values = np.unique(longitude)
    return values[::-1][np.searchsorted(values, longitude)]


def _partners(
    columns: ColumnSet,
    places: tuple[np.ndarray, np.ndarray],
    others: tuple[np.ndarray, np.ndarray],
) -> np.ndarray | None:
    """For each column the one of the same date at another place; None if one has none."""
    known = {
        key: row for row, key in enumerate(zip(*places, columns.date, columns.real, strict=True))
    }
    found = [known.get(key, -1) for key in zip(*others, columns.date, columns.real, strict=True)]
    return None if len(known) < columns.columns or min(found) < 0 else np.array(found)
