"""The command `jcm`."""

from jcm.command.main import main

__all__ = ["main"]
