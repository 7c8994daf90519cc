"""A fault planted into the running interpreter, without a file being touched.

The mutated module, and every loaded module that imports it directly or through others, is taken out
of `sys.modules` and imported again when somebody asks for it; afterwards the originals come back as
they were. Everything else, compiled programs above all, stays.
"""

from __future__ import annotations

import ast
import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import pkgutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from types import CodeType, ModuleType

#: Packages whose modules may hold something of the model.
_OURS = ("jcm", "validation")
#: This package judges; it must not be judged by itself, and imports the model in functions only.
_JUDGE = "validation.mutants"


class ImportGraph:
    """Which module imports which, read from the sources when the interpreter started.

    Attributes:
        imports: by module, also those inside functions.
        imports_at_once: those that happen when the module is imported.
    """

    def __init__(self) -> None:
        self._code: dict[str, CodeType] = {}
        self._specs: dict[str, importlib.machinery.ModuleSpec] = {}
        known = {name: file for name, file in _modules()}
        self.imports: dict[str, frozenset[str]] = {}
        self.imports_at_once: dict[str, frozenset[str]] = {}
        for name, spec in known.items():
            source = spec.loader.get_source(name)  # type: ignore[union-attr]
            tree = ast.parse(source)
            self.imports[name] = frozenset(_imported(ast.walk(tree), known))
            self.imports_at_once[name] = frozenset(_imported(_outside_functions(tree), known))
            self._specs[name] = spec
            if name.startswith("jcm"):
                self._code[name] = compile(tree, spec.origin or name, "exec")

    def needed_by(self, roots: Iterable[str]) -> frozenset[str]:
        """Modules that some modules are made of, they themselves included."""
        return _closure(roots, self.imports)

    def depending_on(self, module: str) -> frozenset[str]:
        """Modules that hold something of `module` once they are imported, itself included."""
        users: dict[str, set[str]] = {}
        for user, used in self.imports_at_once.items():
            for name in used:
                users.setdefault(name, set()).add(user)
        return _closure([module], users)

    @contextlib.contextmanager
    def planted(self, module: str, code: CodeType) -> Iterator[None]:
        """The model with other code in one module.

        Args:
            module: by name.
            code: what is executed instead of its own.
        """
        taken = {name: sys.modules[name] for name in self._loaded(module)}
        _forget(taken)
        finder = _Finder({**self._code, module: code}, self._specs)
        sys.meta_path.insert(0, finder)
        try:
            yield
        finally:
            sys.meta_path.remove(finder)
            _forget(self._loaded(module))
            sys.modules.update(taken)
            for name, original in taken.items():
                _bind(name, original)

    def _loaded(self, module: str) -> list[str]:
        judge = (_JUDGE, f"{_JUDGE}.")
        return [
            name
            for name in self.depending_on(module)
            if name in sys.modules and not (name == judge[0] or name.startswith(judge[1]))
        ]


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the modules of the model, with the code they had in the beginning or a fault."""

    def __init__(
        self, code: dict[str, CodeType], specs: dict[str, importlib.machinery.ModuleSpec]
    ) -> None:
        self._code, self._specs = code, specs

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """See :class:`importlib.abc.MetaPathFinder`."""
        if fullname not in self._code:
            return None
        known = self._specs[fullname]
        loader = _Loader(fullname, str(known.origin), self._code[fullname])
        return importlib.util.spec_from_file_location(
            fullname,
            known.origin,
            loader=loader,
            submodule_search_locations=known.submodule_search_locations,
        )


class _Loader(importlib.machinery.SourceFileLoader):
    """Executes code that was compiled before."""

    def __init__(self, fullname: str, path: str, code: CodeType) -> None:
        super().__init__(fullname, path)
        self._compiled = code

    def get_code(self, fullname: str) -> CodeType:
        """What it was made with."""
        return self._compiled


def _modules() -> Iterator[tuple[str, importlib.machinery.ModuleSpec]]:
    """All modules of our packages that have a source."""
    for package in _OURS:
        spec = importlib.util.find_spec(package)
        assert spec is not None
        yield package, spec
        locations = spec.submodule_search_locations
        for found in pkgutil.walk_packages(locations, f"{package}.", onerror=lambda name: None):
            inner = importlib.util.find_spec(found.name)
            if inner is not None and inner.has_location:
                yield found.name, inner


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.Lambda):
            yield child
            yield from _outside_functions(child)


def _imported(nodes: Iterable[ast.AST], known: Iterable[str]) -> Iterator[str]:
    """Names of known modules that a source asks for; a package alone stands for itself only."""
    names = set(known)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name for name in inner if name in names)
            if node.module in names and not all(name in names for name in inner):
                yield node.module


def _closure(
    roots: Iterable[str], edges: dict[str, frozenset[str]] | dict[str, set[str]]
) -> frozenset[str]:
    found, waiting = set(), list(roots)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(edges.get(name, ()))
    return frozenset(found)


def _forget(names: Iterable[str]) -> None:
    """Take modules out, and out of their packages: `from package import module` looks there."""
    for name in names:
        package, _, last = name.rpartition(".")
        if package in sys.modules:
            vars(sys.modules[package]).pop(last, None)
    for name in names:
        del sys.modules[name]


def _bind(name: str, module: ModuleType) -> None:
    """Make a package know a submodule again."""
    package, _, last = name.rpartition(".")
    if package in sys.modules:
        setattr(sys.modules[package], last, module)
