"""The verdicts so far, a JSON line each: a run that was stopped goes on where it was."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Mapping
from pathlib import Path

from reference.errors import InputError
from validation.mutants.listing import Mutant, Source
from validation.mutants.trial import Verdict


@dataclasses.dataclass(frozen=True)
class Entry:
    """A line.

    Attributes:
        name: of the mutant.
        source: fingerprint of the mutated module; a verdict on another source does not count.
        date: of the verdict, as 1982-01-01.
        verdict: what became of it.
    """

    name: str
    source: str
    date: str
    verdict: Verdict


class Store:
    """A file of verdicts."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, sources: Mapping[str, Source], mutants: list[Mutant]) -> dict[str, Entry]:
        """The verdicts that are still true: of mutants that exist, in sources that did not change.

        Raises:
            InputError: if a line is no verdict. The last one may be broken off.
        """
        if not self._path.exists():
            return {}
        fingerprints = {m.name: sources[m.module].fingerprint for m in mutants}
        found = {}
        lines = self._path.read_text().splitlines()
        for number, line in enumerate(lines, start=1):
            try:
                record = json.loads(line)
                verdict = Verdict(**record.pop("verdict"))
                entry = Entry(**record, verdict=verdict)
            except (ValueError, TypeError, KeyError) as error:
                if number == len(lines):
                    break
                raise InputError(
                    f"{self._path}: line {number} is not a verdict on a mutant: {error}."
                ) from error
            if fingerprints.get(entry.name) == entry.source:
                shows_in = tuple(verdict.shows_in)
                found[entry.name] = dataclasses.replace(
                    entry, verdict=dataclasses.replace(verdict, shows_in=shows_in)
                )
        return found

    def add(self, mutant: Mutant, source: Source, verdict: Verdict) -> Entry:
        """Append a verdict."""
        today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
        entry = Entry(mutant.name, source.fingerprint, today, verdict)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        broken_off = self._path.exists() and not self._path.read_bytes().endswith(b"\n")
        with self._path.open("a") as file:
            file.write("\n" if broken_off and self._path.stat().st_size else "")
            file.write(json.dumps(dataclasses.asdict(entry), ensure_ascii=False) + "\n")
        return entry
