"""Faults planted into functions, to see whether the gradient checks catch them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend import core

from validation.gradients.column_functions import jcm_function


def changed_outputs(change: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]):
    """An implementation whose outputs go through `change(outputs, inputs)`."""

    def implementation(process):
        function = jcm_function(process)

        @functools.wraps(function)
        def planted(**arguments):
            outputs = function(**arguments)._asdict()
            return change(outputs, arguments)

        return planted

    return implementation


def changed_inputs(change: Callable[[dict[str, Any]], dict[str, Any]]):
    """An implementation whose inputs go through `change(inputs)`."""

    def implementation(process):
        function = jcm_function(process)

        @functools.wraps(function)
        def planted(**arguments):
            return function(**change(arguments))

        return planted

    return implementation


def wrong_derivative(name: str, change: Callable[[jax.Array], jax.Array]):
    """The right values, but what `change` makes of the derivative by input `name`."""

    @jax.custom_jvp
    def same(x):
        return x

    same.defjvps(lambda tangent, _result, _x: change(tangent))
    return changed_inputs(lambda inputs: {**inputs, name: same(inputs[name])})


def modes_apart(name: str, factor: float):
    """Reverse mode is wrong by `factor` for output `name`; forward mode is right.

    A transposition of its own is what JAX allows to be inconsistent: a linear function with a wrong
    transpose.
    """

    def change(outputs, inputs):
        def solve(_matvec, b):
            return b

        def transpose_solve(_vecmat, b):
            return factor * b

        value = jax.lax.custom_linear_solve(
            lambda x: x, outputs[name], solve, transpose_solve=transpose_solve
        )
        return {**outputs, name: value}

    return changed_outputs(change)


def floating_equations(jaxpr: core.Jaxpr) -> int:
    """How many floating-point results there are in a program, called programs included."""
    count = 0
    for equation in jaxpr.eqns:
        inner = _inlined(equation)
        if inner is not None:
            count += floating_equations(inner.jaxpr)
        else:
            count += sum(_is_float(variable) for variable in equation.outvars)
    return count


def with_stopped_result(closed: core.ClosedJaxpr, index: int) -> Callable[..., list[Any]]:
    """The program, but result number `index` of :func:`floating_equations` has no derivative."""

    def run(*arguments):
        return _evaluate(closed.jaxpr, closed.consts, arguments, [index])

    return run


def _inlined(equation) -> core.ClosedJaxpr | None:
    return equation.params["jaxpr"] if equation.primitive.name in ("jit", "pjit") else None


def _is_float(variable) -> bool:
    return jnp.issubdtype(variable.aval.dtype, jnp.floating)


def _evaluate(jaxpr: core.Jaxpr, constants, arguments, remaining: list[int]) -> list[Any]:
    """Evaluate equation by equation; `remaining` counts down to the result to be stopped."""
    values = dict(zip(jaxpr.constvars, constants, strict=True))
    values |= dict(zip(jaxpr.invars, arguments, strict=True))

    def read(variable):
        return variable.val if isinstance(variable, core.Literal) else values[variable]

    for equation in jaxpr.eqns:
        given = [read(variable) for variable in equation.invars]
        inner = _inlined(equation)
        if inner is not None:
            results = _evaluate(inner.jaxpr, inner.consts, given, remaining)
        else:
            params = equation.primitive.get_bind_params(equation.params)
            results = equation.primitive.bind(*given, **params)
            results = list(results) if equation.primitive.multiple_results else [results]
            for i, variable in enumerate(equation.outvars):
                if _is_float(variable):
                    if remaining[0] == 0:
                        results[i] = jax.lax.stop_gradient(results[i])
                    remaining[0] -= 1
        values |= dict(zip(equation.outvars, results, strict=True))
    return [read(variable) for variable in jaxpr.outvars]
