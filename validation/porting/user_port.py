"""A port of the user's as the harness sees it."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping

import numpy as np

from reference.errors import InputError
from reference.process import Process
from validation.porting.program_runner import ProgramRunner
from validation.porting.python_runner import PythonRunner, RunnerError
from validation.porting.specification import PortSpecification, specification
from validation.ports import Outputs, PortError

#: Starting a worker takes this long anyway [s].
_LEAST_TIMEOUT = 1.0


class UserPort:
    """See :class:`validation.ports.Port`. What goes wrong in it is its own failure, in a sentence.

    Args:
        name: as on the command line, see :mod:`validation.porting.specification`.
        precision: of the comparison, if the port does not state its own.
        processes: names of those that are compared; what a function without a name of its own, or
            a program, is compared for if it is one.

    Raises:
        InputError: if the port cannot be imported, or is one function for several processes.
    """

    def __init__(
        self, name: str, precision: str = "float64", processes: Collection[str] = ()
    ) -> None:
        self._specification = specification(name)
        self.name = name
        self.precision = self._specification.precision or precision
        self._runner = _runner(self._specification)
        functions = self._runner.functions
        if functions is None:
            functions = _processes_of_one(self._specification, processes)
        self._functions = frozenset(functions)

    def offers(self, process: Process) -> bool:
        """Whether it has this process."""
        only = self._specification.processes or (process.name,)
        return process.name in self._functions and process.name in only

    @contextlib.contextmanager
    def limited_to(self, seconds: float) -> Iterator[None]:
        """A context in which no call may take longer than `seconds`, nor than it may otherwise."""
        usual = self._runner.timeout
        self._runner.timeout = min(usual, max(seconds, _LEAST_TIMEOUT))
        try:
            yield
        finally:
            self._runner.timeout = usual

    def run(self, process: Process, inputs: Mapping[str, np.ndarray]) -> Outputs:
        """See :class:`validation.ports.Port`."""
        if not self.offers(process):
            raise PortError(f"{self.name} holds no function {process.name}")
        layout = self._specification.layout
        try:
            given = layout.inputs_for(process, inputs, self.precision)
            if isinstance(self._runner, ProgramRunner):
                outputs = self._runner.call(process, given)
            else:
                outputs = self._runner.call(process.name, given)
            return layout.outputs_from(process, outputs)
        except RunnerError as error:
            raise PortError(f"{self.name} {error}") from None
        except InputError as error:
            raise PortError(f"{self.name}: {str(error).rstrip('.')}") from None


def _runner(specification: PortSpecification) -> PythonRunner | ProgramRunner:
    if specification.command:
        return ProgramRunner(specification)
    try:
        return PythonRunner(specification)
    except RunnerError as error:
        raise InputError(
            f"implementation {specification.name!r} {error}, expected an object that holds a "
            "function per process, or a function."
        ) from None


def _processes_of_one(
    specification: PortSpecification, processes: Collection[str]
) -> Collection[str]:
    """The process of a port that is one function, or those of a program."""
    stated = specification.processes
    if specification.command and stated:
        return stated
    if len(stated) == 1:
        return stated
    own_name = specification.target.rpartition(":")[2].rpartition(".")[2]
    if own_name in (stated or processes):
        return [own_name]
    if len(processes) == 1 and not stated:
        return processes
    raise InputError(
        f"implementation {specification.name!r} is one function or program, expected --process "
        "with the one process that it computes."
    )
