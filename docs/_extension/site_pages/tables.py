"""Markdown tables of constants and of formulation switches, from the classes that hold them."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

from jcm.constants import PhysicalConstants
from jcm.dynamics.parameters import DynamicsParameters
from jcm.formulation import Formulation
from jcm.parameters import ParameterSet
from jcm.physics.sppt import SpptParameters
from reference.declarations import PROCESSES

#: Pages beside those of the declared processes, and the sets of numbers that belong to them.
OTHER_PAGES: dict[str, tuple[type[ParameterSet], ...]] = {
    "constants": (PhysicalConstants,),
    "dynamics": (DynamicsParameters,),
    "sppt": (SpptParameters,),
}

#: Every page that says what its constants are.
PAGES = (*PROCESSES, *OTHER_PAGES)


def parameter_sets(page: str) -> tuple[type[ParameterSet], ...]:
    """The sets of numbers whose home is `page`, in the order of the function's arguments.

    Raises:
        KeyError: if there is no such page.
    """
    if page in OTHER_PAGES:
        return OTHER_PAGES[page]
    return tuple(cls for cls in _read_by(page) if not _lives_elsewhere(cls, page))


def borrowed_sets(page: str) -> dict[type[ParameterSet], str]:
    """The sets of numbers that a process reads besides its own, and the pages they belong to."""
    if page in OTHER_PAGES:
        return {}
    homes = {cls: home for home in PAGES if home != page for cls in parameter_sets(home)}
    return {cls: homes[cls] for cls in _read_by(page) if cls in homes}


def constants_table(parameters: type[ParameterSet]) -> str:
    """Every number of a set: name, value, unit, meaning, source.

    The value is that of the literature. Where the original writes it in single precision, the
    number in effect follows in the next column.
    """
    lines = [
        "| Name | Value | In `original` | Unit | Meaning | Source |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for field in dataclasses.fields(parameters):
        data = field.metadata
        in_effect = "" if field.default == data["decimal"] else f"{field.default!r}"
        lines.append(
            f"| `{field.name}` | {data['decimal']:.10g} | {in_effect} | {data['unit']} "
            f"| {data['meaning']} | {data['spec']} |"
        )
    return "\n".join(lines)


def constants_section(page: str) -> str:
    """All that is to be said about the constants of a page, in Markdown."""
    paragraphs = []
    for parameters in parameter_sets(page):
        where = f"{parameters.__module__}.{parameters.__name__}"
        if all("decimal" in field.metadata for field in dataclasses.fields(parameters)):
            paragraphs += [f"{{py:class}}`{where}`:", constants_table(parameters)]
        else:
            names = ", ".join(
                f"[{field.name}]({field.name}.md)" for field in dataclasses.fields(parameters)
            )
            paragraphs.append(f"{{py:class}}`{where}` holds the sets of {names}.")
    borrowed = borrowed_sets(page)
    if borrowed:
        links = ", ".join(f"[{home}]({home}.md)" for home in dict.fromkeys(borrowed.values()))
        also = "Also read" if paragraphs else "Read"
        paragraphs.append(f"{also}, on pages of their own: {links}.")
    return "\n\n".join(paragraphs or ["This process has no constants of its own."])


def switch_table(names: list[str]) -> str:
    """Switches of the formulation with what they do.

    Raises:
        KeyError: if there is no such switch.
    """
    switches = {field.name: field.metadata for field in dataclasses.fields(Formulation)}
    rows = [f"| `{name}` | {switches[name]['meaning']} |" for name in names]
    return "\n".join(["| Switch | In `original`; `corrected` |", "| --- | --- |", *rows])


def process_function(name: str) -> Callable[..., Any]:
    """The JAX function of a declared process."""
    return getattr(_module(name), name)


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"jcm.{PROCESSES[name].package}.{name}")


def _defaults(page: str) -> dict[str, Any]:
    """Keyword-only arguments; not from the signature, which autodoc rewrites."""
    return process_function(page).__kwdefaults__ or {}


def _read_by(page: str) -> list[type[ParameterSet]]:
    return [type(value) for value in _defaults(page).values() if isinstance(value, ParameterSet)]


def _lives_elsewhere(cls: type[ParameterSet], page: str) -> bool:
    """Whether a set is shared, or is the one of another process."""
    is_own = type(_defaults(page).get("parameters")) is cls
    return not is_own and cls.__module__ != _module(page).__name__
