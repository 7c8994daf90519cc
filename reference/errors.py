"""What is raised when a process cannot be given what it was handed."""

from __future__ import annotations


class InputError(ValueError):
    """Input that has no answer; one sentence names variable, place, value and expectation."""


class KernelError(InputError):
    """A Fortran kernel reported a status other than success."""


class ReferenceUnavailableError(RuntimeError):
    """The Fortran reference was not built on this machine."""


class ModelStoppedError(RuntimeError):
    """The Fortran model cannot go on; one sentence names field, level, value, step and date."""
