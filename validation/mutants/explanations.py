"""Why some mutants cannot be caught, or need not be: a committed table."""

from __future__ import annotations

import fnmatch
import tomllib
from pathlib import Path

from reference.errors import InputError

TABLE = Path(__file__).with_name("explanations.toml")


def read_explanations(path: Path = TABLE) -> dict[str, str]:
    """Sentences by the name of a mutant, or by a pattern of names.

    Raises:
        InputError: if the table cannot be read or holds something else than sentences.
    """
    try:
        table = tomllib.loads(path.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path} cannot be read as TOML: {error}.") from error
    for name, sentence in table.items():
        if not isinstance(sentence, str) or not sentence.endswith("."):
            raise InputError(f"{path}: the explanation of {name} is not a sentence.")
    return table


def explanation_of(name: str, table: dict[str, str]) -> str:
    """The sentence about a mutant, by its own name before patterns; empty if there is none."""
    if name in table:
        return table[name]
    patterns = (pattern for pattern in table if "*" in pattern and _matches(name, pattern))
    return next((table[pattern] for pattern in patterns), "")


def _matches(name: str, pattern: str) -> bool:
    """Brackets are part of names."""
    return fnmatch.fnmatchcase(name, pattern.replace("[", "[[]"))
