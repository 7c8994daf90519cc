"""The list of all mutants: stable names, modules, fingerprints of sources."""

from __future__ import annotations

import ast
import collections
import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import CodeType

from reference.errors import InputError
from validation.mutants.operators import OPERATORS
from validation.mutants.syntax import Change, changed, places
from validation.mutants.syntax import Path as Place

PACKAGE = Path(__file__).parents[2] / "jcm"
#: Folders and files of the package in which faults are planted: the physics, the surface and the
#: SPEEDY core, with what steps and couples them.
PLANTED = (
    "constants.py",
    "parameters.py",
    "vertical_grid.py",
    "physics/*.py",
    "surface/*.py",
    "dynamics/*.py",
    "model/cold_start.py",
    "model/stepping.py",
)
#: Other cores, and physics that take no part in a run of SPEEDY: `jcm-validate dry` judges them.
_ELSEWHERE = (
    *("dinosaur_", "diffusion", "planet", "resolution", "baroclinic_wave"),
    *("held_suarez", "carbon_dioxide", "__init__"),
)


@dataclasses.dataclass(frozen=True)
class Mutant:
    """One planted fault.

    Attributes:
        name: stable while the code around it is the same: module, owner, kind, fault, and a number
            where the same fault is possible twice.
        module: as "jcm.physics.convection".
        kind: of :data:`validation.mutants.operators.OPERATORS`.
        owner: function, class or assignment that holds it.
        fault: in words.
        line: of the source.
        path: of the node.
        change: what is done to it.
    """

    name: str
    module: str
    kind: str
    owner: str
    fault: str
    line: int
    path: Place
    change: Change


@dataclasses.dataclass(frozen=True)
class Source:
    """A module that faults are planted in.

    Attributes:
        module: as "jcm.physics.convection".
        file: where it lies.
        text: its source.
    """

    module: str
    file: Path
    text: str

    @property
    def fingerprint(self) -> str:
        """Of the source without comments and layout: what a result depends on."""
        return hashlib.sha256(ast.dump(ast.parse(self.text)).encode()).hexdigest()[:16]

    def mutants(self) -> list[Mutant]:
        """All mutants of the module, from top to bottom."""
        return mutants_of(self.module, self.text)

    def code(self, mutant: Mutant) -> CodeType:
        """The module with a fault."""
        tree = changed(ast.parse(self.text), mutant.path, mutant.change)
        return compile(tree, str(self.file), "exec")


def mutants_of(module: str, text: str) -> list[Mutant]:
    """All mutants of a source."""
    seen: collections.Counter[str] = collections.Counter()
    found = []
    for place in places(ast.parse(text)):
        for kind, operator in OPERATORS.items():
            for fault, change in operator(place):
                owner = place.owner or "module"
                if isinstance(place.node, ast.FunctionDef):
                    owner = place.node.name
                base = f"{module.removeprefix('jcm.')}/{owner}/{kind}/{fault}"
                seen[base] += 1
                name = base if seen[base] == 1 else f"{base} #{seen[base]}"
                line = getattr(place.node, "lineno", 0)
                found.append(Mutant(name, module, kind, owner, fault, line, place.path, change))
    return found


def sources(package: Path = PACKAGE) -> dict[str, Source]:
    """The modules that faults are planted in, by name."""
    found = {}
    for pattern in PLANTED:
        for file in sorted(package.glob(pattern)):
            if file.name.startswith(_ELSEWHERE):
                continue
            module = ".".join((package.name, *file.relative_to(package).with_suffix("").parts))
            found[module] = Source(module, file, file.read_text())
    if not found:
        raise InputError(f"{package} holds no module of {', '.join(PLANTED)}, expected some.")
    return found


def all_mutants(modules: Mapping[str, Source] | Iterable[Source] | None = None) -> list[Mutant]:
    """Every mutant of every module."""
    chosen = sources() if modules is None else modules
    values = chosen.values() if isinstance(chosen, Mapping) else chosen
    return [mutant for source in values for mutant in source.mutants()]
