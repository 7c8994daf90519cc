"""The places of a syntax tree that faults are planted in, and a tree with one of them changed."""

from __future__ import annotations

import ast
import copy
import dataclasses
from collections.abc import Callable, Iterator

#: From the root: field, and index within it if it is a list.
Path = tuple[tuple[str, int | None], ...]
Change = Callable[[ast.AST], ast.AST]

#: Keyword arguments that describe and do not compute.
_WORDS = frozenset(
    {"axis", "keepdims", "dtype", "unit", "meaning", "spec", "length", "strict", "in_axes"}
    | {"out_axes", "maxsize", "static_argnames", "nondiff_argnums", "precision", "symbolic_zeros"}
)
_OPERATORS = (ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context)
#: What refuses bad input computes nothing either.
_REFUSING = ("check_", "_check_", "__post_init__")


@dataclasses.dataclass(frozen=True)
class Place:
    """A node that computes something.

    Attributes:
        node: the node.
        path: where it is in the tree.
        parents: from the module down to the one that holds it.
        owner: functions, classes and assigned names around it, as "Grid.speedy" or "rate".
        counting: whether it is (part of) an index, or an argument of `range`.
    """

    node: ast.AST
    path: Path
    parents: tuple[ast.AST, ...]
    owner: str
    counting: bool

    @property
    def parent(self) -> ast.AST:
        """What holds the node."""
        return self.parents[-1]

    @property
    def function(self) -> ast.FunctionDef | None:
        """The innermost function around it."""
        functions = [node for node in self.parents if isinstance(node, ast.FunctionDef)]
        return functions[-1] if functions else None


def places(tree: ast.Module) -> Iterator[Place]:
    """All of them from top to bottom; annotations, texts and refusals are left out."""
    yield from _below(tree, (), (), (), False)


def _below(
    node: ast.AST, path: Path, parents: tuple[ast.AST, ...], owner: tuple[str, ...], counting: bool
) -> Iterator[Place]:
    if parents:
        yield Place(node, path, parents, ".".join(owner), counting)
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        owner = (*owner, node.name)
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        owner = (*owner, *_assigned(node))
    for field, index, child in _children(node):
        if not _computes(node, field, child):
            continue
        inner = counting
        if (isinstance(node, ast.Subscript) and field == "slice") or (
            _calls(node, "range") and field == "args"
        ):
            inner = True
        elif isinstance(node, ast.Subscript) and field == "value":
            inner = False
        yield from _below(child, (*path, (field, index)), (*parents, node), owner, inner)


def _children(node: ast.AST) -> Iterator[tuple[str, int | None, ast.AST]]:
    for field, value in ast.iter_fields(node):
        if isinstance(value, ast.AST) and not isinstance(value, _OPERATORS):
            yield field, None, value
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, ast.AST):
                    yield field, index, item


def _assigned(node: ast.Assign | ast.AnnAssign) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [target.id for target in targets if isinstance(target, ast.Name)][:1]


def _computes(node: ast.AST, field: str, child: ast.AST) -> bool:
    if field in ("annotation", "returns", "decorator_list", "ctx", "type_params", "bases"):
        return False
    if isinstance(child, ast.Import | ast.ImportFrom | ast.Raise | ast.Assert | ast.JoinedStr):
        return False
    if isinstance(child, ast.If) and all(isinstance(inner, ast.Raise) for inner in child.body):
        return False
    if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
        return False
    if isinstance(child, ast.FunctionDef) and child.name.startswith(_REFUSING):
        return False
    if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
        return False
    if isinstance(child, ast.Assign | ast.AnnAssign) and _defines_a_type(child):
        return False
    return not (isinstance(child, ast.keyword) and child.arg in _WORDS)


def _defines_a_type(node: ast.Assign | ast.AnnAssign) -> bool:
    words = ast.unparse(node)
    return any(word in words for word in ("TypeAlias", "TypeVar", "Float[", "Int[", "Bool["))


def _calls(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def changed(tree: ast.Module, path: Path, change: Change) -> ast.Module:
    """A copy of `tree` with one node replaced."""
    root = copy.deepcopy(tree)
    parent: ast.AST = root
    for field, index in path[:-1]:
        value = getattr(parent, field)
        parent = value if index is None else value[index]
    field, index = path[-1]
    if index is None:
        setattr(parent, field, change(getattr(parent, field)))
    else:
        items = getattr(parent, field)
        items[index] = change(items[index])
    return ast.fix_missing_locations(root)
