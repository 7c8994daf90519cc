"""The table of catches, and the page that is committed."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path

from validation.mutants.explanations import explanation_of
from validation.mutants.listing import Mutant
from validation.mutants.operators import OPERATORS
from validation.mutants.outcome import CATCHERS, FAST
from validation.mutants.store import Entry
from validation.mutants.trial import CAUGHT, SMOOTH, SURVIVED, UNREACHED
from validation.provenance import git_commit
from validation.templating import template_environment


@dataclasses.dataclass(frozen=True)
class Row:
    """Counts of a kind or a module.

    Attributes:
        name: of it.
        mutants: all there are.
        tried: that have a verdict.
        by: caught, by catcher.
        smooth, unreached, survived: see :class:`validation.mutants.trial.Verdict`.
        raised: caught because they do not run at all; they are among those in `by`.
    """

    name: str
    mutants: int
    tried: int
    by: dict[str, int]
    smooth: int
    unreached: int
    survived: int
    raised: int

    @property
    def reaching(self) -> int:
        """Tried mutants that change an output of the model with gates of no width."""
        return self.tried - self.smooth - self.unreached

    @property
    def fast(self) -> int:
        """Caught by columns, dynamics or gradients."""
        return sum(self.by[name] for name in FAST)

    @property
    def share(self) -> float:
        """Of those that reach an output, what the fast suite catches."""
        return self.fast / self.reaching if self.reaching else float("nan")


class Score:
    """All verdicts, counted.

    Args:
        mutants: all there are.
        entries: verdicts by name.
        explanations: see :mod:`validation.mutants.explanations`.
    """

    def __init__(
        self, mutants: list[Mutant], entries: dict[str, Entry], explanations: dict[str, str]
    ) -> None:
        self.mutants, self.entries, self.explanations = mutants, entries, explanations

    def rows_by_kind(self) -> list[Row]:
        """One per kind, and the total."""
        return self._rows(lambda mutant: mutant.kind, OPERATORS)

    def rows_by_module(self) -> list[Row]:
        """One per module, and the total."""
        names = sorted({mutant.module for mutant in self.mutants})
        return self._rows(lambda mutant: mutant.module, names)

    @property
    def total(self) -> Row:
        """All mutants."""
        return self._row("all", self.mutants)

    @property
    def constants(self) -> Row:
        """Those of the kind that must be caught completely."""
        return self._row("constant", [m for m in self.mutants if m.kind == "constant"])

    @property
    def constants_caught(self) -> int:
        """Constants caught by columns or dynamics."""
        return self.constants.by["columns"] + self.constants.by["dynamics"]

    def with_status(self, *statuses: str) -> list[tuple[Mutant, Entry]]:
        """Mutants of which something became."""
        return [
            (mutant, self.entries[mutant.name])
            for mutant in self.mutants
            if mutant.name in self.entries and self.entries[mutant.name].verdict.status in statuses
        ]

    @property
    def survivors(self) -> list[tuple[Mutant, Entry]]:
        """Those that change an output and are not caught."""
        return self.with_status(SURVIVED)

    @property
    def unexplained(self) -> list[Mutant]:
        """Survivors without a sentence."""
        return [mutant for mutant, _ in self.survivors if not self.explanation(mutant)]

    def explanation(self, mutant: Mutant) -> str:
        """The sentence about a mutant, empty if there is none."""
        return explanation_of(mutant.name, self.explanations)

    def _rows(self, of: Callable[[Mutant], str], names: Iterable[str]) -> list[Row]:
        groups = collections.defaultdict(list)
        for mutant in self.mutants:
            groups[of(mutant)].append(mutant)
        return [*(self._row(name, groups[name]) for name in names), self.total]

    def _row(self, name: str, mutants: list[Mutant]) -> Row:
        verdicts = [self.entries[m.name].verdict for m in mutants if m.name in self.entries]
        status = collections.Counter(v.status for v in verdicts)
        by = collections.Counter(v.by for v in verdicts if v.status == CAUGHT)
        return Row(
            name=name,
            mutants=len(mutants),
            tried=len(verdicts),
            by={catcher: by[catcher] for catcher in CATCHERS},
            smooth=status[SMOOTH],
            unreached=status[UNREACHED],
            survived=status[SURVIVED],
            raised=sum(v.raised for v in verdicts),
        )


def write_page(score: Score, path: Path) -> None:
    """Write the page in Markdown."""
    dates = sorted(entry.date for entry in score.entries.values())
    template = template_environment({"percent": _percent, "code": _code}, html=False).get_template(
        "mutants.md.j2"
    )
    page = template.render(
        score=score,
        catchers=CATCHERS,
        kinds={name: (operator.__doc__ or "").strip() for name, operator in OPERATORS.items()},
        smooth=score.with_status(SMOOTH),
        unreached=score.with_status(UNREACHED),
        survivors=score.survivors,
        dates=(dates[0], dates[-1]) if dates else ("", ""),
        commit=git_commit(),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page)


def _percent(share: float) -> str:
    return "" if share != share else f"{100.0 * share:.1f} %"


def _code(text: str) -> str:
    """As code within a table of Markdown."""
    return "`" + text.replace("|", "\\|").replace("`", "'") + "`"
