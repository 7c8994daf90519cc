"""The harness: it compares, judges, draws and reports.

It knows ports only through the declared processes of `reference`; see :mod:`validation.ports` for
what a port is and :mod:`validation.cli` for the commands.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of `jcm-validate`, which needs more packages than the model."""
    try:
        from validation.cli import main as command
    except ModuleNotFoundError as error:
        print(
            f"Error: jcm-validate needs the package {error.name}: pip install 'jcm[validation]'.",
            file=sys.stderr,
        )
        sys.exit(2)
    command()
