"""The diagnosis of a port that fails: where, since which process, in which branch, and why."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from typing import Any

from reference.process import Process
from validation.diagnosis.asking import Asking
from validation.diagnosis.culprit import Culprit
from validation.diagnosis.explain import again, culprits
from validation.diagnosis.failing import Failing, failing, wrong_places
from validation.diagnosis.separation import GateShare, Separation, separation, shares
from validation.diagnosis.shrinking import SmallestColumn, smallest_column
from validation.diagnosis.stages import Stage, driver_stages
from validation.judgement import Judgement, Standard
from validation.ports import Port

#: A diagnosis takes at most this share of the time of the comparison, but may always take a little,
#: and never more than a few minutes [s].
_SHARE_OF_TIME = 0.8
_LEAST_SECONDS, _MOST_SECONDS = 2.5, 180.0
#: Of that time, what trying the culprits may take; the rest is for shrinking.
_SHARE_OF_CULPRITS = 0.6
#: The port is asked about as many columns as in one of the comparisons, if these are as many.
_LEAST_BATCH = 500
#: If one question takes this share of the time, fewer columns are asked about.
_LONG = 0.4


@dataclasses.dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What is known about the fault of a port in one process.

    Attributes:
        process, implementation, precision: of the port.
        source: golden file or "samples:SEED" whose columns were looked at.
        columns, wrong: how many there are in all sets, and how many are wrong.
        outputs: indices of the inner dimensions at which an output is wrong, by output.
        gates: how much is wrong inside and outside of every branch.
        separation: the branch or pair of branches that says best where, None if none does.
        culprits: what explains the outputs, empty if nothing does.
        smallest: a column reduced to what makes the port fail, None if there was no time for it.
        stages: of the driver, which of its steps differ.
        remark: why the port was not asked further; empty if it was.
        number: of this diagnosis among those of the process, from 1.
        seconds: duration.
    """

    process: str
    implementation: str
    precision: str
    source: str
    columns: int
    wrong: int
    outputs: dict[str, dict[str, list[int]]]
    gates: list[GateShare]
    separation: Separation | None
    culprits: list[Culprit]
    smallest: SmallestColumn | None
    stages: list[Stage]
    remark: str
    number: int
    seconds: float

    @property
    def group(self) -> str:
        """Group of `columns.nc` that holds the smallest column; empty if there is none."""
        return "" if self.smallest is None else f"{self.process}/smallest_{self.number}"

    @property
    def unexplained(self) -> tuple[str, ...]:
        """Names of the outputs that no culprit explains."""
        explained = {name for culprit in self.culprits for name in culprit.outputs}
        return tuple(name for name in self.outputs if name not in explained)

    def as_record(self) -> dict[str, Any]:
        """For `results.json`."""
        record = dataclasses.asdict(self)
        record["unexplained"] = list(self.unexplained)
        record["separation"] = None
        if self.separation is not None:
            record["separation"] = {
                **dataclasses.asdict(self.separation),
                "percent_wrong_inside": self.separation.percent_inside,
                "percent_right_outside": self.separation.percent_right_outside,
            }
        for culprit, entry in zip(self.culprits, record["culprits"], strict=True):
            entry["share"] = culprit.share
        smallest = record["smallest"]
        for role in ("inputs", "expected", "found") if smallest is not None else ():
            smallest[role] = {name: values[0].tolist() for name, values in smallest[role].items()}
        return record


def diagnose(
    process: Process,
    port: Port,
    reference: Port,
    judged: Sequence[tuple[Standard, Judgement]],
    seconds: float,
    number: int = 1,
) -> Diagnosis | None:
    """Find out why `port` differs, in less time than the comparison took.

    What the port does wrong while it is asked does not raise; it ends the asking.

    Args:
        process: what was compared.
        port: asked about further columns; within its own time limit and what is left of the time.
        reference: what is right.
        judged: its comparisons on all sets.
        seconds: that these took.
        number: see :class:`Diagnosis`.

    Returns:
        None if no column can be shown to be wrong: the port is right, or gave no numbers at all.
    """
    begin = time.monotonic()
    cases = [failing(standard, judgement) for standard, judgement in judged if judgement.outputs]
    wrong = [case for case in cases if case.any_wrong.any()]
    if not wrong:
        return None
    main = max(wrong, key=lambda case: int(case.any_wrong.sum()))
    limit = min(max(_SHARE_OF_TIME * seconds, _LEAST_SECONDS), _MOST_SECONDS)
    batch, once = _question(judged, limit)
    asking = Asking(process, port, reference, batch, _SHARE_OF_CULPRITS * limit, once)
    found = _all_culprits(asking, [main, *(case for case in wrong if case is not main)])
    rest = Asking(process, port, reference, batch, limit - (time.monotonic() - begin), once)
    smallest = None if asking.remark else smallest_column(rest, main)
    return Diagnosis(
        process=process.name,
        implementation=port.name,
        precision=port.precision,
        source=main.columns.source,
        columns=sum(case.columns.columns for case in cases),
        wrong=sum(int(case.any_wrong.sum()) for case in cases),
        outputs=_places(wrong),
        gates=shares(process, cases),
        separation=separation(process, cases),
        culprits=found,
        smallest=smallest,
        stages=driver_stages(main),
        remark=asking.remark or rest.remark,
        number=number,
        seconds=time.monotonic() - begin,
    )


def _all_culprits(asking: Asking, cases: list[Failing]) -> list[Culprit]:
    """Those of the first set; on the others they are tried on outputs that are wrong only there."""
    claims = culprits(asking, cases[0])
    found = {claim.culprit.sentence: claim.culprit for claim in claims}
    seen = set(cases[0].outputs)
    for case in cases[1:]:
        new = [name for name in case.outputs if name not in seen]
        for claim in again(asking, case, claims, new) if new else ():
            culprit = claim.culprit
            known = found.get(culprit.sentence, dataclasses.replace(culprit, outputs=()))
            outputs = (*known.outputs, *culprit.outputs)
            found[culprit.sentence] = dataclasses.replace(known, outputs=outputs)
        seen |= set(new)
    return list(found.values())


def _question(judged: Sequence[tuple[Standard, Judgement]], limit: float) -> tuple[int, float]:
    """How many columns the port is asked about at a time, and how long that may take it.

    A number of columns that it has been asked about already, unless that takes too long.
    """
    known = sorted((s.columns.columns, j.seconds) for s, j in judged if j.outputs)
    batch, seconds = next((k for k in known if k[0] >= _LEAST_BATCH), known[-1])
    if seconds > _LONG * limit and batch > _LEAST_BATCH:
        return _LEAST_BATCH, seconds * _LEAST_BATCH / batch
    return batch, seconds


def _places(cases: list[Failing]) -> dict[str, dict[str, list[int]]]:
    """Where each wrong output is wrong, over all sets, outputs in declared order."""
    found: dict[str, dict[str, set[int]]] = {}
    for variable in cases[0].process.outputs:
        for case in cases:
            if variable.name in case.outputs:
                places = found.setdefault(variable.name, {})
                for dimension, indices in wrong_places(case, variable).items():
                    places.setdefault(dimension, set()).update(indices)
    return {
        name: {dimension: sorted(indices) for dimension, indices in places.items()}
        for name, places in found.items()
    }
