"""Build step: the Fortran module `model_numbers`, which knows the numbers of a model by name.

It lists every number of the type `model_parameters` and every switch of `formulation_switches`, has
the values of the numbers in formulation `corrected`, and moves numbers between a flat array and
the type. Generated from the Fortran sources, so that no list of parameters is kept by hand.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from generate_facade import Kernels, decimal_value, model_numbers

NAME_LENGTH = 80


def module(kernels: Kernels) -> str:
    """Fortran source of the module."""
    numbers = model_numbers(kernels)
    switches = kernels.switches()
    lines = [
        "!> Numbers and switches of a model by name; written by tools/generate_model_numbers.py.",
        "module model_numbers",
        "use formulation, only: formulation_switches",
        "use kinds, only: dp",
        "use model_parameter_sets, only: model_parameters",
        "implicit none",
        "private",
        "public :: number_name, numbers_of, corrected_numbers, set_numbers",
        "public :: switch_name, set_switches",
        f"integer, parameter, public :: number_count = {len(numbers)}",
        f"integer, parameter, public :: switch_count = {len(switches)}",
        f"integer, parameter, public :: name_length = {NAME_LENGTH}",
        "contains",
    ]
    lines += _name_function("number_name", [path.replace("%", ".") for path, _ in numbers])
    lines += _name_function("switch_name", switches)
    lines += [
        "!> The numbers in their order.",
        "pure function numbers_of(parameters) result(numbers)",
        "type(model_parameters), intent(in) :: parameters",
        "real(dp) :: numbers(number_count)",
    ]
    lines += [f"numbers({i}) = parameters%{path}" for i, (path, _) in enumerate(numbers, start=1)]
    lines += [
        "end function numbers_of",
        "!> The numbers of formulation `corrected`: every literal in double precision.",
        "pure function corrected_numbers() result(numbers)",
        "real(dp) :: numbers(number_count)",
    ]
    lines += [
        f"numbers({i}) = {decimal_value(value)!r}_dp"
        for i, (_, value) in enumerate(numbers, start=1)
    ]
    lines += [
        "end function corrected_numbers",
        "!> Put numbers into their places.",
        "pure subroutine set_numbers(numbers, parameters)",
        "real(dp), intent(in) :: numbers(number_count)",
        "type(model_parameters), intent(inout) :: parameters",
    ]
    lines += [f"parameters%{path} = numbers({i})" for i, (path, _) in enumerate(numbers, start=1)]
    lines += [
        "end subroutine set_numbers",
        "!> Put switches into their places.",
        "pure subroutine set_switches(switches, formulation)",
        "logical, intent(in) :: switches(switch_count)",
        "type(formulation_switches), intent(inout) :: formulation",
    ]
    lines += [f"formulation%{name} = switches({i})" for i, name in enumerate(switches, start=1)]
    lines += ["end subroutine set_switches", "end module model_numbers", ""]
    return "\n".join(lines)


def _name_function(function: str, names: list[str]) -> list[str]:
    cases = [f"case ({i})\nname = '{name}'" for i, name in enumerate(names, start=1)]
    return [
        "!> Name by place, from 1; empty for others.",
        f"pure function {function}(place) result(name)",
        "integer, intent(in) :: place",
        "character(len=name_length) :: name",
        "name = ''",
        "select case (place)",
        *cases,
        "end select",
        f"end function {function}",
    ]


def main() -> None:
    """Write the module."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--output", type=Path, required=True)
    arguments.add_argument("sources", type=Path, nargs="+")
    options = arguments.parse_args()
    options.output.write_text(module(Kernels(options.sources)))


if __name__ == "__main__":
    main()
