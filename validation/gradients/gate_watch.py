"""Every comparison that a JAX program makes, read from the program itself.

A derivative exists where no `if` is on the edge. Whether a finite difference crossed an edge is
seen when all comparisons come out alike on both sides: those of the physics, and those hidden in
maxima, minima, absolute values and roundings. They are found in the traced program, so that none is
forgotten when the physics changes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend import core
from jaxtyping import Array, UInt32

_COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")
#: Calls of another program, and the parameter that holds it.
_CALLS = {
    "jit": "jaxpr",
    "pjit": "jaxpr",
    "closed_call": "call_jaxpr",
    "core_call": "call_jaxpr",
    "custom_jvp_call": "call_jaxpr",
    "custom_vjp_call": "call_jaxpr",
    "remat2": "jaxpr",
    "checkpoint": "jaxpr",
}
#: Odd, hence invertible modulo 2³²: Knuth's multiplicative hash.
_MULTIPLIER = 2654435761

Watched = tuple[Any, UInt32[Array, " gate"]]


def watched(function: Callable[..., Any]) -> Callable[..., Watched]:
    """`function`, and a fingerprint of every comparison that it makes.

    Args:
        function: of pytrees of arrays, pure.

    Returns:
        A function of the same arguments that gives the result of `function` and numbers
        `(gate,)`, each of them a sum over the elements of an array of comparisons: equal numbers
        mean equal comparisons but for one case in 2³². Comparisons of whole numbers are left out:
        they follow from others. Loops whose number of turns is not fixed are not looked into.
    """

    @functools.wraps(function)
    def with_gates(*args: Any) -> Watched:
        closed, shape = jax.make_jaxpr(function, return_shape=True)(*args)
        results, gates = _evaluate(closed, jax.tree.leaves(args))
        fingerprints = jnp.stack(gates) if gates else jnp.zeros((0,), jnp.uint32)
        return jax.tree.unflatten(jax.tree.structure(shape), results), fingerprints

    return with_gates


def _evaluate(closed: core.ClosedJaxpr, args: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Results of a program, and fingerprints of its comparisons in the order in which it runs."""
    jaxpr = closed.jaxpr
    values: dict[core.Var, Any] = dict(zip(jaxpr.constvars, closed.consts, strict=True))
    values.update(zip(jaxpr.invars, args, strict=True))
    gates: list[Any] = []
    for equation in jaxpr.eqns:
        operands = [v.val if isinstance(v, core.Literal) else values[v] for v in equation.invars]
        # What is compiled apart stays apart.
        with equation.ctx.manager:
            results, found = _apply(equation, operands)
        gates += found
        values.update(zip(equation.outvars, results, strict=True))
    outputs = [v.val if isinstance(v, core.Literal) else values[v] for v in jaxpr.outvars]
    return outputs, gates


def _apply(equation: Any, operands: list[Any]) -> tuple[list[Any], list[Any]]:
    name, parameters = equation.primitive.name, equation.params
    if name in _CALLS:
        inner = _closed(parameters[_CALLS[name]])
        call = jax.jit(lambda *args: _evaluate(inner, args)) if name == "jit" else None
        return call(*operands) if call else _evaluate(inner, operands)
    if name == "cond":
        return _branches(parameters["branches"], operands)
    if name == "scan":
        return _scan(parameters, operands)
    results = equation.primitive.bind(*operands, **parameters)
    results = list(results) if equation.primitive.multiple_results else [results]
    return results, [_fingerprint(gate) for gate in _gates(name, operands, results)]


def _gates(name: str, operands: list[Any], results: list[Any]) -> list[Any]:
    """What an operation decides, as arrays of truth values or whole numbers."""
    if name in ("argmax", "argmin"):
        return results
    if not operands or not jnp.issubdtype(jnp.result_type(operands[0]), jnp.floating):
        return []
    if name in _COMPARISONS:
        return results
    if name in ("max", "min"):
        return [operands[0] > operands[1]]
    if name == "clamp":
        low, value, high = operands
        return [value < low, value > high]
    if name in ("abs", "sign"):
        return [operands[0] > 0]
    if name in ("floor", "ceil", "round"):
        return [results[0].astype(jnp.int32)]
    return []


def _fingerprint(gate: Any) -> Any:
    bits = jnp.ravel(gate).astype(jnp.uint32)
    places = jax.lax.iota(jnp.uint32, bits.size)
    mixed = (2 * places + 1) * jnp.uint32(_MULTIPLIER)
    mixed = (mixed ^ (mixed >> 15)) | jnp.uint32(1)
    return jnp.sum(bits * mixed, dtype=jnp.uint32)


def _closed(jaxpr: Any) -> core.ClosedJaxpr:
    return jaxpr if isinstance(jaxpr, core.ClosedJaxpr) else core.ClosedJaxpr(jaxpr, ())


def _branches(branches: Sequence[Any], operands: list[Any]) -> tuple[list[Any], list[Any]]:
    """A choice between programs; the comparisons of those not taken count as zero."""
    index, *rest = operands
    numbers = [_number_of_gates(branch, rest) for branch in branches]

    def of(place: int) -> Callable[..., Any]:
        def taken(*args: Any) -> Any:
            results, gates = _evaluate(branches[place], args)
            own = [jnp.zeros((), jnp.uint32)] * sum(numbers)
            before = sum(numbers[:place])
            own[before : before + len(gates)] = gates
            return results, own

        return taken

    return jax.lax.switch(index, [of(place) for place in range(len(branches))], *rest)


def _number_of_gates(closed: core.ClosedJaxpr, args: Sequence[Any]) -> int:
    return len(jax.eval_shape(lambda *a: _evaluate(closed, a)[1], *args))


def _scan(parameters: dict[str, Any], operands: list[Any]) -> tuple[list[Any], list[Any]]:
    constants, carried = parameters["num_consts"], parameters["num_carry"]
    fixed, carry = operands[:constants], operands[constants : constants + carried]

    def body(carry: list[Any], slices: list[Any]) -> tuple[list[Any], Any]:
        results, gates = _evaluate(parameters["jaxpr"], [*fixed, *carry, *slices])
        return results[:carried], (results[carried:], gates)

    last, (stacked, gates) = jax.lax.scan(
        body,
        list(carry),
        list(operands[constants + carried :]),
        length=parameters["length"],
        reverse=parameters["reverse"],
    )
    return [*last, *stacked], [_fingerprint(gate) for gate in gates]
