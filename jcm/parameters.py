"""Parameter sets: frozen dataclasses whose every number carries unit, meaning and source.

Most decimal constants of SPEEDY are written in single precision and then used in double precision
(spec 00, "Precision"). A field therefore knows two values: the decimal one that the literature
states, and the one in effect, which is the decimal rounded to IEEE single precision. Formulation
`original` takes the second, `corrected` the first.

Every set is a JAX pytree whose leaves are its numbers, so that parameters can be traced,
differentiated and vectorised over without recompiling anything.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Self, TypeVar, dataclass_transform

import jax
import numpy as np

from jcm.formulation import Formulation

if TYPE_CHECKING:
    Number = float | jax.Array
else:
    # JAX puts tracers, None and placeholders into the leaves of a pytree: not to be checked.
    Number = Any

_Set = TypeVar("_Set", bound="ParameterSet")


def literal(
    decimal: float, *, unit: str, meaning: str, spec: str, in_effect: float | None = None
) -> Any:
    """A constant that the original writes in single precision.

    Args:
        decimal: the number of the literature, used by formulation `corrected`.
        unit: unit in the notation of UDUNITS, "1" if dimensionless.
        meaning: one phrase.
        spec: page and section of the specification.
        in_effect: value used by formulation `original`; the nearest single-precision number to
            `decimal` unless the original obtains it by single-precision arithmetic.
    """
    value = float(np.float32(decimal)) if in_effect is None else in_effect
    return _number(value, decimal, unit, meaning, spec)


def exact(value: float, *, unit: str, meaning: str, spec: str) -> Any:
    """A constant that is the same in single and double precision, or written in double."""
    return _number(value, value, unit, meaning, spec)


def _number(value: float, decimal: float, unit: str, meaning: str, spec: str) -> Any:
    return dataclasses.field(
        default=value,
        metadata={"decimal": decimal, "unit": unit, "meaning": meaning, "spec": spec},
    )


@dataclasses.dataclass(frozen=True)
class ParameterSet:
    """Base of all parameter sets; see the module docstring."""

    @classmethod
    def for_formulation(cls, formulation: Formulation) -> Self:
        """The set whose constants are those of `formulation`."""
        if formulation.single_precision_constants:
            return cls()
        values = {}
        for field in dataclasses.fields(cls):
            if "decimal" in field.metadata:
                values[field.name] = field.metadata["decimal"]
            else:
                nested: ParameterSet = field.default
                values[field.name] = type(nested).for_formulation(formulation)
        return cls(**values)


@dataclass_transform(frozen_default=True, kw_only_default=True)
def parameter_set(cls: type[_Set]) -> type[_Set]:
    """Make `cls` a frozen, keyword-only dataclass and register it as a pytree."""
    decorated = dataclasses.dataclass(frozen=True, kw_only=True)(cls)
    jax.tree_util.register_dataclass(decorated)
    return decorated
