"""The command `jcm-validate new-port`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

EPILOG = "Example: jcm-validate new-port my_rain --process large_scale_condensation --language c"


def new_port(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the port and its files.")],
    process: Annotated[str, typer.Option("--process", metavar="P", help="What it computes.")],
    language: Annotated[
        str,
        typer.Option("--language", metavar="L", help="python, torch, c, or program for any other."),
    ] = "python",
    folder: Annotated[
        Path, typer.Option("--folder", metavar="DIR", help="Where the files go.")
    ] = Path(),
) -> None:
    """Write the skeleton of a port of your own, to be filled in and judged.

    Leaves a description of the port (TOML) and a source file with the face of the process. Exit
    code 0, or 2: bad usage or input.
    """
    from validation.cli import guarded

    raise typer.Exit(guarded(lambda: _write(name, process, language, folder)))


def _write(name: str, process: str, language: str, folder: Path) -> bool:
    from validation.porting.skeleton import write_skeleton

    paths = write_skeleton(name, process, language, folder)
    console = Console()
    for path in paths:
        console.print(f"Written: {path}", soft_wrap=True, highlight=False)
    console.print(
        f"Fill it in, then: jcm-validate columns --process {process} --implementation {paths[0]}",
        soft_wrap=True,
        highlight=False,
    )
    return True
