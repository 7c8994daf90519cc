"""The faults: what each kind of mutant does to a node of the syntax tree.

Every function yields pairs of what the fault is, in words that stay the same when lines move, and
how it changes the node.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterator, Mapping

from validation.mutants.syntax import Change, Place

Fault = tuple[str, Change]
Operator = Callable[[Place], Iterator[Fault]]

#: By how much a constant is wrong.
WRONG_BY = 1.01


def constant_scaled(place: Place) -> Iterator[Fault]:
    """Every constant times 1.01; whole numbers where they multiply, divide or raise to a power."""
    value = _number(place.node)
    if not value or not math.isfinite(value):
        return
    if isinstance(value, int):
        parent = place.parent
        if place.counting or not isinstance(parent, ast.BinOp):
            return
        if not isinstance(parent.op, ast.Mult | ast.Div | ast.Pow):
            return
    yield f"{value!r} * 1.01", lambda node: ast.Constant(value * WRONG_BY)


def index_moved(place: Place) -> Iterator[Fault]:
    """Every index, bound of a loop and counted number moved by one, upward where it is a level."""
    value = _number(place.node)
    if isinstance(value, int):
        if place.counting and _is_index(place):
            step = 1 if value == 0 else -1
        elif not place.counting and _is_counted(place):
            step = 1
        else:
            return
        # A negative index is written as minus a number: further from the end is further up.
        if place.counting and isinstance(place.parent, ast.UnaryOp):
            step = 1
        yield f"{value} moved by {step:+d}", lambda node: ast.Constant(value + step)
    elif place.counting and _is_index(place) and _is_level(place.node):
        yield (
            f"{_text(place.node)} moved by -1",
            lambda node: ast.BinOp(left=node, op=ast.Sub(), right=ast.Constant(1)),
        )


def comparison_flipped(place: Place) -> Iterator[Fault]:
    """Every comparison turned round: operators, thresholds of gates, choices, and / or, not."""
    node = place.node
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _FLIPPED:
        if not any(isinstance(x, ast.Constant) and x.value is None for x in node.comparators):
            other = _FLIPPED[type(node.ops[0])]
            yield f"{_text(node)} turned round", lambda node: _with(node, ops=[other()])
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr):
        swapped = ast.BitOr() if isinstance(node.op, ast.BitAnd) else ast.BitAnd()
        yield f"{_text(node)} with and / or swapped", lambda node: _with(node, op=swapped)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
        yield f"{_text(node)} without not", lambda node: node.operand
    elif isinstance(node, ast.Call):
        name = _called(node)
        if name in ("above", "at_least") and len(node.args) >= 2:
            yield f"{_text(node)} turned round", lambda node: _arguments_swapped(node, 0, 1)
        elif name == "where" and len(node.args) == 3 and not isinstance(node.args[0], ast.Compare):
            yield f"{_text(node)} with choices swapped", lambda node: _arguments_swapped(node, 1, 2)
        elif name in _LOGICAL:
            yield f"{_text(node)} with and / or swapped", _renamed(_LOGICAL[name])


def term_dropped(place: Place) -> Iterator[Fault]:
    """Every operand of + and - left out, every addition to something, every case of a sum."""
    node = place.node
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        if place.counting or any(_is_text(x) for x in (node.left, node.right)):
            return
        yield f"{_text(node)} without {_text(node.right)}", lambda node: node.left
        if isinstance(node.op, ast.Add):
            yield f"{_text(node)} without {_text(node.left)}", lambda node: node.right
        else:
            yield (
                f"{_text(node)} without {_text(node.left)}",
                lambda node: ast.UnaryOp(op=ast.USub(), operand=node.right),
            )
    elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add | ast.Sub):
        yield f"{_text(node)} left out", lambda node: ast.Pass()
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "add" and ".at[" in ast.unparse(node.func):
            yield f"{_text(node)} left out", lambda node: node.func.value.value.value
        elif node.func.attr == "among" and len(node.args) > 1:
            for i, case in enumerate(node.args):
                yield (
                    f"{_text(node)} without {_text(case)}",
                    lambda node, i=i: _with(node, args=node.args[:i] + node.args[i + 1 :]),
                )


def extremum_swapped(place: Place) -> Iterator[Fault]:
    """Minimum and maximum swapped; of a positive part the negative one."""
    node = place.node
    if not isinstance(node, ast.Call):
        return
    name = _called(node)
    if name in _EXTREMA:
        yield f"{_text(node)} as {_EXTREMA[name]}", _renamed(_EXTREMA[name])
    elif name == "positive_part":
        yield f"{_text(node)} as min(x, 0)", _negative_part


def unit_mistaken(place: Place) -> Iterator[Fault]:
    """Parameters and inputs in another unit, factors between units left out."""
    node, value = place.node, _number(place.node)
    if isinstance(node, ast.Call) and _called(node) in ("literal", "exact"):
        units = [ast.unparse(k.value).strip("'\"") for k in node.keywords if k.arg == "unit"]
        for meant, change in _UNITS.get(units[0] if units else "", {}).items():
            yield f"{units[0]} taken for {meant}", lambda node, c=change: _parameter(node, c)
    elif value in _FACTORS and not place.counting and isinstance(place.parent, ast.BinOp):
        yield f"factor {value!r} left out", lambda node: ast.Constant(type(value)(1))
    elif _is_process(place):
        for name in _inputs(place.node):
            for part, (meant, formula) in _INPUT_UNITS.items():
                if part in name and not any(word in name for word in _WITHOUT_UNIT):
                    yield f"{name} in {meant}", _beginning_with(f"{name} = {formula}", name)
                    break


def gradient_stopped(place: Place) -> Iterator[Fault]:
    """`stop_gradient` on each input of each process."""
    if _is_process(place):
        for name in _inputs(place.node):
            text = f"{name} = __import__('jax').lax.stop_gradient({name})"
            yield f"stop_gradient on {name}", _beginning_with(text, name)


def one_in_three(place: Place) -> Iterator[Fault]:
    """A heating, moistening or stress applied in steps with short-wave radiation only."""
    if not _in_sum_of_tendencies(place):
        return
    text = "({x}) * (__import__('jax.numpy').numpy.asarray(shortwave_step) != 0)"

    def change(node: ast.AST) -> ast.AST:
        return ast.parse(text.format(x=ast.unparse(node)), mode="eval").body

    yield f"{_text(place.node)} in one step of three", change


#: By name, in the order of the table.
OPERATORS: dict[str, Operator] = {
    "constant": constant_scaled,
    "index": index_moved,
    "comparison": comparison_flipped,
    "term": term_dropped,
    "extremum": extremum_swapped,
    "unit": unit_mistaken,
    "stop_gradient": gradient_stopped,
    "one_in_three": one_in_three,
}

_FLIPPED: dict[type, type] = {
    ast.Lt: ast.Gt,
    ast.Gt: ast.Lt,
    ast.LtE: ast.GtE,
    ast.GtE: ast.LtE,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
_LOGICAL = {
    "both": "either",
    "either": "both",
    "logical_and": "logical_or",
    "logical_or": "logical_and",
}
_EXTREMA = {"minimum": "maximum", "maximum": "minimum", "min": "max", "max": "min"}
#: Parameters by unit: what the number is mistaken for, and what that makes of it.
_UNITS: Mapping[str, Mapping[str, str]] = {
    "s": {"hours": "{x} / 3600.0"},
    "h": {"seconds": "{x} * 3600.0"},
    "day": {"hours": "{x} * 24.0"},
    "g kg-1": {"kg kg-1": "{x} / 1000.0"},
    "kg g-1": {"kg kg-1": "{x} * 1000.0"},
    "J g-1": {"J kg-1": "{x} * 1000.0"},
    "K": {"degC": "{x} - 273.15"},
    "Pa": {"hPa": "{x} / 100.0"},
    "hPa": {"Pa": "{x} * 100.0"},
    "m": {"km": "{x} / 1000.0"},
    "km": {"m": "{x} * 1000.0"},
    "K km-1": {"K m-1": "{x} / 1000.0"},
    "m s-1": {"km h-1": "{x} * 3.6"},
    "degree": {"rad": "{x} / 57.29577951308232"},
    "rad": {"degree": "{x} * 57.29577951308232"},
}
#: Inputs by part of their name.
_INPUT_UNITS = {
    "humidity": ("kg kg-1", "{name} / 1000.0"),
    "temperature": ("degC", "{name} - 273.15"),
    "sst": ("degF", "{name} * 1.8"),
    "geopotential": ("m", "{name} / 9.81"),
    "normalized_surface_pressure": ("hPa", "{name} * 1000.0"),
    "wind": ("km h-1", "{name} * 3.6"),
    "precipitation": ("kg m-2 s-1", "{name} / 1000.0"),
    "evaporation": ("kg m-2 s-1", "{name} / 1000.0"),
    "static_energy": ("kJ kg-1", "{name} / 1000.0"),
    "snow_depth": ("m", "{name} / 1000.0"),
}
_WITHOUT_UNIT = ("relative", "tendency", "log_", "flag", "level")
_FACTORS = (1000.0, 1e-3, 3600.0, 60, 24, 100.0, 86400.0, 1e5, 180.0, 360.0)


def _number(node: ast.AST) -> int | float | None:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return node.value
    return None


def _is_index(place: Place) -> bool:
    """Whether a node is itself what is counted with, not a part of an expression inside."""
    holder = place.parent
    if isinstance(holder, ast.UnaryOp) and len(place.parents) > 1:
        holder = place.parents[-2]
    if isinstance(holder, ast.Subscript | ast.Slice):
        return True
    if isinstance(holder, ast.Tuple):
        return any(isinstance(above, ast.Subscript) for above in place.parents[-3:])
    if isinstance(holder, ast.BinOp):
        return _number(place.node) is not None
    # The third argument of `range` is a direction.
    return isinstance(holder, ast.Call) and place.path[-1][1] in (0, 1)


def _is_level(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Add | ast.Sub)
    if not isinstance(node, ast.Name | ast.Attribute):
        return False
    name = node.id if isinstance(node, ast.Name) else node.attr
    return len(name) <= 2 or name in ("surface", "base", "level", "levels", "top", "month", "index")


def _is_counted(place: Place) -> bool:
    """A whole number that something is counted with, or that names a number of things."""
    parent = place.parent
    if isinstance(parent, ast.UnaryOp):
        parent = place.parents[-2]
    if isinstance(parent, ast.BinOp):
        return isinstance(parent.op, ast.Add | ast.Sub | ast.FloorDiv | ast.Mod)
    if isinstance(parent, ast.Tuple):
        # A table of numbers, not a shape or an axis.
        return isinstance(place.parents[-2], ast.Assign | ast.Call) and place.function is None
    return isinstance(parent, ast.Compare | ast.Assign | ast.AnnAssign)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr | ast.List | ast.Tuple) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _is_process(place: Place) -> bool:
    """Whether a node is the function that the processes' declarations name, or a public one."""
    node = place.node
    return (
        isinstance(node, ast.FunctionDef)
        and isinstance(place.parent, ast.Module)
        and not node.name.startswith("_")
        and any("Field" in ast.unparse(a.annotation) for a in node.args.args if a.annotation)
    )


def _inputs(node: ast.AST) -> list[str]:
    """Arguments that are fields of floating-point numbers."""
    assert isinstance(node, ast.FunctionDef)
    named = {a.arg: ast.unparse(a.annotation) for a in node.args.args if a.annotation}
    return [name for name, kind in named.items() if "Field" in kind and "Index" not in kind]


def _in_sum_of_tendencies(place: Place) -> bool:
    """Whether a node is an operand of a sum that a result called `..._tendency` is made of."""
    parents = list(place.parents)
    while parents and isinstance(parents[-1], ast.BinOp) and isinstance(parents[-1].op, ast.Add):
        parents.pop()
    if isinstance(place.node, ast.BinOp) and isinstance(place.node.op, ast.Add):
        return False
    if not (len(parents) > 1 and isinstance(parents[-1], ast.keyword)):
        return False
    call = parents[-2]
    return (
        str(parents[-1].arg).endswith("_tendency")
        and isinstance(call, ast.Call)
        and _called(call) == "PhysicsDriver"
    )


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _renamed(name: str) -> Change:
    def change(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.Call)
        if isinstance(node.func, ast.Attribute):
            return _with(node, func=_with(node.func, attr=name))
        return _with(node, func=ast.Name(id=name, ctx=ast.Load()))

    return change


def _arguments_swapped(node: ast.AST, first: int, second: int) -> ast.AST:
    assert isinstance(node, ast.Call)
    arguments = list(node.args)
    arguments[first], arguments[second] = arguments[second], arguments[first]
    return _with(node, args=arguments)


def _negative_part(node: ast.AST) -> ast.AST:
    """-max(-x, 0) = min(x, 0)."""
    assert isinstance(node, ast.Call)
    negative = ast.UnaryOp(op=ast.USub(), operand=node.args[0])
    return ast.UnaryOp(op=ast.USub(), operand=_with(node, args=[negative, *node.args[1:]]))


def _parameter(node: ast.AST, formula: str) -> ast.AST:
    """A parameter's declaration with other numbers."""
    assert isinstance(node, ast.Call)

    def other(value: ast.expr) -> ast.expr:
        text = formula.format(x=f"({ast.unparse(value)})")
        return ast.parse(text, mode="eval").body

    keywords = [
        ast.keyword(k.arg, other(k.value)) if k.arg == "in_effect" else k for k in node.keywords
    ]
    return _with(node, args=[other(node.args[0]), *node.args[1:]], keywords=keywords)


def _beginning_with(formula: str, name: str) -> Change:
    """A function whose body begins with another statement, after the docstring."""

    def change(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.FunctionDef)
        statement = ast.parse(formula.format(name=name)).body
        documented = ast.get_docstring(node, clean=False) is not None
        return _with(node, body=[*node.body[:documented], *statement, *node.body[documented:]])

    return change


def _with(node: ast.AST, **fields: object) -> ast.AST:
    """The node with other fields."""
    values = {name: value for name, value in ast.iter_fields(node)} | fields
    return ast.copy_location(type(node)(**values), node)


def _text(node: ast.AST, longest: int = 60) -> str:
    """A node in words, shortened in the middle."""
    words = " ".join(ast.unparse(node).split())
    if len(words) <= longest:
        return words
    half = (longest - 3) // 2
    return f"{words[:half]}...{words[-half:]}"
