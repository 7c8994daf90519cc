"""Docstrings as they stand in the source, made into reStructuredText.

The docstrings are written for readers of the source: an indented block is an equation, stars and
bars are multiplication and magnitude.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

#: What is left as it is: literals, interpreted text and roles.
_QUOTED = re.compile(r"(``.*?``|:[\w:]+:`[^`]*`|`[^`]*`)")
_SPECIAL = re.compile(r"([*|])")
_REFERENCE = re.compile(r"(?<=\w)_(?!\w)")
#: A choice by its name, one of several in lines of their own.
_CHOICE = re.compile(r'( *)("[\w ]+": .*)')
#: Napoleon works before any listener of the default priority 500.
_BEFORE_NAPOLEON = 400


def setup(app: Sphinx) -> None:
    """Listen to autodoc."""
    app.connect("autodoc-process-docstring", _process, priority=_BEFORE_NAPOLEON)
    app.connect("autodoc-skip-member", _skip)


def as_restructured_text(lines: list[str]) -> list[str]:
    """`lines` with indented blocks marked as literal, and everything else escaped.

    An indented block is one that follows an empty line and a line without indentation.
    """
    result: list[str] = []
    last_text_indented, in_block = False, False
    for number, line in enumerate(lines):
        stripped = line.strip()
        indented = line.startswith("    ")
        if not stripped:
            result.append(line)
            continue
        after_gap = number > 0 and not lines[number - 1].strip()
        if indented and not in_block and after_gap and not last_text_indented:
            result += [".. code-block:: text", ""]
            in_block = True
        if not indented:
            in_block = False
        result.append(line if in_block else _escaped(line))
        last_text_indented = indented and not in_block
    return result


def choices_as_list(lines: list[str]) -> list[str]:
    """`lines` in which lines such as `"name": meaning`, with what hangs below, are a list."""
    result: list[str] = []
    indent: int | None = None
    for line in lines:
        found = _CHOICE.fullmatch(line)
        depth = len(line) - len(line.lstrip())
        if found:
            if indent is None:
                result.append("")
            indent = len(found[1])
            result.append(f"{found[1]}* {found[2]}")
        elif indent is not None and line.strip() and depth > indent:
            result.append(" " * (indent + 2) + line.strip())
        else:
            if indent is not None and line.strip():
                result.append("")
            indent = None if line.strip() else indent
            result.append(line)
    return result


def _escaped(line: str) -> str:
    parts = _QUOTED.split(line)
    return "".join(
        part if index % 2 else _REFERENCE.sub(r"\\_", _SPECIAL.sub(r"\\\1", part))
        for index, part in enumerate(parts)
    )


def field_meanings(documented: Any) -> list[str]:
    """An Attributes section for a class whose fields carry their meaning, as parameter sets do."""
    if not (isinstance(documented, type) and dataclasses.is_dataclass(documented)):
        return []
    fields = [field for field in dataclasses.fields(documented) if "meaning" in field.metadata]
    lines = ["", "Attributes:"] if fields else []
    for field in fields:
        unit = f" [{field.metadata['unit']}]" if "unit" in field.metadata else ""
        lines.append(f"    {field.name}: {field.metadata['meaning']}{unit}.")
    return lines


def _process(
    _app: Sphinx, _what: str, _name: str, documented: Any, _options: Any, lines: list[str]
) -> None:
    text = [*lines, *field_meanings(documented)]
    lines[:] = choices_as_list(as_restructured_text(text))


def _skip(
    _app: Sphinx, _what: str, _name: str, member: Any, skip: bool, _options: Any
) -> bool | None:
    """Fields of a NamedTuple are explained in the docstring of their class."""
    documentation = getattr(member, "__doc__", None) or ""
    return True if documentation.startswith("Alias for field number") else None
